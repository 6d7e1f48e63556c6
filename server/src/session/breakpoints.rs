//! Everybody's breakpoint entries, merged into what pydevd keeps: one breakpoint per line.
//!
//! Pure. In: entries as the shared doc has them, debugpy's answers. Out: the lists to send, per file and only when
//! they changed, and what became of each entry. pydevd takes the last of two breakpoints on a line, treats a condition
//! beside a hit count as "or", and counts anew with every list. So a line whose entries are more than plain has one
//! condition of ours ([`entries_condition`]), which decides for each entry by itself, counts and logs.

use breakroom_protocol::upstream::{SourceBreakpoint, UpstreamBreakpoint};
use breakroom_protocol::{BreakpointEntry, BreakpointResult, EntryId};
use breakroom_upstream::entries_condition;
use std::collections::{BTreeMap, BTreeSet};

/// A file's merged list, with the entries behind each line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// To send, by line; one per line.
    pub breakpoints: Vec<SourceBreakpoint>,
    /// Behind each of them, in the same order.
    pub entries: Vec<Vec<EntryId>>,
}

/// All entries, and what was last sent per file.
#[derive(Debug, Default)]
pub struct Breakpoints {
    entries: BTreeMap<EntryId, BreakpointEntry>,
    sent: BTreeMap<String, Merged>,
    /// Which entries debugpy's own ids stand for; new at every answer.
    upstream_ids: BTreeMap<i64, (String, Vec<EntryId>)>,
    /// What debugpy last said of each line it was sent.
    said: BTreeMap<(String, u32), UpstreamBreakpoint>,
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

    /// Whether there is such an entry.
    pub fn has(&self, id: &EntryId) -> bool {
        self.entries.contains_key(id)
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
            merge_line(path, line, &entries, &mut merged);
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
        self.said.clear();
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
        self.said.retain(|(other, _), _| other != path);
        let mut results = Vec::new();
        for ((sent, entries), got) in asked.breakpoints.iter().zip(&asked.entries).zip(answer) {
            if let Some(id) = got.id {
                self.upstream_ids.insert(id, (path.to_owned(), entries.clone()));
            }
            self.said.insert((path.to_owned(), sent.line), got.clone());
            results.extend(entries.iter().map(|id| result(id, sent.line, got)));
        }
        results
    }

    /// Results for a file whose list debugpy has already: an entry may have joined others on its line.
    pub fn results_of_unsent(&self, path: &str) -> Vec<BreakpointResult> {
        let Some(sent) = self.sent.get(path) else { return Vec::new() };
        let lines = sent.breakpoints.iter().zip(&sent.entries);
        let known =
            lines.filter_map(|(sent, ids)| Some((sent, ids, self.said.get(&(path.to_owned(), sent.line))?)));
        known.flat_map(|(sent, ids, got)| ids.iter().map(|id| result(id, sent.line, got))).collect()
    }

    /// debugpy changed its mind about one of its breakpoints.
    pub fn changed_upstream(&self, got: &UpstreamBreakpoint) -> Vec<BreakpointResult> {
        let Some((_, entries)) = got.id.and_then(|id| self.upstream_ids.get(&id)) else { return Vec::new() };
        let line = |id: &EntryId| self.entries.get(id).map_or(0, |entry| entry.line);
        entries.iter().map(|id| result(id, line(id), got)).collect()
    }

    /// Whose entries stand behind a line where the program stopped.
    pub fn at(&self, path: &str, line: u32) -> At {
        let Some(sent) = self.sent.get(path) else { return At::Nobodys };
        // Where debugpy moved it to is where the program stops.
        let really = |sent: &SourceBreakpoint| {
            self.said.get(&(path.to_owned(), sent.line)).and_then(|said| said.line).unwrap_or(sent.line)
        };
        let found = sent.breakpoints.iter().zip(&sent.entries).find(|(sent, _)| really(sent) == line);
        match found {
            None => At::Nobodys,
            Some((sent, ids)) if sent.condition.is_none() => At::Known(ids.clone()),
            Some(_) => At::Ask(line_name(path, line)),
        }
    }
}

/// What [`Breakpoints::at`] knows.
#[derive(Debug, PartialEq, Eq)]
pub enum At {
    /// There are none.
    Nobodys,
    /// All of these stop always.
    Known(Vec<EntryId>),
    /// Only the debuggee knows which of them held: ask by this name.
    Ask(String),
}

fn result(id: &EntryId, line: u32, got: &UpstreamBreakpoint) -> BreakpointResult {
    let moved = got.line.filter(|actual| *actual != line);
    BreakpointResult { id: id.clone(), verified: got.verified, line: moved, message: got.message.clone() }
}

/// Plain entries are pydevd's own; with anything more, the line's condition decides for all of its entries.
fn merge_line(path: &str, line: u32, entries: &[&BreakpointEntry], merged: &mut Merged) {
    let plain = entries.iter().all(|entry| {
        entry.condition.is_none() && entry.hit_condition.is_none() && entry.log_message.is_none()
    });
    let condition = (!plain).then(|| {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| {
                let (condition, hits) = (entry.condition.as_deref(), entry.hit_condition.as_deref());
                [Some(entry.id.0.as_str()), condition, hits, entry.log_message.as_deref()]
            })
            .collect();
        entries_condition(&line_name(path, line), &entries)
    });
    merged.entries.push(entries.iter().map(|entry| entry.id.clone()).collect());
    merged.breakpoints.push(SourceBreakpoint { line, condition, hit_condition: None, log_message: None });
}

fn line_name(path: &str, line: u32) -> String {
    format!("{path}:{line}")
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
            function: None,
            snap: false,
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
    fn plain_entries_are_pydevds_own_and_others_decide_for_themselves() {
        let (mut all, merged) = of(vec![entry("a", 7), entry("b", 7)]);
        assert_eq!(merged.breakpoints[0].condition, None);
        let touched = all.set(BreakpointEntry { condition: Some("x > 1 # why".into()), ..entry("b", 7) });
        let changed = all.take_changed(&touched);
        let [(_, Merged { breakpoints, entries })] = &changed[..] else { panic!("{changed:?}") };
        let expected = "__import__('pydevd')._breakroom('/app/porch.py:7', \
                        [('a', None, None, None), ('b', 'x > 1 # why', None, None)])";
        assert_eq!(breakpoints[0].condition.as_deref(), Some(expected));
        assert_eq!(entries[0].len(), 2);
        assert_eq!(all.at("/app/porch.py", 7), At::Ask("/app/porch.py:7".into()));
        assert_eq!(all.at("/app/porch.py", 8), At::Nobodys);
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
        assert_eq!(all.at("/app/porch.py", 7), At::Known(vec!["a".into(), "b".into()]), "but both are hit");
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
        let touched = all.set(entry("c", 7));
        assert!(all.take_changed(&touched).is_empty());
        let joined = all.results_of_unsent("/app/porch.py");
        let c = joined.iter().find(|result| result.id == EntryId::from("c")).unwrap();
        assert_eq!((c.verified, c.line), (true, Some(8)), "it is where the other one on its line is");
        let later = UpstreamBreakpoint { id: Some(4), verified: true, line: Some(9), message: None };
        assert_eq!(all.changed_upstream(&later)[0].id, EntryId::from("b"));
    }
}
