//! Child processes as sessions of their own in the editor, as debugpy has them.
//!
//! An editor that can is asked to attach once more for each child process, to the same port; the attach arguments say
//! for which process of which editor. That session shows the child's stops, threads and output; the first one shows what
//! no other shows, so nothing is lost if the editor doesn't follow or leaves a child's session. The sessions of one
//! editor know of each other ([`Siblings`]): the first that is there edits breakpoints for all, as an editor sends its
//! lists to each. Invariant: leaving one ends nothing, and only the first asks the editor.

use super::dap::Children;
use super::{Alarm, Effect, Facade, Life, Shown};
use breakroom_protocol::ProcessId;
use breakroom_protocol::fold::StopView;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Where the attach arguments say whose session it is.
const MARK: &str = "breakroom";
/// The program itself, which the first session shows.
const PROGRAM: ProcessId = ProcessId(0);
/// Child processes that an editor is asked for at a time; the first session shows the others.
const MOST_ASKED: usize = 32;
/// How long an editor may take to open a session before the first one shows the child's stop.
const OPENED_WITHIN: Duration = Duration::from_secs(2);

/// What a session is told of the editor's other ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Siblings {
    /// Whether this one edits breakpoints, and asks the editor.
    pub leads: bool,
    /// Processes that have a session of their own.
    pub shown: BTreeSet<ProcessId>,
}

impl Default for Siblings {
    fn default() -> Self {
        Self { leads: true, shown: BTreeSet::new() }
    }
}

/// Whose session this is.
#[derive(Debug, Default)]
pub struct Family {
    process: Option<ProcessId>,
    siblings: Siblings,
    /// As the editor attached, for its further sessions.
    arguments: Value,
    token: String,
    /// Processes that the editor was asked for.
    asked: BTreeSet<ProcessId>,
    /// Of those, the ones whose sessions are being opened: a stop shown in the first one would only jump to its own at once.
    expected: BTreeSet<ProcessId>,
    /// By the number of the reverse request.
    unanswered: BTreeMap<i64, ProcessId>,
}

impl Family {
    /// Whose stops are shown here alone; `None`: of all that have no other session.
    pub const fn process(&self) -> Option<ProcessId> {
        self.process
    }

    /// Whether this session edits breakpoints for all of the editor's.
    pub const fn leads(&self) -> bool {
        self.siblings.leads
    }

    /// Whether a process's stop is shown here.
    pub fn shows_stop(&self, process: ProcessId) -> bool {
        self.shows(process) && !self.expected.contains(&process)
    }

    /// Whether what is told of a process is told here.
    pub fn shows(&self, process: ProcessId) -> bool {
        match self.process {
            Some(mine) => mine == process,
            None => !self.siblings.shown.contains(&process),
        }
    }
}

impl Facade {
    /// Reads whose session it is. `Err`: it is of a process that isn't there.
    pub(super) fn of_family(&mut self, arguments: &Value) -> Result<(), &'static str> {
        let mark = arguments.get(MARK);
        let token = mark.and_then(|mark| mark.get("editor")).and_then(Value::as_str);
        let process = mark.and_then(|mark| mark.get("process")).cloned();
        let process: Option<ProcessId> = process.and_then(|process| serde_json::from_value(process).ok());
        let pid = arguments.get("subProcessId").and_then(Value::as_i64);
        let by_pid = || self.room.processes.values().find(|child| pid.is_some() && child.pid == pid);
        let process = process.or_else(|| by_pid().map(|child| child.id));
        if let Some(process) = process
            && self.connected
            && !self.room.processes.contains_key(&process)
        {
            return Err("This child process has ended.");
        }
        self.family.process = process;
        self.family.token = token.filter(|_| process.is_some()).unwrap_or(&self.config.prefix).to_owned();
        self.family.arguments = if arguments.is_object() { arguments.clone() } else { json!({}) };
        if self.config.here.is_some() {
            let token = self.family.token.clone();
            // Until it is told otherwise, a child's session leaves editing to the one that it came from.
            self.family.siblings.leads = process.is_none();
            self.out.push(Effect::Gather { editor: token, process });
        }
        Ok(())
    }

    /// Another session of this editor came or went.
    pub(super) fn gathered(&mut self, siblings: Siblings) {
        let hidden =
            |this: &Self| this.room.stop.as_ref().is_some_and(|view| !this.family.shows_stop(view.process));
        let before = hidden(self);
        self.family.expected.retain(|process| !siblings.shown.contains(process));
        self.family.siblings = siblings;
        if hidden(self) != before {
            self.leave_stop();
            self.forget_threads();
        }
        self.offer_children();
        self.catch_up();
    }

    /// Passes debugpy's wish for a session for a child process on, to where the editor finds it.
    pub(super) fn child_waits(&mut self, mut configuration: Value) {
        if let Some((host, port)) = &self.config.here {
            configuration["connect"] = json!({ "host": host, "port": port });
        }
        if self.client.children == Children::Request {
            if let Value::Object(fields) = &mut configuration {
                fields.remove("request");
            }
            self.ask_editor("startDebugging", json!({ "request": "attach", "configuration": configuration }));
        } else {
            configuration["request"] = "attach".into();
            self.event("debugpyAttach", configuration);
        }
    }

    /// Of a child's session on the wire: the program's own sees to the room.
    pub(super) fn follows_another(&mut self) {
        self.family.siblings.leads = false;
    }

    /// Of a child's session on the wire: it is the editor's first one now.
    pub(super) fn leads_now(&mut self) {
        self.family.siblings.leads = true;
    }

    /// Asks for a session for each child process that has none.
    pub(super) fn offer_children(&mut self) {
        let Some((host, port)) = self.config.here.clone() else { return };
        let able =
            self.client.children != Children::No && self.family.process.is_none() && self.family.leads();
        if !self.is_configured() || !able {
            return;
        }
        self.family.asked.retain(|process| self.room.processes.contains_key(process));
        let is_new = |process: &ProcessId| *process != PROGRAM && !self.family.asked.contains(process);
        let new: Vec<_> = self.room.processes.values().filter(|child| is_new(&child.id)).collect();
        let room_for = MOST_ASKED.saturating_sub(self.family.asked.len());
        let new: Vec<_> =
            new.into_iter().take(room_for).map(|child| (child.id, child.name.clone(), child.pid)).collect();
        for (process, name, pid) in new {
            self.family.asked.insert(process);
            let shows = |view: &StopView| view.process == process && self.shown == Shown::Stopped(view.stop);
            if !self.stop().is_some_and(shows) {
                self.family.expected.insert(process);
                self.set_alarm(Alarm::Child(process), OPENED_WITHIN);
            }
            let mut configuration = self.family.arguments.clone();
            // As debugpy does: the same arguments, but for where and for whom.
            for gone in ["listen", "host", "port", "processId", "preLaunchTask", "postDebugTask"] {
                if let Value::Object(fields) = &mut configuration {
                    fields.remove(gone);
                }
            }
            configuration["name"] = name.into();
            configuration["request"] = "attach".into();
            configuration["connect"] = json!({ "host": host, "port": port });
            configuration["subProcessId"] = pid.into();
            configuration[MARK] = json!({ "editor": self.family.token, "process": process });
            if self.client.children == Children::Request {
                let arguments = json!({ "request": "attach", "configuration": configuration });
                let number = self.ask_editor("startDebugging", arguments);
                self.family.unanswered.insert(number, process);
            } else {
                self.event("debugpyAttach", configuration);
            }
        }
    }

    /// The editor's answer to a reverse request.
    pub(super) fn answered(&mut self, request: i64, success: bool) {
        let Some(process) = self.family.unanswered.remove(&request) else { return };
        let child = self.room.processes.get(&process).map(|child| child.name.clone());
        if let (false, Some(name)) = (success, child) {
            self.say(&format!("{name} has no session of its own here: its stops are shown in this one."));
            self.no_longer_expected(process);
        }
    }

    /// A child has no session of its own, or not yet: if it has stopped, that is shown here.
    pub(super) fn no_longer_expected(&mut self, process: ProcessId) {
        if !self.family.expected.remove(&process) {
            return;
        }
        if self.stop().is_some_and(|view| view.process == process) {
            self.threads_of(process);
            self.catch_up();
        }
    }

    /// A child process is gone: so is its session, and nothing else.
    pub(super) fn process_ended(&mut self, process: ProcessId) {
        self.family.asked.remove(&process);
        self.family.expected.remove(&process);
        if self.family.process == Some(process) {
            self.child_is_over("The child process has ended.");
        }
    }

    /// Whether this session's process is still there, after a snapshot.
    pub(super) fn child_is_there(&mut self) {
        if let Some(process) = self.family.process
            && !self.room.processes.contains_key(&process)
        {
            self.child_is_over("The child process has ended.");
        }
    }

    fn child_is_over(&mut self, sentence: &str) {
        if matches!(self.life, Life::Over(_)) {
            return;
        }
        self.end_all(sentence);
        if let Life::Configured = std::mem::replace(&mut self.life, Life::Over(sentence.to_owned())) {
            self.event("terminated", json!({}));
        }
    }
}
