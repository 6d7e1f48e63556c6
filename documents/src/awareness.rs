//! Who looks where, as the y-websocket protocol carries it: states of clients that last as long as their sockets.
//!
//! In: awareness messages of sockets. Out: the entries that may be passed on.
//! Invariants: a state says its sender's participant id, under a client id of theirs; nothing of it is stored.
//! What isn't acceptable is dropped without a word: stock providers send other people's states back as they get
//! them, and an empty state before they have anything to say.

use crate::ownership::Ownership;
use crate::wire::{AwarenessEntry, awareness_frame};
use breakroom_protocol::{ConnectionId, ParticipantId};
use std::collections::BTreeMap;

/// Longest state, in bytes of JSON.
pub const MAX_AWARENESS: usize = 4 * 1024;
/// Most clients of one connection.
const MAX_PER_CONNECTION: usize = 4;

/// The state of one client.
#[derive(Debug)]
struct State {
    connection: ConnectionId,
    clock: u64,
    json: String,
}

/// The awareness of one doc.
#[derive(Debug, Default)]
pub struct Awareness {
    states: BTreeMap<u64, State>,
}

impl Awareness {
    /// Takes what is acceptable; gives the frame that passes it on.
    pub fn receive(
        &mut self,
        connection: ConnectionId,
        who: ParticipantId,
        ownership: &mut Ownership,
        entries: &[AwarenessEntry<'_>],
    ) -> Option<Vec<u8>> {
        let mut accepted = Vec::new();
        for entry in entries {
            if self.take(connection, who, ownership, entry) {
                accepted.push(entry.clone());
            }
        }
        (!accepted.is_empty()).then(|| awareness_frame(accepted.into_iter()))
    }

    fn take(
        &mut self,
        connection: ConnectionId,
        who: ParticipantId,
        ownership: &mut Ownership,
        entry: &AwarenessEntry<'_>,
    ) -> bool {
        if !ownership.allows(who, &[entry.client]) {
            return false;
        }
        let gone = entry.state == "null";
        match self.states.get(&entry.client) {
            // Equal clocks: an echo, perhaps by another tab of the same person.
            Some(known) if entry.clock < known.clock || (entry.clock == known.clock && !gone) => {
                return false;
            }
            None if gone => return false,
            _ => {}
        }
        if gone {
            self.states.remove(&entry.client);
            return true;
        }
        if entry.state.len() > MAX_AWARENESS || !says(entry.state, who) {
            return false;
        }
        let others = self
            .states
            .iter()
            .filter(|(client, state)| state.connection == connection && **client != entry.client);
        if others.count() >= MAX_PER_CONNECTION {
            return false;
        }
        ownership.claim(who, &[entry.client]);
        let state = State { connection, clock: entry.clock, json: entry.state.to_owned() };
        self.states.insert(entry.client, state);
        true
    }

    /// Everybody's state, if there is anybody.
    pub fn all(&self) -> Option<Vec<u8>> {
        (!self.states.is_empty()).then(|| {
            let entries: Vec<_> = self
                .states
                .iter()
                .map(|(client, state)| AwarenessEntry {
                    client: *client,
                    clock: state.clock,
                    state: &state.json,
                })
                .collect();
            awareness_frame(entries.into_iter())
        })
    }

    /// Its socket closed: its clients are gone. Gives the frame that says so.
    ///
    /// The clock stays what it was: `null` at the same clock counts as newer, and a client that comes back under
    /// its old clock plus one is seen again.
    pub fn close(&mut self, connection: ConnectionId) -> Option<Vec<u8>> {
        let gone: Vec<(u64, u64)> = self
            .states
            .iter()
            .filter(|(_, state)| state.connection == connection)
            .map(|(client, state)| (*client, state.clock))
            .collect();
        for (client, _) in &gone {
            self.states.remove(client);
        }
        (!gone.is_empty()).then(|| {
            awareness_frame(gone.into_iter().map(|(client, clock)| AwarenessEntry {
                client,
                clock,
                state: "null",
            }))
        })
    }
}

/// Whether a state is an object whose `participant` is `who`.
fn says(json: &str, who: ParticipantId) -> bool {
    #[derive(serde::Deserialize)]
    struct Said {
        participant: ParticipantId,
    }
    json.starts_with('{') && serde_json::from_str::<Said>(json).is_ok_and(|said| said.participant == who)
}
