//! `share --editor`: the session starts when its first host starts it, and an editor brings what it is to start with.

use crate::support::editor::{Editor, listening};
use crate::support::program::TICKING;
use crate::support::{Launch, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{AttachOptions, Command, EndReason, ErrorCode};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use tokio::net::TcpStream;

/// Ends by itself; what is at the first lines is missed by whoever comes late.
const SHORT: &str = r#"import json

first = 1
second = json.loads("[2]")
print("done", first, second, flush=True)
"#;

/// A server that waits for somebody who starts the session, and where editors attach.
pub async fn share(debuggee: &Debuggee) -> (Server, u16) {
    let launch = Launch::share(&debuggee.address()).argument("--editor").argument("127.0.0.1:0");
    let server = launch.start().await;
    until("editors can attach", async || listening(&server.printed()).is_some()).await;
    let port = listening(&server.printed()).unwrap();
    (server, port)
}

#[tokio::test]
async fn an_editor_that_is_first_brings_its_breakpoints_and_settings() {
    let debuggee = Debuggee::start_waiting(SHORT).await;
    let (server, port) = share(&debuggee).await;
    // Bob is there before anything runs, and what he sets holds from the first line.
    let bob = server.guest_inside("Bob").await;
    assert_eq!(bob.up_to_date().await.phase, Phase::Starting);
    bob.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 5, &[]).await;
    bob.sees("his breakpoint", |now| !now.breakpoints.is_empty()).await;

    let editor = Editor::on_port(port).await;
    editor.initializes().await;
    let attach = editor.sends("attach", json!({ "justMyCode": false, "showReturnValue": true })).await;
    editor.event("initialized").await;
    let set = editor.sets(debuggee.script_path(), &[3]).await;
    assert_eq!(set[0]["verified"], false, "there is nothing yet that could say so");
    assert!(!debuggee.printed().iter().any(|line| line.contains("done")), "it still waits");
    editor.is_configured(attach).await;

    let stop = editor.stops().await;
    assert_eq!(stop.line(), 3, "the program did not run past it");
    bob.sees_stop_at("app.py", 3).await;
    editor.does("next", json!({ "threadId": stop.thread })).await;
    let stop = editor.stops().await;
    editor.does("stepIn", json!({ "threadId": stop.thread })).await;
    let inside = editor.stops().await;
    assert!(
        inside.frame["source"]["path"].as_str().unwrap().ends_with("json/__init__.py"),
        "it chose to see more than its own code: {}",
        inside.frame
    );
    editor.does("continue", json!({ "threadId": inside.thread })).await;
    let last = editor.stops().await;
    assert_eq!(last.line(), 5, "Bob's breakpoint");
    editor.does("continue", json!({ "threadId": last.thread })).await;
    let (reason, _) = bob.sees_end().await;
    assert_eq!(reason, EndReason::DebuggeeExited);
    assert_eq!(debuggee.wait_for_line("done").await, "done 1 [2]");
}

#[tokio::test]
async fn a_host_in_a_browser_starts_it_and_nobody_else() {
    let mut debuggee = Debuggee::start_waiting(SHORT).await;
    let (server, port) = share(&debuggee).await;
    let ada = server.host_inside_beside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let start = || Command::Start { options: AttachOptions::default() };
    bob.sends(start()).await.expect_refused(ErrorCode::NotAllowed);
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 3, &[]).await;
    ada.sees("her breakpoint", |now| !now.breakpoints.is_empty()).await;
    ada.sends(start()).await.done();
    bob.sees_stop_at("app.py", 3).await;
    ada.sends(start()).await.expect_refused(ErrorCode::AlreadyStarted);
    // An editor that comes now is one of many.
    let editor = Editor::on_port(port).await;
    editor.attaches(json!({ "justMyCode": false })).await;
    assert_eq!(editor.stops().await.line(), 3);
    ada.sends(Command::End).await.done();
    assert_eq!(debuggee.wait().await, Some(0), "it runs on to its end");
}

#[tokio::test]
async fn what_cannot_start_says_why_and_waits_on() {
    let mut debuggee = Debuggee::start_waiting(SHORT).await;
    let (server, port) = share(&debuggee).await;
    let ada = server.host_inside_beside("Ada").await;
    debuggee.kill().await;
    // Its adapter lives on for a moment. Who attaches then makes it wait for a program that never comes.
    until("nothing listens there", async || TcpStream::connect(debuggee.address()).await.is_err()).await;
    let start = Command::Start { options: AttachOptions::default() };
    let error = ada.sends(start).await.0.expect_err("there is nothing to attach to");
    assert_eq!(error.code, ErrorCode::DebuggerNotActive);
    let why = error.message;
    assert!(why.contains("nothing listens"), "{why}");
    ada.sees("why it did not start", |now| now.output.iter().any(|line| line.text.contains(&why))).await;
    assert_eq!(ada.up_to_date().await.phase, Phase::Starting);
    let editor = Editor::on_port(port).await;
    editor.initializes().await;
    let attach = editor.sends("attach", json!({})).await;
    editor.event("initialized").await;
    editor.does("configurationDone", json!({})).await;
    let answer = editor.answer(attach).await;
    assert_eq!((answer["success"].as_bool(), answer["message"].as_str()), (Some(false), Some(why.as_str())));
    ada.sends(Command::End).await.done();
    assert_eq!(ada.sees_end().await.0, EndReason::EndedByHost);
}

/// Without its links nobody could come into the next session, however long they wait.
#[tokio::test]
async fn links_that_could_not_be_made_are_made_later() {
    let debuggee = Debuggee::start(TICKING).await;
    let (mut server, port) = share(&debuggee).await;
    let url = format!("sqlite://{}", server.database().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let fails = "CREATE TRIGGER fails BEFORE INSERT ON host_links BEGIN SELECT RAISE(ABORT, 'no room'); END";
    let editor = Editor::on_port(port).await;
    editor.attaches(json!({})).await;
    sqlx::query(fails).execute(&mut other).await.unwrap();
    editor.does("disconnect", json!({})).await;
    until("it is said", async || server.log().contains("no links into the next session yet")).await;
    sqlx::query("DROP TRIGGER fails").execute(&mut other).await.unwrap();
    server.shares_session(2).await;
    server.host_inside("Ada").await;
}
