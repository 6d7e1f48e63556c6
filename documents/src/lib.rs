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
//! **Journal.** A row needs the update and who caused it ([`Change::by`] is implied: the sender of the frame, or
//! `None` for the server's own edits); [`Documents::load`] takes both. A whole state ([`Documents::state`]) kept
//! instead of rows needs [`Documents::ownership`] beside it.

use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    BreakpointEntry, CloseCode, ConnectionId, EntryId, ErrorBody, Note, NoteId, Participant, ParticipantId, Role,
};

mod wire;

/// Both docs of one session.
#[derive(Debug, Default)]
pub struct Documents {}

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
    /// Gone.
    NoteRemoved(NoteId),
}

/// An update of the journal can't be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot load the doc: {0}")]
pub struct LoadError(String);

#[expect(unused_variables, reason = "signatures first")]
impl Documents {
    /// Empty docs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Applies an update of the journal; `from` is who caused it, `None`: the server itself.
    ///
    /// # Errors
    /// The bytes are no complete update.
    pub fn load(&mut self, doc: DocName, update: &[u8], from: Option<ParticipantId>) -> Result<(), LoadError> {
        Ok(())
    }
    /// Which Yjs client ids belong to whom.
    #[must_use]
    pub fn ownership(&self) -> Vec<(u64, ParticipantId)> {
        Vec::new()
    }
    /// Restores what [`Documents::ownership`] gave.
    pub fn load_ownership(&mut self, owners: impl IntoIterator<Item = (u64, ParticipantId)>) {}
    /// The whole doc as one v1 update.
    #[must_use]
    pub fn state(&self, doc: DocName) -> Vec<u8> {
        Vec::new()
    }
    /// All entries, by id.
    #[must_use]
    pub fn breakpoints(&self) -> Vec<BreakpointEntry> {
        Vec::new()
    }
    /// All notes, by id.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
    /// A socket opened: frames to send first.
    pub fn open(&mut self, connection: ConnectionId, doc: DocName, who: &Participant) -> Vec<Vec<u8>> {
        Vec::new()
    }
    /// One binary frame from that socket.
    pub fn receive(&mut self, connection: ConnectionId, frame: &[u8], may: &Rights) -> Received {
        Received::default()
    }
    /// The socket closed: an awareness frame to the others of the doc.
    pub fn close(&mut self, connection: ConnectionId) -> Option<Vec<u8>> {
        None
    }
    /// Sets an entry as the server, with `entry.author` as its author. With `by`, the rules for frames apply.
    ///
    /// # Errors
    /// The entry is malformed, one too many, or `by` may not set it.
    pub fn set_breakpoint(
        &mut self,
        entry: BreakpointEntry,
        by: Option<&Rights>,
    ) -> Result<Option<Change>, ErrorBody> {
        Ok(None)
    }
    /// Removes an entry as the server. `None`: there is no such entry.
    ///
    /// # Errors
    /// `by` may not remove it.
    pub fn remove_breakpoint(&mut self, id: &EntryId, by: Option<&Rights>) -> Result<Option<Change>, ErrorBody> {
        Ok(None)
    }
    /// Removes all entries or notes of one participant, as the server.
    pub fn remove_all_by(&mut self, doc: DocName, author: ParticipantId) -> Option<Change> {
        None
    }
}
