//! The end of a plan: everything outstanding is answered, and then all must agree.

use super::model::World;
use super::process::Process;
use crate::session::state::Input;
use breakroom_protocol::fold::Phase;
use std::collections::BTreeSet;

impl World {
    /// debugpy answers all that is outstanding; then nobody waits for anything.
    pub fn settle(&mut self) {
        for _ in 0..2 {
            self.editors_settle();
            if self.starting {
                self.first_attach(Ok(()));
            }
            while !self.attaching.is_empty() {
                self.child_attaches(false);
            }
            for _ in 0..10_000 {
                let busy = |process: &Process| !process.coming.is_empty() || !process.asks.is_empty();
                let Some(process) =
                    self.processes.iter().find(|(_, process)| busy(process)).map(|(id, _)| *id)
                else {
                    break;
                };
                self.upstream(process, false);
            }
            // Longer than anything is waited for.
            self.now += 12_000;
            self.input(Input::Tick);
        }
        self.editors_are_settled();
        self.visitors_settle();
        let closed: Vec<_> = self
            .open_commands
            .keys()
            .filter(|(socket, _)| !self.sockets.contains_key(socket))
            .copied()
            .collect();
        for key in closed {
            self.open_commands.remove(&key);
        }
        assert!(self.open_commands.is_empty(), "commands without an end: {:?}", self.open_commands);
        self.promises.hold(&self.fold, &BTreeSet::new());
        self.replicas.agree(&self.fold);
        self.check_breakpoints();
        for (id, process) in &self.processes {
            let shown = self.fold.phase == Phase::Stopped && self.shown == *id;
            let waits = self.fold.processes.get(id).is_some_and(|info| info.waiting.is_some());
            assert_eq!(
                process.paused.is_some(),
                shown || waits,
                "what is shown is what is: {id} {:?}",
                self.fold
            );
            assert!(!waits || self.fold.phase == Phase::Stopped, "it waits though nothing is shown");
        }
    }

    /// Each process has what holds, and nothing else; who is held back is told why.
    fn check_breakpoints(&self) {
        let (mut lines, mut functions) = (BTreeSet::new(), BTreeSet::new());
        for state in self.fold.breakpoints.values().filter(|state| state.entry.enabled) {
            let entry = &state.entry;
            let held =
                self.fold.muted_all || self.fold.muted.contains(&entry.author) || state.disarmed.is_some();
            if held {
                let told = (state.verified, state.message.is_some());
                assert!(
                    !self.attached || told == (Some(false), true),
                    "it isn't told that it is held: {state:?}"
                );
                continue;
            }
            assert!(!self.attached || state.message.is_none(), "it is told to be held: {state:?}");
            match &entry.function {
                Some(name) => functions.insert(name.rsplit('.').next().unwrap().to_owned()),
                None => lines.insert(entry.line),
            };
        }
        for (id, process) in self.processes.iter().filter(|(_, process)| process.attached) {
            assert_eq!((&process.lines, &process.functions), (&lines, &functions), "what process {id} has");
        }
    }
}
