//! What DAP has beside looking and stepping, through `breakroom join` with real debugpy.

use crate::editors::{in_room, stopped};
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Join, Server};
use breakroom_protocol::Command;
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;

#[tokio::test]
async fn folders_are_found_out_by_the_text_of_their_files() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, _) = stopped(&debuggee, &server).await;
    let there = debuggee.script_path().to_str().unwrap().to_owned();
    ada.sees("its text", |now| now.sources.contains_key(&there)).await;
    // The program's machine has its file, the editor's a copy elsewhere: here both are one machine.
    let copy = tempfile::tempdir().unwrap();
    let here = copy.path().canonicalize().unwrap();
    std::fs::create_dir_all(here.join("src/.venv")).unwrap();
    std::fs::rename(debuggee.script_path(), here.join("src/app.py")).unwrap();
    std::fs::copy(here.join("src/app.py"), here.join("src/.venv/app.py")).unwrap();
    let join = Join::start(&server.invite_url(), "Bob", &[]).await;
    let editor = join.connects().await;
    editor.attaches(json!({ "cwd": here })).await;
    editor.sees_output("by the text of its files").await;
    let stop = editor.stops().await;
    assert_eq!(stop.frame["source"]["path"], here.join("src/app.py").to_str().unwrap());
    assert!(stop.frame["source"].get("sourceReference").is_none());
    editor.sets(&here.join("src/app.py"), &[TICK_LINE, TICK_LINE + 1]).await;
    assert!(ada.now().breakpoints.values().all(|b| b.entry.path == there));

    // Twice there: it says nothing, and the room's text is shown.
    std::fs::copy(here.join("src/app.py"), here.join("app.py")).unwrap();
    let other = join.connects().await;
    other.attaches(json!({ "cwd": here })).await;
    let stop = other.stops().await;
    assert_eq!(stop.frame["source"]["path"], there.as_str());
    assert!(stop.frame["source"]["sourceReference"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn numbers_in_hexadecimal_names_completed_and_what_was_raised() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, join) = stopped(&debuggee, &server).await;
    let editor = join.editor().await;
    let stop = editor.stops().await;
    let hex = json!({ "variablesReference": stop.locals, "format": { "hex": true } });
    let items = editor.does("variables", hex).await;
    let count = items["variables"].as_array().unwrap().iter().find(|item| item["name"] == "count").unwrap();
    let decimal: u64 = stop.value("count").parse().unwrap();
    assert_eq!(count["value"], format!("0x{decimal:x}"));
    // Bob may not run code: the names that are shown anyway.
    let typed = json!({ "frameId": stop.frame["id"], "text": "x + cou", "column": 8 });
    let completed = editor.does("completions", typed).await;
    assert_eq!(completed["targets"][0]["label"], "count");
    editor.refused("exceptionInfo", json!({ "threadId": stop.thread })).await;
    let place = json!({ "source": stop.frame["source"], "line": TICK_LINE });
    let target = editor.does("gotoTargets", place).await["targets"][0]["id"].clone();
    let refused = editor.refused("goto", json!({ "threadId": stop.thread, "targetId": target })).await;
    assert!(refused.contains("Ada drives"), "{refused}");
    assert_eq!(editor.stops().await.line(), stop.line(), "and the editor is where the program is");
    let bob = in_room(&ada, "Bob").await;
    ada.sends(Command::WheelGrant { to: bob }).await.done();
    editor.sees_output("Breakroom: you drive now.").await;
}
