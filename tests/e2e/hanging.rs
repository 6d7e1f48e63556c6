//! Code that never ends: seen by all, interrupted if it can be, and got out of if not.

use crate::support::{Person, Server};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    BusyState, Command, EndReason, ErrorCode, EvaluateContext, Event, Outcome, SessionRow,
};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;

/// Works in its main thread or in another, and minds SIGINT and SIGURG as some programs do.
const WORKING: &str = r#"import asyncio
import signal
import sys
import threading
import time

lock = threading.Lock()
lock.acquire()
signal.signal(signal.SIGINT, lambda *_: print("SIGINT came", flush=True))

def work(number):
    doubled = number * 2
    return doubled

def loop():
    number = 0
    while True:
        number += 1
        work(number)
        print("worked", number, flush=True)
        time.sleep(0.02)

def other(boxes=[[n] for n in range(90)]):
    number = 0
    while True:
        number += 1
        print("other", number, flush=True)
        time.sleep(0.05)

threading.Thread(target=other, daemon=True).start()
if WHERE == "main":
    loop()
else:
    thread = threading.Thread(target=loop)
    thread.start()
    thread.join()
"#;
const DOUBLED_LINE: u32 = 12;
const OTHER_LINE: u32 = 26;

/// Ada, in a session with it.
pub async fn working(place: &str, limits: &str) -> (Debuggee, Server, Person) {
    let debuggee = Debuggee::start(&format!("WHERE = {place:?}; {WORKING}")).await;
    let config =
        format!("[limits]\n{limits}\n[[targets]]\nname = 'app'\naddress = '{}'\n", debuggee.address());
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    (debuggee, server, ada)
}

/// Paused in the function, with no breakpoint left.
pub async fn stopped(debuggee: &Debuggee, ada: &Person) {
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), DOUBLED_LINE, &[]).await;
    ada.sees_stop_at("app.py", DOUBLED_LINE).await;
    breakpoints.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
}

/// The states of busy-ness that somebody saw, in order; `None`: no longer.
fn busy_states(person: &Person) -> Vec<Option<BusyState>> {
    let events = person.events();
    let busy = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Busy { busy } => Some(busy.as_ref().map(|busy| busy.state)),
        _ => None,
    });
    busy.collect()
}

/// Those of the last time that something was busy.
fn last_busy(person: &Person) -> Vec<Option<BusyState>> {
    let all = busy_states(person);
    all.split_inclusive(Option::is_none).next_back().unwrap_or_default().to_vec()
}

const INTERRUPTED: [Option<BusyState>; 3] = [Some(BusyState::Waiting), Some(BusyState::Interrupting), None];

#[tokio::test]
async fn it_is_seen_by_all_and_interrupted_where_the_program_is_paused() {
    let (debuggee, server, ada) = working("main", "evaluation_s = 4").await;
    let bob = ada.brings_watcher(&server, "Bob").await;
    stopped(&debuggee, &ada).await;
    let stop = ada.stop();
    for expression in
        ["while True: pass", "time.sleep(1e9)", "lock.acquire()", "input()", "[0 for _ in iter(int, 1)]"]
    {
        let meanwhile = async {
            let busy = bob.sees("who is busy", |now| now.busy.is_some()).await.busy.unwrap();
            assert_eq!((busy.by, busy.state), (Some(ada.id()), BusyState::Waiting), "{expression}");
            assert!(busy.what.contains(expression) && busy.message.contains(expression), "{busy:?}");
            // What was captured is read as ever.
            let now = bob.sees("the locals", |now| crate::support::person::locals(now).is_some()).await;
            let view = now.stop.unwrap();
            let top = &view.stacks[&view.thread].frames[0];
            let locals = view.scopes[&top.id][0].variables;
            bob.sends(Command::Scopes { stop, frame: top.id }).await.done();
            bob.sends(Command::Variables { stop, variables: locals }).await.done();
            bob.says("meanwhile").await.done();
            ada.step_over().await.expect_refused(ErrorCode::DebuggeeTimeout);
            ada.continues().await.expect_refused(ErrorCode::DebuggeeTimeout);
            assert!(bob.up_to_date().await.busy.is_some(), "all of that took no time");
        };
        let (evaluated, ()) = tokio::join!(ada.evaluates(expression), meanwhile);
        evaluated.done();
        let now = bob.catches_up_with(&ada).await;
        assert!(now.busy.is_none(), "{expression}");
        let last = now.evaluations.last().unwrap().clone();
        let Outcome::Error(said) = &last.outcome else { panic!("{expression}: {last:?}") };
        assert!(said.contains("took longer than 4 s and was interrupted"), "{expression}: {said}");
        assert_eq!(last_busy(&bob), INTERRUPTED, "{expression}");
    }
    // Where it was, and all is well.
    assert_eq!((ada.stop(), ada.count("lost")), (stop, 0));
    ada.evaluates("doubled if 'doubled' in dir() else number").await.done();
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", DOUBLED_LINE + 1).await;
    ada.continues().await.done();
    crate::support::program::runs_on(&debuggee).await;
    assert!(!debuggee.printed().iter().any(|line| line.contains("SIGINT")), "{:?}", debuggee.printed());
}

#[tokio::test]
async fn nobody_has_to_wait_until_it_has_had_its_time() {
    for place in ["main", "thread"] {
        let (debuggee, server, ada) = working(place, "evaluation_s = 500").await;
        let bob = ada.brings_collaborator(&server, "Bob").await;
        let eve = ada.brings_watcher(&server, "Eve").await;
        stopped(&debuggee, &ada).await;
        let native: &[&str] = if place == "main" { &["time.sleep(1e9)", "lock.acquire()"] } else { &[] };
        for expression in ["while True: pass", "[0 for _ in iter(int, 1)]"].iter().chain(native) {
            let meanwhile = async {
                let busy = eve.sees("who is busy", |now| now.busy.is_some()).await.busy.unwrap();
                assert!(busy.interruptible && busy.state == BusyState::Waiting, "{busy:?}");
                let interrupt = Command::Interrupt { since: busy.since };
                for other in [&bob, &eve] {
                    other.sends(interrupt.clone()).await.expect_refused(ErrorCode::NotAllowed);
                }
                let earlier = Command::Interrupt { since: busy.since - 1 };
                ada.sends(earlier).await.expect_refused(ErrorCode::NotInterruptible);
                ada.sends(interrupt.clone()).await.done();
                ada.sends(interrupt).await.expect_refused(ErrorCode::NotInterruptible);
            };
            let (evaluated, ()) = tokio::join!(ada.evaluates(expression), meanwhile);
            evaluated.done();
            let last = eve.catches_up_with(&ada).await.evaluations.last().unwrap().clone();
            let Outcome::Error(said) = &last.outcome else { panic!("{expression}: {last:?}") };
            assert!(said.contains("it was interrupted"), "{expression}: {said}");
            let by = |state| {
                let of_state =
                    |event: &Event| matches!(event, Event::Busy { busy: Some(busy) } if busy.state == state);
                eve.events().iter().rfind(|envelope| of_state(&envelope.event)).map(|envelope| envelope.by)
            };
            assert_eq!(by(BusyState::Waiting), Some(None));
            assert_eq!(by(BusyState::Interrupting), Some(Some(ada.id())), "{expression}");
        }
        assert_eq!(busy_states(&eve).len(), (2 + native.len()) * 3);
        // All is well, and no interrupt is left for what comes next.
        ada.evaluates("number + 1").await.done();
        let last = ada.now().evaluations.last().unwrap().clone();
        assert!(matches!(last.outcome, Outcome::Value(_)), "{last:?}");
        // Whoever drives need not be a host.
        ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
        let meanwhile = async {
            let busy = bob.sees("who is busy", |now| now.busy.is_some()).await.busy.unwrap();
            bob.sends(Command::Interrupt { since: busy.since }).await.done();
        };
        tokio::join!(ada.evaluates("while True: pass"), meanwhile).0.done();
        bob.step_over().await.done();
        bob.sees_stop_at("app.py", DOUBLED_LINE + 1).await;
        assert_eq!(ada.count("lost"), 0);
    }
}

#[tokio::test]
async fn what_takes_long_and_ends_is_waited_for() {
    let (debuggee, server, ada) = working("thread", "").await;
    let bob = ada.brings_watcher(&server, "Bob").await;
    stopped(&debuggee, &ada).await;
    ada.evaluates("[time.sleep(12), 'slept'][1]").await.done();
    let last = bob.sees("its value", |now| !now.evaluations.is_empty()).await.evaluations[0].clone();
    assert!(matches!(&last.outcome, Outcome::Value(value) if value.value.contains("slept")), "{last:?}");
    bob.sees("its end", |now| now.busy.is_none()).await;
    assert_eq!(busy_states(&bob), [Some(BusyState::Waiting), None]);
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", DOUBLED_LINE + 1).await;
}

#[tokio::test]
async fn what_cannot_be_interrupted_is_left_behind_and_the_program_attached_anew() {
    let (debuggee, server, ada) = working("thread", "evaluation_s = 1").await;
    let bob = ada.brings_watcher(&server, "Bob").await;
    stopped(&debuggee, &ada).await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b2", debuggee.script_path(), OTHER_LINE, &[]).await;
    let said = ada.evaluates("time.sleep(1e9)").await.expect_refused(ErrorCode::DebuggeeTimeout);
    assert!(said.contains("could not be interrupted") && said.contains("restart the program"), "{said}");
    bob.sees_events("lost", 1).await;
    bob.sees_events("attached", 1).await;
    let states = busy_states(&bob);
    assert_eq!(states[..2], INTERRUPTED[..2]);
    assert_eq!(states[2], Some(BusyState::Reconnecting));
    bob.sees("nothing is busy", |now| now.busy.is_none()).await;
    // One thread sleeps for ever now; the others go on, and every breakpoint is back.
    ada.sees_stop_at("app.py", OTHER_LINE).await;
    assert_eq!(ada.up_to_date().await.breakpoints.values().next().unwrap().verified, Some(true));
    ada.evaluates("number").await.done();
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", OTHER_LINE + 1).await;
}

/// Its answer comes to a debugpy that has nobody for it any more, and would end by that.
#[tokio::test]
async fn what_was_left_behind_may_end_one_day() {
    let (debuggee, _server, ada) = working("thread", "evaluation_s = 1").await;
    stopped(&debuggee, &ada).await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b2", debuggee.script_path(), OTHER_LINE, &[]).await;
    let slow = "(time.sleep(25), print('ended', 'by itself', flush=True))";
    ada.evaluates(slow).await.expect_refused(ErrorCode::DebuggeeTimeout);
    ada.sees_events("attached", 1).await;
    assert!(!debuggee.printed().iter().any(|line| line == "ended by itself"));
    debuggee.wait_for_line("ended by itself").await;
    // More than once, as an end of the adapter may take a moment to show.
    for _ in 0..3 {
        ada.sees_stop_at("app.py", OTHER_LINE).await;
        ada.evaluates("number").await.done();
        ada.continues().await.done();
    }
    assert_eq!(ada.count("lost"), 1);
}

#[tokio::test]
async fn a_program_that_lets_nobody_in_any_more_ends_it_with_the_remedy() {
    let (debuggee, _server, ada) = working("main", "evaluation_s = 1\nreattach_s = 1").await;
    stopped(&debuggee, &ada).await;
    // It holds Python's lock: neither the program nor its debugger runs.
    let said = ada
        .evaluates("__import__('re').match('(a+)+$', 'a' * 60 + 'b')")
        .await
        .expect_refused(ErrorCode::DebuggeeTimeout);
    assert!(said.contains("restart the program"), "{said}");
    let (reason, said) = ada.sees_end().await;
    assert_eq!(reason, EndReason::ConnectionLost);
    assert!(said.contains("restart the program"), "{said}");
}

#[tokio::test]
async fn without_a_frame_it_keeps_nobody_from_anything() {
    let (debuggee, server, ada) = working("main", "evaluation_s = 2").await;
    let bob = ada.brings_watcher(&server, "Bob").await;
    ada.sees_running().await;
    let evaluate = |expression: &str| Command::Evaluate {
        stop: None,
        frame: None,
        expression: expression.to_owned(),
        context: EvaluateContext::Repl,
    };
    for expression in ["while True: pass", "time.sleep(1e9)"] {
        let meanwhile = async {
            bob.sees("who is busy", |now| now.busy.is_some()).await;
            ada.pauses().await.done();
            ada.sees("a stop", |now| now.phase == Phase::Stopped).await;
            ada.continues().await.done();
            ada.sees_running().await;
        };
        let (evaluated, ()) = tokio::join!(ada.sends(evaluate(expression)), meanwhile);
        evaluated.done();
        let last = bob
            .sees("what became of it", |now| {
                now.evaluations.last().is_some_and(|last| last.expression == expression)
            })
            .await;
        let Outcome::Error(said) = last.evaluations.last().unwrap().outcome.clone() else { panic!() };
        assert!(said.contains("took longer than 2 s"), "{expression}: {said}");
        bob.sees("its end", |now| now.busy.is_none()).await;
    }
    ada.sends(evaluate("1 + 1")).await.done();
    assert_eq!(ada.count("lost"), 0);
    crate::support::program::runs_on(&debuggee).await;
}

/// Its value's property never ends; pydevd reads it to show what the value is made of.
const HANGING_PROPERTY: &str = r#"import time

class Lamp:
    def __init__(self):
        self.name = "porch"

    @property
    def level(self):
        time.sleep(1e9)

def tick(lamp):
    time.sleep(0.02)
    return lamp

lamp = Lamp()
while True:
    tick(lamp)
"#;

#[tokio::test]
async fn a_value_that_never_ends_holds_up_nothing_for_long() {
    let debuggee = Debuggee::start(HANGING_PROPERTY).await;
    let config = format!(
        "[limits]\nevaluation_s = 2\n[[targets]]\nname = 'app'\naddress = '{}'\n",
        debuggee.address()
    );
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 12, &[]).await;
    ada.sees_stop_at("app.py", 12).await;
    // The server itself asks for what `lamp` is made of.
    ada.sees("it is seen", |now| now.busy.is_some()).await;
    ada.sees("it is over", |now| now.busy.is_none()).await;
    // Nobody waits for it here: where the answer is quicker than the word that it is interrupted, that isn't said.
    let states = last_busy(&ada);
    assert!(states == INTERRUPTED || states == [INTERRUPTED[0], INTERRUPTED[2]], "{states:?}");
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", 13).await;
    assert_eq!(ada.count("lost"), 0);
}
