//! Child processes: attached as they come, in one session, one stop at a time; none hangs because of us.

use crate::support::{Person, Server};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{EndReason, ErrorCode, Event, ProcessId, ProcessInfo};
use breakroom_test_support::debuggee::Debuggee;

/// Starts children in every way that Python has, once a line comes on stdin.
const FAMILY: &str = r#"import multiprocessing
import subprocess
import sys

def work(number):
    doubled = number * 2
    return doubled

def answer(queue, number):
    queue.put(work(number))

if __name__ == "__main__":
    sys.stdin.readline()
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(6 * 7)'])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    print("popen", said.strip(), flush=True)
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        child = context.Process(target=answer, args=(queue, 21))
        child.start()
        print(method, queue.get(), flush=True)
        child.join()
    with multiprocessing.get_context("fork").Pool(3) as pool:
        print("pool", sum(pool.map(work, range(10))), flush=True)
    print("all done", flush=True)
"#;
const DOUBLED_LINE: u32 = 6;

/// Two children that do the same at the same time, and say when they are through.
const TWINS: &str = r#"import multiprocessing
import sys

def twin(name, barrier):
    barrier.wait()
    greeting = "hello from " + name
    print(greeting, flush=True)

if __name__ == "__main__":
    sys.stdin.readline()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    twins = [context.Process(target=twin, args=(name, barrier)) for name in ("ann", "ben")]
    for one in twins:
        one.start()
    for one in twins:
        one.join()
    print("all done", flush=True)
"#;
const GREETING_LINE: u32 = 6;

/// A parent and a child that both count for ever.
const COUNTING: &str = r#"import multiprocessing
import sys
import time

def count(name):
    number = 0
    while True:
        number += 1
        print(name, number, flush=True)
        time.sleep(0.05)

if __name__ == "__main__":
    sys.stdin.readline()
    multiprocessing.get_context("fork").Process(target=count, args=("child",), daemon=True).start()
    count("parent")
"#;

async fn begin(script: &str) -> (Debuggee, Server, Person) {
    let debuggee = Debuggee::start_waiting(script).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    (debuggee, server, ada)
}

async fn stops_at(debuggee: &Debuggee, ada: &Person, line: u32) {
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), line, &[]).await;
    ada.sees("the breakpoint is set", |now| now.breakpoints.values().any(|b| b.verified == Some(true))).await;
}

fn process_of_stop(ada: &Person) -> ProcessId {
    ada.now().stop.unwrap().process
}

#[tokio::test]
async fn children_of_every_kind_run_to_their_end() {
    let (mut debuggee, _server, ada) = begin(FAMILY).await;
    debuggee.write_line("go").await;
    for line in ["popen 42", "fork 42", "spawn 42", "pool 90", "all done"] {
        debuggee.wait_for_line(line).await;
    }
    assert_eq!(ada.sees_end().await.0, EndReason::DebuggeeExited);
    // A child of a child knows its parent; the program itself is number 0.
    let grandchild = |event: &Event| match event {
        Event::Process { process } if process.parent != ProcessId(0) => Some(process.clone()),
        _ => None,
    };
    let ProcessInfo { parent, pid, .. } = ada.sees_event("a grandchild", grandchild).await;
    assert!(parent.0 > 0 && pid.is_some());
    assert!(ada.up_to_date().await.processes.is_empty(), "the session is over");
}

#[tokio::test]
async fn a_stop_in_a_child_is_everybodys_stop() {
    let (mut debuggee, server, ada) = begin(FAMILY).await;
    let bob = server.guest_inside("Bob").await;
    debuggee.write_line("go").await;
    debuggee.wait_for_line("popen").await;
    stops_at(&debuggee, &ada, DOUBLED_LINE).await;
    ada.sees_stop_at("app.py", DOUBLED_LINE).await;
    bob.sees_stop_at("app.py", DOUBLED_LINE).await;
    let child = process_of_stop(&ada);
    assert_ne!(child, ProcessId(0));
    assert!(
        ada.up_to_date().await.processes.contains_key(&child)
            && ada.up_to_date().await.processes.contains_key(&ProcessId(0))
    );
    bob.step_over().await.expect_refused(ErrorCode::NotDriver);
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", DOUBLED_LINE + 1).await;
    assert_eq!(process_of_stop(&ada), child);
    let doubled = |event: &Event| match event {
        Event::Variables { items, .. } => {
            items.iter().any(|it| it.name == "doubled" && it.value == "42").then_some(())
        }
        _ => None,
    };
    ada.sees_event("the child's local", doubled).await;
    ada.evaluates("number + 1").await.done();
    // No more stops: the rest runs to its end, with the entry gone from every process.
    ada.opens(DocName::Breakpoints).await.removes("b1").await;
    ada.sees_events("breakpoint_removed", 1).await;
    ada.continues().await.done();
    debuggee.wait_for_line("all done").await;
    assert_eq!(ada.sees_end().await.0, EndReason::DebuggeeExited);
}

#[tokio::test]
async fn two_children_that_stop_at_once_are_shown_one_after_the_other() {
    let (mut debuggee, _server, ada) = begin(TWINS).await;
    stops_at(&debuggee, &ada, GREETING_LINE).await;
    debuggee.write_line("go").await;
    let first_stop = ada.sees_stop_at("app.py", GREETING_LINE).await;
    let first = process_of_stop(&ada);
    let waiting = |now: &breakroom_protocol::Snapshot| {
        now.processes.values().find(|process| process.waiting.is_some()).map(|process| process.id)
    };
    let second = waiting(&ada.sees("the other waits", |now| waiting(now).is_some()).await).unwrap();
    assert_ne!(first, second);
    // Stepping stays with the first, though the other waits.
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", GREETING_LINE + 1).await;
    assert_eq!((process_of_stop(&ada), ada.stop().0), (first, first_stop.0 + 1));
    ada.continues().await.done();
    ada.sees("the other is shown", |now| {
        now.stop.as_ref().is_some_and(|stop| stop.process == second && stop.stop.0 == first_stop.0 + 2)
    })
    .await;
    ada.sees_stop_at("app.py", GREETING_LINE).await;
    assert_eq!(waiting(&ada.up_to_date().await), None);
    ada.continues().await.done();
    debuggee.wait_for_line("all done").await;
}

#[tokio::test]
async fn a_pause_is_for_all_and_so_is_its_end() {
    let (mut debuggee, _server, ada) = begin(COUNTING).await;
    debuggee.write_line("go").await;
    ada.sees("the child is attached", |now| now.processes.len() == 2).await;
    debuggee.wait_for_line("child 3").await;
    ada.pauses().await.done();
    ada.sees("both are paused", |now| {
        now.phase == breakroom_protocol::fold::Phase::Stopped
            && now.processes.values().any(|process| process.waiting.as_deref() == Some("pause"))
    })
    .await;
    let printed = |name: &str| debuggee.printed().iter().filter(|line| line.contains(name)).count();
    let (child, parent) = (printed("child"), printed("parent"));
    ada.continues().await.done();
    ada.sees_running().await;
    debuggee.wait_for_nth_line("child", child + 3).await;
    debuggee.wait_for_nth_line("parent", parent + 3).await;
    assert!(ada.now().processes.values().all(|process| process.waiting.is_none()));
}

#[tokio::test]
async fn who_ends_the_session_lets_every_process_run_on() {
    let (mut debuggee, _server, ada) = begin(TWINS).await;
    stops_at(&debuggee, &ada, GREETING_LINE).await;
    debuggee.write_line("go").await;
    ada.sees("one waits", |now| now.processes.values().any(|process| process.waiting.is_some())).await;
    ada.sends(breakroom_protocol::Command::End).await.done();
    assert_eq!(ada.sees_end().await.0, EndReason::EndedByHost);
    for line in ["hello from ann", "hello from ben", "all done"] {
        debuggee.wait_for_line(line).await;
    }
}
