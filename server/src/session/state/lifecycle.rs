//! Attach, loss, restart and end.

use super::moving::Going;
use super::{AdapterFacts, Asked, Effect, MAIN, Phase, Restart, State};
use breakroom_protocol::upstream::{AskError, UpstreamBreakpoint};
use breakroom_protocol::{EndReason, ErrorBody, ErrorCode, Event, OutputCategory, ParticipantId};

impl State {
    pub(super) fn attached(&mut self, facts: AdapterFacts, answers: Vec<(String, Vec<UpstreamBreakpoint>)>) {
        if matches!(self.phase, Phase::Ending(_)) {
            // A host ended it while attaching was under way.
            self.effects.push(Effect::Detach);
            return;
        }
        self.phase = Phase::Running { pausing: false };
        self.after_kill = false;
        self.reconnected();
        self.continued_expected.clear();
        let AdapterFacts { python, debugpy, pid, fresh } = facts;
        self.check_sources_later();
        if fresh {
            self.program_is_new();
        }
        self.children.restarted(pid);
        self.record(None, Event::Attached { python, debugpy, pid, choice: self.choice.clone() });
        let mut results = Vec::new();
        for (path, merged) in std::mem::take(&mut self.setup) {
            if let Some((_, answer)) = answers.iter().find(|(other, _)| *other == path) {
                results.extend(self.breakpoints.answered(MAIN, &path, &merged, answer));
            }
        }
        self.resolved(results);
        self.find_functions(MAIN);
        // Whatever people changed while attaching was under way.
        if self.exception_filters != self.setup_filters {
            self.send_exception_filters(MAIN);
        }
        let paths = self.breakpoints.paths();
        self.send_breakpoints(&paths);
        if let Some(waiter) = self.starter.take() {
            self.reply(waiter, None);
        }
    }

    /// The first attach failed: the session waits on, and says why.
    pub(super) fn start_failed(&mut self, error: ErrorBody) {
        let Some(waiter) = self.starter.take() else { return };
        // Whoever attaches next must not take it for told.
        self.setup.clear();
        self.breakpoints.nothing_sent();
        let text = format!("The session could not start. {}\n", error.message);
        self.output(MAIN, OutputCategory::Important, &text);
        self.reply(waiter, Some(error));
    }

    /// The connection ended without our asking.
    pub(super) fn closed(&mut self, message: String) {
        self.end_all_asks();
        if self.wire_closed(MAIN) {
            return;
        }
        match &self.phase {
            Phase::Running { .. } | Phase::Stopped(_) | Phase::Starting => {
                self.leave_stop();
                self.phase = Phase::Lost;
                self.record(None, Event::Lost { message });
                self.effects.push(Effect::LeaveChildren);
                self.effects.push(Effect::Reattach);
            }
            // Expected: the detach that is under way says so itself.
            Phase::Ending(_) | Phase::Restarting | Phase::Lost | Phase::Ended => {}
        }
    }

    /// The program itself ended.
    pub(super) fn terminated(&mut self) {
        match self.phase {
            // There was nothing to attach to; `Closed` follows.
            Phase::Starting if self.wires.any() => {}
            Phase::Restarting | Phase::Ending(_) | Phase::Ended => {}
            _ => self.begin_end(self.wires.why_over()),
        }
    }

    pub(super) fn attach_failed(&mut self, message: String) {
        let reason = match self.phase {
            Phase::Lost if self.after_kill => {
                let message = format!("The server was killed and started again, and then: {message}.");
                self.finish(EndReason::ServerKilled, message);
                return;
            }
            Phase::Restarting => EndReason::NotBackAfterRestart,
            Phase::Ending(reason) => reason,
            _ => EndReason::ConnectionLost,
        };
        self.end_all_asks();
        self.finish(reason, message);
    }

    pub(super) fn restart_failed(&mut self, message: &str) {
        let text = format!("The restart action failed: {message}\n");
        self.output(MAIN, OutputCategory::Important, &text);
    }

    pub(super) fn end_asked(&mut self, by: Option<ParticipantId>, restart: Restart) {
        match restart {
            Restart::No => self.begin_end(EndReason::EndedByHost),
            Restart::Yes => {
                if matches!(self.phase, Phase::Restarting | Phase::Ending(_)) || self.is_starting() {
                    return;
                }
                let attached = self.is_attached();
                self.leave_stop();
                self.phase = Phase::Restarting;
                self.record(by, Event::Restarting);
                if attached {
                    self.effects.push(Effect::Detach);
                } else {
                    self.effects.push(Effect::RunRestart);
                }
            }
        }
    }

    /// Whether attaching for the first time is under way.
    pub(super) fn is_starting(&self) -> bool {
        self.starter.is_some() || (matches!(self.phase, Phase::Starting) && self.wire_attaches())
    }

    pub(super) fn begin_end(&mut self, reason: EndReason) {
        if matches!(self.phase, Phase::Ending(_)) {
            return;
        }
        let attached = self.is_attached();
        self.leave_stop();
        self.phase = Phase::Ending(reason);
        self.guests_at_end();
        if attached {
            self.effects.push(Effect::Detach);
        } else {
            self.end_now(reason);
        }
    }

    pub(super) fn detached(&mut self) {
        self.end_all_asks();
        match self.phase {
            Phase::Ending(reason) => self.end_now(reason),
            Phase::Restarting => self.effects.push(Effect::RunRestart),
            _ => {}
        }
    }

    fn end_now(&mut self, reason: EndReason) {
        let message = match reason {
            EndReason::EndedByHost => "A host ended the session; the program runs on.",
            EndReason::DebuggeeExited => "The program ended.",
            EndReason::ServerStopped => "The server was stopped; the program runs on.",
            EndReason::ConnectionLost => "The connection to the program was lost.",
            EndReason::NotBackAfterRestart => "The program did not come back after its restart.",
            EndReason::ServerKilled => "The server was killed; the program runs on.",
        };
        self.finish(reason, message.to_owned());
    }

    fn finish(&mut self, reason: EndReason, message: String) {
        if let Some(waiter) = self.starter.take() {
            let error = ErrorBody::new(ErrorCode::SessionEnded, "The session ended before it had started.");
            self.reply(waiter, Some(error));
        }
        self.end_wires();
        self.guests_at_end();
        self.flush_notes();
        self.phase = Phase::Ended;
        self.proposals_at_end();
        self.record(None, Event::Ended { reason, message });
        self.effects.push(Effect::Finish { reason });
    }

    /// Whoever waits for something of the current stop is told that it is over.
    fn leave_stop(&mut self) {
        self.offers_at_end();
        self.children.clear();
        self.proposals_at_loss();
        if let Phase::Stopped(stop) = std::mem::replace(&mut self.phase, Phase::Starting) {
            let error = ErrorBody::new(
                ErrorCode::NotAttached,
                "The debugger was detached before this could be read.",
            );
            self.reply_all(stop.into_waiters(), Some(&error));
        }
    }

    /// Nothing outstanding will be answered any more; every request ends once.
    fn end_all_asks(&mut self) {
        for (_, asked) in std::mem::take(&mut self.asked) {
            self.unanswered(asked, &AskError::Gone);
        }
        self.nothing_late();
    }

    /// What somebody may have asked for that will not come.
    pub(super) fn unanswered(&mut self, asked: Asked, error: &AskError) {
        let body = super::answers::error_body(error);
        match asked {
            Asked::Evaluate { waiter, .. }
            | Asked::SetVariable { waiter, .. }
            | Asked::SetExpression { waiter, .. }
            | Asked::Complete { waiter }
            | Asked::StepInTargets { waiter, .. }
            | Asked::GotoTarget(Going { waiter, .. })
            | Asked::Goto(Going { waiter, .. })
            | Asked::Pause { waiter } => {
                self.reply(waiter, Some(body));
            }
            Asked::Wire { process, id, what } => self.wire_unanswered(process, id, what, error),
            Asked::Look { stop, look } => self.look_failed(stop, &look, &body),
            Asked::Resume { waiter, .. } => {
                if let Some(waiter) = waiter {
                    self.reply(waiter, Some(body));
                }
            }
            Asked::Interrupt { waiter } => {
                self.not_interrupted();
                self.reply(waiter, Some(body));
            }
            Asked::Modules => {
                let waiters = std::mem::take(&mut self.module_waiters);
                self.reply_all(waiters, Some(&body));
            }
            Asked::Source { path } => {
                let waiters = self.source_waiters.remove(&path).unwrap_or_default();
                self.reply_all(waiters, Some(&body));
            }
            Asked::Stack { stop, thread } => {
                let found = self.stop(stop).and_then(|stop| stop.stacks.get_mut(&thread));
                let waiters = found.map(|stack| stack.fetch.finish(false)).unwrap_or_default();
                self.reply_all(waiters, Some(&body));
            }
            Asked::Scopes { stop, frame } => {
                let found = self.stop(stop).and_then(|stop| stop.frame(frame));
                let waiters = found.map(|frame| frame.scopes.finish(false)).unwrap_or_default();
                self.reply_all(waiters, Some(&body));
                if self.stop(stop).is_some_and(|stop| stop.top == Some(frame)) {
                    self.capture_around(stop);
                }
            }
            Asked::Variables { stop, set } => {
                let found = self.stop(stop).and_then(|stop| stop.set(set));
                let waiters = found.map(|set| set.items.finish(false)).unwrap_or_default();
                self.reply_all(waiters, Some(&body));
            }
            Asked::Read { stop, frame, read } | Asked::ReadValue { stop, frame, read } => {
                self.read_failed(stop, frame, read, error);
            }
            Asked::Watch { stop, watch } => {
                self.forget_reads();
                match error {
                    AskError::Refused(raised) => {
                        let raised = super::answers::clip_error(raised.clone(), self.rules.value_chars);
                        self.watch_done(stop, watch, breakroom_protocol::Outcome::Error(raised));
                    }
                    error => self.watch_failed(stop, watch, error),
                }
            }
            guessed @ (Asked::GuessedScopes { .. } | Asked::GuessedVariables { .. }) => {
                self.guess_failed(guessed, error);
            }
            Asked::Differing { .. } => self.sources_not_checked(),
            // Dropped at a resume, say: with the next look.
            Asked::SnapsPassed => self.snaps_passed(Vec::new(), true),
            // Dropped at a resume: later, then.
            Asked::Functions { .. } => self.check_sources_soon(),
            Asked::Threads { .. }
            | Asked::SetBreakpoints { .. }
            | Asked::Matched { .. }
            | Asked::Adopt { .. }
            | Asked::Child => {}
        }
    }
}
