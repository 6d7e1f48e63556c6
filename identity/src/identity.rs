//! The crate's front: tickets are checked, ended and kept tidy here; the ways in are in the files beside.

use crate::attempts::{Attempts, Refusals};
use crate::home_assistant::HomeAssistant;
use crate::live::{Live, LiveTicket, Revoked, RevokedWhy, Standing};
use crate::store::{Store, TURN_WITHIN};
use crate::ticket::TicketKey;
use crate::watch::Watches;
use crate::{AttemptLimits, IdentityConfig, IdentityError, millis, now};
use breakroom_protocol::ids::{InviteId, ParticipantId, SessionId, TicketId};
use breakroom_protocol::model::{Me, Participant, UnixMillis};
use sqlx::{SqliteConnection, SqlitePool};
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Expired tickets are ended (and their sockets closed) at most this late; requests notice at once.
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// Every so many sweeps, rows that nobody needs are deleted.
const SWEEPS_PER_PRUNE: u32 = 240;
/// How long an expired invite or host link is remembered, to say that it expired.
const REMEMBER_EXPIRED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long [`Identity::shutdown`] waits for the tasks; a question to a paused Home Assistant takes longer, and is
/// then left to the end of the runtime.
const SHUTDOWN: Duration = Duration::from_secs(2);
/// Sign-ins by token that may ask Home Assistant at the same time. One token always has the same slot, so that
/// of two equal ones the second finds the first's refusal.
pub(crate) const SLOTS: usize = 16;

/// Who comes in, as whom, and for how long. Cheap to clone: a handle.
#[derive(Clone)]
pub struct Identity {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("tickets", &self.inner.live.len()).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) live: Live,
    pub(crate) key: TicketKey,
    pub(crate) lifetime: Duration,
    pub(crate) limits: AttemptLimits,
    pub(crate) attempts: Mutex<Attempts>,
    pub(crate) refusals: Mutex<Refusals>,
    pub(crate) home_assistant: Option<HomeAssistant>,
    pub(crate) watches: Watches,
    pub(crate) slots: [tokio::sync::Mutex<()>; SLOTS],
    /// Held from an invite's use until its ticket is live, and while an invite is revoked, so that no ticket of a
    /// revoked invite comes to life afterwards.
    pub(crate) invites: tokio::sync::Mutex<()>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

/// Somebody came in. `Debug` does not show the ticket.
#[derive(Clone)]
pub struct SignedIn {
    /// The ticket, to hand to its holder and to nobody else.
    pub ticket: String,
    /// Who they are.
    pub me: Me,
    /// Which ticket it is.
    pub id: TicketId,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("id", &self.id).field("me", &self.me).finish_non_exhaustive()
    }
}

/// What somebody lost who was thrown out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// How many tickets.
    pub tickets: usize,
    /// The invites by which they came: used up.
    pub used_up: Vec<InviteId>,
}

/// A ticket that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Which.
    pub ticket: TicketId,
    /// Whose.
    pub me: Me,
    /// The sessions that it opened before, oldest first: their recordings are for its holder still.
    pub earlier: Arc<[SessionId]>,
}

impl Identity {
    /// Opens key and tables (the migrations have run) and starts the sweeper and the watch on Home Assistant.
    ///
    /// # Errors
    /// The key file, the database or the configured address can't be used.
    pub async fn open(pool: SqlitePool, config: IdentityConfig) -> Result<Self, IdentityError> {
        let data_dir = config.data_dir.clone();
        let key = tokio::task::spawn_blocking(move || TicketKey::open(&data_dir));
        let key = key.await.map_err(|error| IdentityError::Key {
            path: config.data_dir.clone(),
            source: std::io::Error::other(error),
        })??;
        let home_assistant = config.home_assistant.map(HomeAssistant::new).transpose()?;
        let store = Store::new(pool);
        let limits = config.limits;
        let inner = Arc::new(Inner {
            live: Live::new(store.live_tickets(now()).await?),
            store,
            key,
            lifetime: config.ticket_lifetime,
            attempts: Mutex::new(Attempts::new(limits.per_minute, limits.clients)),
            refusals: Mutex::new(Refusals::new(limits.refused_tokens, limits.refused_for)),
            home_assistant,
            watches: Watches::default(),
            slots: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            invites: tokio::sync::Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            limits,
        });
        inner.prune().await?;
        inner.tasks.spawn(Arc::clone(&inner).sweep());
        inner.tasks.spawn(Arc::clone(&inner).probe());
        Ok(Self { inner })
    }

    /// Who holds this ticket: signature, expiry and the table of live tickets, no IO.
    ///
    /// # Errors
    /// `TicketInvalid`, `TicketExpired`, `TicketRevoked`.
    pub async fn check(&self, ticket: &str) -> Result<Identified, IdentityError> {
        let id = self.inner.key.verify(ticket)?;
        match self.inner.live.standing(id, now()) {
            Standing::Good(me, earlier) => Ok(Identified { ticket: id, me, earlier }),
            Standing::Expired => Err(IdentityError::TicketExpired),
            Standing::Gone => Err(IdentityError::TicketRevoked),
        }
    }

    /// Whether a ticket is good now: for whoever lagged behind [`Self::revocations`].
    #[must_use]
    pub fn is_live(&self, ticket: TicketId) -> bool {
        self.inner.live.is_live(ticket, now())
    }

    /// Tickets that end, as they end. Bounded: on `Lagged` ask [`Self::is_live`] about each ticket in use.
    /// Subscribe before checking the ticket, so that nothing falls between.
    #[must_use]
    pub fn revocations(&self) -> broadcast::Receiver<Revoked> {
        self.inner.live.subscribe()
    }

    /// Ends one ticket; fine if it ended already.
    ///
    /// # Errors
    /// The database failed. The ticket is out all the same, until the server restarts.
    pub async fn sign_out(&self, ticket: TicketId) -> Result<(), IdentityError> {
        self.inner.end_tickets(RevokedWhy::SignedOut, |id, _| id == ticket).await.map(drop)
    }

    /// Throws a participant out: ends their tickets that open `session` (an all-session ticket does), or all of
    /// theirs. The invite by which a guest came lets nobody else in from here on (who is in by it stays), and is given:
    /// somebody may wait by it. Somebody from Home Assistant can sign in again: the session keeps its own list of them.
    ///
    /// # Errors
    /// The database failed. They are out all the same, until the server restarts.
    pub async fn revoke_participant(
        &self,
        session: Option<SessionId>,
        participant: ParticipantId,
    ) -> Result<Removed, IdentityError> {
        let which = |_, ticket: &LiveTicket| {
            ticket.me.participant.id == participant && session.is_none_or(|session| ticket.opens(session))
        };
        let ended = self.inner.end_tickets(RevokedWhy::Removed, which).await;
        // Whatever became of that: they shall not come in by the same link again.
        let _alone = self.inner.alone().await?;
        let used_up = self.inner.store.use_up_invites_of(participant).await?;
        Ok(Removed { tickets: ended?, used_up })
    }

    /// The session that has followed this one by now, or else itself.
    #[must_use]
    pub fn newest(&self, session: SessionId) -> SessionId {
        self.inner.live.newest(session)
    }

    /// One session follows another: tickets and invites that open `from` open `to` instead. Who has a ticket still sees the
    /// recording of `from`. To be called once for each `from`, and never in a circle.
    ///
    /// # Errors
    /// The database failed; then nothing has changed.
    pub async fn carry_over(&self, from: SessionId, to: SessionId) -> Result<(), IdentityError> {
        // As long as this is held, nobody comes in by an invite or a host link: no ticket is missed.
        let _alone = self.inner.alone().await?;
        let good = self.inner.live.tickets_for(from);
        self.inner.store.carry_over(from, to, &good).await?;
        self.inner.live.carry_over(from, to);
        Ok(())
    }

    /// Forgets a session that was deleted: its invites, host links and guests' tickets.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_session(&self, session: SessionId) -> Result<(), IdentityError> {
        let _alone = self.inner.alone().await?;
        self.inner.live.end(RevokedWhy::InviteRevoked, |_, ticket| ticket.me.session == Some(session));
        self.inner.store.delete_session(session).await
    }

    /// Whether Home Assistant answered when it was last asked; `None` if none is configured or it wasn't yet.
    #[must_use]
    pub fn home_assistant_reachable(&self) -> Option<bool> {
        self.inner.home_assistant.as_ref().and_then(HomeAssistant::reachable)
    }

    /// Ends the tasks, and with them the memory of Home Assistant tokens. Tickets stay good.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.inner.tasks.wait()).await.is_err() {
            tracing::info!("Home Assistant still owes an answer; not waiting for it");
        }
    }
}

impl Inner {
    /// Counts an attempt to come in; [`Self::succeeded`] gives it back.
    pub(crate) fn attempt(&self, client: IpAddr) -> Result<(), IdentityError> {
        lock(&self.attempts)
            .take(client, Instant::now())
            .map_err(|retry_after| IdentityError::TooManyAttempts { retry_after })
    }

    /// Takes the lock on invites; whoever has it may be waiting for the database.
    pub(crate) async fn alone(&self) -> Result<tokio::sync::MutexGuard<'_, ()>, IdentityError> {
        tokio::time::timeout(TURN_WITHIN, self.invites.lock()).await.map_err(|_| IdentityError::Busy)
    }

    pub(crate) fn succeeded(&self, client: IpAddr) {
        lock(&self.attempts).give_back(client);
    }

    /// Refuses to issue more tickets than the server keeps.
    pub(crate) fn room_for_ticket(&self) -> Result<(), IdentityError> {
        if self.live.len() >= self.limits.tickets {
            self.watches.look_again(&self.live.expire(now()));
            if self.live.len() >= self.limits.tickets {
                return Err(IdentityError::Full);
            }
        }
        Ok(())
    }

    /// Signs a ticket and writes its row. It is good once the transaction is committed *and* the caller has put it
    /// into the table of live ones.
    pub(crate) async fn issue(
        &self,
        connection: &mut SqliteConnection,
        participant: Participant,
        session: Option<SessionId>,
        invite: Option<InviteId>,
        at: UnixMillis,
    ) -> Result<(SignedIn, LiveTicket), IdentityError> {
        let (id, expires_at) = (TicketId::new(), at.saturating_add(millis(self.lifetime)));
        let ticket = self.key.sign(id, participant.id, at, expires_at)?;
        let me = Me { participant, session, expires_at };
        let live = LiveTicket { me: me.clone(), invite, earlier: Arc::default() };
        self.store.insert_ticket(connection, id, &live, at).await?;
        Ok((SignedIn { ticket, me, id }, live))
    }

    /// Ends tickets in memory first, so that their holders are out whatever the database says.
    pub(crate) async fn end_tickets(
        &self,
        why: RevokedWhy,
        which: impl Fn(TicketId, &LiveTicket) -> bool,
    ) -> Result<usize, IdentityError> {
        let ended = self.live.end(why, which);
        self.watches.look_again(&ended);
        self.store.revoke_tickets(&ended, now()).await?;
        Ok(ended.len())
    }

    async fn sweep(self: Arc<Self>) {
        for sweep in 1_u32.. {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
            self.watches.look_again(&self.live.expire(now()));
            if sweep % SWEEPS_PER_PRUNE == 0
                && let Err(error) = self.prune().await
            {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot prune expired rows; trying again later"
                );
            }
        }
    }

    async fn prune(&self) -> Result<(), IdentityError> {
        let now = now();
        self.store.prune(now, now.saturating_sub(millis(REMEMBER_EXPIRED))).await
    }
}

/// Locks what is only ever held for a few instructions; a panic in one leaves nothing half-done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
