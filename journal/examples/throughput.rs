//! What the journal costs here: `cargo run --release -p breakroom-journal --example throughput [FOLDER]`.

use breakroom_journal::{Batch, Durability, Journal, JournalConfig, Row};
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::Snapshot;
use breakroom_protocol::ids::{JournalSeq, SessionId};
use breakroom_protocol::model::{SessionInfo, TargetInfo};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::sync::mpsc;

const ALONE: u64 = 5_000;
const BATCHED: u64 = 200_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("breakroom-throughput-{}", std::process::id()));
    for durability in [Durability::Normal, Durability::Full] {
        let outcome = measure(&folder, durability).await;
        std::fs::remove_dir_all(&folder)?;
        outcome?;
    }
    Ok(())
}

async fn measure(folder: &Path, durability: Durability) -> Result<(), Box<dyn Error>> {
    let path = folder.join("breakroom.db");
    let journal = Journal::open(JournalConfig { path, durability, ..JournalConfig::default() }).await?;
    let target = TargetInfo { name: "bench".into(), address: "127.0.0.1:5678".into(), can_restart: false };
    let info = SessionInfo { id: SessionId::new(), target, started_at: 0, started_by: "bench".into() };
    journal.begin(&info).await?;
    let (told, mut committed) = mpsc::channel(256);
    let recorder = journal.recorder(info.id, told);
    let mut snapshot = Snapshot::default();
    let mut next = 1;
    let mut row = |snapshot: &mut Snapshot| {
        let event = Event::Chat { text: "a row of some 300 bytes; ".repeat(11) };
        let envelope = Envelope { seq: JournalSeq(next), at: next, by: None, event };
        next += 1;
        snapshot.apply(&envelope);
        Row::new(&envelope)
    };

    let mut times = Vec::new();
    let start = Instant::now();
    for _ in 0..ALONE {
        let events = vec![row(&mut snapshot)?];
        let before = Instant::now();
        recorder.append(Batch { events, ..Batch::default() }).await?;
        committed.recv().await.ok_or("the journal is gone")?;
        times.push(before.elapsed().as_micros());
    }
    let each = start.elapsed().as_secs_f64() / f64::from(u32::try_from(ALONE)?);
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100 - 1];
    println!(
        "{durability:?}: one row, told as kept: p50 {} µs, p95 {} µs, p99 {} µs; {:.0} rows/s",
        at(50),
        at(95),
        at(99),
        1.0 / each
    );

    for size in [1, 10, 100] {
        let batches = BATCHED / if size == 1 { 4 } else { 1 } / size;
        let start = Instant::now();
        let (mut sent, mut answered) = (0, 0);
        while answered < batches {
            while sent < batches && sent - answered < 256 {
                let events = (0..size).map(|_| row(&mut snapshot)).collect::<Result<Vec<_>, _>>()?;
                let keyframe = if sent % (500 / size) == 0 {
                    Some((snapshot.seq, serde_json::to_string(&snapshot)?))
                } else {
                    None
                };
                recorder.append(Batch { events, keyframe, ..Batch::default() }).await?;
                sent += 1;
            }
            answered += u64::from(committed.recv().await.ok_or("the journal is gone")?.kept);
        }
        let rows = u32::try_from(batches * size)?;
        println!(
            "{durability:?}: batches of {size:>3}, 256 under way: {:.0} rows/s",
            f64::from(rows) / start.elapsed().as_secs_f64()
        );
    }

    let last = snapshot.seq.0;
    let start = Instant::now();
    for n in 1..=200_u64 {
        journal.moment(info.id, JournalSeq(1 + n * 7_919 % last)).await?;
    }
    println!("{durability:?}: a moment out of {last}: {:.2} ms", start.elapsed().as_secs_f64() * 5.0);
    journal.close().await;
    Ok(())
}
