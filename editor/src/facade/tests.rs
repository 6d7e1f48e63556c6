//! The facade alone: an editor and a room played by hand.

mod admission;
mod breakpoints;
mod driving;
mod family;
mod guess;
mod plans;
mod proposals;
mod requests;
mod starting;
mod states;
mod wire;

use super::*;
use breakroom_protocol::fold::{Person, Snapshot};
use breakroom_protocol::{
    Envelope, ErrorCode, Event, Frame, JournalSeq, Me, ParticipantKind, ProcessInfo, Scope, ServerMessage,
    SourceInfo, Thread, Variable,
};
use serde_json::json;

const APP: &str = "/usr/src/app/app.py";

fn participant(name: &str, role: Role) -> Participant {
    let id = ParticipantId::new();
    Participant { id, name: name.to_owned(), role, kind: ParticipantKind::Guest, may_write_notes: true }
}

/// An editor of Ada's, and Bob in the room.
struct Play {
    facade: Facade,
    ada: Participant,
    bob: Participant,
    /// The room's own fold.
    room: Snapshot,
    sent: i64,
}

impl Play {
    fn new(role: Role) -> Self {
        let (ada, bob) = (participant("Ada", role), participant("Bob", Role::Host));
        let mut map = PathMap::default();
        map.add("/home/ada/app", "/usr/src/app");
        let config = Config {
            host_ends: true,
            map,
            prefix: "ada".to_owned(),
            page: "http://127.0.0.1:1/s/x".to_owned(),
            here: Some(("127.0.0.1".to_owned(), 5678)),
            wired: false,
            has_file: Box::new(|path| path.starts_with("/home/ada/")),
        };
        let mut room = Snapshot { phase: Phase::Running { pausing: false }, ..Snapshot::default() };
        for who in [&ada, &bob] {
            let person = Person { participant: who.clone(), present: true, hand: false, code: false };
            room.people.insert(who.id, person);
        }
        Self { facade: Facade::new(ada.clone(), config), ada, bob, room, sent: 0 }
    }

    /// Ada's editor has joined and is configured; nobody drives.
    fn joined(role: Role) -> Self {
        let mut play = Self::new(role);
        play.welcome();
        for command in ["initialize", "attach", "configurationDone"] {
            play.asks(command, json!({}));
        }
        play
    }

    /// The same, and the program is at stop 1 with everything captured.
    fn stopped(role: Role) -> Self {
        let mut play = Self::joined(role);
        play.stops(1);
        play
    }

    fn asks(&mut self, command: &str, arguments: Value) -> Vec<Effect> {
        self.sent += 1;
        let request = Request { seq: self.sent, command: command.to_owned(), arguments };
        self.facade.handle(Input::Editor(request))
    }

    fn says(&mut self, message: ServerMessage) -> Vec<Effect> {
        self.facade.handle(Input::Room(message.into()))
    }

    fn welcome(&mut self) -> Vec<Effect> {
        let you = Me { participant: self.ada.clone(), session: None, expires_at: 1 };
        let snapshot = Some(Box::new(self.room.clone()));
        self.says(ServerMessage::Welcome { protocol: 1, you, snapshot, seq: self.room.seq })
    }

    fn happens(&mut self, by: Option<ParticipantId>, event: Event) -> Vec<Effect> {
        let envelope = Envelope { seq: JournalSeq(self.room.seq.0 + 1), at: 1, by, event };
        self.room.apply(&envelope);
        self.says(ServerMessage::Event(envelope))
    }

    /// Something happens that the editor's side doesn't hear of.
    fn unheard(&mut self, event: Event) -> Vec<Effect> {
        self.room.apply(&Envelope { seq: JournalSeq(self.room.seq.0 + 1), at: 1, by: None, event });
        Vec::new()
    }

    fn replies(&mut self, effects: &[Effect], error: Option<ErrorCode>) -> Vec<Effect> {
        let ids: Vec<ClientSeq> = commands(effects).iter().map(|(id, _)| *id).collect();
        let error = error.map(|code| ErrorBody::new(code, "It is refused."));
        let reply = |id| ServerMessage::Reply { id, error: error.clone(), result: None };
        ids.into_iter().flat_map(|id| self.says(reply(id))).collect()
    }

    fn stop_event(stop: u32) -> Event {
        Self::stop_in(stop, ProcessId(0))
    }

    fn stop_in(stop: u32, process: ProcessId) -> Event {
        let (reason, thread) = ("step".to_owned(), ThreadId(1));
        Event::Stopped { stop: StopId(stop), reason, description: None, text: None, thread, process }
    }

    fn child(number: u32) -> ProcessInfo {
        let (id, parent) = (ProcessId(number), ProcessId(0));
        let pid = Some(4_700 + i64::from(number));
        ProcessInfo { id, parent, pid, name: format!("Subprocess {number}"), waiting: None }
    }

    /// The program stops, and everything is captured.
    fn stops(&mut self, stop: u32) -> Vec<Effect> {
        let mut effects = self.happens(None, Self::stop_event(stop));
        for event in Self::capture(stop) {
            effects.extend(self.happens(None, event));
        }
        effects
    }

    fn capture(stop: u32) -> Vec<Event> {
        let stop = StopId(stop);
        let frame = Frame {
            id: FrameId(1),
            name: "tick".to_owned(),
            path: Some(APP.to_owned()),
            line: 10 + stop.0,
            column: 1,
            subtle: false,
        };
        let scope = Scope { name: "Locals".to_owned(), variables: VariablesId(1), expensive: false };
        let item = |name: &str, variables| Variable {
            name: name.to_owned(),
            value: format!("{}", stop.0 * 100),
            type_name: "int".to_owned(),
            variables,
            evaluate_name: None,
        };
        let items = vec![item("count", None), item("lamp", Some(VariablesId(2)))];
        vec![
            Event::Stack { stop, thread: ThreadId(1), start: 0, frames: vec![frame], total: 1 },
            Event::Scopes { stop, frame: FrameId(1), scopes: vec![scope] },
            Event::Variables { stop, variables: VariablesId(1), items, truncated: false },
            Event::Threads { stop, threads: vec![Thread { id: ThreadId(1), name: "MainThread".to_owned() }] },
        ]
    }

    fn resumed(&mut self, by: ParticipantId, stop: u32, how: ResumeKind) -> Vec<Effect> {
        self.happens(Some(by), Event::Resumed { stop: StopId(stop), how })
    }

    fn drives(&mut self, who: ParticipantId) -> Vec<Effect> {
        let reason = breakroom_protocol::WheelReason::Taken;
        self.happens(Some(who), Event::Wheel { driver: Some(who), reason })
    }
}

/// What the editor is sent: `+command`, `-command: sentence` for answers, `event reason-or-text`.
fn told(effects: &[Effect]) -> Vec<String> {
    let word = |message: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match (&message["type"], message["success"].as_bool()) {
            (_, Some(true)) => format!("+{}", text(&message["command"])),
            (_, Some(false)) => format!("-{}", text(&message["command"])),
            _ => {
                let body = &message["body"];
                let more = body.get("reason").or_else(|| body.get("output")).map(text).unwrap_or_default();
                format!("{} {more}", text(&message["event"])).trim_end().to_owned()
            }
        }
    };
    sent(effects).into_iter().map(word).collect()
}

fn sent(effects: &[Effect]) -> Vec<&Value> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(message) => Some(message),
            _ => None,
        })
        .collect()
}

fn commands(effects: &[Effect]) -> Vec<(ClientSeq, Command)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Command { message, .. } => Some((message.id, message.command.clone())),
            _ => None,
        })
        .collect()
}

fn names(effects: &[Effect]) -> Vec<&'static str> {
    commands(effects).iter().map(|(_, command)| command.name()).collect()
}

/// The sentence of the one refusal.
fn sentence_of(effects: &[Effect]) -> String {
    let refusals: Vec<&Value> = sent(effects).into_iter().filter(|m| m["success"] == false).collect();
    assert_eq!(refusals.len(), 1, "{effects:?}");
    refusals[0]["body"]["error"]["format"].as_str().unwrap().to_owned()
}

/// The body of the one answer.
fn body_of(effects: &[Effect]) -> Value {
    let answers: Vec<&Value> = sent(effects).into_iter().filter(|m| m["success"] == true).collect();
    assert_eq!(answers.len(), 1, "{effects:?}");
    answers[0]["body"].clone()
}
