//! What was asked and hasn't ended yet: order of sending, deadlines, and the one end of each ask. Pure, no clock.
//!
//! In: asks, answers, time. Out: the next request to send, and ends. Invariant: an ask that was accepted ends exactly
//! once. Control is sent at once, whatever is in flight; up to [`CAPTURE_WINDOW`] captures are; a browse only when
//! nothing else is outstanding. A read that timed out keeps its place for as long again (debugpy's adapter is still
//! busy with it), so that a hanging evaluation doesn't pile up others behind it, and can't block reading for ever.
//! `disconnect` waits for what is in flight, for a while, and nothing is sent behind it: debugpy's adapter passes the answer
//! of an evaluation to who asked; it fails by it, and ends, if that one has left, and nobody could attach again.
//! Why `paused` is here: a `continue` while nothing is paused bricks debugpy's adapter, so it is never sent then; nor is a
//! `goto`, which would wait for the thread's next pause.

use crate::Timeouts;
use breakroom_protocol::upstream::{Answer, AskError, AskId, Late, Request, Urgency};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// Browses that may be unended at once, and captures; more are refused. Each has room of its own: anybody may browse, and who
/// asks for a lot at once must not keep a stop from being captured, or code from being run.
pub const READS_LIMIT: usize = 256;
/// Control requests that may be unended at once; more are refused.
pub const CONTROL_LIMIT: usize = 64;
/// Captures in flight at once.
pub(crate) const CAPTURE_WINDOW: usize = 4;

pub(crate) type Outcome = Result<Answer, AskError>;

/// Who leaves waits for so many times [`Timeouts::settle`] at most, however much is answered meanwhile.
const MOST_SETTLES: u32 = 4;

/// Whether the connection ends by it.
fn leaves(request: &Request) -> bool {
    request.command() == "disconnect"
}

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
    sent: Instant,
    /// How late it was last told to be.
    late: Option<Late>,
}

impl Flying {
    /// How late it will be next, and when. What is sent behind a person's code waits for that, and isn't to blame.
    fn due(&self, timeouts: &Timeouts, heard: Instant, behind_code: bool) -> Option<(Instant, Late)> {
        let code = self.asked.request.runs_code();
        match self.late {
            None => Some((self.sent + timeouts.slow, Late::Slow)),
            Some(Late::Slow) if code => Some((self.sent + timeouts.evaluation, Late::Overdue)),
            Some(Late::Slow) if !behind_code => Some((self.sent.max(heard) + timeouts.silence, Late::Stuck)),
            // A flood of output may hold up the answer.
            Some(Late::Overdue) => {
                let at = self.sent + timeouts.evaluation + timeouts.grace;
                Some((at.max(heard + timeouts.grace), Late::Stuck))
            }
            Some(Late::Slow | Late::Stuck) => None,
        }
    }
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
    /// Evaluations that nobody asked for here are in flight.
    preparing: bool,
    /// `disconnect` was sent, and not refused.
    left: bool,
    patience: Duration,
    timeouts: Timeouts,
    /// When debugpy last said anything.
    heard: Instant,
    /// When it last answered.
    answered: Instant,
    /// When it was asked for a sign of life, if nothing came since.
    knocked: Option<Instant>,
}

impl Pending {
    pub(crate) fn new(timeouts: Timeouts, paused: bool) -> Self {
        let now = Instant::now();
        Self {
            control: VecDeque::new(),
            capture: VecDeque::new(),
            browse: VecDeque::new(),
            flying: BTreeMap::new(),
            ended: VecDeque::new(),
            paused,
            closed: false,
            preparing: false,
            left: false,
            patience: timeouts.answer,
            timeouts,
            heard: now,
            answered: now,
            knocked: None,
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
        let (waiting, limit) = match urgency {
            Urgency::Control => (self.control.len(), CONTROL_LIMIT),
            Urgency::Capture => (self.capture.len(), READS_LIMIT),
            Urgency::Browse => (self.browse.len(), READS_LIMIT),
        };
        let flying = self.flying.values().filter(|flying| flying.asked.urgency == urgency).count();
        if flying + waiting >= limit {
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

    /// Whether debugpy has yet to answer anything.
    pub(crate) fn is_in_flight(&self) -> bool {
        self.preparing || !self.flying.is_empty()
    }

    /// Whether evaluations are in flight that nobody asked for here.
    pub(crate) fn prepares(&mut self, preparing: bool) {
        self.preparing = preparing;
    }

    /// How long who wanted to leave at `since` waits for what is in flight, if nothing more is answered.
    pub(crate) fn leaves_by(&self, since: Instant) -> Instant {
        let settle = self.timeouts.settle;
        (since.max(self.answered) + settle).min(since + settle * MOST_SETTLES)
    }

    /// The same, if it was asked and waits for that.
    fn asked_leaves_by(&self) -> Option<Instant> {
        let leaving = self.control.front().filter(|asked| leaves(&asked.request))?;
        let waits = self.is_in_flight() && !self.left;
        waits.then(|| self.leaves_by(leaving.deadline - self.patience))
    }

    /// Whether it was said that this connection ends, and not refused.
    pub(crate) fn has_left(&self) -> bool {
        self.left
    }

    fn reads_flying(&self) -> usize {
        self.flying.values().filter(|flying| flying.asked.urgency != Urgency::Control).count()
    }

    /// Ends what waits unsent, except control.
    pub(crate) fn drop_queued(&mut self) {
        for asked in self.capture.drain(..).chain(self.browse.drain(..)) {
            self.ended.push_back((asked.ask, Err(AskError::Dropped)));
        }
    }

    /// Puts the next request that may be sent now in flight under `seq`.
    pub(crate) fn next(&mut self, now: Instant, seq: i64) -> Option<&Request> {
        if self.left {
            return None;
        }
        let asked = loop {
            if self.asked_leaves_by().is_some_and(|by| now < by) {
                return None;
            }
            let Some(asked) = self.control.pop_front() else { break self.next_read()? };
            if asked.request.needs_pause() && !self.paused {
                let error = AskError::Refused("the program is running already".to_owned());
                self.ended.push_back((asked.ask, Err(error)));
                continue;
            }
            break asked;
        };
        self.left = leaves(&asked.request);
        let resumed = self.paused && asked.request.resumes();
        if resumed {
            self.paused = false;
        }
        self.flying.insert(seq, Flying { asked, given_up: false, resumed, sent: now, late: None });
        self.flying.get(&seq).map(|flying| &flying.asked.request)
    }

    /// What was taken for sent is to be sent after all, before what waits.
    pub(crate) fn send_again(&mut self, seq: i64) {
        let Some(flying) = self.flying.remove(&seq).filter(|flying| !flying.given_up) else { return };
        let queue = match flying.asked.urgency {
            Urgency::Control => &mut self.control,
            Urgency::Capture => &mut self.capture,
            Urgency::Browse => &mut self.browse,
        };
        queue.push_front(flying.asked);
    }

    fn next_read(&mut self) -> Option<Asked> {
        if self.reads_flying() < CAPTURE_WINDOW
            && let Some(asked) = self.capture.pop_front()
        {
            return Some(asked);
        }
        if self.flying.is_empty() && self.capture.is_empty() { self.browse.pop_front() } else { None }
    }

    /// A response came. Returns what was asked if somebody still waits for it; the caller tells its end.
    pub(crate) fn answered(&mut self, seq: i64, succeeded: bool) -> Option<(AskId, Request)> {
        let flying = self.flying.remove(&seq)?;
        self.answered = self.heard;
        if leaves(&flying.asked.request) && !succeeded {
            self.left = false;
        }
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
        let flying = self.flying.values().map(|flying| flying.asked.deadline);
        waiting.chain(flying).chain(self.asked_leaves_by()).min()
    }

    /// debugpy said something, or would have, had we listened.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.knocked = None;
    }

    /// Whether to ask for a sign of life now: once in a silence, and before what is about to be sent after a short one,
    /// as nobody could tell later whose fault a missing answer is. Not before a step or the like, which somebody waits
    /// for and debugpy answers at once: if it doesn't, it is as good as gone. While anything is in flight, debugpy may
    /// have a reason not to speak, and its lateness is told.
    pub(crate) fn knock(&mut self, now: Instant) -> bool {
        let mut queued = [&self.control, &self.capture, &self.browse].into_iter().flatten();
        let waiting = queued.any(|asked| !asked.request.resumes());
        let after = if waiting { self.timeouts.slow } else { self.timeouts.quiet };
        let due = self.knocked.is_none() && self.flying.is_empty() && self.heard + after <= now;
        if due {
            self.knocked = Some(now);
        }
        due
    }

    /// Whether the sign of life did not come.
    pub(crate) fn is_silent(&self, now: Instant) -> bool {
        self.knocked.is_some_and(|knocked| knocked + self.timeouts.sign <= now)
    }

    /// When [`Pending::knock`] or [`Pending::is_silent`] has something to tell next.
    pub(crate) fn next_knock(&self) -> Option<Instant> {
        match self.knocked {
            Some(knocked) => Some(knocked + self.timeouts.sign),
            None => self.flying.is_empty().then(|| self.heard + self.timeouts.quiet),
        }
    }

    /// For how long debugpy has said nothing.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        now.duration_since(self.heard)
    }

    /// What has become late, or later; each is told once.
    pub(crate) fn late(&mut self, now: Instant) -> Vec<(AskId, Duration, Late)> {
        let mut told = Vec::new();
        let (timeouts, heard) = (self.timeouts, self.heard);
        let mut behind_code = false;
        for flying in self.flying.values_mut().filter(|flying| !flying.given_up) {
            let due = flying.due(&timeouts, heard, behind_code);
            behind_code |= flying.asked.request.runs_code();
            let Some((_, late)) = due.filter(|(at, _)| *at <= now) else { continue };
            flying.late = Some(late);
            told.push((flying.asked.ask, now.duration_since(flying.sent), late));
        }
        told
    }

    /// When [`Pending::late`] has something to tell next.
    pub(crate) fn next_late(&self) -> Option<Instant> {
        let mut behind_code = false;
        let flying = self.flying.values().filter(|flying| !flying.given_up);
        flying
            .filter_map(|flying| {
                let due = flying.due(&self.timeouts, self.heard, behind_code);
                behind_code |= flying.asked.request.runs_code();
                due.map(|(at, _)| at)
            })
            .min()
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
