//! The session's decisions.
//!
//! In: [`Input`]s, one at a time, with the time at which they are handled. Out: [`Effect`]s, in order.
//! Pure: no clock, channel, log or IO, so that plans of many people can be run against it in milliseconds.
//! Invariants: events are numbered without holes; every command gets exactly one [`Effect::Reply`]; a `continue`
//! is only ever asked while paused, and the pause ends the moment it is asked (a second one would brick debugpy).

mod answers;
mod capture;
mod children;
mod commands;
mod lifecycle;
#[cfg(test)]
mod plans;

use super::breakpoints::{Breakpoints, Merged};
use super::children::Children;
use super::lease::Lease;
use super::people::{Here, People};
use super::rights;
use super::stop::{Guess, Stop, Waiter};
use breakroom_protocol::upstream::{
    AskId, FromUpstream, Request, SourceBreakpoint, UpstreamBreakpoint, Urgency,
};
use breakroom_protocol::{
    BreakpointEntry, ClientMessage, ClientSeq, CloseCode, ConnectionId, EndReason, EntryId, Envelope,
    ErrorBody, Event, FrameId, JournalSeq, Note, NoteId, Participant, ParticipantId, ProcessId, ResumeKind,
    SessionInfo, SourceHash, StopId, ThreadId, UnixMillis, VariablesId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a session is allowed to cost; from the configuration.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Files under these folders of the target may be read as source.
    pub source_roots: Vec<String>,
    /// The wheel falls to nobody when the driver has been gone for so long.
    pub driver_gone_ms: u64,
    /// Longest value shown, in characters.
    pub value_chars: usize,
    /// Most items of one set of variables.
    pub set_items: usize,
    /// Most frames of one stack.
    pub frames: u32,
    /// How many sets below the top frame's locals are captured unasked at a stop.
    pub captured_sets: usize,
    /// They are asked for so long after the locals, and the threads too: a step that follows sooner would have to
    /// wait for whichever of them debugpy is busy with.
    pub capture_later_ms: u64,
    /// Children that are attached at once; further ones run without the debugger.
    pub children: usize,
    /// How long a step keeps another process's stop from being shown.
    pub focus_ms: u64,
    /// Changes of a note's text are recorded at most this often.
    pub note_every_ms: u64,
}

/// The program itself; its children have other numbers.
pub const MAIN: ProcessId = ProcessId(0);

impl Default for Rules {
    fn default() -> Self {
        Self {
            source_roots: Vec::new(),
            driver_gone_ms: 30_000,
            value_chars: 4_096,
            set_items: 500,
            frames: 200,
            captured_sets: 12,
            capture_later_ms: 5,
            children: 32,
            focus_ms: 1_000,
            note_every_ms: 250,
        }
    }
}

/// What debugpy said of itself at attaching.
#[derive(Debug, Clone, Default)]
pub struct AdapterFacts {
    /// Interpreter's version.
    pub python: Option<String>,
    /// debugpy's version.
    pub debugpy: Option<String>,
    /// The program's process id on the target.
    pub pid: Option<i64>,
}

/// A change of a shared doc, after the server's corrections.
#[derive(Debug, Clone)]
pub enum DocInput {
    /// A breakpoint entry was made or changed.
    BreakpointSet(BreakpointEntry),
    /// One is gone.
    BreakpointRemoved(EntryId),
    /// A note was made or changed.
    NoteSet(Note),
    /// One is gone.
    NoteRemoved(NoteId),
}

/// Everything that can happen to a session.
#[derive(Debug)]
pub enum Input {
    /// A live socket opened.
    Connected {
        /// The socket.
        connection: ConnectionId,
        /// Whose, as their ticket says.
        who: Participant,
    },
    /// It closed.
    Disconnected(ConnectionId),
    /// It sent a command.
    Command {
        /// The socket.
        connection: ConnectionId,
        /// What.
        message: ClientMessage,
    },
    /// Somebody changed a shared doc.
    Doc {
        /// Who.
        by: ParticipantId,
        /// What.
        change: DocInput,
    },
    /// From the debuggee's side.
    Upstream(ProcessId, FromUpstream),
    /// Attached (for the first time or again), with what [`State::setup`] gave and what became of it.
    Attached {
        /// debugpy's facts.
        facts: AdapterFacts,
        /// Answers to the breakpoints of the setup, by path.
        breakpoints: Vec<(String, Vec<UpstreamBreakpoint>)>,
    },
    /// A child process is attached, by [`Effect::AttachChild`].
    ChildAttached(ProcessId),
    /// It could not be; why, unless it was simply gone.
    ChildFailed(ProcessId, Option<String>),
    /// Attaching again failed for good.
    AttachFailed(String),
    /// The restart action failed (attaching again is tried all the same).
    RestartFailed(String),
    /// A host ends or restarts it over HTTP.
    End {
        /// Who.
        by: Option<ParticipantId>,
        /// Restart instead.
        restart: Restart,
    },
    /// The orderly detach is done.
    Detached,
    /// The server is going down.
    ServerStops,
    /// What somebody came by was revoked.
    Removed {
        /// Who.
        participant: ParticipantId,
    },
    /// Time has passed; see [`State::wake_at`].
    Tick,
}

/// Whether the target is to be restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// What is to be done, in order.
#[derive(Debug)]
pub enum Effect {
    /// Journal it, and publish it once it is committed.
    Record(Envelope),
    /// Keep a captured text; goes into the same transaction as the `source` event after it.
    Keep {
        /// Its hash.
        hash: SourceHash,
        /// The text.
        text: Arc<str>,
    },
    /// Ask upstream.
    Ask {
        /// Which process.
        process: ProcessId,
        /// The number to answer with.
        ask: AskId,
        /// What.
        request: Request,
        /// How it queues.
        urgency: Urgency,
    },
    /// Forget reads that weren't sent yet; the program was resumed.
    DropQueued(ProcessId),
    /// Attach to a child, then say [`Input::ChildAttached`] or [`Input::ChildFailed`].
    AttachChild {
        /// Its number from now on.
        process: ProcessId,
        /// As debugpy announced it.
        arguments: String,
        /// To send before it runs.
        breakpoints: Vec<(String, Vec<SourceBreakpoint>)>,
    },
    /// Let a child run on without us; it hangs until that is done.
    ReleaseChild {
        /// As debugpy announced it.
        arguments: String,
    },
    /// Leave a child that is attached.
    LeaveChild(ProcessId),
    /// Leave all of them: the connection that they came by is gone.
    LeaveChildren,
    /// The end of a command.
    Reply {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        id: ClientSeq,
        /// `None`: it went well; then it is sent after the events before it.
        error: Option<ErrorBody>,
    },
    /// Close a participant's sockets, docs included.
    CloseAll {
        /// Whose.
        participant: ParticipantId,
        /// Why.
        code: CloseCode,
    },
    /// End a participant's tickets for this session.
    RevokeTickets(ParticipantId),
    /// Leave debugpy in an orderly way, children first, then say [`Input::Detached`].
    Detach,
    /// Attach again by the safe recipe, then say [`Input::Attached`] or [`Input::AttachFailed`].
    Reattach,
    /// Run the target's restart action, then attach again.
    RunRestart,
    /// Nothing follows: close everything when what is recorded is published.
    Finish {
        /// Why.
        reason: EndReason,
    },
}

/// Where in its life the session is, with only what is valid there.
#[derive(Debug)]
enum Phase {
    Starting,
    Running {
        pausing: bool,
    },
    Stopped(Box<Stop>),
    Lost,
    /// Detaching, to restart.
    Restarting,
    /// Detaching, to end.
    Ending(EndReason),
    Ended,
}

/// What was asked upstream, and for whom.
#[derive(Debug)]
enum Asked {
    Resume {
        process: ProcessId,
        stop: StopId,
        thread: ThreadId,
        waiter: Option<Waiter>,
    },
    Pause {
        waiter: Waiter,
    },
    Matched {
        stop: StopId,
    },
    /// Nobody waits for it: a child's pause, breakpoints or running on.
    Child,
    Threads {
        stop: StopId,
    },
    Stack {
        stop: StopId,
        thread: ThreadId,
    },
    Scopes {
        stop: StopId,
        frame: FrameId,
    },
    Variables {
        stop: StopId,
        set: VariablesId,
    },
    /// By the last stop's ids: see [`capture`].
    GuessedScopes {
        stop: StopId,
    },
    GuessedVariables {
        stop: StopId,
    },
    Evaluate {
        stop: Option<StopId>,
        frame: Option<FrameId>,
        expression: String,
        by: ParticipantId,
        waiter: Waiter,
    },
    SetVariable {
        stop: StopId,
        set: VariablesId,
        name: String,
        by: ParticipantId,
        waiter: Waiter,
    },
    SetBreakpoints {
        path: String,
        merged: Merged,
    },
    Source {
        path: String,
    },
}

/// One session's state.
#[derive(Debug)]
pub struct State {
    rules: Rules,
    can_restart: bool,
    next_seq: JournalSeq,
    next_ask: AskId,
    phase: Phase,
    last_stop: StopId,
    people: People,
    lease: Lease,
    breakpoints: Breakpoints,
    /// Lists sent with the setup of an attach that is under way.
    setup: Vec<(String, Merged)>,
    /// Whom a host removed; they don't come in again.
    barred: BTreeSet<ParticipantId>,
    captured: BTreeSet<String>,
    source_waiters: BTreeMap<String, Vec<Waiter>>,
    asked: BTreeMap<AskId, Asked>,
    children: Children,
    /// One `continued` event follows each resume of ours; it is no news.
    continued_expected: BTreeSet<ProcessId>,
    /// What the next stop's capture starts from, if it is this thread's.
    guess: Option<(ProcessId, ThreadId, Guess)>,
    /// Notes whose text changed since it was recorded, by whom, and when that is due.
    dirty_notes: BTreeMap<NoteId, (ParticipantId, Note)>,
    notes_due: Option<UnixMillis>,
    now: UnixMillis,
    effects: Vec<Effect>,
}

impl State {
    /// A session before its first event. `first_seq`: 1, or where an earlier journal of it goes on.
    pub fn new(info: &SessionInfo, rules: Rules, first_seq: JournalSeq) -> Self {
        Self {
            rules,
            can_restart: info.target.can_restart,
            next_seq: first_seq,
            next_ask: AskId(1),
            phase: Phase::Starting,
            last_stop: StopId(0),
            people: People::default(),
            lease: Lease::default(),
            breakpoints: Breakpoints::default(),
            setup: Vec::new(),
            barred: BTreeSet::new(),
            captured: BTreeSet::new(),
            source_waiters: BTreeMap::new(),
            asked: BTreeMap::new(),
            children: Children::default(),
            continued_expected: BTreeSet::new(),
            guess: None,
            dirty_notes: BTreeMap::new(),
            notes_due: None,
            now: 0,
            effects: Vec::new(),
        }
    }

    /// The first event.
    pub fn start(&mut self, now: UnixMillis, info: SessionInfo) -> Vec<Effect> {
        self.now = now;
        self.record(None, Event::SessionStarted { session: info });
        std::mem::take(&mut self.effects)
    }

    /// Decides what follows from one input.
    pub fn apply(&mut self, now: UnixMillis, input: Input) -> Vec<Effect> {
        self.now = now;
        if matches!(self.phase, Phase::Ended) {
            self.after_the_end(input);
            return std::mem::take(&mut self.effects);
        }
        match input {
            Input::Connected { connection, who } => self.connected(connection, &who),
            Input::Disconnected(connection) => self.disconnected(connection),
            Input::Command { connection, message } => self.command(connection, message),
            Input::Doc { by, change } => self.doc_changed(by, change),
            Input::Upstream(process, from) => self.upstream(process, from),
            Input::ChildAttached(process) => self.child_attached(process),
            Input::ChildFailed(process, why) => self.child_failed(process, why),
            Input::Attached { facts, breakpoints } => self.attached(facts, breakpoints),
            Input::AttachFailed(message) => self.attach_failed(message),
            Input::RestartFailed(message) => self.restart_failed(&message),
            Input::End { by, restart } => self.end_asked(by, restart),
            Input::Detached => self.detached(),
            Input::ServerStops => self.begin_end(EndReason::ServerStopped),
            Input::Removed { participant } => self.removed(participant, None),
            Input::Tick => self.tick(),
        }
        std::mem::take(&mut self.effects)
    }

    /// When [`Input::Tick`] is due next.
    pub fn wake_at(&self) -> Option<UnixMillis> {
        let capture = match &self.phase {
            Phase::Stopped(stop) => stop.later_at,
            _ => None,
        };
        self.lease
            .release_at(self.rules.driver_gone_ms)
            .into_iter()
            .chain(self.notes_due)
            .chain(self.focus_until())
            .chain(capture)
            .min()
    }

    /// Breakpoints for a new connection to debugpy, by path. Call it right before attaching.
    pub fn setup(&mut self) -> Vec<(String, Vec<SourceBreakpoint>)> {
        self.setup = self.breakpoints.take_all();
        self.setup.iter().map(|(path, merged)| (path.clone(), merged.breakpoints.clone())).collect()
    }

    /// What somebody may do in the shared docs now: the participant as joined, and whether they may run code.
    pub fn code_right(&self, who: ParticipantId) -> bool {
        self.people.get(who).is_some_and(|here| rights::may_run_code(here, self.lease.driver() == Some(who)))
    }

    /// Whether a host removed somebody from this session.
    pub fn is_barred(&self, who: ParticipantId) -> bool {
        self.barred.contains(&who)
    }

    fn record(&mut self, by: Option<ParticipantId>, event: Event) {
        // What people typed before this happened belongs before it.
        if !self.dirty_notes.is_empty() && matches!(event, Event::Stopped { .. } | Event::Resumed { .. }) {
            self.flush_notes();
        }
        let seq = self.next_seq;
        self.next_seq = JournalSeq(seq.0 + 1);
        self.effects.push(Effect::Record(Envelope { seq, at: self.now, by, event }));
    }

    /// Asks the process whose stop is shown, else the program's own.
    fn ask(&mut self, asked: Asked, request: Request, urgency: Urgency) {
        let process = match &self.phase {
            Phase::Stopped(stop) => stop.process,
            _ => MAIN,
        };
        self.ask_of(process, asked, request, urgency);
    }

    fn ask_of(&mut self, process: ProcessId, asked: Asked, request: Request, urgency: Urgency) {
        let ask = self.next_ask;
        self.next_ask = AskId(ask.0 + 1);
        self.asked.insert(ask, asked);
        self.effects.push(Effect::Ask { process, ask, request, urgency });
    }

    fn reply(&mut self, (connection, id): Waiter, error: Option<ErrorBody>) {
        self.effects.push(Effect::Reply { connection, id, error });
    }

    fn reply_all(&mut self, waiters: Vec<Waiter>, error: Option<&ErrorBody>) {
        for waiter in waiters {
            self.reply(waiter, error.cloned());
        }
    }

    fn stop(&mut self, id: StopId) -> Option<&mut Stop> {
        match &mut self.phase {
            Phase::Stopped(stop) if stop.id == id => Some(stop),
            _ => None,
        }
    }

    fn tick(&mut self) {
        self.capture_later();
        self.show_next();
        if self.notes_due.is_some_and(|due| due <= self.now) {
            self.flush_notes();
        }
        if self.lease.release_at(self.rules.driver_gone_ms).is_some_and(|due| due <= self.now) {
            self.lease.give(None);
            self.record(
                None,
                Event::Wheel { driver: None, reason: breakroom_protocol::WheelReason::DriverGone },
            );
        }
    }

    fn doc_changed(&mut self, by: ParticipantId, change: DocInput) {
        match change {
            DocInput::BreakpointSet(entry) => {
                self.record(Some(by), Event::BreakpointSet { entry: entry.clone() });
                let paths = self.breakpoints.set(entry);
                self.send_breakpoints(&paths);
            }
            DocInput::BreakpointRemoved(id) => {
                self.record(Some(by), Event::BreakpointRemoved { id: id.clone() });
                let paths = self.breakpoints.remove(&id);
                self.send_breakpoints(&paths);
            }
            DocInput::NoteSet(note) => {
                self.dirty_notes.insert(note.id.clone(), (by, note));
                self.notes_due.get_or_insert(self.now + self.rules.note_every_ms);
            }
            DocInput::NoteRemoved(id) => {
                self.dirty_notes.remove(&id);
                self.record(Some(by), Event::NoteRemoved { id });
            }
        }
    }

    fn flush_notes(&mut self) {
        self.notes_due = None;
        for (_, (by, note)) in std::mem::take(&mut self.dirty_notes) {
            self.record(Some(by), Event::NoteSet { note });
        }
    }

    fn is_attached(&self) -> bool {
        matches!(self.phase, Phase::Running { .. } | Phase::Stopped(_))
    }

    fn send_breakpoints(&mut self, paths: &BTreeSet<String>) {
        if !self.is_attached() {
            return;
        }
        let changed = self.breakpoints.take_changed(paths);
        let mut results = Vec::new();
        for path in paths.iter().filter(|path| !changed.iter().any(|(other, _)| other == *path)) {
            results.extend(self.breakpoints.results_of_unsent(path));
        }
        if !results.is_empty() {
            self.record(None, Event::BreakpointsResolved { results });
        }
        for (path, merged) in changed {
            let request =
                Request::SetBreakpoints { path: path.clone(), breakpoints: merged.breakpoints.clone() };
            for child in self.children.attached() {
                self.ask_of(child, Asked::Child, request.clone(), Urgency::Control);
            }
            self.ask_of(MAIN, Asked::SetBreakpoints { path, merged }, request, Urgency::Control);
        }
    }

    fn connected(&mut self, connection: ConnectionId, who: &Participant) {
        let news = self.people.connect(connection, who);
        self.lease.driver_present(who.id, true, self.now);
        if news {
            self.record(Some(who.id), Event::Joined { participant: who.clone() });
        }
        // A host who is first needs no ceremony; everybody else asks or takes.
        if who.role == breakroom_protocol::Role::Host && !self.lease.ever_held() {
            self.give_wheel(None, Some(who.id), breakroom_protocol::WheelReason::Taken);
        }
    }

    fn disconnected(&mut self, connection: ConnectionId) {
        if let Some((who, true)) = self.people.disconnect(connection) {
            self.lease.driver_present(who, false, self.now);
            self.lease.drop_request(who);
            let reason = breakroom_protocol::LeaveReason::Disconnected;
            self.record(Some(who), Event::Left { participant: who, reason });
        }
    }

    fn give_wheel(
        &mut self,
        by: Option<ParticipantId>,
        to: Option<ParticipantId>,
        reason: breakroom_protocol::WheelReason,
    ) {
        if self.lease.give(to) {
            self.record(by.or(to), Event::Wheel { driver: to, reason });
        }
    }

    fn here(&self, connection: ConnectionId) -> Option<Here> {
        self.people.of(connection).cloned()
    }

    fn resume(&mut self, how: ResumeKind, by: Option<ParticipantId>) {
        match std::mem::replace(&mut self.phase, Phase::Running { pausing: false }) {
            Phase::Stopped(mut stop) => {
                let (id, process) = (stop.id, stop.process);
                self.guess(&mut stop, how);
                self.effects.push(Effect::DropQueued(process));
                self.record(by, Event::Resumed { stop: id, how });
                let gone = ErrorBody::new(
                    breakroom_protocol::ErrorCode::StaleStop,
                    format!("The program ran on from stop {id} before this could be read."),
                );
                self.reply_all(stop.into_waiters(), Some(&gone));
            }
            other => self.phase = other,
        }
    }
}
