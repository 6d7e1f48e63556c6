//! A session that goes on after the server was killed: its state made of what the journal has.
//!
//! Nobody is here yet and the program ran on meanwhile, so that is what the first events say. What a part of the state
//! needs to be itself again it takes from the snapshot here: whatever isn't in an event is gone.

use super::{Effect, InDocs, Phase, Rules, State};
use breakroom_protocol::fold::Phase as SeenPhase;
use breakroom_protocol::{
    Event, JournalSeq, LeaveReason, NoteId, ParticipantId, ProcessId, ProposalEnd, Role, SessionInfo,
    Snapshot, UnixMillis,
};
use std::collections::BTreeSet;

impl State {
    /// A session as its journal left it. Then comes [`State::resume_after_kill`].
    pub fn resumed(info: &SessionInfo, rules: Rules, snapshot: &Snapshot) -> Self {
        let mut state = Self::new(info, rules, JournalSeq(snapshot.seq.0 + 1));
        // One that no host has started yet goes on waiting.
        if snapshot.phase != SeenPhase::Starting {
            state.phase = Phase::Lost;
            state.after_kill = true;
        }
        state.last_stop = snapshot.last_stop;
        for person in snapshot.people.values() {
            state.people.known(&person.participant, person.code);
        }
        let had_host = snapshot.people.values().any(|person| person.participant.role == Role::Host);
        state.lease.resumed(snapshot.driver, had_host);
        state.barred.extend(&snapshot.barred);
        for entry in snapshot.breakpoints.values() {
            state.breakpoints.set(entry.entry.clone());
        }
        state.exception_filters = snapshot.exception_filters;
        state.choice = snapshot.choice.clone();
        state.breakpoints_resumed(snapshot);
        state.sources_resumed(snapshot);
        state.children.resumed(last_process(snapshot));
        for view in snapshot.watches.values() {
            let author = snapshot.people.get(&view.watch.author);
            let by_host = author.is_some_and(|person| person.participant.role == Role::Host);
            state.watches.known(view.watch.clone(), by_host);
        }
        state.proposals.resumed(snapshot.proposals.keys().last().copied().unwrap_or_default());
        state
    }

    /// Its first events. What the shared docs say may be newer than the events.
    pub fn resume_after_kill(&mut self, now: UnixMillis, snapshot: &Snapshot, docs: InDocs) -> Vec<Effect> {
        self.now = now;
        self.catch_up_with_docs(snapshot, docs);
        self.authors_resumed();
        for person in snapshot.people.values().filter(|person| person.present) {
            let participant = person.participant.id;
            self.record(Some(participant), Event::Left { participant, reason: LeaveReason::Disconnected });
        }
        // Their stop is over; and nobody knows whether one that was agreed to has run already.
        for view in snapshot.proposals.values().filter(|view| view.end.is_none()) {
            self.record(
                None,
                Event::ProposalEnded {
                    proposal: view.proposal.id,
                    how: ProposalEnd::Expired,
                    message: Some("The server was killed and started again: propose it again.".to_owned()),
                    outcome: None,
                },
            );
        }
        if let Some(driver) = snapshot.driver {
            self.lease.driver_present(driver, false, now);
        }
        if snapshot.busy.is_some() {
            self.record(None, Event::Busy { busy: None });
        }
        if !self.after_kill {
            return std::mem::take(&mut self.effects);
        }
        let message = "the server was killed and started again; the program ran on meanwhile".to_owned();
        self.record(None, Event::Lost { message });
        if !self.choice.is_none() {
            self.effects.push(Effect::Chosen(self.choice.clone()));
        }
        self.effects.push(Effect::Reattach);
        std::mem::take(&mut self.effects)
    }

    /// Notes are recorded a moment after they are in the doc; entries at once, unless the journal failed.
    fn catch_up_with_docs(&mut self, snapshot: &Snapshot, docs: InDocs) {
        let InDocs { entries, notes, replies } = docs;
        let by = |author: ParticipantId| snapshot.people.contains_key(&author).then_some(author);
        for (id, state) in &snapshot.breakpoints {
            if !entries.iter().any(|entry| entry.id == *id) {
                self.breakpoints.remove(id);
                self.record(by(state.entry.author), Event::BreakpointRemoved { id: id.clone() });
            }
        }
        for entry in entries {
            if snapshot.breakpoints.get(&entry.id).is_none_or(|known| known.entry != entry) {
                self.breakpoints.set(entry.clone());
                self.record(by(entry.author), Event::BreakpointSet { entry });
            }
        }
        for id in snapshot.notes.keys() {
            if !notes.iter().any(|note| note.id == *id) {
                self.record(None, Event::NoteRemoved { id: id.clone() });
            }
        }
        let notes_there: BTreeSet<NoteId> = notes.iter().map(|note| note.id.clone()).collect();
        for note in notes {
            if snapshot.notes.get(&note.id) != Some(&note) {
                self.record(by(note.author), Event::NoteSet { note });
            }
        }
        for (id, known) in &snapshot.replies {
            // Those of a note that is gone went with it.
            let note_is_there = notes_there.contains(&known.note);
            if note_is_there && !replies.iter().any(|reply| reply.id == *id) {
                self.record(None, Event::ReplyRemoved { id: id.clone() });
            }
        }
        for reply in replies {
            if snapshot.replies.get(&reply.id) != Some(&reply) {
                self.record(by(reply.author), Event::ReplySet { reply });
            }
        }
    }
}

/// The highest number of a process that the snapshot still knows of; numbers aren't used again.
fn last_process(snapshot: &Snapshot) -> ProcessId {
    let named = snapshot.processes.keys().copied();
    let said = snapshot.output.iter().map(|line| line.process);
    named.chain(said).chain(snapshot.stop.as_ref().map(|stop| stop.process)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::state::{DocInput, Input};
    use breakroom_protocol::fold::{BreakpointState, Person};
    use breakroom_protocol::{
        BreakpointEntry, Busy, BusyState, ConnectionId, Envelope, ErrorCode, ExceptionFilters, Note,
        Participant, ParticipantKind, Reply, SessionId, StopId, TargetInfo,
    };

    fn person(number: u128, role: Role) -> Participant {
        let id = ParticipantId(uuid::Uuid::from_u128(number));
        Participant { id, name: "P".into(), role, kind: ParticipantKind::Guest, may_write_notes: true }
    }

    fn entry(id: &str, line: u32) -> BreakpointEntry {
        BreakpointEntry {
            id: id.into(),
            path: "/app/porch.py".into(),
            line,
            function: None,
            snap: false,
            condition: None,
            hit_condition: None,
            log_message: None,
            enabled: true,
            author: person(2, Role::Collaborator).id,
        }
    }

    fn left_by_a_kill() -> (SessionInfo, Snapshot) {
        let target = TargetInfo { name: "porch".into(), address: "127.0.0.1:1".into(), can_restart: false };
        let info = SessionInfo { id: SessionId::new(), target, started_at: 1, started_by: "Ada".into() };
        let mut snapshot = Snapshot { session: Some(info.clone()), ..Snapshot::default() };
        for (number, role) in [(1, Role::Host), (2, Role::Collaborator), (3, Role::Watcher)] {
            let participant = person(number, role);
            let person = Person { participant, present: number != 3, hand: number != 3, code: number == 2 };
            snapshot.people.insert(person.participant.id, person);
        }
        snapshot.driver = Some(person(2, Role::Collaborator).id);
        snapshot.wheel_requests = vec![person(1, Role::Host).id];
        snapshot.barred = vec![person(3, Role::Watcher).id];
        snapshot.seq = JournalSeq(40);
        snapshot.last_stop = StopId(7);
        snapshot.phase = SeenPhase::Stopped;
        snapshot.exception_filters = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
        let busy = Busy {
            by: None,
            what: "x".into(),
            since: 1,
            state: BusyState::Waiting,
            interruptible: false,
            message: "It takes long.".into(),
        };
        snapshot.busy = Some(busy);
        for entry in [entry("a", 7), entry("gone", 8)] {
            let state = BreakpointState {
                entry: entry.clone(),
                verified: Some(true),
                actual_line: None,
                message: None,
                failed: false,
                disarmed: None,
                snaps: 0,
                passed: 0,
            };
            snapshot.breakpoints.insert(entry.id, state);
        }
        (info, snapshot)
    }

    fn fold(mut snapshot: Snapshot, effects: &[Effect]) -> Snapshot {
        for effect in effects {
            if let Effect::Record(envelope) = effect {
                assert_eq!(envelope.seq.0, snapshot.seq.0 + 1, "numbers go on without a hole");
                snapshot.apply(envelope);
            }
        }
        snapshot
    }

    #[test]
    fn everything_is_as_it_was_but_nobody_is_here_and_the_program_runs() {
        let (info, before) = left_by_a_kill();
        let mut state = State::resumed(&info, Rules::default(), &before);
        let docs = InDocs { entries: vec![entry("a", 7), entry("new", 9)], ..InDocs::default() };
        let effects = state.resume_after_kill(1_000, &before, docs);
        assert!(matches!(effects.last(), Some(Effect::Reattach)));
        let now = fold(before.clone(), &effects);
        assert!(matches!(now.phase, SeenPhase::Lost { .. }));
        assert!(now.people.values().all(|person| !person.present && !person.hand));
        assert!(now.wheel_requests.is_empty() && now.busy.is_none());
        assert_eq!(now.driver, before.driver, "the wheel stays, for a while");
        assert_eq!(now.breakpoints.keys().map(|id| id.0.as_str()).collect::<Vec<_>>(), ["a", "new"]);
        let setup = state.setup();
        assert!(setup.exception_filters.raised);
        let lines: Vec<u32> = setup.breakpoints[0].1.iter().map(|breakpoint| breakpoint.line).collect();
        assert_eq!(lines, [7, 9]);

        // Rights are what they were.
        let bob = person(2, Role::Collaborator);
        state.apply(1_001, Input::Connected { connection: ConnectionId(1), who: bob.clone() });
        assert!(state.code_right(bob.id), "driving, and let run code");
        assert!(state.is_barred(person(3, Role::Watcher).id));
        // The first host to come in gets no wheel: somebody has it.
        let effects =
            state.apply(1_002, Input::Connected { connection: ConnectionId(2), who: person(1, Role::Host) });
        assert!(
            !effects
                .iter()
                .any(|effect| matches!(effect, Effect::Record(Envelope { event: Event::Wheel { .. }, .. })))
        );
    }

    #[test]
    fn notes_and_replies_are_what_the_doc_says() {
        let ada = person(1, Role::Host).id;
        let note = |id: &str, resolved| Note {
            id: id.into(),
            path: "/app/porch.py".into(),
            line: 7,
            author: ada,
            stop: None,
            at: Some(1),
            resolved,
            text: "why?".into(),
        };
        let reply = |id: &str, to: &str, text: &str| Reply {
            id: id.into(),
            note: to.into(),
            author: ada,
            at: 2,
            text: text.into(),
        };
        let (info, mut before) = left_by_a_kill();
        before.notes = ["n", "gone"].map(|id| (id.into(), note(id, None))).into();
        before.replies = [reply("r", "n", "bec"), reply("s", "n", "withdrawn"), reply("t", "gone", "")]
            .map(|reply| (reply.id.clone(), reply))
            .into();
        let mut state = State::resumed(&info, Rules::default(), &before);
        let docs = InDocs {
            notes: vec![note("n", Some(ada)), note("new", None)],
            replies: vec![reply("r", "n", "because"), reply("u", "new", "first")],
            ..InDocs::default()
        };
        let now = fold(before.clone(), &state.resume_after_kill(1_000, &before, docs.clone()));
        assert_eq!(now.notes.into_values().collect::<Vec<_>>(), docs.notes);
        assert_eq!(now.replies.into_values().collect::<Vec<_>>(), docs.replies);
    }

    #[test]
    fn a_reply_is_recorded_after_its_note_and_not_after_its_notes_end() {
        let (info, before) = left_by_a_kill();
        let ada = person(1, Role::Host).id;
        let mut state = State::resumed(&info, Rules::default(), &before);
        state.resume_after_kill(1_000, &before, InDocs::default());
        let note = |id: &str| {
            let text = "why?".to_owned();
            let (path, line) = ("/app/porch.py".to_owned(), 7);
            Note { id: id.into(), path, line, author: ada, stop: None, at: Some(1), resolved: None, text }
        };
        let reply = |id: &str, to: &str| {
            let text = "because".to_owned();
            DocInput::ReplySet(Reply { id: id.into(), note: to.into(), author: ada, at: 2, text })
        };
        let mut told = Vec::new();
        for (at, change) in [
            (1_001, reply("a", "z")),
            (1_002, DocInput::NoteSet(note("z"))),
            (1_003, reply("b", "y")),
            (1_004, DocInput::NoteRemoved("y".into())),
            (9_000, reply("c", "z")),
        ] {
            told.extend(state.apply(at, Input::Doc { by: ada, change }));
        }
        told.extend(state.apply(10_000, Input::Tick));
        let kinds: Vec<_> = told
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record(envelope) => Some(envelope.event.kind()),
                _ => None,
            })
            .collect();
        assert_eq!(kinds, ["note_removed", "note_set", "reply_set", "reply_set"]);
    }

    #[test]
    fn a_driver_who_does_not_come_back_lets_go() {
        let (info, before) = left_by_a_kill();
        let mut state = State::resumed(&info, Rules::default(), &before);
        state.resume_after_kill(1_000, &before, InDocs::default());
        assert_eq!(state.wake_at(), Some(31_000));
        let effects = state.apply(31_000, Input::Tick);
        assert!(effects.iter().any(|effect| matches!(
            effect,
            Effect::Record(Envelope { event: Event::Wheel { driver: None, .. }, .. })
        )));
    }

    #[test]
    fn a_program_that_is_gone_ends_it_as_killed() {
        let (info, before) = left_by_a_kill();
        let mut state = State::resumed(&info, Rules::default(), &before);
        state.resume_after_kill(1_000, &before, InDocs::default());
        let effects = state.apply(1_100, Input::AttachFailed("nothing listens".into()));
        let ended = effects.iter().any(|effect| {
            matches!(effect, Effect::Record(Envelope { event: Event::Ended { reason, message }, .. })
                if *reason == breakroom_protocol::EndReason::ServerKilled && message.contains("nothing listens"))
        });
        assert!(ended, "{effects:?}");
    }

    #[test]
    fn commands_before_it_is_attached_again_are_refused() {
        let (info, before) = left_by_a_kill();
        let mut state = State::resumed(&info, Rules::default(), &before);
        state.resume_after_kill(1_000, &before, InDocs::default());
        let bob = person(2, Role::Collaborator);
        state.apply(1_001, Input::Connected { connection: ConnectionId(1), who: bob });
        let command = breakroom_protocol::Command::Next { stop: StopId(7), thread: None };
        let message = breakroom_protocol::ClientMessage { id: breakroom_protocol::ClientSeq(1), command };
        let effects = state.apply(1_002, Input::Command { connection: ConnectionId(1), message });
        let [Effect::Reply { error: Some(error), .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(error.code, ErrorCode::NotAttached);
    }
}
