//! A real Python program under real debugpy, for tests.
//!
//! debugpy listens on a port of its own, which nobody else gets when it is gone, and the launcher says when it does:
//! nothing probes it, as a connection that closes again breaks debugpy's adapter. Killed on drop; its adapter process ends
//! with it.

use crate::port::FreePort;
use crate::venv::debugpy_python;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

/// How long a debuggee may take for anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// `python -m debugpy --listen …`, but it says when it listens.
const LAUNCHER: &str = r#"
import debugpy
_listen = debugpy.listen
def listen(*args, **kwargs):
    endpoint = _listen(*args, **kwargs)
    print("debugpy listens at", endpoint[1], flush=True)
    return endpoint
debugpy.listen = listen
from debugpy.server import cli
cli.main()
"#;

/// How to start a [`Debuggee`].
#[derive(Debug, Clone)]
pub struct Options {
    script: Script,
    python: Option<PathBuf>,
    wait_for_client: bool,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
enum Script {
    Text(String),
    Path(PathBuf),
}

impl Options {
    /// A script given as text; it is written to `app.py` in a folder of its own.
    pub fn text(script: impl Into<String>) -> Self {
        Self::new(Script::Text(script.into()))
    }

    /// A script that exists.
    pub fn path(script: impl Into<PathBuf>) -> Self {
        Self::new(Script::Path(script.into()))
    }

    fn new(script: Script) -> Self {
        Self { script, python: None, wait_for_client: false, arguments: Vec::new(), environment: Vec::new() }
    }

    /// Runs it with this Python, which has debugpy, instead of the usual one.
    #[must_use]
    pub fn python(mut self, python: impl Into<PathBuf>) -> Self {
        self.python = Some(python.into());
        self
    }

    /// The program starts when a client has attached and configured its breakpoints.
    #[must_use]
    pub fn wait_for_client(mut self) -> Self {
        self.wait_for_client = true;
        self
    }

    /// Adds a command line argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it and waits until debugpy listens.
    ///
    /// # Panics
    /// If it doesn't come up; the message has what it printed.
    pub async fn start(self) -> Debuggee {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = match self.script {
            Script::Path(path) => path,
            Script::Text(text) => {
                // Canonical, as debugpy names files.
                let path = folder.path().canonicalize().expect("the folder exists").join("app.py");
                std::fs::write(&path, text).expect("the script can be written");
                path
            }
        };
        let launcher = folder.path().join("launch_debuggee.py");
        std::fs::write(&launcher, LAUNCHER).expect("the launcher can be written");
        // Tests dial it also when the program is gone: nobody else may be met there.
        let port = FreePort::find();
        let mut command = Command::new(self.python.unwrap_or_else(debugpy_python));
        command.args(["-Xfrozen_modules=off", "-u"]).arg(&launcher).args(["--listen", &port.address()]);
        if self.wait_for_client {
            command.arg("--wait-for-client");
        }
        command
            .arg(&script)
            .args(self.arguments)
            .envs(self.environment)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("Python starts");
        let printed = Printed::default();
        let stdin = child.stdin.take();
        printed.follow(child.stdout.take().expect("stdout is piped"));
        printed.follow(child.stderr.take().expect("stderr is piped"));
        let debuggee = Debuggee { child, stdin, port, script, printed, folder };
        debuggee.wait_for_line("debugpy listens at ").await;
        debuggee
    }
}

/// A running program; killed on drop.
#[derive(Debug)]
pub struct Debuggee {
    child: Child,
    stdin: Option<ChildStdin>,
    port: FreePort,
    script: PathBuf,
    printed: Printed,
    folder: TempDir,
}

impl Debuggee {
    /// Starts a script given as text; it runs at once, without waiting for a client.
    ///
    /// # Panics
    /// If it doesn't come up.
    pub async fn start(script: &str) -> Self {
        Options::text(script).start().await
    }

    /// Starts a script given as text that waits for a client to attach.
    ///
    /// # Panics
    /// If it doesn't come up.
    pub async fn start_waiting(script: &str) -> Self {
        Options::text(script).wait_for_client().start().await
    }

    /// Where debugpy listens, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// debugpy's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The script, absolute.
    #[must_use]
    pub fn script_path(&self) -> &Path {
        &self.script
    }

    /// A folder of its own, removed on drop; holds `app.py` if the script was given as text.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id; `None` after it ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Lines that it printed so far, on stdout and stderr.
    #[must_use]
    pub fn printed(&self) -> Vec<String> {
        self.printed.lines()
    }

    /// Waits until a line with `part` was printed (or finds one printed earlier); returns it.
    ///
    /// # Panics
    /// If it isn't printed in time.
    pub async fn wait_for_line(&self, part: &str) -> String {
        self.wait_for_nth_line(part, 1).await
    }

    /// Waits until `count` lines with `part` were printed; returns the last of them.
    ///
    /// # Panics
    /// If they aren't printed in time.
    pub async fn wait_for_nth_line(&self, part: &str, count: usize) -> String {
        let mut changes = self.printed.changed.subscribe();
        let search = async {
            loop {
                let found =
                    self.printed.lines().into_iter().filter(|line| line.contains(part)).nth(count - 1);
                if let Some(line) = found {
                    return Some(line);
                }
                if changes.changed().await.is_err() {
                    return None;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(Some(line)) => line,
            _ => panic!(
                "no {count} lines with {part:?}; the debuggee printed:\n{}",
                self.printed.lines().join("\n")
            ),
        }
    }

    /// Writes a line to its stdin.
    ///
    /// # Panics
    /// If it doesn't read any more.
    pub async fn write_line(&mut self, line: &str) {
        use tokio::io::AsyncWriteExt;
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(format!("{line}\n").as_bytes()).await.expect("the debuggee reads");
        stdin.flush().await.expect("the debuggee reads");
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it, as a crash would, and waits for its end.
    ///
    /// # Panics
    /// If that fails.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("the debuggee can be killed");
    }

    /// Waits for its own end; returns the exit code.
    ///
    /// # Panics
    /// If it doesn't end in time.
    pub async fn wait(&mut self) -> Option<i32> {
        let status =
            tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the debuggee ends in time");
        status.expect("its status can be had").code()
    }
}

#[derive(Debug, Clone)]
struct Printed {
    lines: Arc<Mutex<Vec<String>>>,
    changed: watch::Sender<usize>,
}

impl Default for Printed {
    fn default() -> Self {
        Self { lines: Arc::default(), changed: watch::Sender::new(0) }
    }
}

impl Printed {
    fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no reader panics").clone()
    }

    fn follow(&self, stream: impl AsyncRead + Unpin + Send + 'static) {
        let printed = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                printed.lines.lock().expect("no reader panics").push(line);
                printed.changed.send_modify(|count| *count += 1);
            }
        });
    }
}
