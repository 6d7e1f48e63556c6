//! Stepping, following, being refused; who may what.

use super::*;
use breakroom_protocol::Outcome;

#[test]
fn a_step_is_answered_before_the_stop_that_it_leads_to() {
    let mut play = Play::stopped(Role::Host);
    let ada = play.ada.id;
    play.drives(ada);
    let asked = play.asks("next", json!({ "threadId": 1 }));
    let next = Command::Next { stop: StopId(1), thread: Some(ThreadId(1)) };
    assert_eq!((commands(&asked)[0].1.clone(), told(&asked).len()), (next, 0));
    let mut effects = play.resumed(ada, 1, ResumeKind::Next);
    effects.extend(play.stops(2));
    effects.extend(play.replies(&asked, None));
    assert_eq!(told(&effects), ["+next", "stopped step"]);
    let stopped = sent(&effects)[1];
    assert_eq!(stopped["body"]["preserveFocusHint"], Value::Null);
    // A thread that the room doesn't know is the one that stopped.
    let asked = play.asks("stepIn", json!({ "threadId": 99 }));
    assert_eq!(commands(&asked)[0].1, Command::StepIn { stop: StopId(2), thread: None, target: None });
}

#[test]
fn when_another_drives_the_editor_follows() {
    let mut play = Play::stopped(Role::Collaborator);
    let bob = play.bob.id;
    assert_eq!(told(&play.drives(bob)), ["output Breakroom: Bob drives now."]);
    let mut effects = play.resumed(bob, 1, ResumeKind::Next);
    effects.extend(play.stops(2));
    assert_eq!(told(&effects), ["continued", "stopped step"]);
    assert_eq!(sent(&effects)[1]["body"]["preserveFocusHint"], Value::Null, "it goes there");
    // Bob's step in the moment of Ada's own: hers is refused, and it ends where the program is.
    let ada = play.ada.id;
    play.drives(ada);
    let asked = play.asks("continue", json!({}));
    play.drives(bob);
    assert_eq!(told(&play.resumed(bob, 2, ResumeKind::StepOut)), ["continued"]);
    assert_eq!(told(&play.replies(&asked, Some(ErrorCode::StaleStop))), ["-continue"], "it runs");
    assert_eq!(told(&play.stops(3)), ["stopped step"]);
}

#[test]
fn a_refused_goto_is_followed_by_one_stop_whichever_comes_first() {
    for stopped_first in [false, true] {
        let mut play = Play::stopped(Role::Host);
        let ada = play.ada.id;
        play.drives(ada);
        let place = json!({ "source": { "path": APP }, "line": 20 });
        let targets = body_of(&play.asks("gotoTargets", place));
        let asked = play.asks("goto", json!({ "threadId": 1, "targetId": targets["targets"][0]["id"] }));
        let mut effects = play.resumed(ada, 1, ResumeKind::Goto);
        if stopped_first {
            effects.extend(play.stops(2));
        }
        effects.extend(play.replies(&asked, Some(ErrorCode::OutOfRange)));
        if !stopped_first {
            effects.extend(play.stops(2));
        }
        let expected = if stopped_first { ["stopped step", "-goto"] } else { ["-goto", "stopped step"] };
        assert_eq!(told(&effects), expected);
    }
}

#[test]
fn whoever_may_not_drive_is_refused_and_left_where_the_program_is() {
    // (role, who drives) → what is asked of the room, what the sentence has.
    let rows: [(Role, Option<&str>, &[&str], &str); 7] = [
        (Role::Host, Some("Ada"), &["next"], ""),
        (Role::Host, None, &["wheel_take", "next"], ""),
        (Role::Host, Some("Bob"), &[], "Bob drives: type /wheel in the debug console to take"),
        (Role::Collaborator, Some("Ada"), &["next"], ""),
        (Role::Collaborator, None, &[], "Nobody drives"),
        (Role::Collaborator, Some("Bob"), &[], "Bob drives: type /wheel in the debug console to ask"),
        (Role::Watcher, None, &[], "Watchers"),
    ];
    for (role, driver, asks, sentence) in rows {
        let mut play = Play::stopped(role);
        if let Some(name) = driver {
            let who = if name == "Ada" { play.ada.id } else { play.bob.id };
            play.drives(who);
        }
        let effects = play.asks("next", json!({ "threadId": 1 }));
        assert_eq!(names(&effects), asks, "{role:?} {driver:?}");
        if asks.is_empty() {
            assert!(sentence_of(&effects).contains(sentence), "{effects:?}");
            assert_eq!(told(&effects), ["-next", "stopped step"], "{role:?} {driver:?}");
        }
    }
    // The room's own refusal does the same, and says who drives.
    let mut play = Play::stopped(Role::Host);
    let (ada, bob) = (play.ada.id, play.bob.id);
    play.drives(ada);
    let asked = play.asks("next", json!({}));
    play.drives(bob);
    let effects = play.replies(&asked, Some(ErrorCode::NotDriver));
    assert_eq!(told(&effects), ["-next", "stopped step"]);
    assert!(sentence_of(&effects).contains("Bob drives"));
}

#[test]
fn a_pause_is_answered_before_its_stop() {
    let mut play = Play::joined(Role::Host);
    let ada = play.ada.id;
    play.drives(ada);
    let asked = play.asks("pause", json!({ "threadId": 1 }));
    assert_eq!(commands(&asked)[0].1, Command::Pause { after: StopId(0) });
    let mut effects = play.happens(Some(ada), Event::PauseRequested);
    effects.extend(play.stops(1));
    effects.extend(play.replies(&asked, None));
    assert_eq!(told(&effects), ["+pause", "stopped step"]);
    assert_eq!(told(&play.asks("pause", json!({}))), ["-pause", "stopped step"]);
    for command in ["continue", "next", "stepIn", "stepOut"] {
        play.resumed(ada, 1, ResumeKind::Unasked);
        assert_eq!(told(&play.asks(command, json!({}))), [format!("-{command}")], "it runs");
    }
}

#[test]
fn code_is_offered_to_who_may_run_it_and_outcomes_find_their_request() {
    let mut play = Play::stopped(Role::Collaborator);
    let (ada, bob) = (play.ada.id, play.bob.id);
    play.happens(Some(bob), Event::CodeRight { participant: ada, granted: true });
    let offered = play.drives(ada);
    assert_eq!(told(&offered), ["output Breakroom: you drive now.", "capabilities"]);
    assert_eq!(sent(&offered)[1]["body"]["capabilities"]["supportsSetExpression"], true);
    assert_eq!(told(&play.drives(bob)).last().unwrap(), "capabilities");

    let asked = play.asks("evaluate", json!({ "expression": "1/0", "context": "hover" }));
    let evaluated = |outcome| Event::Evaluated {
        stop: Some(StopId(1)),
        frame: None,
        expression: "1/0".to_owned(),
        outcome,
        context: breakroom_protocol::EvaluateContext::Hover,
        since: None,
    };
    let outcome = Outcome::Error("division by zero".to_owned());
    assert_eq!(told(&play.happens(Some(bob), evaluated(outcome.clone()))), [""; 0], "it is Bob's");
    let effects = play.happens(Some(ada), evaluated(outcome));
    assert_eq!(sentence_of(&effects), "division by zero");
    assert_eq!(sent(&effects)[0]["body"]["error"]["showUser"], false, "nobody asked for a hover's error");
    assert_eq!(told(&play.replies(&asked, None)), [""; 0]);
    let asked = play.asks("evaluate", json!({ "expression": "1/0", "context": "watch" }));
    assert_eq!(sentence_of(&play.replies(&asked, Some(ErrorCode::ProposeInstead))), "It is refused.");
}

#[test]
fn the_console_has_the_wheel_and_the_chat() {
    let mut play = Play::stopped(Role::Collaborator);
    let bob = play.bob.id;
    play.drives(bob);
    let repl = |line: &str| json!({ "expression": line, "context": "repl" });
    let asked = play.asks("evaluate", repl("/wheel"));
    assert_eq!(names(&asked), ["wheel_request"]);
    assert!(body_of(&play.replies(&asked, None))["result"].as_str().unwrap().contains("asked"));
    let asked = play.asks("evaluate", repl("/say good morning"));
    assert_eq!(commands(&asked)[0].1, Command::Chat { text: "good morning".to_owned() });
    assert_eq!(told(&play.replies(&asked, None)), ["+evaluate"]);
    assert_eq!(names(&play.asks("evaluate", repl("/release"))), ["wheel_release"]);
    assert!(sentence_of(&play.asks("evaluate", repl("/dance"))).contains("/wheel"));
    let chat = play.happens(Some(bob), Event::Chat { text: "hello".to_owned() });
    assert_eq!(told(&chat), ["output Breakroom: Bob says: hello"]);
}

#[test]
fn only_a_host_with_the_flag_ends_it() {
    let rows = [(Role::Host, true, true), (Role::Host, false, false), (Role::Collaborator, true, false)];
    for (role, flag, may) in rows {
        let mut play = Play::joined(role);
        play.facade.config.host_ends = flag;
        let capabilities = body_of(&play.asks("initialize", json!({})));
        assert_eq!(capabilities["supportsTerminateRequest"], may);
        assert_eq!(names(&play.asks("terminate", json!({}))).len(), usize::from(may), "{role:?} {flag}");
        let left = play.asks("disconnect", json!({ "terminateDebuggee": true }));
        assert_eq!(names(&left), [""; 0], "leaving asks nothing of the room");
        assert_eq!(left.last().unwrap(), &Effect::Close);
    }
}
