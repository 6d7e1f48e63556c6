//! One live session.
//!
//! In: commands of participants and frames of their doc sockets, who asks to come in, events from upstream, commits from
//! the journal. Out: rows to the journal, frames to outboxes, requests upstream.
//! Invariant: an event is committed to the journal before any participant sees it.
//! Why one task: debugpy serves one client; a total order is what lets many share it.

mod actor;
mod audience;
mod breakpoints;
mod children;
mod frames;
mod guests;
mod handle;
mod held;
mod incoming;
mod lease;
mod looks;
mod outbox;
mod pending;
mod people;
mod proposals;
mod resumed;
mod rights;
mod state;
mod stop;
mod upkeep;
mod watches;

pub use actor::{Begin, Surroundings, now, spawn};
pub use frames::Frames;
pub use handle::{Mail, SessionHandle, Standing};
pub use outbox::{Outbox, OutboxReader, outbox};
pub use resumed::Resumed;
pub use state::{Restart, Rules};
pub use upkeep::{RestartAction, Target, try_attach};
