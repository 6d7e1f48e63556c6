//! The fold: journal events into the state that people see.
//!
//! In: events in order. Out: [`Snapshot`], which a joiner gets and a recording keeps as keyframes.
//! Invariant: the client's `fold.ts` computes the same from the same events; vectors that a test here writes
//! and Vitest reads hold the two equal. So: no clock, no randomness, nothing that isn't in the events.

use crate::event::{Envelope, Event};
use crate::ids::{EntryId, JournalSeq, NoteId, ParticipantId, ProcessId, ProposalId, StopId, WatchId};
use crate::model::{
    AttachChoice, Busy, EndReason, EvaluateContext, ExceptionFilters, LeaveReason, Note, OutputCategory,
    Participant, ProcessInfo, Reply, SessionInfo, SourceInfo,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

mod views;

use views::number_keys;
pub use views::{
    ActivityView, BreakpointState, ChatLine, Evaluation, GapInfo, OutputLine, PageView, Person,
    ProposalEndView, ProposalView, SnapView, StackView, StopView, TextView, VariablesView, WatchSample,
    WatchView,
};

/// Output lines kept in a snapshot; older ones are in the journal only.
pub const OUTPUT_KEPT: usize = 1_000;
/// Chat lines kept in a snapshot.
pub const CHAT_KEPT: usize = 200;
/// Evaluations kept in a snapshot.
pub const EVALUATIONS_KEPT: usize = 100;
/// Characters kept of what was printed while one of them ran; one more says that there was more.
pub const PRINTED_KEPT: usize = 2_000;
/// Captures of snap points kept in a snapshot.
pub const SNAPS_KEPT: usize = 50;
/// Values kept of each watch.
pub const WATCH_VALUES_KEPT: usize = 50;
/// Proposals kept in a snapshot, open ones included.
pub const PROPOSALS_KEPT: usize = 100;
/// Frames of one stack that can be looked at.
pub const STACK_KEPT: u32 = 5_000;
/// Pages kept of one set of variables.
pub const PAGES_KEPT: usize = 100;
/// Pieces of long texts kept of one set of variables.
pub const TEXTS_KEPT: usize = 20;

/// The state of a session after the event numbered `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Number of the last event folded in; 0: none.
    pub seq: JournalSeq,
    /// What is debugged; `None` only before the first event.
    pub session: Option<SessionInfo>,
    /// Where in its life the session is.
    pub phase: Phase,
    /// How debugpy was last attached to.
    #[serde(default)]
    pub choice: AttachChoice,
    /// Everybody who was ever here.
    pub people: BTreeMap<ParticipantId, Person>,
    /// Whom a host removed; they can't come in again.
    #[serde(default)]
    pub barred: Vec<ParticipantId>,
    /// Who drives.
    pub driver: Option<ParticipantId>,
    /// Who asks for the wheel, first come first.
    pub wheel_requests: Vec<ParticipantId>,
    /// The last stop's number; 0: none yet.
    pub last_stop: StopId,
    /// What was captured of the last stop. Stays while the program runs, until the next stop replaces it, so that
    /// nobody's screen goes blank at a step; `phase` says whether it is current.
    pub stop: Option<StopView>,
    /// Child processes that are attached now.
    #[serde(default, deserialize_with = "number_keys")]
    pub processes: BTreeMap<ProcessId, ProcessInfo>,
    /// Breakpoint entries by id.
    pub breakpoints: BTreeMap<EntryId, BreakpointState>,
    /// At which exceptions the program stops.
    #[serde(default)]
    pub exception_filters: ExceptionFilters,
    /// Notes by id.
    pub notes: BTreeMap<NoteId, Note>,
    /// Replies to notes by id.
    #[serde(default)]
    pub replies: BTreeMap<NoteId, Reply>,
    /// Captured texts by path.
    pub sources: BTreeMap<String, SourceInfo>,
    /// The newest output.
    pub output: Vec<OutputLine>,
    /// The newest chat lines.
    pub chat: Vec<ChatLine>,
    /// The newest evaluations.
    pub evaluations: Vec<Evaluation>,
    /// Watches by number.
    #[serde(default, deserialize_with = "number_keys")]
    pub watches: BTreeMap<WatchId, WatchView>,
    /// The newest proposals by number.
    #[serde(default, deserialize_with = "number_keys")]
    pub proposals: BTreeMap<ProposalId, ProposalView>,
    /// Whether everybody's breakpoints are passed over.
    #[serde(default)]
    pub muted_all: bool,
    /// Whose breakpoints are passed over.
    #[serde(default)]
    pub muted: Vec<ParticipantId>,
    /// The newest captures of snap points.
    #[serde(default)]
    pub snaps: Vec<SnapView>,
    /// What debugpy is busy with for longer than a moment.
    #[serde(default)]
    pub busy: Option<Busy>,
    /// Where the journal has holes.
    pub gaps: Vec<GapInfo>,
}

/// Where in its life a session is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Phase {
    /// Before the debugger is attached.
    #[default]
    Starting,
    /// The program runs.
    Running {
        /// A pause was asked for and hasn't happened yet.
        pausing: bool,
    },
    /// The program is paused at `Snapshot::stop`.
    Stopped,
    /// The connection to debugpy is lost; the server tries to attach again.
    Lost {
        /// What broke.
        message: String,
    },
    /// The target's restart action is running.
    Restarting,
    /// Over; a recording.
    Ended {
        /// Why.
        reason: EndReason,
        /// The same for people.
        message: String,
    },
}

impl Snapshot {
    /// Folds one event in. Events that name things the snapshot doesn't know change nothing but `seq`.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.seq = envelope.seq;
        match &envelope.event {
            Event::SessionStarted { session } => self.session = Some(session.clone()),
            Event::Attached { choice, .. } => {
                self.choice.clone_from(choice);
                self.phase = Phase::Running { pausing: false };
                self.stop = None;
                self.processes.clear();
            }
            Event::Lost { message } => {
                self.phase = Phase::Lost { message: message.clone() };
                self.forget_resolutions();
            }
            Event::Restarting => {
                self.phase = Phase::Restarting;
                self.forget_resolutions();
            }
            Event::Ended { reason, message } => self.end(*reason, message),
            Event::Joined { participant } => self.joined(participant),
            Event::Left { participant, reason } => {
                self.left(*participant);
                // Nobody behind it: what they came by ended, and they may come in anew.
                if *reason == LeaveReason::Removed
                    && envelope.by.is_some()
                    && !self.barred.contains(participant)
                {
                    self.barred.push(*participant);
                }
            }
            Event::CodeRight { participant, granted } => {
                if let Some(person) = self.people.get_mut(participant) {
                    person.code = *granted;
                }
            }
            Event::WheelRequested { participant } => {
                if !self.wheel_requests.contains(participant) {
                    self.wheel_requests.push(*participant);
                }
            }
            Event::WheelRequestDropped { participant } => {
                self.wheel_requests.retain(|who| who != participant)
            }
            Event::Wheel { driver, .. } => {
                self.driver = *driver;
                self.wheel_requests.retain(|who| Some(*who) != *driver);
            }
            Event::PauseRequested => {
                if let Phase::Running { pausing } = &mut self.phase {
                    *pausing = true;
                }
            }
            Event::Resumed { .. } => self.phase = Phase::Running { pausing: false },
            Event::Stopped { stop, reason, description, text, thread, process } => {
                self.phase = Phase::Stopped;
                self.last_stop = *stop;
                self.stop = Some(StopView {
                    stop: *stop,
                    at: envelope.at,
                    reason: reason.clone(),
                    description: description.clone(),
                    text: text.clone(),
                    thread: *thread,
                    process: *process,
                    hit: Vec::new(),
                    threads: Vec::new(),
                    stacks: BTreeMap::new(),
                    scopes: BTreeMap::new(),
                    variables: BTreeMap::new(),
                    tables: BTreeMap::new(),
                    activity: None,
                });
            }
            Event::Process { process } => {
                self.processes.insert(process.id, process.clone());
            }
            Event::ProcessEnded { process } => {
                self.processes.remove(process);
            }
            Event::Hit { stop, entries } => {
                if let Some(view) = self.at(*stop) {
                    view.hit.clone_from(entries);
                }
            }
            Event::Threads { stop, threads } => {
                if let Some(view) = self.at(*stop) {
                    view.threads.clone_from(threads);
                }
            }
            Event::Stack { stop, thread, start, frames, total } => {
                if let Some(view) = self.at(*stop) {
                    let told = view.stacks.remove(thread).map(|told| told.frames).unwrap_or_default();
                    let before = told.into_iter().take(*start as usize);
                    let frames = before.chain(frames.iter().cloned()).collect();
                    view.stacks.insert(*thread, StackView { frames, total: *total });
                }
            }
            Event::Scopes { stop, frame, scopes } => {
                if let Some(view) = self.at(*stop) {
                    view.scopes.insert(*frame, scopes.clone());
                }
            }
            Event::Variables { stop, variables, items, truncated } => {
                if let Some(view) = self.at(*stop) {
                    let page = VariablesView {
                        items: items.clone(),
                        truncated: *truncated,
                        total: None,
                        pages: Vec::new(),
                        texts: Vec::new(),
                    };
                    view.variables.insert(*variables, page);
                }
            }
            Event::Page { stop, variables, start, total, items } => {
                if let Some(view) = self.at(*stop).and_then(|view| view.variables.get_mut(variables)) {
                    view.total = Some(*total);
                    view.pages.retain(|page| page.start != *start);
                    push_bounded(
                        &mut view.pages,
                        PageView { start: *start, items: items.clone() },
                        PAGES_KEPT,
                    );
                }
            }
            Event::Text { stop, variables, name, start, total, text } => {
                if let Some(view) = self.at(*stop).and_then(|view| view.variables.get_mut(variables)) {
                    view.texts.retain(|piece| piece.name != *name);
                    let (name, text) = (name.clone(), text.clone());
                    push_bounded(
                        &mut view.texts,
                        TextView { name, start: *start, total: *total, text },
                        TEXTS_KEPT,
                    );
                }
            }
            Event::Table { stop, variables, table } => {
                if let Some(view) = self.at(*stop) {
                    view.tables.insert(*variables, table.clone());
                }
            }
            Event::Activity { stop, threads, tasks, total_tasks } => {
                if let Some(view) = self.at(*stop) {
                    view.activity = Some(ActivityView {
                        threads: threads.clone(),
                        tasks: tasks.clone(),
                        total_tasks: *total_tasks,
                    });
                }
            }
            Event::Dropped { stop, parts } => {
                if let Some(view) = self.at(*stop) {
                    parts.iter().for_each(|part| view.drop_part(part));
                }
            }
            Event::Busy { busy } => self.busy.clone_from(busy),
            // The value of what else they may be for is for who asked.
            Event::Evaluated { context, .. } if *context != EvaluateContext::Repl => {}
            // They are here once they have joined.
            Event::Admitted { .. } => {}
            // It changes what is captured; the sets that it may have changed follow anew.
            Event::ExpressionSet { .. } => {}
            Event::WatchSet { watch } => {
                let values = Vec::new();
                self.watches.insert(watch.id, WatchView { watch: watch.clone(), values });
            }
            Event::WatchRemoved { watch } => {
                self.watches.remove(watch);
            }
            Event::WatchValue { stop, watch, outcome } => {
                if let Some(view) = self.watches.get_mut(watch) {
                    view.values.retain(|sample| sample.stop != *stop);
                    let sample = WatchSample { stop: *stop, outcome: outcome.clone() };
                    push_bounded(&mut view.values, sample, WATCH_VALUES_KEPT);
                }
            }
            Event::ProposalMade { proposal } => {
                let view = ProposalView { proposal: proposal.clone(), at: envelope.at, end: None };
                self.proposals.insert(proposal.id, view);
                while self.proposals.len() > PROPOSALS_KEPT {
                    self.proposals.pop_first();
                }
            }
            Event::ProposalEnded { proposal, how, message, outcome } => {
                if let Some(view) = self.proposals.get_mut(proposal) {
                    let (message, outcome) = (message.clone(), outcome.clone());
                    view.end = Some(ProposalEndView { how: *how, by: envelope.by, message, outcome });
                }
            }
            Event::Muted { all, participants } => {
                self.muted_all = *all;
                self.muted.clone_from(participants);
            }
            Event::BreakpointDisarmed { id, per_second } => {
                if let Some(state) = self.breakpoints.get_mut(id) {
                    state.disarmed = Some(*per_second);
                }
            }
            Event::BreakpointRearmed { id } => {
                if let Some(state) = self.breakpoints.get_mut(id) {
                    state.disarmed = None;
                }
            }
            Event::Snap { snap } => {
                if let Some(state) = self.breakpoints.get_mut(&snap.entry) {
                    state.snaps += 1;
                    state.passed = 0;
                }
                let (seq, at) = (envelope.seq, envelope.at);
                push_bounded(&mut self.snaps, SnapView { seq, at, snap: snap.clone() }, SNAPS_KEPT);
            }
            Event::SnapsPassed { entry, count } => {
                if let Some(state) = self.breakpoints.get_mut(entry) {
                    state.passed = state.passed.saturating_add(*count);
                }
            }
            Event::SourceDrift { path, drifted } => {
                if let Some(source) = self.sources.get_mut(path) {
                    source.drifted = *drifted;
                }
            }
            Event::Evaluated { stop, expression, outcome, since, .. } => {
                let (expression, outcome) = (expression.clone(), outcome.clone());
                let printed = since.map_or_else(String::new, |since| self.printed_since(since));
                let (seq, by, stop) = (envelope.seq, envelope.by, *stop);
                push_bounded(
                    &mut self.evaluations,
                    Evaluation { seq, by, stop, expression, outcome, printed },
                    EVALUATIONS_KEPT,
                );
            }
            Event::VariableSet { stop, variables, item } => {
                let page = self.at(*stop).and_then(|view| view.variables.get_mut(variables));
                if let Some(old) =
                    page.and_then(|page| page.items.iter_mut().find(|old| old.name == item.name))
                {
                    *old = item.clone();
                }
            }
            Event::Output { category, text, process } => {
                let (text, process) = (text.clone(), *process);
                let line = OutputLine { seq: envelope.seq, category: *category, text, process };
                push_bounded(&mut self.output, line, OUTPUT_KEPT);
            }
            Event::Source { path, hash, lines } => {
                self.sources
                    .insert(path.clone(), SourceInfo { hash: hash.clone(), lines: *lines, drifted: false });
            }
            Event::BreakpointSet { entry } => {
                let before = self.breakpoints.get(&entry.id);
                let state = BreakpointState {
                    entry: entry.clone(),
                    verified: None,
                    actual_line: None,
                    message: None,
                    failed: false,
                    disarmed: before.and_then(|before| before.disarmed),
                    snaps: before.map_or(0, |before| before.snaps),
                    passed: before.filter(|_| entry.snap).map_or(0, |before| before.passed),
                };
                self.breakpoints.insert(entry.id.clone(), state);
            }
            Event::BreakpointRemoved { id } => {
                self.breakpoints.remove(id);
            }
            Event::ExceptionFilters { filters } => self.exception_filters = *filters,
            Event::BreakpointsResolved { results } => {
                for result in results {
                    if let Some(state) = self.breakpoints.get_mut(&result.id) {
                        state.verified = Some(result.verified);
                        state.actual_line = result.line;
                        state.message.clone_from(&result.message);
                        state.failed = result.failed;
                    }
                }
            }
            Event::NoteSet { note } => {
                self.notes.insert(note.id.clone(), note.clone());
            }
            Event::NoteRemoved { id } => {
                if self.notes.remove(id).is_some() {
                    self.replies.retain(|_, reply| reply.note != *id);
                }
            }
            Event::ReplySet { reply } => {
                if self.notes.contains_key(&reply.note) {
                    self.replies.insert(reply.id.clone(), reply.clone());
                }
            }
            Event::ReplyRemoved { id } => {
                self.replies.remove(id);
            }
            Event::Chat { text } => {
                let line =
                    ChatLine { seq: envelope.seq, at: envelope.at, by: envelope.by, text: text.clone() };
                push_bounded(&mut self.chat, line, CHAT_KEPT);
            }
            Event::Hand { participant, raised } => {
                if let Some(person) = self.people.get_mut(participant) {
                    person.hand = *raised;
                }
            }
            Event::Gap { to, reason } => {
                self.gaps.push(GapInfo { from: envelope.seq, to: *to, reason: reason.clone() });
                self.seq = *to;
            }
        }
    }

    /// What was printed from an event on, as much as is kept of it.
    fn printed_since(&self, since: JournalSeq) -> String {
        let printed = |line: &&OutputLine| {
            line.seq >= since && matches!(line.category, OutputCategory::Stdout | OutputCategory::Stderr)
        };
        let lines = self.output.iter().filter(printed);
        lines.flat_map(|line| line.text.chars()).take(PRINTED_KEPT + 1).collect()
    }

    fn at(&mut self, stop: StopId) -> Option<&mut StopView> {
        self.stop.as_mut().filter(|view| view.stop == stop)
    }

    /// What was true of a connection that is gone.
    fn forget_resolutions(&mut self) {
        self.processes.clear();
        for state in self.breakpoints.values_mut() {
            (state.verified, state.actual_line, state.message) = (None, None, None);
        }
    }

    fn end(&mut self, reason: EndReason, message: &str) {
        self.phase = Phase::Ended { reason, message: message.to_owned() };
        self.driver = None;
        self.busy = None;
        self.wheel_requests.clear();
        self.processes.clear();
    }

    fn joined(&mut self, participant: &Participant) {
        let code = self.people.get(&participant.id).is_some_and(|person| person.code);
        let person = Person { participant: participant.clone(), present: true, hand: false, code };
        self.people.insert(participant.id, person);
    }

    fn left(&mut self, participant: ParticipantId) {
        if let Some(person) = self.people.get_mut(&participant) {
            (person.present, person.hand) = (false, false);
        }
        self.wheel_requests.retain(|who| *who != participant);
    }
}

/// Appends and drops the oldest beyond `kept`.
fn push_bounded<T>(list: &mut Vec<T>, item: T, kept: usize) {
    list.push(item);
    if list.len() > kept {
        list.drain(..list.len() - kept);
    }
}
