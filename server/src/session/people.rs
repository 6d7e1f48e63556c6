//! Who is here: participants and their connections.
//!
//! Pure. One participant may have several connections (two tabs, docs sockets don't count); they are here as
//! long as one live socket is open.

use breakroom_protocol::{ConnectionId, Participant, ParticipantId, ParticipantKind, Role};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// One participant.
#[derive(Debug, Clone)]
pub struct Here {
    /// Who, as their ticket says, by a name that they alone have here.
    pub participant: Participant,
    /// Their live sockets.
    pub connections: BTreeSet<ConnectionId>,
    /// Whether a host lets them run code while driving.
    pub code: bool,
    /// Whether their hand is up.
    pub hand: bool,
}

impl Here {
    /// Somebody without a connection and without rights: what an unknown id is treated as.
    pub fn absent() -> Self {
        let participant = Participant {
            id: ParticipantId(uuid::Uuid::nil()),
            name: String::new(),
            role: Role::Watcher,
            kind: ParticipantKind::Guest,
            may_write_notes: false,
        };
        Self { participant, connections: BTreeSet::new(), code: false, hand: false }
    }

    /// Whether they have a live socket.
    pub fn present(&self) -> bool {
        !self.connections.is_empty()
    }
}

/// Everybody who was ever here, and whose each connection is.
#[derive(Debug, Default)]
pub struct People {
    people: BTreeMap<ParticipantId, Here>,
    connections: BTreeMap<ConnectionId, ParticipantId>,
}

impl People {
    /// A live socket opened. Returns its participant, as they are called here, if they have just come in (or changed name or role).
    pub fn connect(&mut self, connection: ConnectionId, participant: &Participant) -> Option<Participant> {
        let called = Participant { name: self.own_name(participant), ..participant.clone() };
        self.connections.insert(connection, participant.id);
        let here = self.people.entry(participant.id).or_insert_with(Here::absent);
        let news = !here.present() || here.participant != called;
        here.participant = called.clone();
        here.connections.insert(connection);
        news.then_some(called)
    }

    /// A name that nobody else has had here: what people said and did is known by it. Who comes back has the same again, as
    /// nobody's is given to another.
    fn own_name(&self, participant: &Participant) -> String {
        let others: HashSet<String> = self
            .people
            .iter()
            .filter(|(id, _)| **id != participant.id)
            .map(|(_, here)| here.participant.name.to_lowercase())
            .collect();
        let name = &participant.name;
        std::iter::once(name.clone())
            .chain((2..).map(|n| format!("{name} ({n})")))
            .find(|name| !others.contains(&name.to_lowercase()))
            .unwrap_or_default()
    }

    /// Somebody who was here in an earlier life of the session, with the right that a host gave them.
    pub fn known(&mut self, participant: &Participant, code: bool) {
        let here = Here { participant: participant.clone(), code, ..Here::absent() };
        self.people.insert(participant.id, here);
    }

    /// A live socket closed. Returns its participant, and whether that was their last one.
    pub fn disconnect(&mut self, connection: ConnectionId) -> Option<(ParticipantId, bool)> {
        let who = self.connections.remove(&connection)?;
        let here = self.people.get_mut(&who)?;
        here.connections.remove(&connection);
        here.hand &= here.present();
        Some((who, !here.present()))
    }

    /// Whose a connection is.
    pub fn of(&self, connection: ConnectionId) -> Option<&Here> {
        self.people.get(self.connections.get(&connection)?)
    }

    /// Whether anybody is here.
    pub fn anybody(&self) -> bool {
        !self.connections.is_empty()
    }

    /// Whether anybody but this one is here.
    pub fn others(&self, who: ParticipantId) -> bool {
        self.connections.values().any(|other| *other != who)
    }

    /// A participant, if they were ever here.
    pub fn get(&self, who: ParticipantId) -> Option<&Here> {
        self.people.get(&who)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, who: ParticipantId) -> Option<&mut Here> {
        self.people.get_mut(&who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_one_name_are_told_apart_and_keep_their_names() {
        let mut people = People::default();
        let ids = [1, 2, 3].map(|n| ParticipantId(uuid::Uuid::from_u128(n)));
        let sam = |id, name: &str| Participant { id, name: name.to_owned(), ..Here::absent().participant };
        let mut next = 0;
        let mut connect = |people: &mut People, id, name: &str| {
            next += 1;
            let joined = people.connect(ConnectionId(next), &sam(id, name));
            joined.map(|participant| participant.name)
        };
        assert_eq!(connect(&mut people, ids[0], "Sam").as_deref(), Some("Sam"));
        assert_eq!(connect(&mut people, ids[1], "sam").as_deref(), Some("sam (2)"));
        assert_eq!(connect(&mut people, ids[2], "Sam (2)").as_deref(), Some("Sam (2) (2)"));
        for (id, name) in ids.into_iter().zip(["Sam", "sam", "Sam (2)"]) {
            assert_eq!(connect(&mut people, id, name), None, "another tab of {name}");
        }
    }
}
