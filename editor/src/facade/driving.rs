//! Running on, stepping, pausing; the wheel.
//!
//! Invariant: an editor that is refused is left where the program is. Some take for granted that it runs as soon as they
//! ask, so a refusal at a stop is followed by a `stopped` again.

use super::dap::Ask;
use super::{Facade, Shown, What, words};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::{Command, ErrorBody, ErrorCode, ResumeKind, Role, StopId, ThreadId};
use serde_json::{Value, json};

impl Facade {
    pub(super) fn resume(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else {
            return self.fail(ask, words::RUNNING);
        };
        if let Err(sentence) = self.take_wheel() {
            return self.refuse_driving(ask, &sentence);
        }
        let thread = arguments.get("threadId").and_then(Value::as_i64);
        let thread = thread.and_then(|id| self.known_thread(ThreadId(id)));
        let (how, command) = match ask.command() {
            "next" => (ResumeKind::Next, Command::Next { stop, thread }),
            "stepIn" => {
                let target = arguments.get("targetId").and_then(Value::as_u64);
                let target = target.and_then(|id| u32::try_from(id).ok());
                (ResumeKind::StepIn, Command::StepIn { stop, thread, target })
            }
            "stepOut" => (ResumeKind::StepOut, Command::StepOut { stop, thread }),
            _ => (ResumeKind::Continue, Command::Continue { stop }),
        };
        self.command(Some(ask), command, What::Resume { stop, how });
    }

    /// Any line may be asked for; whether it can be reached is debugpy's to say.
    pub(super) fn goto_targets(&mut self, ask: Ask, arguments: &Value) {
        if self.stop().is_none() {
            return self.fail_quietly(ask, words::RUNNING);
        }
        let path = arguments.get("source").and_then(|source| self.remote_path(source));
        let line = arguments.get("line").and_then(|line| self.line_of(line));
        let Some((path, line)) = path.zip(line) else {
            return self.fail_quietly(ask, "A line to go to needs the absolute path of its file.");
        };
        let (id, shown) = (self.handles.of_place(&path, line), self.line(line));
        let label = format!("{}:{line}", super::paths::name_of(&path));
        self.succeed(ask, json!({ "targets": [{ "id": id, "label": label, "line": shown }] }));
    }

    pub(super) fn goto(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else {
            return self.fail(ask, words::RUNNING);
        };
        let target = arguments.get("targetId").and_then(Value::as_i64);
        let Some((path, line)) = target.and_then(|id| self.handles.place(id)) else {
            return self.refuse_driving(ask, words::STALE);
        };
        if let Err(sentence) = self.take_wheel() {
            return self.refuse_driving(ask, &sentence);
        }
        let thread = arguments.get("threadId").and_then(Value::as_i64);
        let thread = thread.and_then(|id| self.known_thread(ThreadId(id)));
        let command = Command::Goto { stop, thread, path, line };
        self.command(Some(ask), command, What::Resume { stop, how: ResumeKind::Goto });
    }

    pub(super) fn step_in_targets(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else {
            return self.fail_quietly(ask, words::RUNNING);
        };
        match self.frame_named(arguments) {
            Some(frame) => {
                self.command(Some(ask), Command::StepInTargets { stop, frame }, What::StepInTargets)
            }
            None => self.fail_quietly(ask, words::STALE),
        }
    }

    pub(super) fn step_in_targets_are(&mut self, ask: Ask, result: Option<ReplyResult>) {
        let Some(ReplyResult::StepInTargets { items }) = result else {
            return self.fail_quietly(ask, "Breakroom has no answer to this.");
        };
        let targets: Vec<Value> =
            items.iter().map(|item| json!({ "id": item.id, "label": item.label })).collect();
        self.succeed(ask, json!({ "targets": targets }));
    }

    pub(super) fn pause(&mut self, ask: Ask) {
        if self.stop().is_some() {
            return self.refuse_driving(ask, "The program is paused already.");
        }
        match self.take_wheel() {
            Ok(()) => {
                let after = self.room.last_stop;
                self.command(Some(ask), Command::Pause { after }, What::Pause);
            }
            Err(sentence) => self.fail(ask, &sentence),
        }
    }

    /// A free wheel is taken by who may; somebody's is left alone.
    fn take_wheel(&mut self) -> Result<(), String> {
        if !self.connected {
            return Err(words::NOT_CONNECTED.to_owned());
        }
        match (self.room.driver, self.me.role) {
            (Some(driver), _) if driver == self.me.id => Ok(()),
            (_, Role::Watcher) => Err(words::WATCHERS_PROPOSE.to_owned()),
            (Some(driver), Role::Host) => Err(format!(
                "{} drives: type /wheel in the debug console to take the wheel.",
                self.name(driver)
            )),
            (Some(driver), _) => Err(format!(
                "{} drives: type /wheel in the debug console to ask for the wheel.",
                self.name(driver)
            )),
            (None, Role::Host) => {
                self.command(None, Command::WheelTake, What::Quiet);
                Ok(())
            }
            (None, _) => {
                Err("Nobody drives: type /wheel in the debug console to ask a host for the wheel.".to_owned())
            }
        }
    }

    fn refuse_driving(&mut self, ask: Ask, sentence: &str) {
        self.fail(ask, sentence);
        if self.is_configured() && self.stop().is_some_and(|view| self.shown == Shown::Stopped(view.stop)) {
            self.tell_stopped(true);
        }
    }

    /// `asked_at`: the stop that it should have gone on from.
    pub(super) fn resume_refused(&mut self, ask: Ask, asked_at: Option<StopId>, error: &ErrorBody) {
        // The server knows no names; who drives now is in the events before.
        let sentence = match (error.code, self.room.driver) {
            (ErrorCode::NotDriver, Some(driver)) if driver != self.me.id => {
                format!(
                    "{} drives: type /wheel in the debug console to ask for the wheel.",
                    self.name(driver)
                )
            }
            _ => super::sentence(error).to_owned(),
        };
        // The editor was told of a later stop since it asked: it knows where the program is.
        if asked_at.is_some_and(|stop| self.shown != Shown::Stopped(stop)) {
            return self.fail(ask, &sentence);
        }
        self.refuse_driving(ask, &sentence);
    }

    /// The program ran on: who asked for it is answered; a `goto` only by its reply, as debugpy may still refuse it. `true`: it was this editor.
    pub(super) fn resumed_as_asked(&mut self, stop: StopId, how: ResumeKind) -> bool {
        let wanted = What::Resume { stop, how };
        let found = self.pending.iter().find(|(_, (_, what))| *what == wanted).map(|(id, _)| *id);
        if how == ResumeKind::Goto {
            return found.is_some();
        }
        let Some((Some(ask), _)) = found.and_then(|id| self.pending.remove(&id)) else { return false };
        let body =
            if how == ResumeKind::Continue { json!({ "allThreadsContinued": true }) } else { Value::Null };
        self.succeed(ask, body);
        true
    }

    /// A pause was asked for, by this editor if it waits for it; the `stopped` comes after its answer.
    pub(super) fn pause_as_asked(&mut self) {
        let found = self.pending.iter().find(|(_, (_, what))| *what == What::Pause).map(|(id, _)| *id);
        if let Some((Some(ask), _)) = found.and_then(|id| self.pending.remove(&id)) {
            self.succeed(ask, Value::Null);
        }
    }

    pub(super) fn tell_running(&mut self) {
        if let Shown::Stopped(_) = std::mem::replace(&mut self.shown, Shown::Running) {
            let thread = self.room.stop.as_ref().map_or(ThreadId(1), |view| view.thread);
            self.event("continued", json!({ "threadId": thread, "allThreadsContinued": true }));
        }
    }

    /// `again`: of a stop that the editor is at already. At a new one its focus must go there, whoever drove: VS Code would
    /// keep showing a frame that is no more.
    pub(super) fn tell_stopped(&mut self, again: bool) {
        let Some(view) = self.stop() else { return };
        let stop = view.stop;
        let mut body = json!({
            "reason": view.reason, "description": view.description, "text": view.text,
            "threadId": view.thread, "allThreadsStopped": true,
        });
        if again {
            body["preserveFocusHint"] = true.into();
        }
        self.shown = Shown::Stopped(stop);
        self.event("stopped", body);
    }

    /// `/wheel`, `/release`, `/say TEXT`, `/run N`, `/decline N`, `/admit WHO`, `/turn-away WHO`: what an editor has no
    /// buttons for.
    pub(super) fn console(&mut self, ask: Ask, line: &str) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (command, done) = match (word, rest.trim()) {
            ("wheel", _) if self.drives() => return self.succeed(ask, result("You drive already.")),
            ("wheel", _) if self.me.role == Role::Host => (Command::WheelTake, "You drive now."),
            ("wheel", _) => {
                (Command::WheelRequest, "You asked for the wheel; you are told when you have it.")
            }
            ("release", _) => (Command::WheelRelease, "You let go of the wheel."),
            ("run" | "decline", number) => return self.decide(ask, word == "run", number),
            ("admit" | "turn-away", whom) => return self.decide_guest(ask, word == "admit", whom),
            ("say", text) if !text.is_empty() => (Command::Chat { text: text.to_owned() }, "Said."),
            _ => return self.fail(ask, words::CONSOLE),
        };
        self.command(Some(ask), command, What::Console(done.into()));
    }
}

/// An evaluation's body for words of ours.
pub fn result(words: &str) -> Value {
    json!({ "result": words, "variablesReference": 0 })
}
