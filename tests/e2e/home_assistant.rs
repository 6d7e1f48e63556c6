//! Signing in with a real Home Assistant, and what becomes of those inside when a token, or the house, is gone.

use crate::support::program::TICKING;
use crate::support::{Person, Server, until};
use breakroom_protocol::{CloseCode, ErrorCode, ParticipantKind, Role, SessionRow};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::home_assistant::HomeAssistant;
use serde_json::{Value, json};

/// One house for all of it: it takes seconds to start.
#[tokio::test]
async fn home_assistant_vouches_revokes_and_may_be_paused() {
    let (house, debuggee) = tokio::join!(HomeAssistant::start(), Debuggee::start(TICKING));
    let config = format!(
        "[home_assistant]\nurl = '{}'\nrecheck_every_s = 1\n[limits]\nattempts_per_minute = 100\n\
         [[targets]]\nname = 'app'\naddress = '{}'\n",
        house.url(),
        debuggee.address()
    );
    let mut server = Server::serve(&config).await;
    let door = server.stranger();
    let by_token =
        async |token: &str| Person::signs_in(&server, "/api/auth/token", json!({"token": token})).await;
    let mut ada = by_token(house.owner_token()).await;
    assert_eq!(
        (ada.me.participant.role, ada.me.participant.kind),
        (Role::Host, ParticipantKind::HomeAssistant)
    );
    assert_eq!((ada.me.participant.name.as_str(), ada.me.session), ("Owner", None));
    let mut bob = by_token(house.user_token()).await;
    assert_eq!((bob.me.participant.name.as_str(), bob.me.participant.role), ("bob", Role::Collaborator));
    bob.post("/api/sessions", json!({"target": "app"})).await.expect_refused(ErrorCode::NotAllowed);

    for (token, code) in [
        ("", ErrorCode::TokenMalformed),
        ("hello", ErrorCode::TokenMalformed),
        (&house.owner_token()[..100], ErrorCode::TokenMalformed),
        // iat 1, exp 2.
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4IiwiaWF0IjoxLCJleHAiOjJ9.QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
            ErrorCode::TokenExpired,
        ),
    ] {
        door.post("/api/auth/token", json!({"token": token})).await.expect_refused(code);
    }
    // Well-formed, but with another house's signature.
    let (head, _) = house.owner_token().rsplit_once('.').unwrap();
    let forged = format!("{head}.QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk");
    door.post("/api/auth/token", json!({"token": forged})).await.expect_refused(ErrorCode::TokenRefused);

    // The homeowner starts a session on behalf of who asked for it, and both are in it.
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    assert_eq!(row.info.started_by, "Owner");
    ada.enters(row.info.id).await;
    bob.enters(row.info.id).await;
    ada.sees("Bob", |now| now.people.get(&bob.id()).is_some_and(|bob| bob.present)).await;
    ada.sees("the host drives", |now| now.driver == Some(ada.id())).await;
    let guest = ada.brings_watcher(&server, "Guest").await;

    // A second host takes the wheel from the first.
    let second = house.create_user("Carol", true).await;
    let mut carol = by_token(&second.token).await;
    carol.enters(row.info.id).await;
    carol.sends(breakroom_protocol::Command::WheelTake).await.done();
    ada.sees("Carol drives", |now| now.driver == Some(carol.id())).await;
    carol
        .sends(breakroom_protocol::Command::Remove { participant: ada.id() })
        .await
        .expect_refused(ErrorCode::NotAllowed);

    // Bob's token is deleted in Home Assistant: he is out at once.
    house.delete_token(house.user_token()).await;
    bob.is_out(CloseCode::TicketEnded).await;
    bob.get("/api/me").await.expect_refused(ErrorCode::TicketRevoked);
    door.post("/api/auth/token", json!({"token": house.user_token()}))
        .await
        .expect_refused(ErrorCode::TokenRefused);
    // Carol's user is deleted: found out by asking again.
    house.delete_user(&second.id).await;
    carol.is_out(CloseCode::TicketEnded).await;

    // The house is paused, as at a breakpoint of its own: nobody new comes in by it, everybody inside stays.
    house.pause();
    let sentence = door
        .post("/api/auth/token", json!({"token": house.owner_token()}))
        .await
        .expect_refused(ErrorCode::HomeAssistantUnreachable);
    assert!(sentence.contains("stays"), "{sentence}");
    until("the server says that it is not reachable", async || {
        let about: Value = door.get("/api/server").await.json();
        about["home_assistant"]["reachable"] == json!(false)
    })
    .await;
    ada.says("still here").await.done();
    guest.sees("the line", |now| !now.chat.is_empty()).await;
    ada.get("/api/me").await.is_good();
    let late = ada.brings_watcher(&server, "Late").await;
    late.says("guests come in all the same").await.done();
    house.resume();
    until("signing in works again", async || {
        door.post("/api/auth/token", json!({"token": house.owner_token()})).await.status.is_success()
    })
    .await;
    ada.says("and on").await.done();

    // Nothing of a token is in what the server keeps or says.
    let _status = server.stop().await;
    let mut stored = server.log().into_bytes();
    for file in std::fs::read_dir(server.data()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    for token in [house.owner_token(), house.user_token(), &second.token] {
        assert!(!stored.windows(token.len()).any(|bytes| bytes == token.as_bytes()), "kept: {token}");
    }
}
