//! What people send in a plan.
//!
//! Each piece of code is a text of its own, so that whatever of it reaches debugpy can be traced to who sent it.

use super::model::World;
use crate::session::state::Input;
use breakroom_protocol::command::Proposed;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::{
    BreakpointDraft, ClientMessage, ClientSeq, Command, ConnectionId, EntryId, ExceptionFilters, FrameId,
    ProposalId, StopId, ThreadId, VariablesId, WatchId,
};

/// How many kinds there are to pick from.
pub(super) const PICKS: u8 = 60;

/// What plain names there are: good ones, one that isn't there, one whose items take code.
const PLAIN: [&str; 4] = ["count", "levels[0]", "absent", "frame['a']"];

impl World {
    pub fn command(&mut self, socket: u64, pick: u8, stop: i32, arg: usize) {
        let Some(socket) = self.open_socket(socket) else { return };
        let Some(command) = self.compose(pick, stop, arg) else { return };
        self.send(socket, command);
    }

    /// That one, or else another that is open, so that plans get somewhere.
    fn open_socket(&self, wanted: u64) -> Option<u64> {
        let mut open = self.sockets.keys().copied();
        let at = wanted as usize % open.len().max(1);
        if self.sockets.contains_key(&wanted) { Some(wanted) } else { open.nth(at) }
    }

    /// `stop`: how far from the current one.
    fn compose(&mut self, pick: u8, stop: i32, arg: usize) -> Option<Command> {
        let stop = StopId(self.fold.last_stop.0.saturating_add_signed(stop));
        let other = self.people[arg % self.people.len()].id;
        let (frame, variables) = (FrameId(arg as u32), VariablesId(arg as u32));
        let thread = None;
        Some(match pick % PICKS {
            0 | 1 => Command::Continue { stop },
            2 | 3 => Command::Next { stop, thread },
            4 => Command::StepIn { stop, thread: Some(ThreadId(1)), target: None },
            5 => Command::StepOut { stop, thread },
            6 | 7 => Command::Pause { after: stop },
            8 => Command::WheelTake,
            9 => Command::WheelRequest,
            10 => Command::WheelWithdraw,
            11 => Command::WheelGrant { to: other },
            12 => Command::WheelDecline { participant: other },
            13 => Command::WheelRelease,
            14 => Command::Stack { stop, thread: ThreadId(arg as i64), frames: None },
            15 => Command::Scopes { stop, frame },
            16 | 17 => Command::Variables { stop, variables },
            18 => self.evaluate(Some(stop), Some(frame)),
            19 => self.set_variable(stop, variables),
            20 => Command::Source { path: "/app/a.py".into() },
            21 if arg == 0 => Command::MuteMine { muted: stop.0.is_multiple_of(2) },
            21 if arg == 1 => Command::MuteAll { muted: stop.0.is_multiple_of(3) },
            21 if arg < 4 => Command::Rearm { entry: EntryId((arg - 1).to_string()) },
            21 => Command::Chat { text: "hi".into() },
            22 if arg > 3 => Command::ExceptionFilters {
                filters: ExceptionFilters { raised: arg > 4, ..ExceptionFilters::default() },
            },
            23 if arg > 4 => Command::Start { options: Default::default() },
            22 if arg == 3 => Command::Alive,
            22 => Command::Hand { raised: arg.is_multiple_of(2) },
            23 => Command::GrantCode { participant: other, granted: !arg.is_multiple_of(3) },
            24 if arg == 0 => Command::Remove { participant: other },
            25 if arg == 0 => Command::Restart,
            24..=26 => self.evaluate(None, None),
            27 | 28 => read(stop, FrameId(1), arg),
            29 => Command::WatchAdd {
                expression: PLAIN[arg % PLAIN.len()].into(),
                instead_of: (arg > 3).then(|| WatchId(arg as u32 - 2)),
            },
            30 => Command::WatchAdd { expression: self.code(), instead_of: None },
            31 => Command::WatchRemove { watch: WatchId(arg as u32) },
            32..=36 => Command::Propose { action: self.proposed(stop, arg)? },
            37..=40 => Command::ProposalRun { proposal: self.some_proposal(arg) },
            41 => Command::ProposalDecline { proposal: self.some_proposal(arg) },
            42 => Command::ProposalWithdraw { proposal: self.some_proposal(arg) },
            43 => Command::Page { stop, variables, start: arg as u64 % 2, count: 10 },
            44 => Command::Text { stop, variables, name: "x".into(), start: 0, count: 10 },
            45 => Command::Table { stop, variables, start: 0, count: 10, sort: None, descending: arg > 2 },
            46 if arg == 0 => Command::Modules,
            46 if arg < 3 => {
                let since = self.fold.busy.as_ref().map_or(0, |busy| busy.since);
                Command::Interrupt { since: since + u64::from(arg == 2) }
            }
            46 => Command::Activity { stop },
            47 => Command::Complete { stop, frame, text: self.code(), column: 1 },
            48 => Command::SetExpression { stop, frame, expression: "x".into(), value: self.code() },
            49 if arg < 3 => Command::StepInTargets { stop, frame },
            49 => Command::StepIn { stop, thread, target: Some(0) },
            50 => Command::Goto { stop, thread, path: "/app/a.py".into(), line: 5 },
            57 | 58 => self.about_a_visitor(true, arg),
            59 => self.about_a_visitor(false, arg),
            51..=55 => Command::ProposalRun { proposal: self.some_proposal(arg) },
            _ => Command::ProposalRun { proposal: ProposalId(arg as u32) },
        })
    }

    fn proposed(&mut self, stop: StopId, arg: usize) -> Option<Proposed> {
        let thread = None;
        let command = match self.next_command % 10 {
            0 => Command::Next { stop, thread },
            1 => Command::Continue { stop },
            2 => Command::Pause { after: stop },
            3 | 8 | 9 => self.evaluate(Some(stop), Some(FrameId(1))),
            4 => self.set_variable(stop, VariablesId(1)),
            5 => Command::WatchAdd { expression: self.code(), instead_of: None },
            6 if arg == 0 => Command::WheelTake,
            6 => read(stop, FrameId(1), arg),
            _ => {
                let condition = arg.is_multiple_of(2).then(|| self.code());
                let (path, line) = ("/app/a.py".into(), 7);
                let (function, hit_condition, log_message, snap) = (None, None, None, false);
                let draft =
                    BreakpointDraft { path, line, function, condition, hit_condition, log_message, snap };
                let some = self.fold.breakpoints.keys().nth(arg % 5).cloned();
                return Some(Proposed::Breakpoint { draft, instead_of: some });
            }
        };
        Some(Proposed::Command { command: Box::new(command) })
    }

    /// An open one if there is any.
    fn some_proposal(&self, arg: usize) -> ProposalId {
        let open: Vec<_> = self
            .fold
            .proposals
            .values()
            .filter(|view| view.end.is_none())
            .map(|view| view.proposal.id)
            .collect();
        open.get(arg % open.len().max(1)).copied().unwrap_or(ProposalId(arg as u32))
    }

    fn evaluate(&mut self, stop: Option<StopId>, frame: Option<FrameId>) -> Command {
        Command::Evaluate { stop, frame, expression: self.code(), context: Default::default() }
    }

    fn set_variable(&mut self, stop: StopId, variables: VariablesId) -> Command {
        Command::SetVariable { stop, variables, name: "x".into(), value: self.code() }
    }

    fn code(&mut self) -> String {
        self.next_code += 1;
        format!("code({})", self.next_code)
    }

    fn send(&mut self, socket: u64, command: Command) {
        let Some(who) = self.sockets.get(&socket).copied() else { return };
        let id = self.next_command;
        self.next_command += 1;
        self.open_commands.insert((socket, id), command.clone());
        self.promises.sent(&self.fold, self.people[who].id, &command);
        self.sender = Some(who);
        let before = self.execution_asked;
        let (phase, last) = (self.fold.phase.clone(), self.fold.last_stop);
        let meant = self.meant_for(&command);
        let message = ClientMessage { id: ClientSeq(id), command: command.clone() };
        self.input(Input::Command { connection: ConnectionId(socket), message });
        self.sender = None;
        if self.execution_asked > before {
            assert_eq!(phase, Phase::Stopped);
            assert_eq!(meant, Some(last), "a step meant for another stop was run: {command:?}");
        }
    }

    /// The stop that a step was sent for, or the one that it was proposed for.
    fn meant_for(&self, command: &Command) -> Option<StopId> {
        match command {
            Command::Continue { stop }
            | Command::Next { stop, .. }
            | Command::StepIn { stop, .. }
            | Command::StepOut { stop, .. } => Some(*stop),
            Command::ProposalRun { proposal } => match &self.fold.proposals.get(proposal)?.proposal.action {
                Proposed::Command { command } => self.meant_for(command),
                Proposed::Breakpoint { .. } => None,
            },
            _ => None,
        }
    }
}

fn read(stop: StopId, frame: FrameId, arg: usize) -> Command {
    let expression = PLAIN[arg % PLAIN.len()].into();
    Command::Evaluate { stop: Some(stop), frame: Some(frame), expression, context: Default::default() }
}
