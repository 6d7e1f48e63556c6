//! The oldest and the newest Python of this machine that debugpy runs on: what we run in the program works there, too.

use crate::programs::line;
use crate::support::Server;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Event, Outcome, TaskState};
use breakroom_test_support::debuggee::{Debuggee, Options};
use breakroom_test_support::venv::debugpy_pythons;
use std::path::Path;
use yrs::Any;

const LAMPS: &str = r#"import asyncio
import platform
import sys
import time


class Lamp:
    def __init__(self):
        self.levels = list(range(1000))

    def __repr__(self):
        time.sleep(60)

    def dim(self, by):
        level = self.levels[by]  # dimmed
        return level


async def turn(count):
    lamp = Lamp()
    doubled = count * 2
    level = lamp.dim(doubled)  # turned
    await asyncio.sleep(0)
    return level


async def main():
    asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline).add_done_callback(lambda _: done.set())
    done = asyncio.Event()
    waiting = asyncio.create_task(done.wait(), name="waiting")
    count = 0
    while not done.is_set():
        count += 1
        assert await turn(count % 400) == count % 400 * 2
        await asyncio.sleep(0.01)
    await waiting
    print("all of it with", platform.python_version(), flush=True)


asyncio.run(main())
"#;

async fn debugs(python: &Path) {
    let (turned, dimmed) = (line(LAMPS, "# turned"), line(LAMPS, "# dimmed"));
    let mut debuggee: Debuggee = Options::text(LAMPS).python(python).start().await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    let more = [("condition", "count % 2 == 0"), ("hitCondition", ">= 3")];
    breakpoints.sets("even", debuggee.script_path(), turned, &more).await;
    let stop = eve.sees_stop_at("app.py", turned).await;
    let number = |name: &str| eve.local(name).unwrap().value.parse::<u32>().unwrap();
    let count = number("count");
    assert_eq!((count % 2, number("doubled")), (0, count * 2));

    // Values: a repr that hangs, a page, a plain name, code.
    let lamp = eve.local("lamp").unwrap();
    assert!(lamp.value.contains("repr took longer"), "{}", lamp.value);
    eve.sends(Command::Variables { stop, variables: lamp.variables.unwrap() }).await.done();
    let view = eve.now().stop.unwrap();
    let items = &view.variables[&lamp.variables.unwrap()].items;
    let levels = items.iter().find(|item| item.name == "levels").unwrap().variables.unwrap();
    eve.sends(Command::Page { stop, variables: levels, start: 900, count: 10 }).await.done();
    let page = eve.now().stop.unwrap().variables[&levels].pages[0].clone();
    assert_eq!((page.start, page.items.len(), page.items[9].value.as_str()), (900, 10, "909"));
    eve.evaluates("doubled").await.done();
    ada.evaluates("doubled + len(lamp.levels)").await.done();
    let value = |event: &Event| match event {
        Event::Evaluated { expression, outcome: Outcome::Value(value), .. } => {
            (expression != "doubled").then(|| value.value.clone())
        }
        _ => None,
    };
    assert_eq!(eve.sees_event("what it gave", value).await, (count * 2 + 1000).to_string());
    let now = eve.sees("the tasks", |now| now.stop.as_ref().unwrap().activity.is_some()).await;
    let tasks = now.stop.unwrap().activity.unwrap().tasks;
    let state = |name: &str| tasks.iter().find(|task| task.name == name).map(|task| task.state);
    assert_eq!(state("waiting"), Some(TaskState::Waiting), "{tasks:?}");

    // Steps, into and out.
    ada.step_in().await.done();
    ada.sees_stop_at("app.py", dimmed).await;
    ada.sends(Command::StepOut { stop: ada.stop(), thread: None }).await.done();
    ada.sees("back in the coroutine", |now| now.last_stop.0 == stop.0 + 2).await;
    ada.step_over().await.done();
    ada.sees("a step later", |now| now.last_stop.0 == stop.0 + 3).await;

    // A function by name, and a snap point that stops nothing.
    breakpoints.removes("even").await;
    breakpoints.sets_entry("function", &[("function", Any::from("Lamp.dim"))]).await;
    breakpoints.snaps("snap", debuggee.script_path(), turned, &[]).await;
    ada.sees("both hold", |now| {
        now.breakpoints.len() == 2 && now.breakpoints.values().all(|it| it.verified == Some(true))
    })
    .await;
    ada.continues().await.done();
    ada.sees("a stop in the function", |now| {
        now.last_stop.0 == stop.0 + 4 && now.stop.as_ref().is_some_and(|view| view.hit == ["function".into()])
    })
    .await;
    breakpoints.removes("function").await;
    ada.sees("the snap point only", |now| now.breakpoints.len() == 1).await;
    ada.continues().await.done();
    let snaps = eve.sees("three captures", |now| now.snaps.len() >= 3).await.snaps;
    assert_eq!(snaps[2].snap.frames[0].place.line, turned);
    debuggee.write_line("enough").await;
    let said = debuggee.wait_for_line("all of it with ").await;
    eve.sees_end().await;
    println!("{said}");
}

#[tokio::test]
async fn the_oldest_and_the_newest_python_are_debugged_alike() {
    let pythons = debugpy_pythons();
    if let [only] = &pythons[..] {
        println!("only {} is here: no other Python that debugpy runs on", only.display());
    }
    for python in pythons {
        debugs(&python).await;
    }
}
