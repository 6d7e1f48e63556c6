//! What the server says on the live socket.

use crate::error::ErrorBody;
use crate::event::Envelope;
use crate::fold::Snapshot;
use crate::ids::{ClientSeq, JournalSeq};
use crate::model::Me;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Version of this protocol; a client that knows another one asks the person to reload.
pub const PROTOCOL_VERSION: u32 = 1;

/// One frame from the server: `{"type": "event", …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Always the first.
    Welcome {
        /// [`PROTOCOL_VERSION`].
        protocol: u32,
        /// Who you are here.
        you: Me,
        /// The state up to `seq`; absent when `from` could be honoured: then the missed events follow.
        snapshot: Option<Box<Snapshot>>,
        /// Number of the last event before the ones that follow.
        seq: JournalSeq,
    },
    /// The next event, without holes.
    Event(Envelope),
    /// The end of a command: each gets exactly one.
    Reply {
        /// The command's number.
        id: ClientSeq,
        /// Absent: it was done, or is on its way as events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        error: Option<ErrorBody>,
    },
    /// Whether the recording is being kept at this moment; sent when that changes.
    Recording {
        /// Whether.
        ok: bool,
        /// If not: why, and what to do.
        message: Option<String>,
    },
}
