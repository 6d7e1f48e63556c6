//! The writer's statements. Few and always the same, so that each is prepared once.

use super::ledger::{Cursor, Fate, Ledger};
use super::{Append, Done, Failure, Work};
use crate::batch::Row;
use crate::error::JournalError;
use crate::read::signed;
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::ids::{JournalSeq, SessionId, SourceHash};
use breakroom_protocol::model::{EndReason, SessionInfo, UnixMillis};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// Rows that go into one statement; the remainder goes by the smaller ones.
const CHUNKS: [usize; 3] = [64, 8, 1];
static INSERTS: LazyLock<[Arc<str>; 3]> = LazyLock::new(|| CHUNKS.map(insert));
/// Rows of a small batch: everything that a step of a debugged program makes.
const SMALL: usize = 8;
/// The inserts of small batches, by number of rows. Each is a whole transaction: each statement is a trip to SQLite's thread
/// and back, each page is written to the log, and somebody waits for each step.
static AT_ONCE: LazyLock<[Arc<str>; SMALL]> = LazyLock::new(|| std::array::from_fn(|at| insert(at + 1)));
/// Brings the counters up to `last_seq`.
const COUNT: &str = "UPDATE sessions SET (events, stops) = \
    (SELECT events, stops FROM sessions_so_far AS now WHERE now.number = sessions.number), \
    last_seq = ? WHERE number = ?";
/// Bulk above this many bytes is compressed on another thread.
const INLINE_BYTES: usize = 64 * 1024;
const LEVEL: i32 = 3;
/// Rows of a recording that are deleted in one transaction, and the pages then given back to the disk.
const DELETE_ROWS: i64 = 5_000;
const GIVE_BACK: &str = "PRAGMA incremental_vacuum(2000)";
const KILLED: &str = "the server was killed; the recording ends where it was";

fn insert(rows: usize) -> Arc<str> {
    let places = vec!["(?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO events (session, seq, at, by, kind, stop, body) VALUES {places}").into()
}

/// A batch with its bulk compressed.
pub(super) struct Prepared {
    pub(super) append: Append,
    keyframe: Option<(JournalSeq, Vec<u8>)>,
    /// Without a text: it is stored already.
    sources: Vec<(SourceHash, Option<Vec<u8>>)>,
}

/// Compresses what is bulky, before the transaction starts.
pub(super) async fn prepare(
    mut connection: Option<&mut SqliteConnection>,
    group: Vec<Append>,
) -> Vec<Prepared> {
    let mut prepared = Vec::with_capacity(group.len());
    for mut append in group {
        let mut sources = Vec::new();
        for (hash, text) in std::mem::take(&mut append.batch.sources) {
            let known = match connection.as_mut() {
                Some(connection) => source_known(connection, &hash).await,
                None => false,
            };
            sources.push((hash, if known { None } else { pack(text).await }));
        }
        let keyframe = match append.batch.keyframe.take() {
            Some((seq, json)) => pack(json.into()).await.map(|packed| (seq, packed)),
            None => None,
        };
        prepared.push(Prepared { append, keyframe, sources });
    }
    prepared
}

async fn source_known(connection: &mut SqliteConnection, hash: &SourceHash) -> bool {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sources WHERE hash = ?)");
    found.bind(hash.0.as_str()).fetch_one(connection).await.unwrap_or(false)
}

async fn pack(text: Arc<str>) -> Option<Vec<u8>> {
    let packed = if text.len() > INLINE_BYTES {
        tokio::task::spawn_blocking(move || zstd::bulk::compress(text.as_bytes(), LEVEL)).await.ok()?
    } else {
        zstd::bulk::compress(text.as_bytes(), LEVEL)
    };
    packed.inspect_err(|error| tracing::error!(%error, "zstd failed")).ok()
}

/// Gaps first, then the work, then the counters.
pub(super) async fn transaction(
    connection: &mut SqliteConnection,
    ledger: &mut Ledger,
    work: &Work<'_>,
) -> Result<Done, Failure> {
    if let Work::Append([one]) = work
        && let Some(done) = at_once(connection, ledger, one).await?
    {
        return Ok(done);
    }
    run(connection, "BEGIN IMMEDIATE").await?;
    let mut rows = Vec::new();
    for session in ledger.with_losses() {
        if load(connection, ledger, session).await?
            && let Some((cursor, gap)) =
                ledger.gap(session).and_then(|gap| Some((ledger.cursor(session)?, gap)))
        {
            rows.push((cursor.number, gap));
        }
    }
    let done = match work {
        Work::Probe => Done::Nothing,
        Work::Append(group) => append(connection, ledger, group, &mut rows).await?,
        Work::Begin(info) => begin(connection, info).await?,
        Work::End(session, at, reason) => {
            load(connection, ledger, *session).await?;
            ledger.count(*session);
            end(connection, *session, *at, *reason).await?
        }
        Work::Recover(now, resumed) => recover(connection, *now, resumed).await?,
        Work::Delete(session) => delete(connection, *session).await?,
    };
    insert_events(connection, &rows).await?;
    for cursor in ledger.to_count() {
        count(connection, cursor.number, cursor.stored).await?;
    }
    run(connection, "COMMIT").await?;
    Ok(done)
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

async fn count(connection: &mut SqliteConnection, number: i64, last: u64) -> Result<(), sqlx::Error> {
    sqlx::query(COUNT).bind(signed(last)).bind(number).execute(connection).await.map(|_| ())
}

fn bind_row<'q>(query: Query<'q>, number: i64, row: &Row) -> Query<'q> {
    query
        .bind(number)
        .bind(signed(row.seq.0))
        .bind(signed(row.at))
        .bind(row.by.map(|by| by.0.into_bytes().to_vec()))
        .bind(row.kind)
        .bind(row.stop.map(|stop| stop.0))
        .bind(Arc::clone(&row.body))
}

/// A small batch of plain events of a session that is doing well, in one go; they are counted later. `None`: it isn't that
/// simple, and nothing was done.
async fn at_once(
    connection: &mut SqliteConnection,
    ledger: &mut Ledger,
    one: &Prepared,
) -> Result<Option<Done>, Failure> {
    let session = one.append.session;
    let batch = &one.append.batch;
    let plain = batch.doc_updates.is_empty() && one.sources.is_empty() && one.keyframe.is_none();
    if !plain
        || batch.events.is_empty()
        || ledger.with_losses().into_iter().next().is_some()
        || !ledger.goes_on(session, &batch.events)
    {
        return Ok(None);
    }
    let Some(sql) = AT_ONCE.get(batch.events.len() - 1) else { return Ok(None) };
    let mut rows = Vec::with_capacity(batch.events.len());
    let fate = ledger.plan(session, batch, &mut rows);
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(sql)));
    for (number, row) in &rows {
        query = bind_row(query, *number, row);
    }
    query.execute(connection).await?;
    Ok(Some(Done::Appended(vec![fate])))
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(|_| ())
}

/// Undoes what a failed transaction began; says whether the connection can be used further.
pub(super) async fn roll_back(connection: &mut SqliteConnection) -> bool {
    // A full disk has SQLite roll back by itself, and a BEGIN that failed began nothing: an error here is no news.
    let _ = run(connection, "ROLLBACK").await;
    // What proves it is that reading works.
    run(connection, "SELECT 1").await.is_ok()
}

/// Makes the ledger know where a live session stands.
async fn load(
    connection: &mut SqliteConnection,
    ledger: &mut Ledger,
    session: SessionId,
) -> Result<bool, sqlx::Error> {
    if ledger.cursor(session).is_some() {
        return Ok(true);
    }
    let row: Option<(i64, i64)> =
        sqlx::query_as("SELECT number, last_seq FROM sessions_so_far WHERE id = ? AND ended_at IS NULL")
            .bind(&session.0.as_bytes()[..])
            .fetch_optional(&mut *connection)
            .await?;
    let Some((number, last)) = row else { return Ok(false) };
    ledger.stage(session, Cursor { number, stored: last.unsigned_abs(), count: false });
    Ok(true)
}

async fn append(
    connection: &mut SqliteConnection,
    ledger: &mut Ledger,
    group: &[Prepared],
    rows: &mut Vec<(i64, Row)>,
) -> Result<Done, sqlx::Error> {
    let mut fates = Vec::with_capacity(group.len());
    for one in group {
        let session = one.append.session;
        load(connection, ledger, session).await?;
        let before = rows.len();
        let fate = ledger.plan(session, &one.append.batch, rows);
        let stored_before = one.append.batch.events.is_empty() || rows.len() > before;
        if let (Fate::Kept { .. }, Some(cursor), true) = (&fate, ledger.cursor(session), stored_before) {
            companions(connection, cursor.number, one).await?;
            if one.keyframe.is_some() {
                ledger.count(session);
            }
        }
        fates.push(fate);
    }
    Ok(Done::Appended(fates))
}

/// What a batch brings beside its events.
async fn companions(
    connection: &mut SqliteConnection,
    number: i64,
    one: &Prepared,
) -> Result<(), sqlx::Error> {
    for update in &one.append.batch.doc_updates {
        sqlx::query("INSERT INTO doc_updates (session, doc, by, body) VALUES (?, ?, ?, ?)")
            .bind(number)
            .bind(update.doc.as_str())
            .bind(update.by.map(|by| by.0.as_bytes().to_vec()))
            .bind(update.update.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    for (client, whose) in &one.append.batch.doc_clients {
        sqlx::query("INSERT OR IGNORE INTO doc_clients (session, client, participant) VALUES (?, ?, ?)")
            .bind(number)
            .bind(signed(*client))
            .bind(whose.0.as_bytes().to_vec())
            .execute(&mut *connection)
            .await?;
    }
    for (hash, text) in &one.sources {
        if let Some(text) = text {
            sqlx::query("INSERT OR IGNORE INTO sources (hash, body) VALUES (?, ?)")
                .bind(hash.0.as_str())
                .bind(text.as_slice())
                .execute(&mut *connection)
                .await?;
        }
        sqlx::query("INSERT OR IGNORE INTO session_sources (session, hash) VALUES (?, ?)")
            .bind(number)
            .bind(hash.0.as_str())
            .execute(&mut *connection)
            .await?;
    }
    if let Some((seq, snapshot)) = &one.keyframe {
        sqlx::query("INSERT OR REPLACE INTO keyframes (session, seq, snapshot) VALUES (?, ?, ?)")
            .bind(number)
            .bind(signed(seq.0))
            .bind(snapshot.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert_events(
    connection: &mut SqliteConnection,
    mut rows: &[(i64, Row)],
) -> Result<(), sqlx::Error> {
    while !rows.is_empty() {
        let size = CHUNKS.iter().position(|size| *size <= rows.len()).unwrap_or(CHUNKS.len() - 1);
        let (chunk, rest) = rows.split_at(CHUNKS[size]);
        let mut insert = sqlx::query(AssertSqlSafe(Arc::clone(&INSERTS[size])));
        for (number, row) in chunk {
            insert = bind_row(insert, *number, row);
        }
        insert.execute(&mut *connection).await?;
        rows = rest;
    }
    Ok(())
}

async fn begin(connection: &mut SqliteConnection, info: &SessionInfo) -> Result<Done, sqlx::Error> {
    // `OR IGNORE`: a commit that failed may have happened all the same.
    sqlx::query(
        "INSERT OR IGNORE INTO sessions (id, target_name, target_address, can_restart, started_at, started_by) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&info.id.0.as_bytes()[..])
    .bind(info.target.name.as_str())
    .bind(info.target.address.as_str())
    .bind(info.target.can_restart)
    .bind(signed(info.started_at))
    .bind(info.started_by.as_str())
    .execute(connection)
    .await?;
    Ok(Done::Nothing)
}

async fn end(
    connection: &mut SqliteConnection,
    session: SessionId,
    at: UnixMillis,
    reason: EndReason,
) -> Result<Done, Failure> {
    let changed = sqlx::query("UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ?")
        .bind(signed(at))
        .bind(reason_name(reason)?)
        .bind(&session.0.as_bytes()[..])
        .execute(connection)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(Failure::Senseless(JournalError::UnknownSession(session)));
    }
    Ok(Done::Nothing)
}

fn reason_name(reason: EndReason) -> Result<String, Failure> {
    let content = |error| Failure::Senseless(JournalError::content("an end reason")(error));
    let name = serde_json::to_value(reason).map_err(content)?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

async fn recover(
    connection: &mut SqliteConnection,
    now: UnixMillis,
    resumed: &[SessionId],
) -> Result<Done, Failure> {
    let live: Vec<(i64, Vec<u8>, i64)> = sqlx::query_as(
        "SELECT number, id, last_seq FROM sessions_so_far WHERE ended_at IS NULL AND deleting = 0",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut ended = Vec::with_capacity(live.len());
    for (number, id, last) in live {
        let session = session_id(&id)?;
        if resumed.contains(&session) {
            continue;
        }
        ended.push(session);
        let told: Option<(i64, String)> =
            sqlx::query_as("SELECT at, body FROM events WHERE session = ? AND seq = ? AND kind = 'ended'")
                .bind(number)
                .bind(last)
                .fetch_optional(&mut *connection)
                .await?;
        let told = told.and_then(|(at, body)| Some((at.unsigned_abs(), serde_json::from_str(&body).ok()?)));
        if let Some((at, Event::Ended { reason, .. })) = told {
            count(connection, number, last.unsigned_abs()).await?;
            end(connection, session, at, reason).await?;
            continue;
        }
        let reason = EndReason::ServerKilled;
        let event = Event::Ended { reason, message: KILLED.to_owned() };
        let next = last.unsigned_abs() + 1;
        let envelope = Envelope { seq: JournalSeq(next), at: now, by: None, event };
        let row = Row::new(&envelope)
            .map_err(|error| Failure::Senseless(JournalError::content("the session's end")(error)))?;
        insert_events(connection, &[(number, row)]).await?;
        count(connection, number, next).await?;
        end(connection, session, now, reason).await?;
    }
    let deleting: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT id FROM sessions WHERE deleting = 1").fetch_all(&mut *connection).await?;
    let deleting = deleting.iter().map(|id| session_id(id)).collect::<Result<_, _>>()?;
    Ok(Done::Recovered(ended, deleting))
}

fn session_id(bytes: &[u8]) -> Result<SessionId, Failure> {
    Uuid::from_slice(bytes)
        .map(SessionId)
        .map_err(|error| Failure::Senseless(JournalError::content("a session's id")(error)))
}

/// One piece: some events, or at the end all the rest.
async fn delete(connection: &mut SqliteConnection, session: SessionId) -> Result<Done, Failure> {
    let found: Option<(i64, bool)> =
        sqlx::query_as("SELECT number, ended_at IS NULL FROM sessions WHERE id = ?")
            .bind(&session.0.as_bytes()[..])
            .fetch_optional(&mut *connection)
            .await?;
    let number = match found {
        Some((number, false)) => number,
        Some((_, true)) => return Err(Failure::Senseless(JournalError::StillLive(session))),
        None => return Err(Failure::Senseless(JournalError::UnknownSession(session))),
    };
    // From the first piece on it is hidden; if the server dies between pieces, `recover` goes on.
    sqlx::query("UPDATE sessions SET deleting = 1 WHERE number = ?")
        .bind(number)
        .execute(&mut *connection)
        .await?;
    let gone = sqlx::query(
        "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE session = ? ORDER BY seq LIMIT ?)",
    )
    .bind(number)
    .bind(DELETE_ROWS)
    .execute(&mut *connection)
    .await?;
    let more = gone.rows_affected() > 0;
    if !more {
        for statement in [
            "DELETE FROM keyframes WHERE session = ?",
            "DELETE FROM doc_updates WHERE session = ?",
            "DELETE FROM doc_clients WHERE session = ?",
            "DELETE FROM session_sources WHERE session = ?",
            "DELETE FROM sessions WHERE number = ?",
        ] {
            sqlx::query(statement).bind(number).execute(&mut *connection).await?;
        }
        let orphans = "DELETE FROM sources WHERE NOT EXISTS \
            (SELECT 1 FROM session_sources WHERE session_sources.hash = sources.hash)";
        run(connection, orphans).await?;
    }
    run(connection, GIVE_BACK).await?;
    Ok(Done::Deleted { more })
}
