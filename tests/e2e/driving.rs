//! One driver: who may run the program on, and for which stop.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, ParticipantId, SessionRow, StopId, WheelReason};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;

/// Ada, host and driver, and Bob, collaborator, stopped in the loop.
async fn stopped(debuggee: &Debuggee, server: &Server) -> (Person, Person) {
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    bob.sees_stop_at("app.py", TICK_LINE).await;
    (ada, bob)
}

#[tokio::test]
async fn the_wheel_is_asked_for_granted_declined_released_and_taken() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob) = stopped(&debuggee, &server).await;
    let drives = async |who: Option<ParticipantId>| {
        for person in [&ada, &bob] {
            person.sees("who drives", |now| now.driver == who).await;
        }
    };
    bob.step_over().await.expect_refused(ErrorCode::NotDriver);
    bob.continues().await.expect_refused(ErrorCode::NotDriver);
    bob.sends(Command::WheelTake).await.expect_refused(ErrorCode::NotAllowed);
    bob.sends(Command::WheelRelease).await.expect_refused(ErrorCode::NotDriver);

    // Asked for twice is asked for once; declined, withdrawn.
    bob.sends(Command::WheelRequest).await.done();
    bob.sends(Command::WheelRequest).await.done();
    let asked = ada.sees("a request", |now| !now.wheel_requests.is_empty()).await;
    assert_eq!(asked.wheel_requests, [bob.id()]);
    ada.sends(Command::WheelDecline { participant: bob.id() }).await.done();
    bob.sees("it is declined", |now| now.wheel_requests.is_empty()).await;
    ada.sends(Command::WheelDecline { participant: bob.id() }).await.expect_refused(ErrorCode::NoSuchRequest);
    bob.sends(Command::WheelRequest).await.done();
    bob.sends(Command::WheelWithdraw).await.done();
    bob.sends(Command::WheelRequest).await.done();

    ada.sends(Command::WheelGrant { to: ParticipantId::new() })
        .await
        .expect_refused(ErrorCode::NoSuchParticipant);
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    drives(Some(bob.id())).await;
    assert_eq!(bob.up_to_date().await.wheel_requests, []);
    ada.step_over().await.expect_refused(ErrorCode::NotDriver);
    bob.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;

    bob.sends(Command::WheelRelease).await.done();
    drives(None).await;
    bob.step_over().await.expect_refused(ErrorCode::NotDriver);
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    drives(Some(bob.id())).await;
    ada.sends(Command::WheelTake).await.done();
    drives(Some(ada.id())).await;
    bob.step_over().await.expect_refused(ErrorCode::NotDriver);
    ada.step_over().await.done();

    // A removed driver drives no more.
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    ada.sends(Command::Remove { participant: bob.id() }).await.done();
    bob.is_removed().await;
    ada.sees("nobody drives", |now| now.driver.is_none()).await;
}

#[tokio::test]
async fn a_driver_who_is_gone_lets_go() {
    let debuggee = Debuggee::start(TICKING).await;
    let config = format!(
        "[limits]\ndriver_gone_s = 5\n[[targets]]\nname = 'app'\naddress = '{}'\n",
        debuggee.address()
    );
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    let mut bob = ada.brings_collaborator(&server, "Bob").await;
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();

    // Back in time: still the driver.
    let kept = bob.leaves();
    ada.sees_go(bob.id()).await;
    bob.comes_back(kept).await;
    ada.sees_come(bob.id()).await;
    assert_eq!(ada.up_to_date().await.driver, Some(bob.id()));

    bob.leaves();
    ada.sees("nobody drives", |now| now.driver.is_none()).await;
    let why = ada
        .wait("why", |heard| {
            heard.events.iter().rev().find_map(|envelope| match &envelope.event {
                breakroom_protocol::Event::Wheel { driver: None, reason } => Some(*reason),
                _ => None,
            })
        })
        .await;
    assert_eq!(why, WheelReason::DriverGone);
}

#[tokio::test]
async fn a_stale_or_doubled_command_is_refused_not_run() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, _bob) = stopped(&debuggee, &server).await;
    let first = ada.stop();

    // A held key: the same step many times at once runs once.
    let tab = ada.second_tab().await;
    let next = || Command::Next { stop: first, thread: None };
    let outcomes = tokio::join!(ada.sends(next()), ada.sends(next()), tab.sends(next()), tab.sends(next()));
    let outcomes = [outcomes.0, outcomes.1, outcomes.2, outcomes.3];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.0.is_ok()).count(), 1, "{outcomes:?}");
    for outcome in outcomes.into_iter().filter(|outcome| outcome.0.is_err()) {
        outcome.expect_refused(ErrorCode::StaleStop);
    }
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    assert_eq!(ada.count("resumed"), 1);

    ada.sends(next()).await.expect_refused(ErrorCode::StaleStop);
    ada.sends(Command::Continue { stop: StopId(0) }).await.expect_refused(ErrorCode::StaleStop);
    ada.sends(Command::StepOut { stop: StopId(99), thread: None }).await.expect_refused(ErrorCode::StaleStop);
    ada.pauses().await.expect_refused(ErrorCode::NotRunning);
    // Nothing of it has disturbed debugpy.
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 2).await;
    ada.step_in().await.done();
    ada.wait("a further stop", |heard| {
        (heard.now.last_stop.0 == 4 && heard.now.phase == Phase::Stopped).then_some(())
    })
    .await;
}

#[tokio::test]
async fn two_who_press_continue_at_once_run_it_once() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob) = stopped(&debuggee, &server).await;
    for round in 0..5 {
        let stop = ada.stop();
        // Bob drives; he continues while the host takes the wheel and continues too.
        ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
        let (bobs, adas) = tokio::join!(bob.sends(Command::Continue { stop }), async {
            ada.sends(Command::WheelTake).await.done();
            ada.sends(Command::Continue { stop }).await
        });
        assert_ne!(bobs.0.is_ok(), adas.0.is_ok(), "exactly one runs: {bobs:?} {adas:?}");
        match (bobs.0, adas.0) {
            (Ok(()), Err(error)) => assert_eq!(error.code, ErrorCode::StaleStop),
            (Err(error), Ok(())) => {
                assert!(matches!(error.code, ErrorCode::NotDriver | ErrorCode::StaleStop), "{error}");
            }
            _ => unreachable!(),
        }
        for person in [&ada, &bob] {
            let next = StopId(stop.0 + 1);
            person.sees("the next stop", |now| now.last_stop == next && now.phase == Phase::Stopped).await;
        }
        assert_eq!(ada.count("resumed"), round + 1);
    }
    // Two tabs of the driver: one runs, the other is told that the stop is over.
    let tab = ada.second_tab().await;
    let stop = ada.stop();
    let (one, two) =
        tokio::join!(ada.sends(Command::Continue { stop }), tab.sends(Command::Continue { stop }));
    let refused = if one.0.is_ok() { two } else { one };
    refused.expect_refused(ErrorCode::StaleStop);
    ada.sees("the next stop", |now| now.last_stop.0 == stop.0 + 1 && now.phase == Phase::Stopped).await;
    assert_eq!(ada.count("resumed"), 6);
}

#[tokio::test]
async fn a_late_pause_does_not_pause_again() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.sends(Command::Continue { stop: StopId(0) }).await.expect_refused(ErrorCode::NotStopped);
    // Two clicks on pause are one pause.
    let pause = || Command::Pause { after: StopId(0) };
    let (one, two) = tokio::join!(ada.sends(pause()), ada.sends(pause()));
    one.done();
    // The second may come when it is paused already.
    if let Err(error) = two.0 {
        assert_eq!(error.code, ErrorCode::NotRunning);
    }
    ada.sees("paused", |now| now.phase == Phase::Stopped && now.last_stop.0 == 1).await;
    assert_eq!(ada.up_to_date().await.stop.unwrap().reason, "pause");
    ada.continues().await.done();
    ada.sees_running().await;
    ada.sends(pause()).await.expect_refused(ErrorCode::StaleStop);
    ada.pauses().await.done();
    ada.sees("paused again", |now| now.phase == Phase::Stopped && now.last_stop.0 == 2).await;
}
