//! Looking at a stop: stack, scopes, variables, texts, what was raised.
//!
//! What was captured is answered at once. The rest is asked of the room by a command, and answered by the event that
//! everybody gets, or by the command's refusal. Numbers of earlier stops are refused before anything is looked up.

use super::dap::{self, Ask, count, start, without_nulls};
use super::{Alarm, Effect, Facade, MOST_PENDING, What, paths, words};
use breakroom_protocol::fold::STACK_KEPT;
use breakroom_protocol::{ClientSeq, Command, Frame, FrameId, ThreadId};
use serde_json::{Value, json};

use std::time::Duration;

/// How long what the server captures unasked is waited for, before it is asked. A command for each would be more than
/// the server takes from one connection while a step key is held down.
const UNASKED_WITHIN: Duration = Duration::from_millis(150);

impl Facade {
    pub(super) fn stack_trace(&mut self, ask: Ask, arguments: &Value) {
        let Some(view) = self.stop() else { return self.fail_quietly(ask, words::RUNNING) };
        let id = arguments.get("threadId").and_then(Value::as_i64);
        let (stop, thread) = (view.stop, id.map_or(view.thread, ThreadId));
        let (start, levels) = (start(arguments, "startFrame"), count(arguments, "levels"));
        let frames = u32::try_from(start.saturating_add(levels)).ok();
        let command = Command::Stack { stop, thread, frames: Some(frames.unwrap_or(STACK_KEPT)) };
        self.look(ask, command, What::Stack { stop, thread, start, levels });
    }

    pub(super) fn scopes(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else {
            return self.fail_quietly(ask, words::RUNNING);
        };
        match self.frame_named(arguments) {
            Some(frame) => self.look(ask, Command::Scopes { stop, frame }, What::Scopes { stop, frame }),
            None => self.fail_quietly(ask, words::STALE),
        }
    }

    pub(super) fn frame_named(&self, arguments: &Value) -> Option<FrameId> {
        self.handles.frame(arguments.get("frameId")?.as_i64()?)
    }

    /// Answers from what was captured, waits a moment for what is captured unasked, or asks.
    pub(super) fn look(&mut self, ask: Ask, command: Command, what: What) {
        match self.captured(&what) {
            Some(body) => self.succeed(ask, body),
            None if self.connected && self.near.len() < MOST_PENDING && self.is_near(&what) => {
                self.set_alarm(Alarm::Capture, UNASKED_WITHIN);
                self.near.insert(self.numbers, (ask, command, what));
            }
            None => self.command(Some(ask), command, what),
        }
    }

    /// Whether the server captures it at every stop: the stack, the top frame's scopes, its locals.
    fn is_near(&self, what: &What) -> bool {
        let Some(view) = self.stop() else { return false };
        let top = || view.stacks.get(&view.thread)?.frames.first().map(|frame| frame.id);
        match *what {
            What::Stack { thread, .. } => thread == view.thread,
            What::Scopes { frame, .. } => top() == Some(frame),
            What::Variables { set, .. } => {
                let scopes = top().and_then(|top| view.scopes.get(&top)).into_iter().flatten();
                scopes.filter(|scope| !scope.expensive).any(|scope| scope.variables == set)
            }
            _ => false,
        }
    }

    pub(super) fn capture_is_late(&mut self, alarm: u64) {
        if let Some((ask, command, what)) = self.near.remove(&alarm) {
            self.command(Some(ask), command, what);
        }
    }

    /// The stop is over: its numbers mean nothing, and what was near doesn't come.
    pub(super) fn leave_stop(&mut self) {
        self.handles.clear();
        self.refuse_near(words::STALE);
    }

    pub(super) fn refuse_near(&mut self, sentence: &str) {
        for (_, (ask, ..)) in std::mem::take(&mut self.near) {
            self.fail_quietly(ask, sentence);
        }
    }

    /// The body of an answer, if what it takes was captured.
    fn captured(&mut self, what: &What) -> Option<Value> {
        match *what {
            What::Stack { stop, thread, start, levels } => {
                let stack = self.stop_at(stop)?.stacks.get(&thread)?;
                // As many as can be had; an editor that asks for all gets those.
                let wanted = start.saturating_add(levels).min(stack.total.min(STACK_KEPT) as usize);
                if stack.frames.len() < wanted { None } else { self.stack_so_far(what) }
            }
            What::Scopes { stop, frame } => {
                let scopes = self.stop_at(stop)?.scopes.get(&frame)?.clone();
                let scope = |scope: breakroom_protocol::Scope| {
                    let hint = (scope.name == "Locals").then_some("locals");
                    without_nulls(json!({
                        "name": scope.name, "presentationHint": hint, "expensive": scope.expensive,
                        "variablesReference": self.handles.of_set(Some(scope.variables)),
                    }))
                };
                let scopes: Vec<Value> = scopes.into_iter().map(scope).collect();
                Some(json!({ "scopes": scopes }))
            }
            What::Variables { stop, set, part } => self.captured_set(stop, set, part),
            What::Page { stop, set, start, count, hex } => self.captured_page(stop, set, start, count, hex),
            _ => None,
        }
    }

    /// As much of a stack as was captured.
    pub(super) fn stack_so_far(&mut self, what: &What) -> Option<Value> {
        let What::Stack { stop, thread, start, levels } = *what else { return None };
        let stack = self.stop_at(stop)?.stacks.get(&thread)?;
        let total = stack.total.min(STACK_KEPT);
        let shown: Vec<Frame> = stack.frames.iter().skip(start).take(levels).cloned().collect();
        let frames: Vec<Value> = shown.iter().map(|frame| self.frame(frame)).collect();
        Some(json!({ "stackFrames": frames, "totalFrames": total }))
    }

    /// Answers who waits for what was captured now.
    pub(super) fn settle_looks(&mut self) {
        let waiting: Vec<(ClientSeq, What)> =
            self.pending.iter().map(|(id, (_, what))| (*id, what.clone())).collect();
        for (id, what) in waiting {
            let Some(body) = self.captured(&what) else { continue };
            if let Some((Some(ask), _)) = self.pending.remove(&id) {
                self.succeed(ask, body);
            }
        }
        let near: Vec<(u64, What)> = self.near.iter().map(|(id, (.., what))| (*id, what.clone())).collect();
        for (id, what) in near {
            let Some(body) = self.captured(&what) else { continue };
            if let Some((ask, ..)) = self.near.remove(&id) {
                self.succeed(ask, body);
            }
        }
    }

    fn frame(&mut self, frame: &Frame) -> Value {
        let source = frame.path.as_deref().map(|path| self.source_of(path, frame.subtle));
        without_nulls(json!({
            "id": self.handles.of_frame(frame.id), "name": frame.name, "source": source,
            "line": self.line(frame.line),
            "column": frame.column.saturating_sub(1) + self.client.first_column,
            "presentationHint": frame.subtle.then_some("subtle"),
        }))
    }

    /// A file as the editor knows it; one that it hasn't gets the number of its text.
    pub(super) fn source_of(&mut self, path: &str, subtle: bool) -> Value {
        let local = self.config.map.to_local(path);
        let number = (!(self.config.has_file)(&local)).then(|| self.texts.number(path));
        without_nulls(json!({
            "name": paths::name_of(&local), "path": local, "sourceReference": number,
            "presentationHint": subtle.then_some("deemphasize"),
        }))
    }

    /// A file as the target knows it, by an editor's `Source`.
    pub(super) fn remote_path(&self, source: &Value) -> Option<String> {
        let number = source.get("sourceReference").and_then(Value::as_u64).unwrap_or(0);
        match self.texts.path(number) {
            Some(path) => Some(path.to_owned()),
            None => Some(self.config.map.to_remote(dap::text(source, "path")?)),
        }
    }

    /// What the stop said of the exception.
    pub(super) fn exception_info(&mut self, ask: Ask) {
        let Some(view) = self.stop() else { return self.fail_quietly(ask, words::RUNNING) };
        if view.reason != "exception" {
            return self.fail_quietly(ask, "The program didn't stop at an exception.");
        }
        let id =
            view.text.clone().or_else(|| view.description.clone()).unwrap_or_else(|| "exception".to_owned());
        let mode = if self.room.exception_filters.raised { "always" } else { "unhandled" };
        let details = json!({ "typeName": id, "message": view.description });
        let body = json!({ "exceptionId": id, "description": view.description, "breakMode": mode,
            "details": without_nulls(details) });
        self.succeed(ask, body);
    }

    pub(super) fn source(&mut self, ask: Ask, arguments: &Value) {
        let inner = arguments.get("source").and_then(|source| source.get("sourceReference"));
        let number = inner.or_else(|| arguments.get("sourceReference")).and_then(Value::as_u64).unwrap_or(0);
        let path = self.texts.path(number).map(str::to_owned);
        let path = path.or_else(|| self.remote_path(arguments.get("source")?));
        match path {
            Some(path) if self.room.sources.contains_key(&path) => self.fetch(ask, &path),
            Some(path) => {
                self.command(Some(ask), Command::Source { path: path.clone() }, What::Source { path });
            }
            None => self.fail(ask, "There is no such text."),
        }
    }

    /// The text was captured: gets it.
    pub(super) fn fetch(&mut self, ask: Ask, path: &str) {
        let Some(info) = self.room.sources.get(path) else {
            return self.fail(ask, "The text of this file can't be had.");
        };
        self.numbers += 1;
        self.fetches.insert(self.numbers, ask);
        self.out.push(Effect::Fetch { fetch: self.numbers, hash: info.hash.clone() });
    }

    pub(super) fn text(&mut self, fetch: u64, text: Result<String, String>) {
        let Some(ask) = self.fetches.remove(&fetch) else { return };
        match text {
            Ok(text) => self.succeed(ask, json!({ "content": text, "mimeType": "text/x-python" })),
            Err(sentence) => self.fail(ask, &sentence),
        }
    }
}
