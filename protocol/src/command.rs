//! What a participant asks for on the live socket.

use crate::ids::{ClientSeq, FrameId, ParticipantId, StopId, ThreadId, VariablesId};
use crate::model::ExceptionFilters;
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
    /// Runs code: evaluate an expression, in a frame if paused.
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
    /// Host: end the session; the program runs on.
    End,
    /// Host: run the target's restart action and attach again.
    Restart,
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
            Self::Hand { .. } => "hand",
            Self::GrantCode { .. } => "grant_code",
            Self::Remove { .. } => "remove",
            Self::End => "end",
            Self::Restart => "restart",
        }
    }
}
