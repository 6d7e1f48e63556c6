//! What somebody may not do is read without asking, or proposed: and runs once, by who may, for the stop it was meant for.

use crate::support::person::{locals, top};
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server, until};
use breakroom_protocol::command::Proposed;
use breakroom_protocol::fold::{Phase, ProposalView};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    BreakpointDraft, Command, ErrorCode, EvaluateContext, Event, FrameId, Outcome, ProposalEnd, ProposalId,
    Snapshot, StopId,
};
use breakroom_test_support::debuggee::Debuggee;
use yrs::Any;

/// Leaves a word in `RAN` if something of it is done that looking at its variables does not.
const TRAPS: &str = r#"import time

RAN = []

class Trap:
    def __getitem__(self, key): RAN.append("getitem"); return 1
    def __call__(self): RAN.append("call"); return 1
    def __format__(self, spec): RAN.append("format"); return ""
    def __index__(self): RAN.append("index"); return 0
    def __neg__(self): RAN.append("neg"); return 0
    def __repr__(self): return "<a trap>"

def work():
    x = Trap()
    levels = [1, {"porch": "dim"}, [x]]
    RAN.clear()
    print("at work")

while True:
    work()
    time.sleep(0.02)
"#;

/// Ada, host and driver; Bob, collaborator; Eve, watcher; stopped at a line.
async fn room(server: &Server, debuggee: &Debuggee, line: u32) -> (Person, Person, Person) {
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), line, &[]).await;
    for person in [&ada, &bob, &eve] {
        person.sees_stop_at("app.py", line).await;
    }
    (ada, bob, eve)
}

fn evaluate(person: &Person, expression: &str) -> Command {
    let frame = top(&person.now()).map(|top| top.id);
    let (stop, context) = (Some(person.stop()), EvaluateContext::Hover);
    Command::Evaluate { stop, frame, expression: expression.to_owned(), context }
}

/// Proposes a command; the card's number.
async fn proposes(person: &Person, command: Command) -> ProposalId {
    offers(person, Proposed::Command { command: Box::new(command) }).await
}

async fn offers(person: &Person, action: Proposed) -> ProposalId {
    person.sends(Command::Propose { action }).await.done();
    // The event comes before the reply.
    *person.now().proposals.iter().rev().find(|(_, view)| view.proposal.by == person.id()).unwrap().0
}

fn card(now: &Snapshot, id: ProposalId) -> Option<&ProposalView> {
    now.proposals.get(&id)
}

/// Waits until a card has ended, for everybody alike.
async fn all_see_the_end(people: &[&Person], id: ProposalId, how: ProposalEnd) -> ProposalView {
    let mut ends = Vec::new();
    for person in people {
        let now = person
            .sees("the proposal's end", |now| card(now, id).is_some_and(|view| view.end.is_some()))
            .await;
        ends.push(card(&now, id).unwrap().clone());
    }
    assert!(ends.iter().all(|view| *view == ends[0]));
    let view = ends.remove(0);
    assert_eq!(view.end.as_ref().map(|end| end.how), Some(how), "{view:?}");
    view
}

async fn runs(person: &Person, proposal: ProposalId) -> Result<(), ErrorCode> {
    person.sends(Command::ProposalRun { proposal }).await.0.map_err(|error| error.code)
}

/// What a hover or the like gave.
async fn reads(person: &Person, expression: &str) -> Outcome {
    person.catches_up().await;
    let before = person.count("evaluated");
    person.sends(evaluate(person, expression)).await.done();
    let events = person.events();
    let mut evaluated = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Evaluated { expression: of, outcome, .. } if of == expression => {
            Some((envelope.by, outcome.clone()))
        }
        _ => None,
    });
    let (by, outcome) = evaluated.next_back().expect("the event comes before the reply");
    assert!(by == Some(person.id()) && person.count("evaluated") > before);
    outcome
}

fn value(outcome: Outcome) -> String {
    match outcome {
        Outcome::Value(item) => item.value,
        Outcome::Error(error) => error,
    }
}

#[tokio::test]
async fn a_watcher_reads_plain_names_and_nothing_else_of_theirs_runs() {
    let debuggee = Debuggee::start(TRAPS).await;
    let server = Server::share(&debuggee).await;
    let line = u32::try_from(TRAPS.lines().position(|line| line.contains("at work")).unwrap()).unwrap() + 1;
    let (ada, bob, eve) = room(&server, &debuggee, line).await;

    assert_eq!(value(reads(&eve, "levels[1]['porch']").await), "'dim'");
    assert_eq!(value(reads(&eve, "levels[0]").await), "1");
    assert_eq!(value(reads(&eve, "levels[2][-1]").await), "<a trap>");
    assert_eq!(value(reads(&eve, "RAN").await), "[]");
    assert_eq!(value(reads(&bob, "absent").await), "NameError: name 'absent' is not defined");
    assert_eq!(value(reads(&bob, "levels[7]").await), "IndexError: list index out of range");
    // What is read can be looked into, and a hover doesn't fill anybody's console.
    let Outcome::Value(levels) = reads(&eve, "levels").await else { panic!() };
    let inside = Command::Variables { stop: eve.stop(), variables: levels.variables.unwrap() };
    eve.sends(inside).await.done();
    assert_eq!(eve.up_to_date().await.evaluations, []);

    ada.catches_up().await;
    let before = ada.count("evaluated");
    for disguised in [
        "x.__class__",
        "x.y",
        "levels.__len__",
        "x()",
        "x[0]()",
        "levels[x]",
        "levels[x()]",
        "levels[levels[0]]",
        "levels[1][f'{x}']",
        "f'{x}'",
        "(y := x())",
        "levels[(y := 0)]",
        "x\nx()",
        "x;x()",
        "x\r\nx()",
        "x [ 0 ]",
        "levels [0]",
        "levels[ 0]",
        "levels[-x]",
        "levels[0:1]",
        "levels[x:]",
        "levels[not x]",
        "levels[0]if x()else 0",
        "levels[0b1]",
        "levels[0x1]",
        "levels[1_0]",
        "levels[99999999999999999999999]",
        "levels[01]",
        "levels[1e0]",
        "levels[1]['por' 'ch']",
        "levels[1]['por'+x]",
        "levels[1]['''porch''']",
        "levels[1][b'porch']",
        "levels[1]['\\N{BULLET}']",
        "levels[1]['porch'].x",
        "x\u{ff0e}y",
        "x\u{ff08}\u{ff09}",
        "levels\u{ff3b}0\u{ff3d}",
        "levels[\u{ff10}]",
        "levels[1][\u{2018}porch\u{2019}]",
        "x\u{2028}x()",
        "x\u{85}x()",
        "x\u{200b}",
        "\u{feff}x",
        "x\u{0}x()",
        "x#",
        "lambda: x()",
        "await x",
        "*x",
        "-x",
        "[x]",
        "{x}",
        "x if x() else x",
        "@LINE@x()",
        "x@LINE@x()",
        "__import__('os').system('true')",
    ] {
        let refused = eve.sends(evaluate(&eve, disguised)).await;
        assert_eq!(refused.0.unwrap_err().code, ErrorCode::ProposeInstead, "{disguised:?}");
    }
    for homoglyph in
        ["lеvels", "ｌevels_", "levels['@LINE@']", "levels[1]['@LINE@x()']", "levels[1]['\\'];x()#']"]
    {
        let outcome = reads(&eve, homoglyph).await;
        assert!(
            matches!(&outcome, Outcome::Error(error) if error.contains("Error")),
            "{homoglyph:?}: {outcome:?}"
        );
    }
    // Type of its own in the way: refused to a watcher, run for a host.
    let said = eve.sends(evaluate(&eve, "x[0]")).await.expect_refused(ErrorCode::ProposeInstead);
    assert!(said.contains("Trap"), "{said}");
    assert_eq!(value(reads(&eve, "RAN").await), "[]", "something of a watcher's ran");
    assert_eq!(value(reads(&ada, "x[0]").await), "1");
    assert_eq!(value(reads(&eve, "RAN").await), "['getitem']");
    let all = move |person: &Person| person.count("evaluated") - before;
    until("Ada has seen all of it", async || all(&ada) >= 8).await;
    assert_eq!(all(&ada), 8);

    // Without a stop and a frame a name is code.
    for (stop, frame) in [(None, None), (Some(eve.stop()), None)] {
        let (expression, context) = ("x".to_owned(), EvaluateContext::Hover);
        let refused = eve.sends(Command::Evaluate { stop, frame, expression, context }).await;
        refused.expect_refused(ErrorCode::ProposeInstead);
    }
    let (stop, frame) = (Some(StopId(99)), Some(FrameId(1)));
    let (expression, context) = ("x".to_owned(), EvaluateContext::Hover);
    eve.sends(Command::Evaluate { stop, frame, expression, context })
        .await
        .expect_refused(ErrorCode::StaleStop);
}

#[tokio::test]
async fn a_proposed_evaluation_runs_once_by_a_host_for_all_to_see() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob, eve) = room(&server, &debuggee, TICK_LINE).await;
    let all = [&ada, &bob, &eve];
    ada.sends(evaluate(&ada, "globals().__setitem__('runs', [])")).await.done();

    let id = proposes(&eve, evaluate(&eve, "runs.append(1) or len(runs) * 42")).await;
    for person in all {
        person.sees("the card", |now| card(now, id).is_some()).await;
    }
    // Whoever may not run code may not agree to it either: not who proposed it, not the driver.
    ada.sends(Command::GrantCode { participant: bob.id(), granted: true }).await.done();
    assert_eq!(runs(&eve, id).await, Err(ErrorCode::NotAllowed));
    assert_eq!(runs(&bob, id).await, Err(ErrorCode::NotAllowed));
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    assert_eq!(runs(&bob, id).await, Err(ErrorCode::NotAllowed), "for code only a host");
    bob.sends(Command::ProposalDecline { proposal: id }).await.expect_refused(ErrorCode::NotAllowed);
    bob.sends(Command::ProposalWithdraw { proposal: id }).await.expect_refused(ErrorCode::NotAllowed);

    // Two clicks in two tabs are one run.
    let tab = ada.second_tab().await;
    let (one, two) = tokio::join!(runs(&ada, id), runs(&tab, id));
    let mut outcomes = [one, two];
    outcomes.sort();
    assert_eq!(outcomes, [Ok(()), Err(ErrorCode::NoSuchProposal)]);
    let ended = all_see_the_end(&all, id, ProposalEnd::Run).await.end.unwrap();
    assert_eq!((ended.by, ended.outcome.map(value)), (Some(ada.id()), Some("42".to_owned())));
    assert_eq!(runs(&ada, id).await, Err(ErrorCode::NoSuchProposal));
    for forged in [0, 4711, u32::MAX] {
        assert_eq!(runs(&ada, ProposalId(forged)).await, Err(ErrorCode::NoSuchProposal));
    }
    let shown = eve.sees("the result in the console", |now| now.evaluations.len() == 1).await;
    assert_eq!(shown.evaluations[0].by, Some(ada.id()), "by its decider");
    assert_eq!(value(reads(&eve, "runs").await), "[1]");

    // One that raises has run, and failed.
    let id = proposes(&eve, evaluate(&eve, "1 / 0")).await;
    assert_eq!(runs(&ada, id).await, Ok(()));
    let ended = all_see_the_end(&all, id, ProposalEnd::Failed).await.end.unwrap();
    assert!(ended.message.unwrap().contains("ZeroDivisionError"));

    let id = proposes(&bob, evaluate(&bob, "exit()")).await;
    ada.sends(Command::ProposalDecline { proposal: id }).await.done();
    all_see_the_end(&all, id, ProposalEnd::Declined).await;
    let id = proposes(&bob, evaluate(&bob, "exit()")).await;
    bob.sends(Command::ProposalWithdraw { proposal: id }).await.done();
    all_see_the_end(&all, id, ProposalEnd::Withdrawn).await;
    for late in [Command::ProposalDecline { proposal: id }, Command::ProposalWithdraw { proposal: id }] {
        bob.sends(Command::WheelRelease).await.0.ok();
        ada.sends(late).await.expect_refused(ErrorCode::NoSuchProposal);
    }

    // A variable is set as proposed.
    let set = locals(&eve.now()).unwrap().iter().find(|item| item.name == "count").cloned().unwrap();
    assert_ne!(set.value, "4000");
    let stop = eve.now().stop.unwrap();
    let variables = stop.scopes[&top(&eve.now()).unwrap().id][0].variables;
    let (name, value_text) = ("count".to_owned(), "4000".to_owned());
    let id =
        proposes(&eve, Command::SetVariable { stop: stop.stop, variables, name, value: value_text }).await;
    assert_eq!(runs(&ada, id).await, Ok(()));
    all_see_the_end(&all, id, ProposalEnd::Run).await;
    assert_eq!(value(reads(&eve, "count").await), "4000");
    // Who joins now has it all.
    let late = ada.brings_watcher(&server, "Late").await;
    late.sees_the_same_as(&ada).await;
}

#[tokio::test]
async fn steps_are_decided_by_the_driver_and_too_late_after_the_stop() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob, eve) = room(&server, &debuggee, TICK_LINE).await;
    let all = [&ada, &bob, &eve];
    let next = |person: &Person| Command::Next { stop: person.stop(), thread: None };

    // The driver runs it; everything else that was meant for the stop has expired by that.
    let first = eve.stop();
    let step = proposes(&eve, next(&eve)).await;
    let other = proposes(&eve, evaluate(&eve, "count + 1")).await;
    let watch = proposes(&eve, Command::WatchAdd { expression: "count".into(), instead_of: None }).await;
    assert_eq!(runs(&bob, step).await, Err(ErrorCode::NotAllowed));
    assert_eq!(runs(&ada, step).await, Ok(()));
    let ended = all_see_the_end(&all, step, ProposalEnd::Run).await.end.unwrap();
    assert_eq!(ended.by, Some(ada.id()));
    all_see_the_end(&all, other, ProposalEnd::Expired).await;
    for person in all {
        person.sees_stop_at("app.py", TICK_LINE + 1).await;
    }
    assert_eq!(ada.count("resumed"), 1);
    for late in [step, other] {
        assert_eq!(runs(&ada, late).await, Err(ErrorCode::NoSuchProposal));
    }
    let meant_for_the_first =
        Proposed::Command { command: Box::new(Command::Next { stop: first, thread: None }) };
    eve.sends(Command::Propose { action: meant_for_the_first }).await.expect_refused(ErrorCode::StaleStop);
    assert!(card(&eve.up_to_date().await, watch).unwrap().end.is_none(), "a watch is of no stop");
    assert_eq!(runs(&ada, watch).await, Ok(()));
    let now = eve.sees("the watch", |now| !now.watches.is_empty()).await;
    assert_eq!(now.watches.values().next().unwrap().watch.author, ada.id());

    // One driver: a host who doesn't drive takes the wheel first, or declines.
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    let step = proposes(&eve, next(&eve)).await;
    assert_eq!(runs(&ada, step).await, Err(ErrorCode::NotDriver));
    assert!(card(&ada.up_to_date().await, step).unwrap().end.is_none(), "it can still be decided");
    assert_eq!(runs(&bob, step).await, Ok(()));
    ada.sees_stop_at("app.py", TICK_LINE + 2).await;
    bob.sends(Command::WheelRelease).await.done();
    eve.sees_stop_at("app.py", TICK_LINE + 2).await;
    let step = proposes(&eve, next(&eve)).await;
    assert_eq!(runs(&bob, step).await, Err(ErrorCode::NotAllowed));
    assert_eq!(runs(&ada, step).await, Ok(()));
    all_see_the_end(&all, step, ProposalEnd::Run).await;
    assert_eq!(ada.up_to_date().await.driver, Some(ada.id()), "nobody drove: who agrees does from now on");

    // A pause is for the time until the next stop.
    ada.sees("a further stop", |now| now.phase == Phase::Stopped && now.last_stop.0 > 3).await;
    ada.opens(DocName::Breakpoints).await.removes("b1").await;
    ada.sees("no breakpoint is left", |now| now.breakpoints.is_empty()).await;
    ada.continues().await.done();
    eve.sees_running().await;
    let pause = proposes(&eve, Command::Pause { after: eve.stop() }).await;
    let another = proposes(&bob, Command::Pause { after: eve.stop() }).await;
    assert_eq!(runs(&ada, pause).await, Ok(()));
    all_see_the_end(&all, pause, ProposalEnd::Run).await;
    all_see_the_end(&all, another, ProposalEnd::Expired).await;
    eve.sees("paused", |now| now.phase == Phase::Stopped).await;
}

#[tokio::test]
async fn a_proposed_breakpoint_becomes_an_entry_of_who_agrees() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob, eve) = room(&server, &debuggee, TICK_LINE).await;
    let draft = |condition: Option<&str>| breakpoint(&debuggee, condition, None);
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    ada.sends(Command::GrantCode { participant: bob.id(), granted: true }).await.done();
    let code = offers(&eve, draft(Some("count > 10"))).await;
    let plain = offers(&eve, draft(None)).await;
    assert_eq!(runs(&bob, code).await, Err(ErrorCode::NotAllowed));
    assert_eq!(runs(&bob, plain).await, Ok(()), "the driver may set it, so they may agree to it");
    // Somebody who guesses the entry's id changes nothing by that.
    let guessed = format!("proposal-{code}");
    bob.opens(DocName::Breakpoints).await.sets(&guessed, debuggee.script_path(), TICK_LINE + 2, &[]).await;
    ada.sees("Bob's own entry", |now| now.breakpoints.contains_key(&guessed.as_str().into())).await;
    assert_eq!(runs(&ada, code).await, Ok(()));
    let now = eve.sees("all four hold", |now| {
        now.breakpoints.len() == 4 && now.breakpoints.values().all(|entry| entry.verified == Some(true))
    });
    let now = now.await;
    let authors = |line: u32| -> Vec<_> {
        let at = now.breakpoints.values().filter(|state| state.entry.line == line);
        at.map(|state| (state.entry.author, state.entry.condition.as_deref())).collect()
    };
    let mut set = authors(TICK_LINE + 1);
    set.sort_by_key(|(_, condition)| condition.is_some());
    assert_eq!(set, [(bob.id(), None), (ada.id(), Some("count > 10"))]);
    assert_eq!(authors(TICK_LINE + 2), [(bob.id(), None)]);
    for id in [code, plain] {
        all_see_the_end(&[&ada, &bob, &eve], id, ProposalEnd::Run).await;
    }

    // What the doc doesn't take is said, and not run.
    let nowhere = |path: &str| Proposed::Breakpoint {
        draft: BreakpointDraft { path: path.to_owned(), ..draft_of(draft(None)) },
        instead_of: None,
    };
    for path in ["", "app.py", "/a\0b"] {
        let refused = eve.sends(Command::Propose { action: nowhere(path) }).await;
        refused.expect_refused(ErrorCode::BadMessage);
    }
    let id = offers(&eve, nowhere("/a\u{7d}/\u{9}tab.py")).await;
    assert_eq!(runs(&ada, id).await, Err(ErrorCode::BadMessage));
    let ended = all_see_the_end(&[&ada, &eve], id, ProposalEnd::Failed).await.end.unwrap();
    assert!(ended.message.is_some());
}

fn draft_of(action: Proposed) -> BreakpointDraft {
    match action {
        Proposed::Breakpoint { draft, .. } => draft,
        Proposed::Command { .. } => unreachable!(),
    }
}

/// Of the line behind the tick.
fn breakpoint(debuggee: &Debuggee, condition: Option<&str>, instead_of: Option<&str>) -> Proposed {
    Proposed::Breakpoint {
        draft: BreakpointDraft {
            path: debuggee.script_path().to_str().unwrap().to_owned(),
            line: TICK_LINE + 1,
            function: None,
            condition: condition.map(str::to_owned),
            hit_condition: None,
            log_message: None,
            snap: false,
        },
        instead_of: instead_of.map(Into::into),
    }
}

#[tokio::test]
async fn a_change_that_is_agreed_to_is_made_and_of_one_place() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob, eve) = room(&server, &debuggee, TICK_LINE).await;
    let doc = bob.opens(DocName::Breakpoints).await;
    doc.sets("bobs", debuggee.script_path(), TICK_LINE + 1, &[]).await;
    bob.sees("his own", |now| now.breakpoints.contains_key(&"bobs".into())).await;
    let refused = bob.sends(Command::Propose { action: breakpoint(&debuggee, None, Some("nobodys")) }).await;
    refused.expect_refused(ErrorCode::NoSuchBreakpoint);

    // A card shows one place: nothing that is elsewhere goes by it.
    let refused = eve.sends(Command::Propose { action: breakpoint(&debuggee, None, Some("b1")) }).await;
    refused.expect_refused(ErrorCode::NoSuchBreakpoint);

    // His own gets a condition: it is who agrees that answers for it now. Of two, the last is what it is.
    let first = offers(&bob, breakpoint(&debuggee, Some("count > 9"), Some("bobs"))).await;
    let second = offers(&bob, breakpoint(&debuggee, Some("count > 10"), Some("bobs"))).await;
    for proposal in [first, second] {
        assert_eq!(runs(&ada, proposal).await, Ok(()));
    }
    let there = |now: &Snapshot| -> Vec<_> {
        let at = now.breakpoints.values().filter(|state| state.entry.line == TICK_LINE + 1);
        at.map(|state| (state.entry.author, state.entry.condition.clone(), state.verified)).collect()
    };
    let changed = (ada.id(), Some("count > 10".to_owned()), Some(true));
    eve.sees("hers alone", |now| there(now) == std::slice::from_ref(&changed)).await;

    // What is somebody else's is the host's to decide, though it runs no code: also for the driver.
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    let plain = offers(&eve, breakpoint(&debuggee, None, Some("bobs"))).await;
    for decision in [Command::ProposalRun { proposal: plain }, Command::ProposalDecline { proposal: plain }] {
        let refused = bob.sends(decision).await;
        assert!(refused.expect_refused(ErrorCode::NotAllowed).contains("somebody else's"));
    }
    // Gone meanwhile, it is a new one. What was turned off stays so.
    let path = debuggee.script_path().to_str().unwrap();
    let line = Any::from(i64::from(TICK_LINE + 2));
    doc.sets_entry("off", &[("path", Any::from(path)), ("line", line), ("enabled", Any::Bool(false))]).await;
    bob.sees("his own", |now| now.breakpoints.contains_key(&"off".into())).await;
    let draft =
        BreakpointDraft { line: TICK_LINE + 2, ..draft_of(breakpoint(&debuggee, Some("count > 20"), None)) };
    let quiet = offers(&bob, Proposed::Breakpoint { draft, instead_of: Some("off".into()) }).await;
    ada.opens(DocName::Breakpoints).await.removes("bobs").await;
    eve.sees("none", |now| there(now).is_empty()).await;
    assert_eq!(runs(&ada, plain).await, Ok(()));
    eve.sees("one", |now| there(now) == [(ada.id(), None, Some(true))]).await;
    assert_eq!(runs(&ada, quiet).await, Ok(()));
    let off = |now: &Snapshot| now.breakpoints[&"off".into()].entry.clone();
    let now = eve.sees("it is as agreed", |now| off(now).condition.is_some()).await;
    assert_eq!((off(&now).author, off(&now).enabled), (ada.id(), false));
}

#[tokio::test]
async fn there_are_not_too_many_and_none_outlives_who_made_it() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, bob, eve) = room(&server, &debuggee, TICK_LINE).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(proposes(&eve, evaluate(&eve, "count + 1")).await);
    }
    let propose =
        |command: Command| Command::Propose { action: Proposed::Command { command: Box::new(command) } };
    eve.sends(propose(evaluate(&eve, "1"))).await.expect_refused(ErrorCode::TooLarge);
    let keeps =
        proposes(&bob, Command::WatchAdd { expression: "len(str(count))".into(), instead_of: None }).await;

    // What can't be proposed at all, and what a card couldn't show.
    let nested = propose(Command::Next { stop: bob.stop(), thread: None });
    for command in [Command::End, Command::Restart, Command::WheelTake, Command::WheelRequest, nested] {
        bob.sends(propose(command)).await.expect_refused(ErrorCode::BadMessage);
    }
    bob.sends(propose(evaluate(&bob, "print('\u{202e}kcatta')"))).await.expect_refused(ErrorCode::BadMessage);
    bob.sends(propose(evaluate(&bob, &"x".repeat(5_000)))).await.expect_refused(ErrorCode::TooLarge);

    ada.sends(Command::Remove { participant: eve.id() }).await.done();
    for id in ids {
        all_see_the_end(&[&ada, &bob], id, ProposalEnd::Withdrawn).await;
        assert_eq!(runs(&ada, id).await, Err(ErrorCode::NoSuchProposal));
    }
    eve.is_out(breakroom_protocol::CloseCode::Removed).await;
    assert_eq!(ada.count("evaluated"), 0);
    // At the end of the session the rest has expired.
    ada.sends(Command::End).await.done();
    bob.sees_end().await;
    assert_eq!(card(&bob.up_to_date().await, keeps).unwrap().end.as_ref().unwrap().how, ProposalEnd::Expired);
}
