//! What reading back costs here: `cargo run --release -p breakroom-journal --example reading [FOLDER]`.

use breakroom_journal::{Batch, Journal, JournalConfig, KEYFRAME_EVERY, MAX_PAGE, Row};
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::Snapshot;
use breakroom_protocol::ids::{FrameId, JournalSeq, ProcessId, SessionId, StopId, ThreadId, VariablesId};
use breakroom_protocol::model::{Frame, OutputCategory, ResumeKind, SessionInfo, TargetInfo, Variable};
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;
use tokio::sync::mpsc;

/// Each is five events.
const STOPS: u32 = 100_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("breakroom-reading-{}", std::process::id()));
    let outcome = measure(folder.join("breakroom.db")).await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn measure(path: PathBuf) -> Result<(), Box<dyn Error>> {
    let journal = Journal::open(JournalConfig { path, ..JournalConfig::default() }).await?;
    let target = TargetInfo { name: "bench".into(), address: "127.0.0.1:5678".into(), can_restart: false };
    let info = SessionInfo { id: SessionId::new(), target, started_at: 0, started_by: "bench".into() };
    journal.begin(&info).await?;
    let (told, mut committed) = mpsc::channel(256);
    let recorder = journal.recorder(info.id, told);
    let mut snapshot = Snapshot::default();
    let mut events = Vec::new();
    for stop in 1..=STOPS {
        for event in one_stop(stop) {
            let seq = JournalSeq(snapshot.seq.0 + 1);
            let envelope = Envelope { seq, at: seq.0, by: None, event };
            snapshot.apply(&envelope);
            events.push(Row::new(&envelope)?);
        }
        if snapshot.seq.0.is_multiple_of(KEYFRAME_EVERY) || stop == STOPS {
            let keyframe = Some((snapshot.seq, serde_json::to_string(&snapshot)?));
            recorder
                .append(Batch { events: std::mem::take(&mut events), keyframe, ..Batch::default() })
                .await?;
            committed.recv().await.ok_or("the journal is gone")?;
        }
    }

    let last = snapshot.seq.0;
    let (mut bytes, start) = (0, Instant::now());
    for n in 1..=200_u64 {
        let moment = journal.moment(info.id, JournalSeq(1 + n * 7_919 % last)).await?;
        bytes += serde_json::to_string(&(moment.snapshot, moment.events))?.len();
    }
    println!("a moment out of {last}: {:.2} ms, {} KiB", each(start, 200), bytes / 200 / 1_024);
    for from in [1, STOPS - 1_000, STOPS] {
        let start = Instant::now();
        let stops = journal.stops(info.id, StopId(from)).await?;
        let took = each(start, 1);
        println!("stops from {from} on: {took:.2} ms, {} KiB", serde_json::to_string(&stops)?.len() / 1_024);
    }
    let start = Instant::now();
    for n in 1..=200_u64 {
        journal.output(info.id, JournalSeq(1 + n * 7_919 % last), MAX_PAGE).await?;
    }
    println!("a page of output: {:.2} ms", each(start, 200));
    journal.close().await;
    Ok(())
}

fn each(start: Instant, times: u32) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0 / f64::from(times)
}

fn one_stop(stop: u32) -> [Event; 5] {
    let (line, stop) = (stop % 90 + 1, StopId(stop));
    let name = |n: u32| format!("name{n}");
    let frame = |id| Frame {
        id: FrameId(id),
        name: name(id),
        path: Some("/app/porch.py".into()),
        line,
        column: 1,
        subtle: false,
    };
    let variable = |n| Variable {
        name: name(n),
        value: format!("{}", stop.0 * n),
        type_name: "int".into(),
        variables: None,
        evaluate_name: Some(name(n)),
    };
    let thread = ThreadId(1);
    [
        Event::Resumed { stop: StopId(stop.0 - 1), how: ResumeKind::Next },
        Event::Output {
            category: OutputCategory::Stdout,
            text: format!("lamp {} is on and its line is as long as lines are\n", stop.0),
            process: ProcessId(0),
        },
        Event::Stopped {
            stop,
            reason: "step".into(),
            description: None,
            text: None,
            thread,
            process: ProcessId(0),
        },
        Event::Stack { stop, thread, start: 0, frames: (1..=12).map(frame).collect(), total: 12 },
        Event::Variables {
            stop,
            variables: VariablesId(1),
            items: (1..=20).map(variable).collect(),
            truncated: false,
        },
    ]
}
