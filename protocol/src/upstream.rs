//! What the session asks of the debuggee's side and hears from it, in DAP's terms but typed.
//!
//! Only requests that debugpy is known to finish have a variant: one that it doesn't know bricks its adapter
//! for good, so such a request can't even be expressed. The ids here are debugpy's own; participants never see them.

use crate::ids::{EntryId, ThreadId};
use crate::model::ExceptionFilters;
use crate::plain::PlainRead;
use serde::{Deserialize, Serialize};

/// debugpy's `frameId`; dies at resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpstreamFrame(pub i64);

/// debugpy's `variablesReference`; dies at resume. 0 means "no children" in DAP and never stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpstreamReference(pub i64);

/// The session's number for something it asked; the answer carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u64);

/// How a request queues: debugpy's adapter serves strictly one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Execution control and breakpoints: sent at once.
    Control,
    /// The server's own capture at a stop: before people's browsing.
    Capture,
    /// What people expand: waits while anything else is outstanding.
    Browse,
}

/// One line breakpoint as DAP's `SourceBreakpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceBreakpoint {
    /// Line, from 1.
    pub line: u32,
    /// Python expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// debugpy hit condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hit_condition: Option<String>,
    /// Print instead of stopping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_message: Option<String>,
}

/// The whitelist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// `continue`; must only be asked while paused.
    Continue(ThreadId),
    /// `next`
    Next(ThreadId),
    /// `stepIn`
    StepIn(ThreadId),
    /// `stepOut`
    StepOut(ThreadId),
    /// `pause`
    Pause(ThreadId),
    /// `threads`
    Threads,
    /// `stackTrace`
    StackTrace {
        /// Whose.
        thread: ThreadId,
        /// How many frames at most.
        levels: u32,
    },
    /// `scopes`
    Scopes(UpstreamFrame),
    /// `variables`
    Variables(UpstreamReference),
    /// `evaluate`, with `context: "repl"`.
    Evaluate {
        /// In which frame; `None`: globally (in `__main__`'s namespace, never in pydevd's own).
        frame: Option<UpstreamFrame>,
        /// What.
        expression: String,
    },
    /// Our own frameless evaluation: looks a plain name up in a frame, and literal subscripts in what it finds, on exact
    /// built-in types only, so that nothing of the program runs. [`Request::Variables`] of the answer shows the value.
    Read {
        /// In which frame.
        frame: UpstreamFrame,
        /// What.
        read: PlainRead,
    },
    /// `setVariable`
    SetVariable {
        /// Which set.
        reference: UpstreamReference,
        /// Its name.
        name: String,
        /// A Python expression.
        value: String,
    },
    /// `setBreakpoints` for one file; replaces that file's list.
    SetBreakpoints {
        /// Absolute path on the target, never empty.
        path: String,
        /// At most one per line.
        breakpoints: Vec<SourceBreakpoint>,
    },
    /// `setExceptionBreakpoints`
    SetExceptionBreakpoints(ExceptionFilters),
    /// Our own frameless evaluation: the `raised` filter stops once a raise, not once a frame. After each
    /// [`Request::SetExceptionBreakpoints`].
    RaisedOnce,
    /// Our own frameless evaluation: whose entries stopped the program at a line with several.
    Matched {
        /// The line's name in its condition.
        line: String,
    },
    /// Our own frameless evaluation: the text of a file of the program.
    ReadSource {
        /// Absolute path on the target, as a participant or a frame gave it. Hostile.
        path: String,
        /// Source roots of the target: files under them may be read too.
        roots: Vec<String>,
        /// A frame of the current stop named this path, so it is the program's.
        named_by_frame: bool,
    },
}

impl Request {
    /// DAP command.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Continue(_) => "continue",
            Self::Next(_) => "next",
            Self::StepIn(_) => "stepIn",
            Self::StepOut(_) => "stepOut",
            Self::Pause(_) => "pause",
            Self::Threads => "threads",
            Self::StackTrace { .. } => "stackTrace",
            Self::Scopes(_) => "scopes",
            Self::Variables(_) => "variables",
            Self::SetExceptionBreakpoints(_) => "setExceptionBreakpoints",
            Self::Evaluate { .. }
            | Self::Read { .. }
            | Self::RaisedOnce
            | Self::Matched { .. }
            | Self::ReadSource { .. } => "evaluate",
            Self::SetVariable { .. } => "setVariable",
            Self::SetBreakpoints { .. } => "setBreakpoints",
        }
    }
}

/// A frame as debugpy gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFrameInfo {
    /// Its id.
    pub id: UpstreamFrame,
    /// Function name.
    pub name: String,
    /// Absolute path, if it has a file.
    pub path: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// `presentationHint` is `subtle` or `label`.
    pub subtle: bool,
}

/// A scope as debugpy gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamScope {
    /// Its name.
    pub name: String,
    /// Its variables.
    pub reference: UpstreamReference,
    /// DAP's `expensive`.
    pub expensive: bool,
}

/// A variable as debugpy gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamVariable {
    /// Its name.
    pub name: String,
    /// Its value's text, uncut.
    pub value: String,
    /// Its type's name, or empty.
    pub type_name: String,
    /// Its children.
    pub reference: Option<UpstreamReference>,
    /// DAP's `evaluateName`.
    pub evaluate_name: Option<String>,
}

/// One entry of a `setBreakpoints` answer, in the order asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamBreakpoint {
    /// debugpy's id for it, new at every `setBreakpoints`.
    pub id: Option<i64>,
    /// Whether it can be hit.
    pub verified: bool,
    /// Where it really is.
    pub line: Option<u32>,
    /// Why not.
    pub message: Option<String>,
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Execution control was accepted.
    Done,
    /// To `Threads`.
    Threads(Vec<crate::model::Thread>),
    /// To `StackTrace`.
    Stack {
        /// Innermost first.
        frames: Vec<UpstreamFrameInfo>,
        /// DAP's `totalFrames`, or the number given.
        total: u32,
    },
    /// To `Scopes`.
    Scopes(Vec<UpstreamScope>),
    /// To `Variables`.
    Variables(Vec<UpstreamVariable>),
    /// To `Evaluate` and `SetVariable`: the value, its name left empty.
    Value(UpstreamVariable),
    /// To `Read`: a set whose only variable is what was read, named as it was asked for.
    Held(UpstreamReference),
    /// To `SetBreakpoints`.
    Breakpoints(Vec<UpstreamBreakpoint>),
    /// To `Matched`.
    Matched(Vec<EntryId>),
    /// To `ReadSource`.
    Source {
        /// The whole text, newlines as in the file.
        text: String,
    },
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// debugpy answered `success: false`.
    #[error("{0}")]
    Refused(String),
    /// No answer before the deadline.
    #[error("debugpy did not answer `{0}` in time")]
    TimedOut(&'static str),
    /// The answer has a shape we don't know.
    #[error("debugpy answered `{0}` with something else than the protocol says")]
    Garbled(&'static str),
    /// The connection ended first.
    #[error("the connection to debugpy ended")]
    Gone,
    /// Dropped from the queue unsent, as the program was resumed meanwhile.
    #[error("the program was resumed before it was asked")]
    Dropped,
    /// `Read`: something of the program would run; what, as a sentence.
    #[error("{0}")]
    RunsCode(String),
    /// `ReadSource`: the path is no file of the program and lies under no source root.
    #[error("the file is no part of the program")]
    NotOfProgram,
    /// `ReadSource`: it is, but can't be read (missing, over the limit, not text).
    #[error("{0}")]
    Unreadable(String),
}

/// A child process as debugpy announced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamChild {
    /// debugpy's name for it.
    pub name: String,
    /// Its process id on the target.
    pub pid: Option<i64>,
    /// The arguments of its own `attach`, a JSON object: debugpy's, given back as they came.
    pub arguments: String,
}

/// What the debuggee's side tells, unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamEvent {
    /// `stopped`
    Stopped {
        /// DAP reason.
        reason: String,
        /// DAP description.
        description: Option<String>,
        /// DAP text.
        text: Option<String>,
        /// The thread; debugpy always names one.
        thread: ThreadId,
    },
    /// `continued`; its thread may be another's.
    Continued,
    /// `output`, telemetry left out.
    Output {
        /// Which stream.
        category: crate::model::OutputCategory,
        /// Its text.
        text: String,
    },
    /// `breakpoint`: debugpy changed its mind about one, for example when its module was loaded.
    Breakpoint(UpstreamBreakpoint),
    /// A child process waits to be attached (`debugpyAttach`); it hangs until it is.
    Child(UpstreamChild),
    /// `terminated`: the program ended.
    Terminated,
}

/// Everything that comes from upstream, in the order in which it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromUpstream {
    /// Unasked.
    Event(UpstreamEvent),
    /// The one end of something asked.
    Answer {
        /// What was asked.
        ask: AskId,
        /// How it ended.
        outcome: Result<Answer, AskError>,
    },
    /// Always the last. Every outstanding ask was answered with `Gone` before it.
    Closed {
        /// What broke, as a sentence.
        message: String,
    },
}
