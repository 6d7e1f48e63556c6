//! What DAP has beside looking and stepping: completions, going elsewhere, pages, hexadecimal, exceptions.

use super::*;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::{Completion, StepInTarget};

impl Play {
    /// The numbers of the top frame and its locals.
    fn looks(&mut self) -> (Value, Value) {
        let frame = body_of(&self.asks("stackTrace", json!({})))["stackFrames"][0]["id"].clone();
        let scopes = body_of(&self.asks("scopes", json!({ "frameId": frame })));
        (frame, scopes["scopes"][0]["variablesReference"].clone())
    }

    fn gives(&mut self, effects: &[Effect], result: ReplyResult) -> Vec<Effect> {
        let (id, _) = commands(effects)[0];
        self.says(ServerMessage::Reply { id, error: None, result: Some(result) })
    }
}

fn item(name: &str, value: &str, type_name: &str, variables: Option<VariablesId>) -> Variable {
    let (name, value, type_name) = (name.to_owned(), value.to_owned(), type_name.to_owned());
    Variable { name, value, type_name, variables, evaluate_name: None }
}

#[test]
fn completions_are_the_programs_for_who_may_run_code_and_captured_names_for_others() {
    let mut play = Play::stopped(Role::Host);
    let (frame, _) = play.looks();
    let typed = json!({ "frameId": frame, "text": "é😀.co", "column": 7 });
    let asked = play.asks("completions", typed);
    let command =
        Command::Complete { stop: StopId(1), frame: FrameId(1), text: "é😀.co".into(), column: 5 };
    assert_eq!(commands(&asked)[0].1, command, "in characters from 0");
    let item =
        Completion { label: "count".into(), text: None, kind: Some("property".into()), start: 3, length: 2 };
    let answered = play.gives(&asked, ReplyResult::Completions { items: vec![item] });
    let target = &body_of(&answered)["targets"][0];
    assert_eq!((&target["start"], &target["length"]), (&json!(5), &json!(2)), "in UTF-16 from 1");
    let refused = play.asks("completions", json!({ "frameId": frame, "text": "co", "column": 3 }));
    let known = play.replies(&refused, Some(ErrorCode::DebuggeeTimeout));
    assert_eq!(body_of(&known)["targets"][0]["label"], "count", "what is known is enough");

    let mut play = Play::stopped(Role::Watcher);
    for (text, labels) in [("x + co", vec!["count"]), ("c.co", vec![]), ("/whe", vec![]), ("", vec![])] {
        let asked = play.asks("completions", json!({ "text": text, "column": text.len() + 1 }));
        assert_eq!(names(&asked), [""; 0], "nothing runs for a watcher");
        let body = body_of(&asked);
        let found: Vec<&str> =
            body["targets"].as_array().unwrap().iter().map(|t| t["label"].as_str().unwrap()).collect();
        assert_eq!(found, labels, "{text}");
    }
}

#[test]
fn another_line_becomes_the_next_by_who_drives() {
    let mut play = Play::stopped(Role::Host);
    let (ada, bob) = (play.ada.id, play.bob.id);
    let place = json!({ "source": { "path": "/home/ada/app/app.py" }, "line": 14 });
    let target = body_of(&play.asks("gotoTargets", place.clone()))["targets"][0].clone();
    assert_eq!((&target["label"], &target["line"]), (&json!("app.py:14"), &json!(14)));
    let goto = json!({ "threadId": 1, "targetId": target["id"] });
    play.drives(bob);
    assert_eq!(told(&play.asks("goto", goto.clone())), ["-goto", "stopped step"]);
    play.drives(ada);
    let asked = play.asks("goto", goto.clone());
    let wanted = Command::Goto { stop: StopId(1), thread: Some(ThreadId(1)), path: APP.to_owned(), line: 14 };
    assert_eq!(commands(&asked)[0].1, wanted);
    assert_eq!(told(&play.resumed(ada, 1, ResumeKind::Goto)), [""; 0], "debugpy may still refuse it");
    assert_eq!(told(&play.replies(&asked, None)), ["+goto"]);
    assert_eq!(told(&play.stops(2)), ["stopped step"]);
    assert_eq!(told(&play.asks("goto", goto)), ["-goto", "stopped step"], "a number of an earlier stop");
    assert_eq!(told(&play.asks("gotoTargets", json!({ "line": 3 }))), ["-gotoTargets"]);
}

#[test]
fn a_call_of_the_line_is_chosen_to_step_into() {
    let mut play = Play::stopped(Role::Host);
    let ada = play.ada.id;
    play.drives(ada);
    let (frame, _) = play.looks();
    let asked = play.asks("stepInTargets", json!({ "frameId": frame }));
    assert_eq!(commands(&asked)[0].1, Command::StepInTargets { stop: StopId(1), frame: FrameId(1) });
    let items = vec![StepInTarget { id: 1, label: "lamp.on".into() }];
    let answered = play.gives(&asked, ReplyResult::StepInTargets { items });
    assert_eq!(body_of(&answered)["targets"], json!([{ "id": 1, "label": "lamp.on" }]));
    let asked = play.asks("stepIn", json!({ "threadId": 1, "targetId": 1 }));
    let wanted = Command::StepIn { stop: StopId(1), thread: Some(ThreadId(1)), target: Some(1) };
    assert_eq!(commands(&asked)[0].1, wanted);
    assert_eq!(told(&play.resumed(ada, 1, ResumeKind::StepIn)), ["+stepIn"]);
}

#[test]
fn what_an_expression_names_is_set() {
    let mut play = Play::stopped(Role::Host);
    let ada = play.ada.id;
    let (frame, _) = play.looks();
    let set =
        json!({ "frameId": frame, "expression": "lamp.level", "value": "255", "format": { "hex": true } });
    let asked = play.asks("setExpression", set);
    assert_eq!(names(&asked), ["set_expression"]);
    let event = Event::ExpressionSet {
        stop: StopId(1),
        frame: FrameId(1),
        expression: "lamp.level".into(),
        item: item("", "255", "int", None),
    };
    let body = body_of(&play.happens(Some(ada), event));
    assert_eq!(body, json!({ "value": "0xff", "variablesReference": 0 }));
    assert_eq!(told(&play.replies(&asked, None)), [""; 0]);
    assert_eq!(
        told(&play.asks("setExpression", json!({ "expression": "x", "value": "1" }))),
        ["-setExpression"]
    );
}

#[test]
fn large_sets_come_page_by_page() {
    for pages in [false, true] {
        let mut play = Play::joined(Role::Watcher);
        play.asks("initialize", json!({ "supportsVariablePaging": pages }));
        play.stops(1);
        let (_, locals) = play.looks();
        let set = VariablesId(2);
        let first: Vec<Variable> =
            (0..3).map(|n| item(&n.to_string(), &n.to_string(), "int", None)).collect();
        let captured =
            Event::Variables { stop: StopId(1), variables: set, items: first.clone(), truncated: true };
        play.happens(None, captured);
        let lamp =
            body_of(&play.asks("variables", json!({ "variablesReference": locals })))["variables"][1].clone();
        let whole = json!({ "variablesReference": lamp["variablesReference"] });
        let items = body_of(&play.asks("variables", whole.clone()))["variables"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[3]["name"]), (4, &json!("[3 …]")));
        // What is opened after the captured ones is asked of the program, once.
        let rest = json!({ "variablesReference": items[3]["variablesReference"] });
        let asked = play.asks("variables", rest.clone());
        let wanted = Command::Page { stop: StopId(1), variables: set, start: 3, count: 500 };
        assert_eq!(commands(&asked)[0].1, wanted);
        let more: Vec<Variable> = (3..503).map(|n| item(&n.to_string(), "16", "int", None)).collect();
        let page = Event::Page { stop: StopId(1), variables: set, start: 3, total: 1_000_000, items: more };
        let answered = body_of(&play.happens(None, page));
        let list = answered["variables"].as_array().unwrap();
        assert_eq!(list.len(), if pages { 500 } else { 501 });
        assert_eq!(list[499]["name"], "502");
        assert_eq!(told(&play.replies(&asked, None)), [""; 0]);
        let hex = json!({ "variablesReference": rest["variablesReference"], "format": { "hex": true } });
        let again = play.asks("variables", hex);
        assert_eq!(names(&again), [""; 0], "it is known now");
        assert_eq!(body_of(&again)["variables"][0]["value"], "0x10");
        if !pages {
            assert_eq!(list[500]["value"], "999497 more of 1000000");
        }
        // An editor's own page: from what was captured, or asked.
        let own = |start, count| json!({ "variablesReference": lamp["variablesReference"], "start": start, "count": count, "filter": "indexed" });
        assert_eq!(body_of(&play.asks("variables", own(1, 2)))["variables"][0]["name"], "1");
        assert_eq!(body_of(&play.asks("variables", own(10, 2)))["variables"][0]["name"], "10");
        let asked = play.asks("variables", own(600, 100));
        let wanted = Command::Page { stop: StopId(1), variables: set, start: 600, count: 100 };
        assert_eq!(commands(&asked)[0].1, wanted);
        assert_eq!(told(&play.replies(&asked, Some(ErrorCode::StaleStop))), ["-variables"]);
        let lamp =
            body_of(&play.asks("variables", json!({ "variablesReference": locals })))["variables"][1].clone();
        assert_eq!(lamp.get("indexedVariables"), pages.then_some(&json!(1_000_000)));
    }
}

#[test]
fn what_debugpy_leaves_out_of_a_list_is_a_page() {
    let mut play = Play::stopped(Role::Watcher);
    let (_, locals) = play.looks();
    let more = item("more", "<MoreItems>", "MoreItems", Some(VariablesId(9)));
    let group = item("special variables", "", "", Some(VariablesId(8)));
    let items = vec![group, item("0", "7", "int", None), more, item("len()", "150000", "int", None)];
    let event = Event::Variables { stop: StopId(1), variables: VariablesId(2), items, truncated: false };
    play.happens(None, event);
    let list =
        body_of(&play.asks("variables", json!({ "variablesReference": locals })))["variables"][1].clone();
    let shown = body_of(&play.asks("variables", json!({ "variablesReference": list["variablesReference"] })));
    let names: Vec<&str> =
        shown["variables"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["special variables", "0", "len()", "[1 …]"]);
    assert_eq!(shown["variables"][3]["value"], "149999 more of 150000");
    let rest = json!({ "variablesReference": shown["variables"][3]["variablesReference"] });
    let wanted = Command::Page { stop: StopId(1), variables: VariablesId(2), start: 1, count: 500 };
    assert_eq!(commands(&play.asks("variables", rest))[0].1, wanted);
}

#[test]
fn what_was_raised_is_told_from_the_stop() {
    let mut play = Play::joined(Role::Watcher);
    let raised = Event::Stopped {
        stop: StopId(1),
        reason: "exception".into(),
        description: Some("level out of range".into()),
        text: Some("ValueError".into()),
        thread: ThreadId(1),
        process: ProcessId(0),
    };
    play.happens(None, raised);
    let body = body_of(&play.asks("exceptionInfo", json!({ "threadId": 1 })));
    assert_eq!((&body["exceptionId"], &body["breakMode"]), (&json!("ValueError"), &json!("unhandled")));
    assert_eq!(body["description"], "level out of range");
    let mut play = Play::stopped(Role::Watcher);
    assert_eq!(told(&play.asks("exceptionInfo", json!({ "threadId": 1 }))), ["-exceptionInfo"]);
}
