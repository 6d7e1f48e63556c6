//! Python that we send: quoting, and the few programs of our own that run in the debuggee by frameless `evaluate`.
//!
//! Such an evaluation runs in pydevd's own namespace, where assignments persist, so each program runs by `exec` in a
//! dictionary of its own and leaves nothing behind. Its answer is a `str`, which debugpy returns exact and untruncated.
//! Invariant: text from outside gets in by [`python_literal`] only, never into program text.

use breakroom_protocol::ids::{EntryId, SourceHash};
use breakroom_protocol::plain::{Key, PlainRead};
use breakroom_protocol::upstream::{
    Answer, AskError, FunctionFound, UpstreamFrame, UpstreamReference, UpstreamVariable,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Largest source file that is read, in bytes.
pub const MAX_SOURCE: usize = 4 * 1024 * 1024;
/// Longest path that is looked at, in bytes.
const MAX_PATH: usize = 4096;

/// Quotes `text` as an ASCII Python `str` literal on one line.
#[must_use]
pub fn python_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for character in text.chars() {
        // Writing to a `String` never fails.
        let _ = match character {
            '\\' => write!(out, "\\\\"),
            '\'' => write!(out, "\\'"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            // pydevd takes `@LINE@` in what it evaluates for a new line.
            '@' => write!(out, "\\x40"),
            ' '..='~' => write!(out, "{character}"),
            '\0'..='\u{ff}' => write!(out, "\\x{:02x}", u32::from(character)),
            '\u{100}'..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(character)),
            _ => write!(out, "\\U{:08x}", u32::from(character)),
        };
    }
    out.push('\'');
    out
}

/// Whether a path can be a file of the target: absolute there (POSIX or Windows) and free of NUL, which as well as an
/// empty path would kill pydevd's reader in a `setBreakpoints`.
#[must_use]
pub fn is_usable_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    (path.starts_with('/') || path.starts_with("\\\\") || drive)
        && !path.contains('\0')
        && path.len() <= MAX_PATH
}

/// An expression that runs `program` with `inputs` (name, Python expression) as its globals and yields its `answer`.
pub(crate) fn run(program: &str, inputs: &[(&str, String)]) -> String {
    let mut globals = String::new();
    for (name, value) in inputs {
        let _ = write!(globals, "{}: {value}, ", python_literal(name));
    }
    format!("(lambda g: (exec({}, g), g['answer'])[1])({{{globals}}})", python_literal(program))
}

const READ_SOURCE: &str = include_str!("python/read_source.py");
const EVALUATE: &str = include_str!("python/evaluate.py");
const GREET: &str = include_str!("python/greet.py");
const PUSH: &str = include_str!("python/push.py");
const INTERRUPT: &str = include_str!("python/interrupt.py");
const INTERRUPT_NOW: &str = include_str!("python/interrupt_now.py");
const FIND_FUNCTIONS: &str = include_str!("python/find_functions.py");
const LIST_MODULES: &str = include_str!("python/list_modules.py");
const CHECK_SOURCES: &str = include_str!("python/check_sources.py");
const RAISED_ONCE: &str = include_str!("python/raised_once.py");
const RETURNED: &str = include_str!("python/returned.py");
const MATCHED: &str = include_str!("python/matched.py");
const TOGETHER: &str = include_str!("python/together.py");
const UNANSWERED: &str = include_str!("python/unanswered.py");
const PASSED: &str = include_str!("python/passed.py");
const READ: &str = include_str!("python/read.py");

/// Reads a file if it is the program's.
pub(crate) fn read_source(path: &str, roots: &[String], named_by_frame: bool) -> String {
    let roots: Vec<String> = roots.iter().map(|root| python_literal(root)).collect();
    run(
        READ_SOURCE,
        &[
            ("path", python_literal(path)),
            ("roots", format!("[{}]", roots.join(", "))),
            ("named_by_frame", if named_by_frame { "True" } else { "False" }.to_owned()),
            ("limit", MAX_SOURCE.to_string()),
        ],
    )
}

/// Reads the result of [`read_source`]: its first character says what the rest is.
pub(crate) fn source_answer(result: &str) -> Result<Answer, AskError> {
    if let Some(text) = result.strip_prefix('T') {
        Ok(Answer::Source { text: text.to_owned() })
    } else if result == "N" {
        Err(AskError::NotOfProgram)
    } else if let Some(why) = result.strip_prefix('U') {
        Err(AskError::Unreadable(format!("The file cannot be read: {why}")))
    } else {
        Err(AskError::Garbled("evaluate"))
    }
}

/// Evaluates a person's text in `__main__`'s namespace.
pub(crate) fn evaluate(text: &str) -> String {
    run(EVALUATE, &[("text", python_literal(text))])
}

/// Reads the result of [`evaluate`].
pub(crate) fn evaluate_answer(result: &str) -> Result<Answer, AskError> {
    #[derive(Deserialize)]
    struct Outcome {
        error: Option<String>,
        #[serde(default)]
        value: String,
        #[serde(default, rename = "type")]
        type_name: String,
    }
    let outcome: Outcome = crate::translate::parse(result).ok_or(AskError::Garbled("evaluate"))?;
    match outcome.error {
        Some(error) => Err(AskError::Refused(error)),
        None => Ok(Answer::Value(UpstreamVariable {
            name: String::new(),
            value: outcome.value,
            type_name: outcome.type_name,
            reference: None,
            evaluate_name: None,
        })),
    }
}

/// Looks a plain name up in a frame. What does so is installed at attaching, or now if that took too long, and found
/// without an `import`, which the program being debugged may have replaced.
pub(crate) fn read(frame: UpstreamFrame, read: &PlainRead) -> String {
    let keys = read.keys.iter().fold(String::new(), |mut keys, key| {
        let _ = match key {
            Key::Index(index) => write!(keys, "{index}, "),
            Key::Text(text) => write!(keys, "{}, ", python_literal(text)),
        };
        keys
    });
    format!(
        "(lambda d: d.get('_breakroom_read') or exec({}, {{'space': d}}) or d['_breakroom_read'])(sys.modules['pydevd'].__dict__)({}, {}, [{keys}], {})",
        python_literal(READ),
        frame.0,
        python_literal(&read.name),
        python_literal(&read.to_string()),
    )
}

/// Reads the result of [`read`].
pub(crate) fn read_answer(result: &str) -> Result<Answer, AskError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Found {
        Held(UpstreamReference),
        Error(String),
        Code(String),
    }
    match crate::translate::parse(result).ok_or(AskError::Garbled("evaluate"))? {
        Found::Held(reference) => Ok(Answer::Held(reference)),
        Found::Error(error) => Err(AskError::Refused(error)),
        Found::Code(what) => Err(AskError::RunsCode(what)),
    }
}

/// Has the `raised` filter stop once a raise.
pub(crate) fn raised_once() -> String {
    run(RAISED_ONCE, &[])
}

/// Asks whose entries stopped the program at a line.
pub(crate) fn matched(line: &str) -> String {
    run(MATCHED, &[("line", python_literal(line))])
}

/// Reads the result of [`matched`].
pub(crate) fn matched_answer(result: &str) -> Result<Answer, AskError> {
    let ids = crate::translate::parse::<Option<Vec<String>>>(result).flatten();
    ids.map(|ids| Answer::Matched(ids.into_iter().map(EntryId).collect()))
        .ok_or(AskError::Garbled("evaluate"))
}

/// Interrupts a person's code before it has had its time.
pub(crate) fn interrupt(frame: Option<UpstreamFrame>) -> String {
    let frame = frame.map_or_else(|| "None".to_owned(), |frame| frame.0.to_string());
    run(INTERRUPT_NOW, &[("frame", frame)])
}

/// Reads the result of [`interrupt`].
pub(crate) fn interrupt_answer(result: &str) -> Result<Answer, AskError> {
    match crate::translate::parse(result) {
        Some(true) => Ok(Answer::Done),
        Some(false) => {
            Err(AskError::Refused("it has just ended, or does not run where it can be interrupted".into()))
        }
        None => Err(AskError::Garbled("evaluate")),
    }
}

/// Asks how often snap points were passed without a capture.
pub(crate) fn passed() -> String {
    run(PASSED, &[])
}

/// Reads the result of [`passed`].
pub(crate) fn passed_answer(result: &str) -> Result<Answer, AskError> {
    #[derive(Deserialize)]
    struct Passed {
        counts: BTreeMap<String, u32>,
        more: bool,
    }
    let Some(Passed { counts, more }) = crate::translate::parse(result) else {
        return Err(AskError::Garbled("evaluate"));
    };
    let counts = counts.into_iter().map(|(id, count)| (EntryId(id), count)).collect();
    Ok(Answer::SnapsPassed { counts, more })
}

/// Looks for functions by their dotted names.
pub(crate) fn find_functions(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| python_literal(name)).collect();
    run(FIND_FUNCTIONS, &[("names", format!("[{}]", names.join(", ")))])
}

/// Reads the result of [`find_functions`]; where there was no time to look, none is said to be there.
pub(crate) fn functions_answer(result: &str) -> Result<Answer, AskError> {
    let found: Option<Vec<Option<FunctionFound>>> = crate::translate::parse(result);
    let found = found.ok_or(AskError::Garbled("evaluate"))?;
    Ok(Answer::Functions(found.into_iter().map(|found| found.unwrap_or(FunctionFound::Nowhere)).collect()))
}

/// Most modules that are listed, and the longest name or path among them, in characters.
const MODULES: usize = 5_000;
const MODULE_CHARS: usize = 1_024;
/// Bytes of the whole list.
const MODULES_BYTES: usize = 1024 * 1024;

/// Lists the loaded modules.
pub(crate) fn list_modules() -> String {
    let inputs = [("most", MODULES), ("longest", MODULE_CHARS), ("limit", MODULES_BYTES)];
    run(LIST_MODULES, &inputs.map(|(name, value)| (name, value.to_string())))
}

/// Reads the result of [`list_modules`].
pub(crate) fn modules_answer(result: &str) -> Result<Answer, AskError> {
    crate::translate::parse(result).map(Answer::Modules).ok_or(AskError::Garbled("evaluate"))
}

/// Compares files with their captured texts' hashes.
pub(crate) fn check_sources(known: &[(String, SourceHash)]) -> String {
    let pair = |(path, hash): &(String, SourceHash)| {
        format!("({}, {})", python_literal(path), python_literal(&hash.0))
    };
    let known: Vec<String> = known.iter().map(pair).collect();
    let inputs = [("known", format!("[{}]", known.join(", "))), ("limit", MAX_SOURCE.to_string())];
    run(CHECK_SOURCES, &inputs)
}

/// Reads the result of [`check_sources`].
pub(crate) fn sources_answer(result: &str) -> Result<Answer, AskError> {
    crate::translate::parse(result).map(Answer::Differing).ok_or(AskError::Garbled("evaluate"))
}

/// With `remedies`, sets `TCP_NODELAY` on pydevd's socket, has each stop told ([`crate::pushed`]) and what is asked together
/// answered without waiting in between; installs what [`read`]
/// and [`crate::values`] call, has a person's code interrupted after `limit`, and tells what runs there.
pub(crate) fn greet(remedies: bool, limit: Duration) -> String {
    let remedy = |program| if remedies { python_literal(program) } else { "None".to_owned() };
    run(
        GREET,
        &[
            ("no_delay", if remedies { "True" } else { "False" }.to_owned()),
            ("raised_once", python_literal(RAISED_ONCE)),
            ("returned", python_literal(RETURNED)),
            ("together", remedy(TOGETHER)),
            ("unanswered", python_literal(UNANSWERED)),
            ("read", python_literal(READ)),
            ("values", python_literal(crate::values::PROGRAM)),
            ("interrupt", python_literal(INTERRUPT)),
            ("limit", format!("{:?}", limit.as_secs_f64())),
            ("frames", crate::CAPTURED_FRAMES.to_string()),
            ("push", remedy(PUSH)),
        ],
    )
}

/// The result of [`greet`].
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Greeting {
    pub(crate) python: Option<String>,
    pub(crate) debugpy: Option<String>,
    pub(crate) pid: Option<i64>,
    pub(crate) no_delay: bool,
    #[serde(default)]
    pub(crate) values: bool,
    #[serde(default)]
    pub(crate) values_error: Option<String>,
    /// Whether code that never ends can be interrupted.
    #[serde(default)]
    pub(crate) interrupt: bool,
    #[serde(default)]
    pub(crate) interrupt_error: Option<String>,
    /// Why debugpy may not survive a connection that ends while something is evaluated.
    #[serde(default)]
    pub(crate) unanswered_error: Option<String>,
    /// Why stops can't be told.
    #[serde(default)]
    pub(crate) push_error: Option<String>,
}
