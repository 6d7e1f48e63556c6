//! Stacks that are deeper than what is captured unasked: read further on demand, by people and by editors.

use crate::support::{Join, Server};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Event, Snapshot};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};

/// Its bottom is [`DEPTH`] calls down.
const RECURSIVE: &str = r#"import sys
import time

sys.setrecursionlimit(5_000)

def down(depth):
    if depth == 0:
        time.sleep(0.02)
        return 0
    return down(depth - 1) + 1

while True:
    down(1_500)
"#;
const BOTTOM_LINE: u32 = 8;
const DEPTH: usize = 1_500;
/// The module, where the first call is; how the program was started may add to that.
const MODULE: usize = DEPTH + 1;

fn told(now: &Snapshot) -> usize {
    now.stop.as_ref().and_then(|stop| stop.stacks.get(&stop.thread)).map_or(0, |stack| stack.frames.len())
}

#[tokio::test]
async fn a_deep_recursion_is_read_to_its_outermost_frame() {
    let debuggee = Debuggee::start(RECURSIVE).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), BOTTOM_LINE, &[]).await;
    ada.sees_stop_at("app.py", BOTTOM_LINE).await;
    let first = told(&ada.now());
    let view = ada.now().stop.unwrap();
    let thread = view.thread;
    let total = view.stacks[&thread].total as usize;
    assert!(first > 0 && first < MODULE && total > MODULE, "{first} of {total}");

    // Anyone may look, and everybody sees it.
    let (stop, want) = (ada.stop(), |frames: usize| Some(u32::try_from(frames).unwrap()));
    eve.sends(Command::Stack { stop, thread, frames: want(first + 100) }).await.done();
    ada.sees("a hundred more", |now| told(now) == first + 100).await;
    // What is there is not asked for again.
    eve.sends(Command::Stack { stop, thread, frames: want(first + 50) }).await.done();
    eve.sends(Command::Stack { stop, thread, frames: None }).await.done();
    // Two at once, one of them for more than there is.
    let all = Command::Stack { stop, thread, frames: want(4_000) };
    let (one, other) = tokio::join!(eve.sends(all.clone()), ada.sends(all));
    one.done();
    other.done();
    let now = ada.sees("all of it", |now| told(now) == total).await;
    let stack = &now.stop.as_ref().unwrap().stacks[&thread];
    assert_eq!(stack.frames[MODULE].name, "<module>");
    let starts: Vec<u32> = ada
        .events()
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Stack { start, .. } => Some(*start),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [0, first as u32, first as u32 + 100], "each frame was told once");

    // The outermost frames are frames like any other.
    let outer = stack.frames[DEPTH].id;
    eve.sends(Command::Scopes { stop, frame: outer }).await.done();
    let scopes = eve.sees("its scopes", |now| now.stop.as_ref().unwrap().scopes.contains_key(&outer)).await;
    let locals = scopes.stop.unwrap().scopes[&outer][0].variables;
    eve.sends(Command::Variables { stop, variables: locals }).await.done();
    let depth = |now: &Snapshot| {
        let set = now.stop.as_ref()?.variables.get(&locals)?;
        set.items.iter().find(|item| item.name == "depth").map(|item| item.value.clone())
    };
    assert_eq!(depth(&eve.sees("its locals", |now| depth(now).is_some()).await).unwrap(), DEPTH.to_string());
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", BOTTOM_LINE + 1).await;
}

#[tokio::test]
async fn an_editor_reads_it_by_pages_or_whole() {
    let debuggee = Debuggee::start(RECURSIVE).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let join = Join::start(&server.invite_url(), "Vim", &[]).await;
    let editor = join.editor().await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), BOTTOM_LINE, &[]).await;
    let thread = editor.stops().await.thread;

    let first = editor.does("stackTrace", json!({ "threadId": thread, "levels": 1 })).await;
    let total = usize::try_from(first["totalFrames"].as_u64().unwrap()).unwrap();
    assert!(total > MODULE, "all that there are: {total}");
    let page = async |start: usize, levels: Value| {
        let asked = json!({ "threadId": thread, "startFrame": start, "levels": levels });
        let body = editor.does("stackTrace", asked).await;
        assert_eq!(body["totalFrames"], total);
        body["stackFrames"].as_array().unwrap().clone()
    };
    assert_eq!(page(0, json!(20)).await.len(), 20);
    assert_eq!(page(190, json!(20)).await.len(), 20, "over the end of what was captured");
    let last = page(MODULE, json!(100)).await;
    assert_eq!((last.len(), last[0]["name"].as_str()), (total - MODULE, Some("<module>")));
    let all = page(0, Value::Null).await;
    assert_eq!(all.len(), total, "without a number: all");
    assert_eq!(all[MODULE]["id"], last[0]["id"], "the same frame");
    assert!(page(total + 10, json!(20)).await.is_empty());
}
