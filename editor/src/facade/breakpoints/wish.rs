//! From an editor's list to entries: what is there already, what is set, proposed, refused or removed.

use super::{Item, Proposed, REMEMBERED, Wait};
use crate::facade::dap::{self, Ask};
use crate::facade::{Alarm, Edit, Effect, Facade, Life, What, paths, words};
use breakroom_documents::is_plain_hit_condition;
use breakroom_protocol::command::Proposed as Action;
use breakroom_protocol::model::BreakpointDraft;
use breakroom_protocol::{BreakpointEntry, Command, EntryId, Role};
use serde_json::Value;
use std::collections::BTreeSet;

/// One that an editor wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// From 1; 0 for one on a function.
    pub line: u32,
    /// Instead of a line.
    pub function: Option<String>,
    condition: Option<String>,
    hit_condition: Option<String>,
    log_message: Option<String>,
}

impl Wanted {
    fn at(line: u32, item: &Value) -> Self {
        let text = |key| dap::text(item, key).map(str::to_owned);
        Self {
            line,
            function: None,
            condition: text("condition"),
            hit_condition: text("hitCondition"),
            log_message: text("logMessage"),
        }
    }

    /// Whether an entry does just that.
    pub fn is(&self, entry: &BreakpointEntry) -> bool {
        (&self.condition, &self.hit_condition, &self.log_message)
            == (&entry.condition, &entry.hit_condition, &entry.log_message)
            && self.function == entry.function
            && !entry.snap
    }

    const fn is_bare(&self) -> bool {
        self.condition.is_none() && self.hit_condition.is_none() && self.log_message.is_none()
    }

    fn has_code(&self) -> bool {
        let hits = self.hit_condition.as_deref();
        self.condition.is_some()
            || self.log_message.is_some()
            || hits.is_some_and(|hits| !is_plain_hit_condition(hits))
    }

    fn put(&self, entry: BreakpointEntry) -> BreakpointEntry {
        let Self { condition, hit_condition, log_message, .. } = self.clone();
        BreakpointEntry { condition, hit_condition, log_message, enabled: true, ..entry }
    }

    /// Whether it is what a draft says.
    pub fn is_draft(&self, path: &str, draft: &BreakpointDraft) -> bool {
        self.draft(path) == *draft
    }

    fn draft(&self, path: &str) -> BreakpointDraft {
        let Self { line, function, condition, hit_condition, log_message } = self.clone();
        BreakpointDraft {
            path: path.to_owned(),
            line,
            function,
            condition,
            hit_condition,
            log_message,
            snap: false,
        }
    }
}

impl Facade {
    pub(in crate::facade) fn set_breakpoints(&mut self, ask: Ask, arguments: &Value) {
        match self.list(arguments) {
            Some((path, wanted)) => self.take_list(ask, path, &wanted),
            None => self.fail(ask, "A list of breakpoints needs the absolute path of its file."),
        }
    }

    /// Functions have one list, as a file has.
    pub(in crate::facade) fn set_function_breakpoints(&mut self, ask: Ask, arguments: &Value) {
        match function_list(arguments) {
            Some(wanted) => self.take_list(ask, String::new(), &wanted),
            None => self.fail(ask, "A breakpoint on a function needs its name."),
        }
    }

    /// A list that debugpy has already, and its answers, by which the editor knows its breakpoints.
    pub(in crate::facade) fn share_breakpoints(&mut self, arguments: &Value, answers: &[Value]) {
        if let Some((path, wanted)) = self.list(arguments) {
            self.share_list(&path, &wanted, answers);
        }
    }

    /// The same of functions.
    pub(in crate::facade) fn share_function_breakpoints(&mut self, arguments: &Value, answers: &[Value]) {
        if let Some(wanted) = function_list(arguments) {
            self.share_list("", &wanted, answers);
        }
    }

    fn share_list(&mut self, path: &str, wanted: &[Wanted], answers: &[Value]) {
        let items = self.edit_list(path, wanted);
        for (item, answer) in items.into_iter().zip(answers) {
            if let Item::Entry(id) = item {
                self.told_by_debugpy(id, path, answer);
            }
        }
    }

    /// Makes the room's entries so, as far as this person may.
    fn edit_list(&mut self, path: &str, wanted: &[Wanted]) -> Vec<Item> {
        let mut used = BTreeSet::new();
        self.forget_wishes(path, wanted);
        let items: Vec<Item> = wanted.iter().map(|want| self.want(path, want, &mut used)).collect();
        self.forget_missing(path, wanted, &used);
        items
    }

    fn take_list(&mut self, ask: Ask, path: String, wanted: &[Wanted]) {
        let items = self.edit_list(&path, wanted);
        self.numbers += 1;
        let which = self.numbers;
        self.breakpoints.waits.insert(which, Wait { ask, path, items });
        self.answer_settled();
        if self.breakpoints.waits.contains_key(&which) {
            self.set_alarm(Alarm::Breakpoints(which), super::WITHIN);
        }
    }

    /// The file's path on the target, and what is wanted there.
    fn list(&self, arguments: &Value) -> Option<(String, Vec<Wanted>)> {
        let source = arguments.get("source")?;
        let number = source.get("sourceReference").and_then(Value::as_u64).unwrap_or(0);
        let path = match self.texts.path(number) {
            Some(path) => path.to_owned(),
            None => self.config.map.to_remote(dap::text(source, "path")?),
        };
        let list = |key: &str| arguments.get(key).and_then(Value::as_array);
        let wanted: Option<Vec<Wanted>> = match (list("breakpoints"), list("lines")) {
            (Some(items), _) => {
                items.iter().map(|item| Some(Wanted::at(self.line_of(item.get("line")?)?, item))).collect()
            }
            (None, Some(lines)) => {
                lines.iter().map(|line| Some(Wanted::at(self.line_of(line)?, &Value::Null))).collect()
            }
            (None, None) => Some(Vec::new()),
        };
        paths::is_absolute(&path).then_some(())?;
        Some((path, wanted?))
    }

    /// The entries of a file, with this editor's edits in.
    pub(super) fn entries(&self, path: &str) -> Vec<BreakpointEntry> {
        let super::Breakpoints { setting, removing, .. } = &self.breakpoints;
        let room = self.room.breakpoints.values().map(|state| &state.entry);
        let room = room.filter(|entry| !removing.contains(&entry.id) && !setting.contains_key(&entry.id));
        room.chain(setting.values()).filter(|entry| entry.path == path).cloned().collect()
    }

    fn owns(&self, entry: &BreakpointEntry) -> bool {
        self.me.role == Role::Host || (self.me.role == Role::Collaborator && entry.author == self.me.id)
    }

    fn is_at(&self, entry: &BreakpointEntry, want: &Wanted) -> bool {
        entry.function == want.function
            && (entry.line == want.line
                || self.breakpoints.told.get(&entry.id).is_some_and(|told| told.line == want.line))
    }

    /// The entry that is as wanted, if there is one.
    pub(super) fn same(&self, path: &str, want: &Wanted, used: &BTreeSet<EntryId>) -> Option<EntryId> {
        let mut here = self.entries(path);
        here.retain(|entry| entry.enabled && !used.contains(&entry.id) && self.is_at(entry, want));
        let mine = self.me.id;
        here.sort_by_key(|entry| (entry.author != mine, !self.breakpoints.told.contains_key(&entry.id)));
        let adopted =
            |entry: &&BreakpointEntry| want.is_bare() && self.breakpoints.adopted.contains(&entry.id);
        let found = here.iter().find(|entry| want.is(entry)).or_else(|| here.iter().find(adopted));
        found.map(|entry| entry.id.clone())
    }

    /// Finds an entry that is as wanted, or makes one so, or says why not.
    fn want(&mut self, path: &str, want: &Wanted, used: &mut BTreeSet<EntryId>) -> Item {
        if let Some(same) = self.same(path, want, used) {
            used.insert(same.clone());
            return Item::Entry(same);
        }
        if !self.family.leads() {
            return Item::Awaited(want.clone());
        }
        if !self.connected {
            return Item::Refused { line: want.line, why: words::NOT_CONNECTED.to_owned() };
        }
        if self.me.role == Role::Watcher {
            return self.wish(path, want, words::WATCHERS_READ);
        }
        if want.has_code() && !self.may_run_code() {
            return self.wish(path, want, words::NO_CODE);
        }
        let mine = self.me.id;
        let mut here = self.entries(path);
        here.retain(|entry| !entry.snap && !used.contains(&entry.id) && self.is_at(entry, want));
        here.sort_by_key(|entry| entry.author != mine);
        let told = |entry: &&BreakpointEntry| {
            entry.enabled && self.owns(entry) && self.breakpoints.told.contains_key(&entry.id)
        };
        let disabled = |entry: &&BreakpointEntry| !entry.enabled && entry.author == mine;
        let changed = here.iter().find(told).or_else(|| here.iter().find(disabled)).cloned();
        let entry = want.put(changed.unwrap_or_else(|| self.new_entry(path, want)));
        let id = entry.id.clone();
        used.insert(id.clone());
        self.breakpoints.setting.insert(id.clone(), entry.clone());
        self.out.push(Effect::Edit(Edit::Set(entry)));
        Item::Entry(id)
    }

    fn new_entry(&mut self, path: &str, want: &Wanted) -> BreakpointEntry {
        self.breakpoints.made += 1;
        BreakpointEntry {
            id: EntryId(format!("{}-{}", self.config.prefix, self.breakpoints.made)),
            path: path.to_owned(),
            line: want.line,
            function: want.function.clone(),
            snap: false,
            condition: None,
            hit_condition: None,
            log_message: None,
            enabled: true,
            author: self.me.id,
        }
    }

    /// What may only be proposed is, once; what an editor lists by itself while it comes in is no wish.
    fn wish(&mut self, path: &str, want: &Wanted, why: &'static str) -> Item {
        let habit = (path.to_owned(), want.clone());
        if matches!(self.life, Life::Configuring(_)) || self.breakpoints.habits.contains(&habit) {
            if !self.breakpoints.habits.contains(&habit) {
                self.breakpoints.habits.push(habit);
                let over = self.breakpoints.habits.len().saturating_sub(REMEMBERED);
                self.breakpoints.habits.drain(..over);
            }
            return Item::Refused { line: want.line, why: format!("{why} Set it anew to propose it.") };
        }
        let known = self.breakpoints.proposed.iter().find(|p| p.path == path && p.want == *want);
        if let Some(known) = known {
            return Item::Proposed(known.number);
        }
        self.breakpoints.last_number += 1;
        let number = self.breakpoints.last_number;
        let message = format!("{why} It was proposed: a host decides.");
        let (path, want) = (path.to_owned(), want.clone());
        let action = Action::Breakpoint { draft: want.draft(&path), instead_of: None };
        self.breakpoints.proposed.push(Proposed { number, path, want, proposal: None, why, message });
        let over = self.breakpoints.proposed.len().saturating_sub(REMEMBERED);
        self.breakpoints.proposed.drain(..over);
        self.command(None, Command::Propose { action }, What::ProposeBreakpoint { number });
        Item::Proposed(number)
    }

    /// What is no longer listed is no longer wished.
    fn forget_wishes(&mut self, path: &str, wanted: &[Wanted]) {
        let listed = |at: &str, want: &Wanted| at != path || wanted.contains(want);
        self.breakpoints.habits.retain(|(at, want)| listed(at, want));
        let all = std::mem::take(&mut self.breakpoints.proposed);
        let (kept, dropped) = all.into_iter().partition(|proposed| listed(&proposed.path, &proposed.want));
        self.breakpoints.proposed = kept;
        for proposal in Vec::into_iter(dropped).filter_map(|dropped: Proposed| dropped.proposal) {
            let open = self.room.proposals.get(&proposal).is_some_and(|view| view.end.is_none());
            if open && self.connected {
                self.command(None, Command::ProposalWithdraw { proposal }, What::Quiet);
            }
        }
    }

    /// What the editor was told and doesn't list: removed if it may be, else told again.
    fn forget_missing(&mut self, path: &str, wanted: &[Wanted], used: &BTreeSet<EntryId>) {
        if !self.family.leads() {
            return;
        }
        let told = |entry: &BreakpointEntry| self.breakpoints.told.contains_key(&entry.id);
        let missing: Vec<BreakpointEntry> = self
            .entries(path)
            .into_iter()
            .filter(|entry| told(entry) && !used.contains(&entry.id))
            .filter(|entry| !wanted.iter().any(|want| self.is_at(entry, want)))
            .collect();
        for entry in missing {
            self.breakpoints.told.remove(&entry.id);
            self.breakpoints.adopted.remove(&entry.id);
            if self.owns(&entry) && self.connected {
                self.breakpoints.setting.remove(&entry.id);
                self.breakpoints.removing.insert(entry.id.clone());
                self.out.push(Effect::Edit(Edit::Remove(entry.id)));
            }
        }
    }

    /// A folder of the editor's is known to be another on the target: what was set there before goes along.
    pub(in crate::facade) fn move_breakpoints(&mut self) {
        let told = |entry: &BreakpointEntry| self.breakpoints.told.contains_key(&entry.id);
        let all = self.room.breakpoints.values().map(|state| &state.entry).filter(|entry| told(entry));
        let own = all.filter(|entry| entry.author == self.me.id && entry.function.is_none());
        let moved: Vec<BreakpointEntry> = own
            .chain(self.breakpoints.setting.values())
            .filter_map(|entry| {
                let path = self.config.map.to_remote(&entry.path);
                (path != entry.path).then(|| BreakpointEntry { path, ..entry.clone() })
            })
            .collect();
        for entry in moved {
            if self.connected && self.me.role >= Role::Collaborator {
                self.breakpoints.setting.insert(entry.id.clone(), entry.clone());
                self.out.push(Effect::Edit(Edit::Set(entry)));
            }
        }
    }
}

/// The functions of a list.
fn function_list(arguments: &Value) -> Option<Vec<Wanted>> {
    let items = arguments.get("breakpoints").and_then(Value::as_array).into_iter().flatten();
    let wanted = items.map(|item| {
        let function = Some(dap::text(item, "name")?.trim().to_owned());
        Some(Wanted { function, ..Wanted::at(0, item) })
    });
    wanted.collect()
}
