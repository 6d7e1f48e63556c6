//! Those who come by an invite that asks: what hosts are shown of them, and of invites.

use super::{Role, UnixMillis};
use crate::ids::{GuestId, InviteId, ParticipantId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Somebody who waits to be let in. They have no ticket, and see nothing of the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitingGuest {
    /// Which.
    pub id: GuestId,
    /// As they call themselves.
    pub name: String,
    /// What they would come in as.
    pub role: Role,
    /// The invite that they came by.
    pub invite: InviteId,
    /// Since when they wait.
    #[ts(type = "number")]
    pub since: UnixMillis,
    /// When they are told that nobody decided.
    #[ts(type = "number")]
    pub until: UnixMillis,
}

/// Somebody waits no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitEnded {
    /// Which.
    pub id: GuestId,
    /// As they call themselves.
    pub name: String,
    /// How it ended.
    pub how: WaitEnd,
    /// The host who decided.
    pub by: Option<ParticipantId>,
}

/// How somebody's waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// A host let them in.
    LetIn,
    /// A host turned them away.
    TurnedAway,
    /// They left, or their page was closed for too long.
    Left,
    /// Their invite ended: revoked, expired or used up.
    InviteEnded,
    /// Nobody decided in time.
    NobodyDecided,
}

/// Who came in by an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct CameBy {
    /// Who.
    pub participant: ParticipantId,
    /// As they call themselves.
    pub name: String,
}
