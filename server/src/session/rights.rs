//! The table of roles from the product's definition, as one function.
//!
//! Pure. Every command of every way in passes [`allow`] before anything else looks at it. What also needs the
//! wheel is checked where the wheel is ([`super::lease::Lease::require`]).

use super::people::Here;
use breakroom_protocol::{Command, ErrorBody, ErrorCode, Role};

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
    DecideWheel,
    /// Where the program stops; breakpoints go by the same rule, in their doc.
    SetStops,
    /// Runs code in the debuggee.
    RunCode,
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
        | Command::Chat { .. }
        | Command::Propose { .. }
        | Command::ProposalWithdraw { .. }
        | Command::Hand { .. } => Kind::Anyone,
        Command::Continue { .. }
        | Command::Goto { .. }
        | Command::Next { .. }
        | Command::StepIn { .. }
        | Command::StepOut { .. }
        | Command::Pause { .. } => Kind::Drive,
        Command::WheelRequest | Command::WheelWithdraw | Command::WheelRelease => Kind::WantWheel,
        Command::WheelGrant { .. } | Command::WheelDecline { .. } => Kind::DecideWheel,
        // What runs no code of theirs is let through where it is recognised: a plain name, a captured value.
        Command::Evaluate { .. }
        | Command::SetVariable { .. }
        | Command::SetExpression { .. }
        | Command::Complete { .. } => Kind::RunCode,
        // Which watches run code is decided where their text is read; which proposals, where they are known.
        Command::WatchAdd { .. } | Command::WatchRemove { .. } => Kind::SetStops,
        Command::ProposalRun { .. } | Command::ProposalDecline { .. } | Command::MuteAll { .. } => {
            Kind::DecideWheel
        }
        Command::ExceptionFilters { .. } | Command::MuteMine { .. } | Command::Rearm { .. } => Kind::SetStops,
        Command::WheelTake
        | Command::GrantCode { .. }
        | Command::Remove { .. }
        | Command::Start { .. }
        | Command::End
        | Command::Restart => Kind::Host,
    }
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
        Kind::DecideWheel if role == Role::Host || drives => Ok(()),
        Kind::DecideWheel => Err(not_allowed("Only the driver or a host decides about the wheel.")),
        // A collaborator without the wheel is told so by the lease.
        Kind::Drive if role >= Role::Collaborator => Ok(()),
        Kind::Drive => Err(propose("Watchers may only propose steps")),
        Kind::SetStops if role >= Role::Collaborator => Ok(()),
        Kind::SetStops => Err(propose("Watchers may only propose where it stops")),
        Kind::RunCode => allow_code(who, drives),
    }
}

/// Whether `who` may run code in the debuggee now. The same for conditions and log messages of breakpoints.
pub fn may_run_code(who: &Here, drives: bool) -> bool {
    who.participant.role == Role::Host || (who.participant.role == Role::Collaborator && who.code && drives)
}

fn allow_code(who: &Here, drives: bool) -> Result<(), ErrorBody> {
    if may_run_code(who, drives) {
        return Ok(());
    }
    Err(propose(match who.participant.role {
        Role::Collaborator if who.code => "Collaborators run code only while they drive",
        Role::Collaborator => "Collaborators run code only while they drive and a host has granted it",
        _ => "Watchers may only propose code",
    }))
}

fn not_allowed(what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::NotAllowed, what)
}

fn propose(what: &str) -> ErrorBody {
    let message = format!("{what}, and proposals aren't possible yet: ask a host in the chat.");
    ErrorBody::new(ErrorCode::ProposalNotPossible, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{Participant, ParticipantId, ParticipantKind};

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
    fn the_table() {
        use Kind::{Anyone, DecideWheel, Drive, RunCode, WantWheel};
        use Role::{Collaborator, Host, Watcher};
        let rows = [
            (Anyone, Watcher, false, false, true),
            (Drive, Watcher, false, false, false),
            (Drive, Collaborator, false, true, true),
            (Drive, Host, false, true, true),
            (WantWheel, Watcher, false, false, false),
            (WantWheel, Collaborator, false, false, true),
            (DecideWheel, Watcher, false, false, false),
            (DecideWheel, Collaborator, false, false, false),
            (DecideWheel, Collaborator, false, true, true),
            (DecideWheel, Host, false, false, true),
            (RunCode, Watcher, true, true, false),
            (RunCode, Collaborator, false, true, false),
            (RunCode, Collaborator, true, false, false),
            (RunCode, Collaborator, true, true, true),
            (RunCode, Host, false, false, true),
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
