//! A session's way into the journal.
//!
//! Two limits, both shared by all sessions: [`QUEUED_BATCHES`] and [`QUEUED_BYTES`]. When one is reached, `append`
//! waits and `try_append` gives the batch back. The room for the answer is taken from the session's own `committed`
//! channel before the batch is queued, so the writer never waits for a session, and a session that doesn't read its
//! answers holds up only itself.

use crate::batch::{Batch, Committed};
use crate::writer::{Append, Op};
use breakroom_protocol::ids::SessionId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc};

/// Batches that may wait for the writer.
pub const QUEUED_BATCHES: usize = 1_024;
/// Bytes of batches that may wait for the writer or be in its hands.
pub const QUEUED_BYTES: usize = 32 * 1024 * 1024;
/// The longest that [`Recorder::append`] waits for room. Well above the time that a failing batch is retried for.
pub const APPEND_WITHIN: Duration = Duration::from_secs(30);

/// Appends to one session's journal. Clones share the order of their calls.
#[derive(Debug, Clone)]
pub struct Recorder {
    pub(crate) session: SessionId,
    pub(crate) ops: mpsc::Sender<Op>,
    pub(crate) budget: Arc<Semaphore>,
    pub(crate) committed: mpsc::Sender<Committed>,
}

/// Why a batch was not queued.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The queue, or the session's own channel of answers, is full; here is the batch again.
    #[error("the journal's queue is full")]
    Full(Box<Batch>),
    /// The journal is closed, or nobody listens to `committed`.
    #[error("the journal is closed")]
    Gone,
}

impl Recorder {
    /// Which session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Queues a batch; waits while the queue is full, [`APPEND_WITHIN`] at most. It also waits while the `committed`
    /// channel is full: whoever drains that channel in the same task uses [`Self::try_append`], or keeps fewer
    /// batches under way than the channel has room for.
    ///
    /// # Errors
    /// See [`AppendError`].
    pub async fn append(&self, batch: Batch) -> Result<(), AppendError> {
        let wait = async {
            let answer = self.committed.clone().reserve_owned().await.map_err(|_| AppendError::Gone)?;
            let budget = Arc::clone(&self.budget).acquire_many_owned(cost(&batch)).await;
            let slot = self.ops.reserve().await.map_err(|_| AppendError::Gone)?;
            Ok((answer, budget.map_err(|_| AppendError::Gone)?, slot))
        };
        match tokio::time::timeout(APPEND_WITHIN, wait).await {
            Ok(Ok((answer, budget, slot))) => {
                slot.send(Op::Append(Append { session: self.session, batch, answer, _budget: budget }));
                Ok(())
            }
            Ok(Err(gone)) => Err(gone),
            Err(_) => Err(AppendError::Full(Box::new(batch))),
        }
    }

    /// Queues a batch if there is room now.
    ///
    /// # Errors
    /// See [`AppendError`]. A batch that is dropped then becomes a gap, as soon as a later one is kept.
    pub fn try_append(&self, batch: Batch) -> Result<(), AppendError> {
        let full = |batch| AppendError::Full(Box::new(batch));
        let answer = match self.committed.clone().try_reserve_owned() {
            Ok(answer) => answer,
            Err(TrySendError::Full(_)) => return Err(full(batch)),
            Err(TrySendError::Closed(_)) => return Err(AppendError::Gone),
        };
        let Ok(budget) = Arc::clone(&self.budget).try_acquire_many_owned(cost(&batch)) else {
            return Err(full(batch));
        };
        match self.ops.try_reserve() {
            Ok(slot) => {
                slot.send(Op::Append(Append { session: self.session, batch, answer, _budget: budget }));
                Ok(())
            }
            Err(TrySendError::Full(())) => Err(full(batch)),
            Err(TrySendError::Closed(())) => Err(AppendError::Gone),
        }
    }
}

/// A batch larger than the whole budget waits until it has it for itself.
fn cost(batch: &Batch) -> u32 {
    u32::try_from(batch.bytes().min(QUEUED_BYTES)).unwrap_or(u32::MAX)
}
