//! One session after another at `share --editor`: who was let into one goes on in the next, and nobody else does.

use crate::starting::share;
use crate::support::person::ticket_of;
use crate::support::program::TICKING;
use crate::support::{Launch, Person, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::{AttachOptions, CloseCode, Command, ErrorCode, Me, SessionRow};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

/// Which sessions somebody can see.
async fn sees(person: &Person) -> Vec<breakroom_protocol::SessionId> {
    let rows: Vec<SessionRow> = person.get("/api/sessions").await.json();
    rows.into_iter().map(|row| row.info.id).collect()
}

#[tokio::test]
async fn who_was_let_in_goes_on_in_the_next_session_with_the_same_ticket() {
    let debuggee = Debuggee::start(TICKING).await;
    let (mut server, _) = share(&debuggee).await;
    let (first, invite) = (server.session(), server.invite_url());
    let mut ada = server.host_inside("Ada").await;
    let mut bob = server.guest_inside("Bob").await;
    let watcher = ada.brings_watcher(&server, "Wes").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.sends(Command::Remove { participant: eve.id() }).await.done();
    eve.is_removed().await;
    ada.sends(Command::Start { options: AttachOptions::default() }).await.done();
    bob.sees("it runs", |now| matches!(now.phase, Phase::Running { .. })).await;
    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    bob.is_out(CloseCode::SessionEnded).await;

    server.shares_session(2).await;
    let second = server.session();
    assert_ne!(second, first);
    assert_eq!(server.invite_url(), invite, "the printed invite stays good");
    for person in [&ada, &bob, &watcher] {
        let me: Me = person.get("/api/me").await.json();
        assert_eq!((me.session, me.participant), (Some(second), person.me.participant.clone()));
        let mut seen = sees(person).await;
        seen.sort();
        assert_eq!(seen, [first, second]);
        person.get(&format!("/api/sessions/{first}/stops")).await.is_good();
    }
    eve.get("/api/me").await.expect_refused(ErrorCode::TicketRevoked);

    // Theirs, and that of the second session's editors: the one of the first's has ended with it.
    let url = format!("sqlite://{}", server.database().display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let mut tickets = async || -> Vec<String> {
        let names = sqlx::query_scalar("SELECT name FROM tickets WHERE revoked_at IS NULL ORDER BY name");
        names.fetch_all(&mut database).await.unwrap()
    };
    until("tickets are as many as people", async || {
        tickets().await == ["Ada", "Bob", "Host's editor", "Wes"]
    })
    .await;

    // They are there as themselves, with the rights that they had.
    bob.enters(second).await;
    let me = bob.id();
    let now = bob.sees("themselves there", |now| now.people.contains_key(&me)).await;
    assert_eq!((now.phase, &now.people[&me].participant.name[..]), (Phase::Starting, "Bob"));
    bob.sends(Command::Start { options: AttachOptions::default() })
        .await
        .expect_refused(ErrorCode::NotAllowed);
    watcher
        .post(&format!("/api/sessions/{second}/end"), json!({}))
        .await
        .expect_refused(ErrorCode::NotAllowed);

    // Who comes in only now sees nothing of what was before.
    let zoe = server.guest_inside("Zoe").await;
    assert_eq!(sees(&zoe).await, [second]);
    zoe.get(&format!("/api/sessions/{first}/stops")).await.expect_refused(ErrorCode::SessionNotFound);

    // Removed from the second, somebody is out of both.
    ada.enters(second).await;
    ada.sends(Command::Remove { participant: bob.id() }).await.done();
    bob.is_removed().await;
    bob.get(&format!("/api/sessions/{first}/stops")).await.expect_refused(ErrorCode::TicketRevoked);
}

#[tokio::test]
async fn a_session_that_nobody_came_into_keeps_nobody_from_the_next() {
    let debuggee = Debuggee::start(TICKING).await;
    let (mut server, _) = share(&debuggee).await;
    let first = server.session();
    let ada = server.host_inside("Ada").await;
    let body = json!({ "secret": server.invite_secret(), "name": "Bob" });
    let answer = server.stranger().post("/api/auth/invite", body).await;
    let ticket = ticket_of(&answer);
    let bob = Person::with_ticket(&server, &ticket, answer.json());
    for nth in 2..=3 {
        ada.post(&format!("/api/sessions/{}/end", server.session()), json!({})).await.is_good();
        server.shares_session(nth).await;
    }
    for person in [&ada, &bob] {
        let me: Me = person.get("/api/me").await.json();
        assert_eq!(me.session, Some(server.session()));
        let mut seen = sees(person).await;
        seen.sort();
        assert_eq!(seen, [first, server.session()], "nothing was in the second");
    }

    // Also after the server has ended and begun another sharing, which is for whom it invites.
    assert!(server.stop().await.success());
    let again = Launch::share(&debuggee.address()).on_data(&server.data_folder()).start().await;
    let rows: Vec<SessionRow> = again.stranger().with_ticket(&ticket).get("/api/sessions").await.json();
    assert_eq!(rows.iter().map(|row| row.info.id).collect::<Vec<_>>(), [first]);
}
