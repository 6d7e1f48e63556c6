//! The journal's events: everything that happens in a session, and all that participants are shown.
//!
//! Invariant: what a client shows is a fold of these ([`crate::fold`]), so live, resume and replay can't differ.

use crate::ids::{
    EntryId, FrameId, JournalSeq, NoteId, ParticipantId, ProcessId, SourceHash, StopId, ThreadId, VariablesId,
};
use crate::model::{
    BreakpointEntry, BreakpointResult, EndReason, ExceptionFilters, Frame, LeaveReason, Note, Outcome,
    OutputCategory, Participant, ProcessInfo, ResumeKind, Scope, SessionInfo, Thread, UnixMillis, Variable,
    WheelReason,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One numbered event, as on the live socket, in a recording and in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Envelope {
    /// Its number.
    pub seq: JournalSeq,
    /// When the server decided it.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// Who caused it; `None`: the program or the server.
    pub by: Option<ParticipantId>,
    /// What happened.
    pub event: Event,
}

/// What happened. On the wire `{"type": "stopped", …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Always the first.
    SessionStarted {
        /// What is debugged, since when, by whom.
        session: SessionInfo,
    },
    /// The debugger is attached and the program runs (again).
    Attached {
        /// Interpreter's version, such as `3.11.7`.
        python: Option<String>,
        /// debugpy's version.
        debugpy: Option<String>,
        /// Process id on the target.
        #[ts(type = "number | null")]
        pid: Option<i64>,
    },
    /// The connection to debugpy broke; the program runs on without us.
    Lost {
        /// What broke, as a sentence.
        message: String,
    },
    /// The target's restart action is running.
    Restarting,
    /// Always the last.
    Ended {
        /// Why.
        reason: EndReason,
        /// The same for people.
        message: String,
    },
    /// Somebody's first connection.
    Joined {
        /// Who.
        participant: Participant,
    },
    /// Somebody's last connection closed, or they were removed.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// A host lets a collaborator run code while driving, or no longer.
    CodeRight {
        /// Who.
        participant: ParticipantId,
        /// Whether they may.
        granted: bool,
    },
    /// Somebody asks for the wheel.
    WheelRequested {
        /// Who.
        participant: ParticipantId,
    },
    /// A request was withdrawn or declined.
    WheelRequestDropped {
        /// Whose.
        participant: ParticipantId,
    },
    /// Who drives changed.
    Wheel {
        /// The driver now.
        driver: Option<ParticipantId>,
        /// Why it changed.
        reason: WheelReason,
    },
    /// Somebody asked for a pause; a `stopped` follows.
    PauseRequested,
    /// The program runs.
    Resumed {
        /// The stop that it left.
        stop: StopId,
        /// How.
        how: ResumeKind,
    },
    /// The program is paused. Threads, stack, scopes and variables follow as events of their own.
    Stopped {
        /// Its number.
        stop: StopId,
        /// DAP reason: `breakpoint`, `step`, `pause`, `exception`, `goto`, `function breakpoint` …
        reason: String,
        /// DAP description, if any.
        description: Option<String>,
        /// DAP text, if any (an exception's).
        text: Option<String>,
        /// The thread that stopped.
        thread: ThreadId,
        /// Its process; thread ids of two processes may be equal.
        #[serde(default)]
        process: ProcessId,
    },
    /// A child process was attached, or now waits to be shown, or no longer does.
    Process {
        /// Its state now.
        process: ProcessInfo,
    },
    /// A child process ended, or was let go.
    ProcessEnded {
        /// Which.
        process: ProcessId,
    },
    /// Whose breakpoint entries a stop hit; follows the stack, which says the line.
    Hit {
        /// Which stop.
        stop: StopId,
        /// The entries on that line.
        entries: Vec<EntryId>,
    },
    /// The threads at a stop.
    Threads {
        /// Which stop.
        stop: StopId,
        /// All of them.
        threads: Vec<Thread>,
    },
    /// A thread's stack at a stop.
    Stack {
        /// Which stop.
        stop: StopId,
        /// Which thread.
        thread: ThreadId,
        /// Innermost first; may be fewer than `total`.
        frames: Vec<Frame>,
        /// Number of frames in all.
        total: u32,
    },
    /// A frame's scopes.
    Scopes {
        /// Which stop.
        stop: StopId,
        /// Which frame.
        frame: FrameId,
        /// Its scopes.
        scopes: Vec<Scope>,
    },
    /// The variables of a scope or the children of a value.
    Variables {
        /// Which stop.
        stop: StopId,
        /// Which set.
        variables: VariablesId,
        /// As debugpy gave them.
        items: Vec<Variable>,
        /// Whether some were left out (over 500 in one set).
        truncated: bool,
    },
    /// Somebody evaluated something.
    Evaluated {
        /// At which stop, if paused.
        stop: Option<StopId>,
        /// In which frame; `None`: globally.
        frame: Option<FrameId>,
        /// What.
        expression: String,
        /// With what outcome.
        outcome: Outcome,
    },
    /// Somebody set a variable. The new value is already in this event.
    VariableSet {
        /// Which stop.
        stop: StopId,
        /// Which set it is in.
        variables: VariablesId,
        /// Its new state.
        item: Variable,
    },
    /// Output of the program or the debugger.
    Output {
        /// Which stream.
        category: OutputCategory,
        /// The text, with its newlines; at most 4 KiB an event, so that a snapshot of the newest ones
        /// stays small.
        text: String,
        /// Which process said it.
        #[serde(default)]
        process: ProcessId,
    },
    /// The text of a file was captured.
    Source {
        /// Absolute path on the target.
        path: String,
        /// Its text's hash.
        hash: SourceHash,
        /// Number of lines.
        lines: u32,
    },
    /// A breakpoint entry was made or changed.
    BreakpointSet {
        /// Its state now.
        entry: BreakpointEntry,
    },
    /// A breakpoint entry is gone.
    BreakpointRemoved {
        /// Which.
        id: EntryId,
    },
    /// At which exceptions the program stops now.
    ExceptionFilters {
        /// All of them.
        filters: ExceptionFilters,
    },
    /// What debugpy made of a file's entries.
    BreakpointsResolved {
        /// One per enabled entry of the file.
        results: Vec<BreakpointResult>,
    },
    /// A note was made or changed.
    NoteSet {
        /// Its state now.
        note: Note,
    },
    /// A note is gone.
    NoteRemoved {
        /// Which.
        id: NoteId,
    },
    /// A chat line; `by` says whose.
    Chat {
        /// At most 4,000 characters.
        text: String,
    },
    /// A raised hand, or lowered.
    Hand {
        /// Whose.
        participant: ParticipantId,
        /// Up or down.
        raised: bool,
    },
    /// Events from this number up to and including `to` could not be kept.
    Gap {
        /// The last lost number.
        to: JournalSeq,
        /// Why, as a sentence.
        reason: String,
    },
}

impl Event {
    /// The name that `type` has on the wire; the database keeps it beside the body.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SessionStarted { .. } => "session_started",
            Self::Attached { .. } => "attached",
            Self::Lost { .. } => "lost",
            Self::Restarting => "restarting",
            Self::Ended { .. } => "ended",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::CodeRight { .. } => "code_right",
            Self::WheelRequested { .. } => "wheel_requested",
            Self::WheelRequestDropped { .. } => "wheel_request_dropped",
            Self::Wheel { .. } => "wheel",
            Self::PauseRequested => "pause_requested",
            Self::Resumed { .. } => "resumed",
            Self::Stopped { .. } => "stopped",
            Self::Process { .. } => "process",
            Self::ProcessEnded { .. } => "process_ended",
            Self::Hit { .. } => "hit",
            Self::Threads { .. } => "threads",
            Self::Stack { .. } => "stack",
            Self::Scopes { .. } => "scopes",
            Self::Variables { .. } => "variables",
            Self::Evaluated { .. } => "evaluated",
            Self::VariableSet { .. } => "variable_set",
            Self::Output { .. } => "output",
            Self::Source { .. } => "source",
            Self::BreakpointSet { .. } => "breakpoint_set",
            Self::BreakpointRemoved { .. } => "breakpoint_removed",
            Self::ExceptionFilters { .. } => "exception_filters",
            Self::BreakpointsResolved { .. } => "breakpoints_resolved",
            Self::NoteSet { .. } => "note_set",
            Self::NoteRemoved { .. } => "note_removed",
            Self::Chat { .. } => "chat",
            Self::Hand { .. } => "hand",
            Self::Gap { .. } => "gap",
        }
    }
}
