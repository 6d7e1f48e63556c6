//! Against real debugpy: what the session relies on, and each fact about debugpy that the code depends on.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod common;

use breakroom_protocol::error::ErrorCode;
use breakroom_protocol::model::OutputCategory;
use breakroom_protocol::upstream::{
    Answer, AskError, AskId, Request, SourceBreakpoint, UpstreamEvent, Urgency,
};
use breakroom_test_support::debuggee::{Debuggee, Options};
use breakroom_test_support::port::FreePort;
use breakroom_upstream::{AttachConfig, PAUSE_AFTER_DETACH, PAUSE_AFTER_LOSS, Setup, Timeouts, attach};
use common::{Client, at, script, setup};
use std::time::{Duration, Instant};

const STEPS: &str = "\
import time

def work(a, b):
    c = a + b
    d = [c, c * 2]
    e = {'k': d}
    f = 'text'
    g = 3.5
    h = None
    i = (1, 2)
    j = d[0]
    return j

print('hello from the program', flush=True)
for number in range(1000000):
    work(number, 1)
    time.sleep(0.01)
";

#[tokio::test]
async fn attach_stop_look_and_step() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let info = client.attached.info.clone();
    assert_eq!(info.pid, debuggee.pid().map(i64::from));
    assert!(info.python.unwrap().starts_with("3."));
    assert!(info.debugpy.unwrap().starts_with("1."));
    let (path, results) = client.attached.breakpoints[0].clone();
    assert_eq!(path, script(&debuggee));
    assert!(results[0].verified && results[0].line == Some(4) && results[0].id.is_some());

    client.output(OutputCategory::Stdout, "hello from the program").await;
    let (reason, thread) = client.stop().await;
    assert_eq!(reason, "breakpoint");
    let frames = client.stack(thread).await;
    assert_eq!((frames[0].name.as_str(), frames[0].line), ("work", 4));
    assert_eq!(frames[0].path, Some(script(&debuggee)));
    let locals = client.locals(&frames[0]).await;
    let shown: Vec<_> =
        locals.iter().map(|it| (it.name.as_str(), it.value.as_str(), it.type_name.as_str())).collect();
    assert_eq!(shown, [("a", "0", "int"), ("b", "1", "int")]);

    assert_eq!(client.control(Request::Next(thread)).await, Answer::Done);
    assert_eq!(client.stop().await, ("step".to_owned(), thread));
    client.control(Request::Next(thread)).await;
    client.stop().await;
    let frames = client.stack(thread).await;
    assert_eq!(frames[0].line, 6);
    let locals = client.locals(&frames[0]).await;
    let list = locals.iter().find(|it| it.name == "d").unwrap();
    assert_eq!(list.value, "[1, 2]");
    let children = client.ask(Request::Variables(list.reference.unwrap()), Urgency::Browse).await.unwrap();
    let Answer::Variables(children) = children else { panic!("{children:?}") };
    assert!(children.iter().any(|it| it.name == "1" && it.value == "2"));

    let reference = match client.ask(Request::Scopes(frames[0].id), Urgency::Capture).await.unwrap() {
        Answer::Scopes(scopes) => {
            assert_eq!(scopes[0].name, "Locals");
            scopes[0].reference
        }
        other => panic!("{other:?}"),
    };
    let (name, value) = ("a".to_owned(), "40 + 2".to_owned());
    let set = Request::Assign { frame: frames[0].id, reference, name, value };
    let set = client.ask(set, Urgency::Control).await.unwrap();
    assert!(matches!(set, Answer::Value(value) if value.value == "42"));
    assert_eq!(client.evaluate(Some(&frames[0]), "a + 1").await.unwrap().value, "43");
    let raised = client.evaluate(Some(&frames[0]), "1 / 0").await;
    assert!(matches!(raised, Err(AskError::Refused(why)) if why.contains("ZeroDivisionError")));

    let threads = client.ask(Request::Threads, Urgency::Capture).await.unwrap();
    assert!(matches!(threads, Answer::Threads(threads) if threads.iter().any(|it| it.id == thread)));
    client.control(Request::StepOut(thread)).await;
    client.stop().await;
    let cleared = Request::SetBreakpoints { path: script(&debuggee), breakpoints: Vec::new() };
    assert_eq!(client.control(cleared).await, Answer::Breakpoints(Vec::new()));
    client.control(Request::Continue(thread)).await;
    client.control(Request::Pause(thread)).await;
    assert_eq!(client.stop().await.0, "pause");
}

/// The second `continue` would brick debugpy's adapter.
#[tokio::test]
async fn two_quick_continues_and_one_while_running_are_answered_by_us() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let cleared = Request::SetBreakpoints { path: script(&debuggee), breakpoints: Vec::new() };
    client.control(cleared).await;
    let first = client.send(Request::Continue(thread), Urgency::Control);
    let second = client.send(Request::Continue(thread), Urgency::Control);
    assert_eq!(client.answer(first).await, Ok(Answer::Done));
    assert!(matches!(client.answer(second).await, Err(AskError::Refused(_))));
    let third = client.ask(Request::Continue(thread), Urgency::Control).await;
    assert!(matches!(third, Err(AskError::Refused(_))));
    client.control(Request::Pause(thread)).await;
    client.stop().await;
    client.control(Request::Continue(thread)).await;
}

/// Whole steps: `next` to `stopped`, stack, scopes, variables; sorted.
async fn whole_steps(remedies: bool, count: usize) -> Vec<Duration> {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let config = AttachConfig { remedies, ..AttachConfig::new(debuggee.address()) };
    let mut client = Client::with(&config, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        client.control(Request::Next(thread)).await;
        client.stop().await;
        let frames = client.stack(thread).await;
        client.locals(&frames[0]).await;
        times.push(start.elapsed());
    }
    times.sort();
    times
}

/// Both remedies hold, and are still what makes the difference.
#[tokio::test]
async fn a_whole_step_takes_a_few_milliseconds() {
    let times = whole_steps(true, 60).await;
    let (median, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    let bare = whole_steps(false, 10).await[5];
    println!("whole step: p50 {median:.1?}, p95 {p95:.1?}; p50 as it comes {bare:.1?}");
    assert!(median * 2 < bare, "{median:?}, {bare:?}: a remedy no longer works");
}

/// How long a paused thread takes for what is asked together, as an editor's watches are.
async fn together(remedies: bool) -> Duration {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let config = AttachConfig { remedies, ..AttachConfig::new(debuggee.address()) };
    let mut client = Client::with(&config, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frame = Some(client.stack(thread).await[0].id);
    let start = Instant::now();
    let ask = |n| Request::Evaluate { frame, expression: format!("{n} + 1") };
    let asked: Vec<_> = (0..60).map(|n| client.send(ask(n), Urgency::Control)).collect();
    for (n, ask) in asked.into_iter().enumerate() {
        let Ok(Answer::Value(value)) = client.answer(ask).await else { panic!() };
        assert_eq!(value.value, (n + 1).to_string());
    }
    start.elapsed()
}

#[tokio::test]
async fn what_is_asked_together_does_not_wait_in_between() {
    let (remedied, bare) = (together(true).await, together(false).await);
    println!("60 evaluations asked together: {remedied:.1?}; as it comes {bare:.1?}");
    assert!(remedied * 2 < bare, "{remedied:?}, {bare:?}: pydevd waits in between again");
}

#[tokio::test]
async fn a_second_client_is_told_busy_and_the_first_goes_on() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let refused = attach(&AttachConfig::new(debuggee.address()), Setup::default()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::DebuggerBusy, "{refused:?}");
    assert_eq!(client.line(thread).await, 4);
    client.control(Request::Next(thread)).await;
    client.stop().await;
    assert_eq!(client.line(thread).await, 5);
}

#[tokio::test]
async fn detaching_leaves_the_program_running_and_attaching_again_works() {
    let mut debuggee = Debuggee::start_waiting(
        "import sys, time\nfor number in range(10**6):\n    print('tick', number, file=sys.__stdout__, flush=True)\n    time.sleep(0.01)\n",
    )
    .await;
    for _ in 0..3 {
        let mut client = Client::attach(&debuggee, setup(&debuggee, &[3])).await;
        let (_, thread) = client.stop().await;
        let handle = client.attached.handle.clone();
        assert_eq!(client.line(thread).await, 3);
        assert_eq!(client.detach().await, "detached");
        assert_eq!(handle.ask(AskId(9), Request::Threads, Urgency::Capture), Err(AskError::Gone));
        assert!(debuggee.is_running());
        // It runs on, without its breakpoint.
        debuggee.wait_for_nth_line("tick", debuggee.printed().len() + 3).await;
        tokio::time::sleep(PAUSE_AFTER_DETACH).await;
    }
}

#[tokio::test]
async fn dropping_the_receiver_detaches() {
    let mut debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    client.stop().await;
    drop(client);
    tokio::time::sleep(PAUSE_AFTER_LOSS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    client.stop().await;
    assert!(debuggee.is_running());
}

#[tokio::test]
async fn a_debuggee_that_is_killed_while_stopped_ends_the_connection_and_every_ask() {
    let mut debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    let expression = "__import__('time').sleep(60)".to_owned();
    let slow = client.send(Request::Evaluate { frame: Some(frames[0].id), expression }, Urgency::Browse);
    let queued =
        client.send(Request::Variables(breakroom_protocol::upstream::UpstreamReference(1)), Urgency::Browse);
    debuggee.kill().await;
    client.end().await;
    for ask in [slow, queued] {
        assert!(matches!(client.answer(ask).await, Err(AskError::Gone | AskError::Refused(_))));
    }
}

#[tokio::test]
async fn a_program_that_ends_is_told_and_then_the_connection_closes() {
    let mut debuggee = Debuggee::start_waiting("print('short', flush=True)\n").await;
    let mut client = Client::attach(&debuggee, Setup::default()).await;
    client.event(|event| (event == UpstreamEvent::Terminated).then_some(())).await;
    assert_eq!(client.end().await, "the program ended");
    assert_eq!(debuggee.wait().await, Some(0));
}

#[tokio::test]
async fn nobody_listening_is_not_active() {
    let nothing = FreePort::find();
    let address = nothing.address();
    let error = attach(&AttachConfig::new(address.clone()), Setup::default()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::DebuggerNotActive);
    assert!(error.to_string().contains(&address));
}

#[tokio::test]
async fn a_person_evaluates_in_main_and_leaves_nothing_in_the_debugger() {
    let script = "answer = 41\nimport time\nprint('ready')\nwhile True:\n    time.sleep(0.01)\n";
    let debuggee = Debuggee::start(script).await;
    // debugpy listens before the script's first line runs.
    debuggee.wait_for_line("ready").await;
    let mut client = Client::attach(&debuggee, Setup::default()).await;
    let value = client.evaluate(None, " answer + 1").await.unwrap();
    assert_eq!((value.value.as_str(), value.type_name.as_str()), ("42", "int"));
    assert_eq!(
        client.evaluate(None, "'it\\'s \\n \u{e9}\u{1f600}'").await.unwrap().value,
        "\"it's \\n \u{e9}\u{1f600}\""
    );
    assert_eq!(client.evaluate(None, "import os\nset_here = os.sep").await.unwrap().value, "");
    assert_eq!(client.evaluate(None, "set_here").await.unwrap().value, "'/'");
    // pydevd's namespace is another, and our programs leave nothing of theirs in `__main__`.
    for name in ["py_db", "text", "run", "json", "get_frame"] {
        let error = client.evaluate(None, name).await.unwrap_err();
        assert_eq!(error, AskError::Refused(format!("NameError: name '{name}' is not defined")));
    }
    let error = client.evaluate(None, "exit()").await.unwrap_err();
    assert!(matches!(error, AskError::Refused(why) if why.starts_with("SystemExit")));
    let error = client.evaluate(None, "a b").await.unwrap_err();
    assert!(matches!(error, AskError::Refused(why) if why.contains("SyntaxError")));
    assert_eq!(client.evaluate(None, "'x' * 3000000").await.unwrap().value.chars().count(), 1_000_001);
    assert_eq!(client.evaluate(None, "chr(0xd800)").await.unwrap().value, "'\\ud800'");
}

#[tokio::test]
async fn a_slow_answer_times_out_and_its_late_response_is_ignored() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let timeouts = Timeouts { answer: Duration::from_secs(3), ..Timeouts::default() };
    let config = AttachConfig { timeouts, ..AttachConfig::new(debuggee.address()) };
    let mut client = Client::with(&config, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    let slow = client.evaluate(Some(&frames[0]), "__import__('time').sleep(4)").await;
    assert_eq!(slow, Err(AskError::TimedOut("evaluate")));
    // The next browse waits for the late response, and gets its own answer.
    assert_eq!(client.evaluate(Some(&frames[0]), "a + 7").await.unwrap().value, "7");
}

/// The knock is a second `attach`: debugpy's adapter refuses it by itself, any number of times.
#[tokio::test]
async fn a_quiet_program_is_knocked_at_and_does_not_mind() {
    let script = "input()\nimport time\ntime.sleep(2)\nprint('through')\na = 6\nprint(a)\n";
    let mut debuggee = Debuggee::start_waiting(script).await;
    let timeouts = Timeouts { quiet: Duration::from_millis(50), ..Timeouts::default() };
    let config = AttachConfig { timeouts, ..AttachConfig::new(debuggee.address()) };
    let mut client = Client::with(&config, setup(&debuggee, &[6])).await;
    debuggee.write_line("go").await;
    client.output(OutputCategory::Stdout, "through").await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    assert_eq!(client.evaluate(Some(&frames[0]), "a * 7").await.unwrap().value, "42");
}

/// debugpy's adapter answers an evaluation after its client is gone, fails, and ends: nobody could attach again for as long
/// as the program runs.
#[tokio::test]
async fn who_leaves_in_mid_evaluation_leaves_a_debugger_that_can_be_attached_to() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    for (round, orderly) in [true, false, true, false].into_iter().enumerate() {
        let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
        let (_, thread) = client.stop().await;
        let frames = client.stack(thread).await;
        let say = format!("print('{{}} {round}', file=__import__('sys').__stdout__, flush=True)");
        let (begin, end) = (say.replace("{}", "begun"), say.replace("{}", "over"));
        let expression = format!("({begin}, time.sleep(0.7), {end})");
        client.send(Request::Evaluate { frame: Some(frames[0].id), expression }, Urgency::Browse);
        debuggee.wait_for_line(&format!("begun {round}")).await;
        if orderly {
            client.detach().await;
        } else {
            client.attached.handle.abandon();
            client.end().await;
        }
        debuggee.wait_for_line(&format!("over {round}")).await;
        tokio::time::sleep(PAUSE_AFTER_LOSS).await;
    }
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    assert_eq!(client.evaluate(Some(&frames[0]), "b + 1").await.unwrap().value, "2");
}

#[tokio::test]
async fn what_waits_is_dropped_at_a_resume() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frames = client.stack(thread).await;
    let expression = "print('asleep') or __import__('time').sleep(0.2)".to_owned();
    let slow = client.send(Request::Evaluate { frame: Some(frames[0].id), expression }, Urgency::Browse);
    client.output(OutputCategory::Stdout, "asleep").await;
    let waiting: Vec<_> =
        (0..5).map(|_| client.send(Request::Scopes(frames[0].id), Urgency::Browse)).collect();
    client.attached.handle.drop_queued();
    let next = client.send(Request::Next(thread), Urgency::Control);
    for ask in waiting {
        assert_eq!(client.answer(ask).await, Err(AskError::Dropped));
    }
    assert!(client.answer(slow).await.is_ok());
    assert_eq!(client.answer(next).await, Ok(Answer::Done));
    client.stop().await;
}

/// A condition that raises doesn't stop and is told as `important` (a `NameError` isn't even told).
#[tokio::test]
async fn conditions_log_points_and_a_condition_that_raises() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let with = |condition: Option<&str>, log: Option<&str>, line| SourceBreakpoint {
        condition: condition.map(str::to_owned),
        log_message: log.map(str::to_owned),
        ..at(line)
    };
    let breakpoints =
        vec![with(None, Some("sum is {c}"), 5), with(Some("1 / 0"), None, 6), with(Some("a == 3"), None, 7)];
    let setup = Setup { breakpoints: vec![(script(&debuggee), breakpoints)], ..Setup::default() };
    let mut client = Client::attach(&debuggee, setup).await;
    let (mut important, mut log, mut thread) = (false, false, None);
    while !(important && log && thread.is_some()) {
        client
            .event(|event| {
                match event {
                    UpstreamEvent::Output { category: OutputCategory::Important, .. } => important = true,
                    UpstreamEvent::Output { text, .. } if text.contains("sum is 1") => log = true,
                    UpstreamEvent::Stopped { thread: stopped, .. } => thread = Some(stopped),
                    _ => {}
                }
                Some(())
            })
            .await;
    }
    let frames = client.stack(thread.unwrap()).await;
    assert_eq!(frames[0].line, 7);
    assert_eq!(client.evaluate(Some(&frames[0]), "a").await.unwrap().value, "3");
}

#[tokio::test]
async fn a_path_that_would_kill_pydevd_is_never_sent() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut all = setup(&debuggee, &[4]);
    all.breakpoints.insert(0, (String::new(), vec![at(1)]));
    all.breakpoints.insert(1, ("/a\0b.py".to_owned(), vec![at(1), at(2)]));
    let mut client = Client::attach(&debuggee, all).await;
    let counts: Vec<_> = client.attached.breakpoints.iter().map(|(_, results)| results.len()).collect();
    assert_eq!(counts, [1, 2, 1]);
    assert!(!client.attached.breakpoints[0].1[0].verified);
    let (_, thread) = client.stop().await;
    let request = Request::SetBreakpoints { path: "/a\0b.py".to_owned(), breakpoints: vec![at(1)] };
    let refused = client.attached.handle.ask(AskId(99), request, Urgency::Control);
    assert!(matches!(refused, Err(AskError::Refused(_))));
    assert_eq!(client.line(thread).await, 4);
}

/// Stale ids are refused by debugpy, or show something else; they never go unanswered.
#[tokio::test]
async fn stale_and_unknown_ids_are_answered() {
    let debuggee = Debuggee::start_waiting(STEPS).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    let (_, thread) = client.stop().await;
    let frame = client.stack(thread).await[0].clone();
    client.control(Request::SetBreakpoints { path: script(&debuggee), breakpoints: Vec::new() }).await;
    client.control(Request::Continue(thread)).await;
    let stale = client.evaluate(Some(&frame), "a").await;
    assert!(matches!(stale, Err(AskError::Refused(_))), "{stale:?}");
    let unknown = breakroom_protocol::ids::ThreadId(77);
    let stack =
        client.ask(Request::StackTrace { thread: unknown, start: 0, levels: 1 }, Urgency::Capture).await;
    assert!(matches!(stack, Err(AskError::Refused(_))), "{stack:?}");
    let next = client.ask(Request::Next(unknown), Urgency::Control).await;
    assert!(matches!(next, Err(AskError::Refused(_))), "{next:?}");
}

/// A flood is read in order and merged; a stop behind it arrives.
#[tokio::test]
async fn a_flood_of_output_keeps_its_order_and_a_slow_session_pauses_reading() {
    let debuggee = Options::text(
        "for number in range(5000):\n    print('line', number)\nprint('over')\nstop = True\nprint('after')\n",
    )
    .wait_for_client()
    .start()
    .await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[4])).await;
    // Nothing is taken until the program has printed everything; then all of it is there, in order.
    debuggee.wait_for_line("over").await;
    let text = client.output(OutputCategory::Stdout, "over\n").await;
    let expected: String = (0..5000).map(|number| format!("line {number}\n")).collect();
    assert_eq!(text, expected + "over\n");
    client.stop().await;
}

#[tokio::test]
async fn a_child_process_is_told() {
    let debuggee = Debuggee::start_waiting(
        "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', 'print(1)'])\nimport time\ntime.sleep(60)\n",
    )
    .await;
    let mut client = Client::attach(&debuggee, Setup::default()).await;
    let name = client
        .event(|event| match event {
            UpstreamEvent::Child(child) => Some(child.name),
            _ => None,
        })
        .await;
    assert!(name.contains("process"), "{name}");
    // The unattached child hangs for ever: it must not outlive the test.
    assert_eq!(client.evaluate(None, "child.kill() or child.wait()").await.unwrap().value, "-9");
}
