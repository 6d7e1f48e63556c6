//! Open proposals, and those that are being run.
//!
//! Pure. Invariant: a proposal is open, or being run, or ended; each ends once, as its entry here is used up by that.
//! A card can't be run twice, and not after its stop: it isn't open any more.

use super::stop::Waiter;
use breakroom_protocol::command::Proposed;
use breakroom_protocol::{
    BreakpointDraft, Command, EntryId, ErrorBody, ErrorCode, EvaluateContext, Outcome, ParticipantId,
    Proposal, ProposalId, StopId, UnixMillis,
};
use std::collections::{BTreeMap, VecDeque};

/// Most open proposals of one person.
const OPEN_EACH: usize = 5;
/// Most open proposals in all.
const OPEN: usize = 50;
/// Most proposals of one person in [`PER_MS`].
const OFTEN: usize = 20;
const PER_MS: UnixMillis = 60_000;
/// Longest texts of one proposal together, in characters: somebody reads them before they click.
const CHARS: usize = 4_000;

/// What a proposal is bound to, and ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This stop.
    Stop(StopId),
    /// The next stop.
    NextStop,
    /// Nothing but the session.
    End,
}

/// A proposal that nobody has decided about.
#[derive(Debug, Clone)]
pub struct Open {
    /// What and who.
    pub proposal: Proposal,
    /// How long it makes sense.
    pub until: Until,
}

/// A proposal that was agreed to and hasn't ended.
#[derive(Debug)]
pub struct Running {
    /// What and who.
    pub open: Open,
    /// Who agreed.
    pub by: ParticipantId,
    /// The command that agreed; with its reply the proposal ends.
    pub waiter: Waiter,
    /// What an evaluation has given.
    pub outcome: Option<Outcome>,
    /// The entry that a breakpoint becomes.
    pub entry: Option<EntryId>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Proposals {
    last: u32,
    open: BTreeMap<ProposalId, Open>,
    running: BTreeMap<ProposalId, Running>,
    recent: BTreeMap<ParticipantId, VecDeque<UnixMillis>>,
    /// When those of somebody who is gone are withdrawn.
    gone: BTreeMap<ParticipantId, UnixMillis>,
}

impl Proposals {
    /// Goes on with the numbers behind this one.
    pub fn resumed(&mut self, last: ProposalId) {
        self.last = last.0;
    }

    /// Takes a proposal in, if `by` hasn't made too many.
    pub fn make(
        &mut self,
        now: UnixMillis,
        by: ParticipantId,
        action: Proposed,
        until: Until,
    ) -> Result<Proposal, ErrorBody> {
        let theirs = self.open.values().filter(|open| open.proposal.by == by).count();
        if theirs >= OPEN_EACH || self.open.len() >= OPEN {
            let text = format!(
                "Each can have {OPEN_EACH} open proposals, all together {OPEN}: withdraw one, or wait for a decision."
            );
            return Err(ErrorBody::new(ErrorCode::TooLarge, text));
        }
        let recent = self.recent.entry(by).or_default();
        recent.retain(|at| at + PER_MS > now);
        if recent.len() >= OFTEN {
            return Err(ErrorBody::new(
                ErrorCode::TooFast,
                "That were many proposals in a minute: slow down.",
            ));
        }
        recent.push_back(now);
        self.last += 1;
        let proposal = Proposal { id: ProposalId(self.last), by, action };
        self.open.insert(proposal.id, Open { proposal: proposal.clone(), until });
        Ok(proposal)
    }

    /// One that can be decided about.
    pub fn open(&self, id: ProposalId) -> Result<&Open, ErrorBody> {
        self.open.get(&id).ok_or_else(|| {
            let text = "There is no such open proposal: it was decided or withdrawn, or its stop is over.";
            ErrorBody::new(ErrorCode::NoSuchProposal, text)
        })
    }

    /// Somebody agreed.
    pub fn start(&mut self, id: ProposalId, by: ParticipantId, waiter: Waiter, entry: Option<EntryId>) {
        if let Some(open) = self.open.remove(&id) {
            self.running.insert(id, Running { open, by, waiter, outcome: None, entry });
        }
    }

    /// What was agreed to was refused before anything came of it.
    pub fn put_back(&mut self, id: ProposalId) {
        if let Some(running) = self.running.remove(&id) {
            self.open.insert(id, running.open);
        }
    }

    /// It ends without having been run.
    pub fn drop_open(&mut self, id: ProposalId) -> bool {
        self.open.remove(&id).is_some()
    }

    /// Those open ones end here that are so.
    pub fn take_open(&mut self, so: impl Fn(&Open) -> bool) -> Vec<ProposalId> {
        let ids: Vec<_> = self.open.iter().filter(|(_, open)| so(open)).map(|(id, _)| *id).collect();
        ids.into_iter().filter(|id| self.drop_open(*id)).collect()
    }

    /// Those being run end here that are so.
    pub fn take_running(&mut self, so: impl Fn(&Running) -> bool) -> Vec<(ProposalId, Running)> {
        let ids: Vec<_> = self.running.iter().filter(|(_, running)| so(running)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| Some((id, self.running.remove(&id)?))).collect()
    }

    /// What an evaluation gave that was asked by this command.
    pub fn note_outcome(&mut self, waiter: Waiter, outcome: &Outcome) {
        if let Some(running) = self.running.values_mut().find(|running| running.waiter == waiter) {
            running.outcome = Some(outcome.clone());
        }
    }

    /// Who waits for a breakpoint to be in its doc.
    pub fn waits_for(&self, entry: &EntryId) -> Option<Waiter> {
        self.running.values().find(|running| running.entry.as_ref() == Some(entry)).map(|found| found.waiter)
    }

    /// Somebody has no connection any more, or is back (`None`).
    pub fn gone(&mut self, who: ParticipantId, withdraw_at: Option<UnixMillis>) {
        match withdraw_at {
            Some(at) if self.open.values().any(|open| open.proposal.by == who) => {
                self.gone.insert(who, at);
            }
            _ => {
                self.gone.remove(&who);
            }
        }
    }

    /// When [`Proposals::take_gone`] has something next.
    pub fn withdraw_at(&self) -> Option<UnixMillis> {
        self.gone.values().min().copied()
    }

    /// Whoever has stayed away for too long.
    pub fn take_gone(&mut self, now: UnixMillis) -> Vec<ParticipantId> {
        let (over, kept) = std::mem::take(&mut self.gone).into_iter().partition(|(_, at)| *at <= now);
        self.gone = kept;
        let over: BTreeMap<_, _> = over;
        over.into_keys().collect()
    }
}

/// The command that is proposed, if it is one of those that can be: they drive, run code, or add a watch.
pub fn can_be_proposed(command: &Command) -> bool {
    matches!(
        command,
        Command::Continue { .. }
            | Command::Next { .. }
            | Command::StepIn { .. }
            | Command::StepOut { .. }
            | Command::Goto { .. }
            | Command::Pause { .. }
            | Command::Evaluate { .. }
            | Command::SetVariable { .. }
            | Command::SetExpression { .. }
            | Command::WatchAdd { .. }
    )
}

/// Whether a breakpoint runs code.
pub fn has_code(draft: &BreakpointDraft) -> bool {
    draft.condition.is_some()
        || draft.log_message.is_some()
        || draft
            .hit_condition
            .as_deref()
            .is_some_and(|hits| !breakroom_documents::is_plain_hit_condition(hits))
}

/// Makes a proposal what a card can show: nothing left out of what would run, and the result for everybody.
pub fn tidy(action: &mut Proposed) -> Result<(), ErrorBody> {
    let texts: Vec<&str> = match action {
        Proposed::Breakpoint { draft, .. } => {
            for text in
                [&mut draft.function, &mut draft.condition, &mut draft.hit_condition, &mut draft.log_message]
            {
                text.take_if(|text| text.trim().is_empty());
            }
            let texts = [&draft.function, &draft.condition, &draft.hit_condition, &draft.log_message];
            texts.into_iter().flatten().map(String::as_str).chain([draft.path.as_str()]).collect()
        }
        Proposed::Command { command } => match &mut **command {
            Command::Evaluate { expression, context, .. } => {
                *context = EvaluateContext::Repl;
                vec![expression]
            }
            Command::SetVariable { name, value, .. } => vec![name, value],
            Command::SetExpression { expression, value, .. } => vec![expression, value],
            Command::WatchAdd { expression, .. } => vec![expression],
            Command::Goto { path, .. } => vec![path],
            command if can_be_proposed(command) => Vec::new(),
            command => {
                let text = format!("`{}` can't be proposed: ask in the chat.", command.name());
                return Err(ErrorBody::new(ErrorCode::BadMessage, text));
            }
        },
    };
    if texts.iter().map(|text| text.chars().count()).sum::<usize>() > CHARS {
        let text = format!("A proposal can have at most {CHARS} characters: somebody has to read it.");
        return Err(ErrorBody::new(ErrorCode::TooLarge, text));
    }
    if texts.iter().any(|text| text.chars().any(is_deceptive)) {
        let text =
            "It has characters that can't be seen, or change how the rest looks: write them as escapes.";
        return Err(ErrorBody::new(ErrorCode::BadMessage, text));
    }
    Ok(())
}

/// What makes code look otherwise than it runs: control characters, invisible ones, and those that turn the direction
/// of writing.
fn is_deceptive(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || (character.is_control() && !matches!(character, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{ClientSeq, ConnectionId};

    fn evaluate(text: &str) -> Proposed {
        let (expression, context) = (text.to_owned(), EvaluateContext::Hover);
        Proposed::Command {
            command: Box::new(Command::Evaluate { stop: None, frame: None, expression, context }),
        }
    }

    fn code(result: Result<Proposal, ErrorBody>) -> ErrorCode {
        result.unwrap_err().code
    }

    #[test]
    fn each_may_have_a_few_open_and_not_too_often() {
        let (eve, bob) = (ParticipantId::new(), ParticipantId::new());
        let mut proposals = Proposals::default();
        let mut make = |now, by| proposals.make(now, by, evaluate("1"), Until::End);
        for _ in 0..OPEN_EACH {
            make(0, eve).unwrap();
        }
        assert_eq!(code(make(0, eve)), ErrorCode::TooLarge);
        make(0, bob).unwrap();
        let ids = proposals.take_open(|_| true);
        assert_eq!(ids.len(), OPEN_EACH + 1);
        for _ in OPEN_EACH..OFTEN {
            let made = proposals.make(1, eve, evaluate("1"), Until::End).unwrap();
            assert!(proposals.drop_open(made.id));
        }
        assert_eq!(code(proposals.make(2, eve, evaluate("1"), Until::End)), ErrorCode::TooFast);
        assert!(proposals.make(PER_MS + 2, eve, evaluate("1"), Until::End).is_ok());
        for _ in 1..OPEN {
            proposals.make(PER_MS + 2, ParticipantId::new(), evaluate("1"), Until::End).unwrap();
        }
        assert_eq!(
            code(proposals.make(PER_MS + 2, ParticipantId::new(), evaluate("1"), Until::End)),
            ErrorCode::TooLarge
        );
    }

    #[test]
    fn one_that_runs_is_not_open_and_ends_once() {
        let ada = ParticipantId::new();
        let waiter = (ConnectionId(1), ClientSeq(1));
        let mut proposals = Proposals::default();
        let id = proposals.make(0, ada, evaluate("1"), Until::Stop(StopId(1))).unwrap().id;
        proposals.start(id, ada, waiter, None);
        assert!(proposals.open(id).is_err());
        assert!(proposals.take_open(|_| true).is_empty());
        assert_eq!(proposals.take_running(|running| running.waiter == waiter).len(), 1);
        assert!(proposals.take_running(|running| running.waiter == waiter).is_empty());
    }

    #[test]
    fn a_card_shows_all_that_would_run() {
        for text in ["a\u{202e}b", "a\u{200b}b", "a\0b", "a\rb", "a\u{2066}b", "\u{feff}a", "a\u{1b}[2Jb"] {
            assert_eq!(tidy(&mut evaluate(text)).unwrap_err().code, ErrorCode::BadMessage, "{text:?}");
        }
        let mut plain = evaluate("print('größe 😀')\n\tif x else y");
        tidy(&mut plain).unwrap();
        let Proposed::Command { command } = plain else { unreachable!() };
        assert!(matches!(*command, Command::Evaluate { context: EvaluateContext::Repl, .. }));
        assert_eq!(tidy(&mut evaluate(&"x".repeat(CHARS + 1))).unwrap_err().code, ErrorCode::TooLarge);
    }

    #[test]
    fn administration_and_the_wheel_are_nothing_to_propose() {
        let propose = Command::Propose { action: evaluate("1") };
        for command in [Command::End, Command::Restart, Command::WheelTake, Command::WheelRelease, propose] {
            let refused = tidy(&mut Proposed::Command { command: Box::new(command) }).unwrap_err();
            assert_eq!(refused.code, ErrorCode::BadMessage);
        }
    }
}
