//! What Breakroom costs, measured on the real release binary: `cargo xtask bench NAME`, or `all`.
//!
//! In: the `breakroom` binary beside this one, and for what needs a program real debugpy. Out: a table for people and,
//! with `--json`, the figures for machines. Invariant: the exit code says whether it could be measured, not whether a
//! target was met; that is said in words, as a busy machine must not look like a broken program.

mod connections;
mod cpu;
mod direct;
mod editor;
mod expanding;
mod fanout;
mod idle;
mod join;
mod live;
mod memory;
mod proxy;
mod report;
mod room;
mod server;
mod slow;
mod steps;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures Breakroom on this machine.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Also write the figures here, as JSON
    #[arg(long, global = true, value_name = "PATH")]
    json: Option<PathBuf>,
    /// The server to measure [default: `breakroom` beside this program]
    #[arg(long, global = true, value_name = "PATH")]
    binary: Option<PathBuf>,
}

#[derive(Subcommand)]
enum What {
    /// How long a whole step takes until a watcher knows it, beside a direct debugpy client
    Steps(steps::Options),
    /// The same as an editor sees it, through `breakroom join`
    Editor(editor::Options),
    /// What is asked of the program when one, ten and fifty people look at the same values
    Expanding,
    /// How soon a hundred and a thousand watchers have a stop, and what a message costs
    Fanout(fanout::Options),
    /// What a watcher who doesn't read costs the others
    Slow,
    /// How much memory a server takes that nobody uses
    Idle,
    /// How much memory an idle watcher's connection takes
    Connections(connections::Options),
    /// All of them, one after the other
    All,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nIt could not be measured: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let binary = server::binary(arguments.binary)?;
    if cfg!(debug_assertions) {
        println!("This is a debug build of the benchmark: run it by `cargo xtask bench`.\n");
    }
    let mut figures = serde_json::Map::new();
    let mut show = |report: Report| {
        println!("{report}");
        figures.insert(report.name.to_owned(), report.figures);
    };
    match arguments.what {
        What::Steps(options) => show(steps::run(&binary, options).await?),
        What::Editor(options) => show(editor::run(&binary, options).await?),
        What::Expanding => show(expanding::run(&binary).await?),
        What::Fanout(options) => show(fanout::run(&binary, options).await?),
        What::Slow => show(slow::run(&binary).await?),
        What::Idle => show(idle::run(&binary).await?),
        What::Connections(options) => show(connections::run(&binary, options).await?),
        What::All => {
            show(steps::run(&binary, steps::Options::default()).await?);
            show(editor::run(&binary, editor::Options::default()).await?);
            show(expanding::run(&binary).await?);
            show(fanout::run(&binary, fanout::Options::default()).await?);
            show(slow::run(&binary).await?);
            show(idle::run(&binary).await?);
            show(connections::run(&binary, connections::Options::default()).await?);
        }
    }
    if let Some(path) = arguments.json {
        let text = serde_json::to_string_pretty(&figures).context("cannot write the figures as JSON")?;
        std::fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
