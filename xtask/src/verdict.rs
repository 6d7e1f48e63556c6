//! Steps of a test run and the one verdict at their end.

use std::fmt::Write as _;
use std::time::Duration;

use crate::process::seconds;

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, or could not run; with the reason in one line.
    Failed(String),
    /// It is not for this machine or this state of the repository; with the reason.
    Skipped(String),
}

/// One line of the table.
pub struct Line {
    pub name: &'static str,
    pub outcome: Outcome,
    pub took: Duration,
}

/// The table of all steps and, as its last line, `N passed, N failed`.
pub fn table(lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let (mut passed, mut failed) = (0, 0);
    for line in lines {
        let (word, reason) = match &line.outcome {
            Outcome::Passed => {
                passed += 1;
                ("passed", "")
            }
            Outcome::Failed(reason) => {
                failed += 1;
                ("FAILED", reason.as_str())
            }
            Outcome::Skipped(reason) => ("skipped", reason.as_str()),
        };
        let row = format!("{:width$}  {word:7}  {:>12}  {reason}", line.name, seconds(line.took));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", row.trim_end());
    }
    let _ = writeln!(text, "\n{passed} passed, {failed} failed");
    text
}

/// Whether the run as a whole is good: something ran, and nothing failed.
pub fn is_good(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.outcome == Outcome::Passed)
        && !lines.iter().any(|line| matches!(line.outcome, Outcome::Failed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &'static str, outcome: Outcome) -> Line {
        Line { name, outcome, took: Duration::from_secs(2) }
    }

    #[test]
    fn the_last_line_counts_and_skipped_steps_count_for_nothing() {
        let lines = [
            line("format", Outcome::Passed),
            line("clippy", Outcome::Failed("2 warnings".into())),
            line("deny", Outcome::Skipped("cargo-deny is not installed".into())),
        ];
        let text = table(&lines);
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
        assert!(text.contains("clippy  FAILED          2.0 s  2 warnings"), "{text}");
        assert!(!is_good(&lines));
        assert!(is_good(&lines[..1]));
    }

    #[test]
    fn a_run_in_which_nothing_ran_is_not_good() {
        assert!(!is_good(&[]));
        assert!(!is_good(&[line("deny", Outcome::Skipped("not installed".into()))]));
    }
}
