//! What the server says on the live socket.

use crate::error::ErrorBody;
use crate::event::Envelope;
use crate::fold::Snapshot;
use crate::ids::{ClientSeq, JournalSeq};
use crate::model::{Completion, Me, Module, StepInTarget, WaitEnded, WaitingGuest};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Version of this protocol; a client that knows another one asks the person to reload.
pub const PROTOCOL_VERSION: u32 = 1;

/// One frame from the server: `{"type": "event", …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Always the first, but for `Alive`.
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
        /// What was asked for, where it is for nobody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        result: Option<ReplyResult>,
    },
    /// Nothing but that the server is there, every 20 s: pings don't reach a browser's page, which can't tell a quiet room from a
    /// dead network otherwise.
    Alive,
    /// Whether the recording is being kept at this moment; sent when that changes.
    Recording {
        /// Whether.
        ok: bool,
        /// If not: why, and what to do.
        message: Option<String>,
    },
    /// To hosts only: who waits to be let in. Sent after a welcome if anybody does, and at each change.
    Waiting {
        /// All of them, the longest first.
        guests: Vec<WaitingGuest>,
        /// Who has just stopped waiting.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        ended: Option<WaitEnded>,
    },
}

/// What a reply carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReplyResult {
    /// To `complete`.
    Completions {
        /// Best first.
        items: Vec<Completion>,
    },
    /// To `modules`.
    Modules {
        /// The program's own first; at most 5,000.
        items: Vec<Module>,
    },
    /// To `step_in_targets`.
    StepInTargets {
        /// In the order in which they are called.
        items: Vec<StepInTarget>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::ids::{FrameId, ParticipantId, ProcessId, StopId, ThreadId, VariablesId};
    use crate::model::{Frame, Participant, ParticipantKind, Role, Scope};

    #[test]
    fn a_welcome_in_mid_stop_is_read_as_it_was_written() {
        let (stop, thread, variables) = (StopId(1), ThreadId(7), VariablesId(1));
        let frame = Frame { id: FrameId(1), name: "f".into(), path: None, line: 1, column: 1, subtle: false };
        let scope = Scope { name: "Locals".into(), variables, expensive: false };
        let events = [
            Event::Stopped {
                stop,
                reason: "step".into(),
                description: None,
                text: None,
                thread,
                process: ProcessId(0),
            },
            Event::Stack { stop, thread, start: 0, frames: vec![frame], total: 1 },
            Event::Scopes { stop, frame: FrameId(1), scopes: vec![scope] },
            Event::Variables { stop, variables, items: Vec::new(), truncated: false },
        ];
        let mut snapshot = Snapshot::default();
        for (at, event) in (1..).zip(events) {
            snapshot.apply(&Envelope { seq: JournalSeq(at), at, by: None, event });
        }
        let participant = Participant {
            id: ParticipantId::new(),
            name: "Ada".into(),
            role: Role::Watcher,
            kind: ParticipantKind::Guest,
            may_write_notes: false,
        };
        let you = Me { participant, session: None, expires_at: 1 };
        let seq = snapshot.seq;
        let welcome = ServerMessage::Welcome {
            protocol: PROTOCOL_VERSION,
            you,
            snapshot: Some(Box::new(snapshot)),
            seq,
        };
        let text = serde_json::to_string(&welcome).unwrap();
        assert_eq!(serde_json::from_str::<ServerMessage>(&text).unwrap(), welcome);
    }
}
