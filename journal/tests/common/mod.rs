//! What the journal's tests share: a journal in a temporary folder, and sessions that speak to it.
#![allow(dead_code, reason = "each test binary uses its part")]

use breakroom_journal::{Batch, Committed, Journal, JournalConfig, Recorder, Row};
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::Snapshot;
use breakroom_protocol::ids::{
    FrameId, JournalSeq, ParticipantId, ProcessId, SessionId, StopId, ThreadId, VariablesId,
};
use breakroom_protocol::model::{
    EndReason, Frame, OutputCategory, Participant, ParticipantKind, ResumeKind, Role, SessionInfo,
    TargetInfo, Variable, WheelReason,
};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Longer than anything here takes, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("breakroom.db")
    }

    pub fn config(&self) -> JournalConfig {
        JournalConfig { path: self.file(), ..JournalConfig::default() }
    }

    pub async fn open(&self) -> Journal {
        Journal::open(self.config()).await.unwrap()
    }
}

/// A live session, as the server would run it.
pub struct Session {
    pub id: SessionId,
    pub recorder: Recorder,
    pub committed: mpsc::Receiver<Committed>,
    pub next: u64,
}

impl Session {
    pub async fn begin(journal: &Journal) -> Self {
        let info = info();
        journal.begin(&info).await.unwrap();
        Self::resume(journal, info.id, 1)
    }

    pub fn resume(journal: &Journal, id: SessionId, next: u64) -> Self {
        let (told, committed) = mpsc::channel(4_096);
        Self { id, recorder: journal.recorder(id, told), committed, next }
    }

    /// The next events, as a batch whose token is its last number.
    pub fn batch(&mut self, events: impl IntoIterator<Item = Event>) -> Batch {
        let mut batch = Batch::default();
        for event in events {
            batch.events.push(Row::new(&envelope(self.next, event)).unwrap());
            self.next += 1;
        }
        batch.token = self.next - 1;
        batch
    }

    pub async fn append(&mut self, events: impl IntoIterator<Item = Event>) {
        let batch = self.batch(events);
        self.recorder.append(batch).await.unwrap();
    }

    pub async fn told(&mut self) -> Committed {
        tokio::time::timeout(PATIENCE, self.committed.recv()).await.unwrap().unwrap()
    }

    /// Appends and waits until it is kept.
    pub async fn keep(&mut self, events: impl IntoIterator<Item = Event>) {
        self.append(events).await;
        let told = self.told().await;
        assert!(told.kept && told.recording.is_ok(), "{told:?}");
        assert_eq!(told.upto.0, self.next - 1);
    }
}

pub fn info() -> SessionInfo {
    let target = TargetInfo { name: "porch".into(), address: "127.0.0.1:5678".into(), can_restart: true };
    SessionInfo { id: SessionId::new(), target, started_at: 1_700_000_000_000, started_by: "Ada".into() }
}

pub fn envelope(seq: u64, event: Event) -> Envelope {
    let by = (!seq.is_multiple_of(3)).then(|| ParticipantId(Uuid::from_u128(u128::from(seq % 5))));
    Envelope { seq: JournalSeq(seq), at: 1_700_000_000_000 + seq, by, event }
}

pub fn chat(text: impl Into<String>) -> Event {
    Event::Chat { text: text.into() }
}

pub fn stopped(stop: u32) -> Event {
    let (description, text, thread) = (None, None, ThreadId(1));
    Event::Stopped {
        stop: StopId(stop),
        reason: "breakpoint".into(),
        description,
        text,
        thread,
        process: ProcessId(0),
    }
}

pub fn stack(stop: u32, thread: i64, name: &str, line: u32) -> Event {
    let frame = Frame {
        id: FrameId(1),
        name: name.into(),
        path: Some("/app/porch.py".into()),
        line,
        column: 1,
        subtle: false,
    };
    Event::Stack { stop: StopId(stop), thread: ThreadId(thread), start: 0, frames: vec![frame], total: 1 }
}

pub fn resumed(stop: u32) -> Event {
    Event::Resumed { stop: StopId(stop), how: ResumeKind::Next }
}

pub fn ended(reason: EndReason) -> Event {
    Event::Ended { reason, message: "over".into() }
}

/// An event of nearly any kind, as the numbers say.
pub fn any_event(choice: u8, detail: u8) -> Event {
    let stop = StopId(u32::from(detail % 7));
    let who = ParticipantId(Uuid::from_u128(u128::from(detail % 5)));
    let participant = Participant {
        id: who,
        name: format!("P{detail}"),
        role: Role::Collaborator,
        kind: ParticipantKind::Guest,
        may_write_notes: true,
    };
    match choice % 15 {
        0 => Event::Attached {
            python: Some("3.11.7".into()),
            debugpy: None,
            pid: Some(7),
            choice: Default::default(),
        },
        1 => Event::Lost { message: "gone".into() },
        2 => Event::Joined { participant },
        3 => Event::Wheel { driver: (detail > 9).then_some(who), reason: WheelReason::Taken },
        4 => Event::WheelRequested { participant: who },
        5 => Event::PauseRequested,
        6 => resumed(stop.0),
        7 | 8 => stopped(stop.0),
        9 => stack(stop.0, i64::from(detail % 2), "main", u32::from(detail)),
        10 => {
            let variable = Variable {
                name: format!("v{detail}"),
                value: "ü\n'\"".repeat(usize::from(detail)),
                type_name: "str".into(),
                variables: None,
                evaluate_name: None,
            };
            let variables = VariablesId(u32::from(detail % 3));
            Event::Variables { stop, variables, items: vec![variable], truncated: false }
        }
        11 | 12 => Event::Output {
            category: OutputCategory::Stdout,
            text: format!("line {detail}\n"),
            process: ProcessId(0),
        },
        13 => Event::Hand { participant: who, raised: detail.is_multiple_of(2) },
        _ => chat(format!("{detail}")),
    }
}

/// The snapshot after the last of these.
pub fn fold<'a>(mut snapshot: Snapshot, events: impl IntoIterator<Item = &'a Envelope>) -> Snapshot {
    events.into_iter().for_each(|envelope| snapshot.apply(envelope));
    snapshot
}
