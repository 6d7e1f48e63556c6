//! Random plans of many users against the pure state, checking the product's promises.
//!
//! The debuggee here is a model of what debugpy was measured to do: it answers each request once, stops and resumes
//! when told to, and is bricked for good by a `continue` while it runs. proptest shrinks a failing plan and saves it
//! beside this file, to be run again by every later test.

use super::{AdapterFacts, Effect, Input, Restart, Rules, State};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::upstream::{
    Answer, AskError, AskId, FromUpstream, Request, UpstreamEvent, UpstreamFrame, UpstreamFrameInfo,
    UpstreamReference, UpstreamScope, UpstreamVariable,
};
use breakroom_protocol::{
    BreakpointEntry, ClientMessage, ClientSeq, Command, ConnectionId, Envelope, ErrorCode, Event, FrameId,
    JournalSeq, Participant, ParticipantId, ParticipantKind, Role, SessionId, SessionInfo, Snapshot, StopId,
    TargetInfo, ThreadId, VariablesId,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

use super::DocInput;

const ROLES: [Role; 4] = [Role::Host, Role::Host, Role::Collaborator, Role::Watcher];

/// One thing that happens. Small numbers choose among what there is.
#[derive(Debug, Clone)]
enum Op {
    Connect {
        who: usize,
        socket: u64,
    },
    Disconnect {
        socket: u64,
    },
    Command {
        socket: u64,
        pick: u8,
        stop: i32,
        arg: usize,
    },
    Breakpoint {
        who: usize,
        entry: u8,
        line: u32,
        keep: bool,
    },
    /// debugpy gets to its next request.
    Answer {
        fails: bool,
    },
    /// The program runs into something, in one frame or another.
    Hits {
        frame: i64,
    },
    Continued,
    Output,
    Time {
        ms: u64,
    },
    Lost,
    AttachAgain,
    RemovedByTicket {
        who: usize,
    },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..4usize, 0..8u64).prop_map(|(who, socket)| Op::Connect { who, socket }),
        1 => (0..8u64).prop_map(|socket| Op::Disconnect { socket }),
        20 => (0..8u64, any::<u8>(), -1..2i32, 0..6usize)
            .prop_map(|(socket, pick, stop, arg)| Op::Command { socket, pick, stop, arg }),
        2 => (0..4usize, 0..4u8, 1..5u32, any::<bool>())
            .prop_map(|(who, entry, line, keep)| Op::Breakpoint { who, entry, line, keep }),
        20 => any::<u8>().prop_map(|n| Op::Answer { fails: n < 20 }),
        8 => (1..3i64).prop_map(|frame| Op::Hits { frame }),
        1 => Just(Op::Continued),
        1 => Just(Op::Output),
        2 => (1..20_000u64).prop_map(|ms| Op::Time { ms }),
        1 => Just(Op::Lost),
        1 => Just(Op::AttachAgain),
        1 => (0..4usize).prop_map(|who| Op::RemovedByTicket { who }),
    ]
}

/// The model of debugpy, and everything that must hold.
struct World {
    state: State,
    now: u64,
    people: Vec<Participant>,
    sockets: BTreeMap<u64, usize>,
    attached: bool,
    paused: bool,
    /// debugpy's id of the top frame; its locals are ten times that.
    frame: i64,
    /// How often it paused.
    pauses: u32,
    /// Our id of the current stop's locals.
    locals: Option<VariablesId>,
    /// Events that debugpy has sent and the session hasn't read.
    coming: VecDeque<UpstreamEvent>,
    asks: VecDeque<(AskId, Request)>,
    seen_asks: BTreeSet<AskId>,
    open_commands: BTreeMap<(u64, u32), Command>,
    next_command: u32,
    next_seq: u64,
    fold: Snapshot,
    sender: Option<usize>,
    execution_asked: u32,
}

impl World {
    fn new() -> Self {
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
            state: State::new(&info, Rules::default(), JournalSeq(1)),
            now: 1,
            people: people.collect(),
            sockets: BTreeMap::new(),
            attached: false,
            paused: false,
            frame: 1,
            pauses: 0,
            locals: None,
            coming: VecDeque::new(),
            asks: VecDeque::new(),
            seen_asks: BTreeSet::new(),
            open_commands: BTreeMap::new(),
            next_command: 1,
            next_seq: 1,
            fold: Snapshot::default(),
            sender: None,
            execution_asked: 0,
        };
        let effects = world.state.start(0, info);
        world.take(effects);
        world.attach();
        world
    }

    fn attach(&mut self) {
        let setup = self.state.setup();
        (self.attached, self.paused) = (true, false);
        let breakpoints = setup.into_iter().map(|(path, _)| (path, Vec::new())).collect();
        self.input(Input::Attached { facts: AdapterFacts::default(), breakpoints });
    }

    fn input(&mut self, input: Input) {
        self.now += 1;
        let effects = self.state.apply(self.now, input);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(envelope) => self.record(&envelope),
                Effect::Ask { ask, request, .. } => self.ask(ask, request),
                Effect::Reply { connection, id, error } => {
                    let command = self.open_commands.remove(&(connection.0, id.0));
                    assert!(command.is_some(), "a reply that nobody waits for: {connection} {id} {error:?}");
                }
                Effect::Reattach | Effect::RunRestart => self.attached = false,
                Effect::Detach => {
                    self.attached = false;
                    self.gone();
                    self.input(Input::Detached);
                }
                Effect::DropQueued => self.drop_queued(),
                Effect::CloseAll { participant, .. } => {
                    let at = self.people.iter().position(|person| person.id == participant);
                    self.sockets.retain(|_, who| Some(*who) != at);
                }
                Effect::Keep { .. } | Effect::RevokeTickets(_) | Effect::Finish { .. } => {}
            }
        }
    }

    fn record(&mut self, envelope: &Envelope) {
        assert_eq!(envelope.seq.0, self.next_seq, "numbered without holes");
        self.next_seq += 1;
        match &envelope.event {
            Event::Stopped { stop, .. } => {
                assert_eq!(stop.0, self.fold.last_stop.0 + 1, "stops are numbered without holes");
                self.locals = None;
            }
            Event::Stack { frames, .. } => assert_eq!(frames[0].name, format!("f{}", self.frame)),
            Event::Scopes { scopes, frame: FrameId(1), .. } => {
                assert_eq!(scopes[0].name, format!("Locals of f{}", self.frame));
                self.locals = Some(scopes[0].variables);
            }
            Event::Variables { variables, items, .. } if Some(*variables) == self.locals => {
                assert_eq!(items[0].value, format!("{} at pause {}", self.frame * 10, self.pauses));
            }
            _ => {}
        }
        self.fold.apply(envelope);
    }

    fn ask(&mut self, ask: AskId, request: Request) {
        assert!(self.seen_asks.insert(ask), "an ask's number is used once");
        if !self.attached {
            // The upstream handle is gone: the session hears so at once.
            let outcome = Err(AskError::Gone);
            return self.input(Input::Upstream(FromUpstream::Answer { ask, outcome }));
        }
        let steps = matches!(
            request,
            Request::Continue(_) | Request::Next(_) | Request::StepIn(_) | Request::StepOut(_)
        );
        if steps || matches!(request, Request::Pause(_)) {
            let sender = self.sender.map(|who| self.people[who].id);
            assert_eq!(sender, self.fold.driver, "only the driver moves the program");
        }
        if steps {
            assert!(self.paused, "a step or continue while running bricks debugpy: {request:?}");
            self.execution_asked += 1;
            self.paused = false;
            self.coming.push_back(UpstreamEvent::Continued);
        }
        if matches!(request, Request::Evaluate { .. } | Request::SetVariable { .. }) {
            let sender = &self.people[self.sender.expect("code is only run for somebody")];
            assert_ne!(sender.role, Role::Watcher, "a watcher ran code");
        }
        self.asks.push_back((ask, request));
    }

    fn drop_queued(&mut self) {
        let reads = |request: &Request| {
            matches!(
                request,
                Request::Scopes(_) | Request::Variables(_) | Request::StackTrace { .. } | Request::Threads
            )
        };
        let (dropped, kept): (VecDeque<_>, VecDeque<_>) =
            self.asks.drain(..).partition(|(_, request)| reads(request));
        self.asks = kept;
        for (ask, _) in dropped {
            self.input(Input::Upstream(FromUpstream::Answer { ask, outcome: Err(AskError::Dropped) }));
        }
    }

    /// Everything outstanding ends, as the upstream crate promises.
    fn gone(&mut self) {
        self.coming.clear();
        for (ask, _) in std::mem::take(&mut self.asks) {
            self.input(Input::Upstream(FromUpstream::Answer { ask, outcome: Err(AskError::Gone) }));
        }
        self.input(Input::Upstream(FromUpstream::Closed { message: "gone".into() }));
    }

    /// One thing from debugpy: an event that is on its way, else the next answer.
    fn upstream(&mut self, fails: bool) {
        if let Some(event) = self.coming.pop_front() {
            return self.input(Input::Upstream(FromUpstream::Event(event)));
        }
        let Some((ask, request)) = self.asks.pop_front() else { return };
        let steps = matches!(
            request,
            Request::Continue(_) | Request::Next(_) | Request::StepIn(_) | Request::StepOut(_)
        );
        let outcome = if fails && !steps { Err(AskError::TimedOut("x")) } else { Ok(self.answer(&request)) };
        if matches!(request, Request::Pause(_)) && !self.paused {
            self.hit("pause");
        }
        self.input(Input::Upstream(FromUpstream::Answer { ask, outcome }));
    }

    fn hit(&mut self, reason: &str) {
        if self.attached && !self.paused {
            self.paused = true;
            self.pauses += 1;
            let reason = reason.to_owned();
            let thread = ThreadId(1);
            self.coming.push_back(UpstreamEvent::Stopped { reason, description: None, text: None, thread });
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Connect { who, socket } => {
                if let std::collections::btree_map::Entry::Vacant(free) = self.sockets.entry(socket) {
                    free.insert(who);
                    let who = self.people[who].clone();
                    self.input(Input::Connected { connection: ConnectionId(socket), who });
                }
            }
            Op::Disconnect { socket } => {
                if self.sockets.remove(&socket).is_some() {
                    self.input(Input::Disconnected(ConnectionId(socket)));
                }
            }
            Op::Command { socket, pick, stop, arg } => self.command(socket, pick, stop, arg),
            Op::Breakpoint { who, entry, line, keep } => {
                let by = self.people[who].id;
                let id = breakroom_protocol::EntryId(entry.to_string());
                let change = if keep {
                    DocInput::BreakpointSet(BreakpointEntry {
                        id,
                        path: "/app/a.py".into(),
                        line,
                        condition: (line == 3).then(|| "x".into()),
                        hit_condition: None,
                        log_message: None,
                        enabled: line != 4,
                        author: by,
                    })
                } else {
                    DocInput::BreakpointRemoved(id)
                };
                self.input(Input::Doc { by, change });
            }
            Op::Answer { fails } => self.upstream(fails),
            Op::Hits { frame } => {
                if !self.paused {
                    self.frame = frame;
                }
                self.hit("breakpoint");
            }
            Op::Continued | Op::Output => {
                let event = UpstreamEvent::Output {
                    category: breakroom_protocol::OutputCategory::Stdout,
                    text: "x\n".into(),
                };
                if self.attached {
                    self.coming.push_back(event);
                }
            }
            Op::Time { ms } => {
                self.now += ms;
                if self.state.wake_at().is_some_and(|at| at <= self.now) {
                    self.input(Input::Tick);
                }
            }
            Op::Lost => {
                if self.attached {
                    self.attached = false;
                    self.gone();
                }
            }
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

    fn command(&mut self, socket: u64, pick: u8, stop: i32, arg: usize) {
        let Some(who) = self.sockets.get(&socket).copied() else { return };
        let last = self.fold.last_stop.0;
        let stop = StopId(last.saturating_add_signed(stop));
        let other = self.people[arg % self.people.len()].id;
        let (frame, variables) = (FrameId(arg as u32), VariablesId(arg as u32));
        let command = match pick % 26 {
            0 | 1 => Command::Continue { stop },
            2 | 3 => Command::Next { stop, thread: None },
            4 => Command::StepIn { stop, thread: Some(ThreadId(1)) },
            5 => Command::StepOut { stop, thread: None },
            6 | 7 => Command::Pause { after: stop },
            8 => Command::WheelTake,
            9 => Command::WheelRequest,
            10 => Command::WheelWithdraw,
            11 => Command::WheelGrant { to: other },
            12 => Command::WheelDecline { participant: other },
            13 => Command::WheelRelease,
            14 => Command::Stack { stop, thread: ThreadId(arg as i64) },
            15 => Command::Scopes { stop, frame },
            16 | 17 => Command::Variables { stop, variables },
            18 => Command::Evaluate { stop: Some(stop), frame: Some(frame), expression: "x".into() },
            19 => Command::SetVariable { stop, variables, name: "x".into(), value: "1".into() },
            20 => Command::Source { path: "/app/a.py".into() },
            21 => Command::Chat { text: "hi".into() },
            22 => Command::Hand { raised: arg.is_multiple_of(2) },
            23 => Command::GrantCode { participant: other, granted: arg.is_multiple_of(2) },
            24 if arg == 0 => Command::Remove { participant: other },
            25 if arg == 0 => Command::Restart,
            _ => Command::Evaluate { stop: None, frame: None, expression: "y".into() },
        };
        let id = self.next_command;
        self.next_command += 1;
        self.open_commands.insert((socket, id), command.clone());
        self.sender = Some(who);
        let before = self.execution_asked;
        let phase = self.fold.phase.clone();
        let message = ClientMessage { id: ClientSeq(id), command: command.clone() };
        self.input(Input::Command { connection: ConnectionId(socket), message });
        self.sender = None;
        let moved = self.execution_asked > before;
        if moved {
            assert_eq!(phase, Phase::Stopped);
            assert_eq!(stop.0, last, "a step meant for another stop was run: {command:?}");
        }
    }

    /// debugpy answers all that is outstanding; then nobody waits for anything.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.coming.is_empty() && self.asks.is_empty() {
                break;
            }
            self.upstream(false);
        }
        let closed: Vec<_> = self
            .open_commands
            .keys()
            .filter(|(socket, _)| !self.sockets.contains_key(socket))
            .copied()
            .collect();
        for key in closed {
            self.open_commands.remove(&key);
        }
        assert!(self.open_commands.is_empty(), "commands without an end: {:?}", self.open_commands);
        if self.attached {
            assert_eq!(
                self.paused,
                self.fold.phase == Phase::Stopped,
                "what is shown is what is: {:?}",
                self.fold.phase
            );
        }
    }

    /// What debugpy says now: names and values tell of which frame and pause.
    fn answer(&self, request: &Request) -> Answer {
        let value = |name: &str, text: String, reference: i64| UpstreamVariable {
            name: name.into(),
            value: text,
            type_name: "int".into(),
            reference: (reference > 0).then_some(UpstreamReference(reference)),
            evaluate_name: None,
        };
        match request {
            Request::Threads => Answer::Threads(Vec::new()),
            Request::StackTrace { .. } => {
                let frame = |id| UpstreamFrameInfo {
                    id: UpstreamFrame(id),
                    name: format!("f{id}"),
                    path: Some("/app/a.py".into()),
                    line: 3,
                    column: 1,
                    subtle: false,
                };
                Answer::Stack { frames: vec![frame(self.frame), frame(9)], total: 2 }
            }
            Request::Scopes(UpstreamFrame(of)) => {
                let scope = |name: String, reference| UpstreamScope {
                    name,
                    reference: UpstreamReference(reference),
                    expensive: false,
                };
                Answer::Scopes(vec![
                    scope(format!("Locals of f{of}"), of * 10),
                    scope("Globals".into(), of * 10 + 1),
                ])
            }
            Request::Variables(reference) => {
                let text = format!("{} at pause {}", reference.0, self.pauses);
                Answer::Variables(vec![value("x", text, reference.0 + 100), value("y", "1".into(), 0)])
            }
            Request::Evaluate { .. } | Request::SetVariable { .. } => Answer::Value(value("", "1".into(), 7)),
            Request::SetBreakpoints { .. } => Answer::Breakpoints(Vec::new()),
            Request::ReadSource { .. } => Answer::Source { text: "x = 1\n".into() },
            _ => Answer::Done,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold_under_any_plan(ops in proptest::collection::vec(op(), 1..120)) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
        }
        world.settle();
    }
}

#[test]
fn two_who_press_continue_at_once_make_one() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    world.run(Op::Connect { who: 0, socket: 2 });
    world.run(Op::Hits { frame: 1 });
    world.upstream(false);
    world.command(1, 0, 0, 0);
    let effects = world.state.apply(
        99,
        Input::Command {
            connection: ConnectionId(2),
            message: ClientMessage { id: ClientSeq(1), command: Command::Continue { stop: StopId(1) } },
        },
    );
    let [Effect::Reply { error: Some(error), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(error.code, ErrorCode::StaleStop);
}

#[test]
fn a_driver_who_is_gone_lets_go_after_the_configured_time() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    assert_eq!(world.fold.driver, Some(world.people[0].id), "the first host gets the wheel unasked");
    world.run(Op::Disconnect { socket: 1 });
    world.run(Op::Time { ms: 29_000 });
    assert!(world.fold.driver.is_some());
    world.run(Op::Time { ms: 2_000 });
    assert_eq!(world.fold.driver, None);
}

#[test]
fn ending_while_a_command_waits_ends_the_command_too() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    world.run(Op::Hits { frame: 1 });
    world.upstream(false);
    world.command(1, 14, 0, 5);
    world.input(Input::End { by: None, restart: Restart::No });
    world.settle();
    assert!(matches!(world.fold.phase, Phase::Ended { .. }));
}
