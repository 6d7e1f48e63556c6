//! The nouns of a session as they appear in events, snapshots and the HTTP API.

use crate::ids::{
    InviteId, NoteId, ParticipantId, ProcessId, ProposalId, SessionId, SourceHash, StopId, WatchId,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

mod breakpoints;
mod guests;
mod values;

pub use breakpoints::{BreakpointDraft, BreakpointEntry, BreakpointResult, Snap, SnapFrame, SnapValue};
pub use guests::{CameBy, WaitEnd, WaitEnded, WaitingGuest};
pub use values::{
    CodePlace, Completion, EvaluateContext, Frame, Module, Part, Scope, StepInTarget, TablePage, Task,
    TaskState, Thread, ThreadActivity, Variable,
};

/// Milliseconds since the Unix epoch.
pub type UnixMillis = u64;

/// What a participant may do at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watches; writes notes if the invite says so.
    Watcher,
    /// Also sets breakpoints and takes the wheel when it is handed over.
    Collaborator,
    /// May do everything.
    Host,
}

/// How a participant came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    /// Vouched for by Home Assistant.
    HomeAssistant,
    /// By an invite link.
    Guest,
    /// By the host link that `breakroom share` or `cargo xtask demo` printed.
    HostLink,
}

/// One person in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// Shown name, 1 to 40 characters, no control characters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// How they came in.
    pub kind: ParticipantKind,
    /// Whether they may write notes (always true for hosts and collaborators).
    pub may_write_notes: bool,
}

/// A program that can be debugged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct TargetInfo {
    /// Unique name from the configuration, or `HOST:PORT` under `breakroom share`.
    pub name: String,
    /// debugpy's address, `HOST:PORT`.
    pub address: String,
    /// Whether a restart action is configured.
    pub can_restart: bool,
}

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SessionInfo {
    /// Which.
    pub id: SessionId,
    /// What is debugged.
    pub target: TargetInfo,
    /// When it started.
    #[ts(type = "number")]
    pub started_at: UnixMillis,
    /// Who started it, as shown.
    pub started_by: String,
}

/// At which exceptions the program stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExceptionFilters {
    /// At each one where it is raised, handled or not; once a raise.
    pub raised: bool,
    /// At those that end the program or a thread.
    pub uncaught: bool,
    /// At those that leave the program's own code for a library's.
    pub user_unhandled: bool,
}

impl Default for ExceptionFilters {
    /// debugpy's own.
    fn default() -> Self {
        Self { raised: false, uncaught: true, user_unhandled: false }
    }
}

/// How debugpy is attached to, as far as somebody chose that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct AttachChoice {
    /// debugpy's settings.
    #[serde(flatten)]
    pub options: AttachOptions,
    /// Prefixes of paths: as the session has them, and as they are on the target. From an editor on the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<(String, String)>>")]
    pub path_mappings: Vec<(String, String)>,
}

impl AttachChoice {
    /// Whether nobody chose anything.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What somebody who starts a session may choose of debugpy's `attach` arguments; absent: the server's own choice.
/// Source: debugpy's documentation of its settings. What isn't here is the server's to say (paths, redirection).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AttachOptions {
    /// Step and stop only in the program's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub just_my_code: Option<bool>,
    /// Breakpoints in Django's templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub django: Option<bool>,
    /// Breakpoints in Jinja's templates (Flask's).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub jinja: Option<bool>,
    /// Breakpoints in Pyramid's templates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pyramid: Option<bool>,
    /// Show what a function returned when it is stepped out of, or over, at the next stop; shown unless this is `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub show_return_value: Option<bool>,
    /// A step lets the other threads run too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub stepping_resumes_all_threads: Option<bool>,
}

impl AttachOptions {
    /// What an editor's `attach` arguments choose. debugpy's old name for `jinja` is `flask`.
    #[must_use]
    pub fn chosen(arguments: &serde_json::Value) -> Self {
        let chosen = |key: &str| arguments.get(key).and_then(serde_json::Value::as_bool);
        Self {
            just_my_code: chosen("justMyCode"),
            django: chosen("django"),
            jinja: chosen("jinja").or_else(|| chosen("flask")),
            pyramid: chosen("pyramid"),
            show_return_value: chosen("showReturnValue"),
            stepping_resumes_all_threads: chosen("steppingResumesAllThreads"),
        }
    }
}

/// A child process that is attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProcessInfo {
    /// Its number.
    pub id: ProcessId,
    /// Whose child it is.
    pub parent: ProcessId,
    /// Its process id on the target.
    #[ts(type = "number | null")]
    pub pid: Option<i64>,
    /// debugpy's name for it, such as `Subprocess 4711`.
    pub name: String,
    /// If it is paused while another stop is shown: its own stop's DAP reason. It is shown when that one has run on.
    pub waiting: Option<String>,
}

/// An expression that is evaluated at each stop, for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Watch {
    /// Its number.
    pub id: WatchId,
    /// Python.
    pub expression: String,
    /// Who added it.
    pub author: ParticipantId,
}

/// An action that somebody may not do, offered to who may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// Who proposes.
    pub by: ParticipantId,
    /// What.
    pub action: crate::command::Proposed,
}

/// How a proposal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProposalEnd {
    /// It was run.
    Run,
    /// It was run, and failed: the message says how.
    Failed,
    /// It was declined.
    Declined,
    /// Who proposed it took it back, or left.
    Withdrawn,
    /// The stop that it was meant for is over.
    Expired,
}

/// Something that debugpy is busy with for longer than a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Busy {
    /// Who asked for it.
    pub by: Option<ParticipantId>,
    /// What: an expression, or a sentence.
    pub what: String,
    /// Since when.
    #[ts(type = "number")]
    pub since: UnixMillis,
    /// What is being done about it.
    pub state: BusyState,
    /// Whether it is code that [`Command::Interrupt`](crate::Command::Interrupt) ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub interruptible: bool,
    /// The same for people.
    pub message: String,
}

/// What is being done about something that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BusyState {
    /// It is given time.
    Waiting,
    /// It is being interrupted.
    Interrupting,
    /// debugpy doesn't answer any more: the connection is given up and made anew.
    Reconnecting,
}

/// A note anchored to a line. With its replies it is a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Note {
    /// Its key in the doc.
    pub id: NoteId,
    /// Absolute path on the target.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Who wrote it first; said by the server.
    pub author: ParticipantId,
    /// The stop at which it was made, if any.
    pub stop: Option<StopId>,
    /// When it was made; said by the server. `None`: by a server that didn't say it yet.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub at: Option<UnixMillis>,
    /// Who resolved its thread, if it is resolved; said by the server.
    #[serde(default)]
    pub resolved: Option<ParticipantId>,
    /// Its text at this moment.
    pub text: String,
}

/// A reply to a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reply {
    /// Its key in the doc.
    pub id: NoteId,
    /// The note that it answers.
    pub note: NoteId,
    /// Who wrote it first; said by the server.
    pub author: ParticipantId,
    /// When it was made; said by the server.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// Its text at this moment.
    pub text: String,
}

/// Where output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutputCategory {
    /// The program's stdout.
    Stdout,
    /// The program's stderr.
    Stderr,
    /// The debugger's own words (log points too).
    Console,
    /// What debugpy marks important, such as a condition that raised.
    Important,
}

/// A source text that was captured, by path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceInfo {
    /// Its hash: `GET /api/sessions/{id}/sources/{hash}` gives the text.
    pub hash: SourceHash,
    /// Number of lines.
    pub lines: u32,
    /// Whether the file on the target differs by now from this text, which is what runs.
    #[serde(default)]
    pub drifted: bool,
}

/// How the program came to run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ResumeKind {
    /// `continue`.
    Continue,
    /// `next`.
    Next,
    /// `stepIn`.
    StepIn,
    /// `stepOut`.
    StepOut,
    /// `goto`: the next line to run was moved.
    Goto,
    /// debugpy said so, unasked.
    Unasked,
}

/// Why the wheel changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WheelReason {
    /// A host took it.
    Taken,
    /// It was handed over, on request or not.
    Granted,
    /// The driver let go.
    Released,
    /// The driver was gone for the configured time.
    DriverGone,
    /// The driver was removed from the session.
    DriverRemoved,
}

/// Why a participant is no longer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// Their last connection closed.
    Disconnected,
    /// A host removed them, or revoked what they came by.
    Removed,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A host ended it; the program runs on.
    EndedByHost,
    /// The program ended.
    DebuggeeExited,
    /// The connection was lost and could not be had again.
    ConnectionLost,
    /// The restart action ran, and the debugger did not come back in time.
    NotBackAfterRestart,
    /// The server was stopped in an orderly way; the program runs on.
    ServerStopped,
    /// The server was killed; the journal ends where it was.
    ServerKilled,
}

/// The outcome of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has a value (named `""`, or as asked).
    Value(Variable),
    /// It raised, or debugpy refused it.
    Error(String),
}

/// A live invite as a host sees it. The secret is not in it: it is shown once, when the invite is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct InviteInfo {
    /// Which.
    pub id: InviteId,
    /// The session it opens.
    pub session: SessionId,
    /// Role of who comes by it; never `host`.
    pub role: Role,
    /// Whether a watcher who comes by it may write notes.
    pub notes: bool,
    /// Whether who comes by it waits until a host lets them in.
    pub asks: bool,
    /// The host who made it; `None`: the server itself, at `share`.
    pub made_by: Option<ParticipantId>,
    /// When it stops working.
    #[ts(type = "number")]
    pub expires_at: UnixMillis,
    /// How often it may be used in all.
    pub uses: u32,
    /// How often it was used.
    pub used: u32,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Who came in by it and whose tickets are remembered still, in that order.
    pub came: Vec<CameBy>,
}

/// Who the caller is: `GET /api/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Me {
    /// Who.
    pub participant: Participant,
    /// The only session a guest's ticket opens; `None`: all.
    pub session: Option<SessionId>,
    /// When the ticket ends.
    #[ts(type = "number")]
    pub expires_at: UnixMillis,
}

/// A stop as a recording's list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct StopInfo {
    /// Which.
    pub stop: StopId,
    /// Journal number of its `stopped` event.
    pub seq: crate::ids::JournalSeq,
    /// Journal number of the last event that belongs to it: the one before the next resume, loss or end.
    pub last_seq: crate::ids::JournalSeq,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// DAP stop reason.
    pub reason: String,
    /// Top frame's function, if it was captured.
    pub function: Option<String>,
    /// Top frame's path.
    pub path: Option<String>,
    /// Top frame's line.
    pub line: Option<u32>,
}

/// A session as `GET /api/sessions` lists it: live, or ended and a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SessionRow {
    /// Which, of what, since when, by whom.
    #[serde(flatten)]
    pub info: SessionInfo,
    /// When it ended; `None` while live.
    #[ts(type = "number | null")]
    pub ended_at: Option<UnixMillis>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Number of stops so far.
    pub stops: u32,
    /// Number of events so far; a gap is one.
    #[ts(type = "number")]
    pub events: u64,
    /// The last event's number, or the last one of the gap that it tells of.
    pub last_seq: crate::ids::JournalSeq,
}
