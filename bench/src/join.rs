//! `breakroom join` as a child process, killed when it is dropped.

use crate::room::{Room, Ticket};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long it may take to say where editors attach.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running one.
#[derive(Debug)]
pub struct Join {
    /// Where an editor attaches.
    pub address: String,
    _child: Child,
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Join {
    /// Joins as a collaborator.
    pub async fn collaborator(binary: &Path, room: &Room, host: &Ticket, session: &str) -> Result<Self> {
        let url = room.invite(host, session, "collaborator", 1).await?;
        let mut child = Command::new(binary)
            .args(["join", &url, "--listen", "127.0.0.1:0", "--name", "Editor"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut lines = BufReader::new(child.stdout.take().context("its output is not piped")?).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((host, port)) =
                    line.strip_prefix("LISTENING ").and_then(|rest| rest.split_once(' '))
                {
                    return Ok(format!("{host}:{port}"));
                }
            }
            bail!("`join` ended before editors could attach")
        };
        let address = tokio::time::timeout(PATIENCE, listening)
            .await
            .context("`join` did not say in time where editors attach")??;
        Ok(Self { address, _child: child, _lines: lines })
    }
}
