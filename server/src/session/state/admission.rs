//! Who asks to come in, and what hosts decide about it.
//!
//! A guest is told once how it ends. Letting somebody in takes the database, so it is an effect whose answer comes back as
//! an input ([`Input::GuestAdmitted`](super::Input)); only then it is true, recorded and told.

use super::commands::{Done, Verdict, check_text, refuse};
use super::{Effect, GuestNews, Phase, State};
use crate::session::guests::Ended;
use crate::session::stop::Waiter;
use breakroom_identity::AskingGuest;
use breakroom_protocol::{
    ErrorBody, ErrorCode, Event, GuestId, InviteId, Participant, ParticipantId, UnixMillis, WaitEnd,
    WaitEnded, WaitingGuest,
};

/// Longest sentence for somebody who is turned away, in characters.
const SENTENCE_CHARS: usize = 200;

impl State {
    pub(super) fn guest_asks(&mut self, guest: GuestId, asking: AskingGuest) {
        if self.is_over() {
            return self.tell_guest(guest, GuestNews::Over(session_over()));
        }
        match self.guests.ask(guest, asking, self.now, self.rules.guest_waits_ms) {
            Ok(until) => {
                self.tell_guest(guest, GuestNews::Waits { until });
                self.effects.push(Effect::TellHosts { ended: None });
            }
            Err(error) => self.tell_guest(guest, GuestNews::Over(error)),
        }
    }

    /// They asked no longer, or their page is closed. What a host has decided already goes its way.
    pub(super) fn guest_left(&mut self, guest: GuestId) {
        if self.guests.is_deciding(guest) {
            return;
        }
        let why = "You were away for too long, and wait no longer. Open the invite link again to ask anew.";
        self.end_wait(guest, WaitEnd::Left, None, ErrorBody::new(ErrorCode::NotWaiting, why));
    }

    pub(super) fn invite_revoked(&mut self, invite: InviteId) {
        self.invite_ended(
            invite,
            &ErrorBody::new(
                ErrorCode::InviteRevoked,
                "The invite was revoked while you waited. Ask the host for a new one.",
            ),
        );
    }

    pub(super) fn invite_used_up(&mut self, invite: InviteId) {
        let why = "The invite was used up while you waited. Ask the host for a new one.";
        self.invite_ended(invite, &ErrorBody::new(ErrorCode::InviteUsedUp, why));
    }

    fn invite_ended(&mut self, invite: InviteId, why: &ErrorBody) {
        for guest in self.guests.undecided_of(invite) {
            self.end_wait(guest, WaitEnd::InviteEnded, None, why.clone());
        }
    }

    pub(super) fn admit(&mut self, me: ParticipantId, waiter: Waiter, guest: GuestId) -> Verdict {
        if self.is_over() {
            return Err(session_over());
        }
        let people = &self.people;
        let name =
            |who| people.get(who).map_or_else(|| "A host".to_owned(), |here| here.participant.name.clone());
        let asking = self.guests.decide(guest, me, waiter, name)?;
        self.effects.push(Effect::Admit { guest, asking });
        Ok(Done::Later)
    }

    pub(super) fn turn_away(
        &mut self,
        me: ParticipantId,
        guest: GuestId,
        message: Option<String>,
    ) -> Verdict {
        if let Some(message) = &message {
            check_text(message, SENTENCE_CHARS, "A sentence for a guest")?;
            if message.chars().any(|c| c.is_control() && c != '\n') {
                return refuse(ErrorCode::BadMessage, "A sentence for a guest is plain text.");
            }
        }
        let people = &self.people;
        let name =
            |who| people.get(who).map_or_else(|| "A host".to_owned(), |here| here.participant.name.clone());
        let ended = self.guests.turn_away(guest, me, name)?;
        let message = message.map_or_else(
            || {
                "The host did not let you in. Ask them another way if you think that this is a mistake."
                    .to_owned()
            },
            |said| format!("The host did not let you in, and says: {}", said.trim()),
        );
        self.wait_ended(ended, GuestNews::Over(ErrorBody::new(ErrorCode::TurnedAway, message)));
        Ok(Done::Now)
    }

    /// What came of [`Effect::Admit`]: who is let in and how often their invite lets somebody in still.
    pub(super) fn guest_admitted(&mut self, guest: GuestId, outcome: Result<(Participant, u32), ErrorBody>) {
        match outcome {
            Ok((participant, uses_left)) => {
                // Not any more if the session ended meanwhile, which they were told.
                let Some(ended) = self.guests.end(guest, WaitEnd::LetIn, None) else { return };
                let (by, invite, waiter) = (ended.told.by, ended.invite, ended.waiter);
                self.record(by, Event::Admitted { participant });
                self.wait_ended(Some(ended), GuestNews::LetIn);
                if let Some(waiter) = waiter {
                    self.reply(waiter, None);
                }
                if uses_left == 0 {
                    self.invite_used_up(invite);
                }
            }
            Err(error) if is_for_good(error.code) => {
                let Some(ended) = self.guests.end(guest, WaitEnd::InviteEnded, None) else { return };
                let waiter = ended.waiter;
                let told = ErrorBody::new(
                    error.code,
                    format!("{} can't come in: {}", ended.told.name, error.message),
                );
                self.wait_ended(Some(ended), GuestNews::Over(error));
                if let Some(waiter) = waiter {
                    self.reply(waiter, Some(told));
                }
            }
            Err(error) => {
                if let Some(waiter) = self.guests.not_now(guest) {
                    self.reply(waiter, Some(error));
                }
            }
        }
    }

    /// Nobody decided in time, or an invite has expired.
    pub(super) fn guests_overdue(&mut self) {
        for (guest, how) in self.guests.overdue(self.now) {
            let why = if how == WaitEnd::InviteEnded {
                ErrorBody::new(
                    ErrorCode::InviteExpired,
                    "The invite expired while you waited. Ask the host for a new one.",
                )
            } else {
                ErrorBody::new(
                    ErrorCode::NobodyDecided,
                    "No host has let you in so far. Tell them that you wait, then ask again.",
                )
            };
            self.end_wait(guest, how, None, why);
        }
    }

    /// The session ends: whoever waits is told, and so is the host who was letting them in.
    pub(super) fn guests_at_end(&mut self) {
        for guest in self.guests.all() {
            let Some(ended) = self.guests.end(guest, WaitEnd::Left, None) else { continue };
            self.tell_guest(guest, GuestNews::Over(session_over()));
            if let Some(waiter) = ended.waiter {
                self.reply(waiter, Some(session_over()));
            }
        }
    }

    /// When [`State::guests_overdue`] is due.
    pub(super) fn guests_due(&self) -> Option<UnixMillis> {
        self.guests.due()
    }

    /// For hosts: who waits.
    pub fn waiting(&self) -> Vec<WaitingGuest> {
        self.guests.list()
    }

    fn end_wait(&mut self, guest: GuestId, how: WaitEnd, by: Option<ParticipantId>, why: ErrorBody) {
        let ended = self.guests.end(guest, how, by);
        self.wait_ended(ended, GuestNews::Over(why));
    }

    fn wait_ended(&mut self, ended: Option<Ended>, news: GuestNews) {
        let Some(Ended { told, .. }) = ended else { return };
        let WaitEnded { id, .. } = told;
        self.tell_guest(id, news);
        self.effects.push(Effect::TellHosts { ended: Some(told) });
    }

    fn tell_guest(&mut self, guest: GuestId, news: GuestNews) {
        self.effects.push(Effect::TellGuest { guest, news });
    }

    /// After the end nobody is let in.
    pub(super) fn guest_too_late(&mut self, guest: GuestId) {
        debug_assert!(matches!(self.phase, Phase::Ended));
        self.tell_guest(guest, GuestNews::Over(session_over()));
    }
}

/// Whether trying again can't help.
fn is_for_good(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InviteInvalid
            | ErrorCode::InviteExpired
            | ErrorCode::InviteUsedUp
            | ErrorCode::InviteRevoked
    )
}

fn session_over() -> ErrorBody {
    ErrorBody::new(ErrorCode::SessionEnded, "The session has ended: nobody can be let in any more.")
}
