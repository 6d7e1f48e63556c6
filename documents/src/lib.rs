//! The shared docs of one session: `breakpoints` and `notes`, synced by the stock y-websocket protocol.
//!
//! In: binary frames of sockets, with the sender's [`Rights`]; edits of the server's own; updates from the
//! journal. Out: [`Received`] and [`Change`]: frames to send, one update to journal, the net effect as
//! [`DocChange`]s. Sans-IO: the session task owns it and does the sending.
//!
//! Invariants:
//! 1. What leaves in `update` obeys every content rule, whatever the client sent: a frame is applied, put right
//!    and published as one update, so that a stock client converges to it.
//! 2. A struct's Yjs client id says who made it: ids belong to the participant who first used them.
//! 3. A reader's update changes nothing.
//!
//! **Order.** `update` is journaled; its `frame` leaves after the commit. `reply` may hold a step 2 with state
//! that is applied but not yet committed, so it takes the same way: after the commits before it.
//!
//! **Journal.** A row needs the update and who caused it (the sender of the frame, or nobody for the server's own
//! edits); [`Documents::load`] takes both. A whole state ([`Documents::state`]) kept
//! instead of rows needs [`Documents::ownership`] beside it.

use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    BreakpointEntry, CloseCode, EntryId, ErrorBody, Note, NoteId, ParticipantId, Reply, Role,
};

mod awareness;
mod breakpoints;
mod connection;
mod documents;
mod index;
mod notes;
mod ownership;
mod ranges;
mod rules;
mod shared;
mod update;
mod wire;

pub use awareness::MAX_AWARENESS;
pub use breakpoints::{hit_count, is_plain_hit_condition};
pub use documents::Documents;
pub use shared::{MAX_STATE, SERVER_CLIENT};
pub use wire::{is_awareness, nobodys_awareness};

/// What the participant behind a connection may do at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Who.
    pub participant: ParticipantId,
    /// Their role.
    pub role: Role,
    /// Whether they may write notes.
    pub write_notes: bool,
    /// Whether what they write may run in the debuggee: conditions, log messages, hit expressions.
    pub code: bool,
}

/// What came of one frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Frames to the sender only.
    pub reply: Vec<Vec<u8>>,
    /// v1 update to journal.
    pub update: Option<Vec<u8>>,
    /// The y-websocket frame of that update, to every connection of the doc once it is committed.
    pub frame: Option<Vec<u8>>,
    /// Whether `frame` also goes to the sender, because something was put right.
    pub to_sender_too: bool,
    /// Awareness frame to all other connections of the doc.
    pub awareness: Option<Vec<u8>>,
    /// Net effect of `update`.
    pub changes: Vec<DocChange>,
    /// Close the sender's socket with this.
    pub close: Option<CloseCode>,
    /// What was put right, denied or not applied, and why.
    pub refused: Option<ErrorBody>,
}

/// An edit of the server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which doc.
    pub doc: DocName,
    /// v1 update to journal.
    pub update: Vec<u8>,
    /// Its y-websocket frame, to every connection of the doc once it is committed.
    pub frame: Vec<u8>,
    /// Net effect.
    pub changes: Vec<DocChange>,
}

/// The net effect on one entry or note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocChange {
    /// Made or changed.
    BreakpointSet(BreakpointEntry),
    /// Gone.
    BreakpointRemoved(EntryId),
    /// Made or changed.
    NoteSet(Note),
    /// Gone, and its replies with it: of them nothing is said.
    NoteRemoved(NoteId),
    /// Made or changed.
    ReplySet(Reply),
    /// Gone.
    ReplyRemoved(NoteId),
}

/// An update of the journal can't be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot load the doc: {0}")]
pub struct LoadError(String);
