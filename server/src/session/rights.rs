//! The table of roles from the product's definition, as one function.
//!
//! Pure. Every command of every way in passes [`allow`] before anything else looks at it. What also needs the
//! wheel is checked where the wheel is ([`super::lease::Lease::require`]).

use super::people::Here;
use breakroom_protocol::{Command, ErrorBody, ErrorCode, PlainRead, Role};

/// What a command is, in terms of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reading what was or can be captured; presence, chat, hands.
    Anyone,
    /// Step, continue, pause.
    Drive,
    /// Asking for the wheel and letting go of it.
    WantWheel,
    /// Deciding about somebody's request: the driver or a host.
    Decide,
    /// Where the program stops; breakpoints go by the same rule, in their doc.
    SetStops,
    /// A watch that runs no code.
    Watch,
    /// Runs code in the debuggee.
    RunCode,
    /// Runs code too, but is nothing that could be proposed.
    Complete,
    /// Hosts only.
    Host,
}

/// The row of the table that a command belongs to.
pub fn kind(command: &Command) -> Kind {
    match command {
        Command::Stack { .. }
        | Command::Scopes { .. }
        | Command::Variables { .. }
        | Command::Page { .. }
        | Command::Text { .. }
        | Command::Table { .. }
        | Command::Activity { .. }
        | Command::StepInTargets { .. }
        | Command::Source { .. }
        | Command::Modules
        // Whose code it is is checked where that is known.
        | Command::Interrupt { .. }
        | Command::Chat { .. }
        | Command::Propose { .. }
        | Command::ProposalWithdraw { .. }
        | Command::Alive
        | Command::Hand { .. } => Kind::Anyone,
        Command::Continue { .. }
        | Command::Goto { .. }
        | Command::Next { .. }
        | Command::StepIn { .. }
        | Command::StepOut { .. }
        | Command::Pause { .. } => Kind::Drive,
        Command::WheelRequest | Command::WheelWithdraw | Command::WheelRelease => Kind::WantWheel,
        // Which proposals they may decide about is checked where those are known.
        Command::WheelGrant { .. }
        | Command::WheelDecline { .. }
        | Command::ProposalRun { .. }
        | Command::ProposalDecline { .. }
        | Command::MuteAll { .. } => Kind::Decide,
        Command::Evaluate { stop: Some(_), frame: Some(_), expression, .. } if is_plain(expression) => {
            Kind::Anyone
        }
        Command::WatchAdd { expression, .. } if is_plain(expression) => Kind::Watch,
        Command::Evaluate { .. }
        | Command::WatchAdd { .. }
        | Command::SetVariable { .. }
        | Command::SetExpression { .. } => Kind::RunCode,
        Command::Complete { .. } => Kind::Complete,
        // Whose watch it is is checked where that is known.
        Command::WatchRemove { .. }
        | Command::ExceptionFilters { .. }
        | Command::MuteMine { .. }
        | Command::Rearm { .. } => Kind::SetStops,
        Command::WheelTake
        | Command::GrantCode { .. }
        | Command::Remove { .. }
        | Command::Admit { .. }
        | Command::TurnAway { .. }
        | Command::Start { .. }
        | Command::End
        | Command::Restart => Kind::Host,
    }
}

/// Whether an expression only reads: it is answered without running anybody's code.
pub fn is_plain(expression: &str) -> bool {
    PlainRead::parse(expression).is_some()
}

/// Whether `who` may send a command of this kind. `drives`: whether they hold the wheel now.
pub fn allow(kind: Kind, who: &Here, drives: bool) -> Result<(), ErrorBody> {
    let role = who.participant.role;
    match kind {
        Kind::Anyone => Ok(()),
        Kind::Host if role == Role::Host => Ok(()),
        Kind::Host => Err(not_allowed("Only a host may do this: ask one.")),
        Kind::WantWheel if role >= Role::Collaborator => Ok(()),
        Kind::WantWheel => {
            Err(not_allowed("Watchers can't have the wheel: ask a host for an invite as collaborator."))
        }
        Kind::Decide if role == Role::Host || drives => Ok(()),
        Kind::Decide => Err(not_allowed("Only the driver or a host decides this: ask them in the chat.")),
        // A collaborator without the wheel is told so by the lease.
        Kind::Drive if role >= Role::Collaborator => Ok(()),
        Kind::Drive => Err(propose("Watchers don't move the program")),
        Kind::SetStops | Kind::Watch if role >= Role::Collaborator => Ok(()),
        Kind::SetStops => Err(not_allowed(
            "Watchers don't set where the program stops: propose a breakpoint, or ask in the chat.",
        )),
        Kind::Watch => Err(propose("Watchers don't add watches")),
        Kind::RunCode | Kind::Complete if may_run_code(who, drives) => Ok(()),
        Kind::RunCode => Err(propose(no_code(who))),
        Kind::Complete => Err(not_allowed(&format!("{}: ask a host to let you.", no_code(who)))),
    }
}

/// Whether `who` may run code in the debuggee now. The same for conditions and log messages of breakpoints.
pub fn may_run_code(who: &Here, drives: bool) -> bool {
    who.participant.role == Role::Host || (who.participant.role == Role::Collaborator && who.code && drives)
}

fn no_code(who: &Here) -> &'static str {
    match who.participant.role {
        Role::Collaborator if who.code => "Collaborators run code only while they drive",
        Role::Collaborator => "Collaborators run code only while they drive and a host has granted it",
        _ => "Watchers don't run code",
    }
}

fn not_allowed(what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::NotAllowed, what)
}

/// What one may not do oneself, and can offer to who may.
pub fn propose(what: &str) -> ErrorBody {
    ErrorBody::new(
        ErrorCode::ProposeInstead,
        format!("{what}: propose it, and a host can run it with one click."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{EvaluateContext, FrameId, Participant, ParticipantId, ParticipantKind, StopId};

    fn person(role: Role, code: bool) -> Here {
        let participant = Participant {
            id: ParticipantId::new(),
            name: "Ada".into(),
            role,
            kind: ParticipantKind::Guest,
            may_write_notes: true,
        };
        Here { participant, code, ..Here::absent() }
    }

    /// (kind, role, granted code, drives) → allowed, as in the product's table.
    #[test]
    fn only_plain_reads_in_a_frame_are_for_everybody() {
        let evaluate = |expression: &str, stop: Option<u32>, frame: Option<u32>| Command::Evaluate {
            stop: stop.map(StopId),
            frame: frame.map(FrameId),
            expression: expression.into(),
            context: EvaluateContext::Hover,
        };
        assert_eq!(kind(&evaluate("levels[3]['porch']", Some(1), Some(1))), Kind::Anyone);
        for code in ["x.__class__", "x()", "x [0]", "x\n", "(x := 1)", "f'{x}'"] {
            assert_eq!(kind(&evaluate(code, Some(1), Some(1))), Kind::RunCode, "{code:?}");
            assert_eq!(
                kind(&Command::WatchAdd { expression: code.into(), instead_of: None }),
                Kind::RunCode,
                "{code:?}"
            );
        }
        assert_eq!(kind(&evaluate("x", None, None)), Kind::RunCode);
        assert_eq!(kind(&evaluate("x", Some(1), None)), Kind::RunCode);
        assert_eq!(kind(&Command::WatchAdd { expression: "x".into(), instead_of: None }), Kind::Watch);
    }

    #[test]
    fn the_table() {
        use Kind::{Anyone, Decide, Drive, RunCode, WantWheel};
        use Role::{Collaborator, Host, Watcher};
        let rows = [
            (Anyone, Watcher, false, false, true),
            (Drive, Watcher, false, false, false),
            (Drive, Collaborator, false, true, true),
            (Drive, Host, false, true, true),
            (WantWheel, Watcher, false, false, false),
            (WantWheel, Collaborator, false, false, true),
            (Decide, Watcher, false, false, false),
            (Decide, Collaborator, false, false, false),
            (Decide, Collaborator, false, true, true),
            (Decide, Host, false, false, true),
            (RunCode, Watcher, true, true, false),
            (RunCode, Collaborator, false, true, false),
            (RunCode, Collaborator, true, false, false),
            (RunCode, Collaborator, true, true, true),
            (RunCode, Host, false, false, true),
            (Kind::Complete, Collaborator, true, false, false),
            (Kind::Complete, Host, false, false, true),
            (Kind::Watch, Watcher, false, false, false),
            (Kind::Watch, Collaborator, false, false, true),
            (Kind::SetStops, Watcher, false, false, false),
            (Kind::SetStops, Collaborator, false, false, true),
            (Kind::Host, Watcher, true, true, false),
            (Kind::Host, Collaborator, true, true, false),
            (Kind::Host, Host, false, false, true),
        ];
        for (kind, role, code, drives, allowed) in rows {
            let got = allow(kind, &person(role, code), drives);
            assert_eq!(got.is_ok(), allowed, "{kind:?} {role:?} code={code} drives={drives}: {got:?}");
        }
    }
}
