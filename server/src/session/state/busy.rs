//! What takes long: said to everybody, and got out of by the mildest means that works.
//!
//! The upstream crate tells how late an answer is. A person's code is interrupted in the debuggee by itself once it has had its
//! time (it was armed for that at attaching; little could be sent then), or before, once somebody doesn't want to wait. Where that
//! doesn't help, or debugpy says nothing any more, the connection is given up and made anew: the program runs on, and what
//! hangs in it goes on hanging there.

use super::commands::{Done, Verdict};
use super::wire::What;
use super::{Asked, Effect, MAIN, Phase, State};
use crate::session::people::Here;
use crate::session::stop::Waiter;
use crate::session::watches::Watched;
use breakroom_protocol::upstream::{AskError, AskId, Late, Request, UpstreamFrame, Urgency};
use breakroom_protocol::{
    Busy, BusyState, Command, ErrorBody, ErrorCode, Event, ParticipantId, ProcessId, Role, UnixMillis,
};
use std::collections::BTreeMap;

/// Longest piece of an expression that is shown.
const SHOWN_CHARS: usize = 200;

/// Everything that is late, and what participants were told.
#[derive(Debug, Default)]
pub struct Lates {
    asks: BTreeMap<AskId, (UnixMillis, Late)>,
    shown: Option<Busy>,
    /// What somebody had interrupted before its time.
    interrupted: Option<AskId>,
    /// The connection was given up, and isn't there again.
    reconnecting: bool,
}

impl State {
    pub(super) fn late(&mut self, ask: AskId, for_ms: u64, late: Late) {
        if !self.asked.contains_key(&ask) || self.lates.reconnecting {
            return;
        }
        self.lates.asks.insert(ask, (self.now.saturating_sub(for_ms), late));
        self.show_busy();
        if late == Late::Stuck {
            self.give_up(ask);
        }
    }

    /// An ask has ended. Gives how long it took, in milliseconds, if that was longer than a moment.
    pub(super) fn not_late(&mut self, ask: AskId) -> Option<u64> {
        let (since, _) = self.lates.asks.remove(&ask)?;
        self.lates.interrupted.take_if(|interrupted| *interrupted == ask);
        if !self.lates.reconnecting {
            self.show_busy();
        }
        Some(self.now.saturating_sub(since))
    }

    /// Nothing is asked any more: the connection is gone.
    pub(super) fn nothing_late(&mut self) {
        self.lates.asks.clear();
        self.lates.interrupted = None;
        if !self.lates.reconnecting {
            self.show_busy();
        }
    }

    /// There is a connection again.
    pub(super) fn reconnected(&mut self) {
        self.lates.reconnecting = false;
        self.show_busy();
    }

    /// Why a command can't be run now: whatever moves the program or runs code would wait in the same thread.
    pub(super) fn busy_refusal(&self, command: &Command) -> Option<ErrorBody> {
        let (ask, _) = self.lates.asks.iter().find(|(ask, _)| self.blocks(**ask))?;
        let waits = matches!(
            command,
            Command::Continue { .. }
                | Command::Next { .. }
                | Command::StepIn { .. }
                | Command::StepOut { .. }
                | Command::Goto { .. }
                | Command::Evaluate { stop: Some(_), .. }
                | Command::SetVariable { .. }
                | Command::SetExpression { .. }
                | Command::Complete { .. }
        );
        if !waits {
            return None;
        }
        let (_, what) = self.asked.get(ask).map(|asked| self.whose(asked))?;
        let message = format!(
            "The program is busy with {what}: wait until that ends, or have it interrupted, as it is by itself if it takes \
             too long."
        );
        Some(ErrorBody::new(ErrorCode::DebuggeeTimeout, message))
    }

    /// Whether it keeps the paused thread busy. Without a frame, code runs beside the program.
    fn blocks(&self, ask: AskId) -> bool {
        !matches!(self.asked.get(&ask), None | Some(Asked::Evaluate { frame: None, .. }))
    }

    /// Somebody doesn't want to wait until what is shown has had its time.
    pub(super) fn interrupt(&mut self, here: &Here, waiter: Waiter, since: UnixMillis) -> Verdict {
        let me = here.participant.id;
        let shown = self.lates.shown.as_ref().filter(|shown| shown.since == since);
        let oldest = self.lates.asks.keys().next().copied();
        let (Some(shown), Some(ask)) = (shown, oldest) else {
            return Err(ErrorBody::new(ErrorCode::NotInterruptible, "It has ended already."));
        };
        if shown.by != Some(me) && self.lease.driver() != Some(me) && here.participant.role != Role::Host {
            let why = "Whose code it is, the driver or a host can interrupt it: ask them in the chat.";
            return Err(ErrorBody::new(ErrorCode::NotAllowed, why));
        }
        if shown.state != BusyState::Waiting {
            return Err(ErrorBody::new(ErrorCode::NotInterruptible, "It is being interrupted already."));
        }
        let Some(process) = self.asked.get(&ask).and_then(|asked| self.runs_code_in(asked)) else {
            let why = "This can't be interrupted: it ends by itself, or the debugger is attached anew.";
            return Err(ErrorBody::new(ErrorCode::NotInterruptible, why));
        };
        let frame = self.frame_of_code(ask);
        self.lates.interrupted = Some(ask);
        self.ask_of(process, Asked::Interrupt { waiter }, Request::Interrupt { frame }, Urgency::Control);
        self.show_busy_by(Some(me));
        Ok(Done::Later)
    }

    /// It could not be.
    pub(super) fn not_interrupted(&mut self) {
        self.lates.interrupted = None;
        if !self.lates.reconnecting {
            self.show_busy();
        }
    }

    /// The process in whose paused thread it runs a person's code, if it does.
    fn runs_code_in(&self, asked: &Asked) -> Option<ProcessId> {
        match asked {
            Asked::Evaluate { frame: Some(_), .. }
            | Asked::Watch { .. }
            | Asked::SetVariable { .. }
            | Asked::SetExpression { .. } => match &self.phase {
                Phase::Stopped(stop) => Some(stop.process),
                _ => Some(MAIN),
            },
            Asked::Wire { process, what: What::Code { .. }, .. } => Some(*process),
            _ => None,
        }
    }

    /// The frame in which it runs a person's code, if that is known: another thread may run somebody else's.
    fn frame_of_code(&mut self, ask: AskId) -> Option<UpstreamFrame> {
        let (id, frame, set) = match self.asked.get(&ask)? {
            Asked::Evaluate { stop: Some(stop), frame, .. } => (*stop, *frame, None),
            Asked::SetExpression { stop, frame, .. } => (*stop, Some(*frame), None),
            Asked::SetVariable { stop, set, .. } => (*stop, None, Some(*set)),
            Asked::Watch { stop, .. } => (*stop, None, None),
            _ => return None,
        };
        let stop = self.stop(id)?;
        let of_set = set.and_then(|set| stop.set(set)).and_then(|set| set.frame);
        let frame = frame.or(of_set).or(stop.top)?;
        stop.frame(frame).map(|frame| frame.upstream)
    }

    /// Tells of the oldest late ask, if that is news.
    fn show_busy(&mut self) {
        self.show_busy_by(None);
    }

    fn show_busy_by(&mut self, who: Option<ParticipantId>) {
        let oldest = self.lates.asks.iter().next().map(|(ask, (since, late))| (*ask, *since, *late));
        let busy = oldest.and_then(|(ask, since, late)| {
            let asked = self.asked.get(&ask)?;
            let (by, what) = self.whose(asked);
            let (state, message) = match late {
                Late::Slow if self.lates.interrupted == Some(ask) => (
                    BusyState::Interrupting,
                    format!("The program is busy with {what}: it is being interrupted."),
                ),
                Late::Slow => (BusyState::Waiting, format!("The program is busy with {what}.")),
                Late::Overdue => (
                    BusyState::Interrupting,
                    format!("The program is busy with {what} for too long: it is being interrupted."),
                ),
                Late::Stuck => (
                    BusyState::Reconnecting,
                    format!("{what} could not be interrupted: the program is let run on, and attached anew."),
                ),
            };
            let interruptible = state == BusyState::Waiting && self.runs_code_in(asked).is_some();
            Some(Busy { by, what, since, state, interruptible, message })
        });
        if busy != self.lates.shown {
            self.lates.shown.clone_from(&busy);
            self.record(who, Event::Busy { busy });
        }
    }

    /// Who asked, and for what.
    fn whose(&self, asked: &Asked) -> (Option<ParticipantId>, String) {
        match asked {
            Asked::Watch { watch, .. } => self.watches.get(*watch).map_or_else(
                || (None, "a watch".to_owned()),
                |Watched { watch, .. }| (Some(watch.author), format!("watch {}", quoted(&watch.expression))),
            ),
            asked => describe(asked),
        }
    }

    fn give_up(&mut self, ask: AskId) {
        self.lates.reconnecting = true;
        // Whoever asked hears why; all others hear that the connection is gone.
        if let Some(asked) = self.asked.remove(&ask) {
            self.failed(asked, &AskError::GivenUp);
        }
        self.effects.push(Effect::Abandon);
    }
}

/// The same of what names both itself.
fn describe(asked: &Asked) -> (Option<ParticipantId>, String) {
    match asked {
        Asked::Evaluate { expression, by, .. } => (Some(*by), quoted(expression)),
        Asked::SetVariable { name, by, .. } => (Some(*by), format!("setting {}", quoted(name))),
        Asked::SetExpression { expression, by, .. } => (Some(*by), format!("setting {}", quoted(expression))),
        Asked::Wire { what, .. } => what.describe(),
        Asked::Complete { .. } => (None, "completing what is typed".to_owned()),
        Asked::Variables { .. } | Asked::ReadValue { .. } | Asked::GuessedVariables { .. } => {
            (None, "reading values".to_owned())
        }
        Asked::Stack { .. } => (None, "its stack".to_owned()),
        Asked::Modules => (None, "listing its modules".to_owned()),
        Asked::Source { .. } => (None, "reading a source text".to_owned()),
        Asked::SetBreakpoints { .. } => (None, "setting breakpoints".to_owned()),
        Asked::Resume { .. } => (None, "running on".to_owned()),
        Asked::Pause { .. } => (None, "pausing".to_owned()),
        _ => (None, "an answer to the debugger".to_owned()),
    }
}

pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{shown}`")
}
