//! A session's life: start, stops, end, restart, and how each goes wrong.

use crate::support::program::{TICK_LINE, TICKING, runs_on};
use crate::support::{Launch, Proxy, Restartable, Server, listener_that, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, Command, EndReason, ErrorCode, Event, SessionRow};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::port::FreePort;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn shared_stopped_stepped_and_ended_and_the_program_runs_on() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;

    let stop = bob.sees_stop_at("app.py", TICK_LINE).await;
    assert_eq!(stop.0, 1);
    let now = bob
        .sees("whose breakpoint it was", |now| {
            now.stop.as_ref().is_some_and(|stop| !stop.hit.is_empty())
                && now.breakpoints.values().all(|state| state.verified.is_some())
        })
        .await;
    assert_eq!(now.stop.unwrap().reason, "breakpoint");
    assert_eq!(now.breakpoints.values().next().unwrap().verified, Some(true));
    ada.step_over().await.done();
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;

    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    let (reason, sentence) = bob.sees_end().await;
    assert_eq!(reason, EndReason::EndedByHost);
    assert!(sentence.contains("runs on"), "{sentence}");
    bob.expect_closed(CloseCode::SessionEnded).await;
    runs_on(&debuggee).await;
    assert!(server.is_running(), "the recording can be looked at");
    assert!(server.stop().await.success());
}

#[tokio::test]
async fn sharing_nothing_says_how_to_start_it_and_leaves_nothing() {
    let nothing = FreePort::find();
    let address = nothing.address();
    let launch = Launch::share(&address);
    let same_data = Launch::serve("").on_data(&launch.data());
    let (status, out, said) = launch.ends().await;
    assert!(!status.success());
    assert_eq!(out, "", "no links to nothing");
    assert!(
        said.contains("not active") && said.contains(&format!("python -m debugpy --listen {address}")),
        "{said}"
    );

    let server = same_data.start().await;
    let host = server.host("Ada").await;
    assert_eq!(host.get("/api/sessions").await.json::<Vec<SessionRow>>(), []);
}

#[tokio::test]
async fn what_cannot_be_attached_to_says_why_and_leaves_nothing() {
    let http = listener_that(async |mut stream| {
        // It may be gone already.
        let _answered = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\nwhat?\r\n").await;
    })
    .await;
    let garbage = listener_that(async |mut stream| {
        let _answered = stream.write_all(&[0xff, 0x00, 0x17, 0x2a].repeat(200)).await;
    })
    .await;
    let silent = listener_that(async |stream| {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(stream);
        });
    })
    .await;
    let hangs_up = listener_that(async |stream| drop(stream)).await;
    let nothing = FreePort::find();
    let inactive = nothing.address();
    let mut config = String::new();
    for (name, address) in [
        ("http", &http),
        ("garbage", &garbage),
        ("silent", &silent),
        ("hangs-up", &hangs_up),
        ("inactive", &inactive),
    ] {
        config.push_str(&format!("[[targets]]\nname = '{name}'\naddress = '{address}'\n"));
    }
    config.push_str("how_to_start = 'Press the red button.'\n");
    let mut server = Server::serve(&config).await;
    let host = server.host("Ada").await;
    let targets: Vec<Value> = host.get("/api/targets").await.json();
    let state =
        |name: &str| targets.iter().find(|target| target["name"] == name).unwrap()["debugger"].clone();
    assert_eq!((state("inactive"), state("silent")), (json!("inactive"), json!("active")));

    let start = async |name: &str| host.post("/api/sessions", json!({"target": name})).await;
    let sentence = start("inactive").await.expect_refused(ErrorCode::DebuggerNotActive);
    assert!(sentence.contains("Press the red button."), "{sentence}");
    start("http").await.expect_refused(ErrorCode::NotDebugpy);
    start("garbage").await.expect_refused(ErrorCode::NotDebugpy);
    start("hangs-up").await.expect_refused(ErrorCode::DebuggerGone);
    let began = Instant::now();
    start("silent").await.expect_refused(ErrorCode::DebuggerSilent);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    start("nowhere").await.expect_refused(ErrorCode::TargetNotFound);
    assert_eq!(host.get("/api/sessions").await.json::<Vec<SessionRow>>(), []);
    assert!(server.is_running());
}

#[tokio::test]
async fn a_second_server_is_refused_and_the_first_is_not_disturbed() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;

    let (status, _, said) = Launch::share(&debuggee.address()).ends().await;
    assert!(!status.success());
    assert!(said.contains("another client is debugging"), "{said}");

    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    assert_eq!(ada.count("lost"), 0);
}

#[tokio::test]
async fn one_live_session_a_target() {
    let debuggee = Debuggee::start(TICKING).await;
    let server =
        Server::serve(&format!("[[targets]]\nname = 'app'\naddress = '{}'\n", debuggee.address())).await;
    let mut host = server.host("Ada").await;
    let (one, two) = tokio::join!(
        host.post("/api/sessions", json!({"target": "app"})),
        host.post("/api/sessions", json!({"target": "app"}))
    );
    let (good, refused) = if one.status.is_success() { (one, two) } else { (two, one) };
    refused.expect_refused(ErrorCode::SessionAlreadyLive);
    let row: SessionRow = good.json();
    let targets: Vec<Value> = host.get("/api/targets").await.json();
    assert_eq!(
        (&targets[0]["debugger"], &targets[0]["live_session"]),
        (&json!("attached"), &json!(row.info.id))
    );

    // Ended and started again: what debugpy needs between two clients is kept.
    host.enters(row.info.id).await;
    host.post(&host.in_session("/end"), json!({})).await.is_good();
    host.sees_end().await;
    host.post(&host.in_session("/end"), json!({})).await.expect_refused(ErrorCode::SessionEnded);
    let again: SessionRow = host.post("/api/sessions", json!({"target": "app"})).await.json();
    assert_ne!(again.info.id, row.info.id);
    host.post(&format!("/api/sessions/{}/end", again.info.id), json!({"restart": true}))
        .await
        .expect_refused(ErrorCode::NoRestartAction);
    runs_on(&debuggee).await;
}

#[tokio::test]
async fn restarted_by_command_and_attached_again_with_its_breakpoints() {
    let program = Restartable::start(TICKING).await;
    let server = Server::serve(&program.target()).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", &program.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let first_life = program.pid();

    ada.post(&ada.in_session("/end"), json!({"restart": true})).await.is_good();
    ada.sees_event("restarting", |event| matches!(event, Event::Restarting).then_some(())).await;
    ada.sees_events("attached", 1).await;
    ada.wait("a stop of the second life", |heard| (heard.now.last_stop.0 == 2).then_some(())).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    assert_eq!(ada.up_to_date().await.breakpoints.values().next().unwrap().verified, Some(true));
    assert_ne!(program.pid(), first_life);
    assert_eq!(ada.up_to_date().await.driver, Some(ada.id()), "the wheel stays");
    ada.continues().await.done();

    // By command too, while it runs; then the command fails, and the program that is still there is found again.
    breakpoints.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    program.restart_fails();
    ada.sends(Command::Restart).await.done();
    ada.sees("why it failed", |now| now.output.iter().any(|line| line.text.contains("the disk is on fire")))
        .await;
    ada.sees_events("attached", 2).await;
    program.runs_on().await;
}

#[tokio::test]
async fn a_program_that_does_not_come_back_ends_the_session_clearly() {
    let program = Restartable::start(TICKING).await;
    let server = Server::serve(&program.target_back_within(2)).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    program.stays_away();
    ada.sends(Command::Restart).await.done();
    let (reason, sentence) = ada.sees_end().await;
    assert_eq!(reason, EndReason::NotBackAfterRestart);
    assert!(sentence.contains("nothing listens"), "{sentence}");
    let row: SessionRow = ada.get(&ada.in_session("")).await.json();
    assert_eq!(row.end_reason, Some(EndReason::NotBackAfterRestart));
}

#[tokio::test]
async fn a_program_killed_in_mid_stop_ends_the_session() {
    let mut debuggee = Debuggee::start(TICKING).await;
    let config =
        format!("[limits]\nreattach_s = 1\n[[targets]]\nname = 'app'\naddress = '{}'\n", debuggee.address());
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    debuggee.kill().await;
    let (reason, sentence) = ada.sees_end().await;
    assert!(matches!(reason, EndReason::DebuggeeExited | EndReason::ConnectionLost), "{reason:?}");
    assert!(!sentence.is_empty());
    // Nobody waits for ever.
    let row: SessionRow = ada.get(&ada.in_session("")).await.json();
    assert_eq!((row.end_reason, row.stops), (Some(reason), 1));
}

#[tokio::test]
async fn a_program_that_ends_by_itself_ends_the_session() {
    let debuggee = Debuggee::start_waiting("print('hello', flush=True)\nprint('bye', flush=True)\n").await;
    let mut server = Server::share(&debuggee).await;
    // Too quick to be joined: the recording has it.
    until("the server says so", async || server.log().contains("The session has ended. Its recording: "))
        .await;
    assert!(server.stop().await.success());
    let again = Launch::serve("").on_data(&server.data_folder()).start().await;
    let host = again.host("Ada").await;
    let rows: Vec<SessionRow> = host.get("/api/sessions").await.json();
    assert_eq!(rows[0].end_reason, Some(EndReason::DebuggeeExited));
    let events: Value = host.get(&format!("/api/sessions/{}/events?from=1", rows[0].info.id)).await.json();
    let printed: String = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["event"]["type"] == "output")
        .map(|event| event["event"]["text"].as_str().unwrap())
        .collect();
    assert!(printed.contains("hello") && printed.contains("bye"), "{printed}");
}

#[tokio::test]
async fn a_cut_connection_is_lost_and_attached_again() {
    let debuggee = Debuggee::start(TICKING).await;
    let network = Proxy::to(debuggee.address()).await;
    let server = Launch::share(network.address()).start().await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    network.cut_when_nothing_is_under_way().await;
    let message = bob.sees_event("lost", |event| match event {
        Event::Lost { message } => Some(message.clone()),
        _ => None,
    });
    assert!(message.await.len() > 10);
    bob.sees_events("attached", 1).await;
    bob.wait("a second stop", |heard| (heard.now.last_stop.0 >= 2).then_some(())).await;
    bob.sees_stop_at("app.py", TICK_LINE).await;
    assert_eq!(bob.up_to_date().await.breakpoints.values().next().unwrap().verified, Some(true));
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.step_over().await.done();
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;
}

/// debugpy's adapter may end when its client goes while requests are under way; then nothing can be attached to.
#[tokio::test]
async fn a_connection_cut_in_mid_request_ends_or_goes_on_but_never_hangs() {
    let debuggee = Debuggee::start(TICKING).await;
    let network = Proxy::to(debuggee.address()).await;
    let config =
        format!("[limits]\nreattach_s = 1\n[[targets]]\nname = 'app'\naddress = '{}'\n", network.address());
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees("a stop whose capture is under way", |now| now.phase == Phase::Stopped).await;
    network.cut();
    let (again, ended) = ada
        .wait("attached again or ended", |heard| {
            let again =
                heard.events.iter().filter(|envelope| envelope.event.kind() == "attached").count() > 0;
            let lost = heard.events.iter().any(|envelope| envelope.event.kind() == "lost");
            let ended = match &heard.now.phase {
                Phase::Ended { reason, .. } => Some(*reason),
                _ => None,
            };
            (lost && (again || ended.is_some())).then_some((again, ended))
        })
        .await;
    assert!(again || ended == Some(EndReason::ConnectionLost), "{ended:?}");
    if !again {
        runs_on(&debuggee).await;
    }
}

#[tokio::test]
async fn while_the_connection_is_lost_commands_are_refused() {
    let debuggee = Debuggee::start(TICKING).await;
    let network = Proxy::to(debuggee.address()).await;
    let server = Launch::share(network.address()).start().await;
    let ada = server.host_inside("Ada").await;
    network.cut_when_nothing_is_under_way().await;
    ada.sees("lost", |now| matches!(now.phase, Phase::Lost { .. })).await;
    // At least a second passes until the next attach, as debugpy needs.
    ada.pauses().await.expect_refused(ErrorCode::NotAttached);
    ada.evaluates("1 + 1").await.expect_refused(ErrorCode::NotAttached);
    ada.says("still here").await.done();
    ada.sees_running().await;
    ada.evaluates("1 + 1").await.done();
}

#[tokio::test]
async fn a_stopped_server_says_goodbye_and_the_program_runs_on() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    assert!(server.stop().await.success());
    let (reason, _) = ada.sees_end().await;
    assert_eq!(reason, EndReason::ServerStopped);
    ada.expect_closed(CloseCode::GoingDown).await;
    breakpoints.expect_closed(CloseCode::GoingDown).await;
    runs_on(&debuggee).await;
    let again = Launch::serve("").on_data(&server.data_folder()).start().await;
    let rows: Vec<SessionRow> = again.host("Bob").await.get("/api/sessions").await.json();
    assert_eq!(rows[0].end_reason, Some(EndReason::ServerStopped));
}
