//! Attaching: from a TCP connection to a configured session, in debugpy's own order.
//!
//! `initialize` ↔, `attach` →, `initialized`, an evaluation that installs what conditions call ↔, breakpoints ↔,
//! `configurationDone` ↔, and only then the `attach` response; then the greeting, a frameless evaluation: `TCP_NODELAY` in the
//! debuggee, stops that tell themselves, what pages and interrupts call.
//! Invariant: what comes unasked meanwhile is kept in order and is the first that `incoming` gives. The connection is the
//! real one from the start: debugpy's adapter breaks when something connects and closes, so there are no probes, and a
//! failed attach disconnects where it can.

use crate::driver::{Driver, answer_reverse, with_message};
use crate::error::{AttachError, Broken, Phase};
use crate::outbox::Outbox;
use crate::pending::Pending;
use crate::pushed::Pushed;
use crate::translate::Meaning;
use crate::transport::{self, Latency, Reader, Writer};
use crate::wire::Wiring;
use crate::{
    AdapterInfo, AttachConfig, Attached, EntryLimits, INCOMING_LIMIT, Setup, Shared, Upstream, entries,
    is_usable_path, source, translate,
};
use breakroom_protocol::dap::{FrameError, Incoming};
use breakroom_protocol::model::{AttachOptions, OutputCategory};
use breakroom_protocol::upstream::{FromUpstream, UpstreamBreakpoint, UpstreamEvent};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// Output pieces kept while attaching; later ones are dropped with a note, as nobody reads yet.
const BACKLOG_LIMIT: usize = 1000;
/// How long the remedy may take; a debuggee that is busy for longer is used without it.
pub(crate) const GREETING_PATIENCE: Duration = Duration::from_secs(2);
/// Pause before `attach` is said again to a debugpy that isn't over the loss of us.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long a failed attach waits for the end of its connection.
const FAREWELL_PATIENCE: Duration = Duration::from_millis(500);

/// Connects to debugpy and attaches.
///
/// # Errors
/// As [`AttachError`] says. Before trying again, wait [`crate::PAUSE_AFTER_LOSS`].
pub async fn attach(config: &AttachConfig, setup: Setup) -> Result<Attached, AttachError> {
    let mut handshake = Handshake::connect(config).await?;
    match handshake.perform(config, setup).await {
        Ok(breakpoints) => Ok(handshake.live(config, breakpoints, None)),
        Err(error) => {
            tracing::debug!(%error, "attaching failed");
            handshake.say_farewell(&error).await;
            Err(error)
        }
    }
}

/// Connects to debugpy, for an editor to attach by [`Request::Wire`](breakroom_protocol::upstream::Request): whatever
/// debugpy says comes as [`FromUpstream::Wire`] too, and [`FromUpstream::Prepared`] when it has let the editor in.
///
/// # Errors
/// It can't be reached.
pub async fn open(config: &AttachConfig) -> Result<Attached, AttachError> {
    let handshake = Handshake::connect(config).await?;
    Ok(handshake.live(config, Vec::new(), Some(Wiring::new(config))))
}

/// A response, owned.
struct Response {
    success: bool,
    refusal: String,
    body: Option<Box<RawValue>>,
}

struct Handshake {
    reader: Reader,
    writer: Writer,
    outbox: Outbox,
    info: AdapterInfo,
    paused: bool,
    terminated: bool,
    cut: bool,
    initialized: bool,
    phase: Phase,
    address: String,
    deadline: Instant,
}

/// debugpy's words for: another client is attached, or one that is gone isn't over yet.
fn is_busy(message: &str) -> bool {
    message.contains("already being debugged")
}

type Breakpoints = Vec<(String, Vec<UpstreamBreakpoint>)>;

impl Handshake {
    async fn connect(config: &AttachConfig) -> Result<Self, AttachError> {
        let address = &config.address;
        let stream = match timeout(config.timeouts.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
                return Err(AttachError::NotActive { address: address.clone(), source });
            }
            Ok(Err(source)) => return Err(AttachError::Unreachable { address: address.clone(), source }),
            Err(_) => {
                let source = io::Error::from(io::ErrorKind::TimedOut);
                return Err(AttachError::Unreachable { address: address.clone(), source });
            }
        };
        let latency = if config.remedies { Latency::Remedied } else { Latency::AsItComes };
        let (reader, writer) = transport::split(stream, latency)
            .map_err(|source| AttachError::Unreachable { address: address.clone(), source })?;
        Ok(Self {
            reader,
            writer,
            outbox: Outbox::default(),
            info: AdapterInfo::default(),
            paused: false,
            terminated: false,
            cut: false,
            initialized: false,
            phase: Phase::Greeting,
            address: address.clone(),
            deadline: Instant::now() + config.timeouts.attach,
        })
    }

    async fn perform(&mut self, config: &AttachConfig, setup: Setup) -> Result<Breakpoints, AttachError> {
        let initialize = self.writer.request(
            "initialize",
            &json!({
                "clientID": "breakroom", "clientName": "Breakroom", "adapterID": "debugpy", "pathFormat": "path",
                "linesStartAt1": true, "columnsStartAt1": true, "supportsVariableType": true,
                "supportsRunInTerminalRequest": false, "supportsStartDebuggingRequest": false,
            }),
        );
        self.accepted(initialize).await?;
        self.phase = Phase::Program;
        let mappings: Vec<_> = config
            .path_mappings
            .iter()
            .map(|mapping| json!({ "localRoot": mapping.local_root, "remoteRoot": mapping.remote_root }))
            .collect();
        // Other options that nobody chose are left out: debugpy has defaults of its own.
        let options = AttachOptions {
            show_return_value: config.options.show_return_value.or(Some(true)),
            ..config.options.clone()
        };
        let mut arguments = serde_json::to_value(options).unwrap_or_else(|_| json!({}));
        arguments["name"] = "breakroom".into();
        arguments["justMyCode"] = config.just_my_code.into();
        arguments["redirectOutput"] = true.into();
        if !mappings.is_empty() {
            arguments["pathMappings"] = mappings.into();
        }
        // debugpy announces a child with its parent's arguments and the child's own number in them.
        let announced = config.child.as_deref().and_then(translate::parse::<serde_json::Value>);
        let arguments = announced.as_ref().unwrap_or(&arguments);
        let mut attach = self.writer.request("attach", arguments);
        let mut attached = None;
        while !self.initialized {
            match self.step(attach).await? {
                Some(response) if response.success => {
                    attached = Some(response);
                    break;
                }
                Some(response)
                    if config.again
                        && is_busy(&response.refusal)
                        && Instant::now() + AGAIN_AFTER < self.deadline =>
                {
                    tokio::time::sleep(AGAIN_AFTER).await;
                    attach = self.writer.request("attach", arguments);
                }
                Some(response) if config.again && is_busy(&response.refusal) => {
                    return Err(self.refused("it is still busy with the connection that was lost"));
                }
                Some(response) => return Err(self.refused(&response.refusal)),
                None => {}
            }
        }
        self.phase = Phase::Configuration;
        // Before the first breakpoint, whose condition calls it.
        self.install(config.entry_limits).await?;
        let breakpoints = self.set_breakpoints(setup.breakpoints).await?;
        if !setup.functions.is_empty() {
            let arguments = translate::functions_arguments(&setup.functions);
            let functions = self.writer.request("setFunctionBreakpoints", &arguments);
            self.response(functions).await?;
        }
        let filters = translate::exception_arguments(setup.exception_filters);
        let exceptions = self.writer.request("setExceptionBreakpoints", &filters);
        self.accepted(exceptions).await?;
        let done = self.writer.request("configurationDone", &json!({}));
        self.accepted(done).await?;
        if attached.is_none() {
            self.accepted(attach).await?;
        }
        self.greet(config).await?;
        Ok(breakpoints)
    }

    async fn set_breakpoints(
        &mut self,
        wanted: Vec<(String, Vec<breakroom_protocol::upstream::SourceBreakpoint>)>,
    ) -> Result<Breakpoints, AttachError> {
        let mut results = Vec::new();
        for (path, breakpoints) in wanted {
            let unset = |message: &str| {
                let message = Some(message.to_owned());
                let one = UpstreamBreakpoint { id: None, verified: false, line: None, message };
                vec![one; breakpoints.len()]
            };
            let result = if is_usable_path(&path) {
                let arguments = translate::breakpoints_arguments(&path, &breakpoints);
                let seq = self.writer.request("setBreakpoints", &arguments);
                let response = self.response(seq).await?;
                match response
                    .body
                    .filter(|_| response.success)
                    .map(|body| translate::breakpoints(body.get()))
                {
                    Some(Some(result)) => result,
                    _ => unset(&response.refusal),
                }
            } else {
                unset("the path of a breakpoint must be absolute")
            };
            results.push((path, result));
        }
        Ok(results)
    }

    async fn install(&mut self, limits: EntryLimits) -> Result<(), AttachError> {
        let seq = self.writer.request("evaluate", &translate::frameless(&entries::install(limits)));
        let response = self.response(seq).await?;
        let text = translate::result_text(response.body.as_deref()).filter(|_| response.success);
        self.info.fresh = installed(&self.address, text);
        Ok(())
    }

    /// Remedy (a), and who is there. Works without an answer, too.
    async fn greet(&mut self, config: &AttachConfig) -> Result<(), AttachError> {
        let greeting = source::greet(config.remedies, config.timeouts.evaluation);
        let seq = self.writer.request("evaluate", &translate::frameless(&greeting));
        self.deadline = Instant::now() + GREETING_PATIENCE;
        let text = match self.response(seq).await {
            Ok(response) => translate::result_text(response.body.as_deref()).filter(|_| response.success),
            Err(AttachError::Silent { .. }) => None,
            Err(error) => return Err(error),
        };
        let greeting = greeted(&self.address, config.remedies, text);
        self.info.python = greeting.python;
        self.info.debugpy = greeting.debugpy.or(self.info.debugpy.take());
        self.info.pid = greeting.pid.or(self.info.pid);
        Ok(())
    }

    async fn accepted(&mut self, seq: i64) -> Result<Response, AttachError> {
        let response = self.response(seq).await?;
        if response.success { Ok(response) } else { Err(self.refused(&response.refusal)) }
    }

    async fn response(&mut self, seq: i64) -> Result<Response, AttachError> {
        loop {
            if let Some(response) = self.step(seq).await? {
                return Ok(response);
            }
        }
    }

    fn refused(&self, message: &str) -> AttachError {
        let address = self.address.clone();
        if is_busy(message) {
            AttachError::Busy { address }
        } else {
            AttachError::Refused { address, message: message.trim().trim_end_matches('.').to_owned() }
        }
    }

    /// Takes in one message; returns it if it is the response to `awaited`.
    async fn step(&mut self, awaited: i64) -> Result<Option<Response>, AttachError> {
        let bytes = loop {
            if let Some(bytes) = self.reader.next().map_err(|error| self.broken(error))? {
                break bytes;
            }
            let exchange = async {
                self.writer.flush().await?;
                self.reader.read().await
            };
            match timeout_at(self.deadline, exchange).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(self.broken(error)),
                Err(_) => {
                    return Err(AttachError::Silent { address: self.address.clone(), phase: self.phase });
                }
            }
        };
        match with_message(&bytes, |message| self.take_in(message, awaited)) {
            Ok(taken) => {
                if self.phase == Phase::Greeting {
                    self.phase = Phase::Initialize;
                }
                Ok(taken)
            }
            Err(error) => Err(self.broken(error)),
        }
    }

    fn take_in(&mut self, message: &Incoming<'_>, awaited: i64) -> Option<Response> {
        match &*message.kind {
            "response" if message.request_seq == Some(awaited) => Some(Response {
                success: message.success == Some(true),
                refusal: if message.success == Some(true) {
                    String::new()
                } else {
                    translate::refusal(message)
                },
                body: message.body.map(ToOwned::to_owned),
            }),
            "event" => {
                self.take_event(message);
                None
            }
            "request" => {
                if let Some(child) = answer_reverse(&mut self.writer, message) {
                    self.outbox.push(FromUpstream::Event(child));
                }
                None
            }
            _ => None,
        }
    }

    fn take_event(&mut self, message: &Incoming<'_>) {
        let body = message.body.map_or("{}", RawValue::get);
        match message.event.as_deref() {
            Some("initialized") => self.initialized = true,
            Some("process") => {
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Body {
                    name: Option<String>,
                    system_process_id: Option<i64>,
                }
                if let Some(body) = translate::parse::<Body>(body) {
                    self.info.process_name = body.name;
                    self.info.pid = body.system_process_id;
                }
            }
            _ => {}
        }
        let Some(Meaning::Event(event)) = translate::event(message) else { return };
        match &event {
            UpstreamEvent::Stopped { .. } => self.paused = true,
            UpstreamEvent::Continued => self.paused = false,
            UpstreamEvent::Terminated => self.terminated = true,
            UpstreamEvent::Output { .. } if self.outbox.len() >= BACKLOG_LIMIT => {
                if !self.cut {
                    self.cut = true;
                    let text = "(output while attaching was cut)\n".to_owned();
                    let category = OutputCategory::Console;
                    self.outbox.push(FromUpstream::Event(UpstreamEvent::Output { category, text }));
                }
                return;
            }
            _ => {}
        }
        self.outbox.push(FromUpstream::Event(event));
    }

    fn broken(&self, error: Broken) -> AttachError {
        let address = self.address.clone();
        match error {
            Broken::Eof => AttachError::Gone { address, phase: self.phase, source: None },
            Broken::Silent(_) => AttachError::Silent { address, phase: self.phase },
            Broken::Io(source) | Broken::Frame(FrameError::Io(source)) => {
                AttachError::Gone { address, phase: self.phase, source: Some(source) }
            }
            Broken::Frame(source) => AttachError::NotDebugpy { address, source: Box::new(source) },
            Broken::Json(source) => AttachError::NotDebugpy { address, source: Box::new(source) },
        }
    }

    /// Leaves a peer that speaks DAP in good order, briefly.
    async fn say_farewell(&mut self, error: &AttachError) {
        if matches!(error, AttachError::Gone { .. } | AttachError::NotDebugpy { .. })
            || self.phase == Phase::Greeting
        {
            return;
        }
        self.writer.request("disconnect", &json!({ "terminateDebuggee": false }));
        let farewell = async {
            self.writer.flush().await?;
            loop {
                self.reader.read().await?;
                while self.reader.next()?.is_some() {}
            }
        };
        let ended: Result<Result<(), Broken>, _> = timeout(FAREWELL_PATIENCE, farewell).await;
        tracing::trace!(?ended, "said farewell");
    }

    /// Starts the driver.
    fn live(self, config: &AttachConfig, breakpoints: Breakpoints, wiring: Option<Wiring>) -> Attached {
        let (sender, incoming) = mpsc::channel(INCOMING_LIMIT);
        let shared = Arc::new(Shared {
            pending: Mutex::new(Pending::new(config.timeouts, self.paused)),
            wake: Notify::new(),
            detach: CancellationToken::new(),
            abandon: CancellationToken::new(),
            finished: watch::Sender::new(false),
            patience: config.timeouts.settle + config.timeouts.detach,
        });
        let driver = Driver {
            reader: self.reader,
            writer: self.writer,
            outbox: self.outbox,
            terminated: self.terminated,
            shared: Arc::clone(&shared),
            incoming: sender,
            detach_patience: config.timeouts.detach,
            pushed: Pushed::default(),
            wiring,
        };
        tokio::spawn(driver.run());
        Attached { handle: Upstream { shared }, incoming, info: self.info, breakpoints }
    }
}

/// What came of installing what conditions call: whether the process is new to us. `None`: it was refused.
pub(crate) fn installed(address: &str, text: Option<String>) -> bool {
    let installed = text.and_then(|text| translate::parse::<entries::Installed>(&text));
    let error = installed.as_ref().map_or(Some("it was refused"), |installed| installed.error.as_deref());
    if let Some(error) = error {
        tracing::warn!(
            address,
            error,
            "conditions, hit counts and snap points of breakpoints can't work there"
        );
    }
    installed.is_none_or(|installed| installed.fresh)
}

/// What came of the greeting; what is not to be had is logged.
pub(crate) fn greeted(address: &str, remedies: bool, text: Option<String>) -> source::Greeting {
    let greeting: source::Greeting = text.and_then(|text| translate::parse(&text)).unwrap_or_default();
    if remedies && !greeting.no_delay {
        tracing::warn!(address, "TCP_NODELAY could not be set in the debuggee: steps will be slow");
    }
    if !greeting.values {
        let error = greeting.values_error.as_deref().unwrap_or("no answer");
        tracing::warn!(address, error, "pages, tables and setting of values can't work there");
    }
    if !greeting.interrupt {
        let error = greeting.interrupt_error.as_deref().unwrap_or("no answer");
        tracing::warn!(address, error, "code that never ends can't be interrupted there");
    }
    if let Some(error) = &greeting.unanswered_error {
        tracing::warn!(
            address,
            error,
            "an evaluation that runs when we leave may cost that debugger its life"
        );
    }
    if let Some(error) = &greeting.push_error {
        tracing::warn!(address, error, "stops are not told there, only asked for: steps will be slower");
    }
    greeting
}
