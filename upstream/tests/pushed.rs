//! What a real debuggee tells with its stops: the same as asking gives, without asking; and nothing to others.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod common;

use breakroom_protocol::dap::{Framing, Incoming};
use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::ExceptionFilters;
use breakroom_protocol::upstream::{
    Answer, AskError, Request, UpstreamFrameInfo, UpstreamScope, UpstreamVariable, Urgency,
};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_upstream::{AttachConfig, CAPTURED_FRAMES, PAUSE_AFTER_DETACH, Setup};
use bytes::BytesMut;
use common::{Client, PATIENCE, setup};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Decoder, Encoder, FramedRead};

const PROGRAM: &str = "\
import time

class Slow:
    def __repr__(self):
        time.sleep(5)
        return 'slow'

def work(number):
    twice = number * 2
    items = [twice, number]
    slow = Slow()
    return items

def deep(left):
    return deep(left - 1) if left else work(7)

def raises():
    raise ValueError('on purpose')

number = 0
while True:
    number += 1
    work(number)
    if number % 2:
        deep(300)
    try:
        raises()
    except ValueError:
        pass
    time.sleep(0.01)
";

/// A connection on whose way it is noted what is asked.
struct Asked {
    address: String,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Asked {
    /// Connects to debugpy only when it is connected to.
    async fn of(debuggee: &Debuggee) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let commands = Arc::new(Mutex::new(Vec::new()));
        let (noted, to) = (Arc::clone(&commands), debuggee.address());
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let debugpy = TcpStream::connect(to).await.unwrap();
            let ((from_client, to_client), (from_debugpy, to_debugpy)) =
                (client.into_split(), debugpy.into_split());
            tokio::join!(carry(from_client, to_debugpy, Some(noted)), carry(from_debugpy, to_client, None))
        });
        Self { address, commands }
    }

    /// How often one of the three was asked for since the last look.
    fn reads(&self) -> usize {
        let commands = std::mem::take(&mut *self.commands.lock().unwrap());
        let reads = ["stackTrace", "scopes", "variables"];
        commands.iter().filter(|command| reads.contains(&command.as_str())).count()
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, noted: Option<Arc<Mutex<Vec<String>>>>) {
    let (mut framing, mut buffer, mut piece) = (Framing::default(), BytesMut::new(), vec![0; 64 * 1024]);
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        buffer.extend_from_slice(&piece[..count]);
        while let Ok(Some(frame)) = framing.decode(&mut buffer) {
            let message: Incoming<'_> = serde_json::from_slice(&frame).unwrap();
            if let (Some(noted), Some(command)) = (&noted, message.command) {
                noted.lock().unwrap().push(command.into_owned());
            }
        }
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

type Looked = (Vec<UpstreamFrameInfo>, Vec<UpstreamScope>, Vec<UpstreamVariable>);

/// What is told of a stack at most.
const FIRST: usize = 200;

/// Stack, the top frame's scopes, its locals.
async fn look(client: &mut Client, thread: ThreadId) -> Looked {
    let (frames, _) = stack(client, thread, 0).await;
    let Answer::Scopes(scopes) = client.ask(Request::Scopes(frames[0].id), Urgency::Capture).await.unwrap()
    else {
        panic!("scopes")
    };
    let variables = variables(client, &scopes).await.unwrap();
    (frames, scopes, variables)
}

/// So many frames of a stack as are told at most, and how many there are.
async fn stack(client: &mut Client, thread: ThreadId, start: u32) -> (Vec<UpstreamFrameInfo>, u32) {
    let request = Request::StackTrace { thread, start, levels: CAPTURED_FRAMES };
    let Answer::Stack { frames, total } = client.ask(request, Urgency::Capture).await.unwrap() else {
        panic!("a stack")
    };
    (frames, total)
}

/// The top of a stack as it was told, which is what asking gives; and all of it.
async fn told_stack(client: &mut Client, asked: &Asked, thread: ThreadId) -> Vec<UpstreamFrameInfo> {
    asked.reads();
    let told = stack(client, thread, 0).await;
    assert_eq!((told.0.len(), asked.reads()), (FIRST, 0), "it was told");
    let again = stack(client, thread, 0).await;
    assert_eq!(asked.reads(), 1);
    assert_eq!(told, again);
    let (mut frames, total) = told;
    while frames.len() < total as usize {
        let (more, same) = stack(client, thread, u32::try_from(frames.len()).unwrap()).await;
        assert!(!more.is_empty() && same == total, "{total} and {same}");
        frames.extend(more);
    }
    frames
}

async fn variables(client: &mut Client, scopes: &[UpstreamScope]) -> Result<Vec<UpstreamVariable>, AskError> {
    client.ask(Request::Variables(scopes[0].reference), Urgency::Capture).await.map(|answer| match answer {
        Answer::Variables(variables) => variables,
        other => panic!("{other:?}"),
    })
}

async fn attached(debuggee: &Debuggee, setup: Setup) -> (Asked, Client) {
    let asked = Asked::of(debuggee).await;
    let client = Client::with(&AttachConfig::new(asked.address.clone()), setup).await;
    (asked, client)
}

fn value<'a>(variables: &'a [UpstreamVariable], name: &str) -> Option<&'a str> {
    variables.iter().find(|variable| variable.name == name).map(|variable| variable.value.as_str())
}

#[tokio::test]
async fn a_stop_is_told_and_the_same_as_what_asking_gives() {
    let debuggee = Debuggee::start_waiting(PROGRAM).await;
    let (asked, mut client) = attached(&debuggee, setup(&debuggee, &[10])).await;
    // The first stop may come before the debuggee was told to tell.
    let (_, thread) = client.stop().await;
    client.control(Request::Continue(thread)).await;
    for told in ["breakpoint", "step"] {
        let (reason, thread) = client.stop().await;
        assert_eq!(reason, told);
        asked.reads();
        let seen = look(&mut client, thread).await;
        assert_eq!(asked.reads(), 0, "nothing was asked for");
        assert_eq!(look(&mut client, thread).await, seen);
        assert!(asked.reads() >= 3, "each is told once");
        client.control(Request::Next(thread)).await;
    }
}

#[tokio::test]
async fn of_a_deep_stack_the_first_frames_are_told_and_slow_values_keep_no_stop_back() {
    let debuggee = Debuggee::start_waiting(PROGRAM).await;
    let (asked, mut client) = attached(&debuggee, setup(&debuggee, &[12])).await;
    // The first stop may come before the debuggee was told to tell.
    let (_, thread) = client.stop().await;
    client.control(Request::Continue(thread)).await;
    let (mut shallow, mut deep) = (false, false);
    while !(shallow && deep) {
        let (_, thread) = client.stop().await;
        let began = Instant::now();
        asked.reads();
        let (frames, total) = stack(&mut client, thread, 0).await;
        assert_eq!(asked.reads(), 0, "nothing was asked for");
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!((frames[0].name.as_str(), frames[0].line), ("work", 12));
        if total > CAPTURED_FRAMES {
            assert_eq!(frames.len(), FIRST);
            deep = true;
        } else {
            let (_, _, locals) = look(&mut client, thread).await;
            assert!(value(&locals, "slow").unwrap().starts_with("<Slow: repr took longer"), "{locals:?}");
            assert_eq!(value(&locals, "items").map(|list| list.starts_with('[')), Some(true));
            shallow = true;
        }
        client.control(Request::Continue(thread)).await;
    }
}

/// Frames of libraries between ours, an exception's cause behind its own frames: what is told counts them as debugpy does.
#[tokio::test]
async fn what_is_told_of_a_deep_stack_is_what_asking_gives() {
    let debuggee = Debuggee::start_waiting(
        "import contextlib, time\n\nclass Near(contextlib.ContextDecorator):\n    \
         def __enter__(self):\n        pass\n    def __exit__(self, *raised):\n        pass\n\n\
         def cause():\n    raise KeyError('the cause')\n\n\
         @Near()\ndef deep(left):\n    if left:\n        return deep(left - 1)\n    \
         reached = time.time()\n    try:\n        cause()\n    except KeyError as error:\n        \
         raise ValueError('on purpose') from error\n\n\
         while True:\n    try:\n        deep(230)\n    except ValueError:\n        pass\n    time.sleep(0.02)\n",
    )
    .await;
    for just_my_code in [true, false] {
        let asked = Asked::of(&debuggee).await;
        let mut config = AttachConfig::new(asked.address.clone());
        config.just_my_code = just_my_code;
        let exception_filters = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
        let mut client = Client::with(&config, Setup { exception_filters, ..setup(&debuggee, &[16]) }).await;
        let (_, thread) = client.stop().await;
        client.control(Request::Continue(thread)).await;
        let (mut plain, mut chained) = (false, false);
        while !(plain && chained) {
            let (reason, thread) = client.stop().await;
            let frames = told_stack(&mut client, &asked, thread).await;
            // 231 of ours with 231 of the library's between, and the module: the decorator's are hidden with "just my code".
            let own = if just_my_code { 231 } else { 462 };
            assert!(frames.len() > own, "{} of {own}", frames.len());
            if just_my_code {
                assert!(frames.iter().all(|frame| !frame.name.contains("inner")), "{frames:?}");
                assert!(frames.len() < 2 * own, "{}", frames.len());
            }
            let of_a_cause = frames.iter().filter(|frame| frame.name.starts_with("[Chained Exc:")).count();
            plain |= reason == "breakpoint" && of_a_cause == 0;
            chained |= reason == "exception" && of_a_cause > 0;
            client.control(Request::Continue(thread)).await;
        }
        client.detach().await;
        tokio::time::sleep(PAUSE_AFTER_DETACH).await;
    }
}

/// pydevd lets the other threads run on while somebody who has asked waits for more than 3 s, and says a stop behind it.
#[tokio::test]
async fn locals_that_take_seconds_make_no_further_stop() {
    // Each of them takes no longer than one may, by far.
    const MANY: usize = 40;
    let names: Vec<_> = (0..MANY).map(|n| format!("a{n}")).collect();
    let debuggee = Debuggee::start_waiting(&format!(
        "import time\nclass Dozing:\n    def __repr__(self):\n        time.sleep(0.1)\n        return 'dozed'\n\n\
         def work({}):\n    done = 1\n    return done\n\n\
         while True:\n    work(*[Dozing() for _ in range({MANY})])\n    time.sleep(0.02)\n",
        names.join(", ")
    ))
    .await;
    let (_asked, mut client) = attached(&debuggee, setup(&debuggee, &[8])).await;
    let (_, thread) = client.stop().await;
    // Before it goes on: who hears late of that, or of the stop, has seconds of it behind them.
    let began = Instant::now();
    client.control(Request::Continue(thread)).await;
    let (_, thread) = client.stop().await;
    let (frames, _, locals) = look(&mut client, thread).await;
    assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!((frames[0].line, locals.len()), (8, MANY));
    client.control(Request::Next(thread)).await;
    assert_eq!(client.stop().await, ("step".to_owned(), thread));
    assert_eq!(client.line(thread).await, 9);
}

#[tokio::test]
async fn what_code_has_changed_since_is_asked_for() {
    let debuggee = Debuggee::start_waiting(PROGRAM).await;
    let (_asked, mut client) = attached(&debuggee, setup(&debuggee, &[10])).await;
    for changed in ["100", "200", "300"] {
        let (_, thread) = client.stop().await;
        let (frames, _) = stack(&mut client, thread, 0).await;
        let scopes = match client.ask(Request::Scopes(frames[0].id), Urgency::Capture).await.unwrap() {
            Answer::Scopes(scopes) => scopes,
            other => panic!("{other:?}"),
        };
        let (name, value_text) = ("twice".to_owned(), changed.to_owned());
        let set =
            Request::Assign { frame: frames[0].id, reference: scopes[0].reference, name, value: value_text };
        client.ask(set, Urgency::Control).await.unwrap();
        assert_eq!(value(&variables(&mut client, &scopes).await.unwrap(), "twice"), Some(changed));
        client.control(Request::Continue(thread)).await;
    }
}

#[tokio::test]
async fn at_an_exception_it_is_the_stack_where_it_was_raised() {
    let debuggee = Debuggee::start_waiting(PROGRAM).await;
    let raised = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
    let setup = Setup { exception_filters: raised, ..Setup::default() };
    let (asked, mut client) = attached(&debuggee, setup).await;
    for stop in 0..4 {
        let (reason, thread) = client.stop().await;
        assert_eq!(reason, "exception");
        asked.reads();
        let (frames, ..) = look(&mut client, thread).await;
        assert!(["raises", "<module>"].contains(&frames[0].name.as_str()), "{frames:?}");
        if stop > 0 {
            assert_eq!(asked.reads(), 0);
        }
        client.control(Request::Continue(thread)).await;
    }
}

#[tokio::test]
async fn who_attaches_after_us_hears_nothing_of_ours() {
    let debuggee = Debuggee::start_waiting(PROGRAM).await;
    let mut client = Client::attach(&debuggee, setup(&debuggee, &[10])).await;
    client.stop().await;
    client.detach().await;
    tokio::time::sleep(PAUSE_AFTER_DETACH).await;
    let events = editor_sees_a_stop(&debuggee).await;
    let ours = |event: &Value| event["body"]["output"] == "breakroom";
    assert!(!events.iter().any(ours), "{events:?}");
}

/// What a plain client hears up to its stop and the answer to what it asks then.
async fn editor_sees_a_stop(debuggee: &Debuggee) -> Vec<Value> {
    let (reader, mut writer) = TcpStream::connect(debuggee.address()).await.unwrap().into_split();
    let mut frames = FramedRead::new(reader, Framing::default());
    let (mut seq, mut heard) = (0, Vec::new());
    let mut say = async |command: &str, arguments: Value| {
        seq += 1;
        let request = json!({ "seq": seq, "type": "request", "command": command, "arguments": arguments });
        let mut frame = BytesMut::new();
        Framing::default().encode(request.to_string().as_bytes(), &mut frame).unwrap();
        writer.write_all(&frame).await.unwrap();
    };
    let mut hear = async |so: &dyn Fn(&Value) -> bool| {
        use futures_util::StreamExt;
        loop {
            let next = tokio::time::timeout(PATIENCE, frames.next()).await;
            let Ok(Some(Ok(frame))) = next else { panic!("{next:?}, heard so far: {heard:#?}") };
            let message: Value = serde_json::from_slice(&frame).unwrap();
            let found = so(&message);
            heard.push(message.clone());
            if found {
                return message;
            }
        }
    };
    say("initialize", json!({ "adapterID": "debugpy" })).await;
    hear(&|message| message["command"] == "initialize").await;
    say("attach", json!({ "name": "plain" })).await;
    hear(&|message| message["event"] == "initialized").await;
    let path = common::script(debuggee);
    let breakpoints = json!({ "source": { "path": path }, "breakpoints": [{ "line": 10 }] });
    say("setBreakpoints", breakpoints).await;
    say("configurationDone", json!({})).await;
    let stop = hear(&|message| message["event"] == "stopped").await;
    say("stackTrace", json!({ "threadId": stop["body"]["threadId"] })).await;
    hear(&|message| message["command"] == "stackTrace").await;
    say("threads", json!({})).await;
    hear(&|message| message["command"] == "threads").await;
    heard
}
