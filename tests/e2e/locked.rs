//! Another program keeps the database locked: what was recorded can be read, who writes hears why not, the session goes
//! on, and the recording says where it has a hole.

use crate::journal::{all_events, moment, three_stops};
use crate::support::live::Heard;
use crate::support::program::TICKING;
use crate::support::{Answer, Person, Server, until};
use breakroom_protocol::fold::GapInfo;
use breakroom_protocol::{Command, ErrorCode, Event, JournalSeq, SessionRow, Snapshot, StopId, StopInfo};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use sqlx::{Connection, SqliteConnection};
use std::time::Instant;

#[tokio::test]
async fn a_locked_database_leaves_a_gap_and_the_session_goes_on() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    three_stops(&debuggee, &ada).await;
    let url = format!("sqlite://{}", server.database().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    // Seen only after it was tried for long enough to be given up; then in real time. A refusal comes after what led to it.
    let stop = ada.stop();
    let refused = async {
        let outcome = ada.sends(Command::Next { stop, thread: None }).await;
        outcome.expect_refused(ErrorCode::StaleStop);
        assert!(ada.count("resumed") > 2, "a refusal came before what it was about");
    };
    let (stepped, ()) = tokio::join!(ada.step_over(), refused);
    stepped.done();
    eve.sees("a fourth stop", |now| now.last_stop.0 == 4).await;
    let told = eve.wait("that it is not recorded", |heard| heard.recording.first().cloned()).await;
    assert!(!told.0 && told.1.as_ref().is_some_and(|why| why.len() > 10), "{told:?}");
    ada.says("not recorded").await.done();
    eve.sees("the line", |now| !now.chat.is_empty()).await;
    // Who comes in now is told too... as far as signing in, which needs the database, goes.
    let tab = eve.second_tab().await;
    tab.wait("that it is not recorded", |heard| (!heard.recording.is_empty()).then_some(())).await;

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let told = eve.wait("that it is recorded again", |heard| heard.recording.get(1).cloned()).await;
    assert_eq!(told, (true, None));
    ada.says("recorded again").await.done();
    eve.sees("the line", |now| now.chat.len() == 2).await;
    let events = all_events(&ada, &server.session().to_string()).await;
    let gap = events.iter().find_map(|envelope| match &envelope.event {
        Event::Gap { to, reason } => Some((envelope.seq, *to, reason.clone())),
        _ => None,
    });
    let (from, to, reason) = gap.expect("the recording says where it has a hole");
    assert!(from <= to && reason.len() > 5);
    let lines: Vec<_> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Chat { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(lines, ["recorded again"]);
    // What the docs and the fold say is whole again after the gap.
    until("a keyframe after the gap", async || {
        let now = moment(&ada, &server.session().to_string(), eve.now().seq).await;
        now.last_stop.0 == 4
            && now.notes.len() == 1
            && now.chat.iter().any(|line| line.text == "recorded again")
    })
    .await;
    assert!(server.is_running());
}

/// What can be read over HTTP of a session with three stops, each several times at once; the numbers of its events.
async fn reads_everything(who: &Person, last: JournalSeq) -> Vec<u64> {
    let session = who.session().to_string();
    let once = async || {
        let path = who.in_session("");
        let (rows, row) = tokio::join!(who.get("/api/sessions"), who.get(&path));
        let row: SessionRow = row.json();
        assert_eq!((rows.json::<Vec<SessionRow>>(), row.stops), (vec![row], 3));
        let stops: Vec<StopInfo> = who.get(&who.in_session("/stops")).await.json();
        assert_eq!(stops.len(), 3);
        let (now, events) = tokio::join!(moment(who, &session, last), all_events(who, &session));
        assert_eq!((now.seq, now.last_stop), (last, StopId(3)));
        let source = &now.sources.values().next().unwrap().hash;
        assert_eq!(who.get(&who.in_session(&format!("/sources/{source}"))).await.text, TICKING);
        events.iter().map(|envelope| envelope.seq.0).collect::<Vec<_>>()
    };
    let (one, ..) = tokio::join!(once(), once(), once(), once(), once(), once());
    one
}

#[tokio::test]
async fn a_locked_database_can_be_read() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    three_stops(&debuggee, &ada).await;
    let (invite, _) = ada.invites(json!({"role": "watcher", "uses": 10})).await;
    ada.says("before").await.done();
    let last = eve.sees("the line", |now| !now.chat.is_empty()).await.seq;
    let session = server.session().to_string();
    let url = format!("sqlite://{}", server.database().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();

    // For a moment: what is said meanwhile is seen when it is recorded.
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let meanwhile = async {
        let numbers = reads_everything(&eve, last).await;
        assert!(numbers.len() as u64 >= last.0 && numbers.iter().copied().eq(1..=numbers.len() as u64));
        sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    };
    let (said, ()) = tokio::join!(ada.says("meanwhile"), meanwhile);
    said.done();
    eve.sees("the line", |now| now.chat.len() == 2).await;

    // For long: the session goes on, unrecorded, which it says; what was recorded can be read all the time.
    let last = eve.now().seq;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    ada.says("not recorded").await.done();
    eve.sees("the line", |now| now.chat.len() == 3).await;
    let told = |ok: bool| move |heard: &Heard| heard.recording.last().filter(|told| told.0 == ok).cloned();
    let (_, why) = eve.wait("that it is not recorded", told(false)).await;
    assert!(why.as_ref().is_some_and(|why| why.contains("locked")), "{why:?}");
    let recorded = reads_everything(&eve, last).await;
    assert!(recorded.len() as u64 >= last.0 && recorded.iter().copied().eq(1..=recorded.len() as u64));
    // What needs to be written ends in a sentence, and holds up nobody who reads.
    let door = server.stranger();
    let coming = async || door.post("/api/auth/invite", json!({"secret": invite, "name": "Bob"})).await;
    let began = Instant::now();
    let coming = async {
        let all = tokio::join!(coming(), coming(), coming(), coming(), coming(), coming());
        <[Answer; 6]>::from(all)
    };
    let reading = async {
        let numbers = reads_everything(&eve, last).await;
        (numbers, began.elapsed())
    };
    let invites = ada.in_session("/invites");
    let (refused, (numbers, took), ended) =
        tokio::join!(coming, reading, ada.post(&invites, json!({"role": "watcher"})));
    let whole = began.elapsed();
    for answer in refused.iter().chain([&ended]) {
        let sentence = answer.expect_refused(ErrorCode::JournalUnavailable);
        assert!(sentence.contains("locked") && sentence.contains("Try again"), "{sentence}");
    }
    assert!(took < whole, "who reads waits for nobody who writes");
    assert_eq!(numbers, recorded);

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    eve.wait("that it is recorded again", told(true)).await;
    ada.says("recorded").await.done();
    let last = eve.sees("the line", |now| now.chat.len() == 4).await.seq;
    // Whole: each number is an event or in a gap that says why.
    let (mut next, mut gaps) = (1, Vec::new());
    for envelope in all_events(&ada, &session).await {
        assert_eq!(envelope.seq.0, next);
        next = match &envelope.event {
            Event::Gap { to, reason } => {
                assert!(reason.contains("locked"), "{reason}");
                gaps.push(GapInfo { from: envelope.seq, to: *to, reason: reason.clone() });
                to.0 + 1
            }
            _ => next + 1,
        };
    }
    assert!(next > last.0);
    assert!(!gaps.is_empty());
    // What follows the gap knows of it, and of what the people saw meanwhile.
    until("a keyframe after the gap", async || {
        let recorded = moment(&ada, &session, eve.now().seq).await;
        recorded == Snapshot { gaps: gaps.clone(), ..eve.now() }
    })
    .await;
    Person::by_invite(&server, &invite, "Bob").await;
}
