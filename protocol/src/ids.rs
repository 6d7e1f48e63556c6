//! Identifiers. Two numbering spaces are two types, so that one can't be taken for the other.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new one: UUID version 7, so that they sort by the time they were made.
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS, ToSchema,
        )]
        #[serde(transparent)]
        #[ts(type = "number")]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

uuid_id!(
    /// One debugging of one target, live first, a recording ever after.
    SessionId
);
uuid_id!(
    /// One person (or agent). The same Home Assistant user is the same participant in every session.
    ParticipantId
);
uuid_id!(
    /// One invite link.
    InviteId
);
uuid_id!(
    /// One ticket (the JWT's `jti`), the unit of revocation.
    TicketId
);
number_id!(
    /// One socket of a participant: two tabs are two connections. Unique within the server's life.
    ConnectionId(u64)
);
number_id!(
    /// Position in a session's journal, from 1 without holes, except where a `gap` event says so.
    JournalSeq(u64)
);
number_id!(
    /// A client's own number for a command; the reply carries it. Unique per connection.
    ClientSeq(u32)
);
number_id!(
    /// One pause of the debuggee, from 1 within the session.
    StopId(u32)
);
number_id!(
    /// A process of the program, within the session. 0 is the one that was attached to; its children count from 1 and
    /// are never numbered again.
    ProcessId(u32)
);
number_id!(
    /// A frame within one stop. Means nothing without its [`StopId`].
    FrameId(u32)
);
number_id!(
    /// A set of variables (a scope, or a value's children) within one stop. Means nothing without its [`StopId`].
    VariablesId(u32)
);
number_id!(
    /// DAP thread id, as debugpy gives it.
    ThreadId(i64)
);
number_id!(
    /// One watch, from 1 within the session, never given again.
    WatchId(u32)
);
number_id!(
    /// One proposal, from 1 within the session, never given again.
    ProposalId(u32)
);
number_id!(
    /// One capture of a snap point, from 1 within the session.
    SnapId(u32)
);
number_id!(
    /// Somebody who waits to be let in, from 1 while the server runs.
    GuestId(u32)
);
text_id!(
    /// Key of an entry in the `breakpoints` doc, chosen by the client that made it (at most 64 characters).
    EntryId
);
text_id!(
    /// Key of a note in the `notes` doc, chosen by the client that made it (at most 64 characters).
    NoteId
);
text_id!(
    /// Lower-case hex SHA-256 of a source text's UTF-8 bytes.
    SourceHash
);
