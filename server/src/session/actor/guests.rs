//! Guests who wait: their ways out, and the tickets of those who are let in.

use super::{Actor, encode};
use crate::session::handle::Standing;
use crate::session::pending::Publish;
use crate::session::state::{GuestNews, Input};
use crate::session::upkeep;
use breakroom_identity::{Admitted, AskingGuest, IdentityError, SignedIn};
use breakroom_protocol::{GuestId, Role, ServerMessage, WaitEnded};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// What the session has of them; those who wait are bounded by [`crate::session::guests`].
#[derive(Debug, Default)]
pub(super) struct Ends {
    last: u32,
    waiting: BTreeMap<GuestId, watch::Sender<Standing>>,
    /// Made, and not handed to their guests yet: that follows the commit.
    tickets: BTreeMap<GuestId, SignedIn>,
}

impl Actor {
    pub(super) fn guest_asks(&mut self, asking: AskingGuest, standing: watch::Sender<Standing>) {
        self.guests.last += 1;
        let guest = GuestId(self.guests.last);
        self.guests.waiting.insert(guest, standing);
        self.input(Input::GuestAsks { guest, asking });
    }

    pub(super) fn admit(&mut self, guest: GuestId, asking: AskingGuest) {
        let (identity, done) = (self.around.identity.clone(), self.done_to.clone());
        self.spawn(upkeep::admit(identity, guest, asking, done));
    }

    pub(super) fn guest_admitted(&mut self, guest: GuestId, admitted: Result<Box<Admitted>, IdentityError>) {
        let outcome = match admitted {
            Ok(admitted) => {
                let Admitted { signed_in, uses_left } = *admitted;
                let participant = signed_in.me.participant.clone();
                self.guests.tickets.insert(guest, signed_in);
                Ok((participant, uses_left))
            }
            Err(error) => {
                if error.code().status() >= 500 {
                    tracing::warn!(session = %self.info.id, error = &error as &dyn std::error::Error, "a guest could not be let in");
                }
                Err(error.body())
            }
        };
        self.input(Input::GuestAdmitted { guest, outcome });
    }

    pub(super) fn tell_guest(&mut self, guest: GuestId, news: GuestNews) {
        self.send_after(Publish::Guest(guest, news));
    }

    /// The end of it uses their way out up.
    pub(super) fn told_guest(&mut self, guest: GuestId, news: GuestNews) {
        let standing = match news {
            GuestNews::Waits { until } => Standing::Waits { guest, until },
            GuestNews::Over(why) => Standing::Over(why),
            GuestNews::LetIn => match self.guests.tickets.remove(&guest) {
                Some(signed_in) => Standing::LetIn(signed_in),
                None => return,
            },
        };
        let is_end = standing.is_end();
        if let Some(waiting) = self.guests.waiting.get(&guest) {
            // Their page may be gone for good.
            let _gone = waiting.send(standing);
        }
        if is_end {
            self.guests.waiting.remove(&guest);
        }
    }

    /// Of the moment, as presence is: nothing to wait for.
    pub(super) fn tell_hosts(&self, ended: Option<WaitEnded>) {
        self.audience.text_to_hosts(&self.waiting(ended));
    }

    /// A host came: if somebody waits, they see whom.
    pub(super) fn tell_who_waits(&self, connection: breakroom_protocol::ConnectionId, role: Role) {
        if role == Role::Host && !self.state.waiting().is_empty() {
            self.audience.text(connection, &self.waiting(None));
        }
    }

    fn waiting(&self, ended: Option<WaitEnded>) -> bytes::Bytes {
        encode(&ServerMessage::Waiting { guests: self.state.waiting(), ended })
    }
}
