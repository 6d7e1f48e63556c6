//! Editors on the wire in a plan: they ask debugpy by the session's own connection, and must hear the end of all they ask.
//!
//! What the editor's adapter does is done here as well: the list that debugpy took is put into the room, and a list for a
//! file in which others have entries isn't sent, unless the editor has not heard of them yet.

use super::Op;
use super::model::{FILE, World, plain};
use crate::session::state::{DocInput, Effect, Input, MAIN};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::upstream::{Answer, AskId, FromUpstream, Prepared};
use breakroom_protocol::wire::{WireAsk, WireEditor, WireEvent, WireRequest, WireResponse, WireWord};
use breakroom_protocol::{BreakpointEntry, EntryId, ErrorBody, ErrorCode, ProcessId};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whose they are.
pub(super) const WHO: usize = 1;

/// What an editor does, or what becomes of its connection. `at` chooses among them.
#[derive(Debug, Clone)]
pub(super) enum Does {
    Comes,
    /// debugpy takes the connection, or doesn't.
    Opens {
        fails: bool,
    },
    Asks {
        at: usize,
        pick: u8,
        arg: usize,
    },
    /// Its list for the file, perhaps before it has heard of what others set there.
    Lists {
        lines: BTreeSet<u32>,
        stale: bool,
    },
    Leaves {
        at: usize,
    },
    /// Somebody else takes one of its entries away, or disables it.
    IsTouched {
        at: usize,
        removed: bool,
    },
    /// debugpy was left after one that did not attach.
    IsLeft,
    /// One comes for a child that it was told of.
    TakesChild {
        fails: bool,
    },
}

pub(super) fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        2 => Just(Does::Comes),
        3 => any::<u8>().prop_map(|n| Does::Opens { fails: n < 30 }),
        12 => (0..3usize, 0..14u8, 0..6usize).prop_map(|(at, pick, arg)| Does::Asks { at, pick, arg }),
        4 => (lines(), any::<bool>()).prop_map(|(lines, stale)| Does::Lists { lines, stale }),
        2 => (0..3usize).prop_map(|at| Does::Leaves { at }),
        2 => Just(Does::IsLeft),
        2 => (0..3usize, any::<bool>()).prop_map(|(at, removed)| Does::IsTouched { at, removed }),
        4 => any::<u8>().prop_map(|n| Does::TakesChild { fails: n < 30 }),
    ]
}

fn lines() -> impl Strategy<Value = BTreeSet<u32>> {
    proptest::collection::btree_set(prop_oneof![Just(1u32), Just(3), 6..9u32], 0..3)
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Editors {
    wanted: Option<String>,
    opening: VecDeque<ProcessId>,
    on: BTreeMap<ProcessId, Editor>,
    leaving: VecDeque<ProcessId>,
    /// Children that an editor was told of, by the number in their arguments.
    offers: Vec<i64>,
    /// What the program's own editor lists for the file; its children's sessions list the same.
    list: BTreeSet<u32>,
    came: u32,
    asked: u64,
}

/// One that was let in.
#[derive(Debug)]
struct Editor {
    prefix: String,
    let_in: bool,
    /// It puts what it lists into the room.
    leads: bool,
    asked: BTreeMap<u64, WireAsk>,
    superseded: BTreeSet<u64>,
}

impl Editors {
    /// The session is over: connections that are under way end in nothing.
    pub fn finished(&mut self) {
        self.on.clear();
        self.opening.clear();
        self.leaving.clear();
    }

    /// How many children wait for an editor.
    pub fn offered(&self) -> u32 {
        self.offers.len() as u32
    }
}

impl World {
    /// Somebody's editor is first, and attaches.
    pub fn an_editor_comes(&mut self) {
        self.editor_does(Does::Comes);
        self.editor_does(Does::Opens { fails: false });
        for pick in [0, 1] {
            self.editor_does(Does::Asks { at: 0, pick, arg: 1 });
            self.upstream(MAIN, false);
        }
        assert!(self.attached);
    }

    pub fn editor_does(&mut self, does: Does) {
        match does {
            Does::Comes => {
                self.editors.came += 1;
                let prefix = format!("e{}-", self.editors.came);
                let who = self.people[WHO].id;
                self.editors.wanted = Some(prefix.clone());
                self.input(Input::WireWanted(WireEditor { who, prefix }));
                let decided = self.editors.wanted.take().is_none();
                // It is told so by the end of what ran the session.
                assert!(decided || matches!(self.fold.phase, Phase::Ended { .. }), "it waits for ever");
            }
            Does::Opens { fails } => self.opens(fails),
            Does::Asks { at, pick, arg } => {
                if let Some(process) = self.some_editor(at) {
                    let (command, arguments) = self.wording(process, pick, arg);
                    self.asks_by_wire(process, &command, arguments);
                }
            }
            Does::Lists { lines, stale } => self.lists(lines, stale),
            Does::Leaves { at } => {
                if let Some(process) = self.some_editor(at) {
                    self.editors.on.remove(&process);
                    self.input(Input::WireGone(process));
                }
            }
            Does::IsTouched { at, removed } => {
                let own = self.fold.breakpoints.values().map(|state| state.entry.clone());
                let mut own = own.filter(|entry| entry.id.0.starts_with('e'));
                let count = own.clone().count();
                let Some(entry) = own.nth(at % count.max(1)) else { return };
                let by = self.people[0].id;
                let change = if removed {
                    DocInput::BreakpointRemoved(entry.id)
                } else {
                    DocInput::BreakpointSet(BreakpointEntry { enabled: false, ..entry })
                };
                self.input(Input::Doc { by, change });
            }
            Does::TakesChild { fails } => self.takes_child(fails),
            Does::IsLeft => {
                if let Some(process) = self.editors.leaving.pop_front() {
                    self.input(Input::WireLeft(process));
                }
            }
        }
    }

    fn takes_child(&mut self, fails: bool) {
        let Some(pid) = self.editors.offers.first().copied() else { return };
        let before: BTreeSet<_> = self.editors.on.keys().copied().collect();
        self.editor_does(Does::Comes);
        let came = self.editors.on.keys().copied().find(|process| !before.contains(process));
        while !self.editors.opening.is_empty() {
            self.opens(false);
        }
        let Some(process) = came.filter(|process| self.editors.on.contains_key(process)) else { return };
        self.asks_by_wire(process, "attach", json!({ "subProcessId": pid }));
        self.upstream(process, fails);
    }

    fn lists(&mut self, lines: BTreeSet<u32>, stale: bool) {
        let leads = |(_, editor): &(_, &Editor)| editor.let_in && editor.leads;
        let Some((&lead, editor)) = self.editors.on.iter().find(leads) else { return };
        if !self.attached {
            return;
        }
        let prefix = editor.prefix.clone();
        self.editors.list = lines;
        let alone = self
            .fold
            .breakpoints
            .iter()
            .all(|(id, state)| id.0.starts_with(&prefix) || state.entry.path != FILE);
        if !alone && stale {
            self.promises.came_to("an editor's list beside others'");
        }
        let all: Vec<_> = self.editors.on.keys().copied().collect();
        for process in all {
            if process != lead || alone || stale {
                self.lists_by_wire(process);
            } else {
                // What debugpy answers to an older list isn't put into the room any more.
                let editor = self.editors.on.get_mut(&process).expect("it lists");
                editor.superseded.extend(editor.asked.keys().copied());
                self.puts_into_the_room(&prefix, &self.editors.list.clone());
            }
        }
    }

    fn lists_by_wire(&mut self, process: ProcessId) {
        let attached = self.processes.get(&process).is_some_and(|process| process.attached);
        if attached && self.editors.on.contains_key(&process) {
            let list: Vec<_> = self.editors.list.iter().map(|line| json!({ "line": line })).collect();
            let arguments = json!({ "source": { "path": FILE }, "breakpoints": list });
            self.asks_by_wire(process, "setBreakpoints", arguments);
        }
    }

    fn opens(&mut self, fails: bool) {
        let Some(process) = self.editors.opening.pop_front() else { return };
        if fails {
            let error = ErrorBody::new(ErrorCode::DebuggerNotActive, "Nothing listens there.");
            return self.input(Input::WireOpened(process, Err(error)));
        }
        let connection = super::process::Process { frame: 1, ..Default::default() };
        let before = self.processes.insert(process, connection);
        assert!(before.is_none(), "debugpy takes one client");
        self.input(Input::WireOpened(process, Ok(())));
    }

    fn some_editor(&self, at: usize) -> Option<ProcessId> {
        let mut on = self.editors.on.iter().filter(|(_, editor)| editor.let_in).map(|(process, _)| *process);
        let count = on.clone().count();
        on.nth(at % count.max(1))
    }

    fn wording(&mut self, process: ProcessId, pick: u8, arg: usize) -> (String, Value) {
        let attached = self.processes.get(&process).is_some_and(|process| process.attached);
        let pick = if attached || arg > 3 || pick == 0 { pick } else { 1 };
        let (command, arguments) = match pick {
            0 => ("initialize", json!({ "supportsStartDebuggingRequest": arg.is_multiple_of(2) })),
            1 if process == MAIN => ("attach", json!({ "justMyCode": true })),
            1 => {
                let pid = self.editors.offers.get(arg % self.editors.offers.len().max(1));
                ("attach", json!({ "subProcessId": pid.copied().unwrap_or(999) }))
            }
            2 | 3 => ("next", json!({ "threadId": 1 })),
            4 => ("stepOut", json!({ "threadId": 1 })),
            5 | 6 => ("continue", json!({ "threadId": 1 })),
            7 | 8 => ("pause", json!({ "threadId": 1 })),
            9 => {
                let code = format!("wire({})", self.next_code);
                self.next_code += 1;
                self.promises.sent_by_wire(&code);
                ("evaluate", json!({ "expression": code, "frameId": 1, "context": "repl" }))
            }
            10 => ("setExceptionBreakpoints", json!({ "filters": ["raised"] })),
            11 if arg < 2 => ("terminate", json!({})),
            11 if arg < 4 => ("disconnect", json!({ "terminateDebuggee": arg == 3 })),
            12 => ("loadedSources", json!({})),
            _ => ("threads", json!({})),
        };
        (command.to_owned(), arguments)
    }

    fn asks_by_wire(&mut self, process: ProcessId, command: &str, arguments: Value) {
        self.editors.asked += 1;
        let ask = WireAsk { id: self.editors.asked, command: command.to_owned(), arguments };
        let editor = self.editors.on.get_mut(&process).expect("it is on the wire");
        editor.asked.insert(ask.id, ask.clone());
        self.sender = Some(WHO);
        self.input(Input::Wire(process, ask));
        self.sender = None;
    }

    pub fn wire_effect(&mut self, effect: Effect) {
        match effect {
            Effect::OpenWire { process, prefix } => {
                assert_eq!(self.editors.wanted.take().as_ref(), Some(&prefix));
                let alone = process != MAIN || !(self.starting || self.attached || self.connected());
                assert!(alone, "attached to twice");
                self.editors.opening.push_back(process);
                let editor = Editor {
                    prefix,
                    let_in: false,
                    leads: process == MAIN,
                    asked: BTreeMap::new(),
                    superseded: BTreeSet::new(),
                };
                let before = self.editors.on.insert(process, editor);
                assert!(before.is_none(), "two on one wire");
            }
            Effect::RefuseWire(prefix) => {
                assert_eq!(self.editors.wanted.take(), Some(prefix));
                self.promises.came_to("an editor was refused");
            }
            Effect::LetInWire(process) => {
                let editor = self.editors.on.get_mut(&process).expect("it waits for this");
                assert!(!std::mem::replace(&mut editor.let_in, true), "let in twice");
            }
            Effect::TellWire(process, word) => self.told(process, word),
            Effect::EndWire(process) => {
                // Whatever it asked has ended by that.
                self.editors.on.remove(&process);
            }
            Effect::LeaveWire(process) => {
                // Nothing of it is read any more.
                self.processes.remove(&process);
                self.editors.leaving.push_back(process);
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn told(&mut self, process: ProcessId, word: WireWord) {
        let Some(editor) = self.editors.on.get_mut(&process) else { return };
        match word {
            WireWord::Answer { id, outcome } => {
                let ask = editor.asked.remove(&id).expect("asked once, answered once");
                let taken = outcome.is_ok_and(|response| response.success);
                let prefix = editor.prefix.clone();
                let newest = !editor.superseded.contains(&id);
                if ask.command == "setBreakpoints" && taken && editor.leads && newest {
                    self.puts_into_the_room(&prefix, &listed(&ask.arguments));
                }
            }
            WireWord::Shared { id } => {
                editor.asked.remove(&id).expect("asked once, answered once");
                self.promises.came_to("an editor shared");
            }
            WireWord::Child(arguments) => {
                self.editors.offers.push(arguments["subProcessId"].as_i64().unwrap());
            }
            WireWord::Event(_) => {}
            WireWord::Leads => {
                assert!(!std::mem::replace(&mut editor.leads, true), "told once");
                let leading = self.editors.on.values().filter(|editor| editor.leads).count();
                assert_eq!(leading, 1, "one sees to the room");
                self.promises.came_to("a child's session led");
            }
        }
    }

    fn puts_into_the_room(&mut self, prefix: &str, lines: &BTreeSet<u32>) {
        let by = self.people[WHO].id;
        let own: BTreeMap<EntryId, u32> = self
            .fold
            .breakpoints
            .iter()
            .filter(|(id, _)| id.0.starts_with(prefix))
            .map(|(id, state)| (id.clone(), state.entry.line))
            .collect();
        for (id, _) in own.iter().filter(|(_, line)| !lines.contains(line)) {
            self.input(Input::Doc { by, change: DocInput::BreakpointRemoved(id.clone()) });
        }
        for line in lines.iter().filter(|line| !own.values().any(|own| own == *line)) {
            let entry = plain(format!("{prefix}{line}"), *line, by);
            self.input(Input::Doc { by, change: DocInput::BreakpointSet(entry) });
        }
    }

    /// debugpy's answer to an editor.
    pub fn answers_editor(&mut self, process: ProcessId, ask: AskId, request: &WireRequest, fails: bool) {
        let Some(from) = self.processes.get_mut(&process) else { return };
        let mut response = WireResponse { success: !fails, ..WireResponse::default() };
        match request.command() {
            "initialize" => response.success = true,
            "attach" if from.attached => response.success = false,
            "attach" if !fails => {
                from.attached = true;
                self.attached |= process == MAIN;
                let known = Prepared { fresh: true, ..Prepared::default() };
                self.input(Input::Upstream(process, FromUpstream::Prepared(known)));
                self.promises.came_to(if process == MAIN {
                    "an editor attached"
                } else {
                    "an editor's child"
                });
            }
            _ if !from.attached => response.success = false,
            _ if request.resumes() => {
                response.success = true;
                self.promises.came_to("an editor stepped");
            }
            "pause" if !fails => from.hit("pause"),
            "setBreakpoints" => {
                response.success = true;
                from.lines = listed(request.arguments());
                let answers: Vec<_> = from
                    .lines
                    .iter()
                    .map(|line| json!({ "id": line, "verified": true, "line": line }))
                    .collect();
                response.body = Some(json!({ "breakpoints": answers }));
            }
            _ => {}
        }
        let event = WireEvent { event: "output".into(), body: None };
        self.input(Input::Upstream(process, FromUpstream::Wire(event)));
        let attached = request.command() == "attach" && response.success;
        let outcome = Ok(Answer::Wire(response));
        self.input(Input::Upstream(process, FromUpstream::Answer { ask, outcome }));
        if attached && process != MAIN {
            // It lists for each of its sessions.
            self.lists_by_wire(process);
        }
    }

    /// Connections that are being made or left are that.
    pub fn editors_settle(&mut self) {
        while !self.editors.opening.is_empty() {
            self.opens(false);
        }
        while let Some(process) = self.editors.leaving.pop_front() {
            self.input(Input::WireLeft(process));
        }
    }

    /// A child doesn't wait any more.
    pub fn seen_to(&mut self, arguments: &str) {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        let pid = arguments["subProcessId"].as_i64().expect("as debugpy announced it");
        self.editors.offers.retain(|offer| *offer != pid);
        // An editor may ask again, also for what was never announced.
        if pid <= i64::from(self.announced) && self.seen_to.insert(pid) {
            self.taken += 1;
        }
    }

    /// Nobody waits for an answer, and no child for an editor.
    pub fn editors_are_settled(&self) {
        for (process, editor) in &self.editors.on {
            assert!(editor.let_in, "{process}: not let in, and not refused");
            assert!(editor.asked.is_empty(), "{process}: asked without an end: {:?}", editor.asked);
        }
        let dropped = self.editors.offers.is_empty();
        assert!(dropped, "children that wait for ever: {:?}", self.editors.offers);
    }
}

fn listed(arguments: &Value) -> BTreeSet<u32> {
    let list = arguments["breakpoints"].as_array().unwrap();
    list.iter().map(|item| item["line"].as_u64().unwrap() as u32).collect()
}

/// A session that an editor has started.
fn by_editor() -> World {
    let mut world = World::waiting();
    world.an_editor_comes();
    world
}

fn lists(lines: impl IntoIterator<Item = u32>, stale: bool) -> Does {
    Does::Lists { lines: lines.into_iter().collect(), stale }
}

#[test]
fn a_second_attach_changes_nothing() {
    let mut world = by_editor();
    world.run(Op::Hits { frame: 1, at: 0 });
    world.upstream(MAIN, false);
    world.editor_does(Does::Asks { at: 0, pick: 1, arg: 5 });
    world.settle();
    assert_eq!(world.fold.phase, Phase::Stopped);
    world.editor_does(Does::Leaves { at: 0 });
    world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep: true });
    world.settle();
}

#[test]
fn what_others_set_and_take_away_in_a_file_that_the_editor_never_listed_is_gone() {
    let mut world = by_editor();
    for keep in [true, false] {
        world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep });
    }
    world.settle();
}

#[test]
fn an_editor_that_lists_before_it_heard_of_others_takes_nothing_from_them() {
    for removed_in_time in [false, true] {
        let mut world = by_editor();
        world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep: true });
        world.editor_does(lists([3], true));
        if removed_in_time {
            world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep: false });
        }
        world.settle();
        assert_eq!(world.fold.breakpoints.len(), if removed_in_time { 1 } else { 2 });
    }
}

#[test]
fn what_somebody_takes_from_an_editor_s_list_is_gone() {
    for removed in [true, false] {
        let mut world = by_editor();
        world.editor_does(lists([1, 3], false));
        world.settle();
        world.editor_does(Does::IsTouched { at: 0, removed });
        world.settle();
        assert_eq!(world.processes[&MAIN].lines.len(), 1);
    }
}

#[test]
fn a_child_has_what_its_editor_lists_for_it() {
    let mut world = by_editor();
    world.editor_does(lists([1, 3], false));
    world.run(Op::Forks { at: 0 });
    world.editor_does(Does::TakesChild { fails: false });
    world.settle();
    assert_eq!(world.processes.len(), 2);
    world.run(Op::Breakpoint { who: 0, entry: 1, line: 6, keep: true });
    world.settle();
}

#[test]
fn what_was_put_behind_a_child_s_list_goes_when_it_is_taken_away() {
    let mut world = by_editor();
    world.run(Op::Forks { at: 0 });
    world.editor_does(Does::TakesChild { fails: false });
    world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep: true });
    world.editor_does(lists([], true));
    // The child is quicker than the program: it has heard of the editor's list, and of what is behind it.
    world.run(Op::Answer { fails: true, at: 1 });
    world.run(Op::Breakpoint { who: 0, entry: 1, line: 1, keep: false });
    world.settle();
}

#[test]
fn a_child_s_session_leads_once_the_program_s_own_has_left() {
    let mut world = by_editor();
    world.editor_does(lists([1], false));
    world.run(Op::Forks { at: 0 });
    world.editor_does(Does::TakesChild { fails: false });
    world.editor_does(Does::Leaves { at: 0 });
    world.editor_does(lists([1, 3], false));
    world.settle();
    let lines: BTreeSet<_> = world.fold.breakpoints.values().map(|state| state.entry.line).collect();
    assert_eq!(lines, [1, 3].into());
}

#[test]
fn a_child_of_a_child_whose_session_leads_is_the_editor_s_as_well() {
    let mut world = by_editor();
    world.run(Op::Forks { at: 0 });
    world.editor_does(Does::TakesChild { fails: false });
    world.editor_does(Does::Leaves { at: 0 });
    world.run(Op::Forks { at: 1 });
    assert_eq!(world.editors.offered(), 1);
    world.editor_does(Does::TakesChild { fails: false });
    assert_eq!((world.editors.offered(), world.editors.on.len()), (0, 2));
    world.settle();
}

#[test]
fn a_child_that_waits_for_an_editor_is_let_go_when_the_session_ends() {
    let mut world = by_editor();
    world.run(Op::Forks { at: 0 });
    assert_eq!(world.editors.offered(), 1);
    world.editor_does(Does::Asks { at: 0, pick: 11, arg: 2 });
    world.settle();
    assert!(matches!(world.fold.phase, Phase::Ended { .. }));
}

#[test]
fn a_step_while_it_runs_is_answered_and_meets_no_stop_that_is_on_its_way() {
    let mut world = by_editor();
    world.run(Op::Hits { frame: 1, at: 0 });
    world.editor_does(Does::Asks { at: 0, pick: 2, arg: 0 });
    world.settle();
    assert_eq!((world.fold.phase.clone(), world.execution_asked), (Phase::Stopped, 0));
}
