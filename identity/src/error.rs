//! Why somebody doesn't come in, or something could not be done.

use breakroom_protocol::error::{ErrorBody, ErrorCode};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// `Display` of a refusal is the sentence for the person; of a fault of ours, the one for the log.
/// [`IdentityError::body`] is what a client may see of either.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Not three base64url parts with a JSON object in them.
    #[error(
        "This is not a Home Assistant token. Copy the whole long-lived access token: in Home Assistant, open your \
         profile, then Security, then Long-lived access tokens."
    )]
    TokenMalformed,
    /// The token's own `exp` is past.
    #[error(
        "This Home Assistant token has expired. Create a new long-lived access token in your profile there."
    )]
    TokenExpired,
    /// Home Assistant said `auth_invalid`, now or lately.
    #[error(
        "Home Assistant refused this token: it was deleted, its user is inactive, or it belongs to another Home \
         Assistant. Create a new long-lived access token in your profile there."
    )]
    TokenRefused,
    /// No connection, no answer in time, or not Home Assistant.
    #[error(
        "Home Assistant at {url} {problem}. Try again when that is over; who is signed in already stays."
    )]
    HomeAssistantUnreachable {
        /// Its address.
        url: String,
        /// What happened, as a predicate.
        problem: String,
    },
    /// No Home Assistant in the configuration.
    #[error("This server is not connected to a Home Assistant. Ask its host for an invite link.")]
    HomeAssistantNotConfigured,
    /// The client address made too many failed attempts.
    #[error("Too many attempts from your address. Try again in {} s.", .retry_after.as_secs().max(1))]
    TooManyAttempts {
        /// When the next one is considered.
        retry_after: Duration,
    },
    /// `refusals_in_a_row` is reached.
    #[error(
        "Home Assistant refused several tokens in a row, so none is tried for now: it would ban this server. Ask \
         the host to sign in from a page that is still open, or to restart Breakroom."
    )]
    TooManyRefusals,
    /// A limit on what the server keeps (tickets, watches, questions under way) is reached.
    #[error("Too many people are signing in or signed in. Try again in a minute, or ask the host.")]
    Full,
    /// Not signed by this server's key, or not a ticket at all.
    #[error("This ticket is not one of this server's. Sign in again.")]
    TicketInvalid,
    /// Past its time.
    #[error("Your ticket has expired. Sign in again.")]
    TicketExpired,
    /// Signed out, removed, or what vouched for it is gone.
    #[error("Your ticket was revoked. Sign in again, or ask the host for a new invite.")]
    TicketRevoked,
    /// No invite has this secret.
    #[error("No invite has this secret. Check that the link is complete, or ask the host for a new one.")]
    InviteInvalid,
    /// Past its time.
    #[error("This invite has expired. Ask the host for a new one.")]
    InviteExpired,
    /// As often used as it may be.
    #[error("This invite was used as often as it may be. Ask the host for a new one.")]
    InviteUsedUp,
    /// A host revoked it.
    #[error("This invite was revoked. Ask the host for a new one.")]
    InviteRevoked,
    /// To manage: no such invite in this session.
    #[error("This session has no such invite. Reload the list of invites.")]
    InviteNotFound,
    /// Unknown, used or past its time.
    #[error(
        "This host link is unknown, expired or was used already: it works once. Have the server print a new one."
    )]
    HostLinkInvalid,
    /// Not 1 to 40 plain characters.
    #[error(
        "A name has 1 to 40 characters, none of them invisible or a control character. Choose another one."
    )]
    NameInvalid,
    /// A field of a request is outside its range.
    #[error("{0}")]
    OutOfRange(&'static str),
    /// The configured address is no `http` or `https` URL.
    #[error("{url:?} is not an address of Home Assistant: write it like http://homeassistant.local:8123")]
    Url {
        /// As configured.
        url: String,
    },
    /// The key file can't be made or read.
    #[error("cannot use the ticket key {path}")]
    Key {
        /// Which file.
        path: PathBuf,
        #[source]
        /// What the system said.
        source: io::Error,
    },
    /// The key file has another length than a key.
    #[error("the ticket key {path} is damaged: delete it, and everybody signs in again")]
    KeyDamaged {
        /// Which file.
        path: PathBuf,
    },
    /// A ticket can't be signed.
    #[error("cannot sign a ticket")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// Another program keeps the database locked.
    #[error(
        "Another program keeps this server's database locked, so that nothing can be written. Try again in a minute, \
         or ask the host; who is signed in already stays."
    )]
    Busy,
    /// The database failed.
    #[error("cannot read or write the identity tables")]
    Store(#[source] sqlx::Error),
    /// A row says what no code of ours wrote.
    #[error("the identity tables hold an impossible {what}")]
    StoreDamaged {
        /// Which value.
        what: &'static str,
    },
}

impl IdentityError {
    /// The code for programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TokenMalformed => ErrorCode::TokenMalformed,
            Self::TokenExpired => ErrorCode::TokenExpired,
            Self::TokenRefused => ErrorCode::TokenRefused,
            Self::HomeAssistantUnreachable { .. } => ErrorCode::HomeAssistantUnreachable,
            Self::HomeAssistantNotConfigured => ErrorCode::HomeAssistantNotConfigured,
            Self::TooManyAttempts { .. } | Self::TooManyRefusals | Self::Full => ErrorCode::TooManyAttempts,
            Self::TicketInvalid => ErrorCode::TicketInvalid,
            Self::TicketExpired => ErrorCode::TicketExpired,
            Self::TicketRevoked => ErrorCode::TicketRevoked,
            Self::InviteInvalid => ErrorCode::InviteInvalid,
            Self::InviteExpired => ErrorCode::InviteExpired,
            Self::InviteUsedUp => ErrorCode::InviteUsedUp,
            Self::InviteRevoked => ErrorCode::InviteRevoked,
            Self::InviteNotFound => ErrorCode::NotFound,
            Self::HostLinkInvalid => ErrorCode::HostLinkInvalid,
            Self::NameInvalid => ErrorCode::NameInvalid,
            Self::OutOfRange(_) => ErrorCode::OutOfRange,
            Self::Busy => ErrorCode::JournalUnavailable,
            Self::Url { .. }
            | Self::Key { .. }
            | Self::KeyDamaged { .. }
            | Self::Sign(_)
            | Self::Store(_)
            | Self::StoreDamaged { .. } => ErrorCode::Internal,
        }
    }

    /// What a client may see: a fault of ours is one sentence without details, which belong in the log.
    #[must_use]
    pub fn body(&self) -> ErrorBody {
        match self.code() {
            ErrorCode::Internal => ErrorBody::new(
                ErrorCode::Internal,
                "The server failed at this. Try again; its log has the details.",
            ),
            code => ErrorBody::new(code, self.to_string()),
        }
    }
}

impl From<sqlx::Error> for IdentityError {
    fn from(error: sqlx::Error) -> Self {
        // Primary result codes as in <https://www.sqlite.org/rescode.html>: SQLITE_BUSY, SQLITE_LOCKED.
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
        if code.is_some_and(|code| matches!(code & 0xff, 5 | 6)) { Self::Busy } else { Self::Store(error) }
    }
}

impl From<IdentityError> for ErrorBody {
    fn from(error: IdentityError) -> Self {
        error.body()
    }
}
