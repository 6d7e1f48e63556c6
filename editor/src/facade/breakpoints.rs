//! Breakpoints: an editor's list is a difference against what that editor was told.
//!
//! An editor knows its own list, and the room has everybody's. So what an editor doesn't list is removed only if it was
//! told of it, and only what its person may remove; another's that is missing is told again. What somebody else set at
//! the same line in the same way is not set twice. Entries are told one by one, with a number that stays.
//!
//! The doc takes the edits; what became of them is seen in the live events, which all have one order.

use super::dap::{self, Ask};
use super::{Alarm, Edit, Effect, Facade, paths, words};
use breakroom_documents::is_plain_hit_condition;
use breakroom_protocol::fold::{BreakpointState, Phase};
use breakroom_protocol::{BreakpointEntry, EntryId, Event, Role};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long an answer waits for debugpy's word.
const WITHIN: Duration = Duration::from_millis(1_500);

/// What is known beside the room's entries.
#[derive(Debug, Default)]
pub struct Breakpoints {
    /// What the editor was told of each.
    told: BTreeMap<EntryId, Told>,
    numbers: BTreeMap<EntryId, i64>,
    made: u64,
    /// Set by this editor, and not yet seen in the room.
    setting: BTreeMap<EntryId, BreakpointEntry>,
    /// Removed by this editor, and still seen in the room.
    removing: BTreeSet<EntryId>,
    waits: BTreeMap<u64, Wait>,
}

/// What an editor was told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    path: String,
    line: u32,
    verified: bool,
    message: Option<String>,
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
    Refused { line: u32, why: &'static str },
}

/// One that an editor wants.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    line: u32,
    condition: Option<String>,
    hit_condition: Option<String>,
    log_message: Option<String>,
}

impl Wanted {
    fn is(&self, entry: &BreakpointEntry) -> bool {
        (&self.condition, &self.hit_condition, &self.log_message)
            == (&entry.condition, &entry.hit_condition, &entry.log_message)
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
}

impl Facade {
    pub(super) fn set_breakpoints(&mut self, ask: Ask, arguments: &Value) {
        let Some((path, wanted)) = self.list(arguments) else {
            return self.fail(ask, "A list of breakpoints needs the absolute path of its file.");
        };
        let mut used = BTreeSet::new();
        let items: Vec<Item> = wanted.iter().map(|want| self.want(&path, want, &mut used)).collect();
        self.forget_missing(&path, &wanted, &used);
        self.numbers += 1;
        let which = self.numbers;
        self.breakpoints.waits.insert(which, Wait { ask, path, items });
        self.answer_settled();
        if self.breakpoints.waits.contains_key(&which) {
            self.set_alarm(Alarm::Breakpoints(which), WITHIN);
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
        let texts = |item: &Value, line| {
            let text = |key| dap::text(item, key).map(str::to_owned);
            Wanted {
                line,
                condition: text("condition"),
                hit_condition: text("hitCondition"),
                log_message: text("logMessage"),
            }
        };
        let list = |key: &str| arguments.get(key).and_then(Value::as_array);
        let wanted: Option<Vec<Wanted>> = match (list("breakpoints"), list("lines")) {
            (Some(items), _) => {
                items.iter().map(|item| Some(texts(item, self.line_of(item.get("line")?)?))).collect()
            }
            (None, Some(lines)) => {
                lines.iter().map(|line| Some(texts(&Value::Null, self.line_of(line)?))).collect()
            }
            (None, None) => Some(Vec::new()),
        };
        paths::is_absolute(&path).then_some(())?;
        Some((path, wanted?))
    }

    /// The entries of a file, with this editor's edits in.
    fn entries(&self, path: &str) -> Vec<BreakpointEntry> {
        let Breakpoints { setting, removing, .. } = &self.breakpoints;
        let room = self.room.breakpoints.values().map(|state| &state.entry);
        let room = room.filter(|entry| !removing.contains(&entry.id) && !setting.contains_key(&entry.id));
        room.chain(setting.values()).filter(|entry| entry.path == path).cloned().collect()
    }

    fn owns(&self, entry: &BreakpointEntry) -> bool {
        self.me.role == Role::Host || (self.me.role == Role::Collaborator && entry.author == self.me.id)
    }

    fn is_at(&self, entry: &BreakpointEntry, line: u32) -> bool {
        entry.line == line || self.breakpoints.told.get(&entry.id).is_some_and(|told| told.line == line)
    }

    /// Finds an entry that is as wanted, or makes one so, or says why not.
    fn want(&mut self, path: &str, want: &Wanted, used: &mut BTreeSet<EntryId>) -> Item {
        let mut here = self.entries(path);
        here.retain(|entry| !used.contains(&entry.id) && self.is_at(entry, want.line));
        let mine = self.me.id;
        here.sort_by_key(|entry| (entry.author != mine, !self.breakpoints.told.contains_key(&entry.id)));
        if let Some(same) = here.iter().find(|entry| entry.enabled && want.is(entry)) {
            used.insert(same.id.clone());
            return Item::Entry(same.id.clone());
        }
        let told = |entry: &&BreakpointEntry| {
            entry.enabled && self.owns(entry) && self.breakpoints.told.contains_key(&entry.id)
        };
        let disabled = |entry: &&BreakpointEntry| !entry.enabled && entry.author == mine;
        let changed = here.iter().find(told).or_else(|| here.iter().find(disabled)).cloned();
        let refused = if self.me.role == Role::Watcher {
            Some(words::WATCHERS_READ)
        } else if want.has_code() && !self.may_run_code() {
            Some(words::NO_CODE)
        } else if !self.connected {
            Some(words::NOT_CONNECTED)
        } else {
            None
        };
        if let Some(why) = refused {
            return Item::Refused { line: want.line, why };
        }
        let entry = want.put(changed.unwrap_or_else(|| self.new_entry(path, want.line)));
        let id = entry.id.clone();
        used.insert(id.clone());
        self.breakpoints.setting.insert(id.clone(), entry.clone());
        self.out.push(Effect::Edit(Edit::Set(entry)));
        Item::Entry(id)
    }

    fn new_entry(&mut self, path: &str, line: u32) -> BreakpointEntry {
        self.breakpoints.made += 1;
        BreakpointEntry {
            id: EntryId(format!("{}-{}", self.config.prefix, self.breakpoints.made)),
            path: path.to_owned(),
            line,
            function: None,
            snap: false,
            condition: None,
            hit_condition: None,
            log_message: None,
            enabled: true,
            author: self.me.id,
        }
    }

    /// What the editor was told and doesn't list: removed if it may be, else told again.
    fn forget_missing(&mut self, path: &str, wanted: &[Wanted], used: &BTreeSet<EntryId>) {
        let told = |entry: &BreakpointEntry| self.breakpoints.told.contains_key(&entry.id);
        let missing: Vec<BreakpointEntry> = self
            .entries(path)
            .into_iter()
            .filter(|entry| told(entry) && !used.contains(&entry.id))
            .filter(|entry| !wanted.iter().any(|want| self.is_at(entry, want.line)))
            .collect();
        for entry in missing {
            self.breakpoints.told.remove(&entry.id);
            if self.owns(&entry) && self.connected {
                self.breakpoints.setting.remove(&entry.id);
                self.breakpoints.removing.insert(entry.id.clone());
                self.out.push(Effect::Edit(Edit::Remove(entry.id)));
            }
        }
    }

    pub(super) fn set_function_breakpoints(&mut self, ask: Ask, arguments: &Value) {
        let asked = arguments.get("breakpoints").and_then(Value::as_array).map_or(0, Vec::len);
        let why = "Breakpoints on functions aren't shared: set one at a line.";
        let list = vec![json!({ "verified": false, "message": why }); asked];
        self.succeed(ask, json!({ "breakpoints": list }));
    }

    /// The number by which the editor knows an entry.
    fn number(&mut self, id: &EntryId) -> i64 {
        let next = i64::try_from(self.breakpoints.numbers.len()).unwrap_or(i64::MAX - 1) + 1;
        *self.breakpoints.numbers.entry(id.clone()).or_insert(next)
    }

    fn told_of(state: &BreakpointState) -> Told {
        Told {
            path: state.entry.path.clone(),
            line: state.actual_line.unwrap_or(state.entry.line),
            verified: state.verified == Some(true),
            message: state.message.clone(),
        }
    }

    fn breakpoint(&mut self, id: &EntryId, told: &Told) -> Value {
        dap::without_nulls(json!({
            "id": self.number(id), "verified": told.verified, "line": self.line(told.line),
            "message": told.message, "source": self.source_of(&told.path, false),
        }))
    }

    /// Whether debugpy has had its say about an entry, or never will.
    fn is_settled(&self, id: &EntryId) -> bool {
        let attached = matches!(self.room.phase, Phase::Running { .. } | Phase::Stopped);
        !self.breakpoints.setting.contains_key(id)
            && self.room.breakpoints.get(id).is_none_or(|state| state.verified.is_some() || !attached)
    }

    fn answer_settled(&mut self) {
        let settled = |wait: &Wait| {
            wait.items.iter().all(|item| match item {
                Item::Entry(id) => self.is_settled(id),
                Item::Refused { .. } => true,
            })
        };
        let ready: Vec<u64> = self
            .breakpoints
            .waits
            .iter()
            .filter(|(_, wait)| settled(wait))
            .map(|(which, _)| *which)
            .collect();
        for which in ready {
            self.answer_list(which);
        }
    }

    /// Answers with what is known now.
    fn answer_list(&mut self, which: u64) {
        let Some(Wait { ask, path, items }) = self.breakpoints.waits.remove(&which) else { return };
        let mut list = Vec::new();
        for item in items {
            let id = match item {
                Item::Entry(id) => id,
                Item::Refused { line, why } => {
                    list.push(json!({ "verified": false, "line": self.line(line), "message": why }));
                    continue;
                }
            };
            let setting = self.breakpoints.setting.get(&id);
            let told = match (self.room.breakpoints.get(&id), setting) {
                (Some(state), None) => Self::told_of(state),
                (_, Some(entry)) => Told {
                    path: path.clone(),
                    line: entry.line,
                    verified: false,
                    message: Some("It is on its way to the room.".to_owned()),
                },
                (None, None) => {
                    list.push(json!({ "verified": false, "message": "The room did not keep it." }));
                    continue;
                }
            };
            list.push(self.breakpoint(&id, &told));
            self.breakpoints.told.insert(id, told);
        }
        self.succeed(ask, json!({ "breakpoints": list }));
        self.tell_breakpoints();
    }

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

    /// A snapshot replaced what was known: edits that it has are done.
    pub(super) fn breakpoints_caught_up(&mut self) {
        let room = &self.room.breakpoints;
        self.breakpoints.setting.retain(|id, entry| room.get(id).is_none_or(|state| state.entry != *entry));
        self.breakpoints.removing.retain(|id| room.contains_key(id));
        self.answer_settled();
    }

    /// Tells the editor what differs from what it was told.
    pub(super) fn tell_breakpoints(&mut self) {
        if !self.is_configured() {
            return;
        }
        let attached = matches!(self.room.phase, Phase::Running { .. } | Phase::Stopped);
        let Breakpoints { told, setting, removing, waits, .. } = &self.breakpoints;
        let items = waits.values().flat_map(|wait| &wait.items);
        let answering: BTreeSet<&EntryId> = items
            .filter_map(|item| match item {
                Item::Entry(id) => Some(id),
                Item::Refused { .. } => None,
            })
            .collect();
        let leave = |id: &EntryId| answering.contains(id) || setting.contains_key(id);
        let mut news: Vec<(&str, EntryId, Told)> = Vec::new();
        for (id, state) in &self.room.breakpoints {
            if !state.entry.enabled || leave(id) || removing.contains(id) {
                continue;
            }
            let now = Self::told_of(state);
            match told.get(id) {
                None => news.push(("new", id.clone(), now)),
                // debugpy's word follows at once: no flicker in between.
                Some(_) if attached && state.verified.is_none() => {}
                Some(before) if *before != now => news.push(("changed", id.clone(), now)),
                Some(_) => {}
            }
        }
        let there = |id: &EntryId| self.room.breakpoints.get(id).is_some_and(|state| state.entry.enabled);
        for (id, before) in told.iter().filter(|(id, _)| !there(id) && !leave(id)) {
            news.push(("removed", id.clone(), before.clone()));
        }
        for (reason, id, now) in news {
            let body = self.breakpoint(&id, &now);
            if reason == "removed" {
                self.breakpoints.told.remove(&id);
            } else {
                self.breakpoints.told.insert(id, now);
            }
            self.event("breakpoint", json!({ "reason": reason, "breakpoint": body }));
        }
    }
}
