//! Everybody's watches.
//!
//! Pure. Numbers are never given again, so that what comes of one that is gone finds nothing.

use breakroom_protocol::{ErrorBody, ErrorCode, ParticipantId, PlainRead, StopId, Watch, WatchId};
use std::collections::BTreeMap;

/// Most watches: each is asked for at each stop.
const WATCHES: usize = 50;

/// One watch.
#[derive(Debug, Clone)]
pub struct Watched {
    /// As people see it.
    pub watch: Watch,
    /// If it only reads: what.
    pub plain: Option<PlainRead>,
    /// Whether who added it might run code then, so it may.
    pub code: bool,
    /// At which stop it took too long. It isn't evaluated any more: each stop would be held up anew.
    pub too_slow: Option<StopId>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Watches {
    last: u32,
    all: BTreeMap<WatchId, Watched>,
}

impl Watches {
    /// Adds one; `None`: it is there already.
    pub fn add(
        &mut self,
        author: ParticipantId,
        expression: String,
        code: bool,
    ) -> Result<Option<Watch>, ErrorBody> {
        if self.all.values().any(|watched| watched.watch.expression == expression) {
            return Ok(None);
        }
        if self.all.len() >= WATCHES {
            let text = format!("There are {WATCHES} watches already: remove one first.");
            return Err(ErrorBody::new(ErrorCode::TooLarge, text));
        }
        self.last += 1;
        let plain = PlainRead::parse(&expression);
        let watch = Watch { id: WatchId(self.last), expression, author };
        self.all.insert(watch.id, Watched { watch: watch.clone(), plain, code, too_slow: None });
        Ok(Some(watch))
    }

    /// Makes one another; `None`: it is that already.
    pub fn replace(
        &mut self,
        id: WatchId,
        expression: String,
        code: bool,
    ) -> Result<Option<Watch>, ErrorBody> {
        if let Some(same) = self.all.values().find(|watched| watched.watch.expression == expression) {
            if same.watch.id == id {
                return Ok(None);
            }
            return Err(ErrorBody::new(ErrorCode::BadMessage, "Another watch is of that already."));
        }
        let watched = self.all.get_mut(&id).ok_or_else(no_such)?;
        // Still of who added it, wherever a host helped.
        let watch = Watch { id, expression, author: watched.watch.author };
        let plain = PlainRead::parse(&watch.expression);
        *watched = Watched { watch: watch.clone(), plain, code, too_slow: None };
        Ok(Some(watch))
    }

    /// One of an earlier life of the server. If it isn't plain, who added it might run code.
    pub fn known(&mut self, watch: Watch, by_host: bool) {
        self.last = self.last.max(watch.id.0);
        let plain = PlainRead::parse(&watch.expression);
        let code = by_host || plain.is_none();
        self.all.insert(watch.id, Watched { watch, plain, code, too_slow: None });
    }

    /// One of them.
    pub fn get(&self, id: WatchId) -> Option<&Watched> {
        self.all.get(&id)
    }

    /// Removes one.
    pub fn remove(&mut self, id: WatchId) {
        self.all.remove(&id);
    }

    /// It held up everybody.
    pub fn is_too_slow(&mut self, id: WatchId, at: StopId) {
        if let Some(watched) = self.all.get_mut(&id) {
            watched.too_slow = Some(at);
        }
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Watched> {
        self.all.values()
    }
}

/// There is none of that number.
pub fn no_such() -> ErrorBody {
    ErrorBody::new(ErrorCode::NoSuchWatch, "There is no such watch any more.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_are_one_and_there_are_not_too_many() {
        let ada = ParticipantId::new();
        let mut watches = Watches::default();
        let first = watches.add(ada, "x".into(), false).unwrap().unwrap();
        assert_eq!(watches.add(ada, "x".into(), true), Ok(None));
        for n in 1..WATCHES {
            watches.add(ada, format!("x{n}"), false).unwrap();
        }
        assert_eq!(watches.add(ada, "more".into(), false).unwrap_err().code, ErrorCode::TooLarge);
        watches.remove(first.id);
        let again = watches.add(ada, "x".into(), false).unwrap().unwrap();
        assert_ne!(again.id, first.id);
    }

    #[test]
    fn another_expression_is_the_same_watch_of_the_same_person() {
        let ada = ParticipantId::new();
        let mut watches = Watches::default();
        let x = watches.add(ada, "x".into(), false).unwrap().unwrap();
        let y = watches.add(ada, "y".into(), false).unwrap().unwrap();
        watches.is_too_slow(x.id, StopId(1));
        assert_eq!(watches.replace(x.id, "x".into(), true), Ok(None));
        assert_eq!(watches.replace(x.id, "y".into(), true).unwrap_err().code, ErrorCode::BadMessage);
        let other = watches.replace(x.id, "x + 1".into(), true).unwrap().unwrap();
        assert_eq!((other.id, other.author), (x.id, ada));
        let watched = watches.get(x.id).unwrap();
        assert!(watched.plain.is_none() && watched.code && watched.too_slow.is_none());
        watches.remove(y.id);
        assert_eq!(watches.replace(y.id, "z".into(), true).unwrap_err().code, ErrorCode::NoSuchWatch);
    }
}
