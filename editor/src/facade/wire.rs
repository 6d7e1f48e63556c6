//! An editor on the wire: debugpy answers it and tells it what happens, as if we weren't there.
//!
//! What is left to do here: its breakpoints are put into the room as well, so that others see them; what is the room's own
//! (a line in the console that begins with `/`, leaving while others are here, a file in which others have breakpoints, child
//! processes) is handled as for any editor.

use super::dap::{self, Ask, Client, Request};
use super::{Effect, Facade, Life};
use breakroom_protocol::EntryId;
use breakroom_protocol::wire::{WireAsk, WireResponse, WireWord};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is asked of debugpy, and what it is known to have said.
#[derive(Debug, Default)]
pub struct Wire {
    asks: BTreeMap<u64, (Ask, Value)>,
    last: u64,
    attached: bool,
    /// `terminated` was told.
    ended: bool,
    /// Lists that debugpy has and the room has not, as it isn't there yet.
    unshared: Vec<(bool, Value, Option<Value>)>,
}

impl Facade {
    /// A request of an editor on the wire.
    pub(super) fn wire_request(&mut self, request: Request) {
        let ask = Ask::of(&request);
        let arguments = request.arguments;
        match request.command.as_str() {
            "initialize" => self.client = Client::of(&arguments).of_debugpy(),
            "attach" if !self.wire.attached && arguments.get("subProcessId").is_some() => {
                self.follows_another();
            }
            "evaluate" => {
                let typed = dap::text(&arguments, "expression").and_then(|text| text.strip_prefix('/'));
                if let (Some(line), Some("repl")) = (typed, dap::text(&arguments, "context")) {
                    let line = line.to_owned();
                    return self.console(ask, &line);
                }
            }
            // What a child's session lists, the program's own has put into the room; debugpy still has to hear of it.
            "setBreakpoints" if self.family.leads() && self.is_shared_file(&arguments) => {
                self.supersede("setBreakpoints", path_of(&arguments));
                return self.set_breakpoints(ask, &arguments);
            }
            "setFunctionBreakpoints" if self.family.leads() && self.others_set("") => {
                self.supersede("setFunctionBreakpoints", None);
                return self.set_function_breakpoints(ask, &arguments);
            }
            _ => {}
        }
        self.wire.last += 1;
        let id = self.wire.last;
        let command = ask.command().to_owned();
        self.wire.asks.insert(id, (ask, arguments.clone()));
        self.out.push(Effect::Relay(WireAsk { id, command, arguments }));
    }

    pub(super) fn wire_said(&mut self, word: WireWord) {
        match word {
            WireWord::Event(event) => {
                self.wire.ended |= event.event == "terminated";
                self.raw(json!({ "type": "event", "event": event.event }), event.body);
            }
            WireWord::Child(configuration) => self.child_waits(configuration),
            WireWord::Leads => self.leads_now(),
            WireWord::Shared { id } => {
                let Some((ask, arguments)) = self.wire.asks.remove(&id) else { return };
                match ask.command() {
                    "attach" => {
                        self.life = Life::Fresh;
                        self.attach(ask, &arguments);
                    }
                    "terminate" => self.terminate(ask),
                    _ => self.disconnect(ask),
                }
            }
            WireWord::Answer { id, outcome } => {
                let Some((ask, arguments)) = self.wire.asks.remove(&id) else { return };
                match outcome {
                    Ok(response) => self.wire_answered(ask, arguments, response),
                    Err(error) => self.fail(ask, &error.message),
                }
            }
        }
    }

    fn wire_answered(&mut self, ask: Ask, arguments: Value, response: WireResponse) {
        let WireResponse { success: went_well, message, body } = response;
        let command = ask.command().to_owned();
        let is_list = matches!(command.as_str(), "setBreakpoints" | "setFunctionBreakpoints");
        let list = body.as_ref().filter(|_| is_list).cloned();
        self.raw(ask.response(went_well, message.as_deref()), body);
        match command.as_str() {
            "attach" if went_well => {
                self.wire.attached = true;
            }
            _ if is_list && went_well && !arguments.is_null() => {
                self.wire.unshared.push((command == "setBreakpoints", arguments, list));
                self.share_lists();
            }
            // debugpy closes the connection behind it.
            "disconnect" if went_well => {
                self.end_all("The editor is leaving.");
                self.life = Life::Over("The editor has left.".to_owned());
                self.out.push(Effect::Close);
            }
            _ => {}
        }
    }

    /// A newer list goes the room's way: an older one that debugpy has not answered yet isn't put into the room any more.
    fn supersede(&mut self, command: &str, path: Option<&str>) {
        for (ask, arguments) in self.wire.asks.values_mut() {
            if ask.command() == command && path_of(arguments) == path {
                *arguments = Value::Null;
            }
        }
    }

    /// Puts what debugpy has into the room.
    pub(super) fn share_lists(&mut self) {
        if !self.connected {
            return;
        }
        for (of_file, arguments, body) in std::mem::take(&mut self.wire.unshared) {
            let list = body.as_ref().and_then(|body| body.get("breakpoints")).and_then(Value::as_array);
            let answers = list.map(Vec::as_slice).unwrap_or_default();
            if of_file {
                self.share_breakpoints(&arguments, answers);
            } else {
                self.share_function_breakpoints(&arguments, answers);
            }
        }
    }

    /// There is no wire any more: the session is over, or lost the program.
    pub(super) fn off_wire(&mut self) {
        if !matches!(self.life, Life::Wired) {
            return;
        }
        const WHY: &str = "The debugger is gone: attach again.";
        self.end_wire_asks(WHY);
        self.end_all(WHY);
        self.life = Life::Over(WHY.to_owned());
        if !std::mem::replace(&mut self.wire.ended, true) {
            self.event("terminated", json!({}));
        }
    }

    /// Who is leaving has left; whatever else was asked of debugpy it will not answer.
    fn end_wire_asks(&mut self, why: &str) {
        for (_, (ask, _)) in std::mem::take(&mut self.wire.asks) {
            if ask.command() == "disconnect" {
                self.succeed(ask, Value::Null);
                self.out.push(Effect::Close);
            } else {
                self.fail_quietly(ask, why);
            }
        }
    }

    /// As [`Facade::over`], for an editor on the wire.
    pub(super) fn wire_is_over(&mut self) {
        self.end_wire_asks("The session is over.");
        if self.wire.attached && !std::mem::replace(&mut self.wire.ended, true) {
            self.event("terminated", json!({}));
        }
    }

    /// Whether an editor on the wire has anybody to hear of.
    pub(super) fn is_wired_with_others(&self) -> bool {
        let me = self.me.id;
        matches!(self.life, Life::Wired)
            && self.wire.attached
            && self.room.people.values().any(|person| person.present && person.participant.id != me)
    }

    /// Whether it attached and debugpy tells it what happens.
    pub(super) fn is_wired(&self) -> bool {
        matches!(self.life, Life::Wired) && self.wire.attached
    }

    fn is_shared_file(&self, arguments: &Value) -> bool {
        path_of(arguments).is_some_and(|path| self.others_set(path))
    }

    /// Whether a file (or the functions) has entries that are not this editor's.
    pub(super) fn others_set(&self, path: &str) -> bool {
        let own = |id: &EntryId| id.0.starts_with(self.config.prefix.as_str());
        self.room.breakpoints.iter().any(|(id, state)| state.entry.path == path && !own(id))
    }

    fn raw(&mut self, mut message: Value, body: Option<Value>) {
        if let Some(body) = body {
            message["body"] = body;
        }
        self.send(message);
    }
}

/// The file of a list.
fn path_of(arguments: &Value) -> Option<&str> {
    arguments.get("source").and_then(|source| dap::text(source, "path"))
}
