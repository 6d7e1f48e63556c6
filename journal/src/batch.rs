//! What a session hands to the writer, and what it is told back.

use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::GapInfo;
use breakroom_protocol::ids::{JournalSeq, ParticipantId, SourceHash, StopId};
use breakroom_protocol::model::UnixMillis;
use breakroom_protocol::room::DocName;
use std::sync::Arc;

/// What is kept together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Events, numbered on from the session's last one.
    pub events: Vec<Row>,
    /// Updates of shared docs.
    pub doc_updates: Vec<DocUpdate>,
    /// Whose Yjs client ids are; belongs to a whole state among `doc_updates`, which doesn't say it itself.
    pub doc_clients: Vec<(u64, ParticipantId)>,
    /// Source texts that the session captured; one that is known already costs next to nothing.
    pub sources: Vec<(SourceHash, Arc<str>)>,
    /// The snapshot (as JSON) after the event of that number. One every [`crate::KEYFRAME_EVERY`] events keeps
    /// moments quick to open.
    pub keyframe: Option<(JournalSeq, String)>,
    /// Comes back in [`Committed`].
    pub token: u64,
}

/// One event, ready to be stored.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub seq: JournalSeq,
    /// When it was decided.
    pub at: UnixMillis,
    /// Who caused it.
    pub by: Option<ParticipantId>,
    /// [`Event::kind`].
    pub kind: &'static str,
    /// The stop that it belongs to.
    pub stop: Option<StopId>,
    /// The [`Event`] as JSON.
    pub body: Arc<str>,
}

impl Row {
    /// # Errors
    /// When the event cannot be written as JSON, which none of ours does.
    pub fn new(envelope: &Envelope) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_string(&envelope.event)?.into();
        let (kind, stop) = (envelope.event.kind(), stop_of(&envelope.event));
        Ok(Self { seq: envelope.seq, at: envelope.at, by: envelope.by, kind, stop, body })
    }
}

/// The stop that an event belongs to.
#[must_use]
pub fn stop_of(event: &Event) -> Option<StopId> {
    match event {
        Event::Resumed { stop, .. }
        | Event::Stopped { stop, .. }
        | Event::Hit { stop, .. }
        | Event::Threads { stop, .. }
        | Event::Stack { stop, .. }
        | Event::Scopes { stop, .. }
        | Event::Variables { stop, .. }
        | Event::VariableSet { stop, .. } => Some(*stop),
        Event::Evaluated { stop, .. } => *stop,
        _ => None,
    }
}

/// One Yjs update (v1 encoding) of a shared doc.
#[derive(Debug, Clone)]
pub struct DocUpdate {
    /// Of which doc.
    pub doc: DocName,
    /// Who sent it: its Yjs client ids are theirs. `None`: the server.
    pub by: Option<ParticipantId>,
    /// The update.
    pub update: Vec<u8>,
}

impl Batch {
    /// What it takes of the queue's budget.
    pub(crate) fn bytes(&self) -> usize {
        let events: usize = self.events.iter().map(|row| row.body.len() + 64).sum();
        let docs: usize = self.doc_updates.iter().map(|update| update.update.len() + 64).sum();
        let sources: usize = self.sources.iter().map(|(_, text)| text.len()).sum();
        let keyframe = self.keyframe.as_ref().map_or(0, |(_, snapshot)| snapshot.len());
        events + docs + self.doc_clients.len() * 24 + sources + keyframe
    }
}

/// What became of a batch. A session gets these in the order of its batches, one for each, and now and then one
/// without a token: when recording works again while the session has nothing to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The batch's token; `None`: only the recording's state changed.
    pub token: Option<u64>,
    /// Number of the session's last event in the database (or of the gap that ends there); 0: none.
    pub upto: JournalSeq,
    /// Whether the batch is kept. If not, its events will be a gap in the recording, and its doc updates and source
    /// texts are gone: add the docs' full state, the texts and a keyframe to the next batch.
    pub kept: bool,
    /// Whether the session is being recorded at this moment.
    pub recording: Recording,
    /// The gap that was written just before this batch, if any.
    pub gap: Option<GapInfo>,
}

/// Whether a session is being recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recording {
    /// All is well.
    Ok,
    /// Events are being lost.
    Failing {
        /// Why, and what to do.
        message: Arc<str>,
    },
}

impl Recording {
    /// Whether all is well.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }
}
