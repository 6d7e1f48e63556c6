//! What the debuggee tells of a stop unasked, kept until it is asked for. Pure.
//!
//! In: what it told just before `stopped` (stack, scopes) and right behind it (the top frame's locals), and requests. Out:
//! whether a request has its answer there, or will. Invariant: it is given once, while the program is paused where it was
//! told and nobody's code has run since; what comes after that is asked for as ever.
//! Why: a turn through debugpy's adapter takes longer than finding out what it is for, and a stop needs three.

use crate::pending::Outcome;
use crate::translate;
use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::upstream::{Answer, AskError, Request, UpstreamFrame, UpstreamReference};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One of the two that come with a stop.
#[derive(Debug, PartialEq)]
pub(crate) enum Push {
    /// Just before `stopped`.
    Stop(Stop),
    /// Right behind it; nothing, if they could not be made.
    Locals(UpstreamReference, Option<Outcome>),
}

/// Stack and scopes of the thread that stops, until each is given.
#[derive(Debug, PartialEq)]
pub(crate) struct Stop {
    stack: Option<Answer>,
    /// How many frames it has here.
    frames: u32,
    /// Whether the thread has no others.
    whole: bool,
    scopes: Option<Answer>,
    top: UpstreamFrame,
    locals: UpstreamReference,
}

/// What [`Push`] is in the `data` of our own event.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    Stop { stack: Box<RawValue>, scopes: Box<RawValue> },
    Locals { reference: UpstreamReference, body: Option<Box<RawValue>>, refused: Option<String> },
}

impl Told {
    /// Reads the bodies, which are those of DAP's own responses.
    pub(crate) fn read(self) -> Option<Push> {
        match self {
            Self::Stop { stack, scopes } => {
                let (stack, scopes) = (translate::stack(stack.get())?, translate::scopes(scopes.get())?);
                let (Answer::Stack { frames, total }, Answer::Scopes(list)) = (&stack, &scopes) else {
                    return None;
                };
                let (count, total) = (u32::try_from(frames.len()).ok()?, *total);
                let (top, locals) =
                    (frames.first()?.id, list.iter().find(|scope| !scope.expensive)?.reference);
                let whole = count == total;
                let (stack, scopes) = (Some(stack), Some(scopes));
                Some(Push::Stop(Stop { stack, frames: count, whole, scopes, top, locals }))
            }
            Self::Locals { reference, body, refused } => {
                let outcome = match (body, refused) {
                    (Some(body), _) => {
                        Some(translate::variables(body.get()).ok_or(AskError::Garbled("variables")))
                    }
                    (None, Some(message)) => Some(Err(AskError::Refused(message))),
                    (None, None) => None,
                };
                Some(Push::Locals(reference, outcome))
            }
        }
    }
}

/// Whether a request has its answer here.
#[derive(Debug, PartialEq)]
pub(crate) enum Given {
    /// It is to be sent.
    No,
    /// This is it.
    Now(Outcome),
    /// It comes by [`Pushed::told`], or something else says that it doesn't.
    Soon,
}

/// What becomes of a request that waited.
#[derive(Debug, PartialEq)]
pub(crate) enum Due {
    /// Its end.
    End(i64, Outcome),
    /// It is to be sent after all.
    Send(i64),
}

#[derive(Debug)]
enum Locals {
    Coming,
    /// A request waits for them, by this number.
    Awaited(i64),
    /// The same, and code has run meanwhile: what comes may be from before it, and behind what was seen of it.
    Outdated(i64),
    There(Outcome),
    /// Given, or no longer so.
    Spent,
}

#[derive(Debug)]
struct Current {
    thread: ThreadId,
    stop: Stop,
    values: Locals,
}

/// What was told of the current stop.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    next: Option<Stop>,
    current: Option<Current>,
}

impl Pushed {
    /// Something was told. Returns what becomes of the request that waited for it.
    pub(crate) fn told(&mut self, push: Push) -> Option<Due> {
        match push {
            Push::Stop(stop) => {
                self.next = Some(stop);
                None
            }
            Push::Locals(reference, outcome) => {
                let current = self.current.as_mut().filter(|current| current.stop.locals == reference)?;
                let (values, due) = match (std::mem::replace(&mut current.values, Locals::Spent), outcome) {
                    (Locals::Coming, Some(outcome)) => (Locals::There(outcome), None),
                    (Locals::Awaited(seq), Some(outcome)) => (Locals::Spent, Some(Due::End(seq, outcome))),
                    (Locals::Awaited(seq) | Locals::Outdated(seq), _) => {
                        (Locals::Spent, Some(Due::Send(seq)))
                    }
                    (Locals::Coming, None) => (Locals::Spent, None),
                    (values @ (Locals::There(_) | Locals::Spent), _) => (values, None),
                };
                current.values = values;
                due
            }
        }
    }

    /// `stopped` was read, perhaps of the same pause once more. Returns the request that waits for what will not come now: it
    /// is to be sent.
    pub(crate) fn stopped(&mut self, thread: ThreadId) -> Option<i64> {
        let waited = self.resumed();
        self.current = self.next.take().map(|stop| Current { thread, stop, values: Locals::Coming });
        waited
    }

    /// Somebody's code is run, behind which the locals may be others.
    pub(crate) fn changed(&mut self) {
        let Some(current) = &mut self.current else { return };
        current.values = match current.values {
            Locals::Awaited(seq) | Locals::Outdated(seq) => Locals::Outdated(seq),
            Locals::Coming | Locals::There(_) | Locals::Spent => Locals::Spent,
        };
    }

    /// The program runs. Returns the request that waits for what will not come any more.
    pub(crate) fn resumed(&mut self) -> Option<i64> {
        match self.current.take()?.values {
            Locals::Awaited(seq) | Locals::Outdated(seq) => Some(seq),
            Locals::Coming | Locals::There(_) | Locals::Spent => None,
        }
    }

    /// Whether this is the answer to a request, whose number would be `seq`.
    pub(crate) fn given(&mut self, request: &Request, seq: i64) -> Given {
        let Some(current) = &mut self.current else { return Given::No };
        let stop = &mut current.stop;
        match request {
            Request::StackTrace { thread, start: 0, levels }
                if *thread == current.thread
                    && (*levels == stop.frames || stop.whole && *levels > stop.frames) =>
            {
                stop.stack.take().map_or(Given::No, |answer| Given::Now(Ok(answer)))
            }
            Request::Scopes(frame) if *frame == stop.top => {
                stop.scopes.take().map_or(Given::No, |answer| Given::Now(Ok(answer)))
            }
            Request::Variables(reference) if *reference == stop.locals => {
                match std::mem::replace(&mut current.values, Locals::Spent) {
                    Locals::Coming => {
                        current.values = Locals::Awaited(seq);
                        Given::Soon
                    }
                    Locals::There(outcome) => Given::Now(outcome),
                    values => {
                        current.values = values;
                        Given::No
                    }
                }
            }
            _ => Given::No,
        }
    }
}

#[cfg(test)]
#[path = "pushed_tests.rs"]
mod tests;
