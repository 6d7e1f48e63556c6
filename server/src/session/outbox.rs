//! A connection's way out: bounded in messages and bytes.
//!
//! In: frames from the session task, which never waits. Out: the socket's writer task.
//! Rule when full: ordered frames are never skipped; the connection is cut off with `too_slow` and comes back with
//! `from`, to be resumed from what it has.

use super::frames::Frames;
use breakroom_protocol::CloseCode;
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

/// What is queued.
#[derive(Debug)]
enum Queued {
    Frames(Frames),
    /// The state that a joiner starts from. There is one, so its bytes don't count: however large it is, who joins
    /// must get it.
    Welcome(Frames),
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
    /// Queues frames; a connection that can't take them is closed as too slow.
    pub fn send(&self, frames: Frames) {
        let size = frames.len();
        if self.shared.bytes.fetch_add(size, Ordering::Relaxed) + size > WAITING_BYTES {
            return self.close(CloseCode::TooSlow);
        }
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Queued::Frames(frames)) {
            self.close(CloseCode::TooSlow);
        }
    }

    /// Queues the first frame, which has no limit of its own.
    pub fn welcome(&self, frames: Frames) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Queued::Welcome(frames)) {
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
    /// What waits, at most so many bytes unless one piece is larger; `Err`: close the socket with this code (`None`: the session forgot the connection).
    pub async fn next(&mut self, most: usize) -> Result<Frames, Option<CloseCode>> {
        if self.ended {
            return Err(self.shared.code.get().copied());
        }
        let queued = poll_fn(|context| match self.shared.poll_closing(context) {
            Poll::Ready(code) => Poll::Ready(Err(code)),
            Poll::Pending => self.receiver.poll_recv(context).map(Ok),
        });
        let Some(mut frames) = queued.await?.and_then(|queued| self.taken(queued)) else {
            return Err(self.shared.code.get().copied());
        };
        // Nothing may follow a close frame.
        while frames.len() < most
            && !(frames.closes() || self.ended)
            && let Ok(queued) = self.receiver.try_recv()
        {
            match self.taken(queued) {
                Some(more) => frames = frames.then(&more),
                None => self.ended = true,
            }
        }
        Ok(frames)
    }

    fn taken(&self, queued: Queued) -> Option<Frames> {
        match queued {
            Queued::Frames(frames) => {
                self.shared.bytes.fetch_sub(frames.len(), Ordering::Relaxed);
                Some(frames)
            }
            Queued::Welcome(frames) => Some(frames),
            Queued::End => None,
        }
    }

    /// Resolves when the connection is to be closed ahead of what waits.
    pub async fn closing(&self) -> Option<CloseCode> {
        poll_fn(|context| self.shared.poll_closing(context)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_outbox_is_cut_off_and_never_skips() {
        let (outbox, mut reader) = outbox();
        for number in 0..=WAITING_MESSAGES {
            outbox.send(Frames::text(number.to_string().as_bytes()));
        }
        assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::TooSlow));
    }

    #[tokio::test]
    async fn what_waits_is_written_at_once_and_nothing_behind_a_goodbye() {
        let (outbox, mut reader) = outbox();
        outbox.send(Frames::text(b"a"));
        outbox.send(Frames::text(b"b"));
        outbox.send(Frames::close(None));
        outbox.send(Frames::text(b"late"));
        let next = reader.next(1_000).await.unwrap();
        assert!(next.closes());
        assert_eq!(next.len(), 2 * Frames::text(b"a").len() + Frames::close(None).len());
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let (outbox, mut reader) = outbox();
        let big = Frames::text(&vec![b'x'; WAITING_BYTES / 2]);
        outbox.send(big.clone());
        assert!(reader.next(1).await.is_ok());
        outbox.send(big.clone());
        outbox.send(big);
        outbox.send(Frames::text(b"x"));
        assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::TooSlow));
    }

    #[tokio::test]
    async fn a_welcome_may_be_larger_than_what_waits() {
        let (outbox, mut reader) = outbox();
        outbox.welcome(Frames::text(&vec![b'x'; WAITING_BYTES + 1]));
        outbox.send(Frames::text(b"x"));
        assert!(reader.next(1).await.is_ok());
        assert!(reader.next(1).await.is_ok());
    }

    #[tokio::test]
    async fn finishing_sends_what_waits_first() {
        let (outbox, mut reader) = outbox();
        let _of_the_sockets_task = outbox.clone();
        outbox.send(Frames::text(b"last"));
        outbox.finish(CloseCode::SessionEnded);
        assert!(reader.next(1).await.is_ok());
        assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::SessionEnded));
    }
}
