//! The room is lost for a while, or for good: whoever waits is told.

use super::{Effect, Facade, FromRoom, Life, What, sentence, words};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::{ClientSeq, ErrorBody, ErrorCode};
use serde_json::json;

impl Facade {
    /// The end of a command. What was answered by an event before has no end left.
    pub(super) fn replied(&mut self, id: ClientSeq, error: Option<ErrorBody>, result: Option<ReplyResult>) {
        let Some((ask, what)) = self.pending.remove(&id) else { return };
        if what == What::Start {
            // Somebody else was faster: then it is attached, or will be.
            let refused = error.filter(|error| error.code != ErrorCode::AlreadyStarted);
            return match refused {
                Some(error) => self.started(Err(sentence(&error))),
                None if self.room.phase != Phase::Starting => self.started(Ok(())),
                None => {}
            };
        }
        let Some(ask) = ask else {
            if let (What::ProposeBreakpoint { number }, Some(error)) = (what, error) {
                self.breakpoint_not_proposed(number, sentence(&error));
            }
            return;
        };
        match (what, error) {
            (What::Resume { stop, .. }, Some(error)) => self.resume_refused(ask, Some(stop), &error),
            (What::Pause, Some(error)) => self.resume_refused(ask, None, &error),
            (What::Evaluate(wanted), Some(error)) => self.evaluation_refused(ask, wanted, &error),
            // The refusal that led here says more than that there are no proposals.
            (What::Propose { refused }, Some(error)) if error.code == ErrorCode::Internal => {
                self.fail(ask, &refused);
            }
            (What::Propose { .. }, None) => self.was_proposed(ask),
            (What::Complete(typed), error) => {
                self.completed(ask, &typed, result.filter(|_| error.is_none()));
            }
            (
                What::Stack { .. }
                | What::Scopes { .. }
                | What::Variables { .. }
                | What::Page { .. }
                | What::StepInTargets,
                Some(error),
            ) => self.fail_quietly(ask, sentence(&error)),
            (_, Some(error)) => self.fail(ask, sentence(&error)),
            (What::Console(words), None) => self.succeed(ask, super::driving::result(&words)),
            (What::Source { path }, None) => self.fetch(ask, &path),
            // Somebody asked for less at the same time.
            (what @ What::Stack { .. }, None) => match self.stack_so_far(&what) {
                Some(body) => self.succeed(ask, body),
                None => self.fail(ask, words::STALE),
            },
            (What::StepInTargets, None) => self.step_in_targets_are(ask, result),
            (What::Resume { .. } | What::Pause | What::End | What::Exceptions | What::Quiet, None) => {
                self.succeed(ask, serde_json::Value::Null);
            }
            // Their events come before the reply; if they did not, there is nothing to show.
            (_, None) => self.fail(ask, "Breakroom has no answer to this."),
        }
    }

    pub(super) fn lost(&mut self, message: &str) {
        if matches!(self.life, Life::Over(_)) || !std::mem::take(&mut self.connected) {
            return;
        }
        self.refuse_pending(words::NOT_CONNECTED);
        self.say_once(&format!("the connection to the server is lost ({message}); it is tried again."));
    }

    fn refuse_pending(&mut self, sentence: &str) {
        for (_, (ask, what)) in std::mem::take(&mut self.pending) {
            if what == What::Start {
                self.started(Err(sentence));
            } else if let Some(ask) = ask {
                self.fail_quietly(ask, sentence);
            }
        }
        self.refuse_near(sentence);
        self.end_breakpoint_waits();
    }

    pub(super) fn gone(&mut self, message: &str) {
        self.connected = false;
        self.over(message);
    }

    /// Nothing comes any more.
    pub(super) fn over(&mut self, message: &str) {
        if matches!(self.life, Life::Over(_)) {
            return;
        }
        self.say(&format!("it is over: {message}"));
        self.end_all(message);
        if let Life::Wired = self.life {
            self.wire_is_over();
        }
        // Where `attach` was refused, there is nothing that could end.
        if let Life::Configured = std::mem::replace(&mut self.life, Life::Over(message.to_owned())) {
            self.event("terminated", json!({}));
        }
        self.out.push(Effect::Over(message.to_owned()));
    }

    /// Whatever waits is answered now.
    pub(super) fn end_all(&mut self, sentence: &str) {
        self.refuse_pending(sentence);
        self.threads_are_late();
        for (_, ask) in std::mem::take(&mut self.fetches) {
            self.fail_quietly(ask, sentence);
        }
        match std::mem::replace(&mut self.life, Life::Fresh) {
            Life::Joining(ask) | Life::Configuring(ask) | Life::Starting(ask) => self.fail(ask, sentence),
            other => self.life = other,
        }
    }
}

impl From<breakroom_protocol::ServerMessage> for FromRoom {
    fn from(message: breakroom_protocol::ServerMessage) -> Self {
        Self::Said(Box::new(message))
    }
}
