//! The model of debugpy, and of everything that must hold whatever happens.

use super::Op;
use super::editors::Editors;
use super::parts::rules;
use super::process::Process;
use super::promises::Promises;
use super::replicas::Replicas;
use super::visitors::Visitors;
use crate::session::state::{AdapterFacts, DocEdit, DocInput, Effect, InDocs, Input, MAIN, State};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::upstream::{
    AskError, AskId, FromUpstream, Request, UpstreamChild, UpstreamEvent, UpstreamSnap,
};
use breakroom_protocol::{
    BreakpointEntry, Command, ConnectionId, EntryId, Envelope, ErrorBody, Event, FrameId, JournalSeq,
    Participant, ParticipantId, ParticipantKind, ProcessId, Role, SessionId, SessionInfo, Snapshot,
    TargetInfo, VariablesId,
};
use breakroom_upstream::Setup;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

const ROLES: [Role; 4] = [Role::Host, Role::Host, Role::Collaborator, Role::Watcher];

/// Where breakpoints are.
pub(super) const FILE: &str = "/app/a.py";

/// A breakpoint without conditions.
pub(super) fn plain(id: String, line: u32, author: ParticipantId) -> BreakpointEntry {
    BreakpointEntry {
        id: EntryId(id),
        path: FILE.into(),
        line,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author,
    }
}

/// The model of debugpy, and everything that must hold.
pub(super) struct World {
    pub state: State,
    pub now: u64,
    pub people: Vec<Participant>,
    pub sockets: BTreeMap<u64, usize>,
    pub attached: bool,
    /// The first attach was asked for, and isn't done.
    pub starting: bool,
    pub processes: BTreeMap<ProcessId, Process>,
    pub attaching: VecDeque<(ProcessId, Setup)>,
    pub editors: Editors,
    /// Children that were announced, and those that were dealt with.
    pub announced: u32,
    pub taken: u32,
    /// Their numbers.
    pub seen_to: BTreeSet<i64>,
    /// Whose stop is shown.
    pub shown: ProcessId,
    /// Our id of the current stop's locals.
    locals: Option<VariablesId>,
    seen_asks: BTreeSet<AskId>,
    pub open_commands: BTreeMap<(u64, u32), Command>,
    pub next_command: u32,
    pub next_code: u32,
    next_seq: u64,
    pub fold: Snapshot,
    pub replicas: Replicas,
    pub visitors: Visitors,
    pub promises: Promises,
    pub sender: Option<usize>,
    inputs: VecDeque<Input>,
    performing: bool,
    pub execution_asked: u32,
    snaps: u32,
}

impl World {
    /// A session that is attached.
    pub fn new() -> Self {
        let mut world = Self::waiting();
        world.attach();
        world
    }

    /// A session that waits for somebody who starts it.
    pub fn waiting() -> Self {
        let target = TargetInfo { name: "t".into(), address: "h:1".into(), can_restart: true };
        let info = SessionInfo {
            id: SessionId(Uuid::from_u128(1)),
            target,
            started_at: 0,
            started_by: "Ada".into(),
        };
        let people = ROLES.iter().enumerate().map(|(at, role)| Participant {
            id: ParticipantId(Uuid::from_u128(at as u128 + 10)),
            name: format!("P{at}"),
            role: *role,
            kind: ParticipantKind::Guest,
            may_write_notes: true,
        });
        let mut world = Self {
            state: State::new(&info, rules(), JournalSeq(1)),
            now: 1,
            people: people.collect(),
            sockets: BTreeMap::new(),
            attached: false,
            starting: false,
            processes: BTreeMap::new(),
            attaching: VecDeque::new(),
            editors: Editors::default(),
            announced: 0,
            taken: 0,
            seen_to: BTreeSet::new(),
            shown: MAIN,
            locals: None,
            seen_asks: BTreeSet::new(),
            open_commands: BTreeMap::new(),
            next_command: 1,
            next_code: 0,
            next_seq: 1,
            fold: Snapshot::default(),
            replicas: Replicas::default(),
            visitors: Visitors::default(),
            promises: Promises::default(),
            sender: None,
            inputs: VecDeque::new(),
            performing: false,
            execution_asked: 0,
            snaps: 0,
        };
        let effects = world.state.start(0, info);
        world.take(effects);
        world
    }

    /// The first attach ends.
    pub fn first_attach(&mut self, outcome: Result<(), ErrorBody>) {
        assert!(std::mem::take(&mut self.starting));
        match outcome {
            Ok(()) if matches!(self.fold.phase, Phase::Ended { .. }) => {}
            Ok(()) => self.attach(),
            Err(error) => self.input(Input::StartFailed(error)),
        }
    }

    /// The server is killed and started again. Everybody's sockets break; the journal is all that there is.
    fn killed(&mut self) {
        let Some(info) = self.fold.session.clone() else { return };
        if matches!(self.fold.phase, Phase::Ended { .. }) {
            return;
        }
        self.sockets.clear();
        self.open_commands.clear();
        self.seen_asks.clear();
        self.processes.clear();
        self.attaching.clear();
        self.editors = Editors::default();
        self.visitors_forgotten();
        self.attached = false;
        self.starting = false;
        self.sender = None;
        self.announced = self.taken;
        self.seen_to.clear();
        let before = self.fold.clone();
        self.state = State::resumed(&info, rules(), &before);
        let entries = before.breakpoints.values().map(|state| state.entry.clone()).collect();
        let effects =
            self.state.resume_after_kill(self.now, &before, InDocs { entries, ..InDocs::default() });
        self.take(effects);
        assert!(self.fold.people.values().all(|person| !person.present));
        assert_eq!((self.fold.driver, &self.fold.barred), (before.driver, &before.barred));
    }

    fn attach(&mut self) {
        let setup = self.state.setup();
        self.attached = true;
        self.processes = BTreeMap::from([(MAIN, Process::set_up(&setup))]);
        let breakpoints = setup.breakpoints.into_iter().map(|(path, _)| (path, Vec::new())).collect();
        self.input(Input::Attached { facts: AdapterFacts::default(), breakpoints });
    }

    /// As the actor does: what performing effects leads to comes after all of them.
    pub fn input(&mut self, input: Input) {
        self.inputs.push_back(input);
        if std::mem::replace(&mut self.performing, true) {
            return;
        }
        while let Some(input) = self.inputs.pop_front() {
            self.now += 1;
            let effects = self.state.apply(self.now, input);
            self.take(effects);
        }
        self.performing = false;
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(envelope) => self.record(&envelope),
                Effect::Ask { process, ask, request, .. } => self.ask(process, ask, request),
                Effect::Reply { connection, id, error, .. } => {
                    self.replied((connection.0, id.0), error.as_ref());
                }
                Effect::Attach(_) => {
                    assert!(!self.starting && !self.connected(), "attached to twice");
                    self.starting = true;
                }
                Effect::Reattach | Effect::RunRestart => self.attached = false,
                Effect::Detach => {
                    self.gone();
                    self.input(Input::Detached);
                }
                Effect::DropQueued(process) => self.drop_queued(process),
                Effect::AttachChild { process, setup, arguments } => {
                    self.seen_to(&arguments);
                    self.attaching.push_back((process, setup));
                }
                Effect::ReleaseChild { arguments } => self.seen_to(&arguments),
                Effect::LeaveChild(process) => {
                    self.processes.remove(&process);
                }
                Effect::LeaveChildren => self.processes.retain(|process, _| *process == MAIN),
                Effect::CloseAll { participant, .. } => {
                    let at = self.people.iter().position(|person| person.id == participant);
                    let gone = self.sockets.extract_if(.., |_, who| Some(*who) == at);
                    gone.for_each(|(socket, _)| self.replicas.close(socket));
                }
                Effect::EditDoc { by, edit: DocEdit::SetBreakpoint(entry) } => {
                    let id = entry.id.clone();
                    self.input(Input::Doc { by, change: DocInput::BreakpointSet(entry) });
                    self.input(Input::DocEdited { entry: id, refused: None });
                }
                Effect::Abandon => self.gone(),
                Effect::Chosen { .. }
                | Effect::EditDoc { .. }
                | Effect::Keep { .. }
                | Effect::TellHosts { .. }
                | Effect::RevokeTickets(_) => {}
                Effect::Finish { .. } => self.finished(),
                other => self.visitor_effect(other),
            }
        }
    }

    /// The session's task ends, and drops all that it holds.
    fn finished(&mut self) {
        (self.attached, self.starting) = (false, false);
        self.processes.clear();
        self.attaching.clear();
        self.editors.finished();
    }

    fn record(&mut self, envelope: &Envelope) {
        assert_eq!(envelope.seq.0, self.next_seq, "numbered without holes");
        self.next_seq += 1;
        match &envelope.event {
            Event::Stopped { stop, process, .. } => {
                self.shown = *process;
                assert_eq!(stop.0, self.fold.last_stop.0 + 1, "stops are numbered without holes");
                self.locals = None;
            }
            Event::Stack { start: 0, frames, .. } => {
                assert_eq!(frames[0].name, format!("f{}", self.at().frame))
            }
            Event::Snap { snap } => {
                assert_eq!(snap.id.0, self.snaps + 1, "captures are numbered without holes");
                self.snaps += 1;
                assert!(self.fold.breakpoints[&snap.entry].entry.snap, "it is no snap point: {snap:?}");
            }
            Event::Scopes { scopes, frame: FrameId(1), .. } => {
                assert_eq!(scopes[0].name, format!("Locals of f{}", self.at().frame));
                self.locals = Some(scopes[0].variables);
            }
            Event::Variables { variables, items, .. } if Some(*variables) == self.locals => {
                let at = self.at();
                assert_eq!(items[0].value, format!("{} at pause {}", at.frame * 10, at.pauses));
            }
            _ => {}
        }
        self.promises.recorded(&self.fold, envelope);
        self.replicas.record(envelope);
        self.fold.apply(envelope);
    }

    fn at(&self) -> &Process {
        &self.processes[&self.shown]
    }

    fn ask(&mut self, process: ProcessId, ask: AskId, request: Request) {
        assert!(self.seen_asks.insert(ask), "an ask's number is used once");
        let Some(asked) = self.processes.get_mut(&process) else {
            // The upstream handle is gone: the session hears so at once.
            let outcome = Err(AskError::Gone);
            return self.input(Input::Upstream(process, FromUpstream::Answer { ask, outcome }));
        };
        let steps = is_step(&request);
        if steps || pauses(&request) {
            let sender = self.sender.map(|who| self.people[who].id);
            let late = asked.paused.as_deref() == Some("pause") && sender.is_none();
            // Its target was asked for first; who asked still has to drive.
            let goes = matches!(request, Request::Goto { .. }) && self.fold.driver.is_some();
            // An editor may be on the wire a moment before it is in the room; what waited behind its stop runs on with it.
            let here = self.sockets.values().any(|who| Some(*who) == self.sender);
            let alone = sender.is_some() && self.fold.driver.is_none() && !here;
            assert!(sender == self.fold.driver || late || goes || alone, "only the driver moves the program");
        }
        if steps {
            let was = asked.paused.take();
            assert!(was.is_some(), "a step or continue while running bricks debugpy: {request:?}");
            self.execution_asked += 1;
            if matches!(request, Request::Goto { .. }) {
                asked.leaving = was;
            } else {
                asked.coming.push_back(UpstreamEvent::Continued);
            }
        }
        if matches!(request, Request::Read { .. }) {
            assert!(asked.paused.is_some(), "a frame is read while the program runs");
        }
        assert!(
            asked.attached || matches!(request, Request::Wire(_)),
            "asked of one that nobody attached to: {request:?}"
        );
        if let Request::Wire(wire) = &request
            && wire.command() == "attach"
            && process != MAIN
            && !self.processes[&process].attached
        {
            self.seen_to(&wire.arguments().to_string());
        }
        if let Request::Wire(wire) = &request {
            let removed = self.fold.barred.iter().any(|who| *who == self.people[super::editors::WHO].id);
            assert!(!removed, "asked by an editor of somebody who was removed: {wire:?}");
        }
        self.promises.asked(&self.fold, &request);
        let Some(asked) = self.processes.get_mut(&process) else { return };
        asked.asks.push_back((ask, request));
    }

    fn drop_queued(&mut self, process: ProcessId) {
        let Some(of) = self.processes.get_mut(&process) else { return };
        let reads = |request: &Request| {
            matches!(
                request,
                Request::Scopes(_)
                    | Request::Variables(_)
                    | Request::StackTrace { .. }
                    | Request::Threads
                    | Request::Read { .. }
                    | Request::Evaluate { .. }
                    | Request::Assign { .. }
                    | Request::AssignExpression { .. }
                    | Request::Copy { .. }
                    | Request::Complete { .. }
                    | Request::Page { .. }
                    | Request::Text { .. }
                    | Request::Table { .. }
                    | Request::Activity
                    | Request::Adopt(_)
            )
        };
        let (dropped, kept): (VecDeque<_>, VecDeque<_>) =
            of.asks.drain(..).partition(|(_, request)| reads(request));
        of.asks = kept;
        for (ask, _) in dropped {
            let answer = FromUpstream::Answer { ask, outcome: Err(AskError::Dropped) };
            self.input(Input::Upstream(process, answer));
        }
    }

    /// The program's connection ends, and with it the children's.
    pub fn gone(&mut self) {
        self.attached = false;
        let all: Vec<_> = self.processes.keys().copied().collect();
        // Their receivers are dropped: nothing more comes from children.
        for process in all.iter().filter(|process| **process != MAIN) {
            self.processes.remove(process);
        }
        if all.contains(&MAIN) {
            self.process_gone(MAIN);
        }
    }

    /// Everything outstanding ends, as the upstream crate promises.
    pub fn process_gone(&mut self, process: ProcessId) {
        let Some(gone) = self.processes.remove(&process) else { return };
        for (ask, _) in gone.asks {
            let answer = FromUpstream::Answer { ask, outcome: Err(AskError::Gone) };
            self.input(Input::Upstream(process, answer));
        }
        self.input(Input::Upstream(process, FromUpstream::Closed { message: "gone".into() }));
    }

    fn tells(&mut self, at: usize, event: UpstreamEvent) {
        if let Some(from) = self.pick(at).and_then(|process| self.processes.get_mut(&process)) {
            from.coming.push_back(event);
        }
    }

    pub(super) fn pick(&self, at: usize) -> Option<ProcessId> {
        self.processes.keys().copied().nth(at % self.processes.len().max(1))
    }

    /// One thing from debugpy: an event that is on its way, else the next answer.
    pub fn upstream(&mut self, process: ProcessId, fails: bool) {
        let Some(from) = self.processes.get_mut(&process) else { return };
        if let Some(event) = from.coming.pop_front() {
            return self.input(Input::Upstream(process, FromUpstream::Event(event)));
        }
        let Some((ask, request)) = from.asks.pop_front() else { return };
        if let Request::Wire(request) = &request {
            return self.answers_editor(process, ask, request, fails);
        }
        from.take(&request);
        let outcome = match from.refuses(&request) {
            _ if fails && matches!(request, Request::Goto { .. }) => {
                from.paused = from.leaving.take();
                Err(AskError::Refused("no such line".into()))
            }
            _ if fails && !is_step(&request) => Err(AskError::TimedOut("x")),
            Some(error) => Err(error),
            None => Ok(from.answer(&request)),
        };
        if matches!(request, Request::Goto { .. }) && from.leaving.take().is_some() {
            from.coming.push_back(UpstreamEvent::Continued);
            from.hit("goto");
        }
        if matches!(request, Request::Pause(_)) {
            from.hit("pause");
        }
        self.input(Input::Upstream(process, FromUpstream::Answer { ask, outcome }));
    }

    pub fn run(&mut self, op: Op) {
        self.happens(op);
        let waiting = self.open_commands.values().filter_map(|command| match command {
            Command::ProposalRun { proposal } => Some(*proposal),
            _ => None,
        });
        self.promises.hold(&self.fold, &waiting.collect());
    }

    fn happens(&mut self, op: Op) {
        match op {
            Op::Connect { who, socket } => {
                if let std::collections::btree_map::Entry::Vacant(free) = self.sockets.entry(socket) {
                    free.insert(who);
                    self.replicas.open(socket, &self.fold);
                    let who = self.people[who].clone();
                    self.input(Input::Connected { connection: ConnectionId(socket), who });
                }
            }
            Op::Disconnect { socket } => {
                if self.sockets.remove(&socket).is_some() {
                    self.replicas.close(socket);
                    self.input(Input::Disconnected(ConnectionId(socket)));
                }
            }
            Op::Command { socket, pick, stop, arg } => self.command(socket, pick, stop, arg),
            Op::Killed => self.killed(),
            Op::Breakpoint { who, entry, line, keep } => {
                let by = self.people[who].id;
                let id = EntryId(entry.to_string());
                let change = if keep {
                    let function = (line == 5).then_some(if entry < 2 { "f" } else { "Lamp.f" });
                    DocInput::BreakpointSet(BreakpointEntry {
                        path: if line == 5 { String::new() } else { FILE.into() },
                        line: if line == 5 { 0 } else { line },
                        function: function.map(str::to_owned),
                        snap: line == 2,
                        condition: (line == 3).then(|| "x".into()),
                        enabled: line != 4,
                        ..plain(id.0, line, by)
                    })
                } else {
                    DocInput::BreakpointRemoved(id)
                };
                self.input(Input::Doc { by, change });
            }
            Op::Snaps { entry, at } => {
                let snap = UpstreamSnap {
                    entry: EntryId(entry.to_string()),
                    thread: "MainThread".into(),
                    frames: Vec::new(),
                    skipped: 0,
                };
                self.tells(at, UpstreamEvent::Snap(snap));
            }
            Op::Disarms { entry, turn, at } => {
                let entry = EntryId(entry.to_string());
                self.tells(at, UpstreamEvent::Disarmed { entry, turn, per_second: 2_000 });
            }
            Op::Answer { fails, at } => {
                if let Some(process) = self.pick(at) {
                    self.upstream(process, fails);
                }
            }
            Op::Late { at, how } => self.gets_late(at, how),
            Op::Hits { frame, at } => {
                if let Some(hit) = self.pick(at).and_then(|process| self.processes.get_mut(&process))
                    && hit.paused.is_none()
                    && hit.leaving.is_none()
                    && hit.attached
                {
                    hit.frame = frame;
                    hit.hit("breakpoint");
                }
            }
            Op::Forks { at } => {
                if let Some(process) = self.pick(at).filter(|process| self.processes[process].attached) {
                    self.announced += 1;
                    let pid = i64::from(self.announced);
                    let arguments = format!("{{\"subProcessId\":{pid}}}");
                    let child = UpstreamChild { name: "c".into(), pid: Some(pid), arguments };
                    let event = FromUpstream::Event(UpstreamEvent::Child(child));
                    self.input(Input::Upstream(process, event));
                    let seen_to = self.taken + self.editors.offered();
                    assert_eq!(self.announced, seen_to, "a child that nobody attaches to hangs for ever");
                }
            }
            Op::ChildAttaches { fails } => self.child_attaches(fails),
            Op::ChildEnds { at } => {
                if let Some(process) = self.pick(at).filter(|process| *process != MAIN) {
                    let event = FromUpstream::Event(UpstreamEvent::Terminated);
                    self.input(Input::Upstream(process, event));
                    self.process_gone(process);
                }
            }
            Op::Continued | Op::Output => {
                let event = UpstreamEvent::Output {
                    category: breakroom_protocol::OutputCategory::Stdout,
                    text: "x\n".into(),
                };
                if let Some(main) = self.processes.get_mut(&MAIN) {
                    main.coming.push_back(event);
                }
            }
            Op::Time { ms } => {
                self.now += ms;
                if self.state.wake_at().is_some_and(|at| at <= self.now) {
                    self.input(Input::Tick);
                }
            }
            Op::Lost => {
                if self.connected() {
                    self.gone();
                }
            }
            Op::Editor(does) => self.editor_does(does),
            Op::Visitor(visits) => self.visitor(visits),
            Op::AttachAgain if self.starting => self.first_attach(Ok(())),
            Op::AttachAgain => {
                if !self.attached && matches!(self.fold.phase, Phase::Lost { .. } | Phase::Restarting) {
                    self.attach();
                }
            }
            Op::RemovedByTicket { who } => {
                let participant = self.people[who].id;
                self.input(Input::Removed { participant });
            }
        }
    }

    pub fn child_attaches(&mut self, fails: bool) {
        let Some((process, setup)) = self.attaching.pop_front() else { return };
        if fails {
            return self.input(Input::ChildFailed(process, None));
        }
        self.processes.insert(process, Process::set_up(&setup));
        self.input(Input::ChildAttached(process));
    }

    /// Whether there is a connection to the program.
    pub fn connected(&self) -> bool {
        self.processes.contains_key(&MAIN)
    }
}

fn pauses(request: &Request) -> bool {
    matches!(request, Request::Pause(_))
        || matches!(request, Request::Wire(wire) if wire.command() == "pause")
}

fn is_step(request: &Request) -> bool {
    matches!(
        request,
        Request::Continue(_)
            | Request::Next(_)
            | Request::StepIn(_)
            | Request::StepInTarget { .. }
            | Request::StepOut(_)
            | Request::Goto { .. }
    ) || matches!(request, Request::Wire(wire) if wire.resumes())
}
