//! Everybody's breakpoint entries, merged into what pydevd keeps: one breakpoint per line, one per function's name.
//!
//! Pure. In: entries as the shared doc has them, who is muted, what was disarmed, debugpy's answers by process. Out: the
//! lists to send, per file and only when they changed, and what became of each entry. pydevd takes the last of two
//! breakpoints on a line, treats a condition beside a hit count as "or", and counts anew with every list: see [`merge`].
//! Invariant: an entry that is held back (muted, disarmed) is in no list that is sent, and its result says so.

mod held;
mod merge;
mod results;
mod sense;
mod wired;

pub use held::Held;
pub use merge::{FUNCTIONS, Merged};

use breakroom_protocol::upstream::{FunctionBreakpoint, FunctionFound, SourceBreakpoint, UpstreamBreakpoint};
use breakroom_protocol::{BreakpointEntry, BreakpointResult, EntryId, ProcessId};
use merge::{function_place, line_place, merge, own_name};
use results::{function_result, line_result};
use std::collections::{BTreeMap, BTreeSet};
use wired::Wired;

/// The program itself; what it says of a breakpoint counts before what its children say.
const MAIN: ProcessId = ProcessId(0);

/// All entries, and what was last sent per file.
#[derive(Debug, Default)]
pub struct Breakpoints {
    entries: BTreeMap<EntryId, BreakpointEntry>,
    held: Held,
    sent: BTreeMap<String, Merged>,
    /// Which lines debugpy's own ids stand for; new at every answer.
    upstream_ids: BTreeMap<(ProcessId, i64), (String, u32)>,
    /// What debugpy last said of each line it was sent, by process.
    said: BTreeMap<(String, u32), BTreeMap<ProcessId, UpstreamBreakpoint>>,
    /// Which functions are there, by process.
    found: BTreeMap<String, BTreeMap<ProcessId, FunctionFound>>,
    /// What participants were last told.
    told: BTreeMap<EntryId, BreakpointResult>,
    wired: Wired,
}

impl Breakpoints {
    /// An entry was made or changed. Returns the files whose list may have changed.
    pub fn set(&mut self, entry: BreakpointEntry) -> BTreeSet<String> {
        let path = entry.path.clone();
        let id = entry.id.clone();
        self.told.remove(&id);
        if self.entries.get(&id).is_some_and(|old| sense::is_rewritten(old, &entry)) {
            self.held.rewritten(&id);
        }
        let old = self.entries.insert(id, entry).map(|old| old.path);
        old.into_iter().chain([path]).collect()
    }

    /// An entry is gone.
    pub fn remove(&mut self, id: &EntryId) -> BTreeSet<String> {
        self.held.forget(id);
        self.told.remove(id);
        self.entries.remove(id).map(|old| old.path).into_iter().collect()
    }

    /// Whether there is such an entry.
    pub fn has(&self, id: &EntryId) -> bool {
        self.entries.contains_key(id)
    }

    /// One of them.
    pub fn get(&self, id: &EntryId) -> Option<&BreakpointEntry> {
        self.entries.get(id)
    }

    /// All of them.
    pub fn entries(&self) -> impl Iterator<Item = &BreakpointEntry> {
        self.entries.values()
    }

    /// Who is muted and what is disarmed.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// The same, to change it. All lists may have changed then: see [`Breakpoints::paths`].
    pub fn held_mut(&mut self) -> &mut Held {
        &mut self.held
    }

    /// Files that have entries, [`FUNCTIONS`] included.
    pub fn paths(&self) -> BTreeSet<String> {
        self.entries.values().map(|entry| entry.path.clone()).collect()
    }

    /// What to send for a file now.
    pub fn merged(&self, path: &str) -> Merged {
        if self.is_wired(path) { self.wired_list(path) } else { self.merged_by_us(path) }
    }

    /// The same, where no editor sees to it.
    pub fn merged_by_us(&self, path: &str) -> Merged {
        let held =
            |entry: &BreakpointEntry| self.held.why(entry).is_some() || sense::trouble(entry).is_some();
        let entries =
            self.entries.values().filter(|entry| entry.enabled && entry.path == path && !held(entry));
        merge(path, entries.map(|entry| (entry, self.held.turn(&entry.id))))
    }

    /// The lists that differ from what debugpy has; they count as sent from here on.
    pub fn take_changed(&mut self, paths: &BTreeSet<String>) -> Vec<(String, Merged)> {
        let mut changed = Vec::new();
        for path in paths {
            let merged = self.merged(path);
            if self.is_wired(path) {
                self.sent.insert(path.clone(), merged);
                self.wired.lists.insert(path.clone());
                continue;
            }
            let unlike = self.wired.lists.remove(path);
            self.wired.merged.insert(path.clone());
            let same = match self.sent.get(path) {
                _ if unlike => false,
                Some(sent) => sent.same_for_debugpy(&merged),
                None => merged.is_empty(),
            };
            if same {
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

    /// debugpy has none: there is no connection, or not yet.
    pub fn nothing_sent(&mut self) {
        self.sent.clear();
        self.upstream_ids.clear();
        self.said.clear();
        self.found.clear();
        self.told.clear();
        self.wired = Wired::default();
        self.held.forget_failures();
    }

    /// Everything, for a new connection to debugpy; counts as sent.
    pub fn take_all(&mut self) -> Vec<(String, Merged)> {
        self.nothing_sent();
        let paths = self.paths();
        self.take_changed(&paths)
    }

    /// What debugpy has now, for a further process.
    pub fn all(&self) -> Vec<(String, Merged)> {
        let of = |(path, sent): (&String, &Merged)| {
            let merged = if self.is_wired(path) { self.merged_by_us(path) } else { sent.clone() };
            (path.clone(), merged)
        };
        self.sent.iter().map(of).collect()
    }

    /// Files' lists as a setup has them.
    pub fn lines_of(
        lists: Vec<(String, Merged)>,
    ) -> (Vec<(String, Vec<SourceBreakpoint>)>, Vec<FunctionBreakpoint>) {
        let (mut files, mut functions) = (Vec::new(), Vec::new());
        for (path, merged) in lists {
            if path == FUNCTIONS {
                functions = merged.functions;
            } else {
                files.push((path, merged.lines));
            }
        }
        (files, functions)
    }

    /// debugpy's answer for a file.
    pub fn answered(
        &mut self,
        process: ProcessId,
        path: &str,
        asked: &Merged,
        answer: &[UpstreamBreakpoint],
    ) -> Vec<BreakpointResult> {
        self.upstream_ids.retain(|(other, _), (file, _)| *other != process || file != path);
        self.forget_said(process, |file| file == path);
        for (sent, got) in asked.lines.iter().zip(answer) {
            if let Some(id) = got.id {
                self.upstream_ids.insert((process, id), (path.to_owned(), sent.line));
            }
            self.said.entry((path.to_owned(), sent.line)).or_default().insert(process, got.clone());
        }
        self.news([path])
    }

    /// debugpy changed its mind about one of its breakpoints.
    pub fn changed_upstream(
        &mut self,
        process: ProcessId,
        got: &UpstreamBreakpoint,
    ) -> Vec<BreakpointResult> {
        let Some((path, line)) = got.id.and_then(|id| self.upstream_ids.get(&(process, id))).cloned() else {
            return Vec::new();
        };
        self.said.entry((path.clone(), line)).or_default().insert(process, got.clone());
        self.news([path.as_str()])
    }

    /// Names of functions that entries are on, for debugpy to be asked about.
    pub fn functions(&self) -> Vec<String> {
        let sent: BTreeSet<_> = self.sent.get(FUNCTIONS).into_iter().flat_map(|sent| &sent.entries).collect();
        let names = sent.into_iter().flatten().filter_map(|id| self.entries.get(id)?.function.clone());
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether some of them are not there yet.
    pub fn awaits_functions(&self) -> bool {
        self.functions().iter().any(|name| self.function(name) != Some(FunctionFound::Here))
    }

    /// Which of them are in a process.
    pub fn functions_found(
        &mut self,
        process: ProcessId,
        names: &[String],
        found: &[FunctionFound],
    ) -> Vec<BreakpointResult> {
        for (name, found) in names.iter().zip(found) {
            self.found.entry(name.clone()).or_default().insert(process, *found);
        }
        self.news([FUNCTIONS])
    }

    /// A process is gone, and what it said.
    pub fn process_gone(&mut self, process: ProcessId) -> Vec<BreakpointResult> {
        self.upstream_ids.retain(|(other, _), _| *other != process);
        self.wired.behind.retain(|(other, _)| *other != process);
        self.forget_said(process, |_| true);
        for found in self.found.values_mut() {
            found.remove(&process);
        }
        let paths: Vec<_> = self.sent.keys().cloned().collect();
        self.news(paths.iter().map(String::as_str))
    }

    fn forget_said(&mut self, process: ProcessId, of: impl Fn(&str) -> bool) {
        self.said.retain(|(path, _), said| {
            if of(path) {
                said.remove(&process);
            }
            !said.is_empty()
        });
    }

    /// What is known of the entries of these files and wasn't told yet.
    pub fn news<'a>(&mut self, paths: impl IntoIterator<Item = &'a str>) -> Vec<BreakpointResult> {
        let paths = paths.into_iter();
        let mut results: Vec<_> =
            paths.flat_map(|path| [self.results(path), self.held_back(path)].concat()).collect();
        for result in &mut results {
            if let Some(error) = self.held.failure(&result.id).filter(|_| result.verified) {
                let message = Some(format!("It failed when it was reached: {error}."));
                *result = BreakpointResult { verified: false, message, failed: true, ..result.clone() };
            }
        }
        self.untold(results)
    }

    /// The same, of files whose lists were just sent: of the entries in them nothing is known before the answer.
    pub fn news_of_held<'a>(&mut self, paths: impl IntoIterator<Item = &'a str>) -> Vec<BreakpointResult> {
        let results = paths.into_iter().flat_map(|path| self.held_back(path)).collect();
        self.untold(results)
    }

    fn untold(&mut self, mut results: Vec<BreakpointResult>) -> Vec<BreakpointResult> {
        results.retain(|result| self.told.get(&result.id) != Some(result));
        self.told.extend(results.iter().map(|result| (result.id.clone(), result.clone())));
        results
    }

    fn results(&self, path: &str) -> Vec<BreakpointResult> {
        let mut results = Vec::new();
        let nowhere = Merged::default();
        let sent = self.sent.get(path).unwrap_or(&nowhere);
        for (sent, ids) in sent.lines.iter().zip(&sent.entries) {
            if let Some(got) = self.line_said(path, sent.line) {
                results.extend(ids.iter().map(|id| line_result(id, sent.line, got)));
            }
        }
        if path == FUNCTIONS {
            for id in sent.entries.iter().flatten() {
                let name = self.entries.get(id).and_then(|entry| entry.function.as_deref());
                results.extend(
                    name.and_then(|name| self.function(name)).map(|found| function_result(id, found)),
                );
            }
        }
        results
    }

    fn held_back(&self, path: &str) -> Vec<BreakpointResult> {
        let of_path = self.entries.values().filter(|entry| entry.enabled && entry.path == path);
        // An editor's own list is debugpy's to judge.
        let wired = self.is_wired(path);
        let held = of_path.filter_map(|entry| {
            let trouble = || sense::trouble(entry).filter(|_| !wired);
            let (message, failed) = match self.held.why(entry) {
                Some(why) => (why, false),
                None => (trouble()?, true),
            };
            let (id, message) = (entry.id.clone(), Some(message));
            Some(BreakpointResult { id, verified: false, line: None, message, failed })
        });
        held.collect()
    }

    /// What the processes say of a line: it is good if it is in one of them.
    fn line_said(&self, path: &str, line: u32) -> Option<&UpstreamBreakpoint> {
        let said = self.said.get(&(path.to_owned(), line))?;
        let main = said.get(&MAIN).filter(|got| got.verified);
        main.or_else(|| said.values().find(|got| got.verified)).or_else(|| said.values().next())
    }

    fn function(&self, name: &str) -> Option<FunctionFound> {
        let found = self.found.get(name)?;
        let here = found.values().find(|found| **found == FunctionFound::Here);
        here.or_else(|| found.values().find(|found| **found != FunctionFound::Nowhere))
            .or_else(|| found.values().next())
            .copied()
    }

    /// Whose entries stand behind a line where the program stopped.
    pub fn at(&self, path: &str, line: u32) -> At {
        let Some(sent) = self.sent.get(path) else { return At::Nobodys };
        // Where debugpy moved it to is where the program stops.
        let really = |sent: &SourceBreakpoint| {
            self.line_said(path, sent.line).and_then(|said| said.line).unwrap_or(sent.line)
        };
        let found = sent.lines.iter().zip(&sent.entries).find(|(sent, _)| really(sent) == line);
        match found {
            None => At::Nobodys,
            Some((sent, ids)) if sent.condition.is_none() => At::Known(ids.clone()),
            Some((sent, _)) => At::Ask(line_place(path, sent.line)),
        }
    }

    /// Whose entries stand behind a function at whose begin the program stopped.
    pub fn at_function(&self, name: &str) -> At {
        let Some(sent) = self.sent.get(FUNCTIONS) else { return At::Nobodys };
        let name = own_name(name);
        match sent.functions.iter().zip(&sent.entries).find(|(sent, _)| sent.name == name) {
            None => At::Nobodys,
            Some((sent, ids)) if sent.condition.is_none() => At::Known(ids.clone()),
            Some(_) => At::Ask(function_place(name)),
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

#[cfg(test)]
mod tests;
