//! The real binary, spawned.

use super::{Browser, Person, until, within};
use breakroom_protocol::SessionId;
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::port::FreePort;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct Launch {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    data: Arc<TempDir>,
    /// Held from start to start.
    port: Option<Arc<FreePort>>,
    /// Of the configuration file.
    folder: Arc<TempDir>,
}

impl Launch {
    /// `breakroom share ADDRESS`.
    pub fn share(address: &str) -> Self {
        Self::of(&["share", address, "--json"])
    }

    /// `breakroom serve` with this configuration file, and a link for its first host.
    pub fn serve(config: &str) -> Self {
        let launch = Self::of(&["serve", "--host-link", "--listen", "127.0.0.1:0"]);
        let file = launch.folder.path().join("config.toml");
        std::fs::write(&file, config).unwrap();
        launch.argument("--config").argument(file.to_str().unwrap())
    }

    fn of(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let folder = || Arc::new(tempfile::tempdir().unwrap());
        Self { arguments, environment: Vec::new(), data: folder(), port: None, folder: folder() }
    }

    /// A further argument.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// A variable of its environment.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Serves at a free port that stays the same when it is started again.
    pub fn on_fixed_port(self) -> Self {
        let free = FreePort::find();
        let address = free.address();
        let mut other = self;
        other.port = Some(Arc::new(free));
        match other.arguments.iter_mut().skip_while(|argument| *argument != "--listen").nth(1) {
            Some(listen) => *listen = address,
            None => other = other.argument("--listen").argument(&address),
        }
        other
    }

    /// Keeps its things where another server has kept them.
    pub fn on_data(mut self, data: &Arc<TempDir>) -> Self {
        self.data = Arc::clone(data);
        self
    }

    fn spawn(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakroom"));
        command
            .args(&self.arguments)
            .arg("--data")
            .arg(self.data.path())
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().unwrap()
    }

    /// Starts it and waits for its links.
    pub async fn start(self) -> Server {
        super::live::forget_what_was_seen();
        let mut process = self.spawn();
        let (out, log) =
            (Lines::of(process.stdout.take().unwrap()), Lines::of(process.stderr.take().unwrap()));
        let shares = self.arguments[0] == "share";
        let last = if shares { "host_url" } else { "#host=" };
        until("the server prints its links", async || {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none_or(|status| status.success()), "the server ended: {}", log.text());
            out.text().contains(last)
        })
        .await;
        let mut server = Server {
            process,
            url: String::new(),
            host_secret: None,
            invite_secret: None,
            session: None,
            data: Arc::clone(&self.data),
            out: out.clone(),
            log,
        };
        let text = out.text();
        if shares {
            server.take_links(text.lines().next().unwrap());
        } else {
            let after = |mark: &str| {
                let (_, rest) = text.split_once(mark).unwrap();
                rest.split_whitespace().next().unwrap().to_owned()
            };
            server.url = after("Breakroom serves ");
            server.host_secret = Some(after("#host="));
        }
        server
    }

    /// Runs it to its end, which it should reach by itself; what it printed and said.
    pub async fn ends(self) -> (ExitStatus, String, String) {
        let output = within("the server ends by itself", self.spawn().wait_with_output()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (output.status, text(output.stdout), text(output.stderr))
    }

    /// Where it keeps its things.
    pub fn data(&self) -> Arc<TempDir> {
        Arc::clone(&self.data)
    }
}

/// A running server; killed on drop.
#[derive(Debug)]
pub struct Server {
    process: Child,
    url: String,
    host_secret: Option<String>,
    invite_secret: Option<String>,
    session: Option<SessionId>,
    data: Arc<TempDir>,
    out: Lines,
    log: Lines,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.log.tells_of_no_panic();
    }
}

impl Server {
    /// `breakroom share` on a debuggee.
    pub async fn share(debuggee: &Debuggee) -> Self {
        Launch::share(&debuggee.address()).start().await
    }

    /// `breakroom serve`.
    pub async fn serve(config: &str) -> Self {
        Launch::serve(config).start().await
    }

    fn take_links(&mut self, line: &str) {
        let links: Value = serde_json::from_str(line).unwrap();
        let secret = |link: &Value, kind: &str| {
            let (base, secret) = link.as_str().unwrap().split_once(&format!("/join#{kind}=")).unwrap();
            (base.to_owned(), secret.to_owned())
        };
        let (base, host) = secret(&links["host_url"], "host");
        let (_, invite) = secret(&links["invite_url"], "invite");
        self.url = base;
        (self.host_secret, self.invite_secret) = (Some(host), Some(invite));
        self.session = Some(links["session"].as_str().unwrap().parse().unwrap());
    }

    /// Waits for the links into the `nth` session of `share --editor`, which are its links from then on.
    pub async fn shares_session(&mut self, nth: usize) {
        let links = |text: &str| {
            text.lines().filter(|line| line.contains("host_url")).nth(nth - 1).map(str::to_owned)
        };
        until("there are the next links", async || links(&self.printed()).is_some()).await;
        let line = links(&self.printed()).unwrap();
        self.take_links(&line);
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The session of `breakroom share`.
    pub fn session(&self) -> SessionId {
        self.session.unwrap()
    }

    /// The secret of the printed host link.
    pub fn host_secret(&self) -> &str {
        self.host_secret.as_deref().unwrap()
    }

    /// The secret of the printed invite link.
    pub fn invite_secret(&self) -> &str {
        self.invite_secret.as_deref().unwrap()
    }

    /// The link that lets guests of `breakroom share` in.
    pub fn invite_url(&self) -> String {
        format!("{}/join#invite={}", self.url, self.invite_secret())
    }

    /// What it printed so far.
    pub fn printed(&self) -> String {
        self.out.text()
    }

    /// What it said on stderr so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Its data folder, for another one.
    pub fn data_folder(&self) -> Arc<TempDir> {
        Arc::clone(&self.data)
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Its database.
    pub fn database(&self) -> PathBuf {
        self.data.path().join("breakroom.sqlite3")
    }

    /// Somebody who hasn't signed in.
    pub fn stranger(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// The host, by the printed link; not in a session yet.
    pub async fn host(&self, name: &str) -> Person {
        let body = json!({"secret": self.host_secret(), "name": name});
        Person::signs_in(self, "/api/auth/host-link", body).await
    }

    /// The host of `breakroom share`, in its session and driving.
    pub async fn host_inside(&self, name: &str) -> Person {
        let mut host = self.host(name).await;
        host.enters(self.session()).await;
        let me = host.id();
        host.sees("the first host drives", |now| now.driver == Some(me)).await;
        host
    }

    /// The host of `breakroom share` in its session, where another host came in first and drives.
    pub async fn host_inside_beside(&self, name: &str) -> Person {
        let mut host = self.host(name).await;
        host.enters(self.session()).await;
        host
    }

    /// A collaborator, by the printed invite link, in the session of `breakroom share`.
    pub async fn guest_inside(&self, name: &str) -> Person {
        let body = json!({"secret": self.invite_secret(), "name": name});
        let mut guest = Person::signs_in(self, "/api/auth/invite", body).await;
        guest.enters(self.session()).await;
        guest
    }

    /// Kills it as a crash would, and waits for its end.
    pub async fn kill9(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Asks it to stop (SIGTERM), and waits for its end.
    pub async fn stop(&mut self) -> ExitStatus {
        let pid = self.process.id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success());
        self.ended().await
    }

    /// Waits for its own end.
    pub async fn ended(&mut self) -> ExitStatus {
        within("the server ends", self.process.wait()).await.unwrap()
    }

    /// What the kernel says of its memory: now, and at most so far (Linux).
    pub fn memory(&self) -> String {
        let Some(pid) = self.process.id() else { return "ended".to_owned() };
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
        lines.collect::<Vec<_>>().join(", ")
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

/// What a process prints, gathered.
#[derive(Debug, Clone)]
pub struct Lines {
    text: Arc<Mutex<String>>,
    /// Cancelled at the end of it.
    end: CancellationToken,
}

impl Lines {
    pub fn of(stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let lines = Self { text: Arc::default(), end: CancellationToken::new() };
        let gathered = lines.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream).lines();
            while let Ok(Some(line)) = reader.next_line().await {
                let mut text = gathered.text.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
            }
            gathered.end.cancel();
        });
        lines
    }

    /// So far.
    pub fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// To be called at a process's end: a task's panic ends that task alone, and nobody else would notice. What a test
    /// that has failed missed may be explained there.
    pub fn tells_of_no_panic(&self) {
        let text = self.text();
        if std::thread::panicking() {
            eprintln!("what it said:\n{text}");
        } else {
            assert!(!text.contains("panicked at"), "it panicked: {text}");
        }
    }

    /// All that a process that has ended printed: its last lines may be read after its end.
    pub async fn whole(&self) -> String {
        within("the end of what it printed", self.end.cancelled()).await;
        self.text()
    }
}
