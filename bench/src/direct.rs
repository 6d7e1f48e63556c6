//! A plain debugpy client: one blocking TCP connection.
//!
//! As editors are, it uses the system's defaults and lives with 40 ms waits between a message's header and its body:
//! that is what the server is compared with. With both of the server's remedies it shows the floor: what debugpy itself
//! takes on this machine at this hour, with nobody in between.

use anyhow::{Context, Result, bail};
use breakroom_protocol::dap::{Framing, Incoming, OutgoingRequest};
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio_util::codec::{Decoder, Encoder};

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An attached client. Dropping it lets the program run on.
#[derive(Debug)]
pub struct Direct {
    stream: TcpStream,
    framing: Framing,
    buffer: BytesMut,
    seq: i64,
    thread: i64,
    /// Of the last stop: the top frame, its locals.
    at: (i64, i64),
    latency: Latency,
}

/// What is done about the waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latency {
    /// Nothing.
    AsItComes,
    /// `TCP_NODELAY` in the debuggee, `TCP_QUICKACK` here.
    Remedied,
}

/// Sets `TCP_NODELAY` in the debuggee.
const REMEDY: &str =
    "(lambda w: w.sock.setsockopt(6,1,1))(__import__('pydevd').get_global_debugger().writer)";

/// When the parts of one step were known.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// `stopped`
    pub stopped: Instant,
    /// The stack.
    pub stack: Instant,
    /// The top frame's scopes.
    pub scopes: Instant,
    /// Its locals.
    pub variables: Instant,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stopped {
    thread_id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stack {
    stack_frames: Vec<Frame>,
}

#[derive(Deserialize)]
struct Frame {
    id: i64,
}

#[derive(Deserialize)]
struct Scopes {
    scopes: Vec<Scope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    name: String,
    variables_reference: i64,
}

#[derive(Deserialize)]
struct Variables {
    variables: Vec<serde::de::IgnoredAny>,
}

impl Direct {
    /// Attaches, sets a breakpoint, and lets the program start.
    pub fn attach(address: &str, script: &Path, line: u32, latency: Latency) -> Result<Self> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("cannot reach debugpy at {address}"))?;
        stream.set_read_timeout(Some(PATIENCE)).context("cannot set a deadline")?;
        if latency == Latency::Remedied {
            stream.set_nodelay(true).context("TCP_NODELAY is not to be had")?;
        }
        let (framing, buffer) = (Framing::default(), BytesMut::new());
        let mut client = Self { stream, framing, buffer, seq: 0, thread: 0, at: (0, 0), latency };
        let ask = client.send("initialize", &json!({ "clientID": "bench", "adapterID": "debugpy" }))?;
        client.response::<serde::de::IgnoredAny>(ask)?;
        let attach = client.send("attach", &json!({ "name": "bench", "justMyCode": true }))?;
        client.event::<serde::de::IgnoredAny>("initialized")?;
        let source = json!({ "source": { "path": script }, "breakpoints": [{ "line": line }] });
        let ask = client.send("setBreakpoints", &source)?;
        client.response::<serde::de::IgnoredAny>(ask)?;
        let ask = client.send("configurationDone", &json!({}))?;
        client.response::<serde::de::IgnoredAny>(ask)?;
        client.response::<serde::de::IgnoredAny>(attach)?;
        if latency == Latency::Remedied {
            let ask = client.send("evaluate", &json!({ "expression": REMEDY, "context": "repl" }))?;
            client.response::<serde::de::IgnoredAny>(ask)?;
        }
        Ok(client)
    }

    /// Waits for the next stop and reads it as far as an editor shows it; the number of locals.
    pub fn stop(&mut self) -> Result<(Known, usize)> {
        self.thread = self.event::<Stopped>("stopped")?.thread_id;
        let stopped = Instant::now();
        let ask =
            self.send("stackTrace", &json!({ "threadId": self.thread, "startFrame": 0, "levels": 20 }))?;
        let frames = self.response::<Stack>(ask)?.stack_frames;
        let stack = Instant::now();
        let frame = frames.first().context("debugpy says that there is no frame")?.id;
        let ask = self.send("scopes", &json!({ "frameId": frame }))?;
        let found = self.response::<Scopes>(ask)?.scopes;
        let scopes = Instant::now();
        let locals = found.iter().find(|scope| scope.name == "Locals").context("debugpy shows no locals")?;
        let ask = self.send("variables", &json!({ "variablesReference": locals.variables_reference }))?;
        let count = self.response::<Variables>(ask)?.variables.len();
        self.at = (frame, locals.variables_reference);
        Ok((Known { stopped, stack, scopes, variables: Instant::now() }, count))
    }

    /// Steps over one line.
    pub fn next(&mut self) -> Result<(Known, usize)> {
        self.send("next", &json!({ "threadId": self.thread }))?;
        self.stop()
    }

    /// Asks for the last stop's stack, scopes and variables once more; how long each takes.
    pub fn again(&mut self) -> Result<[Duration; 3]> {
        let (thread, (frame, locals)) = (self.thread, self.at);
        let mut timed = |command: &str, arguments: serde_json::Value| {
            let sent = Instant::now();
            let ask = self.send(command, &arguments)?;
            self.response::<serde::de::IgnoredAny>(ask)?;
            Ok::<_, anyhow::Error>(sent.elapsed())
        };
        Ok([
            timed("stackTrace", json!({ "threadId": thread, "startFrame": 0, "levels": 20 }))?,
            timed("scopes", json!({ "frameId": frame }))?,
            timed("variables", json!({ "variablesReference": locals }))?,
        ])
    }

    /// Opens the last stop's locals and what is in them, so many levels deep; the number of sets.
    pub fn expand(&mut self, depth: usize) -> Result<usize> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Item {
            name: String,
            variables_reference: i64,
        }
        #[derive(Deserialize)]
        struct Items {
            variables: Vec<Item>,
        }
        let (mut wanted, mut opened) = (vec![(self.at.1, 0)], 0);
        while let Some((set, level)) = wanted.pop() {
            opened += 1;
            let ask = self.send("variables", &json!({ "variablesReference": set }))?;
            let items = self.response::<Items>(ask)?.variables;
            // What debugpy adds isn't the program's.
            let own = items.into_iter().filter(|item| !item.name.ends_with(" variables"));
            let below = own.filter(|item| item.variables_reference != 0 && level < depth);
            wanted.extend(below.map(|item| (item.variables_reference, level + 1)));
        }
        Ok(opened)
    }

    fn send(&mut self, command: &str, arguments: &impl Serialize) -> Result<i64> {
        self.seq += 1;
        let request = OutgoingRequest { seq: self.seq, kind: "request", command, arguments: Some(arguments) };
        let body = serde_json::to_vec(&request).context("a request can't be encoded")?;
        let mut frame = BytesMut::new();
        self.framing.encode(&body, &mut frame).context("a request can't be framed")?;
        self.stream.write_all(&frame).with_context(|| format!("cannot send {command}"))?;
        Ok(self.seq)
    }

    fn response<T: DeserializeOwned>(&mut self, seq: i64) -> Result<T> {
        self.find(|message| match message.request_seq {
            Some(number) if number == seq && message.success == Some(true) => {
                Some(Ok(message.body.map_or("null", |body| body.get()).to_owned()))
            }
            Some(number) if number == seq => {
                Some(Err(message.message.as_deref().unwrap_or("refused").to_owned()))
            }
            _ => None,
        })
    }

    fn event<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        self.find(|message| {
            let wanted = message.event.as_deref() == Some(name);
            wanted.then(|| Ok(message.body.map_or("null", |body| body.get()).to_owned()))
        })
    }

    fn find<T: DeserializeOwned>(
        &mut self,
        wanted: impl Fn(&Incoming<'_>) -> Option<Result<String, String>>,
    ) -> Result<T> {
        loop {
            let bytes = self.read()?;
            let message: Incoming<'_> = serde_json::from_slice(&bytes).context("debugpy said no DAP")?;
            match wanted(&message) {
                Some(Ok(body)) => {
                    return serde_json::from_str(&body).context("debugpy said something unexpected");
                }
                Some(Err(refusal)) => bail!("debugpy refused: {refusal}"),
                None => {}
            }
        }
    }

    fn read(&mut self) -> Result<Bytes> {
        loop {
            if let Some(message) = self.framing.decode(&mut self.buffer)? {
                return Ok(message);
            }
            let mut piece = [0; 16 * 1024];
            let count = self.stream.read(&mut piece).context("debugpy does not answer")?;
            if count == 0 {
                bail!("debugpy closed the connection");
            }
            self.buffer.extend_from_slice(&piece[..count]);
            #[cfg(target_os = "linux")]
            if self.latency == Latency::Remedied {
                socket2::SockRef::from(&self.stream)
                    .set_tcp_quickack(true)
                    .context("TCP_QUICKACK is not to be had")?;
            }
        }
    }
}
