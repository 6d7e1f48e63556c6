//! The program's child processes, and the stops that wait until another process's stop has been dealt with.
//!
//! Pure. A session shows one stop at a time, so that everybody talks about the same one. Invariant: a process is paused
//! only if its stop is the one that is shown, or is in `waiting`; so none is forgotten.

use breakroom_protocol::{ProcessId, ProcessInfo, ThreadId, UnixMillis};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// DAP's reason of a stop that somebody asked for by pausing.
pub const PAUSE: &str = "pause";

/// One process's pause, as debugpy told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// DAP reason.
    pub reason: String,
    /// DAP description.
    pub description: Option<String>,
    /// DAP text.
    pub text: Option<String>,
    /// The thread.
    pub thread: ThreadId,
}

/// How far a child has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Attaching,
    Attached,
}

#[derive(Debug)]
struct Child {
    info: ProcessInfo,
    link: Link,
}

/// All of them, and who waits.
#[derive(Debug, Default)]
pub struct Children {
    children: BTreeMap<ProcessId, Child>,
    last: u32,
    /// The program's own, once participants were told of it.
    program: Option<ProcessInfo>,
    program_pid: Option<i64>,
    /// Paused while another's stop is shown, in the order in which they paused.
    pub waiting: VecDeque<(ProcessId, Pause)>,
    /// After a step: whose next stop is shown first, and until when others wait for it.
    pub focus: Option<(ProcessId, UnixMillis)>,
    /// Asked to pause, and not paused yet.
    pub pausing: BTreeSet<ProcessId>,
}

impl Children {
    /// The program is attached anew; numbers go on.
    pub fn restarted(&mut self, pid: Option<i64>) {
        self.clear();
        self.program_pid = pid;
    }

    /// Numbers go on after this one, of an earlier life of the session.
    pub fn resumed(&mut self, last: ProcessId) {
        self.last = last.0;
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        *self = Self { last: self.last, program_pid: self.program_pid, ..Self::default() };
    }

    /// Whether it is one of them.
    pub fn knows(&self, process: ProcessId) -> bool {
        self.children.contains_key(&process)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.children.len()
    }

    /// The next child's number.
    pub fn reserve(&mut self) -> ProcessId {
        self.last += 1;
        ProcessId(self.last)
    }

    /// A child was announced; its number.
    pub fn announced(&mut self, parent: ProcessId, pid: Option<i64>, name: String) -> ProcessId {
        let id = self.reserve();
        self.announced_as(id, parent, pid, name);
        id
    }

    /// The same, by a number that it was given before.
    pub fn announced_as(&mut self, id: ProcessId, parent: ProcessId, pid: Option<i64>, name: String) {
        let info = ProcessInfo { id, parent, pid, name, waiting: None };
        self.children.insert(id, Child { info, link: Link::Attaching });
    }

    /// Those that can be asked.
    pub fn attached(&self) -> Vec<ProcessId> {
        let attached = self.children.iter().filter(|(_, child)| child.link == Link::Attached);
        attached.map(|(id, _)| *id).collect()
    }

    /// Marks a child as attached; what participants are to be told. Empty: it isn't wanted any more.
    pub fn attach(&mut self, process: ProcessId) -> Vec<ProcessInfo> {
        let Some(child) = self.children.get_mut(&process) else { return Vec::new() };
        child.link = Link::Attached;
        let child = child.info.clone();
        let mut told = Vec::new();
        if self.program.is_none() {
            let name = "Program".to_owned();
            let (id, pid) = (ProcessId(0), self.program_pid);
            told.push(self.program.insert(ProcessInfo { id, parent: id, pid, name, waiting: None }).clone());
        }
        told.push(child);
        told
    }

    /// A child is gone; whether participants were told of it.
    pub fn remove(&mut self, process: ProcessId) -> bool {
        self.waiting.retain(|(other, _)| *other != process);
        self.pausing.remove(&process);
        if self.focus.is_some_and(|(other, _)| other == process) {
            self.focus = None;
        }
        self.children.remove(&process).is_some_and(|child| child.link == Link::Attached)
    }

    /// A child's name.
    pub fn name(&self, process: ProcessId) -> Option<&str> {
        self.children.get(&process).map(|child| child.info.name.as_str())
    }

    /// Its stop, if that waits behind another one's; it waits no more.
    pub fn take_waiting(&mut self, process: ProcessId) -> Option<Pause> {
        let at = self.waiting.iter().position(|(other, _)| *other == process)?;
        self.waiting.remove(at).map(|(_, pause)| pause)
    }

    /// Sets what a process waits with; its state now, if participants know it.
    pub fn set_waiting(&mut self, process: ProcessId, waiting: Option<String>) -> Option<ProcessInfo> {
        let info = match self.children.get_mut(&process) {
            Some(child) => &mut child.info,
            None => self.program.as_mut().filter(|program| program.id == process)?,
        };
        info.waiting = waiting;
        Some(info.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_told_of_with_its_first_child_only() {
        let mut children = Children::default();
        children.restarted(Some(10));
        let first = children.announced(ProcessId(0), Some(11), "Subprocess 11".into());
        let second = children.announced(first, Some(12), "Subprocess 12".into());
        let told: Vec<_> =
            children.attach(first).into_iter().map(|info| (info.id, info.parent, info.pid)).collect();
        assert_eq!(told, [(ProcessId(0), ProcessId(0), Some(10)), (first, ProcessId(0), Some(11))]);
        assert_eq!(children.attach(second).len(), 1);
        assert!(children.remove(second));
        assert!(!children.remove(second), "only once");
        assert!(children.attach(second).is_empty(), "it is not wanted any more");
    }

    #[test]
    fn who_is_gone_does_not_wait() {
        let mut children = Children::default();
        let child = children.announced(ProcessId(0), None, "c".into());
        children.attach(child);
        let pause = Pause { reason: PAUSE.into(), description: None, text: None, thread: ThreadId(1) };
        children.waiting.push_back((child, pause));
        children.remove(child);
        assert!(children.waiting.is_empty());
    }
}
