//! Resident memory of another process, as the kernel counts it.

use anyhow::{Context, Result};
use std::time::Duration;
use tokio::time::Instant;

/// How long a process may take to settle.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
/// It has settled when it changed by no more than this over [`QUIET`].
const SAME_KIB: u64 = 64;
const QUIET: Duration = Duration::from_secs(1);

/// Resident memory in KiB.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Resident {
    /// All of it (`VmRSS`).
    pub all_kib: u64,
    /// Heap and stacks (`RssAnon`): what is this process's alone.
    pub anonymous_kib: u64,
    /// Pages of files, most of them the program itself (`RssFile`); the kernel may drop them at any time.
    pub file_kib: u64,
}

/// Reads it.
///
/// # Errors
/// The process is gone, or this is no Linux.
pub fn resident(pid: u32) -> Result<Resident> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let field = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("{path} has no {name}"))?;
        let number = line.trim().trim_end_matches("kB").trim();
        number.parse().with_context(|| format!("{path}: {name} is no number"))
    };
    Ok(Resident {
        all_kib: field("VmRSS:")?,
        anonymous_kib: field("RssAnon:")?,
        file_kib: field("RssFile:")?,
    })
}

/// Waits until the process's memory stays the same for a while; what it is then.
///
/// # Errors
/// As [`resident`].
pub async fn settled(pid: u32) -> Result<Resident> {
    let until = Instant::now() + SETTLES_WITHIN;
    let mut before = resident(pid)?;
    loop {
        tokio::time::sleep(QUIET).await;
        let now = resident(pid)?;
        if now.all_kib.abs_diff(before.all_kib) <= SAME_KIB || Instant::now() > until {
            return Ok(now);
        }
        before = now;
    }
}
