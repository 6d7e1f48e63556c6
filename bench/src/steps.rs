//! A whole step: `next`, stopped, stack, scopes, and the top frame's variables, all known to a watcher.
//!
//! Three runs of one program under debugpy: one has a direct client as editors are, one a direct client with the
//! server's own remedies (the floor), one the server with a driver, watchers and its recording. Blocks of steps
//! alternate, so that the machine's noise meets all.

use crate::direct::{Direct, Known, Latency};
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
pub(crate) const BLOCK: usize = 20;
/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ten locals, three of them with children; it waits for a line on stdin.
pub(crate) const PROGRAM: &str = r#"import sys

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
pub(crate) const NEVER: u32 = 4;
pub(crate) const LOCALS: usize = 10;

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
    /// Milliseconds between knowing a stop and the next step; 0: a key held down
    #[arg(long, default_value_t = 0)]
    pause_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: 200, warm_up: 20, watchers: 20, pause_ms: 0 }
    }
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
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
    let (mut editor, mut editor_program) = attach(Latency::AsItComes).await?;
    let (mut floor, mut floor_program) = attach(Latency::Remedied).await?;
    let mut shared = Debuggee::start_waiting(PROGRAM).await;
    let mut through = Through::open(binary, &shared.address(), options.watchers).await?;
    shared.write_line("go").await;
    through.stop().await?;

    let pause = Duration::from_millis(options.pause_ms);
    let (mut as_editors, mut at_best, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    let mut todo = options.warm_up + options.steps;
    while todo > 0 {
        let block = todo.min(BLOCK);
        todo -= block;
        for _ in 0..block {
            tokio::time::sleep(pause).await;
            as_editors.push(step(&mut editor)?);
        }
        for _ in 0..block {
            tokio::time::sleep(pause).await;
            at_best.push(step(&mut floor)?);
        }
        for _ in 0..block {
            tokio::time::sleep(pause).await;
            seen.push(through.step().await?);
        }
    }
    as_editors.drain(..options.warm_up);
    at_best.drain(..options.warm_up);
    seen.drain(..options.warm_up);
    through.server.end().await?;
    drop((editor, floor));
    for program in [&mut editor_program, &mut floor_program, &mut shared] {
        program.kill().await;
    }
    Ok(report(options, &as_editors, &at_best, &seen, &load_before))
}

/// Starts the program and goes to its first stop with a client of its own.
pub(crate) async fn attach(latency: Latency) -> Result<(Direct, Debuggee)> {
    let mut program = Debuggee::start_waiting(PROGRAM).await;
    let (address, script) = (program.address(), program.script_path().to_owned());
    let mut client = block_in_place(|| Direct::attach(&address, &script, NEVER, latency))?;
    program.write_line("go").await;
    let (_, locals) = block_in_place(|| client.stop())?;
    if locals != LOCALS {
        bail!("the program should show {LOCALS} locals, and debugpy shows {locals}");
    }
    Ok((client, program))
}

/// One step without the server.
pub(crate) fn step(client: &mut Direct) -> Result<(Instant, Known)> {
    let sent = Instant::now();
    let (known, _) = block_in_place(|| client.next())?;
    Ok((sent, known))
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

fn report(
    options: Options,
    as_editors: &[(Instant, Known)],
    at_best: &[(Instant, Known)],
    seen: &[Seen],
    load_before: &str,
) -> Report {
    let steps: Vec<(Instant, Known)> = seen.iter().map(|step| (step.sent, step.known)).collect();
    let whole = |steps: &[(Instant, Known)]| {
        Times::of(&steps.iter().map(|(sent, known)| known.variables - *sent).collect::<Vec<_>>())
    };
    let (direct, floor, through) = (whole(as_editors), whole(at_best), whole(&steps));
    let last = Times::of(&seen.iter().map(|step| step.last - step.sent).collect::<Vec<_>>());
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
    let (direct_parts, floor_parts, through_parts) = (parts(as_editors), parts(at_best), parts(&steps));

    let mut table = vec![row(["ms", "p50", "p95", "max"])];
    let mut show = |name: &str, times: Times, parts: &[(&str, Times)]| {
        table.push(times.row(name));
        table.extend(parts.iter().map(|(name, times)| times.row(&format!("  {name}"))));
    };
    show("direct client, as editors are", direct, &direct_parts);
    show("direct client, with both remedies", floor, &floor_parts);
    show("through Breakroom, at a watcher", through, &through_parts);
    show(&format!("through Breakroom, at the last of {}", options.watchers), last, &[]);

    let load_after = load();
    let ratio = direct.p50 / through.p50;
    let met = through.p50 <= TARGET_MS;
    let words = vec![
        format!(
            "Through Breakroom a step takes 1/{ratio:.1} of an editor's time, and {:.2} ms more than debugpy at its best (p50).",
            through.p50 - floor.p50
        ),
        verdict(&format!("at most {TARGET_MS} ms p50 at a watcher"), &format!("{:.2} ms", through.p50), met),
    ];
    let named = |parts: &[(&str, Times)]| -> serde_json::Map<String, serde_json::Value> {
        parts.iter().map(|(name, times)| (name.replace(' ', "_"), json!(times))).collect()
    };
    let figures = json!({
        "direct_ms": direct, "floor_ms": floor, "through_ms": through, "through_last_ms": last, "ratio_p50": ratio,
        "direct_parts_ms": named(&direct_parts), "floor_parts_ms": named(&floor_parts), "through_parts_ms": named(&through_parts),
        "watchers": options.watchers, "pause_ms": options.pause_ms, "target_p50_ms": TARGET_MS, "met": met,
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
