//! Breakpoints between the doc and debugpy: what is sent, what is held back, what is told; snap points.

use super::commands::{Done, Verdict, refuse};
use super::{Asked, MAIN, State};
use breakroom_protocol::upstream::{Request, UpstreamSnap, Urgency};
use breakroom_protocol::{
    BreakpointEntry, BreakpointResult, EntryId, ErrorCode, Event, OutputCategory, ParticipantId, ProcessId,
    Snap, SnapId, Snapshot,
};
use breakroom_upstream::Setup;
use std::collections::{BTreeMap, BTreeSet};

use crate::session::breakpoints::{Breakpoints, FUNCTIONS, Merged};

/// Files named by snap points' stacks whose text is captured for that, at most.
const SNAP_PATHS: usize = 500;

impl State {
    /// Breakpoints for a new connection to debugpy. Call it right before attaching.
    pub fn setup(&mut self) -> Setup {
        self.setup = self.breakpoints.take_all();
        self.setup_filters = self.exception_filters;
        self.setup_of_all()
    }

    /// Breakpoints for a further process.
    pub(super) fn setup_of_all(&self) -> Setup {
        let (breakpoints, functions) = Breakpoints::lines_of(self.breakpoints.all());
        Setup { breakpoints, functions, exception_filters: self.exception_filters }
    }

    /// What is held back, and how many snaps there were, as the journal has it.
    pub(super) fn breakpoints_resumed(&mut self, snapshot: &Snapshot) {
        let held = self.breakpoints.held_mut();
        held.mute_all(snapshot.muted_all);
        for who in &snapshot.muted {
            held.mute(*who, true);
        }
        for (id, state) in &snapshot.breakpoints {
            if let Some(per_second) = state.disarmed {
                held.disarm(id, 0, per_second);
            }
        }
        self.last_snap = snapshot.snaps.last().map_or(SnapId(0), |view| view.snap.id);
        let passed = snapshot.breakpoints.iter().filter(|(_, state)| state.passed > 0);
        self.passed.told = passed.map(|(id, state)| (id.clone(), state.passed)).collect();
    }

    pub(super) fn breakpoint_set(&mut self, by: ParticipantId, entry: BreakpointEntry) {
        self.record(Some(by), Event::BreakpointSet { entry: entry.clone() });
        let id = entry.id.clone();
        self.author_known(entry.author);
        if !entry.snap {
            self.passed.told.remove(&id);
        }
        let paths = self.breakpoints.set(entry);
        self.changed_by(by, &id, &paths);
        // Who changes it has seen to it that it is reached less often, or will be told again.
        self.arm(Some(by), &id);
        self.send_breakpoints(&paths);
    }

    pub(super) fn breakpoint_removed(&mut self, by: ParticipantId, id: EntryId) {
        self.record(Some(by), Event::BreakpointRemoved { id: id.clone() });
        let paths = self.breakpoints.remove(&id);
        self.passed.told.remove(&id);
        self.changed_by(by, &id, &paths);
        self.send_breakpoints(&paths);
    }

    /// An editor on the wire has told debugpy of its entries itself, as long as nobody else changes them.
    fn changed_by(&mut self, by: ParticipantId, id: &EntryId, paths: &BTreeSet<String>) {
        if self.wires.of_program().is_some_and(|who| who != by) {
            self.breakpoints.take_over(id, paths);
        }
    }

    /// Sends the lists that changed, and tells what is known already.
    pub(super) fn send_breakpoints(&mut self, paths: &BTreeSet<String>) {
        if !self.is_attached() {
            return;
        }
        let changed = self.breakpoints.take_changed(paths);
        let is_changed = |path: &&String| changed.iter().any(|(other, _)| other == *path);
        let (sent, unsent): (Vec<_>, Vec<_>) = paths.iter().partition(is_changed);
        let mut results = self.breakpoints.news(unsent.into_iter().map(String::as_str));
        results.extend(self.breakpoints.news_of_held(sent.into_iter().map(String::as_str)));
        self.resolved(results);
        for path in paths {
            if self.breakpoints.is_wired(path) {
                self.send_wired(path);
            }
        }
        for (path, merged) in changed {
            for process in self.processes() {
                self.send_list(process, path.clone(), merged.clone());
                if path == FUNCTIONS {
                    self.find_functions(process);
                }
            }
        }
    }

    /// Tells one process a file's list.
    pub(super) fn send_list(&mut self, process: ProcessId, path: String, merged: Merged) {
        if process != MAIN && self.wires.has(process) {
            self.breakpoints.list_goes_behind(process, &path);
        }
        let request = merged.request(&path);
        self.ask_of(process, Asked::SetBreakpoints { process, path, merged }, request, Urgency::Control);
    }

    /// An editor's own list went to the program itself; its children get it from us.
    fn send_wired(&mut self, path: &str) {
        if path == FUNCTIONS {
            self.find_functions(MAIN);
        }
        let merged = self.breakpoints.merged_by_us(path);
        for process in self.children.attached() {
            if !self.wires.has(process) || self.breakpoints.is_behind(process, path) {
                self.send_list(process, path.to_owned(), merged.clone());
            }
        }
    }

    /// All that are attached.
    pub(super) fn processes(&self) -> Vec<ProcessId> {
        std::iter::once(MAIN).chain(self.children.attached()).collect()
    }

    /// Asks which of the functions that entries are on are there.
    pub(super) fn find_functions(&mut self, process: ProcessId) {
        let names = self.breakpoints.functions();
        if !names.is_empty() {
            let request = Request::FindFunctions { names: names.clone() };
            self.ask_of(process, Asked::Functions { process, names }, request, Urgency::Browse);
        }
    }

    /// Tells what became of entries.
    pub(super) fn resolved(&mut self, results: Vec<BreakpointResult>) {
        if !results.is_empty() {
            self.record(None, Event::BreakpointsResolved { results });
        }
    }

    pub(super) fn mute_mine(&mut self, me: ParticipantId, muted: bool) -> Verdict {
        let news = self.breakpoints.held_mut().mute(me, muted);
        Ok(self.muted(me, news))
    }

    pub(super) fn mute_all(&mut self, me: ParticipantId, muted: bool) -> Verdict {
        let news = self.breakpoints.held_mut().mute_all(muted);
        Ok(self.muted(me, news))
    }

    fn muted(&mut self, by: ParticipantId, news: bool) -> Done {
        if news {
            let held = self.breakpoints.held();
            let (all, participants) = (held.all(), held.muted());
            self.record(Some(by), Event::Muted { all, participants });
            self.send_breakpoints(&self.breakpoints.paths());
        }
        Done::Now
    }

    pub(super) fn rearm(&mut self, me: ParticipantId, id: &EntryId) -> Verdict {
        let Some(entry) = self.breakpoints.get(id) else {
            return refuse(ErrorCode::NoSuchBreakpoint, "That breakpoint is gone: set it anew.");
        };
        let paths = BTreeSet::from([entry.path.clone()]);
        self.arm(Some(me), id);
        self.send_breakpoints(&paths);
        Ok(Done::Now)
    }

    fn arm(&mut self, by: Option<ParticipantId>, id: &EntryId) {
        if self.breakpoints.held_mut().rearm(id) {
            self.record(by, Event::BreakpointRearmed { id: id.clone() });
        }
    }

    /// The debuggee switched an entry off: so do we everywhere, and say so.
    pub(super) fn disarmed(&mut self, process: ProcessId, id: EntryId, turn: u32, per_second: u32) {
        let Some(entry) = self.breakpoints.get(&id) else { return };
        let paths = BTreeSet::from([entry.path.clone()]);
        let what = self.describe(entry);
        if !self.breakpoints.held_mut().disarm(&id, turn, per_second) {
            return;
        }
        self.record(None, Event::BreakpointDisarmed { id, per_second });
        let text = format!(
            "{what} was reached {per_second} times a second, which slows the program down: it is disarmed until somebody rearms or changes it.\n"
        );
        self.output(process, OutputCategory::Important, &text);
        self.send_breakpoints(&paths);
    }

    /// What an entry computes raised something. The debuggee tells it once, and so do we: it is passed on all the same.
    pub(super) fn entry_failed(&mut self, process: ProcessId, id: &EntryId, turn: u32, error: &str) {
        let Some(entry) = self.breakpoints.get(id) else { return };
        let path = entry.path.clone();
        let what = self.describe(entry);
        if !self.breakpoints.held_mut().fail(id, turn, error) {
            return;
        }
        let text = format!("{what} failed: {error}. This is said once, until somebody changes it.\n");
        self.output(process, OutputCategory::Important, &text);
        let results = self.breakpoints.news([path.as_str()]);
        self.resolved(results);
    }

    /// An entry in words: whose, and where.
    pub(super) fn describe(&self, entry: &BreakpointEntry) -> String {
        let author = self.people.get(entry.author).map(|here| here.participant.name.as_str());
        let what = if entry.snap { "snap point" } else { "breakpoint" };
        let place = match &entry.function {
            Some(function) => function.clone(),
            None => {
                let file = entry.path.rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", entry.line)
            }
        };
        match author {
            Some(author) => format!("{author}'s {what} at {place}"),
            None => format!("The {what} at {place}"),
        }
    }

    pub(super) fn snapped(&mut self, process: ProcessId, snap: UpstreamSnap) {
        let UpstreamSnap { entry, thread, frames, skipped } = snap;
        // One that was just removed may have been on its way; nobody would know whose it is.
        if !self.breakpoints.get(&entry).is_some_and(|entry| entry.snap) {
            return;
        }
        self.last_snap = SnapId(self.last_snap.0 + 1);
        self.passed.may = true;
        let skipped = skipped.saturating_add(self.passed.told.remove(&entry).unwrap_or_default());
        let top = frames.first().and_then(|frame| frame.place.path.clone());
        let snap = Snap { id: self.last_snap, entry, process, thread, frames, skipped };
        self.record(None, Event::Snap { snap });
        if let Some(path) = top
            && self.snap_paths.len() < SNAP_PATHS
            && self.is_attached()
        {
            // Tried once, whatever comes of it.
            let first = self.snap_paths.insert(path.clone());
            if first {
                self.fetch_source(None, path);
            }
        }
    }
    /// What a snap point passed over at the end of a burst, no capture tells: it is asked for from time to time.
    pub(super) fn ask_snaps_passed(&mut self) {
        if !std::mem::take(&mut self.passed.may) {
            return;
        }
        for process in self.processes() {
            self.ask_of(process, Asked::SnapsPassed, Request::SnapsPassed, Urgency::Browse);
        }
    }

    pub(super) fn snaps_passed(&mut self, counts: Vec<(EntryId, u32)>, more: bool) {
        self.passed.may |= more;
        for (entry, count) in counts {
            if self.breakpoints.get(&entry).is_some_and(|entry| entry.snap) {
                let told = self.passed.told.entry(entry.clone()).or_default();
                *told = told.saturating_add(count);
                self.record(None, Event::SnapsPassed { entry, count });
            }
        }
    }
}

/// What snap points passed over, as their rate was over its limit.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// There may be something to ask for.
    may: bool,
    /// Told, and not part of a capture's own count.
    told: BTreeMap<EntryId, u32>,
}
