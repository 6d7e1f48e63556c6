//! The command line.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Several people debug one live Python program together.
#[derive(Debug, Parser)]
#[command(name = "breakroom", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the targets of a configuration file, with Home Assistant for signing in
    Serve(ServeOptions),
    /// Share one running program at once: no configuration, no accounts, two links
    Share(ShareOptions),
    /// Join a session from an editor: be its debug adapter, on this machine
    Join(JoinOptions),
}

impl Command {
    /// What is logged unless BREAKROOM_LOG says otherwise.
    pub const fn default_log(&self) -> &'static str {
        match self {
            Self::Serve(_) => "info",
            Self::Share(_) | Self::Join(_) => "warn",
        }
    }
}

/// Options of `breakroom serve`.
#[derive(Debug, Args)]
pub struct ServeOptions {
    /// Configuration file (TOML); absent: all defaults
    #[arg(long, short, env = "BREAKROOM_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to serve [default: 127.0.0.1:8127]
    #[arg(long, env = "BREAKROOM_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where recordings, invites and the ticket key are kept [default: ~/.local/share/breakroom]
    #[arg(long, env = "BREAKROOM_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How browsers reach this server, for links
    #[arg(long, env = "BREAKROOM_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The Home Assistant that people sign in with
    #[arg(long, env = "BREAKROOM_HOME_ASSISTANT", value_name = "URL")]
    pub home_assistant: Option<String>,
    /// A further target, as NAME=HOST:PORT
    #[arg(long = "target", value_name = "NAME=HOST:PORT")]
    pub targets: Vec<String>,
    /// Print a host link for one use, to come in without Home Assistant
    #[arg(long)]
    pub host_link: bool,
}

/// Options of `breakroom share`.
#[derive(Debug, Args)]
pub struct ShareOptions {
    /// Where debugpy listens, as given to `python -m debugpy --listen`
    #[arg(value_name = "HOST:PORT")]
    pub address: String,
    /// Where to serve [default: a free port on 127.0.0.1]
    #[arg(long, env = "BREAKROOM_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where the recording is kept [default: ~/.local/share/breakroom]
    #[arg(long, env = "BREAKROOM_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How browsers reach this server, for links
    #[arg(long, env = "BREAKROOM_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Files under this folder of the program's machine may be read as source even if it hasn't loaded them
    #[arg(long = "source-root", value_name = "DIR")]
    pub source_roots: Vec<String>,
    /// Restart the program by this command (with its arguments, separated by spaces; no shell)
    #[arg(long, value_name = "COMMAND")]
    pub restart: Option<String>,
    /// Ask you before anybody comes in by the printed invite
    #[arg(long)]
    pub ask: bool,
    /// Print one line of JSON instead of words: {"host_url", "invite_url", "session"}
    #[arg(long)]
    pub json: bool,
    /// Also let editors of this machine in, as host: where they attach, such as 127.0.0.1:0 (a free port)
    #[arg(long, value_name = "ADDR:PORT")]
    pub editor: Option<SocketAddr>,
}

/// Options of `breakroom join`.
#[derive(Debug, Args)]
pub struct JoinOptions {
    /// An invite link, a host link, or a session's page (with a Home Assistant token in BREAKROOM_TOKEN)
    #[arg(value_name = "URL")]
    pub url: String,
    /// Where editors of this machine attach; port 0: a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:5678", conflicts_with = "stdio")]
    pub listen: SocketAddr,
    /// Speak DAP on stdin and stdout instead, with the one editor that started this
    #[arg(long)]
    pub stdio: bool,
    /// Your name in the room
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A folder here and the same on the program's machine; may be given several times
    #[arg(long = "map", value_name = "LOCAL=REMOTE")]
    pub maps: Vec<String>,
    /// Let the editor's `terminate` end the session for everybody, if you are a host
    #[arg(long)]
    pub host_ends: bool,
    /// A Home Assistant token, for a session's page. From the environment only: a command line is seen by others
    #[arg(skip = std::env::var("BREAKROOM_TOKEN").ok())]
    pub token: Option<String>,
}
