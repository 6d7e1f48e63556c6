//! Entries that are held back: muted by somebody, or disarmed as they were reached too often; and those that failed. Pure.

use breakroom_protocol::{BreakpointEntry, EntryId, ParticipantId};
use std::collections::{BTreeMap, BTreeSet};

/// Who is muted, and what is disarmed.
#[derive(Debug, Default, Clone)]
pub struct Held {
    all: bool,
    muted: BTreeSet<ParticipantId>,
    /// How often a second it was reached.
    disarmed: BTreeMap<EntryId, u32>,
    /// What was raised when it was reached.
    failed: BTreeMap<EntryId, String>,
    /// How often each was armed or written anew, so that the debuggee knows it from the one that it switched off, or that
    /// failed.
    turns: BTreeMap<EntryId, u32>,
}

impl Held {
    /// Everybody's entries hold, or don't; whether that is news.
    pub fn mute_all(&mut self, muted: bool) -> bool {
        std::mem::replace(&mut self.all, muted) != muted
    }

    /// Somebody's do, or don't; whether that is news.
    pub fn mute(&mut self, who: ParticipantId, muted: bool) -> bool {
        if muted { self.muted.insert(who) } else { self.muted.remove(&who) }
    }

    /// Whether all are muted.
    pub fn all(&self) -> bool {
        self.all
    }

    /// Who is.
    pub fn muted(&self) -> Vec<ParticipantId> {
        self.muted.iter().copied().collect()
    }

    /// One was reached too often, in the turn that it says; whether that is news.
    pub fn disarm(&mut self, id: &EntryId, turn: u32, per_second: u32) -> bool {
        if self.turn(id) != turn || self.disarmed.contains_key(id) {
            return false;
        }
        self.disarmed.insert(id.clone(), per_second);
        true
    }

    /// One may hold again; whether it was disarmed.
    pub fn rearm(&mut self, id: &EntryId) -> bool {
        let was = self.disarmed.remove(id).is_some();
        if was {
            self.turns(id);
        }
        was
    }

    /// One raised something, in the turn that it says; whether that is news.
    pub fn fail(&mut self, id: &EntryId, turn: u32, error: &str) -> bool {
        if self.turn(id) != turn || self.failed.contains_key(id) {
            return false;
        }
        self.failed.insert(id.clone(), error.to_owned());
        true
    }

    /// What one raised.
    pub fn failure(&self, id: &EntryId) -> Option<&str> {
        self.failed.get(id).map(String::as_str)
    }

    /// One has other code now: what the debuggee still says of the old is nothing to it.
    pub fn rewritten(&mut self, id: &EntryId) {
        self.failed.remove(id);
        self.turns(id);
    }

    /// There is another program, in which they may do well.
    pub fn forget_failures(&mut self) {
        self.failed.clear();
    }

    fn turns(&mut self, id: &EntryId) {
        *self.turns.entry(id.clone()).or_default() += 1;
    }

    /// One is gone for good. Its turn is kept, as one of the same id may come.
    pub fn forget(&mut self, id: &EntryId) {
        self.rearm(id);
        self.rewritten(id);
    }

    /// Which turn of it this is.
    pub fn turn(&self, id: &EntryId) -> u32 {
        self.turns.get(id).copied().unwrap_or_default()
    }

    /// Why an entry is held back, as a sentence; `None`: it isn't.
    pub fn why(&self, entry: &BreakpointEntry) -> Option<String> {
        if let Some(per_second) = self.disarmed.get(&entry.id) {
            return Some(format!(
                "Disarmed, as it was reached {per_second} times a second: rearm or change it."
            ));
        }
        if self.all {
            return Some("Muted, as everybody's are.".to_owned());
        }
        self.muted.contains(&entry.author).then(|| "Muted by who set it.".to_owned())
    }
}
