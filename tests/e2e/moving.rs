//! Going elsewhere than the next line: `goto`, and stepping into one of a line's calls.

use crate::support::Server;
use crate::support::person::top;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, FrameId, ResumeKind, ThreadId};
use breakroom_test_support::debuggee::Debuggee;

const CALLS: &str = r#"import time
def inner(): return 1
def outer(x): return x + 1
def work():
    first = 0
    second = outer(inner()) + outer(2)
    third = second
    return third
while True:
    work()
    time.sleep(0.02)
"#;

#[tokio::test]
async fn the_driver_goes_to_another_line_and_is_told_why_not() {
    let debuggee = Debuggee::start(CALLS).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 6, &[]).await;
    let stop = bob.sees_stop_at("app.py", 6).await;
    let path = debuggee.script_path().to_str().unwrap().to_owned();
    let goto = |stop, line| Command::Goto { stop, thread: None, path: path.clone(), line };
    bob.sends(goto(stop, 8)).await.expect_refused(ErrorCode::NotDriver);
    ada.sends(goto(stop, 8)).await.done();
    let next = bob.sees_stop_at("app.py", 8).await;
    assert_eq!(next.0, stop.0 + 1);
    assert_eq!(bob.up_to_date().await.stop.unwrap().reason, "goto");
    let how = bob.sees_event("it went", |event| match event {
        breakroom_protocol::Event::Resumed { how, .. } => Some(*how),
        _ => None,
    });
    assert_eq!(how.await, ResumeKind::Goto);
    ada.sends(goto(stop, 5)).await.expect_refused(ErrorCode::StaleStop);

    // Nothing is asked of debugpy for what can't be: the stop stays.
    let elsewhere = Command::Goto { stop: next, thread: None, path: "/etc/passwd".into(), line: 1 };
    ada.sends(elsewhere).await.expect_refused(ErrorCode::OutOfRange);
    let other = Command::Goto { stop: next, thread: Some(ThreadId(99)), path: path.clone(), line: 5 };
    ada.sends(other).await.expect_refused(ErrorCode::NoSuchThread);
    assert_eq!(bob.up_to_date().await.last_stop, next);
    // What only debugpy knows is a stop of its own: nothing ran.
    let said = ada.sends(goto(next, 2)).await.expect_refused(ErrorCode::OutOfRange);
    assert!(said.contains("current code block"), "{said}");
    let again = ada.sees("still there", |now| now.last_stop.0 == next.0 + 1 && top(now).is_some()).await;
    assert_eq!((&again.phase, top(&again).unwrap().line), (&Phase::Stopped, 8));
    let shown = bob.up_to_date().await.stop.unwrap();
    assert_eq!((shown.reason.as_str(), shown.description), ("goto refused", None), "it is said to who asked");

    // And everything goes on working: again there, a step, and on.
    ada.sends(goto(ada.stop(), 5)).await.done();
    ada.sees_stop_at("app.py", 5).await;
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", 6).await;
    ada.continues().await.done();
    bob.sees("the breakpoint again", |now| {
        now.phase == Phase::Stopped && now.stop.as_ref().is_some_and(|stop| stop.reason == "breakpoint")
    })
    .await;
}

#[tokio::test]
async fn one_of_several_calls_is_stepped_into() {
    let debuggee = Debuggee::start(CALLS).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 6, &[]).await;
    let stop = eve.sees_stop_at("app.py", 6).await;
    let frame = top(&eve.now()).unwrap().id;
    let into = |stop, target| Command::StepIn { stop, thread: None, target: Some(target) };
    ada.sends(into(stop, 0)).await.expect_refused(ErrorCode::OutOfRange);
    let targets = Command::StepInTargets { stop, frame };
    let Some(ReplyResult::StepInTargets { items }) = eve.asks(targets).await else { panic!("targets") };
    let labels: Vec<_> = items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(items.len(), 3, "{labels:?}");
    let last = items.iter().rfind(|item| item.label.starts_with("outer")).unwrap().id;
    let below = eve.now().stop.unwrap().stacks.values().next().unwrap().frames[1].id;
    let refused = Command::StepInTargets { stop, frame: below };
    eve.sends(refused).await.expect_refused(ErrorCode::OutOfRange);
    let unknown = Command::StepInTargets { stop, frame: FrameId(999) };
    eve.sends(unknown).await.expect_refused(ErrorCode::NoSuchFrame);
    ada.sends(into(stop, 77)).await.expect_refused(ErrorCode::OutOfRange);
    eve.sends(into(stop, last)).await.expect_refused(ErrorCode::ProposeInstead);
    ada.sends(into(stop, last)).await.done();
    let inside = eve.sees_stop_at("app.py", 3).await;
    assert_eq!(eve.local("x").unwrap().value, "2", "the second call of it");
    ada.sends(into(inside, last)).await.expect_refused(ErrorCode::OutOfRange);
}
