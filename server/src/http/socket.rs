//! What both kinds of sockets share: limits, keep-alive, the writer task.
//!
//! Two tasks a socket: a reader that hands letters to the session, a writer that drains the outbox. The writer
//! sends what waits in one flush. Either's end ends the other.

use crate::session::{Mail, Out, Outbox, OutboxReader, SessionHandle, outbox};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use breakroom_protocol::{CloseCode, UnixMillis};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// Largest message from a client.
pub const MAX_MESSAGE: usize = breakroom_protocol::room::MAX_DOC_MESSAGE;
/// tungstenite keeps and zeroes its read buffer per socket; 4 KiB instead of 128 KiB keeps idle sockets small.
const READ_BUFFER: usize = 4 * 1024;
/// Messages written before a flush.
const FED_AT_ONCE: usize = 64;
/// How often the server asks whether the client is still there.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long a client may be silent; browsers answer pings by themselves.
pub const SILENT_FOR: Duration = Duration::from_secs(80);
/// How long a goodbye may take: who reads slowly gets the code that says so when they read again.
const GOODBYE: Duration = Duration::from_secs(10);

/// Sets the limits of an upgrade.
pub fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    // One byte more than the limit is let through, so that it can be answered with its own code.
    upgrade.read_buffer_size(READ_BUFFER).max_message_size(MAX_MESSAGE + 1).max_frame_size(MAX_MESSAGE + 1)
}

/// Runs a socket: tells the session that it opened, reads and writes until either ends, tells that it closed.
pub async fn run<R: Future<Output = Option<CloseCode>>>(
    socket: WebSocket,
    handle: &SessionHandle,
    expires_at: UnixMillis,
    open: impl FnOnce(Outbox) -> Mail,
    close: Mail,
    read: impl FnOnce(SplitStream<WebSocket>, Outbox) -> R,
) {
    let (out, reader) = outbox();
    if handle.send(open(out.clone())).await.is_err() {
        return refuse(socket, CloseCode::SessionEnded).await;
    }
    let (sink, stream) = socket.split();
    let mut writer = tokio::spawn(write(sink, reader, expiry(expires_at)));
    let code = tokio::select! {
        code = read(stream, out.clone()) => code,
        _ = &mut writer => None,
    };
    if let Some(code) = code {
        out.close(code);
    }
    // The session drops its end of the outbox, which ends the writer if nothing else did; one that has ended needs
    // no telling. The writer has its own deadline for a goodbye.
    let _gone = handle.send(close).await;
    drop(out);
    if !writer.is_finished() {
        let _ended = writer.await;
    }
}

/// Drains an outbox into a socket until either ends, the ticket expires, or the session says to close.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut outbox: OutboxReader, expires: Instant) {
    // One timer for all of a socket's life: a timeout around each message would enter the timer wheel each time.
    let wake = sleep_until(expires.min(Instant::now() + PING_EVERY));
    tokio::pin!(wake);
    let code = loop {
        let next = tokio::select! {
            biased;
            next = outbox.next() => Some(next),
            () = &mut wake => None,
        };
        match next {
            None if Instant::now() >= expires => break Some(CloseCode::TicketEnded),
            None => {
                wake.as_mut().reset(expires.min(Instant::now() + PING_EVERY));
                if timeout(PING_EVERY, sink.send(Message::Ping(bytes::Bytes::new()))).await.is_err() {
                    break None;
                }
            }
            Some(Err(code)) => break code,
            Some(Ok(out)) => match write_batch(&mut sink, &mut outbox, out).await {
                Written::All => {}
                Written::Close(code) => break code,
                Written::Broken => return,
            },
        }
    };
    let frame =
        code.map(|code| CloseFrame { code: code.number(), reason: Utf8Bytes::from_static(code.reason()) });
    // A client that doesn't take the goodbye is dropped with the sink.
    let _dropped = timeout(GOODBYE, sink.send(Message::Close(frame))).await;
}

enum Written {
    All,
    Close(Option<CloseCode>),
    Broken,
}

/// Feeds what waits and flushes once; gives up at once when the session closes the connection.
async fn write_batch(
    sink: &mut SplitSink<WebSocket, Message>,
    outbox: &mut OutboxReader,
    first: Out,
) -> Written {
    let mut batch = vec![first];
    while batch.len() < FED_AT_ONCE {
        let Some(out) = outbox.more() else { break };
        batch.push(out);
    }
    let writing = async {
        for out in batch {
            feed(sink, out).await?;
        }
        sink.flush().await
    };
    tokio::select! {
        biased;
        code = outbox.closing() => Written::Close(code),
        written = writing => if written.is_ok() { Written::All } else { Written::Broken },
    }
}

async fn feed(sink: &mut SplitSink<WebSocket, Message>, out: Out) -> Result<(), axum::Error> {
    match out {
        Out::Texts(frames) => {
            for frame in frames.iter() {
                // Ours are UTF-8; one that isn't would be a fault, and is left out rather than ending the socket.
                if let Ok(text) = Utf8Bytes::try_from(frame.clone()) {
                    sink.feed(Message::Text(text)).await?;
                }
            }
            Ok(())
        }
        Out::Binary(frame) => sink.feed(Message::Binary(frame)).await,
    }
}

/// Closes a socket that never got as far as a session.
async fn refuse(mut socket: WebSocket, code: CloseCode) {
    let frame = CloseFrame { code: code.number(), reason: Utf8Bytes::from_static(code.reason()) };
    let sending = async {
        socket.send(Message::Close(Some(frame))).await?;
        std::future::poll_fn(|context| Pin::new(&mut socket).poll_close(context)).await
    };
    let _dropped = timeout(GOODBYE, sending).await;
}

/// A bucket of messages: bursts are fine, a flood isn't.
#[derive(Debug)]
pub struct Rate {
    level: f64,
    since: Instant,
    per_second: f64,
    burst: f64,
}

impl Rate {
    /// So many a second on average, and so many at once.
    pub fn new(per_second: f64, burst: f64) -> Self {
        Self { level: 0.0, since: Instant::now(), per_second, burst }
    }

    /// Takes one; `false`: too fast.
    pub fn take(&mut self) -> bool {
        let now = Instant::now();
        let passed = now.duration_since(self.since).as_secs_f64();
        self.since = now;
        self.level = (self.level - passed * self.per_second).max(0.0);
        if self.level + 1.0 > self.burst {
            return false;
        }
        self.level += 1.0;
        true
    }
}

/// When a ticket ends, on the clock that sockets use.
fn expiry(expires_at: UnixMillis) -> Instant {
    Instant::now() + Duration::from_millis(expires_at.saturating_sub(crate::session::now()))
}
