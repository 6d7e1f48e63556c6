//! An editor on the wire: debugpy answers it, and the room has what it set.

use super::breakpoints::entry;
use super::*;
use breakroom_protocol::wire::{WireAsk, WireEvent, WireResponse, WireWord};

impl Play {
    /// Ada's editor on the wire, alone and attached.
    fn wired() -> Self {
        let mut play = Self::new(Role::Host);
        play.room.people.retain(|who, _| *who == play.ada.id);
        play.facade.config.wired = true;
        play.facade.life = super::super::Life::Wired;
        play.welcome();
        let hello = play.asks("initialize", json!({}));
        play.answers(&hello, true, json!({}));
        let attach = play.asks("attach", json!({ "name": "mine" }));
        play.answers(&attach, true, json!({}));
        play
    }

    /// debugpy's answer to what was just passed on.
    fn answers(&mut self, effects: &[Effect], success: bool, body: Value) -> Vec<Effect> {
        let message = (!success).then(|| "debugpy's own words".to_owned());
        let response = WireResponse { success, message, body: Some(body) };
        let word = WireWord::Answer { id: relayed(effects).id, outcome: Ok(response) };
        self.facade.handle(Input::Wire(word))
    }
}

fn relayed(effects: &[Effect]) -> &WireAsk {
    let relayed: Vec<&WireAsk> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Relay(ask) => Some(ask),
            _ => None,
        })
        .collect();
    let [ask] = relayed[..] else { panic!("one request is passed on: {effects:?}") };
    ask
}

fn edits(effects: &[Effect]) -> Vec<&Edit> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Edit(edit) => Some(edit),
            _ => None,
        })
        .collect()
}

#[test]
fn requests_and_words_pass_as_they_are() {
    let mut play = Play::wired();
    let asked = play.asks("evaluate", json!({ "expression": "1/0", "context": "repl", "odd": [1] }));
    let ask = relayed(&asked);
    assert_eq!((ask.command.as_str(), &ask.arguments["odd"]), ("evaluate", &json!([1])));
    let answer = play.answers(&asked, false, json!({ "why": 1 }));
    let message = sent(&answer)[0];
    assert_eq!(
        (&message["message"], &message["body"]),
        (&json!("debugpy's own words"), &json!({ "why": 1 }))
    );
    let event = WireEvent { event: "module".to_owned(), body: Some(json!({ "reason": "new" })) };
    assert_eq!(told(&play.facade.handle(Input::Wire(WireWord::Event(event)))), ["module new"]);
    // What the room tells beside it is debugpy's to say.
    assert_eq!(told(&play.stops(1)), [""; 0]);
    // A line that begins with a slash was never meant for debugpy.
    assert!(!names(&play.asks("evaluate", json!({ "expression": "/say hi", "context": "repl" }))).is_empty());
}

#[test]
fn what_debugpy_has_is_put_into_the_room_with_its_numbers() {
    let mut play = Play::wired();
    let list = json!({ "source": { "path": APP }, "breakpoints": [{ "line": 11, "condition": "count" }] });
    let asked = play.asks("setBreakpoints", list.clone());
    let answer = json!({ "breakpoints": [{ "id": 0, "verified": true, "line": 12 }] });
    let done = play.answers(&asked, true, answer.clone());
    assert_eq!(sent(&done)[0]["body"], answer);
    let [Edit::Set(entry)] = edits(&done)[..] else { panic!("{done:?}") };
    assert_eq!((entry.path.as_str(), entry.line, entry.condition.as_deref()), (APP, 11, Some("count")));
    let entry = entry.clone();
    let seen = play.happens(Some(play.ada.id), Event::BreakpointSet { entry: entry.clone() });
    assert_eq!(told(&seen), [""; 0], "debugpy told it");
    // Refused by debugpy, it isn't in the room either.
    let asked = play.asks("setBreakpoints", list.clone());
    assert!(edits(&play.answers(&asked, false, json!({}))).is_empty());
    // Bob sets one in the same file: the editor hears of it, and its next list goes the room's way.
    let (author, id) = (play.bob.id, EntryId("bob-1".to_owned()));
    let theirs = BreakpointEntry { id, author, line: 20, condition: None, ..entry };
    let seen = play.happens(Some(author), Event::BreakpointSet { entry: theirs });
    assert_eq!(told(&seen), ["breakpoint new"]);
    let number = sent(&seen)[0]["body"]["breakpoint"]["id"].as_i64().unwrap();
    assert!(number > 1_000_000, "none of debugpy's: {number}");
    let asked = play.asks("setBreakpoints", list);
    assert!(!asked.iter().any(|effect| matches!(effect, Effect::Relay(_))), "{asked:?}");
}

#[test]
fn an_older_list_that_debugpy_answers_late_is_not_put_into_the_room() {
    let mut play = Play::wired();
    let list = |lines: &[u32]| {
        let lines: Vec<_> = lines.iter().map(|line| json!({ "line": line })).collect();
        json!({ "source": { "path": APP }, "breakpoints": lines })
    };
    let older = play.asks("setBreakpoints", list(&[11]));
    let bob = play.bob.id;
    play.happens(Some(bob), Event::BreakpointSet { entry: entry("bob-1", 20, bob) });
    // Bob's is in the file by now: this one goes the room's way, and is the newest.
    play.asks("setBreakpoints", list(&[20]));
    let answer = json!({ "breakpoints": [{ "id": 0, "verified": true, "line": 11 }] });
    let done = play.answers(&older, true, answer);
    assert_eq!((edits(&done).len(), sent(&done).len()), (0, 1), "answered, and no more than that: {done:?}");
}

#[test]
fn a_child_s_session_leaves_the_room_to_the_program_s_until_it_leads() {
    let mut play = Play::new(Role::Host);
    play.facade.config.wired = true;
    play.facade.life = super::super::Life::Wired;
    play.welcome();
    let hello = play.asks("initialize", json!({}));
    play.answers(&hello, true, json!({}));
    let attach = play.asks("attach", json!({ "subProcessId": 7 }));
    play.answers(&attach, true, json!({}));
    let list = json!({ "source": { "path": APP }, "breakpoints": [{ "line": 11 }] });
    let answer = json!({ "breakpoints": [{ "id": 0, "verified": true, "line": 11 }] });
    let muted = |play: &mut Play, all| play.happens(None, Event::Muted { all, participants: [].into() });
    let asked = play.asks("setBreakpoints", list.clone());
    assert!(edits(&play.answers(&asked, true, answer.clone())).is_empty());
    assert!(!told(&muted(&mut play, true)).iter().any(|told| told.starts_with("output")), "it is said once");
    play.facade.handle(Input::Wire(WireWord::Leads));
    let asked = play.asks("setBreakpoints", list);
    assert_eq!(edits(&play.answers(&asked, true, answer)).len(), 1);
    assert!(told(&muted(&mut play, false)).iter().any(|told| told.starts_with("output")));
}

#[test]
fn whoever_waits_hears_the_end_and_who_leaves_has_left() {
    let mut play = Play::wired();
    play.asks("threads", json!({}));
    play.asks("disconnect", json!({}));
    let over = play.facade.handle(Input::OffWire);
    assert_eq!(told(&over), ["-threads", "+disconnect", "terminated"]);
    assert!(over.contains(&Effect::Close));
    assert_eq!(told(&play.facade.handle(Input::OffWire)), [""; 0], "once");
    assert_eq!(told(&play.asks("threads", json!({}))), ["-threads"]);
}

#[test]
fn a_child_is_looked_for_here() {
    let mut play = Play::wired();
    let word = WireWord::Child(json!({ "connect": { "host": "x", "port": 1 }, "subProcessId": 7 }));
    let said = play.facade.handle(Input::Wire(word));
    let message = sent(&said)[0];
    assert_eq!(message["event"], "debugpyAttach");
    assert_eq!(message["body"]["connect"], json!({ "host": "127.0.0.1", "port": 5678 }));
}
