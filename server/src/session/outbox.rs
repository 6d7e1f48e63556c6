//! A connection's way out: bounded in messages and bytes.
//!
//! In: frames from the session task, which never waits. Out: the socket's writer task.
//! Rule when full: ordered frames are never skipped; the connection is cut off with `too_slow` and comes back with
//! `from`, to be resumed from what it has.

use breakroom_protocol::CloseCode;
use bytes::Bytes;
use futures_util::task::AtomicWaker;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Messages that may wait for one connection. Batches count as one.
pub const WAITING_MESSAGES: usize = 512;
/// Bytes that may wait for one connection.
pub const WAITING_BYTES: usize = 8 * 1024 * 1024;

/// What a socket sends.
#[derive(Debug, Clone)]
pub enum Out {
    /// UTF-8 text frames, shared by all connections.
    Texts(Arc<[Bytes]>),
    /// One binary frame.
    Binary(Bytes),
}

impl Out {
    /// One text frame.
    pub fn text(frame: Bytes) -> Self {
        Self::Texts(Arc::from([frame]))
    }

    fn size(&self) -> usize {
        match self {
            Self::Texts(frames) => frames.iter().map(Bytes::len).sum(),
            Self::Binary(frame) => frame.len(),
        }
    }
}

/// What is queued.
#[derive(Debug)]
enum Queued {
    Frame(Out),
    /// The state that a joiner starts from. There is one, so its bytes don't count: however large it is, who joins
    /// must get it.
    Welcome(Out),
    /// Nothing follows: close with the code. The socket's own task holds a sender too, so dropping ours isn't enough.
    End,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicUsize,
    code: OnceLock<CloseCode>,
    /// Set once the connection is to be closed ahead of what waits.
    closing: AtomicBool,
    /// The writer's. A flag and a waker, as they are looked at for each message of each connection: a `Notify` would
    /// enter and leave a locked list each time.
    writer: AtomicWaker,
}

impl Shared {
    fn close_now(&self) {
        self.closing.store(true, Ordering::Release);
        self.writer.wake();
    }

    fn poll_closing(&self, context: &Context<'_>) -> Poll<Option<CloseCode>> {
        self.writer.register(context.waker());
        if self.closing.load(Ordering::Acquire) {
            return Poll::Ready(self.code.get().copied());
        }
        Poll::Pending
    }
}

/// The session's end.
#[derive(Debug, Clone)]
pub struct Outbox {
    sender: mpsc::Sender<Queued>,
    shared: Arc<Shared>,
}

/// The socket's end.
#[derive(Debug)]
pub struct OutboxReader {
    receiver: mpsc::Receiver<Queued>,
    ended: bool,
    shared: Arc<Shared>,
}

/// A new pair.
pub fn outbox() -> (Outbox, OutboxReader) {
    let (sender, receiver) = mpsc::channel(WAITING_MESSAGES);
    let shared = Arc::new(Shared::default());
    (Outbox { sender, shared: Arc::clone(&shared) }, OutboxReader { receiver, ended: false, shared })
}

impl Outbox {
    /// Queues a frame; a connection that can't take it is closed as too slow.
    pub fn send(&self, out: Out) {
        let size = out.size();
        if self.shared.bytes.fetch_add(size, Ordering::Relaxed) + size > WAITING_BYTES {
            return self.close(CloseCode::TooSlow);
        }
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Queued::Frame(out)) {
            self.close(CloseCode::TooSlow);
        }
    }

    /// Queues the first frame, which has no limit of its own.
    pub fn welcome(&self, out: Out) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Queued::Welcome(out)) {
            self.close(CloseCode::TooSlow);
        }
    }

    /// Closes the connection, ahead of what waits. The first code counts.
    pub fn close(&self, code: CloseCode) {
        // A second close finds the first one's code; that is the one to be told.
        if self.shared.code.set(code).is_ok() {
            self.shared.close_now();
        }
    }

    /// Closes the connection after what waits was sent.
    pub fn finish(self, code: CloseCode) {
        let _first_code_counts = self.shared.code.set(code);
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Queued::End) {
            self.shared.close_now();
        }
    }
}

impl OutboxReader {
    /// The next frame; `Err`: close the socket with this code (`None`: the session forgot the connection).
    pub async fn next(&mut self) -> Result<Out, Option<CloseCode>> {
        if self.ended {
            return Err(self.shared.code.get().copied());
        }
        let queued = poll_fn(|context| match self.shared.poll_closing(context) {
            Poll::Ready(code) => Poll::Ready(Err(code)),
            Poll::Pending => self.receiver.poll_recv(context).map(Ok),
        });
        match queued.await? {
            Some(Queued::Frame(out)) => Ok(self.taken(out)),
            Some(Queued::Welcome(out)) => Ok(out),
            Some(Queued::End) | None => Err(self.shared.code.get().copied()),
        }
    }

    /// A further frame, if one waits already.
    pub fn more(&mut self) -> Option<Out> {
        match self.receiver.try_recv().ok()? {
            Queued::Frame(out) => Some(self.taken(out)),
            Queued::Welcome(out) => Some(out),
            Queued::End => {
                self.ended = true;
                None
            }
        }
    }

    /// Resolves when the connection is to be closed ahead of what waits.
    pub async fn closing(&self) -> Option<CloseCode> {
        poll_fn(|context| self.shared.poll_closing(context)).await
    }

    fn taken(&self, out: Out) -> Out {
        self.shared.bytes.fetch_sub(out.size(), Ordering::Relaxed);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_outbox_is_cut_off_and_never_skips() {
        let (outbox, mut reader) = outbox();
        for number in 0..=WAITING_MESSAGES {
            outbox.send(Out::text(Bytes::from(number.to_string())));
        }
        assert_eq!(reader.next().await.unwrap_err(), Some(CloseCode::TooSlow));
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let (outbox, mut reader) = outbox();
        let big = Bytes::from(vec![b'x'; WAITING_BYTES / 2]);
        outbox.send(Out::text(big.clone()));
        assert!(reader.next().await.is_ok());
        outbox.send(Out::text(big.clone()));
        outbox.send(Out::text(big));
        outbox.send(Out::text(Bytes::from_static(b"x")));
        assert_eq!(reader.next().await.unwrap_err(), Some(CloseCode::TooSlow));
    }

    #[tokio::test]
    async fn a_welcome_may_be_larger_than_what_waits() {
        let (outbox, mut reader) = outbox();
        outbox.welcome(Out::text(Bytes::from(vec![b'x'; WAITING_BYTES + 1])));
        outbox.send(Out::text(Bytes::from_static(b"x")));
        assert!(reader.next().await.is_ok());
        assert!(reader.next().await.is_ok());
    }

    #[tokio::test]
    async fn finishing_sends_what_waits_first() {
        let (outbox, mut reader) = outbox();
        let _of_the_sockets_task = outbox.clone();
        outbox.send(Out::text(Bytes::from_static(b"last")));
        outbox.finish(CloseCode::SessionEnded);
        assert!(reader.next().await.is_ok());
        assert!(reader.more().is_none());
        assert_eq!(reader.next().await.unwrap_err(), Some(CloseCode::SessionEnded));
    }
}
