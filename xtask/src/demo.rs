//! The demo: the sample program under debugpy, a room around it, and two links.
//! In: an empty machine with Rust, Node and Python. Out: a host link and an invite link; everything ends with Ctrl-C.
//! Invariant: nobody but the server ever connects to debugpy's port. A probe that connects and closes breaks debugpy, so
//! that it listens is known from the sample's first line: the program runs only after debugpy has opened its port.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::children::{News, Newsroom, Running};
use crate::process;
use crate::python::Environment;
use crate::setup::{self, Part};

const SAMPLE: &str = "the sample";
const SERVER: &str = "the server";
/// Where debugpy listens by habit; another port is taken when somebody has this one.
const DEBUGPY_PORT: u16 = 5678;
/// Where the server listens by habit.
const SERVER_PORT: u16 = 8127;
/// A cold disk and a busy machine included.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// The server says goodbye to debugpy and writes its journal.
const SERVER_PATIENCE: Duration = Duration::from_secs(15);
const SAMPLE_PATIENCE: Duration = Duration::from_secs(5);

/// What a person may say about the demo.
#[derive(Args)]
pub struct Options {
    /// Port of the server [default: 8127, or a free one when that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// Do not open the host link in a browser, even where there is a desktop
    #[arg(long)]
    no_browser: bool,
}

/// Links to a room, as `breakroom share --json` prints them.
#[derive(Debug, PartialEq, Eq)]
struct Links {
    host: String,
    invite: String,
}

/// Builds, starts, prints and waits for Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    let start = Instant::now();
    setup::check_prerequisites()?;
    println!("Building the demo. The first time this takes some minutes: npm packages, then the server.\n");
    setup::ensure(&[Part::Debugpy, Part::Web])?;
    process::timed("build the server", || {
        process::run(process::cargo().args(["build", "--profile", "quick", "-p", "breakroom"]))
    })?;

    let folder = process::target().join("demo");
    fs::create_dir_all(&folder).context("cannot make target/demo")?;
    let news = Newsroom::open()?;
    let mut sample = start_sample(&folder, &news)?;
    let mut server = start_server(options, sample.port, &folder, &news)?;
    print_links(&server.links, &folder, start.elapsed());
    open_browser(options, &server.links.host);

    let ended_by_itself = wait(&news);
    println!("\nEnding: the server lets go of the sample first, then the sample ends.");
    server.running.end(&news, SERVER_PATIENCE);
    sample.running.end(&news, SAMPLE_PATIENCE);
    match ended_by_itself {
        Some(child) => {
            bail!("{child} ended by itself; the end of its log:\n{}", tail(&log_of(&folder, child)))
        }
        None => Ok(()),
    }
}

struct Sample {
    running: Running,
    port: u16,
}

fn start_sample(folder: &Path, news: &Newsroom) -> Result<Sample> {
    let port = if is_free(DEBUGPY_PORT) { DEBUGPY_PORT } else { free_port()? };
    process::timed(&format!("start sample/porch.py under debugpy on port {port}"), || {
        let mut command = Command::new(Environment::named("debugpy").python());
        // Frozen modules can hide breakpoints.
        command.args([
            "-u",
            "-Xfrozen_modules=off",
            "-m",
            "debugpy",
            "--listen",
            &format!("127.0.0.1:{port}"),
        ]);
        command.arg("porch.py").current_dir(process::root().join("sample"));
        // Or every edit of the sample would leave compiled files beside it.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let log = log_of(folder, SAMPLE);
        let running = Running::start(SAMPLE, &mut command, &log, news)?;
        news.wait_for(&running, READY_LIMIT, |_| Some(())).with_context(|| tail(&log))?;
        Ok(Sample { running, port })
    })
}

struct Server {
    running: Running,
    links: Links,
}

fn start_server(options: &Options, debugpy: u16, folder: &Path, news: &Newsroom) -> Result<Server> {
    let port = match options.port {
        Some(port) => port,
        None if is_free(SERVER_PORT) => SERVER_PORT,
        None => free_port()?,
    };
    process::timed(&format!("start the server on port {port}"), || {
        let mut command = Command::new(process::target().join("quick/breakroom"));
        command.args(["share", &format!("127.0.0.1:{debugpy}"), "--listen", &format!("127.0.0.1:{port}")]);
        command.arg("--data").arg(folder).arg("--json").current_dir(process::root());
        let log = log_of(folder, SERVER);
        let running = Running::start(SERVER, &mut command, &log, news)?;
        let links = news.wait_for(&running, READY_LIMIT, parse_links).with_context(|| tail(&log))?;
        Ok(Server { running, links })
    })
}

fn parse_links(line: &str) -> Option<Links> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    Some(Links { host: text("host_url")?, invite: text("invite_url")? })
}

fn print_links(links: &Links, folder: &Path, took: Duration) {
    let root = process::root();
    let folder = folder.strip_prefix(&root).unwrap_or(folder).display();
    println!(
        "
Ready after {}.

  You, the host     {}
  Somebody else     {}

The host link works once; the browser stays signed in. Open the other one in a private window, type a name, and both
windows show the same program: sample/porch.py. docs/walkthrough.md finds its bug in a few minutes.

  What the program prints   {folder}/sample.log
  What the server says      {folder}/server.log

Ctrl-C ends it all.",
        process::seconds(took),
        links.host,
        links.invite,
    );
}

/// Opens the host link where there is a desktop to open it on.
fn open_browser(options: &Options, link: &str) {
    let has_desktop = cfg!(target_os = "macos")
        || env::var_os("DISPLAY").is_some()
        || env::var_os("WAYLAND_DISPLAY").is_some();
    if options.no_browser || !has_desktop || process::is_ci() {
        return;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let opened = Command::new(opener)
        .arg(link)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if opened {
        println!("The host link was opened in your browser (and is used up by that).");
    }
}

/// Waits for Ctrl-C, or for the server to end by itself. The room outlives the sample: its recording can be replayed.
fn wait(news: &Newsroom) -> Option<&'static str> {
    loop {
        match news.next(None)? {
            News::Interrupted => return None,
            News::Ended { child } if child == SERVER => return Some(child),
            News::Ended { child } => println!("{child} has ended; what was recorded can still be replayed."),
            News::Line { .. } => {}
        }
    }
}

fn log_of(folder: &Path, child: &str) -> std::path::PathBuf {
    folder.join(if child == SAMPLE { "sample.log" } else { "server.log" })
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Whether a port can be listened on: tried by listening, never by connecting.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port")?;
    Ok(listener.local_addr().context("cannot find a free port")?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_between_other_lines() {
        let line = r#"{"host_url":"http://h","invite_url":"http://i","session":"s"}"#;
        assert_eq!(parse_links(line), Some(Links { host: "http://h".into(), invite: "http://i".into() }));
        assert_eq!(parse_links("listening on 127.0.0.1:8127"), None);
        assert_eq!(parse_links("{}"), None);
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
