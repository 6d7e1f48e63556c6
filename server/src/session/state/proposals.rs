//! Proposals: actions that somebody may not do, offered to who may.

use super::State;
use super::commands::{Verdict, refuse};
use crate::session::people::Here;
use crate::session::stop::Waiter;
use breakroom_protocol::command::Proposed;
use breakroom_protocol::{ErrorCode, ProposalId};

impl State {
    pub(super) fn propose(&mut self, _here: &Here, _action: Proposed) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn proposal_run(&mut self, _here: &Here, _waiter: Waiter, _proposal: ProposalId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn proposal_decline(&mut self, _here: &Here, _proposal: ProposalId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn proposal_withdraw(&mut self, _here: &Here, _proposal: ProposalId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
}
