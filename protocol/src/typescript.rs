//! The client's `protocol.ts`, generated, so that no type is written twice.

use crate::{close, command, error, event, fold, ids, message, model, room};
use ts_rs::{Config, TS};

/// The whole file's text. `cargo xtask codegen` writes it; a test holds the committed file current.
#[must_use]
pub fn protocol_ts() -> String {
    let config = Config::default();
    let mut out = String::from(
        "// Generated from the protocol crate by `cargo xtask codegen`. Do not edit.\n\n\
         export const PROTOCOL_VERSION = ",
    );
    out.push_str(&message::PROTOCOL_VERSION.to_string());
    out.push_str(";\n\n");
    macro_rules! declare {
        ($($type:ty),+ $(,)?) => {
            $(out.push_str("export "); out.push_str(&<$type as TS>::decl(&config)); out.push_str("\n\n");)+
        };
    }
    declare!(
        ids::SessionId,
        ids::ParticipantId,
        ids::InviteId,
        ids::TicketId,
        ids::JournalSeq,
        ids::ClientSeq,
        ids::StopId,
        ids::FrameId,
        ids::ProcessId,
        ids::VariablesId,
        ids::ThreadId,
        ids::EntryId,
        ids::NoteId,
        ids::SourceHash,
        ids::WatchId,
        ids::ProposalId,
        ids::SnapId,
        ids::GuestId,
        model::Role,
        model::ParticipantKind,
        model::Participant,
        model::TargetInfo,
        model::SessionInfo,
        model::Thread,
        model::Frame,
        model::Scope,
        model::Variable,
        model::BreakpointEntry,
        model::BreakpointResult,
        model::Note,
        model::Reply,
        model::OutputCategory,
        model::ProcessInfo,
        model::ExceptionFilters,
        model::AttachChoice,
        model::AttachOptions,
        model::SourceInfo,
        model::ResumeKind,
        model::WheelReason,
        model::LeaveReason,
        model::EndReason,
        model::Outcome,
        model::InviteInfo,
        model::CameBy,
        model::WaitingGuest,
        model::WaitEnd,
        model::WaitEnded,
        model::Me,
        model::StopInfo,
        model::SessionRow,
        model::CodePlace,
        model::Part,
        model::ThreadActivity,
        model::TaskState,
        model::Task,
        model::TablePage,
        model::EvaluateContext,
        model::Completion,
        model::Module,
        model::StepInTarget,
        model::Watch,
        model::BreakpointDraft,
        model::Proposal,
        model::ProposalEnd,
        model::SnapFrame,
        model::SnapValue,
        model::Snap,
        model::Busy,
        model::BusyState,
        close::CloseCode,
        error::ErrorCode,
        error::ErrorBody,
        event::Event,
        event::Envelope,
        fold::Phase,
        fold::Person,
        fold::StackView,
        fold::VariablesView,
        fold::PageView,
        fold::TextView,
        fold::ActivityView,
        fold::WatchView,
        fold::WatchSample,
        fold::ProposalView,
        fold::ProposalEndView,
        fold::SnapView,
        fold::StopView,
        fold::BreakpointState,
        fold::OutputLine,
        fold::ChatLine,
        fold::Evaluation,
        fold::GapInfo,
        fold::Snapshot,
        command::Command,
        command::Proposed,
        command::ClientMessage,
        message::ReplyResult,
        message::ServerMessage,
        room::DocName,
    );
    out.push_str("export const CLOSE_CODES = {\n");
    for code in close::CloseCode::ALL {
        out.push_str(&format!("  {}: {},\n", code.reason(), code.number()));
    }
    out.push_str("} as const;\n\nexport const LIMITS = {\n");
    for (name, value) in [
        ("outputKept", fold::OUTPUT_KEPT),
        ("chatKept", fold::CHAT_KEPT),
        ("evaluationsKept", fold::EVALUATIONS_KEPT),
        ("printedKept", fold::PRINTED_KEPT),
        ("snapsKept", fold::SNAPS_KEPT),
        ("watchValuesKept", fold::WATCH_VALUES_KEPT),
        ("proposalsKept", fold::PROPOSALS_KEPT),
        ("stackKept", fold::STACK_KEPT as usize),
        ("pagesKept", fold::PAGES_KEPT),
        ("textsKept", fold::TEXTS_KEPT),
        ("noteText", room::MAX_NOTE_TEXT),
        ("replies", room::MAX_REPLIES),
        ("expression", room::MAX_EXPRESSION),
    ] {
        out.push_str(&format!("  {name}: {value},\n"));
    }
    out.push_str("} as const;\n");
    out
}
