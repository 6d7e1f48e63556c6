//! What was asked and hasn't ended yet: order of sending, deadlines, and the one end of each ask. Pure, no clock.
//!
//! In: asks, answers, time. Out: the next request to send, and ends. Invariant: an ask that was accepted ends exactly
//! once. Control is sent at once, whatever is in flight; up to [`CAPTURE_WINDOW`] captures are; a browse only when
//! nothing else is outstanding. A read that timed out keeps its place for as long again (debugpy's adapter is still
//! busy with it), so that a hanging evaluation doesn't pile up others behind it, and can't block reading for ever.
//! Why `paused` is here: a `continue` while nothing is paused bricks debugpy's adapter, so it is never sent then; nor is a
//! `goto`, which would wait for the thread's next pause.

use breakroom_protocol::upstream::{Answer, AskError, AskId, Request, Urgency};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Reads (captures and browses) that may be unended at once; more are refused.
pub const READS_LIMIT: usize = 256;
/// Control requests that may be unended at once; more are refused.
pub const CONTROL_LIMIT: usize = 64;
/// Captures in flight at once.
pub(crate) const CAPTURE_WINDOW: usize = 4;

pub(crate) type Outcome = Result<Answer, AskError>;

#[derive(Debug)]
struct Asked {
    ask: AskId,
    request: Request,
    urgency: Urgency,
    deadline: Instant,
}

#[derive(Debug)]
struct Flying {
    asked: Asked,
    /// It was answered `TimedOut` already; a late response is ignored.
    given_up: bool,
    /// It made the program run, as far as we know.
    resumed: bool,
}

#[derive(Debug)]
pub(crate) struct Pending {
    control: VecDeque<Asked>,
    capture: VecDeque<Asked>,
    browse: VecDeque<Asked>,
    flying: BTreeMap<i64, Flying>,
    ended: VecDeque<(AskId, Outcome)>,
    paused: bool,
    closed: bool,
    patience: Duration,
}

impl Pending {
    pub(crate) fn new(patience: Duration, paused: bool) -> Self {
        Self {
            control: VecDeque::new(),
            capture: VecDeque::new(),
            browse: VecDeque::new(),
            flying: BTreeMap::new(),
            ended: VecDeque::new(),
            paused,
            closed: false,
            patience,
        }
    }

    /// Accepts an ask, or ends it here by `Err`.
    pub(crate) fn ask(
        &mut self,
        now: Instant,
        ask: AskId,
        request: Request,
        urgency: Urgency,
    ) -> Result<(), AskError> {
        if self.closed {
            return Err(AskError::Gone);
        }
        let (count, limit) = match urgency {
            Urgency::Control => (self.count_flying(true) + self.control.len(), CONTROL_LIMIT),
            Urgency::Capture | Urgency::Browse => {
                (self.count_flying(false) + self.capture.len() + self.browse.len(), READS_LIMIT)
            }
        };
        if count >= limit {
            return Err(AskError::Refused(format!(
                "{limit} requests are waiting for debugpy already: try again when they are answered"
            )));
        }
        let queue = match urgency {
            Urgency::Control => &mut self.control,
            Urgency::Capture => &mut self.capture,
            Urgency::Browse => &mut self.browse,
        };
        queue.push_back(Asked { ask, request, urgency, deadline: now + self.patience });
        Ok(())
    }

    fn count_flying(&self, control: bool) -> usize {
        self.flying.values().filter(|flying| (flying.asked.urgency == Urgency::Control) == control).count()
    }

    /// Ends what waits unsent, except control.
    pub(crate) fn drop_queued(&mut self) {
        for asked in self.capture.drain(..).chain(self.browse.drain(..)) {
            self.ended.push_back((asked.ask, Err(AskError::Dropped)));
        }
    }

    /// Puts the next request that may be sent now in flight under `seq`.
    pub(crate) fn next(&mut self, seq: i64) -> Option<&Request> {
        let asked = loop {
            let Some(asked) = self.control.pop_front() else { break self.next_read()? };
            if matches!(asked.request, Request::Continue(_) | Request::Goto { .. }) && !self.paused {
                let error = AskError::Refused("the program is running already".to_owned());
                self.ended.push_back((asked.ask, Err(error)));
                continue;
            }
            break asked;
        };
        let resumed = self.paused
            && matches!(
                asked.request,
                Request::Continue(_)
                    | Request::Next(_)
                    | Request::StepIn(_)
                    | Request::StepInTarget { .. }
                    | Request::StepOut(_)
                    | Request::Goto { .. }
            );
        if resumed {
            self.paused = false;
        }
        self.flying.insert(seq, Flying { asked, given_up: false, resumed });
        self.flying.get(&seq).map(|flying| &flying.asked.request)
    }

    fn next_read(&mut self) -> Option<Asked> {
        if self.count_flying(false) < CAPTURE_WINDOW
            && let Some(asked) = self.capture.pop_front()
        {
            return Some(asked);
        }
        if self.flying.is_empty() && self.capture.is_empty() { self.browse.pop_front() } else { None }
    }

    /// A response came. Returns what was asked if somebody still waits for it; the caller tells its end.
    pub(crate) fn answered(&mut self, seq: i64, succeeded: bool) -> Option<(AskId, Request)> {
        let flying = self.flying.remove(&seq)?;
        if flying.resumed && !succeeded {
            self.paused = true;
        }
        (!flying.given_up).then_some((flying.asked.ask, flying.asked.request))
    }

    /// Ends what is over its deadline.
    pub(crate) fn expire(&mut self, now: Instant) {
        for queue in [&mut self.control, &mut self.capture, &mut self.browse] {
            queue.retain(|asked| {
                let late = asked.deadline <= now;
                if late {
                    self.ended.push_back((asked.ask, Err(AskError::TimedOut(asked.request.command()))));
                }
                !late
            });
        }
        self.flying.retain(|_, flying| {
            if flying.asked.deadline > now {
                return true;
            }
            if !flying.given_up {
                let command = flying.asked.request.command();
                self.ended.push_back((flying.asked.ask, Err(AskError::TimedOut(command))));
                flying.given_up = true;
                flying.asked.deadline = now + self.patience;
                return true;
            }
            false
        });
    }

    /// When [`Pending::expire`] has something to do next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let waiting =
            [&self.control, &self.capture, &self.browse].into_iter().flatten().map(|asked| asked.deadline);
        waiting.chain(self.flying.values().map(|flying| flying.asked.deadline)).min()
    }

    /// The next end to tell.
    pub(crate) fn pop_ended(&mut self) -> Option<(AskId, Outcome)> {
        self.ended.pop_front()
    }

    /// `stopped` was read.
    pub(crate) fn stopped(&mut self) {
        self.paused = true;
    }

    /// `continued` was read.
    pub(crate) fn continued(&mut self) {
        self.paused = false;
    }

    /// Ends everything with `Gone`; later asks are refused with it.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        let waiting = [&mut self.control, &mut self.capture, &mut self.browse];
        for asked in waiting.into_iter().flat_map(|queue| queue.drain(..)) {
            self.ended.push_back((asked.ask, Err(AskError::Gone)));
        }
        for flying in std::mem::take(&mut self.flying).into_values().filter(|flying| !flying.given_up) {
            self.ended.push_back((flying.asked.ask, Err(AskError::Gone)));
        }
    }
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
