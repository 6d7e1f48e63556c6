//! The session's decisions.
//!
//! In: [`Input`]s, one at a time, with the time at which they are handled. Out: [`Effect`]s, in order.
//! Pure: no clock, channel, log or IO, so that plans of many people can be run against it in milliseconds.
//! Invariants: events are numbered without holes; every command gets exactly one [`Effect::Reply`]; a `continue`
//! is only ever asked while paused, and the pause ends the moment it is asked (a second one would brick debugpy).

mod admission;
mod answers;
mod breakpoint_control;
mod busy;
mod capture;
mod children;
mod commands;
mod drift;
mod expiry;
mod lifecycle;
mod moving;
#[cfg(test)]
mod plans;
mod proposals;
mod reads;
mod resumed;
mod surface;
mod values;
mod watches;
mod wire;

pub use surface::{AdapterFacts, DocEdit, DocInput, Effect, GuestNews, InDocs, Input, Restart, Rules};

use super::breakpoints::{Breakpoints, Merged};
use super::children::Children;
use super::guests::Guests;
use super::lease::Lease;
use super::looks::Look;
use super::people::{Here, People};
use super::proposals::Proposals;
use super::rights;
use super::stop::{Guess, Stop, Waiter};
use super::watches::Watches;
use breakpoint_control::Passed;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::upstream::{AskId, Request, Urgency};
use breakroom_protocol::{
    AttachChoice, ConnectionId, EndReason, Envelope, ErrorBody, EvaluateContext, Event, ExceptionFilters,
    FrameId, JournalSeq, Note, NoteId, Participant, ParticipantId, PlainRead, ProcessId, Reply, ResumeKind,
    SessionInfo, SnapId, SourceHash, StopId, ThreadId, UnixMillis, VariablesId, WatchId,
};
use moving::Going;
use std::collections::{BTreeMap, BTreeSet};
/// The program itself; its children have other numbers.
pub const MAIN: ProcessId = ProcessId(0);

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
    SnapsPassed,
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
        context: EvaluateContext,
        by: ParticipantId,
        /// The number of the first event that comes after it was asked.
        since: JournalSeq,
        waiter: Waiter,
    },
    /// A plain name.
    Read {
        stop: StopId,
        frame: FrameId,
        read: PlainRead,
    },
    /// What it is, now that it was found.
    ReadValue {
        stop: StopId,
        frame: FrameId,
        read: PlainRead,
    },
    /// A watch that runs code.
    Watch {
        stop: StopId,
        watch: WatchId,
    },
    SetVariable {
        stop: StopId,
        set: VariablesId,
        name: String,
        by: ParticipantId,
        waiter: Waiter,
    },
    SetExpression {
        stop: StopId,
        frame: FrameId,
        expression: String,
        by: ParticipantId,
        waiter: Waiter,
    },
    /// Something large, which many may look at.
    Look {
        stop: StopId,
        look: Look,
    },
    /// Whether a thread is paused; before its stack.
    Adopt {
        stop: StopId,
        thread: ThreadId,
    },
    Modules,
    Interrupt {
        waiter: Waiter,
    },
    Complete {
        waiter: Waiter,
    },
    StepInTargets {
        stop: StopId,
        waiter: Waiter,
    },
    GotoTarget(Going),
    Goto(Going),
    SetBreakpoints {
        process: ProcessId,
        path: String,
        merged: Merged,
    },
    Functions {
        process: ProcessId,
        names: Vec<String>,
    },
    Differing {
        known: Vec<(String, SourceHash)>,
    },
    Source {
        path: String,
    },
    /// An editor's own request.
    Wire {
        process: ProcessId,
        id: u64,
        what: wire::What,
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
    /// The server was killed, and this one has not reached the program yet.
    after_kill: bool,
    last_stop: StopId,
    people: People,
    lease: Lease,
    breakpoints: Breakpoints,
    exception_filters: ExceptionFilters,
    /// How debugpy is attached to; recorded with each attach, so that it outlives a killed server.
    choice: AttachChoice,
    /// Lists sent with the setup of an attach that is under way.
    setup: Vec<(String, Merged)>,
    setup_filters: ExceptionFilters,
    /// Whom a host removed; they don't come in again.
    barred: BTreeSet<ParticipantId>,
    sources: drift::Sources,
    /// Since when those who set breakpoints have had no connection.
    gone_since: BTreeMap<ParticipantId, UnixMillis>,
    last_snap: SnapId,
    /// Files that snap points' stacks named; they are the program's.
    snap_paths: BTreeSet<String>,
    passed: Passed,
    source_waiters: BTreeMap<String, Vec<Waiter>>,
    /// Who waits for the list of modules, which is asked for once.
    module_waiters: Vec<Waiter>,
    /// Who waits for the first attach.
    starter: Option<Waiter>,
    asked: BTreeMap<AskId, Asked>,
    lates: busy::Lates,
    children: Children,
    proposals: Proposals,
    guests: Guests,
    watches: Watches,
    wires: wire::Wires,
    /// One `continued` event follows each resume of ours; it is no news.
    continued_expected: BTreeSet<ProcessId>,
    /// What the next stop's capture starts from, if it is this thread's.
    guess: Option<(ProcessId, ThreadId, Guess)>,
    /// Notes and replies that changed since they were recorded, by whom, and when that is due.
    dirty_notes: BTreeMap<NoteId, (ParticipantId, Note)>,
    dirty_replies: BTreeMap<NoteId, (ParticipantId, Reply)>,
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
            after_kill: false,
            last_stop: StopId(0),
            people: People::default(),
            lease: Lease::default(),
            breakpoints: Breakpoints::default(),
            exception_filters: ExceptionFilters::default(),
            choice: AttachChoice::default(),
            setup: Vec::new(),
            setup_filters: ExceptionFilters::default(),
            barred: BTreeSet::new(),
            sources: drift::Sources::default(),
            gone_since: BTreeMap::new(),
            last_snap: SnapId(0),
            snap_paths: BTreeSet::new(),
            passed: Passed::default(),
            source_waiters: BTreeMap::new(),
            module_waiters: Vec::new(),
            starter: None,
            asked: BTreeMap::new(),
            lates: busy::Lates::default(),
            children: Children::default(),
            proposals: Proposals::default(),
            guests: Guests::default(),
            watches: Watches::default(),
            wires: wire::Wires::default(),
            continued_expected: BTreeSet::new(),
            guess: None,
            dirty_notes: BTreeMap::new(),
            dirty_replies: BTreeMap::new(),
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
            Input::DocEdited { entry, refused } => self.doc_edited(&entry, refused),
            Input::Upstream(process, from) => self.upstream(process, from),
            Input::ChildAttached(process) => self.child_attached(process),
            Input::ChildFailed(process, why) => self.child_failed(process, why),
            Input::Attached { facts, breakpoints } => self.attached(facts, breakpoints),
            Input::StartFailed(error) => self.start_failed(error),
            Input::WireWanted(editor) => self.wire_wanted(editor),
            Input::WireOpened(process, outcome) => self.wire_opened(process, outcome),
            Input::Wire(process, ask) => self.wire_asked(process, ask),
            Input::WireGone(process) => self.wire_gone(process),
            Input::WireLeft(process) => self.wire_left(process),
            Input::AttachFailed(message) => self.attach_failed(message),
            Input::RestartFailed(message) => self.restart_failed(&message),
            Input::End { by, restart } => self.end_asked(by, restart),
            Input::Detached => self.detached(),
            Input::ServerStops => self.begin_end(EndReason::ServerStopped),
            Input::Removed { participant } => self.removed(participant, None),
            Input::GuestAsks { guest, asking } => self.guest_asks(guest, asking),
            Input::GuestLeft(guest) => self.guest_left(guest),
            Input::GuestAdmitted { guest, outcome } => self.guest_admitted(guest, outcome),
            Input::InviteRevoked(invite) => self.invite_revoked(invite),
            Input::InviteUsedUp(invite) => self.invite_used_up(invite),
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
            .chain(self.proposals.withdraw_at())
            .chain(self.expiry_at())
            .chain(self.drift_at())
            .chain(capture)
            .chain(self.offers_until())
            .chain(self.guests_due())
            .min()
    }

    fn set_exception_filters(&mut self, by: ParticipantId, filters: ExceptionFilters) {
        if std::mem::replace(&mut self.exception_filters, filters) == filters {
            return;
        }
        self.record(Some(by), Event::ExceptionFilters { filters });
        if self.is_attached() {
            for process in self.processes() {
                self.send_exception_filters(process);
            }
        }
    }

    fn send_exception_filters(&mut self, process: ProcessId) {
        let filters = Request::SetExceptionBreakpoints(self.exception_filters);
        self.ask_of(process, Asked::Child, filters, Urgency::Control);
        self.ask_of(process, Asked::Child, Request::RaisedOnce, Urgency::Control);
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
        if self.notes_due.is_some() && matches!(event, Event::Stopped { .. } | Event::Resumed { .. }) {
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

    fn reply(&mut self, waiter: Waiter, error: Option<ErrorBody>) {
        self.proposal_replied(waiter, error.as_ref());
        let (connection, id) = waiter;
        self.effects.push(Effect::Reply { connection, id, error, result: None });
    }

    /// A good end that carries something for who asked only.
    fn reply_with(&mut self, waiter: Waiter, result: ReplyResult) {
        self.proposal_replied(waiter, None);
        let (connection, id) = waiter;
        self.effects.push(Effect::Reply { connection, id, error: None, result: Some(result) });
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

    fn current_stop(&mut self) -> Option<&mut Stop> {
        match &mut self.phase {
            Phase::Stopped(stop) => Some(stop),
            _ => None,
        }
    }

    fn tick(&mut self) {
        self.withdraw_of_who_is_gone();
        self.capture_later();
        self.show_next();
        self.offers_are_over();
        self.expire_breakpoints();
        self.check_sources();
        self.guests_overdue();
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
            DocInput::BreakpointSet(entry) => self.breakpoint_set(by, entry),
            DocInput::BreakpointRemoved(id) => self.breakpoint_removed(by, id),
            DocInput::NoteSet(note) => {
                self.dirty_notes.insert(note.id.clone(), (by, note));
                self.notes_due.get_or_insert(self.now + self.rules.note_every_ms);
            }
            DocInput::NoteRemoved(id) => {
                self.dirty_notes.remove(&id);
                self.dirty_replies.retain(|_, (_, reply)| reply.note != id);
                self.record(Some(by), Event::NoteRemoved { id });
            }
            DocInput::ReplySet(reply) => {
                self.dirty_replies.insert(reply.id.clone(), (by, reply));
                self.notes_due.get_or_insert(self.now + self.rules.note_every_ms);
            }
            DocInput::ReplyRemoved(id) => {
                self.dirty_replies.remove(&id);
                self.record(Some(by), Event::ReplyRemoved { id });
            }
        }
    }

    fn flush_notes(&mut self) {
        self.notes_due = None;
        for (_, (by, note)) in std::mem::take(&mut self.dirty_notes) {
            self.record(Some(by), Event::NoteSet { note });
        }
        // After the notes that they answer.
        for (_, (by, reply)) in std::mem::take(&mut self.dirty_replies) {
            self.record(Some(by), Event::ReplySet { reply });
        }
    }

    /// Whether it ends, or has ended.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ending(_) | Phase::Ended)
    }

    /// Whether anybody but this one is here.
    pub fn is_shared_beside(&self, who: ParticipantId) -> bool {
        self.people.others(who)
    }

    fn is_attached(&self) -> bool {
        matches!(self.phase, Phase::Running { .. } | Phase::Stopped(_))
    }

    fn connected(&mut self, connection: ConnectionId, who: &Participant) {
        let news = self.people.connect(connection, who);
        self.author_here(who.id);
        self.lease.driver_present(who.id, true, self.now);
        self.proposals.gone(who.id, None);
        if news && let Some(here) = self.people.get(who.id) {
            let participant = here.participant.clone();
            self.record(Some(who.id), Event::Joined { participant });
            for participant in self.people.displaced(who.id) {
                self.record(Some(participant.id), Event::Joined { participant });
            }
        }
        // A host who is first needs no ceremony; everybody else asks or takes.
        if who.role == breakroom_protocol::Role::Host && !self.lease.ever_held() {
            self.give_wheel(None, Some(who.id), breakroom_protocol::WheelReason::Taken);
        }
    }

    fn disconnected(&mut self, connection: ConnectionId) {
        if let Some((who, true)) = self.people.disconnect(connection) {
            self.lease.driver_present(who, false, self.now);
            self.proposals.gone(who, Some(self.now + self.rules.driver_gone_ms));
            self.lease.drop_request(who);
            self.author_gone(who);
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
                self.check_sources_later();
                self.effects.push(Effect::DropQueued(process));
                self.record(by, Event::Resumed { stop: id, how });
                self.proposals_at_resume();
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
