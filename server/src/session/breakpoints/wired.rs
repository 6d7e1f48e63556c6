//! Files whose list an editor on the wire sends by itself.
//!
//! As long as all entries of a file are that editor's, debugpy has its list as it came, and answers to the editor; here is
//! only noted what became of it. Somebody else's entry, or anything that holds one back, and the file is merged as any other.

use super::merge::{Merged, merge};
use super::{Breakpoints, MAIN};
use breakroom_protocol::upstream::UpstreamBreakpoint;
use breakroom_protocol::{BreakpointEntry, BreakpointResult, EntryId, ProcessId};
use std::collections::BTreeSet;

/// The editor, and what it sent.
#[derive(Debug, Default)]
pub(super) struct Wired {
    /// How the ids of its entries begin.
    prefix: Option<String>,
    /// Files whose list in debugpy isn't ours.
    pub(super) lists: BTreeSet<String>,
    /// Files whose list is ours, of whomever the entries are: the editor's next one makes it the editor's again.
    pub(super) merged: BTreeSet<String>,
    /// Child processes whose last list of a file was ours, though an editor sees to them.
    pub(super) behind: BTreeSet<(ProcessId, String)>,
}

impl Breakpoints {
    /// An editor sees to its own files from here on.
    pub fn wire(&mut self, prefix: String) {
        self.wired.prefix = Some(prefix);
    }

    /// It does no longer. Returns the files whose list is to be sent again.
    pub fn unwire(&mut self) -> BTreeSet<String> {
        self.wired.prefix = None;
        self.wired.lists.clone()
    }

    /// Whether the editor sees to a file's list.
    pub fn is_wired(&self, path: &str) -> bool {
        let Some(prefix) = self.wired.prefix.as_ref().filter(|_| !self.wired.merged.contains(path)) else {
            return false;
        };
        let its_own = |entry: &BreakpointEntry| {
            entry.id.0.starts_with(prefix.as_str())
                && entry.enabled
                && !entry.snap
                && self.held.why(entry).is_none()
        };
        self.entries.values().filter(|entry| entry.path == path).all(its_own)
    }

    /// Its places, each with the entries behind it: what decides there is debugpy's own.
    pub(super) fn wired_list(&self, path: &str) -> Merged {
        let of_path = self.entries.values().filter(|entry| entry.path == path);
        let bare: Vec<BreakpointEntry> = of_path
            .map(|entry| BreakpointEntry {
                condition: None,
                hit_condition: None,
                log_message: None,
                function: entry.function.as_deref().map(|name| super::own_name(name).to_owned()),
                ..entry.clone()
            })
            .collect();
        merge(path, bare.iter().map(|entry| (entry, 0)))
    }

    /// Somebody else changed an entry of the editor's: what it told debugpy of these files holds no longer.
    pub fn take_over(&mut self, id: &EntryId, paths: &BTreeSet<String>) {
        if self.wired.prefix.as_ref().is_some_and(|prefix| id.0.starts_with(prefix.as_str())) {
            self.wired.merged.extend(paths.iter().cloned());
        }
    }

    /// A process is told the editor's own list: what we told it of that file holds no longer.
    pub fn wired_list_goes(&mut self, process: ProcessId, path: &str) {
        if process == MAIN {
            self.wired.lists.insert(path.to_owned());
            self.wired.merged.remove(path);
        }
        self.wired.behind.remove(&(process, path.to_owned()));
    }

    /// A child that an editor sees to is told a list of ours.
    pub fn list_goes_behind(&mut self, process: ProcessId, path: &str) {
        self.wired.behind.insert((process, path.to_owned()));
    }

    /// Whether such a child has our list, so that it must hear of what becomes of the file.
    pub fn is_behind(&self, process: ProcessId, path: &str) -> bool {
        self.wired.behind.iter().any(|(other, file)| *other == process && file == path)
    }

    /// debugpy's answer to the editor's own list.
    pub fn wired_answer(
        &mut self,
        process: ProcessId,
        path: &str,
        lines: &[u32],
        answer: &[UpstreamBreakpoint],
    ) -> Vec<BreakpointResult> {
        self.upstream_ids.retain(|(other, _), (file, _)| *other != process || file != path);
        self.forget_said(process, |file| file == path);
        for (line, got) in lines.iter().zip(answer) {
            if let Some(id) = got.id {
                self.upstream_ids.insert((process, id), (path.to_owned(), *line));
            }
            self.said.entry((path.to_owned(), *line)).or_default().insert(process, got.clone());
        }
        self.news([path])
    }
}
