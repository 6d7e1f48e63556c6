//! Invites, host links and tickets: no Home Assistant needed.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

mod common;

use breakroom_identity::{AttemptLimits, Identity, IdentityConfig, NewInvite, RevokedWhy};
use breakroom_protocol::error::ErrorCode;
use breakroom_protocol::ids::{InviteId, SessionId, TicketId};
use breakroom_protocol::model::{ParticipantKind, Role};
use common::{Expect, House, LOCAL, end_of, invite};
use std::time::Duration;

#[tokio::test]
async fn an_invite_lets_a_guest_into_its_session() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let (info, secret) = identity.create_invite(invite(session)).await.unwrap();
    assert_eq!((info.uses, info.used, info.revoked, info.session), (1, 0, false, session));
    assert_eq!(secret.len(), 43);

    let ada = identity.redeem_invite(LOCAL, &secret, "  Ada ").await.unwrap().signed_in().unwrap();
    assert_eq!(ada.me.participant.name, "Ada");
    assert_eq!(ada.me.participant.role, Role::Watcher);
    assert_eq!(ada.me.participant.kind, ParticipantKind::Guest);
    assert!(!ada.me.participant.may_write_notes);
    assert_eq!(ada.me.session, Some(session));
    let checked = identity.check(&ada.ticket).await.unwrap();
    assert_eq!((checked.ticket, &checked.me), (ada.id, &ada.me));
    assert!(!format!("{ada:?}").contains(&ada.ticket), "a ticket must not get into a log");

    identity.redeem_invite(LOCAL, &secret, "Bob").await.refused(ErrorCode::InviteUsedUp);
    assert_eq!(identity.list_invites(session).await.unwrap()[0].used, 1);
    assert!(identity.list_invites(SessionId::new()).await.unwrap().is_empty());

    let again = house.identity().await;
    assert_eq!(again.check(&ada.ticket).await.unwrap().me, ada.me, "a restart keeps tickets");
}

#[tokio::test]
async fn collaborators_and_chosen_watchers_write_notes() {
    let house = House::new().await;
    let identity = house.identity().await;
    for (role, notes, may) in
        [(Role::Watcher, true, true), (Role::Watcher, false, false), (Role::Collaborator, false, true)]
    {
        let new = NewInvite { role, notes, ..invite(SessionId::new()) };
        let (_, secret) = identity.create_invite(new).await.unwrap();
        let guest = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
        assert_eq!((guest.me.participant.role, guest.me.participant.may_write_notes), (role, may));
    }
}

#[tokio::test]
async fn invites_out_of_range_are_refused() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (base, day) = (invite(SessionId::new()), Duration::from_secs(24 * 3600));
    for bad in [
        NewInvite { role: Role::Host, ..base.clone() },
        NewInvite { uses: 0, ..base.clone() },
        NewInvite { uses: 1_001, ..base.clone() },
        NewInvite { expires_in: Duration::from_secs(59), ..base.clone() },
        NewInvite { expires_in: Duration::ZERO, ..base.clone() },
        NewInvite { expires_in: day * 30 + Duration::from_millis(1), ..base.clone() },
        NewInvite { expires_in: Duration::MAX, ..base.clone() },
    ] {
        identity.create_invite(bad).await.refused(ErrorCode::OutOfRange);
    }
    for good in [
        NewInvite { uses: 1_000, ..base.clone() },
        NewInvite { expires_in: Duration::from_secs(60), ..base.clone() },
        NewInvite { expires_in: day * 30, ..base.clone() },
    ] {
        identity.create_invite(good).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_has_so_many_invites_and_no_more() {
    let house = House::new().await;
    let limits = AttemptLimits { invites_per_session: 2, ..AttemptLimits::default() };
    let identity = house.identity_with(IdentityConfig { limits, ..house.config() }).await;
    let session = SessionId::new();
    let (first, _) = identity.create_invite(invite(session)).await.unwrap();
    identity.create_invite(invite(session)).await.unwrap();
    identity.create_invite(invite(session)).await.refused(ErrorCode::OutOfRange);
    identity.revoke_invite(session, first.id).await.unwrap();
    identity.create_invite(invite(session)).await.unwrap();
}

#[tokio::test]
async fn bad_secrets_and_names_are_refused_and_cost_no_use() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (_, secret) = identity.create_invite(invite(SessionId::new())).await.unwrap();
    let other = secret.chars().rev().collect::<String>();
    for bad in ["", "nonsense", &secret[1..], &format!("{secret}a"), &other, "' OR 1=1 --"] {
        identity.redeem_invite(LOCAL, bad, "Ada").await.refused(ErrorCode::InviteInvalid);
    }
    for bad in ["", "   ", &"x".repeat(41), "a\nb", "a\u{202E}b"] {
        identity.redeem_invite(LOCAL, &secret, bad).await.refused(ErrorCode::NameInvalid);
    }
    identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
}

#[tokio::test]
async fn an_expired_invite_is_refused() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (_, secret) = identity.create_invite(invite(SessionId::new())).await.unwrap();
    house.sql("UPDATE invites SET expires_at = 1000 * unixepoch()").await;
    identity.redeem_invite(LOCAL, &secret, "Ada").await.refused(ErrorCode::InviteExpired);
    house.sql("UPDATE invites SET expires_at = 1").await;
    house.identity().await; // prunes
    identity.redeem_invite(LOCAL, &secret, "Ada").await.refused(ErrorCode::InviteInvalid);
}

#[tokio::test]
async fn revoking_an_invite_throws_out_who_came_by_it_and_nobody_else() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let (info, secret) = identity.create_invite(NewInvite { uses: 3, ..invite(session) }).await.unwrap();
    let (_, other) = identity.create_invite(invite(session)).await.unwrap();
    let ada = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    let bob = identity.redeem_invite(LOCAL, &secret, "Bob").await.unwrap().signed_in().unwrap();
    let eve = identity.redeem_invite(LOCAL, &other, "Eve").await.unwrap().signed_in().unwrap();
    let mut revocations = identity.revocations();

    identity.revoke_invite(SessionId::new(), info.id).await.refused(ErrorCode::NotFound);
    identity.revoke_invite(session, InviteId::new()).await.refused(ErrorCode::NotFound);
    assert!(identity.is_live(ada.id));

    identity.revoke_invite(session, info.id).await.unwrap();
    let mut ended = [end_of(&mut revocations).await, end_of(&mut revocations).await];
    ended.sort_by_key(|revoked| revoked.ticket);
    assert_eq!(ended.map(|revoked| revoked.ticket), [ada.id, bob.id]);
    assert!(ended.iter().all(|revoked| revoked.why == RevokedWhy::InviteRevoked));
    assert!(revocations.is_empty());
    for gone in [&ada, &bob] {
        assert!(!identity.is_live(gone.id));
        identity.check(&gone.ticket).await.refused(ErrorCode::TicketRevoked);
    }
    identity.check(&eve.ticket).await.unwrap();
    identity.redeem_invite(LOCAL, &secret, "Mallory").await.refused(ErrorCode::InviteRevoked);
    assert!(identity.list_invites(session).await.unwrap()[0].revoked);
    identity.revoke_invite(session, info.id).await.unwrap();

    let again = house.identity().await;
    again.check(&ada.ticket).await.refused(ErrorCode::TicketRevoked);
    again.check(&eve.ticket).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_race_for_one_use_exactly_one_gets_in() {
    let house = House::new().await;
    let identity = house.identity_with(IdentityConfig { limits: generous(), ..house.config() }).await;
    for (uses, winners) in [(1, 1), (7, 7)] {
        let session = SessionId::new();
        let (_, secret) = identity.create_invite(NewInvite { uses, ..invite(session) }).await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (identity, secret) = (identity.clone(), secret.clone());
                tokio::spawn(
                    async move { identity.redeem_invite(LOCAL, &secret, &format!("Guest {n}")).await },
                )
            })
            .collect();
        let mut inside = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(guest) => {
                    inside += 1;
                    identity.check(&guest.signed_in().unwrap().ticket).await.unwrap();
                }
                Err(error) => assert_eq!(error.code(), ErrorCode::InviteUsedUp),
            }
        }
        assert_eq!(inside, winners);
        assert_eq!(identity.list_invites(session).await.unwrap()[0].used, uses);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_slips_in_while_an_invite_is_revoked() {
    let house = House::new().await;
    let identity = house.identity_with(IdentityConfig { limits: generous(), ..house.config() }).await;
    for _ in 0..10 {
        let session = SessionId::new();
        let (info, secret) =
            identity.create_invite(NewInvite { uses: 100, ..invite(session) }).await.unwrap();
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (identity, secret) = (identity.clone(), secret.clone());
                tokio::spawn(async move { identity.redeem_invite(LOCAL, &secret, "Ada").await })
            })
            .collect();
        identity.revoke_invite(session, info.id).await.unwrap();
        for task in tasks {
            if let Ok(guest) = task.await.unwrap() {
                identity.check(&guest.signed_in().unwrap().ticket).await.refused(ErrorCode::TicketRevoked);
            }
        }
    }
}

#[tokio::test]
async fn failed_attempts_are_limited_per_address_and_successes_are_free() {
    let house = House::new().await;
    let limits = AttemptLimits { per_minute: 3, ..AttemptLimits::default() };
    let identity = house.identity_with(IdentityConfig { limits, ..house.config() }).await;
    let (_, secret) =
        identity.create_invite(NewInvite { uses: 100, ..invite(SessionId::new()) }).await.unwrap();
    for _ in 0..10 {
        identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    }
    for _ in 0..3 {
        identity.redeem_invite(LOCAL, "guess", "Eve").await.refused(ErrorCode::InviteInvalid);
    }
    let refused = identity.redeem_invite(LOCAL, &secret, "Eve").await.refused(ErrorCode::TooManyAttempts);
    assert!(refused.message.contains(" s."), "it says when: {}", refused.message);
    identity.redeem_host_link(LOCAL, "guess", None).await.refused(ErrorCode::TooManyAttempts);
    identity.redeem_invite("10.1.1.1".parse().unwrap(), &secret, "Bob").await.unwrap();
}

#[tokio::test]
async fn a_host_link_makes_one_host_once() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let secret = identity.host_link(Some(session)).await.unwrap();
    identity.redeem_host_link(LOCAL, &secret, Some("a\nb")).await.refused(ErrorCode::NameInvalid);
    let host = identity.redeem_host_link(LOCAL, &secret, Some("Ada")).await.unwrap();
    assert_eq!((host.me.participant.name.as_str(), host.me.participant.role), ("Ada", Role::Host));
    assert_eq!((host.me.participant.kind, host.me.session), (ParticipantKind::HostLink, Some(session)));
    identity.redeem_host_link(LOCAL, &secret, None).await.refused(ErrorCode::HostLinkInvalid);
    identity.redeem_host_link(LOCAL, "guess", None).await.refused(ErrorCode::HostLinkInvalid);

    let secret = identity.host_link(None).await.unwrap();
    identity.redeem_invite(LOCAL, &secret, "Ada").await.refused(ErrorCode::InviteInvalid);
    let host = identity.redeem_host_link(LOCAL, &secret, Some(" ")).await.unwrap();
    assert_eq!((host.me.participant.name.as_str(), host.me.session), ("Host", None));

    let secret = identity.host_link(None).await.unwrap();
    house.sql("UPDATE host_links SET expires_at = 1 WHERE used_at IS NULL").await;
    identity.redeem_host_link(LOCAL, &secret, None).await.refused(ErrorCode::HostLinkInvalid);
}

#[tokio::test]
async fn forged_and_foreign_tickets_are_invalid() {
    let (house, other) = (House::new().await, House::new().await);
    let (identity, foreign) = (house.identity().await, other.identity().await);
    let ticket = host(&foreign).await.ticket;
    foreign.check(&ticket).await.unwrap();
    identity.check(&ticket).await.refused(ErrorCode::TicketInvalid);
    for bad in ["", "x", "a.b.c", &ticket[..ticket.len() - 2]] {
        identity.check(bad).await.refused(ErrorCode::TicketInvalid);
    }
    // Well signed, but not in our table: the key alone makes nobody a host.
    house.sql("DELETE FROM tickets").await;
    std::fs::copy(other.key_file(), house.key_file()).unwrap();
    house.identity().await.check(&ticket).await.refused(ErrorCode::TicketRevoked);
}

#[tokio::test]
async fn a_ticket_ends_with_its_lifetime() {
    let house = House::new().await;
    let config = IdentityConfig { ticket_lifetime: Duration::from_secs(3), ..house.config() };
    let identity = house.identity_with(config).await;
    let host = host(&identity).await;
    identity.check(&host.ticket).await.unwrap();
    common::until(async || !identity.is_live(host.id)).await;
    identity.check(&host.ticket).await.refused(ErrorCode::TicketExpired);
    house.identity().await.check(&host.ticket).await.unwrap_err(); // and after a restart
}

#[tokio::test]
async fn signing_out_and_removing_end_tickets_at_once() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let (_, secret) = identity.create_invite(NewInvite { uses: 2, ..invite(session) }).await.unwrap();
    let ada = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    let bob = identity.redeem_invite(LOCAL, &secret, "Bob").await.unwrap().signed_in().unwrap();
    let mut revocations = identity.revocations();

    identity.sign_out(ada.id).await.unwrap();
    let ended = end_of(&mut revocations).await;
    assert_eq!(
        (ended.ticket, ended.participant, ended.why),
        (ada.id, ada.me.participant.id, RevokedWhy::SignedOut)
    );
    identity.check(&ada.ticket).await.refused(ErrorCode::TicketRevoked);
    identity.sign_out(ada.id).await.unwrap();
    identity.sign_out(TicketId::new()).await.unwrap();

    let who = bob.me.participant.id;
    assert_eq!(identity.revoke_participant(Some(SessionId::new()), who).await.unwrap().tickets, 0);
    identity.check(&bob.ticket).await.unwrap();
    assert_eq!(identity.revoke_participant(Some(session), who).await.unwrap().tickets, 1);
    assert_eq!(end_of(&mut revocations).await.why, RevokedWhy::Removed);
    identity.check(&bob.ticket).await.refused(ErrorCode::TicketRevoked);

    // A ticket for all sessions opens each one.
    let host = host(&identity).await;
    assert_eq!(identity.revoke_participant(Some(session), host.me.participant.id).await.unwrap().tickets, 1);
    let again = house.identity().await;
    for gone in [&ada, &bob, &host] {
        again.check(&gone.ticket).await.refused(ErrorCode::TicketRevoked);
    }
}

#[tokio::test]
async fn a_forgotten_session_leaves_nothing_behind() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (gone, kept) = (SessionId::new(), SessionId::new());
    let (_, secret) = identity.create_invite(NewInvite { uses: 2, ..invite(gone) }).await.unwrap();
    let (_, other) = identity.create_invite(invite(kept)).await.unwrap();
    let ada = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    let bob = identity.redeem_invite(LOCAL, &other, "Bob").await.unwrap().signed_in().unwrap();
    identity.forget_session(gone).await.unwrap();
    identity.check(&ada.ticket).await.refused(ErrorCode::TicketRevoked);
    identity.redeem_invite(LOCAL, &secret, "Ada").await.refused(ErrorCode::InviteInvalid);
    identity.check(&bob.ticket).await.unwrap();
    assert!(identity.list_invites(gone).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_more_tickets_than_the_server_keeps() {
    let house = House::new().await;
    let limits = AttemptLimits { tickets: 2, ..AttemptLimits::default() };
    let identity = house.identity_with(IdentityConfig { limits, ..house.config() }).await;
    let first = host(&identity).await;
    host(&identity).await;
    let secret = identity.host_link(None).await.unwrap();
    identity.redeem_host_link(LOCAL, &secret, None).await.refused(ErrorCode::TooManyAttempts);
    identity.sign_out(first.id).await.unwrap();
    identity.redeem_host_link(LOCAL, &secret, None).await.unwrap();
}

#[tokio::test]
async fn secrets_and_tickets_are_not_in_the_database() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (_, secret) = identity.create_invite(invite(SessionId::new())).await.unwrap();
    let link = identity.host_link(None).await.unwrap();
    let guest = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    house.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = house.database_text();
    assert!(file.contains("Ada"));
    for hidden in [&secret, &link, &guest.ticket] {
        assert!(!file.contains(hidden.as_str()));
    }
}

#[tokio::test]
async fn without_a_home_assistant_tokens_are_no_way_in() {
    let house = House::new().await;
    let identity = house.identity().await;
    assert_eq!(identity.home_assistant_reachable(), None);
    identity.sign_in_with_token(LOCAL, "x").await.refused(ErrorCode::HomeAssistantNotConfigured);
    identity.shutdown().await;
}

async fn host(identity: &Identity) -> breakroom_identity::SignedIn {
    let secret = identity.host_link(None).await.unwrap();
    identity.redeem_host_link(LOCAL, &secret, None).await.unwrap()
}

fn generous() -> AttemptLimits {
    AttemptLimits { per_minute: 10_000, ..AttemptLimits::default() }
}

#[tokio::test]
async fn a_removed_guest_does_not_come_back_by_the_same_link() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let (info, secret) = identity.create_invite(NewInvite { uses: 20, ..invite(session) }).await.unwrap();
    identity.create_invite(invite(session)).await.unwrap();
    let mallory = identity.redeem_invite(LOCAL, &secret, "Mallory").await.unwrap().signed_in().unwrap();
    let bob = identity.redeem_invite(LOCAL, &secret, "Bob").await.unwrap().signed_in().unwrap();
    let removed = identity.revoke_participant(Some(session), mallory.me.participant.id).await.unwrap();
    assert_eq!(removed.used_up, [info.id]);
    identity.check(&mallory.ticket).await.refused(ErrorCode::TicketRevoked);
    identity.redeem_invite(LOCAL, &secret, "Mallory").await.refused(ErrorCode::InviteUsedUp);
    assert!(identity.check(&bob.ticket).await.is_ok(), "who came by the same link stays");
}

#[tokio::test]
async fn what_opened_a_session_opens_the_one_that_follows_it() {
    let house = House::new().await;
    let identity = house.identity().await;
    let (first, second, other) = (SessionId::new(), SessionId::new(), SessionId::new());
    let new = NewInvite { uses: 3, ..invite(first) };
    let (info, secret) = identity.create_invite(new).await.unwrap();
    let (_, elsewhere) = identity.create_invite(invite(other)).await.unwrap();
    let ada = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap().signed_in().unwrap();
    let bob = identity.redeem_invite(LOCAL, &secret, "Bob").await.unwrap().signed_in().unwrap();
    let eve = identity.redeem_invite(LOCAL, &elsewhere, "Eve").await.unwrap().signed_in().unwrap();
    let (used, unused) =
        (identity.host_link(Some(first)).await.unwrap(), identity.host_link(Some(first)).await.unwrap());
    let host = identity.redeem_host_link(LOCAL, &used, None).await.unwrap();
    identity.revoke_participant(Some(first), bob.me.participant.id).await.unwrap();

    identity.carry_over(first, second).await.unwrap();
    let restarted = house.identity().await;
    for identity in [&identity, &restarted] {
        for ticket in [&ada.ticket, &host.ticket] {
            let now = identity.check(ticket).await.unwrap();
            assert_eq!((now.me.session, &now.earlier[..]), (Some(second), &[first][..]));
        }
        let now = identity.check(&eve.ticket).await.unwrap();
        assert_eq!((now.me.session, now.earlier.len()), (Some(other), 0));
        identity.check(&bob.ticket).await.refused(ErrorCode::TicketRevoked);
    }

    // Who was removed doesn't come back by the invite, nor does anybody: it was used up then.
    identity.redeem_invite(LOCAL, &secret, "Bob").await.refused(ErrorCode::InviteUsedUp);
    // A host link that nobody used is still one to the first: the second has its own.
    let late = identity.redeem_host_link(LOCAL, &unused, None).await.unwrap();
    assert_eq!(late.me.session, Some(first));

    // It is the second's invite now, and what ends access to the second ends all of it.
    for session in [first, second] {
        assert_eq!(identity.list_invites(session).await.unwrap()[0].id, info.id);
    }
    identity.revoke_invite(other, info.id).await.refused(ErrorCode::NotFound);
    identity.revoke_invite(first, info.id).await.unwrap();
    identity.check(&ada.ticket).await.refused(ErrorCode::TicketRevoked);

    // Who was removed from the second is out, also when that is told only now.
    let third = SessionId::new();
    let mallory =
        identity.redeem_host_link(LOCAL, &identity.host_link(Some(second)).await.unwrap(), None).await;
    let mallory = mallory.unwrap();
    identity.carry_over(second, third).await.unwrap();
    identity.revoke_participant(Some(second), mallory.me.participant.id).await.unwrap();
    identity.check(&mallory.ticket).await.refused(ErrorCode::TicketRevoked);
    identity.forget_session(second).await.unwrap();
    for identity in [&identity, &house.identity().await] {
        let now = identity.check(&host.ticket).await.unwrap();
        assert_eq!(now.me.session, Some(third));
        assert!(now.earlier.starts_with(&[first]), "{:?}", now.earlier);
    }
}
