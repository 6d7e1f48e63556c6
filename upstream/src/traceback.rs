//! What an evaluation raised, as people want to read it: Python's traceback without the frames of the debugger that ran it.
//!
//! Pure. debugpy's refusal is text, so it is read as such; what looks like nothing that we know stays as it is.

/// Folders that only a debugger's frames lie in.
const DEBUGGERS: [&str; 7] = [
    "/debugpy/_vendored/",
    "/debugpy/server/",
    "/_pydevd_bundle/",
    "/_pydev_bundle/",
    "/_pydevd_frame_eval/",
    "/_pydevd_sys_monitoring/",
    "/pydevd_plugins/",
];
/// What pydevd names the text that it evaluates.
const TYPED: &str = "<string>";
const HEADER: &str = "Traceback (most recent call last):";
/// Stands between an exception and another that was raised while it was handled.
const MEANWHILE: &str = "During handling of the above exception, another exception occurred:";

/// `File "…", line 3, in name`; where a syntax error lies, it is in nothing.
struct Place<'a> {
    path: &'a str,
    within: Option<&'a str>,
}

/// Leaves out the debugger's frames, the one that is nothing but the line that was `typed`, and the headers of tracebacks that
/// have no frames then. What one line raises by itself has nothing to do with what the program was handling where it is paused.
pub(crate) fn of_program(text: &str, typed: &str) -> String {
    let one_line = !typed.trim().contains('\n');
    let mut kept: Vec<&str> = Vec::new();
    let mut dropping = false;
    for line in text.trim_end().lines() {
        let is_place_of_typed = match place(line) {
            Some(place) => {
                let is_typed = one_line && place.path == TYPED;
                dropping = is_debuggers(place.path) || (is_typed && place.within == Some("<module>"));
                // Where a syntax error of one line is says nothing; the line below, marked, does.
                is_typed && place.within.is_none()
            }
            None => {
                // The frame's source, what is marked there, and how often it is repeated.
                let bare = bare(line);
                dropping &= bare.starts_with("    ") || bare.starts_with("  [Previous line");
                false
            }
        };
        if !dropping && !is_place_of_typed {
            kept.push(line);
        }
    }
    let is_bare_header = |at: usize| {
        let frame = kept.get(at + 1).and_then(|next| place(next)).and_then(|place| place.within);
        kept[at] == HEADER && frame.is_none()
    };
    let left: Vec<&str> = (0..kept.len()).filter(|at| !is_bare_header(*at)).map(|at| kept[at]).collect();
    let own = left.iter().rposition(|line| *line == MEANWHILE).map_or(0, |at| at + 2);
    let has_frames =
        |lines: &[&str]| lines.iter().filter_map(|line| place(line)).any(|place| place.within.is_some());
    let is_by_itself = one_line && left.get(own..).is_some_and(|own| !has_frames(own));
    let left = if is_by_itself { &left[own..] } else { &left[..] };
    if left.is_empty() { text.to_owned() } else { left.join("\n") }
}

/// What reading an attribute raised, if that is what a value is. pydevd gives the whole traceback then, quoted, as a text that
/// the attribute would have; the end of it, which says what is wrong, is far out of sight.
pub(crate) fn of_attribute(value: &str) -> Option<String> {
    let quoted = value.strip_prefix("'Traceback (most")?;
    let text = unquoted(quoted.strip_suffix('\'').unwrap_or(quoted));
    let lines: Vec<&str> = text.lines().collect();
    // The last traceback, if one exception led to another, is of who asked.
    let asked = lines.iter().rposition(|line| *line == HEADER).map_or(1, |at| at + 1);
    let is_asked = lines.get(asked).and_then(|line| place(line)).is_some_and(|place| {
        place.path.ends_with("pydevd_resolver.py") && place.within == Some("_get_py_dictionary")
    });
    let raised: Vec<&str> = lines.into_iter().skip(asked).skip_while(|line| line.starts_with(' ')).collect();
    (is_asked && !raised.is_empty()).then(|| format!("<raised {}>", raised.join(" ")))
}

/// The usual escapes of Python's `repr` as what they stand for.
fn unquoted(text: &str) -> String {
    let mut letters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(quoted @ ('\\' | '\''))) => plain.push(quoted),
            (letter, other) => plain.extend(std::iter::once(letter).chain(other)),
        }
    }
    plain
}

/// A line without what marks it as of a group of exceptions.
fn bare(line: &str) -> &str {
    line.trim_start().strip_prefix("| ").unwrap_or(line)
}

fn place(line: &str) -> Option<Place<'_>> {
    let (path, rest) = bare(line).strip_prefix("  File \"")?.split_once("\", line ")?;
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match rest.strip_prefix(", in ") {
        Some(within) => Some(Place { path, within: Some(within) }),
        None => rest.is_empty().then_some(Place { path, within: None }),
    }
}

fn is_debuggers(path: &str) -> bool {
    let path = path.replace('\\', "/");
    DEBUGGERS.iter().any(|folder| path.contains(folder)) || path.ends_with("/pydevd.py")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYDEVD: &str =
        "  File \"/v/debugpy/_vendored/pydevd/_pydevd_bundle/pydevd_comm.py\", line 1258, in internal
    pydevd_vars.evaluate_expression(py_db, frame, expression, is_exec=True)
    ^^^^^^^^
  File \"C:\\v\\debugpy\\_vendored\\pydevd\\_pydevd_bundle\\pydevd_vars.py\", line 3, in compile_as_exec
    return compile(expression)
";
    const TYPED: &str = "  File \"<string>\", line 1, in <module>\n";
    const OWN: &str =
        "  File \"/app/a.py\", line 5, in shared\n    return power / by\n           ~~~~~~^~~~\n";

    #[test]
    fn the_debuggers_frames_are_left_out_and_the_programs_are_not() {
        let zero = "ZeroDivisionError: division by zero";
        let all = format!("{HEADER}\n{PYDEVD}{TYPED}{OWN}{zero}\n");
        assert_eq!(of_program(&all, "shared(1, 0)"), format!("{HEADER}\n{OWN}{zero}"));
        assert_eq!(of_program(&all, "x\ny"), format!("{HEADER}\n{TYPED}{OWN}{zero}"));
        assert_eq!(of_program(&format!("{HEADER}\n{TYPED}{zero}\n"), "1 / 0"), zero);
        let lines = "  File \"<string>\", line 2\n    y =\n       ^\nSyntaxError: invalid syntax";
        assert_eq!(of_program(&format!("{HEADER}\n{PYDEVD}{lines}\n"), "x\ny ="), lines);
        let one = "  File \"<string>\", line 1\n    x =\n       ^\nSyntaxError: invalid syntax\n";
        let marked = "    x =\n       ^\nSyntaxError: invalid syntax";
        assert_eq!(of_program(&format!("{HEADER}\n{PYDEVD}{one}"), "x ="), marked);
    }

    #[test]
    fn chains_groups_and_messages_of_many_lines_stay_whole() {
        let over = "ValueError: two things\n    indented: is part of it\n  | as is this\n\nlast";
        let chain = "\nDuring handling of the above exception, another exception occurred:\n\n";
        let all = format!("{HEADER}\n{OWN}KeyError: 'x'\n{chain}{HEADER}\n{PYDEVD}{TYPED}{OWN}{over}");
        assert_eq!(
            of_program(&all, "f()"),
            format!("{HEADER}\n{OWN}KeyError: 'x'\n{chain}{HEADER}\n{OWN}{over}")
        );
        let from_program =
            format!("{HEADER}\n{OWN}KeyError: 'x'\n{chain}{HEADER}\n{PYDEVD}{TYPED}ZeroDivisionError: 0\n");
        assert_eq!(of_program(&from_program, "1 / 0"), "ZeroDivisionError: 0");
        assert!(of_program(&from_program, "x\n1 / 0").starts_with(HEADER), "it may have its own");
        let group_of_it = format!(
            "{HEADER}\n{OWN}KeyError: 'x'\n{chain}  + Exception Group Traceback (most recent call last):\n  |   File \"/app/a.py\", line 8, in f\n  |     raise group\n  | ExceptionGroup: two (1 sub-exception)"
        );
        assert_eq!(of_program(&group_of_it, "f()"), group_of_it, "what led to it is of what was called, too");
        let begin = "  + Exception Group Traceback (most recent call last):";
        let group = "  | ExceptionGroup: two (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------";
        let typed = "  |   File \"<string>\", line 1, in <module>\n";
        assert_eq!(of_program(&format!("{begin}\n{typed}{group}\n"), "f()"), format!("{begin}\n{group}"));
        for other in ["", "Thread id: 3 is not current thread id.", "debugpy refused"] {
            assert_eq!(of_program(other, "x"), other);
        }
    }

    #[test]
    fn an_attribute_that_raises_says_what() {
        let frames = |raised: &str| {
            format!(
                "'Traceback (most recent call last):\\n  File \"/v/_pydevd_bundle/pydevd_resolver.py\", line 194, in _get_py_dictionary\\n    attr = getattr(var, name)\\n  File \"/app/a.py\", line 6, in bad\\n    raise ValueError(\"no\")\\n{raised}\\n'"
            )
        };
        let of = |raised: &str| of_attribute(&frames(raised));
        assert_eq!(
            of(r"ValueError: no way: \'x\' C:\\new é").unwrap(),
            r"<raised ValueError: no way: 'x' C:\new é>"
        );
        assert_eq!(of(r"ValueError: two\nlines").unwrap(), "<raised ValueError: two lines>");
        // As Python writes it: who asked is in the traceback of what was raised last.
        let chain = frames("OSError: gone").replacen(
            "'",
            r#"'Traceback (most recent call last):\n  File "/app/a.py", line 4, in bad\n    f()\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n"#,
            1,
        );
        assert_eq!(of_attribute(&chain).unwrap(), "<raised OSError: gone>");
        // What the program itself keeps of a traceback is its own.
        assert_eq!(of_attribute(&frames("ValueError: 1").replace("pydevd_resolver", "resolver")), None);
        assert_eq!(of_attribute("'Traceback (most recent call last):\\n'"), None);
        assert_eq!(of_attribute("'no'"), None);
    }
}
