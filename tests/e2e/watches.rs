//! Watches: evaluated once a stop, for everybody.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server};
use breakroom_protocol::fold::WatchSample;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, Outcome, Snapshot, StopId, WatchId};
use breakroom_test_support::debuggee::Debuggee;
use std::time::{Duration, Instant};

fn samples(now: &Snapshot, expression: &str) -> Vec<WatchSample> {
    let view = now.watches.values().find(|view| view.watch.expression == expression);
    view.map(|view| view.values.clone()).unwrap_or_default()
}

fn text(sample: &WatchSample) -> String {
    match &sample.outcome {
        Outcome::Value(item) => item.value.clone(),
        Outcome::Error(error) => error.clone(),
    }
}

/// What a watch is at a stop, once that is known to them.
async fn watched(person: &Person, expression: &str, stop: StopId) -> String {
    let what = format!("{expression} at stop {stop}");
    let now = person
        .sees(&what, |now| samples(now, expression).last().is_some_and(|sample| sample.stop >= stop))
        .await;
    text(samples(&now, expression).last().unwrap())
}

async fn watches(person: &Person, expression: &str) -> WatchId {
    person.sends(Command::WatchAdd { expression: expression.to_owned(), instead_of: None }).await.done();
    // The event comes before the reply.
    let now = person.now();
    now.watches.values().find(|view| view.watch.expression == expression).unwrap().watch.id
}

async fn goes_on(person: &Person) -> StopId {
    let next = StopId(person.stop().0 + 1);
    person.continues().await.done();
    person.sees("the next stop", |now| now.last_stop == next).await;
    next
}

#[tokio::test]
async fn everybody_sees_what_is_watched_at_each_stop() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    // Before the first stop there is no value yet.
    let count = watches(&bob, "count").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    for person in [&bob, &eve] {
        person.sees_stop_at("app.py", TICK_LINE).await;
    }
    let first = ada.sees_stop_at("app.py", TICK_LINE).await;
    let here: u64 = ada.local("count").unwrap().value.parse().unwrap();
    assert_eq!(watched(&eve, "count", first).await, here.to_string());

    // Added while stopped, it is evaluated right away; code only by who may run it now.
    let add = |expression: &str| Command::WatchAdd { expression: expression.to_owned(), instead_of: None };
    eve.sends(add("count")).await.expect_refused(ErrorCode::ProposeInstead);
    eve.sends(add("count + 1")).await.expect_refused(ErrorCode::ProposeInstead);
    bob.sends(add("count + 1")).await.expect_refused(ErrorCode::ProposeInstead);
    let sum = watches(&ada, "count + 1").await;
    watches(&ada, "absent.name").await;
    watches(&bob, "nowhere['x']").await;
    assert_eq!(watched(&eve, "count + 1", first).await, (here + 1).to_string());
    assert_eq!(watched(&eve, "absent.name", first).await, "NameError: name 'absent' is not defined");
    assert!(watched(&eve, "nowhere['x']", first).await.contains("NameError"));
    // The same again is no second one.
    assert_eq!(watches(&ada, "count").await, count);

    let second = goes_on(&ada).await;
    assert_eq!(watched(&bob, "count", second).await, (here + 1).to_string());
    assert_eq!(watched(&bob, "count + 1", second).await, (here + 2).to_string());
    // What only reads follows what is changed at the stop.
    ada.evaluates("globals().update(count=4000)").await.done();
    ada.sees("the new value", |now| samples(now, "count").last().map(text).as_deref() == Some("4000")).await;
    let third = goes_on(&ada).await;
    assert_eq!(watched(&eve, "count", third).await, "4001");

    // Who comes late has the history, and everybody the same one.
    assert!(watched(&bob, "nowhere['x']", third).await.contains("NameError"));
    let late = ada.brings_watcher(&server, "Late").await;
    let now = late.now();
    let history: Vec<_> = samples(&now, "count").iter().map(|sample| (sample.stop.0, text(sample))).collect();
    let first = here.to_string();
    assert_eq!(history, [(1, first), (2, "4000".to_owned()), (3, "4001".to_owned())]);
    eve.sees("the same", |hers| hers.watches == now.watches).await;

    // Who added it removes it, and a host any.
    eve.sends(Command::WatchRemove { watch: count }).await.expect_refused(ErrorCode::NotAllowed);
    bob.sends(Command::WatchRemove { watch: sum }).await.expect_refused(ErrorCode::NotAllowed);
    bob.sends(Command::WatchRemove { watch: count }).await.done();
    ada.sends(Command::WatchRemove { watch: sum }).await.done();
    ada.sends(Command::WatchRemove { watch: sum }).await.expect_refused(ErrorCode::NoSuchWatch);
    eve.sees("both are gone", |now| !now.watches.contains_key(&count) && !now.watches.contains_key(&sum))
        .await;
}

#[tokio::test]
async fn a_watch_becomes_another_in_its_place() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    for person in [&bob, &eve] {
        person.sees_stop_at("app.py", TICK_LINE).await;
    }
    let first = ada.sees_stop_at("app.py", TICK_LINE).await;
    let here: u64 = ada.local("count").unwrap().value.parse().unwrap();
    let adas = watches(&ada, "count").await;
    let bobs = watches(&bob, "time").await;
    let last = watches(&ada, "'last'").await;
    watched(&ada, "'last'", first).await;

    let change = |watch: WatchId, expression: &str| Command::WatchAdd {
        expression: expression.to_owned(),
        instead_of: Some(watch),
    };
    bob.sends(change(adas, "time")).await.expect_refused(ErrorCode::NotAllowed);
    eve.sends(change(adas, "time")).await.expect_refused(ErrorCode::ProposeInstead);
    bob.sends(change(bobs, "count + 1")).await.expect_refused(ErrorCode::ProposeInstead);
    bob.sends(change(bobs, "count")).await.expect_refused(ErrorCode::BadMessage);
    bob.sends(change(WatchId(99), "x")).await.expect_refused(ErrorCode::NoSuchWatch);
    // A host changes anybody's, which stays theirs, and its place.
    ada.sends(change(bobs, "count + 2")).await.done();
    assert_eq!(watched(&eve, "count + 2", first).await, (here + 2).to_string());
    let now = eve.now();
    assert_eq!(now.watches.keys().copied().collect::<Vec<_>>(), [adas, bobs, last]);
    let view = &now.watches[&bobs];
    assert_eq!((view.watch.author, view.values.len()), (bob.id(), 1), "values are of the new one");
    bob.sends(change(bobs, "time.sleep")).await.expect_refused(ErrorCode::ProposeInstead);
    bob.sends(change(bobs, "COUNT")).await.done();
    assert!(watched(&ada, "COUNT", first).await.contains("NameError"));

    // What comes of the one that is under way is of what it was.
    let slow = watches(&ada, "time.sleep(2) or 'old'").await;
    ada.sends(change(slow, "'new'")).await.done();
    assert_eq!(watched(&ada, "'new'", first).await, "'new'");
    assert_eq!(samples(&ada.now(), "'new'").len(), 1);
    let second = goes_on(&ada).await;
    assert_eq!(watched(&eve, "'new'", second).await, "'new'");
    for person in [&ada, &eve] {
        for envelope in person.events() {
            let breakroom_protocol::Event::WatchValue { watch, outcome: Outcome::Value(item), .. } =
                envelope.event
            else {
                continue;
            };
            assert!(watch != slow || item.value == "'new'", "{item:?}");
        }
    }
}

#[tokio::test]
async fn a_watch_that_hangs_neither_stops_the_others_nor_is_tried_again() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    let first = ada.sees_stop_at("app.py", TICK_LINE).await;
    watches(&ada, "time.sleep(11)").await;
    watches(&ada, "count").await;
    let here = ada.local("count").unwrap().value;
    assert_eq!(watched(&ada, "count", first).await, here);
    // It ends before code is interrupted; but once is enough.
    assert_eq!(watched(&ada, "time.sleep(11)", first).await, "", "debugpy's word for None");
    // At the next stop nobody waits for it.
    let second = goes_on(&ada).await;
    let start = Instant::now();
    let said = watched(&ada, "time.sleep(11)", second).await;
    assert!(said.contains("too long at stop 1"), "{said}");
    watched(&ada, "count", second).await;
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn stepping_does_not_wait_for_watches() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    for number in 0..50 {
        watches(&ada, &format!("time.sleep(0.2) or {number}")).await;
    }
    ada.sends(Command::WatchAdd { expression: "one_more".into(), instead_of: None })
        .await
        .expect_refused(ErrorCode::TooLarge);
    // All of them would take ten seconds a stop; what waits is dropped, what is under way isn't.
    let start = Instant::now();
    for _ in 0..5 {
        let next = StopId(ada.stop().0 + 1);
        ada.step_over().await.done();
        ada.sees("the next stop", |now| now.last_stop == next).await;
    }
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    // A value of a watch is of the stop that it says, in order.
    let events = ada.events();
    let mut at = StopId(0);
    for envelope in &events {
        match &envelope.event {
            breakroom_protocol::Event::Stopped { stop, .. } => at = *stop,
            breakroom_protocol::Event::WatchValue { stop, .. } => assert_eq!(*stop, at),
            _ => {}
        }
    }
}
