//! Breakpoints: an editor's list is a difference against what that editor was told.
//!
//! An editor knows its own list, and the room has everybody's. So what an editor doesn't list is removed only if it was
//! told of it, and only what its person may remove; another's that is missing is told again. What somebody else set at
//! the same place in the same way is not set twice. Entries are told one by one, with a number that stays.
//!
//! An event carries no condition: an editor that takes another's conditional breakpoint over lists it without, and means
//! the same. What its person may not set is proposed. The doc takes the edits; what became of them is seen in the live
//! events, which all have one order.

mod tell;
mod wish;

use super::Facade;
use super::dap::Ask;
use breakroom_protocol::model::BreakpointDraft;
use breakroom_protocol::{BreakpointEntry, EntryId, Event, ProposalEnd, ProposalId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tell::Told;
pub use wish::Wanted;

/// How long an answer waits for debugpy's word.
const WITHIN: Duration = Duration::from_millis(1_500);
/// What was proposed and refused habits that are remembered; beyond it, the oldest are asked anew.
const REMEMBERED: usize = 128;

/// What is known beside the room's entries.
#[derive(Debug, Default)]
pub struct Breakpoints {
    /// What the editor was told of each.
    told: BTreeMap<EntryId, Told>,
    /// Those of them that the editor heard of by an event, which has no conditions.
    adopted: BTreeSet<EntryId>,
    numbers: BTreeMap<EntryId, i64>,
    last_number: i64,
    made: u64,
    /// Set by this editor, and not yet seen in the room.
    setting: BTreeMap<EntryId, BreakpointEntry>,
    /// Removed by this editor, and still seen in the room.
    removing: BTreeSet<EntryId>,
    waits: BTreeMap<u64, Wait>,
    proposed: Vec<Proposed>,
    /// What the editor listed while it came in and its person may not set: no wish, until it is listed anew.
    habits: Vec<(String, Wanted)>,
}

/// A breakpoint that a host is asked to set.
#[derive(Debug)]
struct Proposed {
    number: i64,
    path: String,
    want: Wanted,
    /// Once the room has it.
    proposal: Option<ProposalId>,
    /// Why it was not set at once.
    why: &'static str,
    message: String,
}

/// A list that is answered when debugpy had its say.
#[derive(Debug)]
struct Wait {
    ask: Ask,
    path: String,
    items: Vec<Item>,
}

/// One of a list, in its order.
#[derive(Debug, Clone)]
enum Item {
    Entry(EntryId),
    /// Another session of the same editor sets it.
    Awaited(Wanted),
    Proposed(i64),
    Refused {
        line: u32,
        why: String,
    },
}

impl Facade {
    pub(super) fn breakpoints_are_late(&mut self, which: u64) {
        self.answer_list(which);
    }

    /// Nobody will say more: every list is answered with what is known.
    pub(super) fn end_breakpoint_waits(&mut self) {
        let waits: Vec<u64> = self.breakpoints.waits.keys().copied().collect();
        for which in waits {
            self.answer_list(which);
        }
    }

    pub(super) fn edit_refused(&mut self, id: &EntryId) {
        self.breakpoints.setting.remove(id);
        self.breakpoints.removing.remove(id);
        self.answer_settled();
        self.tell_breakpoints();
    }

    pub(super) fn breakpoints_changed(&mut self, event: &Event) {
        match event {
            Event::BreakpointSet { entry } => {
                self.breakpoints.setting.remove(&entry.id);
                self.agreed(entry);
            }
            Event::BreakpointRemoved { id } => {
                self.breakpoints.setting.remove(id);
                self.breakpoints.removing.remove(id);
            }
            _ => {}
        }
        self.answer_settled();
        self.tell_breakpoints();
    }

    /// An entry that may be what was proposed: the editor knows it by the number that it has.
    fn agreed(&mut self, entry: &BreakpointEntry) {
        let is = |proposed: &Proposed| {
            proposed.path == entry.path && proposed.want.line == entry.line && proposed.want.is(entry)
        };
        let Some(at) = self.breakpoints.proposed.iter().position(is) else { return };
        if self.breakpoints.told.contains_key(&entry.id) {
            return;
        }
        let Proposed { number, .. } = self.breakpoints.proposed.remove(at);
        self.breakpoints.numbers.insert(entry.id.clone(), number);
        let told = self.room.breakpoints.get(&entry.id).map(|state| self.told_of(state));
        self.breakpoints.told.extend(told.map(|told| (entry.id.clone(), told)));
    }

    /// The room has a proposal of this editor's.
    pub(super) fn breakpoint_proposed(&mut self, proposal: ProposalId, draft: &BreakpointDraft) {
        let is = |proposed: &&mut Proposed| {
            proposed.proposal.is_none() && proposed.want.is_draft(&proposed.path, draft)
        };
        if let Some(proposed) = self.breakpoints.proposed.iter_mut().find(is) {
            proposed.proposal = Some(proposal);
        }
    }

    /// It was decided on. If it was run, the entry tells so.
    pub(super) fn breakpoint_decided(
        &mut self,
        proposal: ProposalId,
        how: ProposalEnd,
        message: Option<&str>,
    ) {
        let mut all = self.breakpoints.proposed.iter_mut();
        let Some(proposed) = all.find(|proposed| proposed.proposal == Some(proposal)) else { return };
        if how != ProposalEnd::Run {
            proposed.message = message.unwrap_or("A host declined it.").to_owned();
            let number = proposed.number;
            self.tell_proposed(number);
        }
    }

    /// It could not even be proposed.
    pub(super) fn breakpoint_not_proposed(&mut self, number: i64, why: &str) {
        let mut all = self.breakpoints.proposed.iter_mut();
        if let Some(proposed) = all.find(|proposed| proposed.number == number) {
            proposed.message = format!("{} {why}", proposed.why);
            self.tell_proposed(number);
        }
    }

    /// A snapshot replaced what was known: edits that it has are done.
    pub(super) fn breakpoints_caught_up(&mut self) {
        let room = &self.room.breakpoints;
        self.breakpoints.setting.retain(|id, entry| room.get(id).is_none_or(|state| state.entry != *entry));
        self.breakpoints.removing.retain(|id| room.contains_key(id));
        self.answer_settled();
    }
}
