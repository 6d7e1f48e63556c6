//! A whole step as an editor sees it through `breakroom join`: `next`, stopped, stack, scopes, variables, over DAP.
//!
//! The same plain client three times, in blocks that alternate: at debugpy itself as editors are, at debugpy with the
//! server's own remedies (the floor), and at `join`, with watchers in the room and the recording on.

use crate::direct::{Direct, Known, Latency};
use crate::join::Join;
use crate::live::{self, Receiver, Sender};
use crate::report::{Report, Times, cores, load, row, verdict};
use crate::room::{Room, Ticket};
use crate::server::Server;
use crate::steps::{BLOCK, LOCALS, NEVER, PROGRAM, at_least_one, attach, step};
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, block_in_place};

/// At most so long, median and 95th percentile.
const TARGET_P50: f64 = 4.0;
const TARGET_P95: f64 = 6.0;
/// What was captured already is answered within this, median.
const TARGET_CAPTURED: f64 = 0.3;

/// How much to measure.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Steps of each kind
    #[arg(long, default_value_t = 200, value_parser = at_least_one)]
    steps: usize,
    /// Steps of each kind before, not counted
    #[arg(long, default_value_t = 20)]
    warm_up: usize,
    /// People who watch
    #[arg(long, default_value_t = 20)]
    watchers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 200, warm_up: 20, watchers: 20 }
    }
}

/// Measures it.
pub async fn run(binary: &Path, options: Options) -> Result<Report> {
    let load_before = load();
    let (mut editor, mut editor_program) = attach(Latency::AsItComes).await?;
    let (mut floor, mut floor_program) = attach(Latency::Remedied).await?;
    let mut shared = Debuggee::start_waiting(PROGRAM).await;
    let (server, link, session) = Server::share(binary, &shared.address()).await?;
    let room = Room::of(&link)?;
    let mut people = People::open(&room, &link, &session, options.watchers).await?;
    let join = Join::collaborator(binary, &room, &people.ticket, &session).await?;
    let mut through =
        block_in_place(|| Direct::attach(&join.address, shared.script_path(), NEVER, Latency::AsItComes))?;
    people.grant("Editor").await?;
    shared.write_line("go").await;
    let (_, locals) = block_in_place(|| through.stop())?;
    if locals != LOCALS {
        bail!("the program should show {LOCALS} locals, and `join` shows {locals}");
    }

    let (mut as_editors, mut at_best, mut joined, mut again) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut todo = options.warm_up + options.steps;
    while todo > 0 {
        let block = todo.min(BLOCK);
        todo -= block;
        for _ in 0..block {
            as_editors.push(step(&mut editor)?);
        }
        for _ in 0..block {
            at_best.push(step(&mut floor)?);
        }
        for _ in 0..block {
            joined.push(step(&mut through)?);
        }
        again.push(block_in_place(|| through.again())?);
    }
    for _ in 0..options.steps / 2 {
        again.push(block_in_place(|| through.again())?);
    }
    for steps in [&mut as_editors, &mut at_best, &mut joined] {
        steps.drain(..options.warm_up);
    }
    drop((through, join));
    server.end().await?;
    drop((editor, floor));
    for program in [&mut editor_program, &mut floor_program, &mut shared] {
        program.kill().await;
    }
    Ok(report(options, [&as_editors, &at_best, &joined], &again, &load_before))
}

/// A host, who has the wheel at first, and watchers whose sockets are only read.
pub struct People {
    /// The host's.
    pub ticket: Ticket,
    sender: Sender,
    receiver: Receiver,
    sent: u32,
    _watchers: JoinSet<()>,
}

impl People {
    /// Lets them in.
    pub async fn open(
        room: &Room,
        link: &crate::server::Link,
        session: &str,
        watchers: usize,
    ) -> Result<Self> {
        let ticket = room.host(link).await?;
        let url = room.live_url(session);
        let (sender, receiver) = live::open(&url, &ticket).await?;
        let mut tasks = JoinSet::new();
        if watchers > 0 {
            let secret = room.invite_watchers(&ticket, session, watchers).await?;
            for watcher in 0..watchers {
                let guest = room.guest(&secret, &format!("Watcher {watcher}")).await?;
                let (sender, mut receiver) = live::open(&url, &guest).await?;
                tasks.spawn(async move {
                    while live::next(&mut receiver).await.is_ok() {}
                    drop(sender);
                });
            }
        }
        Ok(Self { ticket, sender, receiver, sent: 0, _watchers: tasks })
    }

    /// Hands the wheel to who has this name, once they are here.
    pub async fn grant(&mut self, name: &str) -> Result<()> {
        let to = loop {
            let message: Value = serde_json::from_str(&live::next(&mut self.receiver).await?)
                .context("the server said no JSON")?;
            let participant = &message["event"]["participant"];
            if message["event"]["type"] == "joined" && participant["name"] == name {
                break participant["id"].clone();
            }
        };
        self.sent += 1;
        let grant = json!({ "id": self.sent, "command": "wheel_grant", "to": to });
        live::send(&mut self.sender, &grant).await?;
        loop {
            let message: Value = serde_json::from_str(&live::next(&mut self.receiver).await?)
                .context("the server said no JSON")?;
            if message["type"] == "reply" && message["id"] == self.sent {
                anyhow::ensure!(message.get("error").is_none(), "the wheel was not granted: {message}");
                return Ok(());
            }
        }
    }
}

type Steps<'a> = &'a [(Instant, Known)];

fn parts(steps: Steps<'_>) -> [(&'static str, Times); 4] {
    let part =
        |take: fn(&(Instant, Known)) -> Duration| Times::of(&steps.iter().map(take).collect::<Vec<_>>());
    [
        ("next to stopped", part(|(sent, known)| known.stopped - *sent)),
        ("to the stack", part(|(_, known)| known.stack - known.stopped)),
        ("to the scopes", part(|(_, known)| known.scopes - known.stack)),
        ("to the variables", part(|(_, known)| known.variables - known.scopes)),
    ]
}

fn report(options: Options, kinds: [Steps<'_>; 3], again: &[[Duration; 3]], load_before: &str) -> Report {
    let whole = |steps: Steps<'_>| {
        Times::of(&steps.iter().map(|(sent, known)| known.variables - *sent).collect::<Vec<_>>())
    };
    let [direct, floor, through] = kinds.map(whole);
    let names =
        ["direct client, as editors are", "direct client, with both remedies (the floor)", "through `join`"];
    let mut table = vec![row(["ms", "p50", "p95", "max"])];
    for (name, steps) in names.iter().zip(kinds) {
        table.push(whole(steps).row(name));
        table.extend(parts(steps).iter().map(|(name, times)| times.row(&format!("  {name}"))));
    }
    table.push(row(["asked again at the same stop", "", "", ""]));
    let captured: Vec<(&str, Times)> = ["stackTrace", "scopes", "variables"]
        .into_iter()
        .enumerate()
        .map(|(at, name)| (name, Times::of(&again.iter().map(|times| times[at]).collect::<Vec<_>>())))
        .collect();
    table.extend(captured.iter().map(|(name, times)| times.row(&format!("  {name}"))));

    let worst = captured.iter().map(|(_, times)| times.p50).fold(0.0, f64::max);
    let met = [through.p50 <= TARGET_P50, through.p95 <= TARGET_P95, worst <= TARGET_CAPTURED];
    let words = vec![
        format!(
            "Through `join` a step takes 1/{:.1} of what an editor at debugpy itself waits, and {:.2} ms p50, {:.2} ms p95 more than \
             the floor (x{:.2}).",
            direct.p50 / through.p50,
            through.p50 - floor.p50,
            through.p95 - floor.p95,
            through.p50 / floor.p50,
        ),
        verdict(&format!("at most {TARGET_P50} ms p50"), &format!("{:.2} ms", through.p50), met[0]),
        verdict(&format!("at most {TARGET_P95} ms p95"), &format!("{:.2} ms", through.p95), met[1]),
        verdict(
            &format!("stack, scopes and variables that are captured within {TARGET_CAPTURED} ms each, p50"),
            &format!("{worst:.2} ms"),
            met[2],
        ),
    ];
    let figures = json!({
        "direct_ms": direct, "floor_ms": floor, "through_ms": through, "captured_p50_ms": worst,
        "added_p50_ms": through.p50 - floor.p50, "ratio_to_floor_p50": through.p50 / floor.p50,
        "ratio_p50": direct.p50 / through.p50, "watchers": options.watchers, "met": met,
        "load_before": load_before, "load_after": load(), "cores": cores(),
    });
    let title = format!(
        "{} whole steps each way by a DAP client, {} watchers, recording on; {} cores, load {load_before} before, {} after",
        options.steps,
        options.watchers,
        cores(),
        load(),
    );
    Report { name: "editor", title, table, words, figures }
}
