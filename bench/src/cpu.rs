//! Processor time of another process, as the kernel counts it in nanoseconds.

use anyhow::{Context, Result};
use std::time::Duration;

/// Time that all threads of a process have run so far.
///
/// # Errors
/// The process is gone, or this is no Linux.
pub fn spent(pid: u32) -> Result<Duration> {
    let tasks = format!("/proc/{pid}/task");
    let mut sum = 0;
    for task in std::fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))? {
        let path = task.with_context(|| format!("cannot read {tasks}"))?.path().join("schedstat");
        // A thread may end between the two looks.
        let Ok(line) = std::fs::read_to_string(path) else { continue };
        sum += nanoseconds(&line)?;
    }
    Ok(Duration::from_nanos(sum))
}

/// Time that this thread has run so far.
///
/// # Errors
/// This is no Linux.
pub fn spent_here() -> Result<Duration> {
    let path = "/proc/thread-self/schedstat";
    let line = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    Ok(Duration::from_nanos(nanoseconds(&line)?))
}

fn nanoseconds(schedstat: &str) -> Result<u64> {
    let spent = schedstat.split(' ').next().and_then(|field| field.parse::<u64>().ok());
    spent.context("schedstat has no numbers")
}
