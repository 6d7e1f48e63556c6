//! The tickets that are good right now, in memory: what every request is checked against.
//!
//! Invariant: a ticket leaves this table before anybody is told that it left, and never comes back.

use breakroom_protocol::ids::{InviteId, ParticipantId, SessionId, TicketId};
use breakroom_protocol::model::{Me, UnixMillis};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::broadcast;

/// Revocations a subscriber may lag behind. One that lags further gets `Lagged` and asks
/// [`crate::Identity::is_live`] about each ticket it serves.
const BACKLOG: usize = 256;

/// A ticket ended: whoever serves its holder stops at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Which.
    pub ticket: TicketId,
    /// Whose.
    pub participant: ParticipantId,
    /// Why, to tell the holder.
    pub why: RevokedWhy,
}

/// Why a ticket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevokedWhy {
    /// Its time is over.
    Expired,
    /// Its holder signed out.
    SignedOut,
    /// A host removed its holder.
    Removed,
    /// A host revoked the invite it came by, or the session was deleted.
    InviteRevoked,
    /// Home Assistant refuses the token by now, or its user's role there changed.
    HomeAssistant,
}

/// One entry of the table.
#[derive(Debug, Clone)]
pub(crate) struct LiveTicket {
    pub(crate) me: Me,
    pub(crate) invite: Option<InviteId>,
    /// The sessions that it opened before, oldest first: it still shows their recordings.
    pub(crate) earlier: Arc<[SessionId]>,
}

impl LiveTicket {
    fn is_expired(&self, now: UnixMillis) -> bool {
        self.me.expires_at <= now
    }

    /// Whether it gets its holder into this session, or did before another one followed.
    pub(crate) fn opens(&self, session: SessionId) -> bool {
        self.me.session.is_none_or(|only| only == session) || self.earlier.contains(&session)
    }
}

#[derive(Debug)]
pub(crate) struct Live {
    tickets: RwLock<HashMap<TicketId, LiveTicket>>,
    /// Which session followed which, since the server started.
    followed: RwLock<HashMap<SessionId, SessionId>>,
    revoked: broadcast::Sender<Revoked>,
}

/// What the table says about a well-signed ticket.
pub(crate) enum Standing {
    Good(Me, Arc<[SessionId]>),
    Expired,
    Gone,
}

impl Live {
    pub(crate) fn new(tickets: impl IntoIterator<Item = (TicketId, LiveTicket)>) -> Self {
        Self {
            tickets: RwLock::new(tickets.into_iter().collect()),
            followed: RwLock::default(),
            revoked: broadcast::channel(BACKLOG).0,
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Revoked> {
        self.revoked.subscribe()
    }

    pub(crate) fn len(&self) -> usize {
        self.read().len()
    }

    pub(crate) fn insert(&self, id: TicketId, ticket: LiveTicket) {
        self.write().insert(id, ticket);
    }

    pub(crate) fn standing(&self, id: TicketId, now: UnixMillis) -> Standing {
        match self.read().get(&id) {
            None => Standing::Gone,
            Some(ticket) if ticket.is_expired(now) => Standing::Expired,
            Some(ticket) => Standing::Good(ticket.me.clone(), Arc::clone(&ticket.earlier)),
        }
    }

    pub(crate) fn is_live(&self, id: TicketId, now: UnixMillis) -> bool {
        self.read().get(&id).is_some_and(|ticket| !ticket.is_expired(now))
    }

    /// Ends every ticket that `which` picks, tells the subscribers, and says which they were.
    pub(crate) fn end(
        &self,
        why: RevokedWhy,
        which: impl Fn(TicketId, &LiveTicket) -> bool,
    ) -> Vec<TicketId> {
        let ended: Vec<_> = self.write().extract_if(|&id, ticket| which(id, ticket)).collect();
        for (ticket, entry) in &ended {
            // No subscriber is no error: nobody serves the holder then.
            let _told =
                self.revoked.send(Revoked { ticket: *ticket, participant: entry.me.participant.id, why });
        }
        ended.into_iter().map(|(id, _)| id).collect()
    }

    /// What opened one session opens another from here on.
    pub(crate) fn carry_over(&self, from: SessionId, to: SessionId) {
        self.followed.write().unwrap_or_else(PoisonError::into_inner).insert(from, to);
        for ticket in self.write().values_mut().filter(|ticket| ticket.me.session == Some(from)) {
            ticket.me.session = Some(to);
            ticket.earlier = ticket.earlier.iter().copied().chain([from]).collect();
        }
    }

    /// A session, or the one that has followed it by now, whose its invites are.
    pub(crate) fn newest(&self, session: SessionId) -> SessionId {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        let mut newest = session;
        while let Some(next) = followed.get(&newest) {
            newest = *next;
        }
        newest
    }

    /// The tickets for one session only.
    pub(crate) fn tickets_for(&self, session: SessionId) -> Vec<TicketId> {
        let tickets = self.read();
        let theirs = tickets.iter().filter(|(_, ticket)| ticket.me.session == Some(session));
        theirs.map(|(id, _)| *id).collect()
    }

    /// Ends the expired ones.
    pub(crate) fn expire(&self, now: UnixMillis) -> Vec<TicketId> {
        self.end(RevokedWhy::Expired, |_, ticket| ticket.is_expired(now))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<TicketId, LiveTicket>> {
        self.tickets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<TicketId, LiveTicket>> {
        self.tickets.write().unwrap_or_else(PoisonError::into_inner)
    }
}
