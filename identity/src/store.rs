//! The tables of `migrations/0002_identity.sql`, `0004_ticket_recordings.sql` and `0006_asking_invites.sql`. The only file
//! that knows SQL.
//!
//! Whoever writes takes a turn first ([`Store::begin`]): SQLite has one writer anyway, and while another program keeps
//! the database locked, waiting writers shall not take the pool's connections from those who read.

use crate::live::LiveTicket;
use crate::secret::SecretHash;
use crate::{IdentityError, now};
use breakroom_protocol::ids::{InviteId, ParticipantId, SessionId, TicketId};
use breakroom_protocol::model::{CameBy, InviteInfo, Me, Participant, ParticipantKind, Role, UnixMillis};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long somebody waits for their turn to write. SQLite's own wait for the lock (the pool's `busy_timeout`) comes
/// on top.
pub(crate) const TURN_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: SqlitePool,
    turn: Arc<Mutex<()>>,
}

/// A transaction that writes; rolled back unless committed.
pub(crate) struct Write {
    tx: Transaction<'static, Sqlite>,
    _turn: OwnedMutexGuard<()>,
}

impl Write {
    pub(crate) async fn commit(self) -> Result<(), IdentityError> {
        Ok(self.tx.commit().await?)
    }
}

impl Deref for Write {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.tx
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }
}

/// An invite that was just used, or could be.
pub(crate) struct UsedInvite {
    pub(crate) id: InviteId,
    pub(crate) session: SessionId,
    pub(crate) role: Role,
    pub(crate) notes: bool,
    pub(crate) expires_at: UnixMillis,
    /// After this use.
    pub(crate) uses_left: u32,
}

/// Which invite is to be used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InviteKey {
    /// The one with this secret; one that asks isn't used by that.
    Secret(SecretHash),
    /// This one, as a host of the session says so.
    Admitted(InviteId, SessionId),
}

/// What became of it.
pub(crate) enum Use {
    /// It was used once more.
    Used(UsedInvite),
    /// It could be, by a host's decision.
    Asks(UsedInvite),
}

/// What tells whether an invite can be used, and what it gives.
macro_rules! why_not {
    () => {
        "id, session, role, notes, expires_at, uses, used, uses - used AS uses_left, revoked_at FROM invites"
    };
}

impl Store {
    pub(crate) fn new(pool: SqlitePool) -> Self {
        Self { pool, turn: Arc::default() }
    }

    /// A transaction that has the write lock from its start, so that it never fails half-way for want of it.
    pub(crate) async fn begin(&self) -> Result<Write, IdentityError> {
        let turn = tokio::time::timeout(TURN_WITHIN, Arc::clone(&self.turn).lock_owned());
        let _turn = turn.await.map_err(|_| IdentityError::Busy)?;
        Ok(Write { tx: self.pool.begin_with("BEGIN IMMEDIATE").await?, _turn })
    }

    /// The tickets that are good now; read once, at start.
    pub(crate) async fn live_tickets(
        &self,
        now: UnixMillis,
    ) -> Result<Vec<(TicketId, LiveTicket)>, IdentityError> {
        let rows = sqlx::query(
            "SELECT id, participant, name, role, kind, notes, session, invite, expires_at
             FROM tickets WHERE revoked_at IS NULL AND expires_at > ?",
        )
        .bind(db(now))
        .fetch_all(&self.pool)
        .await?;
        let mut tickets: Vec<_> = rows.iter().map(ticket).collect::<Result<_, _>>()?;
        // Oldest first: ours are UUIDs that begin with the time.
        let rows = sqlx::query("SELECT ticket, session FROM ticket_recordings ORDER BY ticket, session")
            .fetch_all(&self.pool)
            .await?;
        let mut earlier: HashMap<TicketId, Vec<SessionId>> = HashMap::new();
        for row in &rows {
            earlier.entry(id(row, "ticket")?).or_default().push(id(row, "session")?);
        }
        for (ticket, live) in &mut tickets {
            live.earlier = earlier.remove(ticket).unwrap_or_default().into();
        }
        Ok(tickets)
    }

    pub(crate) async fn insert_ticket(
        &self,
        connection: &mut SqliteConnection,
        id: TicketId,
        ticket: &LiveTicket,
        now: UnixMillis,
    ) -> Result<(), IdentityError> {
        let Me { participant, session, expires_at } = &ticket.me;
        sqlx::query(
            "INSERT INTO tickets (id, participant, name, role, kind, notes, session, invite, issued_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id.to_string())
        .bind(participant.id.to_string())
        .bind(&participant.name)
        .bind(role_text(participant.role))
        .bind(kind_text(participant.kind))
        .bind(participant.may_write_notes)
        .bind(session.map(|session| session.to_string()))
        .bind(ticket.invite.map(|invite| invite.to_string()))
        .bind(db(now))
        .bind(db(*expires_at))
        .execute(connection)
        .await?;
        Ok(())
    }

    pub(crate) async fn revoke_tickets(
        &self,
        ids: &[TicketId],
        now: UnixMillis,
    ) -> Result<(), IdentityError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for id in ids {
            sqlx::query("UPDATE tickets SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
                .bind(db(now))
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await
    }

    /// Adds an invite unless the session has `limit` usable ones already; says whether it did.
    pub(crate) async fn insert_invite(
        &self,
        invite: &InviteInfo,
        secret: SecretHash,
        by: ParticipantId,
        limit: u32,
        now: UnixMillis,
    ) -> Result<bool, IdentityError> {
        let mut tx = self.begin().await?;
        let added = sqlx::query(
            "INSERT INTO invites
                 (id, secret_hash, session, role, notes, asks, created_by, created_at, expires_at, uses)
             SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
             WHERE (SELECT count(*) FROM invites WHERE session = ? AND revoked_at IS NULL AND expires_at > ?) < ?",
        )
        .bind(invite.id.to_string())
        .bind(&secret.0[..])
        .bind(invite.session.to_string())
        .bind(role_text(invite.role))
        .bind(invite.notes)
        .bind(invite.asks)
        .bind(by.to_string())
        .bind(db(now))
        .bind(db(invite.expires_at))
        .bind(invite.uses)
        .bind(invite.session.to_string())
        .bind(db(now))
        .bind(limit)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    /// A session's invites, oldest first.
    pub(crate) async fn invites(&self, session: SessionId) -> Result<Vec<InviteInfo>, IdentityError> {
        let mut came: HashMap<InviteId, Vec<CameBy>> = HashMap::new();
        let rows = sqlx::query(
            "SELECT tickets.invite, tickets.participant, tickets.name
             FROM tickets JOIN invites ON invites.id = tickets.invite
             WHERE invites.session = ? ORDER BY tickets.issued_at, tickets.id",
        )
        .bind(session.to_string())
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let who = CameBy { participant: id(row, "participant")?, name: row.try_get("name")? };
            came.entry(id(row, "invite")?).or_default().push(who);
        }
        let rows = sqlx::query(
            "SELECT id, session, role, notes, asks, created_by, expires_at, uses, used, revoked_at FROM invites
             WHERE session = ? ORDER BY created_at, id",
        )
        .bind(session.to_string())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let invite: InviteId = id(row, "id")?;
                let made_by: ParticipantId = id(row, "created_by")?;
                Ok(InviteInfo {
                    id: invite,
                    session: id(row, "session")?,
                    role: role(row)?,
                    notes: row.try_get("notes")?,
                    asks: row.try_get("asks")?,
                    made_by: (!made_by.0.is_nil()).then_some(made_by),
                    expires_at: millis(row, "expires_at")?,
                    uses: row.try_get("uses")?,
                    used: row.try_get("used")?,
                    revoked: row.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
                    came: came.remove(&invite).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// Counts one use of an invite, or says why it can't be used. The `WHERE` decides, so that of any number of
    /// racing redemptions no more succeed than the invite allows, and none of one that asks.
    pub(crate) async fn use_invite(
        &self,
        connection: &mut SqliteConnection,
        key: InviteKey,
        now: UnixMillis,
    ) -> Result<Use, IdentityError> {
        let used = match key {
            InviteKey::Secret(secret) => sqlx::query(
                "UPDATE invites SET used = used + 1
                 WHERE secret_hash = ? AND asks = 0 AND used < uses AND revoked_at IS NULL AND expires_at > ?
                 RETURNING id, session, role, notes, expires_at, uses - used AS uses_left",
            )
            .bind(secret.0.to_vec()),
            InviteKey::Admitted(invite, session) => sqlx::query(
                "UPDATE invites SET used = used + 1
                 WHERE id = ? AND session = ? AND used < uses AND revoked_at IS NULL AND expires_at > ?
                 RETURNING id, session, role, notes, expires_at, uses - used AS uses_left",
            )
            .bind(invite.to_string())
            .bind(session.to_string()),
        };
        if let Some(row) = used.bind(db(now)).fetch_optional(&mut *connection).await? {
            return Ok(Use::Used(used_invite(&row)?));
        }
        let why = match key {
            InviteKey::Secret(secret) => {
                sqlx::query(concat!("SELECT ", why_not!(), " WHERE secret_hash = ?")).bind(secret.0.to_vec())
            }
            InviteKey::Admitted(invite, session) => {
                sqlx::query(concat!("SELECT ", why_not!(), " WHERE id = ? AND session = ?"))
                    .bind(invite.to_string())
                    .bind(session.to_string())
            }
        };
        let row = why.fetch_optional(connection).await?.ok_or(IdentityError::InviteInvalid)?;
        usable(&row, now)?;
        // All is well with it, so what kept it from being used is that it asks.
        Ok(Use::Asks(used_invite(&row)?))
    }

    /// Whether an invite of a session can be used, or why it can't.
    pub(crate) async fn usable(
        &self,
        invite: InviteId,
        session: SessionId,
        now: UnixMillis,
    ) -> Result<(), IdentityError> {
        let row = sqlx::query(concat!("SELECT ", why_not!(), " WHERE id = ? AND session = ?"))
            .bind(invite.to_string())
            .bind(session.to_string())
            .fetch_optional(&self.pool)
            .await?
            .ok_or(IdentityError::InviteInvalid)?;
        usable(&row, now)
    }

    /// Revokes an invite and the tickets issued by it.
    pub(crate) async fn revoke_invite(
        &self,
        session: SessionId,
        invite: InviteId,
        now: UnixMillis,
    ) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        let found = sqlx::query(
            "UPDATE invites SET revoked_at = coalesce(revoked_at, ?) WHERE id = ? AND session = ?",
        )
        .bind(db(now))
        .bind(invite.to_string())
        .bind(session.to_string())
        .execute(&mut *tx)
        .await?;
        if found.rows_affected() == 0 {
            return Err(IdentityError::InviteNotFound);
        }
        sqlx::query("UPDATE tickets SET revoked_at = ? WHERE invite = ? AND revoked_at IS NULL")
            .bind(db(now))
            .bind(invite.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Nobody else comes in by the invites that a guest came by, which are given; who is in by them stays.
    pub(crate) async fn use_up_invites_of(
        &self,
        participant: ParticipantId,
    ) -> Result<Vec<InviteId>, IdentityError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query(
            "UPDATE invites SET used = uses
             WHERE id IN (SELECT invite FROM tickets WHERE participant = ? AND invite IS NOT NULL)
             RETURNING id",
        )
        .bind(participant.to_string())
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.iter().map(|row| id(row, "id")).collect()
    }

    pub(crate) async fn insert_host_link(
        &self,
        secret: SecretHash,
        session: Option<SessionId>,
        expires_at: UnixMillis,
    ) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO host_links (secret_hash, session, expires_at) VALUES (?, ?, ?)")
            .bind(&secret.0[..])
            .bind(session.map(|session| session.to_string()))
            .bind(db(expires_at))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Uses up a host link and gives the session it opens.
    pub(crate) async fn use_host_link(
        &self,
        connection: &mut SqliteConnection,
        secret: SecretHash,
        now: UnixMillis,
    ) -> Result<Option<SessionId>, IdentityError> {
        let row = sqlx::query(
            "UPDATE host_links SET used_at = ? WHERE secret_hash = ? AND used_at IS NULL AND expires_at > ?
             RETURNING session",
        )
        .bind(db(now))
        .bind(&secret.0[..])
        .bind(db(now))
        .fetch_optional(connection)
        .await?
        .ok_or(IdentityError::HostLinkInvalid)?;
        optional_id(&row, "session")
    }

    /// Has these tickets for one session, and its invites, open another. Other tickets for it end: they are out in memory
    /// already, though that could not be written, and must not come back to a session that lives.
    pub(crate) async fn carry_over(
        &self,
        from: SessionId,
        to: SessionId,
        tickets: &[TicketId],
    ) -> Result<(), IdentityError> {
        let (from, to) = (from.to_string(), to.to_string());
        let mut tx = self.begin().await?;
        for ticket in tickets {
            sqlx::query(
                "INSERT INTO ticket_recordings (ticket, session)
                 SELECT id, session FROM tickets WHERE id = ? AND session = ? AND revoked_at IS NULL",
            )
            .bind(ticket.to_string())
            .bind(&from)
            .execute(&mut *tx)
            .await?;
            sqlx::query("UPDATE tickets SET session = ? WHERE id = ? AND session = ? AND revoked_at IS NULL")
                .bind(&to)
                .bind(ticket.to_string())
                .bind(&from)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query("UPDATE tickets SET revoked_at = coalesce(revoked_at, ?) WHERE session = ?")
            .bind(db(now()))
            .bind(&from)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE invites SET session = ? WHERE session = ?")
            .bind(&to)
            .bind(&from)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Deletes everything that opens a session which is no more.
    pub(crate) async fn delete_session(&self, session: SessionId) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        for sql in [
            "DELETE FROM ticket_recordings WHERE session = ?",
            "DELETE FROM tickets WHERE session = ?",
            "DELETE FROM invites WHERE session = ?",
            "DELETE FROM host_links WHERE session = ?",
        ] {
            sqlx::query(sql).bind(session.to_string()).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// Deletes tickets that expired, and invites and host links that expired before `long_ago`: until then their
    /// links are answered with what became of them.
    pub(crate) async fn prune(&self, now: UnixMillis, long_ago: UnixMillis) -> Result<(), IdentityError> {
        for (sql, before) in [
            ("DELETE FROM tickets WHERE expires_at <= ?", now),
            ("DELETE FROM invites WHERE expires_at <= ?", long_ago),
            ("DELETE FROM host_links WHERE expires_at <= ?", long_ago),
        ] {
            let mut tx = self.begin().await?;
            sqlx::query(sql).bind(db(before)).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn used_invite(row: &SqliteRow) -> Result<UsedInvite, IdentityError> {
    Ok(UsedInvite {
        id: id(row, "id")?,
        session: id(row, "session")?,
        role: role(row)?,
        notes: row.try_get("notes")?,
        expires_at: millis(row, "expires_at")?,
        uses_left: row.try_get("uses_left")?,
    })
}

/// Why an invite can't be used, if it can't.
fn usable(row: &SqliteRow, now: UnixMillis) -> Result<(), IdentityError> {
    if row.try_get::<Option<i64>, _>("revoked_at")?.is_some() {
        return Err(IdentityError::InviteRevoked);
    }
    if millis(row, "expires_at")? <= now {
        return Err(IdentityError::InviteExpired);
    }
    if row.try_get::<u32, _>("uses_left")? == 0 { Err(IdentityError::InviteUsedUp) } else { Ok(()) }
}

fn ticket(row: &SqliteRow) -> Result<(TicketId, LiveTicket), IdentityError> {
    let participant = Participant {
        id: id(row, "participant")?,
        name: row.try_get("name")?,
        role: role(row)?,
        kind: kind(row)?,
        may_write_notes: row.try_get("notes")?,
    };
    let me =
        Me { participant, session: optional_id(row, "session")?, expires_at: millis(row, "expires_at")? };
    Ok((id(row, "id")?, LiveTicket { me, invite: optional_id(row, "invite")?, earlier: Arc::default() }))
}

/// Milliseconds as SQLite keeps them.
fn db(at: UnixMillis) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn millis(row: &SqliteRow, column: &'static str) -> Result<UnixMillis, IdentityError> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| IdentityError::StoreDamaged { what: column })
}

fn id<T: FromStr>(row: &SqliteRow, column: &'static str) -> Result<T, IdentityError> {
    row.try_get::<&str, _>(column)?.parse().map_err(|_| IdentityError::StoreDamaged { what: column })
}

fn optional_id<T: FromStr>(row: &SqliteRow, column: &'static str) -> Result<Option<T>, IdentityError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|_| IdentityError::StoreDamaged { what: column })).transpose()
}

fn role_text(role: Role) -> &'static str {
    match role {
        Role::Watcher => "watcher",
        Role::Collaborator => "collaborator",
        Role::Host => "host",
    }
}

fn role(row: &SqliteRow) -> Result<Role, IdentityError> {
    match row.try_get("role")? {
        "watcher" => Ok(Role::Watcher),
        "collaborator" => Ok(Role::Collaborator),
        "host" => Ok(Role::Host),
        _ => Err(IdentityError::StoreDamaged { what: "role" }),
    }
}

fn kind_text(kind: ParticipantKind) -> &'static str {
    match kind {
        ParticipantKind::HomeAssistant => "home_assistant",
        ParticipantKind::Guest => "guest",
        ParticipantKind::HostLink => "host_link",
    }
}

fn kind(row: &SqliteRow) -> Result<ParticipantKind, IdentityError> {
    match row.try_get("kind")? {
        "home_assistant" => Ok(ParticipantKind::HomeAssistant),
        "guest" => Ok(ParticipantKind::Guest),
        "host_link" => Ok(ParticipantKind::HostLink),
        _ => Err(IdentityError::StoreDamaged { what: "kind" }),
    }
}
