//! Values of real programs: pages, windows and tables for everybody, setting that says why it failed, reprs that hang.

use crate::support::person::{locals, top};
use crate::support::{Person, Server, until};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    Command, ErrorCode, EvaluateContext, Event, FrameId, Outcome, Snapshot, StopId, Variable, VariablesId,
};
use breakroom_test_support::debuggee::Debuggee;
use std::time::{Duration, Instant};

/// A session at the line that ends with `# here`.
async fn at_here(script: &str) -> (Debuggee, Server, Person, StopId) {
    let debuggee = Debuggee::start(script).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let line = script.lines().position(|line| line.ends_with("# here")).unwrap();
    let line = u32::try_from(line + 1).unwrap();
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), line, &[]).await;
    let stop = ada.sees_stop_at("app.py", line).await;
    (debuggee, server, ada, stop)
}

fn locals_set(person: &Person) -> VariablesId {
    let now = person.now();
    let frame = top(&now).unwrap().id;
    now.stop.unwrap().scopes[&frame][0].variables
}

/// A local's value; empty if there is none.
fn value(now: &Snapshot, name: &str) -> String {
    let found = locals(now).and_then(|items| items.iter().find(|item| item.name == name));
    found.map(|item| item.value.clone()).unwrap_or_default()
}

fn set_of(person: &Person, name: &str) -> VariablesId {
    person.local(name).unwrap_or_else(|| panic!("no {name}")).variables.unwrap()
}

/// The children of a local, once they are read.
async fn children(person: &Person, stop: StopId, name: &str) -> Vec<Variable> {
    let variables = set_of(person, name);
    person.sends(Command::Variables { stop, variables }).await.done();
    person.now().stop.unwrap().variables[&variables].items.clone()
}

const LARGE: &str = r#"import time
import numpy as np
import pandas as pd
class Lamp:
    def __init__(self, level): self.level = level
numbers = list(range(1_000_000)); mapping = {i: str(i) for i in range(1_000_000)}; unique = set(range(1_000_000))
def work(turn):
    lamps = [Lamp(i) for i in range(700)]
    text = "aé😀b" * 400_000; raw = b"\x00'" * 50_000
    big, pairs, ids = numbers, mapping, unique
    frame = pd.DataFrame({"room": ["hall", "attic"], "level": [200, 10]}); grid = np.arange(6).reshape(2, 3)
    rows = [{"n": n % 5, "id": n} for n in range(2_000)]
    return turn  # here
turn = 0
while True:
    turn += 1
    work(turn)
    time.sleep(0.02)
"#;

#[tokio::test]
async fn pages_windows_and_tables_are_everybodys_and_asked_once() {
    let (_debuggee, server, ada, stop) = at_here(LARGE).await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    // The last page of a million, by a watcher: everybody has it, and it is a part of what a late joiner gets.
    for name in ["big", "pairs", "ids"] {
        let variables = set_of(&eve, name);
        let page = || Command::Page { stop, variables, start: 999_900, count: 100 };
        // What is asked by itself at a stop goes before it.
        eve.sees_all_of_the_stop().await;
        let began = Instant::now();
        eve.sends(page()).await.done();
        println!("the last page of {name}: {:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        bob.sends(page()).await.done();
        let now = bob.now().stop.unwrap();
        let view = &now.variables[&variables];
        assert_eq!(view.total, Some(1_000_000));
        assert_eq!((view.pages[0].start, view.pages[0].items.len()), (999_900, 100), "{name}");
    }
    assert_eq!(eve.count("page"), 3, "equal ones are asked once");
    let late = ada.brings_watcher(&server, "Late").await;
    late.sees_the_same_as(&ada).await;

    // What is in a page can be expanded.
    let variables = set_of(&eve, "lamps");
    eve.sends(Command::Page { stop, variables, start: 650, count: 5 }).await.done();
    let lamp = eve.now().stop.unwrap().variables[&variables].pages[0].items[0].variables.unwrap();
    eve.sends(Command::Variables { stop, variables: lamp }).await.done();
    let inside = eve.now().stop.unwrap().variables[&lamp].items.clone();
    assert!(inside.iter().any(|item| item.name == "level" && item.value == "650"), "{inside:?}");

    let locals = locals_set(&eve);
    let text =
        |name: &str, start, count| Command::Text { stop, variables: locals, name: name.into(), start, count };
    eve.sends(text("text", 1_599_998, 65_536)).await.done();
    eve.sends(text("raw", 99_998, 10)).await.done();
    let texts = bob.sees("both texts", |now| {
        now.stop.as_ref().is_some_and(|stop| stop.variables[&locals].texts.len() == 2)
    });
    let texts = texts.await.stop.unwrap().variables[&locals].texts.clone();
    assert_eq!((texts[0].text.as_str(), texts[0].total), ("😀b", 1_600_000));
    assert_eq!((texts[1].text.as_str(), texts[1].total), (r"\x00\'", 100_000));

    let table = |variables, sort: Option<&str>, descending| Command::Table {
        stop,
        variables,
        start: 0,
        count: 3,
        sort: sort.map(str::to_owned),
        descending,
    };
    let frame = set_of(&bob, "frame");
    bob.sends(table(frame, Some("level"), false)).await.done();
    let shown = bob.now().stop.unwrap().tables[&frame].clone();
    assert_eq!(shown.rows, [["attic", "10"], ["hall", "200"]]);
    let rows = set_of(&bob, "rows");
    bob.sends(table(rows, Some("n"), true)).await.done();
    assert_eq!(bob.up_to_date().await.stop.unwrap().tables[&rows].index, ["4", "9", "14"]);
    let grid = set_of(&bob, "grid");
    bob.sends(table(grid, None, false)).await.done();
    assert_eq!(bob.up_to_date().await.stop.unwrap().tables[&grid].rows[1], ["3", "4", "5"]);

    // What isn't there, or isn't possible.
    let big = set_of(&eve, "big");
    for (command, code) in [
        (Command::Page { stop, variables: big, start: 1_000_000, count: 1 }, ErrorCode::OutOfRange),
        (Command::Page { stop, variables: big, start: 0, count: 501 }, ErrorCode::OutOfRange),
        (Command::Page { stop, variables: big, start: 0, count: 0 }, ErrorCode::OutOfRange),
        (Command::Page { stop, variables: lamp, start: 0, count: 1 }, ErrorCode::DebuggeeError),
        (
            Command::Page { stop, variables: VariablesId(9_999), start: 0, count: 1 },
            ErrorCode::NoSuchVariables,
        ),
        (text("turn", 0, 1), ErrorCode::DebuggeeError),
        (text("nobody", 0, 1), ErrorCode::DebuggeeError),
        (text("text", 1_600_000, 1), ErrorCode::OutOfRange),
        (text("text", 0, 65_537), ErrorCode::OutOfRange),
        (table(lamp, None, false), ErrorCode::DebuggeeError),
        (table(frame, Some("nobody"), false), ErrorCode::OutOfRange),
    ] {
        eve.sends(command).await.expect_refused(code);
    }
    // Of an older stop nothing is to be had.
    ada.continues().await.done();
    bob.sees("the next stop", |now| now.last_stop.0 == stop.0 + 1).await;
    let page = Command::Page { stop, variables: big, start: 0, count: 1 };
    eve.sends(page).await.expect_refused(ErrorCode::StaleStop);
}

const SETTABLE: &str = r#"import time
class Lamp:
    def __init__(self): self.level = 3
calls = []
def count():
    calls.append(1)
    return len(calls)
def work(turn):
    lamp, levels, fixed = Lamp(), [1, 2, 3], (1, 2)
    text = "x" * 100_000
    return turn  # here
while True:
    work(7)
    time.sleep(0.02)
"#;

#[tokio::test]
async fn setting_is_seen_by_all_runs_once_and_its_failure_is_told() {
    let (_debuggee, server, ada, stop) = at_here(SETTABLE).await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let locals = locals_set(&ada);
    let frame = top(&ada.now()).unwrap().id;
    children(&eve, stop, "lamp").await;
    let set = |variables, name: &str, value: &str| Command::SetVariable {
        stop,
        variables,
        name: name.into(),
        value: value.into(),
    };
    let express = |expression: &str, value: &str| Command::SetExpression {
        stop,
        frame,
        expression: expression.into(),
        value: value.into(),
    };
    ada.sends(set(locals, "turn", "count() * 100")).await.done();
    eve.sees("the new value", |now| value(now, "turn") == "100").await;
    ada.sends(express("lamp.level", "count() * 100")).await.done();
    let item = eve
        .sees_event("an expression was set", |event| match event {
            Event::ExpressionSet { expression, item, .. } if expression == "lamp.level" => Some(item.clone()),
            _ => None,
        })
        .await;
    assert_eq!(item.value, "200");
    // What was captured of the lamp is read anew, though nobody asked.
    let lamp = set_of(&eve, "lamp");
    eve.sees("the lamp's new level", |now| {
        let items = &now.stop.as_ref().unwrap().variables[&lamp].items;
        items.iter().any(|item| item.name == "level" && item.value == "200")
    })
    .await;
    ada.sends(express("levels[-1]", "'dim'")).await.done();
    eve.sees("the list's new text", |now| value(now, "levels") == "[1, 2, 'dim']").await;

    let fixed = set_of(&ada, "fixed");
    for (command, why) in [
        (set(locals, "turn", "1 / 0"), "ZeroDivisionError"),
        (set(locals, "turn", "turn = 3"), "SyntaxError"),
        (set(fixed, "0", "count()"), "does not support item assignment"),
        (express("fixed[0]", "1"), "does not support item assignment"),
        (express("turn + 1", "1"), "Only a name"),
        (express("nobody", "1"), "no variable nobody"),
    ] {
        let said = ada.sends(command).await.expect_refused(ErrorCode::DebuggeeError);
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(ada.count("variable_set"), 1, "what failed changes nothing");
    assert_eq!(ada.local("turn").unwrap().value, "100");
    let copy = |expression: &str, context| Command::Evaluate {
        stop: Some(stop),
        frame: Some(frame),
        expression: expression.into(),
        context,
    };
    ada.sends(copy("len(calls)", EvaluateContext::Repl)).await.done();
    ada.sends(copy("text", EvaluateContext::Clipboard)).await.done();
    let values = ada.events().into_iter().filter_map(|envelope| match envelope.event {
        Event::Evaluated { outcome: Outcome::Value(value), .. } => Some(value.value),
        _ => None,
    });
    let values: Vec<String> = values.collect();
    assert_eq!(values[0], "3", "each value was evaluated once, the failing ones too");
    assert_eq!(values[1].len(), 100_002, "a copy is whole");

    // Completing is a reply, for who types.
    let complete = Command::Complete { stop, frame, text: "lamp.le".into(), column: 7 };
    let Some(ReplyResult::Completions { items }) = ada.asks(complete).await else { panic!("completions") };
    assert_eq!((items[0].label.as_str(), items[0].start, items[0].length), ("level", 5, 2));
    let behind = Command::Complete { stop, frame, text: "x".into(), column: 2 };
    ada.sends(behind).await.expect_refused(ErrorCode::OutOfRange);
    let nowhere = Command::Complete { stop, frame: FrameId(99), text: "x".into(), column: 1 };
    ada.sends(nowhere).await.expect_refused(ErrorCode::NoSuchFrame);
}

const REPRS: &str = r#"import threading, time
lock = threading.Lock()
patient = threading.Event()
class Slow:
    def __repr__(self):
        patient.wait(30); return "slow but sure"
class Bad:
    def __repr__(self): raise ValueError("no")
class Locked:
    def __repr__(self):
        with lock: return "unlocked"
def work(turn):
    slow, bad, locked = Slow(), Bad(), Locked()
    holders = [Slow()]
    return turn  # here
turn = 0
while True:
    turn += 1
    with lock:
        work(turn)
    time.sleep(0.02)
"#;

#[tokio::test]
async fn reprs_that_hang_or_raise_hold_nobody_up_and_are_tried_again() {
    let (_debuggee, server, ada, stop) = at_here(REPRS).await;
    let bob = server.guest_inside("Bob").await;
    assert_eq!(bob.local("bad").unwrap().value, "<Bad: repr raised ValueError: no>");
    for name in ["slow", "locked"] {
        let value = bob.local(name).unwrap().value;
        // On a slow machine the first of them has used up the time of all.
        assert!(value.contains(": repr took longer than 0.") || value.contains("repr left out"), "{value}");
    }
    let began = Instant::now();
    ada.evaluates("patient.set()").await.done();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Asked again, it is tried again.
    let variables = locals_set(&bob);
    until("the slow one", async || {
        bob.sends(Command::Variables { stop, variables }).await.done();
        value(&bob.now(), "slow") == "slow but sure"
    })
    .await;
    assert!(bob.local("locked").unwrap().value.contains("repr "), "the program still has the lock");
    let began = Instant::now();
    ada.step_over().await.done();
    bob.sees("the next stop", |now| now.last_stop.0 == 2 && top(now).is_some()).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "a step waits for nobody's repr: {:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_page_behind_code_that_takes_long_comes_when_that_has_ended() {
    let (_debuggee, server, ada, stop) = at_here(LARGE).await;
    let bob = server.guest_inside("Bob").await;
    let variables = set_of(&bob, "big");
    // Longer than a page alone would be waited for.
    let (slow, page) = tokio::join!(ada.evaluates("time.sleep(12)"), async {
        bob.sees("that it takes long", |now| now.busy.is_some()).await;
        bob.sends(Command::Page { stop, variables, start: 0, count: 1 }).await
    });
    slow.done();
    page.done();
}

const DEEP: &str = r#"import builtins, time
class Group(Exception): pass
def failing():
    errors = [ValueError("one"), TypeError("two")]
    try:
        if hasattr(builtins, "ExceptionGroup"): raise ExceptionGroup("several", errors)
        raise errors[0]
    except Exception as error:
        return error
def numbers():
    yield 1
    yield 2
def down(n):
    if n == 0:
        group = failing(); lazy = numbers(); next(lazy)
        return n  # here
    return down(n - 1)
while True:
    down(900)
    time.sleep(0.02)
"#;

#[tokio::test]
async fn a_deep_recursion_an_exception_group_and_a_generator() {
    let (_debuggee, _server, ada, stop) = at_here(DEEP).await;
    let view = ada.now().stop.unwrap();
    let stack = &view.stacks[&view.thread];
    assert!(stack.total > 900, "{}", stack.total);
    assert_eq!(stack.frames.len(), 200, "as many as are shown of one stack");
    assert!(stack.frames.iter().take(200).all(|frame| frame.name == "down"));
    let frame = stack.frames[150].id;
    ada.sends(Command::Scopes { stop, frame }).await.done();
    let variables = ada.now().stop.unwrap().scopes[&frame][0].variables;
    ada.sends(Command::Variables { stop, variables }).await.done();
    assert_eq!(ada.up_to_date().await.stop.unwrap().variables[&variables].items[0].value, "150");
    let inside = children(&ada, stop, "group").await;
    let errors = inside.iter().find(|item| item.name == "exceptions").expect("the group's exceptions");
    assert_eq!(errors.value, "(ValueError('one'), TypeError('two'))");
    assert!(ada.local("lazy").unwrap().value.starts_with("<generator object numbers"));
    let variables = set_of(&ada, "lazy");
    ada.sends(Command::Page { stop, variables, start: 0, count: 5 })
        .await
        .expect_refused(ErrorCode::DebuggeeError);
    ada.evaluates("next(lazy)").await.done();
    let Outcome::Value(value) = ada.now().evaluations.last().unwrap().outcome.clone() else { panic!() };
    assert_eq!(value.value, "2", "looking took nothing from it");
}
