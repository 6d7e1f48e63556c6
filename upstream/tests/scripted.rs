//! What real debugpy can't be made to do: garbage, silence, half messages, answers out of the protocol.

#![allow(clippy::unwrap_used)] // Helpers of tests, too.

mod common;

use breakroom_protocol::error::ErrorCode;
use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::upstream::{
    Answer, AskError, AskId, FromUpstream, Request, UpstreamChild, UpstreamEvent, UpstreamFrame, Urgency,
};
use breakroom_protocol::wire::WireRequest;
use breakroom_upstream::{
    AttachConfig, AttachError, Attached, CONTROL_LIMIT, READS_LIMIT, Setup, Timeouts, attach,
};
use common::PATIENCE;
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The other end of a connection, which a test scripts.
struct Peer {
    stream: TcpStream,
    buffer: Vec<u8>,
    seq: i64,
}

impl Peer {
    async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    async fn message(&mut self, mut message: Value) {
        self.seq += 1;
        message["seq"] = self.seq.into();
        let body = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await;
    }

    async fn event(&mut self, event: &str, body: Value) {
        self.message(json!({ "type": "event", "event": event, "body": body })).await;
    }

    async fn respond(&mut self, request: &Value, body: Value) {
        let (seq, command) = (&request["seq"], &request["command"]);
        let message = json!({ "type": "response", "request_seq": seq, "command": command, "success": true, "body": body });
        self.message(message).await;
    }

    async fn refuse(&mut self, request: &Value, why: &str) {
        let (seq, command) = (&request["seq"], &request["command"]);
        let message = json!({ "type": "response", "request_seq": seq, "command": command, "success": false, "message": why });
        self.message(message).await;
    }

    /// The next message; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let header = std::str::from_utf8(&self.buffer[..end]).unwrap();
                let length: usize = header.strip_prefix("Content-Length: ").unwrap().parse().unwrap();
                if self.buffer.len() >= end + 4 + length {
                    let message = serde_json::from_slice(&self.buffer[end + 4..end + 4 + length]).unwrap();
                    self.buffer.drain(..end + 4 + length);
                    return Some(message);
                }
            }
            if self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    async fn expect(&mut self, command: &str) -> Value {
        let message = self.next().await.expect("another message");
        assert_eq!(message["command"], command, "{message}");
        message
    }

    /// Plays debugpy up to a configured session.
    async fn attach(&mut self) {
        self.event("output", json!({ "category": "telemetry", "output": "debugpy" })).await;
        let initialize = self.expect("initialize").await;
        self.respond(&initialize, json!({})).await;
        let attach = self.expect("attach").await;
        assert_eq!(attach["arguments"]["redirectOutput"], true);
        self.event("debugpyWaitingForServer", json!({})).await;
        self.event("initialized", json!({})).await;
        let install = self.expect("evaluate").await;
        self.respond(&install, json!({ "result": r#"{"error": null, "fresh": true}"# })).await;
        let exceptions = self.expect("setExceptionBreakpoints").await;
        assert_eq!(exceptions["arguments"]["filters"], json!(["uncaught"]));
        self.respond(&exceptions, json!({})).await;
        let done = self.expect("configurationDone").await;
        self.respond(&done, json!({})).await;
        // Only now, as debugpy does.
        self.respond(&attach, json!({})).await;
        let greet = self.expect("evaluate").await;
        let result =
            json!({ "python": "3.11.2", "debugpy": "1.8.22", "pid": 7, "no_delay": true }).to_string();
        self.respond(&greet, json!({ "result": result })).await;
    }
}

fn quick() -> Timeouts {
    let short = Duration::from_secs(1);
    Timeouts { connect: short, attach: short, answer: short, detach: short, ..Timeouts::default() }
}

/// Runs `script` as the peer of one attach.
async fn against<F>(timeouts: Timeouts, script: impl FnOnce(Peer) -> F) -> Result<Attached, AttachError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = AttachConfig { timeouts, ..AttachConfig::new(listener.local_addr().unwrap().to_string()) };
    let attaching = tokio::spawn(async move { attach(&config, Setup::default()).await });
    let (stream, _) = listener.accept().await.unwrap();
    let peer = tokio::spawn(script(Peer { stream, buffer: Vec::new(), seq: 0 }));
    let attached = tokio::time::timeout(PATIENCE, attaching).await.expect("attaching has deadlines").unwrap();
    // A script that goes on is seen to its end by the test through the connection.
    if peer.is_finished() {
        peer.await.unwrap();
    }
    attached
}

async fn code<F>(script: impl FnOnce(Peer) -> F) -> ErrorCode
where
    F: Future<Output = ()> + Send + 'static,
{
    let error = against(quick(), script).await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:"), "{error}");
    error.code()
}

async fn next(attached: &mut Attached) -> FromUpstream {
    tokio::time::timeout(PATIENCE, attached.incoming.recv()).await.expect("in time").expect("before the end")
}

/// Waits for the end; it is the last.
async fn end(attached: &mut Attached) -> String {
    loop {
        if let FromUpstream::Closed { message } = next(attached).await {
            assert_eq!(attached.incoming.recv().await, None);
            return message;
        }
    }
}

#[tokio::test]
async fn what_is_not_debugpy_is_found_out() {
    let http = async |mut peer: Peer| {
        peer.raw(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nno").await
    };
    assert_eq!(code(|peer| async move { http(peer).await }).await, ErrorCode::NotDebugpy);
    let banners: [&'static [u8]; 6] = [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x00\xff\x16\x03\x01\x80\r\n\r\n",
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Content-Length: 7\r\n\r\nnotjson",
        b"Content-Length: 2\r\n\r\n\xff\xfe",
    ];
    for banner in banners {
        let code = code(|mut peer| async move {
            peer.raw(banner).await;
            peer.next().await;
            peer.next().await;
        });
        assert_eq!(code.await, ErrorCode::NotDebugpy, "{banner:?}");
    }
}

#[tokio::test]
async fn silence_at_each_phase() {
    let error =
        against(quick(), |mut peer| async move { while peer.next().await.is_some() {} }).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::DebuggerSilent);
    // Half a message is silence, too.
    let code_of_half = code(|mut peer| async move {
        peer.raw(b"Content-Length: 100\r\n\r\n{\"type\"").await;
        while peer.next().await.is_some() {}
    });
    assert_eq!(code_of_half.await, ErrorCode::DebuggerSilent);
    // The adapter is there, the program behind it isn't.
    let error = against(quick(), |mut peer| async move {
        let initialize = peer.expect("initialize").await;
        peer.respond(&initialize, json!({})).await;
        peer.expect("attach").await;
        // A client leaves in good order all the same.
        peer.expect("disconnect").await;
    });
    let error = error.await.unwrap_err();
    assert!(
        matches!(error, AttachError::Silent { phase: breakroom_upstream::Phase::Program, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_end_at_each_phase_is_gone() {
    assert_eq!(code(|peer| async move { drop(peer) }).await, ErrorCode::DebuggerGone);
    let half = code(|mut peer| async move {
        peer.expect("initialize").await;
        peer.raw(b"Content-Length: 100\r\n\r\n{\"type\"").await;
    });
    assert_eq!(half.await, ErrorCode::DebuggerGone);
    let later = code(|mut peer| async move {
        let initialize = peer.expect("initialize").await;
        peer.respond(&initialize, json!({})).await;
        peer.expect("attach").await;
    });
    assert_eq!(later.await, ErrorCode::DebuggerGone);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let refuse = |why: &'static str| {
        code(move |mut peer| async move {
            let initialize = peer.expect("initialize").await;
            peer.respond(&initialize, json!({})).await;
            let attach = peer.expect("attach").await;
            peer.refuse(&attach, why).await;
            peer.next().await;
        })
    };
    assert_eq!(refuse("Server[pid=7] is already being debugged.").await, ErrorCode::DebuggerBusy);
    assert_eq!(refuse("Timed out waiting for debug server to connect.").await, ErrorCode::DebuggerGone);
}

#[tokio::test]
async fn what_comes_while_attaching_comes_first_and_a_reverse_request_for_a_child_is_answered() {
    let mut attached = against(Timeouts::default(), |mut peer| async move {
        peer.event("stopped", json!({ "reason": "breakpoint", "threadId": 1 })).await;
        peer.attach().await;
        let arguments =
            json!({ "request": "attach", "configuration": { "name": "Subprocess 8", "subProcessId": 8 } });
        peer.message(json!({ "type": "request", "command": "startDebugging", "arguments": arguments })).await;
        let answered = peer.next().await.unwrap();
        assert_eq!((&answered["type"], &answered["success"]), (&json!("response"), &json!(true)));
        peer.event("output", json!({ "category": "stdout", "output": "a\u{fffd}" })).await;
        peer.raw(b"Content-Length: 80\r\n\r\n").await;
        let odd = r#"{"seq":99,"type":"event","event":"output","body":{"output":"\ud800"}}"#;
        peer.raw(format!("{odd:<80}").as_bytes()).await;
        peer.next().await;
    })
    .await
    .unwrap();
    assert_eq!(attached.info.pid, Some(7));
    let first = next(&mut attached).await;
    assert!(
        matches!(first, FromUpstream::Event(UpstreamEvent::Stopped { thread: ThreadId(1), .. })),
        "{first:?}"
    );
    let arguments = r#"{"name":"Subprocess 8","subProcessId":8}"#.to_owned();
    let announced = UpstreamChild { name: "Subprocess 8".to_owned(), pid: Some(8), arguments };
    let child = FromUpstream::Event(UpstreamEvent::Child(announced));
    assert_eq!(next(&mut attached).await, child);
    for text in ["a\u{fffd}", "\u{fffd}"] {
        let output = next(&mut attached).await;
        assert!(
            matches!(&output, FromUpstream::Event(UpstreamEvent::Output { text: it, .. }) if it == text),
            "{output:?}"
        );
    }
    // Paused since before we were attached: a `continue` may go.
    attached.handle.ask(AskId(1), Request::Continue(ThreadId(1)), Urgency::Control).unwrap();
}

#[tokio::test]
async fn what_is_read_together_with_the_end_of_attaching_is_not_lost() {
    let mut attached = against(Timeouts::default(), |mut peer| async move {
        let initialize = peer.expect("initialize").await;
        peer.respond(&initialize, json!({})).await;
        let attach = peer.expect("attach").await;
        peer.event("initialized", json!({})).await;
        // What is installed, exception filters, `configurationDone`.
        for _ in 0..3 {
            let request = peer.next().await.unwrap();
            peer.respond(&request, json!({})).await;
        }
        peer.respond(&attach, json!({})).await;
        let greet = peer.expect("evaluate").await;
        let answer = json!({ "type": "response", "request_seq": greet["seq"], "command": "evaluate", "success": false });
        let stopped = json!({ "type": "event", "event": "stopped", "body": { "reason": "pause", "threadId": 1 } });
        let mut together = Vec::new();
        for message in [answer, stopped] {
            let body = message.to_string();
            together.extend_from_slice(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        }
        peer.raw(&together).await;
        peer.expect("continue").await;
    })
    .await
    .unwrap();
    let stopped = next(&mut attached).await;
    assert!(matches!(stopped, FromUpstream::Event(UpstreamEvent::Stopped { .. })), "{stopped:?}");
    attached.handle.ask(AskId(1), Request::Continue(ThreadId(1)), Urgency::Control).unwrap();
    let gone = FromUpstream::Answer { ask: AskId(1), outcome: Err(AskError::Gone) };
    assert_eq!(next(&mut attached).await, gone);
}

#[tokio::test]
async fn garbage_later_closes_and_ends_what_was_asked() {
    for garbage in ["no DAP\r\n\r\n", "Content-Length: 3\r\n\r\nabc", "Content-Length: 99999999\r\n\r\n"] {
        let mut attached = against(Timeouts::default(), move |mut peer| async move {
            peer.attach().await;
            peer.expect("threads").await;
            peer.raw(garbage.as_bytes()).await;
            while peer.next().await.is_some() {}
        })
        .await
        .unwrap();
        attached.handle.ask(AskId(1), Request::Threads, Urgency::Capture).unwrap();
        let gone = FromUpstream::Answer { ask: AskId(1), outcome: Err(AskError::Gone) };
        assert_eq!(next(&mut attached).await, gone);
        assert!(end(&mut attached).await.contains("not DAP"));
        assert_eq!(attached.handle.ask(AskId(2), Request::Threads, Urgency::Capture), Err(AskError::Gone));
    }
}

#[tokio::test]
async fn answers_out_of_the_protocol_and_no_answers() {
    let timeouts =
        Timeouts { answer: Duration::from_secs(2), slow: Duration::from_secs(60), ..Timeouts::default() };
    let mut attached = against(timeouts, |mut peer| async move {
        peer.attach().await;
        let garbled = peer.expect("threads").await;
        peer.respond(&garbled, json!({ "threads": 7 })).await;
        let silent = peer.expect("scopes").await;
        peer.event("continued", json!({})).await;
        // Control goes although a read is unanswered.
        let pause = peer.expect("pause").await;
        peer.respond(&pause, json!({})).await;
        // The browse behind it doesn't go before the late answer.
        tokio::time::timeout(Duration::from_millis(2_800), peer.next()).await.expect_err("it waits");
        peer.respond(&silent, json!({ "scopes": [] })).await;
        let after = peer.expect("variables").await;
        peer.respond(&after, json!({ "variables": [] })).await;
        peer.next().await;
    })
    .await
    .unwrap();
    let ask = |attached: &Attached, ask, request, urgency| {
        attached.handle.ask(AskId(ask), request, urgency).unwrap()
    };
    ask(&attached, 1, Request::Threads, Urgency::Browse);
    let garbled = FromUpstream::Answer { ask: AskId(1), outcome: Err(AskError::Garbled("threads")) };
    assert_eq!(next(&mut attached).await, garbled);
    ask(&attached, 2, Request::Scopes(UpstreamFrame(1)), Urgency::Browse);
    // It is in flight when the next is asked.
    assert_eq!(next(&mut attached).await, FromUpstream::Event(UpstreamEvent::Continued));
    ask(&attached, 3, Request::Pause(ThreadId(1)), Urgency::Control);
    assert_eq!(next(&mut attached).await, FromUpstream::Answer { ask: AskId(3), outcome: Ok(Answer::Done) });
    let late = FromUpstream::Answer { ask: AskId(2), outcome: Err(AskError::TimedOut("scopes")) };
    assert_eq!(next(&mut attached).await, late);
    ask(
        &attached,
        4,
        Request::Variables(breakroom_protocol::upstream::UpstreamReference(1)),
        Urgency::Browse,
    );
    let answered = FromUpstream::Answer { ask: AskId(4), outcome: Ok(Answer::Variables(Vec::new())) };
    assert_eq!(next(&mut attached).await, answered);
}

#[tokio::test]
async fn detaching_from_a_peer_that_hangs_ends_by_its_deadline() {
    let timeouts = Timeouts { detach: Duration::from_millis(200), ..Timeouts::default() };
    let mut attached = against(timeouts, |mut peer| async move {
        peer.attach().await;
        peer.expect("threads").await;
        let disconnect = peer.expect("disconnect").await;
        assert_eq!(disconnect["arguments"]["terminateDebuggee"], false);
        // Neither answers nor closes.
        assert_eq!(peer.next().await, None);
    })
    .await
    .unwrap();
    attached.handle.ask(AskId(1), Request::Threads, Urgency::Capture).unwrap();
    let handle = attached.handle.clone();
    tokio::time::timeout(PATIENCE, handle.detach()).await.expect("it has a deadline");
    let gone = FromUpstream::Answer { ask: AskId(1), outcome: Err(AskError::Gone) };
    assert_eq!(next(&mut attached).await, gone);
    assert!(end(&mut attached).await.starts_with("detached"));
}

/// Attached to a peer that was asked for its threads, and answers when it has seen that nothing else comes; then it expects a
/// `disconnect`, and nothing of what was asked behind it.
async fn with_threads_asked(urgency: Urgency) -> Attached {
    let mut attached = against(Timeouts { settle: PATIENCE, ..Timeouts::default() }, |mut peer| async move {
        peer.attach().await;
        let threads = peer.expect("threads").await;
        peer.event("continued", json!({})).await;
        // Enough for a `disconnect` that doesn't wait.
        tokio::time::timeout(Duration::from_millis(300), peer.next()).await.expect_err("it waits");
        peer.respond(&threads, json!({ "threads": [] })).await;
        let disconnect = peer.expect("disconnect").await;
        peer.respond(&disconnect, json!({})).await;
    })
    .await
    .unwrap();
    attached.handle.ask(AskId(1), Request::Threads, urgency).unwrap();
    assert_eq!(next(&mut attached).await, FromUpstream::Event(UpstreamEvent::Continued));
    attached
}

/// debugpy's adapter may end if it has nobody to give an answer to.
#[tokio::test]
async fn who_detaches_waits_for_what_is_in_flight_and_sends_nothing_more() {
    let mut attached = with_threads_asked(Urgency::Browse).await;
    attached.handle.ask(AskId(2), Request::Scopes(UpstreamFrame(1)), Urgency::Browse).unwrap();
    let handle = attached.handle.clone();
    tokio::time::timeout(PATIENCE, handle.detach()).await.expect("it ends");
    let answered = FromUpstream::Answer { ask: AskId(1), outcome: Ok(Answer::Threads(Vec::new())) };
    assert_eq!(next(&mut attached).await, answered);
    let gone = FromUpstream::Answer { ask: AskId(2), outcome: Err(AskError::Gone) };
    assert_eq!(next(&mut attached).await, gone);
    assert!(end(&mut attached).await.starts_with("detached"));
}

/// So does an editor.
#[tokio::test]
async fn an_editor_s_leaving_waits_for_what_is_in_flight() {
    let mut attached = with_threads_asked(Urgency::Capture).await;
    let leave = Request::Wire(WireRequest::new("disconnect", json!({})).unwrap());
    attached.handle.ask(AskId(2), leave, Urgency::Control).unwrap();
    attached.handle.ask(AskId(3), Request::Scopes(UpstreamFrame(1)), Urgency::Capture).unwrap();
    let answered = FromUpstream::Answer { ask: AskId(1), outcome: Ok(Answer::Threads(Vec::new())) };
    assert_eq!(next(&mut attached).await, answered);
    let FromUpstream::Answer { ask: AskId(2), outcome: Ok(Answer::Wire(left)) } = next(&mut attached).await
    else {
        panic!()
    };
    assert!(left.success);
    // The peer's end of it.
    let gone = FromUpstream::Answer { ask: AskId(3), outcome: Err(AskError::Gone) };
    assert_eq!(next(&mut attached).await, gone);
    end(&mut attached).await;
}

/// Said twice, it can cost debugpy's adapter its life; not said at all, it keeps the program.
#[tokio::test]
async fn an_editor_s_leaving_that_is_refused_is_said_again_at_the_end() {
    let leave = || {
        let arguments = json!({ "terminateDebuggee": false });
        Request::Wire(WireRequest::new("disconnect", arguments).unwrap())
    };
    for refused in [true, false] {
        let (counts, counted) = tokio::sync::oneshot::channel();
        let timeouts = Timeouts { detach: Duration::from_millis(200), ..Timeouts::default() };
        let attached = against(timeouts, move |mut peer| async move {
            peer.attach().await;
            let asked = peer.expect("disconnect").await;
            if refused {
                peer.refuse(&asked, "not now").await;
            } else {
                peer.respond(&asked, json!({})).await;
            }
            let mut said = 1;
            // It doesn't close: the other side does, by its deadline.
            while let Some(request) = peer.next().await {
                said += u32::from(request["command"] == "disconnect");
            }
            counts.send(said).unwrap();
        });
        let mut attached = attached.await.unwrap();
        attached.handle.ask(AskId(1), leave(), Urgency::Control).unwrap();
        let FromUpstream::Answer { outcome: Ok(Answer::Wire(answer)), .. } = next(&mut attached).await else {
            panic!()
        };
        assert_eq!(answer.success, !refused);
        let leaving = attached.handle.clone();
        leaving.detach().await;
        end(&mut attached).await;
        assert_eq!(counted.await, Ok(if refused { 2 } else { 1 }));
    }
}

/// Nothing that floods or stalls grows without a limit, and control still goes.
#[tokio::test]
async fn a_session_that_reads_nothing_stalls_reading_but_not_control() {
    let (sent, mut was_sent) = tokio::sync::watch::channel(0_usize);
    let mut attached = against(Timeouts::default(), move |mut peer| async move {
        peer.attach().await;
        // Far more than the channel and the kernel's buffers hold; alternating, so that nothing merges.
        let text = "x".repeat(100_000);
        let flood = async {
            for number in 0..2000 {
                let category = if number % 2 == 0 { "stdout" } else { "stderr" };
                let body = json!({ "category": category, "output": text });
                let message =
                    json!({ "type": "event", "event": "output", "body": body, "seq": number }).to_string();
                let framed = format!("Content-Length: {}\r\n\r\n{message}", message.len());
                peer.stream.write_all(framed.as_bytes()).await.unwrap();
                sent.send_replace(number + 1);
            }
        };
        // Once the flood has stalled, a request still arrives.
        let stalled = tokio::time::timeout(Duration::from_secs(2), flood).await;
        assert!(stalled.is_err(), "the flood was taken in whole: nothing stalls it");
        peer.expect("pause").await;
        sent.send_replace(usize::MAX);
    })
    .await
    .unwrap();
    attached.handle.ask(AskId(1), Request::Pause(ThreadId(1)), Urgency::Control).unwrap();
    tokio::time::timeout(PATIENCE, was_sent.wait_for(|count| *count == usize::MAX)).await.unwrap().unwrap();
    end(&mut attached).await;
}

#[tokio::test]
async fn too_many_asks_are_refused_at_once_and_all_others_end() {
    let mut attached = against(Timeouts::default(), |mut peer| async move {
        peer.attach().await;
        for _ in 0..CONTROL_LIMIT {
            peer.expect("pause").await;
        }
    })
    .await
    .unwrap();
    let mut accepted = 0;
    for number in 0..READS_LIMIT as u64 + 10 {
        let asked = attached.handle.ask(AskId(number), Request::Threads, Urgency::Browse);
        accepted += usize::from(asked.is_ok());
    }
    assert_eq!(accepted, READS_LIMIT);
    for number in 0..CONTROL_LIMIT as u64 + 10 {
        let asked = attached.handle.ask(AskId(1000 + number), Request::Pause(ThreadId(1)), Urgency::Control);
        accepted += usize::from(asked.is_ok());
    }
    assert_eq!(accepted, READS_LIMIT + CONTROL_LIMIT);
    let mut ended = 0;
    while let FromUpstream::Answer { .. } = next(&mut attached).await {
        ended += 1;
    }
    assert_eq!(ended, accepted);
}

#[tokio::test]
async fn who_is_silent_is_asked_for_a_sign_of_life_and_given_up_without_one() {
    let short = Duration::from_millis(100);
    let timeouts = Timeouts { quiet: short, sign: Duration::from_secs(1), ..Timeouts::default() };
    let mut attached = against(timeouts, |mut peer| async move {
        peer.attach().await;
        for _ in 0..3 {
            let knock = peer.expect("attach").await;
            peer.refuse(&knock, "Session is not initialized yet").await;
        }
        peer.event("output", json!({ "category": "stdout", "output": "still here" })).await;
        peer.expect("attach").await;
        // The connection stays open, and nothing comes.
        assert_eq!(peer.next().await, None);
    })
    .await
    .unwrap();
    assert!(matches!(next(&mut attached).await, FromUpstream::Event(UpstreamEvent::Output { .. })));
    let message = end(&mut attached).await;
    assert!(message.contains("the network may be down"), "{message}");
}
