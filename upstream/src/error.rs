//! Why attaching failed, each with a code for programs and a sentence for people that says what to do.

use breakroom_protocol::dap::FrameError;
use breakroom_protocol::error::ErrorCode;
use std::fmt;
use std::io;
use std::time::Duration;

/// How far attaching had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Connected; nothing came back yet.
    Greeting,
    /// debugpy spoke; `initialize` is unanswered.
    Initialize,
    /// The adapter answered; the program behind it has not (`initialized` is awaited).
    Program,
    /// Breakpoints and `configurationDone` are unanswered.
    Configuration,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "before it said anything",
            Self::Initialize => "before it answered `initialize`",
            Self::Program => "while it waited for the program behind it",
            Self::Configuration => "while breakpoints were set",
        })
    }
}

/// Why there is no session with debugpy.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// The connection was refused.
    #[error("nothing listens at {address}: start the program's debugger (`debugpy.listen`), then try again")]
    NotActive {
        /// Where.
        address: String,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// The host can't be found or doesn't answer.
    #[error("cannot reach {address}: check that the host is up, and its name, port and firewall")]
    Unreachable {
        /// Where.
        address: String,
        /// What the network said.
        #[source]
        source: io::Error,
    },
    /// Another client holds debugpy's one connection.
    #[error(
        "another client is debugging the program at {address}: end that session first (an editor, for example)"
    )]
    Busy {
        /// Where.
        address: String,
    },
    /// Something else listens there.
    #[error("what listens at {address} is not debugpy: check the port")]
    NotDebugpy {
        /// Where.
        address: String,
        /// What was wrong with its words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It accepts connections and says nothing (more).
    #[error(
        "{address} accepts connections, but fell silent {phase}: check the port; if it is debugpy, restart the program"
    )]
    Silent {
        /// Where.
        address: String,
        /// When.
        phase: Phase,
    },
    /// The connection ended while attaching.
    #[error(
        "debugpy at {address} closed the connection {phase}: try again; if that happens again, restart the program"
    )]
    Gone {
        /// Where.
        address: String,
        /// When.
        phase: Phase,
        /// What the network said; `None` for an orderly end.
        #[source]
        source: Option<io::Error>,
    },
    /// debugpy answered an attach step with an error.
    #[error("debugpy at {address} refused to attach ({message}): if that happens again, restart the program")]
    Refused {
        /// Where.
        address: String,
        /// debugpy's words.
        message: String,
    },
}

impl AttachError {
    /// Its public code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotActive { .. } | Self::Unreachable { .. } => ErrorCode::DebuggerNotActive,
            Self::Busy { .. } => ErrorCode::DebuggerBusy,
            Self::NotDebugpy { .. } => ErrorCode::NotDebugpy,
            Self::Silent { .. } => ErrorCode::DebuggerSilent,
            Self::Gone { .. } | Self::Refused { .. } => ErrorCode::DebuggerGone,
        }
    }
}

/// How a live connection broke; becomes the sentence in `Closed`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("debugpy closed the connection")]
    Eof,
    #[error("the connection to debugpy broke: {0}")]
    Io(io::Error),
    #[error("nothing came from debugpy for {} s, not even when it was asked: the network may be down", .0.as_secs())]
    Silent(Duration),
    #[error("debugpy sent something that is not DAP: {0}")]
    Frame(FrameError),
    #[error("debugpy sent something that is not DAP: {0}")]
    Json(serde_json::Error),
}

impl From<FrameError> for Broken {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(error) => Self::Io(error),
            other => Self::Frame(other),
        }
    }
}
