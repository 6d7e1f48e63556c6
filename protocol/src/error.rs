//! Error codes that people and programs see, in one place. Each goes with a sentence that says what to do.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;
use utoipa::ToSchema;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal),+ $(,)?) => {
        /// What went wrong, for programs. Over HTTP each has the status that [`ErrorCode::status`] gives.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($(#[$doc])* $name),+ }

        impl ErrorCode {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// HTTP status that goes with the code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
        }
    };
}

error_codes! {
    /// Not JSON, not an object, a field missing or of the wrong type, an unknown command.
    BadMessage = 400,
    /// A frame, body, text or update over its limit.
    TooLarge = 413,
    /// More messages than the limit allows.
    TooFast = 429,
    /// The request came from a page of another origin.
    ForeignOrigin = 403,
    /// The `Host` header names no host that this server serves.
    ForeignHost = 421,
    /// The role doesn't allow it.
    NotAllowed = 403,
    /// One may not do it oneself, but propose it.
    ProposeInstead = 403,
    /// Only the driver may do it.
    NotDriver = 403,
    /// The command was meant for an earlier stop, or was sent twice.
    StaleStop = 409,
    /// It needs a paused program.
    NotStopped = 409,
    /// It needs a running program.
    NotRunning = 409,
    /// The session is attached already, or is being attached.
    AlreadyStarted = 409,
    /// The debugger isn't attached at this moment (lost, restarting, ended).
    NotAttached = 409,
    /// No such thread at this stop.
    NoSuchThread = 404,
    /// No such frame at this stop.
    NoSuchFrame = 404,
    /// No such set of variables at this stop.
    NoSuchVariables = 404,
    /// No such participant in this session.
    NoSuchParticipant = 404,
    /// No such breakpoint entry in this session.
    NoSuchBreakpoint = 404,
    /// Nobody asked for the wheel.
    NoSuchRequest = 404,
    /// No such open proposal: it was decided, withdrawn or expired, or never was.
    NoSuchProposal = 404,
    /// No such watch.
    NoSuchWatch = 404,
    /// Nobody waits to be let in by this number: it was decided, or they left.
    NoSuchGuest = 404,
    /// The path is no file of the program and lies under no source root.
    PathNotOfProgram = 404,
    /// The file is the program's, but its text can't be read.
    SourceUnreadable = 422,
    /// The program answered with an error (its message is in the sentence).
    DebuggeeError = 422,
    /// debugpy did not answer in time.
    DebuggeeTimeout = 504,
    /// What was to be interrupted has ended, is being interrupted already, or can't be.
    NotInterruptible = 409,
    /// Nothing listens at the target's debugger address.
    DebuggerNotActive = 409,
    /// Another client holds debugpy's one connection.
    DebuggerBusy = 409,
    /// What listens there doesn't speak DAP.
    NotDebugpy = 502,
    /// Something accepts connections there and says nothing.
    DebuggerSilent = 504,
    /// debugpy closed the connection while we attached.
    DebuggerGone = 502,
    /// The target already has a live session.
    SessionAlreadyLive = 409,
    /// No such session or recording, or not for you.
    SessionNotFound = 404,
    /// The session has ended.
    SessionEnded = 410,
    /// No such target.
    TargetNotFound = 404,
    /// The target has no restart action.
    NoRestartAction = 409,
    /// The restart action failed.
    RestartFailed = 502,
    /// No ticket was sent: sign in.
    TicketMissing = 401,
    /// The ticket isn't one of ours.
    TicketInvalid = 401,
    /// The ticket expired.
    TicketExpired = 401,
    /// The ticket was revoked.
    TicketRevoked = 401,
    /// What was pasted isn't a Home Assistant token.
    TokenMalformed = 400,
    /// The token's own expiry has passed.
    TokenExpired = 401,
    /// Home Assistant refused the token.
    TokenRefused = 401,
    /// Home Assistant can't be reached or doesn't answer.
    HomeAssistantUnreachable = 502,
    /// This server isn't connected to a Home Assistant.
    HomeAssistantNotConfigured = 404,
    /// Too many attempts from this address.
    TooManyAttempts = 429,
    /// No invite has this secret.
    InviteInvalid = 404,
    /// The invite expired.
    InviteExpired = 410,
    /// The invite was used as often as it may be.
    InviteUsedUp = 410,
    /// The invite was revoked.
    InviteRevoked = 410,
    /// As many wait to be let in as may.
    TooManyWait = 429,
    /// One doesn't wait to be let in (any more).
    NotWaiting = 404,
    /// A host turned one away.
    TurnedAway = 403,
    /// No host decided in time.
    NobodyDecided = 410,
    /// The host link is unknown or was used already.
    HostLinkInvalid = 410,
    /// The name is empty, too long or has control characters.
    NameInvalid = 400,
    /// A limit of the request is out of range (the sentence says which).
    OutOfRange = 400,
    /// The recording can't be written or read (disk full, database locked).
    JournalUnavailable = 503,
    /// No such thing here.
    NotFound = 404,
    /// A fault of ours; the log has the details.
    Internal = 500,
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The serde name is the public one.
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => f.write_str(&name),
            _ => f.write_str("internal"),
        }
    }
}

/// An error as a client gets it: over HTTP `{"error": {…}}`, on the live socket inside a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what happened and what to do, one or two sentences.
    pub message: String,
}

impl ErrorBody {
    /// Builds one from a code and a sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
