//! Everybody's breakpoint entries, merged into what pydevd keeps: one breakpoint per line.
//!
//! Pure. In: entries as the shared doc has them, debugpy's answers. Out: the lists to send, per file and only when
//! they changed, and what became of each entry. pydevd takes the last of two breakpoints on a line, and treats a
//! condition beside a hit condition as "or": so entries are merged here, and those that can't be honoured yet
//! together with others say so.

use breakroom_protocol::upstream::{SourceBreakpoint, UpstreamBreakpoint};
use breakroom_protocol::{BreakpointEntry, BreakpointResult, EntryId};
use std::collections::{BTreeMap, BTreeSet};

/// A file's merged list, with the entries behind each line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// To send, by line; one per line.
    pub breakpoints: Vec<SourceBreakpoint>,
    /// Behind each of them, in the same order.
    pub entries: Vec<Vec<EntryId>>,
    /// Entries that aren't part of it, and why.
    pub left_out: Vec<(EntryId, &'static str)>,
}

/// All entries, and what was last sent per file.
#[derive(Debug, Default)]
pub struct Breakpoints {
    entries: BTreeMap<EntryId, BreakpointEntry>,
    sent: BTreeMap<String, Merged>,
    /// Which entries debugpy's own ids stand for; new at every answer.
    upstream_ids: BTreeMap<i64, (String, Vec<EntryId>)>,
}

impl Breakpoints {
    /// An entry was made or changed. Returns the files whose list may have changed.
    pub fn set(&mut self, entry: BreakpointEntry) -> BTreeSet<String> {
        let path = entry.path.clone();
        let old = self.entries.insert(entry.id.clone(), entry).map(|old| old.path);
        old.into_iter().chain([path]).collect()
    }

    /// An entry is gone.
    pub fn remove(&mut self, id: &EntryId) -> BTreeSet<String> {
        self.entries.remove(id).map(|old| old.path).into_iter().collect()
    }

    /// Files that have entries.
    pub fn paths(&self) -> BTreeSet<String> {
        self.entries.values().map(|entry| entry.path.clone()).collect()
    }

    /// What to send for a file now.
    pub fn merged(&self, path: &str) -> Merged {
        let mut lines: BTreeMap<u32, Vec<&BreakpointEntry>> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| entry.enabled && entry.path == path) {
            lines.entry(entry.line).or_default().push(entry);
        }
        let mut merged = Merged::default();
        for (line, entries) in lines {
            merge_line(line, &entries, &mut merged);
        }
        merged
    }

    /// The lists that differ from what debugpy has; they count as sent from here on.
    pub fn take_changed(&mut self, paths: &BTreeSet<String>) -> Vec<(String, Merged)> {
        let mut changed = Vec::new();
        for path in paths {
            let merged = self.merged(path);
            let known = self.sent.get(path);
            if known.map(|sent| &sent.breakpoints) == Some(&merged.breakpoints)
                || (known.is_none() && merged.breakpoints.is_empty())
            {
                // debugpy needs nothing; who stands behind a line may have changed all the same.
                if let Some(sent) = self.sent.get_mut(path) {
                    *sent = merged;
                }
                continue;
            }
            self.sent.insert(path.clone(), merged.clone());
            changed.push((path.clone(), merged));
        }
        changed
    }

    /// Everything, for a new connection to debugpy; counts as sent.
    pub fn take_all(&mut self) -> Vec<(String, Merged)> {
        self.sent.clear();
        self.upstream_ids.clear();
        let paths = self.paths();
        self.take_changed(&paths)
    }

    /// What debugpy has now, for a further process.
    pub fn all(&self) -> Vec<(String, Vec<SourceBreakpoint>)> {
        self.sent.iter().map(|(path, merged)| (path.clone(), merged.breakpoints.clone())).collect()
    }

    /// debugpy's answer for a file: what became of each entry.
    pub fn answered(
        &mut self,
        path: &str,
        asked: &Merged,
        answer: &[UpstreamBreakpoint],
    ) -> Vec<BreakpointResult> {
        self.upstream_ids.retain(|_, (other, _)| other != path);
        let mut results = Vec::new();
        for ((sent, entries), got) in asked.breakpoints.iter().zip(&asked.entries).zip(answer) {
            if let Some(id) = got.id {
                self.upstream_ids.insert(id, (path.to_owned(), entries.clone()));
            }
            results.extend(entries.iter().map(|id| self.with_caveat(result(id, sent.line, got))));
        }
        results.extend(self.left_out(asked));
        results
    }

    /// debugpy changed its mind about one of its breakpoints.
    pub fn changed_upstream(&self, got: &UpstreamBreakpoint) -> Vec<BreakpointResult> {
        let Some((_, entries)) = got.id.and_then(|id| self.upstream_ids.get(&id)) else { return Vec::new() };
        let line = |id: &EntryId| self.entries.get(id).map_or(0, |entry| entry.line);
        entries.iter().map(|id| result(id, line(id), got)).collect()
    }

    /// Results for entries that changed without a new list (left out, or joined to an equal line).
    pub fn results_of_unsent(&self, path: &str) -> Vec<BreakpointResult> {
        self.left_out(&self.merged(path)).collect()
    }

    /// pydevd would stop when either is true, so the hit condition of an entry with a condition isn't sent.
    fn with_caveat(&self, mut result: BreakpointResult) -> BreakpointResult {
        let both =
            self.entries.get(&result.id).is_some_and(|e| e.condition.is_some() && e.hit_condition.is_some());
        if both && result.message.is_none() {
            result.message = Some("Its hit count doesn't count beside a condition yet.".to_owned());
        }
        result
    }

    fn left_out<'a>(&self, merged: &'a Merged) -> impl Iterator<Item = BreakpointResult> + use<'a> {
        merged.left_out.iter().map(|(id, why)| BreakpointResult {
            id: id.clone(),
            verified: false,
            line: None,
            message: Some((*why).to_owned()),
        })
    }

    /// Whose entries stand behind a line where the program stopped.
    pub fn at(&self, path: &str, line: u32) -> Vec<EntryId> {
        let Some(sent) = self.sent.get(path) else { return Vec::new() };
        let lines = sent.breakpoints.iter().zip(&sent.entries);
        lines
            .filter(|(sent, _)| sent.line == line && sent.log_message.is_none())
            .flat_map(|(_, ids)| ids.clone())
            .collect()
    }
}

fn result(id: &EntryId, line: u32, got: &UpstreamBreakpoint) -> BreakpointResult {
    let moved = got.line.filter(|actual| *actual != line);
    BreakpointResult { id: id.clone(), verified: got.verified, line: moved, message: got.message.clone() }
}

/// An unconditional stop wins; else conditions are OR-ed; else one entry with a hit condition or a log message
/// stands as it is.
fn merge_line(line: u32, entries: &[&BreakpointEntry], merged: &mut Merged) {
    let plain = |entry: &&&BreakpointEntry| {
        entry.condition.is_none() && entry.hit_condition.is_none() && entry.log_message.is_none()
    };
    let conditional = |entry: &&&BreakpointEntry| {
        entry.condition.is_some() && entry.hit_condition.is_none() && entry.log_message.is_none()
    };
    let (chosen, condition): (Vec<&BreakpointEntry>, Option<String>) = if entries.iter().any(|e| plain(&e)) {
        (entries.iter().filter(plain).copied().collect(), None)
    } else {
        let conditions: Vec<_> = entries.iter().filter(conditional).copied().collect();
        let condition = any_of(&conditions);
        (conditions, condition)
    };
    let (chosen, breakpoint) = match (chosen.as_slice(), entries) {
        ([], [first, ..]) => (vec![*first], alone(line, first)),
        _ => (chosen, SourceBreakpoint { line, condition, hit_condition: None, log_message: None }),
    };
    for entry in entries {
        if !chosen.iter().any(|other| other.id == entry.id) {
            // An unconditional stop covers every condition; the rest can't be combined with others.
            let covered =
                entry.condition.is_some() && entry.hit_condition.is_none() && entry.log_message.is_none();
            let why = if covered {
                "Another breakpoint on this line always stops, so this condition makes no difference."
            } else {
                "Another breakpoint on this line takes precedence; hit counts and log messages need a line of their own."
            };
            merged.left_out.push((entry.id.clone(), why));
        }
    }
    merged.entries.push(chosen.iter().map(|entry| entry.id.clone()).collect());
    merged.breakpoints.push(breakpoint);
}

fn alone(line: u32, entry: &BreakpointEntry) -> SourceBreakpoint {
    // Beside a condition, pydevd would count the hit condition as "or".
    let hit_condition = if entry.condition.is_some() { None } else { entry.hit_condition.clone() };
    SourceBreakpoint {
        line,
        condition: entry.condition.clone(),
        hit_condition,
        log_message: entry.log_message.clone(),
    }
}

/// `(a) or (b)`, each on a line of its own so that a comment in one can't swallow the next.
fn any_of(entries: &[&BreakpointEntry]) -> Option<String> {
    let conditions: Vec<&str> = entries.iter().filter_map(|entry| entry.condition.as_deref()).collect();
    match conditions.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => Some(many.iter().map(|one| format!("({one}\n)")).collect::<Vec<_>>().join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::ParticipantId;

    fn entry(id: &str, line: u32) -> BreakpointEntry {
        BreakpointEntry {
            id: id.into(),
            path: "/app/porch.py".into(),
            line,
            condition: None,
            hit_condition: None,
            log_message: None,
            enabled: true,
            author: ParticipantId(uuid::Uuid::nil()),
        }
    }

    fn of(entries: Vec<BreakpointEntry>) -> (Breakpoints, Merged) {
        let mut all = Breakpoints::default();
        for entry in entries {
            all.set(entry);
        }
        let merged = all.merged("/app/porch.py");
        (all, merged)
    }

    #[test]
    fn two_conditions_are_or_ed_and_a_comment_stays_inside() {
        let a = BreakpointEntry { condition: Some("x > 1 # why".into()), ..entry("a", 7) };
        let b = BreakpointEntry { condition: Some("y".into()), ..entry("b", 7) };
        let (_, merged) = of(vec![a, b]);
        assert_eq!(merged.breakpoints[0].condition.as_deref(), Some("(x > 1 # why\n) or (y\n)"));
        assert_eq!(merged.entries[0].len(), 2);
    }

    #[test]
    fn an_unconditional_entry_wins_and_the_other_is_told() {
        let a = BreakpointEntry { condition: Some("x".into()), ..entry("a", 7) };
        let (_, merged) = of(vec![a, entry("b", 7)]);
        assert_eq!(merged.breakpoints.len(), 1);
        assert_eq!(merged.breakpoints[0].condition, None);
        assert_eq!(merged.entries[0], vec![EntryId::from("b")]);
        assert_eq!(merged.left_out[0].0, EntryId::from("a"));
    }

    #[test]
    fn a_disabled_entry_is_not_sent_and_unchanged_lists_are_not_sent_again() {
        let (mut all, _) = of(vec![entry("a", 7)]);
        let paths = all.paths();
        assert_eq!(all.take_changed(&paths).len(), 1);
        assert!(all.take_changed(&paths).is_empty());
        let touched = all.set(entry("b", 7));
        assert!(
            all.take_changed(&touched).is_empty(),
            "a second plain entry on the line changes nothing for debugpy"
        );
        assert_eq!(all.at("/app/porch.py", 7).len(), 2, "but both are hit");
        all.set(BreakpointEntry { enabled: false, ..entry("a", 7) });
        let touched = all.remove(&"b".into());
        let changed = all.take_changed(&touched);
        assert_eq!(changed.len(), 1);
        assert!(changed[0].1.breakpoints.is_empty());
    }

    #[test]
    fn an_entry_that_moves_to_another_file_changes_both() {
        let (mut all, _) = of(vec![entry("a", 7)]);
        let touched = all.set(BreakpointEntry { path: "/app/other.py".into(), ..entry("a", 9) });
        assert_eq!(touched.len(), 2);
    }

    #[test]
    fn answers_say_what_became_of_each_entry() {
        let (mut all, _) = of(vec![entry("a", 7), entry("b", 9)]);
        let changed = all.take_all();
        let answer = [
            UpstreamBreakpoint { id: Some(3), verified: true, line: Some(8), message: None },
            UpstreamBreakpoint {
                id: Some(4),
                verified: false,
                line: Some(9),
                message: Some("no code".into()),
            },
        ];
        let results = all.answered("/app/porch.py", &changed[0].1, &answer);
        assert_eq!(results[0].line, Some(8));
        assert!(!results[1].verified);
        let later = UpstreamBreakpoint { id: Some(4), verified: true, line: Some(9), message: None };
        assert_eq!(all.changed_upstream(&later)[0].id, EntryId::from("b"));
    }
}
