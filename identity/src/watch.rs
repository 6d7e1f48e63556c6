//! One watch per Home Assistant token in use: ends its tickets when Home Assistant no longer vouches for them.
//!
//! In: the end of the authenticated socket (a deleted token closes it within milliseconds), time, pokes.
//! Out: revoked tickets.
//! Invariant: a ticket is revoked only by Home Assistant's own word; one that is paused, restarting or gone keeps
//! everybody inside. A refused or expired token is never presented again.
//! Why recheck at all: up to 2025.4 the socket of a deactivated or deleted user stays open and serves on.

use crate::home_assistant::{HomeAssistant, NotVouched, Socket, User, Vouched};
use crate::identity::{Inner, lock};
use crate::live::RevokedWhy;
use crate::now;
use crate::secret::SecretHash;
use crate::token::Token;
use breakroom_protocol::ids::{ParticipantId, TicketId};
use breakroom_protocol::model::Role;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// First wait after an unreachable Home Assistant; doubled each time, up to `recheck_every`.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// The tokens in use. Bounded by [`crate::AttemptLimits::watches`].
#[derive(Default)]
pub(crate) struct Watches(Mutex<HashMap<SecretHash, Watched>>);

struct Watched {
    /// The tickets that this token vouches for.
    tickets: HashSet<TicketId>,
    /// Wakes the watch: recheck now, or end if no ticket is left.
    poke: Arc<Notify>,
}

/// What a watch does after it has looked.
enum Next {
    RecheckIn(Duration),
    /// The token's own expiry passed: only the open socket can tell anything any more.
    OnlyListen,
    End,
}

impl Watches {
    /// Whether one more ticket of this token can be watched.
    pub(crate) fn has_room(&self, token: SecretHash, limit: usize) -> bool {
        let watches = lock(&self.0);
        watches.contains_key(&token) || watches.len() < limit
    }

    /// Wakes the watches of tickets that ended, so that a token without tickets is forgotten at once.
    pub(crate) fn look_again(&self, ended: &[TicketId]) {
        for watched in lock(&self.0).values() {
            if ended.iter().any(|ticket| watched.tickets.contains(ticket)) {
                watched.poke.notify_one();
            }
        }
    }

    /// Has one watch recheck now.
    pub(crate) fn poke_any(&self) {
        if let Some(watched) = lock(&self.0).values().next() {
            watched.poke.notify_one();
        }
    }

    fn remove(&self, token: SecretHash) -> HashSet<TicketId> {
        lock(&self.0).remove(&token).map(|watched| watched.tickets).unwrap_or_default()
    }
}

impl Inner {
    /// Watches `token` for `ticket`, on the socket it was just accepted on.
    pub(crate) fn watch(self: &Arc<Self>, token: Token, vouched: Vouched, ticket: TicketId) {
        let mut watches = lock(&self.watches.0);
        if let Some(watched) = watches.get_mut(&token.hash()) {
            watched.tickets.insert(ticket);
            // It may be of another role, or without a socket: this token is known to be good now.
            watched.poke.notify_one();
            self.tasks.spawn(vouched.socket.close());
            return;
        }
        let poke = Arc::new(Notify::new());
        watches.insert(token.hash(), Watched { tickets: HashSet::from([ticket]), poke: Arc::clone(&poke) });
        self.tasks.spawn(Watch::new(Arc::clone(self), token, vouched, poke).run());
    }

    /// Asks now and then whether Home Assistant answers, if nothing else does.
    pub(crate) async fn probe(self: Arc<Self>) {
        let Some(home_assistant) = &self.home_assistant else { return };
        let every = home_assistant.config.recheck_every;
        loop {
            let wait = match home_assistant.last_asked() {
                None => Duration::ZERO,
                Some(ago) => every.saturating_sub(ago),
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            if home_assistant.last_asked().is_none_or(|ago| ago >= every) {
                home_assistant.probe().await;
            }
        }
    }
}

struct Watch {
    inner: Arc<Inner>,
    token: Token,
    holder: (ParticipantId, Role),
    socket: Option<Socket>,
    poke: Arc<Notify>,
    retry: Duration,
}

impl Watch {
    fn new(inner: Arc<Inner>, token: Token, vouched: Vouched, poke: Arc<Notify>) -> Self {
        let Vouched { user, socket } = vouched;
        Self { inner, token, holder: identity(&user), socket: Some(socket), poke, retry: FIRST_RETRY }
    }

    async fn run(mut self) {
        let inner = Arc::clone(&self.inner);
        let Some(home_assistant) = &inner.home_assistant else { return };
        let mut next = Next::RecheckIn(home_assistant.config.recheck_every);
        loop {
            tokio::select! {
                () = inner.stop.cancelled() => break,
                () = ended(&mut self.socket) => {}
                () = self.poke.notified() => {}
                () = wait(&next) => {}
            }
            // Not cut short by a stop: a revocation is to be written, and Home Assistant logs a broken handshake as an
            // error of its own.
            next = self.look(home_assistant).await;
            if let Next::End = next {
                break;
            }
        }
        if let Some(socket) = self.socket {
            socket.close().await;
        }
    }

    /// Checks whether tickets are left, then asks Home Assistant afresh on a new connection.
    async fn look(&mut self, home_assistant: &HomeAssistant) -> Next {
        if !self.has_tickets() {
            return Next::End;
        }
        if self.token.is_expired(now()) {
            return Next::OnlyListen;
        }
        match home_assistant.ask(&self.token).await {
            Ok(Vouched { user, socket }) if identity(&user) == self.holder => {
                if let Some(old) = self.socket.replace(socket) {
                    self.inner.tasks.spawn(old.close());
                }
                self.retry = FIRST_RETRY;
                Next::RecheckIn(home_assistant.config.recheck_every)
            }
            // What they may do changed: they sign in again and get what they may do now.
            Ok(Vouched { socket, .. }) => {
                self.socket = Some(socket);
                self.revoke("the user's role changed in Home Assistant").await;
                Next::End
            }
            Err(NotVouched::Refused) => {
                lock(&self.inner.refusals).remember(self.token.hash(), Instant::now());
                self.revoke("Home Assistant refuses the token by now").await;
                self.inner.watches.poke_any();
                Next::End
            }
            Err(NotVouched::Unreachable(_)) => {
                let wait = self.retry;
                self.retry = (wait * 2).min(home_assistant.config.recheck_every);
                Next::RecheckIn(wait)
            }
        }
    }

    /// Forgets tickets that ended; without any the watch removes itself, in one step, so that a sign-in with the
    /// same token either finds it running or starts another.
    fn has_tickets(&self) -> bool {
        let (live, now) = (&self.inner.live, now());
        let mut watches = lock(&self.inner.watches.0);
        let Some(watched) = watches.get_mut(&self.token.hash()) else { return false };
        watched.tickets.retain(|&ticket| live.is_live(ticket, now));
        let left = !watched.tickets.is_empty();
        if !left {
            watches.remove(&self.token.hash());
        }
        left
    }

    async fn revoke(&self, why: &'static str) {
        let tickets = self.inner.watches.remove(self.token.hash());
        let ended =
            self.inner.end_tickets(RevokedWhy::HomeAssistant, |ticket, _| tickets.contains(&ticket)).await;
        match ended {
            Ok(count) => tracing::info!(participant = %self.holder.0, tickets = count, why, "tickets ended"),
            Err(error) => tracing::error!(
                participant = %self.holder.0,
                error = &error as &dyn std::error::Error,
                "tickets ended, but that could not be written: they would be good again after a restart"
            ),
        }
    }
}

fn identity(user: &User) -> (ParticipantId, Role) {
    (user.participant(), user.role())
}

/// Returns when the socket has ended (and takes it away); never without one.
async fn ended(socket: &mut Option<Socket>) {
    match socket {
        Some(open) => open.ended().await,
        None => std::future::pending().await,
    }
    *socket = None;
}

async fn wait(next: &Next) {
    match next {
        Next::RecheckIn(duration) => tokio::time::sleep(*duration).await,
        Next::OnlyListen | Next::End => std::future::pending().await,
    }
}
