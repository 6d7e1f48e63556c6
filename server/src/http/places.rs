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

/// Most sockets of one person, where that is at most half of all. A tab has three, an editor two, and `join` lets 48
/// editors' sessions in.
const OF_ONE: usize = 128;
/// All sockets of a person together, in those that one may send alone.
const TOGETHER: f64 = 4.0;
/// The same of awareness alone, of which stock clients send back everybody's: a few tabs among many people who move send much.
const AWARENESS_TOGETHER: f64 = 20.0;
/// Sockets that one opens a second on average. Each new one costs its session a snapshot, or a whole doc.
const OPENED_PER_SECOND: f64 = 4.0;
/// Sockets that one opens at once: all that they may have, and all of them again after a loss.
const OPENED_AT_ONCE: f64 = 256.0;

/// All places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    of_one: usize,
    people: Arc<People>,
}

type People = Mutex<HashMap<ParticipantId, Person>>;

/// Somebody with sockets, or who had some until a moment ago: else who drops all of them could send a burst again at once.
#[derive(Debug)]
struct Person {
    sockets: usize,
    sent: Arc<Sent>,
}

/// What somebody's sockets have sent lately.
#[derive(Debug)]
struct Sent {
    opened: Mutex<Rate>,
    commands: Mutex<Rate>,
    frames: Mutex<Rate>,
    awareness: Mutex<Rate>,
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
        let of_one = OF_ONE.min((sockets / 2).max(1));
        Self { free: Arc::new(Semaphore::new(sockets)), of_one, people: Arc::default() }
    }

    /// A place for one more socket of somebody.
    pub fn take(&self, who: ParticipantId) -> Result<Place, ApiError> {
        let refused = |why: &str| Err(ApiError::new(ErrorCode::TooFast, why));
        let mut people = lock(&self.people);
        people.retain(|_, person| person.sockets > 0 || !person.sent.is_idle());
        let person = people.entry(who).or_insert_with(|| Person { sockets: 0, sent: Arc::new(Sent::new()) });
        if person.sockets >= self.of_one {
            return refused("You have as many connections as you may: close some tabs or editors.");
        }
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else {
            return refused("The server has as many connections as it may: try again later.");
        };
        if !lock(&person.sent.opened).take() {
            return refused("You open connections too fast: try again in a moment.");
        }
        person.sockets += 1;
        let (sent, people) = (Arc::clone(&person.sent), Arc::clone(&self.people));
        Ok(Place { who, sent, people, _permit: permit })
    }
}

impl Sent {
    fn new() -> Self {
        let times = |times: f64, per_second: f64, burst: f64| {
            Mutex::new(Rate::new(times * per_second, times * burst))
        };
        Self {
            opened: Mutex::new(Rate::new(OPENED_PER_SECOND, OPENED_AT_ONCE)),
            commands: times(TOGETHER, super::live::PER_SECOND, super::live::BURST),
            frames: times(TOGETHER, super::docs::PER_SECOND, super::docs::BURST),
            awareness: times(AWARENESS_TOGETHER, super::docs::PER_SECOND, super::docs::BURST),
        }
    }

    fn is_idle(&self) -> bool {
        [&self.opened, &self.commands, &self.frames, &self.awareness]
            .into_iter()
            .all(|rate| lock(rate).is_idle())
    }
}

impl Place {
    /// Whether its person may send a command now, on whichever of their sockets.
    pub fn may_command(&self) -> bool {
        lock(&self.sent.commands).take()
    }

    /// The same for a frame of a doc.
    pub fn may_write(&self, frame: &[u8]) -> bool {
        let is_awareness = breakroom_documents::is_awareness(frame);
        lock(if is_awareness { &self.sent.awareness } else { &self.sent.frames }).take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut people = lock(&self.people);
        // Who has none left is forgotten when somebody comes after that.
        if let Some(person) = people.get_mut(&self.who) {
            person.sockets -= 1;
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
        let places = Places::new(2 * OF_ONE);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        let hers: Vec<_> = (0..OF_ONE).map(|_| places.take(eve).unwrap()).collect();
        let refused = places.take(eve).unwrap_err();
        assert!(refused.0.message.starts_with("You have"), "{}", refused.0.message);
        let adas: Vec<_> = (0..OF_ONE).map(|_| places.take(ada).unwrap()).collect();
        let full = places.take(ParticipantId::new()).unwrap_err();
        assert!(full.0.message.starts_with("The server"), "{}", full.0.message);
        drop((hers, adas));
        assert!((0..OF_ONE).all(|_| places.take(eve).is_ok()));
    }

    #[test]
    fn where_places_are_few_one_has_half_of_them() {
        let had = |sockets| {
            let (places, eve) = (Places::new(sockets), ParticipantId::new());
            (0..1_000).map_while(|_| places.take(eve).ok()).collect::<Vec<_>>().len()
        };
        assert_eq!([1, 2, 3, 40, 100_000].map(had), [1, 1, 1, 20, OF_ONE]);
    }

    #[test]
    fn who_opens_sockets_anew_has_no_burst_anew() {
        let places = Places::new(10);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        let place = places.take(eve).unwrap();
        while place.may_command() {}
        drop(place);
        let sent = (0..100).filter(|_| places.take(eve).unwrap().may_command()).count();
        assert!(sent < 100, "the bucket is as full as it was");
        let opened = (0..10_000).filter(|_| places.take(eve).is_ok()).count();
        assert!((150..5_000).contains(&opened), "{opened}");
        let refused = loop {
            if let Err(refused) = places.take(eve) {
                break refused;
            }
        };
        assert!(refused.0.message.contains("too fast"), "{}", refused.0.message);
        assert!(places.take(ada).is_ok());
    }

    #[test]
    fn who_is_gone_and_quiet_is_forgotten() {
        let places = Places::new(10);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        drop(places.take(eve).unwrap());
        assert!(lock(&places.people).contains_key(&eve), "not at once");
        let ends = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while lock(&places.people).contains_key(&eve) {
            assert!(std::time::Instant::now() < ends, "she is kept for ever");
            std::thread::yield_now();
            let _place = places.take(ada);
        }
    }

    #[test]
    fn what_one_sends_is_counted_over_all_their_sockets() {
        let places = Places::new(20);
        let (eve, ada) = (ParticipantId::new(), ParticipantId::new());
        let hers: Vec<_> = (0..8).map(|_| places.take(eve).unwrap()).collect();
        let sent = (0..10_000).filter(|n| hers[n % 8].may_command()).count();
        assert!((800..2_000).contains(&sent), "{sent}");
        assert!(places.take(ada).unwrap().may_command());
        assert!(hers[0].may_write(&[0]), "docs are counted apart");
        while hers[0].may_write(&[0]) {}
        let echoed = (0..5_000).filter(|_| hers[1].may_write(&breakroom_documents::nobodys_awareness()));
        assert_eq!(echoed.count(), 5_000, "others' movements are not hers");
    }
}
