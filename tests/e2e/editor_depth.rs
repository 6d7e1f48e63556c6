//! An editor that does what needs more than looking and stepping: completing, setting, going elsewhere, one of several
//! calls, functions, long lists, exceptions, and breakpoints that are held back. Real debugpy answers all of it.

use crate::holding::{HOT, HOT_LINE};
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Editor, Join, Server};
use breakroom_protocol::Command;
use breakroom_protocol::room::DocName;
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};

const DEEP: &str = r#"import time
many = list(range(150_000))
class Lamp:
    def __init__(self): self.level = 255
def inner(): return 1
def outer(x): return x + 1
def work(turn):
    lamp, numbers = Lamp(), many
    first = 0
    second = outer(inner()) + outer(2)
    third = second
    return third
def checks():
    try: raise ValueError("level out of range")
    except ValueError: pass
turn = 0
while True:
    turn += 1
    work(turn)
    checks()
    time.sleep(0.02)
"#;
/// `second = outer(inner()) + outer(2)`
const CALLS_LINE: u32 = 10;
const RAISE_LINE: u32 = 14;

/// A host's editor that asks for pages.
async fn hosts_editor(server: &Server) -> (Join, Editor) {
    let url = format!("{}/join#host={}", server.url(), server.host_secret());
    let join = Join::start(&url, "Ada", &[]).await;
    let editor = join.connects().await;
    editor.initializes_with(json!({ "supportsVariablePaging": true })).await;
    editor.comes_in(json!({})).await;
    (join, editor)
}

/// Waits for an event on a breakpoint that is so; the breakpoint.
pub async fn told(editor: &Editor, what: impl Fn(&Value) -> bool) -> Value {
    loop {
        let body = editor.event("breakpoint").await;
        if what(&body["breakpoint"]) {
            return body["breakpoint"].clone();
        }
    }
}

fn names(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// The indices of items; debugpy fills them up with zeros.
fn indices(items: &Value) -> Vec<u32> {
    names(items).iter().filter_map(|name| name.parse().ok()).collect()
}

#[tokio::test]
async fn a_hosts_editor_completes_sets_goes_elsewhere_and_picks_a_call() {
    let debuggee = Debuggee::start(DEEP).await;
    let server = Server::share(&debuggee).await;
    let (_join, editor) = hosts_editor(&server).await;
    let bob = server.guest_inside("Bob").await;
    editor.sets(debuggee.script_path(), &[CALLS_LINE]).await;
    let stop = editor.stops().await;
    assert_eq!(stop.line(), u64::from(CALLS_LINE));
    let frame = &stop.frame["id"];

    // The program's own completions, in UTF-16 columns.
    let typed = json!({ "frameId": frame, "text": "'😀', lamp.lev", "column": 15 });
    let targets = editor.does("completions", typed).await["targets"].clone();
    let level = targets.as_array().unwrap().iter().find(|target| target["label"] == "level");
    let level = level.unwrap_or_else(|| panic!("{targets}"));
    assert_eq!((&level["start"], &level["length"]), (&json!(12), &json!(3)));

    // Setting what is no variable by itself; the room sees it.
    let set = json!({ "frameId": frame, "expression": "lamp.level", "value": "17" });
    let hex =
        json!({ "frameId": frame, "expression": "lamp.level", "value": "18", "format": { "hex": true } });
    assert_eq!(editor.does("setExpression", set).await["value"], "17");
    assert_eq!(editor.does("setExpression", hex).await["value"], "0x12");
    bob.sees_events("expression_set", 2).await;
    let level = json!({ "frameId": frame, "expression": "lamp.level", "context": "watch" });
    assert_eq!(editor.does("evaluate", level).await["result"], "18");
    let cannot = json!({ "frameId": frame, "expression": "lamp.nothing.at_all", "value": "1" });
    assert!(editor.refused("setExpression", cannot).await.contains("nothing"));

    // Going to another line of the function, and not out of it.
    let place = |line: u32| json!({ "source": stop.frame["source"], "line": line });
    let target = editor.does("gotoTargets", place(CALLS_LINE + 2)).await["targets"][0].clone();
    assert_eq!(target["line"], CALLS_LINE + 2);
    editor.does("goto", json!({ "threadId": stop.thread, "targetId": target["id"] })).await;
    let there = editor.stops().await;
    assert_eq!((there.line(), &there.body["reason"]), (u64::from(CALLS_LINE) + 2, &json!("goto")));
    assert!(!there.variables.iter().any(|item| item["name"] == "second"), "{:?}", there.variables);
    bob.sees_stop_at("app.py", CALLS_LINE + 2).await;
    let outside = editor.does("gotoTargets", place(2)).await["targets"][0]["id"].clone();
    let sentence = editor.refused("goto", json!({ "threadId": there.thread, "targetId": outside })).await;
    assert!(sentence.contains("current code block"), "{sentence}");
    let again = editor.stops().await;
    assert_eq!(again.line(), there.line(), "and the editor is where the program is");
    let stale = json!({ "threadId": again.thread, "targetId": target["id"] });
    assert!(editor.refused("goto", stale).await.contains("earlier stop"));
    // A goto that is refused at the same stop shows it again.
    let again = editor.stops().await;

    let back = editor.does("gotoTargets", place(CALLS_LINE)).await["targets"][0]["id"].clone();
    editor.does("goto", json!({ "threadId": again.thread, "targetId": back })).await;
    let stop = editor.stops().await;
    assert_eq!(stop.line(), u64::from(CALLS_LINE));
    let calls = editor.does("stepInTargets", json!({ "frameId": stop.frame["id"] })).await["targets"].clone();
    let calls = calls.as_array().unwrap();
    assert_eq!(calls.len(), 3, "{calls:?}");
    let last = calls.iter().rfind(|call| call["label"].as_str().unwrap().starts_with("outer")).unwrap();
    editor.does("stepIn", json!({ "threadId": stop.thread, "targetId": last["id"] })).await;
    let inside = editor.stops().await;
    assert_eq!((inside.line(), inside.value("x")), (6, "2"), "the second call of it");
}

#[tokio::test]
async fn long_lists_come_by_pages_and_a_raise_is_told() {
    let debuggee = Debuggee::start(DEEP).await;
    let server = Server::share(&debuggee).await;
    let (_join, editor) = hosts_editor(&server).await;
    editor.sets(debuggee.script_path(), &[CALLS_LINE]).await;
    let stop = editor.stops().await;
    let numbers = stop.variable("numbers")["variablesReference"].clone();
    let whole = editor.does("variables", json!({ "variablesReference": numbers })).await["variables"].clone();
    let shown = names(&whole);
    let last = whole.as_array().unwrap().last().unwrap();
    assert!(last["value"].as_str().unwrap().ends_with(" more of 150000"), "{last}");
    assert!(!shown.contains(&"more") && shown.contains(&"len()"), "{shown:?}");
    // What comes next follows on what was shown, without a gap.
    let from = u32::try_from(indices(&whole).len()).unwrap();
    assert_eq!(last["name"], format!("[{from} …]"));
    let rest = editor.does("variables", json!({ "variablesReference": last["variablesReference"] })).await;
    assert_eq!(indices(&rest["variables"]), (from..from + 500).collect::<Vec<_>>());

    // An editor's own pages, also across what debugpy lists; the last is the end.
    let own = |start: u32, count: u32, hex: bool| json!({ "variablesReference": numbers, "filter": "indexed", "start": start, "count": count, "format": { "hex": hex } });
    for (start, count, has) in [(0, 100, 100), (250, 100, 100), (149_990, 100, 10), (149_999, 1, 1)] {
        let page = editor.does("variables", own(start, count, false)).await["variables"].clone();
        assert_eq!(indices(&page), (start..start + has).collect::<Vec<_>>());
        let values = page.as_array().unwrap().iter().map(|item| item["value"].as_str().unwrap());
        assert!(values.eq((start..start + has).map(|n| n.to_string())), "{page}");
    }
    let page = editor.does("variables", own(149_990, 1, true)).await;
    assert_eq!(page["variables"][0]["value"], "0x249e6");
    let again = editor.does("variables", json!({ "variablesReference": stop.locals })).await;
    let numbers = again["variables"].as_array().unwrap().iter().find(|item| item["name"] == "numbers");
    assert_eq!(numbers.unwrap()["indexedVariables"], 150_000);

    // An exception that is caught: where it is raised.
    editor.sets(debuggee.script_path(), &[]).await;
    editor.does("setExceptionBreakpoints", json!({ "filters": ["raised"] })).await;
    editor.does("continue", json!({ "threadId": stop.thread })).await;
    let stop = editor.stops().await;
    assert_eq!((stop.line(), &stop.body["reason"]), (u64::from(RAISE_LINE), &json!("exception")));
    let info = editor.does("exceptionInfo", json!({ "threadId": stop.thread })).await;
    assert_eq!(
        (&info["exceptionId"], &info["breakMode"], &info["description"]),
        (&json!("ValueError"), &json!("always"), &json!("level out of range"))
    );
}

#[tokio::test]
async fn functions_stop_everybodys_editors_and_muted_ones_say_so() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let (bob, cai) = (
        Join::start(&server.invite_url(), "Bob", &[]).await,
        Join::start(&server.invite_url(), "Cai", &[]).await,
    );
    let (one, two) = (bob.editor().await, cai.editor().await);
    let list = json!({ "breakpoints": [{ "name": "tick" }, { "name": "nowhere_at_all" }] });
    let set = one.does("setFunctionBreakpoints", list).await["breakpoints"].clone();
    assert_eq!((&set[0]["verified"], &set[1]["verified"]), (&json!(true), &json!(false)), "{set}");
    assert!(set[1]["message"].as_str().unwrap().contains("No such function"), "{set}");
    ada.sees("both in the room", |now| {
        let mut names = now.breakpoints.values().map(|it| it.entry.function.clone().unwrap_or_default());
        now.breakpoints.len() == 2 && names.any(|name| name == "tick")
    })
    .await;
    for editor in [&one, &two] {
        let stop = editor.stops().await;
        assert_eq!(
            (&stop.body["reason"], &stop.frame["name"]),
            (&json!("function breakpoint"), &json!("tick"))
        );
    }
    // No event can name a function: the others' consoles do.
    two.sees_output("Bob set a breakpoint on function `tick`").await;

    // Muted in the room: who set it sees why it doesn't stop.
    ada.sends(Command::MuteAll { muted: true }).await.done();
    let mine = |it: &Value, verified: bool| it["id"] == set[0]["id"] && it["verified"] == verified;
    let muted = told(&one, |it| mine(it, false)).await;
    assert!(muted["message"].as_str().unwrap().contains("muted in the room"), "{muted}");
    ada.sends(Command::MuteAll { muted: false }).await.done();
    let back = told(&one, |it| mine(it, true)).await;
    assert_eq!(back.get("message"), None);
    // On lines, everybody sees it.
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    let line = told(&two, |it| it["line"] == TICK_LINE && it["verified"] == true).await;
    ada.sends(Command::MuteMine { muted: true }).await.done();
    let muted = told(&two, |it| it["id"] == line["id"]).await;
    assert_eq!((&muted["verified"], &muted["line"]), (&json!(false), &json!(TICK_LINE)));
    assert_eq!(muted["message"], "Ada's breakpoints are muted in the room.");

    one.does("setFunctionBreakpoints", json!({ "breakpoints": [] })).await;
    ada.sees("Bob's are gone", |now| now.breakpoints.len() == 1).await;
    // No editor was told of a file without a path, and Cai's only of what has a line.
    for editor in [&one, &two] {
        let all = editor.sees("all of it", |messages, _| Some(messages.to_vec())).await;
        let all: Vec<&Value> =
            all.iter().filter(|m| m["event"] == "breakpoint").map(|m| &m["body"]).collect();
        assert!(!all.is_empty() && all.iter().all(|body| body["breakpoint"]["source"]["path"] != ""));
        assert!(all.iter().all(|body| body["reason"] != "new" || body["breakpoint"]["line"] == TICK_LINE));
    }
}

#[tokio::test]
async fn what_was_disarmed_is_shown_so_also_to_who_comes_later() {
    let debuggee = Debuggee::start(HOT).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = Join::start(&server.invite_url(), "Bob", &[]).await;
    let editor = bob.editor().await;
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.sets("hot", debuggee.script_path(), HOT_LINE, &[("condition", "me == 5")]).await;
    let disarmed = |it: &Value| it["message"].as_str().is_some_and(|why| why.contains("times a second"));
    let off = told(&editor, disarmed).await;
    assert_eq!((&off["line"], &off["verified"]), (&json!(HOT_LINE), &json!(false)));
    assert!(off["message"].as_str().unwrap().contains("rearm it in the room"), "{off}");
    // An editor that comes later is told the same, and its list doesn't take it for its own.
    let late = bob.editor().await;
    let same = told(&late, |it| it["line"] == HOT_LINE).await;
    assert_eq!((&same["verified"], &same["message"]), (&json!(false), &off["message"]));
}
