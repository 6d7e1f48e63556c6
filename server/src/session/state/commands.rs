//! Commands of participants: who may, for which stop, and what follows.

use super::{Asked, Effect, Input, MAIN, Phase, Restart, State};
use crate::session::people::Here;
use crate::session::rights;
use crate::session::stop::{Reader, Stop, Waiter, Want};
use breakroom_protocol::upstream::{Request, UpstreamFrame, Urgency};
use breakroom_protocol::{
    AttachOptions, ClientMessage, CloseCode, Command, ConnectionId, ErrorBody, ErrorCode, EvaluateContext,
    Event, FrameId, LeaveReason, ParticipantId, PlainRead, ResumeKind, Role, StopId, ThreadId, VariablesId,
    WheelReason,
};

/// Longest chat line, in characters.
const CHAT_CHARS: usize = 4_000;
/// Longest expression, in characters.
pub(super) const EXPRESSION_CHARS: usize = breakroom_protocol::room::MAX_EXPRESSION;
/// Longest path, in bytes: Linux' own limit.
pub(super) const PATH_BYTES: usize = 4_096;

/// What became of a command that was not refused.
pub(super) enum Done {
    /// Reply now.
    Now,
    /// The reply comes with the answer.
    Later,
}

pub(super) type Verdict = Result<Done, ErrorBody>;

pub(super) fn refuse(code: ErrorCode, message: impl Into<String>) -> Verdict {
    Err(ErrorBody::new(code, message))
}

impl State {
    pub(super) fn command(&mut self, connection: ConnectionId, message: ClientMessage) {
        let waiter = (connection, message.id);
        let Some(here) = self.here(connection) else {
            // The socket closed while its last command was on the way; nobody waits for the reply.
            return;
        };
        let drives = self.lease.driver() == Some(here.participant.id);
        let verdict = rights::allow(rights::kind(&message.command), &here, drives)
            .and_then(|()| self.busy_refusal(&message.command).map_or(Ok(()), Err))
            .and_then(|()| self.run(&here, waiter, message.command));
        match verdict {
            Ok(Done::Now) => self.reply(waiter, None),
            Ok(Done::Later) => {}
            Err(error) => self.reply(waiter, Some(error)),
        }
    }

    pub(super) fn after_the_end(&mut self, input: Input) {
        match input {
            Input::Command { connection, message } => {
                let error =
                    ErrorBody::new(ErrorCode::SessionEnded, "The session has ended: open its recording.");
                self.reply((connection, message.id), Some(error));
            }
            Input::GuestAsks { guest, .. } => self.guest_too_late(guest),
            _ => {}
        }
    }

    pub(super) fn run(&mut self, here: &Here, waiter: Waiter, command: Command) -> Verdict {
        let me = here.participant.id;
        match command {
            Command::Continue { stop } => self.step(me, waiter, stop, None, ResumeKind::Continue),
            Command::Next { stop, thread } => self.step(me, waiter, stop, thread, ResumeKind::Next),
            Command::StepIn { stop, thread, target: Some(target) } => {
                self.step_into(me, waiter, stop, thread, target)
            }
            Command::StepIn { stop, thread, target: None } => {
                self.step(me, waiter, stop, thread, ResumeKind::StepIn)
            }
            Command::StepOut { stop, thread } => self.step(me, waiter, stop, thread, ResumeKind::StepOut),
            Command::Pause { after } => self.pause(me, waiter, after),
            Command::Goto { stop, thread, path, line } => self.goto(me, waiter, stop, thread, path, line),
            Command::StepInTargets { stop, frame } => self.want_step_in_targets(waiter, stop, frame),
            Command::MuteMine { muted } => self.mute_mine(me, muted),
            Command::MuteAll { muted } => self.mute_all(me, muted),
            Command::Rearm { entry } => self.rearm(me, &entry),
            Command::ExceptionFilters { filters } => {
                self.set_exception_filters(me, filters);
                Ok(Done::Now)
            }
            Command::WheelTake => {
                self.give_wheel(Some(me), Some(me), WheelReason::Taken);
                Ok(Done::Now)
            }
            Command::WheelRequest => self.wheel_request(me),
            Command::WheelWithdraw => self.wheel_drop(me, me),
            Command::WheelGrant { to } => self.wheel_grant(me, to),
            Command::WheelDecline { participant } => self.wheel_drop(me, participant),
            Command::WheelRelease => {
                self.lease.require(me)?;
                self.give_wheel(Some(me), None, WheelReason::Released);
                Ok(Done::Now)
            }
            Command::Stack { stop, thread, frames } => self.want_stack(waiter, stop, thread, frames),
            Command::Scopes { stop, frame } => self.want_scopes(waiter, stop, frame),
            Command::Variables { stop, variables } => self.want_variables(waiter, stop, variables),
            Command::Page { stop, variables, start, count } => {
                self.want_page(waiter, stop, variables, start, count)
            }
            Command::Text { stop, variables, name, start, count } => {
                self.want_text(waiter, stop, variables, name, start, count)
            }
            Command::Table { stop, variables, start, count, sort, descending } => {
                self.want_table(waiter, stop, variables, start, count, sort, descending)
            }
            Command::Activity { stop } => self.want_activity(waiter, stop),
            Command::Modules => {
                if !self.is_attached() {
                    return Err(not_attached());
                }
                self.module_waiters.push(waiter);
                if self.module_waiters.len() == 1 {
                    self.ask(Asked::Modules, Request::Modules, Urgency::Browse);
                }
                Ok(Done::Later)
            }
            Command::Interrupt { since } => self.interrupt(here, waiter, since),
            Command::Complete { stop, frame, text, column } => {
                self.complete(waiter, stop, frame, text, column)
            }
            Command::SetExpression { stop, frame, expression, value } => {
                self.set_expression(me, waiter, stop, frame, expression, value)
            }
            Command::WatchAdd { expression, instead_of } => self.watch_add(here, expression, instead_of),
            Command::WatchRemove { watch } => self.watch_remove(here, watch),
            Command::Propose { action } => self.propose(here, action),
            Command::ProposalRun { proposal } => self.proposal_run(here, waiter, proposal),
            Command::ProposalDecline { proposal } => self.proposal_decline(here, proposal),
            Command::ProposalWithdraw { proposal } => self.proposal_withdraw(here, proposal),
            Command::Evaluate { stop, frame, expression, context } => {
                self.evaluate(me, waiter, stop, frame, expression, context)
            }
            Command::SetVariable { stop, variables, name, value } => {
                self.set_variable(me, waiter, stop, variables, name, value)
            }
            Command::Source { path } => self.want_source(Some(waiter), path),
            Command::Chat { text } => self.chat(me, text),
            Command::Alive => Ok(Done::Now),
            Command::Hand { raised } => {
                let changed = self
                    .people
                    .get_mut(me)
                    .is_some_and(|here| std::mem::replace(&mut here.hand, raised) != raised);
                if changed {
                    self.record(Some(me), Event::Hand { participant: me, raised });
                }
                Ok(Done::Now)
            }
            Command::GrantCode { participant, granted } => self.grant_code(me, participant, granted),
            Command::Remove { participant } => self.remove(me, participant),
            Command::Admit { guest } => self.admit(me, waiter, guest),
            Command::TurnAway { guest, message } => self.turn_away(me, guest, message),
            Command::Start { options } => self.start_command(waiter, options),
            Command::End => self.end_command(me, Restart::No),
            Command::Restart => self.end_command(me, Restart::Yes),
        }
    }

    /// The current stop, if it is the one meant; else why not.
    pub(super) fn at(&mut self, id: StopId) -> Result<&mut Stop, ErrorBody> {
        let last = self.last_stop;
        match &mut self.phase {
            Phase::Stopped(stop) if stop.id == id => Ok(stop),
            Phase::Stopped(_) => Err(ErrorBody::new(
                ErrorCode::StaleStop,
                format!("That was meant for stop {id}; the program is at stop {last}."),
            )),
            Phase::Running { .. } if id.0 <= last.0 && id.0 > 0 => Err(ErrorBody::new(
                ErrorCode::StaleStop,
                format!("The program has already run on from stop {id}."),
            )),
            Phase::Running { .. } => {
                Err(ErrorBody::new(ErrorCode::NotStopped, "The program is running: pause it first."))
            }
            _ => Err(not_attached()),
        }
    }

    fn step(
        &mut self,
        me: ParticipantId,
        waiter: Waiter,
        stop: StopId,
        thread: Option<ThreadId>,
        how: ResumeKind,
    ) -> Verdict {
        let driver = self.lease.require(me)?.id;
        let shown = self.at(stop)?;
        let (process, thread) = (shown.process, thread.unwrap_or(shown.thread));
        let request = match how {
            ResumeKind::Next => Request::Next(thread),
            ResumeKind::StepIn => Request::StepIn(thread),
            ResumeKind::StepOut => Request::StepOut(thread),
            ResumeKind::Continue | ResumeKind::Goto | ResumeKind::Unasked => Request::Continue(thread),
        };
        // From here on the program counts as running: a second command finds no stop.
        self.resume(how, Some(driver));
        self.continued_expected.insert(process);
        let asked = Asked::Resume { process, stop, thread, waiter: Some(waiter) };
        self.ask_of(process, asked, request, Urgency::Control);
        self.focus(process, how);
        Ok(Done::Later)
    }

    fn pause(&mut self, me: ParticipantId, waiter: Waiter, after: StopId) -> Verdict {
        let driver = self.lease.require(me)?.id;
        let last = self.last_stop;
        match &mut self.phase {
            Phase::Running { pausing: true } => Ok(Done::Now),
            Phase::Running { .. } if after != last => {
                refuse(ErrorCode::StaleStop, format!("The program was at stop {last} since you last saw it."))
            }
            Phase::Running { pausing } => {
                *pausing = true;
                self.record(Some(driver), Event::PauseRequested);
                // pydevd pauses every thread, whichever is named.
                self.ask_of(MAIN, Asked::Pause { waiter }, Request::Pause(ThreadId(1)), Urgency::Control);
                self.pause_children();
                Ok(Done::Later)
            }
            Phase::Stopped(_) => refuse(ErrorCode::NotRunning, "The program is paused already."),
            _ => Err(not_attached()),
        }
    }

    fn wheel_request(&mut self, me: ParticipantId) -> Verdict {
        if self.lease.driver() != Some(me) && self.lease.ask(me) {
            self.record(Some(me), Event::WheelRequested { participant: me });
        }
        Ok(Done::Now)
    }

    fn wheel_drop(&mut self, me: ParticipantId, whose: ParticipantId) -> Verdict {
        if !self.lease.drop_request(whose) {
            return refuse(ErrorCode::NoSuchRequest, "There is no such request for the wheel any more.");
        }
        self.record(Some(me), Event::WheelRequestDropped { participant: whose });
        Ok(Done::Now)
    }

    fn wheel_grant(&mut self, me: ParticipantId, to: ParticipantId) -> Verdict {
        let Some(other) = self.people.get(to).filter(|here| here.present()) else {
            return refuse(ErrorCode::NoSuchParticipant, "They are not here at the moment.");
        };
        if other.participant.role < Role::Collaborator {
            return refuse(
                ErrorCode::NotAllowed,
                "A watcher can't have the wheel: invite them as collaborator.",
            );
        }
        self.give_wheel(Some(me), Some(to), WheelReason::Granted);
        Ok(Done::Now)
    }

    fn want_stack(&mut self, waiter: Waiter, id: StopId, thread: ThreadId, frames: Option<u32>) -> Verdict {
        let frames = frames.unwrap_or(0).max(self.rules.frames);
        let most = self.rules.stop_frames;
        let stop = self.at(id)?;
        if !stop.thread_ids.contains(&thread) {
            return refuse(ErrorCode::NoSuchThread, format!("Stop {id} has no thread {thread}."));
        }
        if !stop.has_room(thread, frames, most) {
            let why = format!("{most} frames of this stop are known: there is no room for more.");
            return refuse(ErrorCode::TooLarge, why);
        }
        let stack = stop.stacks.entry(thread).or_default();
        match stack.want(Some(waiter), frames) {
            Want::Ready => return Ok(Done::Now),
            Want::Waiting => {}
            Want::Ask => {
                let (start, levels) = stack.lacking(frames);
                if stop.thread != thread {
                    self.ask(Asked::Adopt { stop: id, thread }, Request::Adopt(thread), Urgency::Browse);
                }
                let request = Request::StackTrace { thread, start, levels };
                self.ask(Asked::Stack { stop: id, thread }, request, Urgency::Browse);
            }
        }
        Ok(Done::Later)
    }

    fn want_scopes(&mut self, waiter: Waiter, id: StopId, frame: FrameId) -> Verdict {
        let stop = self.at(id)?;
        let Some(found) = stop.frame(frame) else {
            return refuse(ErrorCode::NoSuchFrame, format!("Stop {id} has no frame {frame}."));
        };
        let upstream = found.upstream;
        match found.scopes.want(Some(waiter)) {
            Want::Ready => return Ok(Done::Now),
            Want::Waiting => {}
            Want::Ask => {
                self.ask(Asked::Scopes { stop: id, frame }, Request::Scopes(upstream), Urgency::Browse)
            }
        }
        Ok(Done::Later)
    }

    fn want_variables(&mut self, waiter: Waiter, id: StopId, set: VariablesId) -> Verdict {
        let stop = self.at(id)?;
        let Some(found) = stop.set(set) else {
            return refuse(ErrorCode::NoSuchVariables, format!("Stop {id} has no variables {set}."));
        };
        let upstream = found.upstream;
        match found.items.want(Some(waiter)) {
            Want::Ready => return Ok(Done::Now),
            Want::Waiting => {}
            Want::Ask => {
                self.ask(Asked::Variables { stop: id, set }, Request::Variables(upstream), Urgency::Browse)
            }
        }
        Ok(Done::Later)
    }

    fn evaluate(
        &mut self,
        by: ParticipantId,
        waiter: Waiter,
        stop: Option<StopId>,
        frame: Option<FrameId>,
        expression: String,
        context: EvaluateContext,
    ) -> Verdict {
        check_text(&expression, EXPRESSION_CHARS, "An expression")?;
        let upstream = match (stop, frame) {
            (Some(id), Some(frame)) => Some(self.code_frame(id, frame)?),
            (Some(id), None) => {
                self.at(id)?;
                None
            }
            (None, Some(_)) => {
                return refuse(ErrorCode::BadMessage, "A frame needs the stop that it belongs to.");
            }
            (None, None) if self.is_attached() => None,
            (None, None) => return Err(not_attached()),
        };
        // What is to be copied is not cut; that takes running its `repr`.
        let uncut = context == EvaluateContext::Clipboard && self.code_right(by);
        match (stop, frame, PlainRead::parse(&expression)) {
            (Some(stop), Some(frame), Some(plain)) if !uncut => {
                self.read(stop, frame, plain, Reader::Person { by, waiter, expression, context });
            }
            _ => self.evaluate_code(by, waiter, (stop, frame, upstream), expression, context),
        }
        Ok(Done::Later)
    }

    /// Runs code, for somebody who may.
    pub(super) fn evaluate_code(
        &mut self,
        by: ParticipantId,
        waiter: Waiter,
        (stop, frame, upstream): (Option<StopId>, Option<FrameId>, Option<UpstreamFrame>),
        expression: String,
        context: EvaluateContext,
    ) {
        let request = match (context, upstream) {
            (EvaluateContext::Clipboard, Some(frame)) => {
                Request::Copy { frame, expression: expression.clone() }
            }
            _ => Request::Evaluate { frame: upstream, expression: expression.clone() },
        };
        let since = self.next_seq;
        let asked = Asked::Evaluate { stop, frame, expression, context, by, since, waiter };
        self.ask(asked, request, Urgency::Capture);
    }

    fn want_source(&mut self, waiter: Option<Waiter>, path: String) -> Verdict {
        if self.sources.knows(&path) {
            return Ok(Done::Now);
        }
        if !path.starts_with('/') && !looks_like_windows(&path)
            || path.len() > PATH_BYTES
            || path.contains('\0')
        {
            return refuse(
                ErrorCode::PathNotOfProgram,
                "Only absolute paths of the program's own files can be read.",
            );
        }
        if !self.is_attached() {
            return Err(not_attached());
        }
        self.fetch_source(waiter, path);
        Ok(Done::Later)
    }

    /// Asks for a file's text, unless it is captured or somebody asked already.
    pub(super) fn fetch_source(&mut self, waiter: Option<Waiter>, path: String) {
        if self.sources.knows(&path) {
            return;
        }
        let first = !self.source_waiters.contains_key(&path);
        self.source_waiters.entry(path.clone()).or_default().extend(waiter);
        if first {
            self.read_source(path);
        }
    }

    /// Asks for a captured file's text anew, unless somebody asks already.
    pub(super) fn ask_source(&mut self, path: String) {
        if let std::collections::btree_map::Entry::Vacant(free) = self.source_waiters.entry(path.clone()) {
            free.insert(Vec::new());
            self.read_source(path);
        }
    }

    fn read_source(&mut self, path: String) {
        let named_by_stop = matches!(&self.phase, Phase::Stopped(stop) if stop.names(&path));
        let named_by_frame = named_by_stop || self.snap_paths.contains(&path) || self.sources.knows(&path);
        let roots = self.rules.source_roots.clone();
        let request = Request::ReadSource { path: path.clone(), roots, named_by_frame };
        self.ask(Asked::Source { path }, request, Urgency::Browse);
    }

    fn chat(&mut self, me: ParticipantId, text: String) -> Verdict {
        check_text(&text, CHAT_CHARS, "A chat line")?;
        self.record(Some(me), Event::Chat { text });
        Ok(Done::Now)
    }

    fn grant_code(&mut self, me: ParticipantId, participant: ParticipantId, granted: bool) -> Verdict {
        match self.people.get_mut(participant) {
            None => refuse(ErrorCode::NoSuchParticipant, "They were never here."),
            Some(here) if here.participant.role != Role::Collaborator => refuse(
                ErrorCode::NotAllowed,
                "Only collaborators can be let run code: hosts may already, watchers never.",
            ),
            Some(here) => {
                if std::mem::replace(&mut here.code, granted) != granted {
                    self.record(Some(me), Event::CodeRight { participant, granted });
                }
                Ok(Done::Now)
            }
        }
    }

    fn remove(&mut self, me: ParticipantId, participant: ParticipantId) -> Verdict {
        match self.people.get(participant) {
            None => refuse(ErrorCode::NoSuchParticipant, "They were never here."),
            Some(_) if participant == me => {
                refuse(ErrorCode::NotAllowed, "You can't remove yourself: end the session, or leave.")
            }
            Some(here) if here.participant.role == Role::Host => refuse(
                ErrorCode::NotAllowed,
                "A host can't be removed by another: take their rights in Home Assistant.",
            ),
            Some(_) => {
                self.barred.insert(participant);
                self.effects.push(Effect::RevokeTickets(participant));
                self.removed(participant, Some(me));
                Ok(Done::Now)
            }
        }
    }

    /// Somebody is out: by a host, or as what they came by was revoked.
    pub(super) fn removed(&mut self, participant: ParticipantId, by: Option<ParticipantId>) {
        let Some(here) = self.people.get_mut(participant) else { return };
        here.code = false;
        let present = here.present();
        let connections = std::mem::take(&mut here.connections);
        for connection in connections {
            self.people.disconnect(connection);
        }
        self.effects.push(Effect::CloseAll { participant, code: CloseCode::Removed });
        // That a host barred them must be in the journal, also if they are away.
        if present || by.is_some() {
            self.author_gone(participant);
            self.lease.drop_request(participant);
            self.record(by, Event::Left { participant, reason: LeaveReason::Removed });
        }
        if self.lease.driver() == Some(participant) {
            self.lease.give(None);
            self.record(by, Event::Wheel { driver: None, reason: WheelReason::DriverRemoved });
        }
        self.withdraw_proposals(participant, by, "They were removed.");
    }

    fn start_command(&mut self, waiter: Waiter, options: AttachOptions) -> Verdict {
        if !matches!(self.phase, Phase::Starting) || self.starter.is_some() {
            return refuse(ErrorCode::AlreadyStarted, "The session has started already.");
        }
        if self.wire_attaches() {
            return refuse(ErrorCode::AlreadyStarted, "An editor is attaching: that starts the session.");
        }
        self.starter = Some(waiter);
        self.choice.options = options.clone();
        if let Some(options) = self.wires.start_after(options) {
            self.effects.push(Effect::Attach(options));
        }
        Ok(Done::Later)
    }

    fn end_command(&mut self, me: ParticipantId, restart: Restart) -> Verdict {
        if restart == Restart::Yes && !self.can_restart {
            return refuse(
                ErrorCode::NoRestartAction,
                "This target has no restart action: add one to its configuration, or end the session and restart it by hand.",
            );
        }
        if restart == Restart::Yes && self.is_starting() {
            return refuse(ErrorCode::AlreadyStarted, "The session is being started: restart it when it is.");
        }
        self.end_asked(Some(me), restart);
        Ok(Done::Now)
    }
}

pub(super) fn not_attached() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::NotAttached,
        "The debugger isn't attached at this moment: wait until it is again.",
    )
}

fn looks_like_windows(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

pub(super) fn check_text(text: &str, limit: usize, what: &str) -> Result<(), ErrorBody> {
    if text.trim().is_empty() {
        return Err(ErrorBody::new(ErrorCode::BadMessage, format!("{what} can't be empty.")));
    }
    if text.chars().count() > limit {
        return Err(ErrorBody::new(
            ErrorCode::TooLarge,
            format!("{what} can have at most {limit} characters."),
        ));
    }
    Ok(())
}
