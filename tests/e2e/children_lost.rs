//! The connections to a program and its children break: all are attached again, and none hangs.

use crate::support::{Launch, Person, Proxy};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ProcessId, Snapshot};
use breakroom_test_support::debuggee::Debuggee;

/// A parent that forks one child and starts another as a program of its own; all three count for ever.
const FAMILY: &str = r#"import multiprocessing
import subprocess
import sys
import time

def counts(name):
    number = 0
    while True:
        number += 1
        print(name, number, flush=True)
        time.sleep(0.05)

def dims():
    level = 0
    while True:
        level += 1
        print("forked", level, flush=True)
        time.sleep(0.05)

if __name__ == "__main__":
    if "popened" in sys.argv:
        counts("popened")
    sys.stdin.readline()
    multiprocessing.get_context("fork").Process(target=dims, daemon=True).start()
    subprocess.Popen([sys.executable, __file__, "popened"])
    counts("parent")
"#;
/// `level += 1`, which the forked child only runs.
const LEVEL_LINE: u32 = 16;

async fn all_print_more(debuggee: &Debuggee) {
    for name in ["parent", "forked", "popened"] {
        let printed = debuggee.printed().iter().filter(|line| line.contains(name)).count();
        debuggee.wait_for_nth_line(name, printed + 1).await;
    }
}

fn shown(now: &Snapshot) -> Option<ProcessId> {
    now.stop.as_ref().filter(|_| now.phase == Phase::Stopped).map(|stop| stop.process)
}

async fn all_are_attached(person: &Person) {
    person.sees("parent and children", |now| now.processes.len() == 3).await;
}

#[tokio::test]
async fn children_are_attached_again_with_their_parent_and_their_breakpoints_hold() {
    let mut debuggee = Debuggee::start_waiting(FAMILY).await;
    let network = Proxy::to(debuggee.address()).await;
    let server = Launch::share(network.address()).start().await;
    let ada = server.host_inside("Ada").await;
    debuggee.write_line("go").await;
    all_are_attached(&ada).await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), LEVEL_LINE, &[]).await;
    let mut last = ada.sees_stop_at("app.py", LEVEL_LINE).await;
    // Once at a stop in a child, once while all run, twice in a row.
    for round in 1..=3 {
        if round == 2 {
            breakpoints.removes("b1").await;
            ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
            ada.continues().await.done();
            all_print_more(&debuggee).await;
        }
        network.cut_when_nothing_is_under_way().await;
        ada.sees_events("lost", round).await;
        ada.sees_events("attached", round).await;
        all_are_attached(&ada).await;
        if round == 2 {
            all_print_more(&debuggee).await;
            breakpoints.sets("b1", debuggee.script_path(), LEVEL_LINE, &[]).await;
        }
        ada.wait("a stop of its own", |heard| (heard.now.last_stop > last).then_some(())).await;
        last = ada.sees_stop_at("app.py", LEVEL_LINE).await;
        let process = shown(&ada.now()).unwrap();
        assert_ne!(process, ProcessId(0));
        ada.step_over().await.done();
        last = ada.sees_stop_at("app.py", LEVEL_LINE + 1).await.max(last);
        assert_eq!(shown(&ada.up_to_date().await), Some(process));
        ada.evaluates("level").await.done();
    }
    breakpoints.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    ada.continues().await.done();
    all_print_more(&debuggee).await;
    ada.sends(Command::End).await.done();
    ada.sees_end().await;
    all_print_more(&debuggee).await;
}
