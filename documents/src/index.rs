//! Where every struct of a doc hangs, so that an update can be judged before it is applied.
//!
//! In: an [`Update`] as taken apart. Out: a [`Plan`]: the same update without what we have, with what no doc of
//! ours holds turned into deleted structs, and with the keys that it touches; or [`NotYet`].
//!
//! Invariants: clocks of a client have no holes; nothing waits for something that may come later (a *pending*
//! struct would slip past the checks when it is let in). Only two shapes of content exist: plain values under keys
//! of the root of `breakpoints`; `Y.Map`s (notes and replies) under keys of the root of `notes`, with plain values and
//! one `Y.Text` under known keys. Whatever hangs elsewhere becomes a GC struct, and whatever is of another kind a deleted
//! item: the clocks are used up alike everywhere, and the sender is told to delete them too.
//!
//! What this can't see: a client that lies about *which neighbours* its own text was typed between may make
//! replicas order that note's text differently. Values under keys, and so entries, can't be confused that way.

use crate::ranges::Ranges;
use crate::rules::is_id;
use crate::update::{Body, Content, Id, Item, Parent, Struct, TYPE_MAP, TYPE_TEXT, Update};
use breakroom_protocol::room::DocName;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Keys of a note's or reply's map.
const NOTE_KEYS: [&str; 8] = ["path", "line", "stop", "resolved", "note", "author", "at", TEXT];
/// Key of a note's or reply's text.
pub const TEXT: &str = "text";

/// Where a struct hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    /// Under a key of the root.
    Key(Arc<str>),
    /// Under a key of a note's map.
    Field(Id, Arc<str>),
    /// In a note's text.
    Text(Id),
    /// Nowhere any more.
    Dead,
}

/// A run of clocks in the same place.
#[derive(Debug, Clone)]
struct Run {
    len: u32,
    slot: Slot,
}

/// Where every struct of one doc hangs.
#[derive(Debug)]
pub struct Index {
    doc: DocName,
    runs: HashMap<u64, BTreeMap<u32, Run>>,
    /// Nested types: `Y.Map` or `Y.Text`, and where they hang.
    types: HashMap<Id, (u8, Slot)>,
    deleted: Ranges,
}

/// An update that may be applied.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// What is new to us, fit to apply.
    pub update: Update<'a>,
    /// Clients with new structs.
    pub clients: Vec<u64>,
    /// What was turned into deleted structs: the sender has yet to delete it.
    pub converted: Ranges,
    /// Entry or note ids that it may change.
    pub touched: BTreeSet<Arc<str>>,
    runs: Vec<(Id, Run)>,
    types: HashMap<Id, (u8, Slot)>,
}

impl Plan<'_> {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty() && self.update.deletes.is_empty()
    }
}

/// The update builds on something that we don't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotYet;

impl Index {
    /// Of an empty doc.
    pub fn new(doc: DocName) -> Self {
        Self { doc, runs: HashMap::new(), types: HashMap::new(), deleted: Ranges::default() }
    }

    /// Next clock of a client.
    pub fn clock(&self, client: u64) -> u32 {
        self.runs
            .get(&client)
            .and_then(|runs| runs.last_key_value())
            .map_or(0, |(start, run)| start + run.len)
    }

    /// The state vector.
    pub fn clocks(&self) -> Vec<(u64, u32)> {
        self.runs.keys().map(|&client| (client, self.clock(client))).collect()
    }

    /// What applying `update` would mean, which may have new structs of at most `max_clients` clients. `alive` says
    /// whether a nested type still exists.
    pub fn plan<'a>(
        &self,
        update: Update<'a>,
        max_clients: usize,
        alive: impl Fn(Id) -> bool,
    ) -> Result<Plan<'a>, NotYet> {
        let mut queues = Vec::new();
        for (client, structs) in update.clients {
            let fresh = fresh(client, structs, self.clock(client))?;
            if !fresh.is_empty() {
                queues.push((client, fresh));
            }
        }
        if queues.len() > max_clients {
            return Err(NotYet);
        }
        // In an order in which everything hangs on something that is there already.
        let mut planner = Planner { index: self, alive: &alive, new: HashMap::new(), plan: Plan::default() };
        let mut next = vec![0; queues.len()];
        loop {
            let mut progress = false;
            for ((client, structs), next) in queues.iter_mut().zip(&mut next) {
                while let Some(one) = structs.get_mut(*next) {
                    if !planner.ready(*client, one) {
                        break;
                    }
                    planner.place(*client, one);
                    *next += 1;
                    progress = true;
                }
            }
            if !progress {
                break;
            }
        }
        if queues.iter().zip(&next).any(|((_, structs), next)| *next < structs.len()) {
            return Err(NotYet);
        }
        let deletes = update.deletes.without(&self.deleted);
        for (client, start, len) in deletes.iter() {
            if start + len > planner.clock(client) {
                return Err(NotYet);
            }
            planner.touch_range(client, start, len);
        }
        let mut plan = planner.plan;
        plan.clients = queues.iter().map(|(client, _)| *client).collect();
        plan.update = Update { clients: queues, deletes };
        Ok(plan)
    }

    /// Takes over what a plan found, once it is applied. `deleted` is what the transaction deleted.
    pub fn absorb(&mut self, runs: Vec<(Id, RunOf)>, types: Types, deleted: &Ranges) {
        for ((client, clock), RunOf(run)) in runs {
            let runs = self.runs.entry(client).or_default();
            match runs.last_entry() {
                Some(mut last) if *last.key() + last.get().len == clock && last.get().slot == run.slot => {
                    last.get_mut().len += run.len;
                }
                _ => drop(runs.insert(clock, run)),
            }
        }
        self.types.extend(types.0);
        self.deleted.merge(deleted);
    }

    /// Forgets nested types that no longer exist.
    pub fn forget_types(&mut self, alive: impl Fn(Id) -> bool) {
        self.types.retain(|id, _| alive(*id));
    }

    /// Number of nested types known.
    pub fn types(&self) -> usize {
        self.types.len()
    }

    fn slot(&self, (client, clock): Id) -> Option<&Slot> {
        let (start, run) = self.runs.get(&client)?.range(..=clock).next_back()?;
        (clock < start + run.len).then_some(&run.slot)
    }
}

/// A plan's runs, on their way to [`Index::absorb`].
#[derive(Debug)]
pub struct RunOf(Run);

/// A plan's nested types, on their way to [`Index::absorb`].
#[derive(Debug)]
pub struct Types(HashMap<Id, (u8, Slot)>);

impl Plan<'_> {
    /// What [`Index::absorb`] needs of it.
    pub fn finds(&mut self) -> (Vec<(Id, RunOf)>, Types) {
        let runs = std::mem::take(&mut self.runs).into_iter().map(|(id, run)| (id, RunOf(run))).collect();
        (runs, Types(std::mem::take(&mut self.types)))
    }
}

/// The structs from `clock` on, without what comes before.
fn fresh<'a>(client: u64, structs: Vec<Struct<'a>>, clock: u32) -> Result<Vec<Struct<'a>>, NotYet> {
    let mut fresh: Vec<Struct<'a>> = Vec::new();
    let mut next = clock;
    for mut one in structs {
        if one.clock + one.len <= next || one.body == Body::Skip {
            continue;
        }
        if one.clock > next {
            return Err(NotYet);
        }
        one.trim(client, next - one.clock);
        next = one.clock + one.len;
        fresh.push(one);
    }
    Ok(fresh)
}

struct Planner<'i, 'a, F> {
    index: &'i Index,
    alive: &'i F,
    /// Runs of this update, by client.
    new: HashMap<u64, BTreeMap<u32, Run>>,
    plan: Plan<'a>,
}

impl<F: Fn(Id) -> bool> Planner<'_, '_, F> {
    fn clock(&self, client: u64) -> u32 {
        self.new
            .get(&client)
            .and_then(|runs| runs.last_key_value())
            .map_or_else(|| self.index.clock(client), |(start, run)| start + run.len)
    }

    fn ready(&self, client: u64, one: &Struct<'_>) -> bool {
        debug_assert_eq!(one.clock, self.clock(client));
        let Body::Item(item) = &one.body else { return true };
        let parent = match item.parent {
            Some((Parent::Nested(id), _)) => Some(id),
            _ => None,
        };
        [item.origin, item.right_origin, parent]
            .into_iter()
            .flatten()
            .all(|(on, clock)| clock < self.clock(on))
    }

    fn slot(&self, id: Id) -> Slot {
        let new = self.new.get(&id.0).and_then(|runs| {
            let (start, run) = runs.range(..=id.1).next_back()?;
            (id.1 < start + run.len).then_some(&run.slot)
        });
        new.or_else(|| self.index.slot(id)).cloned().unwrap_or(Slot::Dead)
    }

    fn type_of(&self, id: Id) -> Option<&(u8, Slot)> {
        // One of this update is alive; an older one may have been deleted, or deleted and collected.
        self.plan.types.get(&id).or_else(|| self.index.types.get(&id).filter(|_| (self.alive)(id)))
    }

    fn place(&mut self, client: u64, one: &mut Struct<'_>) {
        let id = (client, one.clock);
        let slot = match &one.body {
            Body::Item(item) => self.resolve(item),
            Body::Gc | Body::Skip => Slot::Dead,
        };
        if slot == Slot::Dead {
            if one.body != Body::Gc {
                one.body = Body::Gc;
                self.plan.converted.insert(client, one.clock, one.len);
            }
        } else if let Body::Item(item) = &mut one.body {
            self.touch(&slot);
            if !fits(&item.content, wanted(self.index.doc, &slot)) {
                item.content = Content::Deleted(one.len);
                self.plan.converted.insert(client, one.clock, one.len);
            }
            if let Content::Type(kind) = item.content {
                self.plan.types.insert(id, (kind, slot.clone()));
            }
        }
        let run = Run { len: one.len, slot };
        self.new.entry(client).or_default().insert(one.clock, run.clone());
        self.plan.runs.push((id, run));
    }

    fn resolve(&self, item: &Item<'_>) -> Slot {
        let left = item.origin.map(|id| self.slot(id));
        let right = item.right_origin.map(|id| self.slot(id));
        let slot = match (left, right, &item.parent) {
            (Some(left), Some(right), _) if left != right => Slot::Dead,
            (Some(slot), _, _) | (None, Some(slot), _) => slot,
            (None, None, Some((Parent::Root(name), Some(key)))) if *name == self.index.doc.as_str() => {
                if is_id(key) {
                    Slot::Key((*key).into())
                } else {
                    Slot::Dead
                }
            }
            (None, None, Some((Parent::Nested(id), key))) => match (self.type_of(*id), key) {
                (Some((TYPE_MAP, _)), Some(key)) if NOTE_KEYS.contains(key) => {
                    Slot::Field(*id, (*key).into())
                }
                (Some((TYPE_TEXT, _)), None) => Slot::Text(*id),
                _ => Slot::Dead,
            },
            _ => Slot::Dead,
        };
        match &slot {
            // Under a key, Yjs always puts the newest last: an honest item has nothing to its right.
            Slot::Key(_) | Slot::Field(..) if item.right_origin.is_some() => Slot::Dead,
            Slot::Field(on, _) | Slot::Text(on) if self.type_of(*on).is_none() => Slot::Dead,
            _ => slot,
        }
    }

    fn touch(&mut self, slot: &Slot) {
        let mut slot = slot;
        // Text → field → key: at most two steps.
        for _ in 0..3 {
            match slot {
                Slot::Key(key) => {
                    self.plan.touched.insert(key.clone());
                    return;
                }
                Slot::Field(on, _) | Slot::Text(on) => {
                    match self.plan.types.get(on).or_else(|| self.index.types.get(on)) {
                        Some((_, outer)) => slot = outer,
                        None => return,
                    }
                }
                Slot::Dead => return,
            }
        }
    }

    fn touch_range(&mut self, client: u64, start: u32, len: u32) {
        let mut slots = Vec::new();
        for runs in [self.index.runs.get(&client), self.new.get(&client)].into_iter().flatten() {
            let first = runs.range(..=start).next_back().map_or(start, |(from, _)| *from);
            slots.extend(
                runs.range(first..start + len)
                    .filter(|(from, run)| *from + run.len > start)
                    .map(|(_, run)| run.slot.clone()),
            );
        }
        for slot in slots {
            self.touch(&slot);
        }
    }
}

/// What may hang in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Value,
    Map,
    TextType,
    Text,
    Nothing,
}

fn wanted(doc: DocName, slot: &Slot) -> Wanted {
    match (doc, slot) {
        (DocName::Breakpoints, Slot::Key(_)) => Wanted::Value,
        (DocName::Notes, Slot::Key(_)) => Wanted::Map,
        (DocName::Notes, Slot::Field(_, key)) if &**key == TEXT => Wanted::TextType,
        (DocName::Notes, Slot::Field(..)) => Wanted::Value,
        (DocName::Notes, Slot::Text(_)) => Wanted::Text,
        _ => Wanted::Nothing,
    }
}

fn fits(content: &Content<'_>, wanted: Wanted) -> bool {
    match content {
        Content::Deleted(_) => true,
        Content::Text(_) => wanted == Wanted::Text,
        Content::Any(values) => wanted == Wanted::Value && values.len() == 1,
        Content::Type(TYPE_MAP) => wanted == Wanted::Map,
        Content::Type(TYPE_TEXT) => wanted == Wanted::TextType,
        Content::Type(_) | Content::Foreign(_) => false,
    }
}
