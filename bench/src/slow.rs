//! A watcher who doesn't read: what that costs the others, and how it ends for the one.

use crate::live::{self, Receiver};
use crate::report::{Report, Times, cores, load, row, verdict};
use crate::room::Room;
use crate::server::Server;
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Others who watch.
const OTHERS: usize = 20;
/// Floods with everybody reading, and as many with one who doesn't.
const FLOODS: usize = 4;
/// The others may take so much longer with the slow one there, median: what a busy machine makes of equal work.
const MOST_LONGER: f64 = 1.15;
/// How long a flood may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each line on stdin is answered by a flood of 8 MiB, more than may wait for one connection.
const PROGRAM: &str = r#"import sys

for number, line in enumerate(sys.stdin):
    for _ in range(2800):
        print("x" * 3000)
    print("end of flood", number, flush=True)
"#;

/// Measures it.
pub async fn run(binary: &Path) -> Result<Report> {
    let mut program = Debuggee::start_waiting(PROGRAM).await;
    let (server, link, session) = Server::share(binary, &program.address()).await?;
    let room = Room::of(&link)?;
    let host = room.host(&link).await?;
    let url = room.live_url(&session);
    let secret = room.invite_watchers(&host, &session, 1).await?;
    let guest = room.guest(&secret, "Watchers").await?;
    let (tells, mut told) = mpsc::channel(OTHERS * 4);
    let mut tasks = JoinSet::new();
    for _ in 0..OTHERS {
        let (sender, receiver) = live::open(&url, &guest).await?;
        let tells = tells.clone();
        tasks.spawn(async move {
            let _over = hear(receiver, tells).await;
            drop(sender);
        });
    }
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    flood(&mut program, &mut told).await?;
    for _ in 0..FLOODS {
        alone.push(flood(&mut program, &mut told).await?);
    }
    let (slow_sender, mut slow) = live::open(&url, &guest).await?;
    live::next(&mut slow).await?;
    for _ in 0..FLOODS {
        beside.push(flood(&mut program, &mut told).await?);
    }
    // Now it reads: what had got as far as its machine, and then why there is no more.
    let (mut last, mut holes) = (None, 0);
    let code = loop {
        match live::next(&mut slow).await {
            Ok(text) => holes += usize::from(!follows(&mut last, &text)?),
            Err(error) => break format!("{error:#}"),
        }
    };
    drop(slow_sender);
    let from = last.context("the slow watcher got nothing")?;
    let (_sender, mut back) = live::open(&format!("{url}?from={from}"), &guest).await?;
    let welcome: Value = serde_json::from_str(&live::next(&mut back).await?).context("no JSON")?;
    if welcome["type"] != "welcome" {
        bail!("the first word was no welcome: {welcome:.200}");
    }
    let resumed = if welcome["snapshot"].is_null() { "by the missed events" } else { "by a snapshot" };
    server.end().await?;
    program.kill().await;

    let (alone, beside) = (Times::of(&alone), Times::of(&beside));
    let ratio = beside.p50 / alone.p50;
    let cut = code.contains("too_slow");
    let table = vec![
        row(["ms for a flood of 8 MiB, at the last of the others", "p50", "p95", "max"]),
        alone.row("everybody reads"),
        beside.row("one does not"),
    ];
    let words = vec![
        verdict(
            "one who does not read costs the others nothing",
            &format!("x{ratio:.2}, where up to x{MOST_LONGER} is noise"),
            ratio <= MOST_LONGER,
        ),
        verdict(
            "they are cut off, told so, and resumed without a hole",
            &format!("{}, {holes} holes, resumed {resumed}", if cut { "cut off as too slow" } else { &code }),
            cut && holes == 0,
        ),
    ];
    let figures = json!({ "alone_ms": alone, "beside_ms": beside, "ratio_p50": ratio, "cut_off": cut, "holes": holes,
        "resumed": resumed });
    let title = format!("{OTHERS} others who watch, recording on; {} cores, load {}", cores(), load());
    Ok(Report { name: "slow", title, table, words, figures })
}

/// One flood; how long until the last has all of it.
async fn flood(program: &mut Debuggee, told: &mut mpsc::Receiver<()>) -> Result<Duration> {
    let begun = Instant::now();
    program.write_line("go").await;
    let gathering = async {
        for _ in 0..OTHERS {
            told.recv().await.context("the others are gone: somebody was cut off who did read")?;
        }
        Ok(begun.elapsed())
    };
    tokio::time::timeout(PATIENCE, gathering).await.context("not everybody had the flood in time")?
}

async fn hear(mut receiver: Receiver, tells: mpsc::Sender<()>) -> Result<()> {
    loop {
        let text = live::next(&mut receiver).await?;
        if text.contains("end of flood") {
            tells.send(()).await?;
        }
    }
}

/// Whether an event's number is the next.
fn follows(last: &mut Option<u64>, text: &str) -> Result<bool> {
    #[derive(serde::Deserialize)]
    struct Numbered {
        #[serde(default)]
        seq: Option<u64>,
    }
    let Numbered { seq } = serde_json::from_str(text).context("the server said no JSON")?;
    let Some(seq) = seq else { return Ok(true) };
    let before = last.replace(seq);
    Ok(before.is_none_or(|before| before + 1 == seq))
}
