//! What a participant asks for on the live socket.

use crate::UnixMillis;
use crate::ids::{
    ClientSeq, EntryId, FrameId, GuestId, ParticipantId, ProposalId, StopId, ThreadId, VariablesId, WatchId,
};
use crate::model::{AttachOptions, BreakpointDraft, EvaluateContext, ExceptionFilters};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One command with the client's own number: `{"id": 7, "command": "next", "stop": 3}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClientMessage {
    /// The reply carries it.
    pub id: ClientSeq,
    /// What is asked for.
    #[serde(flatten)]
    pub command: Command,
}

/// What is asked for. Commands that control execution say which stop they are meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Driver: run on.
    Continue {
        /// The stop it is meant for.
        stop: StopId,
    },
    /// Driver: step over.
    Next {
        /// The stop it is meant for.
        stop: StopId,
        /// The thread to step; absent: the one that stopped.
        #[serde(default)]
        #[ts(optional)]
        thread: Option<ThreadId>,
    },
    /// Driver: step into.
    StepIn {
        /// The stop it is meant for.
        stop: StopId,
        /// The thread to step; absent: the one that stopped.
        #[serde(default)]
        #[ts(optional)]
        thread: Option<ThreadId>,
        /// Which call of the line, by its number from `step_in_targets`; absent: the first.
        #[serde(default)]
        #[ts(optional)]
        target: Option<u32>,
    },
    /// Driver: step out.
    StepOut {
        /// The stop it is meant for.
        stop: StopId,
        /// The thread to step; absent: the one that stopped.
        #[serde(default)]
        #[ts(optional)]
        thread: Option<ThreadId>,
    },
    /// Driver: make another line of the same function the next one to run. A stop of reason `goto` follows.
    Goto {
        /// The stop it is meant for.
        stop: StopId,
        /// The thread; absent: the one that stopped.
        #[serde(default)]
        #[ts(optional)]
        thread: Option<ThreadId>,
        /// Absolute path on the target.
        path: String,
        /// Line, from 1.
        line: u32,
    },
    /// Anyone: which calls of a frame's line can be stepped into; the reply has them.
    StepInTargets {
        /// Which stop.
        stop: StopId,
        /// Which frame.
        frame: FrameId,
    },
    /// Driver: pause the running program.
    Pause {
        /// The last stop the sender knows of (0: none), so that a late click doesn't pause again.
        after: StopId,
    },
    /// Collaborator: at which exceptions the program stops from now on, for everybody.
    ExceptionFilters {
        /// All of them.
        filters: ExceptionFilters,
    },
    /// Collaborator: one's own breakpoints hold from now on, or don't.
    MuteMine {
        /// Whether they are passed over.
        muted: bool,
    },
    /// Driver or host: everybody's breakpoints hold from now on, or don't.
    MuteAll {
        /// Whether they are passed over.
        muted: bool,
    },
    /// Collaborator: a breakpoint that was disarmed, as it was reached too often, holds again.
    Rearm {
        /// Which.
        entry: EntryId,
    },
    /// Host: take the wheel at once, also from somebody.
    WheelTake,
    /// Collaborator: ask for it.
    WheelRequest,
    /// Withdraw one's own request.
    WheelWithdraw,
    /// Driver or host: hand it to somebody (a host or collaborator who is here).
    WheelGrant {
        /// To whom.
        to: ParticipantId,
    },
    /// Driver or host: decline somebody's request.
    WheelDecline {
        /// Whose.
        participant: ParticipantId,
    },
    /// Driver: let go of it.
    WheelRelease,
    /// Anyone: a thread's stack at the current stop, published to all.
    Stack {
        /// Which stop.
        stop: StopId,
        /// Which thread.
        thread: ThreadId,
        /// How many of its innermost frames, at most [`STACK_KEPT`](crate::fold::STACK_KEPT); absent: the first ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        frames: Option<u32>,
    },
    /// Anyone: a frame's scopes, published to all.
    Scopes {
        /// Which stop.
        stop: StopId,
        /// Which frame.
        frame: FrameId,
    },
    /// Anyone: a scope's variables or a value's children, published to all.
    Variables {
        /// Which stop.
        stop: StopId,
        /// Which set.
        variables: VariablesId,
    },
    /// Anyone: a page of a large list, tuple, dict or set, published to all.
    Page {
        /// Which stop.
        stop: StopId,
        /// Which set.
        variables: VariablesId,
        /// Index of the first item.
        #[ts(type = "number")]
        start: u64,
        /// How many, 1 to 500.
        count: u32,
    },
    /// Anyone: a piece of a long text or bytes value, published to all.
    Text {
        /// Which stop.
        stop: StopId,
        /// The set that the value is in.
        variables: VariablesId,
        /// Its name there.
        name: String,
        /// Index of the first character (or byte).
        #[ts(type = "number")]
        start: u64,
        /// How many, 1 to 65,536.
        count: u32,
    },
    /// Anyone: rows of a value that is a table, published to all.
    Table {
        /// Which stop.
        stop: StopId,
        /// The value's set.
        variables: VariablesId,
        /// Index of the first row.
        #[ts(type = "number")]
        start: u64,
        /// How many, 1 to 200.
        count: u32,
        /// Column to sort by.
        #[serde(default)]
        #[ts(optional)]
        sort: Option<String>,
        /// From large to small.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        descending: bool,
    },
    /// Anyone: what threads and asyncio tasks do at this stop, looked at anew and published to all.
    Activity {
        /// Which stop.
        stop: StopId,
    },
    /// Anyone: which modules the program has loaded; the reply has them.
    Modules,
    /// Whose code it is, the driver, or a host: what keeps the program busy is interrupted before it has had its time.
    Interrupt {
        /// As in [`Busy`](crate::Busy), so that nothing else is interrupted.
        #[ts(type = "number")]
        since: UnixMillis,
    },
    /// Runs code, but for plain names and literal subscripts of them: evaluate an expression, in a frame if paused.
    Evaluate {
        /// Which stop; absent: the program may be running.
        #[serde(default)]
        #[ts(optional)]
        stop: Option<StopId>,
        /// In which frame.
        #[serde(default)]
        #[ts(optional)]
        frame: Option<FrameId>,
        /// Python, at most 10,000 characters.
        expression: String,
        /// What for.
        #[serde(default)]
        #[ts(optional, as = "Option<EvaluateContext>")]
        context: EvaluateContext,
    },
    /// Runs code: what can complete a text; the reply has it.
    Complete {
        /// Which stop.
        stop: StopId,
        /// In which frame.
        frame: FrameId,
        /// What is typed, at most 10,000 characters.
        text: String,
        /// Where in it, in characters from 0.
        column: u32,
    },
    /// Runs code: set a variable.
    SetVariable {
        /// Which stop.
        stop: StopId,
        /// Which set it is in.
        variables: VariablesId,
        /// Its name there.
        name: String,
        /// A Python expression.
        value: String,
    },
    /// Runs code: set what an expression names.
    SetExpression {
        /// Which stop.
        stop: StopId,
        /// In which frame.
        frame: FrameId,
        /// What is set, such as `lamp.level` or `levels[3]`.
        expression: String,
        /// A Python expression.
        value: String,
    },
    /// Runs code, but for plain names and literal subscripts of them, which collaborators may: evaluate an expression at
    /// each stop, for everybody.
    WatchAdd {
        /// Python, at most 10,000 characters.
        expression: String,
        /// Who added it, or a host: the watch that is to be this one from now on, in its place.
        #[serde(default)]
        #[ts(optional)]
        instead_of: Option<WatchId>,
    },
    /// Who added it, or a host: remove a watch.
    WatchRemove {
        /// Which.
        watch: WatchId,
    },
    /// Anyone: offer an action to who may do it.
    Propose {
        /// What.
        action: Proposed,
    },
    /// Host, or for steps the driver: do what is proposed, by one's own right.
    ProposalRun {
        /// Which.
        proposal: ProposalId,
    },
    /// Host, or for steps the driver: don't.
    ProposalDecline {
        /// Which.
        proposal: ProposalId,
    },
    /// Who proposed it: take it back.
    ProposalWithdraw {
        /// Which.
        proposal: ProposalId,
    },
    /// Anyone: make sure that a file's text is captured; a `source` event says its hash.
    Source {
        /// Absolute path on the target: of a frame, a loaded module, or under a source root.
        path: String,
    },
    /// Anyone: a chat line.
    Chat {
        /// 1 to 4,000 characters.
        text: String,
    },
    /// Anyone: is the server there? It is answered at once: who doubts their network needn't hang up to find out.
    Alive,
    /// Anyone: raise or lower one's own hand.
    Hand {
        /// Up or down.
        raised: bool,
    },
    /// Host: let a collaborator run code while driving, or no longer.
    GrantCode {
        /// Who.
        participant: ParticipantId,
        /// Whether they may.
        granted: bool,
    },
    /// Host: remove somebody and end their tickets.
    Remove {
        /// Who.
        participant: ParticipantId,
    },
    /// Host: let somebody in who waits.
    Admit {
        /// Who.
        guest: GuestId,
    },
    /// Host: turn somebody away who waits.
    TurnAway {
        /// Who.
        guest: GuestId,
        /// A sentence for them, at most 200 characters.
        #[serde(default)]
        #[ts(optional)]
        message: Option<String>,
    },
    /// Host: attach to the program, in a session that waits for that.
    Start {
        /// How.
        #[serde(default)]
        #[ts(optional, as = "Option<AttachOptions>")]
        options: AttachOptions,
    },
    /// Host: end the session; the program runs on.
    End,
    /// Host: run the target's restart action and attach again.
    Restart,
}

/// What can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proposed {
    /// A command: of those that drive or run code, or `watch_add`.
    Command {
        /// Which.
        command: Box<Command>,
    },
    /// A breakpoint; it becomes the host's who agrees.
    Breakpoint {
        /// As it would be.
        draft: BreakpointDraft,
        /// The entry at that place that it is to be from now on, and its approver's; only a host decides about one that is
        /// neither theirs nor the proposer's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        instead_of: Option<EntryId>,
    },
}

impl Command {
    /// The name on the wire, for messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Continue { .. } => "continue",
            Self::Next { .. } => "next",
            Self::StepIn { .. } => "step_in",
            Self::StepOut { .. } => "step_out",
            Self::ExceptionFilters { .. } => "exception_filters",
            Self::Pause { .. } => "pause",
            Self::Goto { .. } => "goto",
            Self::StepInTargets { .. } => "step_in_targets",
            Self::MuteMine { .. } => "mute_mine",
            Self::MuteAll { .. } => "mute_all",
            Self::Rearm { .. } => "rearm",
            Self::Page { .. } => "page",
            Self::Text { .. } => "text",
            Self::Table { .. } => "table",
            Self::Activity { .. } => "activity",
            Self::Complete { .. } => "complete",
            Self::Modules => "modules",
            Self::Interrupt { .. } => "interrupt",
            Self::SetExpression { .. } => "set_expression",
            Self::WatchAdd { .. } => "watch_add",
            Self::WatchRemove { .. } => "watch_remove",
            Self::Propose { .. } => "propose",
            Self::ProposalRun { .. } => "proposal_run",
            Self::ProposalDecline { .. } => "proposal_decline",
            Self::ProposalWithdraw { .. } => "proposal_withdraw",
            Self::WheelTake => "wheel_take",
            Self::WheelRequest => "wheel_request",
            Self::WheelWithdraw => "wheel_withdraw",
            Self::WheelGrant { .. } => "wheel_grant",
            Self::WheelDecline { .. } => "wheel_decline",
            Self::WheelRelease => "wheel_release",
            Self::Stack { .. } => "stack",
            Self::Scopes { .. } => "scopes",
            Self::Variables { .. } => "variables",
            Self::Evaluate { .. } => "evaluate",
            Self::SetVariable { .. } => "set_variable",
            Self::Source { .. } => "source",
            Self::Chat { .. } => "chat",
            Self::Alive => "alive",
            Self::Hand { .. } => "hand",
            Self::GrantCode { .. } => "grant_code",
            Self::Remove { .. } => "remove",
            Self::Admit { .. } => "admit",
            Self::TurnAway { .. } => "turn_away",
            Self::Start { .. } => "start",
            Self::End => "end",
            Self::Restart => "restart",
        }
    }
}
