//! The task that serves one attached connection.
//!
//! In: what the socket says, what [`Pending`](crate::pending::Pending) holds, the wish to detach. Out: requests, and
//! `incoming`. Invariant: reading pauses while something read waits for the session; writing never waits for reading,
//! so that neither side can block the other for ever.
//!
//! Why it knocks: a network that swallows everything closes nothing, and what stands between us and debugpy (a tunnel, a
//! container's proxy) may go on acknowledging for it. The knock is a second `attach`, which debugpy's adapter refuses by
//! itself, at once: the program isn't asked, so it may be paused or busy.

use crate::error::Broken;
use crate::outbox::Outbox;
use crate::pending::Outcome;
use crate::pushed::{Due, Given, Push, Pushed};
use crate::translate::Meaning;
use crate::transport::{Reader, Writer};
use crate::wire::Wiring;
use crate::{Shared, translate};
use breakroom_protocol::dap::Incoming;
use breakroom_protocol::upstream::{AskError, FromUpstream, Request, UpstreamEvent};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;

/// Why the connection is being closed by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parting {
    Asked,
    Terminated,
    Unheard,
}

pub(crate) struct Driver {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) outbox: Outbox,
    /// The program ended while we attached.
    pub(crate) terminated: bool,
    pub(crate) shared: Arc<Shared>,
    pub(crate) incoming: mpsc::Sender<FromUpstream>,
    /// How long debugpy may take to let us go.
    pub(crate) detach_patience: Duration,
    pub(crate) pushed: Pushed,
    /// If an editor attaches by it.
    pub(crate) wiring: Option<Wiring>,
}

enum Woken {
    Read(Result<(), Broken>),
    Wrote(Result<(), Broken>),
    Room,
    Asked,
    Deadline,
    Part(Parting),
    PartingOver,
    GivenUp,
}

impl Driver {
    pub(crate) async fn run(mut self) {
        let message = self.serve().await;
        tracing::debug!(message, "the connection to debugpy ended");
        self.shared.pending().close();
        self.collect_ends();
        let Self { reader, writer, mut outbox, shared, incoming, .. } = self;
        // Closes the socket before anybody waits for the session.
        drop((reader, writer));
        shared.finished.send_replace(true);
        outbox.push(FromUpstream::Closed { message });
        while let Some(item) = outbox.pop() {
            if incoming.send(item).await.is_err() {
                return;
            }
        }
    }

    /// Serves until the connection is over; says why it is.
    async fn serve(&mut self) -> String {
        // Whole messages may have been read behind the last one that attaching waited for.
        match self.take_in(false) {
            Ok(terminated) => self.terminated |= terminated,
            Err(error) => return error.to_string(),
        }
        let mut parting = self.terminated.then(|| self.part(Parting::Terminated));
        let mut settling: Option<Instant> = None;
        loop {
            if let Some(since) = settling.filter(|_| parting.is_none()) {
                self.collect_ends();
                let over = {
                    let pending = self.shared.pending();
                    !pending.is_in_flight() || pending.leaves_by(since) <= Instant::now()
                };
                if over {
                    parting = Some(self.part(Parting::Asked));
                }
            } else if parting.is_none() {
                if let Some(silent) = self.knock() {
                    return silent.to_string();
                }
                self.send_asked();
                self.collect_ends();
                self.tell_late();
                self.prepared_by_now();
            }
            if !self.offer() && parting.is_none() {
                parting = Some(self.part(Parting::Unheard));
            }
            match self.wake(parting, settling).await {
                Woken::Read(Ok(())) => {
                    match self.heard_and_take_in(parting.is_some() || settling.is_some()) {
                        Ok(false) => {}
                        Ok(true) if parting.is_some() => {}
                        Ok(true) => parting = Some(self.part(Parting::Terminated)),
                        Err(error) => return error.to_string(),
                    }
                }
                Woken::Read(Err(error)) | Woken::Wrote(Err(error)) => {
                    return parting.map_or_else(|| error.to_string(), |(why, _)| why.sentence().to_owned());
                }
                Woken::Wrote(Ok(())) | Woken::Room | Woken::Asked | Woken::Deadline => {}
                Woken::GivenUp => return "given up, as debugpy did not answer any more".to_owned(),
                // An answer that debugpy's adapter has no client for can cost it its life: see `unanswered.py`.
                Woken::Part(Parting::Asked) if self.shared.pending().is_in_flight() => {
                    settling = Some(Instant::now());
                }
                Woken::Part(why) => parting = Some(self.part(why)),
                Woken::PartingOver => {
                    let why = parting.map_or("", |(why, _)| why.sentence());
                    return format!("{why}; debugpy did not close the connection in time");
                }
            }
        }
    }

    /// Waits for the next thing to do.
    async fn wake(&mut self, parting: Option<(Parting, Instant)>, settling: Option<Instant>) -> Woken {
        let next_deadline = {
            let pending = self.shared.pending();
            let settled = settling.map(|since| pending.leaves_by(since));
            let preparing = self.wiring.as_ref().and_then(Wiring::deadline);
            let knock = pending.next_knock().filter(|_| self.may_knock());
            let others = || {
                pending.next_deadline().into_iter().chain(pending.next_late()).chain(preparing).chain(knock)
            };
            settled.or_else(|| others().min())
        };
        let deadline = async {
            match (parting, next_deadline) {
                (Some((_, at)), _) => {
                    tokio::time::sleep_until(at).await;
                    Woken::PartingOver
                }
                (None, Some(at)) => {
                    tokio::time::sleep_until(at).await;
                    Woken::Deadline
                }
                (None, None) => std::future::pending().await,
            }
        };
        let live = parting.is_none() && settling.is_none();
        let waiting = !self.outbox.is_empty();
        tokio::select! {
            read = self.reader.read(), if !waiting || !live => Woken::Read(read),
            wrote = self.writer.flush(), if !self.writer.is_empty() => Woken::Wrote(wrote),
            room = self.incoming.reserve(), if waiting && live => match room {
                Ok(_) => Woken::Room,
                Err(_) => Woken::Part(Parting::Unheard),
            },
            () = self.shared.wake.notified(), if live => Woken::Asked,
            () = self.shared.abandon.cancelled() => Woken::GivenUp,
            () = self.shared.detach.cancelled(), if live => Woken::Part(Parting::Asked),
            () = self.incoming.closed(), if parting.is_none() => Woken::Part(Parting::Unheard),
            woken = deadline => woken,
        }
    }

    fn part(&mut self, why: Parting) -> (Parting, Instant) {
        // Said twice, it can cost debugpy's adapter its life.
        if !self.shared.pending().has_left() {
            self.writer.request("disconnect", &json!({ "terminateDebuggee": false }));
        }
        (why, Instant::now() + self.detach_patience)
    }

    fn send_asked(&mut self) {
        let shared = Arc::clone(&self.shared);
        let now = Instant::now();
        shared.pending().expire(now);
        loop {
            let mut pending = shared.pending();
            let seq = self.writer.next_seq();
            let Some(request) = pending.next(now, seq) else { return };
            match self.pushed.given(request, seq) {
                Given::No => {
                    translate::send(&mut self.writer, request);
                    let changes = request.runs_code() && !matches!(request, Request::Variables(_));
                    let waited = if request.resumes() { self.pushed.resumed() } else { None };
                    drop(pending);
                    if changes {
                        self.pushed.changed();
                    }
                    self.drops(waited);
                }
                Given::Now(outcome) => {
                    self.writer.pass_over();
                    drop(pending);
                    self.ends(seq, outcome);
                }
                Given::Soon => self.writer.pass_over(),
            }
        }
    }

    fn tell_late(&mut self) {
        let now = Instant::now();
        let mut pending = self.shared.pending();
        if !self.outbox.is_empty() {
            // It is the session that doesn't listen: nobody knows what debugpy would say.
            pending.heard(now);
        }
        for (ask, took, late) in pending.late(now) {
            let for_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            self.outbox.push(FromUpstream::Late { ask, for_ms, late });
        }
    }

    /// An editor's own `attach` is yet to come, and a knock would be taken for it.
    fn may_knock(&self) -> bool {
        self.wiring.as_ref().is_none_or(Wiring::is_attached)
    }

    /// Asks for a sign of life if one is due, or gives the missing of one.
    fn knock(&mut self) -> Option<Broken> {
        let now = Instant::now();
        let mut pending = self.shared.pending();
        if !self.outbox.is_empty() {
            // Nothing is read meanwhile.
            pending.heard(now);
        }
        if pending.is_silent(now) {
            return Some(Broken::Silent(pending.silence(now)));
        }
        if self.may_knock() && pending.knock(now) {
            self.writer.request("attach", &json!({}));
        }
        None
    }

    fn collect_ends(&mut self) {
        let mut pending = self.shared.pending();
        while let Some((ask, outcome)) = pending.pop_ended() {
            self.outbox.push(FromUpstream::Answer { ask, outcome });
        }
    }

    /// Hands over what fits now; `false` if nobody listens any more.
    fn offer(&mut self) -> bool {
        while let Some(item) = self.outbox.pop() {
            match self.incoming.try_send(item) {
                Ok(()) => {}
                Err(TrySendError::Full(item)) => {
                    self.outbox.put_back(item);
                    return true;
                }
                Err(TrySendError::Closed(_)) => return false,
            }
        }
        true
    }

    fn heard_and_take_in(&mut self, parting: bool) -> Result<bool, Broken> {
        self.shared.pending().heard(Instant::now());
        self.take_in(parting)
    }

    /// Takes in all whole messages that were read; `true` if `terminated` was among them.
    fn take_in(&mut self, parting: bool) -> Result<bool, Broken> {
        let mut terminated = false;
        while let Some(bytes) = self.reader.next()? {
            with_message(&bytes, |message| match &*message.kind {
                "event" => {
                    let event = match translate::event(message) {
                        Some(Meaning::Push(push)) => return self.take_push(push),
                        Some(Meaning::Event(event)) => Some(event),
                        None => None,
                    };
                    // Behind its meaning: what is recorded of it is committed before the editor sees it.
                    let raw = self.wire_event(message, event.as_ref());
                    // Who leaves needs to hear of children only: they hang until somebody lets them go.
                    let event = event.filter(|event| {
                        !parting || matches!(event, UpstreamEvent::Child(_) | UpstreamEvent::Terminated)
                    });
                    if let Some(event) = event {
                        terminated |= event == UpstreamEvent::Terminated;
                        self.note(&event);
                        self.outbox.push(FromUpstream::Event(event));
                    }
                    if let Some(raw) = raw {
                        self.outbox.push(FromUpstream::Wire(raw));
                    }
                }
                "response" => self.take_response(message),
                "request" => {
                    if let Some(child) = answer_reverse(&mut self.writer, message) {
                        self.outbox.push(FromUpstream::Event(child));
                    }
                }
                other => tracing::debug!(kind = other, "debugpy sent a message of an unknown kind"),
            })?;
        }
        Ok(terminated)
    }

    fn note(&mut self, event: &UpstreamEvent) {
        match event {
            UpstreamEvent::Stopped { thread, .. } => {
                let mut pending = self.shared.pending();
                pending.stopped();
                if let Some(seq) = self.pushed.stopped(*thread) {
                    pending.send_again(seq);
                }
            }
            UpstreamEvent::Continued => {
                self.shared.pending().continued();
                let waited = self.pushed.resumed();
                self.drops(waited);
            }
            _ => {}
        }
    }

    fn take_push(&mut self, push: Push) {
        match self.pushed.told(push) {
            Some(Due::End(seq, outcome)) => self.ends(seq, outcome),
            Some(Due::Send(seq)) => self.shared.pending().send_again(seq),
            None => {}
        }
    }

    fn drops(&mut self, waited: Option<i64>) {
        if let Some(seq) = waited {
            self.ends(seq, Err(AskError::Dropped));
        }
    }

    /// The end of a request that was not sent, as its answer was told.
    fn ends(&mut self, seq: i64, outcome: Outcome) {
        let answered = self.shared.pending().answered(seq, outcome.is_ok());
        if let Some((ask, _)) = answered {
            self.collect_ends();
            self.outbox.push(FromUpstream::Answer { ask, outcome });
        }
    }

    fn take_response(&mut self, message: &Incoming<'_>) {
        self.wire_response(message);
        let Some(seq) = message.request_seq else { return };
        let answered = self.shared.pending().answered(seq, message.success == Some(true));
        // Nobody waits: `disconnect`, or its ask timed out.
        let Some((ask, request)) = answered else { return };
        // Straight into the outbox, so that answers keep their place among the events; earlier ends go first.
        let outcome = translate::answer(&request, message);
        self.collect_ends();
        self.outbox.push(FromUpstream::Answer { ask, outcome });
    }
}

impl Parting {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Asked => "detached",
            Self::Terminated => "the program ended",
            Self::Unheard => "detached, as nobody listened",
        }
    }
}

/// Parses one message and hands it on.
pub(crate) fn with_message<T>(bytes: &[u8], then: impl FnOnce(&Incoming<'_>) -> T) -> Result<T, Broken> {
    match serde_json::from_slice::<Incoming<'_>>(bytes) {
        Ok(message) => Ok(then(&message)),
        Err(error) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Broken::Json(error))?;
            let mended = translate::without_lone_surrogates(text);
            serde_json::from_str::<Incoming<'_>>(&mended).map(|message| then(&message)).map_err(Broken::Json)
        }
    }
}

/// Answers a reverse request: a child's is told as an event, others are refused.
pub(crate) fn answer_reverse(writer: &mut Writer, message: &Incoming<'_>) -> Option<UpstreamEvent> {
    let command = message.command.as_deref().unwrap_or_default();
    let child = match (command, message.arguments) {
        ("startDebugging", Some(arguments)) => translate::child(arguments.get()),
        _ => None,
    };
    // A child is seen to, one way or another; debugpy would let it go if this were refused.
    writer.answer(message.seq, command, child.is_some());
    child
}
