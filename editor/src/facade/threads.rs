//! `threads`. The server captures them a moment after a stop; an editor asks at once.
//!
//! So what an earlier stop had is good enough, if the thread that stopped is among it; what differs follows as events.

use super::dap::Ask;
use super::{Alarm, Facade};
use breakroom_protocol::{ProcessId, Thread, ThreadId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long the first `threads` at a stop waits for the capture.
const WITHIN: Duration = Duration::from_millis(300);
/// debugpy's number of the main thread.
const MAIN: ThreadId = ThreadId(1);

/// What is known of threads.
#[derive(Debug, Default)]
pub struct Threads {
    known: Vec<Thread>,
    told: BTreeSet<ThreadId>,
    /// Whose they are; another process's may have the same numbers.
    process: ProcessId,
    waiting: Vec<Ask>,
}

impl Facade {
    pub(super) fn threads(&mut self, ask: Ask) {
        match self.stop() {
            Some(view) if !view.threads.is_empty() => {
                self.threads.known = view.threads.clone();
                self.answer_threads(ask);
            }
            Some(view) if !self.threads.known.iter().any(|thread| thread.id == view.thread) => {
                self.threads.waiting.push(ask);
                self.set_alarm(Alarm::Threads, WITHIN);
            }
            _ => self.answer_threads(ask),
        }
    }

    fn answer_threads(&mut self, ask: Ask) {
        let mut list = self.threads.known.clone();
        let stopped = self.stop().map(|view| view.thread);
        for id in stopped.into_iter().chain(list.is_empty().then_some(MAIN)) {
            if !list.iter().any(|thread| thread.id == id) {
                let name = if id == MAIN { "MainThread".to_owned() } else { format!("Thread {id}") };
                list.push(Thread { id, name });
            }
        }
        self.threads.told = list.iter().map(|thread| thread.id).collect();
        let list: Vec<Value> =
            list.iter().map(|thread| json!({ "id": thread.id, "name": thread.name })).collect();
        self.succeed(ask, json!({ "threads": list }));
    }

    /// They were captured: who waits gets them, who was told others gets the difference.
    pub(super) fn threads_captured(&mut self, threads: &[Thread]) {
        self.threads.known = threads.to_vec();
        self.threads_are_late();
        if !self.is_configured() || self.threads.told.is_empty() {
            return;
        }
        let now: BTreeSet<ThreadId> = threads.iter().map(|thread| thread.id).collect();
        let told = std::mem::replace(&mut self.threads.told, now.clone());
        for id in now.difference(&told) {
            self.event("thread", json!({ "reason": "started", "threadId": id }));
        }
        for id in told.difference(&now) {
            self.event("thread", json!({ "reason": "exited", "threadId": id }));
        }
    }

    /// Who waits gets what there is.
    pub(super) fn threads_are_late(&mut self) {
        for ask in std::mem::take(&mut self.threads.waiting) {
            self.answer_threads(ask);
        }
    }

    /// A stop: what was known of another process's threads says nothing of this one's.
    pub(super) fn threads_of(&mut self, process: ProcessId) {
        if std::mem::replace(&mut self.threads.process, process) != process {
            self.forget_threads();
        }
    }

    /// It is another process, or none.
    pub(super) fn forget_threads(&mut self) {
        self.threads.known.clear();
        self.threads_are_late();
    }

    /// A thread as the server knows it; `None`: one that only the editor was told.
    pub(super) fn known_thread(&self, id: ThreadId) -> Option<ThreadId> {
        self.threads.known.iter().any(|thread| thread.id == id).then_some(id)
    }
}
