//! Guests who wait to be let in: said to hosts, who decide in the console.

use super::{Ask, Facade, What, words};
use breakroom_protocol::{Command, WaitEnd, WaitEnded, WaitingGuest};

impl Facade {
    /// The list as it is now; who is new in it is said, and so is what others decided.
    pub(super) fn who_waits(&mut self, guests: Vec<WaitingGuest>, ended: Option<WaitEnded>) {
        let before = std::mem::replace(&mut self.guests, guests);
        if !self.family.leads() {
            return;
        }
        if let Some(line) = ended.and_then(|ended| self.wait_ended(&ended)) {
            self.say(&line);
        }
        let is_new = |guest: &&WaitingGuest| before.iter().all(|known| known.id != guest.id);
        let new = self.guests.iter().filter(is_new).map(|guest| {
            let (name, role, id) = (&guest.name, words::role(guest.role), guest.id);
            format!("{name} waits to be let in as {role}. Type /admit {id} or /turn-away {id}.")
        });
        for line in new.collect::<Vec<_>>() {
            self.say(&line);
        }
    }

    /// What others did; what was typed here is answered here.
    fn wait_ended(&self, ended: &WaitEnded) -> Option<String> {
        let name = &ended.name;
        let by = ended.by.map_or("A host", |who| self.name(who));
        let mine = ended.by == Some(self.me.id);
        match ended.how {
            WaitEnd::LetIn | WaitEnd::TurnedAway if mine => None,
            WaitEnd::LetIn => Some(format!("{by} let {name} in.")),
            WaitEnd::TurnedAway => Some(format!("{by} turned {name} away.")),
            WaitEnd::Left => Some(format!("{name} waits no longer.")),
            WaitEnd::InviteEnded => Some(format!("{name} waits no longer: their invite has ended.")),
            WaitEnd::NobodyDecided => Some(format!("{name} waits no longer: nobody decided in time.")),
        }
    }

    /// `/admit WHO` and `/turn-away WHO`: a number or a name; without one, who waits alone. A number is never a name:
    /// guests choose theirs, and could take another one's number.
    pub(super) fn decide_guest(&mut self, ask: Ask, admit: bool, whom: &str) {
        let number = whom.trim_start_matches('#').parse::<u32>();
        let is_wanted = |guest: &&WaitingGuest| match number {
            Ok(number) => guest.id.0 == number,
            Err(_) => whom.is_empty() || guest.name.eq_ignore_ascii_case(whom),
        };
        let found: Vec<_> = self.guests.iter().filter(is_wanted).collect();
        let guest = match found[..] {
            [guest] => guest,
            [] => return self.fail(ask, "Nobody waits to be let in by that name or number."),
            _ => return self.fail(ask, "Several wait to be let in: say which, by their number."),
        };
        let (command, done) = if admit {
            (Command::Admit { guest: guest.id }, format!("{} is let in.", guest.name))
        } else {
            (Command::TurnAway { guest: guest.id, message: None }, format!("{} was turned away.", guest.name))
        };
        self.command(Some(ask), command, What::Console(done.into()));
    }
}
