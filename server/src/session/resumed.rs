//! What a killed server left of a session, read back from the journal: so that the next one goes on with it.

use super::audience::{KEPT_BYTES, KEPT_EVENTS};
use breakroom_documents::{Documents, LoadError};
use breakroom_journal::{Journal, JournalError};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Envelope, JournalSeq, ServerMessage, SessionId, Snapshot};
use bytes::Bytes;
use std::collections::VecDeque;

/// Events read at once.
const PAGE: u32 = 1_000;

/// A session as its journal has it.
#[derive(Debug)]
pub struct Resumed {
    /// The fold of all its events.
    pub snapshot: Snapshot,
    /// Its shared docs, with who owns which client id.
    pub docs: Documents,
    /// The newest events as frames, for those who come back.
    pub newest: Vec<(JournalSeq, Bytes)>,
}

/// Why a session can't be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// Its journal can't be read.
    #[error("cannot read the session's journal")]
    Journal(#[from] JournalError),
    /// Its docs can't be made of it.
    #[error("cannot make the session's shared docs of its journal")]
    Docs(#[from] LoadError),
}

impl Resumed {
    /// Reads all of it.
    ///
    /// # Errors
    /// The journal can't be read, or makes no sense.
    pub async fn read(journal: &Journal, session: SessionId) -> Result<Self, ResumeError> {
        let moment = journal.moment(session, JournalSeq(u64::MAX)).await?;
        let mut snapshot = moment.snapshot;
        moment.events.iter().for_each(|envelope| snapshot.apply(envelope));
        let mut docs = Documents::new();
        docs.load_ownership(journal.doc_clients(session).await?);
        for doc in DocName::ALL {
            for update in journal.doc_updates(session, doc).await? {
                docs.load(doc, &update.update, update.by)?;
            }
        }
        let newest = newest(journal, session, snapshot.seq).await?;
        Ok(Self { snapshot, docs, newest })
    }
}

/// As many of the last events as a session keeps in memory, without what lies before a gap.
async fn newest(
    journal: &Journal,
    session: SessionId,
    last: JournalSeq,
) -> Result<Vec<(JournalSeq, Bytes)>, JournalError> {
    let mut from = JournalSeq(last.0.saturating_sub(KEPT_EVENTS as u64) + 1);
    let mut frames = VecDeque::new();
    let mut bytes = 0;
    loop {
        let page: Vec<Envelope> = journal.events(session, from, PAGE).await?;
        let Some(end) = page.last().map(|envelope| envelope.seq) else { break };
        for envelope in page {
            let seq = envelope.seq;
            // Who lacks what fell into a gap gets a snapshot: a fold over it would go wrong.
            if matches!(envelope.event, breakroom_protocol::Event::Gap { .. }) {
                (frames, bytes) = (VecDeque::new(), 0);
                continue;
            }
            let frame = Bytes::from(serde_json::to_vec(&ServerMessage::Event(envelope)).unwrap_or_default());
            bytes += frame.len();
            frames.push_back((seq, frame));
            // While reading: all of them may be a thousand times as much.
            while bytes > KEPT_BYTES
                && let Some((_, oldest)) = frames.pop_front()
            {
                bytes -= oldest.len();
            }
        }
        from = JournalSeq(end.0 + 1);
    }
    Ok(frames.into())
}
