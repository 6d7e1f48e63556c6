//! Every request in every state; coming, going, losing the room; what numbers mean.

use super::*;
use breakroom_protocol::ExceptionFilters;

/// What an editor may ask, with arguments that make sense at a stop.
pub const REQUESTS: [&str; 28] = [
    "initialize",
    "attach",
    "launch",
    "configurationDone",
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "threads",
    "stackTrace",
    "scopes",
    "variables",
    "source",
    "evaluate",
    "setVariable",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "pause",
    "terminate",
    "disconnect",
    "gotoTargets",
    "goto",
    "stepInTargets",
    "completions",
    "setExpression",
    "exceptionInfo",
    "loadedSources",
];

pub fn arguments() -> Value {
    json!({
        "threadId": 1, "frameId": 1, "variablesReference": 2, "expression": "f()", "context": "repl",
        "name": "count", "value": "1", "sourceReference": 0,
        "source": { "path": "/home/ada/app/app.py" }, "breakpoints": [{ "line": 3, "name": "f" }], "filters": [],
        "line": 3, "targetId": 3, "text": "cou", "column": 4,
    })
}

fn answers(effects: &[Effect], seq: i64) -> usize {
    sent(effects).iter().filter(|m| m["type"] == "response" && m["request_seq"] == seq).count()
}

/// Whatever is asked, in whatever state: one answer, at the latest when the room is gone.
#[test]
fn every_request_in_every_state_has_one_answer() {
    type State = (&'static str, fn() -> Play);
    let states: [State; 8] = [
        ("fresh", || Play::new(Role::Host)),
        ("welcomed", || {
            let mut play = Play::new(Role::Host);
            play.welcome();
            play
        }),
        ("configuring", || {
            let mut play = Play::new(Role::Host);
            play.welcome();
            play.asks("attach", json!({}));
            play
        }),
        ("starting", || {
            let mut play = Play::waiting(Role::Host);
            play.asks("configurationDone", json!({}));
            play
        }),
        ("running", || Play::joined(Role::Host)),
        ("stopped", || Play::stopped(Role::Host)),
        ("lost", || {
            let mut play = Play::stopped(Role::Host);
            play.facade.handle(Input::Room(FromRoom::Lost("cut".into())));
            play
        }),
        ("over", || {
            let mut play = Play::stopped(Role::Host);
            play.facade.handle(Input::Room(FromRoom::Gone("It is over.".into())));
            play
        }),
    ];
    for (state, make) in states {
        for request in REQUESTS {
            let mut play = make();
            let mut effects = play.asks(request, arguments());
            let seq = play.sent;
            let at_once = answers(&effects, seq);
            // `attach` is answered after the configuration, or when the room comes.
            let waits = effects.iter().any(|e| !matches!(e, Effect::Send(_) | Effect::Close))
                || told(&effects) == ["initialized"];
            assert_eq!(at_once, usize::from(!waits), "{request} when {state}: {effects:?}");
            effects.extend(play.facade.handle(Input::Room(FromRoom::Gone("It is over.".into()))));
            for alarm in 0..9 {
                effects.extend(play.facade.handle(Input::Alarm(alarm)));
            }
            effects.extend(play.replies(&effects.iter().map(clone).collect::<Vec<_>>(), None));
            assert_eq!(answers(&effects, seq), 1, "{request} when {state}: {effects:?}");
        }
    }
}

fn clone(effect: &Effect) -> Effect {
    match effect {
        Effect::Command { epoch, message } => Effect::Command { epoch: *epoch, message: message.clone() },
        _ => Effect::Close,
    }
}

#[test]
fn an_editor_is_told_of_the_stop_that_it_comes_into() {
    let mut play = Play::new(Role::Watcher);
    play.room.phase = Phase::Running { pausing: false };
    play.welcome();
    play.stops(1);
    assert_eq!(told(&play.asks("initialize", json!({}))), ["+initialize"]);
    assert_eq!(told(&play.asks("attach", json!({}))), ["initialized"]);
    let told = told(&play.asks("configurationDone", json!({})));
    assert_eq!((told[0].as_str(), told[1].as_str()), ("+configurationDone", "+attach"), "as debugpy does");
    assert_eq!(told.last().unwrap(), "stopped step");
    assert!(told[2].contains("as watcher; nobody drives"), "{told:?}");
}

#[test]
fn attach_waits_for_the_room_and_not_for_ever() {
    let mut play = Play::new(Role::Host);
    let effects = play.asks("attach", json!({ "pathMappings": [{ "localRoot": "/a", "remoteRoot": "/b" }] }));
    let [Effect::Gather { .. }, Effect::Alarm { alarm, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(play.facade.config.map.to_remote("/a/x.py"), "/b/x.py");
    assert!(sentence_of(&play.facade.handle(Input::Alarm(alarm))).contains("does not answer"));
    play.asks("attach", json!({}));
    assert_eq!(told(&play.welcome()), ["initialized"]);
    assert_eq!(told(&play.facade.handle(Input::Alarm(alarm))), [""; 0]);
}

#[test]
fn numbers_of_an_earlier_stop_are_refused() {
    let mut play = Play::stopped(Role::Host);
    let frame = body_of(&play.asks("stackTrace", json!({ "threadId": 1 })))["stackFrames"][0].clone();
    assert_eq!((&frame["line"], &frame["source"]["path"]), (&json!(11), &json!("/home/ada/app/app.py")));
    let scopes = body_of(&play.asks("scopes", json!({ "frameId": frame["id"] })));
    let locals = scopes["scopes"][0]["variablesReference"].clone();
    let items = body_of(&play.asks("variables", json!({ "variablesReference": locals })));
    assert_eq!(items["variables"][0]["value"], "100");
    let child = items["variables"][1]["variablesReference"].clone();
    let watch = json!({ "expression": "count", "context": "watch", "frameId": frame["id"] });
    assert_eq!(body_of(&play.asks("evaluate", watch.clone()))["result"], "100");

    let ada = play.ada.id;
    for phase in ["running", "at the next stop"] {
        if phase == "running" {
            play.resumed(ada, 1, ResumeKind::Next);
        } else {
            play.stops(2);
        }
        for (request, arguments) in [
            ("scopes", json!({ "frameId": frame["id"] })),
            ("variables", json!({ "variablesReference": locals })),
            ("variables", json!({ "variablesReference": child })),
            ("evaluate", watch.clone()),
            ("setVariable", json!({ "variablesReference": locals, "name": "count", "value": "1" })),
        ] {
            let effects = play.asks(request, arguments);
            assert_eq!(told(&effects), [format!("-{request}")], "{phase}");
            assert_eq!(names(&effects), [""; 0], "nothing is asked of the room");
        }
    }
    let now = body_of(&play.asks("stackTrace", json!({ "threadId": 1 })));
    assert_eq!(now["stackFrames"][0]["line"], 12);
}

#[test]
fn what_is_not_captured_is_asked_and_the_event_answers() {
    let mut play = Play::joined(Role::Watcher);
    play.happens(None, Play::stop_event(1));
    let asked = play.asks("stackTrace", json!({ "threadId": 1 }));
    assert!(matches!(asked[..], [Effect::Alarm { .. }]), "the server captures it unasked: {asked:?}");
    let threads = play.asks("threads", json!({}));
    assert_eq!(told(&threads), [""; 0], "the capture is near");
    let mut effects = Vec::new();
    for event in Play::capture(1) {
        effects.extend(play.happens(None, event));
    }
    assert_eq!(told(&effects), ["+stackTrace", "+threads"]);
    let [Effect::Alarm { alarm, .. }] = asked[..] else { panic!("{asked:?}") };
    assert_eq!(play.facade.handle(Input::Alarm(alarm)), [], "it was answered");
    let child = {
        let stack = body_of(&play.asks("stackTrace", json!({})));
        let scopes = body_of(&play.asks("scopes", json!({ "frameId": stack["stackFrames"][0]["id"] })));
        let locals = json!({ "variablesReference": scopes["scopes"][0]["variablesReference"] });
        body_of(&play.asks("variables", locals))["variables"][1]["variablesReference"].clone()
    };
    let asked = play.asks("variables", json!({ "variablesReference": child }));
    assert_eq!(commands(&asked)[0].1, Command::Variables { stop: StopId(1), variables: VariablesId(2) });
    assert_eq!(sentence_of(&play.replies(&asked, Some(ErrorCode::StaleStop))), "It is refused.");
}

#[test]
fn a_capture_that_does_not_come_is_asked_for_and_one_that_cannot_come_is_refused() {
    let mut play = Play::joined(Role::Host);
    let ada = play.ada.id;
    play.happens(None, Play::stop_event(1));
    let asked = play.asks("stackTrace", json!({ "threadId": 1 }));
    let [Effect::Alarm { alarm, .. }] = asked[..] else { panic!("{asked:?}") };
    let late = play.facade.handle(Input::Alarm(alarm));
    assert_eq!(names(&late), ["stack"]);
    let capture = Play::capture(1).remove(0);
    assert_eq!(told(&play.happens(None, capture)), ["+stackTrace"]);
    assert_eq!(told(&play.replies(&late, None)), [""; 0], "the reply comes after");
    let other = play.asks("stackTrace", json!({ "threadId": 9 }));
    assert_eq!(names(&other), ["stack"], "another thread's isn't captured unasked");
    let frame = body_of(&play.asks("stackTrace", json!({})))["stackFrames"][0]["id"].clone();
    assert_eq!(told(&play.asks("scopes", json!({ "frameId": frame }))), [""; 0]);
    let resumed = play.resumed(ada, 1, ResumeKind::Next);
    assert_eq!(told(&resumed), ["-scopes", "continued"]);
}

#[test]
fn texts_come_from_the_room_when_the_editor_has_no_file() {
    let mut play = Play::joined(Role::Watcher);
    play.facade.config.map = PathMap::default();
    play.stops(1);
    let frame = body_of(&play.asks("stackTrace", json!({})))["stackFrames"][0].clone();
    let number = frame["source"]["sourceReference"].clone();
    let asked = play.asks("source", json!({ "sourceReference": number }));
    assert_eq!(commands(&asked)[0].1, Command::Source { path: APP.to_owned() });
    play.happens(None, Event::Source { path: APP.to_owned(), hash: SourceHash("h".into()), lines: 3 });
    let info = SourceInfo { hash: SourceHash("h".into()), lines: 3, drifted: false };
    assert_eq!(play.room.sources[APP], info);
    let effects = play.replies(&asked, None);
    let [Effect::Fetch { fetch, .. }] = effects[..] else { panic!("{effects:?}") };
    let effects = play.facade.handle(Input::Text { fetch, text: Ok("x = 1".into()) });
    assert_eq!(body_of(&effects)["content"], "x = 1");
    play.asks("source", json!({ "sourceReference": number }));
    let gone = play.facade.handle(Input::Room(FromRoom::Gone("It is over.".into())));
    assert!(told(&gone).contains(&"-source".to_owned()), "{gone:?}");
}

#[test]
fn a_lost_room_answers_and_a_new_welcome_puts_the_editor_right() {
    let mut play = Play::stopped(Role::Host);
    let asked = play.asks("evaluate", json!({ "expression": "f()" }));
    assert_eq!(names(&asked), ["evaluate"]);
    let lost = told(&play.facade.handle(Input::Room(FromRoom::Lost("cut".into()))));
    assert_eq!(lost[0], "-evaluate");
    // The same stop: nothing has changed, and its numbers still hold.
    assert_eq!(told(&play.welcome()), ["output Breakroom: the connection to the server is back."]);
    // Two stops later.
    play.facade.handle(Input::Room(FromRoom::Lost("cut".into())));
    let mut other = Play::stopped(Role::Host);
    (other.ada, other.bob) = (play.ada.clone(), play.bob.clone());
    other.stops(3);
    play.room = other.room;
    assert_eq!(told(&play.welcome())[1..], ["continued", "stopped step"]);
    let stack = body_of(&play.asks("stackTrace", json!({})));
    assert_eq!(stack["stackFrames"][0]["line"], 13);
    // Ended meanwhile.
    let event = Event::Ended { reason: breakroom_protocol::EndReason::EndedByHost, message: "Over.".into() };
    let ended = told(&play.happens(None, event));
    assert_eq!(ended.last().unwrap(), "terminated");
    assert_eq!(told(&play.facade.handle(Input::Room(FromRoom::Gone("again".into())))), [""; 0]);
}

#[test]
fn exception_filters_are_a_wish_only_once_the_editor_is_in() {
    let mut play = Play::new(Role::Collaborator);
    play.welcome();
    play.asks("initialize", json!({}));
    play.asks("attach", json!({}));
    let habit = play.asks("setExceptionBreakpoints", json!({ "filters": ["raised"] }));
    assert_eq!(told(&habit), ["+setExceptionBreakpoints"]);
    assert!(commands(&habit).is_empty(), "what an editor sends while it comes in changes nothing for others");
    play.asks("configurationDone", json!({}));
    let same = play.asks("setExceptionBreakpoints", json!({ "filters": ["uncaught"] }));
    assert_eq!((told(&same).len(), commands(&same).len()), (1, 0), "as it is in the room");
    let wish = play.asks("setExceptionBreakpoints", json!({ "filters": ["raised", "uncaught"] }));
    let filters = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
    let [(_, Command::ExceptionFilters { filters: asked })] = &commands(&wish)[..] else {
        panic!("{wish:?}")
    };
    assert_eq!(*asked, filters);
    assert_eq!(told(&play.replies(&wish, None)), ["+setExceptionBreakpoints"]);
    let bob = play.bob.id;
    let news = play.happens(Some(bob), Event::ExceptionFilters { filters });
    assert!(told(&news)[0].contains("stops at raised, uncaught exceptions"), "{news:?}");
    let by_path = play.asks("setExceptionBreakpoints", json!({ "filters": [], "exceptionOptions": [{}] }));
    assert_eq!(told(&by_path), ["-setExceptionBreakpoints"]);
}
