//! What must hold whatever happens, told from what was sent, what was recorded and what reached debugpy.
//!
//! It has its own idea of the table of roles, so that a mistake in `rights.rs` isn't made here again.

use breakroom_protocol::command::Proposed;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::upstream::Request;
use breakroom_protocol::{
    Command, Envelope, Event, ParticipantId, PlainRead, Proposal, ProposalEnd, ProposalId, Role, Snapshot,
    StopId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Why a piece of code may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Licence {
    /// For one command.
    Once,
    /// As a watch, once a stop.
    Watch { last: Option<StopId> },
}

/// What was promised so far.
#[derive(Debug, Default)]
pub(super) struct Promises {
    licences: BTreeMap<String, Licence>,
    /// Who had the right to run what a plain name turned out to need.
    plain: BTreeSet<String>,
    /// Proposals that somebody who may decide about them has agreed to.
    agreed: BTreeSet<ProposalId>,
    /// What a plan came to.
    reached: BTreeSet<String>,
}

fn is_host(fold: &Snapshot, who: ParticipantId) -> bool {
    fold.people.get(&who).is_some_and(|person| person.participant.role == Role::Host)
}

fn may_run_code(fold: &Snapshot, who: ParticipantId) -> bool {
    let granted = fold
        .people
        .get(&who)
        .is_some_and(|person| person.participant.role == Role::Collaborator && person.code);
    is_host(fold, who) || (granted && fold.driver == Some(who))
}

impl Promises {
    /// What the plan came to, by name.
    pub fn reached(self) -> BTreeSet<String> {
        self.reached
    }

    /// Somebody sends something: what of it they may.
    pub fn sent(&mut self, fold: &Snapshot, who: ParticipantId, command: &Command) {
        if let Command::ProposalRun { proposal } = command {
            let Some(view) = fold.proposals.get(proposal).filter(|view| view.end.is_none()) else { return };
            if is_host(fold, who) {
                self.agreed.insert(*proposal);
                if let Proposed::Command { command } = &view.proposal.action {
                    self.licence(command);
                }
            } else if fold.driver == Some(who) {
                self.agreed.insert(*proposal);
            }
        } else if may_run_code(fold, who) {
            self.licence(command);
        }
    }

    fn licence(&mut self, command: &Command) {
        let (text, licence) = match command {
            Command::Evaluate { expression, .. } => (expression, Licence::Once),
            Command::SetVariable { value, .. } | Command::SetExpression { value, .. } => {
                (value, Licence::Once)
            }
            Command::Complete { text, .. } => (text, Licence::Once),
            Command::WatchAdd { expression, .. } => (expression, Licence::Watch { last: None }),
            _ => return,
        };
        if PlainRead::parse(text).is_some() {
            self.plain.insert(text.clone());
        } else {
            self.licences.entry(text.clone()).or_insert(licence);
        }
    }

    /// A host's editor asks debugpy itself to run something.
    pub fn sent_by_wire(&mut self, code: &str) {
        self.licences.entry(code.to_owned()).or_insert(Licence::Once);
    }

    /// It came to this.
    pub fn came_to(&mut self, what: &str) {
        self.reached.insert(what.to_owned());
    }

    /// Something reaches debugpy.
    pub fn asked(&mut self, fold: &Snapshot, request: &Request) {
        if matches!(request, Request::Read { .. }) {
            self.reached.insert("read".into());
        }
        let code = match request {
            Request::Evaluate { expression, .. } | Request::Copy { expression, .. } => expression,
            Request::Assign { value, .. } | Request::AssignExpression { value, .. } => value,
            Request::Complete { text, .. } => text,
            Request::Wire(wire) if wire.command() == "evaluate" => {
                wire.arguments()["expression"].as_str().unwrap()
            }
            _ => return,
        };
        if PlainRead::parse(code).is_some() {
            // Only where reading took running code.
            assert!(code.contains("['a']"), "it could have been read: {code}");
            assert!(self.plain.contains(code), "nobody who may has asked for {code}");
            return;
        }
        match self.licences.get_mut(code) {
            None => panic!("code ran that nobody who may has sent: {code}"),
            Some(Licence::Once) => {
                self.reached.insert("code".into());
                self.licences.remove(code);
            }
            Some(Licence::Watch { last }) => {
                self.reached.insert("watch by code".into());
                assert!(
                    fold.watches.values().any(|view| view.watch.expression == *code),
                    "not watched: {code}"
                );
                assert_eq!(fold.phase, Phase::Stopped, "watches are of stops");
                let before = last.replace(fold.last_stop);
                assert!(before < Some(fold.last_stop), "once a stop: {code}");
            }
        }
    }

    /// Something is recorded; `fold` is as it was before.
    pub fn recorded(&mut self, fold: &Snapshot, envelope: &Envelope) {
        match &envelope.event {
            Event::Dropped { .. } => self.came_to("a part was dropped"),
            Event::ProposalMade { proposal } => {
                assert_eq!(Some(proposal.by), envelope.by);
                let newest = fold.proposals.keys().last();
                assert!(newest.is_none_or(|newest| *newest < proposal.id), "numbers are given once");
                let open = fold.proposals.values().filter(|view| view.end.is_none());
                let theirs = open.clone().filter(|view| view.proposal.by == proposal.by).count();
                assert!(
                    theirs < 5 + self.agreed.len() && open.count() < 50 + self.agreed.len(),
                    "too many are open"
                );
                assert!(can_be(proposal), "{proposal:?}");
            }
            Event::ProposalEnded { proposal, how, .. } => {
                let view = fold.proposals.get(proposal).expect("only what was made ends");
                assert!(view.end.is_none(), "{proposal} ends twice");
                let agreed = self.agreed.contains(proposal);
                self.reached.insert(format!("{how:?}"));
                match how {
                    ProposalEnd::Run | ProposalEnd::Failed => assert!(agreed, "{proposal} ran by itself"),
                    ProposalEnd::Declined => {
                        let by = envelope.by.expect("somebody declined it");
                        assert!(is_host(fold, by) || fold.driver == Some(by));
                    }
                    ProposalEnd::Withdrawn | ProposalEnd::Expired => {}
                }
            }
            Event::WatchValue { stop, watch, .. } => {
                self.reached.insert("watch value".into());
                assert!(fold.watches.contains_key(watch), "a value of a watch that is gone");
                assert_eq!(
                    (*stop, &fold.phase),
                    (fold.last_stop, &Phase::Stopped),
                    "a value of another stop"
                );
            }
            Event::WatchSet { watch } => {
                assert!(fold.watches.len() < 50 || fold.watches.contains_key(&watch.id));
                let role = fold.people[&watch.author].participant.role;
                assert!(role >= Role::Collaborator, "a watcher's watch");
            }
            Event::Wheel { driver: Some(driver), .. } => {
                assert!(fold.people[driver].participant.role >= Role::Collaborator, "a watcher drives");
            }
            _ => {}
        }
    }

    /// Between two things that happen. `waiting`: agreed to, and not at its end yet.
    pub fn hold(&self, fold: &Snapshot, waiting: &BTreeSet<ProposalId>) {
        for view in fold.proposals.values().filter(|view| view.end.is_none()) {
            let id = view.proposal.id;
            let over = match stop_of(&view.proposal) {
                _ if matches!(fold.phase, Phase::Ended { .. }) => true,
                Some(Meant::At(stop)) => fold.phase != Phase::Stopped || stop != fold.last_stop,
                Some(Meant::After(stop)) => {
                    !matches!(fold.phase, Phase::Running { .. }) || stop != fold.last_stop
                }
                None => false,
            };
            assert!(
                !over || waiting.contains(&id),
                "open though it is too late: {:?} {:?}",
                view.proposal,
                fold.phase
            );
        }
    }
}

enum Meant {
    At(StopId),
    After(StopId),
}

fn stop_of(proposal: &Proposal) -> Option<Meant> {
    let Proposed::Command { command } = &proposal.action else { return None };
    match &**command {
        Command::Continue { stop } | Command::Next { stop, .. } | Command::SetVariable { stop, .. } => {
            Some(Meant::At(*stop))
        }
        Command::Evaluate { stop, .. } => stop.map(Meant::At),
        Command::Pause { after } => Some(Meant::After(*after)),
        _ => None,
    }
}

fn can_be(proposal: &Proposal) -> bool {
    match &proposal.action {
        Proposed::Breakpoint { .. } => true,
        Proposed::Command { command } => matches!(
            **command,
            Command::Continue { .. }
                | Command::Next { .. }
                | Command::Pause { .. }
                | Command::Evaluate { .. }
                | Command::SetVariable { .. }
                | Command::WatchAdd { .. }
        ),
    }
}
