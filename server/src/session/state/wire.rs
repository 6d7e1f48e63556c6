//! The editor of a lone host, on the wire: it attaches by the session's own connection, and gets what debugpy says.
//!
//! Its requests are asked as they came; what they do to the session is decided here all the same: who drives, that the program
//! runs from the moment on that it is asked to, what is recorded. What would end the session for others, or what somebody
//! else drives, isn't passed on. Before it has attached, the session waits to be started, as before; should it leave
//! without having attached, debugpy is left in good order, and the session waits on.

mod answers;
mod offers;
mod open;

use super::commands::not_attached;
use super::{Asked, Effect, MAIN, Phase, State, busy};
use crate::session::breakpoints::FUNCTIONS;
use crate::session::children::Pause;
use crate::session::people::Here;
use breakroom_protocol::upstream::{AskError, Request, Urgency};
use breakroom_protocol::wire::{WireAsk, WireEvent, WireRequest, WireResponse, WireWord};
use breakroom_protocol::{
    AttachChoice, AttachOptions, ErrorBody, ErrorCode, EvaluateContext, Event, ExceptionFilters,
    ParticipantId, ProcessId, ResumeKind, StopId, ThreadId, WheelReason,
};
use open::Life;
use serde_json::{Value, json};

pub use open::Wires;

/// What an editor's request was for, as far as the session must know.
#[derive(Debug)]
pub enum What {
    /// Nothing that concerns it.
    Look,
    Attach,
    Breakpoints {
        path: String,
        lines: Vec<u32>,
    },
    Functions,
    Exceptions(ExceptionFilters),
    Resume {
        stop: StopId,
        thread: ThreadId,
    },
    /// A process runs on that waited behind another one's stop.
    Release(Pause),
    Pause,
    /// Code that is recorded with its outcome.
    Code {
        by: ParticipantId,
        expression: String,
        frame: Option<i64>,
        context: EvaluateContext,
        /// Whether its value is what was evaluated.
        value: bool,
    },
    /// It leaves debugpy.
    Leave,
}

impl What {
    /// Who asked, and for what, in words.
    pub(super) fn describe(&self) -> (Option<ParticipantId>, String) {
        match self {
            Self::Code { by, expression, .. } => (Some(*by), busy::quoted(expression)),
            Self::Resume { .. } | Self::Release(_) => (None, "running on".to_owned()),
            Self::Pause => (None, "pausing".to_owned()),
            Self::Attach => (None, "attaching".to_owned()),
            Self::Breakpoints { .. } | Self::Functions | Self::Exceptions(_) => {
                (None, "setting breakpoints".to_owned())
            }
            Self::Look | Self::Leave => (None, "an editor's request".to_owned()),
        }
    }
}

impl State {
    pub(super) fn wire_event(&mut self, process: ProcessId, event: WireEvent) {
        let Some(wire) = self.wires.wires.get(&process) else { return };
        let of_program = || {
            let category = event.body.as_ref().and_then(|body| body.get("category")).and_then(Value::as_str);
            event.event == "output" && matches!(category, Some("stdout" | "stderr"))
        };
        if !(wire.quiet && of_program()) {
            self.effects.push(Effect::TellWire(process, WireWord::Event(event)));
        }
    }

    fn answer_wire(&mut self, process: ProcessId, id: u64, outcome: Result<WireResponse, ErrorBody>) {
        self.effects.push(Effect::TellWire(process, WireWord::Answer { id, outcome }));
    }

    pub(super) fn wire_asked(&mut self, process: ProcessId, ask: WireAsk) {
        let Some(wire) = self.wires.wires.get(&process) else { return };
        let me = wire.editor.who;
        let shared = self.people.others(me);
        let WireAsk { id, command, arguments } = ask;
        let text = |key: &str| arguments.get(key).and_then(Value::as_str).map(str::to_owned);
        let code = |expression: String, value: bool| What::Code {
            by: me,
            expression,
            frame: arguments.get("frameId").and_then(Value::as_i64),
            context: EvaluateContext::Repl,
            value,
        };
        let what = match command.as_str() {
            "disconnect" | "terminate" if shared => {
                return self.effects.push(Effect::TellWire(process, WireWord::Shared { id }));
            }
            "disconnect" | "terminate" => {
                let ends = command == "terminate" || arguments["terminateDebuggee"] == true;
                if let Some(wire) = self.wires.wires.get_mut(&process) {
                    wire.parting = !ends && matches!(wire.life, Life::Attached);
                }
                What::Leave
            }
            "initialize" if process == MAIN => {
                self.wires.able = says_it_can(&arguments);
                What::Look
            }
            "attach" => return self.wire_attach(process, id, arguments),
            "continue" | "next" | "stepIn" | "stepOut" | "goto" => {
                return self.wire_moves(process, me, (id, &command), arguments);
            }
            "pause" => match self.wire_drives(me) {
                Ok(()) => {
                    if matches!(self.phase, Phase::Running { pausing: false }) {
                        self.phase = Phase::Running { pausing: true };
                        self.record(Some(me), Event::PauseRequested);
                    }
                    What::Pause
                }
                Err(error) => return self.answer_wire(process, id, Err(error)),
            },
            "setBreakpoints" => {
                let (path, lines) = listed(&arguments);
                // Without a path it is refused.
                if !path.is_empty() {
                    self.breakpoints.wired_list_goes(process, &path);
                }
                What::Breakpoints { path, lines }
            }
            "setFunctionBreakpoints" => {
                self.breakpoints.wired_list_goes(process, FUNCTIONS);
                What::Functions
            }
            "setExceptionBreakpoints" => What::Exceptions(filters(&arguments)),
            // What an editor asks of its own, at every move of the mouse, is no news.
            "evaluate" if matches!(text("context").as_deref(), None | Some("repl")) => {
                code(text("expression").unwrap_or_default(), true)
            }
            "setVariable" | "setExpression" => {
                let target = text("name").or_else(|| text("expression")).unwrap_or_default();
                code(format!("{target} = {}", text("value").unwrap_or_default()), false)
            }
            _ => What::Look,
        };
        self.relay(process, (id, &command), arguments, what);
    }

    /// Passes a request on.
    fn relay(&mut self, process: ProcessId, (id, command): (u64, &str), arguments: Value, what: What) {
        match WireRequest::new(command, arguments) {
            Some(request) => {
                let asked = Asked::Wire { process, id, what };
                self.ask_of(process, asked, Request::Wire(request), Urgency::Control);
            }
            None => {
                let why = format!("debugpy would never answer this `{command}`, nor anything after it.");
                self.answer_wire(process, id, Err(ErrorBody::new(ErrorCode::DebuggeeError, why)));
            }
        }
    }

    fn wire_attach(&mut self, process: ProcessId, id: u64, mut arguments: Value) {
        if self.wires.has(process) {
            // debugpy refuses a second one.
            return self.relay(process, (id, "attach"), arguments, What::Look);
        }
        if let Some(pid) = arguments.get("subProcessId").and_then(Value::as_i64)
            && !self.take_offer(process, pid)
        {
            // The session has attached to it by now.
            self.effects.push(Effect::TellWire(process, WireWord::Shared { id }));
            return self.wire_gone(process);
        }
        let asked = arguments.get("redirectOutput").and_then(Value::as_bool).unwrap_or_default();
        let old = arguments.get("debugOptions").and_then(Value::as_array);
        let asked = asked || old.is_some_and(|old| old.iter().any(|option| option == "RedirectOutput"));
        let options = AttachOptions::chosen(&arguments);
        let pairs = arguments.get("pathMappings").and_then(Value::as_array).into_iter().flatten();
        let side = |pair: &Value, key: &str| pair.get(key).and_then(Value::as_str).map(str::to_owned);
        let path_mappings =
            pairs.filter_map(|pair| Some((side(pair, "localRoot")?, side(pair, "remoteRoot")?))).collect();
        if arguments.is_object() {
            // The recording has the program's output, whether the editor wants to see it or not.
            arguments["redirectOutput"] = true.into();
        }
        if let Some(wire) = self.wires.wires.get_mut(&process) {
            wire.quiet = !asked;
            wire.life = Life::Attaching;
            if process == MAIN {
                let prefix = wire.editor.prefix.clone();
                self.breakpoints.wire(prefix);
                self.choice = AttachChoice { options, path_mappings };
                self.effects.push(Effect::Chosen(self.choice.clone()));
            }
        }
        self.relay(process, (id, "attach"), arguments, What::Attach);
    }

    /// Somebody else's wheel is left alone; a free one is taken, or left free if the editor isn't in the room yet.
    fn wire_drives(&mut self, me: ParticipantId) -> Result<(), ErrorBody> {
        if self.lease.driver().is_none() {
            if !self.people.get(me).is_some_and(Here::present) {
                return Ok(());
            }
            self.give_wheel(Some(me), Some(me), WheelReason::Taken);
        }
        self.lease.require(me).map(|_| ())
    }

    fn wire_moves(
        &mut self,
        process: ProcessId,
        me: ParticipantId,
        (id, command): (u64, &str),
        arguments: Value,
    ) {
        if let Err(error) = self.wire_drives(me) {
            return self.answer_wire(process, id, Err(error));
        }
        let how = match command {
            "next" => ResumeKind::Next,
            "stepIn" => ResumeKind::StepIn,
            "stepOut" => ResumeKind::StepOut,
            "goto" => ResumeKind::Goto,
            _ => ResumeKind::Continue,
        };
        let what = match &self.phase {
            Phase::Stopped(stop) if stop.process == process => {
                let (stop, thread) = (stop.id, stop.thread);
                self.resume(how, Some(me));
                self.continued_expected.insert(process);
                What::Resume { stop, thread }
            }
            _ => match self.children.take_waiting(process) {
                Some(pause) => {
                    self.tell_waiting(process, None);
                    self.continued_expected.insert(process);
                    What::Release(pause)
                }
                // It runs already. Sent on, it might meet a stop that nobody has seen yet.
                None if command == "goto" => {
                    let error = ErrorBody::new(ErrorCode::StaleStop, "The program runs: pause it first.");
                    return self.answer_wire(process, id, Err(error));
                }
                None => {
                    let body = (command == "continue").then(|| json!({ "allThreadsContinued": true }));
                    let done = WireResponse { success: true, message: None, body };
                    return self.answer_wire(process, id, Ok(done));
                }
            },
        };
        let resumed = matches!(what, What::Resume { .. });
        self.relay(process, (id, command), arguments, what);
        if resumed {
            self.focus(process, how);
        }
    }

    /// Nobody will answer it any more.
    pub(super) fn wire_unanswered(&mut self, process: ProcessId, id: u64, what: What, error: &AskError) {
        let body = if self.is_attached() { super::answers::error_body(error) } else { not_attached() };
        match what {
            What::Resume { stop, thread } => {
                self.still_paused((process, stop, thread), "step refused", error);
            }
            What::Pause => self.wire_not_pausing(),
            // The program ended first: then it is left.
            What::Leave => {
                let left = WireResponse { success: true, ..WireResponse::default() };
                return self.answer_wire(process, id, Ok(left));
            }
            What::Release(pause) if matches!(error, AskError::Refused(_)) => self.waits_on(process, pause),
            What::Release(_) => {
                self.continued_expected.remove(&process);
            }
            _ => {}
        }
        self.answer_wire(process, id, Err(body));
    }

    /// It was not let run on.
    fn waits_on(&mut self, process: ProcessId, pause: Pause) {
        self.continued_expected.remove(&process);
        if process == MAIN || self.children.knows(process) {
            self.stopped(process, pause);
        }
    }

    fn wire_not_pausing(&mut self) {
        if let Phase::Running { pausing } = &mut self.phase {
            *pausing = false;
        }
    }

    /// Leaving the program ends the session of who is alone; who leaves before attaching leaves only debugpy. Leaving a child
    /// ends that child's connection.
    fn leave_by_wire(&mut self, process: ProcessId) {
        match process {
            MAIN if self.wires.is_attached(MAIN) => self.begin_end(self.wires.why_over()),
            MAIN => self.wire_gone(MAIN),
            _ => {}
        }
    }

    fn wire_stays(&mut self, process: ProcessId) {
        if let Some(wire) = self.wires.wires.get_mut(&process) {
            wire.parting = false;
        }
    }
}

/// The file and lines of an editor's list.
fn listed(arguments: &Value) -> (String, Vec<u32>) {
    let path = arguments.get("source").and_then(|source| source.get("path")).and_then(Value::as_str);
    let list = |key: &str| arguments.get(key).and_then(Value::as_array).into_iter().flatten();
    let number = |line: &Value| line.as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    let lines: Vec<u32> = match arguments.get("breakpoints") {
        Some(_) => list("breakpoints").map(|item| item.get("line").map_or(0, number)).collect(),
        None => list("lines").map(number).collect(),
    };
    (path.unwrap_or_default().to_owned(), lines)
}

fn filters(arguments: &Value) -> ExceptionFilters {
    let list = |key: &str| arguments.get(key).and_then(Value::as_array).into_iter().flatten();
    let with_options = list("filterOptions").filter_map(|option| option.get("filterId"));
    let all: Vec<&str> = list("filters").chain(with_options).filter_map(Value::as_str).collect();
    ExceptionFilters {
        raised: all.contains(&"raised"),
        uncaught: all.contains(&"uncaught"),
        user_unhandled: all.contains(&"userUnhandled"),
    }
}

/// Whether an editor says that it opens sessions for child processes, or is known to.
fn says_it_can(initialize: &Value) -> bool {
    let text = |key: &str| initialize.get(key).and_then(Value::as_str).unwrap_or_default();
    let asks = initialize.get("supportsStartDebuggingRequest").and_then(Value::as_bool);
    let is_vs_code =
        text("clientID").starts_with("vscode") && matches!(text("adapterID"), "debugpy" | "python");
    asks.unwrap_or_default() || is_vs_code
}
