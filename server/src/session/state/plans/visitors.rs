//! Guests who wait to be let in, and what is promised about them: each is told one end, and nobody comes in but by a host.

use super::model::World;
use crate::session::state::{Effect, GuestNews, Input};
use breakroom_identity::AskingGuest;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::{
    Command, ErrorBody, ErrorCode, GuestId, InviteId, Participant, ParticipantId, ParticipantKind, Role,
    SessionId,
};
use proptest::prelude::*;
use std::collections::{BTreeSet, VecDeque};
use uuid::Uuid;

/// How often one invite of a plan lets somebody in.
const USES: u32 = 2;

/// What they do, and what becomes of it.
#[derive(Debug, Clone)]
pub(super) enum Visits {
    Asks {
        invite: u8,
    },
    Leaves {
        at: usize,
    },
    /// The database has done what a host decided.
    IsLetIn {
        fails: Option<ErrorCode>,
    },
    InviteRevoked {
        invite: u8,
    },
    InviteUsedUp {
        invite: u8,
    },
}

pub(super) fn visits() -> impl Strategy<Value = Visits> {
    let fails = prop_oneof![
        4 => Just(None),
        1 => Just(Some(ErrorCode::InviteUsedUp)),
        1 => Just(Some(ErrorCode::JournalUnavailable)),
    ];
    prop_oneof![
        4 => (0..3u8).prop_map(|invite| Visits::Asks { invite }),
        1 => (0..4usize).prop_map(|at| Visits::Leaves { at }),
        3 => fails.prop_map(|fails| Visits::IsLetIn { fails }),
        1 => (0..3u8).prop_map(|invite| Visits::InviteRevoked { invite }),
        1 => (0..3u8).prop_map(|invite| Visits::InviteUsedUp { invite }),
    ]
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    last: u32,
    waiting: BTreeSet<GuestId>,
    admitting: VecDeque<GuestId>,
    /// Recorded as let in, and not told yet.
    let_in: u32,
    uses: [u32; 3],
}

impl World {
    pub fn visitor(&mut self, visits: Visits) {
        match visits {
            Visits::Asks { invite } => {
                self.visitors.last += 1;
                let guest = GuestId(self.visitors.last);
                let asking = AskingGuest {
                    name: format!("G{guest}"),
                    invite: invite_of(invite),
                    session: SessionId(Uuid::nil()),
                    role: Role::Watcher,
                    expires_at: self.now + 1_000_000,
                    client: std::net::Ipv4Addr::LOCALHOST.into(),
                };
                self.input(Input::GuestAsks { guest, asking });
            }
            Visits::Leaves { at } => {
                let guest = self.visitors.waiting.iter().nth(at).copied();
                self.input(Input::GuestLeft(guest.unwrap_or(GuestId(900))));
            }
            Visits::IsLetIn { fails } => {
                if let Some(guest) = self.visitors.admitting.pop_front() {
                    self.is_let_in(guest, fails);
                }
            }
            Visits::InviteRevoked { invite } => self.input(Input::InviteRevoked(invite_of(invite))),
            Visits::InviteUsedUp { invite } => self.input(Input::InviteUsedUp(invite_of(invite))),
        }
    }

    fn is_let_in(&mut self, guest: GuestId, fails: Option<ErrorCode>) {
        let participant = Participant {
            id: ParticipantId(Uuid::from_u128(1_000 + u128::from(guest.0))),
            name: format!("G{guest}"),
            role: Role::Watcher,
            kind: ParticipantKind::Guest,
            may_write_notes: false,
        };
        let uses = &mut self.visitors.uses[guest.0 as usize % 3];
        let outcome = match fails {
            Some(code) => Err(ErrorBody::new(code, "Not now.")),
            None => {
                *uses += 1;
                Ok((participant, USES.saturating_sub(*uses)))
            }
        };
        let before = self.count_admitted();
        let waits = self.visitors.waiting.contains(&guest);
        let good = outcome.is_ok();
        self.input(Input::GuestAdmitted { guest, outcome });
        let admitted = self.count_admitted() - before;
        assert_eq!(admitted, u32::from(waits && good), "who waits is let in once, and recorded");
    }

    fn count_admitted(&self) -> u32 {
        self.visitors.let_in
    }

    pub fn visitor_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Admit { guest, .. } => {
                let sender = self.sender.map(|who| self.people[who].role);
                assert_eq!(sender, Some(Role::Host), "only a host lets somebody in");
                assert!(self.visitors.waiting.contains(&guest), "they don't wait: {guest}");
                assert!(!self.visitors.admitting.contains(&guest), "two let the same one in");
                self.visitors.admitting.push_back(guest);
            }
            Effect::TellGuest { guest, news: GuestNews::Waits { .. } } => {
                assert!(self.visitors.waiting.insert(guest), "they wait already");
            }
            Effect::TellGuest { guest, news: GuestNews::LetIn } => {
                assert!(self.visitors.waiting.remove(&guest), "they are told one end");
                self.visitors.let_in += 1;
                self.promises.came_to("a guest was let in");
            }
            Effect::TellGuest { guest, news: GuestNews::Over(why) } => {
                let waited = self.visitors.waiting.remove(&guest);
                let refused = matches!(why.code, ErrorCode::TooManyWait | ErrorCode::SessionEnded);
                assert!(waited || refused, "they are told one end: {why}");
                if why.code == ErrorCode::TurnedAway {
                    self.promises.came_to("a guest was turned away");
                }
            }
            of_wires => self.wire_effect(of_wires),
        }
    }

    /// The database answers all that is outstanding; nobody is being let in then, and after the end nobody waits.
    pub fn visitors_settle(&mut self) {
        while let Some(guest) = self.visitors.admitting.pop_front() {
            self.is_let_in(guest, None);
        }
        let listed: BTreeSet<_> = self.state.waiting().iter().map(|guest| guest.id).collect();
        assert_eq!(listed, self.visitors.waiting, "hosts see who waits");
        let over = matches!(self.fold.phase, Phase::Ended { .. });
        assert!(!over || self.visitors.waiting.is_empty(), "nobody waits for an ended session");
    }

    /// The server that knew them is gone.
    pub fn visitors_forgotten(&mut self) {
        let last = self.visitors.last;
        self.visitors = Visitors { last, ..Visitors::default() };
    }

    /// What a host may send about them: one who waits, if anybody does.
    pub fn about_a_visitor(&self, admit: bool, arg: usize) -> Command {
        let guest = self.visitors.waiting.iter().nth(arg % self.visitors.waiting.len().max(1)).copied();
        let guest = guest.unwrap_or(GuestId(arg as u32));
        if admit { Command::Admit { guest } } else { Command::TurnAway { guest, message: None } }
    }
}

fn invite_of(number: u8) -> InviteId {
    InviteId(Uuid::from_u128(u128::from(number)))
}
