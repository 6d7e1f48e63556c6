//! What an audience costs: how soon the last watcher has a stop, processor time a message, and one who reads slowly.
//!
//! Beside it, in the same run: a loop that does nothing but write as many bytes to as many sockets. That is the kernel's part.
//!
//! A stop's time begins when a proxy hands debugpy's `stopped` to the server, and ends when the last watcher's bytes are
//! in this process. The watchers are here, on the same processors: their reading is in the figure.

use crate::cpu::{spent, spent_here};
use crate::live::{self, Receiver, Sender};
use crate::proxy::Proxy;
use crate::report::{Report, Times, cores, load, row, verdict};
use crate::room::Room;
use crate::server::Server;
use crate::steps::PROGRAM;
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Audiences, and within how many milliseconds (p50) the last of each has a stop.
const AUDIENCES: [(usize, f64); 2] = [(100, 5.0), (1_000, 20.0)];
/// Processor time a delivered message at the first audience, in microseconds.
const TARGET_PACED_US: f64 = 5.0;
const TARGET_BURST_US: f64 = 0.5;
/// Chat lines: one at a time, and many at once.
const PACED: usize = 200;
const PACE: Duration = Duration::from_millis(25);
const BURST: usize = 150;
const BURSTS: usize = 3;
/// The server lets a connection send so much at once again after this.
const BETWEEN_BURSTS: Duration = Duration::from_secs(4);
/// Bytes of a chat line's message, about.
const LINE: usize = 200;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Sockets that are being opened at once.
const AT_ONCE: usize = 16;

/// How much to measure.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Stops of each audience
    #[arg(long, default_value_t = 60)]
    stops: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { stops: 60 }
    }
}

/// What one audience showed.
struct Found {
    watchers: usize,
    last: Times,
    first: Times,
    paced_us: f64,
    burst_us: f64,
    /// What the same pace costs a loop that only writes.
    bare_us: f64,
}

/// Measures it.
pub async fn run(binary: &Path, options: Options) -> Result<Report> {
    let mut found = Vec::new();
    for (watchers, _) in AUDIENCES {
        found.push(audience(binary, watchers, options.stops).await?);
    }
    Ok(report(&found))
}

async fn audience(binary: &Path, watchers: usize, stops: usize) -> Result<Found> {
    let mut program = Debuggee::start_waiting(PROGRAM).await;
    let proxy = Proxy::start(program.address()).await?;
    let (server, link, session) = Server::share(binary, &proxy.address).await?;
    let room = Room::of(&link)?;
    let host = room.host(&link).await?;
    let url = room.live_url(&session);
    let (mut driver, mut hearer) = live::open(&url, &host).await?;
    live::next(&mut hearer).await?;
    let guests = room.watchers(&host, &session, watchers).await?;
    let (tells, mut told) = mpsc::channel(watchers * 4);
    let opening = (0..watchers).map(|at| live::open(&url, &guests[at % guests.len()]));
    let sockets: Vec<(Sender, Receiver)> =
        stream::iter(opening).buffer_unordered(AT_ONCE).try_collect().await?;
    let mut tasks = JoinSet::new();
    for (sender, receiver) in sockets {
        let tells = tells.clone();
        tasks.spawn(async move {
            hear(receiver, tells).await;
            drop(sender);
        });
    }
    tasks.spawn(async move { while live::next(&mut hearer).await.is_ok() {} });
    drop(tells);
    program.write_line("go").await;

    let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
    for stop in 1..=stops + 5 {
        let (first, last) = all(&mut told, watchers).await?;
        let read = proxy.passed().stops.get(stop - 1).copied().context("the proxy saw no stop")?;
        if stop > 5 {
            firsts.push(first - read);
            lasts.push(last - read);
        }
        // The rest of the stop is delivered before the next begins: what is measured is the stop, not a backlog.
        tokio::time::sleep(Duration::from_millis(if watchers > 200 { 150 } else { 40 })).await;
        live::send(&mut driver, &json!({ "id": stop, "command": "next", "stop": stop })).await?;
    }
    all(&mut told, watchers).await?;

    let mut lines = 0;
    let mut say = async |driver: &mut Sender| {
        lines += 1;
        let text = format!("a line of chat as people write them, number {lines}");
        live::send(driver, &json!({ "id": 10_000 + lines, "command": "chat", "text": text })).await
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = spent(server.pid)?;
    for _ in 0..PACED {
        say(&mut driver).await?;
        all(&mut told, watchers).await?;
        tokio::time::sleep(PACE).await;
    }
    let paced = spent(server.pid)? - before;
    let mut bursts = Duration::ZERO;
    for _ in 0..BURSTS {
        tokio::time::sleep(BETWEEN_BURSTS).await;
        let before = spent(server.pid)?;
        for _ in 0..BURST {
            say(&mut driver).await?;
        }
        for _ in 0..BURST {
            all(&mut told, watchers).await?;
        }
        bursts += spent(server.pid)? - before;
    }
    server.end().await?;
    program.kill().await;
    let each = |spent: Duration, messages: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a few million messages")]
        let messages = (messages * (watchers + 1)) as f64;
        spent.as_secs_f64() * 1_000_000.0 / messages
    };
    Ok(Found {
        watchers,
        first: Times::of(&firsts),
        last: Times::of(&lasts),
        paced_us: each(paced, PACED),
        burst_us: each(bursts, BURST * BURSTS),
        bare_us: bare(watchers + 1).await?,
    })
}

/// Writes at the same pace to as many sockets, whose readers are here, too; processor time of one write, in microseconds.
async fn bare(sockets: usize) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut readers = JoinSet::new();
    let mut writers = Vec::new();
    for _ in 0..sockets {
        let (near, far) = tokio::join!(tokio::net::TcpStream::connect(address), listener.accept());
        let (mut near, far) = (near?, far?.0.into_std()?);
        far.set_nodelay(true)?;
        far.set_nonblocking(false)?;
        writers.push(far);
        readers.spawn(async move {
            let mut buffer = [0; 4096];
            while near.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        });
    }
    let line = [b'x'; LINE];
    let spent = tokio::task::spawn_blocking(move || {
        let before = spent_here()?;
        for _ in 0..PACED {
            for mut writer in &writers {
                std::io::Write::write_all(&mut writer, &line)?;
            }
            #[expect(clippy::disallowed_methods, reason = "the pace is what is compared")]
            std::thread::sleep(PACE);
        }
        Ok::<_, anyhow::Error>(spent_here()? - before)
    });
    let spent = spent.await??;
    readers.shutdown().await;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand writes")]
    let writes = (PACED * sockets) as f64;
    Ok(spent.as_secs_f64() * 1_000_000.0 / writes)
}

/// Tells when a stop or a chat line is here.
async fn hear(mut receiver: Receiver, tells: mpsc::Sender<Instant>) {
    while let Ok(text) = live::next(&mut receiver).await {
        let now = Instant::now();
        // As cheap as can be: a thousand of these share the processors with what is measured.
        let start = &text.as_bytes()[..text.len().min(200)];
        let has = |part: &[u8]| start.windows(part.len()).any(|window| window == part);
        if start.starts_with(br#"{"type":"event""#)
            && (has(br#""event":{"type":"stopped""#) || has(br#""event":{"type":"chat""#))
            && tells.send(now).await.is_err()
        {
            return;
        }
    }
}

/// Waits until every watcher has the next one; when the first and the last had it.
async fn all(told: &mut mpsc::Receiver<Instant>, watchers: usize) -> Result<(Instant, Instant)> {
    let gathering = async {
        let (mut first, mut last) = (None, None);
        for _ in 0..watchers {
            let at = told.recv().await.context("all watchers are gone")?;
            first = Some(first.map_or(at, |first: Instant| first.min(at)));
            last = last.max(Some(at));
        }
        first.zip(last).context("nobody watches")
    };
    match tokio::time::timeout(PATIENCE, gathering).await {
        Ok(found) => found,
        Err(_) => bail!("not every watcher had it in time"),
    }
}

fn report(found: &[Found]) -> Report {
    let heads =
        ["", "p50 ms", "p95 ms", "max ms", "CPU us a message, paced", "in bursts", "a bare write, paced"];
    let mut table = vec![row(heads)];
    let mut words = Vec::new();
    for (Found { watchers, first, last, paced_us, burst_us, bare_us }, (_, target)) in
        found.iter().zip(AUDIENCES)
    {
        let mut cells = last.row(&format!("{watchers} watchers: the last has a stop"));
        cells.extend([paced_us, burst_us, bare_us].map(|us| format!("{us:.2}")));
        table.push(first.row(&format!("{watchers} watchers: the first has it")));
        table.push(cells);
        let target_text = format!("the last of {watchers} within {target} ms, p50");
        words.push(verdict(&target_text, &format!("{:.2} ms", last.p50), last.p50 <= target));
    }
    let Found { paced_us: paced, burst_us: burst, bare_us: bare, .. } = &found[0];
    let at = AUDIENCES[0].0;
    words.push(format!(
        "A message to {at} watchers takes x{:.2} the processor time of a bare write, paced; in bursts x{:.2}.",
        paced / bare,
        burst / bare
    ));
    words.push(verdict(
        &format!("CPU a delivered message at {at} watchers at most {TARGET_PACED_US} us, paced"),
        &format!("{paced:.2} us"),
        *paced <= TARGET_PACED_US,
    ));
    words.push(verdict(
        &format!("the same in bursts at most {TARGET_BURST_US} us"),
        &format!("{burst:.2} us"),
        *burst <= TARGET_BURST_US,
    ));
    let figures = found
        .iter()
        .map(|found| {
            json!({ "watchers": found.watchers, "last_ms": found.last, "first_ms": found.first,
                "paced_us": found.paced_us, "burst_us": found.burst_us, "bare_us": found.bare_us })
        })
        .collect();
    let title = format!("watchers of one session, recording on; {} cores, load {}", cores(), load());
    Report { name: "fanout", title, table, words, figures }
}
