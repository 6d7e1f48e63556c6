//! Which Yjs client id belongs to whom.
//!
//! Invariant: an id belongs to the participant who first used it, in either doc or in awareness, for the life of
//! the session. The server's own id belongs to nobody.

use crate::shared::SERVER_CLIENT;
use breakroom_protocol::ParticipantId;
use std::collections::HashMap;

/// Most ids of one participant; every reload of a page that writes something takes one.
const MAX_IDS: usize = 10_000;

/// Who owns which client ids.
#[derive(Debug, Default)]
pub struct Ownership {
    owners: HashMap<u64, ParticipantId>,
    counts: HashMap<ParticipantId, usize>,
}

impl Ownership {
    /// Whether `who` may use all of these ids.
    pub fn allows(&self, who: ParticipantId, clients: &[u64]) -> bool {
        let fresh = clients.iter().filter(|client| !self.owners.contains_key(client)).count();
        clients
            .iter()
            .all(|client| *client != SERVER_CLIENT && self.owner(*client).is_none_or(|owner| owner == who))
            && self.counts.get(&who).copied().unwrap_or_default() + fresh <= MAX_IDS
    }

    /// Gives ids to who first used them.
    pub fn claim(&mut self, who: ParticipantId, clients: &[u64]) {
        for &client in clients {
            if client != SERVER_CLIENT && !self.owners.contains_key(&client) {
                self.owners.insert(client, who);
                *self.counts.entry(who).or_default() += 1;
            }
        }
    }

    /// Whose it is.
    pub fn owner(&self, client: u64) -> Option<ParticipantId> {
        self.owners.get(&client).copied()
    }

    /// All of them.
    pub fn all(&self) -> Vec<(u64, ParticipantId)> {
        let mut all: Vec<_> = self.owners.iter().map(|(client, owner)| (*client, *owner)).collect();
        all.sort_unstable();
        all
    }
}
