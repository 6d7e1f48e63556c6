//! The writer: the only task that writes the journal's tables.
//!
//! In: [`Op`]s of all sessions, through one bounded queue. Out: one transaction for what has queued up meanwhile
//! ([`MAX_GROUP_BATCHES`], [`MAX_GROUP_ROWS`]), then [`Committed`] for each batch, in order.
//! Invariant: nothing is told as kept before its transaction has committed.
//!
//! Trouble (a locked database, a full disk, a broken one): the group is tried again, with growing pauses, for
//! `retry_for`. Then it is given up: its sessions hear `kept: false`, and the numbers that are lost are remembered
//! ([`ledger`]). From then on each group is tried once, so that sessions go on in real time. The first
//! transaction that succeeds writes a `gap` event in the lost ones' place, ahead of everything else. While
//! nothing is said, [`PROBE_EVERY`] tries that too.

mod ledger;
mod sql;

use crate::JournalConfig;
use crate::batch::{Batch, Committed, Recording};
use crate::error::{JournalError, Trouble};
use crate::open::Opened;
use breakroom_protocol::ids::SessionId;
use breakroom_protocol::model::{EndReason, SessionInfo, UnixMillis};
use ledger::{Fate, Ledger};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;

/// Most batches in one transaction.
const MAX_GROUP_BATCHES: usize = 256;
/// A transaction that has so many rows takes no further batch.
const MAX_GROUP_ROWS: usize = 2_000;
/// First pause before a failed transaction is tried again; each further one is twice as long …
const RETRY_FIRST: Duration = Duration::from_millis(10);
/// … up to this.
const RETRY_MOST: Duration = Duration::from_millis(500);
/// How often a writer in trouble looks whether it is over.
const PROBE_EVERY: Duration = Duration::from_secs(1);

type Reply<T> = oneshot::Sender<Result<T, JournalError>>;

/// What the writer is asked.
#[derive(Debug)]
pub(crate) enum Op {
    Append(Append),
    Begin {
        info: Box<SessionInfo>,
        reply: Reply<()>,
    },
    End {
        session: SessionId,
        at: UnixMillis,
        reason: EndReason,
        reply: Reply<()>,
    },
    /// Answers the sessions that were ended, and those whose deletion is to be finished.
    Recover {
        now: UnixMillis,
        resumed: Vec<SessionId>,
        reply: Reply<(Vec<SessionId>, Vec<SessionId>)>,
    },
    /// Deletes a piece; answers whether there is more.
    Delete {
        session: SessionId,
        reply: Reply<bool>,
    },
    /// Write what is queued, then end.
    Close,
}

/// A session's batch, with room for its answer.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) session: SessionId,
    pub(crate) batch: Batch,
    pub(crate) answer: mpsc::OwnedPermit<Committed>,
    /// Its share of the queue's bytes, free again when it is dealt with.
    pub(crate) _budget: OwnedSemaphorePermit,
}

/// Why a transaction was rolled back.
pub(crate) enum Failure {
    /// SQLite could not.
    Sql(sqlx::Error),
    /// It made no sense; trying again is no use.
    Senseless(JournalError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// One transaction's content.
enum Work<'a> {
    Probe,
    Append(&'a [sql::Prepared]),
    Begin(&'a SessionInfo),
    End(SessionId, UnixMillis, EndReason),
    Recover(UnixMillis, Vec<SessionId>),
    Delete(SessionId),
}

/// What it came to.
enum Done {
    Nothing,
    Appended(Vec<Fate>),
    Recovered(Vec<SessionId>, Vec<SessionId>),
    Deleted { more: bool },
}

pub(crate) struct Writer {
    /// `None`: to be opened anew.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    path: PathBuf,
    retry_for: Duration,
    ledger: Ledger,
    /// While nothing can be written: why, and what to do.
    trouble: Option<Arc<str>>,
    _lock: File,
}

impl Writer {
    pub(crate) fn new(opened: Opened, config: &JournalConfig) -> Self {
        Self {
            connection: Some(opened.writer),
            options: opened.options,
            path: config.path.clone(),
            retry_for: config.retry_for,
            ledger: Ledger::default(),
            trouble: None,
            _lock: opened.lock,
        }
    }

    /// Runs until it is told to close, or nobody is left who could say anything.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Op>) {
        let mut taken = Vec::with_capacity(MAX_GROUP_BATCHES);
        loop {
            let took = if self.trouble.is_some() {
                let next = queue.recv_many(&mut taken, MAX_GROUP_BATCHES);
                match tokio::time::timeout(PROBE_EVERY, next).await {
                    Ok(took) => took,
                    Err(_) => {
                        self.probe().await;
                        continue;
                    }
                }
            } else {
                queue.recv_many(&mut taken, MAX_GROUP_BATCHES).await
            };
            if took == 0 {
                break;
            }
            self.work_off(&mut taken, &mut queue).await;
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the journal's writer could not close its connection");
        }
    }

    /// Groups neighbouring batches; everything else is a transaction of its own, in its place.
    async fn work_off(&mut self, taken: &mut Vec<Op>, queue: &mut mpsc::Receiver<Op>) {
        let mut group: Vec<Append> = Vec::new();
        let mut rows = 0;
        for op in taken.drain(..) {
            match op {
                Op::Append(append) => {
                    rows += append.batch.events.len();
                    group.push(append);
                    if rows >= MAX_GROUP_ROWS {
                        self.append(std::mem::take(&mut group)).await;
                        rows = 0;
                    }
                }
                other => {
                    self.append(std::mem::take(&mut group)).await;
                    rows = 0;
                    match other {
                        Op::Close => queue.close(),
                        other => self.single(other).await,
                    }
                }
            }
        }
        self.append(group).await;
    }

    async fn append(&mut self, group: Vec<Append>) {
        if group.is_empty() {
            return;
        }
        let group = sql::prepare(self.connection.as_mut(), group).await;
        // Usually one round. A group that SQLite refuses is taken apart, so that one bad batch harms only itself.
        let mut todo = VecDeque::from([group]);
        while let Some(mut group) = todo.pop_front() {
            match self.insist(&Work::Append(&group)).await {
                Ok(Done::Appended(fates)) => self.tell(group, fates),
                Err(Failure::Sql(error)) if Trouble::of(&error) == Trouble::Refused && group.len() > 1 => {
                    for one in group.drain(..).rev() {
                        todo.push_front(vec![one]);
                    }
                }
                Err(Failure::Sql(error)) => self.give_up(group, &error),
                Ok(_) | Err(Failure::Senseless(_)) => {
                    tracing::error!("the journal's writer answered something else than it was asked");
                }
            }
        }
    }

    async fn single(&mut self, op: Op) {
        // A reply that nobody waits for any more is no loss.
        match op {
            Op::Begin { info, reply } => {
                let done = self.ask("the session's beginning", Work::Begin(&info)).await;
                let _ = reply.send(done.map(|_| ()));
            }
            Op::End { session, at, reason, reply } => {
                let done = self.ask("the session's end", Work::End(session, at, reason)).await;
                if done.is_ok() {
                    self.ledger.forget(session);
                }
                let _ = reply.send(done.map(|_| ()));
            }
            Op::Recover { now, resumed, reply } => {
                let done =
                    self.ask("the end of sessions that were cut off", Work::Recover(now, resumed)).await;
                let _ = reply.send(done.map(|done| match done {
                    Done::Recovered(ended, deleting) => (ended, deleting),
                    _ => Default::default(),
                }));
            }
            Op::Delete { session, reply } => {
                let done = self.ask("the deletion of a recording", Work::Delete(session)).await;
                let _ = reply.send(done.map(|done| matches!(done, Done::Deleted { more: true })));
            }
            Op::Append(_) | Op::Close => {}
        }
    }

    async fn ask(&mut self, what: &'static str, work: Work<'_>) -> Result<Done, JournalError> {
        let done = self.insist(&work).await;
        self.announce();
        done.map_err(|failure| match failure {
            Failure::Senseless(error) => error,
            Failure::Sql(source) => {
                let advice = Trouble::of(&source).advice(&self.path, &source);
                JournalError::Write { what, advice, source }
            }
        })
    }

    /// Tries until it works, makes no sense, or time is up. In trouble: once.
    async fn insist(&mut self, work: &Work<'_>) -> Result<Done, Failure> {
        let until = Instant::now() + self.retry_for;
        let mut pause = RETRY_FIRST;
        loop {
            let error = match self.attempt(work).await {
                Ok(done) => {
                    if self.trouble.take().is_some() {
                        tracing::info!("the journal is being written again");
                    }
                    return Ok(done);
                }
                Err(Failure::Sql(error)) => error,
                Err(senseless) => return Err(senseless),
            };
            let refused = Trouble::of(&error) == Trouble::Refused;
            if refused || self.trouble.is_some() || Instant::now() + pause > until {
                return Err(Failure::Sql(error));
            }
            tracing::warn!(%error, "the journal could not be written; trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_MOST);
        }
    }

    /// One transaction: gaps first, then the work.
    async fn attempt(&mut self, work: &Work<'_>) -> Result<Done, Failure> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        let done = sql::transaction(&mut connection, &mut self.ledger, work).await;
        let keep = match &done {
            Err(Failure::Sql(error)) => Trouble::of(error).spares_connection(),
            _ => true,
        };
        match &done {
            Ok(_) => self.ledger.committed(),
            Err(_) => self.ledger.rolled_back(),
        }
        if keep && (done.is_ok() || sql::roll_back(&mut connection).await) {
            self.connection = Some(connection);
        }
        done
    }

    async fn probe(&mut self) {
        // It fails still, or it is over: both are dealt with there.
        let _ = self.insist(&Work::Probe).await;
        self.announce();
    }

    /// Tells the group, and whoever else can be recorded again.
    fn tell(&mut self, group: Vec<sql::Prepared>, fates: Vec<Fate>) {
        for (one, fate) in group.into_iter().zip(fates) {
            let (session, token) = (one.append.session, Some(one.append.batch.token));
            let committed = match fate {
                Fate::Kept { upto } => {
                    let gap = self.ledger.take_gap(session);
                    Committed { token, upto, kept: true, recording: Recording::Ok, gap }
                }
                Fate::Refused { upto, why } => {
                    tracing::error!(%session, why, "a batch was refused");
                    let recording = Recording::Failing { message: why.into() };
                    Committed { token, upto, kept: false, recording, gap: None }
                }
            };
            one.append.answer.send(committed);
        }
        self.announce();
    }

    /// Tells sessions that were in trouble and aren't any more.
    fn announce(&mut self) {
        if self.trouble.is_some() {
            return;
        }
        for (told, upto, gap) in self.ledger.take_healed() {
            // Without room, there are batches under way, whose answers say it too.
            let _ = told.try_send(Committed { token: None, upto, kept: true, recording: Recording::Ok, gap });
        }
    }

    fn give_up(&mut self, group: Vec<sql::Prepared>, error: &sqlx::Error) {
        let trouble = Trouble::of(error);
        let message: Arc<str> = trouble.advice(&self.path, error).into();
        if self.trouble.is_none() {
            tracing::error!(%error, %message, "the journal cannot be written: events are being lost");
        }
        // A refusal is the batch's fault; everything else is everybody's trouble.
        if trouble != Trouble::Refused {
            self.trouble = Some(Arc::clone(&message));
        }
        for one in group {
            let (session, token) = (one.append.session, Some(one.append.batch.token));
            let upto = self.ledger.lose(session, &one.append.batch.events, &message);
            let recording = Recording::Failing { message: Arc::clone(&message) };
            let told = one.append.answer.send(Committed { token, upto, kept: false, recording, gap: None });
            self.ledger.listen(session, &told);
        }
    }
}
