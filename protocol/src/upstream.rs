//! What the session asks of the debuggee's side and hears from it, in DAP's terms but typed.
//!
//! Only requests that debugpy is known to finish have a variant: one that it doesn't know bricks its adapter
//! for good, so such a request can't even be expressed. The ids here are debugpy's own; participants never see them.

mod told;

use crate::ids::{EntryId, SourceHash, ThreadId};
use crate::model::{Completion, ExceptionFilters, Module, StepInTarget, TablePage, Task, ThreadActivity};
use crate::plain::PlainRead;
use crate::wire::{WireRequest, WireResponse};
use serde::{Deserialize, Serialize};

pub use told::*;

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

/// One function breakpoint as DAP's `FunctionBreakpoint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionBreakpoint {
    /// The function's own name, without dots: pydevd compares nothing else.
    pub name: String,
    /// Python expression, evaluated in the function's frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
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
        /// The first that is wanted; 0: the innermost.
        start: u32,
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
    /// Our own evaluation in a frame: set a variable. debugpy's own request answers success with the old value where it
    /// fails, or doesn't say why.
    Assign {
        /// In which frame the value is evaluated, once.
        frame: UpstreamFrame,
        /// Which set.
        reference: UpstreamReference,
        /// Its name there.
        name: String,
        /// A Python expression.
        value: String,
    },
    /// Our own evaluation in a frame: set what an expression names.
    AssignExpression {
        /// In which frame.
        frame: UpstreamFrame,
        /// A name, an attribute or an item.
        target: String,
        /// A Python expression, evaluated once.
        value: String,
    },
    /// Our own evaluation in a frame: a value's whole text, up to a million characters.
    Copy {
        /// In which frame.
        frame: UpstreamFrame,
        /// What.
        expression: String,
    },
    /// Our own evaluation in a frame: what can complete a text. debugpy's own request isn't used, as it leaves one that
    /// fails without an answer, for ever.
    Complete {
        /// In which frame.
        frame: UpstreamFrame,
        /// What is typed.
        text: String,
        /// Where in it, in characters from 0.
        column: u32,
    },
    /// Our own frameless evaluation: items of a large container.
    Page {
        /// Which set.
        reference: UpstreamReference,
        /// Index of the first.
        start: u64,
        /// How many.
        count: u32,
    },
    /// Our own frameless evaluation: a piece of a text or of bytes.
    Text {
        /// The set that the value is in.
        reference: UpstreamReference,
        /// Its name there.
        name: String,
        /// Index of the first character or byte.
        start: u64,
        /// How many.
        count: u32,
    },
    /// Our own frameless evaluation: rows of a value that is a table.
    Table {
        /// The value's set.
        reference: UpstreamReference,
        /// Index of the first row.
        start: u64,
        /// How many.
        count: u32,
        /// Column to sort by.
        sort: Option<String>,
        /// From large to small.
        descending: bool,
    },
    /// Our own frameless evaluation: what threads and asyncio tasks do.
    Activity,
    /// Our own frameless evaluation, before a thread's stack is asked for: if it isn't paused, as it is in native code, its
    /// frames' variables are made readable, which debugpy refuses.
    Adopt(ThreadId),
    /// `stepInTargets`
    StepInTargets(UpstreamFrame),
    /// `stepIn` with a `targetId`
    StepInTarget {
        /// Which thread.
        thread: ThreadId,
        /// By its number from [`Request::StepInTargets`], the last one asked of this thread.
        target: u32,
    },
    /// `gotoTargets`; debugpy offers any line, and says at [`Request::Goto`] whether it can be had.
    GotoTargets {
        /// Absolute path on the target.
        path: String,
        /// Line, from 1.
        line: u32,
    },
    /// `goto`; `continued` and `stopped` follow if it works. Must only be asked while paused, of the thread that stopped.
    Goto {
        /// Which thread.
        thread: ThreadId,
        /// By its number from [`Request::GotoTargets`].
        target: i64,
    },
    /// `setBreakpoints` for one file; replaces that file's list.
    SetBreakpoints {
        /// Absolute path on the target, never empty.
        path: String,
        /// At most one per line.
        breakpoints: Vec<SourceBreakpoint>,
    },
    /// `setFunctionBreakpoints`; replaces all of them. debugpy calls any name verified: ask
    /// [`Request::FindFunctions`] after it.
    SetFunctionBreakpoints {
        /// At most one per name.
        breakpoints: Vec<FunctionBreakpoint>,
    },
    /// Our own frameless evaluation: which functions of these dotted names are loaded, and can be stopped at.
    FindFunctions {
        /// Each `name`, `Class.name`, `package.module.name` …
        names: Vec<String>,
    },
    /// Our own frameless evaluation: which of these files differ from their captured text.
    CheckSources {
        /// Paths with their texts' hashes.
        known: Vec<(String, SourceHash)>,
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
    /// Our own frameless evaluation: how often snap points were passed without a capture since that was told last.
    SnapsPassed,
    /// Our own frameless evaluation: which modules are loaded.
    Modules,
    /// Our own frameless evaluation: a person's code that runs in a paused thread is interrupted, which its own ask then tells.
    Interrupt {
        /// Where it runs. `None`: what has run for longest.
        frame: Option<UpstreamFrame>,
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
    /// An editor's own, as it came.
    Wire(WireRequest),
}

impl Request {
    /// Whether it runs code that may take as long as it likes: a person's, or what makes up a value.
    #[must_use]
    pub fn runs_code(&self) -> bool {
        if let Self::Wire(request) = self {
            return request.runs_code();
        }
        matches!(
            self,
            Self::Evaluate { .. }
                | Self::Assign { .. }
                | Self::AssignExpression { .. }
                | Self::Copy { .. }
                | Self::Complete { .. }
                | Self::Variables(_)
        )
    }

    /// Whether it lets the program run, from the moment on that it is sent.
    #[must_use]
    pub fn resumes(&self) -> bool {
        match self {
            Self::Wire(request) => request.resumes(),
            Self::Continue(_)
            | Self::Next(_)
            | Self::StepIn(_)
            | Self::StepInTarget { .. }
            | Self::StepOut(_)
            | Self::Goto { .. } => true,
            _ => false,
        }
    }

    /// Whether debugpy would never answer it while the program runs: `continue` and `goto` wait for a pause.
    #[must_use]
    pub fn needs_pause(&self) -> bool {
        self.resumes() && matches!(self.command(), "continue" | "goto")
    }

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
            Self::StepInTarget { .. } => "stepIn",
            Self::StepInTargets(_) => "stepInTargets",
            Self::GotoTargets { .. } => "gotoTargets",
            Self::Goto { .. } => "goto",
            Self::Evaluate { .. }
            | Self::Read { .. }
            | Self::RaisedOnce
            | Self::Matched { .. }
            | Self::SnapsPassed
            | Self::FindFunctions { .. }
            | Self::CheckSources { .. }
            | Self::ReadSource { .. }
            | Self::Modules
            | Self::Interrupt { .. }
            | Self::Assign { .. }
            | Self::AssignExpression { .. }
            | Self::Copy { .. }
            | Self::Complete { .. }
            | Self::Page { .. }
            | Self::Text { .. }
            | Self::Table { .. }
            | Self::Activity
            | Self::Adopt(_) => "evaluate",
            Self::SetFunctionBreakpoints { .. } => "setFunctionBreakpoints",
            Self::SetBreakpoints { .. } => "setBreakpoints",
            Self::Wire(request) => request.command(),
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

/// What there is of a function by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionFound {
    /// It is loaded and can be stopped at.
    Here,
    /// None is loaded.
    Nowhere,
    /// Only in library code, which isn't traced (`just_my_code`).
    Library,
    /// A coroutine or generator, whose begin Python before 3.12 doesn't tell debugpy of.
    Suspends,
}

/// A file that differs from its captured text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDiffers {
    /// Which.
    pub path: String,
    /// Whether the module was loaded from it again since its text was captured, so that what runs is the new one.
    pub reloaded: bool,
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
    /// To `Evaluate`, `Assign`, `AssignExpression` and `Copy`: the value, its name left empty.
    Value(UpstreamVariable),
    /// To `Read`: a set whose only variable is what was read, named as it was asked for.
    Held(UpstreamReference),
    /// To `SetBreakpoints`.
    Breakpoints(Vec<UpstreamBreakpoint>),
    /// To `Matched`.
    Matched(Vec<EntryId>),
    /// To `SnapsPassed`.
    SnapsPassed {
        /// Those that were, at least once, and are no longer.
        counts: Vec<(EntryId, u32)>,
        /// Whether there will be more to tell.
        more: bool,
    },
    /// To `Page`.
    Page {
        /// Number of items in all.
        total: u64,
        /// Those asked for.
        items: Vec<UpstreamVariable>,
    },
    /// To `Text`.
    Text {
        /// Number of characters or bytes in all.
        total: u64,
        /// The piece.
        text: String,
    },
    /// To `Table`.
    Table(TablePage),
    /// To `Activity`.
    Activity {
        /// Of threads.
        threads: Vec<ThreadActivity>,
        /// Of tasks.
        tasks: Vec<Task>,
        /// Number of tasks in all.
        total_tasks: u32,
    },
    /// To `Adopt`.
    Adopted {
        /// Whether debugpy holds the thread.
        held: bool,
    },
    /// To `Complete`, best first.
    Completions(Vec<Completion>),
    /// To `Modules`, the program's own first.
    Modules(Vec<Module>),
    /// To `StepInTargets`, in the order in which they are called.
    StepInTargets(Vec<StepInTarget>),
    /// To `GotoTargets`: the first one's number.
    GotoTarget(Option<i64>),
    /// To `FindFunctions`, in the order asked.
    Functions(Vec<FunctionFound>),
    /// To `CheckSources`: those that differ.
    Differing(Vec<SourceDiffers>),
    /// To `ReadSource`.
    Source {
        /// The whole text, newlines as in the file.
        text: String,
    },
    /// To `Wire`: whatever it is, a refusal too.
    Wire(WireResponse),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// debugpy answered `success: false`.
    #[error("{0}")]
    Refused(String),
    /// Part of what was asked for isn't there, or it is too much.
    #[error("{0}")]
    OutOfRange(String),
    /// No answer before the deadline.
    #[error("debugpy did not answer `{0}` in time")]
    TimedOut(&'static str),
    /// The answer has a shape we don't know.
    #[error("debugpy answered `{0}` with something else than the protocol says")]
    Garbled(&'static str),
    /// It never ended, so the connection was given up.
    #[error("it did not end and could not be interrupted")]
    GivenUp,
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
