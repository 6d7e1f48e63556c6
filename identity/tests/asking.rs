//! Invites that ask: who comes by one waits until a host lets them in.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

mod common;

use breakroom_identity::{AskingGuest, AttemptLimits, ByInvite, NewInvite};
use breakroom_protocol::error::ErrorCode;
use breakroom_protocol::ids::{InviteId, SessionId};
use breakroom_protocol::model::Role;
use common::{Expect, House, LOCAL};

fn invite(session: SessionId) -> NewInvite {
    NewInvite { asks: true, ..common::invite(session) }
}

#[tokio::test]
async fn an_invite_that_asks_gives_nothing_until_a_host_lets_somebody_in() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let asks = NewInvite { uses: 2, ..invite(session) };
    let (info, secret) = identity.create_invite(asks).await.unwrap();
    assert!(info.asks);
    let ask = async |name: &str| match identity.redeem_invite(LOCAL, &secret, name).await.unwrap() {
        ByInvite::Asks(guest) => guest,
        ByInvite::In(_) => panic!("it must ask"),
    };
    let (ada, bob, eve) = (ask("  Ada ").await, ask("Bob").await, ask("Eve").await);
    assert_eq!((&ada.name[..], ada.invite, ada.session, ada.role), ("Ada", info.id, session, Role::Watcher));
    let listed = async || identity.list_invites(session).await.unwrap().remove(0);
    assert_eq!((listed().await.used, listed().await.came), (0, Vec::new()), "asking uses nothing up");
    identity.redeem_invite(LOCAL, &secret, "a\nb").await.refused(ErrorCode::NameInvalid);

    let first = identity.admit(&ada).await.unwrap();
    assert_eq!(first.uses_left, 1);
    assert_eq!(identity.check(&first.signed_in.ticket).await.unwrap().me, first.signed_in.me);
    let (one, two) = tokio::join!(identity.admit(&bob), identity.admit(&eve));
    let (good, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(good.unwrap().uses_left, 0);
    refused.refused(ErrorCode::InviteUsedUp);
    identity.redeem_invite(LOCAL, &secret, "Mallory").await.refused(ErrorCode::InviteUsedUp);
    identity.may_ask(&eve).await.refused(ErrorCode::InviteUsedUp);
    let info = listed().await;
    assert_eq!((info.used, info.came.len(), &info.came[0].name[..]), (2, 2, "Ada"));
    assert_eq!(info.came[0].participant, first.signed_in.me.participant.id);
}

#[tokio::test]
async fn who_asked_by_an_invite_that_ended_or_moved_on_is_not_let_in() {
    let house = House::new().await;
    let identity = house.identity().await;
    let session = SessionId::new();
    let asks = || NewInvite { uses: 5, ..invite(session) };
    let ask = async |new: NewInvite| {
        let (info, secret) = identity.create_invite(new).await.unwrap();
        match identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap() {
            ByInvite::Asks(guest) => (info.id, guest),
            ByInvite::In(_) => panic!("it must ask"),
        }
    };
    let (id, ada) = ask(asks()).await;
    identity.may_ask(&ada).await.unwrap();
    identity.revoke_invite(session, id).await.unwrap();
    identity.may_ask(&ada).await.refused(ErrorCode::InviteRevoked);
    identity.admit(&ada).await.refused(ErrorCode::InviteRevoked);

    let (_, bob) = ask(asks()).await;
    let next = SessionId::new();
    identity.carry_over(session, next).await.unwrap();
    identity.admit(&bob).await.refused(ErrorCode::InviteInvalid);
    let bob = AskingGuest { session: next, ..bob };
    assert_eq!(identity.admit(&bob).await.unwrap().signed_in.me.session, Some(next));
    // What somebody makes up is no invite.
    let forged = AskingGuest { invite: InviteId::new(), ..bob };
    identity.admit(&forged).await.refused(ErrorCode::InviteInvalid);
}

#[tokio::test]
async fn asking_is_an_attempt_until_they_are_let_in() {
    let house = House::new().await;
    let identity = house.identity().await;
    let per_minute = AttemptLimits::default().per_minute;
    let new = NewInvite { uses: 3 * per_minute, ..invite(SessionId::new()) };
    let (_, secret) = identity.create_invite(new).await.unwrap();
    for _ in 0..2 * per_minute {
        let ByInvite::Asks(guest) = identity.redeem_invite(LOCAL, &secret, "Ada").await.unwrap() else {
            panic!("let in without a word");
        };
        identity.admit(&guest).await.unwrap();
    }
    let mut refused = None;
    for _ in 0..=per_minute {
        refused = identity.redeem_invite(LOCAL, &secret, "Eve").await.err();
    }
    assert_eq!(refused.unwrap().code(), ErrorCode::TooManyAttempts);
}
