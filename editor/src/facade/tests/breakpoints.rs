//! The difference between what an editor lists and what the room has.

use super::*;

const FILE: &str = "/home/ada/app/app.py";

pub fn entry(id: &str, line: u32, author: ParticipantId) -> BreakpointEntry {
    BreakpointEntry {
        id: id.into(),
        path: APP.to_owned(),
        line,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author,
    }
}

fn list(items: &Value) -> Value {
    json!({ "source": { "path": FILE }, "breakpoints": items })
}

fn edits(effects: &[Effect]) -> Vec<Edit> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Edit(edit) => Some(edit.clone()),
            _ => None,
        })
        .collect()
}

impl Play {
    /// The room takes an entry in, and debugpy verifies it.
    fn sets(&mut self, entry: BreakpointEntry) -> Vec<Effect> {
        let (by, id, line) = (entry.author, entry.id.clone(), entry.line);
        let mut effects = self.happens(Some(by), Event::BreakpointSet { entry });
        let result = breakroom_protocol::BreakpointResult {
            id,
            verified: true,
            line: Some(line),
            message: None,
            failed: false,
        };
        effects.extend(self.happens(None, Event::BreakpointsResolved { results: vec![result] }));
        effects
    }

    /// The room takes in what an editor wanted.
    fn takes(&mut self, effects: &[Effect]) -> Vec<Effect> {
        let mut more = Vec::new();
        for edit in edits(effects) {
            let ada = self.ada.id;
            more.extend(match edit {
                Edit::Set(entry) => self.sets(entry),
                Edit::Remove(id) => self.happens(Some(ada), Event::BreakpointRemoved { id }),
            });
        }
        more
    }
}

#[test]
fn a_new_one_is_this_participants_and_answered_when_debugpy_had_its_say() {
    let mut play = Play::joined(Role::Collaborator);
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 3 }])));
    let ada = play.ada.id;
    assert_eq!(edits(&asked), [Edit::Set(entry("ada-1", 3, ada))], "on the target's path, by its author");
    assert_eq!(told(&asked), [""; 0]);
    let answered = play.takes(&asked);
    assert_eq!(told(&answered), ["+setBreakpoints"], "and no event besides");
    let answer = body_of(&answered)["breakpoints"][0].clone();
    assert_eq!((&answer["verified"], &answer["id"]), (&json!(true), &json!(1)));
    assert_eq!(answer["source"]["path"], FILE);
    // The same again: nothing to do, the same number.
    let again = play.asks("setBreakpoints", list(&json!([{ "line": 3 }])));
    assert_eq!((edits(&again).len(), &body_of(&again)["breakpoints"][0]["id"]), (0, &json!(1)));
    // debugpy moves it: the editor may say the old or the new line.
    let moved = breakroom_protocol::BreakpointResult {
        id: "ada-1".into(),
        verified: true,
        line: Some(5),
        message: None,
        failed: false,
    };
    let told_so = play.happens(None, Event::BreakpointsResolved { results: vec![moved] });
    assert_eq!(told(&told_so), ["breakpoint changed"]);
    for line in [3, 5] {
        let again = play.asks("setBreakpoints", list(&json!([{ "line": line }])));
        assert_eq!(edits(&again), [], "line {line}");
    }
    // Off it goes, without an event to who took it off.
    let off = play.asks("setBreakpoints", list(&json!([])));
    assert_eq!(edits(&off), [Edit::Remove("ada-1".into())]);
    assert_eq!(told(&off), ["+setBreakpoints"]);
    assert_eq!(told(&play.takes(&off)), [""; 0]);
}

/// (role, what the editor was told, what it lists) → edits, events.
#[test]
fn others_entries_go_only_by_who_may_and_only_if_known() {
    for role in [Role::Host, Role::Collaborator, Role::Watcher] {
        // Not told yet: an editor's first list removes nothing.
        let mut play = Play::new(role);
        let bob = play.bob.id;
        play.welcome();
        play.sets(entry("bob", 7, bob));
        for request in ["initialize", "attach"] {
            play.asks(request, json!({}));
        }
        let first = play.asks("setBreakpoints", list(&json!([])));
        assert_eq!((edits(&first), told(&first)), (vec![], vec!["+setBreakpoints".to_owned()]), "{role:?}");
        let told_now = told(&play.asks("configurationDone", json!({})));
        assert!(told_now.contains(&"breakpoint new".to_owned()), "{told_now:?}");

        // Told, and listed at its line in whichever way: it stays.
        let same = play.asks("setBreakpoints", list(&json!([{ "line": 7 }])));
        assert_eq!(edits(&same), [], "{role:?}: the same at the same line isn't set twice");
        assert_eq!(body_of(&same)["breakpoints"][0]["id"], 1);

        // Told, and missing.
        let missing = play.asks("setBreakpoints", list(&json!([])));
        if role == Role::Host {
            assert_eq!(edits(&missing), [Edit::Remove("bob".into())]);
            assert_eq!(told(&missing), ["+setBreakpoints"]);
        } else {
            assert_eq!(edits(&missing), []);
            assert_eq!(told(&missing), ["+setBreakpoints", "breakpoint new"], "{role:?}");
        }
    }
}

#[test]
fn changes_are_made_in_place_where_one_may() {
    let mut play = Play::joined(Role::Host);
    let bob = play.bob.id;
    play.sets(entry("bob", 7, bob));
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7, "condition": "x > 1" }])));
    let changed = BreakpointEntry { condition: Some("x > 1".into()), ..entry("bob", 7, bob) };
    assert_eq!(edits(&asked), [Edit::Set(changed)]);
    assert_eq!(told(&play.takes(&asked)), ["+setBreakpoints"]);

    // An event has no conditions, so who lists it as it was told means it as it is: the condition stays.
    let mut play = Play::joined(Role::Collaborator);
    let (ada, bob) = (play.ada.id, play.bob.id);
    let other = BreakpointEntry { condition: Some("y".into()), ..entry("bob", 7, bob) };
    let news = play.sets(other);
    let shown = &sent(&news).last().unwrap()["body"]["breakpoint"]["message"];
    assert_eq!(shown, "Bob's. Stops if `y`.");
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7 }])));
    assert_eq!(edits(&asked), [], "Bob's condition would count for nothing beside one without");
    // One that counts hits is another, and stands beside it.
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7, "hitCondition": "3" }])));
    let own = BreakpointEntry { hit_condition: Some("3".into()), ..entry("ada-1", 7, ada) };
    assert_eq!(edits(&asked), [Edit::Set(own)]);
    play.takes(&asked);
    // One's own loses its condition when it is listed without.
    let bare = play.asks("setBreakpoints", list(&json!([{ "line": 7, "hitCondition": "3" }, { "line": 7 }])));
    assert_eq!(edits(&bare), [], "each means one of the two");
    let off = play.asks("setBreakpoints", list(&json!([])));
    assert_eq!(edits(&off), [Edit::Remove("ada-1".into())], "only the own one");
    assert_eq!(told(&off), ["+setBreakpoints", "breakpoint new"], "Bob's is told again");
}

#[test]
fn ones_own_condition_goes_when_it_is_listed_without() {
    let mut play = Play::joined(Role::Host);
    let ada = play.ada.id;
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7, "condition": "x" }])));
    play.takes(&asked);
    let bare = play.asks("setBreakpoints", list(&json!([{ "line": 7 }])));
    assert_eq!(edits(&bare), [Edit::Set(entry("ada-1", 7, ada))]);
}

#[test]
fn what_does_not_hold_now_is_unverified_and_says_why() {
    let mut play = Play::joined(Role::Collaborator);
    let bob = play.bob.id;
    play.sets(entry("bob", 7, bob));
    let shown = |effects: &[Effect]| {
        let events: Vec<&Value> = sent(effects).into_iter().filter(|m| m["event"] == "breakpoint").collect();
        assert_eq!(events.len(), 1, "{effects:?}");
        let breakpoint = &events[0]["body"]["breakpoint"];
        (breakpoint["verified"] == true, breakpoint["message"].as_str().unwrap_or_default().to_owned())
    };
    let muted = |all: bool, participants: Vec<ParticipantId>| Event::Muted { all, participants };
    let told = shown(&play.happens(None, muted(true, vec![])));
    assert_eq!(told, (false, "All breakpoints are muted in the room.".to_owned()));
    let told = shown(&play.happens(None, muted(false, vec![bob])));
    assert_eq!(told, (false, "Bob's breakpoints are muted in the room.".to_owned()));
    assert_eq!(shown(&play.happens(None, muted(false, vec![]))), (true, String::new()));
    let disarmed = Event::BreakpointDisarmed { id: "bob".into(), per_second: 900 };
    let (verified, why) = shown(&play.happens(None, disarmed));
    assert!(!verified && why.contains("900 times a second"), "{why}");
    assert!(shown(&play.happens(Some(bob), Event::BreakpointRearmed { id: "bob".into() })).0);
    play.happens(None, Event::Source { path: APP.to_owned(), hash: SourceHash("h".into()), lines: 3 });
    let drifted = Event::SourceDrift { path: APP.to_owned(), drifted: true };
    let (verified, why) = shown(&play.happens(None, drifted));
    assert!(!verified && why.contains("has changed"), "{why}");
}

#[test]
fn a_snap_point_is_left_what_it_is() {
    let mut play = Play::joined(Role::Host);
    let bob = play.bob.id;
    let snap = BreakpointEntry { snap: true, ..entry("bob", 7, bob) };
    let news = play.sets(snap);
    let shown = sent(&news).last().unwrap()["body"]["breakpoint"]["message"].clone();
    assert_eq!(shown, "Bob's. A snap point: captures stack and locals, and runs on.");
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7 }])));
    assert_eq!(edits(&asked), [], "an editor that took it over doesn't make it stop the house");
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 7, "condition": "x" }])));
    assert!(matches!(&edits(&asked)[..], [Edit::Set(new)] if new.id.0 == "ada-1"), "{asked:?}");
}

#[test]
fn functions_have_a_list_of_their_own() {
    let functions = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({ "breakpoints": list })
    };
    let mut play = Play::joined(Role::Collaborator);
    let (ada, bob) = (play.ada.id, play.bob.id);
    let at = |id: &str, name: &str, author| BreakpointEntry {
        path: String::new(),
        function: Some(name.to_owned()),
        ..entry(id, 0, author)
    };
    let said = ["output Breakroom: Bob set a breakpoint on function `tick`."];
    assert_eq!(told(&play.sets(at("bob", "tick", bob))), said, "no event can name a function");
    let asked = play.asks("setFunctionBreakpoints", functions(&["tick", "evening"]));
    assert_eq!(edits(&asked), [Edit::Set(at("ada-1", "evening", ada))], "Bob's is there already");
    let answer = body_of(&play.takes(&asked));
    assert_eq!(answer["breakpoints"][1]["verified"], true);
    assert!(answer["breakpoints"][1].get("line").is_none(), "{answer}");
    // A file's list leaves functions alone, and the other way round.
    assert_eq!(edits(&play.asks("setBreakpoints", list(&json!([])))), []);
    let off = play.asks("setFunctionBreakpoints", functions(&[]));
    assert_eq!(edits(&off), [Edit::Remove("ada-1".into())]);
    assert!(
        sentence_of(&play.asks("setFunctionBreakpoints", json!({ "breakpoints": [{}] }))).contains("name")
    );
}

#[test]
fn code_in_breakpoints_needs_the_right_to_run_it() {
    for (role, may) in [(Role::Host, true), (Role::Collaborator, false), (Role::Watcher, false)] {
        for (key, text, is_code) in [
            ("condition", "x", true),
            ("logMessage", "{x}", true),
            ("hitCondition", "f()", true),
            ("hitCondition", ">= 3", false),
            ("condition", "  ", false),
        ] {
            let mut play = Play::joined(role);
            let asked = play.asks("setBreakpoints", list(&json!([{ "line": 3, key: text }])));
            let expected = role != Role::Watcher && (may || !is_code);
            assert_eq!(edits(&asked).len(), usize::from(expected), "{role:?} {key} {text}");
            if !expected {
                let answer = &body_of(&asked)["breakpoints"][0];
                assert_eq!(answer["verified"], false);
                assert!(answer["message"].as_str().unwrap().len() > 20);
            }
        }
    }
}

#[test]
fn what_the_room_does_not_keep_or_debugpy_does_not_answer_is_still_answered() {
    let mut play = Play::joined(Role::Host);
    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 3 }])));
    let refused = play.facade.handle(Input::Room(FromRoom::Refused("ada-1".into())));
    assert_eq!(body_of(&refused)["breakpoints"][0]["verified"], false);
    let [.., Effect::Alarm { alarm, .. }] = asked[..] else { panic!("{asked:?}") };
    assert_eq!(told(&play.facade.handle(Input::Alarm(alarm))), [""; 0], "it was answered");

    let asked = play.asks("setBreakpoints", list(&json!([{ "line": 4 }])));
    let [.., Effect::Alarm { alarm, .. }] = asked[..] else { panic!("{asked:?}") };
    let late = play.facade.handle(Input::Alarm(alarm));
    assert_eq!(body_of(&late)["breakpoints"][0]["verified"], false);
    assert_eq!(told(&play.takes(&asked)), ["breakpoint changed"], "debugpy's word comes after all");
}

#[test]
fn what_others_do_arrives_as_events_and_disabled_ones_are_none() {
    let mut play = Play::joined(Role::Watcher);
    let bob = play.bob.id;
    assert_eq!(told(&play.sets(entry("bob", 7, bob))), ["breakpoint new", "breakpoint changed"]);
    let other = BreakpointEntry { line: 9, ..entry("bob", 7, bob) };
    assert_eq!(told(&play.sets(other)), ["breakpoint changed"]);
    let disabled = BreakpointEntry { enabled: false, ..entry("bob", 9, bob) };
    assert_eq!(
        told(&play.happens(Some(bob), Event::BreakpointSet { entry: disabled })),
        ["breakpoint removed"]
    );
    assert_eq!(told(&play.sets(entry("bob", 9, bob)))[0], "breakpoint new");
    let gone = play.happens(Some(bob), Event::BreakpointRemoved { id: "bob".into() });
    assert_eq!(told(&gone), ["breakpoint removed"]);
}

#[test]
fn lists_of_editors_that_count_otherwise_or_say_nothing() {
    let mut play = Play::joined(Role::Host);
    play.asks("initialize", json!({ "linesStartAt1": false, "columnsStartAt1": false }));
    let asked = play.asks("setBreakpoints", json!({ "source": { "path": FILE }, "lines": [0, 4] }));
    let lines: Vec<u32> = edits(&asked)
        .iter()
        .map(|edit| match edit {
            Edit::Set(entry) => entry.line,
            Edit::Remove(_) => 0,
        })
        .collect();
    assert_eq!(lines, [1, 5]);
    let answered = play.takes(&asked);
    assert_eq!(body_of(&answered)["breakpoints"][1]["line"], 4);
    for bad in [
        json!({}),
        json!({ "source": { "path": "app.py" } }),
        json!({ "source": { "path": APP }, "breakpoints": [{}] }),
    ] {
        assert!(sentence_of(&play.asks("setBreakpoints", bad)).contains("absolute path"));
    }
}
