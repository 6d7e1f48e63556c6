//! What debugpy answered an editor on the wire, as far as the session must know.

use super::What;
use super::open::Life;
use crate::session::breakpoints::FUNCTIONS;
use crate::session::state::{AdapterFacts, MAIN, Phase, State};
use crate::session::stop::Stop;
use breakroom_protocol::upstream::{AskError, UpstreamBreakpoint, UpstreamReference, UpstreamVariable};
use breakroom_protocol::wire::WireResponse;
use breakroom_protocol::{EvaluateContext, Event, FrameId, Outcome, ParticipantId, ProcessId};
use serde_json::Value;
use std::collections::BTreeSet;

impl State {
    pub(in crate::session::state) fn wire_answered(
        &mut self,
        process: ProcessId,
        id: u64,
        what: What,
        response: WireResponse,
    ) {
        const NOTHING: Value = Value::Null;
        let body = response.body.as_ref().unwrap_or(&NOTHING);
        let went_well = response.success;
        match what {
            What::Attach if went_well => self.wire_attached(process),
            What::Attach => self.wire_may_attach_again(process),
            What::Breakpoints { path, lines } if went_well => {
                let results = self.breakpoints.wired_answer(process, &path, &lines, &breakpoints(body));
                self.resolved(results);
                self.merge_behind_wire(process, path);
            }
            What::Functions if went_well => self.merge_behind_wire(process, FUNCTIONS.to_owned()),
            What::Exceptions(filters) if went_well && self.wires.leads(process) => {
                self.wire_filters(process, filters);
            }
            What::Resume { stop, thread } if !went_well => {
                let why = response.message.clone().unwrap_or_default();
                let error = AskError::Refused(why);
                self.still_paused((process, stop, thread), "step refused", &error);
            }
            What::Release(pause) if !went_well => self.waits_on(process, pause),
            What::Pause if !went_well => self.wire_not_pausing(),
            What::Code { by, expression, frame, context, value } => {
                let key = if value { "result" } else { "value" };
                let outcome = if went_well {
                    Ok(variable(body, key))
                } else {
                    Err(response.message.clone().unwrap_or_default())
                };
                self.wire_ran((process, by, context), expression, frame, outcome);
            }
            What::Leave if went_well => {
                self.answer_wire(process, id, Ok(response));
                return self.leave_by_wire(process);
            }
            What::Leave => self.wire_stays(process),
            _ => {}
        }
        self.answer_wire(process, id, Ok(response));
    }

    fn wire_attached(&mut self, process: ProcessId) {
        let Some(wire) = self.wires.wires.get_mut(&process) else { return };
        wire.life = Life::Attached;
        let known = std::mem::take(&mut wire.known);
        if process != MAIN {
            self.pass_lead();
            return self.child_attached(process);
        }
        // The editor has said where to stop, and told debugpy so.
        self.setup_filters = self.exception_filters;
        let facts =
            AdapterFacts { python: known.python, debugpy: known.debugpy, pid: known.pid, fresh: known.fresh };
        self.attached(facts, Vec::new());
    }

    fn wire_may_attach_again(&mut self, process: ProcessId) {
        if let Some(wire) = self.wires.wires.get_mut(&process) {
            wire.life = Life::Open;
        }
        self.child_failed(process, None);
    }

    /// An editor may not have heard yet what others set in a file, or that it is muted; and a child's session lists what its own
    /// editor set.
    fn merge_behind_wire(&mut self, process: ProcessId, path: String) {
        if self.breakpoints.is_wired(&path) {
            return;
        }
        if process == MAIN {
            return self.send_breakpoints(&BTreeSet::from([path]));
        }
        let merged = self.breakpoints.merged(&path);
        self.send_list(process, path, merged);
    }

    fn wire_filters(&mut self, process: ProcessId, filters: breakroom_protocol::ExceptionFilters) {
        let by = self.wires.wires.get(&process).map(|wire| wire.editor.who);
        if std::mem::replace(&mut self.exception_filters, filters) != filters {
            self.record(by, Event::ExceptionFilters { filters });
        }
        for process in self.processes() {
            if !self.wires.has(process) {
                self.send_exception_filters(process);
            }
        }
    }

    /// A process's stop, if it is the one that is shown.
    fn stop_of(&self, process: ProcessId) -> Option<&Stop> {
        match &self.phase {
            Phase::Stopped(stop) if stop.process == process => Some(stop),
            _ => None,
        }
    }

    /// Code ran: it is recorded, and what it may have changed is read anew.
    fn wire_ran(
        &mut self,
        (process, by, context): (ProcessId, ParticipantId, EvaluateContext),
        expression: String,
        frame: Option<i64>,
        outcome: Result<UpstreamVariable, String>,
    ) {
        let stop = self.stop_of(process).map(|stop| stop.id);
        let frame: Option<FrameId> = frame.and_then(|frame| self.stop_of(process)?.frame_of(frame));
        let outcome = match outcome {
            Ok(value) => Outcome::Value(self.evaluated(stop, frame, value, context)),
            Err(raised) => {
                Outcome::Error(crate::session::state::answers::clip(raised, self.rules.value_chars))
            }
        };
        self.record(Some(by), Event::Evaluated { stop, frame, expression, outcome, context, since: None });
        match stop {
            Some(stop) if frame.is_none() => self.refresh_after_code(stop, None),
            stop => self.refresh_evaluated(stop, frame, context),
        }
    }
}

/// debugpy's `setBreakpoints` answer.
fn breakpoints(body: &Value) -> Vec<UpstreamBreakpoint> {
    let list = body.get("breakpoints").and_then(Value::as_array).into_iter().flatten();
    list.map(|item| UpstreamBreakpoint {
        id: item.get("id").and_then(Value::as_i64),
        verified: item.get("verified").and_then(Value::as_bool).unwrap_or_default(),
        line: item.get("line").and_then(Value::as_u64).and_then(|line| u32::try_from(line).ok()),
        message: item.get("message").and_then(Value::as_str).map(str::to_owned),
    })
    .collect()
}

/// What an evaluation gave, or what a variable is now.
fn variable(body: &Value, key: &str) -> UpstreamVariable {
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = body.get("variablesReference").and_then(Value::as_i64).filter(|number| *number != 0);
    UpstreamVariable {
        name: String::new(),
        value: text(key),
        type_name: text("type"),
        reference: reference.map(UpstreamReference),
        evaluate_name: None,
    }
}
