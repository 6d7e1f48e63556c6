//! The journal's events: everything that happens in a session, and all that participants are shown.
//!
//! Invariant: what a client shows is a fold of these ([`crate::fold`]), so live, resume and replay can't differ.

use crate::ids::{
    EntryId, FrameId, JournalSeq, NoteId, ParticipantId, ProcessId, ProposalId, SourceHash, StopId, ThreadId,
    VariablesId, WatchId,
};
use crate::model::{
    AttachChoice, BreakpointEntry, BreakpointResult, Busy, EndReason, EvaluateContext, ExceptionFilters,
    Frame, LeaveReason, Note, Outcome, OutputCategory, Part, Participant, ProcessInfo, Proposal, ProposalEnd,
    Reply, ResumeKind, Scope, SessionInfo, Snap, TablePage, Task, Thread, ThreadActivity, UnixMillis,
    Variable, Watch, WheelReason,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

fn nothing_before(start: &u32) -> bool {
    *start == 0
}

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
        /// How it was attached to.
        #[serde(default, skip_serializing_if = "AttachChoice::is_none")]
        #[ts(optional, as = "Option<AttachChoice>")]
        choice: AttachChoice,
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
    /// A host let somebody in who waited; `by` says who did.
    Admitted {
        /// Whom.
        participant: Participant,
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
        /// How many frames before these were told already.
        #[serde(default, skip_serializing_if = "nothing_before")]
        #[ts(optional, as = "Option<u32>")]
        start: u32,
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
    /// A page of a large container.
    Page {
        /// Which stop.
        stop: StopId,
        /// Which set.
        variables: VariablesId,
        /// Index of the first item.
        #[ts(type = "number")]
        start: u64,
        /// Number of items in all.
        #[ts(type = "number")]
        total: u64,
        /// The items, in the container's order.
        items: Vec<Variable>,
    },
    /// A piece of a long text or bytes value.
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
        /// Number of characters (or bytes) in all.
        #[ts(type = "number")]
        total: u64,
        /// The piece; bytes as in a Python literal, without its quotes.
        text: String,
    },
    /// Rows of a value that is a table.
    Table {
        /// Which stop.
        stop: StopId,
        /// The value's set.
        variables: VariablesId,
        /// The rows.
        table: TablePage,
    },
    /// What threads and asyncio tasks do at a stop.
    Activity {
        /// Which stop.
        stop: StopId,
        /// Of threads.
        threads: Vec<ThreadActivity>,
        /// Of tasks, at most 500.
        tasks: Vec<Task>,
        /// Number of tasks in all.
        total_tasks: u32,
    },
    /// Parts of a stop that aren't kept any longer: whoever joins gets all that is, so it is bounded. Who asks gets them anew.
    Dropped {
        /// Which stop.
        stop: StopId,
        /// What.
        parts: Vec<Part>,
    },
    /// debugpy is busy with something for longer than a moment, or no longer is.
    Busy {
        /// With what; `None`: no longer.
        busy: Option<Busy>,
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
        /// What for.
        #[serde(default)]
        context: EvaluateContext,
        /// Events from this number on came while it ran; `None`: it was only read, or that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        since: Option<JournalSeq>,
    },
    /// Somebody set what an expression names.
    ExpressionSet {
        /// Which stop.
        stop: StopId,
        /// In which frame.
        frame: FrameId,
        /// What was set.
        expression: String,
        /// Its value now.
        item: Variable,
    },
    /// A watch was added, or is another expression from now on.
    WatchSet {
        /// Which.
        watch: Watch,
    },
    /// A watch is gone.
    WatchRemoved {
        /// Which.
        watch: WatchId,
    },
    /// What a watch is at a stop.
    WatchValue {
        /// Which stop.
        stop: StopId,
        /// Which watch.
        watch: WatchId,
        /// Its value, or why there is none.
        outcome: Outcome,
    },
    /// Somebody proposes something.
    ProposalMade {
        /// What.
        proposal: Proposal,
    },
    /// A proposal was decided on, or has become meaningless; `by` says who decided.
    ProposalEnded {
        /// Which.
        proposal: ProposalId,
        /// How.
        how: ProposalEnd,
        /// What came of it, as a sentence, if there is something to say.
        message: Option<String>,
        /// What an evaluation gave.
        outcome: Option<Outcome>,
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
    /// Whose breakpoints are passed over.
    Muted {
        /// Everybody's.
        all: bool,
        /// Theirs.
        participants: Vec<ParticipantId>,
    },
    /// A breakpoint was reached so often that it was taken out of the program until somebody rearms it.
    BreakpointDisarmed {
        /// Which.
        id: EntryId,
        /// How often a second it was reached.
        per_second: u32,
    },
    /// It holds again.
    BreakpointRearmed {
        /// Which.
        id: EntryId,
    },
    /// A snap point captured something.
    Snap {
        /// What.
        snap: Snap,
    },
    /// A snap point was passed without a capture, as the rate is over its limit, and nothing was captured since.
    SnapsPassed {
        /// Which.
        entry: EntryId,
        /// How often since its last capture, or since this was told last.
        count: u32,
    },
    /// A file on the target differs from its captured text, or no longer does.
    SourceDrift {
        /// Absolute path on the target.
        path: String,
        /// Whether.
        drifted: bool,
    },
    /// A note was made or changed.
    NoteSet {
        /// Its state now.
        note: Note,
    },
    /// A note is gone, and its replies with it.
    NoteRemoved {
        /// Which.
        id: NoteId,
    },
    /// A reply to a note was made or changed.
    ReplySet {
        /// Its state now.
        reply: Reply,
    },
    /// A reply is gone.
    ReplyRemoved {
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
            Self::Admitted { .. } => "admitted",
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
            Self::Page { .. } => "page",
            Self::Text { .. } => "text",
            Self::Table { .. } => "table",
            Self::Activity { .. } => "activity",
            Self::Dropped { .. } => "dropped",
            Self::Busy { .. } => "busy",
            Self::Evaluated { .. } => "evaluated",
            Self::ExpressionSet { .. } => "expression_set",
            Self::WatchSet { .. } => "watch_set",
            Self::WatchRemoved { .. } => "watch_removed",
            Self::WatchValue { .. } => "watch_value",
            Self::ProposalMade { .. } => "proposal_made",
            Self::ProposalEnded { .. } => "proposal_ended",
            Self::Muted { .. } => "muted",
            Self::BreakpointDisarmed { .. } => "breakpoint_disarmed",
            Self::BreakpointRearmed { .. } => "breakpoint_rearmed",
            Self::Snap { .. } => "snap",
            Self::SnapsPassed { .. } => "snaps_passed",
            Self::SourceDrift { .. } => "source_drift",
            Self::VariableSet { .. } => "variable_set",
            Self::Output { .. } => "output",
            Self::Source { .. } => "source",
            Self::BreakpointSet { .. } => "breakpoint_set",
            Self::BreakpointRemoved { .. } => "breakpoint_removed",
            Self::ExceptionFilters { .. } => "exception_filters",
            Self::BreakpointsResolved { .. } => "breakpoints_resolved",
            Self::NoteSet { .. } => "note_set",
            Self::NoteRemoved { .. } => "note_removed",
            Self::ReplySet { .. } => "reply_set",
            Self::ReplyRemoved { .. } => "reply_removed",
            Self::Chat { .. } => "chat",
            Self::Hand { .. } => "hand",
            Self::Gap { .. } => "gap",
        }
    }
}
