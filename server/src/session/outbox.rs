//! A connection's way out: bounded in messages and bytes.
//!
//! In: frames from the session task, which never waits. Out: the socket; what it doesn't take at once waits here for the
//! socket's writer task.
//! The socket's write half lies here while nothing waits, and the session's task writes to it itself: waking a task for each of a
//! hundred watchers cost as much again as the writes. As soon as something waits the writer task takes it out, and is the only
//! one who writes until it lies here again, so frames never mix.
//! Rule when full: ordered frames are never skipped; the connection is cut off with `too_slow` and comes back with
//! `from`, to be resumed from what it has.

use super::frames::Frames;
use breakroom_protocol::CloseCode;
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use tokio::io::AsyncWrite;
use tokio::net::tcp::OwnedWriteHalf;

/// Messages that may wait for one connection. Batches count as one.
pub const WAITING_MESSAGES: usize = 512;
/// Bytes that may wait for one connection.
pub const WAITING_BYTES: usize = 8 * 1024 * 1024;
/// Messages that an outbox keeps room for while nothing waits.
const KEPT_ROOM: usize = 8;

/// The session's end.
#[derive(Debug)]
pub struct Outbox(Arc<Shared>);

/// The socket's end.
#[derive(Debug)]
pub struct OutboxReader {
    shared: Arc<Shared>,
    /// While it doesn't lie there.
    half: Option<OwnedWriteHalf>,
}

/// A new pair.
pub fn outbox() -> (Outbox, OutboxReader) {
    let shared = Arc::new(Shared(Mutex::new(Way { senders: 1, ..Way::default() })));
    (Outbox(Arc::clone(&shared)), OutboxReader { shared, half: None })
}

#[derive(Debug)]
struct Shared(Mutex<Way>);

#[derive(Debug, Default)]
struct Way {
    half: Option<OwnedWriteHalf>,
    waiting: VecDeque<Queued>,
    /// Bytes of the frames that wait.
    bytes: usize,
    code: Option<CloseCode>,
    ending: Ending,
    /// How many could still send something.
    senders: usize,
    /// The writer's.
    waker: Option<Waker>,
    /// Whether it is to be woken for something to write.
    idle: bool,
}

/// What waits.
#[derive(Debug)]
enum Queued {
    Frames(Frames),
    /// The state that a joiner starts from. There is one, so its bytes don't count: however large it is, who joins
    /// must get it.
    Welcome(Frames),
    /// What the socket didn't take of something; always the first.
    Rest(Frames),
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Ending {
    #[default]
    Open,
    /// After what waits. The socket's own task holds a sender too, so dropping the session's isn't enough.
    Finished,
    /// Ahead of what waits.
    Now,
    /// The socket has ended.
    Over,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Way> {
        // Nothing in here panics halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waking enters the scheduler: not under the lock.
    fn with(&self, change: impl FnOnce(&mut Way) -> Option<Waker>) {
        let waker = change(&mut self.lock());
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Way {
    /// Writes or queues; says whom to wake.
    fn send(&mut self, queued: Queued) -> Option<Waker> {
        if self.ending != Ending::Open {
            return None;
        }
        let queued = self.write(queued)?;
        let size = queued.counted();
        if self.waiting.len() >= WAITING_MESSAGES || self.bytes + size > WAITING_BYTES {
            return self.close(CloseCode::TooSlow);
        }
        self.bytes += size;
        self.waiting.push_back(queued);
        if std::mem::take(&mut self.idle) { self.waker.take() } else { None }
    }

    /// Writes what the socket takes at once; what is left of it. A failure is for the writer to find.
    fn write(&mut self, queued: Queued) -> Option<Queued> {
        let (Some(half), true) = (&self.half, self.waiting.is_empty()) else { return Some(queued) };
        let (Queued::Frames(frames) | Queued::Welcome(frames) | Queued::Rest(frames)) = &queued;
        // Who says goodbye shuts the socket down behind it: that is the writer's.
        if frames.closes() {
            return Some(queued);
        }
        match half.try_write(frames.bytes()) {
            Ok(written) if written == frames.len() => None,
            Ok(written) if written > 0 => Some(Queued::Rest(frames.rest(written))),
            _ => Some(queued),
        }
    }

    fn close(&mut self, code: CloseCode) -> Option<Waker> {
        // A second close finds the first one's code; that is the one to be told.
        if self.code.is_some() || self.ending == Ending::Over {
            return None;
        }
        self.code = Some(code);
        self.ending = Ending::Now;
        self.waker.take()
    }

    fn take(&mut self, most: usize) -> Option<Frames> {
        let mut frames = self.pop()?;
        // Nothing may follow a close frame.
        while frames.len() < most
            && !frames.closes()
            && let Some(more) = self.pop()
        {
            frames = frames.then(&more);
        }
        Some(frames)
    }

    fn pop(&mut self) -> Option<Frames> {
        let queued = self.waiting.pop_front()?;
        self.bytes -= queued.counted();
        let (Queued::Frames(frames) | Queued::Welcome(frames) | Queued::Rest(frames)) = queued;
        Some(frames)
    }

    fn remember(&mut self, context: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            self.waker = Some(context.waker().clone());
        }
    }
}

impl Queued {
    fn counted(&self) -> usize {
        match self {
            Self::Frames(frames) => frames.len(),
            Self::Welcome(_) | Self::Rest(_) => 0,
        }
    }
}

impl Outbox {
    /// Sends frames; a connection that can't take them is closed as too slow.
    pub fn send(&self, frames: Frames) {
        self.0.with(|way| way.send(Queued::Frames(frames)));
    }

    /// Sends the first frame, which has no limit of its own.
    pub fn welcome(&self, frames: Frames) {
        self.0.with(|way| way.send(Queued::Welcome(frames)));
    }

    /// Closes the connection, ahead of what waits. The first code counts.
    pub fn close(&self, code: CloseCode) {
        self.0.with(|way| way.close(code));
    }

    /// Closes the connection after what waits was sent.
    pub fn finish(self, code: CloseCode) {
        self.0.with(|way| {
            if way.ending == Ending::Open {
                way.ending = Ending::Finished;
                way.code.get_or_insert(code);
            }
            way.waker.take()
        });
    }
}

impl Clone for Outbox {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.0.with(|way| {
            way.senders -= 1;
            if way.senders == 0 { way.waker.take() } else { None }
        });
    }
}

impl OutboxReader {
    /// Where it is all to be written. Before that, everything waits.
    pub fn write_to(&mut self, half: OwnedWriteHalf) {
        self.half = Some(half);
    }

    /// What waits, at most so many bytes unless one piece is larger; `Err`: close the socket with this code (`None`: the session
    /// forgot the connection). Until there is something the session writes to the socket itself.
    pub async fn next(&mut self, most: usize) -> Result<Frames, Option<CloseCode>> {
        poll_fn(|context| self.poll_next(context, most)).await
    }

    fn poll_next(&mut self, context: &Context<'_>, most: usize) -> Poll<Result<Frames, Option<CloseCode>>> {
        let way = &mut *self.shared.lock();
        if let Some(half) = way.half.take() {
            self.half = Some(half);
        }
        if way.ending != Ending::Now
            && let Some(frames) = way.take(most)
        {
            return Poll::Ready(Ok(frames));
        }
        if way.ending != Ending::Open || way.senders == 0 {
            return Poll::Ready(Err(way.code));
        }
        // What one burst needed isn't kept for a socket's whole life.
        way.waiting.shrink_to(KEPT_ROOM);
        way.half = self.half.take();
        way.remember(context);
        way.idle = true;
        Poll::Pending
    }

    /// Writes all of it, unless the connection is to be closed ahead of what waits (`Err`, with the code). What is left in `bytes` says how far it came.
    pub async fn put(&mut self, bytes: &mut Bytes) -> Result<io::Result<()>, Option<CloseCode>> {
        poll_fn(|context| {
            {
                let mut way = self.shared.lock();
                if way.ending == Ending::Now {
                    return Poll::Ready(Err(way.code));
                }
                way.remember(context);
            }
            self.poll_put(context, bytes).map(Ok)
        })
        .await
    }

    /// Not `write_all_buf`: for one buffer, `writev` costs more than `send`.
    fn poll_put(&mut self, context: &mut Context<'_>, bytes: &mut Bytes) -> Poll<io::Result<()>> {
        let Some(half) = &mut self.half else { return Poll::Ready(Err(io::ErrorKind::NotConnected.into())) };
        while !bytes.is_empty() {
            match ready!(Pin::new(&mut *half).poll_write(context, bytes))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => bytes.advance(written),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Sends something of the socket's own, in its turn.
    pub fn send(&self, frames: Frames) {
        self.shared.with(|way| way.send(Queued::Frames(frames)));
    }

    /// The socket, to say goodbye on it, and the rest of what the session began to write: before that nothing else can be read.
    pub fn into_socket(mut self) -> (Option<OwnedWriteHalf>, Bytes) {
        let way = &mut *self.shared.lock();
        let begun = match way.waiting.pop_front() {
            Some(Queued::Rest(frames)) => frames.into_bytes(),
            _ => Bytes::new(),
        };
        (way.half.take().or_else(|| self.half.take()), begun)
    }
}

impl Drop for OutboxReader {
    fn drop(&mut self) {
        let way = &mut *self.shared.lock();
        way.ending = Ending::Over;
        way.half = None;
        way.waiting = VecDeque::new();
    }
}

#[cfg(test)]
mod tests;
