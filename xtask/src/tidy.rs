//! What no compiler checks, held like a test: sizes of files, layers, paths that exist on one machine only, tests that
//! are switched off, lints that are switched off without a reason.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{layers, process};

/// A file tells one story; past this it tells several.
const MOST_LINES: usize = 600;
/// Files that may be longer, each with its reason.
const LONG: [(&str, &str); 4] = [
    ("Cargo.lock", "written by cargo"),
    ("package-lock.json", "written by npm"),
    ("protocol/vectors/", "written by cargo xtask codegen"),
    ("web-client/src/lib/protocol.ts", "written by cargo xtask codegen"),
];
/// Files that name what the rules look for, because they are the rules.
const RULES: [&str; 2] = ["xtask/src/tidy.rs", "xtask/src/layers.rs"];
/// The one good reason for a test that only runs when it is asked for.
const CHILD: &str = "#[ignore = \"runs as the child of another test\"]";
/// Kinds of files that are text of ours.
const TEXT: [&str; 20] = [
    "rs", "toml", "ts", "js", "mjs", "svelte", "css", "html", "json", "py", "sql", "md", "yml", "yaml",
    "txt", "sh", "cfg", "ini", "lock", "snap",
];

/// Words that must not be in a file, and why. Only whole lines of code are looked at, not what they mean.
struct Rule {
    /// Endings of the files that it is about; none means all.
    endings: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

const WORDS: [Rule; 6] = [
    Rule {
        endings: &[],
        words: &["/work/", "/root/", "/Users/"],
        why: "a path of one machine exists on no other",
    },
    Rule {
        endings: &["json", "toml", "txt", "yml", "Dockerfile", "rs"],
        words: &["registry.npmjs", "files.pythonhosted", "static.crates", "index.crates", "pypi.org/simple"],
        why: "where packages come from is the machine's setting, not the repository's",
    },
    Rule {
        endings: &["rs"],
        words: &["#[ignore"],
        why: "a test that does not run holds nothing; fix or delete it",
    },
    Rule {
        endings: &["ts", "js", "mjs"],
        words: &[
            "test.only(",
            "it.only(",
            "describe.only(",
            "test.skip(",
            "it.skip(",
            "describe.skip(",
            "test.fixme(",
        ],
        why: "one test alone hides the others, a skipped one holds nothing",
    },
    Rule {
        endings: &["ts", "js", "mjs"],
        words: &["waitForTimeout("],
        why: "tests wait for a state, not for time",
    },
    Rule { endings: &["py"], words: &["pytest.mark.skip"], why: "a test that does not run holds nothing" },
];

/// Looks at every file of the repository and fails with all that is wrong.
pub fn run() -> Result<()> {
    let files = tracked_files()?;
    let mut problems = layers::problems()?;
    for path in files.iter().filter(|path| is_text(path)) {
        let full = process::root().join(path);
        // Deleted, but not yet in a commit.
        if !full.is_file() {
            continue;
        }
        let text = fs::read_to_string(&full).with_context(|| format!("cannot read {path} as text"))?;
        problems.extend(check(path, &text));
    }
    if problems.is_empty() {
        println!("    {} files are tidy", files.len());
        return Ok(());
    }
    for problem in &problems {
        println!("    {problem}");
    }
    bail!("{} problems, each named above", problems.len())
}

/// Files that git knows or would add.
fn tracked_files() -> Result<Vec<String>> {
    let list = process::output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(process::root()),
    )?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn is_text(path: &str) -> bool {
    let ending = ending(path);
    TEXT.contains(&ending) || matches!(ending, "Dockerfile" | ".ci/run")
}

/// The ending of a file's name, or the whole name when it has none.
fn ending(path: &str) -> &str {
    if path == ".ci/run" {
        return path;
    }
    let path = Path::new(path);
    let name = path.extension().or_else(|| path.file_name());
    name.and_then(|name| name.to_str()).unwrap_or_default()
}

fn check(path: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let count = text.lines().count();
    if count > MOST_LINES && !LONG.iter().any(|(long, _)| path.starts_with(long) || path.ends_with(long)) {
        problems.push(format!("{path}: {count} lines; more than {MOST_LINES} are several stories, split it"));
    }
    if RULES.contains(&path) {
        return problems;
    }
    let lines: Vec<_> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let mut report = |why: &str| problems.push(format!("{path}:{}: {why}", index + 1));
        for rule in &WORDS {
            let is_about = rule.endings.is_empty() || rule.endings.contains(&ending(path));
            if is_about && line.trim() != CHILD && rule.words.iter().any(|word| has_word(line, word)) {
                report(rule.why);
            }
        }
        if path.ends_with(".rs") && is_lint_without_reason(&lines[index..]) {
            report("a lint is switched off without `reason = \"…\"`");
        }
        if let Some(why) = layers::http_problem(path, line) {
            report(why);
        }
    }
    problems
}

/// A path counts only where it begins, so that a folder of the repository may be called `tests/work/`.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !word.starts_with('/')
            || !line[..at].ends_with(|before: char| before.is_alphanumeric() || ".-_}$*/~".contains(before))
    })
}

/// Whether an `allow` or `expect` of a Clippy lint starts here and does not say why before it ends.
fn is_lint_without_reason(lines: &[&str]) -> bool {
    let first = lines.first().map_or("", |line| line.trim_start());
    let starts = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
    if !starts.iter().any(|start| first.starts_with(start)) {
        return false;
    }
    let mut attribute = String::new();
    for line in lines.iter().take(12) {
        attribute.push_str(line);
        if line.trim_end().ends_with(")]") {
            break;
        }
    }
    // The reason is part of the attribute, or a comment beside or below it.
    let below = lines.get(1).map_or("", |line| line.trim_start());
    !(attribute.contains("reason = \"") || first.contains("// ") || below.starts_with("// "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_named_unless_it_has_a_reason() {
        let text = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(check("server/src/session.rs", &text).len(), 1);
        assert!(check("web-client/package-lock.json", &text).is_empty());
        assert!(check("server/src/session.rs", &text[2..]).is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found_and_folders_of_ours_are_not() {
        assert_eq!(check("docs/a.md", "see /root/x").len(), 1);
        assert!(check("docs/a.md", "see tests/work/x and $HOME/work/y").is_empty());
    }

    #[test]
    fn tests_that_are_switched_off_are_found() {
        assert_eq!(check("tests/src/a.rs", "    #[ignore]\n").len(), 1);
        assert_eq!(check("tests/src/a.rs", "    #[ignore = \"slow\"]\n").len(), 1);
        assert!(check("tests/src/a.rs", CHILD).is_empty());
        assert_eq!(
            check("tests/browser/a.spec.ts", "test.only('x', f)\nawait page.waitForTimeout(5)\n").len(),
            2
        );
        assert!(check("docs/a.md", "we have no waitForTimeout()").is_empty());
    }

    #[test]
    fn a_lint_is_switched_off_only_with_a_reason() {
        assert_eq!(check("a.rs", "#[allow(clippy::too_many_lines)]\nfn f() {}").len(), 1);
        assert!(check("a.rs", "#[expect(clippy::too_many_lines, reason = \"a table\")]").is_empty());
        assert!(check("a.rs", "#[allow(dead_code)] // each test uses its part").is_empty());
        assert!(check("a.rs", "#[expect(\n    clippy::x,\n    reason = \"why\"\n)]").is_empty());
    }

    #[test]
    fn endings_of_files_without_one_are_their_name() {
        assert_eq!(ending("sample/Dockerfile"), "Dockerfile");
        assert_eq!(ending("web-client/src/app.svelte"), "svelte");
        assert!(is_text(".ci/run") && !is_text("docs/live.png"));
    }
}
