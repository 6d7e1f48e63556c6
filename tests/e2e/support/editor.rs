//! `breakroom join`, and a plain DAP client as editors are.

use super::lag::received;
use super::server::Lines;
use super::{until, within};
use breakroom_protocol::dap::Framing;
use bytes::BytesMut;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio_util::codec::{Encoder, FramedRead};

/// A running `breakroom join`; killed on drop.
#[derive(Debug)]
pub struct Join {
    process: Child,
    out: Lines,
    log: Lines,
}

impl Drop for Join {
    fn drop(&mut self) {
        self.log.tells_of_no_panic();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakroom"));
    command.arg("join").args(arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// The port in a line `LISTENING 127.0.0.1 PORT`.
pub fn listening(printed: &str) -> Option<u16> {
    printed.lines().find_map(|line| line.strip_prefix("LISTENING 127.0.0.1 ")?.parse().ok())
}

impl Join {
    /// Joins on a free port, and waits until editors can attach.
    pub async fn start(url: &str, name: &str, more: &[&str]) -> Self {
        let arguments = [&[url, "--listen", "127.0.0.1:0", "--name", name], more].concat();
        Self::of(command(&arguments)).await
    }

    /// Joins at a session's page with a Home Assistant token.
    pub async fn with_token(page: &str, token: &str) -> Self {
        let mut command = command(&[page, "--listen", "127.0.0.1:0"]);
        command.env("BREAKROOM_TOKEN", token);
        Self::of(command).await
    }

    async fn of(mut command: Command) -> Self {
        let mut process = command.stdin(Stdio::null()).spawn().unwrap();
        let (out, log) =
            (Lines::of(process.stdout.take().unwrap()), Lines::of(process.stderr.take().unwrap()));
        until("editors can attach", async || {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "join ended: {}", log.text());
            listening(&out.text()).is_some()
        })
        .await;
        Self { process, out, log }
    }

    /// Runs it to its end, which it should reach by itself; what it said on stderr.
    pub async fn ends(arguments: &[&str]) -> (ExitStatus, String) {
        let running = command(arguments).stdin(Stdio::null()).env_remove("BREAKROOM_TOKEN").output();
        let output = within("join ends by itself", running).await.unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// An editor that has attached and set nothing.
    pub async fn editor(&self) -> Editor {
        let editor = self.connects().await;
        editor.attaches(json!({})).await;
        editor
    }

    /// An editor that has only connected.
    pub async fn connects(&self) -> Editor {
        Editor::on_port(self.port()).await
    }

    /// Where editors attach.
    pub fn port(&self) -> u16 {
        listening(&self.out.text()).unwrap()
    }

    /// Waits for its own end; what it said on stderr.
    pub async fn ended(&mut self) -> (ExitStatus, String) {
        let status = within("join ends", self.process.wait()).await.unwrap();
        (status, self.log.whole().await)
    }
}

/// What came from the adapter, in its order.
#[derive(Debug, Default)]
struct Heard {
    messages: Vec<Value>,
    closed: bool,
}

/// An editor's DAP connection.
pub struct Editor {
    heard: Arc<Mutex<Heard>>,
    changed: watch::Receiver<u64>,
    writer: tokio::sync::Mutex<(i64, Pin<Box<dyn AsyncWrite + Send>>)>,
    /// How far events of a name were looked at.
    seen: Mutex<HashMap<String, usize>>,
    reading: tokio::task::JoinHandle<()>,
    _process: Option<Child>,
}

impl Editor {
    /// On the port of a `breakroom join`, or of anything that speaks DAP.
    pub async fn on_port(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reader, writer) = stream.into_split();
        Self::on(reader, writer, None)
    }

    /// On stdin and stdout of a `breakroom join --stdio` of its own.
    pub fn on_stdio(url: &str, name: &str) -> Self {
        let mut process = command(&[url, "--stdio", "--name", name]).stdin(Stdio::piped()).spawn().unwrap();
        let (reader, writer) = (process.stdout.take().unwrap(), process.stdin.take().unwrap());
        Self::on(reader, writer, Some(process))
    }

    fn on(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + 'static,
        process: Option<Child>,
    ) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (change, changed) = watch::channel(0);
        let gathered = Arc::clone(&heard);
        let reading = tokio::spawn(async move {
            let mut frames = std::pin::pin!(received(FramedRead::new(reader, Framing::default())));
            while let Some(Ok(frame)) = frames.next().await {
                let message = serde_json::from_slice(&frame).unwrap();
                gathered.lock().unwrap().messages.push(message);
                change.send_modify(|count| *count += 1);
            }
            gathered.lock().unwrap().closed = true;
            change.send_modify(|count| *count += 1);
        });
        let writer = tokio::sync::Mutex::new((0, Box::pin(writer) as _));
        Self { heard, changed, writer, seen: Mutex::default(), reading, _process: process }
    }

    /// Its connection stays open, and nobody reads what comes.
    pub fn stops_reading(&self) {
        self.reading.abort();
    }

    /// Waits until what came is so.
    pub async fn sees<T>(&self, what: &str, mut look: impl FnMut(&[Value], bool) -> Option<T>) -> T {
        let mut changed = self.changed.clone();
        let waiting = async {
            loop {
                {
                    let heard = self.heard.lock().unwrap();
                    if let Some(found) = look(&heard.messages, heard.closed) {
                        return Some(found);
                    }
                    if heard.closed {
                        return None;
                    }
                }
                changed.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(super::PATIENCE, waiting).await {
            Ok(Some(found)) => found,
            ended => {
                let heard = self.heard.lock().unwrap();
                let last = &heard.messages[heard.messages.len().saturating_sub(12)..];
                panic!(
                    "the editor did not see {what} ({ended:?}, closed: {}): {last:#?}",
                    heard.closed,
                    ended = ended.is_ok()
                )
            }
        }
    }

    /// Sends a request; its number.
    pub async fn sends(&self, command: &str, arguments: Value) -> i64 {
        self.says(json!({ "type": "request", "command": command, "arguments": arguments })).await
    }

    async fn says(&self, mut message: Value) -> i64 {
        let mut writer = self.writer.lock().await;
        writer.0 += 1;
        let seq = writer.0;
        message["seq"] = seq.into();
        let mut frame = BytesMut::new();
        Framing::default().encode(message.to_string().as_bytes(), &mut frame).unwrap();
        writer.1.write_all(&frame).await.unwrap();
        writer.1.flush().await.unwrap();
        seq
    }

    /// Waits for the adapter's next reverse request of a name, and does it; its arguments.
    pub async fn is_asked(&self, command: &str) -> Value {
        let from = self.seen.lock().unwrap().get(command).copied().unwrap_or(0);
        let what = format!("a reverse request `{command}`");
        let (at, request) = self
            .sees(&what, |messages, _| {
                let mut list = messages.iter().enumerate().skip(from);
                let is = |m: &Value| m["type"] == "request" && m["command"] == command;
                list.find(|(_, m)| is(m)).map(|(at, m)| (at + 1, m.clone()))
            })
            .await;
        self.seen.lock().unwrap().insert(command.to_owned(), at);
        let (seq, command) = (&request["seq"], &request["command"]);
        self.says(json!({ "type": "response", "request_seq": seq, "command": command, "success": true }))
            .await;
        request["arguments"].clone()
    }

    /// Waits for the answer to a request.
    pub async fn answer(&self, seq: i64) -> Value {
        let what = format!("the answer to request {seq}");
        let answer = self.sees(&what, |messages, _| answers(messages, seq).first().cloned().cloned()).await;
        assert_eq!(answer["type"], "response");
        answer
    }

    /// How many answers a request got so far.
    pub fn answers(&self, seq: i64) -> usize {
        answers(&self.heard.lock().unwrap().messages, seq).len()
    }

    /// Asks and waits for the answer, of whichever kind.
    pub async fn asks(&self, command: &str, arguments: Value) -> Value {
        let seq = self.sends(command, arguments).await;
        self.answer(seq).await
    }

    /// Asks for something that must work; the answer's body.
    #[track_caller]
    pub fn does(&self, command: &str, arguments: Value) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.asks(command, arguments).await;
            assert_eq!(answer["success"], true, "{place}: {answer}");
            answer["body"].clone()
        }
    }

    /// Asks for something that must be refused; the sentence.
    #[track_caller]
    pub fn refused(&self, command: &str, arguments: Value) -> impl Future<Output = String> {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.asks(command, arguments).await;
            assert_eq!(answer["success"], false, "{place}: {answer}");
            answer["body"]["error"]["format"].as_str().unwrap().to_owned()
        }
    }

    /// Waits for the next event of a name; its body.
    pub async fn event(&self, name: &str) -> Value {
        let from = self.seen.lock().unwrap().get(name).copied().unwrap_or(0);
        let what = format!("an event `{name}`");
        let (at, body) = self
            .sees(&what, |messages, _| {
                let mut list = messages.iter().enumerate().skip(from);
                list.find(|(_, m)| m["event"] == name).map(|(at, m)| (at + 1, m["body"].clone()))
            })
            .await;
        self.seen.lock().unwrap().insert(name.to_owned(), at);
        body
    }

    /// How many events of a name came so far.
    pub fn count(&self, name: &str) -> usize {
        self.heard.lock().unwrap().messages.iter().filter(|message| message["event"] == name).count()
    }

    /// Waits for a line of output.
    pub async fn sees_output(&self, part: &str) -> Value {
        let what = format!("output with `{part}`");
        self.sees(&what, |messages, _| {
            let has = |m: &&Value| m["body"]["output"].as_str().is_some_and(|text| text.contains(part));
            messages.iter().filter(|m| m["event"] == "output").find(has).map(|m| m["body"].clone())
        })
        .await
    }

    /// Waits until so much of the output has this in it.
    pub async fn sees_outputs(&self, part: &str, times: usize) {
        let what = format!("output with `{part}`, {times} times");
        self.sees(&what, |messages, _| {
            let texts =
                messages.iter().filter(|m| m["event"] == "output").map(|m| m["body"]["output"].as_str());
            (texts.flatten().filter(|text| text.contains(part)).count() >= times).then_some(())
        })
        .await;
    }

    /// Waits until the adapter closes the connection.
    pub async fn is_closed(&self) {
        self.sees("its connection closed", |_, closed| closed.then_some(())).await;
    }

    /// Says hello; the capabilities.
    pub async fn initializes(&self) -> Value {
        self.initializes_with(json!({})).await
    }

    /// Says hello, with more that it can; the capabilities.
    pub async fn initializes_with(&self, more: Value) -> Value {
        let mut hello = json!({ "clientID": "test", "adapterID": "breakroom", "linesStartAt1": true,
            "columnsStartAt1": true, "pathFormat": "path", "supportsVariableType": true });
        hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.does("initialize", hello).await
    }

    /// Says hello, attaches, and is configured without breakpoints; the capabilities.
    pub async fn attaches(&self, arguments: Value) -> Value {
        let capabilities = self.initializes().await;
        self.comes_in(arguments).await;
        capabilities
    }

    /// Attaches after hello, and is configured without breakpoints.
    pub async fn comes_in(&self, arguments: Value) {
        let attach = self.sends("attach", arguments).await;
        self.event("initialized").await;
        self.is_configured(attach).await;
    }

    /// Ends its configuration; only then is `attach` answered, as debugpy does.
    pub async fn is_configured(&self, attach: i64) {
        assert_eq!(self.answers(attach), 0);
        self.does("configurationDone", json!({})).await;
        assert_eq!(self.answer(attach).await["success"], true);
    }

    /// Sets a file's breakpoints at these lines; the answers.
    pub async fn sets(&self, path: &Path, lines: &[u32]) -> Vec<Value> {
        let list: Vec<Value> = lines.iter().map(|line| json!({ "line": line })).collect();
        let arguments = json!({ "source": { "path": path }, "breakpoints": list });
        self.does("setBreakpoints", arguments).await["breakpoints"].as_array().unwrap().clone()
    }

    /// Waits for the next stop, and looks at it as editors do.
    pub async fn stops(&self) -> Stop {
        let body = self.event("stopped").await;
        assert_eq!(body["allThreadsStopped"], true);
        let thread = body["threadId"].as_i64().unwrap();
        let threads = self.does("threads", json!({})).await;
        assert!(threads["threads"].as_array().unwrap().iter().any(|t| t["id"] == thread), "{threads}");
        let stack =
            self.does("stackTrace", json!({ "threadId": thread, "startFrame": 0, "levels": 20 })).await;
        let frame = stack["stackFrames"][0].clone();
        let scopes = self.does("scopes", json!({ "frameId": frame["id"] })).await;
        let locals = scopes["scopes"][0]["variablesReference"].clone();
        let variables = self.does("variables", json!({ "variablesReference": locals })).await;
        let variables = variables["variables"].as_array().unwrap().clone();
        Stop { body, thread, frame, locals, variables }
    }
}

fn answers(messages: &[Value], seq: i64) -> Vec<&Value> {
    messages.iter().filter(|m| m["type"] == "response" && m["request_seq"] == seq).collect()
}

/// A stop as an editor shows it.
#[derive(Debug)]
pub struct Stop {
    pub body: Value,
    pub thread: i64,
    pub frame: Value,
    pub locals: Value,
    pub variables: Vec<Value>,
}

impl Stop {
    /// The top frame's line.
    pub fn line(&self) -> u64 {
        self.frame["line"].as_u64().unwrap()
    }

    /// A variable's value.
    pub fn value(&self, name: &str) -> &str {
        self.variable(name)["value"].as_str().unwrap()
    }

    /// A variable.
    pub fn variable(&self, name: &str) -> &Value {
        self.variables.iter().find(|item| item["name"] == name).unwrap()
    }
}
