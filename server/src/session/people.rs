//! Who is here: participants and their connections.
//!
//! Pure. One participant may have several connections (two tabs, docs sockets don't count); they are here as
//! long as one live socket is open.

use breakroom_protocol::{ConnectionId, Participant, ParticipantId, ParticipantKind, Role};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What pages call whoever did something that nobody did.
const SERVER: &str = "Breakroom";

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
    /// A live socket opened. Returns whether its participant has just come in (or changed name or role).
    pub fn connect(&mut self, connection: ConnectionId, participant: &Participant) -> bool {
        self.connections.insert(connection, participant.id);
        let participant = Participant { name: self.told_apart(participant), ..participant.clone() };
        let here = self.people.entry(participant.id).or_insert_with(Here::absent);
        let news = !here.present() || here.participant != participant;
        here.participant = participant;
        here.connections.insert(connection);
        news
    }

    /// A name that nobody else here has, nor the server itself: guests type what they like, and in the chat a name is all that
    /// says who speaks. They keep it when they come again, as those who are gone keep theirs.
    fn told_apart(&self, participant: &Participant) -> String {
        let name = &participant.name;
        let others = self.people.values().filter(|here| here.participant.id != participant.id);
        let names = others.map(|here| here.participant.name.as_str()).chain([SERVER]);
        let taken: HashSet<String> = names.map(letters).collect();
        let numbered = (2..).map(|n| format!("{name} ({n})"));
        let mut free = std::iter::once(name.clone()).chain(numbered);
        free.find(|name| !taken.contains(&letters(name))).unwrap_or_default()
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

/// A name without what is easily overlooked.
fn letters(name: &str) -> String {
    name.split_whitespace().flat_map(|word| [" ", word]).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(name: &str) -> Participant {
        Participant { id: ParticipantId::new(), name: name.into(), ..Here::absent().participant }
    }

    #[test]
    fn nobody_is_called_as_somebody_else_or_the_server() {
        let mut people = People::default();
        let mut came = 0;
        let mut come = |who: &Participant| {
            came += 1;
            let news = people.connect(ConnectionId(came), who);
            (people.get(who.id).unwrap().participant.name.clone(), news)
        };
        let (ada, eve, mal) = (called("Ada Lovelace"), called("ada\u{a0} lovelace"), called("Ada Lovelace"));
        assert_eq!(come(&ada).0, "Ada Lovelace");
        assert_eq!(come(&eve).0, "ada\u{a0} lovelace (2)");
        assert_eq!(come(&mal).0, "Ada Lovelace (3)");
        assert_eq!(come(&called("Ada")).0, "Ada");
        assert_eq!(come(&called("breakroom")).0, "breakroom (2)");
        // A second tab is no news.
        assert_eq!(come(&eve), ("ada\u{a0} lovelace (2)".into(), false));
        assert_eq!(come(&ada), ("Ada Lovelace".into(), false));
    }
}
