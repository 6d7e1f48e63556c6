//! The real `breakroom` binary as a child process, killed when it is dropped.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long it may take to say that it serves.
const PATIENCE: Duration = Duration::from_secs(20);

/// The binary to measure: the given one, or the one beside this program.
///
/// # Errors
/// There is none.
pub fn binary(given: Option<PathBuf>) -> Result<PathBuf> {
    let path = match given {
        Some(path) => path,
        None => {
            std::env::current_exe().context("cannot tell where this program is")?.with_file_name("breakroom")
        }
    };
    if !path.is_file() {
        bail!("{} is missing: build it by `cargo build --release -p breakroom`", path.display());
    }
    Ok(path)
}

/// A running server with a data folder of its own, on disk.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its process id.
    pub pid: u32,
    /// Held open, so that the server never writes into a closed pipe.
    lines: Lines<BufReader<ChildStdout>>,
    _data: TempDir,
}

/// `http://ADDR/join#host=SECRET`, taken apart.
#[derive(Debug, Clone)]
pub struct Link {
    /// `http://ADDR`
    pub base: String,
    /// What is after the `=`.
    pub secret: String,
}

impl Link {
    fn parse(url: &str) -> Result<Self> {
        let parts =
            url.trim().split_once("/join#").and_then(|(base, rest)| Some((base, rest.split_once('=')?.1)));
        let (base, secret) = parts.with_context(|| format!("`{url}` is no link to join by"))?;
        Ok(Self { base: base.to_owned(), secret: secret.to_owned() })
    }
}

/// `breakroom share`'s line of JSON.
#[derive(Debug, Deserialize)]
struct Announced {
    host_url: String,
    session: String,
}

impl Server {
    /// `breakroom serve` without any configuration, and its host link.
    pub async fn serve(binary: &Path) -> Result<(Self, Link)> {
        let mut server = Self::start(binary, &["serve", "--host-link", "--listen", "127.0.0.1:0"])?;
        let line = server.line_with("/join#host=").await?;
        let at = line.find("http").context("the server printed no link")?;
        Ok((server, Link::parse(&line[at..])?))
    }

    /// `breakroom share ADDRESS`, its host link and its session.
    pub async fn share(binary: &Path, address: &str) -> Result<(Self, Link, String)> {
        let mut server = Self::start(binary, &["share", address, "--json"])?;
        let line = server.line_with("host_url").await?;
        let announced: Announced =
            serde_json::from_str(&line).context("`share --json` printed something else")?;
        Ok((server, Link::parse(&announced.host_url)?, announced.session))
    }

    fn start(binary: &Path, arguments: &[&str]) -> Result<Self> {
        // Beside the binary, as the system's temporary folder may be memory and not a disk.
        let near = binary.parent().unwrap_or(Path::new("."));
        let data = TempDir::with_prefix_in("bench-data-", near).context("cannot make a data folder")?;
        let mut child = Command::new(binary)
            .args(arguments)
            .arg("--data")
            .arg(data.path())
            .env_remove("BREAKROOM_CONFIG")
            .env_remove("BREAKROOM_LISTEN")
            .env_remove("BREAKROOM_HOME_ASSISTANT")
            .env_remove("BREAKROOM_PUBLIC_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let pid = child.id().context("the server ended at once")?;
        let lines = BufReader::new(child.stdout.take().context("its output is not piped")?).lines();
        Ok(Self { child, pid, lines, _data: data })
    }

    async fn line_with(&mut self, part: &str) -> Result<String> {
        let search = async {
            while let Some(line) = self.lines.next_line().await? {
                if line.contains(part) {
                    return Ok(line);
                }
            }
            bail!("the server ended before it served")
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .context("the server did not say in time that it serves")?
    }

    /// Ends it and waits until it is gone.
    pub async fn end(mut self) -> Result<()> {
        self.child.kill().await.context("cannot end the server")
    }
}
