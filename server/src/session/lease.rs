//! Who drives: at most one participant holds the lease on execution control.
//!
//! Pure. Invariant: a [`Driver`] exists only where [`Lease::require`] was asked, so no execution command can
//! forget the check.

use breakroom_protocol::{ErrorBody, ErrorCode, ParticipantId, UnixMillis};
use std::marker::PhantomData;

/// The lease and who asks for it.
#[derive(Debug, Default)]
pub struct Lease {
    driver: Option<ParticipantId>,
    requests: Vec<ParticipantId>,
    /// Since when the driver has had no connection.
    gone_since: Option<UnixMillis>,
    ever_held: bool,
}

/// Proof that somebody drives; only [`Lease::require`] makes one.
#[derive(Debug, Clone, Copy)]
pub struct Driver<'a> {
    /// Who.
    pub id: ParticipantId,
    _held: PhantomData<&'a Lease>,
}

impl Lease {
    /// Who drives now.
    pub fn driver(&self) -> Option<ParticipantId> {
        self.driver
    }

    /// Whether anybody has driven yet; the first host to come in gets the wheel unasked.
    pub fn ever_held(&self) -> bool {
        self.ever_held
    }

    /// What it was in an earlier life of the session.
    pub fn resumed(&mut self, driver: Option<ParticipantId>, ever_held: bool) {
        self.driver = driver;
        self.ever_held = ever_held || driver.is_some();
    }

    /// Proof that `from` drives, or why not.
    pub fn require(&self, from: ParticipantId) -> Result<Driver<'_>, ErrorBody> {
        if self.driver == Some(from) {
            return Ok(Driver { id: from, _held: PhantomData });
        }
        let what = if self.driver.is_some() {
            "Somebody else drives: ask for the wheel, or take it if you are a host."
        } else {
            "Nobody drives: take the wheel first, or ask for it."
        };
        Err(ErrorBody::new(ErrorCode::NotDriver, what))
    }

    /// Hands the wheel to `to` (or to nobody). Returns whether that changed anything.
    pub fn give(&mut self, to: Option<ParticipantId>) -> bool {
        let changed = self.driver != to;
        self.driver = to;
        self.gone_since = None;
        self.ever_held |= to.is_some();
        if let Some(to) = to {
            self.requests.retain(|who| *who != to);
        }
        changed
    }

    /// Notes a request; `false` if there was one already.
    pub fn ask(&mut self, who: ParticipantId) -> bool {
        if self.requests.contains(&who) {
            return false;
        }
        self.requests.push(who);
        true
    }

    /// Drops a request; `false` if there was none.
    pub fn drop_request(&mut self, who: ParticipantId) -> bool {
        let before = self.requests.len();
        self.requests.retain(|other| *other != who);
        self.requests.len() != before
    }

    /// The driver's last connection closed, or they are back.
    pub fn driver_present(&mut self, who: ParticipantId, present: bool, now: UnixMillis) {
        if self.driver == Some(who) {
            self.gone_since = (!present).then_some(now);
        }
    }

    /// When the lease falls to nobody, if the driver stays away.
    pub fn release_at(&self, after_ms: u64) -> Option<UnixMillis> {
        self.gone_since.map(|since| since + after_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_is_the_driver() {
        let (ada, bob) = (ParticipantId::new(), ParticipantId::new());
        let mut lease = Lease::default();
        assert_eq!(lease.require(ada).unwrap_err().code, ErrorCode::NotDriver);
        assert!(lease.give(Some(ada)));
        assert_eq!(lease.require(ada).unwrap().id, ada);
        assert_eq!(lease.require(bob).unwrap_err().code, ErrorCode::NotDriver);
        assert!(!lease.give(Some(ada)), "giving it to who has it changes nothing");
    }

    #[test]
    fn a_driver_who_is_back_in_time_keeps_it() {
        let ada = ParticipantId::new();
        let mut lease = Lease::default();
        lease.give(Some(ada));
        lease.driver_present(ada, false, 1_000);
        assert_eq!(lease.release_at(30_000), Some(31_000));
        lease.driver_present(ada, true, 2_000);
        assert_eq!(lease.release_at(30_000), None);
    }

    #[test]
    fn a_request_is_noted_once_and_ends_when_granted() {
        let ada = ParticipantId::new();
        let mut lease = Lease::default();
        assert!(lease.ask(ada));
        assert!(!lease.ask(ada));
        lease.give(Some(ada));
        assert!(!lease.drop_request(ada));
    }
}
