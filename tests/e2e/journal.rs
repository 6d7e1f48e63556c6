//! Nothing is lost: resuming, a killed server, and the recording beside what was seen live.

use crate::support::program::{TICK_LINE, TICKING, runs_on};
use crate::support::{Launch, Person, Server, until};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    EndReason, Envelope, ErrorCode, Event, JournalSeq, SessionRow, Snapshot, StopId, StopInfo,
};
use breakroom_test_support::debuggee::Debuggee;

#[derive(serde::Deserialize)]
struct Moment {
    snapshot: Snapshot,
    events: Vec<Envelope>,
}

/// The state at an event, as a recording gives it.
pub async fn moment(person: &Person, session: &str, at: JournalSeq) -> Snapshot {
    let moment: Moment = person.get(&format!("/api/sessions/{session}/moment?at={at}")).await.json();
    assert!(moment.snapshot.seq <= at);
    let mut now = moment.snapshot;
    for envelope in &moment.events {
        now.apply(envelope);
    }
    now
}

/// Every event of a recording.
pub async fn all_events(person: &Person, session: &str) -> Vec<Envelope> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let from = events.last().map_or(1, |last| last.seq.0 + 1);
        let path = format!("/api/sessions/{session}/events?from={from}&limit=50");
        let page: Vec<Envelope> = person.get(&path).await.json();
        if page.is_empty() {
            return events;
        }
        assert!(page.len() <= 50);
        events.extend(page);
    }
}

/// Three stops in the loop.
pub async fn three_stops(debuggee: &Debuggee, ada: &Person) {
    let breakpoints = ada.opens(DocName::Breakpoints).await;
    breakpoints.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.opens(DocName::Notes).await.writes("n1", debuggee.script_path(), TICK_LINE, "look here").await;
    ada.sees("the note", |now| !now.notes.is_empty()).await;
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 2).await;
}

#[tokio::test]
async fn who_comes_back_gets_exactly_what_was_missed() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let mut bob = server.guest_inside("Bob").await;
    three_stops(&debuggee, &ada).await;
    let kept = bob.leaves();
    ada.says("while Bob is away").await.done();
    ada.step_over().await.done();
    let away = ada.wait("Bob's leaving", |heard| (heard.now.last_stop.0 == 4).then_some(heard.now.seq)).await;
    bob.comes_back(kept.clone()).await;
    bob.look(|heard| {
        assert_eq!(heard.with_snapshot, Some(false), "no snapshot: what was missed follows");
        assert_eq!(heard.welcomed_at, kept.seq);
    });
    // `Live` checks that numbers have no holes; the fold of the missed ones is what Ada sees.
    let caught_up = bob.sees("up to where Ada was", |now| now.seq >= away).await;
    let adas = ada.sees("the same event", |now| now.seq >= caught_up.seq).await;
    if adas.seq == caught_up.seq {
        assert_eq!(adas, caught_up);
    }
    bob.look(|heard| assert_eq!(heard.events[0].seq.0, kept.seq.0 + 1));

    // From a number that nobody has: a snapshot. From the future: the same.
    for seq in [0, 1_000_000] {
        let mut other = server.guest_inside("Carol").await;
        other.leaves();
        let browser = &other.browser;
        let path = crate::support::live::path(bob.session(), Some(JournalSeq(seq)));
        let socket = crate::support::live::connect(browser, &path).await.unwrap();
        let live = crate::support::Live::on(socket, Snapshot::default());
        let with_snapshot = live.wait("the welcome", |heard| heard.with_snapshot).await;
        // A short session's events are all still in memory.
        assert_eq!(with_snapshot, seq != 0);
    }
}

/// Prints as many lines of as many characters as it is told to, and then says so.
const PRINTER: &str = r#"import sys
for line in sys.stdin:
    lines, size = map(int, line.split())
    for _ in range(lines):
        print("x" * size)
    print(f"printed {lines} {size}", flush=True)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn who_missed_more_than_is_kept_gets_a_snapshot_and_what_follows() {
    let mut debuggee = Debuggee::start(PRINTER).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let mut bob = server.guest_inside("Bob").await;
    let session = server.session();
    // The last lines only: looking at all of it each time would make the readers slow.
    let printed = |now: &Snapshot, lines: u32, size: u32| {
        let last = &now.output[now.output.len().saturating_sub(8)..];
        // In pieces, cut anywhere.
        let said: String = last.iter().map(|line| line.text.as_str()).collect();
        said.contains(&format!("printed {lines} {size}"))
    };
    let mut characters = 0;
    // More events than are kept in memory (2,000), and fewer that are more bytes than are kept (2 MiB).
    for (size, events, bytes) in [(1, 2_001, 0), (4_000, 0, 2 * 1024 * 1024)] {
        let kept = bob.leaves();
        let (before, mut lines) = (characters, 300);
        let away = loop {
            // debugpy joins lines as it likes.
            lines += 1;
            debuggee.write_line(&format!("{lines} {size}")).await;
            ada.sees("all that is printed", |now| printed(now, lines, size)).await;
            characters += (lines * size) as usize;
            let away = ada.now().seq;
            if away.0 - kept.seq.0 >= events && characters - before >= bytes {
                break away;
            }
        };
        assert!(events > 0 || away.0 - kept.seq.0 < 2_000, "it is the bytes");
        // It goes on while he comes back.
        debuggee.write_line(&format!("300 {size}")).await;
        characters += 300 * size as usize;
        bob.comes_back(kept.clone()).await;
        let welcomed_at = bob.look(|heard| {
            assert_eq!(heard.with_snapshot, Some(true), "what was missed is no longer in memory");
            heard.welcomed_at
        });
        assert!(welcomed_at >= away);
        // `Live` checks that what follows has no holes, and that it follows the snapshot.
        bob.sees("what is printed meanwhile", |now| printed(now, 300, size)).await;
        bob.says("back").await.done();
        until("both see the same", async || ada.now() == bob.now()).await;
        bob.look(|heard| assert_eq!(heard.events[0].seq.0, welcomed_at.0 + 1));

        // Who has the newest of it goes on without a snapshot.
        let tab = crate::support::Live::open(&bob.browser, session, Some(ada.now())).await;
        tab.look(|heard| assert_eq!(heard.with_snapshot, Some(false)));
    }
    // The recording has all that he missed.
    let events = all_events(&ada, &session.to_string()).await;
    assert!(events.iter().enumerate().all(|(at, envelope)| envelope.seq.0 == at as u64 + 1));
    let shown: usize = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Output { text, .. } => Some(text.matches('x').count()),
            _ => None,
        })
        .sum();
    assert_eq!(shown, characters);
}

/// A page of what the program printed.
#[derive(serde::Deserialize)]
struct OutputPage {
    events: Vec<Envelope>,
    earlier: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_reads_all_that_was_printed_backwards() {
    let mut debuggee = Debuggee::start(PRINTER).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    debuggee.write_line("3000 100").await;
    ada.sees("all of it", |now| now.output.iter().rev().take(4).any(|line| line.text.contains("printed")))
        .await;
    // Who was let in only now, and may only watch.
    let eve = ada.brings_watcher(&server, "Eve").await;
    let newest: OutputPage = eve.get(&eve.in_session("/output")).await.json();
    let end: OutputPage = eve.get(&eve.in_session(&format!("/output?before={}", u64::MAX))).await.json();
    assert_eq!(newest.events, end.events);

    let mut pages: Vec<OutputPage> = Vec::new();
    loop {
        let before = pages.last().map_or(u64::MAX, |page| page.events[0].seq.0);
        let path = eve.in_session(&format!("/output?before={before}&limit=7"));
        let page: OutputPage = eve.get(&path).await.json();
        assert!(!page.events.is_empty() && page.events.len() <= 7);
        pages.push(page);
        if !pages[pages.len() - 1].earlier {
            break;
        }
    }
    assert!(pages.len() > 1);
    let read: Vec<Envelope> = pages.into_iter().rev().flat_map(|page| page.events).collect();
    let printed: Vec<Envelope> = all_events(&ada, &server.session().to_string())
        .await
        .into_iter()
        .filter(|envelope| matches!(envelope.event, Event::Output { .. }))
        .collect();
    assert_eq!(read, printed);
    let nothing: OutputPage = eve.get(&eve.in_session("/output?before=0")).await.json();
    assert!(nothing.events.is_empty() && !nothing.earlier);
}

#[tokio::test]
async fn a_recording_is_what_was_seen_live() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    three_stops(&debuggee, &ada).await;
    let session = server.session().to_string();
    ada.opens(DocName::Breakpoints).await.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    ada.continues().await.done();
    ada.pauses().await.done();
    ada.sees("a fourth stop", |now| now.last_stop.0 == 4).await;
    let stops: Vec<StopInfo> = ada.get(&ada.in_session("/stops")).await.json();
    assert_eq!(stops.iter().map(|stop| stop.stop).collect::<Vec<_>>(), [1, 2, 3, 4].map(StopId));
    assert_eq!((stops[0].line, stops[0].reason.as_str()), (Some(TICK_LINE), "breakpoint"));
    assert!(stops[0].path.as_deref().unwrap().ends_with("/app.py"));
    assert_eq!((stops[1].line, stops[1].reason.as_str()), (Some(TICK_LINE + 1), "step"));

    // The moment at each stop's end is what was on the screen then.
    let events = all_events(&ada, &session).await;
    let seqs: Vec<u64> = events.iter().map(|envelope| envelope.seq.0).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let (live, seen_from) = ada.look(|heard| (heard.events.clone(), heard.welcomed_at));
    let of_them: Vec<_> =
        events.iter().filter(|envelope| envelope.seq > seen_from).take(live.len()).cloned().collect();
    assert_eq!(live[..of_them.len()], of_them);
    for stop in &stops[..3] {
        let mut fold = Snapshot::default();
        for envelope in events.iter().take_while(|envelope| envelope.seq <= stop.last_seq) {
            fold.apply(envelope);
        }
        let now = moment(&ada, &session, stop.last_seq).await;
        assert_eq!(now, fold);
        assert_eq!(now.stop.as_ref().unwrap().stop, stop.stop);
        assert!(crate::support::person::locals(&now).is_some());
        assert_eq!(now.driver, Some(ada.id()));
    }
    let later: Vec<StopInfo> = ada.get(&ada.in_session("/stops?from=3")).await.json();
    // The last one goes on.
    assert_eq!((later.len(), &later[0], later[1].seq), (2, &stops[2], stops[3].seq));
    let none: Vec<StopInfo> = ada.get(&ada.in_session("/stops?from=5")).await.json();
    assert_eq!(none, []);
    let past_the_end = ada.get(&ada.in_session("/moment?at=99999999")).await;
    assert!(
        past_the_end.status.is_success() || past_the_end.status.is_client_error(),
        "{}",
        past_the_end.text
    );
    for query in [
        "/moment",
        "/moment?at=x",
        "/moment?at=-1",
        "/events",
        "/events?from=1&limit=0",
        "/events?from=1&limit=1001",
        "/stops?from=x",
        "/stops?from=-1",
        "/stops?from=99999999999",
        "/output?before=abc",
        "/output?before=-1",
        "/output?before=99999999999999999999",
        "/output?limit=0",
        "/output?limit=1001",
        "/output?before=5&limit=x",
    ] {
        let status = ada.get(&ada.in_session(query)).await.status;
        assert_eq!(status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_killed_server_has_lost_nothing_that_was_seen() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    three_stops(&debuggee, &ada).await;
    ada.says("the last words").await.done();
    eve.sees("the last words", |now| !now.chat.is_empty()).await;
    server.kill9().await;
    eve.wait("the socket breaks", |heard| heard.closed).await;
    let (seen, from) = eve.look(|heard| (heard.events.clone(), heard.welcomed_at));
    runs_on(&debuggee).await;

    // On another port; Ada's old ticket is still good.
    let again = Launch::serve("").on_data(&server.data_folder()).start().await;
    let mut ada_again = ada;
    ada_again.browser = again.stranger().with_ticket(ada_again.browser.ticket.as_ref().unwrap());
    let session = server.session().to_string();
    let row: SessionRow = ada_again.get(&format!("/api/sessions/{session}")).await.json();
    assert_eq!(row.end_reason, Some(EndReason::ServerKilled));
    assert_eq!(row.stops, 3);
    let events = all_events(&ada_again, &session).await;
    let recorded: Vec<_> =
        events.iter().filter(|envelope| envelope.seq > from).take(seen.len()).cloned().collect();
    assert_eq!(recorded, seen, "everything that was seen is in the recording");
    assert!(matches!(events.last().unwrap().event, Event::Ended { reason: EndReason::ServerKilled, .. }));
    let end = moment(&ada_again, &session, events.last().unwrap().seq).await;
    assert_eq!(end.chat.last().unwrap().text, "the last words");
    let source = &end.sources[debuggee.script_path().to_str().unwrap()].hash;
    let text = ada_again.get(&format!("/api/sessions/{session}/sources/{source}")).await;
    assert_eq!(text.text, TICKING);
    let (status, _) =
        crate::support::live::connect(&ada_again.browser, &format!("/api/sessions/{session}/live"))
            .await
            .unwrap_err();
    assert_eq!(status, ErrorCode::SessionEnded.status());

    // Deleted, it is gone; with its tickets.
    let host = again.host("Bea").await;
    host.delete(&format!("/api/sessions/{session}")).await.is_good();
    host.get(&format!("/api/sessions/{session}/stops")).await.expect_refused(ErrorCode::SessionNotFound);
    assert_eq!(host.get("/api/sessions").await.json::<Vec<SessionRow>>(), []);
}
