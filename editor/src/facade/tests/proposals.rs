//! What may only be proposed: said in the console, decided by others, and what comes of it.

use super::*;
use breakroom_protocol::command::Proposed;
use breakroom_protocol::{BreakpointDraft, EvaluateContext, Outcome, Proposal, ProposalEnd, ProposalId};

impl Play {
    fn proposed(&mut self, by: ParticipantId, number: u32, action: Proposed) -> Vec<Effect> {
        let proposal = Proposal { id: ProposalId(number), by, action };
        self.happens(Some(by), Event::ProposalMade { proposal })
    }

    fn decided(&mut self, number: u32, how: ProposalEnd, outcome: Option<Outcome>) -> Vec<Effect> {
        let (bob, proposal) = (self.bob.id, ProposalId(number));
        self.happens(Some(bob), Event::ProposalEnded { proposal, how, message: None, outcome })
    }
}

/// The one thing that is proposed.
fn proposal_in(effects: &[Effect]) -> Proposed {
    match &commands(effects)[..] {
        [(_, Command::Propose { action })] => action.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_typed_by_who_may_not_run_it_is_proposed_and_its_outcome_is_said() {
    let mut play = Play::stopped(Role::Watcher);
    let (ada, bob) = (play.ada.id, play.bob.id);
    let asked = play.asks("evaluate", json!({ "expression": "count + 1", "context": "repl" }));
    let refused = play.replies(&asked, Some(ErrorCode::ProposeInstead));
    assert_eq!(told(&refused), [""; 0], "not refused: proposed");
    let action = proposal_in(&refused);
    let evaluate = Command::Evaluate {
        stop: Some(StopId(1)),
        frame: None,
        expression: "count + 1".into(),
        context: EvaluateContext::Repl,
    };
    assert_eq!(action, Proposed::Command { command: Box::new(evaluate) });
    assert_eq!(told(&play.proposed(ada, 1, action)), [""; 0], "one knows one's own");
    let answer = body_of(&play.replies(&refused, None));
    assert!(answer["result"].as_str().unwrap().contains("proposed"), "{answer}");
    let value = Variable {
        name: String::new(),
        value: "43".into(),
        type_name: "int".into(),
        variables: None,
        evaluate_name: None,
    };
    let said = told(&play.decided(1, ProposalEnd::Run, Some(Outcome::Value(value))));
    assert_eq!(said, ["output Breakroom: Bob ran what you proposed, to evaluate `count + 1`: 43"]);

    // Nobody waits for a hover's outcome, so it is no proposal; and where it can't be proposed, the refusal stands.
    let asked = play.asks("evaluate", json!({ "expression": "f()", "context": "hover" }));
    assert_eq!(told(&play.replies(&asked, Some(ErrorCode::ProposeInstead))), ["-evaluate"]);
    let asked = play.asks("evaluate", json!({ "expression": "f()", "context": "repl" }));
    let proposing = play.replies(&asked, Some(ErrorCode::ProposeInstead));
    assert_eq!(told(&play.replies(&proposing, Some(ErrorCode::TooFast))), ["-evaluate"]);
    // Who proposes and who decides are others.
    assert_eq!(told(&play.proposed(bob, 2, action_of(bob))), [""; 0]);
}

fn action_of(_by: ParticipantId) -> Proposed {
    let command = Command::Next { stop: StopId(1), thread: None };
    Proposed::Command { command: Box::new(command) }
}

#[test]
fn who_decides_is_told_how_and_does() {
    let mut play = Play::stopped(Role::Host);
    let bob = play.bob.id;
    let said = told(&play.proposed(bob, 7, action_of(bob)));
    assert_eq!(said, ["output Breakroom: Bob proposes `next`. Type /run 7 or /decline 7."]);
    let repl = |line: &str| json!({ "expression": line, "context": "repl" });
    let asked = play.asks("evaluate", repl("/run"));
    assert_eq!(commands(&asked)[0].1, Command::ProposalRun { proposal: ProposalId(7) });
    assert_eq!(told(&play.replies(&asked, None)), ["+evaluate"]);
    let asked = play.asks("evaluate", repl("/decline #7"));
    assert_eq!(commands(&asked)[0].1, Command::ProposalDecline { proposal: ProposalId(7) });
    assert!(sentence_of(&play.asks("evaluate", repl("/run 8"))).contains("no such"));
    play.decided(7, ProposalEnd::Declined, None);
    assert!(sentence_of(&play.asks("evaluate", repl("/run"))).contains("no such"), "none is open");
}

/// Who types `/run` agrees to what they read.
#[test]
fn all_that_a_proposed_breakpoint_would_run_is_told() {
    let mut play = Play::stopped(Role::Host);
    let bob = play.bob.id;
    let plain = BreakpointDraft {
        path: "/app/porch.py".into(),
        line: 7,
        function: None,
        condition: None,
        hit_condition: None,
        log_message: None,
        snap: false,
    };
    let prints = BreakpointDraft {
        log_message: Some("{f()}".into()),
        condition: Some("g()".into()),
        hit_condition: Some("h()".into()),
        ..plain.clone()
    };
    let change = Some("b1".into());
    let cases = [
        (plain.clone(), None, "a breakpoint at porch.py:7"),
        (prints.clone(), None, "to print `{f()}` at porch.py:7 if `g()`, hit count `h()`"),
        (
            prints,
            change.clone(),
            "a change of one that is there: to print `{f()}` at porch.py:7 if `g()`, hit count `h()`",
        ),
        (
            BreakpointDraft { snap: true, ..plain },
            change,
            "a change of one that is there: a snap point at porch.py:7",
        ),
    ];
    for (number, (draft, instead_of, words)) in (1..).zip(cases) {
        let said = told(&play.proposed(bob, number, Proposed::Breakpoint { draft, instead_of }));
        assert_eq!(
            said,
            [format!("output Breakroom: Bob proposes {words}. Type /run {number} or /decline {number}.")]
        );
    }
}

#[test]
fn a_breakpoint_that_one_may_not_set_is_proposed_once_and_keeps_its_number() {
    let file = "/home/ada/app/app.py";
    let list = |items: Value| json!({ "source": { "path": file }, "breakpoints": items });
    let conditional = || json!([{ "line": 9, "condition": "count > 3" }]);
    let mut play = Play::joined(Role::Collaborator);
    let (ada, bob) = (play.ada.id, play.bob.id);
    let asked = play.asks("setBreakpoints", list(conditional()));
    let action = proposal_in(&asked);
    let answer = body_of(&asked)["breakpoints"][0].clone();
    assert!(answer["message"].as_str().unwrap().contains("It was proposed"), "{answer}");
    let number = answer["id"].clone();
    play.proposed(ada, 1, action.clone());
    play.replies(&asked, None);
    // An editor sends its whole list at every change: it is one wish.
    let again =
        play.asks("setBreakpoints", list(json!([{ "line": 9, "condition": "count > 3" }, { "line": 4 }])));
    assert_eq!(names(&again), [""; 0]);
    // The host agrees: it is the host's, and what the editor has becomes it.
    let Proposed::Breakpoint { draft, .. } = action else { panic!("{action:?}") };
    let entry = BreakpointEntry {
        id: "host".into(),
        path: draft.path,
        line: draft.line,
        function: None,
        snap: false,
        condition: draft.condition,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author: bob,
    };
    play.happens(Some(bob), Event::BreakpointSet { entry: entry.clone() });
    let result = breakroom_protocol::BreakpointResult {
        id: "host".into(),
        verified: true,
        line: Some(9),
        message: None,
        failed: false,
    };
    let effects = play.happens(None, Event::BreakpointsResolved { results: vec![result] });
    let changed = sent(&effects).into_iter().find(|m| m["event"] == "breakpoint").unwrap();
    assert_eq!(
        (&changed["body"]["reason"], &changed["body"]["breakpoint"]["id"]),
        (&json!("changed"), &number)
    );
    assert_eq!(changed["body"]["breakpoint"]["verified"], true);
    let same = play.asks("setBreakpoints", list(conditional()));
    assert_eq!((names(&same).len(), &body_of(&same)["breakpoints"][0]["id"]), (0, &number));
}

#[test]
fn a_declined_one_says_so_and_one_that_is_taken_off_is_withdrawn() {
    let list = |lines: &[u32]| {
        let items: Vec<Value> = lines.iter().map(|line| json!({ "line": line })).collect();
        json!({ "source": { "path": "/home/ada/app/app.py" }, "breakpoints": items })
    };
    // What an editor lists while it comes in is its habit.
    let mut play = Play::new(Role::Watcher);
    play.welcome();
    let ada = play.ada.id;
    play.asks("initialize", json!({}));
    play.asks("attach", json!({}));
    let habit = play.asks("setBreakpoints", list(&[3]));
    assert_eq!(names(&habit), [""; 0]);
    play.asks("configurationDone", json!({}));
    let wish = play.asks("setBreakpoints", list(&[3, 5]));
    let Proposed::Breakpoint { draft, .. } = proposal_in(&wish) else { panic!("{wish:?}") };
    assert_eq!(draft.line, 5, "only what is new");
    play.proposed(ada, 1, Proposed::Breakpoint { draft, instead_of: None });
    let effects = play.decided(1, ProposalEnd::Declined, None);
    assert_eq!(told(&effects)[0], "breakpoint changed", "{effects:?}");
    // Taken off and set anew, it is a new wish; taken off while it is open, it is withdrawn.
    play.asks("setBreakpoints", list(&[]));
    let anew = play.asks("setBreakpoints", list(&[3]));
    let action = proposal_in(&anew);
    play.proposed(ada, 2, action);
    let off = play.asks("setBreakpoints", list(&[]));
    assert_eq!(commands(&off)[0].1, Command::ProposalWithdraw { proposal: ProposalId(2) });
    let refused = play.asks("setBreakpoints", list(&[8]));
    let effects = play.replies(&refused, Some(ErrorCode::TooFast));
    assert_eq!(told(&effects), ["breakpoint changed"], "it could not even be proposed");
}
