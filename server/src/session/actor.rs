//! The session task: performs what [`State`] decides.
//!
//! In, all bounded: letters ([`Mail`]), what upstream says, what the journal committed, results of its own tasks.
//! Out: batches to the journal, frames to outboxes, requests upstream.
//! Tasks it starts: one at a time to attach, detach or restart; each reports to `done` and ends with the session.
//! It never waits for a participant; for the journal only by not reading upstream ([`Pending::backlogged`]).

mod docs;
mod guests;
mod publishing;
mod wire;

use super::audience::{Audience, Member};
use super::handle::{MAILBOX, Mail, SessionHandle};
use super::incoming::Incoming;
use super::outbox::Outbox;
use super::pending::{Pending, Publish};
use super::resumed::Resumed;
use super::state::{AdapterFacts, Effect, InDocs, Input, MAIN, Rules, State};
use super::upkeep::{self, Done, Target};
use breakroom_documents::Documents;
use breakroom_identity::Identity;
use breakroom_journal::{Committed, Journal, Recorder, Recording};
use breakroom_protocol::message::{PROTOCOL_VERSION, ReplyResult};
use breakroom_protocol::upstream::FromUpstream;
use breakroom_protocol::{
    ClientSeq, CloseCode, ConnectionId, EndReason, ErrorBody, JournalSeq, Me, ParticipantId, ProcessId,
    ServerMessage, SessionId, SessionInfo, Snapshot, SourceHash, TicketId, UnixMillis,
};
use breakroom_upstream::{AttachError, Attached, Upstream};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Events between keyframes.
const KEYFRAME_EVERY: u64 = breakroom_journal::KEYFRAME_EVERY;
/// Bytes of events between keyframes, about: what somebody reads of a moment is a keyframe and these.
const KEYFRAME_EVERY_BYTES: usize = 8 * 1024 * 1024;
/// Letters and upstream messages handled before the journal gets its batch.
const HANDLED_AT_ONCE: usize = 64;

/// What a session needs from the rest of the server.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where it is recorded.
    pub journal: Journal,
    /// Who lets guests in.
    pub identity: Identity,
    /// Told whom a host removed, so that their tickets for this session end.
    pub removals: mpsc::Sender<(SessionId, ParticipantId)>,
    /// How to reach and restart the target.
    pub target: Target,
    /// What it may cost.
    pub rules: Rules,
}

/// How a session's task begins.
#[derive(Debug)]
pub enum Begin {
    /// With its first event; the program is attached already.
    Attached(Box<Attached>),
    /// With its first event; then it waits until a host starts it.
    Waiting,
    /// Where a killed server left it.
    Resumed(Box<Resumed>),
}

/// Starts the task of a session.
pub fn spawn(info: SessionInfo, around: Surroundings, begin: Begin, tasks: &TaskTracker) -> SessionHandle {
    let (mail, mailbox) = mpsc::channel(MAILBOX);
    let (over, gone) = (CancellationToken::new(), CancellationToken::new());
    let handle = SessionHandle { info: info.clone(), mail, over: over.clone(), gone: gone.clone() };
    let (committed_to, committed) = mpsc::channel(64);
    let (done_to, done) = mpsc::channel(4);
    let recorder = around.journal.recorder(info.id, committed_to);
    let mut audience = Audience::default();
    let new = || State::new(&info, around.rules.clone(), JournalSeq(1));
    let (opening, state, docs, published) = match begin {
        Begin::Attached(attached) => {
            (Opening::Fresh(Some(*attached)), new(), Documents::new(), Snapshot::default())
        }
        Begin::Waiting => (Opening::Fresh(None), new(), Documents::new(), Snapshot::default()),
        Begin::Resumed(resumed) => {
            let Resumed { snapshot, docs, newest } = *resumed;
            audience.keep(newest);
            (Opening::Resumed, State::resumed(&info, around.rules.clone(), &snapshot), docs, snapshot)
        }
    };
    let actor = Actor {
        state,
        docs,
        last_keyframe: published.seq.0,
        since_keyframe: 0,
        resumed_at: published.seq,
        welcomed: BTreeSet::new(),
        published,
        published_at: None,
        audience,
        pending: Pending::default(),
        kept_texts: Vec::new(),
        restate: Restate::Unneeded,
        recording: Recording::Ok,
        upstreams: BTreeMap::new(),
        incoming: Incoming::default(),
        wires: wire::Ends::default(),
        guests: guests::Ends::default(),
        inputs: VecDeque::new(),
        performing: false,
        recorder,
        done_to,
        around,
        tasks: tasks.clone(),
        finished: None,
        over: over.clone(),
        info,
    };
    tasks.spawn(async move {
        actor.run(opening, mailbox, committed, done).await;
        over.cancel();
        gone.cancel();
    });
    handle
}

/// What a session's task does first.
enum Opening {
    Fresh(Option<Attached>),
    Resumed,
}

/// Whether what a failing journal lost must be written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Restate {
    Unneeded,
    Needed,
}

#[derive(Debug)]
struct Actor {
    info: SessionInfo,
    around: Surroundings,
    state: State,
    docs: Documents,
    /// The fold of what participants have been sent.
    published: Snapshot,
    published_at: Option<Instant>,
    last_keyframe: u64,
    /// Bytes of the events behind it.
    since_keyframe: usize,
    /// The last event of an earlier life of the session; 0: this is its first.
    resumed_at: JournalSeq,
    /// Who has joined in this life.
    welcomed: BTreeSet<ParticipantId>,
    audience: Audience,
    pending: Pending,
    /// Texts of the batch that is with the journal, in case it is lost.
    kept_texts: Vec<(SourceHash, Arc<str>)>,
    restate: Restate,
    recording: Recording,
    upstreams: BTreeMap<ProcessId, Upstream>,
    incoming: Incoming,
    wires: wire::Ends,
    guests: guests::Ends,
    /// What came of performing effects, while others of them are still to be performed.
    inputs: VecDeque<Input>,
    performing: bool,
    recorder: Recorder,
    done_to: mpsc::Sender<Done>,
    tasks: TaskTracker,
    finished: Option<EndReason>,
    /// Cancelled when it begins to end.
    over: CancellationToken,
}

impl Actor {
    async fn run(
        mut self,
        opening: Opening,
        mut mailbox: mpsc::Receiver<Mail>,
        mut committed: mpsc::Receiver<Committed>,
        mut done: mpsc::Receiver<Done>,
    ) {
        match opening {
            Opening::Fresh(attached) => {
                let effects = self.state.start(self.info.started_at, self.info.clone());
                self.perform(effects);
                if let Some(attached) = attached {
                    self.attached(attached);
                }
            }
            Opening::Resumed => {
                let docs = InDocs {
                    entries: self.docs.breakpoints(),
                    notes: self.docs.notes(),
                    replies: self.docs.replies(),
                };
                let effects = self.state.resume_after_kill(now(), &self.published, docs);
                self.perform(effects);
            }
        }
        while !self.over() {
            let linger = self.lingers();
            if linger.is_none() {
                self.write();
            }
            let wake = self.state.wake_at().map(|at| Duration::from_millis(at.saturating_sub(now())));
            let read = self.wires.unread(|who| self.state.is_shared_beside(who));
            let listening = !self.pending.backlogged() && read.is_none();
            tokio::select! {
                Some(told) = committed.recv() => self.committed(told),
                (process, from) = self.incoming.recv(), if listening => {
                    self.upstream(process, from);
                    self.drain_upstream(process);
                }
                Some(letter) = mailbox.recv() => {
                    self.letter(letter);
                    for _ in 0..HANDLED_AT_ONCE {
                        let Ok(letter) = mailbox.try_recv() else { break };
                        self.letter(letter);
                    }
                }
                Some(done) = done.recv() => self.done(done),
                () = sleep(wake) => self.input(Input::Tick),
                () = sleep(linger), if linger.is_some() => {}
                slow = wire::has_read(read) => if let Some(process) = slow {
                    self.off_wire(process);
                },
            }
        }
        let reason = self.finished.unwrap_or(EndReason::ServerStopped);
        let code =
            if reason == EndReason::ServerStopped { CloseCode::GoingDown } else { CloseCode::SessionEnded };
        // Who comes now, or waits to be let in, finds the session ended.
        mailbox.close();
        while let Ok(letter) = mailbox.try_recv() {
            if let Mail::Join { outbox, .. } | Mail::OpenDoc { outbox, .. } = letter {
                outbox.close(code);
            }
        }
        if let Err(error) = self.around.journal.end(self.info.id, now(), reason).await {
            tracing::error!(session = %self.info.id, error = &error as &dyn std::error::Error, "cannot mark the session as ended");
        }
        self.audience.finish(code);
    }

    fn over(&self) -> bool {
        self.finished.is_some() && self.pending.idle()
    }

    fn input(&mut self, input: Input) {
        self.inputs.push_back(input);
        // What performing effects leads to comes after all of them: they are recorded in the order of their numbers.
        if std::mem::replace(&mut self.performing, true) {
            return;
        }
        while let Some(input) = self.inputs.pop_front() {
            let effects = self.state.apply(now(), input);
            self.perform(effects);
        }
        self.performing = false;
        if self.state.is_over() {
            self.over.cancel();
        }
    }

    fn upstream(&mut self, process: ProcessId, from: FromUpstream) {
        if matches!(from, FromUpstream::Closed { .. }) {
            self.leave(process);
        }
        self.input(Input::Upstream(process, from));
    }

    fn drain_upstream(&mut self, process: ProcessId) {
        for _ in 0..HANDLED_AT_ONCE {
            let Some(from) = self.incoming.try_recv(process) else { break };
            self.upstream(process, from);
        }
    }

    /// Who drops a connection's ends leaves debugpy in good order: its driver sees to that.
    fn leave(&mut self, process: ProcessId) {
        self.upstreams.remove(&process);
        self.incoming.remove(process);
    }

    fn take_children(&mut self) -> Vec<Upstream> {
        let children: Vec<_> = self.upstreams.keys().copied().filter(|process| *process != MAIN).collect();
        children
            .into_iter()
            .filter_map(|process| {
                self.incoming.remove(process);
                self.upstreams.remove(&process)
            })
            .collect()
    }

    fn attached(&mut self, attached: Attached) {
        let Attached { handle, incoming, info, breakpoints, .. } = attached;
        self.upstreams.insert(MAIN, handle);
        self.incoming.add(MAIN, incoming);
        let facts =
            AdapterFacts { python: info.python, debugpy: info.debugpy, pid: info.pid, fresh: info.fresh };
        self.input(Input::Attached { facts, breakpoints });
    }

    fn child_attached(&mut self, process: ProcessId, attached: Result<Box<Attached>, AttachError>) {
        match attached {
            Ok(attached) => {
                self.upstreams.insert(process, attached.handle);
                self.incoming.add(process, attached.incoming);
                self.input(Input::ChildAttached(process));
            }
            Err(error) => {
                // Many live for a moment only: that one is gone before it could be attached is no news.
                let gone = matches!(error, AttachError::Gone { .. });
                self.input(Input::ChildFailed(process, (!gone).then(|| error.to_string())));
            }
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Child(process, attached) => self.child_attached(process, attached),
            Done::WireOpened(process, opened) => self.wire_opened(process, opened),
            Done::WireLeft(process) => self.input(Input::WireLeft(process)),
            Done::Admitted(guest, admitted) => self.guest_admitted(guest, admitted),
            Done::Detached => self.input(Input::Detached),
            Done::Attached(attached) => self.attached(*attached),
            Done::StartFailed(error) => {
                let target = &self.info.target;
                tracing::info!(
                    target = target.name,
                    error = &error as &dyn std::error::Error,
                    "cannot attach"
                );
                self.input(Input::StartFailed(ErrorBody::new(error.code(), error.to_string())));
            }
            Done::AttachFailed(message) => self.input(Input::AttachFailed(message)),
            Done::RestartFailed(message) => self.input(Input::RestartFailed(message)),
        }
    }

    fn letter(&mut self, letter: Mail) {
        match letter {
            Mail::Join { connection, me, ticket, from, outbox } => {
                self.join(connection, me, ticket, from, outbox)
            }
            Mail::Leave(connection) => {
                self.audience.remove(connection);
                self.input(Input::Disconnected(connection));
            }
            Mail::Command(connection, message) => self.input(Input::Command { connection, message }),
            Mail::OpenDoc { connection, doc, me, ticket, outbox } => {
                if self.state.is_barred(me.participant.id) {
                    return outbox.close(CloseCode::Removed);
                }
                let frames = self.docs.open(connection, doc, &me.participant);
                self.audience.add(connection, Member { me, ticket, doc: Some(doc), outbox });
                for frame in frames {
                    self.send_after(Publish::DocReply(connection, Bytes::from(frame)));
                }
            }
            Mail::DocFrame(connection, frame) => self.doc_frame(connection, &frame),
            Mail::CloseDoc(connection) => {
                let doc = self.audience.remove(connection).and_then(|member| member.doc);
                if let (Some(frame), Some(doc)) = (self.docs.close(connection), doc) {
                    self.audience.binary_to_doc(doc, &Bytes::from(frame), Some(connection));
                }
            }
            Mail::WireWanted { editor, words, let_in } => self.wire_wanted(editor, words, let_in),
            Mail::Wire(editor, ask) => {
                if let Some(process) = self.wires.process(&editor) {
                    self.input(Input::Wire(process, ask));
                }
            }
            Mail::WireGone(editor) => {
                if let Some(process) = self.wires.process(&editor) {
                    self.input(Input::WireGone(process));
                }
            }
            Mail::End { by, restart } => self.input(Input::End { by, restart }),
            Mail::Revoked { ticket, participant } => {
                let left = self.audience.close_ticket(ticket, participant, CloseCode::TicketEnded);
                if !left {
                    self.input(Input::Removed { participant });
                }
            }
            Mail::Ask { asking, standing } => self.guest_asks(asking, standing),
            Mail::GuestLeft(guest) => self.input(Input::GuestLeft(guest)),
            Mail::InviteRevoked(invite) => self.input(Input::InviteRevoked(invite)),
            Mail::InviteUsedUp(invite) => self.input(Input::InviteUsedUp(invite)),
            Mail::Tickets(reply) => {
                // Who asked may have gone; nobody needs the answer then.
                let _asker_gone = reply.send(self.audience.tickets());
            }
            Mail::Barred(participant, reply) => {
                let _asker_gone = reply.send(self.state.is_barred(participant));
            }
            Mail::Shutdown => self.input(Input::ServerStops),
        }
    }

    /// Snapshot (or what was missed) and subscription in one step, so that nothing falls between them.
    fn join(
        &mut self,
        connection: ConnectionId,
        me: Me,
        ticket: TicketId,
        from: Option<JournalSeq>,
        outbox: Outbox,
    ) {
        if self.state.is_barred(me.participant.id) {
            return outbox.close(CloseCode::Removed);
        }
        let last = self.published.seq;
        // Numbers beyond the end of the earlier life are used anew: who brings one from there (seen while the journal
        // failed, or lost with the power) starts over.
        let known = !self.welcomed.insert(me.participant.id);
        let from = from.filter(|from| known || self.resumed_at.0 == 0 || *from <= self.resumed_at);
        let missed = from.and_then(|from| self.audience.since(from, last));
        let (snapshot, seq) = match (&missed, from) {
            (Some(_), Some(from)) => (None, from),
            _ => (Some(Box::new(self.published.clone())), last),
        };
        let welcome = ServerMessage::Welcome { protocol: PROTOCOL_VERSION, you: me.clone(), snapshot, seq };
        let who = me.participant.clone();
        self.audience.add(connection, Member { me, ticket, doc: None, outbox });
        self.audience.welcome(connection, &encode(&welcome));
        if let Recording::Failing { .. } = &self.recording {
            self.audience.text(connection, &encode(&recording_message(&self.recording)));
        }
        let missed = missed.unwrap_or_default();
        if !missed.is_empty() {
            self.audience.texts(connection, missed.iter().map(|message| &message[..]));
        }
        self.tell_who_waits(connection, who.role);
        self.input(Input::Connected { connection, who });
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(envelope) => {
                    if let Err(error) = self.pending.event(envelope) {
                        tracing::error!(session = %self.info.id, %error, "an event can't be serialised");
                    }
                }
                Effect::Keep { hash, text } => {
                    self.kept_texts.push((hash.clone(), Arc::clone(&text)));
                    self.pending.source(hash, text);
                }
                Effect::Ask { process, ask, request, urgency } => {
                    let outcome = match self.upstreams.get(&process) {
                        Some(upstream) => upstream.ask(ask, request, urgency),
                        None => Err(breakroom_protocol::upstream::AskError::Gone),
                    };
                    if let Err(error) = outcome {
                        let answer = FromUpstream::Answer { ask, outcome: Err(error) };
                        self.input(Input::Upstream(process, answer));
                    }
                }
                Effect::DropQueued(process) => {
                    if let Some(upstream) = self.upstreams.get(&process) {
                        upstream.drop_queued();
                    }
                }
                Effect::EditDoc { by, edit } => self.edit_doc(by, edit),
                Effect::Reply { connection, id, error, result } => self.reply(connection, id, error, result),
                Effect::CloseAll { participant, code } => self.audience.close_participant(participant, code),
                Effect::RevokeTickets(participant) => {
                    // The hub ends the tickets; the sockets are closed already. Full: it is told by the next one.
                    if self.around.removals.try_send((self.info.id, participant)).is_err() {
                        tracing::error!(session = %self.info.id, %participant, "tickets of a removed participant were not revoked");
                    }
                }
                Effect::Detach => {
                    let children = self.take_children();
                    let upstream = self.upstreams.remove(&MAIN);
                    self.spawn(upkeep::detach(children, upstream, self.done_to.clone()));
                }
                Effect::AttachChild { process, arguments, setup } => {
                    let (target, done) = (self.around.target.clone(), self.done_to.clone());
                    self.spawn(upkeep::attach_child(target, process, arguments, setup, done));
                }
                Effect::ReleaseChild { arguments } => {
                    self.spawn(upkeep::release_child(self.around.target.clone(), arguments));
                }
                Effect::LeaveChild(process) => self.leave(process),
                Effect::LeaveChildren => {
                    self.take_children();
                }
                Effect::Attach(options) => {
                    // Kept: attaching again is done in the same way.
                    self.around.target.attach.choose(options);
                    let setup = self.state.setup();
                    self.spawn(upkeep::start(self.around.target.clone(), setup, self.done_to.clone()));
                }
                Effect::Chosen(choice) => self.chosen(choice),
                Effect::OpenWire { process, prefix } => {
                    self.wires.open(process, prefix);
                    self.spawn(upkeep::open_wire(self.around.target.clone(), process, self.done_to.clone()));
                }
                Effect::RefuseWire(prefix) => self.wires.refuse(&prefix),
                Effect::LetInWire(process) => self.wires.let_in(process),
                Effect::TellWire(process, word) => self.send_after(Publish::Wire(process, word)),
                Effect::EndWire(process) => self.send_after(Publish::EndWire(process)),
                Effect::LeaveWire(process) => {
                    let upstream = self.upstreams.remove(&process);
                    self.incoming.remove(process);
                    self.spawn(upkeep::leave_wire(process, upstream, self.done_to.clone()));
                }
                Effect::Admit { guest, asking } => self.admit(guest, asking),
                Effect::TellGuest { guest, news } => self.tell_guest(guest, news),
                Effect::TellHosts { ended } => self.tell_hosts(ended),
                Effect::Abandon => {
                    self.upstreams.values().for_each(Upstream::abandon);
                }
                Effect::Reattach => {
                    let setup = self.state.setup();
                    self.spawn(upkeep::reattach(self.around.target.clone(), setup, self.done_to.clone()));
                }
                Effect::RunRestart => {
                    let setup = self.state.setup();
                    self.spawn(upkeep::restart(self.around.target.clone(), setup, self.done_to.clone()));
                }
                Effect::Finish { reason } => {
                    self.finished = Some(reason);
                    if let Some(publish) = self.pending.after(Publish::Finish(reason)) {
                        self.publish(vec![publish]);
                    }
                }
            }
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// It follows the events that came before it.
    fn reply(
        &mut self,
        connection: ConnectionId,
        id: ClientSeq,
        error: Option<ErrorBody>,
        result: Option<ReplyResult>,
    ) {
        let end = error.map_or(Ok(result), |error| Err(Box::new(error)));
        self.send_after(Publish::Reply(connection, id, end));
    }

    fn send_after(&mut self, publish: Publish) {
        if let Some(publish) = self.pending.after(publish) {
            self.publish(vec![publish]);
        }
    }
}

fn recording_message(recording: &Recording) -> ServerMessage {
    match recording {
        Recording::Ok => ServerMessage::Recording { ok: true, message: None },
        Recording::Failing { message } => {
            ServerMessage::Recording { ok: false, message: Some(message.to_string()) }
        }
    }
}

fn encode(message: &ServerMessage) -> Bytes {
    // These types have no maps with non-string keys and no failing Serialize; an empty frame would be ignored.
    Bytes::from(serde_json::to_vec(message).unwrap_or_default())
}

async fn sleep(wake: Option<Duration>) {
    match wake {
        Some(wake) => tokio::time::sleep(wake).await,
        None => std::future::pending().await,
    }
}

/// Milliseconds since the Unix epoch.
pub fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
