//! Breakpoints on functions, wherever they are.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{EntryId, ProcessId};
use breakroom_test_support::debuggee::Debuggee;
use yrs::Any;

/// Two classes with a method of one name, a coroutine, and a child.
const LAMPS: &str = r#"import asyncio
import json
import multiprocessing
import sys

class Lamp:
    def dim(self, level):
        return level

class Heater:
    def dim(self, level):
        return -level

async def wait(level):
    return level

def in_child(level):
    return level

if __name__ == "__main__":
    for line in sys.stdin:
        number = int(line)
        Lamp().dim(number)
        Heater().dim(number)
        asyncio.run(wait(number))
        child = multiprocessing.get_context("fork").Process(target=in_child, args=(number,))
        child.start()
        child.join()
        print("did", number, flush=True)
"#;

async fn on(person: &Person, id: &str, name: &str, more: &[(&str, &str)]) {
    let mut fields = vec![("function", Any::from(name))];
    fields.extend(more.iter().map(|(key, value)| (*key, Any::from(*value))));
    person.opens(DocName::Breakpoints).await.sets_entry(id, &fields).await;
}

/// Verified, and why not.
async fn result(person: &Person, id: &str) -> (bool, Option<String>) {
    let known = person
        .sees("its result", |now| now.breakpoints.get(&id.into()).is_some_and(|it| it.verified.is_some()));
    let state = known.await.breakpoints[&id.into()].clone();
    (state.verified == Some(true), state.message)
}

/// At which function's begin the program stops next, and whose entries that were.
async fn stops(person: &Person, number: u32) -> (String, String, ProcessId, Vec<String>) {
    let now = person
        .sees("a stop, and whose it is", |now| {
            now.last_stop.0 == number && now.stop.as_ref().is_some_and(|stop| !stop.hit.is_empty())
        })
        .await;
    let stop = now.stop.clone().unwrap();
    let name = crate::support::person::top(&now).unwrap().name.clone();
    let level = person.sees("its arguments", |now| {
        crate::support::person::locals(now).is_some_and(|all| all.iter().any(|it| it.name == "level"))
    });
    let now = level.await;
    let all = crate::support::person::locals(&now).unwrap();
    let level = all.iter().find(|it| it.name == "level").unwrap().value.clone();
    let hit = stop.hit.into_iter().map(|id| id.0).collect();
    assert_eq!(stop.reason, "function breakpoint");
    (name, level, stop.process, hit)
}

#[tokio::test]
async fn a_function_stops_by_its_dotted_name_with_conditions_of_its_own() {
    let mut debuggee = Debuggee::start_waiting(LAMPS).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    debuggee.write_line("0").await;
    debuggee.wait_for_line("did 0").await;
    // Bob may: no code is in it. The names of both are one for pydevd.
    on(&bob, "lamp", "Lamp.dim", &[]).await;
    on(&ada, "any", "dim", &[("condition", "level == 2")]).await;
    on(&ada, "log", "__main__.Heater.dim", &[("logMessage", "heater {level}")]).await;
    on(&ada, "nowhere", "Lamp.brighten", &[]).await;
    on(&ada, "library", "json.dumps", &[]).await;
    on(&ada, "child", "in_child", &[("hitCondition", "1")]).await;
    for id in ["lamp", "any", "log", "child"] {
        assert_eq!(result(&ada, id).await, (true, None), "{id}");
    }
    let (verified, why) = result(&ada, "nowhere").await;
    assert!(!verified && why.unwrap().contains("No such function is loaded"));
    let (verified, why) = result(&ada, "library").await;
    assert!(!verified && why.unwrap().contains("library code"));

    debuggee.write_line("1").await;
    let lamp = |number: u32, hit: &[&str]| {
        let hit: Vec<String> = hit.iter().map(|id| (*id).to_owned()).collect();
        ("dim".to_owned(), number.to_string(), ProcessId(0), hit)
    };
    assert_eq!(stops(&ada, 1).await, lamp(1, &["lamp"]));
    ada.continues().await.done();
    let child = stops(&ada, 2).await;
    assert_eq!((child.0.as_str(), &child.3[..]), ("in_child", &["child".to_owned()][..]));
    assert_ne!(child.2, ProcessId(0), "it is the child's own function");
    ada.continues().await.done();
    debuggee.wait_for_line("did 1").await;
    ada.sees("the heater is logged", |now| now.output.iter().any(|it| it.text.contains("heater 1"))).await;

    debuggee.write_line("2").await;
    assert_eq!(stops(&ada, 3).await, lamp(2, &["any", "lamp"]));
    ada.continues().await.done();
    assert_eq!(stops(&ada, 4).await, lamp(2, &["any"]), "the heater's");
    // Where the function is loaded later, it is found by itself.
    ada.evaluates("setattr(Lamp, 'brighten', lambda self: 0)").await.done();
    for id in ["any", "child"] {
        ada.opens(DocName::Breakpoints).await.removes(id).await;
        ada.sees("it is gone", |now| !now.breakpoints.contains_key(&EntryId::from(id))).await;
    }
    ada.continues().await.done();
    debuggee.wait_for_line("did 2").await;
}

#[tokio::test]
async fn what_the_debugger_is_not_told_of_is_said_to_be_so() {
    let mut debuggee = Debuggee::start_waiting(LAMPS).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    debuggee.write_line("0").await;
    debuggee.wait_for_line("did 0").await;
    on(&ada, "coroutine", "wait", &[]).await;
    let (verified, why) = result(&ada, "coroutine").await;
    debuggee.write_line("1").await;
    if verified {
        // Python 3.12 and newer.
        ada.sees("it stops there", |now| now.last_stop.0 == 1).await;
    } else {
        assert!(why.unwrap().contains("coroutine"));
        debuggee.wait_for_line("did 1").await;
        assert_eq!(ada.up_to_date().await.last_stop.0, 0, "debugpy would have called it verified");
    }
}

#[tokio::test]
async fn names_that_are_none_are_taken_out_again() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    for name in ["tick()", "<lambda>", "a..b", "tick; import os", ""] {
        on(&ada, "bad", name, &[]).await;
    }
    on(&ada, "good", "tick", &[]).await;
    ada.sees("only the good one is there", |now| now.breakpoints.contains_key(&"good".into())).await;
    assert_eq!(ada.up_to_date().await.breakpoints.len(), 1);
    ada.sees_stop_at("app.py", TICK_LINE - 9).await;
}
