//! What the room says, as the editor is told it.

use super::{Facade, Shown, words};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::PROTOCOL_VERSION;
use breakroom_protocol::{
    BreakpointEntry, Envelope, Event, JournalSeq, LeaveReason, Me, OutputCategory, ParticipantId, ProcessId,
    ServerMessage, Snapshot,
};
use serde_json::json;

impl Facade {
    pub(super) fn said(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { protocol, you, snapshot, seq } => {
                self.welcome(protocol, you, snapshot, seq)
            }
            ServerMessage::Event(envelope) => self.happened(&envelope),
            ServerMessage::Reply { id, error, result } => self.replied(id, error, result),
            ServerMessage::Waiting { guests, ended } => self.who_waits(guests, ended),
            // Pings tell as much.
            ServerMessage::Alive => {}
            ServerMessage::Recording { ok: true, .. } => self.say_once("the recording is kept again."),
            ServerMessage::Recording { message, .. } => {
                let why = message.unwrap_or_else(|| "nobody knows why".to_owned());
                self.say_once(&format!("the recording is not kept: {why}"));
            }
        }
    }

    fn welcome(&mut self, protocol: u32, you: Me, snapshot: Option<Box<Snapshot>>, seq: JournalSeq) {
        if protocol != PROTOCOL_VERSION {
            let why = "The server speaks another version of Breakroom's protocol: use the same version here.";
            return self.gone(why);
        }
        let again = self.epoch > 0;
        self.me = you.participant;
        (self.connected, self.epoch) = (true, self.epoch + 1);
        // If anybody waits, that follows.
        self.guests.clear();
        if let Some(snapshot) = snapshot {
            let before = self.stop().map(|view| view.stop);
            self.room = *snapshot;
            if self.stop().map(|view| view.stop) != before {
                self.leave_stop();
            }
            self.breakpoints_caught_up();
        }
        debug_assert!(self.room.seq == seq, "a welcome goes on where we are");
        if again {
            self.say_once("the connection to the server is back.");
        }
        self.child_is_there();
        self.guess_on();
        self.joined();
        self.share_lists();
        self.tell_capabilities();
        self.tell_breakpoints();
        self.offer_children();
        self.catch_up();
    }

    fn happened(&mut self, envelope: &Envelope) {
        let before = self.room.phase.clone();
        self.room.apply(envelope);
        let by = envelope.by;
        match &envelope.event {
            Event::Stopped { process, .. } => {
                self.leave_stop();
                if self.family.shows_stop(*process) {
                    self.threads_of(*process);
                    if self.is_configured() {
                        self.tell_stopped(false);
                    }
                }
            }
            Event::Resumed { stop, how } => {
                self.leave_stop();
                let asked = by == Some(self.me.id) && self.resumed_as_asked(*stop, *how);
                if asked {
                    self.shown = Shown::Running;
                }
                if self.is_configured() {
                    self.tell_running();
                }
            }
            Event::PauseRequested => {
                if by == Some(self.me.id) {
                    self.pause_as_asked();
                }
            }
            Event::Threads { stop, threads } if self.stop_at(*stop).is_some() => {
                self.threads_captured(threads)
            }
            Event::Stack { .. } | Event::Scopes { .. } | Event::Variables { .. } | Event::Page { .. } => {
                self.settle_looks();
            }
            Event::Evaluated { .. } | Event::VariableSet { .. } | Event::ExpressionSet { .. } => {
                self.ran(envelope);
            }
            Event::Output { category, text, process } => self.output(*category, text, *process),
            Event::BreakpointSet { entry } => {
                self.function_set(entry);
                self.breakpoints_changed(&envelope.event);
            }
            Event::BreakpointRemoved { .. }
            | Event::BreakpointsResolved { .. }
            | Event::BreakpointRearmed { .. } => self.breakpoints_changed(&envelope.event),
            Event::Source { .. } => self.guess_on(),
            Event::Ended { message, .. } => {
                let message = message.clone();
                self.over(&message);
            }
            Event::Attached { .. } => {
                self.let_go();
                self.started(Ok(()));
                if matches!(before, Phase::Lost { .. } | Phase::Restarting) {
                    self.say_once("the debugger is attached again; the program runs.");
                }
            }
            Event::Lost { message } => {
                self.let_go();
                self.say_once(&format!("the debugger is lost ({message}); the server attaches again."));
            }
            Event::Restarting => {
                self.let_go();
                self.say_once("the program is being restarted.");
            }
            other => self.news(by, other),
        }
    }

    /// The debugger holds nothing any more.
    fn let_go(&mut self) {
        self.leave_stop();
        self.forget_threads();
        if self.is_configured() {
            self.tell_running();
            self.tell_breakpoints();
        }
    }

    fn output(&mut self, category: OutputCategory, text: &str, process: ProcessId) {
        if self.is_configured() && self.family.shows(process) {
            let category = match category {
                OutputCategory::Stdout => "stdout",
                OutputCategory::Stderr => "stderr",
                OutputCategory::Console => "console",
                OutputCategory::Important => "important",
            };
            self.event("output", json!({ "category": category, "output": text }));
        }
    }

    /// No event of DAP's can name a function: the console does.
    fn function_set(&mut self, entry: &BreakpointEntry) {
        if let (Some(function), true) = (&entry.function, entry.enabled && entry.author != self.me.id) {
            let line = format!("{} set a breakpoint on function `{function}`.", self.name(entry.author));
            self.say_once(&line);
        }
    }

    /// One line each, for people.
    fn news(&mut self, by: Option<ParticipantId>, event: &Event) {
        let me = self.me.id;
        let of = |this: &Self, who: ParticipantId| this.name(who).to_owned();
        let line = match event {
            Event::Joined { participant } if participant.id != me => {
                format!("{} is here as {}.", participant.name, words::role(participant.role))
            }
            Event::Left { participant, reason } if *participant != me => match reason {
                LeaveReason::Disconnected => format!("{} has left.", of(self, *participant)),
                LeaveReason::Removed => format!("{} was removed.", of(self, *participant)),
            },
            Event::Wheel { driver: Some(driver), .. } if *driver == me => "you drive now.".to_owned(),
            Event::Wheel { driver: Some(driver), .. } => format!("{} drives now.", of(self, *driver)),
            Event::Wheel { driver: None, .. } => "nobody drives now.".to_owned(),
            Event::WheelRequested { participant } if *participant != me => {
                format!("{} asks for the wheel.", of(self, *participant))
            }
            Event::WheelRequestDropped { participant } if *participant == me && by != Some(me) => {
                "your request for the wheel was declined.".to_owned()
            }
            Event::CodeRight { participant, granted } if *participant == me => {
                let may = if *granted { "may run code while you drive" } else { "may no longer run code" };
                format!("you {may}.")
            }
            Event::Chat { text } if by != Some(me) => {
                let who = by.map_or_else(|| "Breakroom".to_owned(), |who| of(self, who));
                format!("{who} says: {}", text.trim_end())
            }
            Event::Hand { participant, raised: true } if *participant != me => {
                format!("{} raises a hand.", of(self, *participant))
            }
            Event::ExceptionFilters { filters } if by != Some(me) => {
                let on = [
                    (filters.raised, "raised"),
                    (filters.uncaught, "uncaught"),
                    (filters.user_unhandled, "user-unhandled"),
                ];
                let on: Vec<&str> = on.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
                let on = if on.is_empty() { "no".to_owned() } else { on.join(", ") };
                format!("the program stops at {on} exceptions from now on.")
            }
            Event::Process { process } => match &process.waiting {
                Some(why) if self.family.shows(process.id) => {
                    format!("{} is paused too ({why}), and waits its turn.", process.name)
                }
                _ => String::new(),
            },
            Event::ProposalMade { proposal } => self.proposal_made(proposal),
            Event::ProposalEnded { proposal, how, message, outcome } => {
                self.proposal_ended(*proposal, by, *how, message.as_deref(), outcome.as_ref())
            }
            Event::Muted { all: true, .. } => "all breakpoints are muted.".to_owned(),
            Event::Muted { participants, .. } if participants.is_empty() => {
                "breakpoints hold again.".to_owned()
            }
            Event::Muted { participants, .. } => {
                let who: Vec<String> = participants.iter().map(|who| of(self, *who)).collect();
                format!("the breakpoints of {} are muted.", who.join(", "))
            }
            Event::BreakpointDisarmed { id, per_second } => {
                let entry = self.room.breakpoints.get(id).map(|state| &state.entry);
                entry.map_or_else(String::new, |entry| {
                    let place = super::place_of(&entry.path, entry.line, entry.function.as_deref());
                    format!(
                        "the breakpoint at {place} was reached {per_second} times a second and was taken out: rearm it in the room."
                    )
                })
            }
            Event::Snap { snap } => {
                let place = snap.frames.first().map(|frame| &frame.place);
                let at = place.map_or_else(String::new, |place| {
                    format!(
                        " at {}",
                        super::place_of(place.path.as_deref().unwrap_or("<code>"), place.line, None)
                    )
                });
                let locals = snap.frames.first().map(|frame| &frame.locals[..]).unwrap_or_default();
                let few = locals.iter().take(5).map(|local| format!("{}={}", local.name, cut(&local.value)));
                let few: Vec<String> = few.collect();
                format!("snap #{}{at}: {}", snap.id, few.join(", "))
            }
            Event::SourceDrift { path, drifted: true } => {
                format!("{path} has changed on the target since the program loaded it.")
            }
            Event::Busy { busy: Some(busy) } => busy.message.clone(),
            _ => String::new(),
        };
        // In an editor with a session for a child, what concerns all is said once; what somebody typed here is answered here.
        let here = match event {
            Event::Process { .. } | Event::ProposalEnded { .. } => true,
            Event::Busy { busy: Some(busy) } => busy.by == Some(me),
            _ => false,
        };
        if !line.is_empty() && (here || self.family.leads()) {
            self.say(&line);
        }
        match event {
            Event::Process { .. } => self.offer_children(),
            Event::ProcessEnded { process } => self.process_ended(*process),
            Event::Muted { .. } | Event::BreakpointDisarmed { .. } | Event::SourceDrift { .. } => {
                self.tell_breakpoints();
            }
            _ => {}
        }
        self.tell_capabilities();
    }
}

/// A value for one line.
fn cut(value: &str) -> String {
    let mut chars = value.chars();
    let start: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { format!("{start}…") } else { start }
}
