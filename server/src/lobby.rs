//! Where guests wait for a host to let them in, as their pages see it: a token each, that says which of them asks.
//!
//! In: guests who asked, their pages' questions. Out: letters to their sessions; where each of them stands.
//! Invariant: a token gives nothing but where its holder stands, and at the end the ticket, which is theirs.
//! In memory: a server that is started again knows nobody who waited, and says so. The list that hosts decide on is the
//! session's.

use crate::session::{Mail, SessionHandle, Standing};
use breakroom_identity::{AskingGuest, SecretHash, SignedIn, hash_if_plausible, new_secret};
use breakroom_protocol::{ErrorBody, ErrorCode, UnixMillis};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Most tokens at a time; sessions have stricter limits on those who wait.
const TOKENS: usize = 4_096;
/// Questions of one token that may wait for their answer: some tabs.
const ASKED_AT_ONCE: usize = 4;
/// A page that was closed for so long isn't coming back: reloads, dead spots and a look at another app are shorter.
const GONE_AFTER: Duration = Duration::from_secs(180);
/// How long it is kept what became of somebody, for a page that missed the answer.
pub const KEPT: Duration = Duration::from_secs(600);

/// All who wait, or waited lately.
#[derive(Debug, Default)]
pub struct Lobby {
    places: Mutex<HashMap<SecretHash, Place>>,
}

#[derive(Debug, Clone)]
struct Place {
    /// Of the invite that they came by.
    secret: SecretHash,
    standing: watch::Receiver<Standing>,
    session: SessionHandle,
    /// How many of its questions are open.
    asked: Arc<watch::Sender<usize>>,
}

/// Somebody who waits: the token to ask by, to hand to them and nobody else.
pub struct Waits {
    /// The token.
    pub token: String,
    /// Until then at the latest.
    pub until: UnixMillis,
}

/// What a page is told.
#[derive(Debug)]
pub enum Told {
    /// Ask again.
    Waits(UnixMillis),
    /// In.
    LetIn(SignedIn),
}

impl Lobby {
    /// Somebody asks to come into a live session, by the invite with this secret.
    ///
    /// # Errors
    /// Too many wait, or the session has ended.
    pub async fn ask(
        self: &Arc<Self>,
        session: SessionHandle,
        asking: AskingGuest,
        secret: SecretHash,
    ) -> Result<Waits, ErrorBody> {
        let (tell, standing) = watch::channel(Standing::Asked);
        let token = new_secret();
        let key = SecretHash::of(&token);
        let place = Place { secret, standing, session, asked: Arc::new(watch::Sender::new(0)) };
        // Before the session knows of them: whatever becomes of this request, somebody sees to their end.
        self.take(key, place.clone())?;
        tokio::spawn(Arc::clone(self).keep(key, place.clone()));
        match place.begins(asking, tell).await {
            Ok(until) => Ok(Waits { token, until }),
            Err(why) => {
                self.lock().remove(&key);
                Err(why)
            }
        }
    }

    fn take(&self, key: SecretHash, place: Place) -> Result<(), ErrorBody> {
        let mut places = self.lock();
        if places.len() >= TOKENS {
            return Err(ErrorBody::new(
                ErrorCode::TooManyWait,
                "As many people wait to be let in as may. Tell the host, and try again in some minutes.",
            ));
        }
        places.insert(key, place);
        Ok(())
    }

    /// Where the holder of a token stands, as soon as that changes, or after a while.
    ///
    /// # Errors
    /// They don't come in, or nobody with this token waits.
    pub async fn stands(&self, token: &str, within: Duration) -> Result<Told, ErrorBody> {
        let place = self.place(token).ok_or_else(not_waiting)?;
        let _asking = Asking::begin(&place)?;
        let mut standing = place.standing;
        // The session may end without a word for them.
        if let Ok(Err(_)) = timeout(within, standing.wait_for(Standing::is_end)).await {
            return Err(ended());
        }
        let now = standing.borrow().clone();
        match now {
            Standing::Waits { until, .. } => Ok(Told::Waits(until)),
            Standing::LetIn(signed_in) => Ok(Told::LetIn(signed_in)),
            Standing::Over(why) => Err(why),
            Standing::Asked => Err(not_waiting()),
        }
    }

    /// The ticket of a token's holder who was let in, by the invite with this secret.
    pub fn let_in_by(&self, token: &str, secret: SecretHash) -> Option<SignedIn> {
        let place = self.place(token).filter(|place| place.secret == secret)?;
        match &*place.standing.borrow() {
            Standing::LetIn(signed_in) => Some(signed_in.clone()),
            _ => None,
        }
    }

    /// They don't wait any longer. Fine if they don't wait.
    pub async fn leave(&self, token: &str) {
        let Some(key) = hash_if_plausible(token) else { return };
        let Some(place) = self.lock().remove(&key) else { return };
        place.left().await;
    }

    fn place(&self, token: &str) -> Option<Place> {
        self.lock().get(&hash_if_plausible(token)?).cloned()
    }

    /// Ends the waiting of somebody whose page is closed, and forgets what became of them after a time.
    async fn keep(self: Arc<Self>, key: SecretHash, place: Place) {
        let (mut standing, mut asked) = (place.standing.clone(), place.asked.subscribe());
        let gone = tokio::select! {
            // An error: its session is over.
            _end = standing.wait_for(Standing::is_end) => false,
            () = gone(&mut asked) => true,
        };
        if gone {
            place.left().await;
        }
        // Nobody asks by a token that was given up.
        if self.lock().contains_key(&key) {
            sleep(KEPT).await;
            self.lock().remove(&key);
        }
    }

    /// Valid after any single operation, so a panic elsewhere harms nobody.
    fn lock(&self) -> MutexGuard<'_, HashMap<SecretHash, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    async fn begins(
        &self,
        asking: AskingGuest,
        standing: watch::Sender<Standing>,
    ) -> Result<UnixMillis, ErrorBody> {
        self.session.send(Mail::Ask { asking, standing }).await.map_err(|_| ended())?;
        let mut standing = self.standing.clone();
        let now = standing.wait_for(|standing| !matches!(standing, Standing::Asked)).await;
        match now.map_err(|_| ended())?.clone() {
            Standing::Waits { until, .. } => Ok(until),
            Standing::Over(why) => Err(why),
            // It takes a host who sees them wait, and who was quicker than this; the token tells.
            Standing::LetIn(signed_in) => Ok(signed_in.me.expires_at),
            Standing::Asked => Err(ended()),
        }
    }

    async fn left(&self) {
        let guest = match *self.standing.borrow() {
            Standing::Waits { guest, .. } => guest,
            _ => return,
        };
        // A session that has ended has told them.
        let _ended = self.session.send(Mail::GuestLeft(guest)).await;
    }
}

/// Resolves when nothing was asked for a long time.
async fn gone(asked: &mut watch::Receiver<usize>) {
    loop {
        if asked.wait_for(|open| *open == 0).await.is_err() {
            return;
        }
        tokio::select! {
            () = sleep(GONE_AFTER) => return,
            _ = asked.changed() => {}
        }
    }
}

/// A question that is open.
struct Asking(Arc<watch::Sender<usize>>);

impl Asking {
    fn begin(place: &Place) -> Result<Self, ErrorBody> {
        let taken = place.asked.send_if_modified(|open| {
            let free = *open < ASKED_AT_ONCE;
            *open += usize::from(free);
            free
        });
        if taken {
            Ok(Self(Arc::clone(&place.asked)))
        } else {
            Err(ErrorBody::new(ErrorCode::TooFast, "You wait in too many tabs: close some of them."))
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

fn ended() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::SessionEnded,
        "The session has ended, or its server was stopped: nobody can be let in any more.",
    )
}

fn not_waiting() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::NotWaiting,
        "You don't wait here any more: it was too long ago, or the server was started again. Open the invite link \
         again to ask anew.",
    )
}
