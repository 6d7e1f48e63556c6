//! Killed, locked, full: what was told as kept is kept, what could not be is a gap.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use breakroom_journal::{Committed, Journal, JournalConfig, Recording};
use breakroom_protocol::event::Event;
use breakroom_protocol::ids::{JournalSeq, SessionId};
use breakroom_protocol::model::EndReason;
use common::{Folder, PATIENCE, Session, chat, ended};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::Instant;

const CHILD: &str = "JOURNAL_TEST_CHILD";

/// Not a test: the process that the next one kills. Says each number that it was told as kept.
#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn write_until_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let config = JournalConfig { path: path.into(), ..JournalConfig::default() };
    let journal = Journal::open(config).await.unwrap();
    let mut session = Session::begin(&journal).await;
    println!("\nsession {}", session.id);
    loop {
        for n in 1..=7 {
            session.append((0..n).map(|_| chat("x".repeat(400)))).await;
        }
        for _ in 1..=7 {
            println!("kept {}", session.told().await.upto);
        }
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_told_as_kept() {
    let folder = Folder::new();
    for round in 0..5_u64 {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "write_until_killed", "--ignored", "--nocapture"])
            .env(CHILD, folder.file())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut session, mut kept) = (None, 0);
        let mut kill_at = 150 + round * 97;
        // After the kill, the pipe still holds what was said before it.
        while let Some(line) = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap() {
            match line.split_once(' ') {
                Some(("session", id)) => session = Some(id.parse::<SessionId>().unwrap()),
                Some(("kept", seq)) => kept = seq.parse::<u64>().unwrap_or(kept),
                _ => {}
            }
            if kept >= kill_at {
                child.start_kill().unwrap();
                kill_at = u64::MAX;
            }
        }
        child.wait().await.unwrap();

        let session = session.unwrap();
        let journal = folder.open().await;
        assert_eq!(journal.recover(9, &[]).await.unwrap(), [session]);
        let events = all(&journal, session).await;
        assert!(events.iter().zip(1..).all(|(envelope, seq)| envelope.seq.0 == seq));
        assert!(events.len() as u64 > kept, "{kept} were told as kept, {} are there", events.len());
        let last = &events.last().unwrap().event;
        assert!(matches!(last, Event::Ended { reason: EndReason::ServerKilled, .. }));
        journal.close().await;
    }
}

#[tokio::test]
async fn recovering_ends_only_what_was_left_live() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut over = Session::begin(&journal).await;
    over.keep([ended(EndReason::EndedByHost)]).await;
    journal.end(over.id, 3, EndReason::EndedByHost).await.unwrap();
    let mut nearly = Session::begin(&journal).await;
    nearly.keep([chat("1"), ended(EndReason::DebuggeeExited)]).await;
    let empty = Session::begin(&journal).await;
    journal.close().await;

    let journal = folder.open().await;
    assert_eq!(journal.recover(9, &[]).await.unwrap(), [nearly.id, empty.id]);
    assert!(journal.recover(10, &[]).await.unwrap().is_empty());
    let row = journal.session(nearly.id).await.unwrap().unwrap();
    assert_eq!((row.end_reason, row.events), (Some(EndReason::DebuggeeExited), 2), "`ended` stays the last");
    let row = journal.session(empty.id).await.unwrap().unwrap();
    assert_eq!((row.end_reason, row.ended_at, row.events), (Some(EndReason::ServerKilled), Some(9), 1));
}

#[tokio::test]
async fn what_is_resumed_is_not_ended_and_goes_on_where_it_was() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut left = Session::begin(&journal).await;
    left.keep([chat("1"), chat("2")]).await;
    let mut over = Session::begin(&journal).await;
    over.keep([ended(EndReason::DebuggeeExited)]).await;
    let other = Session::begin(&journal).await;
    journal.close().await;

    let journal = folder.open().await;
    let found: Vec<_> = journal.unfinished().await.unwrap().into_iter().map(|row| row.info.id).collect();
    assert_eq!(found, [left.id, other.id], "one that has its `ended` is over");
    assert_eq!(journal.recover(9, &[left.id]).await.unwrap(), [over.id, other.id]);
    let mut again = Session::resume(&journal, left.id, left.next);
    again.keep([chat("3")]).await;
    let events = all(&journal, left.id).await;
    assert_eq!(events.iter().map(|envelope| envelope.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(journal.unfinished().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_short_lock_delays_and_loses_nothing() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let mut session = Session::begin(&journal).await;
    let mut holder = hold(&folder).await;
    session.append([chat("1")]).await;
    session.append([chat("2")]).await;
    // Reading goes on meanwhile.
    assert!(journal.events(session.id, JournalSeq(1), 10).await.unwrap().is_empty());
    let nothing_yet = tokio::time::timeout(Duration::from_millis(300), session.committed.recv()).await;
    assert!(nothing_yet.is_err());
    holder.execute("COMMIT").await.unwrap();
    for upto in 1..=2 {
        let told = session.told().await;
        assert_eq!((told.kept, told.upto.0, told.gap), (true, upto, None));
    }
}

#[tokio::test]
async fn a_long_lock_becomes_a_gap_in_its_place() {
    let folder = Folder::new();
    let retry_for = Duration::from_millis(400);
    let journal = Journal::open(JournalConfig { retry_for, ..folder.config() }).await.unwrap();
    let mut session = Session::begin(&journal).await;
    let mut other = Session::begin(&journal).await;
    session.keep([chat("1"), chat("2")]).await;
    let mut holder = hold(&folder).await;
    session.append([chat("3"), chat("4")]).await;
    other.append([chat("1")]).await;
    let told = session.told().await;
    assert_eq!((told.token, told.kept, told.upto.0), (Some(4), false, 2));
    let Recording::Failing { message } = told.recording else { panic!("{told:?}") };
    assert!(message.contains("locked") && message.contains("close it"), "{message}");
    assert!(!other.told().await.kept);

    // In trouble each batch is tried once: 20 of them take nothing like 20 times `retry_for`.
    let before = Instant::now();
    for n in 5..25 {
        session.append([chat(n.to_string())]).await;
        assert!(!session.told().await.kept);
    }
    assert!(before.elapsed() < retry_for * 10, "{:?}", before.elapsed());

    let unwritten = journal.end(other.id, 5, EndReason::EndedByHost).await.unwrap_err();
    assert!(unwritten.to_string().contains("close it"), "{unwritten}");

    holder.execute("COMMIT").await.unwrap();
    // One has something to say, the other hears of it all the same.
    let mut back = told_until_kept(&mut session, "on").await;
    let gap = back.gap.take().unwrap();
    assert_eq!((gap.from.0, back.recording), (3, Recording::Ok));
    let told = other.told().await;
    assert_eq!((told.token, told.recording, told.upto.0), (None, Recording::Ok, 1));
    assert_eq!(told.gap.map(|gap| (gap.from.0, gap.to.0)), Some((1, 1)));

    let events = all(&journal, session.id).await;
    assert_eq!(events.iter().map(|envelope| envelope.seq.0).collect::<Vec<_>>()[..3], [1, 2, 3]);
    assert!(
        matches!(&events[2].event, Event::Gap { to, reason } if *to == gap.to && reason.contains("locked"))
    );
    assert_eq!(events[3].seq.0, gap.to.0 + 1);
    session.keep([chat("all is well")]).await;
    other.keep([chat("here too")]).await;
    journal.end(other.id, 5, EndReason::EndedByHost).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_becomes_a_gap_until_there_is_room() {
    let folder = Folder::new();
    let config = JournalConfig {
        retry_for: Duration::from_millis(50),
        max_bytes: Some(1024 * 1024),
        ..folder.config()
    };
    let journal = Journal::open(config).await.unwrap();
    let mut old = Session::begin(&journal).await;
    old.keep((0..500).map(|_| chat("x".repeat(1_000)))).await;
    journal.end(old.id, 1, EndReason::EndedByHost).await.unwrap();
    let mut session = Session::begin(&journal).await;
    fill(&mut session).await;
    journal.delete(old.id).await.unwrap();
    is_whole_but_for_a_gap(&journal, &mut session).await;
}

/// The same on a real, tiny file system, where mounting one is allowed.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_really_full_disk_becomes_a_gap_until_there_is_room() {
    let folder = Folder::new();
    let command = |name: &str, args: &[&str]| {
        std::process::Command::new(name).args(args).arg(folder.0.path()).stderr(Stdio::null()).status()
    };
    if !command("mount", &["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).is_ok_and(|status| status.success()) {
        eprintln!("skipped: not allowed to mount a tmpfs");
        return;
    }
    let ballast = folder.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 1024 * 1024]).unwrap();
    let config = JournalConfig { retry_for: Duration::from_millis(50), ..folder.config() };
    let journal = Journal::open(config).await.unwrap();
    let mut session = Session::begin(&journal).await;
    fill(&mut session).await;
    std::fs::remove_file(ballast).unwrap();
    is_whole_but_for_a_gap(&journal, &mut session).await;
    journal.close().await;
    assert!(command("umount", &["-l"]).unwrap().success());
}

/// Writes until something is lost, and says so.
async fn fill(session: &mut Session) {
    for _ in 0..5_000 {
        session.append([chat("y".repeat(2_000))]).await;
        let told = session.told().await;
        if !told.kept {
            let Recording::Failing { message } = told.recording else { panic!("{told:?}") };
            assert!(message.contains("full") && message.contains("make room"), "{message}");
            return;
        }
    }
    panic!("it never got full");
}

async fn is_whole_but_for_a_gap(journal: &Journal, session: &mut Session) {
    let back = told_until_kept(session, "on").await;
    assert!(back.recording.is_ok());
    let events = all(journal, session.id).await;
    let mut next = 1;
    let mut gaps = 0;
    for envelope in &events {
        assert_eq!(envelope.seq.0, next);
        next += 1;
        if let Event::Gap { to, reason } = &envelope.event {
            assert!(reason.contains("full"), "{reason}");
            next = to.0 + 1;
            gaps += 1;
        }
    }
    assert_eq!((next, gaps), (session.next, 1));
    session.keep([chat("all is well")]).await;
}

/// Says things until one is kept; gives that answer, with the gap, wherever that was told.
async fn told_until_kept(session: &mut Session, text: &str) -> Committed {
    let mut gap = None;
    for _ in 0..1_000 {
        session.append([chat(text)]).await;
        let mut told = session.told().await;
        while told.token.is_none() {
            gap = gap.or(told.gap.take());
            told = session.told().await;
        }
        if told.kept {
            told.gap = gap.or(told.gap);
            return told;
        }
    }
    panic!("nothing is kept any more");
}

/// Another program that keeps the database locked.
async fn hold(folder: &Folder) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.file()).busy_timeout(PATIENCE);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute("BEGIN EXCLUSIVE").await.unwrap();
    connection
}

async fn all(journal: &Journal, session: SessionId) -> Vec<breakroom_protocol::event::Envelope> {
    let mut all = Vec::new();
    loop {
        let from = all.last().map_or(1, |envelope: &breakroom_protocol::event::Envelope| envelope.seq.0 + 1);
        let page = journal.events(session, JournalSeq(from), 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}
