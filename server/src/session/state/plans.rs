//! Random plans of many users against the pure state, checking the product's promises.
//!
//! The debuggee here is a model of what debugpy was measured to do: it answers each request once, stops and resumes
//! when told to, and is bricked for good by a `continue` while it runs. proptest shrinks a failing plan and saves it in
//! `server/proptest-regressions/`, to be run again by every later test.

use super::{Effect, Input, MAIN, Restart};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::{ClientMessage, ClientSeq, Command, ConnectionId, ErrorBody, ErrorCode, StopId};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

mod commands;
mod editors;
mod late;
mod model;
mod parts;
mod process;
mod promises;
mod replicas;
mod settle;
mod visitors;

use commands::PICKS;
use editors::Does;
use model::World;
use visitors::Visits;

/// One thing that happens. Small numbers choose among what there is.
#[derive(Debug, Clone)]
enum Op {
    Connect {
        who: usize,
        socket: u64,
    },
    Disconnect {
        socket: u64,
    },
    Command {
        socket: u64,
        pick: u8,
        stop: i32,
        arg: usize,
    },
    Breakpoint {
        who: usize,
        entry: u8,
        line: u32,
        keep: bool,
    },
    /// A snap point captures something, in one process or another; it may be gone by then, or none.
    Snaps {
        entry: u8,
        at: usize,
    },
    /// An entry is reached too often.
    Disarms {
        entry: u8,
        turn: u32,
        at: usize,
    },
    /// debugpy gets to its next request, in one process or another.
    Answer {
        fails: bool,
        at: usize,
    },
    /// Its next answer is late, and later.
    Late {
        at: usize,
        how: u8,
    },
    /// The program runs into something, in one frame or another.
    Hits {
        frame: i64,
        at: usize,
    },
    /// A process starts another one.
    Forks {
        at: usize,
    },
    /// Attaching to a child is done.
    ChildAttaches {
        fails: bool,
    },
    ChildEnds {
        at: usize,
    },
    Continued,
    Output,
    Time {
        ms: u64,
    },
    Lost,
    /// The server dies and is started again.
    Killed,
    AttachAgain,
    RemovedByTicket {
        who: usize,
    },
    /// An editor on the wire.
    Editor(Does),
    /// Somebody who asks to come in.
    Visitor(Visits),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..4usize, 0..8u64).prop_map(|(who, socket)| Op::Connect { who, socket }),
        1 => (0..8u64).prop_map(|socket| Op::Disconnect { socket }),
        24 => (0..8u64, 0..PICKS, prop_oneof![1 => Just(-1), 6 => Just(0), 1 => Just(1)], 0..6usize)
            .prop_map(|(socket, pick, stop, arg)| Op::Command { socket, pick, stop, arg }),
        4 => (0..4usize, 0..4u8, 1..6u32, any::<bool>())
            .prop_map(|(who, entry, line, keep)| Op::Breakpoint { who, entry, line, keep }),
        1 => (0..4u8, 0..3usize).prop_map(|(entry, at)| Op::Snaps { entry, at }),
        1 => (0..4u8, 0..2u32, 0..3usize).prop_map(|(entry, turn, at)| Op::Disarms { entry, turn, at }),
        20 => (any::<u8>(), 0..3usize).prop_map(|(n, at)| Op::Answer { fails: n < 20, at }),
        3 => (0..3usize, 0..20u8).prop_map(|(at, how)| Op::Late { at, how }),
        8 => (1..3i64, 0..3usize).prop_map(|(frame, at)| Op::Hits { frame, at }),
        2 => (0..3usize).prop_map(|at| Op::Forks { at }),
        4 => any::<u8>().prop_map(|n| Op::ChildAttaches { fails: n < 30 }),
        1 => (0..3usize).prop_map(|at| Op::ChildEnds { at }),
        1 => Just(Op::Continued),
        1 => Just(Op::Output),
        2 => (1..20_000u64).prop_map(|ms| Op::Time { ms }),
        1 => Just(Op::Lost),
        1 => Just(Op::Killed),
        2 => Just(Op::AttachAgain),
        1 => (0..4usize).prop_map(|who| Op::RemovedByTicket { who }),
        8 => editors::does().prop_map(Op::Editor),
        4 => visitors::visits().prop_map(Op::Visitor),
    ]
}

/// How a session begins.
#[derive(Debug, Clone, PartialEq)]
enum Begin {
    Attached,
    /// Somebody has to start it.
    Waiting,
    /// The same, with an editor and nobody else.
    ByEditor,
    /// … which has a session for a child process as well.
    ByEditorWithChild,
}

fn begin() -> impl Strategy<Value = Begin> {
    prop_oneof![6 => Just(Begin::Attached), 1 => Just(Begin::Waiting), 3 => Just(Begin::ByEditor), 2 => Just(Begin::ByEditorWithChild)]
}

#[test]
fn the_promises_hold_under_any_plan() {
    let config = ProptestConfig { cases: 2_000, ..ProptestConfig::with_source_file(file!()) };
    let reached: RefCell<BTreeMap<String, u32>> = RefCell::default();
    let plans = (begin(), proptest::collection::vec(op(), 1..140));
    let checked = TestRunner::new(config).run(&plans, |(begin, ops)| {
        let mut world = if begin == Begin::Attached { World::new() } else { World::waiting() };
        match begin {
            Begin::ByEditor => world.an_editor_comes(),
            Begin::ByEditorWithChild => {
                world.an_editor_comes();
                world.run(Op::Forks { at: 0 });
                world.editor_does(Does::TakesChild { fails: false });
            }
            Begin::Attached | Begin::Waiting => {
                for (who, socket) in [(0, 0), (2, 1), (3, 2)] {
                    world.run(Op::Connect { who, socket });
                }
            }
        }
        for op in ops {
            world.run(op);
        }
        world.settle();
        for what in world.promises.reached() {
            *reached.borrow_mut().entry(what).or_insert(0) += 1;
        }
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
    // Plans that never get anywhere would keep every promise.
    let reached = reached.into_inner();
    println!("plans in which it came to it: {reached:?}");
    for what in [
        "Run",
        "Failed",
        "Declined",
        "Withdrawn",
        "Expired",
        "code",
        "read",
        "watch value",
        "watch by code",
        "an editor attached",
        "an editor stepped",
        "an editor's child",
        "a child's session led",
        "an editor's list beside others'",
        "an editor shared",
        "an editor was refused",
        "a guest was let in",
        "a guest was turned away",
        "a part was dropped",
    ] {
        assert!(
            reached.get(what).is_some_and(|plans| *plans >= 5),
            "too few plans came to `{what}`: {reached:?}"
        );
    }
}

#[test]
fn two_who_press_continue_at_once_make_one() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    world.run(Op::Connect { who: 0, socket: 2 });
    world.run(Op::Hits { frame: 1, at: 0 });
    world.upstream(MAIN, false);
    world.command(1, 0, 0, 0);
    let effects = world.state.apply(
        99,
        Input::Command {
            connection: ConnectionId(2),
            message: ClientMessage { id: ClientSeq(1), command: Command::Continue { stop: StopId(1) } },
        },
    );
    let [Effect::Reply { error: Some(error), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(error.code, ErrorCode::StaleStop);
}

#[test]
fn a_driver_who_is_gone_lets_go_after_the_configured_time() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    assert_eq!(world.fold.driver, Some(world.people[0].id), "the first host gets the wheel unasked");
    world.run(Op::Disconnect { socket: 1 });
    world.run(Op::Time { ms: 29_000 });
    assert!(world.fold.driver.is_some());
    world.run(Op::Time { ms: 2_000 });
    assert_eq!(world.fold.driver, None);
}

#[test]
fn a_session_that_waits_is_started_once_and_again_if_it_failed() {
    let mut world = World::waiting();
    world.run(Op::Connect { who: 0, socket: 1 });
    world.run(Op::Connect { who: 2, socket: 2 });
    world.run(Op::Breakpoint { who: 2, entry: 1, line: 2, keep: true });
    let refused = |world: &mut World, socket: u64| {
        let message =
            ClientMessage { id: ClientSeq(900), command: Command::Start { options: Default::default() } };
        let effects = world.state.apply(99, Input::Command { connection: ConnectionId(socket), message });
        let [Effect::Reply { error: Some(error), .. }] = &effects[..] else { panic!("{effects:?}") };
        error.code
    };
    assert_eq!(refused(&mut world, 2), ErrorCode::NotAllowed, "only a host starts it");
    world.command(1, 23, 0, 5);
    assert_eq!(refused(&mut world, 1), ErrorCode::AlreadyStarted);
    let why = ErrorBody::new(ErrorCode::DebuggerNotActive, "Nothing listens there.");
    world.first_attach(Err(why));
    assert_eq!(world.fold.phase, Phase::Starting);
    assert!(world.fold.output.iter().any(|line| line.text.contains("Nothing listens there.")));
    world.command(1, 23, 0, 5);
    let setup = world.state.setup();
    assert_eq!(setup.breakpoints.len(), 1, "what was set before is told before the program goes on");
    world.first_attach(Ok(()));
    world.settle();
    assert!(matches!(world.fold.phase, Phase::Running { .. }));
}

#[test]
fn ending_while_a_command_waits_ends_the_command_too() {
    let mut world = World::new();
    world.run(Op::Connect { who: 0, socket: 1 });
    world.run(Op::Hits { frame: 1, at: 0 });
    world.upstream(MAIN, false);
    world.command(1, 14, 0, 5);
    world.input(Input::End { by: None, restart: Restart::No });
    world.settle();
    assert!(matches!(world.fold.phase, Phase::Ended { .. }));
}
