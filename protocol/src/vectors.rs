//! Event sequences with what they fold to: the contract between `fold.rs` and the client's `fold.ts`.

use crate::command::{Command, Proposed};
use crate::event::{Envelope, Event};
use crate::fold::{
    CHAT_KEPT, EVALUATIONS_KEPT, OUTPUT_KEPT, PAGES_KEPT, PRINTED_KEPT, PROPOSALS_KEPT, SNAPS_KEPT, Snapshot,
    TEXTS_KEPT, WATCH_VALUES_KEPT,
};
use crate::ids::{
    EntryId, FrameId, JournalSeq, NoteId, ParticipantId, ProcessId, ProposalId, SessionId, SnapId,
    SourceHash, StopId, ThreadId, VariablesId, WatchId,
};
use crate::model::{
    AttachChoice, AttachOptions, BreakpointDraft, BreakpointEntry, BreakpointResult, Busy, BusyState,
    CodePlace, EndReason, EvaluateContext, ExceptionFilters, Frame, LeaveReason, Outcome, OutputCategory,
    Part, Participant, ParticipantKind, ProcessInfo, Proposal, ProposalEnd, ResumeKind, Role, Scope,
    SessionInfo, Snap, SnapFrame, SnapValue, TablePage, TargetInfo, Task, TaskState, Thread, ThreadActivity,
    Variable, Watch, WheelReason,
};
use serde::Serialize;
use uuid::Uuid;

mod docs;

/// One sequence and its outcome.
#[derive(Debug, Serialize)]
pub struct Vector {
    /// File name, without its ending.
    pub name: &'static str,
    /// In order.
    pub events: Vec<Envelope>,
    /// What they fold to.
    pub snapshot: Snapshot,
}

/// All of them. Every kind of event is in at least one (a test says so).
#[must_use]
pub fn all() -> Vec<Vector> {
    vec![
        vector("a_whole_session", a_whole_session()),
        vector("people_and_the_wheel", people_and_the_wheel()),
        vector("breakpoints_and_notes", docs::breakpoints_and_notes()),
        vector("snap_points_and_trouble", snap_points_and_trouble()),
        vector("large_values_and_activity", large_values_and_activity()),
        vector("watches_and_proposals", watches_and_proposals()),
        vector("lists_are_bounded", lists_are_bounded()),
        vector("what_names_nothing_known", what_names_nothing_known()),
        vector("lost_restarted_and_a_gap", lost_restarted_and_a_gap()),
    ]
}

fn vector(name: &'static str, events: Vec<Event>) -> Vector {
    let mut snapshot = Snapshot::default();
    let mut seq = 0;
    let mut envelopes = Vec::with_capacity(events.len());
    for event in events {
        seq += 1;
        let by = (seq % 2 == 0).then(|| person(1).id);
        let next = if let Event::Gap { to, .. } = &event { to.0 } else { seq };
        let envelope = Envelope { seq: JournalSeq(seq), at: 1_700_000_000_000 + seq * 10, by, event };
        snapshot.apply(&envelope);
        envelopes.push(envelope);
        seq = next;
    }
    Vector { name, events: envelopes, snapshot }
}

fn person(number: u128) -> Participant {
    let role = if number == 1 { Role::Host } else { Role::Collaborator };
    Participant {
        id: ParticipantId(Uuid::from_u128(number)),
        name: format!("Person {number} ✓"),
        role,
        kind: ParticipantKind::HomeAssistant,
        may_write_notes: true,
    }
}

fn started() -> Event {
    let target = TargetInfo { name: "porch".into(), address: "127.0.0.1:5678".into(), can_restart: true };
    let id = SessionId(Uuid::from_u128(99));
    Event::SessionStarted {
        session: SessionInfo { id, target, started_at: 1_700_000_000_000, started_by: "Ada".into() },
    }
}

fn attached() -> Event {
    let options = AttachOptions { just_my_code: Some(false), ..AttachOptions::default() };
    let choice = AttachChoice { options, path_mappings: vec![("/home/ada/app".into(), "/app".into())] };
    Event::Attached { python: Some("3.11.7".into()), debugpy: Some("1.8.22".into()), pid: Some(4711), choice }
}

fn stopped(stop: u32) -> Event {
    Event::Stopped {
        stop: StopId(stop),
        reason: "breakpoint".into(),
        description: None,
        text: None,
        thread: ThreadId(1),
        process: ProcessId(0),
    }
}

fn child(id: u32, waiting: Option<&str>) -> Event {
    let process = ProcessInfo {
        id: ProcessId(id),
        parent: ProcessId(id - 1),
        pid: Some(4711 + i64::from(id)),
        name: format!("Subprocess {}", 4711 + id),
        waiting: waiting.map(Into::into),
    };
    Event::Process { process }
}

fn variable(name: &str, variables: Option<u32>) -> Variable {
    Variable {
        name: name.into(),
        value: "'a \"quoted\" value'".into(),
        type_name: "str".into(),
        variables: variables.map(VariablesId),
        evaluate_name: Some(name.into()),
    }
}

fn stack(stop: u32) -> Event {
    let frame = |id: u32, name: &str, path: Option<&str>| Frame {
        id: FrameId(id),
        name: name.into(),
        path: path.map(Into::into),
        line: 40 + id,
        column: 1,
        subtle: path.is_none(),
    };
    let frames = vec![frame(1, "on_motion", Some("/app/porch.py")), frame(2, "<frozen>", None)];
    Event::Stack { stop: StopId(stop), thread: ThreadId(1), start: 0, frames, total: 2 }
}

/// The outer frames of a deep stack, after some were told.
fn outer_frames(stop: u32, start: u32) -> Event {
    let path = Some("/app/porch.py".to_owned());
    let frame = |id: u32| Frame {
        id: FrameId(id),
        name: "dim".into(),
        path: path.clone(),
        line: 7,
        column: 1,
        subtle: false,
    };
    let frames = vec![frame(10 + start), frame(11 + start)];
    Event::Stack { stop: StopId(stop), thread: ThreadId(1), start, frames, total: 4 }
}

fn a_whole_session() -> Vec<Event> {
    let scopes = vec![
        Scope { name: "Locals".into(), variables: VariablesId(1), expensive: false },
        Scope { name: "Globals".into(), variables: VariablesId(2), expensive: true },
    ];
    let items = vec![variable("lamp", Some(3)), variable("brightness", None)];
    vec![
        started(),
        Event::Joined { participant: person(1) },
        attached(),
        Event::Output { category: OutputCategory::Stdout, text: "motion\n".into(), process: ProcessId(0) },
        child(1, None),
        child(2, None),
        Event::Output { category: OutputCategory::Stdout, text: "child\n".into(), process: ProcessId(2) },
        Event::PauseRequested,
        Event::ExceptionFilters {
            filters: ExceptionFilters { raised: true, uncaught: false, user_unhandled: true },
        },
        stopped(1),
        stack(1),
        outer_frames(1, 2),
        outer_frames(1, 3),
        Event::Hit { stop: StopId(1), entries: vec![EntryId::from("a")] },
        Event::Threads {
            stop: StopId(1),
            threads: vec![Thread { id: ThreadId(1), name: "MainThread".into() }],
        },
        Event::Scopes { stop: StopId(1), frame: FrameId(1), scopes },
        Event::Variables { stop: StopId(1), variables: VariablesId(1), items, truncated: false },
        Event::Source { path: "/app/porch.py".into(), hash: SourceHash("ab".repeat(32)), lines: 120 },
        Event::VariableSet {
            stop: StopId(1),
            variables: VariablesId(1),
            item: variable("brightness", Some(4)),
        },
        printed(OutputCategory::Stdout, "lamp \u{1f4a1}\n"),
        printed(OutputCategory::Console, "not the program's\n"),
        printed(OutputCategory::Stderr, &"x".repeat(2 * PRINTED_KEPT)),
        Event::Evaluated {
            stop: Some(StopId(1)),
            frame: Some(FrameId(1)),
            expression: "1 / 0".into(),
            outcome: Outcome::Error("ZeroDivisionError".into()),
            context: EvaluateContext::Repl,
            // From the lamp on: what was printed before that is none of it.
            since: Some(JournalSeq(20)),
        },
        Event::Evaluated {
            stop: None,
            frame: None,
            expression: "1 + 1".into(),
            outcome: Outcome::Value(variable("", None)),
            context: EvaluateContext::Repl,
            since: None,
        },
        Event::Resumed { stop: StopId(1), how: ResumeKind::Next },
        child(1, Some("breakpoint")),
        child(1, None),
        stopped(2),
        Event::ProcessEnded { process: ProcessId(2) },
        Event::Resumed { stop: StopId(2), how: ResumeKind::Continue },
        Event::Ended { reason: EndReason::EndedByHost, message: "A host ended the session.".into() },
    ]
}

fn people_and_the_wheel() -> Vec<Event> {
    let (ada, bob) = (person(1).id, person(2).id);
    vec![
        started(),
        Event::Joined { participant: person(1) },
        Event::Wheel { driver: Some(ada), reason: WheelReason::Taken },
        Event::Admitted { participant: person(2) },
        Event::Joined { participant: person(2) },
        Event::WheelRequested { participant: bob },
        Event::WheelRequested { participant: bob },
        Event::Hand { participant: bob, raised: true },
        Event::CodeRight { participant: bob, granted: true },
        Event::Wheel { driver: Some(bob), reason: WheelReason::Granted },
        Event::WheelRequested { participant: ada },
        Event::WheelRequestDropped { participant: ada },
        Event::Chat { text: "your turn".into() },
        Event::Left { participant: bob, reason: LeaveReason::Disconnected },
        Event::Wheel { driver: None, reason: WheelReason::DriverGone },
        Event::Joined { participant: Participant { name: "Bob again".into(), ..person(2) } },
        Event::Left { participant: bob, reason: LeaveReason::Removed },
        Event::Left { participant: ada, reason: LeaveReason::Removed },
    ]
}

fn entry(id: &str, line: u32) -> BreakpointEntry {
    BreakpointEntry {
        id: id.into(),
        path: "/app/porch.py".into(),
        line,
        function: None,
        snap: false,
        condition: (line == 7).then(|| "x > 1".into()),
        hit_condition: None,
        log_message: None,
        enabled: true,
        author: person(1).id,
    }
}

fn snap(id: u32, entry: &str) -> Event {
    let place = CodePlace { function: "tick".into(), path: Some("/app/porch.py".into()), line: 9 };
    let locals = vec![SnapValue { name: "lamp".into(), value: "'on'".into(), type_name: "str".into() }];
    let snap = Snap {
        id: SnapId(id),
        entry: entry.into(),
        process: ProcessId(0),
        thread: "MainThread".into(),
        frames: vec![SnapFrame { place, locals }],
        skipped: id,
    };
    Event::Snap { snap }
}

fn snap_points_and_trouble() -> Vec<Event> {
    let (path, ada) = ("/app/porch.py".to_owned(), person(1).id);
    let busy = Busy {
        by: Some(ada),
        what: "while True: pass".into(),
        since: 1_700_000_000_000,
        state: BusyState::Waiting,
        interruptible: true,
        message: "It takes long.".into(),
    };
    let mut events = vec![
        started(),
        Event::BreakpointSet { entry: BreakpointEntry { snap: true, ..entry("s", 9) } },
        snap(1, "s"),
        snap(2, "s"),
        Event::SnapsPassed { entry: "s".into(), count: 40 },
        Event::SnapsPassed { entry: "s".into(), count: 2 },
        Event::SnapsPassed { entry: "unknown".into(), count: 2 },
        snap(3, "unknown"),
        Event::BreakpointDisarmed { id: "s".into(), per_second: 250 },
        Event::BreakpointSet { entry: BreakpointEntry { snap: true, ..entry("s", 10) } },
        Event::BreakpointSet {
            entry: BreakpointEntry {
                function: Some("tick".into()),
                path: String::new(),
                line: 0,
                ..entry("f", 1)
            },
        },
        Event::BreakpointDisarmed { id: "f".into(), per_second: 101 },
        Event::BreakpointRearmed { id: "f".into() },
        Event::BreakpointDisarmed { id: "unknown".into(), per_second: 1 },
        Event::BreakpointRearmed { id: "unknown".into() },
        Event::Muted { all: false, participants: vec![ada] },
        Event::Muted { all: true, participants: vec![ada, person(2).id] },
        Event::SourceDrift { path: path.clone(), drifted: true },
        Event::Source { path: path.clone(), hash: SourceHash("cd".repeat(32)), lines: 3 },
        Event::SourceDrift { path, drifted: true },
        Event::Busy { busy: Some(busy.clone()) },
        Event::Busy { busy: None },
        Event::Busy { busy: Some(Busy { state: BusyState::Interrupting, ..busy }) },
    ];
    events.extend((10..10 + SNAPS_KEPT as u32).map(|id| snap(id, "s")));
    events
}

fn large_values_and_activity() -> Vec<Event> {
    let stop = StopId(1);
    let set = VariablesId(1);
    let page = |start: u64, set: VariablesId| Event::Page {
        stop,
        variables: set,
        start,
        total: 1_000_000,
        items: vec![variable(&start.to_string(), None)],
    };
    let text = |name: &str, start: u64| Event::Text {
        stop,
        variables: set,
        name: name.into(),
        start,
        total: 245_792,
        text: "é piece".into(),
    };
    let table = TablePage {
        start: 0,
        total: 2,
        columns: vec!["a".into()],
        total_columns: 1,
        index: vec!["0".into(), "1".into()],
        rows: vec![vec!["1".into()], vec!["2".into()]],
        sort: Some("a".into()),
        descending: false,
    };
    let place = CodePlace { function: "wait".into(), path: None, line: 3 };
    let activity = |stop: u32| Event::Activity {
        stop: StopId(stop),
        threads: vec![ThreadActivity { id: ThreadId(1), held: true, place: Some(place.clone()) }],
        tasks: vec![Task {
            name: "Task-1".into(),
            coroutine: "main".into(),
            state: TaskState::Waiting,
            waits_for: Some("<Future pending>".into()),
            stack: vec![place.clone()],
            thread: None,
        }],
        total_tasks: 1,
    };
    let mut events = vec![
        started(),
        attached(),
        stopped(1),
        page(0, set),
        Event::Variables {
            stop,
            variables: set,
            items: vec![variable("items", Some(2)), variable("text", None)],
            truncated: true,
        },
        page(0, set),
        page(100, set),
        page(0, set),
        page(0, VariablesId(7)),
        text("text", 0),
        text("text", 4_096),
        text("other", 0),
        Event::Table { stop, variables: VariablesId(2), table: table.clone() },
        Event::Table { stop: StopId(9), variables: VariablesId(2), table },
        activity(1),
        activity(2),
        Event::Dropped {
            stop,
            parts: vec![
                Part::Page { variables: set, start: 100 },
                Part::Page { variables: set, start: 300 },
                Part::Page { variables: VariablesId(7), start: 0 },
                Part::Text { variables: set, name: "other".into() },
                Part::Table { variables: VariablesId(2) },
            ],
        },
        Event::Dropped { stop: StopId(9), parts: vec![Part::Set { variables: set }] },
        Event::Variables { stop, variables: VariablesId(3), items: vec![], truncated: false },
        Event::Variables { stop, variables: VariablesId(4), items: vec![], truncated: false },
        Event::Dropped { stop, parts: vec![Part::Set { variables: VariablesId(3) }] },
        Event::ExpressionSet {
            stop,
            frame: FrameId(1),
            expression: "a.b".into(),
            item: variable("a.b", None),
        },
        Event::Evaluated {
            stop: Some(stop),
            frame: Some(FrameId(1)),
            expression: "lamp".into(),
            outcome: Outcome::Value(variable("", None)),
            context: EvaluateContext::Hover,
            since: None,
        },
    ];
    events.extend((0..PAGES_KEPT as u64 + 2).map(|at| page(1_000 + at * 100, set)));
    events.extend((0..TEXTS_KEPT + 2).map(|at| text(&format!("t{at}"), 0)));
    events
}

fn watches_and_proposals() -> Vec<Event> {
    let watch =
        |id: u32| Watch { id: WatchId(id), expression: format!("levels[{id}]"), author: person(1).id };
    let value = |stop: u32, watch: u32| Event::WatchValue {
        stop: StopId(stop),
        watch: WatchId(watch),
        outcome: Outcome::Value(variable("", None)),
    };
    let proposed = |id: u32, action: Proposed| Event::ProposalMade {
        proposal: Proposal { id: ProposalId(id), by: person(2).id, action },
    };
    let next = || Proposed::Command { command: Box::new(Command::Next { stop: StopId(1), thread: None }) };
    let draft = BreakpointDraft {
        path: "/app/porch.py".into(),
        line: 7,
        function: None,
        condition: Some("x > 1".into()),
        hit_condition: None,
        log_message: None,
        snap: false,
    };
    let ended = |id: u32, how, message: Option<&str>, outcome| Event::ProposalEnded {
        proposal: ProposalId(id),
        how,
        message: message.map(Into::into),
        outcome,
    };
    let mut events = vec![
        started(),
        Event::WatchSet { watch: watch(1) },
        Event::WatchSet { watch: watch(2) },
        Event::WatchSet { watch: watch(10) },
        value(1, 1),
        Event::WatchValue { stop: StopId(1), watch: WatchId(1), outcome: Outcome::Error("NameError".into()) },
        value(1, 3),
        Event::WatchRemoved { watch: WatchId(2) },
        proposed(1, next()),
        proposed(2, Proposed::Breakpoint { draft, instead_of: Some("b1".into()) }),
        ended(1, ProposalEnd::Declined, None, None),
        ended(2, ProposalEnd::Failed, Some("no code there"), None),
        ended(3, ProposalEnd::Expired, None, None),
        proposed(3, next()),
        ended(3, ProposalEnd::Run, None, Some(Outcome::Value(variable("", None)))),
    ];
    events.extend((2..2 + WATCH_VALUES_KEPT as u32).map(|stop| value(stop, 1)));
    events.extend((4..4 + PROPOSALS_KEPT as u32).map(|id| proposed(id, next())));
    events
}

fn printed(category: OutputCategory, text: &str) -> Event {
    Event::Output { category, text: text.to_owned(), process: ProcessId(0) }
}

fn lists_are_bounded() -> Vec<Event> {
    let mut events = vec![started()];
    for number in 0..OUTPUT_KEPT + 3 {
        events.push(Event::Output {
            category: OutputCategory::Stderr,
            text: format!("{number}\n"),
            process: ProcessId(0),
        });
    }
    for number in 0..CHAT_KEPT + 3 {
        events.push(Event::Chat { text: number.to_string() });
    }
    for number in 0..EVALUATIONS_KEPT + 3 {
        let outcome = Outcome::Value(variable("", None));
        let (expression, context) = (number.to_string(), EvaluateContext::Repl);
        events.push(Event::Evaluated { stop: None, frame: None, expression, outcome, context, since: None });
    }
    events
}

fn what_names_nothing_known() -> Vec<Event> {
    let nobody = person(7).id;
    vec![
        started(),
        Event::Left { participant: nobody, reason: LeaveReason::Disconnected },
        Event::Hand { participant: nobody, raised: true },
        Event::CodeRight { participant: nobody, granted: true },
        Event::PauseRequested,
        stopped(3),
        stack(2),
        Event::Hit { stop: StopId(2), entries: vec!["a".into()] },
        Event::Threads { stop: StopId(2), threads: Vec::new() },
        Event::Scopes { stop: StopId(2), frame: FrameId(1), scopes: Vec::new() },
        Event::Variables { stop: StopId(2), variables: VariablesId(1), items: Vec::new(), truncated: true },
        Event::VariableSet { stop: StopId(3), variables: VariablesId(1), item: variable("x", None) },
        Event::BreakpointRemoved { id: "none".into() },
        Event::NoteRemoved { id: NoteId::from("none") },
        Event::ReplyRemoved { id: NoteId::from("none") },
    ]
}

fn lost_restarted_and_a_gap() -> Vec<Event> {
    vec![
        started(),
        attached(),
        Event::BreakpointSet { entry: entry("a", 7) },
        Event::BreakpointsResolved {
            results: vec![BreakpointResult {
                id: "a".into(),
                verified: true,
                line: None,
                message: None,
                failed: false,
            }],
        },
        stopped(1),
        child(1, None),
        Event::Lost { message: "the connection to debugpy ended".into() },
        attached(),
        Event::Gap { to: JournalSeq(20), reason: "the disk was full".into() },
        Event::Restarting,
        attached(),
        Event::Ended { reason: EndReason::DebuggeeExited, message: "The program ended.".into() },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_kind_of_event_is_in_a_vector() {
        let seen: BTreeSet<&str> = all()
            .iter()
            .flat_map(|vector| vector.events.iter().map(|envelope| envelope.event.kind()))
            .collect();
        // One line per variant in the generated TypeScript: `"type": "stopped"`.
        let declared = <Event as ts_rs::TS>::decl(&ts_rs::Config::default());
        let declared: BTreeSet<&str> =
            declared.split("\"type\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(seen, declared);
    }

    #[test]
    fn the_committed_vectors_are_current() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
        for vector in all() {
            let path = folder.join(format!("{}.json", vector.name));
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            let current = serde_json::to_string_pretty(&vector).unwrap() + "\n";
            assert!(committed == current, "{} is out of date: run `cargo xtask codegen`", path.display());
        }
    }

    #[test]
    fn a_recording_from_before_choices_were_kept_is_read() {
        let old = r#"{"type":"attached","python":"3.11.7","debugpy":null,"pid":7}"#;
        let event: Event = serde_json::from_str(old).unwrap();
        assert!(matches!(&event, Event::Attached { choice, .. } if choice.is_none()));
        assert_eq!(serde_json::to_string(&event).unwrap(), old, "nothing is added where nothing was chosen");
    }

    #[test]
    fn a_snapshot_survives_its_journey() {
        for vector in all() {
            let text = serde_json::to_string(&vector.snapshot).unwrap();
            assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), vector.snapshot, "{}", vector.name);
        }
    }

    #[test]
    fn folding_can_start_anywhere() {
        for vector in all() {
            let mut first = Snapshot::default();
            let (head, tail) = vector.events.split_at(vector.events.len() / 2);
            head.iter().for_each(|envelope| first.apply(envelope));
            let text = serde_json::to_string(&first).unwrap();
            let mut second: Snapshot = serde_json::from_str(&text).unwrap();
            tail.iter().for_each(|envelope| second.apply(envelope));
            assert_eq!(second, vector.snapshot, "{}", vector.name);
        }
    }
}
