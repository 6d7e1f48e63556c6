//! Large values, tables, completions, and what threads and tasks do.

use super::State;
use super::commands::{Verdict, refuse};
use crate::session::stop::Waiter;
use breakroom_protocol::{ErrorCode, FrameId, ParticipantId, StopId, VariablesId};

impl State {
    pub(super) fn want_page(
        &mut self,
        _waiter: Waiter,
        _stop: StopId,
        _set: VariablesId,
        _start: u64,
        _count: u32,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn want_text(
        &mut self,
        _waiter: Waiter,
        _stop: StopId,
        _set: VariablesId,
        _name: String,
        _start: u64,
        _count: u32,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn want_table(
        &mut self,
        _waiter: Waiter,
        _stop: StopId,
        _set: VariablesId,
        _start: u64,
        _count: u32,
        _sort: Option<String>,
        _descending: bool,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn want_activity(&mut self, _waiter: Waiter, _stop: StopId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn complete(
        &mut self,
        _waiter: Waiter,
        _stop: StopId,
        _frame: FrameId,
        _text: String,
        _column: u32,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn set_expression(
        &mut self,
        _me: ParticipantId,
        _waiter: Waiter,
        _stop: StopId,
        _frame: FrameId,
        _expression: String,
        _value: String,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
}
