//! A lone host's editor through `share --editor`: what debugpy does is what the editor gets, and all of it is recorded.

use crate::child_sessions::{CHILD_LINE, COUNTING, PARENT_LINE};
use crate::editor_depth::told;
use crate::journal::all_events;
use crate::starting::share;
use crate::support::editor::{Editor, listening};
use crate::support::person::locals;
use crate::support::program::runs_on;
use crate::support::{Launch, Person, Restartable, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, EndReason, Envelope, Event, Outcome, SessionRow};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// Adds up for ever; stops nowhere by itself.
const ADDING: &str = r#"import time

def add(total, step):
    return total + step

total = 0
while True:
    total = add(total, 1)
    print("total", total, flush=True)
    time.sleep(0.01)
"#;
const IN_ADD: u32 = 4;
const AFTER: u32 = 9;

/// Runs a child for each line that it reads.
const PARENT: &str = r#"import subprocess
import sys

for line in sys.stdin:
    child = subprocess.run([sys.executable, line.strip()])
    print("child ended", child.returncode, flush=True)
"#;
const CHILD: &str = "seen = 1\nprint('in the child', seen, flush=True)\n";

/// An editor that attached while nobody else was there, with a condition at a line.
async fn attached(debuggee: &Debuggee, line: u32, condition: &str) -> (Server, Editor) {
    let (server, port) = share(debuggee).await;
    let editor = Editor::on_port(port).await;
    editor.initializes().await;
    let attach = editor.sends("attach", json!({})).await;
    editor.event("initialized").await;
    let list = json!([{ "line": line, "condition": condition }]);
    editor.does("setBreakpoints", set(debuggee, list)).await;
    editor.is_configured(attach).await;
    (server, editor)
}

/// Everything that was recorded so far.
async fn recorded(server: &Server, host: &Person) -> Vec<Envelope> {
    all_events(host, &server.session().to_string()).await
}

fn set(debuggee: &Debuggee, breakpoints: Value) -> Value {
    json!({ "source": { "path": debuggee.script_path() }, "breakpoints": breakpoints })
}

#[tokio::test]
async fn debugpy_s_own_words_reach_the_editor_and_the_recording() {
    let mut debuggee = Debuggee::start(ADDING).await;
    let (server, port) = share(&debuggee).await;
    let editor = Editor::on_port(port).await;
    // Before it has said anything.
    let version = editor.sees_output("debugpy").await["data"]["packageVersion"].clone();
    assert!(version.is_string());
    assert!(editor.event("debugpySockets").await["sockets"].is_array());

    let capabilities = editor.initializes().await;
    assert_eq!(capabilities["supportsTerminateRequest"], true);
    assert_eq!(capabilities["exceptionBreakpointFilters"][0]["filter"], "raised", "as debugpy has them");
    let attach = editor.sends("attach", json!({ "name": "mine", "redirectOutput": false })).await;
    editor.event("debugpyWaitingForServer").await;
    editor.event("initialized").await;
    let list = json!([
        { "line": IN_ADD, "condition": "total % 200 == 50" },
        { "line": AFTER, "condition": "total % 200 == 150" },
    ]);
    let answer = editor.does("setBreakpoints", set(&debuggee, list)).await;
    assert_eq!(
        (&answer["breakpoints"][0]["verified"], &answer["breakpoints"][0]["id"]),
        (&json!(true), &json!(0))
    );
    editor.is_configured(attach).await;

    let stop = editor.stops().await;
    let total: u64 = stop.value("total").parse().unwrap();
    let (line, at) = if total % 200 == 50 { (IN_ADD, "stepOut") } else { (AFTER, "next") };
    assert_eq!(stop.line(), u64::from(line), "debugpy decides on its conditions: {total}");
    let stack = editor.does("stackTrace", json!({ "threadId": stop.thread })).await;
    assert!(stack["totalFrames"].as_u64().unwrap() >= 2, "{stack}");
    let info = editor.does("debugpySystemInfo", json!({})).await;
    assert_eq!(info["debugpy"]["version"], version);
    let value = editor
        .does(
            "evaluate",
            json!({ "expression": "total + 1", "frameId": stop.frame["id"], "context": "repl" }),
        )
        .await;
    assert_eq!((&value["result"], &value["type"]), (&json!((total + 1).to_string()), &json!("int")));
    let wrong = json!({ "expression": "no_such", "frameId": stop.frame["id"], "context": "repl" });
    let refusal = editor.asks("evaluate", wrong).await;
    let told = refusal["message"].as_str().unwrap();
    assert!(told.contains("NameError") && told.contains("Traceback"), "debugpy's own words: {told}");
    // What would keep debugpy from ever answering again doesn't get there.
    editor.refused("loadedSources", json!({})).await;
    editor.does(at, json!({ "threadId": stop.thread })).await;
    assert_eq!(editor.stops().await.body["reason"], "step");
    editor.does("continue", json!({ "threadId": stop.thread })).await;
    assert_eq!(editor.stops().await.body["reason"], "breakpoint");
    // debugpy would never answer the second one.
    let (first, second) = (
        editor.sends("continue", json!({ "threadId": stop.thread })).await,
        editor.sends("continue", json!({ "threadId": stop.thread })).await,
    );
    for seq in [first, second] {
        assert_eq!(editor.answer(seq).await["body"]["allThreadsContinued"], true);
    }
    assert_eq!(editor.count("breakpoint"), 0, "nothing of ours is told");
    let outputs = editor.sees("all that came", |messages, _| Some(messages.to_vec())).await;
    let of_program = |m: &&Value| m["event"] == "output" && m["body"]["category"] == "stdout";
    assert_eq!(outputs.iter().filter(of_program).count(), 0, "it did not ask for the program's output");

    // It leaves: debugpy closes the connection behind it, and the program runs on.
    editor.does("disconnect", json!({})).await;
    editor.is_closed().await;
    let lines = debuggee.printed().len();
    until("it runs on", async || debuggee.printed().len() > lines + 10).await;
    assert!(debuggee.is_running());
    let host = server.host("Ada").await;
    until("the session has ended", async || {
        recorded(&server, &host).await.iter().any(|envelope| envelope.event.kind() == "ended")
    })
    .await;
    let events = recorded(&server, &host).await;
    let count = |kind: &str| events.iter().filter(|envelope| envelope.event.kind() == kind).count();
    assert_eq!((count("stopped"), count("resumed"), count("attached")), (3, 3, 1));
    let outcomes: Vec<&Outcome> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Evaluated { outcome, .. } => Some(outcome),
            _ => None,
        })
        .collect();
    assert!(
        matches!(outcomes[0], Outcome::Value(value) if value.value == (total + 1).to_string()),
        "{outcomes:?}"
    );
    assert!(matches!(outcomes[1], Outcome::Error(why) if why.contains("NameError")), "{outcomes:?}");
    let printed = |envelope: &&Envelope| matches!(&envelope.event, Event::Output { text, .. } if text.contains("total "));
    assert!(
        events.iter().any(|envelope| printed(&envelope)),
        "the program's output is recorded all the same"
    );
    let set = events.iter().filter_map(|envelope| match &envelope.event {
        Event::BreakpointSet { entry } => Some((entry.line, entry.condition.as_deref())),
        _ => None,
    });
    assert_eq!(
        set.collect::<Vec<_>>(),
        [(IN_ADD, Some("total % 200 == 50")), (AFTER, Some("total % 200 == 150"))]
    );
}

#[tokio::test]
async fn others_come_in_and_the_session_is_everybodys() {
    let debuggee = Debuggee::start(ADDING).await;
    let (server, editor) = attached(&debuggee, IN_ADD, "total % 5 == 0").await;
    let stop = editor.stops().await;

    // Ana sees the same stop and whose breakpoint it is, and sets one of her own in the same file.
    let ana = server.host_inside_beside("Ana").await;
    ana.sees_stop_at("app.py", IN_ADD).await;
    let mine = ana.sees("the editor's breakpoint", |now| now.breakpoints.len() == 1).await;
    let (id, entry) =
        mine.breakpoints.first_key_value().map(|(id, state)| (id.clone(), state.clone())).unwrap();
    assert_eq!((entry.verified, entry.entry.condition.as_deref()), (Some(true), Some("total % 5 == 0")));
    ana.opens(DocName::Breakpoints).await.sets("ana", debuggee.script_path(), AFTER, &[]).await;
    let told = editor.event("breakpoint").await;
    assert_eq!((&told["reason"], &told["breakpoint"]["line"]), (&json!("new"), &json!(AFTER)));
    ana.sees("hers holds", |now| now.breakpoints.values().all(|state| state.verified == Some(true))).await;
    editor.does("continue", json!({ "threadId": stop.thread })).await;
    assert_eq!(editor.stops().await.line(), u64::from(AFTER), "Ana's");
    ana.sees_stop_at("app.py", AFTER).await;

    // She takes the wheel: the editor follows, and drives no more.
    ana.sends(Command::WheelTake).await.done();
    editor.sees_output("Ana drives now").await;
    let refused = editor.asks("next", json!({ "threadId": stop.thread })).await;
    assert_eq!(refused["success"], false, "{refused}");
    ana.step_over().await.done();
    assert_eq!(editor.stops().await.line(), u64::from(AFTER) + 1);
    // The editor's condition goes on to hold, though the list is merged with hers now.
    ana.opens(DocName::Breakpoints).await.removes("ana").await;
    ana.sees("hers is gone", |now| now.breakpoints.len() == 1).await;
    ana.continues().await.done();
    let again = editor.stops().await;
    assert_eq!(again.line(), u64::from(IN_ADD));
    assert_eq!(again.value("total").parse::<u64>().unwrap() % 5, 0);
    let hit =
        ana.sees("whose it was", |now| now.stop.as_ref().is_some_and(|stop| !stop.hit.is_empty())).await;
    assert_eq!(hit.stop.unwrap().hit, [id]);

    // It leaves, and ends nothing for her; its breakpoint stays.
    editor.does("disconnect", json!({ "terminateDebuggee": true })).await;
    editor.is_closed().await;
    ana.sees("it has left", |now| now.people.values().filter(|person| person.present).count() == 1).await;
    ana.continues().await.done();
    ana.sees_stop_at("app.py", IN_ADD).await;
    assert!(ana.local("total").is_none_or(|total| total.value.parse::<u64>().unwrap() % 5 == 0));
    ana.sends(Command::End).await.done();
    assert_eq!(ana.sees_end().await.0, EndReason::EndedByHost);
}

#[tokio::test]
async fn who_only_looks_at_the_port_or_goes_away_costs_nothing() {
    let debuggee = Debuggee::start(ADDING).await;
    let (server, port) = share(&debuggee).await;
    // A port scan; and an editor that is closed before it attaches.
    drop(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    let editor = Editor::on_port(port).await;
    editor.event("debugpySockets").await;
    editor.initializes().await;
    drop(editor);
    // One that takes its leave, before it attaches; the session waits on.
    until("debugpy was left", async || {
        let polite = Editor::on_port(port).await;
        polite.initializes().await;
        polite.does("disconnect", json!({})).await;
        polite.is_closed().await;
        polite.count("debugpySockets") == 1
    })
    .await;
    // A host presses Start while debugpy is still being left: it starts when that is done.
    let ada = server.host_inside_beside("Ada").await;
    until("it is left", async || {
        let start = Command::Start { options: breakroom_protocol::AttachOptions::default() };
        ada.sends(start).await.0.is_ok()
    })
    .await;
    ada.sees("it runs", |now| matches!(now.phase, Phase::Running { .. })).await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), AFTER, &[]).await;
    ada.sees_stop_at("app.py", AFTER).await;
}

#[tokio::test]
async fn that_the_editor_pauses_it_is_told_to_others() {
    let debuggee = Debuggee::start(ADDING).await;
    let (server, editor) = attached(&debuggee, IN_ADD, "total < 0").await;
    let ana = server.host_inside_beside("Ana").await;
    editor.does("pause", json!({ "threadId": 1 })).await;
    editor.event("stopped").await;
    ana.sees_events("pause_requested", 1).await;
    let now = ana.sees("the stop", |now| now.phase == Phase::Stopped).await;
    assert_eq!(now.stop.unwrap().reason, "pause");
}

/// As debugpy can be attached to again, and a program that is started again.
#[tokio::test]
async fn who_has_left_attaches_again_at_the_same_port() {
    let program = Restartable::start(ADDING).await;
    let launch = Launch::share(&program.address()).argument("--editor").argument("127.0.0.1:0");
    let mut server = launch.start().await;
    until("editors can attach", async || listening(&server.printed()).is_some()).await;
    let port = listening(&server.printed()).unwrap();
    let script = program.script_path();
    let comes = async || {
        let editor = Editor::on_port(port).await;
        editor.attaches(json!({})).await;
        editor.sets(&script, &[AFTER]).await;
        editor.stops().await;
        editor
    };
    let mut sessions = vec![server.session()];
    for next in [2, 3] {
        let editor = comes().await;
        editor.does("disconnect", json!({})).await;
        editor.is_closed().await;
        server.shares_session(next).await;
        assert!(!sessions.contains(&server.session()));
        sessions.push(server.session());
        program.runs_on().await;
    }

    // Somebody who comes in by the new links is there when the editor comes.
    let bob = server.guest_inside("Bob").await;
    assert_eq!(bob.up_to_date().await.phase, Phase::Starting);
    let editor = comes().await;
    bob.sees_stop_at("app.py", AFTER).await;

    // The program ends, and with it the session; it is said what is waited for.
    program.stays_away();
    program.restarts().await;
    editor.event("terminated").await;
    until("it is said", async || server.log().contains("Until then, editors are turned away.")).await;
    assert!(server.log().contains("not active"), "{}", server.log());
    Editor::on_port(port).await.is_closed().await;
    program.comes_back();
    program.restarts().await;
    server.shares_session(4).await;
    let editor = comes().await;
    editor.does("disconnect", json!({})).await;
    server.shares_session(5).await;

    // What nobody came into is no recording.
    assert!(server.stop().await.success());
    let kept = Launch::serve("").on_data(&server.data_folder()).start().await;
    let rows: Vec<SessionRow> = kept.host("Ada").await.get("/api/sessions").await.json();
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows.iter().all(|row| row.stops > 0), "{rows:?}");
    let mut reasons: Vec<_> = rows.iter().map(|row| (row.info.started_at, row.end_reason.unwrap())).collect();
    reasons.sort_by_key(|(at, _)| *at);
    let left = EndReason::EndedByHost;
    let reasons: Vec<_> = reasons.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, [left, left, EndReason::DebuggeeExited, left]);
}

/// debugpy's adapter fails by the answer of an evaluation if who asked has left, and ends: nobody could attach again.
#[tokio::test]
async fn who_leaves_in_the_midst_of_evaluations_comes_again() {
    let debuggee = Debuggee::start(ADDING).await;
    let (mut server, port) = share(&debuggee).await;
    for next in 2..5 {
        let editor = Editor::on_port(port).await;
        editor.attaches(json!({})).await;
        editor.sets(debuggee.script_path(), &[AFTER]).await;
        let stop = editor.stops().await;
        let mut asked = Vec::new();
        for _ in 0..6 {
            let arguments = json!({ "expression": "total", "frameId": stop.frame["id"], "context": "watch" });
            asked.push(editor.sends("evaluate", arguments).await);
        }
        editor.does("disconnect", json!({})).await;
        editor.is_closed().await;
        assert!(asked.iter().all(|&seq| editor.answers(seq) == 1), "each is answered before");
        server.shares_session(next).await;
        runs_on(&debuggee).await;
    }
}

#[tokio::test]
async fn an_editor_that_dies_leaves_the_session_as_it_is() {
    let debuggee = Debuggee::start(ADDING).await;
    let (server, editor) = attached(&debuggee, AFTER, "total % 7 == 0").await;
    editor.stops().await;
    drop(editor);
    let ada = server.host_inside_beside("Ada").await;
    let at = ada.sees_stop_at("app.py", AFTER).await;
    ada.sends(Command::WheelTake).await.done();
    ada.continues().await.done();
    ada.sees("the next one", |now| now.last_stop > at && now.phase == Phase::Stopped).await;
    let total = ada.sees("its locals", |now| locals(now).is_some()).await;
    let total = locals(&total).unwrap().iter().find(|item| item.name == "total").unwrap().value.clone();
    assert_eq!(total.parse::<u64>().unwrap() % 7, 0, "its condition holds on");
}

#[tokio::test]
async fn child_processes_are_the_editor_s_or_else_the_session_s() {
    let mut debuggee = Debuggee::start(PARENT).await;
    let child = debuggee.folder().join("child.py");
    std::fs::write(&child, CHILD).unwrap();
    let (server, port) = share(&debuggee).await;
    let editor = Editor::on_port(port).await;
    editor.initializes_with(json!({ "supportsStartDebuggingRequest": true })).await;
    let attach = editor.sends("attach", json!({ "name": "mine" })).await;
    editor.event("initialized").await;
    editor.is_configured(attach).await;
    debuggee.write_line(child.to_str().unwrap()).await;
    let asked = editor.is_asked("startDebugging").await;
    let configuration = asked["configuration"].clone();
    assert_eq!(configuration["connect"]["port"], port, "here, not at debugpy's own port");
    assert!(configuration.get("redirectOutput").is_none(), "as the editor attached: {configuration}");

    // It attaches, with what it had set on this file.
    let of_child = Editor::on_port(port).await;
    of_child.initializes().await;
    let attach = of_child.sends("attach", configuration.clone()).await;
    of_child.event("initialized").await;
    of_child.sets(&child, &[2]).await;
    of_child.is_configured(attach).await;
    let stop = of_child.stops().await;
    assert_eq!((stop.line(), stop.value("seen")), (2, "1"));
    let ada = server.host_inside_beside("Ada").await;
    ada.sees_stop_at("child.py", 2).await;
    assert_eq!(ada.up_to_date().await.processes.len(), 2, "the program and its child");
    of_child.does("continue", json!({ "threadId": stop.thread })).await;
    of_child.event("terminated").await;
    of_child.does("disconnect", json!({})).await;
    of_child.is_closed().await;
    debuggee.wait_for_line("child ended 0").await;
    ada.sees_events("process_ended", 1).await;

    // The next one waits for an editor that leaves: it is the session's then.
    debuggee.write_line(child.to_str().unwrap()).await;
    editor.is_asked("startDebugging").await;
    editor.does("disconnect", json!({})).await;
    debuggee.wait_for_nth_line("child ended 0", 2).await;
    ada.sees("it has left", |now| now.people.values().filter(|person| person.present).count() == 1).await;
}

/// Prints more than any socket holds, as fast as a watcher can read it here, and an end.
const FLOODING: &str = r#"import sys
import time

sys.stdin.readline()
for number in range(5_000):
    print(number, "x" * 4_000)
    time.sleep(0.001)
print("all was printed", flush=True)
while True:
    time.sleep(0.02)
"#;

/// A suspended one (Ctrl-Z), for example.
#[tokio::test(flavor = "multi_thread")]
async fn an_editor_that_reads_nothing_holds_nobody_else_up() {
    let mut debuggee = Debuggee::start_waiting(FLOODING).await;
    let (server, port) = share(&debuggee).await;
    let editor = Editor::on_port(port).await;
    editor.attaches(json!({ "redirectOutput": true })).await;
    let ada = server.host_inside_beside("Ada").await;
    editor.stops_reading();
    debuggee.write_line("go").await;
    ada.sees("the end of the flood", |now| {
        // The last lines only: looking at all of it each time would make this reader slow, too.
        now.output.iter().rev().take(3).any(|line| line.text.contains("all was printed"))
    })
    .await;
    // It lost the wire; the session goes on without it.
    ada.sends(Command::WheelTake).await.done();
    ada.pauses().await.done();
    ada.sees("a stop", |now| now.phase == Phase::Stopped).await;
    ada.continues().await.done();
}

/// An editor's sessions for a program that counts and for its child, beside Ada. As VS Code does, each sends the same lists.
async fn both_sessions(debuggee: &mut Debuggee, list: &Value) -> (Server, Person, Editor, Editor) {
    let (server, port) = share(debuggee).await;
    let editor = Editor::on_port(port).await;
    editor.initializes_with(json!({ "supportsStartDebuggingRequest": true })).await;
    let attach = editor.sends("attach", json!({ "name": "mine" })).await;
    editor.event("initialized").await;
    editor.does("setBreakpoints", set(debuggee, list.clone())).await;
    editor.is_configured(attach).await;
    let ada = server.host_inside_beside("Ada").await;
    ada.sees("the editor's breakpoint", |now| now.breakpoints.len() == 1).await;
    debuggee.write_line("go").await;
    let configuration = editor.is_asked("startDebugging").await["configuration"].clone();
    let of_child = Editor::on_port(port).await;
    of_child.initializes().await;
    let attach = of_child.sends("attach", configuration).await;
    of_child.event("initialized").await;
    let taken = of_child.does("setBreakpoints", set(debuggee, list.clone())).await;
    assert_eq!(taken["breakpoints"][0]["verified"], true, "{taken}");
    of_child.is_configured(attach).await;
    (server, ada, editor, of_child)
}

#[tokio::test]
async fn an_editor_tells_a_child_what_it_told_the_program() {
    let mut debuggee = Debuggee::start_waiting(COUNTING).await;
    let list = json!([{ "line": CHILD_LINE }]);
    let (_server, ada, editor, of_child) = both_sessions(&mut debuggee, &list).await;
    let stop = of_child.stops().await;
    assert_eq!(stop.line(), u64::from(CHILD_LINE));
    assert_eq!(ada.up_to_date().await.breakpoints.len(), 1, "it is one, of both sessions");
    of_child.does("continue", json!({ "threadId": stop.thread })).await;
    of_child.stops().await;
    // Somebody's else beside it reaches both, and its end, too.
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), PARENT_LINE, &[]).await;
    ada.sees("both", |now| now.breakpoints.len() == 2).await;
    // The editor shows Ada's; its own is taken off there.
    told(&editor, |breakpoint| breakpoint["line"] == PARENT_LINE).await;
    let list = json!([{ "line": PARENT_LINE }]);
    of_child.does("setBreakpoints", set(&debuggee, list.clone())).await;
    editor.does("setBreakpoints", set(&debuggee, list)).await;
    ada.sees("Ada's alone", |now| now.breakpoints.len() == 1).await;
    of_child.does("continue", json!({ "threadId": stop.thread })).await;
    ada.sees_stop_at("app.py", PARENT_LINE).await;
    breakpoints.removes("b1").await;
    ada.sees("none", |now| now.breakpoints.is_empty()).await;
}

/// Leaving ends nothing for others, and what the editor sets from then on, in the session that is left, is everybody's.
#[tokio::test]
async fn a_child_s_session_sees_to_the_room_once_the_program_s_own_has_left() {
    let mut debuggee = Debuggee::start_waiting(COUNTING).await;
    let first = json!([{ "line": CHILD_LINE, "condition": "False" }]);
    let (_server, ada, editor, of_child) = both_sessions(&mut debuggee, &first).await;
    ada.sees("the child", |now| now.processes.len() == 2 && now.breakpoints.len() == 1).await;
    editor.does("disconnect", json!({})).await;
    editor.is_closed().await;

    of_child.does("setExceptionBreakpoints", json!({ "filters": ["raised"] })).await;
    let list = json!([{ "line": CHILD_LINE }, { "line": PARENT_LINE }]);
    of_child.does("setBreakpoints", set(&debuggee, list)).await;
    let now = ada.sees("both", |now| now.breakpoints.len() == 2).await;
    assert!(now.exception_filters.raised);
    // Each process stops at its line: the program, too, which has no session of its own in the editor.
    let stop = of_child.stops().await;
    assert_eq!(stop.line(), u64::from(CHILD_LINE));
    of_child.does("setBreakpoints", set(&debuggee, json!([{ "line": PARENT_LINE }]))).await;
    ada.sees("one: what the other session had set is gone, too", |now| now.breakpoints.len() == 1).await;
    of_child.does("continue", json!({ "threadId": stop.thread })).await;
    ada.sees_stop_at("app.py", PARENT_LINE).await;
    of_child.does("setBreakpoints", set(&debuggee, json!([]))).await;
    ada.sees("none", |now| now.breakpoints.is_empty()).await;
}

#[tokio::test]
async fn a_child_that_no_editor_cares_for_runs_on() {
    let mut debuggee = Debuggee::start(PARENT).await;
    let child = debuggee.folder().join("child.py");
    std::fs::write(&child, CHILD).unwrap();
    let (server, port) = share(&debuggee).await;
    let editor = Editor::on_port(port).await;
    editor.attaches(json!({})).await;
    debuggee.write_line(child.to_str().unwrap()).await;
    let told = editor.event("debugpyAttach").await;
    assert_eq!((&told["connect"]["port"], &told["request"]), (&json!(port), &json!("attach")));
    debuggee.wait_for_line("child ended 0").await;
    let ada = server.host_inside_beside("Ada").await;
    ada.sees("what the child was", |now| now.processes.len() == 1).await;
    let events = recorded(&server, &ada).await;
    assert_eq!(events.iter().filter(|envelope| envelope.event.kind() == "process_ended").count(), 1);
}
