//! Watches: expressions that are evaluated at each stop, once for everybody.

use super::State;
use super::commands::{Verdict, refuse};
use crate::session::people::Here;
use breakroom_protocol::{ErrorCode, WatchId};

impl State {
    pub(super) fn watch_add(&mut self, _here: &Here, _expression: String) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }

    pub(super) fn watch_remove(&mut self, _here: &Here, _watch: WatchId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
}
