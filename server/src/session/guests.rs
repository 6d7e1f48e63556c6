//! Guests who wait to be let in.
//!
//! Pure. Invariant: a guest's waiting ends once, as their entry here is used up by that. While it is being found out
//! whether they can be let in, nobody else decides, and it ends by what is found out.
//! Why not events: who waits is no part of the session. The name that a stranger types goes to hosts alone, and into the
//! recording only with a host's word ([`breakroom_protocol::Event::Admitted`]).

use super::stop::Waiter;
use breakroom_identity::AskingGuest;
use breakroom_protocol::{
    ErrorBody, ErrorCode, GuestId, InviteId, ParticipantId, UnixMillis, WaitEnd, WaitEnded, WaitingGuest,
};
use std::collections::{BTreeMap, VecDeque};

/// Most who may wait by one invite: whoever has its link can't fill the list for those of other invites.
const BY_INVITE: usize = 10;
/// Most who may wait in all.
const IN_ALL: usize = 50;
/// Ended waits that are remembered, to say what became of them.
const REMEMBERED: usize = 100;

/// One of them.
#[derive(Debug)]
struct Guest {
    asking: AskingGuest,
    since: UnixMillis,
    until: UnixMillis,
    /// Who lets them in at this moment, by which command.
    deciding: Option<(ParticipantId, Waiter)>,
}

/// All of them, by the order in which they came.
#[derive(Debug, Default)]
pub struct Guests {
    waiting: BTreeMap<GuestId, Guest>,
    ended: VecDeque<WaitEnded>,
}

/// How somebody's waiting ended, with who waits for that.
#[derive(Debug)]
pub struct Ended {
    /// For hosts.
    pub told: WaitEnded,
    /// The invite that they came by.
    pub invite: InviteId,
    /// The command that was letting them in.
    pub waiter: Option<Waiter>,
}

impl Guests {
    /// Somebody asks to come in, and waits until then at the latest.
    pub fn ask(
        &mut self,
        id: GuestId,
        asking: AskingGuest,
        now: UnixMillis,
        patience_ms: UnixMillis,
    ) -> Result<UnixMillis, ErrorBody> {
        let by_invite = self.of_invite(asking.invite).len();
        if by_invite >= BY_INVITE || self.waiting.len() >= IN_ALL {
            return Err(ErrorBody::new(
                ErrorCode::TooManyWait,
                "As many people wait to be let in as may. Tell the host, and try again when some were let in.",
            ));
        }
        let until = asking.expires_at.min(now.saturating_add(patience_ms));
        self.waiting.insert(id, Guest { asking, since: now, until, deciding: None });
        Ok(until)
    }

    /// For hosts: who waits.
    pub fn list(&self) -> Vec<WaitingGuest> {
        let shown = |(id, guest): (&GuestId, &Guest)| WaitingGuest {
            id: *id,
            name: guest.asking.name.clone(),
            role: guest.asking.role,
            invite: guest.asking.invite,
            since: guest.since,
            until: guest.until,
        };
        self.waiting.iter().map(shown).collect()
    }

    /// A host begins to let somebody in: from here on nobody else decides. `name`: of a participant.
    pub fn decide(
        &mut self,
        id: GuestId,
        by: ParticipantId,
        waiter: Waiter,
        name: impl Fn(ParticipantId) -> String,
    ) -> Result<AskingGuest, ErrorBody> {
        let guest = self.undecided(id, name)?;
        guest.deciding = Some((by, waiter));
        Ok(guest.asking.clone())
    }

    /// A host turns somebody away.
    pub fn turn_away(
        &mut self,
        id: GuestId,
        by: ParticipantId,
        name: impl Fn(ParticipantId) -> String,
    ) -> Result<Option<Ended>, ErrorBody> {
        self.undecided(id, name)?;
        Ok(self.end(id, WaitEnd::TurnedAway, Some(by)))
    }

    fn undecided(
        &mut self,
        id: GuestId,
        name: impl Fn(ParticipantId) -> String,
    ) -> Result<&mut Guest, ErrorBody> {
        let refuse = |why: String| Err(ErrorBody::new(ErrorCode::NoSuchGuest, why));
        match self.waiting.get_mut(&id) {
            Some(Guest { deciding: Some((by, _)), asking, .. }) => {
                refuse(format!("{} is letting {} in at this moment.", name(*by), asking.name))
            }
            Some(guest) => Ok(guest),
            None => {
                let ended = self.ended.iter().find(|ended| ended.id == id);
                refuse(
                    ended.map_or_else(
                        || "Nobody waits by this number.".to_owned(),
                        |ended| already(ended, name),
                    ),
                )
            }
        }
    }

    /// It turned out that somebody can't be let in at this moment: they wait on, and others may decide.
    pub fn not_now(&mut self, id: GuestId) -> Option<Waiter> {
        self.waiting.get_mut(&id)?.deciding.take().map(|(_, waiter)| waiter)
    }

    /// Ends somebody's waiting.
    pub fn end(&mut self, id: GuestId, how: WaitEnd, by: Option<ParticipantId>) -> Option<Ended> {
        let Guest { asking, deciding, .. } = self.waiting.remove(&id)?;
        let by = by.or(deciding.map(|(by, _)| by).filter(|_| how == WaitEnd::LetIn));
        let told = WaitEnded { id, name: asking.name, how, by };
        self.ended.push_back(told.clone());
        if self.ended.len() > REMEMBERED {
            self.ended.pop_front();
        }
        Some(Ended { told, invite: asking.invite, waiter: deciding.map(|(_, waiter)| waiter) })
    }

    /// Whether it is being found out whether they can be let in.
    pub fn is_deciding(&self, id: GuestId) -> bool {
        self.waiting.get(&id).is_some_and(|guest| guest.deciding.is_some())
    }

    /// Who waits by an invite, and isn't being let in.
    pub fn undecided_of(&self, invite: InviteId) -> Vec<GuestId> {
        self.of_invite(invite).into_iter().filter(|id| !self.is_deciding(*id)).collect()
    }

    fn of_invite(&self, invite: InviteId) -> Vec<GuestId> {
        let theirs = self.waiting.iter().filter(|(_, guest)| guest.asking.invite == invite);
        theirs.map(|(id, _)| *id).collect()
    }

    /// Everybody.
    pub fn all(&self) -> Vec<GuestId> {
        self.waiting.keys().copied().collect()
    }

    /// When somebody has waited for long enough.
    pub fn due(&self) -> Option<UnixMillis> {
        let undecided = self.waiting.values().filter(|guest| guest.deciding.is_none());
        undecided.map(|guest| guest.until).min()
    }

    /// Who has, and whether it is their invite that has expired.
    pub fn overdue(&self, now: UnixMillis) -> Vec<(GuestId, WaitEnd)> {
        let due = |(_, guest): &(&GuestId, &Guest)| guest.deciding.is_none() && guest.until <= now;
        let how = |(id, guest): (&GuestId, &Guest)| {
            let expired = guest.asking.expires_at <= now;
            (*id, if expired { WaitEnd::InviteEnded } else { WaitEnd::NobodyDecided })
        };
        self.waiting.iter().filter(due).map(how).collect()
    }
}

fn already(ended: &WaitEnded, name: impl Fn(ParticipantId) -> String) -> String {
    let (guest, by) = (&ended.name, ended.by.map_or_else(|| "Somebody".to_owned(), name));
    match ended.how {
        WaitEnd::LetIn => format!("{by} has let {guest} in already."),
        WaitEnd::TurnedAway => format!("{by} has turned {guest} away already."),
        WaitEnd::Left => format!("{guest} waits no longer: they left."),
        WaitEnd::InviteEnded => format!("{guest} waits no longer: their invite has ended."),
        WaitEnd::NobodyDecided => format!("{guest} waits no longer: nobody decided in time."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{ClientSeq, ConnectionId, Role, SessionId};
    use uuid::Uuid;

    const HOUR: UnixMillis = 3_600_000;

    fn asking(name: &str, invite: u128, expires_at: UnixMillis) -> AskingGuest {
        AskingGuest {
            name: name.into(),
            invite: InviteId(Uuid::from_u128(invite)),
            session: SessionId(Uuid::nil()),
            role: Role::Watcher,
            expires_at,
            client: std::net::Ipv4Addr::LOCALHOST.into(),
        }
    }

    fn host(number: u128) -> ParticipantId {
        ParticipantId(Uuid::from_u128(number))
    }

    fn name(who: ParticipantId) -> String {
        if who == host(1) { "Ada".into() } else { "Ben".into() }
    }

    fn waiter(id: u32) -> Waiter {
        (ConnectionId(1), ClientSeq(id))
    }

    #[test]
    fn two_hosts_decide_at_once_and_one_wins() {
        let mut guests = Guests::default();
        guests.ask(GuestId(1), asking("Eve", 1, HOUR), 0, 1_000).unwrap();
        let taken = guests.decide(GuestId(1), host(1), waiter(1), name).unwrap();
        assert_eq!(taken.name, "Eve");
        for refused in [
            guests.decide(GuestId(1), host(2), waiter(2), name).unwrap_err(),
            guests.turn_away(GuestId(1), host(2), name).unwrap_err(),
        ] {
            assert_eq!(refused.code, ErrorCode::NoSuchGuest);
            assert_eq!(refused.message, "Ada is letting Eve in at this moment.");
        }
        let ended = guests.end(GuestId(1), WaitEnd::LetIn, None).unwrap();
        assert_eq!((ended.told.by, ended.waiter), (Some(host(1)), Some(waiter(1))));
        assert!(guests.end(GuestId(1), WaitEnd::LetIn, None).is_none(), "it ends once");
        let late = guests.turn_away(GuestId(1), host(2), name).unwrap_err();
        assert_eq!(late.message, "Ada has let Eve in already.");
        assert_eq!(
            guests.decide(GuestId(7), host(2), waiter(3), name).unwrap_err().message,
            "Nobody waits by this number."
        );
    }

    #[test]
    fn who_could_not_be_let_in_waits_on() {
        let mut guests = Guests::default();
        guests.ask(GuestId(1), asking("Eve", 1, HOUR), 0, 1_000).unwrap();
        guests.decide(GuestId(1), host(1), waiter(1), name).unwrap();
        assert_eq!(guests.due(), None, "it ends by what is found out");
        assert!(guests.overdue(HOUR).is_empty());
        assert!(guests.undecided_of(InviteId(Uuid::from_u128(1))).is_empty());
        assert_eq!(guests.not_now(GuestId(1)), Some(waiter(1)));
        assert_eq!(guests.not_now(GuestId(1)), None);
        assert!(guests.turn_away(GuestId(1), host(2), name).unwrap().is_some());
        assert!(guests.list().is_empty());
    }

    #[test]
    fn nobody_waits_for_ever_and_an_invite_may_expire_first() {
        let mut guests = Guests::default();
        assert_eq!(guests.ask(GuestId(1), asking("Eve", 1, HOUR), 500, 1_000).unwrap(), 1_500);
        assert_eq!(guests.ask(GuestId(2), asking("Bob", 2, 900), 500, 1_000).unwrap(), 900);
        assert_eq!(guests.due(), Some(900));
        assert_eq!(guests.overdue(899), []);
        assert_eq!(guests.overdue(900), [(GuestId(2), WaitEnd::InviteEnded)]);
        guests.end(GuestId(2), WaitEnd::InviteEnded, None);
        assert_eq!(guests.overdue(HOUR - 1), [(GuestId(1), WaitEnd::NobodyDecided)]);
    }

    #[test]
    fn one_link_does_not_fill_the_list_for_others() {
        let mut guests = Guests::default();
        let mut id = 0;
        let mut ask = |guests: &mut Guests, invite| {
            id += 1;
            guests.ask(GuestId(id), asking("Eve", invite, HOUR), 0, 1_000)
        };
        for _ in 0..BY_INVITE {
            ask(&mut guests, 1).unwrap();
        }
        assert_eq!(ask(&mut guests, 1).unwrap_err().code, ErrorCode::TooManyWait);
        for at in BY_INVITE..IN_ALL {
            ask(&mut guests, 2 + (at / BY_INVITE) as u128).unwrap();
        }
        assert_eq!(ask(&mut guests, 99).unwrap_err().code, ErrorCode::TooManyWait);
        assert_eq!(guests.list().len(), IN_ALL);
        guests.end(GuestId(1), WaitEnd::Left, None).unwrap();
        ask(&mut guests, 1).unwrap();
        for id in guests.all() {
            guests.end(id, WaitEnd::Left, None).unwrap();
            guests.ask(id, asking("Eve", 1_000 + u128::from(id.0), HOUR), 0, 1_000).unwrap();
            guests.end(id, WaitEnd::Left, None).unwrap();
        }
        assert!(guests.ended.len() <= REMEMBERED);
    }
}
