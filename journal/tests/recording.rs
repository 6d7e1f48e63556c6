//! Writing and reading when all is well.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use breakroom_journal::{
    AppendError, Batch, DocUpdate, JournalError, MAX_EVENTS_BYTES, MAX_OUTPUT_BYTES, MAX_PAGE, OutputPage,
    Row,
};
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::Snapshot;
use breakroom_protocol::ids::{JournalSeq, ParticipantId, ProcessId, SessionId, SourceHash, StopId};
use breakroom_protocol::model::{EndReason, OutputCategory};
use breakroom_protocol::room::DocName;
use common::{Folder, Session, any_event, chat, ended, envelope, fold, resumed, stack, stopped};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::sync::mpsc;
use uuid::Uuid;

#[tokio::test]
async fn what_was_told_as_kept_is_there_in_order() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut sessions = [Session::begin(&journal).await, Session::begin(&journal).await];
    for round in 0..300 {
        for session in &mut sessions {
            let events = (0..=round % 4).map(|n| chat(format!("{round}.{n}")));
            session.append(events).await;
        }
    }
    for session in &mut sessions {
        let (mut upto, last) = (0, session.next - 1);
        while upto < last {
            let told = session.told().await;
            assert!(told.kept && told.recording.is_ok() && told.gap.is_none());
            assert_eq!(told.token, Some(told.upto.0), "answers in the order of the batches");
            assert!(told.upto.0 > upto);
            upto = told.upto.0;
            let there = journal.events(session.id, told.upto, 1).await.unwrap();
            assert_eq!(there[0].seq, told.upto, "committed, then told");
        }
        let all = journal.events(session.id, JournalSeq(1), MAX_PAGE).await.unwrap();
        assert_eq!(all.len() as u64, last);
        assert!(all.iter().zip(1..).all(|(envelope, seq)| envelope.seq.0 == seq));
        assert_eq!(all[1], envelope(2, chat("1.0")));
    }
    journal.close().await;
}

#[tokio::test]
async fn somebody_who_was_away_reads_on_from_a_number() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    session.keep((1..=2_500).map(|n| chat(n.to_string()))).await;
    let page = journal.events(session.id, JournalSeq(2_001), 100).await.unwrap();
    assert_eq!(page.len(), 100);
    assert_eq!(page[0], envelope(2_001, chat("2001")));
    assert_eq!(journal.events(session.id, JournalSeq(0), u32::MAX).await.unwrap().len(), MAX_PAGE as usize);
    assert!(journal.events(session.id, JournalSeq(2_501), 10).await.unwrap().is_empty());
    let unknown = SessionId::new();
    let refused = journal.events(unknown, JournalSeq(1), 10).await;
    assert!(matches!(refused, Err(JournalError::UnknownSession(id)) if id == unknown));
}

#[tokio::test]
async fn batches_are_kept_after_closing_and_opening() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    for n in 0..500 {
        session.append([chat(n.to_string())]).await;
    }
    journal.close().await;
    assert!(matches!(session.recorder.try_append(Batch::default()), Err(AppendError::Gone)));

    let journal = folder.open().await;
    let row = journal.session(session.id).await.unwrap().unwrap();
    assert_eq!((row.events, row.stops, row.ended_at), (500, 0, None));
    let mut again = Session::resume(&journal, session.id, 501);
    again.keep([chat("on"), stopped(1)]).await;
    assert_eq!(journal.session(session.id).await.unwrap().unwrap().stops, 1);
}

#[tokio::test]
async fn the_counters_are_right_before_they_are_written() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let counted = async || {
        let stored = "SELECT events, stops, last_seq FROM sessions";
        let row: (i64, i64, i64) = sqlx::query_as(stored).fetch_one(journal.pool()).await.unwrap();
        row
    };
    session.keep([chat("the first is counted")]).await;
    assert_eq!(counted().await, (1, 0, 1));
    for stop in 1..=5 {
        session.keep([stopped(stop), resumed(stop)]).await;
    }
    assert_eq!(counted().await, (1, 0, 1), "a step writes nothing beside its events");
    let listed = async || {
        let row = journal.session(session.id).await.unwrap().unwrap();
        (row.events, row.stops)
    };
    assert_eq!(listed().await, (11, 5));
    assert_eq!(journal.moment(session.id, JournalSeq(u64::MAX)).await.unwrap().events.len(), 11);

    let mut batch = session.batch([chat("with a keyframe")]);
    batch.keyframe = Some((JournalSeq(11), "{}".into()));
    session.recorder.append(batch).await.unwrap();
    assert!(session.told().await.kept);
    assert_eq!(counted().await, (12, 5, 12));
    session.keep([stopped(6), ended(EndReason::DebuggeeExited)]).await;
    journal.end(session.id, 77, EndReason::DebuggeeExited).await.unwrap();
    assert_eq!(counted().await, (14, 6, 14));

    // What is behind the counters is found without looking at what is in front.
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as("EXPLAIN QUERY PLAN SELECT events, stops, last_seq FROM sessions_so_far")
            .fetch_all(journal.pool())
            .await
            .unwrap();
    let plan: Vec<_> =
        plan.iter().filter_map(|(.., what)| what.strip_prefix("SEARCH events USING ")).collect();
    let expected = [
        "COVERING INDEX sqlite_autoindex_events_1 (session=? AND seq>?)",
        "INDEX events_of_stops (session=? AND seq>?)",
        "COVERING INDEX sqlite_autoindex_events_1 (session=?)",
    ];
    assert_eq!(plan, expected);
}

#[test]
fn a_moment_is_the_fold_of_everything_before() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let plan =
        (prop::collection::vec(any::<(u8, u8)>(), 1..1_600), 20..700_usize, 1..60_usize, any::<[u16; 6]>());
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    let folder = Folder::new();
    let journal = runtime.block_on(folder.open());
    let outcome = runner.run(&plan, |(events, keyframe_every, batch_of, positions)| {
        runtime.block_on(async {
            let mut session = Session::begin(&journal).await;
            let all: Vec<Envelope> =
                events.iter().zip(1..).map(|((a, b), seq)| envelope(seq, any_event(*a, *b))).collect();
            let (mut snapshot, mut since) = (Snapshot::default(), 0);
            let chunks: Vec<_> = all.chunks(batch_of).collect();
            for chunk in &chunks {
                let rows = chunk.iter().map(|envelope| Row::new(envelope).unwrap());
                let mut batch = Batch { events: rows.collect(), ..Batch::default() };
                snapshot = fold(snapshot, *chunk);
                since += chunk.len();
                if since >= keyframe_every {
                    since = 0;
                    batch.keyframe = Some((snapshot.seq, serde_json::to_string(&snapshot).unwrap()));
                }
                session.recorder.append(batch).await.unwrap();
            }
            for _ in &chunks {
                assert!(session.told().await.kept);
            }
            let last = all.len();
            for at in positions.map(|position| usize::from(position) % last + 1).into_iter().chain([
                1,
                last,
                last + 9,
            ]) {
                let moment = journal.moment(session.id, JournalSeq(at as u64)).await.unwrap();
                assert!(moment.events.len() <= MAX_PAGE as usize);
                let expected = fold(Snapshot::default(), &all[..at.min(last)]);
                assert_eq!(fold(moment.snapshot, &moment.events), expected, "at {at}");
            }
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(journal.close());
}

#[tokio::test]
async fn a_moment_without_keyframes_is_folded_here() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    session.keep((1..=4_321).map(|n| chat(n.to_string()))).await;
    let moment = journal.moment(session.id, JournalSeq(4_000)).await.unwrap();
    assert!(moment.events.len() <= MAX_PAGE as usize);
    let now = fold(moment.snapshot, &moment.events);
    assert_eq!((now.seq.0, now.chat.last().unwrap().text.as_str()), (4_000, "4000"));
}

#[tokio::test]
async fn events_that_are_large_come_fewer_at_once() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let large = MAX_EVENTS_BYTES / 10;
    session.keep((1..=35).map(|n| chat(n.to_string() + &"x".repeat(large)))).await;
    session.keep([chat("y".repeat(2 * MAX_EVENTS_BYTES))]).await;
    let (mut all, mut pages) = (Vec::new(), Vec::new());
    while all.len() < 36 {
        let page = journal.events(session.id, JournalSeq(all.len() as u64 + 1), MAX_PAGE).await.unwrap();
        pages.push(page.len());
        all.extend(page);
    }
    assert_eq!(pages, [10, 10, 10, 6], "each ends with what makes it large");
    let last = journal.events(session.id, JournalSeq(36), MAX_PAGE).await.unwrap();
    assert_eq!(last.len(), 1, "one at least");
    let moment = journal.moment(session.id, JournalSeq(35)).await.unwrap();
    assert_eq!(moment.events.len(), 5, "the others are folded");
    assert_eq!(fold(moment.snapshot, &moment.events), fold(Snapshot::default(), &all[..35]));
}

#[tokio::test]
async fn more_stops_than_are_read_at_once_are_all_there() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    session.keep((1..=300).flat_map(|n| [stopped(n), stack(n, 1, "ring", n), resumed(n)])).await;
    for from in [1, 150, 299] {
        let stops = journal.stops(session.id, StopId(from)).await.unwrap();
        assert!(stops.iter().map(|stop| (stop.stop.0, stop.line)).eq((from..=300).map(|n| (n, Some(n)))));
    }
}

#[tokio::test]
async fn stops_say_where_and_how_long() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let events = [
        stopped(1),                      // 1
        stack(1, 2, "other_thread", 99), // 2
        stack(1, 1, "ring", 14),         // 3
        chat("look"),                    // 4
        resumed(1),                      // 5
        chat("running"),                 // 6
        stopped(2),                      // 7
        Event::Lost { message: "gone".into() },
        stopped(3), // 9
        stopped(4), // 10: a resume that was never told of
        stack(4, 1, "off", 3),
    ];
    session.keep(events).await;
    let stops = journal.stops(session.id, StopId(0)).await.unwrap();
    let spans: Vec<_> =
        stops.iter().map(|stop| (stop.stop.0, stop.seq.0, stop.last_seq.0, stop.line)).collect();
    assert_eq!(spans, [(1, 1, 4, Some(14)), (2, 7, 7, None), (3, 9, 9, None), (4, 10, 11, Some(3))]);
    assert_eq!(stops[0].function.as_deref(), Some("ring"));
    assert_eq!(stops[0].path.as_deref(), Some("/app/porch.py"));
    for from in 1..=5 {
        let some = journal.stops(session.id, StopId(from)).await.unwrap();
        assert_eq!(some, stops[from as usize - 1..], "from {from} on");
    }
    assert_eq!(journal.stops(session.id, StopId(u32::MAX)).await.unwrap(), []);

    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT seq, at, by, body FROM events WHERE session = 1 AND seq > 1 AND \
         kind IN ('attached', 'ended', 'lost', 'restarting', 'resumed', 'stack', 'stopped') ORDER BY seq LIMIT 9",
    )
    .fetch_all(journal.pool())
    .await
    .unwrap();
    assert!(plan.iter().any(|step| step.3.contains("events_of_stops (session=? AND seq>?)")), "{plan:?}");
}

fn printed(text: impl Into<String>) -> Event {
    Event::Output { category: OutputCategory::Stdout, text: text.into(), process: ProcessId(0) }
}

#[tokio::test]
async fn output_is_read_backwards_a_page_at_a_time() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let gap = Event::Gap { to: JournalSeq(9), reason: "the disk was full".into() };
    session.keep([chat("before"), printed("1"), stopped(1), printed("2")]).await;
    session.keep([chat("between"), printed("3"), chat("and"), printed("4")]).await;
    session.keep([gap.clone()]).await;
    session.keep((5..=300).flat_map(|n| [printed(n.to_string()), chat("between")])).await;

    let mut pages: Vec<Vec<Envelope>> = Vec::new();
    loop {
        let before = pages.last().map_or(JournalSeq(u64::MAX), |page| page[0].seq);
        let page = journal.output(session.id, before, 130).await.unwrap();
        pages.push(page.events);
        if !page.earlier {
            break;
        }
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [130, 130, 41]);
    let all: Vec<Event> = pages.into_iter().rev().flatten().map(|envelope| envelope.event).collect();
    let mut wanted: Vec<Event> = (1..=300).map(|n| printed(n.to_string())).collect();
    wanted.insert(4, gap);
    assert_eq!(all, wanted, "each once, in order, and where some are missing");

    let none = journal.output(session.id, JournalSeq(2), 10).await.unwrap();
    assert_eq!((none.events, none.earlier), (Vec::new(), false));
    let first = journal.output(session.id, JournalSeq(3), 10).await.unwrap();
    assert_eq!((first.events.len(), first.earlier), (1, false));
    let unknown = journal.output(SessionId::new(), JournalSeq(2), 10).await;
    assert!(matches!(unknown, Err(JournalError::UnknownSession(_))));

    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT seq, at, by, body FROM events WHERE session = 1 AND seq < 9 AND \
         kind IN ('gap', 'output') ORDER BY seq DESC LIMIT 10",
    )
    .fetch_all(journal.pool())
    .await
    .unwrap();
    let plan: Vec<_> = plan.iter().map(|step| step.3.as_str()).collect();
    assert_eq!(plan, ["SEARCH events USING INDEX events_of_output (session=? AND seq<?)"]);
}

#[tokio::test]
async fn a_page_of_output_is_not_larger_than_somebody_wants_to_wait_for() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    session.keep((0..700).map(|_| printed("x".repeat(4_096)))).await;
    session.keep([printed("y".repeat(3 * MAX_OUTPUT_BYTES))]).await;
    let size = |page: &OutputPage| -> usize {
        page.events.iter().map(|envelope| serde_json::to_string(&envelope.event).unwrap().len()).sum()
    };
    let largest = journal.output(session.id, JournalSeq(u64::MAX), MAX_PAGE).await.unwrap();
    assert_eq!((largest.events.len(), largest.earlier), (1, true), "one at least");
    let page = journal.output(session.id, largest.events[0].seq, u32::MAX).await.unwrap();
    assert!((MAX_OUTPUT_BYTES..MAX_OUTPUT_BYTES + 5_000).contains(&size(&page)), "{}", size(&page));
    assert_eq!(page.events.last().unwrap().seq.0, 700);
    assert!(page.earlier);
}

#[tokio::test]
async fn docs_and_sources_come_back() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let who = ParticipantId(Uuid::from_u128(3));
    let (small, large) = (SourceHash("a".repeat(64)), SourceHash("b".repeat(64)));
    let long: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
    for n in 0..3_u8 {
        let doc = DocName::Notes;
        let by = (n > 0).then_some(who);
        let doc_updates = vec![DocUpdate { doc, by, update: vec![n, 255] }];
        let doc_clients = vec![(u64::from(n), who)];
        let sources = vec![(small.clone(), "print(1)\n".into()), (large.clone(), long.as_str().into())];
        let batch = Batch { doc_updates, doc_clients, sources, token: 7, ..Batch::default() };
        session.recorder.append(batch).await.unwrap();
        assert_eq!(session.told().await.token, Some(7));
    }
    let updates = journal.doc_updates(session.id, DocName::Notes).await.unwrap();
    let updates: Vec<_> = updates.into_iter().map(|update| (update.by, update.update)).collect();
    assert_eq!(updates, [(None, vec![0, 255]), (Some(who), vec![1, 255]), (Some(who), vec![2, 255])]);
    let clients = journal.doc_clients(session.id).await.unwrap();
    assert_eq!(clients, [(0, who), (1, who), (2, who)]);
    assert!(journal.doc_updates(session.id, DocName::Breakpoints).await.unwrap().is_empty());
    assert_eq!(journal.source(&small).await.unwrap().as_deref(), Some("print(1)\n"));
    assert_eq!(journal.source(&large).await.unwrap(), Some(long));
    assert!(journal.session_has_source(session.id, &small).await.unwrap());
    assert!(!journal.session_has_source(SessionId::new(), &small).await.unwrap());
    assert_eq!(journal.source(&SourceHash("c".repeat(64))).await.unwrap(), None);
}

#[tokio::test]
async fn a_deleted_recording_leaves_nothing() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut doomed = Session::begin(&journal).await;
    let mut other = Session::begin(&journal).await;
    let (own, shared) = (SourceHash("1".repeat(64)), SourceHash("2".repeat(64)));
    let text = |hash: &SourceHash| (hash.clone(), "text".into());
    let mut batch = doomed.batch((0..12_000).map(|n| chat(format!("{n}").repeat(20))));
    batch.sources = vec![text(&own), text(&shared)];
    batch.doc_updates = vec![DocUpdate { doc: DocName::Breakpoints, by: None, update: vec![1] }];
    batch.keyframe = Some((JournalSeq(1), "{}".into()));
    doomed.recorder.append(batch).await.unwrap();
    assert!(doomed.told().await.kept);
    other.recorder.append(Batch { sources: vec![text(&shared)], ..Batch::default() }).await.unwrap();
    assert!(other.told().await.kept);

    assert!(matches!(journal.delete(doomed.id).await, Err(JournalError::StillLive(_))));
    journal.end(doomed.id, 5, EndReason::EndedByHost).await.unwrap();
    journal.delete(doomed.id).await.unwrap();
    assert!(matches!(journal.delete(doomed.id).await, Err(JournalError::UnknownSession(_))));
    assert_eq!(journal.session(doomed.id).await.unwrap(), None);
    assert_eq!(journal.source(&own).await.unwrap(), None);
    assert!(journal.source(&shared).await.unwrap().is_some());
    for (table, left) in [("events", 0), ("keyframes", 0), ("doc_updates", 0), ("session_sources", 1)] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(journal.pool()).await.unwrap();
        assert_eq!(rows, left, "{table}");
    }
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(journal.pool()).await.unwrap();
    assert_eq!(free, 0, "its room is given back to the disk");
    other.keep([chat("still here")]).await;
}

#[tokio::test]
async fn sessions_are_listed_newest_first_with_their_end() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut first = Session::begin(&journal).await;
    let second = Session::begin(&journal).await;
    first.keep([stopped(1), resumed(1), ended(EndReason::DebuggeeExited)]).await;
    journal.end(first.id, 77, EndReason::DebuggeeExited).await.unwrap();
    let rows = journal.sessions().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.info.id).collect::<Vec<_>>(), [second.id, first.id]);
    assert_eq!((rows[1].ended_at, rows[1].end_reason), (Some(77), Some(EndReason::DebuggeeExited)));
    assert_eq!((rows[1].events, rows[1].stops), (3, 1));
    assert_eq!((rows[0].ended_at, rows[0].end_reason), (None, None));

    first.append([chat("too late")]).await;
    let told = first.told().await;
    assert!(!told.kept && !told.recording.is_ok());
}

#[tokio::test]
async fn numbers_are_used_once_and_a_hole_is_a_gap() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    session.keep([chat("1"), chat("2")]).await;
    session.next = 2;
    session.append([chat("2 again")]).await;
    assert!(!session.told().await.kept);

    session.next = 6;
    session.append([chat("6")]).await;
    let told = session.told().await;
    let gap = told.gap.unwrap();
    assert_eq!((told.kept, gap.from.0, gap.to.0), (true, 3, 5));
    let all = journal.events(session.id, JournalSeq(2), 10).await.unwrap();
    assert_eq!(all.iter().map(|envelope| envelope.seq.0).collect::<Vec<_>>(), [2, 3, 6]);
    assert!(matches!(&all[1].event, Event::Gap { to: JournalSeq(5), .. }));
    session.keep([chat("7")]).await;
    let row = journal.session(session.id).await.unwrap().unwrap();
    assert_eq!((row.events, row.last_seq.0), (5, 7), "a gap is one event, and its numbers are used");
}

#[tokio::test]
async fn a_session_that_reads_no_answers_holds_up_only_itself() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut lively = Session::begin(&journal).await;
    let mut deaf = Session::begin(&journal).await;
    let (told, mut committed) = mpsc::channel(1);
    deaf.recorder = journal.recorder(deaf.id, told);
    deaf.append([chat("1")]).await;
    let batch = deaf.batch([chat("2")]);
    let Err(AppendError::Full(batch)) = deaf.recorder.try_append(batch) else { panic!("there was room") };
    lively.keep([chat("on")]).await;
    assert!(committed.recv().await.unwrap().kept);
    deaf.recorder.try_append(*batch).unwrap();
    assert_eq!(committed.recv().await.unwrap().upto.0, 2);
    drop(committed);
    assert!(matches!(deaf.recorder.append(Batch::default()).await, Err(AppendError::Gone)));
}
