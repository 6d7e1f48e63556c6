//! Breakpoints whose author is gone: kept, or removed after the configured time, which is said.

use super::{DocEdit, Effect, MAIN, State};
use breakroom_protocol::{OutputCategory, ParticipantId, UnixMillis};

impl State {
    /// Somebody's entries are in the doc; from when on they count as gone, if they aren't here.
    pub(super) fn author_known(&mut self, author: ParticipantId) {
        if !self.people.get(author).is_some_and(|here| here.present()) {
            self.gone_since.entry(author).or_insert(self.now);
        }
    }

    pub(super) fn author_here(&mut self, who: ParticipantId) {
        self.gone_since.remove(&who);
    }

    pub(super) fn author_gone(&mut self, who: ParticipantId) {
        self.gone_since.insert(who, self.now);
    }

    /// The server was started again: nobody is here yet.
    pub(super) fn authors_resumed(&mut self) {
        let authors: Vec<_> = self.breakpoints.entries().map(|entry| entry.author).collect();
        for author in authors {
            self.author_known(author);
        }
    }

    /// When [`State::expire_breakpoints`] is due.
    pub(super) fn expiry_at(&self) -> Option<UnixMillis> {
        let keep = self.rules.breakpoints_of_gone_ms?;
        self.gone_since.values().min().map(|since| since + keep)
    }

    /// Removes the entries of those who have been gone for too long.
    pub(super) fn expire_breakpoints(&mut self) {
        let Some(keep) = self.rules.breakpoints_of_gone_ms else { return };
        let now = self.now;
        let gone: Vec<_> =
            self.gone_since.iter().filter(|(_, since)| *since + keep <= now).map(|(who, _)| *who).collect();
        for who in gone {
            self.gone_since.remove(&who);
            let theirs = self.breakpoints.entries().filter(|entry| entry.author == who);
            let theirs: Vec<_> = theirs.map(|entry| (entry.id.clone(), self.describe(entry))).collect();
            for (id, what) in theirs {
                let text = format!("{what} is removed, as who set it has been gone for {}.\n", words(keep));
                self.output(MAIN, OutputCategory::Important, &text);
                self.effects.push(Effect::EditDoc { by: who, edit: DocEdit::RemoveBreakpoint(id) });
            }
        }
    }
}

fn words(ms: u64) -> String {
    let (number, what) = if ms < 60_000 { (ms / 1_000, "second") } else { (ms / 60_000, "minute") };
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
