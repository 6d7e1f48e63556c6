//! Whether an entry can do what it says, as far as that is to be seen without Python. Pure.
//!
//! Anybody may write an entry, with whatever client. What could never hold would look active and never stop: it is not sent,
//! and says why. What only Python can tell fails in the debuggee, when it is reached.

use breakroom_documents::hit_count;
use breakroom_protocol::BreakpointEntry;

/// Longest part of somebody's text in a message, in characters.
const QUOTED: usize = 60;

/// Why an entry can never do anything, as a sentence.
pub(super) fn trouble(entry: &BreakpointEntry) -> Option<String> {
    let hits = entry.hit_condition.as_deref().and_then(hits_trouble);
    hits.or_else(|| entry.log_message.as_deref().and_then(message_trouble))
}

/// Whether what it has to compute is another than before.
pub(super) fn is_rewritten(before: &BreakpointEntry, now: &BreakpointEntry) -> bool {
    let code = |entry: &BreakpointEntry| {
        (entry.condition.clone(), entry.hit_condition.clone(), entry.log_message.clone())
    };
    code(before) != code(now) && code(before) != (None, None, None)
}

fn hits_trouble(hits: &str) -> Option<String> {
    let Some((operator, number)) = hit_count(hits) else {
        let hits = quoted(hits.trim());
        return Some(format!(
            "“{hits}” is no hit count: write a number, or one after ==, >=, >, <=, < or %."
        ));
    };
    let never = match (operator, number.trim_start_matches('0')) {
        (">" | ">=", _) => false,
        ("<", number) => matches!(number, "" | "1"),
        (_, number) => number.is_empty(),
    };
    never.then(|| "Hits are counted from 1: this never holds.".to_owned())
}

/// As debugpy reads one: what is between braces is an expression, which may have braces itself.
fn message_trouble(message: &str) -> Option<String> {
    let (mut depth, mut from) = (0_u32, 0);
    for (at, letter) in message.char_indices() {
        match letter {
            '{' => {
                if depth == 0 {
                    from = at;
                }
                depth += 1;
            }
            '}' if depth > 0 => {
                depth -= 1;
                if depth == 0 && message[from + 1..at].trim().is_empty() {
                    return Some(
                        "The message has {} with nothing in it: an expression is missing.".to_owned(),
                    );
                }
            }
            _ => {}
        }
    }
    (depth > 0)
        .then(|| format!("“{}” in the message is not closed: a }} is missing.", quoted(&message[from..])))
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_count_is_what_the_debuggee_counts() {
        for good in
            ["5", " 5 ", "== 3", "= 3", ">=3", "> 0", ">= 0", "<= 1", "< 2", "% 10", "%1", "\t7", "05"]
        {
            assert_eq!(hits_trouble(good), None, "{good}");
        }
        for bad in ["abc", "xyz", "> x", ">", "3 >", "=> 3", "-1", "1.5", "% 2 == 1", "!= 3"] {
            let why = hits_trouble(bad).unwrap();
            assert!(why.contains(bad) && why.contains("is no hit count"), "{bad}: {why}");
        }
        for never in ["0", "== 0", "=0", "<= 0", "< 0", "< 1", "% 0", "00"] {
            assert!(hits_trouble(never).is_some_and(|why| why.contains("never")), "{never}");
        }
    }

    #[test]
    fn a_messages_braces_are_paired_and_have_something_between() {
        for good in ["on", "{v}", "a } b", "{ {1: 2}[1] } %", "{{x}}", "{d['a']} and {e}"] {
            assert_eq!(message_trouble(good), None, "{good}");
        }
        let open = message_trouble("level {v +").unwrap();
        assert!(open.contains("“{v +”") && open.contains("not closed"), "{open}");
        assert!(message_trouble("{a} {b {c}").unwrap().contains("“{b {c}”"));
        for empty in ["{}", "a { } b", "{v} {}"] {
            assert!(message_trouble(empty).is_some_and(|why| why.contains("nothing in it")), "{empty}");
        }
    }
}
