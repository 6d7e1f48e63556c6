//! Proposals: actions that somebody may not do, offered to who may.
//!
//! Who agrees does it, by their own right at that moment, exactly once and only at the stop that it was meant for. A
//! proposal ends with the reply to the command that agreed; one that moves the program ends as it moves.
//!
//! Steps stay the driver's: the driver agrees, or a host if nobody drives, who has the wheel from then on. A host who
//! sees somebody else drive takes the wheel first, or declines.

use super::commands::{Done, Verdict, refuse};
use super::{DocEdit, Effect, Phase, State};
use crate::session::people::Here;
use crate::session::proposals::{Open, Until, has_code, tidy};
use crate::session::rights::{self, Kind};
use crate::session::stop::Waiter;
use breakroom_protocol::command::Proposed;
use breakroom_protocol::{
    BreakpointDraft, BreakpointEntry, Command, EntryId, ErrorBody, ErrorCode, Event, FrameId, Outcome,
    ParticipantId, ProposalEnd, ProposalId, Role, StopId, VariablesId, WheelReason,
};

impl State {
    pub(super) fn propose(&mut self, here: &Here, mut action: Proposed) -> Verdict {
        tidy(&mut action)?;
        let until = match &action {
            Proposed::Breakpoint { draft, instead_of } => {
                check_draft(draft)?;
                if instead_of.is_some() && self.replaced(draft, instead_of.as_ref()).is_none() {
                    let text = "There is no such breakpoint at that place, or no more: propose a new one.";
                    return refuse(ErrorCode::NoSuchBreakpoint, text);
                }
                Until::End
            }
            Proposed::Command { command } => self.makes_sense(command)?,
        };
        let me = here.participant.id;
        let proposal = self.proposals.make(self.now, me, action, until)?;
        self.record(Some(me), Event::ProposalMade { proposal });
        Ok(Done::Now)
    }

    /// Whether it could be done now, and how long that stays so.
    fn makes_sense(&mut self, command: &Command) -> Result<Until, ErrorBody> {
        let (stop, frame, variables): (StopId, Option<FrameId>, Option<VariablesId>) = match command {
            Command::Continue { stop }
            | Command::Next { stop, .. }
            | Command::StepIn { stop, .. }
            | Command::StepOut { stop, .. }
            | Command::Goto { stop, .. } => (*stop, None, None),
            Command::Evaluate { stop: Some(stop), frame, .. } => (*stop, *frame, None),
            Command::SetExpression { stop, frame, .. } => (*stop, Some(*frame), None),
            Command::SetVariable { stop, variables, .. } => (*stop, None, Some(*variables)),
            Command::Pause { after } => {
                let last = self.last_stop;
                return match self.phase {
                    Phase::Running { .. } if *after == last => Ok(Until::NextStop),
                    Phase::Running { .. } => Err(ErrorBody::new(
                        ErrorCode::StaleStop,
                        format!("The program was at stop {last} since you last saw it."),
                    )),
                    Phase::Stopped(_) => {
                        Err(ErrorBody::new(ErrorCode::NotRunning, "The program is paused already."))
                    }
                    _ => Err(super::commands::not_attached()),
                };
            }
            Command::Evaluate { frame: Some(_), .. } => {
                let text = "A frame needs the stop that it belongs to.";
                return Err(ErrorBody::new(ErrorCode::BadMessage, text));
            }
            _ => return Ok(Until::End),
        };
        let at = self.at(stop)?;
        if frame.is_some_and(|frame| at.frame(frame).is_none()) {
            let text = format!("Stop {stop} has no such frame.");
            return Err(ErrorBody::new(ErrorCode::NoSuchFrame, text));
        }
        if variables.is_some_and(|set| at.set(set).is_none()) {
            let text = format!("Stop {stop} has no such variables.");
            return Err(ErrorBody::new(ErrorCode::NoSuchVariables, text));
        }
        Ok(Until::Stop(stop))
    }

    pub(super) fn proposal_run(&mut self, here: &Here, waiter: Waiter, id: ProposalId) -> Verdict {
        let open = self.proposals.open(id)?.clone();
        self.may_decide(here, &open)?;
        let me = here.participant.id;
        let command = match open.proposal.action {
            Proposed::Breakpoint { draft, instead_of } => {
                let before = self.replaced(&draft, instead_of.as_ref());
                let kept = before.map(|before| (before.id.clone(), before.enabled));
                let mut entry = self.entry_of(id, draft, me);
                // Gone meanwhile: it is a new one.
                if let Some(kept) = kept {
                    (entry.id, entry.enabled) = kept;
                }
                self.proposals.start(id, me, waiter, Some(entry.id.clone()));
                self.effects.push(Effect::EditDoc { by: me, edit: DocEdit::SetBreakpoint(entry) });
                return Ok(Done::Later);
            }
            Proposed::Command { command } => *command,
        };
        if rights::kind(&command) == Kind::Drive {
            self.wheel_for_a_proposal(me)?;
        }
        let drives = self.lease.driver() == Some(me);
        rights::allow(rights::kind(&command), here, drives)?;
        self.proposals.start(id, me, waiter, None);
        let verdict = self.run(here, waiter, command);
        if verdict.is_err() {
            self.proposals.put_back(id);
        }
        verdict
    }

    /// A host who agrees to a step while nobody drives has the wheel.
    fn wheel_for_a_proposal(&mut self, me: ParticipantId) -> Result<(), ErrorBody> {
        match self.lease.driver() {
            Some(driver) if driver == me => Ok(()),
            None => {
                self.give_wheel(Some(me), Some(me), WheelReason::Taken);
                Ok(())
            }
            Some(_) => Err(ErrorBody::new(
                ErrorCode::NotDriver,
                "Somebody else drives, and decides about steps: take the wheel first, or decline it.",
            )),
        }
    }

    /// The entry that a proposed breakpoint becomes: its author is who answers for it.
    fn entry_of(&self, id: ProposalId, draft: BreakpointDraft, author: ParticipantId) -> BreakpointEntry {
        let BreakpointDraft { path, line, function, condition, hit_condition, log_message, snap } = draft;
        // Ids are chosen by clients, so this one may be taken.
        let mut id = EntryId(format!("proposal-{id}"));
        while self.breakpoints.has(&id) {
            id.0.push('\'');
        }
        let enabled = true;
        BreakpointEntry {
            id,
            path,
            line,
            function,
            condition,
            hit_condition,
            log_message,
            snap,
            enabled,
            author,
        }
    }

    pub(super) fn proposal_decline(&mut self, here: &Here, id: ProposalId) -> Verdict {
        let open = self.proposals.open(id)?.clone();
        self.may_decide(here, &open)?;
        self.proposals.drop_open(id);
        self.proposal_ended(Some(here.participant.id), id, ProposalEnd::Declined, None, None);
        Ok(Done::Now)
    }

    pub(super) fn proposal_withdraw(&mut self, here: &Here, id: ProposalId) -> Verdict {
        let me = here.participant.id;
        if self.proposals.open(id)?.proposal.by != me {
            return refuse(ErrorCode::NotAllowed, "Only who proposed it takes it back: decline it instead.");
        }
        self.proposals.drop_open(id);
        self.proposal_ended(Some(me), id, ProposalEnd::Withdrawn, None, None);
        Ok(Done::Now)
    }

    /// A host decides about everything, the driver about what runs no code and is nobody else's.
    fn may_decide(&self, here: &Here, open: &Open) -> Result<(), ErrorBody> {
        if here.participant.role == Role::Host {
            return Ok(());
        }
        let (code, before) = match &open.proposal.action {
            Proposed::Breakpoint { draft, instead_of } => {
                (has_code(draft), self.replaced(draft, instead_of.as_ref()))
            }
            Proposed::Command { command } => (rights::kind(command) == Kind::RunCode, None),
        };
        if code {
            return Err(ErrorBody::new(ErrorCode::NotAllowed, "It runs code: only a host decides about it."));
        }
        if before.is_some_and(|before| ![open.proposal.by, here.participant.id].contains(&before.author)) {
            let text = "It changes somebody else's breakpoint: only a host decides about it.";
            return Err(ErrorBody::new(ErrorCode::NotAllowed, text));
        }
        Ok(())
    }

    /// What a proposed change is of. A card shows one place: what is anywhere else isn't touched by it.
    fn replaced(&self, draft: &BreakpointDraft, before: Option<&EntryId>) -> Option<&BreakpointEntry> {
        self.breakpoints.get(before?).filter(|before| {
            before.path == draft.path && before.line == draft.line && before.function == draft.function
        })
    }

    fn proposal_ended(
        &mut self,
        by: Option<ParticipantId>,
        proposal: ProposalId,
        how: ProposalEnd,
        message: Option<String>,
        outcome: Option<Outcome>,
    ) {
        self.record(by, Event::ProposalEnded { proposal, how, message, outcome });
    }

    /// A command ends: so does the proposal that it agreed to.
    pub(super) fn proposal_replied(&mut self, waiter: Waiter, error: Option<&ErrorBody>) {
        for (id, running) in self.proposals.take_running(|running| running.waiter == waiter) {
            let (how, message) = match (error, &running.outcome) {
                (Some(error), _) => (ProposalEnd::Failed, Some(error.message.clone())),
                (None, Some(Outcome::Error(raised))) => (ProposalEnd::Failed, Some(raised.clone())),
                (None, _) => (ProposalEnd::Run, None),
            };
            self.proposal_ended(Some(running.by), id, how, message, running.outcome);
        }
    }

    /// The program moves: who proposed that is done, and everything that was meant for the stop is too late.
    pub(super) fn proposals_at_resume(&mut self) {
        let moves = |open: &Open| {
            matches!(&open.proposal.action, Proposed::Command { command } if rights::kind(command) == Kind::Drive)
                && matches!(open.until, Until::Stop(_))
        };
        for (id, running) in self.proposals.take_running(|running| moves(&running.open)) {
            self.proposal_ended(Some(running.by), id, ProposalEnd::Run, None, None);
        }
        self.expire_proposals("The program ran on.", |until| matches!(until, Until::Stop(_)));
    }

    /// The program is paused: pausing it is too late.
    pub(super) fn proposals_at_stop(&mut self) {
        self.expire_proposals("The program is paused.", |until| until == Until::NextStop);
    }

    /// There is no program to do it to.
    pub(super) fn proposals_at_loss(&mut self) {
        self.expire_proposals("The debugger was detached.", |until| until != Until::End);
    }

    /// Nothing can be done any more.
    pub(super) fn proposals_at_end(&mut self) {
        self.expire_proposals("The session ended.", |_| true);
    }

    fn expire_proposals(&mut self, why: &str, so: impl Fn(Until) -> bool) {
        for id in self.proposals.take_open(|open| so(open.until)) {
            self.proposal_ended(None, id, ProposalEnd::Expired, Some(why.to_owned()), None);
        }
    }

    /// Who proposed something is gone for good.
    pub(super) fn withdraw_proposals(&mut self, whose: ParticipantId, by: Option<ParticipantId>, why: &str) {
        for id in self.proposals.take_open(|open| open.proposal.by == whose) {
            self.proposal_ended(by, id, ProposalEnd::Withdrawn, Some(why.to_owned()), None);
        }
        self.proposals.gone(whose, None);
    }

    pub(super) fn withdraw_of_who_is_gone(&mut self) {
        for who in self.proposals.take_gone(self.now) {
            self.withdraw_proposals(who, Some(who), "They left.");
        }
    }

    /// What came of setting an entry as the server.
    pub(super) fn doc_edited(&mut self, entry: &EntryId, refused: Option<ErrorBody>) {
        if let Some(waiter) = self.proposals.waits_for(entry) {
            self.reply(waiter, refused);
        }
    }
}

/// What can be told of a breakpoint before its doc has it.
fn check_draft(draft: &BreakpointDraft) -> Result<(), ErrorBody> {
    let at_line =
        draft.function.is_none() && draft.line > 0 && breakroom_upstream::is_usable_path(&draft.path);
    let at_function = draft.function.is_some() && draft.line == 0 && draft.path.is_empty();
    if at_line || at_function {
        return Ok(());
    }
    let text =
        "A breakpoint needs an absolute path on the target and a line from 1, or else a function's name.";
    Err(ErrorBody::new(ErrorCode::BadMessage, text))
}
