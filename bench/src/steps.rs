//! A whole step: `next`, stopped, stack, scopes, and the top frame's variables, all known to a watcher.
//!
//! Two runs of one program under debugpy: one has a direct client, the other the server with a driver, watchers and its
//! recording. Blocks of steps alternate, so that the machine's noise meets both.

use crate::direct::{Direct, Known};
use crate::live::{self, Glance, Receiver, Sender};
use crate::report::{Report, Times, cores, load, row, verdict};
use crate::room::Room;
use crate::server::Server;
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, block_in_place};

/// At most so long at a watcher, median.
const TARGET_MS: f64 = 6.0;
/// Steps of one kind before it is the other's turn.
const BLOCK: usize = 20;
/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ten locals, three of them with children; it waits for a line on stdin.
const PROGRAM: &str = r#"import sys

def never():
    pass

def evening():
    lights = {"porch": True, "hall": False}
    motions = [3, 5, 8]
    place = ("front", "porch")
    name = "porch light"
    label = "evening"
    level = 0.5
    count = 0
    limit = 40
    armed = True
    last = None
    breakpoint()
    while True:
        count += 1
        level = count / limit
        armed = not armed
        label = f"evening {count}"
        last = name

sys.stdin.readline()
evening()
"#;
/// A line of the program that is never reached: an editor's breakpoint.
const NEVER: u32 = 4;
const LOCALS: usize = 10;

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
    #[arg(long, default_value_t = 20, value_parser = at_least_one)]
    watchers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 200, warm_up: 20, watchers: 20 }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "must be a number from 1".to_owned())
}

/// What a socket heard that the measuring waits for.
#[derive(Debug)]
enum Heard {
    /// A watcher knows a whole stop.
    Whole { watcher: usize, stop: u32, known: Known },
    /// The driver was refused, or a socket ended.
    Trouble(String),
}

/// Measures both ways.
pub async fn run(binary: &Path, options: Options) -> Result<Report> {
    let load_before = load();
    let mut directly = Debuggee::start_waiting(PROGRAM).await;
    let mut shared = Debuggee::start_waiting(PROGRAM).await;
    let (address, script) = (directly.address(), directly.script_path().to_owned());
    let mut direct = block_in_place(|| Direct::attach(&address, &script, NEVER))?;
    directly.write_line("go").await;
    let (_, locals) = block_in_place(|| direct.stop())?;
    if locals != LOCALS {
        bail!("the program should show {LOCALS} locals, and debugpy shows {locals}");
    }
    let mut through = Through::open(binary, &shared.address(), options.watchers).await?;
    shared.write_line("go").await;
    through.stop().await?;

    let mut straight = Vec::new();
    let mut seen = Vec::new();
    let mut todo = options.warm_up + options.steps;
    while todo > 0 {
        let block = todo.min(BLOCK);
        todo -= block;
        for _ in 0..block {
            let sent = Instant::now();
            let (known, _) = block_in_place(|| direct.next())?;
            straight.push((sent, known));
        }
        for _ in 0..block {
            seen.push(through.step().await?);
        }
    }
    straight.drain(..options.warm_up);
    seen.drain(..options.warm_up);
    let recording = through.server.end().await;
    drop(direct);
    directly.kill().await;
    shared.kill().await;
    recording?;
    Ok(report(options, &straight, &seen, &load_before))
}

/// One step through the server.
struct Seen {
    sent: Instant,
    /// At the one watcher that is measured.
    known: Known,
    /// At the last of all watchers.
    last: Instant,
}

/// The server, its driver and its watchers.
struct Through {
    server: Server,
    driver: Sender,
    heard: mpsc::Receiver<Heard>,
    watchers: usize,
    /// The stop at which the program is.
    at: u32,
    commands: u32,
    /// Ends with this.
    _sockets: JoinSet<()>,
}

impl Through {
    async fn open(binary: &Path, address: &str, watchers: usize) -> Result<Self> {
        let (server, link, session) = Server::share(binary, address).await?;
        let room = Room::of(&link)?;
        let host = room.host(&link).await?;
        let secret = room.invite_watchers(&host, &session, watchers).await?;
        let url = room.live_url(&session);
        let (hears, heard) = mpsc::channel(watchers * 4);
        let mut sockets = JoinSet::new();
        let (mut driver, receiver) = live::open(&url, &host).await?;
        live::send(&mut driver, &json!({ "id": 0, "command": "wheel_take" })).await?;
        sockets.spawn(listen(receiver, None, hears.clone()));
        for watcher in 0..watchers {
            let ticket = room.guest(&secret, &format!("Watcher {watcher}")).await?;
            let (sender, receiver) = live::open(&url, &ticket).await?;
            let hears = hears.clone();
            sockets.spawn(async move {
                listen(receiver, Some(watcher), hears).await;
                drop(sender);
            });
        }
        Ok(Self { server, driver, heard, watchers, at: 0, commands: 0, _sockets: sockets })
    }

    /// Waits until every watcher knows the next stop: at the measured one, and at the last.
    async fn stop(&mut self) -> Result<(Known, Instant)> {
        let mut measured = None;
        let mut last = None;
        for _ in 0..self.watchers {
            let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
            match heard
                .context("the watchers did not see the whole stop in time")?
                .context("all sockets ended")?
            {
                Heard::Whole { watcher, stop, known } => {
                    if stop != self.at + 1 {
                        bail!("watcher {watcher} saw stop {stop} after stop {}", self.at);
                    }
                    // One in the middle: neither the first nor the last that the server writes to.
                    if watcher == self.watchers / 2 {
                        measured = Some(known);
                    }
                    last = last.max(Some(known.variables));
                }
                Heard::Trouble(message) => bail!("{message}"),
            }
        }
        self.at += 1;
        measured.zip(last).context("a watcher saw the stop twice")
    }

    async fn step(&mut self) -> Result<Seen> {
        self.commands += 1;
        let command = json!({ "id": self.commands, "command": "next", "stop": self.at });
        let sent = Instant::now();
        live::send(&mut self.driver, &command).await?;
        let (known, last) = self.stop().await?;
        Ok(Seen { sent, known, last })
    }
}

/// Listens until the socket ends. `watcher`: tells whole stops; else refusals only.
async fn listen(mut receiver: Receiver, watcher: Option<usize>, hears: mpsc::Sender<Heard>) {
    let mut partial = Partial::default();
    let trouble = loop {
        let text = match live::next(&mut receiver).await {
            Ok(text) => text,
            Err(error) => break format!("{error:#}"),
        };
        let now = Instant::now();
        let heard = match (Glance::at(&text), watcher) {
            (Err(error), _) => break format!("{error:#}"),
            (Ok(Glance { error: Some(refused), .. }), _) => {
                break format!("a command was refused: {}", refused.message);
            }
            (Ok(glance), Some(watcher)) => {
                partial.hear(&glance, now).map(|(stop, known)| Heard::Whole { watcher, stop, known })
            }
            (Ok(_), None) => None,
        };
        if let Some(heard) = heard
            && hears.send(heard).await.is_err()
        {
            return;
        }
    };
    // Nobody waits any more: the measuring is over.
    let _over = hears.send(Heard::Trouble(trouble)).await;
}

/// What a watcher knows of the current stop so far.
#[derive(Debug, Default)]
struct Partial {
    stop: u32,
    stopped: Option<Instant>,
    stack: Option<Instant>,
    scopes: Option<(Instant, u32)>,
}

impl Partial {
    /// Takes in an event; the stop's times when it has just become whole.
    fn hear(&mut self, glance: &Glance<'_>, now: Instant) -> Option<(u32, Known)> {
        let event = glance.event.as_ref()?;
        let stop = event.stop?;
        match &*event.kind {
            "stopped" => *self = Self { stop, stopped: Some(now), ..Self::default() },
            _ if stop != self.stop => {}
            "stack" => self.stack = Some(now),
            "scopes" => {
                let locals = event.scopes.iter().find(|scope| scope.name == "Locals");
                self.scopes = locals.map(|locals| (now, locals.variables));
            }
            "variables" => {
                let (scopes, locals) = self.scopes?;
                if event.variables == Some(locals) {
                    let (stopped, stack) = (self.stopped.take()?, self.stack?);
                    return Some((stop, Known { stopped, stack, scopes, variables: now }));
                }
            }
            _ => {}
        }
        None
    }
}

fn report(options: Options, straight: &[(Instant, Known)], seen: &[Seen], load_before: &str) -> Report {
    let whole = |times: Vec<Duration>| Times::of(&times);
    let direct = whole(straight.iter().map(|(sent, known)| known.variables - *sent).collect());
    let through = whole(seen.iter().map(|step| step.known.variables - step.sent).collect());
    let last = whole(seen.iter().map(|step| step.last - step.sent).collect());
    let parts = |steps: &[(Instant, Known)]| {
        let part =
            |take: fn(&(Instant, Known)) -> Duration| Times::of(&steps.iter().map(take).collect::<Vec<_>>());
        [
            ("next to stopped", part(|(sent, known)| known.stopped - *sent)),
            ("to the stack", part(|(_, known)| known.stack - known.stopped)),
            ("to the scopes", part(|(_, known)| known.scopes - known.stack)),
            ("to the variables", part(|(_, known)| known.variables - known.scopes)),
        ]
    };
    let steps: Vec<(Instant, Known)> = seen.iter().map(|step| (step.sent, step.known)).collect();
    let (direct_parts, through_parts) = (parts(straight), parts(&steps));

    let mut table = vec![row(["ms", "p50", "p95", "max"])];
    table.push(direct.row("direct debugpy client, whole step"));
    table.extend(direct_parts.iter().map(|(name, times)| times.row(&format!("  {name}"))));
    table.push(through.row("through Breakroom, at a watcher"));
    table.extend(through_parts.iter().map(|(name, times)| times.row(&format!("  {name}"))));
    table.push(last.row(&format!("through Breakroom, at the last of {}", options.watchers)));

    let load_after = load();
    let ratio = direct.p50 / through.p50;
    let met = through.p50 <= TARGET_MS;
    let words = vec![
        format!("Through Breakroom a step takes 1/{ratio:.1} of the direct client's time (p50)."),
        verdict(&format!("at most {TARGET_MS} ms p50 at a watcher"), &format!("{:.2} ms", through.p50), met),
    ];
    let named = |parts: &[(&str, Times)]| -> serde_json::Map<String, serde_json::Value> {
        parts.iter().map(|(name, times)| (name.replace(' ', "_"), json!(times))).collect()
    };
    let figures = json!({
        "direct_ms": direct, "through_ms": through, "through_last_ms": last, "ratio_p50": ratio,
        "direct_parts_ms": named(&direct_parts), "through_parts_ms": named(&through_parts),
        "watchers": options.watchers, "target_p50_ms": TARGET_MS, "met": met,
        "load_before": load_before, "load_after": load_after, "cores": cores(),
    });
    let title = format!(
        "{} whole steps each way, 1 driver, {} watchers, recording on; {} cores, load {load_before} before, {load_after} after",
        options.steps,
        options.watchers,
        cores(),
    );
    Report { name: "steps", title, table, words, figures }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_whole_with_its_locals_and_once() {
        let mut partial = Partial::default();
        let mut hear =
            |text: &str| partial.hear(&Glance::at(text).unwrap(), Instant::now()).map(|(stop, _)| stop);
        let event = |rest: &str| format!(r#"{{"type":"event","seq":1,"at":1,"by":null,"event":{{{rest}}}}}"#);
        assert_eq!(hear(&event(r#""type":"stopped","stop":2"#)), None);
        assert_eq!(hear(&event(r#""type":"stack","stop":2"#)), None);
        assert_eq!(hear(&event(r#""type":"variables","stop":2,"variables":1"#)), None, "before the scopes");
        assert_eq!(
            hear(&event(r#""type":"scopes","stop":2,"scopes":[{"name":"Locals","variables":1}]"#)),
            None
        );
        assert_eq!(hear(&event(r#""type":"variables","stop":2,"variables":3"#)), None, "a child");
        assert_eq!(hear(&event(r#""type":"variables","stop":1,"variables":1"#)), None, "an older stop");
        assert_eq!(hear(&event(r#""type":"variables","stop":2,"variables":1"#)), Some(2));
        assert_eq!(hear(&event(r#""type":"variables","stop":2,"variables":1"#)), None, "told once");
    }
}
