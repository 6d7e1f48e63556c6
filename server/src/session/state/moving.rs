//! Going elsewhere than the next line: `goto`, and stepping into one of several calls.

use super::State;
use super::commands::{Verdict, refuse};
use crate::session::stop::Waiter;
use breakroom_protocol::{ErrorCode, FrameId, ParticipantId, StopId, ThreadId};

impl State {
    pub(super) fn step_into(
        &mut self,
        _me: ParticipantId,
        _waiter: Waiter,
        _stop: StopId,
        _thread: Option<ThreadId>,
        _target: u32,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn want_step_in_targets(
        &mut self,
        _waiter: Waiter,
        _stop: StopId,
        _frame: FrameId,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn goto(
        &mut self,
        _me: ParticipantId,
        _waiter: Waiter,
        _stop: StopId,
        _thread: Option<ThreadId>,
        _path: String,
        _line: u32,
    ) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
}
