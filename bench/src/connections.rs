//! What one more idle watcher costs the server in memory (the kernel's socket buffers are not the process's).

use crate::live::{self, Receiver, Sender};
use crate::memory::{Resident, settled};
use crate::report::{Report, cores, load, mib, row, verdict};
use crate::room::Room;
use crate::server::Server;
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// At most so much each.
const TARGET_KIB: f64 = 16.0;
/// Sockets that are being opened at once.
const AT_ONCE: usize = 16;
/// Chat lines that everybody gets in the second part.
const LINES: usize = 50;
/// How long they may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Files that both processes have open besides.
const OTHER_FILES: u64 = 64;

/// A program that only waits.
const PROGRAM: &str = "import sys\nsys.stdin.readline()\n";

/// How much to measure.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Idle watchers
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_900))]
    count: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { count: 1_000 }
    }
}

/// Measures it.
pub async fn run(binary: &Path, options: Options) -> Result<Report> {
    let files = open_files_limit()?;
    if files < options.count + OTHER_FILES {
        bail!(
            "a process may open {files} files here: raise it by `ulimit -n {}`",
            options.count + OTHER_FILES
        );
    }
    let mut debuggee = Debuggee::start_waiting(PROGRAM).await;
    let (server, link, session) = Server::share(binary, &debuggee.address()).await?;
    let room = Room::of(&link)?;
    let host = room.host(&link).await?;
    let watchers = room.watchers(&host, &session, usize::try_from(options.count)?).await?;
    let url = room.live_url(&session);
    let (mut speaker, mut hearer) = live::open(&url, &host).await?;
    live::next(&mut hearer).await?;
    let before = settled(server.pid).await?;

    let opening = (0..options.count).zip(watchers.iter().cycle()).map(async |(_, watcher)| {
        let (sender, mut receiver) = live::open(&url, watcher).await?;
        let welcome = live::next(&mut receiver).await?;
        anyhow::ensure!(welcome.contains("welcome"), "the server's first word was no welcome");
        Ok::<_, anyhow::Error>((sender, receiver))
    });
    let mut sockets: Vec<(Sender, Receiver)> =
        stream::iter(opening).buffer_unordered(AT_ONCE).try_collect().await?;
    let idle = settled(server.pid).await?;

    for line in 0..LINES {
        let text = format!("line {line}");
        live::send(&mut speaker, &json!({ "id": line, "command": "chat", "text": text })).await?;
    }
    let last = format!("\"line {}\"", LINES - 1);
    let hearing = sockets.iter_mut().map(|(_, receiver)| async {
        while !live::next(receiver).await?.contains(&last) {}
        Ok::<_, anyhow::Error>(())
    });
    tokio::time::timeout(PATIENCE, futures_util::future::try_join_all(hearing))
        .await
        .context("not everybody heard the chat in time")??;
    let after = settled(server.pid).await?;
    server.end().await?;
    drop(sockets);
    debuggee.kill().await;
    Ok(report(options.count, before, idle, after))
}

fn report(count: u64, before: Resident, idle: Resident, after: Resident) -> Report {
    let each = |memory: Resident| {
        #[expect(clippy::cast_precision_loss, reason = "memory sizes in KiB are far below 2^52")]
        let (more, count) = (memory.all_kib.saturating_sub(before.all_kib) as f64, count as f64);
        more / count
    };
    let cells =
        |name: String, memory: Resident| vec![name, mib(memory.all_kib), format!("{:.1}", each(memory))];
    let table = vec![
        row(["", "MiB resident", "KiB each"]),
        vec!["a session without watchers".to_owned(), mib(before.all_kib), String::new()],
        cells(format!("{count} idle watchers"), idle),
        cells(format!("the same after {LINES} chat lines"), after),
    ];
    let met = each(idle) <= TARGET_KIB;
    let target = format!("at most {TARGET_KIB} KiB an idle connection");
    let words = vec![verdict(&target, &format!("{:.1} KiB", each(idle)), met)];
    let figures = json!({
        "count": count, "before": before, "idle": idle, "after_chat": after, "idle_kib_each": each(idle),
        "after_chat_kib_each": each(after), "target_kib_each": TARGET_KIB, "met": met,
    });
    let title = format!("live sockets of watchers in one session; {} cores, load {}", cores(), load());
    Report { name: "connections", title, table, words, figures }
}

fn open_files_limit() -> Result<u64> {
    let limits =
        std::fs::read_to_string("/proc/self/limits").context("cannot read the limits of this process")?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .context("there is no limit on files")?;
    Ok(line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(u64::MAX))
}
