//! Places for sockets: so many in all, and not all of them one person's.
//!
//! Limits of a socket alone are none: whoever has a ticket opens another one. So what somebody's sockets may send is counted
//! together, too. By person, not by ticket: who signs in with Home Assistant gets as many tickets as they like.

use super::error::ApiError;
use super::socket::Rate;
use breakroom_protocol::{ErrorCode, ParticipantId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Most sockets of one person. A tab has three, an editor two, and `join` lets 48 editors' sessions in.
const OF_ONE: usize = 128;
/// All sockets of a person together, in those that one may send alone.
const TOGETHER: f64 = 4.0;

/// All places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    people: Arc<People>,
}

type People = Mutex<HashMap<ParticipantId, Person>>;

/// Somebody with sockets.
#[derive(Debug)]
struct Person {
    sockets: usize,
    sent: Arc<Sent>,
}

/// What somebody's sockets have sent lately.
#[derive(Debug)]
struct Sent {
    commands: Mutex<Rate>,
    frames: Mutex<Rate>,
}

/// One socket's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    who: ParticipantId,
    sent: Arc<Sent>,
    people: Arc<People>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// So many.
    pub fn new(sockets: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(sockets)), people: Arc::default() }
    }

    /// A place for one more socket of somebody.
    pub fn take(&self, who: ParticipantId) -> Result<Place, ApiError> {
        let refused = |why: &str| Err(ApiError::new(ErrorCode::TooFast, why));
        let mut people = lock(&self.people);
        if people.get(&who).is_some_and(|person| person.sockets >= OF_ONE) {
            return refused("You have as many connections as you may: close some tabs or editors.");
        }
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else {
            return refused("The server has as many connections as it may: try again later.");
        };
        let person = people.entry(who).or_insert_with(|| Person { sockets: 0, sent: Arc::new(Sent::new()) });
        person.sockets += 1;
        let (sent, people) = (Arc::clone(&person.sent), Arc::clone(&self.people));
        Ok(Place { who, sent, people, _permit: permit })
    }
}

impl Sent {
    fn new() -> Self {
        let together =
            |per_second: f64, burst: f64| Mutex::new(Rate::new(TOGETHER * per_second, TOGETHER * burst));
        Self {
            commands: together(super::live::PER_SECOND, super::live::BURST),
            frames: together(super::docs::PER_SECOND, super::docs::BURST),
        }
    }
}

impl Place {
    /// Whether its person may send a command now, on whichever of their sockets.
    pub fn may_command(&self) -> bool {
        lock(&self.sent.commands).take()
    }

    /// The same for a frame of a doc.
    pub fn may_write(&self) -> bool {
        lock(&self.sent.frames).take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut people = lock(&self.people);
        let Some(person) = people.get_mut(&self.who) else { return };
        person.sockets -= 1;
        if person.sockets == 0 {
            people.remove(&self.who);
        }
    }
}

/// Valid after any single operation, so a panic elsewhere harms nobody.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_leaves_places_for_others_and_gives_back_what_they_had() {
        let places = Places::new(OF_ONE + 1);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        let hers: Vec<_> = (0..OF_ONE).map(|_| places.take(eve).unwrap()).collect();
        let refused = places.take(eve).unwrap_err();
        assert!(refused.0.message.starts_with("You have"), "{}", refused.0.message);
        let place = places.take(ada).unwrap();
        let full = places.take(ada).unwrap_err();
        assert!(full.0.message.starts_with("The server"), "{}", full.0.message);
        drop((hers, place));
        assert!(lock(&places.people).is_empty());
        assert!((0..OF_ONE).all(|_| places.take(eve).is_ok()));
    }

    #[test]
    fn what_one_sends_is_counted_over_all_their_sockets() {
        let places = Places::new(10);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        let hers: Vec<_> = (0..8).map(|_| places.take(eve).unwrap()).collect();
        let sent = (0..10_000).filter(|n| hers[n % 8].may_command()).count();
        assert!((800..2_000).contains(&sent), "{sent}");
        assert!(places.take(ada).unwrap().may_command());
        assert!(hers[0].may_write(), "docs are counted apart");
    }
}
