//! What comes from upstream: events and answers. What the server asks unasked at a stop is in [`capture`](super::capture).

use super::moving::Going;
use super::{Asked, Effect, MAIN, Phase, State};
use crate::session::children::Pause;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::upstream::{Answer, AskError, FromUpstream, UpstreamEvent, UpstreamVariable};
use breakroom_protocol::{
    ErrorBody, ErrorCode, EvaluateContext, Event, FrameId, Outcome, OutputCategory, ProcessId, SourceHash,
    StopId, ThreadId, Variable,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Largest text of one `output` event, in bytes.
const OUTPUT_BYTES: usize = 4 * 1024;

impl State {
    pub(super) fn upstream(&mut self, process: ProcessId, from: FromUpstream) {
        match from {
            FromUpstream::Event(event) => self.upstream_event(process, event),
            FromUpstream::Answer { ask, outcome } => {
                if let Some(asked) = self.asked.remove(&ask) {
                    let late = self.not_late(ask);
                    if let Asked::Watch { stop, watch } = &asked {
                        self.watch_took(*stop, *watch, late.unwrap_or(0));
                    }
                    match outcome {
                        Ok(answer) => self.answered(asked, answer),
                        Err(error) => self.failed(asked, &error),
                    }
                }
            }
            FromUpstream::Wire(event) => self.wire_event(process, event),
            FromUpstream::Prepared(known) => self.wire_prepared(process, known),
            FromUpstream::Late { ask, for_ms, late } => self.late(ask, for_ms, late),
            FromUpstream::Closed { message } if process == MAIN => self.closed(message),
            FromUpstream::Closed { .. } => {
                self.wire_closed(process);
                self.child_ended(process);
            }
        }
    }

    fn upstream_event(&mut self, process: ProcessId, event: UpstreamEvent) {
        // What a child says that has ended, or was left, comes too late.
        if process != MAIN && !self.children.knows(process) {
            return;
        }
        match event {
            UpstreamEvent::Stopped { reason, description, text, thread } => {
                // An exception's message may be of any length.
                let [description, text] =
                    [description, text].map(|told| told.map(|told| clip(told, self.rules.value_chars)));
                self.stopped(process, Pause { reason, description, text, thread });
            }
            UpstreamEvent::Continued => {
                if !self.continued_expected.remove(&process) {
                    self.continued(process);
                }
            }
            UpstreamEvent::Output { category, text } => self.output(process, category, &text),
            UpstreamEvent::Breakpoint(changed) => {
                let results = self.breakpoints.changed_upstream(process, &changed);
                self.resolved(results);
            }
            UpstreamEvent::Snap(snap) => self.snapped(process, snap),
            UpstreamEvent::Disarmed { entry, turn, per_second } => {
                self.disarmed(process, entry, turn, per_second);
            }
            UpstreamEvent::EntryFailed { entry, turn, error } => {
                self.entry_failed(process, &entry, turn, &error);
            }
            UpstreamEvent::Child(child) => self.child_announced(process, child),
            UpstreamEvent::Terminated if process == MAIN => self.terminated(),
            UpstreamEvent::Terminated => self.child_ended(process),
        }
    }

    pub(super) fn output(&mut self, process: ProcessId, category: OutputCategory, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, tail) = rest.split_at(floor_char(rest, OUTPUT_BYTES));
            self.record(None, Event::Output { category, text: piece.to_owned(), process });
            rest = tail;
        }
    }

    fn answered(&mut self, asked: Asked, answer: Answer) {
        match (asked, answer) {
            (Asked::Resume { waiter, .. }, Answer::Done) => {
                if let Some(waiter) = waiter {
                    self.reply(waiter, None);
                }
            }
            (Asked::Pause { waiter }, Answer::Done) => self.reply(waiter, None),
            (Asked::Threads { stop }, Answer::Threads(threads)) => {
                if let Some(found) = self.stop(stop) {
                    // Nobody can wait for them by a command.
                    let _nobody = found.threads.finish(true);
                    found.thread_ids.extend(threads.iter().map(|thread| thread.id));
                    self.record(None, Event::Threads { stop, threads });
                }
            }
            (Asked::Stack { stop, thread }, Answer::Stack { frames, total }) => {
                self.stack(stop, thread, frames, total)
            }
            (Asked::Scopes { stop, frame }, Answer::Scopes(scopes)) => self.scopes(stop, frame, scopes),
            (Asked::Variables { stop, set }, Answer::Variables(items)) => self.variables(stop, set, items),
            (Asked::GuessedScopes { stop }, Answer::Scopes(scopes)) => self.guessed_scopes(stop, scopes),
            (Asked::GuessedVariables { stop }, Answer::Variables(items)) => {
                self.guessed_variables(stop, items)
            }
            (
                Asked::Evaluate { stop, frame, expression, context, by, since, waiter },
                Answer::Value(value),
            ) => {
                let item = self.evaluated(stop, frame, value, context);
                let since = Some(since);
                let outcome = Outcome::Value(item);
                self.proposals.note_outcome(waiter, &outcome);
                self.record(Some(by), Event::Evaluated { stop, frame, expression, outcome, context, since });
                self.refresh_evaluated(stop, frame, context);
                self.reply(waiter, None);
            }
            (Asked::Read { stop, frame, read }, Answer::Held(held)) => self.held(stop, frame, read, held),
            (Asked::ReadValue { stop, frame, read }, Answer::Variables(items)) => {
                self.read_value(stop, frame, read, items);
            }
            (Asked::Watch { stop, watch }, Answer::Value(value)) => {
                let value = self.variable_at(Some(stop), value, 2);
                self.forget_reads();
                self.watch_done(stop, watch, Outcome::Value(value));
            }
            (Asked::SetVariable { stop, set, name, by, waiter }, Answer::Value(value)) => {
                let item = self.variable_set(stop, set, name, value);
                self.record(Some(by), Event::VariableSet { stop, variables: set, item });
                self.refresh_after_code(stop, Some(set));
                self.reply(waiter, None);
            }
            (Asked::SetExpression { stop, frame, expression, by, waiter }, Answer::Value(value)) => {
                self.expression_set(stop, frame, expression, by, value);
                self.reply(waiter, None);
            }
            (Asked::Look { stop, look }, answer) => self.looked(stop, look, answer),
            (Asked::Adopt { stop, thread }, Answer::Adopted { held }) => {
                if let Some(stop) = self.stop(stop).filter(|_| !held) {
                    stop.native.insert(thread);
                }
            }
            (Asked::Modules, Answer::Modules(items)) => {
                for waiter in std::mem::take(&mut self.module_waiters) {
                    self.reply_with(waiter, ReplyResult::Modules { items: items.clone() });
                }
            }
            (Asked::Interrupt { waiter }, Answer::Done) => self.reply(waiter, None),
            (Asked::Complete { waiter }, Answer::Completions(items)) => self.completed(waiter, items),
            (Asked::StepInTargets { stop, waiter }, Answer::StepInTargets(items)) => {
                self.step_in_targets(stop, waiter, items);
            }
            (Asked::GotoTarget(going), Answer::GotoTarget(target)) => self.goto_target(going, target),
            (Asked::Goto(going), Answer::Done) => self.reply(going.waiter, None),
            (Asked::SetBreakpoints { process, path, merged }, Answer::Breakpoints(answer)) => {
                let results = self.breakpoints.answered(process, &path, &merged, &answer);
                self.resolved(results);
            }
            // It calls any function's name verified; which there are is asked for apart.
            (Asked::SetBreakpoints { .. }, Answer::Done) => {}
            (Asked::Functions { process, names }, Answer::Functions(found)) => {
                let results = self.breakpoints.functions_found(process, &names, &found);
                self.resolved(results);
            }
            (Asked::Differing { known }, Answer::Differing(differing)) => {
                self.sources_checked(&known, differing);
            }
            (Asked::Source { path }, Answer::Source { text }) => self.source(path, text),
            (Asked::SnapsPassed, Answer::SnapsPassed { counts, more }) => self.snaps_passed(counts, more),
            (Asked::Matched { stop }, Answer::Matched(entries)) => {
                if self.stop(stop).is_some() && !entries.is_empty() {
                    self.record(None, Event::Hit { stop, entries });
                }
            }
            (Asked::Wire { process, id, what }, Answer::Wire(response)) => {
                self.wire_answered(process, id, what, response);
            }
            (Asked::Child, _) => {}
            (asked, _) => self.failed(asked, &AskError::Garbled("request")),
        }
    }

    pub(super) fn failed(&mut self, asked: Asked, error: &AskError) {
        match asked {
            Asked::Evaluate { stop, frame, expression, context, by, since, waiter } => {
                if let AskError::Refused(message) = error {
                    // That it raised is its outcome, for everybody to see.
                    let since = Some(since);
                    let outcome = Outcome::Error(clip_error(message.clone(), self.rules.value_chars));
                    self.proposals.note_outcome(waiter, &outcome);
                    self.record(
                        Some(by),
                        Event::Evaluated { stop, frame, expression, outcome, context, since },
                    );
                    self.refresh_evaluated(stop, frame, context);
                    self.reply(waiter, None);
                } else {
                    self.reply(waiter, Some(error_body(error)));
                }
            }
            Asked::Resume { process, stop, thread, waiter } => {
                if let Some(waiter) = waiter {
                    self.reply(waiter, Some(error_body(error)));
                }
                self.still_paused((process, stop, thread), "step refused", error);
            }
            Asked::Goto(Going { process, stop, thread, waiter, .. }) => {
                let body = match error {
                    AskError::Refused(why) => ErrorBody::new(
                        ErrorCode::OutOfRange,
                        format!("The program can't go to this line: {}.", why.trim_end_matches('.')),
                    ),
                    other => error_body(other),
                };
                self.reply(waiter, Some(body));
                self.still_paused((process, stop, thread), "goto refused", error);
            }
            Asked::Pause { waiter } => {
                if let Phase::Running { pausing } = &mut self.phase {
                    *pausing = false;
                }
                self.children.pausing.remove(&MAIN);
                self.reply(waiter, Some(error_body(error)));
            }
            other => self.unanswered(other, error),
        }
    }

    /// It did not run on: what was stop n is paused still, and gets a number of its own.
    pub(super) fn still_paused(
        &mut self,
        (process, stop, thread): (ProcessId, StopId, ThreadId),
        reason: &str,
        error: &AskError,
    ) {
        let shown = match &self.phase {
            Phase::Running { .. } => self.last_stop == stop,
            // Another process's stop is shown by now: this one waits again.
            Phase::Stopped(other) => other.process != process,
            _ => false,
        };
        if matches!(error, AskError::Refused(_)) && shown {
            self.continued_expected.remove(&process);
            // Why it was refused is for who asked, and told them: the pause is none of a new kind to the others.
            let reason = reason.to_owned();
            self.stopped(process, Pause { reason, description: None, text: None, thread });
        }
    }

    /// A value as participants get it: its children get an id if the stop it belongs to is still there.
    pub(super) fn variable_at(
        &mut self,
        stop: Option<StopId>,
        upstream: UpstreamVariable,
        depth: u32,
    ) -> Variable {
        self.variable_in(stop, upstream, depth, None)
    }

    /// The same of a value that was found in a frame.
    pub(super) fn variable_in(
        &mut self,
        stop: Option<StopId>,
        upstream: UpstreamVariable,
        depth: u32,
        frame: Option<FrameId>,
    ) -> Variable {
        let stop = stop.and_then(|id| self.stop(id));
        let variables = upstream.reference.and_then(|reference| {
            let stop = stop?;
            let id = stop.add_set(reference, depth);
            let set = stop.set(id)?;
            set.frame = set.frame.or(frame);
            Some(id)
        });
        Variable {
            name: upstream.name,
            value: clip(upstream.value, self.rules.value_chars),
            type_name: upstream.type_name,
            variables,
            evaluate_name: upstream.evaluate_name,
        }
    }

    /// What an evaluation gave: a copy isn't cut any further.
    pub(super) fn evaluated(
        &mut self,
        stop: Option<StopId>,
        frame: Option<FrameId>,
        value: UpstreamVariable,
        context: EvaluateContext,
    ) -> Variable {
        if context != EvaluateContext::Clipboard {
            return self.variable_in(stop, value, 2, frame);
        }
        let UpstreamVariable { name, value, type_name, evaluate_name, .. } = value;
        Variable { name, value, type_name, variables: None, evaluate_name }
    }

    /// Code ran in a frame: what was captured there may no longer be so. Who only points at something means no change.
    pub(super) fn refresh_evaluated(
        &mut self,
        stop: Option<StopId>,
        frame: Option<FrameId>,
        context: EvaluateContext,
    ) {
        let (Some(id), Some(frame), EvaluateContext::Repl) = (stop, frame, context) else {
            return self.code_ran();
        };
        let locals = self.stop(id).and_then(|stop| stop.frame(frame)).and_then(|frame| frame.locals);
        self.refresh_after_code(id, locals);
    }

    fn source(&mut self, path: String, text: String) {
        let hash =
            SourceHash(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect());
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        let waiters = self.source_waiters.remove(&path).unwrap_or_default();
        if self.source_captured(&path, &hash) {
            self.effects.push(Effect::Keep { hash: hash.clone(), text: Arc::from(text) });
            self.record(None, Event::Source { path, hash, lines });
        }
        self.reply_all(waiters, None);
    }
}

/// What a participant is told of an ask that failed.
pub(super) fn error_body(error: &AskError) -> ErrorBody {
    let code = match error {
        AskError::Refused(_) | AskError::Garbled(_) => ErrorCode::DebuggeeError,
        AskError::RunsCode(_) => ErrorCode::ProposeInstead,
        AskError::OutOfRange(_) => ErrorCode::OutOfRange,
        AskError::TimedOut(_) | AskError::GivenUp => ErrorCode::DebuggeeTimeout,
        AskError::Gone => ErrorCode::NotAttached,
        AskError::Dropped => ErrorCode::StaleStop,
        AskError::NotOfProgram => ErrorCode::PathNotOfProgram,
        AskError::Unreadable(_) => ErrorCode::SourceUnreadable,
    };
    let message = match error {
        AskError::TimedOut(_) => {
            format!("{error}: the program may be busy; try again, or pause it elsewhere.")
        }
        AskError::GivenUp => {
            "It did not end and could not be interrupted: the program is let run on, and attached anew. If that \
             happens again, restart the program."
                .to_owned()
        }
        AskError::Gone => "The connection to the program ended before the answer came.".to_owned(),
        AskError::NotOfProgram => {
            "The file is no part of the program and lies under none of the target's source roots.".to_owned()
        }
        other => other.to_string(),
    };
    ErrorBody::new(code, message)
}

/// Cuts a text at `limit` characters and marks the cut.
pub(super) fn clip(mut text: String, limit: usize) -> String {
    if let Some((at, _)) = text.char_indices().nth(limit) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// The same within it: a traceback ends with what was raised.
pub(super) fn clip_error(text: String, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text;
    }
    let end: String = text.chars().skip(length - limit / 2).collect();
    format!("{}\n{end}", clip(text, limit / 2))
}

/// The largest length ≤ `limit` that ends at a character's end; at least one character.
fn floor_char(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    (1..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::clip_error;

    #[test]
    fn a_long_error_keeps_its_end() {
        let long = format!("Traceback\n{}ValueError: é", "  frame\n".repeat(100));
        let cut = clip_error(long.clone(), 40);
        assert!(
            cut.starts_with("Traceback\n") && cut.contains("…\n") && cut.ends_with("ValueError: é"),
            "{cut}"
        );
        assert!(cut.chars().count() <= 42);
        assert_eq!(clip_error(long.clone(), 2_000), long);
    }
}
