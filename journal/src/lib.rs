//! The journal: every session's numbered events in one SQLite file, with what belongs to them (keyframes, doc
//! updates, source texts). It knows the protocol's types and nothing else of Breakroom.
//!
//! In: [`Batch`]es from sessions, through bounded queues. Out: [`Committed`] to each session, in order; readers' answers.
//! Invariants: one task writes ([`writer`]); a session's events are stored in their order, and a hole in their numbers
//! is filled by a `gap` event that says why; what was told as kept is in the file.
//! Why one writer: SQLite has one anyway; here it also batches what many sessions say into one transaction.
//!
//! What survives what ([`Durability`]): with `Normal`, everything told as kept survives a crash or `kill -9` of the
//! server, as it was handed to the operating system; a power loss may take the last moments, never the file's
//! consistency. With `Full` each transaction is also synced to the disk before it is told, and survives that too.

mod batch;
mod error;
mod open;
mod read;
mod recorder;
mod stops;
mod writer;

pub use batch::{Batch, Committed, DocUpdate, Recording, Row, stop_of};
pub use error::JournalError;
pub use read::{Moment, OutputPage};
pub use recorder::{APPEND_WITHIN, AppendError, QUEUED_BATCHES, QUEUED_BYTES, Recorder};

use breakroom_protocol::ids::SessionId;
use breakroom_protocol::model::{EndReason, SessionInfo, UnixMillis};
use sqlx::SqlitePool;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use writer::{Op, Writer};

/// A session gives a keyframe at least after so many events.
pub const KEYFRAME_EVERY: u64 = 500;
/// The longest that [`Journal::close`] waits for what is still queued.
pub const CLOSE_WITHIN: Duration = Duration::from_secs(10);
/// Most events that a session's events are read in at once.
pub const MAX_PAGE: u32 = 1_000;
/// They end with the one that makes them so large, too: what somebody looked at may be half a MiB an event.
pub const MAX_EVENTS_BYTES: usize = 4 * 1_048_576;
/// A page of output ends with the piece that makes it so large; a piece is a few KiB.
pub const MAX_OUTPUT_BYTES: usize = 1_048_576;

/// How hard the journal tries to keep what it was given. See the crate's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Survives the server's death.
    #[default]
    Normal,
    /// Survives a power loss too, for the price of a disk sync a transaction.
    Full,
}

/// Where and how the journal is kept.
#[derive(Debug, Clone)]
pub struct JournalConfig {
    /// The database file. `-wal`, `-shm` and `.lock` files appear beside it.
    pub path: PathBuf,
    /// What a kept event survives.
    pub durability: Durability,
    /// How long a failing batch is tried again before it is given up and becomes a gap.
    pub retry_for: Duration,
    /// How long readers, and others who write through [`Journal::pool`], wait for a lock.
    pub busy_timeout: Duration,
    /// Connections of [`Journal::pool`].
    pub connections: u32,
    /// The database never grows beyond this; reaching it is like a full disk, until recordings are deleted.
    pub max_bytes: Option<u64>,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::from("breakroom.db"),
            durability: Durability::Normal,
            retry_for: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(5),
            connections: 4,
            max_bytes: None,
        }
    }
}

/// A handle on the journal; clones are the same journal.
#[derive(Debug, Clone)]
pub struct Journal {
    pool: SqlitePool,
    ops: mpsc::Sender<Op>,
    budget: Arc<Semaphore>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Journal {
    /// Opens the database, makes it if it isn't there, brings it up to date and starts the writer.
    ///
    /// # Errors
    /// When the file is in use, somebody else's, damaged, of another version, or cannot be made; each says what to do.
    pub async fn open(config: JournalConfig) -> Result<Self, JournalError> {
        let opened = open::open(&config).await?;
        let (ops, queue) = mpsc::channel(QUEUED_BATCHES);
        let pool = opened.pool.clone();
        let writer = tokio::spawn(Writer::new(opened, &config).run(queue));
        Ok(Self {
            pool,
            ops,
            budget: Arc::new(Semaphore::new(QUEUED_BYTES)),
            writer: Arc::new(Mutex::new(Some(writer))),
        })
    }

    /// For others who keep tables in the same database. They may read at will and write rarely and briefly.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Writes what is queued and ends the writer, within [`CLOSE_WITHIN`]. Recorders then say
    /// [`AppendError::Gone`].
    pub async fn close(self) {
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(mut writer) = writer {
            let ending = async {
                // Refused only if the writer is gone already.
                let _ = self.ops.send(Op::Close).await;
                let _ = (&mut writer).await;
            };
            if tokio::time::timeout(CLOSE_WITHIN, ending).await.is_err() {
                tracing::error!("the journal could not be written to its end");
                writer.abort();
            }
        }
        if tokio::time::timeout(CLOSE_WITHIN, self.pool.close()).await.is_err() {
            tracing::warn!("somebody still reads the journal");
        }
    }

    /// Makes a session known. Its events can be appended from then on.
    ///
    /// # Errors
    /// When it cannot be written within `retry_for`.
    pub async fn begin(&self, info: &SessionInfo) -> Result<(), JournalError> {
        let info = Box::new(info.clone());
        self.ask(|reply| Op::Begin { info, reply }).await
    }

    /// Marks a session as ended: a recording. Everything appended before is written before.
    ///
    /// # Errors
    /// When it cannot be written within `retry_for`. It can be asked again; if nobody does, [`Self::recover`] ends
    /// the session at the next start.
    pub async fn end(
        &self,
        session: SessionId,
        at: UnixMillis,
        reason: EndReason,
    ) -> Result<(), JournalError> {
        self.ask(|reply| Op::End { session, at, reason, reply }).await
    }

    /// Ends sessions that a killed server left live, but for those that are to be `resumed`: appends an `ended
    /// {server_killed}` event to each (unless it has its `ended` event already) and gives their ids. Finishes
    /// deletions, too. To be called once, before any session begins.
    ///
    /// # Errors
    /// When it cannot be written within `retry_for`.
    pub async fn recover(
        &self,
        now: UnixMillis,
        resumed: &[SessionId],
    ) -> Result<Vec<SessionId>, JournalError> {
        let resumed = resumed.to_vec();
        let (sessions, deleting) = self.ask(|reply| Op::Recover { now, resumed, reply }).await?;
        for session in deleting {
            self.delete(session).await?;
        }
        Ok(sessions)
    }

    /// A session's way in. What becomes of its batches is told to `committed`, in order; its capacity limits how many
    /// batches may be under way.
    #[must_use]
    pub fn recorder(&self, session: SessionId, committed: mpsc::Sender<Committed>) -> Recorder {
        let (ops, budget) = (self.ops.clone(), Arc::clone(&self.budget));
        Recorder { session, ops, budget, committed }
    }

    /// Deletes a recording, and source texts that nobody else has: a piece at a time, so that live sessions go on.
    ///
    /// # Errors
    /// [`JournalError::UnknownSession`], [`JournalError::StillLive`], or when it cannot be written.
    pub async fn delete(&self, session: SessionId) -> Result<(), JournalError> {
        while self.ask(|reply| Op::Delete { session, reply }).await? {}
        Ok(())
    }

    async fn ask<T>(
        &self,
        op: impl FnOnce(oneshot::Sender<Result<T, JournalError>>) -> Op,
    ) -> Result<T, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.ops.send(op(reply)).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }
}
