//! `breakroom`: several people debug one live Python program together.
//!
//! Bird's eye: [`hub`] starts a [`session`] per target; `session` decides and records; [`http`] lets people in;
//! [`house`] knows the machine around the target; [`join`] is the other end, an editor's. The other crates each know one thing: see ARCHITECTURE.md.

mod cli;
mod config;
mod house;
mod http;
mod hub;
mod join;
mod lobby;
mod serve;
mod session;
mod share;

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;

/// How long lookups of names may go on when all else has ended.
const LOOKUPS: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("BREAKROOM_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(cli.command.default_log()));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Named once: with two providers in the build, the first TLS connection would panic instead of choosing.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed already");
    }
    let run = async {
        match cli.command {
            cli::Command::Serve(options) => serve::run(options).await,
            cli::Command::Share(options) => share::run(options).await,
            cli::Command::Join(options) => join::run(options).await,
        }
    };
    let mut threads = match workers() {
        1 => tokio::runtime::Builder::new_current_thread(),
        workers => {
            let mut threads = tokio::runtime::Builder::new_multi_thread();
            threads.worker_threads(workers);
            threads
        }
    };
    let runtime = match threads.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("breakroom: cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let end = runtime.block_on(run);
    // A name that is still being looked up can't be called off, and takes as long as a container has to stop.
    runtime.shutdown_timeout(LOOKUPS);
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("breakroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A session is one task, and the program that it debugs mostly runs on the same machine, as one busy thread of it.
/// Measured on two cores: with a second thread, waking it costs a step more than what it takes over. One is the main thread
/// itself: a worker beside it would cost an idle server a mebibyte.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 4))
}
