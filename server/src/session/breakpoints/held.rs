//! Entries that are held back: muted by somebody, or disarmed as they were reached too often. Pure.

use breakroom_protocol::{BreakpointEntry, EntryId, ParticipantId};
use std::collections::{BTreeMap, BTreeSet};

/// Who is muted, and what is disarmed.
#[derive(Debug, Default, Clone)]
pub struct Held {
    all: bool,
    muted: BTreeSet<ParticipantId>,
    /// How often a second it was reached.
    disarmed: BTreeMap<EntryId, u32>,
    /// How often each was armed anew, so that the debuggee knows it from the one that it switched off.
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
            *self.turns.entry(id.clone()).or_default() += 1;
        }
        was
    }

    /// One is gone for good. Its turn is kept, as one of the same id may come.
    pub fn forget(&mut self, id: &EntryId) {
        self.rearm(id);
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
