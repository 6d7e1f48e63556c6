//! The live socket under bad input: what isn't understood, too much of it, and who doesn't read.

use crate::support::live::{Live, Socket, connect, path};
use crate::support::program::TICKING;
use crate::support::{Browser, Person, Server, within};
use breakroom_protocol::room::{DocName, MAX_DOC_MESSAGE};
use breakroom_protocol::{ClientSeq, CloseCode, Command, ErrorCode, Snapshot};
use breakroom_test_support::debuggee::Debuggee;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WsCode;

async fn refused(person: &Person, text: &str, id: u32) -> ErrorCode {
    person.send(Message::text(text)).await;
    person.reply(ClientSeq(id)).await.unwrap_err().code
}

#[tokio::test]
async fn what_is_not_understood_is_answered() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    for (id, text) in [
        (901, r#"{"id":901,"command":"dance"}"#),
        (902, r#"{"id":902,"command":"next"}"#),
        (903, r#"{"id":903,"command":"next","stop":"one"}"#),
        (904, r#"{"id":904,"command":"next","stop":-1}"#),
        (905, r#"{"id":905}"#),
        (906, r#"{"id":906,"command":{"end":true}}"#),
        (907, r#"{"id":907,"command":"remove","participant":"../etc"}"#),
        (0, "{"),
        (0, "[]"),
        (0, r#"{"id":-1,"command":"end"}"#),
        (0, "null"),
    ] {
        assert_eq!(refused(&ada, text, id).await, ErrorCode::BadMessage, "{text}");
    }
    ada.says(&"long ".repeat(2_000)).await.expect_refused(ErrorCode::TooLarge);
    ada.says("  ").await.expect_refused(ErrorCode::BadMessage);
    ada.says("still here").await.done();
    // Who goes on like that is thrown out, alone.
    let bob = server.guest_inside("Bob").await;
    for _ in 0..30 {
        bob.send(Message::text("{")).await;
    }
    bob.is_out(CloseCode::BadMessage).await;
    ada.says("still here").await.done();
}

#[tokio::test]
async fn binary_and_oversized_frames_end_their_socket_only() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let mut bob = server.guest_inside("Bob").await;
    for (message, code) in [
        (Message::binary(vec![1, 2, 3]), CloseCode::BadMessage),
        (Message::text("x".repeat(MAX_DOC_MESSAGE + 1)), CloseCode::TooLarge),
        (Message::text("x".repeat(8 * MAX_DOC_MESSAGE)), CloseCode::TooLarge),
    ] {
        bob.send(message).await;
        bob.is_out(code).await;
        let kept = bob.leaves();
        bob.comes_back(kept).await;
    }
    bob.says("back again").await.done();
    ada.sees("Bob's line", |now| now.chat.iter().any(|line| line.text == "back again")).await;
}

#[tokio::test]
async fn a_flood_of_commands_is_too_fast() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let command = |id: u32| {
        serde_json::json!({"id": id, "command": "hand", "raised": id.is_multiple_of(2)}).to_string()
    };
    // A little over the limit: those are refused.
    let few = 1_000..1_220;
    for id in few.clone() {
        bob.send(Message::text(command(id))).await;
    }
    let refused = bob
        .wait("all replies", |heard| {
            let replies = || few.clone().map(|id| heard.replies.get(&ClientSeq(id)));
            replies()
                .all(|reply| reply.is_some())
                .then(|| replies().flatten().flatten().cloned().collect::<Vec<_>>())
        })
        .await;
    assert!(refused.iter().all(|error| error.code == ErrorCode::TooFast), "{refused:?}");
    assert!(!refused.is_empty() && refused.len() <= 20, "{}", refused.len());
    // Who goes on like that is thrown out.
    for id in 2_000..3_000 {
        bob.send(Message::text(command(id))).await;
    }
    bob.is_out(CloseCode::TooFast).await;
    ada.says("quiet here").await.done();
}

/// 15 MB at a pace that readers keep up with, more than a socket's buffers and an outbox swallow. It waits at line 5.
const FLOOD: &str = r#"import time
while True:
    time.sleep(0.05)
    flood = False
    if flood:
        for number in range(250):
            print(number, "x" * 60_000, flush=True)
            time.sleep(0.01)
        print("the flood is over", flush=True)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_off_and_resumes() {
    let debuggee = Debuggee::start(FLOOD).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;

    // A watcher's second socket with a small window, which reads the welcome and then nothing.
    let address = server.url().trim_start_matches("http://").parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
    let url = format!("ws://{address}{}", path(eve.session(), None));
    let mut request = url.into_client_request().unwrap();
    for (name, value) in eve.browser.headers() {
        let name: reqwest::header::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (slow, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();

    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), 5, &[]).await;
    let stop = ada.sees_stop_at("app.py", 5).await;
    breakpoints.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    let frame = crate::support::person::top(&ada.now()).unwrap().id;
    ada.sends(Command::Evaluate {
        stop: Some(stop),
        frame: Some(frame),
        expression: "flood = True".into(),
        context: Default::default(),
    })
    .await
    .done();
    ada.continues().await.done();
    // The last lines only: looking at all of it each time would make these readers slow too.
    let over =
        |now: &Snapshot| now.output.iter().rev().take(3).any(|line| line.text.contains("the flood is over"));
    within("the flood", async {
        ada.sees("the flood's end", over).await;
        eve.sees("the flood's end", over).await;
    })
    .await;
    // Now it reads: what was on its way, then the reason.
    let slow = Live::on(slow, Snapshot::default());
    slow.expect_closed(CloseCode::TooSlow).await;
    let kept = slow.look(|heard| heard.now.clone());
    assert!(!over(&kept), "it missed the end");
    let back = Live::open(&eve.browser, eve.session(), Some(kept)).await;
    back.wait("the flood's end", |heard| over(&heard.now).then_some(())).await;
    ada.says("and on").await.done();
    let same = back.wait("the line", |heard| (!heard.now.chat.is_empty()).then(|| heard.now.clone())).await;
    assert_eq!(same.output.len(), eve.up_to_date().await.output.len());
}

#[tokio::test]
async fn what_is_no_websocket_is_told_what_is_missing() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let path = path(ada.session(), None);
    let missing = |answer: crate::support::api::Answer| answer.expect_refused(ErrorCode::BadMessage);
    assert!(missing(ada.browser.get(&path).await).contains("upgrade to `websocket`"));
    let asks =
        ada.browser.with_header("connection", "keep-alive, Upgrade").with_header("upgrade", "WebSocket");
    assert!(missing(asks.get(&path).await).contains("version must be 13"));
    let old = asks.with_header("sec-websocket-version", "8");
    assert!(missing(old.get(&path).await).contains("version must be 13"));
    let asks = asks.with_header("sec-websocket-version", "13");
    assert!(missing(asks.get(&path).await).contains("Sec-WebSocket-Key"));
    // The ticket comes first: who has none learns nothing.
    Browser::new(server.url()).get(&path).await.expect_refused(ErrorCode::TicketMissing);
}

#[tokio::test]
async fn pings_and_goodbyes_are_answered() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let mut socket = connect(&ada.browser, &path(ada.session(), None)).await.unwrap();
    socket.send(Message::Ping("are you there".into())).await.unwrap();
    let pong = async {
        loop {
            if let Message::Pong(payload) = socket.next().await.unwrap().unwrap() {
                return payload;
            }
        }
    };
    assert_eq!(within("a pong", pong).await, "are you there");
    let why = CloseFrame { code: WsCode::Away, reason: "closing the lid".into() };
    socket.send(Message::Close(Some(why.clone()))).await.unwrap();
    let rest = within("the end", socket.map(Result::unwrap).collect::<Vec<_>>()).await;
    let goodbyes: Vec<_> = rest.iter().filter(|message| message.is_close()).collect();
    assert_eq!(goodbyes, [&Message::Close(Some(why))], "once");
}

#[tokio::test]
async fn in_a_quiet_room_pages_hear_that_the_server_is_there() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let notes = ada.opens(DocName::Notes).await;
    let live = ada.wait("that the server is there", |heard| (heard.alive > 0).then_some(()));
    tokio::join!(live, notes.hears_the_server());
}

/// Reads to the goodbye and to the end, and says more still: none of it may be answered with a reset, which on its way can
/// overtake the goodbye, and on some systems takes from a browser what it hasn't read yet.
async fn hears_goodbye(mut socket: Socket, why: CloseCode) {
    let goodbye = async {
        loop {
            if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
                return frame.map(|frame| frame.code.into());
            }
        }
    };
    assert_eq!(within("the goodbye", goodbye).await, Some(why.number()));
    let MaybeTlsStream::Plain(stream) = socket.get_mut() else { unreachable!("no TLS here") };
    assert_eq!(within("the end", stream.read(&mut [0; 64])).await.unwrap(), 0, "nothing is behind it");
    for _ in 0..100 {
        stream.write_all(b"what was on its way").await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(within("the end is still the end", stream.read(&mut [0; 64])).await.unwrap(), 0);
}

#[tokio::test]
async fn who_still_sends_when_told_to_go_gets_the_goodbye_whole() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let eves = connect(&eve.browser, &path(eve.session(), None)).await.unwrap();
    let docs = format!("/api/sessions/{}/docs/notes", eve.session());
    let notes = connect(&eve.browser, &docs).await.unwrap();
    ada.sends(Command::Remove { participant: eve.id() }).await.done();
    tokio::join!(hears_goodbye(eves, CloseCode::Removed), hears_goodbye(notes, CloseCode::Removed));

    let adas = connect(&ada.browser, &path(ada.session(), None)).await.unwrap();
    tokio::join!(server.stop(), hears_goodbye(adas, CloseCode::GoingDown));
}
