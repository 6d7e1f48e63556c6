//! Killed servers: started again on the same data, they go on with their sessions, and nobody misses anything.

use crate::journal::{all_events, three_stops};
use crate::support::editor::listening;
use crate::support::person::top;
use crate::support::program::{TICK_LINE, TICKING, runs_on};
use crate::support::{Editor, Join, Launch, Live, Person, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    CloseCode, Command, EndReason, ErrorCode, Event, ExceptionFilters, SessionId, SessionRow, Snapshot,
};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// A server that is killed and started again, at the same address and on the same data.
struct Phoenix {
    launch: Launch,
    server: Server,
}

impl Phoenix {
    async fn rises(launch: Launch) -> Self {
        let launch = launch.on_fixed_port();
        Self { server: launch.clone().start().await, launch }
    }

    /// Serves these targets.
    async fn with_targets(targets: &[(&str, &Debuggee)]) -> Self {
        Self::rises(Launch::serve(&config(targets))).await
    }

    async fn dies(&mut self) {
        self.server.kill9().await;
    }

    async fn rises_again(&mut self) {
        self.server = self.launch.clone().start().await;
    }

    async fn dies_and_rises(&mut self) {
        self.dies().await;
        self.rises_again().await;
    }

    /// Somebody starts a session and is in it.
    async fn starts(&self, host: &mut Person, target: &str) -> SessionId {
        let row: SessionRow = host.post("/api/sessions", json!({"target": target})).await.json();
        host.enters(row.info.id).await;
        row.info.id
    }
}

fn config(targets: &[(&str, &Debuggee)]) -> String {
    targets
        .iter()
        .map(|(name, debuggee)| format!("[[targets]]\nname = '{name}'\naddress = '{}'\n", debuggee.address()))
        .collect()
}

/// The socket broke; they connect again as every client does. What they had seen.
async fn comes_back(person: &mut Person) -> Vec<breakroom_protocol::Envelope> {
    person.wait("the socket breaks", |heard| heard.closed).await;
    let seen = person.events();
    let kept = person.leaves();
    person.comes_back(kept).await;
    // The stop that they kept is the one from before: that it is none now comes with what they missed.
    let me = person.id();
    let is_me = |event: &Event| matches!(event, Event::Joined { participant } if participant.id == me);
    person
        .wait("they are in again", |heard| {
            let is_in = heard.with_snapshot == Some(true)
                || heard.events.iter().any(|envelope| is_me(&envelope.event));
            is_in.then_some(())
        })
        .await;
    seen
}

/// Everything that somebody saw is in the recording, at its number, and the recording has no holes.
async fn recording_has(person: &Person, seen: &[breakroom_protocol::Envelope]) {
    let events = all_events(person, &person.session().to_string()).await;
    assert!(events.iter().zip(1..).all(|(envelope, seq)| envelope.seq.0 == seq), "numbers without holes");
    let first = seen.first().map_or(1, |envelope| envelope.seq.0) as usize - 1;
    assert_eq!(&events[first..first + seen.len()], seen, "everything that was seen is in the recording");
}

#[tokio::test]
async fn killed_in_mid_stop_the_session_goes_on_as_it_was() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut house = Phoenix::with_targets(&[("app", &debuggee)]).await;
    let mut ada = house.server.host("Ada").await;
    house.starts(&mut ada, "app").await;
    let mut bob = ada.brings_collaborator(&house.server, "Bob").await;
    let mallory = ada.brings_collaborator(&house.server, "Mallory").await;
    ada.sends(Command::GrantCode { participant: bob.id(), granted: true }).await.done();
    ada.sends(Command::Remove { participant: mallory.id() }).await.done();
    let filters = ExceptionFilters { raised: true, ..ExceptionFilters::default() };
    ada.sends(Command::ExceptionFilters { filters }).await.done();
    three_stops(&debuggee, &ada).await;
    let bobs = bob.opens(DocName::Breakpoints).await;
    bobs.sets("b2", Path::new("/elsewhere.py"), 3, &[]).await;
    ada.sees("Bob's entry", |now| now.breakpoints.len() == 2).await;
    let notes = bob.opens(DocName::Notes).await;
    notes.replies("r1", "n1", "I see").await;
    notes.resolves("n1", Some("me")).await;
    ada.sees("it is resolved", |now| now.notes[&"n1".into()].resolved.is_some()).await;
    ada.says("the last words").await.done();
    bob.sees("the last words", |now| !now.chat.is_empty()).await;
    let (before, client) = (ada.now(), bobs.client());

    ada.sees_all_of_the_stop().await;
    house.dies().await;
    runs_on(&debuggee).await;
    house.rises_again().await;
    let seen = comes_back(&mut ada).await;
    ada.look(|heard| assert_eq!(heard.with_snapshot, Some(false), "just what was missed"));
    let lost = ada.sees_event("lost", |event| match event {
        Event::Lost { message } => Some(message.clone()),
        _ => None,
    });
    assert!(lost.await.contains("ran on meanwhile"));
    ada.sees_events("attached", 1).await;
    ada.wait("the next stop", |heard| (heard.now.last_stop.0 == before.last_stop.0 + 1).then_some(())).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    comes_back(&mut bob).await;
    let now = bob.sees("everybody", |now| now.people.values().filter(|person| person.present).count() == 2);
    let now = now.await;

    // Everything is as it was.
    assert_eq!(now.driver, Some(ada.id()), "the wheel stays");
    assert_eq!(now.exception_filters, filters);
    assert_eq!(now.breakpoints[&"b1".into()].verified, Some(true));
    let note = now.notes.values().next().unwrap();
    assert_eq!((&*note.text, note.author, note.resolved), ("look here", ada.id(), Some(bob.id())));
    assert_eq!((&now.notes, &now.replies), (&before.notes, &before.replies));
    assert_eq!(now.replies.len(), 1);
    assert_eq!(now.chat, before.chat);
    assert_eq!(now.sources, before.sources, "captured texts aren't asked for again");
    assert_eq!(ada.events().iter().filter(|envelope| envelope.event.kind() == "source").count(), 0);
    ada.evaluates("count").await.done();
    ada.step_over().await.done();
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;
    // Bob may run code while he drives, as before; nobody else had to say so again.
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    bob.evaluates("1 + 1").await.done();
    // His Yjs client id is still his, and nobody else's.
    let same = crate::support::DocSocket::open_with_client(
        &bob.browser,
        bob.session(),
        DocName::Breakpoints,
        client,
    )
    .await;
    assert!(same.content().contains("b2: "), "{}", same.content());
    same.removes("b2").await;
    ada.sees("Bob's entry is gone", |now| now.breakpoints.len() == 1).await;
    let forged = crate::support::DocSocket::open_with_client(
        &ada.browser,
        ada.session(),
        DocName::Breakpoints,
        client,
    )
    .await;
    forged.sets("forged", debuggee.script_path(), 1, &[]).await;
    forged.expect_closed(CloseCode::Forged).await;
    // Who was removed stays out.
    let (status, _) =
        crate::support::live::connect(&mallory.browser, &crate::support::live::path(ada.session(), None))
            .await
            .unwrap_err();
    assert!([401, 403].contains(&status), "{status}");
    recording_has(&ada, &seen).await;
}

#[tokio::test]
async fn killed_while_stepping_and_twice_in_a_row() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut house = Phoenix::with_targets(&[("app", &debuggee)]).await;
    let mut ada = house.server.host("Ada").await;
    house.starts(&mut ada, "app").await;
    let mut eve = ada.brings_watcher(&house.server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        // A step is under way at the moment of the kill.
        for _ in 0..5 {
            ada.step_over().await.done();
            ada.wait("a stop", |heard| (heard.now.phase == Phase::Stopped).then_some(())).await;
        }
        // The step alone is under way: an evaluation could cost debugpy's adapter its life.
        ada.sees_all_of_the_stop().await;
        let step = Command::Next { stop: ada.stop(), thread: None };
        let message = breakroom_protocol::ClientMessage { id: ada.number(), command: step };
        let text = serde_json::to_string(&message).unwrap();
        ada.send(tokio_tungstenite::tungstenite::Message::text(text)).await;
        house.dies_and_rises().await;
        comes_back(&mut ada).await;
        seen.extend(comes_back(&mut eve).await);
        eve.sees_events("attached", 1).await;
        eve.sees_stop_at("app.py", TICK_LINE).await;
        ada.sees_stop_at("app.py", TICK_LINE).await;
    }
    // Killed again before it has reached the program.
    ada.sees_all_of_the_stop().await;
    house.dies_and_rises().await;
    house.dies_and_rises().await;
    comes_back(&mut ada).await;
    seen.extend(comes_back(&mut eve).await);
    eve.sees_stop_at("app.py", TICK_LINE).await;
    ada.step_over().await.done();
    eve.sees_stop_at("app.py", TICK_LINE + 1).await;
    seen.extend(eve.events());
    recording_has(&eve, &seen).await;
    let last = eve.now();
    assert!(last.people.values().all(|person| person.present));
}

/// Calls a library for ever; [`LOADS_LINE`] does.
const LOADING: &str = r#"import json
import time

while True:
    time.sleep(0.02)
    json.loads("[2]")
"#;
const LOADS_LINE: u32 = 6;

#[tokio::test]
async fn what_an_editor_chose_at_attaching_holds_after_the_kill() {
    let debuggee = Debuggee::start(LOADING).await;
    let launch = Launch::share(&debuggee.address()).argument("--editor").argument("127.0.0.1:0");
    let mut house = Phoenix::rises(launch).await;
    until("editors can attach", async || listening(&house.server.printed()).is_some()).await;
    let port = listening(&house.server.printed()).unwrap();
    let editor = Editor::on_port(port).await;
    editor.attaches(json!({ "justMyCode": false, "showReturnValue": true })).await;
    let mut ada = house.server.host_inside_beside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), LOADS_LINE, &[]).await;
    ada.sees_stop_at("app.py", LOADS_LINE).await;
    let choice = ada.now().choice;
    assert_eq!((choice.options.just_my_code, choice.options.show_return_value), (Some(false), Some(true)));

    // Twice, as what was made anew must be kept, too.
    for _ in 0..2 {
        let last = ada.now().last_stop;
        ada.sees_all_of_the_stop().await;
        house.dies_and_rises().await;
        comes_back(&mut ada).await;
        ada.wait("a stop of this life", |heard| (heard.now.last_stop > last).then_some(())).await;
        ada.sees_stop_at("app.py", LOADS_LINE).await;
        assert_eq!(ada.up_to_date().await.choice, choice);
        if ada.now().driver != Some(ada.id()) {
            ada.sends(Command::WheelTake).await.done();
        }
        ada.step_in().await.done();
        let in_library = |now: &Snapshot| {
            let path = top(now).and_then(|frame| frame.path.as_deref());
            now.phase == Phase::Stopped && path.is_some_and(|path| path.ends_with("/json/__init__.py"))
        };
        ada.sees("a stop in the library", in_library).await;
        ada.continues().await.done();
        ada.sees_stop_at("app.py", LOADS_LINE).await;
    }
}

/// Prints thousands of lines as fast as it can when it is told to, and then a few for ever.
const FLOODING: &str = r#"import sys
import time
sys.stdin.readline()
for number in range(4_000):
    print("line", number)
while True:
    number += 1
    print("line", number)
    time.sleep(0.01)
"#;

#[tokio::test]
async fn killed_in_a_flood_of_output_nothing_that_was_seen_is_missing() {
    let mut debuggee = Debuggee::start(FLOODING).await;
    let mut house = Phoenix::with_targets(&[("app", &debuggee)]).await;
    let mut ada = house.server.host("Ada").await;
    house.starts(&mut ada, "app").await;
    debuggee.write_line("go").await;
    ada.sees("a flood", |now| now.output.len() > 20).await;
    house.dies_and_rises().await;
    let seen = comes_back(&mut ada).await;
    ada.sees_events("attached", 1).await;
    let before = ada.now().seq;
    ada.sees("the flood goes on", |now| now.seq.0 > before.0 + 10).await;
    ada.sends(Command::Pause { after: ada.stop() }).await.done();
    ada.sees("a stop behind the flood", |now| now.phase == Phase::Stopped).await;
    recording_has(&ada, &seen).await;
}

/// A power cut may take the last transactions (`durability = "full"` keeps them); the rest goes on.
#[tokio::test]
async fn a_torn_end_of_the_journal_costs_that_end_only() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut house = Phoenix::with_targets(&[("app", &debuggee)]).await;
    let mut ada = house.server.host("Ada").await;
    house.starts(&mut ada, "app").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.sees_all_of_the_stop().await;
    ada.says("kept").await.done();
    let log = house.server.database().with_extension("sqlite3-wal");
    let whole = std::fs::metadata(&log).unwrap().len();
    for number in 0..3 {
        ada.says(&format!("torn {number}")).await.done();
    }
    let seen_last = ada.now().seq;
    house.dies().await;
    // In the middle of the first transaction after that: what came last of all, she may not have seen.
    let file = std::fs::OpenOptions::new().write(true).open(&log).unwrap();
    assert!(file.metadata().unwrap().len() > whole + 100, "the log only grows");
    file.set_len(whole + 100).unwrap();
    house.rises_again().await;
    comes_back(&mut ada).await;
    ada.look(|heard| {
        assert_eq!(heard.with_snapshot, Some(true), "what Ada has is not what the journal has");
        assert!(heard.welcomed_at > breakroom_protocol::JournalSeq(0));
    });
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let now = ada.now();
    assert_eq!(now.chat.first().unwrap().text, "kept");
    assert!(now.chat.len() < 4, "the last line is gone: {:?}", now.chat);
    assert!(now.seq > seen_last || now.seq.0 > 0);
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    recording_has(&ada, &ada.events()).await;
}

#[tokio::test]
async fn what_cannot_be_gone_on_with_ends_and_says_why() {
    let (gone, unwanted, kept) =
        (Debuggee::start(TICKING).await, Debuggee::start(TICKING).await, Debuggee::start(TICKING).await);
    let targets = |list: &[(&str, &Debuggee)]| format!("[limits]\nreattach_s = 5\n{}", config(list));
    let all = [("gone", &gone), ("unwanted", &unwanted), ("kept", &kept)];
    let mut house = Phoenix::rises(Launch::serve(&targets(&all))).await;
    let mut hosts = Vec::new();
    let mut ada = house.server.host("Ada").await;
    for (name, _) in all {
        let session = house.starts(&mut ada, name).await;
        ada.says(name).await.done();
        hosts.push(session);
    }
    let [gone_session, unwanted_session, kept_session] = hosts[..] else { panic!() };
    house.dies().await;
    let fewer = Launch::serve(&targets(&[("gone", &gone), ("kept", &kept)]));
    drop(unwanted);
    let mut gone = gone;
    gone.kill().await;
    house.server = fewer.on_data(&house.server.data_folder()).start().await;
    ada.browser = house.server.stranger().with_ticket(ada.browser.ticket.as_ref().unwrap());

    let ended = async |session: SessionId| {
        let mut found = None;
        until("the session ends", async || {
            let row: SessionRow = ada.get(&format!("/api/sessions/{session}")).await.json();
            found = row.end_reason;
            found.is_some()
        })
        .await;
        let events = all_events(&ada, &session.to_string()).await;
        let Event::Ended { message, .. } = events.last().unwrap().event.clone() else { panic!() };
        assert_eq!(found, Some(EndReason::ServerKilled));
        (events, message)
    };
    let (_, said) = ended(gone_session).await;
    assert!(said.contains("killed") && said.contains("start the program again"), "{said}");
    let (events, said) = ended(unwanted_session).await;
    assert!(said.contains("killed"), "{said}");
    assert!(!events.iter().any(|envelope| envelope.event.kind() == "lost"), "it just ends");
    // The one that can be gone on with is, nobody connected or not.
    until("it is attached again", async || {
        let events = all_events(&ada, &kept_session.to_string()).await;
        events.iter().filter(|envelope| envelope.event.kind() == "attached").count() == 2
    })
    .await;
    let targets: serde_json::Value = ada.get("/api/targets").await.json();
    assert_eq!(targets[1]["live_session"], json!(kept_session));
    ada.post("/api/sessions", json!({"target": "kept"})).await.expect_refused(ErrorCode::SessionAlreadyLive);
    let live = Live::open(&ada.browser, kept_session, None).await;
    live.wait("it runs", |heard| matches!(heard.now.phase, Phase::Running { .. }).then_some(())).await;
    live.look(|heard| assert_eq!(heard.now.chat[0].text, "kept"));
}

#[tokio::test]
async fn a_killed_share_goes_on_with_its_links_guests_and_editors() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut house = Phoenix::rises(Launch::share(&debuggee.address())).await;
    let session = house.server.session();
    let mut ada = house.server.host_inside("Ada").await;
    let invite = house.server.invite_url();
    let join = Join::start(&invite, "Vim", &[]).await;
    let editor: Editor = join.editor().await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    editor.stops().await;
    ada.sees_all_of_the_stop().await;

    house.dies_and_rises().await;
    assert_eq!(house.server.session(), session, "the same session");
    comes_back(&mut ada).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    // The editor was connected again by itself.
    editor.stops().await;
    ada.step_over().await.done();
    editor.stops().await;
    // The old invite works, and so does the new host link.
    let secret = invite.rsplit('=').next().unwrap();
    let mut bob = Person::by_invite(&house.server, secret, "Bob").await;
    bob.enters(session).await;
    let eve = house.server.host_inside_beside("Eve").await;
    eve.sees("all three", |now: &Snapshot| now.people.values().filter(|person| person.present).count() >= 4)
        .await;
    // An orderly stop still ends it.
    assert!(house.server.stop().await.success());
    let (reason, _) = eve.sees_end().await;
    assert_eq!(reason, EndReason::ServerStopped);
    tokio::time::timeout(Duration::from_secs(20), runs_on(&debuggee)).await.unwrap();
}
