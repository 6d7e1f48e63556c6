//! Programs as people have them: a web server under requests, threads with a lock, tasks with timeouts. Whatever is
//! done to them, nothing of their work is lost, nobody hangs, and everybody sees the same stop.

use crate::editors::in_room;
use crate::support::person::{locals, top};
use crate::support::{Join, Person, Server, until, within};
use breakroom_protocol::command::Proposed;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, EntryId, Event, Outcome, Snap, Snapshot, Task, TaskState, Variable};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::task::JoinHandle;

const WEB_SERVER: &str = include_str!("programs/web_server.py");
const THREADED: &str = include_str!("programs/threaded.py");
const TIMEOUTS: &str = include_str!("programs/timeouts.py");

/// The line that ends in a text.
pub fn line(script: &str, text: &str) -> u32 {
    let found = script.lines().position(|line| line.ends_with(text));
    u32::try_from(found.expect("the script has it")).unwrap() + 1
}

/// Asks the web server for a price; its answer, and which answer of the server's it was.
fn asks_for(server: &str, item: &str, amount: u32, more: &str) -> JoinHandle<(Value, u32)> {
    let url = format!("{server}/price/{item}?amount={amount}{more}");
    tokio::spawn(async move {
        let answer = within("an answer", reqwest::get(&url)).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let number = answer.headers()["x-number"].to_str().unwrap().parse().unwrap();
        (answer.json().await.unwrap(), number)
    })
}

async fn web_server() -> (Debuggee, String, u32) {
    let debuggee = Debuggee::start(WEB_SERVER).await;
    let line_printed = debuggee.wait_for_line("serves at ").await;
    let url = format!("http://127.0.0.1:{}", line_printed.rsplit(' ').next().unwrap());
    (debuggee, url, line(WEB_SERVER, "# priced"))
}

/// Waits until an entry holds in the program.
async fn holds(person: &Person, id: &str) {
    let verified = |now: &Snapshot| now.breakpoints.get(&EntryId::from(id)).and_then(|it| it.verified);
    person.sees(&format!("{id} holds"), |now| verified(now) == Some(true)).await;
}

/// Looks into a value that was captured at the stop.
async fn expands(person: &Person, value: &Variable) -> Vec<Variable> {
    let variables = value.variables.expect("it can be looked into");
    person.sends(Command::Variables { stop: person.stop(), variables }).await.done();
    person.now().stop.unwrap().variables[&variables].items.clone()
}

/// The last value that somebody's evaluation gave.
fn last_value(person: &Person) -> Option<String> {
    match &person.now().evaluations.last()?.outcome {
        Outcome::Value(value) => Some(value.value.clone()),
        Outcome::Error(_) => None,
    }
}

/// What the tasks do at the stop, once it is known.
async fn tasks(person: &Person) -> Vec<Task> {
    let activity = |now: &Snapshot| now.stop.as_ref().and_then(|stop| stop.activity.clone());
    activity(&person.sees("what the tasks do", |now| activity(now).is_some()).await).unwrap().tasks
}

#[tokio::test]
async fn a_web_server_is_stopped_in_one_request_and_answers_all() {
    let (debuggee, url, priced) = web_server().await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("lamp", debuggee.script_path(), priced, &[("condition", "item == 'lamp'")]).await;
    holds(&ada, "lamp").await;

    let mut asked: Vec<_> = (1..=10).map(|amount| asks_for(&url, "bulb", amount, "&after=1")).collect();
    debuggee.wait_for_nth_line("waits for the sale", 10).await;
    asked.push(asks_for(&url, "lamp", 2, ""));
    let stop = eve.sees_stop_at("app.py", priced).await;
    // Those who come while it is paused wait, too.
    asked.extend((1..=10).map(|amount| asks_for(&url, "fuse", amount, "")));

    let waiting = |task: &&Task| {
        task.state == TaskState::Waiting && task.stack.iter().any(|place| place.function == "price")
    };
    assert_eq!(tasks(&eve).await.iter().filter(waiting).count(), 10);
    ada.sees_stop_at("app.py", priced).await;
    let request = eve.local("request").unwrap();
    assert!(request.value.starts_with("<Request GET /price/lamp"), "{}", request.value);
    let inside = expands(&eve, &request).await;
    let method = inside.iter().find(|item| item.name == "_method" || item.name == "method").unwrap();
    assert_eq!(method.value, "'GET'");
    ada.evaluates("sorted(request.query.items())").await.done();
    assert_eq!(last_value(&ada).as_deref(), Some("[('amount', '2')]"));

    ada.step_over().await.done();
    for person in [&ada, &eve] {
        person.sees_stop_at("app.py", priced + 1).await;
        assert_eq!(person.stop().0, stop.0 + 1);
    }
    assert_eq!(eve.local("total").unwrap().value, "80");
    assert!(asked.iter().all(|request| !request.is_finished()), "nobody is served while it is paused");
    ada.continues().await.done();

    let mut numbers = BTreeSet::new();
    for request in asked {
        let (answer, number) = request.await.unwrap();
        assert!(answer["total"].as_u64().unwrap() > 0 && numbers.insert(number), "{answer}");
    }
    assert_eq!(numbers, (1..=21).collect(), "each was served once");
    eve.sees_running().await;
    assert_eq!(ada.count("stopped"), 2);
}

#[tokio::test]
async fn a_snap_point_in_a_web_server_under_load_holds_up_nobody() {
    let (debuggee, url, priced) = web_server().await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    bob.opens(DocName::Breakpoints).await.snaps("priced", debuggee.script_path(), priced, &[]).await;
    holds(&ada, "priced").await;

    let mut served = 0;
    for _ in 0..10 {
        let asked: Vec<_> = (1..=12).map(|more| asks_for(&url, "bulb", served + more, "")).collect();
        for request in asked {
            let (answer, _) = request.await.unwrap();
            served += 1;
            assert_eq!(answer, json!({"item": "bulb", "total": served * 3}));
        }
    }
    // Those that were over the rate are counted by the next capture, whose request was asked for alone.
    let snaps = |person: &Person| -> Vec<Snap> {
        let of = |event: Event| if let Event::Snap { snap } = event { Some(snap) } else { None };
        person.events().into_iter().filter_map(|envelope| of(envelope.event)).collect()
    };
    let asked_together = served;
    until("every request is captured or counted", async || {
        served += 1;
        asks_for(&url, "bulb", served, "").await.unwrap();
        let mut counted = 0;
        snaps(&bob).iter().any(|snap| {
            let amount = snap.frames[0].locals.iter().find(|local| local.name == "amount").unwrap();
            counted += 1 + snap.skipped;
            let request: u32 = amount.value.parse().unwrap();
            assert!(request <= asked_together || request == counted, "{request}: {counted}");
            request > asked_together
        })
    })
    .await;
    let (seen, last) = (snaps(&bob), bob.now().seq);
    ada.sees("Ada sees the same", |now| now.seq >= last).await;
    assert_eq!((&snaps(&ada)[..seen.len()], ada.count("stopped")), (&seen[..], 0));
    let first = &seen[0].frames[0];
    let value = |name: &str| first.locals.iter().find(|local| local.name == name).map(|local| &*local.value);
    assert_eq!((first.place.function.as_str(), value("item")), ("price", Some("'bulb'")));
    assert!(ada.up_to_date().await.breakpoints[&EntryId::from("priced")].disarmed.is_none());
}

#[tokio::test]
async fn threads_that_wait_for_a_lock_at_a_stop_do_all_of_their_work() {
    let mut debuggee = Debuggee::start(THREADED).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let booked = line(THREADED, "# booked");
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("seventh", debuggee.script_path(), booked, &[("hitCondition", "7")]).await;
    holds(&ada, "seventh").await;
    debuggee.write_line("go").await;
    let stop = eve.sees_stop_at("app.py", booked).await;
    assert_eq!(eve.local("place").unwrap().value, "6");
    let order = eve.local("order").unwrap().value;
    let now = eve.sees("the threads", |now| !now.stop.as_ref().unwrap().threads.is_empty()).await;
    let view = now.stop.unwrap();

    // The others' stacks, for who asks: each is at work, and has an order of its own or waits for one.
    let others: Vec<_> =
        view.threads.iter().filter(|it| it.name.starts_with("worker") && it.id != view.thread).collect();
    assert_eq!(others.len(), 3);
    for other in others {
        eve.sends(Command::Stack { stop, thread: other.id, frames: None }).await.done();
        let frames = eve.now().stop.unwrap().stacks[&other.id].frames.clone();
        let work = frames.iter().find(|frame| frame.name == "work").expect("it is at work");
        assert!(work.path.as_deref().unwrap().ends_with("/app.py"), "{work:?}");
        assert!(frames.iter().all(|frame| frame.line != booked || frame.name != "book"), "the lock is held");
    }

    // A step is one thread's, and those that wait for its lock don't pass it.
    ada.sees_stop_at("app.py", booked).await;
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", booked + 1).await;
    eve.sees_stop_at("app.py", booked + 1).await;
    let now = eve.now();
    assert_eq!((now.stop.as_ref().unwrap().thread, eve.local("order").unwrap().value), (view.thread, order));

    let evaluate = Command::Evaluate {
        stop: Some(eve.stop()),
        frame: top(&now).map(|top| top.id),
        expression: "(ledger_lock.locked(), len(ledger))".to_owned(),
        context: Default::default(),
    };
    let action = Proposed::Command { command: Box::new(evaluate) };
    eve.sends(Command::Propose { action }).await.done();
    let (&proposal, _) = eve.now().proposals.last_key_value().unwrap();
    ada.sends(Command::ProposalRun { proposal }).await.done();
    eve.sees("what it gave", |now| !now.evaluations.is_empty()).await;
    assert_eq!(last_value(&eve).as_deref(), Some("(True, 7)"));

    ada.continues().await.done();
    let line = debuggee.wait_for_line("booked ").await;
    assert_eq!(line, "booked 60 different 60 worth 3540");
    assert_eq!(ada.count("stopped"), 2);
    assert!(debuggee.is_running());
}

#[tokio::test]
async fn timeouts_and_cancellations_go_their_way_after_a_stop_in_one() {
    let mut debuggee = Debuggee::start(TIMEOUTS).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let called_off = line(TIMEOUTS, "# called off");
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("called off", debuggee.script_path(), called_off, &[]).await;
    holds(&ada, "called off").await;
    debuggee.write_line("go").await;
    eve.sees_stop_at("app.py", called_off).await;
    assert_eq!(eve.local("number").unwrap().value, "0");

    let seen = tasks(&eve).await;
    let named = |name: &str| seen.iter().find(|task| task.name == name).unwrap();
    assert_eq!((named("heart").state, named("stuck").state), (TaskState::Waiting, TaskState::Waiting));
    let stuck: Vec<_> = named("stuck").stack.iter().map(|place| place.function.as_str()).collect();
    assert_eq!(stuck, ["device", "sleep"]);
    assert_eq!(named("ask 4").state, TaskState::Waiting);

    // The cancellation itself is stepped through, and the others' time is up meanwhile.
    ada.sees_stop_at("app.py", called_off).await;
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", called_off + 1).await;
    ada.evaluates("__import__('time').sleep(0.3) or called_off").await.done();
    assert_eq!(last_value(&ada).as_deref(), Some("[0]"));
    for number in 1..5 {
        let before = ada.stop();
        ada.continues().await.done();
        eve.sees("the next one's stop", |now| now.last_stop > before && locals(now).is_some()).await;
        let stopped: u32 = eve.local("number").unwrap().value.parse().unwrap();
        assert_eq!(stopped, number, "in the order of their timeouts");
        let stop = eve.stop();
        ada.sees("the same stop", |now| now.last_stop == stop && now.phase == Phase::Stopped).await;
    }
    breakpoints.removes("called off").await;
    ada.sees("no breakpoint", |now| now.breakpoints.is_empty()).await;
    ada.continues().await.done();
    let line = debuggee.wait_for_line("late ").await;
    assert_eq!(line, "late [0, 1, 2, 3, 4] called off [0, 1, 2, 3, 4, 99] stuck CancelledError");
    eve.sees_running().await;
}

#[tokio::test]
async fn two_in_browsers_and_one_in_an_editor_debug_a_web_server_together() {
    let (debuggee, url, priced) = web_server().await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let join = Join::start(&server.invite_url(), "Carl", &[]).await;
    let editor = join.editor().await;
    let carl = in_room(&ada, "Carl").await;

    // Bob's breakpoint and Carl's, both of which everybody has.
    bob.opens(DocName::Breakpoints).await.sets("bobs", debuggee.script_path(), priced, &[]).await;
    holds(&ada, "bobs").await;
    editor.sets(debuggee.script_path(), &[priced + 1]).await;
    let now = ada.sees("two entries that hold", |now| {
        now.breakpoints.len() == 2 && now.breakpoints.values().all(|state| state.verified == Some(true))
    });
    let authors: BTreeSet<_> = now.await.breakpoints.values().map(|state| state.entry.author).collect();
    assert_eq!(authors, [bob.id(), carl].into());

    let asked = asks_for(&url, "fuse", 5, "");
    let stop = ada.sees_stop_at("app.py", priced).await;
    let seen = editor.stops().await;
    assert_eq!((bob.sees_stop_at("app.py", priced).await, seen.line()), (stop, u64::from(priced)));
    for (name, value) in [("item", "'fuse'"), ("amount", "5"), ("total", "5")] {
        assert_eq!((ada.local(name).unwrap().value.as_str(), seen.value(name)), (value, value));
        assert_eq!(bob.local(name), ada.local(name));
    }
    assert_eq!(ada.up_to_date().await.stop.unwrap().hit, [EntryId::from("bobs")]);

    // Carl gets the wheel and runs to his own breakpoint, where the others are with him.
    ada.sends(Command::WheelGrant { to: carl }).await.done();
    editor.sees_output("Breakroom: you drive now.").await;
    editor.does("continue", json!({ "threadId": seen.thread })).await;
    let seen = editor.stops().await;
    assert_eq!(seen.line(), u64::from(priced) + 1);
    let stop = bob.sees_stop_at("app.py", priced + 1).await;
    assert_eq!(ada.sees_stop_at("app.py", priced + 1).await, stop);
    bob.says("it is the fuse").await.done();
    editor.sees_output("it is the fuse").await;
    let (fourth, fifth) = (asks_for(&url, "bulb", 4, ""), asks_for(&url, "bulb", 5, ""));
    ada.sends(Command::WheelTake).await.done();
    editor.refused("next", json!({ "threadId": seen.thread })).await;
    ada.sends(Command::MuteAll { muted: true }).await.done();
    ada.continues().await.done();
    for (request, total) in [(asked, 5), (fourth, 12), (fifth, 15)] {
        assert_eq!(request.await.unwrap().0["total"], total);
    }
    assert_eq!(ada.count("stopped"), 2);
    let (ada, bob) = (ada.sees_running().await, bob.sees_running().await);
    assert_eq!((ada.last_stop, ada.chat), (bob.last_stop, bob.chat));
}
