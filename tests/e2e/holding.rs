//! Breakpoints that are held back: muted, disarmed, expired.

use crate::support::program::{TICK_LINE, TICKING, runs_on};
use crate::support::{Person, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, EntryId, ErrorCode, Event, OutputCategory, SessionInfo};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;

fn entry(id: &str) -> EntryId {
    EntryId::from(id)
}

async fn is_set(person: &Person, id: &str) {
    person
        .sees("the breakpoint is set", |now| {
            now.breakpoints.get(&entry(id)).is_some_and(|it| it.verified == Some(true))
        })
        .await;
}

/// Goes on; the program must not stop while it prints some more.
async fn runs_freely(debuggee: &Debuggee, person: &Person) {
    let stops = person.now().last_stop;
    for _ in 0..3 {
        runs_on(debuggee).await;
    }
    assert_eq!(person.up_to_date().await.last_stop, stops);
}

#[tokio::test]
async fn muted_breakpoints_are_passed_over_and_everybody_sees_whose() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let script = debuggee.script_path();
    bob.sends(Command::MuteMine { muted: true }).await.done();
    bob.sends(Command::MuteMine { muted: true }).await.done();
    bob.opens(DocName::Breakpoints).await.sets("bobs", script, TICK_LINE, &[]).await;
    let message = |person: &Person| person.now().breakpoints[&entry("bobs")].message.clone();
    ada.sees("it says that it is muted", |now| {
        now.breakpoints.get(&entry("bobs")).is_some_and(|it| it.message.is_some())
    })
    .await;
    assert_eq!(message(&ada).as_deref(), Some("Muted by who set it."));
    runs_freely(&debuggee, &ada).await;
    assert_eq!((ada.count("muted"), ada.up_to_date().await.muted), (1, vec![bob.id()]));

    // Ada's own on the same line holds, and only hers is hit.
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.sets("adas", script, TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    let hit = |event: &Event| match event {
        Event::Hit { entries, .. } => Some(entries.clone()),
        _ => None,
    };
    assert_eq!(ada.sees_event("whose it was", hit).await, [entry("adas")]);
    bob.sends(Command::MuteMine { muted: false }).await.done();
    is_set(&ada, "bobs").await;
    assert_eq!(message(&ada), None);

    // Everybody's: for the driver or a host.
    bob.sends(Command::MuteAll { muted: true }).await.expect_refused(ErrorCode::NotAllowed);
    ada.sends(Command::MuteAll { muted: true }).await.done();
    ada.continues().await.done();
    ada.sees_running().await;
    runs_freely(&debuggee, &ada).await;
    // Who comes now sees it too, and what is set now is muted as well.
    let cyd = server.guest_inside("Cyd").await;
    assert!(cyd.now().muted_all);
    cyd.opens(DocName::Breakpoints).await.sets("cyds", script, TICK_LINE + 1, &[]).await;
    cyd.sees("it is muted", |now| now.breakpoints.get(&entry("cyds")).is_some_and(|it| it.message.is_some()))
        .await;
    runs_freely(&debuggee, &ada).await;
    ada.sends(Command::MuteAll { muted: false }).await.done();
    ada.sees("it stops again", |now| matches!(now.phase, Phase::Stopped)).await;
}

/// Comes by a line as often as it can, in two threads.
pub const HOT: &str = r#"import threading
import time

passes = [0, 0]

def hot(me):
    while True:
        passes[me] += 1

for me in range(2):
    threading.Thread(target=hot, args=(me,), daemon=True).start()
while True:
    before = sum(passes)
    time.sleep(0.1)
    print("passes", sum(passes) - before, flush=True)
"#;
pub const HOT_LINE: u32 = 8;

fn last_passes(debuggee: &Debuggee) -> u64 {
    let printed = debuggee.printed();
    printed.last().and_then(|line| line.strip_prefix("passes ")?.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn what_is_reached_too_often_is_disarmed_and_says_so_until_it_is_rearmed() {
    let debuggee = Debuggee::start(HOT).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let script = debuggee.script_path();
    let entries = ada.opens(DocName::Breakpoints).await;
    for (id, fields) in [
        ("condition", ("condition", "me == 5")),
        ("count", ("hitCondition", "> 1000000000")),
        ("log", ("logMessage", "{me}")),
        ("fails", ("condition", "nowhere")),
    ] {
        entries.sets(id, script, HOT_LINE, &[fields]).await;
        let what = format!("{id} is disarmed");
        let disarmed = ada.sees(&what, |now| {
            now.breakpoints.get(&entry(id)).is_some_and(|it| it.disarmed.is_some() && it.message.is_some())
        });
        let state = disarmed.await.breakpoints[&entry(id)].clone();
        assert!(state.disarmed > Some(100), "{state:?}");
        assert!(state.message.as_ref().unwrap().starts_with("Disarmed"), "{state:?}");
        let said = ada.now().output.into_iter().any(|line| {
            line.category == OutputCategory::Important
                && line.text.contains("Ada's breakpoint at app.py:8 was reached")
        });
        assert!(said, "{id}");
        entries.removes(id).await;
    }
    assert_eq!(ada.count("breakpoint_disarmed"), 4);
    // With nothing left, the program is as fast as it was; each passing would cost it tens of microseconds.
    until("it is fast again", async || last_passes(&debuggee) > 50_000).await;

    entries.sets("again", script, HOT_LINE, &[("condition", "me == 5")]).await;
    ada.sees("it is disarmed", |now| {
        now.breakpoints.get(&entry("again")).is_some_and(|it| it.disarmed.is_some())
    })
    .await;
    until("it is fast again", async || last_passes(&debuggee) > 50_000).await;
    bob.sends(Command::Rearm { entry: entry("gone") }).await.expect_refused(ErrorCode::NoSuchBreakpoint);
    bob.sends(Command::Rearm { entry: entry("again") }).await.done();
    ada.sees_events("breakpoint_rearmed", 1).await;
    ada.sees_events("breakpoint_disarmed", 6).await;
    // Who set it changes it: it holds again.
    entries.sets("again", script, HOT_LINE, &[("condition", "me == 1")]).await;
    ada.sees_stop_at("app.py", HOT_LINE).await;
    assert_eq!(ada.count("breakpoint_rearmed"), 2);
}

#[tokio::test]
async fn a_loop_that_is_over_within_a_second_disarms_nothing() {
    const BURST: &str = r#"import sys
for line in sys.stdin:
    for number in range(1600):
        total = number + 1
    print("through", flush=True)
"#;
    let mut debuggee = Debuggee::start_waiting(BURST).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.sets("late", debuggee.script_path(), 4, &[("condition", "number == 1590")]).await;
    is_set(&ada, "late").await;
    debuggee.write_line("go").await;
    ada.sees_stop_at("app.py", 4).await;
    assert_eq!(ada.count("breakpoint_disarmed"), 0);
}

#[tokio::test]
async fn breakpoints_of_who_is_gone_are_removed_after_the_configured_time() {
    let debuggee = Debuggee::start(TICKING).await;
    let config = format!(
        "[[targets]]\nname = 'app'\naddress = '{}'\n[limits]\nbreakpoints_of_gone = 0.05\n",
        debuggee.address()
    );
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let info: SessionInfo = ada.post("/api/sessions", json!({ "target": "app" })).await.json();
    ada.enters(info.id).await;
    let mut bob = ada.brings_collaborator(&server, "Bob").await;
    let script = debuggee.script_path();
    ada.opens(DocName::Breakpoints).await.sets("adas", script, 1, &[]).await;
    bob.opens(DocName::Breakpoints).await.sets("bobs", script, 2, &[]).await;
    ada.sees("both are set", |now| now.breakpoints.len() == 2).await;
    // Away for a moment: nothing happens.
    let kept = bob.leaves();
    ada.sees_events("left", 1).await;
    bob.comes_back(kept).await;
    ada.sees_events("joined", 3).await;
    bob.leaves();
    let now = ada.sees("Bob's is gone", |now| now.breakpoints.len() == 1).await;
    assert!(now.breakpoints.contains_key(&entry("adas")));
    let said = now.output.iter().find(|line| line.category == OutputCategory::Important).unwrap();
    assert_eq!(
        said.text,
        "Bob's breakpoint at app.py:2 is removed, as who set it has been gone for 3 seconds.\n"
    );
    // The doc has it no more either.
    let doc = ada.opens(DocName::Breakpoints).await;
    doc.sees("only Ada's", |content| content.contains("adas") && !content.contains("bobs")).await;
}
