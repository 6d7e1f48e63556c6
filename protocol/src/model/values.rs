//! What is seen of a paused program: frames, values, tables, what threads and tasks do; and what helps to get about there.

use crate::ids::{FrameId, ThreadId, VariablesId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A thread of the debuggee at one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Thread {
    /// DAP thread id.
    pub id: ThreadId,
    /// Its name.
    pub name: String,
}

/// A place in the program's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CodePlace {
    /// Function's name.
    pub function: String,
    /// Absolute path on the target; `None` for code without a file.
    pub path: Option<String>,
    /// Line, from 1.
    pub line: u32,
}

/// What a thread does at a stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThreadActivity {
    /// Which.
    pub id: ThreadId,
    /// Whether debugpy holds it; else it is in native code (a lock, a socket, a sleep) and is held when it returns.
    pub held: bool,
    /// Its innermost frame of the program.
    pub place: Option<CodePlace>,
}

/// How far an asyncio task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It is the one that runs in its loop.
    Running,
    /// It waits for something.
    Waiting,
    /// It could run, and isn't its turn.
    Ready,
}

/// An asyncio task at a stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Task {
    /// `Task.get_name()`.
    pub name: String,
    /// Its coroutine's qualified name.
    pub coroutine: String,
    /// How far it is.
    pub state: TaskState,
    /// What it waits for, in Python's words, cut at 200 characters.
    pub waits_for: Option<String>,
    /// The awaits that led to where it waits, outermost first, at most 20.
    pub stack: Vec<CodePlace>,
    /// The thread that runs its loop, if one does.
    pub thread: Option<ThreadId>,
}

/// A page of a value that is a table: a DataFrame, an array, a list of dicts …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TablePage {
    /// Index of the first row here.
    #[ts(type = "number")]
    pub start: u64,
    /// Number of rows in all.
    #[ts(type = "number")]
    pub total: u64,
    /// Names of the columns here.
    pub columns: Vec<String>,
    /// Number of columns in all.
    #[ts(type = "number")]
    pub total_columns: u64,
    /// A label a row.
    pub index: Vec<String>,
    /// Cells by row, cut at 200 characters.
    pub rows: Vec<Vec<String>>,
    /// Column that the rows are sorted by.
    pub sort: Option<String>,
    /// Whether from large to small.
    pub descending: bool,
}

/// A part of what was captured of a stop's values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// A set of variables, with its pages and texts.
    Set {
        /// Which.
        variables: VariablesId,
    },
    /// A page of a container.
    Page {
        /// The container's set.
        variables: VariablesId,
        /// Index of the first item.
        #[ts(type = "number")]
        start: u64,
    },
    /// A piece of a long text.
    Text {
        /// The set that the text is in.
        variables: VariablesId,
        /// Its name there.
        name: String,
    },
    /// Rows of a table.
    Table {
        /// The value's set.
        variables: VariablesId,
    },
}

impl Part {
    /// The set that it is, or belongs to.
    pub fn set(&self) -> VariablesId {
        match self {
            Self::Set { variables }
            | Self::Page { variables, .. }
            | Self::Text { variables, .. }
            | Self::Table { variables } => *variables,
        }
    }
}

/// What an evaluation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EvaluateContext {
    /// The console: everybody sees it there.
    #[default]
    Repl,
    /// Pointing at code.
    Hover,
    /// Looking at a value again, in an editor's own watch list.
    Watch,
    /// To be copied: uncut as far as the limit for expressions' results goes.
    Clipboard,
}

/// Something that can complete what is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Completion {
    /// What is shown, and inserted if there is no `text`.
    pub label: String,
    /// What is inserted.
    pub text: Option<String>,
    /// DAP's `CompletionItemType`.
    pub kind: Option<String>,
    /// Index of the first character that is replaced, from 0.
    pub start: u32,
    /// Number of characters that are replaced.
    pub length: u32,
}

/// A module that the program has loaded from a file of Python's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Module {
    /// As in `sys.modules`.
    pub name: String,
    /// Absolute path on the target.
    pub path: String,
    /// It is of Python's library or an installed package.
    pub library: bool,
}

/// A call on the current line that can be stepped into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepInTarget {
    /// Its number at this stop, for `step_in`.
    pub id: u32,
    /// What is called.
    pub label: String,
}

/// A stack frame at one stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Frame {
    /// Its id within the stop.
    pub id: FrameId,
    /// Function name, as debugpy words it.
    pub name: String,
    /// Absolute path on the target; `None` for frames without a file.
    pub path: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Library code or such, which debugpy asks to be shown subdued.
    pub subtle: bool,
}

/// A scope of a frame (Locals, Globals).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Scope {
    /// As debugpy names it.
    pub name: String,
    /// Its variables' id within the stop.
    pub variables: VariablesId,
    /// Not captured unasked (Globals).
    pub expensive: bool,
}

/// A variable of a scope or a child of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Variable {
    /// As debugpy names it.
    pub name: String,
    /// Shown value; cut at the capture limit (4,096 characters), then it ends in `…`.
    pub value: String,
    /// Type name, empty if unknown.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Id of its children within the stop, if it has any.
    pub variables: Option<VariablesId>,
    /// Expression that yields it, if debugpy knows one.
    pub evaluate_name: Option<String>,
}
