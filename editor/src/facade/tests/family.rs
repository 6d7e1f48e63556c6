//! Child processes as sessions of their own.

use super::*;
use breakroom_protocol::OutputCategory;

fn initialize(play: &mut Play, arguments: Value) {
    play.welcome();
    play.asks("initialize", arguments);
}

fn capable() -> Value {
    json!({ "supportsStartDebuggingRequest": true })
}

/// What the editor is asked or told for child processes.
fn offers(effects: &[Effect]) -> Vec<&Value> {
    let is = |m: &&Value| m["command"] == "startDebugging" || m["event"] == "debugpyAttach";
    sent(effects).into_iter().filter(is).collect()
}

fn told_without_news(effects: &[Effect]) -> Vec<String> {
    told(effects).into_iter().filter(|line| !line.starts_with("output")).collect()
}

impl Play {
    /// Ada's editor again, for this child.
    fn for_child(&self, configuration: Value) -> Self {
        let mut child = Self::new(Role::Host);
        (child.ada, child.bob, child.room) = (self.ada.clone(), self.bob.clone(), self.room.clone());
        child.facade.me = self.ada.clone();
        child.welcome();
        child.asks("initialize", capable());
        child.asks("attach", configuration);
        child.asks("configurationDone", json!({}));
        child
    }
}

#[test]
fn an_editor_is_asked_in_the_way_that_it_knows() {
    let vs_code = json!({ "clientID": "vscode", "adapterID": "debugpy" });
    for (hello, kind) in [(capable(), "request"), (vs_code, "event"), (json!({ "clientID": "x" }), "")] {
        let mut play = Play::new(Role::Watcher);
        play.happens(None, Event::Process { process: Play::child(0) });
        play.happens(None, Event::Process { process: Play::child(1) });
        initialize(&mut play, hello);
        play.asks("attach", json!({ "type": "python", "justMyCode": false, "listen": { "port": 1 } }));
        let effects = play.asks("configurationDone", json!({}));
        let asked = offers(&effects);
        assert_eq!(asked.len(), usize::from(!kind.is_empty()), "{kind}");
        let Some(asked) = asked.first() else { continue };
        assert_eq!(asked["type"], kind);
        let configuration =
            if kind == "request" { &asked["arguments"]["configuration"] } else { &asked["body"] };
        assert_eq!(configuration["connect"], json!({ "host": "127.0.0.1", "port": 5678 }));
        assert_eq!(
            (&configuration["name"], &configuration["type"]),
            (&json!("Subprocess 1"), &json!("python"))
        );
        assert_eq!(configuration["subProcessId"], 4_701);
        assert_eq!((configuration["justMyCode"].clone(), configuration.get("listen")), (json!(false), None));
        assert_eq!(configuration["breakroom"], json!({ "editor": "ada", "process": 1 }));
        // Once each.
        let again = play.happens(None, Event::Process { process: Play::child(1) });
        assert_eq!(offers(&again).len(), 0);
        assert_eq!(offers(&play.happens(None, Event::Process { process: Play::child(2) })).len(), 1);
        // A child's own session asks for none, nor does one that has no port to come back to.
        let mut child = play.for_child(configuration.clone());
        assert_eq!(offers(&child.happens(None, Event::Process { process: Play::child(3) })).len(), 0);
        play.facade.config.here = None;
        assert_eq!(offers(&play.happens(None, Event::Process { process: Play::child(3) })).len(), 0);
    }
}

#[test]
fn each_session_shows_its_own_and_the_first_what_no_other_shows() {
    let mut play = Play::new(Role::Host);
    play.happens(None, Event::Process { process: Play::child(1) });
    initialize(&mut play, capable());
    play.asks("attach", json!({}));
    let effects = play.asks("configurationDone", json!({}));
    let request = offers(&effects)[0]["seq"].as_i64().unwrap();
    let configuration = offers(&effects)[0]["arguments"]["configuration"].clone();
    // It is being opened: shown here, the child's stop would jump from here to there.
    assert_eq!(told(&play.happens(None, Play::stop_in(1, ProcessId(1)))), [""; 0]);
    // It is not: the stop is shown here, so that nothing is missed.
    let refused = play.facade.handle(Input::Answer { request, success: false });
    assert!(told(&refused)[0].contains("no session of its own"), "{refused:?}");
    assert_eq!(told(&refused)[1..], ["stopped step"]);

    let mut child = play.for_child(configuration);
    let siblings = |shown: &[u32], leads| {
        Input::Siblings(Siblings { leads, shown: shown.iter().map(|number| ProcessId(*number)).collect() })
    };
    child.facade.handle(siblings(&[], false));
    let effects = play.facade.handle(siblings(&[1], true));
    assert_eq!(told(&effects), ["continued"], "it is shown there now");
    assert_eq!(told(&play.asks("stackTrace", json!({}))), ["-stackTrace"]);
    for event in Play::capture(1) {
        child.happens(None, event.clone());
        play.happens(None, event);
    }
    assert_eq!(body_of(&child.asks("stackTrace", json!({})))["stackFrames"].as_array().unwrap().len(), 1);

    // Output and stops go where they belong.
    let output = |process| Event::Output {
        category: OutputCategory::Stdout,
        text: "tick\n".into(),
        process: ProcessId(process),
    };
    for (process, here, there) in [(0, 1, 0), (1, 0, 1), (2, 1, 0)] {
        assert_eq!(told(&play.happens(None, output(process))).len(), here, "process {process} here");
        assert_eq!(told(&child.happens(None, output(process))).len(), there, "process {process} there");
    }
    // What concerns all is said once.
    let bob = play.bob.id;
    let says = || Event::Chat { text: "look".into() };
    assert_eq!(told(&play.happens(Some(bob), says())), ["output Breakroom: Bob says: look"]);
    assert_eq!(told(&child.happens(Some(bob), says())), [""; 0]);
    let resumed = (play.resumed(bob, 1, ResumeKind::Continue), child.resumed(bob, 1, ResumeKind::Continue));
    assert_eq!((told(&resumed.0), told(&resumed.1)), (vec![], vec!["continued".to_owned()]));
    assert_eq!(told(&child.happens(None, Play::stop_event(2))), [""; 0], "the main process's");
    assert_eq!(told(&play.happens(None, Play::stop_event(2))), ["stopped step"]);

    // The child ends: its session does, and no other; an editor that leaves a child's session ends nothing.
    let ended = Event::ProcessEnded { process: ProcessId(1) };
    let effects = child.happens(None, ended.clone());
    assert_eq!(told_without_news(&effects), ["terminated"]);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Over(_))), "the session goes on");
    assert_eq!(told_without_news(&play.happens(None, ended)), [""; 0]);
    let left = child.asks("disconnect", json!({ "terminateDebuggee": true }));
    assert_eq!(names(&left), [""; 0]);
    let configuration = json!({ "breakroom": { "editor": "ada", "process": 1 } });
    let mut late = Play::new(Role::Host);
    initialize(&mut late, capable());
    assert!(sentence_of(&late.asks("attach", configuration)).contains("has ended"));
}

#[test]
fn one_of_an_editors_sessions_edits_breakpoints_for_all() {
    let mut play = Play::joined(Role::Host);
    play.happens(None, Event::Process { process: Play::child(1) });
    let mut child = play.for_child(json!({ "breakroom": { "editor": "ada", "process": 1 } }));
    child.facade.handle(Input::Siblings(Siblings { leads: false, shown: [].into() }));
    let list = json!({ "source": { "path": "/home/ada/app/app.py" }, "breakpoints": [{ "line": 3 }] });
    let asked = child.asks("setBreakpoints", list.clone());
    assert!(!asked.iter().any(|effect| matches!(effect, Effect::Edit(_))), "{asked:?}");
    assert_eq!(told(&asked), [""; 0], "it waits for the other's");
    let entry = BreakpointEntry {
        id: "ada-1".into(),
        path: APP.to_owned(),
        line: 3,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author: child.ada.id,
    };
    let ada = child.ada.id;
    child.happens(Some(ada), Event::BreakpointSet { entry });
    let id = EntryId("ada-1".into());
    let result = breakroom_protocol::BreakpointResult {
        id,
        verified: true,
        line: Some(3),
        message: None,
        failed: false,
    };
    let answered = child.happens(None, Event::BreakpointsResolved { results: vec![result] });
    assert_eq!(body_of(&answered)["breakpoints"][0]["verified"], true);
    let off = child.asks("setBreakpoints", json!({ "source": { "path": "/home/ada/app/app.py" } }));
    assert!(!off.iter().any(|effect| matches!(effect, Effect::Edit(_))));
    // The first has left: it is this one's to do.
    child.facade.handle(Input::Siblings(Siblings::default()));
    child.asks("setBreakpoints", list);
    let off = child.asks("setBreakpoints", json!({ "source": { "path": "/home/ada/app/app.py" } }));
    assert!(off.iter().any(|effect| matches!(effect, Effect::Edit(Edit::Remove(_)))), "{off:?}");
}

#[test]
fn that_the_debugger_was_lost_is_said_once() {
    let mut play = Play::joined(Role::Host);
    play.happens(None, Event::Process { process: Play::child(1) });
    let mut child = play.for_child(json!({ "breakroom": { "editor": "ada", "process": 1 } }));
    child.facade.handle(Input::Siblings(Siblings { leads: false, shown: [].into() }));
    let lost = || Event::Lost { message: "it is gone".to_owned() };
    let said = |effects: &[Effect]| told(effects).iter().filter(|told| told.starts_with("output")).count();
    assert_eq!((said(&play.happens(None, lost())), said(&child.happens(None, lost()))), (1, 0));
    let away = || Input::Room(FromRoom::Lost("it is away".to_owned()));
    assert_eq!((said(&play.facade.handle(away())), said(&child.facade.handle(away()))), (1, 0));
}

#[test]
fn a_child_s_stop_is_shown_in_the_first_session_if_its_own_is_long_in_coming() {
    let mut play = Play::new(Role::Host);
    initialize(&mut play, capable());
    play.asks("attach", json!({}));
    play.asks("configurationDone", json!({}));
    let effects = play.happens(None, Event::Process { process: Play::child(1) });
    let alarm = effects.iter().find_map(|effect| match effect {
        Effect::Alarm { alarm, .. } => Some(*alarm),
        _ => None,
    });
    assert_eq!(told(&play.happens(None, Play::stop_in(1, ProcessId(1)))), [""; 0]);
    assert_eq!(told(&play.facade.handle(Input::Alarm(alarm.unwrap()))), ["stopped step"]);
    // It came at last.
    let siblings = Siblings { leads: true, shown: [ProcessId(1)].into() };
    assert_eq!(told(&play.facade.handle(Input::Siblings(siblings))), ["continued"]);
}

#[test]
fn a_child_that_has_stopped_before_the_editor_came_is_shown_where_it_should_be() {
    for opens in [true, false] {
        let mut play = Play::new(Role::Host);
        play.happens(None, Event::Process { process: Play::child(1) });
        play.happens(None, Play::stop_in(1, ProcessId(1)));
        initialize(&mut play, capable());
        play.asks("attach", json!({}));
        let effects = play.asks("configurationDone", json!({}));
        assert!(!told(&effects).contains(&"stopped step".to_owned()), "{effects:?}");
        let request = offers(&effects)[0]["seq"].as_i64().unwrap();
        if opens {
            let siblings = Siblings { leads: true, shown: [ProcessId(1)].into() };
            assert_eq!(told(&play.facade.handle(Input::Siblings(siblings))), [""; 0]);
            continue;
        }
        let refused = play.facade.handle(Input::Answer { request, success: false });
        assert_eq!(told(&refused)[1..], ["stopped step"]);
        for event in Play::capture(1) {
            play.happens(None, event);
        }
        let asked = play.asks("stackTrace", json!({}));
        assert_eq!(body_of(&asked)["stackFrames"].as_array().unwrap().len(), 1);
    }
}
