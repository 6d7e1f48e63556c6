//! Signing in with a real Home Assistant, what becomes of those inside when a token, or the house, is gone, and
//! programs that it restarts.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Restartable, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    CloseCode, Command, ErrorCode, Event, OutputCategory, ParticipantKind, Role, SessionRow,
};
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

    // Whom a host removed may sign in again, as Home Assistant vouches for them, and still sees nothing of that session.
    let third = house.create_user("Dora", false).await;
    let mut dora = by_token(&third.token).await;
    dora.enters(row.info.id).await;
    let seq = dora.now().seq;
    ada.sends(breakroom_protocol::Command::Remove { participant: dora.id() }).await.done();
    dora.is_removed().await;
    let again = by_token(&third.token).await;
    again.get("/api/me").await.is_good();
    for what in [
        format!("/moment?at={}", u64::MAX),
        format!("/events?from={seq}"),
        "/output".to_owned(),
        "/stops".to_owned(),
        "/sources/0".to_owned(),
    ] {
        again.get(&ada.in_session(&what)).await.expect_refused(ErrorCode::NotAllowed);
    }
    ada.get(&ada.in_session("/stops")).await.is_good();

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

/// A session on a target.
async fn starts(host: &mut Person, target: &str) {
    let row: SessionRow = host.post("/api/sessions", json!({"target": target})).await.json();
    assert!(row.info.target.can_restart);
    host.enters(row.info.id).await;
}

/// Restarts the program, as often as `times` says by then, and waits until it is attached to again.
async fn restarts(host: &Person, times: usize) {
    host.sends(Command::Restart).await.done();
    let what = format!("restarting number {times}, and attached again");
    let life = host.wait(&what, |heard| {
        let kinds = heard.events.iter().map(|envelope| envelope.event.kind());
        let life = kinds.filter(|kind| ["restarting", "attached", "lost", "ended"].contains(kind));
        // The session's first attach may have been before we came.
        let life: Vec<_> = life.skip_while(|kind| *kind != "restarting").collect();
        (life.len() >= 2 * times).then_some(life)
    });
    assert_eq!(life.await, ["restarting", "attached"].repeat(times));
}

#[tokio::test]
async fn a_program_that_home_assistant_restarts() {
    let program = Restartable::start(TICKING).await;
    let shell = format!("shell_command:\n  restart_app: {}\n", json!(program.command().join(" ")));
    let mut house = HomeAssistant::builder().config_extra(&shell).start().await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    let token_is = |token: &str| std::fs::write(&token_file, format!("{token}\n")).unwrap();
    token_is(house.owner_token());
    let mut config =
        format!("[home_assistant]\nurl = '{}'\ntoken_file = '{}'\n", house.url(), token_file.display());
    for (name, action) in [
        ("app", "shell_command.restart_app"),
        ("unknown", "shell_command.is_not_there"),
        ("restricted", "homeassistant.restart"),
    ] {
        let address = program.address();
        config.push_str(&format!(
            "[[targets]]\nname = '{name}'\naddress = '{address}'\n[targets.restart]\naction = '{action}'\nback_within_s = 20\n"
        ));
    }
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;

    // Restarted, and attached again with what it had.
    starts(&mut ada, "app").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", &program.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let first_life = program.pid();
    restarts(&ada, 1).await;
    ada.wait("a stop of the second life", |heard| (heard.now.last_stop.0 == 2).then_some(())).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    assert_ne!(program.pid(), first_life);
    assert_eq!(ada.up_to_date().await.driver, Some(ada.id()), "the wheel stays");
    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    ada.sees_end().await;
    program.runs_on().await;

    // What can go wrong: said to everybody, and the program, which nobody restarted, is attached to again.
    let second_life = program.pid();
    let fails = async |ada: &Person, times: usize, part: &str| {
        restarts(ada, times).await;
        ada.sees("it runs", |now| matches!(now.phase, Phase::Running { .. })).await;
        let said = ada.look(|heard| {
            let said = |event: &Event| match event {
                Event::Output { category: OutputCategory::Important, text, .. } => Some(text.clone()),
                _ => None,
            };
            heard.events.iter().filter_map(|envelope| said(&envelope.event)).collect::<Vec<_>>()
        });
        assert_eq!(said.len(), times, "{said:?}");
        let last = said.last().unwrap();
        assert!(last.starts_with("The restart action failed: ") && last.contains(part), "{part}: {last}");
        assert_eq!(program.pid(), second_life);
        program.runs_on().await;
    };
    starts(&mut ada, "unknown").await;
    fails(&ada, 1, "shell_command.is_not_there").await;
    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    ada.sees_end().await;

    starts(&mut ada, "restricted").await;
    token_is(house.user_token());
    fails(&ada, 1, "administrator").await;
    token_is("not.a.token");
    fails(&ada, 2, "refused the token").await;
    std::fs::remove_file(&token_file).unwrap();
    fails(&ada, 3, "can't be read").await;
    // Nobody restarted Home Assistant.
    let running = house.ws_call(json!({"type": "get_config"})).await;
    assert_eq!(running["state"], "RUNNING");
    token_is(house.owner_token());
    house.stop().await;
    fails(&ada, 4, "can't be reached").await;
    ada.says("still here").await.done();
}
