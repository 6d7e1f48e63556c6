//! A connection that an editor attaches by: its requests as they came, and debugpy's words as they come.
//!
//! Between debugpy's `initialized` and the editor's breakpoints, two evaluations of ours go out, as when we attach: what
//! conditions of other people call, and the greeting. The editor hears `initialized` when they are answered, or soon.

use crate::driver::Driver;
use crate::lifecycle::{GREETING_PATIENCE, greeted, installed};
use crate::transport::Writer;
use crate::{AttachConfig, EntryLimits, entries, source, translate};
use breakroom_protocol::dap::Incoming;
use breakroom_protocol::upstream::{FromUpstream, Prepared, UpstreamEvent};
use breakroom_protocol::wire::{WireEvent, WireRequest, WireResponse};
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::time::Instant;

/// What a connection has that an editor attaches by.
#[derive(Debug)]
pub(crate) struct Wiring {
    address: String,
    limits: EntryLimits,
    remedies: bool,
    evaluation: Duration,
    preparing: Option<Preparing>,
    attached: bool,
}

/// The evaluations that are under way.
#[derive(Debug)]
struct Preparing {
    install: i64,
    greet: i64,
    known: Prepared,
    /// What the editor hears after it.
    initialized: WireEvent,
    until: Instant,
}

impl Wiring {
    pub(crate) fn new(config: &AttachConfig) -> Self {
        Self {
            address: config.address.clone(),
            limits: config.entry_limits,
            remedies: config.remedies,
            evaluation: config.timeouts.evaluation,
            preparing: None,
            attached: false,
        }
    }

    /// Whether debugpy has taken the editor's `attach`.
    pub(crate) fn is_attached(&self) -> bool {
        self.attached
    }

    /// When the editor hears that debugpy let it in, whatever became of ours.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.preparing.as_ref().map(|preparing| preparing.until)
    }
}

impl Driver {
    /// An event for the editor, unless it is one of our own or one that the session sees to.
    pub(crate) fn wire_event(
        &mut self,
        message: &Incoming<'_>,
        meaning: Option<&UpstreamEvent>,
    ) -> Option<WireEvent> {
        let wiring = self.wiring.as_mut()?;
        let ours = matches!(
            meaning,
            Some(
                UpstreamEvent::Snap(_)
                    | UpstreamEvent::Disarmed { .. }
                    | UpstreamEvent::EntryFailed { .. }
                    | UpstreamEvent::Child(_)
            )
        );
        let event = message.event.as_deref().unwrap_or_default();
        let event = WireEvent { event: event.to_owned(), body: message.body.and_then(value) };
        let tells =
            |body: &serde_json::Value| body["category"] == "telemetry" && body["output"] == entries::TELLS;
        if ours || event.body.as_ref().is_some_and(tells) {
            return None;
        }
        if event.event != "initialized" || wiring.preparing.is_some() {
            return Some(event);
        }
        wiring.attached = true;
        let install =
            self.writer.request("evaluate", &translate::frameless(&entries::install(wiring.limits)));
        let greeting = source::greet(wiring.remedies, wiring.evaluation);
        let greet = self.writer.request("evaluate", &translate::frameless(&greeting));
        self.shared.pending().prepares(true);
        wiring.preparing = Some(Preparing {
            install,
            greet,
            known: Prepared::default(),
            initialized: event,
            until: Instant::now() + GREETING_PATIENCE,
        });
        None
    }

    /// A response that may be to one of ours.
    pub(crate) fn wire_response(&mut self, message: &Incoming<'_>) {
        let Some(wiring) = &mut self.wiring else { return };
        let Some(preparing) = &mut wiring.preparing else { return };
        let text = || translate::result_text(message.body).filter(|_| message.success == Some(true));
        if message.request_seq == Some(preparing.install) {
            preparing.known.fresh = installed(&wiring.address, text());
        } else if message.request_seq == Some(preparing.greet) {
            let greeting = greeted(&wiring.address, wiring.remedies, text());
            preparing.known.python = greeting.python;
            preparing.known.debugpy = greeting.debugpy;
            preparing.known.pid = greeting.pid;
            self.prepared();
        }
    }

    /// Lets the editor go on when ours take too long.
    pub(crate) fn prepared_by_now(&mut self) {
        let due = self.wiring.as_ref().and_then(Wiring::deadline);
        if due.is_some_and(|due| due <= Instant::now()) {
            self.prepared();
        }
    }

    fn prepared(&mut self) {
        let preparing = self.wiring.as_mut().and_then(|wiring| wiring.preparing.take());
        if let Some(Preparing { known, initialized, .. }) = preparing {
            self.shared.pending().prepares(false);
            self.outbox.push(FromUpstream::Prepared(known));
            self.outbox.push(FromUpstream::Wire(initialized));
        }
    }
}

/// Sends a request as it came.
pub(crate) fn send(writer: &mut Writer, request: &WireRequest) {
    writer.request(request.command(), request.arguments());
}

/// What debugpy answered, as it is.
pub(crate) fn response(message: &Incoming<'_>) -> WireResponse {
    WireResponse {
        success: message.success == Some(true),
        message: message.message.as_deref().map(ToOwned::to_owned),
        body: message.body.and_then(value),
    }
}

fn value(body: &RawValue) -> Option<serde_json::Value> {
    translate::parse(body.get())
}
