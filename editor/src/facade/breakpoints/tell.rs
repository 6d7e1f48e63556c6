//! What an editor is told of entries: answers to its lists, and events.

use super::{Breakpoints, Item, Wait};
use crate::facade::{Facade, dap};
use breakroom_protocol::fold::{BreakpointState, Phase};
use breakroom_protocol::{BreakpointEntry, EntryId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an editor was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub path: String,
    /// 0 for one on a function.
    pub line: u32,
    verified: bool,
    message: Option<String>,
}

/// Numbers of ours begin here for an editor that knows debugpy's.
const NOT_OF_DEBUGPY: i64 = 1 << 20;

impl Facade {
    /// The number by which the editor knows an entry.
    fn number(&mut self, id: &EntryId) -> i64 {
        let Breakpoints { numbers, last_number, .. } = &mut self.breakpoints;
        *numbers.entry(id.clone()).or_insert_with(|| {
            *last_number += 1;
            *last_number
        })
    }

    pub(super) fn told_of(&self, state: &BreakpointState) -> Told {
        let entry = &state.entry;
        let holds = state.verified == Some(true);
        let drifted = || self.drifted(entry).filter(|_| state.verified != Some(false));
        let (verified, message) = match self.held_back(state).or_else(drifted) {
            Some(why) => (false, Some(why)),
            None => (holds, state.message.clone().or_else(|| self.what_it_is(entry))),
        };
        let line = state.actual_line.unwrap_or(entry.line);
        Told { path: entry.path.clone(), line, verified, message }
    }

    /// Why an entry is not in the program now, though it is set. Said from the first moment on in the same words.
    fn held_back(&self, state: &BreakpointState) -> Option<String> {
        let (entry, room) = (&state.entry, &self.room);
        if let Some(per_second) = state.disarmed {
            let why = "and was taken out of the program: rearm it in the room.";
            return Some(format!("It was reached {per_second} times a second, {why}"));
        }
        if room.muted_all {
            return Some("All breakpoints are muted in the room.".to_owned());
        }
        if room.muted.contains(&entry.author) {
            return Some(if entry.author == self.me.id {
                "Your breakpoints are muted in the room.".to_owned()
            } else {
                format!("{}'s breakpoints are muted in the room.", self.name(entry.author))
            });
        }
        None
    }

    fn drifted(&self, entry: &BreakpointEntry) -> Option<String> {
        let drifted = self.room.sources.get(&entry.path).is_some_and(|source| source.drifted);
        drifted.then(|| {
            "The file has changed on the target since the program loaded it: the line may be another."
                .to_owned()
        })
    }

    /// What an event can't say in fields of its own.
    fn what_it_is(&self, entry: &BreakpointEntry) -> Option<String> {
        let whose = if entry.author == self.me.id {
            String::new()
        } else {
            format!("{}'s. ", self.name(entry.author))
        };
        if entry.snap {
            return Some(format!("{whose}A snap point: captures stack and locals, and runs on."));
        }
        if entry.author == self.me.id {
            return None;
        }
        if let Some(text) = &entry.log_message {
            return Some(format!("{whose}A log point: prints `{text}`, and runs on."));
        }
        match (&entry.condition, &entry.hit_condition) {
            (None, None) => None,
            (Some(condition), None) => Some(format!("{whose}Stops if `{condition}`.")),
            (None, Some(hits)) => Some(format!("{whose}Stops at hits `{hits}`.")),
            (Some(condition), Some(hits)) => Some(format!("{whose}Stops at hits `{hits}` if `{condition}`.")),
        }
    }

    fn breakpoint(&mut self, id: &EntryId, told: &Told) -> Value {
        let number = self.number(id);
        let at_line = (told.line > 0).then(|| self.line(told.line));
        let source = (!told.path.is_empty()).then(|| self.source_of(&told.path, false));
        dap::without_nulls(json!({
            "id": number, "verified": told.verified, "line": at_line, "message": told.message, "source": source,
        }))
    }

    /// Whether debugpy has had its say about an entry, or never will.
    fn is_settled(&self, id: &EntryId) -> bool {
        let attached = matches!(self.room.phase, Phase::Running { .. } | Phase::Stopped);
        !self.breakpoints.setting.contains_key(id)
            && self.room.breakpoints.get(id).is_none_or(|state| state.verified.is_some() || !attached)
    }

    pub(super) fn answer_settled(&mut self) {
        let settled = |wait: &Wait| {
            wait.items.iter().all(|item| match item {
                Item::Entry(id) => self.is_settled(id),
                Item::Awaited(want) => {
                    self.same(&wait.path, want, &BTreeSet::new()).is_some_and(|id| self.is_settled(&id))
                }
                Item::Proposed(_) | Item::Refused { .. } => true,
            })
        };
        let waits = self.breakpoints.waits.iter();
        let ready: Vec<u64> = waits.filter(|(_, wait)| settled(wait)).map(|(which, _)| *which).collect();
        for which in ready {
            self.answer_list(which);
        }
    }

    /// Answers with what is known now.
    pub(super) fn answer_list(&mut self, which: u64) {
        let Some(Wait { ask, path, items }) = self.breakpoints.waits.remove(&which) else { return };
        let mut list = Vec::new();
        for item in items {
            let off = |line: u32, message: &str| {
                let line = (line > 0).then(|| self.line(line));
                dap::without_nulls(json!({ "verified": false, "line": line, "message": message }))
            };
            let id = match item {
                Item::Entry(id) => id,
                Item::Awaited(want) => match self.same(&path, &want, &BTreeSet::new()) {
                    Some(id) => id,
                    None => {
                        list.push(off(want.line, "It is on its way to the room."));
                        continue;
                    }
                },
                Item::Proposed(number) => {
                    let found = self.breakpoints.proposed.iter().find(|proposed| proposed.number == number);
                    let mut answer = found.map_or_else(
                        || off(0, "It was proposed."),
                        |proposed| off(proposed.want.line, &proposed.message),
                    );
                    answer["id"] = number.into();
                    list.push(answer);
                    continue;
                }
                Item::Refused { line, why } => {
                    list.push(off(line, &why));
                    continue;
                }
            };
            let setting = self.breakpoints.setting.get(&id);
            let told = match (self.room.breakpoints.get(&id), setting) {
                (Some(state), None) => self.told_of(state),
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

    /// A proposed one changed without becoming an entry.
    pub(super) fn tell_proposed(&mut self, number: i64) {
        let Some(proposed) = self.breakpoints.proposed.iter().find(|proposed| proposed.number == number)
        else {
            return;
        };
        let line = (proposed.want.line > 0).then(|| self.line(proposed.want.line));
        let body = dap::without_nulls(json!({
            "id": number, "verified": false, "line": line, "message": proposed.message,
        }));
        if self.is_configured() {
            self.event("breakpoint", json!({ "reason": "changed", "breakpoint": body }));
        }
    }

    /// What debugpy told the editor itself of one.
    pub(super) fn told_by_debugpy(&mut self, id: EntryId, path: &str, answer: &Value) {
        let Breakpoints { numbers, last_number, .. } = &mut self.breakpoints;
        if let Some(number) = answer.get("id").and_then(Value::as_i64) {
            numbers.insert(id.clone(), number);
            // debugpy counts from 0: ours keep out of its way.
            *last_number = (*last_number).max(NOT_OF_DEBUGPY);
        }
        let line = answer.get("line").and_then(Value::as_u64).and_then(|line| u32::try_from(line).ok());
        let verified = answer.get("verified").and_then(Value::as_bool).unwrap_or_default();
        let message = dap::text(answer, "message").map(str::to_owned);
        let told = Told { path: path.to_owned(), line: line.unwrap_or_default(), verified, message };
        self.breakpoints.told.insert(id, told);
    }

    /// Tells the editor what differs from what it was told.
    pub(in crate::facade) fn tell_breakpoints(&mut self) {
        if !(self.is_configured() || self.is_wired()) {
            return;
        }
        let wired = self.is_wired();
        let attached = matches!(self.room.phase, Phase::Running { .. } | Phase::Stopped);
        let Breakpoints { told, setting, removing, waits, .. } = &self.breakpoints;
        let items = waits.values().flat_map(|wait| &wait.items);
        let answering: BTreeSet<&EntryId> = items
            .filter_map(|item| match item {
                Item::Entry(id) => Some(id),
                Item::Awaited(_) | Item::Proposed(_) | Item::Refused { .. } => None,
            })
            .collect();
        let leave = |id: &EntryId| answering.contains(id) || setting.contains_key(id);
        let mut news: Vec<(&str, EntryId, Told)> = Vec::new();
        for (id, state) in &self.room.breakpoints {
            if !state.entry.enabled || leave(id) || removing.contains(id) {
                continue;
            }
            // debugpy itself tells of those that nobody else has to do with.
            if wired && !self.others_set(&state.entry.path) && self.held_back(state).is_none() {
                continue;
            }
            let now = self.told_of(state);
            match told.get(id) {
                // No event can name a function: another's is said in the console.
                None if state.entry.function.is_some() => {}
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
            match reason {
                "removed" => {
                    self.breakpoints.told.remove(&id);
                    self.breakpoints.adopted.remove(&id);
                }
                "new" => {
                    self.breakpoints.adopted.insert(id.clone());
                    self.breakpoints.told.insert(id, now);
                }
                _ => {
                    self.breakpoints.told.insert(id, now);
                }
            }
            self.event("breakpoint", json!({ "reason": reason, "breakpoint": body }));
        }
    }
}
