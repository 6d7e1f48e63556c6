//! A network to the debuggee that swallows everything and closes nothing.

use crate::support::live::Heard;
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Launch, Person, Proxy};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, Event, Outcome};
use breakroom_test_support::debuggee::Debuggee;
use std::time::{Duration, Instant};

/// As documented, and a little for a busy machine. When nothing was being asked it takes 20 s, which upstream's own
/// tests hold.
const NOTICED_WITHIN: Duration = Duration::from_secs(35);

/// The adapter serves one request at a time: once this is answered, nothing is under way.
async fn nothing_is_under_way(person: &Person) {
    let refused = person.sends(Command::Source { path: "/etc/passwd".to_owned() }).await;
    refused.expect_refused(ErrorCode::PathNotOfProgram);
}

async fn sees_lost(person: &Person) -> String {
    let lost = |heard: &Heard| {
        heard.events.iter().find_map(|envelope| match &envelope.event {
            Event::Lost { message } => Some(message.clone()),
            _ => None,
        })
    };
    person.wait_for(NOTICED_WITHIN * 2, "that it is lost", lost).await
}

#[tokio::test]
async fn a_silent_network_is_noticed_and_said_and_the_session_comes_back_with_it() {
    let debuggee = Debuggee::start(TICKING).await;
    let network = Proxy::to(debuggee.address()).await;
    let server = Launch::share(network.address()).start().await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let stop = ada.stop();
    nothing_is_under_way(&ada).await;

    // Nobody asks for anything.
    network.falls_silent();
    let since = Instant::now();
    bob.sees("that something is wrong", |now| now.busy.is_some() || matches!(now.phase, Phase::Lost { .. }))
        .await;
    let message = sees_lost(&bob).await;
    assert!(since.elapsed() < NOTICED_WITHIN, "{:?}", since.elapsed());
    assert!(message.contains("the network may be down") || message.contains("did not answer"), "{message}");
    network.speaks_again();
    bob.sees_events("attached", 1).await;
    bob.wait("a stop of its own", |heard| (heard.now.last_stop > stop).then_some(())).await;
    bob.sees_stop_at("app.py", TICK_LINE).await;
    ada.step_over().await.done();
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;
}

#[tokio::test]
async fn who_waits_for_an_answer_in_a_silent_network_gets_one() {
    let debuggee = Debuggee::start(TICKING).await;
    let network = Proxy::to(debuggee.address()).await;
    let server = Launch::share(network.address()).start().await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    nothing_is_under_way(&ada).await;

    network.falls_silent();
    let since = Instant::now();
    let answer = ada.evaluates("1 + 1").await;
    sees_lost(&ada).await;
    assert!(since.elapsed() < NOTICED_WITHIN, "{:?}", since.elapsed());
    network.speaks_again();
    // Whichever is noticed first: that the answer is late, or that debugpy gives no sign of life.
    let code = answer.0.expect_err("nothing can have answered").code;
    assert!([ErrorCode::DebuggeeTimeout, ErrorCode::NotAttached].contains(&code), "{code:?}");
    ada.sees_events("attached", 1).await;
    ada.wait("it stops again", |heard| (heard.now.phase == Phase::Stopped).then_some(())).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.evaluates("1 + 1").await.done();
    ada.sees("what it is", |now| {
        now.evaluations
            .last()
            .is_some_and(|last| matches!(&last.outcome, Outcome::Value(value) if value.value == "2"))
    })
    .await;
}
