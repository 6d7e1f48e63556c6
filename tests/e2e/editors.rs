//! Editors in a session: `breakroom join` and `share --editor`, with a plain DAP client on the other end.

use crate::support::editor::listening;
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Editor, Join, Launch, Person, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Event};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;

/// Ada, host and driver in a browser, stopped in the loop; Bob, collaborator, with `join`.
pub async fn stopped(debuggee: &Debuggee, server: &Server) -> (Person, Join) {
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    (ada, Join::start(&server.invite_url(), "Bob", &[]).await)
}

/// Who has the name, once they are in the room.
pub async fn in_room(ada: &Person, name: &str) -> breakroom_protocol::ParticipantId {
    let here = |now: &breakroom_protocol::Snapshot| {
        now.people.values().find(|p| p.participant.name == name && p.present).map(|p| p.participant.id)
    };
    here(&ada.sees(&format!("{name} is here"), |now| here(now).is_some()).await).unwrap()
}

#[tokio::test]
async fn joining_while_stopped_shows_the_stop_and_the_driver_is_seen_by_all() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, join) = stopped(&debuggee, &server).await;
    let editor = join.connects().await;
    let capabilities = editor.attaches(json!({})).await;
    assert_eq!(capabilities["supportsConditionalBreakpoints"], true);
    for no in ["supportsSetExpression", "supportsSetVariable", "supportsTerminateRequest"] {
        assert_eq!(capabilities[no], false, "{no}");
    }
    assert_eq!(capabilities["supportsEvaluateForHovers"], true, "names that are shown anyway");
    let stop = editor.stops().await;
    assert_eq!((stop.line(), &stop.body["reason"]), (u64::from(TICK_LINE), &json!("breakpoint")));
    assert_eq!(stop.frame["source"]["path"], debuggee.script_path().to_str().unwrap());
    assert!(stop.frame["source"].get("sourceReference").is_none(), "the file is here");
    assert!(stop.value("count").parse::<u32>().is_ok());
    assert_eq!(stop.variable("count")["type"], "int");

    // Bob asks for the wheel from the console, gets it, and drives; Ada sees him do it.
    let bob = in_room(&ada, "Bob").await;
    let refused = editor.refused("next", json!({ "threadId": stop.thread })).await;
    assert!(refused.contains("Ada drives"), "{refused}");
    // Where an editor takes for granted that it runs, it is put right, at the same stop with the same numbers.
    let again = editor.stops().await;
    assert_eq!((again.line(), &again.locals), (stop.line(), &stop.locals));
    editor.does("evaluate", json!({ "expression": "/wheel", "context": "repl" })).await;
    ada.sees("Bob's request", |now| now.wheel_requests == [bob]).await;
    ada.sends(Command::WheelGrant { to: bob }).await.done();
    editor.sees_output("Breakroom: you drive now.").await;
    editor.does("next", json!({ "threadId": stop.thread })).await;
    let next = editor.stops().await;
    assert_eq!((next.line(), &next.body["reason"]), (u64::from(TICK_LINE) + 1, &json!("step")));
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    assert_eq!(editor.count("continued"), 0, "the answer to `next` said so");

    // Numbers of the stop before are refused, never answered with what is there now.
    let stale = editor.refused("scopes", json!({ "frameId": stop.frame["id"] })).await;
    assert!(stale.contains("earlier stop"), "{stale}");
    editor.refused("variables", json!({ "variablesReference": stop.locals })).await;

    // Code: not without a grant, and then it is offered.
    let evaluate =
        json!({ "expression": "count * 0 + 41 + 1", "context": "repl", "frameId": next.frame["id"] });
    let answer = editor.does("evaluate", evaluate.clone()).await;
    assert!(answer["result"].as_str().unwrap().contains("proposed"), "{answer}");
    ada.sends(Command::GrantCode { participant: bob, granted: true }).await.done();
    let offered = editor.event("capabilities").await;
    assert_eq!(offered["capabilities"]["supportsSetVariable"], true);
    let value = editor.does("evaluate", evaluate).await;
    assert_eq!((&value["result"], &value["type"]), (&json!("42"), &json!("int")));
    let set = json!({ "variablesReference": next.locals, "name": "count", "value": "1000" });
    assert_eq!(editor.does("setVariable", set).await["value"], "1000");
    ada.sees_event("the variable is set", |event| matches!(event, Event::VariableSet { .. }).then_some(()))
        .await;
    let raised = json!({ "expression": "1 / 0", "context": "watch", "frameId": next.frame["id"] });
    assert!(editor.refused("evaluate", raised).await.contains("division"));

    // Running on is refused nowhere now; a pause comes back as a stop.
    editor.sets(debuggee.script_path(), &[]).await;
    ada.opens(DocName::Breakpoints).await.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    let continued = editor.does("continue", json!({ "threadId": next.thread })).await;
    assert_eq!(continued["allThreadsContinued"], true);
    ada.sees_running().await;
    editor.refused("stackTrace", json!({ "threadId": next.thread })).await;
    // A pause that comes at once may be before the next line.
    editor.sees_output("tick").await;
    editor.does("pause", json!({ "threadId": next.thread })).await;
    editor.stops().await;
}

#[tokio::test]
async fn an_editor_follows_and_a_watchers_editor_drives_nothing() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, _bob) = stopped(&debuggee, &server).await;
    let (secret, _) = ada.invites(json!({ "role": "watcher" })).await;
    let url = format!("{}/join#invite={secret}", server.url());
    let join = Join::start(&url, "Wanda", &[]).await;
    let editor = join.connects().await;
    let capabilities = editor.attaches(json!({})).await;
    assert_eq!(capabilities["supportsConditionalBreakpoints"], false);
    let stop = editor.stops().await;

    // Whatever drives is refused, and the editor is where the program is.
    for command in ["continue", "next", "stepIn", "stepOut"] {
        let sentence = editor.refused(command, json!({ "threadId": stop.thread })).await;
        assert!(sentence.contains("Watchers"), "{command}: {sentence}");
        assert_eq!(editor.stops().await.line(), stop.line());
    }
    editor.refused("pause", json!({ "threadId": stop.thread })).await;
    editor.event("stopped").await;
    let code = json!({ "expression": "count + 1", "context": "repl", "frameId": stop.frame["id"] });
    let answer = editor.does("evaluate", code).await;
    assert!(answer["result"].as_str().unwrap().contains("proposed"), "{answer}");
    let now = ada.sees("the card", |now| !now.proposals.is_empty()).await;
    let proposal = *now.proposals.keys().next().unwrap();
    ada.sends(Command::ProposalRun { proposal }).await.done();
    editor.sees_output("ran what you proposed").await;
    let set = json!({ "variablesReference": stop.locals, "name": "count", "value": "1" });
    editor.refused("setVariable", set).await;
    for unknown in ["restart", "loadedSources", "cancel", "terminate", "whatever"] {
        editor.refused(unknown, json!({})).await;
    }
    let list = editor.sets(debuggee.script_path(), &[TICK_LINE, TICK_LINE + 1]).await;
    assert_eq!((&list[0]["verified"], &list[1]["verified"]), (&json!(true), &json!(false)), "{list:?}");
    assert!(list[1]["message"].as_str().unwrap().contains("Watchers"));
    // A plain name that was captured needs no code.
    let name = json!({ "expression": "count", "context": "watch", "frameId": stop.frame["id"] });
    assert_eq!(editor.does("evaluate", name).await["result"], stop.value("count"));
    assert_eq!(editor.count("continued"), 0);
    ada.sees("one", |now| now.breakpoints.len() == 1).await;

    // Ada drives, and the editor follows.
    ada.step_over().await.done();
    let followed = editor.stops().await;
    assert_eq!(editor.count("continued"), 1);
    assert_eq!(followed.line(), u64::from(TICK_LINE) + 1);
    assert!(
        followed.body.get("preserveFocusHint").is_none(),
        "VS Code would stay at the frame that is no more"
    );
    ada.says("look at this").await.done();
    let line = editor.sees_output("Ada says: look at this").await;
    assert_eq!(line["category"], "console");
    ada.sends(Command::WheelRelease).await.done();
    editor.sees_output("Breakroom: nobody drives now.").await;
}

/// Nothing stops here by itself: the function is called when a file says so.
const IDLE: &str = r#"import os
import time


def evening(count):
    doubled = count * 2
    total = doubled + 1
    label = str(total)
    shown = label
    return shown


count = 0
while True:
    count += 1
    time.sleep(0.02)
    if os.path.exists(__file__ + ".go"):
        evening(count)
"#;

#[tokio::test]
async fn breakpoints_are_differences_both_ways() {
    let debuggee = Debuggee::start(IDLE).await;
    let server = Server::share(&debuggee).await;
    let script = debuggee.script_path();
    let ada = server.host_inside("Ada").await;
    let doc = ada.opens(DocName::Breakpoints).await;
    doc.sets("ada-1", script, 7, &[]).await;
    ada.sees("it is resolved", |now| now.breakpoints.values().any(|b| b.verified == Some(true))).await;

    let (bob, cai) = (
        Join::start(&server.invite_url(), "Bob", &[]).await,
        Join::start(&server.invite_url(), "Cai", &[]).await,
    );
    let (one, two) = (bob.connects().await, cai.editor().await);
    one.initializes().await;
    let attach = one.sends("attach", json!({})).await;
    one.event("initialized").await;
    // Bob's editor brings its own list, and doesn't know Ada's.
    let set = one.sets(script, &[8]).await;
    assert_eq!((&set[0]["verified"], &set[0]["line"]), (&json!(true), &json!(8)));
    let mine = set[0]["id"].clone();
    one.is_configured(attach).await;
    let lines = |now: &breakroom_protocol::Snapshot| {
        let mut lines: Vec<u32> = now.breakpoints.values().map(|b| b.entry.line).collect();
        lines.sort_unstable();
        lines
    };
    ada.sees("both", |now| lines(now) == [7, 8]).await;
    let id = in_room(&ada, "Bob").await;
    assert!(ada.now().breakpoints.values().any(|b| b.entry.line == 8 && b.entry.author == id));
    let told = one.event("breakpoint").await;
    assert_eq!((&told["reason"], &told["breakpoint"]["line"]), (&json!("new"), &json!(7)));
    for line in [7, 8] {
        let told = two.event("breakpoint").await;
        assert_eq!((&told["reason"], &told["breakpoint"]["line"]), (&json!("new"), &json!(line)));
    }

    // The same list again changes nothing; what it was told of and doesn't list, but may not remove, comes back.
    let again = one.sets(script, &[7, 8]).await;
    assert_eq!(again[1]["id"], mine);
    one.sets(script, &[8]).await;
    let back = one.event("breakpoint").await;
    assert_eq!((&back["reason"], &back["breakpoint"]["line"]), (&json!("new"), &json!(7)));
    ada.sees("both still", |now| lines(now) == [7, 8]).await;

    // Bob's own goes when he takes it off, and both others see it go.
    one.sets(script, &[7]).await;
    ada.sees("Bob's is gone", |now| lines(now) == [7]).await;
    loop {
        let told = two.event("breakpoint").await;
        if told["reason"] == "removed" {
            assert_eq!(told["breakpoint"]["line"], 8);
            break;
        }
    }
    // A condition is code, which Bob may not run.
    let conditional = json!({ "source": { "path": script }, "breakpoints": [
        { "line": 7 }, { "line": 9, "condition": "count > 3" }, { "line": 10, "hitCondition": "500000" },
    ] });
    let list = one.does("setBreakpoints", conditional).await["breakpoints"].clone();
    assert!(list[1]["message"].as_str().unwrap().contains("code"), "{list}");
    ada.sees("no condition, but a plain count", |now| lines(now) == [7, 10]).await;

    // Ada removes and moves in the browser: the editors hear of it.
    doc.removes("ada-1").await;
    loop {
        let told = one.event("breakpoint").await;
        if told["reason"] == "removed" {
            assert_eq!(told["breakpoint"]["line"], 7);
            break;
        }
    }
    // What she sets stops the editors too.
    doc.sets("ada-2", script, 6, &[]).await;
    let holds = |now: &breakroom_protocol::Snapshot| {
        let found = now.breakpoints.values().find(|state| state.entry.line == 6);
        found.is_some_and(|state| state.verified == Some(true))
    };
    ada.sees("it holds", holds).await;
    std::fs::write(script.with_extension("py.go"), "").unwrap();
    for editor in [&one, &two] {
        let stop = editor.stops().await;
        assert_eq!((stop.line(), &stop.body["reason"]), (6, &json!("breakpoint")));
    }
}

#[tokio::test]
async fn leaving_ends_nothing_for_others_and_the_end_is_told() {
    let debuggee = Debuggee::start(TICKING).await;
    let launch = Launch::share(&debuggee.address()).argument("--editor").argument("127.0.0.1:0");
    let server = launch.start().await;
    until("editors can attach", async || listening(&server.printed()).is_some()).await;
    let host = Editor::on_port(listening(&server.printed()).unwrap()).await;
    host.attaches(json!({})).await;
    let mut join = Join::start(&server.invite_url(), "Bob", &[]).await;
    let (one, two) = (join.editor().await, join.editor().await);
    let ada = server.host_inside_beside("Ada").await;
    host.sees_output("Ada is here as host").await;

    // The first host who came in has the wheel: it is the host's editor, which drives at once.
    host.does("pause", json!({ "threadId": 1 })).await;
    for editor in [&host, &one, &two] {
        editor.event("stopped").await;
    }
    let refused = one.refused("terminate", json!({})).await;
    assert!(refused.contains("Only a host"), "{refused}");
    let refused = host.refused("terminate", json!({})).await;
    assert!(refused.contains("--host-ends"), "{refused}");
    one.does("disconnect", json!({ "terminateDebuggee": true })).await;
    one.is_closed().await;
    assert_eq!(one.count("terminated"), 0);
    host.does("disconnect", json!({ "terminateDebuggee": true })).await;
    host.is_closed().await;
    ada.sees("the stop", |now| now.phase == Phase::Stopped).await;
    assert_eq!(two.count("terminated"), 0);

    // The driver's editor is back, and still drives.
    let host = Editor::on_port(listening(&server.printed()).unwrap()).await;
    host.attaches(json!({})).await;
    let stop = host.stops().await;
    host.does("next", json!({ "threadId": stop.thread })).await;
    host.event("stopped").await;
    two.event("stopped").await;

    ada.sends(Command::End).await.done();
    for editor in [&host, &two] {
        editor.event("terminated").await;
        let over = editor.refused("threads", json!({})).await;
        assert!(over.len() > 10, "{over}");
        editor.does("disconnect", json!({})).await;
    }
    let (status, said) = join.ended().await;
    assert!(status.success() && said.contains("ended"), "{status}: {said}");
}

#[tokio::test]
async fn a_host_may_end_it_by_a_flag_and_what_waits_is_answered_once() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let url = format!("{}/join#host={}", server.url(), server.host_secret());
    let join = Join::start(&url, "Ada", &["--host-ends"]).await;
    let editor = join.connects().await;
    let capabilities = editor.attaches(json!({})).await;
    assert_eq!(capabilities["supportsTerminateRequest"], true);
    editor.does("pause", json!({ "threadId": 1 })).await;
    let stop = editor.stops().await;
    // Sent in one go, answered one by one.
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(editor.sends("scopes", json!({ "frameId": stop.frame["id"] })).await);
        let sleep = json!({ "expression": "__import__('time').sleep(0.05)", "context": "watch" });
        sent.push(editor.sends("evaluate", sleep).await);
    }
    sent.push(editor.sends("terminate", json!({})).await);
    editor.event("terminated").await;
    for seq in sent {
        editor.answer(seq).await;
        assert_eq!(editor.answers(seq), 1);
    }
}

#[tokio::test]
async fn files_elsewhere_are_mapped_or_read_from_the_room() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, _) = stopped(&debuggee, &server).await;
    let copy = tempfile::tempdir().unwrap();
    let here = copy.path().canonicalize().unwrap();
    std::fs::copy(debuggee.script_path(), here.join("app.py")).unwrap();
    let there = debuggee.script_path().parent().unwrap().to_str().unwrap().to_owned();
    let map = format!("{}={there}", here.display());
    let join = Join::start(&server.invite_url(), "Bob", &["--map", &map]).await;
    let mapped = join.editor().await;
    let stop = mapped.stops().await;
    assert_eq!(stop.frame["source"]["path"], here.join("app.py").to_str().unwrap());
    let told = mapped.event("breakpoint").await;
    assert_eq!(told["breakpoint"]["source"]["path"], here.join("app.py").to_str().unwrap());
    mapped.sets(&here.join("app.py"), &[TICK_LINE, 7]).await;
    let on_target = |now: &breakroom_protocol::Snapshot| {
        now.breakpoints.len() == 2 && now.breakpoints.values().all(|b| b.entry.path.starts_with(&there))
    };
    ada.sees("both on the target's path", on_target).await;

    // A map to where the file isn't: its text comes from the room.
    let join = Join::start(&server.invite_url(), "Cai", &[]).await;
    let other = join.connects().await;
    other.attaches(json!({ "pathMappings": [{ "localRoot": "/nowhere", "remoteRoot": there }] })).await;
    let stop = other.stops().await;
    let source = &stop.frame["source"];
    assert_eq!(source["path"], "/nowhere/app.py");
    let number = source["sourceReference"].as_i64().unwrap();
    assert!(number > 0);
    let text = other.does("source", json!({ "source": source, "sourceReference": number })).await;
    assert_eq!(text["content"], TICKING);
    other.refused("source", json!({ "sourceReference": 77 })).await;
}
