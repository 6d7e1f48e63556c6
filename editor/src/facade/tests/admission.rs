//! Guests who wait: said to hosts' editors, decided in the console.

use super::*;
use breakroom_protocol::{GuestId, InviteId, WaitEnd, WaitEnded, WaitingGuest};

fn guest(id: u32, name: &str) -> WaitingGuest {
    let (invite, role) = (InviteId::new(), Role::Watcher);
    WaitingGuest { id: GuestId(id), name: name.to_owned(), role, invite, since: 1, until: 2 }
}

impl Play {
    fn wait_outside(&mut self, guests: &[WaitingGuest], ended: Option<WaitEnded>) -> Vec<Effect> {
        self.says(ServerMessage::Waiting { guests: guests.to_vec(), ended })
    }

    fn types(&mut self, line: &str) -> Vec<Effect> {
        self.asks("evaluate", json!({ "expression": line, "context": "repl" }))
    }
}

#[test]
fn a_host_hears_who_waits_and_lets_them_in_by_name_or_number() {
    let mut play = Play::joined(Role::Host);
    let (eve, gil) = (guest(1, "Eve"), guest(2, "Gil"));
    assert_eq!(
        told(&play.wait_outside(std::slice::from_ref(&eve), None)),
        ["output Breakroom: Eve waits to be let in as watcher. Type /admit 1 or /turn-away 1."]
    );
    let said = told(&play.wait_outside(&[eve.clone(), gil.clone()], None));
    assert_eq!(said.len(), 1, "who is known is not said again: {said:?}");
    assert_eq!(told(&play.types("/admit")), ["-evaluate"], "which of the two?");
    assert_eq!(told(&play.types("/admit Mallory")), ["-evaluate"]);
    let by_name = play.types("/admit eve");
    assert_eq!(commands(&by_name)[0].1, Command::Admit { guest: GuestId(1) });
    let answer = play.replies(&by_name, None);
    assert_eq!(sent(&answer)[0]["body"]["result"], "Eve is let in.");
    let by = Some(play.ada.id);
    let mine = WaitEnded { id: GuestId(1), name: "Eve".to_owned(), how: WaitEnd::LetIn, by };
    assert_eq!(told(&play.wait_outside(std::slice::from_ref(&gil), Some(mine))), [""; 0]);
    let alone = play.types("/turn-away");
    assert_eq!(commands(&alone)[0].1, Command::TurnAway { guest: GuestId(2), message: None });
    let by = Some(play.bob.id);
    let theirs = WaitEnded { id: GuestId(2), name: "Gil".to_owned(), how: WaitEnd::TurnedAway, by };
    assert_eq!(told(&play.wait_outside(&[], Some(theirs))), ["output Breakroom: Bob turned Gil away."]);
    play.wait_outside(std::slice::from_ref(&eve), None);
    play.welcome();
    assert_eq!(told(&play.types("/admit")), ["-evaluate"], "a welcome begins anew");
}

#[test]
fn a_guest_whose_name_is_a_number_is_not_let_in_for_another() {
    let mut play = Play::joined(Role::Host);
    let waiting = [guest(1, "2"), guest(2, "Bob"), guest(3, "9")];
    play.wait_outside(&waiting, None);
    for (line, wanted) in [("/admit 2", 2), ("/admit #2", 2), ("/admit 1", 1), ("/admit bob", 2)] {
        let asked = play.types(line);
        assert_eq!(commands(&asked)[0].1, Command::Admit { guest: GuestId(wanted) }, "{line}");
    }
    assert_eq!(told(&play.types("/admit 9")), ["-evaluate"], "nobody has this number");
    let away = play.types("/turn-away 2");
    assert_eq!(commands(&away)[0].1, Command::TurnAway { guest: GuestId(2), message: None });
    let answer = play.replies(&away, None);
    assert_eq!(sent(&answer)[0]["body"]["result"], "Bob was turned away.");
}
