//! Snap points: stack and locals are captured, and the program runs on at once.

use crate::support::program::{TICK_LINE, TICKING, runs_on};
use crate::support::{Person, Server};
use breakroom_protocol::fold::SnapView;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{EntryId, Event, ProcessId, Snap, SnapFrame, SnapId, Snapshot};
use breakroom_test_support::debuggee::Debuggee;
use std::collections::BTreeSet;
use std::time::Duration;

fn snaps(person: &Person) -> Vec<Snap> {
    person
        .events()
        .into_iter()
        .filter_map(|envelope| match envelope.event {
            Event::Snap { snap } => Some(snap),
            _ => None,
        })
        .collect()
}

fn value<'a>(frame: &'a SnapFrame, name: &str) -> &'a str {
    let found = frame.locals.iter().find(|local| local.name == name);
    found.map_or("(none)", |local| &local.value)
}

#[tokio::test]
async fn a_snap_captures_and_nothing_pauses() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    // No code of Bob's is in it.
    bob.opens(DocName::Breakpoints).await.snaps("snap", debuggee.script_path(), 14, &[]).await;
    ada.sees("three captures", |now| now.snaps.len() >= 3).await;
    let all = snaps(&ada);
    for (at, snap) in all.iter().enumerate() {
        assert_eq!((snap.id, &snap.entry), (SnapId(at as u32 + 1), &EntryId::from("snap")));
        let places: Vec<_> =
            snap.frames.iter().map(|it| (it.place.function.as_str(), it.place.line)).collect();
        assert_eq!(places[..2], [("tick", 14), ("<module>", TICK_LINE)], "{places:?}");
        assert_eq!(snap.frames[0].place.path.as_deref(), debuggee.script_path().to_str());
        let count: u64 = value(&snap.frames[0], "count").parse().unwrap();
        assert_eq!(value(&snap.frames[0], "doubled"), (count * 2).to_string());
        assert_eq!(value(&snap.frames[0], "lamp"), "<Lamp name='porch', levels=[1, 2, 3]>");
        assert_eq!(value(&snap.frames[1], "count"), count.to_string());
    }
    assert_eq!((all[0].thread.as_str(), all[0].process), ("MainThread", ProcessId(0)));
    assert_eq!((ada.count("stopped"), ada.count("hit")), (0, 0));
    // The text that it is about is there, for replay too.
    ada.sees("the source", |now| now.sources.keys().any(|path| path.ends_with("app.py"))).await;
    let state = ada.now().breakpoints[&EntryId::from("snap")].clone();
    assert!(state.verified == Some(true) && state.snaps >= 3);

    // With a condition it is code.
    let bobs = bob.opens(DocName::Breakpoints).await;
    bobs.snaps("code", debuggee.script_path(), 13, &[("condition", "print('x')")]).await;
    let adas = ada.opens(DocName::Breakpoints).await;
    adas.sets("log", debuggee.script_path(), TICK_LINE + 1, &[("logMessage", "count {count}")]).await;
    ada.sees("it logs", |now| now.output.iter().any(|it| it.text.contains("count "))).await;
    adas.snaps("even", debuggee.script_path(), TICK_LINE + 1, &[("condition", "count % 2 == 0")]).await;
    adas.sets("stop", debuggee.script_path(), TICK_LINE + 1, &[("hitCondition", "30")]).await;
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    assert!(!ada.up_to_date().await.breakpoints.contains_key(&EntryId::from("code")));
    let hit = |event: &Event| match event {
        Event::Hit { entries, .. } => Some(entries.clone()),
        _ => None,
    };
    assert_eq!(ada.sees_event("whose stop it was", hit).await, [EntryId::from("stop")]);
    let even: Vec<Snap> = snaps(&ada).into_iter().filter(|snap| snap.entry.0 == "even").collect();
    assert!(even.len() > 3);
    for snap in &even {
        let count: u64 = value(&snap.frames[0], "count").parse().unwrap();
        assert_eq!(count % 2, 0);
        let logged = format!("count {count}\n");
        ada.sees("the log beside it", |now| now.output.iter().any(|it| it.text.contains(&logged))).await;
    }
}

/// Values that would hurt whoever shows them by their own means, in threads, and in a child.
const NASTY: &str = r#"import multiprocessing
import os
import sys
import threading
import time

lock = threading.Lock()

class Nasty:
    def __init__(self):
        self.level = 3
    def __repr__(self):
        with lock:
            raise SystemExit("shown")
    def __getattr__(self, name):
        raise KeyboardInterrupt
    __class__ = property(lambda self: 1 / 0)

class Slow(dict):
    def __repr__(self):
        time.sleep(60)
    def items(self):
        time.sleep(60)

def work(number, nasty, slow):
    big = list(range(1000000))
    text = "x" * 1000000
    with lock:
        done = number
    return done

def several(count):
    for number in range(count):
        work(number, Nasty(), Slow(a=1))

def nested():
    deep = me = []
    for _ in range(100):
        me.append([])
        me = me[0]
    return deep

may_end, lets_end = os.pipe()

def in_child(count):
    # The parent's may be held for ever: by a thread that isn't here.
    global lock
    lock = threading.Lock()
    several(count)
    # A child that multiprocessing forks ends without a word: what it had still to say is lost, as it is with debugpy.
    os.read(may_end, 1)

if __name__ == "__main__":
    for line in sys.stdin:
        count = int(line)
        threads = [threading.Thread(target=several, args=(count,), name="worker %d" % at) for at in range(3)]
        child = multiprocessing.get_context("fork").Process(target=in_child, args=(count,))
        for thread in threads + [child]:
            thread.start()
        for thread in threads:
            thread.join()
        nested()
        sys.stdin.readline()
        os.write(lets_end, b".")
        child.join()
        print("did", count, child.exitcode, flush=True)
"#;
/// With the lock held.
const DONE_LINE: u32 = 29;
/// Where a list is nested a hundred times.
const NESTED_LINE: u32 = 41;

#[tokio::test]
async fn no_value_can_hold_it_up_in_threads_and_children() {
    let mut debuggee = Debuggee::start_waiting(NASTY).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.snaps("snap", debuggee.script_path(), DONE_LINE, &[]).await;
    entries.snaps("nested", debuggee.script_path(), NESTED_LINE, &[]).await;
    let set = |now: &Snapshot| now.breakpoints.values().filter(|it| it.verified == Some(true)).count() == 2;
    ada.sees("both are set", set).await;
    debuggee.write_line("3").await;
    ada.sees_events("snap", 13).await;
    debuggee.write_line("end").await;
    debuggee.wait_for_line("did 3 0").await;
    let (all, nested): (Vec<_>, Vec<_>) = snaps(&ada).into_iter().partition(|snap| snap.entry.0 == "snap");
    assert_eq!(nested.len(), 1);
    assert_eq!(value(&nested[0].frames[0], "deep"), "[[[[…]]]]");
    for snap in &all {
        let top = &snap.frames[0];
        assert_eq!(value(top, "nasty"), "<Nasty level=3>");
        assert_eq!(value(top, "slow"), "Slow({'a': 1})");
        assert!(value(top, "big").ends_with("19, … (1000000)]"), "{}", value(top, "big"));
        assert!(top.locals.iter().all(|local| local.value.chars().count() <= 1_000));
        assert_eq!(snap.frames[1].place.function, "several");
    }
    let of_program: BTreeSet<_> =
        all.iter().filter(|it| it.process == ProcessId(0)).map(|it| &it.thread).collect();
    assert_eq!(of_program.into_iter().collect::<Vec<_>>(), ["worker 0", "worker 1", "worker 2"]);
    assert_eq!(all.iter().filter(|it| it.process != ProcessId(0)).count(), 3);
    assert_eq!(ada.count("stopped"), 0);
}

/// Comes by 500 times a second.
const OFTEN: &str = r#"import time

def often(number):
    return number

number = 0
while True:
    number += 1
    often(number)
    if number % 100 == 0:
        print("number", number, flush=True)
    time.sleep(0.002)
"#;

#[tokio::test]
async fn the_rate_is_limited_and_what_is_over_is_counted() {
    let debuggee = Debuggee::start(OFTEN).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.snaps("often", debuggee.script_path(), 4, &[]).await;
    ada.sees("some are skipped", |now| now.snaps.iter().filter(|view| view.snap.skipped > 0).count() >= 40)
        .await;
    let views: Vec<SnapView> = ada.now().snaps;
    let number = |view: &SnapView| value(&view.snap.frames[0], "number").parse::<u32>().unwrap();
    for pair in views.windows(2) {
        assert_eq!(
            number(&pair[1]) - number(&pair[0]),
            pair[1].snap.skipped + 1,
            "each passing is captured or counted"
        );
    }
    let late: Vec<_> = views.iter().filter(|view| view.snap.skipped > 0).collect();
    let took = Duration::from_millis(late[late.len() - 1].at - late[0].at);
    let rate = (late.len() - 1) as f64 / took.as_secs_f64();
    assert!(rate < 12.0, "{rate} a second");
    assert_eq!(ada.count("breakpoint_disarmed"), 0);
    runs_on(&debuggee).await;
}

/// Passes a line 60 times for each line that it reads.
const IN_BURSTS: &str = r#"import sys

def often(number):
    doubled = number * 2
    return doubled

for line in sys.stdin:
    for number in range(60):
        often(number)
    print("burst", flush=True)
"#;

#[tokio::test]
async fn what_no_later_capture_tells_is_told_all_the_same() {
    let mut debuggee = Debuggee::start(IN_BURSTS).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.snaps("often", debuggee.script_path(), 4, &[]).await;
    ada.sees("it is set", |now| now.breakpoints.values().any(|state| state.verified == Some(true))).await;
    debuggee.write_line("one").await;
    debuggee.wait_for_nth_line("burst", 1).await;
    let state = |now: &Snapshot| now.breakpoints[&EntryId("often".into())].clone();
    let now = ada.sees("what was passed", |now| state(now).passed > 0).await;
    let (first, passed) = (state(&now).snaps, state(&now).passed);
    // On a slow machine the burst takes long enough for a capture more, which tells what was passed before it.
    let told: u32 = snaps(&ada).iter().map(|snap| snap.skipped).sum();
    assert_eq!(first + told + passed, 60, "each passing is captured or counted");

    // The next capture tells it as well: it is what it was passed before that one.
    debuggee.write_line("two").await;
    ada.sees("a capture", |now| state(now).snaps > first).await;
    let snap = snaps(&ada)[first as usize].clone();
    assert_eq!((snap.id.0, snap.skipped), (first + 1, passed));
    assert!(server.stop().await.success());
}
