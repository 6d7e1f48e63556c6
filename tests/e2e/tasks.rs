//! What threads and asyncio tasks do at a stop, and looking into threads that debugpy doesn't hold.

use crate::support::Server;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, ErrorCode, TaskState};
use breakroom_test_support::debuggee::Debuggee;

const SERVICE: &str = r#"import asyncio, queue, threading, time
async def ticks():
    while True:
        await asyncio.sleep(3600)
        yield 1
async def consume():
    async for tick in ticks(): pass
async def handle(number, gate): await gate.wait()
async def work(turn):
    shown = turn * 2
    return shown  # here
async def main():
    gate = asyncio.Event()
    tasks = [asyncio.create_task(handle(n, gate), name=f"request {n}") for n in range(3)]
    tasks.append(asyncio.create_task(consume(), name="ticker"))
    turn = 0
    while True:
        turn += 1
        await work(turn)
        await asyncio.sleep(0.02)
def native(lock):
    held = {"rooms": ["hall", "attic"]}
    lock.acquire()
def spins():
    count = 0
    while True: count += 1; time.sleep(0.001)
lock = threading.Lock(); lock.acquire()
threading.Thread(target=native, args=(lock,), name="native", daemon=True).start()
threading.Thread(target=spins, name="spins", daemon=True).start()
asyncio.run(main())
"#;

#[tokio::test]
async fn tasks_and_threads_are_told_at_each_stop() {
    let debuggee = Debuggee::start(SERVICE).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 11, &[]).await;
    let stop = eve.sees_stop_at("app.py", 11).await;
    let seen = eve
        .sees("what they do, unasked", |now| {
            now.stop.as_ref().is_some_and(|stop| stop.activity.is_some() && !stop.threads.is_empty())
        })
        .await;
    let view = seen.stop.unwrap();
    let activity = view.activity.clone().unwrap();
    assert_eq!((activity.total_tasks, activity.tasks.len()), (5, 5), "{:?}", activity.tasks);
    let running = &activity.tasks[0];
    assert_eq!((running.state, running.thread), (TaskState::Running, Some(view.thread)));
    let places: Vec<_> = running.stack.iter().map(|place| (place.function.as_str(), place.line)).collect();
    assert_eq!(places, [("main", 19), ("work", 11)]);
    let script = debuggee.script_path().to_str().unwrap();
    assert_eq!(running.stack[1].path.as_deref(), Some(script), "as frames name it");
    let ticker = activity.tasks.iter().find(|task| task.name == "ticker").unwrap();
    let places: Vec<_> = ticker.stack.iter().map(|place| place.function.as_str()).collect();
    assert_eq!(places, ["consume", "ticks", "sleep"]);
    assert_eq!(ticker.state, TaskState::Waiting);
    let request = activity.tasks.iter().find(|task| task.name == "request 2").unwrap();
    assert_eq!((request.coroutine.as_str(), request.state), ("handle", TaskState::Waiting));

    let thread = |name: &str| view.threads.iter().find(|thread| thread.name == name).unwrap().id;
    let doing = |name: &str| activity.threads.iter().find(|one| one.id == thread(name)).unwrap().clone();
    let native = doing("native");
    assert_eq!((native.held, native.place.unwrap().line), (false, 23));
    assert!(activity.threads.iter().any(|one| one.id == view.thread && one.held));

    // A thread in native code can be looked into; code can't run in it.
    eve.sends(Command::Stack { stop, thread: thread("native"), frames: None }).await.done();
    let frames = eve.now().stop.unwrap().stacks[&thread("native")].frames.clone();
    assert_eq!((frames[0].name.as_str(), frames[0].line), ("native", 23));
    eve.sends(Command::Scopes { stop, frame: frames[0].id }).await.done();
    let variables = eve.now().stop.unwrap().scopes[&frames[0].id][0].variables;
    eve.sends(Command::Variables { stop, variables }).await.done();
    let locals = eve.now().stop.unwrap().variables[&variables].items.clone();
    let held = locals.iter().find(|item| item.name == "held").unwrap();
    assert_eq!(held.value, "{'rooms': ['hall', 'attic']}");
    eve.sends(Command::Variables { stop, variables: held.variables.unwrap() }).await.done();
    let evaluate = Command::Evaluate {
        stop: Some(stop),
        frame: Some(frames[0].id),
        expression: "held".into(),
        context: Default::default(),
    };
    ada.sends(evaluate).await.expect_refused(ErrorCode::NotStopped);
    let set = Command::SetVariable { stop, variables, name: "held".into(), value: "1".into() };
    ada.sends(set).await.expect_refused(ErrorCode::NotStopped);
    let complete = Command::Complete { stop, frame: frames[0].id, text: "h".into(), column: 1 };
    ada.sends(complete).await.expect_refused(ErrorCode::NotStopped);

    // A thread that debugpy holds: its stack and its values, and code.
    eve.sends(Command::Activity { stop }).await.done();
    eve.sends(Command::Stack { stop, thread: thread("spins"), frames: None }).await.done();
    let frames = eve.now().stop.unwrap().stacks[&thread("spins")].frames.clone();
    assert_eq!(frames[0].name, "spins");
    eve.sends(Command::Scopes { stop, frame: frames[0].id }).await.done();
    ada.continues().await.done();
    eve.sees("it goes on", |now| now.last_stop > stop).await;
    eve.sends(Command::Activity { stop }).await.expect_refused(ErrorCode::StaleStop);
    assert_eq!(eve.count("activity"), eve.events().iter().filter(|it| it.event.kind() == "activity").count());
}
