//! Muting, rearming, drift, expiry and snap points.

use super::State;
use super::commands::{Verdict, refuse};
use breakroom_protocol::{EntryId, ErrorCode, ParticipantId};

impl State {
    pub(super) fn mute_mine(&mut self, _me: ParticipantId, _muted: bool) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
    pub(super) fn mute_all(&mut self, _me: ParticipantId, _muted: bool) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
    pub(super) fn rearm(&mut self, _me: ParticipantId, _entry: &EntryId) -> Verdict {
        refuse(ErrorCode::Internal, "Not built yet.")
    }
}
