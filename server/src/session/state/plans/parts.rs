//! What is held of a stop's values: not too much, and what somebody was told is there.

use super::model::World;
use crate::session::held;
use crate::session::state::Rules;
use breakroom_protocol::fold::VariablesView;
use breakroom_protocol::{Command, ErrorBody, StopId};

/// Room for two sets and a page, so that some are dropped.
const STOP_BYTES: usize = 600;

pub(super) fn rules() -> Rules {
    Rules { stop_bytes: STOP_BYTES, ..Rules::default() }
}

impl World {
    /// A command ends. Who asked for a part of a stop and was told that it is there finds it, however much else was dropped.
    pub(super) fn replied(&mut self, of: (u64, u32), error: Option<&ErrorBody>) {
        let command = self.open_commands.remove(&of);
        let command = command.unwrap_or_else(|| panic!("a reply that nobody waits for: {of:?} {error:?}"));
        let view = self.fold.stop.as_ref().filter(|_| error.is_none());
        let set = |at: StopId, id| view.filter(|view| view.stop == at).map(|view| view.variables.get(&id));
        let told = match &command {
            Command::Variables { stop, variables } => set(*stop, *variables).map(|set| set.is_some()),
            Command::Page { stop, variables, start, .. } => set(*stop, *variables)
                .map(|set| set.is_some_and(|set| set.pages.iter().any(|page| page.start == *start))),
            _ => None,
        };
        assert_ne!(told, Some(false), "it isn't there: {command:?}\n{view:?}");
        let sets = view.iter().flat_map(|view| view.variables.values());
        let weight = |set: &VariablesView| {
            held::items(&set.items) + set.pages.iter().map(|page| held::items(&page.items)).sum::<usize>()
        };
        let weight: usize = sets.map(weight).sum();
        assert!(weight <= STOP_BYTES, "{weight} bytes are held");
    }
}
