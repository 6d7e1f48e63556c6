//! Answers that take long, as the upstream crate tells it.

use super::model::World;
use crate::session::state::Input;
use breakroom_protocol::upstream::{FromUpstream, Late};

impl World {
    /// What a process is asked for next takes long; how long decides what is told.
    pub fn gets_late(&mut self, at: usize, how: u8) {
        let Some(process) = self.pick(at) else { return };
        let Some(&(ask, _)) = self.processes.get(&process).and_then(|of| of.asks.front()) else { return };
        let (for_ms, late) = match how {
            0 => (60_000, Late::Stuck),
            1..4 => (20_000, Late::Overdue),
            _ => (1_000, Late::Slow),
        };
        self.input(Input::Upstream(process, FromUpstream::Late { ask, for_ms, late }));
    }
}
