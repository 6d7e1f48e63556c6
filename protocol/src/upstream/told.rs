//! What comes from the debuggee's side: events, and the ends of what was asked.

use super::{Answer, AskError, AskId, UpstreamBreakpoint};
use crate::ids::{EntryId, ThreadId};
use crate::model::SnapFrame;
use crate::wire::WireEvent;
use serde::{Deserialize, Serialize};

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

/// What a snap point captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamSnap {
    /// Whose.
    pub entry: EntryId,
    /// The thread's name.
    pub thread: String,
    /// Innermost first.
    pub frames: Vec<SnapFrame>,
    /// How often it was passed since its last capture, as the rate was over its limit.
    pub skipped: u32,
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
    /// A snap point captured something (our own event).
    Snap(UpstreamSnap),
    /// An entry was reached too often: it does nothing any more in that process (our own event).
    Disarmed {
        /// Which.
        entry: EntryId,
        /// Which turn of it: see `breakroom_upstream::Entry`.
        turn: u32,
        /// How often a second it was reached.
        per_second: u32,
    },
    /// An entry's condition, hit count or message raised; told once in each turn of it (our own event).
    EntryFailed {
        /// Which.
        entry: EntryId,
        /// Which turn of it: see `breakroom_upstream::Entry`.
        turn: u32,
        /// What was raised, as Python prints it.
        error: String,
    },
    /// A child process waits to be attached (`debugpyAttach`); it hangs until it is.
    Child(UpstreamChild),
    /// `terminated`: the program ended.
    Terminated,
}

/// What is known of the other end before it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prepared {
    /// Python's version.
    pub python: Option<String>,
    /// debugpy's version.
    pub debugpy: Option<String>,
    /// The program's process id, on its machine.
    pub pid: Option<i64>,
    /// Whether we were never attached to this very process before.
    pub fresh: bool,
}

/// How late an answer is. One that is told is followed by worse ones, or by its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Late {
    /// Longer than a moment.
    Slow,
    /// A person's code has had its time, and is being interrupted.
    Overdue,
    /// Nothing helped, or debugpy says nothing any more: only giving up the connection does.
    Stuck,
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
    /// The same, or what has no form here, as it came: for an editor on the wire.
    Wire(WireEvent),
    /// A connection that an editor attaches by is ready for its breakpoints.
    Prepared(Prepared),
    /// Something asked takes long; its end is still to come.
    Late {
        /// What was asked.
        ask: AskId,
        /// How long it has taken so far.
        for_ms: u64,
        /// How bad that is.
        late: Late,
    },
    /// Always the last. Every outstanding ask was answered with `Gone` before it.
    Closed {
        /// What broke, as a sentence.
        message: String,
    },
}
