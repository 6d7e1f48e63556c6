//! Programs that run beside us: the sample and the server of the demo.
//! In: signals to us, lines that a child prints. Out: a log file per child, and an end in order.
//! Invariant: a child is in a process group of its own, so that Ctrl-C reaches only us and we decide who ends first.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// What the one who waits is told.
pub enum News {
    /// A child printed a line.
    Line { child: &'static str, line: String },
    /// A child closed its output: it has ended, or is about to.
    Ended { child: &'static str },
    /// Somebody pressed Ctrl-C or ended us politely.
    Interrupted,
}

/// News of all children in one queue; a child that prints faster than we read is held back by its pipe.
pub struct Newsroom {
    sender: SyncSender<News>,
    news: Receiver<News>,
}

impl Newsroom {
    /// Starts to listen to signals: from here on Ctrl-C is ours.
    pub fn open() -> Result<Self> {
        let (sender, news) = sync_channel(256);
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen to signals")?;
        let to_news = sender.clone();
        thread::spawn(move || {
            for _ in signals.forever() {
                if to_news.send(News::Interrupted).is_err() {
                    return;
                }
            }
        });
        Ok(Self { sender, news })
    }

    /// The next news, or none within `limit`.
    pub fn next(&self, limit: Option<Duration>) -> Option<News> {
        let Some(limit) = limit else { return self.news.recv().ok() };
        self.news.recv_timeout(limit).ok()
    }

    /// Waits until `child` prints a line that `wanted` turns into something.
    pub fn wait_for<T>(
        &self,
        child: &Running,
        limit: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + limit;
        loop {
            match self.next(Some(deadline.saturating_duration_since(Instant::now()))) {
                Some(News::Line { child: from, line }) if from == child.name => {
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Some(News::Line { .. }) => {}
                Some(News::Ended { child: who }) => bail!("{who} has ended before it was ready"),
                Some(News::Interrupted) => bail!("interrupted"),
                None => bail!("{} was not ready within {} s", child.name, limit.as_secs()),
            }
        }
    }
}

/// A program that runs beside us. Dropping it ends it.
pub struct Running {
    pub name: &'static str,
    child: Child,
    ended: bool,
}

impl Running {
    /// Starts a program. What it prints goes to `log`; lines of its standard output are news as well.
    pub fn start(name: &'static str, command: &mut Command, log: &Path, news: &Newsroom) -> Result<Self> {
        let mut kept = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let errors = kept.try_clone().context("cannot share a log file")?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take().with_context(|| format!("{name} has no output"))?;
        let sender = news.sender.clone();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // A full disk must not stop the program that is being watched.
                let _ = writeln!(kept, "{line}");
                if sender.send(News::Line { child: name, line }).is_err() {
                    return;
                }
            }
            let _ = sender.send(News::Ended { child: name });
        });
        Ok(Self { name, child, ended: false })
    }

    /// Asks it to end as Ctrl-C would, insists after `patience`.
    pub fn end(&mut self, news: &Newsroom, patience: Duration) -> Option<ExitStatus> {
        self.ended = true;
        self.signal("INT");
        let deadline = Instant::now() + patience;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if Instant::now() >= deadline {
                break;
            }
            // Its closing output wakes us; the limit is for a process that closed it long before.
            let _ = news.next(Some(Duration::from_millis(50)));
        }
        self.signal("KILL");
        self.child.wait().ok()
    }

    fn signal(&self, signal: &str) {
        // The standard library only knows SIGKILL. The group, because a program may have started others.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args(["-s", signal, "--", &group])
            // Of its own, or a second Ctrl-C would end it before it has told anybody.
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_heard_and_ends_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let news = Newsroom::open().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done"]);
        let mut child = Running::start("shell", &mut command, &folder.path().join("log"), &news).unwrap();
        let line = news.wait_for(&child, Duration::from_secs(20), |line| Some(line.to_owned())).unwrap();
        assert_eq!(line, "ready");
        let status = child.end(&news, Duration::from_secs(20)).unwrap();
        assert_eq!(status.code(), Some(7));
    }

    #[test]
    fn a_child_that_ends_early_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let news = Newsroom::open().unwrap();
        let child =
            Running::start("true", &mut Command::new("true"), &folder.path().join("log"), &news).unwrap();
        let error = news.wait_for(&child, Duration::from_secs(20), |_| Some(())).unwrap_err();
        assert_eq!(error.to_string(), "true has ended before it was ready");
    }
}
