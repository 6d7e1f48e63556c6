//! An editor "on the wire": the one of a lone host, that gets what debugpy says as it says it.
//!
//! Such an editor attaches through the session's own connection to debugpy. Its requests go there as they came, beside what
//! the session asks; answers and events come back as they are, with the ids that debugpy gave. The session looks on, so
//! that everything is recorded, and others can come in at any time. Source of the shapes: the Debug Adapter Protocol.

use crate::error::ErrorBody;
use crate::ids::ParticipantId;
use serde_json::Value;

/// What debugpy is known to finish. `completions` that fail are never answered, so a session has its own way for them.
const FINISHED: [&str; 27] = [
    "initialize",
    "attach",
    "configurationDone",
    "disconnect",
    "terminate",
    "setBreakpoints",
    "setFunctionBreakpoints",
    "setExceptionBreakpoints",
    "continue",
    "next",
    "stepIn",
    "stepOut",
    "pause",
    "goto",
    "gotoTargets",
    "stepInTargets",
    "threads",
    "stackTrace",
    "scopes",
    "variables",
    "evaluate",
    "setVariable",
    "setExpression",
    "exceptionInfo",
    "modules",
    "source",
    "completions",
];

/// debugpy's own.
const CUSTOM: [&str; 3] = ["debugpySystemInfo", "setDebuggerProperty", "setPydevdSourceMap"];

/// Words for an editor that may wait for it: more than a session gathers while its journal is slow.
pub const WORDS: usize = 32_768;

/// A request of an editor's for debugpy. Only what debugpy is known to finish can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    command: &'static str,
    arguments: Value,
}

impl WireRequest {
    /// `None`: debugpy would not finish it, or it would harm the connection.
    #[must_use]
    pub fn new(command: &str, arguments: Value) -> Option<Self> {
        let command = FINISHED.iter().chain(&CUSTOM).find(|known| **known == command)?;
        let path = arguments.get("source").and_then(|source| source.get("path"));
        // Without a path it ends pydevd's reader.
        let harmful = *command == "setBreakpoints" && path.and_then(Value::as_str).is_none_or(str::is_empty);
        (!harmful).then_some(Self { command, arguments })
    }

    /// DAP command.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        self.command
    }

    /// With what.
    #[must_use]
    pub const fn arguments(&self) -> &Value {
        &self.arguments
    }

    /// Whether it runs code that may take as long as it likes.
    #[must_use]
    pub fn runs_code(&self) -> bool {
        matches!(self.command, "evaluate" | "setVariable" | "setExpression" | "completions" | "variables")
    }

    /// Whether it lets the program run.
    #[must_use]
    pub fn resumes(&self) -> bool {
        matches!(self.command, "continue" | "next" | "stepIn" | "stepOut" | "goto")
    }
}

/// What debugpy answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WireResponse {
    /// DAP's `success`.
    pub success: bool,
    /// DAP's `message`.
    pub message: Option<String>,
    /// DAP's `body`.
    pub body: Option<Value>,
}

/// What debugpy told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireEvent {
    /// Its name.
    pub event: String,
    /// DAP's `body`.
    pub body: Option<Value>,
}

/// An editor that wants to be on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireEditor {
    /// Whose it is: a host.
    pub who: ParticipantId,
    /// How the ids of the breakpoints begin that it sets.
    pub prefix: String,
}

/// What it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireAsk {
    /// Comes back with the answer.
    pub id: u64,
    /// DAP command.
    pub command: String,
    /// With what.
    pub arguments: Value,
}

/// What it is told. The end of these is the end of being on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireWord {
    /// The one end of something asked: debugpy's answer, or why there is none.
    Answer {
        /// What was asked.
        id: u64,
        /// How it ended.
        outcome: Result<WireResponse, ErrorBody>,
    },
    /// It concerns the others, too: it is the editor's own to handle, as any other editor handles it.
    Shared {
        /// What was asked.
        id: u64,
    },
    /// Unasked.
    Event(WireEvent),
    /// A child process waits for the editor to attach to it with these arguments, on another connection.
    Child(Value),
    /// The editor's session that saw to the room has left: this one, for a child process, does from now on.
    Leads,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_would_brick_debugpy_has_no_form() {
        for command in ["loadedSources", "cancel", "restartFrame", "readMemory", "pydevdAuthorize", "launch"]
        {
            assert_eq!(WireRequest::new(command, json!({})), None, "{command}");
        }
        assert!(WireRequest::new("setBreakpoints", json!({ "source": {} })).is_none());
        assert!(WireRequest::new("setBreakpoints", json!({ "source": { "path": "/a.py" } })).is_some());
        assert!(WireRequest::new("debugpySystemInfo", Value::Null).is_some());
    }
}
