//! What many people who expand the same values cost the program: requests at debugpy, counted between it and the server.

use crate::direct::{Direct, Latency};
use crate::join::Join;
use crate::live::{self, Receiver, Sender};
use crate::proxy::{Passed, Proxy};
use crate::report::{Report, cores, load, row, verdict};
use crate::room::Room;
use crate::server::{Link, Server};
use anyhow::{Context, Result, bail};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use tokio::task::{JoinSet, block_in_place};

/// How many people at a time.
const CROWDS: [usize; 3] = [1, 10, 50];
/// Levels below the locals that everybody opens.
const DEPTH: usize = 3;
/// Counted requests: what looking at a stop takes.
const LOOKS: [&str; 4] = ["threads", "stackTrace", "scopes", "variables"];
/// How long a crowd may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing more is asked when the count stayed the same for so long.
const QUIET: Duration = Duration::from_millis(400);

const PROGRAM: &str = r#"import sys

def evening():
    rooms = {"porch": {"lamps": [[1, 2], [3, 4]]}, "hall": {"lamps": [[5], [6, 7]]}}
    motions = [[3, [5, 8]], [13, [21, 34]]]
    place = (("front", ("left", "right")), "porch")
    breakpoint()
    while True:
        place = (("front", ("left", "right")), "porch")
        motions = [[3, [5, 8]], [13, [21, 34]]]

sys.stdin.readline()
evening()
"#;

/// Counts for each crowd; half of a crowd are editors as far as sixteen go, the rest are browsers.
pub async fn run(binary: &Path) -> Result<Report> {
    let mut counts = Vec::new();
    let mut people = Vec::new();
    for crowd in CROWDS {
        let (passed, editors) = tokio::time::timeout(PATIENCE * 2, count(binary, crowd))
            .await
            .context("a crowd took too long")??;
        people.push((crowd, editors));
        counts.push(passed);
    }
    let mut table = vec![row(["requests at debugpy"])];
    table[0].extend(
        people.iter().map(|(crowd, editors)| format!("{crowd} people, {editors} of them in editors")),
    );
    for look in LOOKS {
        let mut cells = vec![look.to_owned()];
        cells.extend(counts.iter().map(|passed| passed.get(look).copied().unwrap_or(0).to_string()));
        table.push(cells);
    }
    let met = counts.iter().all(|passed| *passed == counts[0]);
    let sums: Vec<String> = counts.iter().map(|passed| passed.values().sum::<usize>().to_string()).collect();
    let words = vec![verdict("the same number, however many look", &sums.join(", "), met)];
    let figures = json!({ "crowds": CROWDS, "requests": counts, "met": met });
    let title = format!(
        "everybody opens everything {DEPTH} levels deep at one stop; {} cores, load {}",
        cores(),
        load()
    );
    Ok(Report { name: "expanding", title, table, words, figures })
}

/// One session, one stop, one crowd: what was asked from the stop on, and how many were editors.
async fn count(binary: &Path, crowd: usize) -> Result<(BTreeMap<String, usize>, usize)> {
    let mut program = Debuggee::start_waiting(PROGRAM).await;
    let proxy = Proxy::start(program.address()).await?;
    let (server, link, session) = Server::share(binary, &proxy.address).await?;
    let room = Room::of(&link)?;
    let editors = (crowd / 2).min(16);
    let (host, watchers) = watch(&room, &link, &session, crowd - editors).await?;
    let join = Join::collaborator(binary, &room, &host, &session).await?;
    let mut attached = Vec::new();
    for _ in 0..editors {
        let editor =
            block_in_place(|| Direct::attach(&join.address, program.script_path(), 3, Latency::AsItComes))?;
        attached.push(editor);
    }
    let before = proxy.passed();
    program.write_line("go").await;
    // Editors block: each in a thread of its own, beside the browsers.
    let mut tasks = JoinSet::new();
    for mut editor in attached {
        tasks.spawn_blocking(move || {
            editor.stop()?;
            editor.expand(DEPTH)
        });
    }
    let mut browsers = JoinSet::new();
    for (sender, receiver) in watchers {
        browsers.spawn(tokio::time::timeout(PATIENCE, expand(sender, receiver)));
    }
    let mut opened = BTreeSet::new();
    while let Some(ended) = tasks.join_next().await {
        opened.insert(ended.context("an editor broke")??);
    }
    while let Some(ended) = browsers.join_next().await {
        opened
            .insert(ended.context("a browser broke")?.context("a browser did not see everything in time")??);
    }
    if opened.len() != 1 {
        bail!("not everybody saw the same number of sets: {opened:?}");
    }
    let after = settled(&proxy).await;
    server.end().await?;
    program.kill().await;
    let since = |name: &str| {
        let count = |passed: &Passed| passed.requests.get(name).copied().unwrap_or(0);
        count(&after) - count(&before)
    };
    Ok((LOOKS.into_iter().map(|look| (look.to_owned(), since(look))).collect(), editors))
}

async fn settled(proxy: &Proxy) -> Passed {
    let mut last = proxy.passed();
    loop {
        tokio::time::sleep(QUIET).await;
        let now = proxy.passed();
        if now.requests == last.requests {
            return now;
        }
        last = now;
    }
}

/// As many watchers, and the host's ticket.
async fn watch(
    room: &Room,
    link: &Link,
    session: &str,
    watchers: usize,
) -> Result<(crate::room::Ticket, Vec<(Sender, Receiver)>)> {
    let host = room.host(link).await?;
    let secret = room.invite_watchers(&host, session, watchers).await?;
    let mut sockets = Vec::new();
    for number in 0..watchers {
        let guest = room.guest(&secret, &format!("Watcher {number}")).await?;
        sockets.push(live::open(&room.live_url(session), &guest).await?);
    }
    Ok((host, sockets))
}

/// Opens everything as a browser would that shows what comes and asks for what it has not; how many sets there were.
async fn expand(mut sender: Sender, mut receiver: Receiver) -> Result<usize> {
    let mut sent = 0_u32;
    // Levels of what is opened; children of what was shown, which may be before anybody opens it.
    let (mut opened, mut shown) = (BTreeMap::new(), BTreeMap::new());
    loop {
        let message: Value =
            serde_json::from_str(&live::next(&mut receiver).await?).context("the server said no JSON")?;
        if let Some(error) = message.get("error") {
            bail!("it was refused: {error}");
        }
        let event = &message["event"];
        let mut wanted: Vec<(u64, usize)> = Vec::new();
        match event["type"].as_str() {
            Some("scopes") => {
                let scopes = event["scopes"].as_array().into_iter().flatten();
                let locals = scopes.filter(|scope| scope["name"] == "Locals");
                wanted.extend(locals.filter_map(|scope| Some((scope["variables"].as_u64()?, 0))));
            }
            Some("variables") => {
                if let Some(set) = event["variables"].as_u64() {
                    shown.insert(set, children(&event["items"]));
                    wanted.extend(opened.get(&set).map(|level| (set, *level)));
                }
            }
            _ => {}
        }
        while let Some((set, level)) = wanted.pop() {
            let new = opened.insert(set, level).is_none();
            match shown.get(&set) {
                Some(below) if level < DEPTH => wanted.extend(below.iter().map(|set| (*set, level + 1))),
                Some(_) => {}
                None if new => {
                    sent += 1;
                    let ask = json!({ "id": sent, "command": "variables", "stop": 1, "variables": set });
                    live::send(&mut sender, &ask).await?;
                }
                None => {}
            }
        }
        if !opened.is_empty() && opened.keys().all(|set| shown.contains_key(set)) {
            return Ok(opened.len());
        }
    }
}

/// The sets that a set's items lead to; what debugpy adds to them isn't the program's.
fn children(items: &Value) -> Vec<u64> {
    let own = |item: &&Value| item["name"].as_str().is_some_and(|name| !name.ends_with(" variables"));
    items.as_array().into_iter().flatten().filter(own).filter_map(|item| item["variables"].as_u64()).collect()
}
