//! Names and limits of the shared docs, synced by the stock y-websocket protocol at `/api/sessions/{id}/docs/{doc}`.
//!
//! `breakpoints`: `Y.Map("breakpoints")` from entry id to a plain JSON object `{path, line, condition?,
//! hitCondition?, logMessage?, snap?, enabled, author}`, or with `function` instead of `path` and `line`; a changed entry
//! is set anew as a whole.
//! `notes`: `Y.Map("notes")` from note id to a `Y.Map` `{path, line, author, stop?, at, resolved?, text: Y.Text}`, or, for
//! a reply, `{note, author, at, text: Y.Text}` with the id of the note that it answers. `author`, `at` (ms since 1970) and
//! whose id is in `resolved` are the server's to say: it puts in what is missing or wrong. A note is resolved by writing
//! one's own id there, and reopened by removing it. With a note go its replies.
//! Awareness (on `notes`): `{participant, path?, line?, frame?, stop?}`; `participant` must be one's own id.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use ts_rs::TS;

/// Which shared doc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocName {
    /// What people want to stop at.
    Breakpoints,
    /// What people write beside the code; also carries awareness.
    Notes,
}

impl DocName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Breakpoints, Self::Notes];

    /// The name in URLs and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breakpoints => "breakpoints",
            Self::Notes => "notes",
        }
    }
}

impl FromStr for DocName {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|doc| doc.as_str() == text).ok_or(())
    }
}

/// Largest doc message accepted, in bytes.
pub const MAX_DOC_MESSAGE: usize = 256 * 1024;
/// Most entries in the `breakpoints` doc.
pub const MAX_BREAKPOINTS: usize = 1_000;
/// Most notes in the `notes` doc.
pub const MAX_NOTES: usize = 1_000;
/// Most replies to one note.
pub const MAX_REPLIES: usize = 200;
/// Most replies in the `notes` doc.
pub const MAX_REPLIES_IN_ALL: usize = 2_000;
/// Longest text of a note or reply, in characters.
pub const MAX_NOTE_TEXT: usize = 20_000;
/// Longest condition or log message, in characters.
pub const MAX_EXPRESSION: usize = 10_000;
