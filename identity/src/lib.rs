//! Who comes in, as whom, and for how long.
//!
//! In: Home Assistant tokens, invite secrets, host-link secrets, tickets. Out: tickets, and revocations.
//! Invariant: a ticket is good only while it is well signed, unexpired *and* in the table of live tickets, so
//! that taking it out of that table ends it at once, everywhere.
//! Why tickets of our own: Home Assistant vouches once and may then be paused, which is what this program is
//! for; nobody inside is locked out by it. A watch per token ends tickets of deleted tokens and users.
//!
//! Nothing here knows HTTP routes, sessions or the journal. Tokens, tickets and secrets are never logged: the
//! types that hold them redact themselves.

mod attempts;
mod config;
mod error;
mod home_assistant;
mod host_link;
mod identity;
mod invite;
mod live;
mod name;
mod secret;
mod sign_in;
mod store;
mod ticket;
mod token;
mod watch;

pub use config::{AttemptLimits, HomeAssistantConfig, IdentityConfig};
pub use error::IdentityError;
pub use home_assistant::certificate_problem;
pub use identity::{Identified, Identity, Removed, SignedIn};
pub use invite::{Admitted, AskingGuest, ByInvite, NewInvite};
pub use live::{Revoked, RevokedWhy};
pub use secret::{SecretHash, hash_if_plausible, new_secret};

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> breakroom_protocol::model::UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    millis(since)
}

/// A duration in whole milliseconds, capped at what fits.
pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
