//! Reading: on connections of their own, so that nobody who reads holds up the writer, or waits for it.

use crate::batch::DocUpdate;
use crate::error::JournalError;
use crate::stops::Stops;
use crate::{Journal, KEYFRAME_EVERY, MAX_EVENTS_BYTES, MAX_OUTPUT_BYTES, MAX_PAGE};
use breakroom_protocol::event::Envelope;
use breakroom_protocol::fold::Snapshot;
use breakroom_protocol::ids::{JournalSeq, ParticipantId, SessionId, SourceHash, StopId};
use breakroom_protocol::model::{SessionInfo, SessionRow, StopInfo, TargetInfo};
use breakroom_protocol::room::DocName;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// Most events that come with a moment; if there are more after the newest keyframe, or larger ones, they are folded here.
const MOMENT_EVENTS: u64 = 2 * KEYFRAME_EVERY;
/// Events that are read at once: a page that is full of large ones reads little more than it gives.
const EVENTS_AT_ONCE: u32 = 64;

const SESSIONS: &str = "SELECT id, target_name, target_address, can_restart, started_at, started_by, ended_at, \
    end_reason, stops, events, last_seq FROM sessions_so_far WHERE deleting = 0";
const EVENTS: &str = "SELECT seq, at, by, body FROM events WHERE session = ? AND seq >= ? AND seq <= ? \
    ORDER BY seq LIMIT ?";
/// The same words as in the index `events_of_stops`, or SQLite doesn't use it.
const OF_STOPS: &str = "SELECT seq, at, by, body FROM events WHERE session = ? AND seq > ? AND \
    kind IN ('attached', 'ended', 'lost', 'restarting', 'resumed', 'stack', 'stopped') ORDER BY seq LIMIT ?";
/// Rows of them that are read at once: stacks are large, and of each one frame is wanted.
const OF_STOPS_AT_ONCE: u32 = 256;
/// Where the last stop before one began: looked for from the end, so that it costs what comes behind it.
const STOP_BEFORE: &str = "SELECT seq FROM events WHERE session = ? AND \
    kind IN ('attached', 'ended', 'lost', 'restarting', 'resumed', 'stack', 'stopped') AND \
    kind = 'stopped' AND stop < ? ORDER BY seq DESC LIMIT 1";
/// The same words as in the index `events_of_output`.
const OF_OUTPUT: &str = "SELECT seq, at, by, body FROM events WHERE session = ? AND seq < ? AND \
    kind IN ('gap', 'output') ORDER BY seq DESC LIMIT ?";
/// Pieces of output that are read at once; a page that is full of large ones reads little more than it gives.
const OUTPUT_AT_ONCE: u32 = 128;

/// One position in a recording: fold `events` onto `snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// The state at the newest keyframe before, or the empty one.
    pub snapshot: Snapshot,
    /// The events after it, up to the position.
    pub events: Vec<Envelope>,
}

/// A part of what was printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputPage {
    /// `output` events, and each `gap` between them, in order.
    pub events: Vec<Envelope>,
    /// Whether there is more before the first of them.
    pub earlier: bool,
}

impl Journal {
    /// All sessions, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(&self) -> Result<Vec<SessionRow>, JournalError> {
        let sql = sqlx::AssertSqlSafe(format!("{SESSIONS} ORDER BY started_at DESC, number DESC"));
        let rows =
            sqlx::query(sql).fetch_all(&self.pool).await.map_err(JournalError::read("the sessions"))?;
        rows.iter().map(session_row).collect()
    }

    /// One session, if there is such.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session(&self, session: SessionId) -> Result<Option<SessionRow>, JournalError> {
        let sql = sqlx::AssertSqlSafe(format!("{SESSIONS} AND id = ?"));
        let row = sqlx::query(sql).bind(&session.0.as_bytes()[..]).fetch_optional(&self.pool).await;
        row.map_err(JournalError::read("the session"))?.as_ref().map(session_row).transpose()
    }

    /// Events from number `from` on, in order: `limit` at most ([`MAX_PAGE`] at most), or fewer that are about
    /// [`MAX_EVENTS_BYTES`]; one at least, if there is any.
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn events(
        &self,
        session: SessionId,
        from: JournalSeq,
        limit: u32,
    ) -> Result<Vec<Envelope>, JournalError> {
        let (number, _) = self.number(session).await?;
        Ok(self.page(number, from.0, u64::MAX, limit.min(MAX_PAGE)).await?.0)
    }

    /// The state after the event numbered `at` (or after the last one, if that is earlier).
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn moment(&self, session: SessionId, at: JournalSeq) -> Result<Moment, JournalError> {
        let (number, last) = self.number(session).await?;
        let at = at.0.min(last);
        let mut snapshot = self.keyframe(number, at).await?;
        let limit = u32::try_from(MOMENT_EVENTS).unwrap_or(MAX_PAGE);
        loop {
            let (events, cut) = self.page(number, snapshot.seq.0 + 1, at, limit).await?;
            if !cut {
                return Ok(Moment { snapshot, events });
            }
            events.iter().for_each(|envelope| snapshot.apply(envelope));
        }
    }

    /// The stops so far, in order, from one on. Costs what it gives, not what is before.
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn stops(&self, session: SessionId, from: StopId) -> Result<Vec<StopInfo>, JournalError> {
        let (number, last) = self.number(session).await?;
        let failed = || JournalError::read("the stops");
        let before: Option<i64> = if from.0 <= 1 {
            None
        } else {
            let before = sqlx::query_scalar(STOP_BEFORE).bind(number).bind(from.0);
            before.fetch_optional(&self.pool).await.map_err(failed())?
        };
        let mut stops = Stops::default();
        let mut read = before.unwrap_or(0);
        loop {
            let rows = sqlx::query(OF_STOPS).bind(number).bind(read).bind(OF_STOPS_AT_ONCE);
            let rows = rows.fetch_all(&self.pool).await.map_err(failed())?;
            for row in &rows {
                stops.add(&envelope(row)?);
            }
            let Some(last) = rows.last() else { break };
            read = column(last, "seq")?;
        }
        Ok(stops.finish(JournalSeq(last)))
    }

    /// The newest output before the event numbered `before`: `limit` pieces ([`MAX_PAGE`] at most), or fewer that are
    /// about [`MAX_OUTPUT_BYTES`]; one at least, if there is any.
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn output(
        &self,
        session: SessionId,
        before: JournalSeq,
        limit: u32,
    ) -> Result<OutputPage, JournalError> {
        let (number, _) = self.number(session).await?;
        let limit = limit.min(MAX_PAGE);
        let (mut events, mut bytes, mut before) = (Vec::new(), 0, before.0);
        while bytes < MAX_OUTPUT_BYTES {
            let left = limit.saturating_sub(u32::try_from(events.len()).unwrap_or(limit));
            // None left: this reads nothing.
            let rows = self.output_before(number, before, left.min(OUTPUT_AT_ONCE)).await?;
            let Some(last) = rows.last() else { break };
            before = column::<i64>(last, "seq")?.unsigned_abs();
            for row in &rows {
                if bytes >= MAX_OUTPUT_BYTES {
                    break;
                }
                bytes += column::<&str>(row, "body")?.len();
                events.push(envelope(row)?);
            }
        }
        events.reverse();
        let earlier = match events.first() {
            Some(first) => !self.output_before(number, first.seq.0, 1).await?.is_empty(),
            None => false,
        };
        Ok(OutputPage { events, earlier })
    }

    async fn output_before(
        &self,
        number: i64,
        before: u64,
        limit: u32,
    ) -> Result<Vec<SqliteRow>, JournalError> {
        let rows = sqlx::query(OF_OUTPUT).bind(number).bind(signed(before)).bind(limit);
        rows.fetch_all(&self.pool).await.map_err(JournalError::read("the output"))
    }

    /// Sessions that have not ended: live ones, and right after opening those that a killed server left. Oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unfinished(&self) -> Result<Vec<SessionRow>, JournalError> {
        // One whose `ended` is in the journal already has only not been marked.
        let sql = sqlx::AssertSqlSafe(format!(
            "{SESSIONS} AND ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM events WHERE \
             events.session = number AND events.seq = last_seq AND events.kind = 'ended') \
             ORDER BY number"
        ));
        let rows =
            sqlx::query(sql).fetch_all(&self.pool).await.map_err(JournalError::read("the sessions"))?;
        rows.iter().map(session_row).collect()
    }

    /// The updates that made a shared doc, in order.
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn doc_updates(
        &self,
        session: SessionId,
        doc: DocName,
    ) -> Result<Vec<DocUpdate>, JournalError> {
        let (number, _) = self.number(session).await?;
        let rows = sqlx::query("SELECT by, body FROM doc_updates WHERE session = ? AND doc = ? ORDER BY id")
            .bind(number)
            .bind(doc.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(JournalError::read("a shared doc"))?;
        rows.iter()
            .map(|row| {
                let by = column::<Option<&[u8]>>(row, "by")?.map(uuid).transpose()?.map(ParticipantId);
                Ok(DocUpdate { doc, by, update: column(row, "body")? })
            })
            .collect()
    }

    /// Whose the Yjs client ids are that were written beside a whole state ([`Batch::doc_clients`](crate::Batch)).
    ///
    /// # Errors
    /// When there is no such session, or the database cannot be read.
    pub async fn doc_clients(&self, session: SessionId) -> Result<Vec<(u64, ParticipantId)>, JournalError> {
        let (number, _) = self.number(session).await?;
        let rows = sqlx::query("SELECT client, participant FROM doc_clients WHERE session = ?")
            .bind(number)
            .fetch_all(&self.pool)
            .await
            .map_err(JournalError::read("a shared doc's clients"))?;
        rows.iter()
            .map(|row| {
                let whose = ParticipantId(uuid(column(row, "participant")?)?);
                Ok((column::<i64>(row, "client")?.unsigned_abs(), whose))
            })
            .collect()
    }

    /// A source text, whichever session captured it: ask [`Self::session_has_source`] first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn source(&self, hash: &SourceHash) -> Result<Option<String>, JournalError> {
        let body: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM sources WHERE hash = ?")
            .bind(hash.0.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(JournalError::read("a source text"))?;
        let Some(body) = body else { return Ok(None) };
        let text = zstd::decode_all(&body[..]).map_err(JournalError::content("a source text"))?;
        String::from_utf8(text).map(Some).map_err(JournalError::content("a source text"))
    }

    /// Whether the session captured that text: who may see the session may see it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session_has_source(
        &self,
        session: SessionId,
        hash: &SourceHash,
    ) -> Result<bool, JournalError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM session_sources JOIN sessions ON number = session \
             WHERE id = ? AND hash = ? AND deleting = 0)",
        )
        .bind(&session.0.as_bytes()[..])
        .bind(hash.0.as_str())
        .fetch_one(&self.pool)
        .await
        .map_err(JournalError::read("a source text"))
    }

    /// The session's number in the other tables, and its last event's.
    async fn number(&self, session: SessionId) -> Result<(i64, u64), JournalError> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT number, last_seq FROM sessions_so_far WHERE id = ? AND deleting = 0")
                .bind(&session.0.as_bytes()[..])
                .fetch_optional(&self.pool)
                .await
                .map_err(JournalError::read("the session"))?;
        row.map(|(number, last)| (number, last.unsigned_abs())).ok_or(JournalError::UnknownSession(session))
    }

    /// Events of a page, and whether it was cut: there may be more than these.
    async fn page(
        &self,
        number: i64,
        mut from: u64,
        to: u64,
        limit: u32,
    ) -> Result<(Vec<Envelope>, bool), JournalError> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        loop {
            let left = limit.saturating_sub(u32::try_from(events.len()).unwrap_or(limit)).min(EVENTS_AT_ONCE);
            let rows = sqlx::query(EVENTS).bind(number).bind(signed(from)).bind(signed(to)).bind(left);
            let rows = rows.fetch_all(&self.pool).await.map_err(JournalError::read("events"))?;
            for row in &rows {
                if bytes >= MAX_EVENTS_BYTES {
                    return Ok((events, true));
                }
                bytes += column::<&str>(row, "body")?.len();
                let event = envelope(row)?;
                from = event.seq.0 + 1;
                events.push(event);
            }
            if left == 0 || rows.len() < left as usize {
                return Ok((events, left == 0));
            }
        }
    }

    /// The newest keyframe up to `at`. One that an older version wrote in another shape is as good as none.
    async fn keyframe(&self, number: i64, at: u64) -> Result<Snapshot, JournalError> {
        let found: Option<Vec<u8>> = sqlx::query_scalar(
            "SELECT snapshot FROM keyframes WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
        )
        .bind(number)
        .bind(signed(at))
        .fetch_optional(&self.pool)
        .await
        .map_err(JournalError::read("a keyframe"))?;
        let Some(packed) = found else { return Ok(Snapshot::default()) };
        let json = zstd::decode_all(&packed[..]).map_err(JournalError::content("a keyframe"))?;
        Ok(serde_json::from_slice(&json).unwrap_or_else(|error| {
            tracing::warn!(%error, "a keyframe cannot be understood; folding from the start");
            Snapshot::default()
        }))
    }
}

/// SQLite's integers are signed; ours never get that large.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn column<'r, T>(row: &'r SqliteRow, name: &'static str) -> Result<T, JournalError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(name).map_err(JournalError::read(name))
}

fn uuid(bytes: &[u8]) -> Result<Uuid, JournalError> {
    Uuid::from_slice(bytes).map_err(JournalError::content("an id"))
}

fn envelope(row: &SqliteRow) -> Result<Envelope, JournalError> {
    let by = column::<Option<&[u8]>>(row, "by")?.map(uuid).transpose()?.map(ParticipantId);
    Ok(Envelope {
        seq: JournalSeq(column::<i64>(row, "seq")?.unsigned_abs()),
        at: column::<i64>(row, "at")?.unsigned_abs(),
        by,
        event: serde_json::from_str(column(row, "body")?).map_err(JournalError::content("an event"))?,
    })
}

fn session_row(row: &SqliteRow) -> Result<SessionRow, JournalError> {
    let reason: Option<String> = column(row, "end_reason")?;
    let reason = reason.map(|reason| serde_json::from_value(reason.into())).transpose();
    Ok(SessionRow {
        info: SessionInfo {
            id: SessionId(uuid(column(row, "id")?)?),
            target: TargetInfo {
                name: column(row, "target_name")?,
                address: column(row, "target_address")?,
                can_restart: column(row, "can_restart")?,
            },
            started_at: column::<i64>(row, "started_at")?.unsigned_abs(),
            started_by: column(row, "started_by")?,
        },
        ended_at: column::<Option<i64>>(row, "ended_at")?.map(i64::unsigned_abs),
        end_reason: reason.map_err(JournalError::content("an end reason"))?,
        stops: column(row, "stops")?,
        events: column::<i64>(row, "events")?.unsigned_abs(),
        last_seq: JournalSeq(column::<i64>(row, "last_seq")?.unsigned_abs()),
    })
}
