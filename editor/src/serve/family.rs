//! Which sessions are one editor's: its first, and those that it opened for child processes.
//!
//! In: who comes with which editor's mark, and who leaves (on drop). Out: to each the newest [`Siblings`].

use crate::facade::Siblings;
use breakroom_protocol::ProcessId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// All editors' sessions, in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Families(Arc<Mutex<Members>>);

#[derive(Debug, Default)]
struct Members {
    last: u64,
    by_editor: HashMap<String, Vec<Member>>,
}

#[derive(Debug)]
struct Member {
    number: u64,
    process: Option<ProcessId>,
    tell: watch::Sender<Siblings>,
}

/// One session's place among its editor's. Dropping it leaves.
#[derive(Debug)]
pub struct Membership {
    families: Families,
    editor: String,
    number: u64,
    told: watch::Receiver<Siblings>,
}

impl Families {
    /// Takes a session in.
    pub fn join(&self, editor: String, process: Option<ProcessId>) -> Membership {
        let (tell, mut told) = watch::channel(Siblings::default());
        told.mark_changed();
        let mut members = self.members();
        members.last += 1;
        let number = members.last;
        members.by_editor.entry(editor.clone()).or_default().push(Member { number, process, tell });
        members.tell(&editor);
        drop(members);
        Membership { families: self.clone(), editor, number, told }
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        // What it holds is whole after each line; a panic elsewhere leaves it so.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn tell(&self, editor: &str) {
        let Some(all) = self.by_editor.get(editor) else { return };
        let first = all.first().map(|member| member.number);
        for member in all {
            let shown = all.iter().filter(|other| other.number != member.number);
            let shown = shown.filter_map(|other| other.process).collect();
            let siblings = Siblings { leads: first == Some(member.number), shown };
            member.tell.send_if_modified(|now| {
                let differs = *now != siblings;
                *now = siblings;
                differs
            });
        }
    }
}

impl Membership {
    /// Waits until the editor's sessions are others than they were.
    pub async fn changed(&mut self) -> Siblings {
        // This membership keeps the sender alive.
        let _alive = self.told.changed().await;
        self.told.borrow_and_update().clone()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut members = self.families.members();
        if let Some(all) = members.by_editor.get_mut(&self.editor) {
            all.retain(|member| member.number != self.number);
            if all.is_empty() {
                members.by_editor.remove(&self.editor);
            }
        }
        members.tell(&self.editor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_leads_and_each_hears_of_the_others() {
        let families = Families::default();
        let mut parent = families.join("ada".into(), None);
        assert_eq!(parent.changed().await, Siblings::default());
        let mut child = families.join("ada".into(), Some(ProcessId(1)));
        let _another_editors = families.join("bob".into(), Some(ProcessId(1)));
        assert_eq!(parent.changed().await.shown, [ProcessId(1)].into());
        let told = child.changed().await;
        assert!(!told.leads && told.shown.is_empty(), "{told:?}");
        drop(parent);
        assert!(child.changed().await.leads);
        drop(child);
        assert_eq!(families.members().by_editor.len(), 1, "nothing is kept of who has left");
    }
}
