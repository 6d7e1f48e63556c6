//! What the room says, as the editor is told it.

use super::{Facade, Shown, words};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::PROTOCOL_VERSION;
use breakroom_protocol::{
    Envelope, Event, JournalSeq, LeaveReason, Me, OutputCategory, ParticipantId, ServerMessage, Snapshot,
};
use serde_json::json;

impl Facade {
    pub(super) fn said(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome { protocol, you, snapshot, seq } => {
                self.welcome(protocol, you, snapshot, seq)
            }
            ServerMessage::Event(envelope) => self.happened(&envelope),
            ServerMessage::Reply { id, error, result: _ } => self.replied(id, error),
            ServerMessage::Recording { ok: true, .. } => self.say("the recording is kept again."),
            ServerMessage::Recording { message, .. } => {
                let why = message.unwrap_or_else(|| "nobody knows why".to_owned());
                self.say(&format!("the recording is not kept: {why}"));
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
            self.say("the connection to the server is back.");
        }
        self.joined();
        self.tell_capabilities();
        self.tell_breakpoints();
        self.catch_up();
    }

    fn happened(&mut self, envelope: &Envelope) {
        let before = self.room.phase.clone();
        self.room.apply(envelope);
        let by = envelope.by;
        match &envelope.event {
            Event::Stopped { process, .. } => {
                self.leave_stop();
                self.threads_of(*process);
                if self.is_configured() {
                    self.tell_stopped(self.follows());
                }
            }
            Event::Resumed { stop, how } => {
                self.leave_stop();
                self.mover = by;
                let asked = by == Some(self.me.id) && self.resumed_as_asked(*stop, *how);
                if asked {
                    self.shown = Shown::Running;
                }
                if self.is_configured() {
                    self.tell_running();
                }
            }
            Event::PauseRequested => {
                self.mover = by;
                if by == Some(self.me.id) {
                    self.pause_as_asked();
                }
            }
            Event::Threads { threads, .. } => self.threads_captured(threads),
            Event::Stack { .. } | Event::Scopes { .. } | Event::Variables { .. } => self.settle_looks(),
            Event::Evaluated { .. } | Event::VariableSet { .. } => self.ran(envelope),
            Event::Output { category, text, .. } => self.output(*category, text),
            Event::BreakpointSet { .. }
            | Event::BreakpointRemoved { .. }
            | Event::BreakpointsResolved { .. } => self.breakpoints_changed(&envelope.event),
            Event::Ended { message, .. } => {
                let message = message.clone();
                self.over(&message);
            }
            Event::Attached { .. } => {
                self.let_go();
                self.started(Ok(()));
                if matches!(before, Phase::Lost { .. } | Phase::Restarting) {
                    self.say("the debugger is attached again; the program runs.");
                }
            }
            Event::Lost { message } => {
                self.let_go();
                self.say(&format!("the debugger is lost ({message}); the server attaches again."));
            }
            Event::Restarting => {
                self.let_go();
                self.say("the program is being restarted.");
            }
            other => self.news(by, other),
        }
    }

    /// The debugger holds nothing any more.
    fn let_go(&mut self) {
        self.leave_stop();
        self.forget_threads();
        self.mover = None;
        if self.is_configured() {
            self.tell_running();
            self.tell_breakpoints();
        }
    }

    fn output(&mut self, category: OutputCategory, text: &str) {
        if self.is_configured() {
            let category = match category {
                OutputCategory::Stdout => "stdout",
                OutputCategory::Stderr => "stderr",
                OutputCategory::Console => "console",
                OutputCategory::Important => "important",
            };
            self.event("output", json!({ "category": category, "output": text }));
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
                Some(why) => format!("{} is paused too ({why}), and waits its turn.", process.name),
                None => String::new(),
            },
            _ => String::new(),
        };
        if !line.is_empty() {
            self.say(&line);
        }
        self.tell_capabilities();
    }
}
