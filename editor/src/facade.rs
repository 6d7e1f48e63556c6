//! What an editor sees of a session. A state machine without IO: inputs in, effects out.
//!
//! In: DAP requests, what the room says, alarms that it set, texts that it asked for. Out: DAP messages, commands, doc
//! edits. Invariant: an [`Ask`] is used up by answering it, so no request is answered twice; each is either answered at
//! once or kept where the room's end, a reply or an alarm reaches it, so none is left.
//!
//! Why a fold of its own: the state is the server's own [`Snapshot`], so an editor can't see other things than browsers.

mod admission;
mod breakpoints;
mod code;
mod dap;
mod driving;
mod family;
mod guess;
mod handles;
mod inspect;
mod lifecycle;
mod news;
mod paths;
mod room_end;
#[cfg(test)]
mod tests;
mod threads;
mod values;
mod wire;
mod words;

pub use dap::Request;
pub use family::Siblings;
pub use guess::Found;
pub use paths::PathMap;

use breakpoints::Breakpoints;
use breakroom_protocol::fold::{Phase, StopView};
use breakroom_protocol::wire::{WireAsk, WireWord};
use breakroom_protocol::{
    AttachOptions, BreakpointEntry, ClientMessage, ClientSeq, Command, EntryId, ErrorBody, FrameId,
    Participant, ParticipantId, ProcessId, ResumeKind, Role, ServerMessage, Snapshot, SourceHash, StopId,
    ThreadId, VariablesId, WaitingGuest,
};
use code::{Evaluation, Typed};
use dap::{Ask, Client};
use family::Family;
use guess::Guess;
use handles::{Handles, Texts};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;
use threads::Threads;
use values::Part;
use wire::Wire;

/// Most commands without a reply at a time; what comes beyond is refused.
const MOST_PENDING: usize = 128;

/// Tells whether the editor's machine has a file.
pub type HasFile = Box<dyn Fn(&str) -> bool + Send>;

/// How it behaves.
pub struct Config {
    /// Whether an editor's `terminate` may end the session, for hosts.
    pub host_ends: bool,
    /// Where files are.
    pub map: PathMap,
    /// Start of the ids of breakpoints that this editor sets: unique.
    pub prefix: String,
    /// The session's page, for people.
    pub page: String,
    /// Where editors attach, if they can once more; else everything is shown in one session.
    pub here: Option<(String, u16)>,
    /// Whether this editor is on the wire.
    pub wired: bool,
    /// Whether a file is there.
    pub has_file: HasFile,
}

/// What happens.
#[derive(Debug)]
pub enum Input {
    /// The editor asks.
    Editor(Request),
    /// The room tells.
    Room(FromRoom),
    /// debugpy's words, for an editor on the wire.
    Wire(WireWord),
    /// There are no more of them.
    OffWire,
    /// It answers a reverse request.
    Answer {
        /// The request's number.
        request: i64,
        /// Whether it did it.
        success: bool,
    },
    /// The editor's other sessions are these now.
    Siblings(Siblings),
    /// The search for a file has ended.
    Guessed {
        /// Which search.
        guess: u64,
        /// The folders, if the file is there exactly once.
        found: Option<Found>,
    },
    /// The time of an alarm has come.
    Alarm(u64),
    /// A text is there, or why not.
    Text {
        /// Which fetch.
        fetch: u64,
        /// The text, or a sentence.
        text: Result<String, String>,
    },
}

/// What the room tells.
#[derive(Debug)]
pub enum FromRoom {
    /// A message of the live socket.
    Said(Box<ServerMessage>),
    /// The connection is lost; it is tried again.
    Lost(String),
    /// There is no coming back; why, as a sentence.
    Gone(String),
    /// The server did not keep an edit of this breakpoint.
    Refused(EntryId),
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send this to the editor.
    Send(Value),
    /// Send this to the room, if the connection is still the one it is meant for.
    Command {
        /// Counts welcomes.
        epoch: u32,
        /// The command.
        message: ClientMessage,
    },
    /// Ask debugpy itself.
    Relay(WireAsk),
    /// Change the `breakpoints` doc.
    Edit(Edit),
    /// Get a text.
    Fetch {
        /// Comes back with it.
        fetch: u64,
        /// Which.
        hash: SourceHash,
    },
    /// This is one of an editor's sessions: tell it of the others.
    Gather {
        /// The same for all of them.
        editor: String,
        /// Whose stops it shows alone.
        process: Option<ProcessId>,
    },
    /// Look for a file of the program's on this machine.
    Guess {
        /// Comes back with what was found.
        guess: u64,
        /// Its path on the target.
        remote: String,
        /// Of its text.
        hash: SourceHash,
        /// Where to look; `None`: where `join` was started.
        folder: Option<String>,
    },
    /// Give [`Input::Alarm`] after this time.
    Alarm {
        /// Comes back.
        alarm: u64,
        /// When.
        after: Duration,
    },
    /// Close the editor's connection, after what was sent.
    Close,
    /// There is no coming back to the session, for any editor; why, as a sentence.
    Over(String),
}

/// A change of the `breakpoints` doc.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Set or change.
    Set(BreakpointEntry),
    /// Remove.
    Remove(EntryId),
}

/// How far the editor is.
#[derive(Debug)]
enum Life {
    /// Before `attach`.
    Fresh,
    /// It attached; the room has not welcomed us yet.
    Joining(Ask),
    /// Between `initialized` and `configurationDone`; `attach` is answered after it, as debugpy does.
    Configuring(Ask),
    /// It is configured, and starts the session; `attach` is answered when the debugger is attached.
    Starting(Ask),
    /// It is on the wire: debugpy tells it what happens.
    Wired,
    /// It is told what happens.
    Configured,
    /// Nothing comes any more; why.
    Over(String),
}

/// What the editor believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Running,
    Stopped(StopId),
}

/// What a command without a reply was for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Resume {
        stop: StopId,
        how: ResumeKind,
    },
    Pause,
    Stack {
        stop: StopId,
        thread: ThreadId,
        start: usize,
        levels: usize,
    },
    Scopes {
        stop: StopId,
        frame: FrameId,
    },
    Variables {
        stop: StopId,
        set: VariablesId,
        part: Part,
    },
    Page {
        stop: StopId,
        set: VariablesId,
        start: u64,
        count: u32,
        hex: bool,
    },
    Evaluate(Evaluation),
    SetVariable {
        stop: StopId,
        set: VariablesId,
        name: String,
        hex: bool,
    },
    SetExpression {
        stop: StopId,
        frame: FrameId,
        expression: String,
        hex: bool,
    },
    Complete(Typed),
    StepInTargets,
    /// What was refused is proposed.
    Propose {
        refused: String,
    },
    ProposeBreakpoint {
        number: i64,
    },
    Source {
        path: String,
    },
    End,
    Start,
    Exceptions,
    /// Said in the debug console when it is done.
    Console(Cow<'static, str>),
    /// Nobody waits.
    Quiet,
}

/// What an alarm is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alarm {
    Join,
    Threads,
    Capture,
    Breakpoints(u64),
    Child(ProcessId),
}

/// One editor's view of one session.
pub struct Facade {
    config: Config,
    me: Participant,
    client: Client,
    life: Life,
    /// As of the last message, also while the connection is lost.
    room: Snapshot,
    connected: bool,
    epoch: u32,
    commands: u32,
    pending: BTreeMap<ClientSeq, (Option<Ask>, What)>,
    /// What the server captures unasked in a moment, by the alarm that ends the waiting for it.
    near: BTreeMap<u64, (Ask, Command, What)>,
    wire: Wire,
    shown: Shown,
    handles: Handles,
    texts: Texts,
    threads: Threads,
    breakpoints: Breakpoints,
    fetches: BTreeMap<u64, Ask>,
    alarms: BTreeMap<u64, Alarm>,
    /// Counts alarms and fetches.
    numbers: u64,
    /// Whether the editor was told that it may run code.
    told_code: bool,
    /// What its `attach` says of how debugpy is to be attached to.
    options: AttachOptions,
    family: Family,
    guess: Guess,
    /// Who waits to be let in, for hosts.
    guests: Vec<WaitingGuest>,
    /// For the console, as soon as the editor listens.
    unsaid: Vec<String>,
    sent: i64,
    out: Vec<Effect>,
}

impl Facade {
    /// Before anything was said on either side.
    #[must_use]
    pub fn new(me: Participant, config: Config) -> Self {
        let life = if config.wired { Life::Wired } else { Life::Fresh };
        Self {
            config,
            me,
            client: Client::default(),
            life,
            room: Snapshot::default(),
            connected: false,
            epoch: 0,
            commands: 0,
            pending: BTreeMap::new(),
            near: BTreeMap::new(),
            wire: Wire::default(),
            shown: Shown::Running,
            handles: Handles::default(),
            texts: Texts::default(),
            threads: Threads::default(),
            breakpoints: Breakpoints::default(),
            fetches: BTreeMap::new(),
            alarms: BTreeMap::new(),
            numbers: 0,
            told_code: false,
            options: AttachOptions::default(),
            family: Family::default(),
            guess: Guess::default(),
            guests: Vec::new(),
            unsaid: Vec::new(),
            sent: 0,
            out: Vec::new(),
        }
    }

    /// Takes one input in; what is to be done, in this order.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Editor(request) => self.request(request),
            Input::Room(FromRoom::Said(message)) => self.said(*message),
            Input::Room(FromRoom::Lost(message)) => self.lost(&message),
            Input::Room(FromRoom::Gone(message)) => self.gone(&message),
            Input::Room(FromRoom::Refused(id)) => self.edit_refused(&id),
            Input::Wire(word) => self.wire_said(word),
            Input::OffWire => self.off_wire(),
            Input::Answer { request, success } => self.answered(request, success),
            Input::Siblings(siblings) => self.gathered(siblings),
            Input::Guessed { guess, found } => self.guessed(guess, found),
            Input::Alarm(alarm) => self.alarm(alarm),
            Input::Text { fetch, text } => self.text(fetch, text),
        }
        std::mem::take(&mut self.out)
    }

    fn alarm(&mut self, alarm: u64) {
        match self.alarms.remove(&alarm) {
            Some(Alarm::Capture) => self.capture_is_late(alarm),
            Some(Alarm::Join) => self.join_is_late(),
            Some(Alarm::Threads) => self.threads_are_late(),
            Some(Alarm::Breakpoints(which)) => self.breakpoints_are_late(which),
            Some(Alarm::Child(process)) => self.no_longer_expected(process),
            None => {}
        }
    }

    fn set_alarm(&mut self, purpose: Alarm, after: Duration) {
        self.numbers += 1;
        self.alarms.insert(self.numbers, purpose);
        self.out.push(Effect::Alarm { alarm: self.numbers, after });
    }

    /// Sends a command, or refuses what it was for.
    fn command(&mut self, ask: Option<Ask>, command: Command, what: What) {
        let refused = if !self.connected {
            words::NOT_CONNECTED
        } else if self.pending.len() >= MOST_PENDING {
            "Too many requests at once: wait for the answers of some."
        } else {
            self.commands += 1;
            let id = ClientSeq(self.commands);
            self.pending.insert(id, (ask, what));
            let message = ClientMessage { id, command };
            self.out.push(Effect::Command { epoch: self.epoch, message });
            return;
        };
        if let Some(ask) = ask {
            self.fail(ask, refused);
        }
    }

    /// The stop at which the program is now, if it is shown here.
    fn stop(&self) -> Option<&StopView> {
        let shown =
            |view: &&StopView| self.room.phase == Phase::Stopped && self.family.shows_stop(view.process);
        self.room.stop.as_ref().filter(shown)
    }

    /// The stop with this number, if the program is still there.
    fn stop_at(&self, stop: StopId) -> Option<&StopView> {
        self.stop().filter(|view| view.stop == stop)
    }

    fn is_configured(&self) -> bool {
        matches!(self.life, Life::Configured)
    }

    fn drives(&self) -> bool {
        self.room.driver == Some(self.me.id)
    }

    /// As `rights` of the server decide it: hosts, and collaborators who drive and were granted it.
    fn may_run_code(&self) -> bool {
        let granted = self.room.people.get(&self.me.id).is_some_and(|me| me.code);
        self.me.role == Role::Host || (self.me.role == Role::Collaborator && granted && self.drives())
    }

    fn name(&self, who: ParticipantId) -> &str {
        self.room.people.get(&who).map_or("Somebody", |person| &person.participant.name)
    }
}

/// The sentence of a refusal.
fn sentence(error: &ErrorBody) -> &str {
    &error.message
}

/// A place for people.
fn place_of(path: &str, line: u32, function: Option<&str>) -> String {
    function.map_or_else(|| format!("{}:{line}", paths::name_of(path)), |name| format!("function `{name}`"))
}
