//! Close codes of our WebSockets, in the range that RFC 6455 leaves to applications.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why the server closed a socket. The number goes on the wire, the reason is the snake_case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CloseCode {
    /// 4400: a frame that is no message of this protocol; the client is broken, reconnecting won't help.
    BadMessage,
    /// 4401: the ticket expired or was revoked: sign in or ask for a new invite.
    TicketEnded,
    /// 4403: a doc update was forged (someone else's Yjs client id).
    Forged,
    /// 4404: no such session.
    NoSession,
    /// 4408: the client read too slowly and its queue was full: reconnect with `from` to resume.
    TooSlow,
    /// 4409: removed from the session by a host.
    Removed,
    /// 4410: the session ended; its recording stays.
    SessionEnded,
    /// 4413: a frame over the size limit.
    TooLarge,
    /// 4429: too many messages in too short a time.
    TooFast,
    /// 4503: the server is going down: reconnect later.
    GoingDown,
}

impl CloseCode {
    /// Every code, for documentation and tests.
    pub const ALL: [Self; 10] = [
        Self::BadMessage,
        Self::TicketEnded,
        Self::Forged,
        Self::NoSession,
        Self::TooSlow,
        Self::Removed,
        Self::SessionEnded,
        Self::TooLarge,
        Self::TooFast,
        Self::GoingDown,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::BadMessage => 4400,
            Self::TicketEnded => 4401,
            Self::Forged => 4403,
            Self::NoSession => 4404,
            Self::TooSlow => 4408,
            Self::Removed => 4409,
            Self::SessionEnded => 4410,
            Self::TooLarge => 4413,
            Self::TooFast => 4429,
            Self::GoingDown => 4503,
        }
    }

    /// The close reason on the wire; at most 123 bytes.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BadMessage => "bad_message",
            Self::TicketEnded => "ticket_ended",
            Self::Forged => "forged",
            Self::NoSession => "no_session",
            Self::TooSlow => "too_slow",
            Self::Removed => "removed",
            Self::SessionEnded => "session_ended",
            Self::TooLarge => "too_large",
            Self::TooFast => "too_fast",
            Self::GoingDown => "going_down",
        }
    }
}
