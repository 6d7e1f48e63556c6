//! What can go wrong, said so that a person knows what to do.

use breakroom_protocol::ids::SessionId;
use std::io;
use std::path::{Path, PathBuf};

/// Why the journal could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or the file could not be made or protected.
    #[error("cannot make {path} (check that the folder exists and is yours to write)")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has the journal open.
    #[error("{path} is in use by another Breakroom: stop that one, or give this one another data folder")]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The file is no SQLite database, or damaged beyond reading.
    #[error(
        "{path} is not a database, or damaged: move it away (with -wal and -shm) and start again, or restore a copy"
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// A SQLite database, but not one of ours.
    #[error("{path} belongs to another program: give Breakroom another data folder")]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The database was migrated by another version.
    #[error(
        "{path} was written by another version of Breakroom (schema {schema}): use that version, or another data folder"
    )]
    OtherVersion {
        /// The database.
        path: PathBuf,
        /// The schema's version that we don't know, or know otherwise.
        schema: i64,
    },
    /// The database could not be opened or migrated.
    #[error("cannot open {path}")]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed.
    #[error("cannot bring {path} up to date")]
    Migrate {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// Reading failed.
    #[error("cannot read {what}")]
    Read {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// What was read makes no sense.
    #[error("{what} in the journal cannot be understood")]
    Content {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Writing failed, for as long as it was tried.
    #[error("cannot write {what}: {advice}")]
    Write {
        /// What.
        what: &'static str,
        /// The cause and what to do about it.
        advice: String,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// There is no such session.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// A live session's recording cannot be deleted.
    #[error("session {0} is live: end it first")]
    StillLive(SessionId),
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    pub(crate) fn read(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Read { what, source }
    }

    pub(crate) fn content<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Content { what, source: source.into() }
    }
}

/// What kind of failure an error from SQLite is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Somebody else holds the database.
    Locked,
    /// No room.
    Full,
    /// The file is not what it should be.
    Damaged,
    /// Not ours to write (any more).
    ReadOnly,
    /// What was written breaks a rule: trying again would not help.
    Refused,
    /// The disk, the connection, anything else.
    Other,
}

impl Trouble {
    /// Primary result codes as in <https://www.sqlite.org/rescode.html>.
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let Some(code) = error.as_database_error().and_then(|error| error.code()) else { return Self::Other };
        match code.parse::<i32>().unwrap_or(1) & 0xff {
            5 | 6 => Self::Locked,
            13 => Self::Full,
            11 | 26 => Self::Damaged,
            3 | 8 | 14 | 23 => Self::ReadOnly,
            18..=20 | 25 => Self::Refused,
            _ => Self::Other,
        }
    }

    /// Whether the connection is as good as before.
    pub(crate) fn spares_connection(self) -> bool {
        matches!(self, Self::Locked | Self::Full | Self::Refused)
    }

    /// The cause and the remedy, for the people in the session.
    pub(crate) fn advice(self, path: &Path, error: &sqlx::Error) -> String {
        let path = path.display();
        match self {
            Self::Locked => {
                format!("another program keeps {path} locked; close it, and recording goes on by itself")
            }
            Self::Full => {
                format!(
                    "the disk that holds {path} (or the size it may have) is full; make room or delete recordings"
                )
            }
            Self::Damaged => {
                format!("{path} is damaged; stop the server and restore a copy of it, or move it away")
            }
            Self::ReadOnly => {
                format!("{path} can no longer be written; check the file's and its folder's owner and rights")
            }
            Self::Refused => format!("the database refused it ({error})"),
            Self::Other => format!("{path} cannot be written ({error}); check the disk"),
        }
    }
}
