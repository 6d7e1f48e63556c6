//! DAP's messages, as far as an editor and we need them.
//!
//! Source: the Debug Adapter Protocol specification.

use super::{Effect, Facade};
use serde::Deserialize;
use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// The editor's number.
    pub seq: i64,
    /// What is asked.
    pub command: String,
    /// With what.
    #[serde(default)]
    pub arguments: Value,
}

/// A request that waits for its one answer. Only answering uses it up.
#[derive(Debug)]
#[must_use = "every request is answered"]
pub struct Ask {
    seq: i64,
    command: String,
}

/// What the editor said of itself.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// The number of the first line, 0 or 1.
    pub first_line: u32,
    /// The number of the first column.
    pub first_column: u32,
    /// Whether it shows types.
    pub types: bool,
    /// Whether it asks for large sets page by page.
    pub pages: bool,
    /// Whether it looks again at what is said to be no longer so.
    pub invalidates: bool,
    /// How it can be asked to open a session for a child process.
    pub children: Children,
}

/// How an editor opens a session for a child process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Children {
    /// It doesn't: everything is shown in one.
    No,
    /// By DAP's reverse request `startDebugging`.
    Request,
    /// By debugpy's own event `debugpyAttach`, which VS Code's Python Debugger knows.
    Event,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            first_line: 1,
            first_column: 1,
            types: false,
            pages: false,
            invalidates: false,
            children: Children::No,
        }
    }
}

impl Client {
    /// As `initialize` says it.
    pub fn of(arguments: &Value) -> Self {
        let first = |key: &str| u32::from(arguments.get(key).and_then(Value::as_bool).unwrap_or(true));
        let says = |key: &str| arguments.get(key).and_then(Value::as_bool).unwrap_or(false);
        let is_debugpys = matches!(text(arguments, "adapterID"), Some("debugpy" | "python"))
            && text(arguments, "clientID").is_some_and(|id| id.starts_with("vscode"));
        Self {
            first_line: first("linesStartAt1"),
            first_column: first("columnsStartAt1"),
            types: says("supportsVariableType"),
            pages: says("supportsVariablePaging"),
            invalidates: says("supportsInvalidatedEvent"),
            children: if says("supportsStartDebuggingRequest") {
                Children::Request
            } else if is_debugpys {
                Children::Event
            } else {
                Children::No
            },
        }
    }
}

impl Client {
    /// A client that talks to debugpy hears of children by debugpy's own event, unless it says that it can more.
    pub fn of_debugpy(self) -> Self {
        match self.children {
            Children::No => Self { children: Children::Event, ..self },
            Children::Request | Children::Event => self,
        }
    }
}

impl Ask {
    pub(super) fn of(request: &Request) -> Self {
        Self { seq: request.seq, command: request.command.clone() }
    }

    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// The beginning of an answer of debugpy's.
    pub(super) fn response(self, success: bool, message: Option<&str>) -> Value {
        let Self { seq, command } = self;
        without_nulls(json!({
            "type": "response", "request_seq": seq, "command": command, "success": success, "message": message,
        }))
    }
}

impl Facade {
    pub(super) fn send(&mut self, mut message: Value) {
        self.sent += 1;
        message["seq"] = self.sent.into();
        self.out.push(Effect::Send(message));
    }

    pub(super) fn event(&mut self, event: &str, body: Value) {
        self.send(json!({ "type": "event", "event": event, "body": without_nulls(body) }));
    }

    /// A reverse request; its number, by which the editor answers.
    pub(super) fn ask_editor(&mut self, command: &str, arguments: Value) -> i64 {
        self.send(json!({ "type": "request", "command": command, "arguments": arguments }));
        self.sent
    }

    pub(super) fn succeed(&mut self, ask: Ask, body: Value) {
        self.send(json!({
            "type": "response", "request_seq": ask.seq, "command": ask.command, "success": true,
            "body": without_nulls(body),
        }));
    }

    /// Refuses; the editor shows it to the person.
    pub(super) fn fail(&mut self, ask: Ask, sentence: &str) {
        self.refuse(ask, sentence, true);
    }

    /// Refuses what a person may not have asked for: a hover, a watch.
    pub(super) fn fail_quietly(&mut self, ask: Ask, sentence: &str) {
        self.refuse(ask, sentence, false);
    }

    pub(super) fn refuse(&mut self, ask: Ask, sentence: &str, show: bool) {
        self.send(json!({
            "type": "response", "request_seq": ask.seq, "command": ask.command, "success": false,
            "message": sentence,
            "body": { "error": { "id": 1, "format": sentence, "showUser": show } },
        }));
    }

    /// A line in the debug console, once the editor listens.
    pub(super) fn say(&mut self, line: &str) {
        if self.is_configured() || self.is_wired_with_others() {
            let output = format!("Breakroom: {line}\n");
            self.event("output", json!({ "category": "console", "output": output }));
        }
    }

    /// What concerns all of an editor's sessions, in one of them.
    pub(super) fn say_once(&mut self, line: &str) {
        if self.family.leads() {
            self.say(line);
        }
    }

    /// The same as [`Facade::say`], or as soon as the editor listens.
    pub(super) fn say_or_keep(&mut self, line: String) {
        if self.is_configured() {
            self.say(&line);
        } else if self.unsaid.len() < 16 {
            self.unsaid.push(line);
        }
    }

    /// A line as the editor counts.
    pub(super) fn line(&self, line: u32) -> u32 {
        line.saturating_sub(1) + self.client.first_line
    }

    /// A line of the editor's, from 1; `None`: there is none such.
    pub(super) fn line_of(&self, value: &Value) -> Option<u32> {
        let line = u32::try_from(value.as_i64()?).ok()?;
        (line + 1).checked_sub(self.client.first_line).filter(|line| *line > 0)
    }
}

/// A field as text, if it has something to say.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A field as a count; 0 and none mean "all".
pub fn count(value: &Value, key: &str) -> usize {
    match value.get(key).and_then(Value::as_u64) {
        None | Some(0) => usize::MAX,
        Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
    }
}

/// A field as a start; none means 0.
pub fn start(value: &Value, key: &str) -> usize {
    value.get(key).and_then(Value::as_u64).and_then(|start| usize::try_from(start).ok()).unwrap_or(0)
}

/// DAP's optional fields are left out, never null.
pub fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
