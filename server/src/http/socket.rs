//! What both kinds of sockets share: limits, keep-alive, the writer task.
//!
//! Two tasks a socket: a reader that hands letters to the session, a writer that drains the outbox of what the socket didn't take
//! at once, keeps alive and says goodbye. Either's end ends the other.

use super::upgrade::{Messages, Socket};
use crate::session::{Frames, Mail, Outbox, OutboxReader, SessionHandle, outbox};
use breakroom_protocol::{CloseCode, UnixMillis};
use bytes::{Buf, Bytes};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::{Instant, sleep_until, timeout};

/// Largest message from a client.
pub const MAX_MESSAGE: usize = breakroom_protocol::room::MAX_DOC_MESSAGE;
/// Bytes gathered for one write.
const AT_ONCE: usize = 64 * 1024;
/// How often the server asks whether the client is still there, and says that it is. Stock y-websocket gives up after 30 s without
/// a message.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a client may be silent; browsers answer pings by themselves.
pub const SILENT_FOR: Duration = Duration::from_secs(80);
/// How long a goodbye may take: who reads slowly gets the code that says so when they read again.
const GOODBYE: Duration = Duration::from_secs(10);

/// Runs a socket: tells the session that it opened, reads and writes until either ends, tells that it closed. `alive`: says to the
/// client's page, from which browsers keep pings, that the server is there.
pub async fn run(
    socket: Socket,
    handle: &SessionHandle,
    expires_at: UnixMillis,
    alive: &Frames,
    open: impl FnOnce(Outbox) -> Mail,
    close: Mail,
    read: impl AsyncFnOnce(&mut Messages, Outbox) -> Option<CloseCode>,
) {
    let (out, mut reader) = outbox();
    if handle.send(open(out.clone())).await.is_err() {
        return shut(socket.writer, Frames::close(Some(CloseCode::SessionEnded)).into_bytes()).await;
    }
    // One byte more than the limit is let through, so that it can be answered with its own code.
    let (mut messages, half) = socket.split(out.clone(), MAX_MESSAGE + 1).await;
    reader.write_to(half);
    let mut writer = tokio::spawn(write(reader, expiry(expires_at), Frames::ping().then(alive)));
    let code = tokio::select! {
        // What somebody said last is heard, also if they are gone by the time they are written to.
        biased;
        code = read(&mut messages, out.clone()) => code,
        _ = &mut writer => None,
    };
    if let Some(code) = code {
        out.close(code);
    }
    // The session drops its end of the outbox, which ends the writer if nothing else did; one that has ended needs
    // no telling. The writer has its own deadline for a goodbye.
    let _gone = handle.send(close).await;
    drop(out);
    // It may be writing to somebody who reads nothing. One that has ended was waited for above, and can be only once.
    let written = async {
        if !writer.is_finished() {
            let _ended = (&mut writer).await;
        }
    };
    // Who is told to go may still be sending: what nobody reads would reset the connection, and the goodbye be lost on its way.
    if timeout(GOODBYE, async { tokio::join!(written, messages.swallow()) }).await.is_err() {
        writer.abort();
    }
}

/// Drains an outbox into its socket until either ends, the ticket expires, or the session says to close.
async fn write(mut outbox: OutboxReader, expires: Instant, beat: Frames) {
    // One timer for all of a socket's life: a timeout around each message would enter the timer wheel each time.
    let wake = sleep_until(expires.min(Instant::now() + PING_EVERY));
    tokio::pin!(wake);
    let code = loop {
        let next = tokio::select! {
            biased;
            next = outbox.next(AT_ONCE) => Some(next),
            () = &mut wake => None,
        };
        match next {
            None if Instant::now() >= expires => break Some(CloseCode::TicketEnded),
            None => {
                wake.as_mut().reset(expires.min(Instant::now() + PING_EVERY));
                outbox.send(beat.clone());
            }
            Some(Err(code)) => break code,
            Some(Ok(frames)) => {
                let last = frames.closes();
                let mut bytes = frames.into_bytes();
                let written = tokio::select! {
                    biased;
                    written = outbox.put(&mut bytes) => written,
                    // Not looked at unless the socket is full.
                    () = sleep_until(expires) => Err(Some(CloseCode::TicketEnded)),
                };
                match written {
                    // The client said goodbye, and has its answer.
                    Ok(Ok(())) if last => return end(outbox, bytes, None).await,
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(code) => return end(outbox, bytes, Some(Frames::close(code))).await,
                }
            }
        }
    };
    end(outbox, Bytes::new(), Some(Frames::close(code))).await;
}

/// Ends a socket. A frame that has begun must end before the goodbye can be read; a client that doesn't take it is dropped.
async fn end(outbox: OutboxReader, rest: Bytes, goodbye: Option<Frames>) {
    let (Some(half), begun) = outbox.into_socket() else { return };
    // One of the two is empty: what the session began is the first that is taken.
    let goodbye = goodbye.map(Frames::into_bytes).unwrap_or_default();
    shut(half, begun.chain(rest).chain(goodbye)).await;
}

async fn shut(mut half: OwnedWriteHalf, mut last: impl Buf) {
    let ending = async {
        half.write_all_buf(&mut last).await?;
        half.shutdown().await
    };
    let _dropped = timeout(GOODBYE, ending).await;
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
        self.drain();
        if self.level + 1.0 > self.burst {
            return false;
        }
        self.level += 1.0;
        true
    }

    /// Whether it is as good as new.
    pub fn is_idle(&mut self) -> bool {
        self.drain();
        self.level <= 0.0
    }

    fn drain(&mut self) {
        let now = Instant::now();
        let passed = now.duration_since(self.since).as_secs_f64();
        self.since = now;
        self.level = (self.level - passed * self.per_second).max(0.0);
    }
}

/// When a ticket ends, on the clock that sockets use.
fn expiry(expires_at: UnixMillis) -> Instant {
    Instant::now() + Duration::from_millis(expires_at.saturating_sub(crate::session::now()))
}
