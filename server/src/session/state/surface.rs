//! What goes in and what comes out: the whole surface of the session's decisions.

use breakroom_identity::AskingGuest;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::upstream::{AskId, FromUpstream, Request, UpstreamBreakpoint, Urgency};
use breakroom_protocol::wire::{WireAsk, WireEditor, WireWord};
use breakroom_protocol::{
    AttachChoice, AttachOptions, BreakpointEntry, ClientMessage, ClientSeq, CloseCode, ConnectionId,
    EndReason, EntryId, Envelope, ErrorBody, GuestId, InviteId, Note, NoteId, Participant, ParticipantId,
    ProcessId, Reply, SourceHash, UnixMillis, WaitEnded,
};
use breakroom_upstream::{CAPTURED_FRAMES, Setup};
use std::sync::Arc;

/// What a session is allowed to cost; from the configuration.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Files under these folders of the target may be read as source.
    pub source_roots: Vec<String>,
    /// The wheel falls to nobody when the driver has been gone for so long.
    pub driver_gone_ms: u64,
    /// Longest value shown, in characters.
    pub value_chars: usize,
    /// Most items of one set of variables.
    pub set_items: usize,
    /// Most bytes, as JSON, of one set or page; the longest values are cut to fit.
    pub part_bytes: usize,
    /// Most bytes, as JSON, of a stop's values that everybody holds.
    pub stop_bytes: usize,
    /// Most frames of a stop, but for the first ones of each thread.
    pub stop_frames: u32,
    /// Most frames of one stack.
    pub frames: u32,
    /// How many sets below the top frame's locals are captured unasked at a stop.
    pub captured_sets: usize,
    /// They are asked for so long after the locals, and the threads too: a step that follows sooner would have to
    /// wait for whichever of them debugpy is busy with.
    pub capture_later_ms: u64,
    /// Children that are attached at once; further ones run without the debugger.
    pub children: usize,
    /// How long a step keeps another process's stop from being shown.
    pub focus_ms: u64,
    /// Changes of a note or reply are recorded at most this often.
    pub note_every_ms: u64,
    /// Breakpoints whose author has been gone for so long are removed; `None`: they are kept.
    pub breakpoints_of_gone_ms: Option<u64>,
    /// How often the captured files are looked at on the target while somebody is here …
    pub drift_every_ms: u64,
    /// … and how long after a stop was captured, if the program still is there.
    pub drift_after_stop_ms: u64,
    /// How long a guest waits for a host to let them in.
    pub guest_waits_ms: u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            source_roots: Vec::new(),
            driver_gone_ms: 30_000,
            value_chars: 4_096,
            set_items: 500,
            part_bytes: 512 * 1024,
            stop_bytes: 4 * 1024 * 1024,
            stop_frames: 10_000,
            frames: CAPTURED_FRAMES,
            captured_sets: 12,
            capture_later_ms: 5,
            children: 32,
            focus_ms: 2_000,
            note_every_ms: 250,
            breakpoints_of_gone_ms: None,
            drift_every_ms: 10_000,
            drift_after_stop_ms: 300,
            guest_waits_ms: 15 * 60_000,
        }
    }
}

/// What debugpy said of itself at attaching.
#[derive(Debug, Clone, Default)]
pub struct AdapterFacts {
    /// Interpreter's version.
    pub python: Option<String>,
    /// debugpy's version.
    pub debugpy: Option<String>,
    /// The program's process id on the target.
    pub pid: Option<i64>,
    /// Whether we were never attached to this very process before.
    pub fresh: bool,
}

/// A change of a shared doc, after the server's corrections.
#[derive(Debug, Clone)]
pub enum DocInput {
    /// A breakpoint entry was made or changed.
    BreakpointSet(BreakpointEntry),
    /// One is gone.
    BreakpointRemoved(EntryId),
    /// A note was made or changed.
    NoteSet(Note),
    /// One is gone.
    NoteRemoved(NoteId),
    /// A reply was made or changed.
    ReplySet(Reply),
    /// A reply is gone.
    ReplyRemoved(NoteId),
}

/// All that the shared docs say.
#[derive(Debug, Clone, Default)]
pub struct InDocs {
    /// Breakpoint entries.
    pub entries: Vec<BreakpointEntry>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Replies to them.
    pub replies: Vec<Reply>,
}

/// Everything that can happen to a session.
#[derive(Debug)]
pub enum Input {
    /// A live socket opened.
    Connected {
        /// The socket.
        connection: ConnectionId,
        /// Whose, as their ticket says.
        who: Participant,
    },
    /// It closed.
    Disconnected(ConnectionId),
    /// It sent a command.
    Command {
        /// The socket.
        connection: ConnectionId,
        /// What.
        message: ClientMessage,
    },
    /// Somebody changed a shared doc.
    Doc {
        /// Who.
        by: ParticipantId,
        /// What.
        change: DocInput,
    },
    /// What came of an [`Effect::EditDoc`] that sets an entry, after its [`Input::Doc`].
    DocEdited {
        /// Which.
        entry: EntryId,
        /// Why it isn't set.
        refused: Option<ErrorBody>,
    },
    /// From the debuggee's side.
    Upstream(ProcessId, FromUpstream),
    /// Attached (for the first time or again), with what [`State::setup`] gave and what became of it.
    Attached {
        /// debugpy's facts.
        facts: AdapterFacts,
        /// Answers to the breakpoints of the setup, by path.
        breakpoints: Vec<(String, Vec<UpstreamBreakpoint>)>,
    },
    /// A child process is attached, by [`Effect::AttachChild`].
    ChildAttached(ProcessId),
    /// It could not be; why, unless it was simply gone.
    ChildFailed(ProcessId, Option<String>),
    /// Attaching for the first time failed; it may be tried again.
    StartFailed(ErrorBody),
    /// An editor wants to be on the wire.
    WireWanted(WireEditor),
    /// There is a connection for it, or why there is none.
    WireOpened(ProcessId, Result<(), ErrorBody>),
    /// It asks.
    Wire(ProcessId, WireAsk),
    /// It has left.
    WireGone(ProcessId),
    /// debugpy was left after an editor that did not attach.
    WireLeft(ProcessId),
    /// Attaching again failed for good.
    AttachFailed(String),
    /// The restart action failed (attaching again is tried all the same).
    RestartFailed(String),
    /// A host ends or restarts it over HTTP.
    End {
        /// Who.
        by: Option<ParticipantId>,
        /// Restart instead.
        restart: Restart,
    },
    /// The orderly detach is done.
    Detached,
    /// The server is going down.
    ServerStops,
    /// What somebody came by was revoked.
    Removed {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody came by an invite that asks; answered by [`Effect::TellGuest`].
    GuestAsks {
        /// Their number from now on.
        guest: GuestId,
        /// Who.
        asking: AskingGuest,
    },
    /// They left, or their page was closed for too long.
    GuestLeft(GuestId),
    /// What came of an [`Effect::Admit`]: who it is now, and how often the invite lets somebody in still.
    GuestAdmitted {
        /// Which.
        guest: GuestId,
        /// Or why not.
        outcome: Result<(Participant, u32), ErrorBody>,
    },
    /// A host revoked an invite.
    InviteRevoked(InviteId),
    /// A guest was removed, and by their invite nobody comes in any more.
    InviteUsedUp(InviteId),
    /// Time has passed; see [`State::wake_at`].
    Tick,
}

/// A change of a shared doc that the session itself makes.
#[derive(Debug, Clone)]
pub enum DocEdit {
    /// Set an entry, with the author that it names.
    SetBreakpoint(BreakpointEntry),
    /// Remove one.
    RemoveBreakpoint(EntryId),
}

/// Whether the target is to be restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// What a guest who waits is told; the last two are the end of it.
#[derive(Debug, Clone)]
pub enum GuestNews {
    /// They wait.
    Waits {
        /// Until then at the latest.
        until: UnixMillis,
    },
    /// They are in, by the ticket that [`Effect::Admit`] made.
    LetIn,
    /// They don't come in; why.
    Over(ErrorBody),
}

/// What is to be done, in order.
#[derive(Debug)]
pub enum Effect {
    /// Journal it, and publish it once it is committed.
    Record(Envelope),
    /// Keep a captured text; goes into the same transaction as the `source` event after it.
    Keep {
        /// Its hash.
        hash: SourceHash,
        /// The text.
        text: Arc<str>,
    },
    /// Ask upstream.
    Ask {
        /// Which process.
        process: ProcessId,
        /// The number to answer with.
        ask: AskId,
        /// What.
        request: Request,
        /// How it queues.
        urgency: Urgency,
    },
    /// Forget reads that weren't sent yet; the program was resumed.
    DropQueued(ProcessId),
    /// Attach to a child, then say [`Input::ChildAttached`] or [`Input::ChildFailed`].
    AttachChild {
        /// Its number from now on.
        process: ProcessId,
        /// As debugpy announced it.
        arguments: String,
        /// What it is told before it runs.
        setup: Setup,
    },
    /// Let a child run on without us; it hangs until that is done.
    ReleaseChild {
        /// As debugpy announced it.
        arguments: String,
    },
    /// Leave a child that is attached.
    LeaveChild(ProcessId),
    /// Leave all of them: the connection that they came by is gone.
    LeaveChildren,
    /// Change a shared doc, as `by`; comes back as [`Input::Doc`] if it changed anything, then as [`Input::DocEdited`]
    /// if an entry was to be set.
    EditDoc {
        /// Who is behind it.
        by: ParticipantId,
        /// What.
        edit: DocEdit,
    },
    /// The end of a command.
    Reply {
        /// Whose.
        connection: ConnectionId,
        /// Which.
        id: ClientSeq,
        /// `None`: it went well; then it is sent after the events before it.
        error: Option<ErrorBody>,
        /// What was asked for, where it is for nobody else.
        result: Option<ReplyResult>,
    },
    /// Close a participant's sockets, docs included.
    CloseAll {
        /// Whose.
        participant: ParticipantId,
        /// Why.
        code: CloseCode,
    },
    /// End a participant's tickets for this session.
    RevokeTickets(ParticipantId),
    /// Leave debugpy in an orderly way, children first, then say [`Input::Detached`].
    Detach,
    /// Attach for the first time, then say [`Input::Attached`] or [`Input::StartFailed`].
    Attach(AttachOptions),
    /// Connect to debugpy, for an editor on the wire to attach by; then say [`Input::WireOpened`].
    OpenWire {
        /// Its number from now on.
        process: ProcessId,
        /// The editor, by its prefix.
        prefix: String,
    },
    /// An editor can't be on the wire; by its prefix.
    RefuseWire(String),
    /// Let that editor in.
    LetInWire(ProcessId),
    /// Tell it, after the events before it.
    TellWire(ProcessId, WireWord),
    /// It is on the wire no more.
    EndWire(ProcessId),
    /// Leave debugpy, to which nobody attached, then say [`Input::WireLeft`].
    LeaveWire(ProcessId),
    /// What an editor chose by attaching, now or before the server was killed, for attaching again and for children.
    Chosen(AttachChoice),
    /// Give up every connection without a word; the program's says `Closed` then.
    Abandon,
    /// Attach again by the safe recipe, then say [`Input::Attached`] or [`Input::AttachFailed`].
    Reattach,
    /// Run the target's restart action, then attach again.
    RunRestart,
    /// Use a guest's invite and make them a ticket, then say [`Input::GuestAdmitted`].
    Admit {
        /// Which.
        guest: GuestId,
        /// Who.
        asking: AskingGuest,
    },
    /// Tell a guest who waits, after the events before it.
    TellGuest {
        /// Which.
        guest: GuestId,
        /// What.
        news: GuestNews,
    },
    /// Tell every host who waits now ([`State::waiting`]).
    TellHosts {
        /// Who has just stopped waiting.
        ended: Option<WaitEnded>,
    },
    /// Nothing follows: close everything when what is recorded is published.
    Finish {
        /// Why.
        reason: EndReason,
    },
}
