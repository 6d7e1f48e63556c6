//! A child process as a session of its own in the editor, as debugpy's own clients have it.

use crate::editors::in_room;
use crate::support::{Editor, Join, Person, Server};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ProcessId};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};

/// A parent and a child that count for ever, in functions of their own.
pub const COUNTING: &str = r#"import multiprocessing
import sys
import time

def child():
    number = 0
    while multiprocessing.parent_process().is_alive():
        number += 1
        time.sleep(0.02)

def parent():
    total = 0
    while True:
        total += 1
        print("parent at", total, flush=True)
        time.sleep(0.02)

if __name__ == "__main__":
    sys.stdin.readline()
    multiprocessing.get_context("fork").Process(target=child, daemon=True).start()
    parent()
"#;
pub const CHILD_LINE: u32 = 8;
pub const PARENT_LINE: u32 = 14;

fn capable() -> Value {
    json!({ "supportsStartDebuggingRequest": true })
}

/// The program runs with a child; Ada drives in a browser; Bob's editor has come in as it can.
async fn family(hello: Value) -> (Debuggee, Server, Person, Join, Editor) {
    let mut debuggee = Debuggee::start_waiting(COUNTING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let join = Join::start(&server.invite_url(), "Bob", &[]).await;
    let editor = join.connects().await;
    editor.initializes_with(hello).await;
    editor.comes_in(json!({ "type": "python", "justMyCode": false })).await;
    debuggee.write_line("go").await;
    ada.sees("the child is attached", |now| now.processes.keys().any(|process| process.0 > 0)).await;
    (debuggee, server, ada, join, editor)
}

async fn runs_on(ada: &Person) {
    let stop = ada.now().last_stop;
    ada.sends(Command::Continue { stop }).await.done();
}

#[tokio::test]
async fn each_session_shows_its_process_and_leaving_a_childs_ends_nothing() {
    let (debuggee, _server, ada, join, parent) = family(capable()).await;
    let script = debuggee.script_path();
    let doc = ada.opens(DocName::Breakpoints).await;
    let asked = parent.is_asked("startDebugging").await;
    assert_eq!(asked["request"], "attach");
    let configuration = &asked["configuration"];
    assert_eq!(configuration["connect"], json!({ "host": "127.0.0.1", "port": join.port() }));
    assert_eq!((&configuration["type"], &configuration["justMyCode"]), (&json!("python"), &json!(false)));
    assert!(configuration["subProcessId"].as_i64().is_some(), "{configuration}");

    // The editor follows: it attaches once more, to the same port, with what it was told.
    let child = join.connects().await;
    child.initializes_with(capable()).await;
    child.comes_in(configuration.clone()).await;
    child.sees_output("its stops are shown here").await;
    doc.sets("in-child", script, CHILD_LINE, &[]).await;
    let stop = child.stops().await;
    assert_eq!((stop.line(), stop.frame["name"].as_str().unwrap()), (u64::from(CHILD_LINE), "child"));
    assert!(stop.value("number").parse::<u32>().is_ok());
    assert_eq!(parent.count("stopped"), 0, "it is the child's");
    let running = parent.refused("stackTrace", json!({ "threadId": 1 })).await;
    assert!(running.contains("running"), "{running}");

    // An editor sends its list in each of its sessions: one entry in the room.
    let list = json!({ "source": { "path": script }, "breakpoints": [{ "line": CHILD_LINE }, { "line": PARENT_LINE }] });
    let one = parent.sends("setBreakpoints", list.clone()).await;
    let other = child.sends("setBreakpoints", list).await;
    for (editor, seq) in [(&parent, one), (&child, other)] {
        let answer = editor.answer(seq).await;
        assert_eq!(answer["body"]["breakpoints"][1]["verified"], true, "{answer}");
    }
    let bob = in_room(&ada, "Bob").await;
    ada.sees("Bob's one", |now| now.breakpoints.values().filter(|b| b.entry.author == bob).count() == 1)
        .await;

    // The next stop is the parent's, in the parent's session.
    doc.removes("in-child").await;
    ada.sees("one breakpoint", |now| now.breakpoints.len() == 1).await;
    runs_on(&ada).await;
    child.event("continued").await;
    let stop = parent.stops().await;
    assert_eq!((stop.line(), stop.frame["name"].as_str().unwrap()), (u64::from(PARENT_LINE), "parent"));
    assert_eq!(child.count("stopped"), 1);
    parent.sees_output("parent at").await;

    // Leaving the child's session ends nothing; its stops are shown in the first one then.
    child.does("disconnect", json!({ "terminateDebuggee": true })).await;
    child.is_closed().await;
    parent.sets(script, &[]).await;
    ada.sees("Bob's is gone", |now| now.breakpoints.is_empty()).await;
    doc.sets("again", script, CHILD_LINE, &[]).await;
    ada.sees("only the child's", |now| {
        now.breakpoints.len() == 1 && now.breakpoints.values().all(|b| b.verified == Some(true))
    })
    .await;
    runs_on(&ada).await;
    let stop = parent.stops().await;
    assert_eq!((stop.line(), stop.frame["name"].as_str().unwrap()), (u64::from(CHILD_LINE), "child"));
    ada.sees("the child's stop", |now| now.stop.as_ref().is_some_and(|stop| stop.process == ProcessId(1)))
        .await;
    assert_eq!(parent.count("terminated"), 0);
}

#[tokio::test]
async fn vs_codes_event_leads_there_too_and_who_knows_neither_sees_all_in_one() {
    let (debuggee, _server, ada, join, vs_code) =
        family(json!({ "clientID": "vscode", "adapterID": "debugpy" })).await;
    let configuration = vs_code.event("debugpyAttach").await;
    assert_eq!(configuration["connect"]["port"], join.port());
    let child = join.connects().await;
    child.initializes().await;
    child.comes_in(configuration).await;
    let plain = join.editor().await;
    ada.opens(DocName::Breakpoints).await.sets("b", debuggee.script_path(), CHILD_LINE, &[]).await;
    for editor in [&child, &plain] {
        assert_eq!(editor.stops().await.line(), u64::from(CHILD_LINE));
    }
    assert_eq!((vs_code.count("stopped"), plain.count("debugpyAttach")), (0, 0));
    // The program ends the child with itself: its session is over, like all others.
    ada.sends(Command::End).await.done();
    for editor in [&child, &plain, &vs_code] {
        editor.event("terminated").await;
    }
}
