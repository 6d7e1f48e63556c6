//! The fold: journal events into the state that people see.
//!
//! In: events in order. Out: [`Snapshot`], which a joiner gets and a recording keeps as keyframes.
//! Invariant: the client's `fold.ts` computes the same from the same events; vectors that a test here writes
//! and Vitest reads hold the two equal. So: no clock, no randomness, nothing that isn't in the events.

use crate::event::{Envelope, Event};
use crate::ids::{
    EntryId, FrameId, JournalSeq, NoteId, ParticipantId, ProcessId, StopId, ThreadId, VariablesId,
};
use crate::model::{
    BreakpointEntry, EndReason, ExceptionFilters, Frame, Note, Outcome, OutputCategory, Participant,
    ProcessInfo, Scope, SessionInfo, SourceInfo, Thread, UnixMillis, Variable,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Output lines kept in a snapshot; older ones are in the journal only.
pub const OUTPUT_KEPT: usize = 1_000;
/// Chat lines kept in a snapshot.
pub const CHAT_KEPT: usize = 200;
/// Evaluations kept in a snapshot.
pub const EVALUATIONS_KEPT: usize = 100;

/// The state of a session after the event numbered `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Number of the last event folded in; 0: none.
    pub seq: JournalSeq,
    /// What is debugged; `None` only before the first event.
    pub session: Option<SessionInfo>,
    /// Where in its life the session is.
    pub phase: Phase,
    /// Everybody who was ever here.
    pub people: BTreeMap<ParticipantId, Person>,
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
    /// Captured texts by path.
    pub sources: BTreeMap<String, SourceInfo>,
    /// The newest output.
    pub output: Vec<OutputLine>,
    /// The newest chat lines.
    pub chat: Vec<ChatLine>,
    /// The newest evaluations.
    pub evaluations: Vec<Evaluation>,
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

/// A participant's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Who.
    pub participant: Participant,
    /// Whether they have a connection.
    pub present: bool,
    /// Whether their hand is up.
    pub hand: bool,
    /// Whether a host lets them run code while driving.
    pub code: bool,
}

/// What was captured of one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StopView {
    /// Its number.
    pub stop: StopId,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// DAP reason.
    pub reason: String,
    /// DAP description.
    pub description: Option<String>,
    /// DAP text.
    pub text: Option<String>,
    /// The thread that stopped.
    pub thread: ThreadId,
    /// Its process.
    #[serde(default)]
    pub process: ProcessId,
    /// Entries that were hit.
    pub hit: Vec<EntryId>,
    /// Threads.
    pub threads: Vec<Thread>,
    /// Stacks by thread.
    #[serde(deserialize_with = "number_keys")]
    pub stacks: BTreeMap<ThreadId, StackView>,
    /// Scopes by frame.
    #[serde(deserialize_with = "number_keys")]
    pub scopes: BTreeMap<FrameId, Vec<Scope>>,
    /// Variables by set.
    #[serde(deserialize_with = "number_keys")]
    pub variables: BTreeMap<VariablesId, VariablesView>,
}

/// A thread's captured stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StackView {
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Number of frames in all.
    pub total: u32,
}

/// A captured set of variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VariablesView {
    /// As debugpy gave them.
    pub items: Vec<Variable>,
    /// Whether some were left out.
    pub truncated: bool,
}

/// An entry and what debugpy made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BreakpointState {
    /// As set.
    pub entry: BreakpointEntry,
    /// `None`: debugpy has not answered yet (or the entry is disabled).
    pub verified: Option<bool>,
    /// Where it really is, if moved.
    pub actual_line: Option<u32>,
    /// Why it is not verified.
    pub message: Option<String>,
}

/// One output event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutputLine {
    /// Its journal number.
    pub seq: JournalSeq,
    /// Which stream.
    pub category: OutputCategory,
    /// Its text.
    pub text: String,
    /// Which process said it.
    #[serde(default)]
    pub process: ProcessId,
}

/// One chat line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChatLine {
    /// Its journal number.
    pub seq: JournalSeq,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// Who.
    pub by: Option<ParticipantId>,
    /// What.
    pub text: String,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Evaluation {
    /// Its journal number.
    pub seq: JournalSeq,
    /// Who.
    pub by: Option<ParticipantId>,
    /// At which stop.
    pub stop: Option<StopId>,
    /// What.
    pub expression: String,
    /// With what outcome.
    pub outcome: Outcome,
}

/// A hole in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GapInfo {
    /// First lost number.
    pub from: JournalSeq,
    /// Last lost number.
    pub to: JournalSeq,
    /// Why.
    pub reason: String,
}

/// A map's keys are strings in JSON. serde_json reads numbers from them itself, except inside of an enum that tells its
/// variants apart by a field, such as [`ServerMessage`](crate::ServerMessage).
fn number_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: serde::Deserializer<'de>,
    K: std::str::FromStr<Err: std::fmt::Display> + Ord,
    V: Deserialize<'de>,
{
    let by_text = BTreeMap::<String, V>::deserialize(deserializer)?;
    let parse = |(key, value): (String, V)| Ok((key.parse().map_err(serde::de::Error::custom)?, value));
    by_text.into_iter().map(parse).collect()
}

impl Snapshot {
    /// Folds one event in. Events that name things the snapshot doesn't know change nothing but `seq`.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.seq = envelope.seq;
        match &envelope.event {
            Event::SessionStarted { session } => self.session = Some(session.clone()),
            Event::Attached { .. } => {
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
            Event::Left { participant, .. } => self.left(*participant),
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
            Event::Stack { stop, thread, frames, total } => {
                if let Some(view) = self.at(*stop) {
                    view.stacks.insert(*thread, StackView { frames: frames.clone(), total: *total });
                }
            }
            Event::Scopes { stop, frame, scopes } => {
                if let Some(view) = self.at(*stop) {
                    view.scopes.insert(*frame, scopes.clone());
                }
            }
            Event::Variables { stop, variables, items, truncated } => {
                if let Some(view) = self.at(*stop) {
                    let page = VariablesView { items: items.clone(), truncated: *truncated };
                    view.variables.insert(*variables, page);
                }
            }
            Event::Evaluated { stop, expression, outcome, .. } => {
                let (expression, outcome) = (expression.clone(), outcome.clone());
                let (seq, by, stop) = (envelope.seq, envelope.by, *stop);
                push_bounded(
                    &mut self.evaluations,
                    Evaluation { seq, by, stop, expression, outcome },
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
                self.sources.insert(path.clone(), SourceInfo { hash: hash.clone(), lines: *lines });
            }
            Event::BreakpointSet { entry } => {
                let state = BreakpointState {
                    entry: entry.clone(),
                    verified: None,
                    actual_line: None,
                    message: None,
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
                    }
                }
            }
            Event::NoteSet { note } => {
                self.notes.insert(note.id.clone(), note.clone());
            }
            Event::NoteRemoved { id } => {
                self.notes.remove(id);
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
