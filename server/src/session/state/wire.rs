//! The editor of a lone host, on the wire: it attaches by the session's own connection, and gets what debugpy says.
//!
//! Its requests are asked as they came; what they do to the session is decided here all the same: who drives, that the program
//! runs from the moment on that it is asked to, what is recorded. What would end the session for others, or what somebody
//! else drives, isn't passed on. Before it has attached, the session waits to be started, as before; should it leave
//! without having attached, debugpy is left in good order, and the session waits on.

mod answers;

use super::commands::not_attached;
use super::{Asked, Effect, MAIN, Phase, State, busy};
use breakroom_protocol::upstream::{Prepared, Request, Urgency};
use breakroom_protocol::wire::{WireAsk, WireEditor, WireEvent, WireRequest, WireResponse, WireWord};
use breakroom_protocol::{
    AttachOptions, EndReason, ErrorBody, ErrorCode, EvaluateContext, ExceptionFilters, ParticipantId,
    ProcessId, ResumeKind, StopId, ThreadId, WheelReason,
};
use serde_json::{Value, json};

/// The editor, and how far it is.
#[derive(Debug)]
pub struct Wire {
    editor: WireEditor,
    life: Life,
    known: Prepared,
    /// It did not ask for the program's output; the recording has it all the same.
    quiet: bool,
}

#[derive(Debug)]
enum Life {
    /// The connection is being made.
    Opening,
    /// It may attach.
    Open,
    /// It has asked to.
    Attaching,
    Attached,
    /// debugpy is being left, as the editor did not attach; whoever started the session meanwhile waits.
    Leaving(Option<AttachOptions>),
}

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
    Exceptions(ExceptionFilters),
    Resume {
        process: ProcessId,
        stop: StopId,
        thread: ThreadId,
    },
    /// `continue` or a step while the program runs already.
    Idle,
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

impl Wire {
    /// A host started the session while debugpy is being left: then, that.
    pub(super) fn start_after(&mut self, options: AttachOptions) {
        if let Life::Leaving(then) = &mut self.life {
            *then = Some(options);
        }
    }
}

impl What {
    /// Who asked, and for what, in words.
    pub(super) fn describe(&self) -> (Option<ParticipantId>, String) {
        match self {
            Self::Code { by, expression, .. } => (Some(*by), busy::quoted(expression)),
            Self::Resume { .. } | Self::Idle => (None, "running on".to_owned()),
            Self::Pause => (None, "pausing".to_owned()),
            Self::Attach => (None, "attaching".to_owned()),
            Self::Breakpoints { .. } | Self::Exceptions(_) => (None, "setting breakpoints".to_owned()),
            Self::Look | Self::Leave => (None, "an editor's request".to_owned()),
        }
    }
}

impl State {
    /// Only the one that would start the session, for somebody who is alone.
    pub(super) fn wire_wanted(&mut self, editor: WireEditor) {
        let waits = matches!(self.phase, Phase::Starting) && self.starter.is_none() && self.wire.is_none();
        if !waits || self.people.anybody() {
            return self.effects.push(Effect::EndWire);
        }
        self.wire = Some(Wire { editor, life: Life::Opening, known: Prepared::default(), quiet: false });
        self.effects.push(Effect::OpenWire);
    }

    pub(super) fn wire_opened(&mut self, outcome: Result<(), ErrorBody>) {
        let Some(wire) = &mut self.wire else {
            // Ended meanwhile.
            return self.effects.push(Effect::LeaveWire);
        };
        match (&wire.life, outcome) {
            (Life::Opening, Ok(())) => {
                wire.life = Life::Open;
                self.effects.push(Effect::LetInWire);
            }
            // It left meanwhile.
            (_, Ok(())) => self.effects.push(Effect::LeaveWire),
            (_, Err(_)) => self.wire_left(),
        }
    }

    /// Whether an editor is about to start the session.
    pub(super) fn wire_attaches(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| !matches!(wire.life, Life::Leaving(_)))
    }

    fn wire_is_attached(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| matches!(wire.life, Life::Attached))
    }

    /// It is told nothing more.
    pub(super) fn end_wire(&mut self) {
        if self.wire.take().is_some() {
            self.breakpoints.unwire();
            self.effects.push(Effect::EndWire);
        }
    }

    /// The connection ended. Gives whether nobody was attached by it: then the session waits on.
    pub(super) fn wire_closed(&mut self) -> bool {
        let unattached = self.wire.is_some() && !self.wire_is_attached();
        if !matches!(&self.wire, Some(Wire { life: Life::Leaving(_), .. })) {
            self.end_wire();
        }
        unattached && matches!(self.phase, Phase::Starting)
    }

    pub(super) fn wire_gone(&mut self) {
        let Some(wire) = &mut self.wire else { return };
        match wire.life {
            Life::Attached => {
                self.wire = None;
                let paths = self.breakpoints.unwire();
                self.send_breakpoints(&paths);
            }
            // Left as soon as it is there.
            Life::Opening => wire.life = Life::Leaving(None),
            Life::Open | Life::Attaching => {
                wire.life = Life::Leaving(None);
                self.effects.push(Effect::LeaveWire);
            }
            Life::Leaving(_) => {}
        }
        self.effects.push(Effect::EndWire);
    }

    pub(super) fn wire_left(&mut self) {
        let Some(wire) = self.wire.take() else { return };
        self.effects.push(Effect::EndWire);
        if let (Life::Leaving(Some(options)), Phase::Starting) = (wire.life, &self.phase) {
            self.effects.push(Effect::Attach(options));
        }
    }

    pub(super) fn wire_prepared(&mut self, known: Prepared) {
        if let Some(wire) = &mut self.wire {
            wire.known = known;
        }
    }

    pub(super) fn wire_event(&mut self, event: WireEvent) {
        let Some(wire) = &self.wire else { return };
        let of_program = || {
            let category = event.body.as_ref().and_then(|body| body.get("category")).and_then(Value::as_str);
            event.event == "output" && matches!(category, Some("stdout" | "stderr"))
        };
        if !(wire.quiet && of_program()) {
            self.effects.push(Effect::TellWire(WireWord::Event(event)));
        }
    }

    fn answer_wire(&mut self, id: u64, outcome: Result<WireResponse, ErrorBody>) {
        self.effects.push(Effect::TellWire(WireWord::Answer { id, outcome }));
    }

    pub(super) fn wire_asked(&mut self, ask: WireAsk) {
        let Some(wire) = &self.wire else { return };
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
                return self.effects.push(Effect::TellWire(WireWord::Shared { id }));
            }
            "disconnect" | "terminate" => What::Leave,
            "attach" => return self.wire_attach(id, arguments),
            "continue" | "next" | "stepIn" | "stepOut" | "goto" => {
                return self.wire_moves(me, id, &command, arguments);
            }
            "pause" => match self.wire_drives(me) {
                Ok(()) => {
                    if let Phase::Running { pausing } = &mut self.phase {
                        *pausing = true;
                    }
                    What::Pause
                }
                Err(error) => return self.answer_wire(id, Err(error)),
            },
            "setBreakpoints" => listed(&arguments),
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
        self.relay(id, &command, arguments, what);
    }

    /// Passes a request on.
    fn relay(&mut self, id: u64, command: &str, arguments: Value, what: What) {
        match WireRequest::new(command, arguments) {
            Some(request) => {
                self.ask_of(MAIN, Asked::Wire { id, what }, Request::Wire(request), Urgency::Control);
            }
            None => {
                let why = format!("debugpy would never answer this `{command}`, nor anything after it.");
                self.answer_wire(id, Err(ErrorBody::new(ErrorCode::DebuggeeError, why)));
            }
        }
    }

    fn wire_attach(&mut self, id: u64, mut arguments: Value) {
        let asked = arguments.get("redirectOutput").and_then(Value::as_bool).unwrap_or_default();
        let old = arguments.get("debugOptions").and_then(Value::as_array);
        let asked = asked || old.is_some_and(|old| old.iter().any(|option| option == "RedirectOutput"));
        let options = AttachOptions::chosen(&arguments);
        let pairs = arguments.get("pathMappings").and_then(Value::as_array).into_iter().flatten();
        let side = |pair: &Value, key: &str| pair.get(key).and_then(Value::as_str).map(str::to_owned);
        let mappings =
            pairs.filter_map(|pair| Some((side(pair, "localRoot")?, side(pair, "remoteRoot")?))).collect();
        if arguments.is_object() {
            // The recording has the program's output, whether the editor wants to see it or not.
            arguments["redirectOutput"] = true.into();
        }
        if let Some(wire) = &mut self.wire {
            wire.quiet = !asked;
            wire.life = Life::Attaching;
            let prefix = wire.editor.prefix.clone();
            self.breakpoints.wire(prefix);
        }
        self.effects.push(Effect::Chosen { options, mappings });
        self.relay(id, "attach", arguments, What::Attach);
    }

    /// Somebody else's wheel is left alone; a free one is taken.
    fn wire_drives(&mut self, me: ParticipantId) -> Result<(), ErrorBody> {
        if self.lease.driver().is_none() {
            self.give_wheel(Some(me), Some(me), WheelReason::Taken);
        }
        self.lease.require(me).map(|_| ())
    }

    fn wire_moves(&mut self, me: ParticipantId, id: u64, command: &str, arguments: Value) {
        if let Err(error) = self.wire_drives(me) {
            return self.answer_wire(id, Err(error));
        }
        let how = match command {
            "next" => ResumeKind::Next,
            "stepIn" => ResumeKind::StepIn,
            "stepOut" => ResumeKind::StepOut,
            "goto" => ResumeKind::Goto,
            _ => ResumeKind::Continue,
        };
        let what = match &self.phase {
            Phase::Stopped(stop) if stop.process == MAIN => {
                let (stop, thread) = (stop.id, stop.thread);
                self.resume(how, Some(me));
                self.continued_expected.insert(MAIN);
                self.focus(MAIN, how);
                What::Resume { process: MAIN, stop, thread }
            }
            // The program itself may be paused behind a child's stop; if it runs, this is idle.
            _ => What::Idle,
        };
        self.relay(id, command, arguments, what);
    }

    /// Nobody will answer it any more.
    pub(super) fn wire_unanswered(
        &mut self,
        id: u64,
        what: What,
        error: &breakroom_protocol::upstream::AskError,
    ) {
        let body = if self.is_attached() { super::answers::error_body(error) } else { not_attached() };
        match what {
            What::Resume { process, stop, thread } => {
                self.still_paused((process, stop, thread), "step refused", error);
            }
            What::Pause => self.wire_not_pausing(),
            // As debugpy answers it where that doesn't keep it from answering anything else.
            What::Idle if matches!(error, breakroom_protocol::upstream::AskError::Refused(_)) => {
                let body = Some(json!({ "allThreadsContinued": true }));
                return self.answer_wire(id, Ok(WireResponse { success: true, message: None, body }));
            }
            _ => {}
        }
        self.answer_wire(id, Err(body));
    }

    fn wire_not_pausing(&mut self) {
        if let Phase::Running { pausing } = &mut self.phase {
            *pausing = false;
        }
    }

    fn leave_by_wire(&mut self) {
        self.begin_end(EndReason::EndedByHost);
    }
}

/// The file and lines of an editor's list.
fn listed(arguments: &Value) -> What {
    let path = arguments.get("source").and_then(|source| source.get("path")).and_then(Value::as_str);
    let list = |key: &str| arguments.get(key).and_then(Value::as_array).into_iter().flatten();
    let number = |line: &Value| line.as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    let lines: Vec<u32> = match arguments.get("breakpoints") {
        Some(_) => list("breakpoints").map(|item| item.get("line").map_or(0, number)).collect(),
        None => list("lines").map(number).collect(),
    };
    What::Breakpoints { path: path.unwrap_or_default().to_owned(), lines }
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
