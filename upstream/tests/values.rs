//! Our own evaluations against real debugpy: pages, texts, tables, setting, copying, completing, reprs that misbehave, and
//! what threads and tasks do. Each holds something that the code relies on inside of pydevd.
#![allow(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod common;

use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::TaskState;
use breakroom_protocol::upstream::{
    Answer, AskError, Request, UpstreamFrameInfo, UpstreamReference, UpstreamVariable, Urgency,
};
use breakroom_test_support::debuggee::Debuggee;
use common::{Client, setup};
use std::time::{Duration, Instant};

async fn stopped_at(script: &str, line: u32) -> (Debuggee, Client, ThreadId, Vec<UpstreamFrameInfo>) {
    let debuggee = Debuggee::start_waiting(script).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[line])).await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    (debuggee, client, thread, frames)
}

/// The line that ends with `# here`.
fn here(script: &str) -> u32 {
    let at = script.lines().position(|line| line.ends_with("# here")).unwrap();
    u32::try_from(at + 1).unwrap()
}

fn reference(items: &[UpstreamVariable], name: &str) -> UpstreamReference {
    let item = items.iter().find(|item| item.name == name);
    item.and_then(|item| item.reference).unwrap_or_else(|| panic!("{name}: {item:?}"))
}

async fn scope(client: &mut Client, frame: &UpstreamFrameInfo) -> UpstreamReference {
    match client.ask(Request::Scopes(frame.id), Urgency::Capture).await.unwrap() {
        Answer::Scopes(scopes) => scopes[0].reference,
        other => panic!("{other:?}"),
    }
}

async fn page(
    client: &mut Client,
    reference: UpstreamReference,
    start: u64,
    count: u32,
) -> Result<(u64, Vec<UpstreamVariable>), AskError> {
    let request = Request::Page { reference, start, count };
    client.ask(request, Urgency::Browse).await.map(|answer| match answer {
        Answer::Page { total, items } => (total, items),
        other => panic!("{other:?}"),
    })
}

const LARGE: &str = r#"import collections, time
class Lamp:
    def __init__(self): self.level = 3
class Key:
    def __init__(self, n): self.n = n
    def __repr__(self): return "Key"
class Mine(list):
    def __getitem__(self, at): time.sleep(60)
    def __iter__(self): time.sleep(60)
def f():
    n = 1_000_000
    numbers = list(range(n)); mapping = {i: [i] for i in range(n)}; unique = set(range(n))
    pair = tuple(numbers); queue = collections.deque(numbers); far = range(10**15)
    ordered = collections.OrderedDict((i, i) for i in range(300)); ordered.move_to_end(0)
    empty = []; lamp = Lamp(); lamps = [Lamp() for _ in range(600)]; mine = Mine(range(200))
    same = {Key(1): "a", Key(2): "b"}; views = mapping.keys(); gen = (x for x in numbers)
    return n  # here
f()
"#;

#[tokio::test]
async fn pages_of_a_million_items_take_milliseconds_wherever_they_are() {
    let (_debuggee, mut client, _, frames) = stopped_at(LARGE, here(LARGE)).await;
    let locals = client.locals(&frames[0]).await;
    for name in ["numbers", "mapping", "unique", "pair", "queue", "views"] {
        for start in [0, 999_900] {
            let began = Instant::now();
            let (total, items) = page(&mut client, reference(&locals, name), start, 100).await.unwrap();
            let took = began.elapsed();
            println!("{name} from {start}: {took:?}");
            assert_eq!((total, items.len()), (1_000_000, 100), "{name}");
            // Bounded: a million items asked of debugpy one by one take seconds.
            assert!(took < Duration::from_secs(1), "{name} from {start}: {took:?}");
        }
    }
    let (_, last) = page(&mut client, reference(&locals, "numbers"), 999_990, 100).await.unwrap();
    assert_eq!(last.len(), 10, "what there is");
    let name_and_value = (last[9].name.as_str(), last[9].value.as_str(), last[9].evaluate_name.as_deref());
    assert_eq!(name_and_value, ("999999", "999999", Some("numbers[999999]")));
    let (total, items) = page(&mut client, reference(&locals, "far"), 10u64.pow(15) - 1, 5).await.unwrap();
    assert_eq!((total, items[0].value.as_str()), (10u64.pow(15), "999999999999999"));
    let (_, items) = page(&mut client, reference(&locals, "ordered"), 298, 5).await.unwrap();
    assert_eq!(items[1].name, "0", "in the container's own order");
    let (_, items) = page(&mut client, reference(&locals, "mine"), 150, 1).await.unwrap();
    assert_eq!(items[0].value, "150", "by the builtin type's own methods");
    let (_, items) = page(&mut client, reference(&locals, "same"), 0, 5).await.unwrap();
    assert_ne!(items[0].name, items[1].name, "keys that look alike are told apart");

    // What is in a page can be expanded, as anything else.
    let (_, items) = page(&mut client, reference(&locals, "lamps"), 500, 1).await.unwrap();
    let inside = client.ask(Request::Variables(items[0].reference.unwrap()), Urgency::Browse).await;
    let Ok(Answer::Variables(inside)) = inside else { panic!("{inside:?}") };
    assert!(inside.iter().any(|item| item.name == "level" && item.value == "3"), "{inside:?}");
    let (_, items) = page(&mut client, reference(&locals, "mapping"), 999_999, 1).await.unwrap();
    let (_, inner) = page(&mut client, items[0].reference.unwrap(), 0, 1).await.unwrap();
    assert_eq!(inner[0].evaluate_name.as_deref(), Some("mapping[999999][0]"));
    // And has a name for other requests.
    let text =
        Request::Text { reference: reference(&locals, "numbers"), name: "1".into(), start: 0, count: 1 };
    let refused = client.ask(text, Urgency::Browse).await;
    assert!(matches!(&refused, Err(AskError::Refused(why)) if why.contains("is a int")), "{refused:?}");
}

#[tokio::test]
async fn pages_that_are_not_there_say_so() {
    let (_debuggee, mut client, thread, frames) = stopped_at(LARGE, here(LARGE)).await;
    let locals = client.locals(&frames[0]).await;
    assert_eq!(page(&mut client, reference(&locals, "empty"), 0, 10).await.unwrap(), (0, Vec::new()));
    for (name, start) in [("empty", 1), ("numbers", 1_000_000), ("unique", u64::MAX / 4)] {
        let found = page(&mut client, reference(&locals, name), start, 10).await;
        assert!(matches!(&found, Err(AskError::OutOfRange(why)) if why.contains("items")), "{found:?}");
    }
    for name in ["lamp", "gen"] {
        let found = page(&mut client, reference(&locals, name), 0, 10).await;
        assert!(matches!(&found, Err(AskError::Refused(why)) if why.contains("no pages")), "{found:?}");
    }
    let scope = scope(&mut client, &frames[0]).await;
    assert!(matches!(page(&mut client, scope, 0, 1).await, Err(AskError::Refused(_))));
    assert!(matches!(page(&mut client, UpstreamReference(987_654), 0, 1).await, Err(AskError::Refused(_))));
    // The program runs on: what its references stood for is gone.
    let numbers = reference(&locals, "numbers");
    client.control(Request::StepOut(thread)).await;
    client.stop().await;
    let gone = page(&mut client, numbers, 0, 10).await;
    assert!(matches!(&gone, Err(AskError::Refused(why)) if why.contains("run on")), "{gone:?}");
}

const TEXTS: &str = r#"def f():
    long = "aé😀b" * 500_000
    raw = bytes(range(256)) * 10_000
    packed = {"inside": ["x" * 100_000], ("a", 1): "tuple"}
    number = 5
    return long  # here
f()
"#;

#[tokio::test]
async fn texts_and_bytes_are_read_by_windows() {
    let (_debuggee, mut client, _, frames) = stopped_at(TEXTS, here(TEXTS)).await;
    let locals = client.locals(&frames[0]).await;
    let scope = scope(&mut client, &frames[0]).await;
    let mut read = async |reference, name: &str, start, count| {
        let request = Request::Text { reference, name: name.to_owned(), start, count };
        client.ask(request, Urgency::Browse).await
    };
    let piece = |total, text: &str| Ok(Answer::Text { total, text: text.to_owned() });
    assert_eq!(read(scope, "long", 1_999_997, 10).await, piece(2_000_000, "é😀b"));
    assert_eq!(read(scope, "long", 1_000_000, 5).await, piece(2_000_000, "aé😀ba"));
    let Ok(Answer::Text { text, .. }) = read(scope, "long", 0, 65_536).await else { panic!("a window") };
    assert_eq!(text, "aé😀b".repeat(16_384));
    assert_eq!(read(scope, "raw", 36, 6).await, piece(2_560_000, r"$%&\'()"));
    assert_eq!(read(scope, "raw", 254, 4).await, piece(2_560_000, r"\xfe\xff\x00\x01"));
    let packed = reference(&locals, "packed");
    assert_eq!(read(packed, "('a', 1)", 0, 10).await, piece(5, "tuple"));
    assert!(matches!(read(scope, "long", 2_000_000, 1).await, Err(AskError::OutOfRange(_))));
    assert!(matches!(read(scope, "number", 0, 1).await, Err(AskError::Refused(_))));
    assert!(matches!(read(scope, "nobody", 0, 1).await, Err(AskError::Refused(_))));
}

const REPRS: &str = r#"import threading, time
lock = threading.Lock()
class Slow:
    def __repr__(self):
        time.sleep(2); return "slow"
class Bad:
    def __repr__(self): raise ValueError("no")
class Exits:
    def __repr__(self): raise SystemExit(3)
class Loop:
    def __repr__(self):
        while True: pass
class Locked:
    def __repr__(self):
        with lock: return "unlocked"
class Fine:
    def __repr__(self): return "fine"
    @property
    def level(self): raise ValueError("it's \\new")
    @property
    def led(self):
        try: self.nothing
        except AttributeError: raise KeyError("led to")
def f(n):
    bad, exits, fine, locked, loop, slow = Bad(), Exits(), Fine(), Locked(), Loop(), Slow()
    keyed = {Bad(): 1, Fine(): 2}
    return n  # here
with lock:
    f(1)
f(2)
f(3)
"#;

#[tokio::test]
async fn a_repr_that_hangs_or_raises_holds_nothing_up() {
    let (debuggee, mut client, thread, frames) = stopped_at(REPRS, here(REPRS)).await;
    let value = |items: &[UpstreamVariable], name: &str| {
        items.iter().find(|item| item.name == name).unwrap().value.clone()
    };
    let began = Instant::now();
    let locals = client.locals(&frames[0]).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "one second for all of them that miss their deadline: {took:?}");
    assert_eq!(value(&locals, "bad"), "<Bad: repr raised ValueError: no>");
    assert_eq!(value(&locals, "exits"), "<Exits: repr raised SystemExit: 3>");
    assert_eq!(value(&locals, "fine"), "fine");
    assert_eq!(value(&locals, "keyed"), "{<Bad: repr raised ValueError: no>: 1, fine: 2}");
    assert_eq!(value(&locals, "locked"), "<Locked: repr took longer than 0.3 s>");
    assert_eq!(value(&locals, "loop"), "<Loop: repr took longer than 0.3 s>");
    assert!(value(&locals, "slow").starts_with("<Slow: repr "), "{}", value(&locals, "slow"));
    let attributes = Request::Variables(reference(&locals, "fine"));
    let Ok(Answer::Variables(attributes)) = client.ask(attributes, Urgency::Browse).await else { panic!() };
    assert_eq!(value(&attributes, "level"), "<raised ValueError: it's \\new>");
    assert_eq!(value(&attributes, "led"), "<raised KeyError: 'led to'>");
    let bad = client.evaluate(Some(&frames[0]), "bad").await.unwrap();
    assert_eq!(bad.value, "<Bad: repr raised ValueError: no>");
    let began = Instant::now();
    let slow = client.evaluate(Some(&frames[0]), "Slow()").await.unwrap();
    assert_eq!(slow.value, "<Slow: repr took longer than 0.3 s>");
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    // Who has time gets it whole.
    let request = Request::Copy { frame: frames[0].id, expression: "slow".to_owned() };
    let copied = client.ask(request, Urgency::Browse).await;
    assert!(matches!(&copied, Ok(Answer::Value(value)) if value.value == "slow"), "{copied:?}");
    // What waited for the lock ends when the program lets go of it, and is read anew.
    client.control(Request::Continue(thread)).await;
    client.stop().await;
    let frames = client.stack(thread).await;
    let again = client.locals(&frames[0]).await;
    assert_eq!(value(&again, "locked"), "unlocked");
    assert_eq!(value(&again, "n"), "2");
    let printed = debuggee.printed();
    assert!(!printed.iter().any(|line| line.contains("Exception")), "the program isn't told: {printed:?}");
}

const SETTABLE: &str = r#"class Lamp:
    def __init__(self): self.level = 3
    @property
    def bright(self): return self.level
    @bright.setter
    def bright(self, value):
        if value > 255: raise ValueError("too bright")
        self.level = value
counter = 0
def count():
    global counter
    counter += 1
    return counter
def f(number):
    lamp, levels, fixed, by_name, names = Lamp(), [1, 2, 3], (1, 2), {"a": 1, 2: "b"}, {"x"}
    return number  # here
def g():
    outer = 1
    f(5)
    return outer
g()
"#;

#[tokio::test]
async fn setting_evaluates_once_and_what_fails_says_why() {
    let (_debuggee, mut client, _, frames) = stopped_at(SETTABLE, here(SETTABLE)).await;
    let locals = client.locals(&frames[0]).await;
    let scope_of = scope(&mut client, &frames[0]).await;
    let outer = scope(&mut client, &frames[1]).await;
    let (top, below) = (frames[0].id, frames[1].id);
    let set = async |client: &mut Client, frame, reference, name: &str, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        let answer = client.ask(Request::Assign { frame, reference, name, value }, Urgency::Capture).await;
        answer.map(|answer| match answer {
            Answer::Value(value) => value.value,
            other => panic!("{other:?}"),
        })
    };
    let lamp = reference(&locals, "lamp");
    let (levels, by_name) = (reference(&locals, "levels"), reference(&locals, "by_name"));
    assert_eq!(set(&mut client, top, scope_of, "number", "count() + number").await.unwrap(), "6");
    assert_eq!(set(&mut client, below, outer, "outer", "outer + 10").await.unwrap(), "11");
    assert_eq!(set(&mut client, top, levels, "1", "count()").await.unwrap(), "2");
    assert_eq!(set(&mut client, top, by_name, "'a'", "[count()]").await.unwrap(), "[3]");
    assert_eq!(set(&mut client, top, by_name, "2", "'c'").await.unwrap(), "'c'");
    assert_eq!(set(&mut client, top, lamp, "bright", "200").await.unwrap(), "200");
    for (reference, name, value, why) in [
        (scope_of, "number", "1 / 0", "ZeroDivisionError"),
        (scope_of, "number", "x = 3", "SyntaxError"),
        (scope_of, "nothing", "1", "no variable nothing"),
        (reference(&locals, "fixed"), "0", "1", "does not support item assignment"),
        (lamp, "bright", "300", "too bright"),
        (lamp, "nothing", "1", "no nothing here"),
    ] {
        let failed = set(&mut client, top, reference, name, value).await;
        assert!(matches!(&failed, Err(AskError::Refused(said)) if said.contains(why)), "{name}: {failed:?}");
    }
    let express = async |client: &mut Client, target: &str, value: &str| {
        let (target, value) = (target.to_owned(), value.to_owned());
        let answer =
            client.ask(Request::AssignExpression { frame: top, target, value }, Urgency::Capture).await;
        answer.map(|answer| match answer {
            Answer::Value(value) => value.value,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(express(&mut client, "lamp.level", "count()").await.unwrap(), "4");
    assert_eq!(express(&mut client, "levels[-1]", "count()").await.unwrap(), "5");
    assert_eq!(express(&mut client, "levels[count() - 6]", "0").await.unwrap(), "0");
    assert_eq!(express(&mut client, "number", "'six'").await.unwrap(), "'six'");
    assert_eq!(express(&mut client, "counter", "100").await.unwrap(), "100");
    for (target, why) in [
        ("lamp.level + 1", "Only a name"),
        ("fixed[0]", "does not support"),
        ("unknown", "no variable unknown"),
        ("(", "SyntaxError"),
        ("lamp.bright, number", "Only a name"),
    ] {
        let failed = express(&mut client, target, "1").await;
        assert!(
            matches!(&failed, Err(AskError::Refused(said)) if said.contains(why)),
            "{target}: {failed:?}"
        );
    }
    let now = client.evaluate(Some(&frames[0]), "(number, lamp.level, levels, counter)").await.unwrap();
    assert_eq!(now.value, "('six', 4, [0, 2, 5], 100)");
    assert_eq!(client.evaluate(Some(&frames[0]), "by_name").await.unwrap().value, "{'a': [3], 2: 'c'}");
    let now = client.evaluate(Some(&frames[1]), "outer").await.unwrap();
    assert_eq!(now.value, "11");
}

#[tokio::test]
async fn copies_are_whole_and_completions_run_nothing_but_attributes() {
    let (_debuggee, mut client, _, frames) = stopped_at(SETTABLE, here(SETTABLE)).await;
    let frame = frames[0].id;
    let copy = async |client: &mut Client, expression: &str| {
        let request = Request::Copy { frame, expression: expression.to_owned() };
        client.ask(request, Urgency::Browse).await.map(|answer| match answer {
            Answer::Value(value) => value.value,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(copy(&mut client, "list(range(20_000))").await.unwrap().matches(", ").count(), 19_999);
    let emoji = copy(&mut client, "'😀' * 5_000_000").await.unwrap();
    assert_eq!(emoji.chars().count(), 1_000_001);
    assert!(emoji.ends_with('…'));
    assert!(matches!(copy(&mut client, "1 / 0").await, Err(AskError::Refused(_))));
    let complete = async |client: &mut Client, text: &str| {
        let column = u32::try_from(text.chars().count()).unwrap();
        let request = Request::Complete { frame, text: text.to_owned(), column };
        match client.ask(request, Urgency::Browse).await.unwrap() {
            Answer::Completions(items) => items,
            other => panic!("{other:?}"),
        }
    };
    let found = complete(&mut client, "1 + lamp.le").await;
    let first = &found[0];
    let shown = (first.label.as_str(), first.kind.as_deref(), first.start, first.length);
    assert_eq!(shown, ("level", Some("field"), 9, 2));
    assert_eq!(complete(&mut client, "x = 1\nnum").await[0].label, "number");
    assert_eq!(complete(&mut client, "lamp.bri").await[0].kind.as_deref(), Some("property"));
    let everything = complete(&mut client, "").await;
    assert!(everything.iter().any(|one| one.label == "levels") && everything.len() <= 300);
    for (items, label) in
        [("levels[0].rea", "real"), ("by_name['a'].rea", "real"), ("x(levels[-1].rea", "real")]
    {
        assert_eq!(complete(&mut client, items).await.first().map(|one| one.label.as_str()), Some(label));
    }
    for nothing in [
        "count().re",
        "nobody.x",
        "'",
        "é.",
        "levels[count()].re",
        "levels[9].re",
        "lamp[0].re",
        "by_name[2.re",
        "5.",
    ] {
        assert_eq!(complete(&mut client, nothing).await.first(), None, "{nothing}");
    }
    assert_eq!(client.evaluate(Some(&frames[0]), "counter").await.unwrap().value, "0");
}

const CALLS: &str = r#"def a(): return 1
def b(x): return x + 1
def f():
    first = 0
    second = b(a()) + b(2)  # here
    third = second
    return third
f()
"#;

#[tokio::test]
async fn one_call_of_a_line_is_stepped_into_and_another_line_is_gone_to() {
    let (debuggee, mut client, thread, frames) = stopped_at(CALLS, here(CALLS)).await;
    let targets = client.ask(Request::StepInTargets(frames[0].id), Urgency::Browse).await.unwrap();
    let Answer::StepInTargets(targets) = targets else { panic!("{targets:?}") };
    let labels: Vec<_> = targets.iter().map(|target| target.label.as_str()).collect();
    assert_eq!(labels.len(), 3, "{labels:?}");
    let target = targets.iter().find(|target| target.label.starts_with("a(")).unwrap_or(&targets[0]).id;
    let path = debuggee.script_path().to_str().unwrap().to_owned();
    let goto = async |client: &mut Client, line| {
        let request = Request::GotoTargets { path: path.clone(), line };
        let Ok(Answer::GotoTarget(Some(target))) = client.ask(request, Urgency::Control).await else {
            panic!("a target")
        };
        client.ask(Request::Goto { thread, target }, Urgency::Control).await
    };
    assert_eq!(goto(&mut client, 7).await, Ok(Answer::Done));
    assert_eq!(client.stop().await, ("goto".to_owned(), thread));
    assert_eq!(client.line(thread).await, 7);
    for line in [1, 900] {
        let refused = goto(&mut client, line).await;
        assert!(
            matches!(&refused, Err(AskError::Refused(why)) if why.contains("current code block")),
            "{refused:?}"
        );
    }
    assert_eq!(goto(&mut client, 5).await, Ok(Answer::Done));
    client.stop().await;
    let top = client.stack(thread).await[0].id;
    client.ask(Request::StepInTargets(top), Urgency::Browse).await.unwrap();
    let stepped = client.ask(Request::StepInTarget { thread, target }, Urgency::Control).await;
    assert_eq!(stepped, Ok(Answer::Done));
    client.stop().await;
    assert_eq!(client.stack(thread).await[0].name, "a");
    // While it runs a goto would never be answered: we do it ourselves.
    let cleared = Request::SetBreakpoints { path: path.clone(), breakpoints: Vec::new() };
    client.control(cleared).await;
    client.control(Request::Continue(thread)).await;
    let refused = client.ask(Request::Goto { thread, target: 0 }, Urgency::Control).await;
    assert!(matches!(refused, Err(AskError::Refused(_) | AskError::Gone)), "{refused:?}");
}

const ASYNC: &str = r#"import asyncio, queue, threading
async def agen():
    await asyncio.sleep(60)
    yield 1
async def consume():
    async for item in agen(): pass
async def waits(event): await event.wait()
async def helper():
    here = 1
    return here  # here
async def main():
    event = asyncio.Event()
    tasks = [asyncio.create_task(consume(), name="consumer"), asyncio.create_task(waits(event), name="waiter")]
    await asyncio.sleep(0.05)
    tasks.append(asyncio.create_task(waits(event), name="fresh"))
    await helper()
def native():
    held = {"deep": [1, 2]}
    queue.Queue().get()
threading.Thread(target=native, name="native", daemon=True).start()
threading.Thread(target=lambda: asyncio.run(waits(asyncio.Event())), name="other loop", daemon=True).start()
import time; time.sleep(1)
asyncio.run(main())
"#;

#[tokio::test]
async fn threads_and_tasks_say_what_they_do_and_native_threads_can_be_read() {
    let (_debuggee, mut client, thread, _) = stopped_at(ASYNC, here(ASYNC)).await;
    let activity = client.ask(Request::Activity, Urgency::Browse).await.unwrap();
    let Answer::Activity { threads, tasks, total_tasks } = activity else { panic!("{activity:?}") };
    assert_eq!((total_tasks, tasks.len()), (5, 5), "{tasks:?}");
    let functions = |name: &str| {
        let task = tasks.iter().find(|task| task.name == name).unwrap();
        let stack: Vec<_> = task.stack.iter().map(|place| place.function.clone()).collect();
        (task.state, stack, task.thread)
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let running = &tasks[0];
    assert_eq!((running.state, running.coroutine.as_str()), (TaskState::Running, "main"));
    let lines: Vec<_> = running.stack.iter().map(|place| (place.function.as_str(), place.line)).collect();
    assert_eq!(lines, [("main", 16), ("helper", 10)]);
    assert_eq!(running.thread, Some(thread));
    let (state, stack, on) = functions("consumer");
    assert_eq!((state, on), (TaskState::Waiting, Some(thread)));
    assert_eq!(stack, names(&["consume", "agen", "sleep"]));
    assert_eq!(functions("fresh").0, TaskState::Ready);
    let waiter = tasks.iter().find(|task| task.name == "waiter").unwrap();
    assert!(waiter.waits_for.as_ref().unwrap().contains("Future pending"), "{waiter:?}");
    let elsewhere = tasks.iter().find(|task| task.thread != Some(thread)).unwrap();
    assert_eq!((elsewhere.coroutine.as_str(), elsewhere.state), ("waits", TaskState::Waiting));

    let listed = client.ask(Request::Threads, Urgency::Browse).await.unwrap();
    let Answer::Threads(listed) = listed else { panic!("{listed:?}") };
    let native = listed.iter().find(|one| one.name == "native").unwrap().id;
    let doing = threads.iter().find(|one| one.id == native).unwrap();
    assert!(!doing.held);
    let place = doing.place.as_ref().unwrap();
    assert_eq!((place.function.as_str(), place.line), ("native", 19));
    assert!(threads.iter().find(|one| one.id == thread).unwrap().held);
    assert_eq!(elsewhere.thread, listed.iter().find(|one| one.name == "other loop").map(|one| one.id));

    // debugpy itself refuses to read what isn't paused.
    let frames = client.stack(native).await;
    let scopes = scope(&mut client, &frames[0]).await;
    assert!(matches!(
        client.ask(Request::Variables(scopes), Urgency::Browse).await,
        Err(AskError::Refused(_))
    ));
    let adopted = client.ask(Request::Adopt(native), Urgency::Browse).await;
    assert_eq!(adopted, Ok(Answer::Adopted { held: false }));
    let locals = client.locals(&frames[0]).await;
    assert_eq!(locals.iter().find(|item| item.name == "held").unwrap().value, "{'deep': [1, 2]}");
    let deep = client.ask(Request::Variables(reference(&locals, "held")), Urgency::Browse).await;
    assert!(matches!(&deep, Ok(Answer::Variables(items)) if items.iter().any(|item| item.value == "[1, 2]")));
    let adopted = client.ask(Request::Adopt(thread), Urgency::Browse).await;
    assert_eq!(adopted, Ok(Answer::Adopted { held: true }));
    // It changes nothing for the program.
    client.control(Request::StepOut(thread)).await;
    client.stop().await;
}

const TABLES: &str = r#"import collections
import numpy as np
import pandas as pd
Point = collections.namedtuple("Point", "x y")
def f():
    frame = pd.DataFrame({"name": ["b", "a", "c"], "n": [2, 1, 1], "f": [1.5, float("nan"), 2.0]}, index=["r1", "r2", "r3"])
    wide = pd.DataFrame(np.arange(3 * 120).reshape(3, 120))
    series = pd.Series(range(1_000_000), name="s")
    flat, grid, cube = np.arange(1_000_000), np.arange(12).reshape(3, 4), np.zeros((2, 2, 2))
    fields = np.array([(1, "x"), (0, "y")], dtype=[("a", "i4"), ("b", "U5")])
    dicts = [{"a": i % 3, "b": "x" * 300} for i in range(1000)]; dicts[5]["c"] = None; del dicts[7]["a"]
    tuples, points = [(3, "x"), (1, "y"), (2, "z")], [Point(1, 2), Point(0, 5)]
    columns, mixed = {"k": [3, 1, 2], "v": ["a", "b", "c"]}, [(1, "a"), ("b", 2)]
    too_many = [(i % 7, i) for i in range(1_000_001)]
    empty, number = [], {1: 5}
    return frame  # here
f()
"#;

#[tokio::test]
async fn tables_are_read_by_rows_and_sorted() {
    let (_debuggee, mut client, _, frames) = stopped_at(TABLES, here(TABLES)).await;
    let locals = client.locals(&frames[0]).await;
    let mut rows = async |name: &str, start, count, sort: Option<&str>, descending| {
        let (reference, sort) = (reference(&locals, name), sort.map(str::to_owned));
        let request = Request::Table { reference, start, count, sort, descending };
        client.ask(request, Urgency::Browse).await.map(|answer| match answer {
            Answer::Table(table) => table,
            other => panic!("{other:?}"),
        })
    };
    let table = rows("frame", 0, 10, None, false).await.unwrap();
    assert_eq!(table.columns, ["name", "n", "f"]);
    assert_eq!(table.index, ["r1", "r2", "r3"]);
    assert_eq!(table.rows, [["b", "2", "1.5"], ["a", "1", "nan"], ["c", "1", "2.0"]]);
    let table = rows("frame", 0, 10, Some("n"), false).await.unwrap();
    assert_eq!(table.index, ["r2", "r3", "r1"], "equal ones keep their order");
    assert_eq!(rows("frame", 0, 10, Some("f"), true).await.unwrap().index, ["r3", "r1", "r2"]);
    let table = rows("wide", 1, 1, None, false).await.unwrap();
    assert_eq!((table.columns.len(), table.total_columns, table.rows[0][49].as_str()), (50, 120, "169"));
    let table = rows("series", 0, 2, Some("s"), true).await.unwrap();
    assert_eq!((table.total, table.index[0].as_str()), (1_000_000, "999999"));
    assert_eq!(rows("flat", 999_999, 5, None, false).await.unwrap().rows, [["999999"]]);
    assert_eq!(rows("grid", 0, 5, Some("2"), true).await.unwrap().rows[0], ["8", "9", "10", "11"]);
    assert_eq!(rows("fields", 0, 5, Some("a"), false).await.unwrap().rows, [["0", "y"], ["1", "x"]]);
    let table = rows("dicts", 5, 3, None, false).await.unwrap();
    assert_eq!(table.columns, ["a", "b", "c"]);
    assert_eq!((table.rows[0][2].as_str(), table.rows[2][0].as_str()), ("None", ""));
    assert!(table.rows[0][1].ends_with('…') && table.rows[0][1].chars().count() == 200);
    assert_eq!(rows("tuples", 0, 5, Some("0"), false).await.unwrap().index, ["1", "2", "0"]);
    assert_eq!(rows("points", 0, 5, Some("x"), false).await.unwrap().columns, ["x", "y"]);
    assert_eq!(rows("columns", 0, 5, Some("k"), true).await.unwrap().rows[0], ["3", "a"]);
    assert_eq!(rows("too_many", 1_000_000, 5, None, false).await.unwrap().rows.len(), 1);
    for (name, start, sort, why) in [
        ("too_many", 0, Some("0"), "at most 1000000"),
        ("frame", 3, None, "3 rows"),
        ("frame", 0, Some("nobody"), "no column nobody"),
        ("mixed", 0, Some("0"), "can't be sorted"),
        ("cube", 0, None, "3 dimensions"),
        ("empty", 0, None, "no table"),
        ("number", 0, None, "no table"),
    ] {
        let failed = rows(name, start, 5, sort, false).await;
        let Err(AskError::Refused(said) | AskError::OutOfRange(said)) = &failed else { panic!("{failed:?}") };
        assert!(said.contains(why), "{name}: {said}");
    }
}
