//! What people want to stop at, or to have captured in passing.

use super::CodePlace;
use crate::ids::{EntryId, ParticipantId, ProcessId, SnapId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One line-breakpoint entry as people set it; several may be on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BreakpointEntry {
    /// Its key in the doc.
    pub id: EntryId,
    /// Absolute path on the target; empty for one on a function.
    pub path: String,
    /// Line, from 1; 0 for one on a function.
    pub line: u32,
    /// Stop when a function of this name is entered, wherever it is, instead of at a line.
    #[serde(default)]
    pub function: Option<String>,
    /// Python expression: stop only if true.
    pub condition: Option<String>,
    /// debugpy hit condition, such as `5`, `>= 3`, `% 10`.
    pub hit_condition: Option<String>,
    /// Print this instead of stopping; `{expressions}` are evaluated.
    pub log_message: Option<String>,
    /// A snap point: capture stack and locals instead of stopping, and run on at once.
    #[serde(default)]
    pub snap: bool,
    /// A disabled entry stays in the list and is not sent to debugpy.
    pub enabled: bool,
    /// Who set it; said by the server, whatever a client wrote.
    pub author: ParticipantId,
}

/// What debugpy made of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BreakpointResult {
    /// Which entry.
    pub id: EntryId,
    /// Whether it can be hit.
    pub verified: bool,
    /// Where it really is, if debugpy moved it.
    pub line: Option<u32>,
    /// Why not, if it is not verified.
    pub message: Option<String>,
    /// It is not a matter of where it is: what it has to count, compute or print is wrong, as `message` says.
    #[serde(default)]
    pub failed: bool,
}

/// A breakpoint entry that is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BreakpointDraft {
    /// Absolute path on the target; empty for one on a function.
    pub path: String,
    /// Line, from 1; 0 for one on a function.
    pub line: u32,
    /// As in an entry.
    pub function: Option<String>,
    /// As in an entry.
    pub condition: Option<String>,
    /// As in an entry.
    pub hit_condition: Option<String>,
    /// As in an entry.
    pub log_message: Option<String>,
    /// As in an entry.
    pub snap: bool,
}

/// A frame as a snap point captured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SnapFrame {
    /// Where.
    pub place: CodePlace,
    /// Its locals by name; only of the innermost frames.
    pub locals: Vec<SnapValue>,
}

/// A value as a snap point captured it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SnapValue {
    /// Its name.
    pub name: String,
    /// Its text, cut at 1,000 characters.
    pub value: String,
    /// Its type's name.
    #[serde(rename = "type")]
    pub type_name: String,
}

/// One capture of a snap point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Snap {
    /// Its number.
    pub id: SnapId,
    /// Whose snap point.
    pub entry: EntryId,
    /// Which process.
    pub process: ProcessId,
    /// Which thread, by name.
    pub thread: String,
    /// Innermost first, at most 20.
    pub frames: Vec<SnapFrame>,
    /// How often this entry was passed without a capture since its last one, as the rate was over its limit.
    pub skipped: u32,
}
