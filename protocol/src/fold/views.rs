//! The parts of a snapshot.

use crate::ids::{EntryId, FrameId, JournalSeq, ParticipantId, ProcessId, StopId, ThreadId, VariablesId};
use crate::model::{
    BreakpointEntry, Frame, Outcome, OutputCategory, Part, Participant, Proposal, ProposalEnd, Scope, Snap,
    TablePage, Task, Thread, ThreadActivity, UnixMillis, Variable, Watch,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A participant's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Who.
    pub participant: Participant,
    /// Whether they have a connection.
    pub present: bool,
    /// Whether their hand is up.
    pub hand: bool,
    /// Whether a host lets them run code while driving.
    pub code: bool,
}

/// What was captured of one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StopView {
    /// Its number.
    pub stop: StopId,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// DAP reason.
    pub reason: String,
    /// DAP description.
    pub description: Option<String>,
    /// DAP text.
    pub text: Option<String>,
    /// The thread that stopped.
    pub thread: ThreadId,
    /// Its process.
    #[serde(default)]
    pub process: ProcessId,
    /// Entries that were hit.
    pub hit: Vec<EntryId>,
    /// Threads.
    pub threads: Vec<Thread>,
    /// Stacks by thread.
    #[serde(deserialize_with = "number_keys")]
    pub stacks: BTreeMap<ThreadId, StackView>,
    /// Scopes by frame.
    #[serde(deserialize_with = "number_keys")]
    pub scopes: BTreeMap<FrameId, Vec<Scope>>,
    /// Variables by set.
    #[serde(deserialize_with = "number_keys")]
    pub variables: BTreeMap<VariablesId, VariablesView>,
    /// The last rows that were looked at of values that are tables, by set.
    #[serde(default, deserialize_with = "number_keys")]
    pub tables: BTreeMap<VariablesId, TablePage>,
    /// What threads and tasks do.
    #[serde(default)]
    pub activity: Option<ActivityView>,
}

impl StopView {
    pub(super) fn drop_part(&mut self, part: &Part) {
        let set = |view: &mut Self, id: &VariablesId, change: &dyn Fn(&mut VariablesView)| {
            view.variables.get_mut(id).into_iter().for_each(change);
        };
        match part {
            Part::Set { variables } => drop(self.variables.remove(variables)),
            Part::Page { variables, start } => {
                set(self, variables, &|view| view.pages.retain(|page| page.start != *start));
            }
            Part::Text { variables, name } => {
                set(self, variables, &|view| view.texts.retain(|piece| piece.name != *name));
            }
            Part::Table { variables } => drop(self.tables.remove(variables)),
        }
    }
}

/// What threads and asyncio tasks do at a stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActivityView {
    /// Threads.
    pub threads: Vec<ThreadActivity>,
    /// Tasks.
    pub tasks: Vec<Task>,
    /// Number of tasks in all.
    pub total_tasks: u32,
}

/// A thread's captured stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StackView {
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Number of frames in all.
    pub total: u32,
}

/// A captured set of variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VariablesView {
    /// As debugpy gave them.
    pub items: Vec<Variable>,
    /// Whether some were left out.
    pub truncated: bool,
    /// Number of items in all, once a page was looked at.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// The newest pages that were looked at.
    #[serde(default)]
    pub pages: Vec<PageView>,
    /// The newest pieces of long texts, one a name.
    #[serde(default)]
    pub texts: Vec<TextView>,
}

/// A page of a large container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PageView {
    /// Index of the first item.
    #[ts(type = "number")]
    pub start: u64,
    /// The items.
    pub items: Vec<Variable>,
}

/// A piece of a long text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TextView {
    /// The value's name in its set.
    pub name: String,
    /// Index of the first character.
    #[ts(type = "number")]
    pub start: u64,
    /// Number of characters in all.
    #[ts(type = "number")]
    pub total: u64,
    /// The piece.
    pub text: String,
}

/// A watch and what it was at the last stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WatchView {
    /// Which.
    pub watch: Watch,
    /// Oldest first; at most one a stop.
    pub values: Vec<WatchSample>,
}

/// What a watch was at one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WatchSample {
    /// Which stop.
    pub stop: StopId,
    /// Its value, or why there was none.
    pub outcome: Outcome,
}

/// A proposal and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProposalView {
    /// What.
    pub proposal: Proposal,
    /// When it was made.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// How it ended; `None`: it is open.
    pub end: Option<ProposalEndView>,
}

/// How a proposal ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProposalEndView {
    /// How.
    pub how: ProposalEnd,
    /// Who decided.
    pub by: Option<ParticipantId>,
    /// What came of it.
    pub message: Option<String>,
    /// What an evaluation gave.
    pub outcome: Option<Outcome>,
}

/// One capture of a snap point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SnapView {
    /// Its journal number.
    pub seq: JournalSeq,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// What.
    pub snap: Snap,
}

/// An entry and what debugpy made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BreakpointState {
    /// As set.
    pub entry: BreakpointEntry,
    /// `None`: debugpy has not answered yet (or the entry is disabled).
    pub verified: Option<bool>,
    /// Where it really is, if moved.
    pub actual_line: Option<u32>,
    /// Why it is not verified.
    pub message: Option<String>,
    /// What it has to count, compute or print is wrong, as `message` says.
    #[serde(default)]
    pub failed: bool,
    /// If it was reached too often and was taken out: how often a second.
    #[serde(default)]
    pub disarmed: Option<u32>,
    /// How often it captured something, if it is a snap point.
    #[serde(default)]
    pub snaps: u32,
    /// How often it was passed without a capture since its last one, as far as is known.
    #[serde(default)]
    pub passed: u32,
}

/// One output event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutputLine {
    /// Its journal number.
    pub seq: JournalSeq,
    /// Which stream.
    pub category: OutputCategory,
    /// Its text.
    pub text: String,
    /// Which process said it.
    #[serde(default)]
    pub process: ProcessId,
}

/// One chat line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChatLine {
    /// Its journal number.
    pub seq: JournalSeq,
    /// When.
    #[ts(type = "number")]
    pub at: UnixMillis,
    /// Who.
    pub by: Option<ParticipantId>,
    /// What.
    pub text: String,
}

/// One evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Evaluation {
    /// Its journal number.
    pub seq: JournalSeq,
    /// Who.
    pub by: Option<ParticipantId>,
    /// At which stop.
    pub stop: Option<StopId>,
    /// What.
    pub expression: String,
    /// With what outcome.
    pub outcome: Outcome,
    /// What its process, and those beside it, printed while it ran; not all of it, if that was much.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub printed: String,
}

/// A hole in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GapInfo {
    /// First lost number.
    pub from: JournalSeq,
    /// Last lost number.
    pub to: JournalSeq,
    /// Why.
    pub reason: String,
}

/// A map's keys are strings in JSON. serde_json reads numbers from them itself, except inside of an enum that tells its
/// variants apart by a field, such as [`ServerMessage`](crate::ServerMessage).
pub(super) fn number_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: serde::Deserializer<'de>,
    K: std::str::FromStr<Err: std::fmt::Display> + Ord,
    V: Deserialize<'de>,
{
    let by_text = BTreeMap::<String, V>::deserialize(deserializer)?;
    let parse = |(key, value): (String, V)| Ok((key.parse().map_err(serde::de::Error::custom)?, value));
    by_text.into_iter().map(parse).collect()
}
