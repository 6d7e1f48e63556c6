//! Who is here: participants and their connections.
//!
//! Pure. One participant may have several connections (two tabs, docs sockets don't count); they are here as
//! long as one live socket is open.

use breakroom_protocol::{ConnectionId, Participant, ParticipantId, ParticipantKind, Role};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use unicode_security::skeleton;

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
    /// says who speaks. Who is vouched for has theirs before every guest. Those who are gone keep theirs, and so does who comes
    /// again, while it is one of the name that they ask for.
    fn told_apart(&self, participant: &Participant) -> String {
        let name = &participant.name;
        let is_vouched = is_vouched(participant);
        let others = self
            .people
            .values()
            .map(|here| &here.participant)
            .filter(|other| other.id != participant.id && (!is_vouched || self::is_vouched(other)));
        let taken: HashSet<String> =
            others.map(|other| other.name.as_str()).chain([SERVER]).flat_map(looks).collect();
        let had = self.people.get(&participant.id).map(|here| here.participant.name.clone());
        let had = had.filter(|had| !is_vouched && is_numbered(had, name));
        let numbered = (2..).map(|n| format!("{name} ({n})"));
        let mut free = had.into_iter().chain([name.clone()]).chain(numbered);
        free.find(|name| !looks(name).iter().any(|look| taken.contains(look))).unwrap_or_default()
    }

    /// Guests who are here by the name that somebody who is vouched for came with have a number from now on.
    pub fn displaced(&mut self, by: ParticipantId) -> Vec<Participant> {
        let Some(by) = self.people.get(&by).map(|here| &here.participant).filter(|by| is_vouched(by)) else {
            return Vec::new();
        };
        let taken = looks(&by.name);
        let guests = self.people.values().filter(|here| {
            let other = &here.participant;
            here.present() && !is_vouched(other) && looks(&other.name).iter().any(|look| taken.contains(look))
        });
        let renamed = guests.map(|here| &here.participant);
        let renamed = renamed.map(|guest| Participant { name: self.told_apart(guest), ..guest.clone() });
        let renamed: Vec<_> = renamed.collect();
        for guest in &renamed {
            if let Some(here) = self.people.get_mut(&guest.id) {
                here.participant = guest.clone();
            }
        }
        renamed
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

/// By Home Assistant, or by who started the server.
fn is_vouched(participant: &Participant) -> bool {
    participant.kind != ParticipantKind::Guest
}

/// Whether it is what `name` becomes where somebody else has that.
fn is_numbered(numbered: &str, name: &str) -> bool {
    let number = numbered.strip_prefix(name).and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// How a name looks; two that share one of these are easily taken for each other. By Unicode's own table (UTS 39), which
/// knows no case: `I` looks like `l`, and is an `i`.
fn looks(name: &str) -> [String; 2] {
    let words: Vec<&str> = name.split_whitespace().collect();
    let drawn = |c: &char| !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}');
    let name: String = words.join(" ").chars().filter(drawn).collect();
    [skeleton(&name.to_lowercase()).collect(), skeleton(&name).collect::<String>().to_lowercase()]
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

    #[test]
    fn names_that_look_the_same_are_told_apart_too() {
        let pairs = [
            ("Ada", "\u{410}da"),
            ("Jos\u{e9}", "Jose\u{301}"),
            ("李", "李\u{FE00}"),
            ("Iris", "lris"),
            ("iris", "IRIS"),
        ];
        for (first, second) in pairs {
            let mut people = People::default();
            for (at, name) in (1..).zip([first, second]) {
                people.connect(ConnectionId(at), &called(name));
            }
            let names: Vec<_> = people.people.values().map(|here| here.participant.name.clone()).collect();
            assert!(
                names.contains(&first.to_owned()) && names.contains(&format!("{second} (2)")),
                "{names:?}"
            );
        }
    }

    #[test]
    fn who_is_vouched_for_has_their_name_before_every_guest() {
        let mut people = People::default();
        let name = |people: &People, who: &Participant| people.get(who.id).unwrap().participant.name.clone();
        let guests = [called("Anna"), called("Anna")];
        for (at, guest) in (1..).zip(&guests) {
            people.connect(ConnectionId(at), guest);
            assert!(people.displaced(guest.id).is_empty());
        }
        let anna = Participant { kind: ParticipantKind::HomeAssistant, ..called("anna") };
        assert!(people.connect(ConnectionId(3), &anna));
        let displaced = people.displaced(anna.id);
        assert_eq!(displaced.iter().map(|guest| guest.name.as_str()).collect::<Vec<_>>(), ["Anna (3)"]);
        assert!(people.displaced(anna.id).is_empty());
        assert_eq!(name(&people, &anna), "anna");
        assert_eq!(guests.each_ref().map(|guest| name(&people, guest)), ["Anna (3)", "Anna (2)"]);
        // They keep what they are known by, also when the name would be free again.
        people.connect(ConnectionId(4), &Participant { name: "Anna B".into(), ..anna });
        for (at, guest) in (5..).zip(&guests) {
            assert!(!people.connect(ConnectionId(at), guest));
        }
    }
}
