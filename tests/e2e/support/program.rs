//! Programs to debug, and things that are none.

use super::until;
use breakroom_test_support::port::FreePort;
use breakroom_test_support::venv::debugpy_python;
use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

/// A program that ticks for ever; [`TICK_LINE`] is in its loop and calls `tick`.
pub const TICKING: &str = r#"import threading
import time


class Lamp:
    def __init__(self, name):
        self.name = name
        self.levels = [1, 2, 3]


def tick(count):
    doubled = count * 2
    lamp = Lamp("porch")
    return doubled + len(lamp.levels)


count = 0
while True:
    count += 1
    total = tick(count)
    print("tick", count, total, flush=True)
    time.sleep(0.02)
"#;

/// `total = tick(count)`
pub const TICK_LINE: u32 = 20;

/// A program with a restart command of its own, on a fixed port: killed and started again, as a service manager would.
#[derive(Debug)]
pub struct Restartable {
    folder: TempDir,
    port: FreePort,
}

const RESTART: &str = r#"import os, signal, socket, subprocess, sys, time
folder, python, port = sys.argv[1:4]
pid_file = os.path.join(folder, "pid")
if os.path.exists(os.path.join(folder, "fail")):
    sys.exit("the disk is on fire")
def listening():
    wanted = ":%04X" % int(port)
    with open("/proc/net/tcp") as table:
        sockets = [line.split() for line in table]
    return any(local.endswith(wanted) and state == "0A" for _, local, _, state, *_ in sockets[1:])
try:
    with open(pid_file) as file:
        os.kill(int(file.read()), signal.SIGKILL)
except (FileNotFoundError, ProcessLookupError):
    pass
while listening():
    time.sleep(0.02)
if os.path.exists(os.path.join(folder, "stay-away")):
    sys.exit()
log = open(os.path.join(folder, "printed"), "ab")
program = subprocess.Popen(
    [python, "-Xfrozen_modules=off", "-u", "-m", "debugpy", "--listen", "127.0.0.1:" + port, os.path.join(folder, "app.py")],
    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
with open(pid_file, "w") as file:
    file.write(str(program.pid))
if "wait" in sys.argv:
    while not listening():
        time.sleep(0.02)
"#;

impl Restartable {
    /// Starts it and waits until debugpy listens.
    pub async fn start(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("app.py"), script).unwrap();
        std::fs::write(folder.path().join("restart.py"), RESTART).unwrap();
        let this = Self { folder, port: FreePort::find() };
        let mut first = this.command();
        first.push("wait".to_owned());
        let status = tokio::process::Command::new(&first[0]).args(&first[1..]).status().await.unwrap();
        assert!(status.success());
        this
    }

    /// The command that restarts it.
    pub fn command(&self) -> Vec<String> {
        let python = debugpy_python().to_str().unwrap().to_owned();
        let script = self.path("restart.py").to_str().unwrap().to_owned();
        let folder = self.folder.path().to_str().unwrap().to_owned();
        vec![python.clone(), script, folder, python, self.port.number().to_string()]
    }

    /// Its target's part of a configuration file.
    pub fn target(&self) -> String {
        self.target_back_within(20)
    }

    /// The same; `seconds`: how long a restart may take.
    pub fn target_back_within(&self, seconds: u32) -> String {
        let (address, command) = (self.address(), self.command());
        format!(
            "[[targets]]\nname = 'app'\naddress = '{address}'\n[targets.restart]\ncommand = {command:?}\nback_within_s = {seconds}\n"
        )
    }

    pub fn address(&self) -> String {
        self.port.address()
    }

    /// `app.py`, as debugpy names it.
    pub fn script_path(&self) -> PathBuf {
        self.path("app.py").canonicalize().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// From now on the restart command fails.
    pub fn restart_fails(&self) {
        std::fs::write(self.path("fail"), "").unwrap();
    }

    /// From now on the restart command ends the program and doesn't start it again.
    pub fn stays_away(&self) {
        std::fs::write(self.path("stay-away"), "").unwrap();
    }

    /// From now on it does.
    pub fn comes_back(&self) {
        std::fs::remove_file(self.path("stay-away")).unwrap();
    }

    /// Runs the restart command, as somebody would by hand.
    pub async fn restarts(&self) {
        let command = self.command();
        let status = tokio::process::Command::new(&command[0]).args(&command[1..]).status().await.unwrap();
        assert!(status.success());
    }

    pub fn pid(&self) -> String {
        std::fs::read_to_string(self.path("pid")).unwrap()
    }

    /// What it printed in all its lives.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.path("printed")).unwrap_or_default()
    }

    /// Waits until it prints something more.
    pub async fn runs_on(&self) {
        let before = self.printed().len();
        until("the program prints more", async || self.printed().len() > before).await;
    }
}

impl Drop for Restartable {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let printed = self.printed();
            let lines: Vec<_> = printed.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("what the program printed at last:\n{}", last.join("\n"));
        }
        // It may have been killed already.
        let _killed = Command::new("kill").args(["-KILL", &self.pid()]).output();
    }
}

/// Something that accepts connections and is no debugpy; its address.
pub async fn listener_that<F: Future<Output = ()> + Send>(
    does: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            does(stream).await;
        }
    });
    address
}

/// Waits until a debuggee prints something more: it runs.
pub async fn runs_on(debuggee: &breakroom_test_support::debuggee::Debuggee) {
    let before = debuggee.printed().len();
    until("the program prints more", async || debuggee.printed().len() > before + 2).await;
}
