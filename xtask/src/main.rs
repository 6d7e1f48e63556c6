//! What a person types: `cargo xtask demo`, `test`, `setup`, `bench`, `codegen`, `tidy`.
//! In: arguments. Out: child processes (cargo, npm, Python, the server) run in order, with what they took.
//! Invariant: nothing is written outside the repository and its target folder, except Debian packages that a missing
//! browser or Python needs, and those only as root.

mod children;
mod codegen;
mod demo;
mod layers;
mod process;
mod python;
mod setup;
mod test;
mod tidy;
mod verdict;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, tries and tests Breakroom")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, start the sample program under debugpy and a room around it, print the links
    Demo(demo::Options),
    /// Run every test there is, installing what they need, and end in one verdict
    Test {
        /// Run only the steps whose name contains one of these
        filters: Vec<String>,
    },
    /// Install what the demo and the tests need into target/ and web-client/
    Setup {
        /// What to install
        #[arg(value_enum, default_value = "all")]
        parts: Vec<setup::Part>,
    },
    /// Write the files that are generated from the protocol crate
    Codegen {
        /// Only say whether they are current
        #[arg(long)]
        check: bool,
    },
    /// Run one benchmark in the release profile
    Bench {
        /// Its name, e.g. `steps`
        name: String,
        /// Passed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check what no compiler checks: sizes of files, layers, paths of one machine, tests that are switched off
    Tidy,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A sentence for a person; a backtrace of this program would say nothing about theirs.
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Demo(options) => demo::run(&options),
        Task::Test { filters } => test::run(&filters),
        Task::Setup { parts } => setup::run(&parts),
        Task::Codegen { check } => {
            codegen::run(if check { codegen::Mode::Check } else { codegen::Mode::Write })
        }
        Task::Bench { name, arguments } => bench(&name, &arguments),
        Task::Tidy => tidy::run(),
    }
}

/// Benchmarks compare the real server with a direct client, so the release binary is built before.
fn bench(name: &str, arguments: &[String]) -> Result<()> {
    setup::ensure(&[setup::Part::Debugpy, setup::Part::Web])?;
    process::run(process::cargo().args(["build", "--release", "-p", "breakroom"]))?;
    if name == "client" {
        return client_bench(arguments);
    }
    process::run(
        process::cargo().args(["run", "--release", "-p", "breakroom-bench", "--", name]).args(arguments),
    )
}

/// The page's own is measured where the page runs: in a browser.
fn client_bench(arguments: &[String]) -> Result<()> {
    setup::ensure(&[setup::Part::Browser])?;
    let mut command = setup::npm(&setup::browser_tests())?;
    if let Some(chromium) = setup::chromium() {
        command.env("CHROMIUM", chromium);
    }
    command.env("BREAKROOM_BINARY", process::target().join("release/breakroom"));
    process::run(command.args(["run", "bench", "--"]).args(arguments))
}
