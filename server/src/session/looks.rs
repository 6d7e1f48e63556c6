//! What people looked at of large values at one stop: pages, windows, tables, and what threads and tasks do.
//!
//! Pure. Invariant: an equal look in flight is asked for once, and one that is still in everybody's fold isn't asked for
//! again; `shown` keeps what the fold keeps.

use super::stop::{Waiter, Want};
use breakroom_protocol::fold::{PAGES_KEPT, TEXTS_KEPT};
use breakroom_protocol::{Part, VariablesId};
use std::collections::BTreeMap;

/// One look at something large.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// A page of a container.
    Page {
        /// The container's set.
        set: VariablesId,
        /// Index of the first item.
        start: u64,
        /// How many.
        count: u32,
    },
    /// A piece of a text.
    Text {
        /// The set that the text is in.
        set: VariablesId,
        /// Its name there.
        name: String,
        /// Index of the first character.
        start: u64,
        /// How many.
        count: u32,
    },
    /// Rows of a table.
    Table {
        /// The value's set.
        set: VariablesId,
        /// Index of the first row.
        start: u64,
        /// How many.
        count: u32,
        /// Column to sort by.
        sort: Option<String>,
        /// From large to small.
        descending: bool,
    },
    /// What threads and tasks do; looked at anew whenever somebody asks.
    Activity,
}

impl Look {
    /// The set that is looked at.
    pub fn set(&self) -> Option<VariablesId> {
        match self {
            Self::Page { set, .. } | Self::Text { set, .. } | Self::Table { set, .. } => Some(*set),
            Self::Activity => None,
        }
    }

    /// What of it is kept.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::Page { set, start, .. } => Some(Part::Page { variables: *set, start: *start }),
            Self::Text { set, name, .. } => Some(Part::Text { variables: *set, name: name.clone() }),
            Self::Table { set, .. } => Some(Part::Table { variables: *set }),
            Self::Activity => None,
        }
    }

    /// Whether this one takes the other's place in the fold.
    fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Page { set, start, .. }, Self::Page { set: a, start: b, .. }) => (set, start) == (a, b),
            (Self::Text { set, name, .. }, Self::Text { set: a, name: b, .. }) => (set, name) == (a, b),
            (Self::Table { set, .. }, Self::Table { set: other, .. }) => set == other,
            _ => self == other,
        }
    }

    /// How many of the kind the fold keeps of one set.
    fn kept(&self) -> usize {
        match self {
            Self::Page { .. } => PAGES_KEPT,
            Self::Text { .. } => TEXTS_KEPT,
            Self::Table { .. } => 1,
            Self::Activity => 0,
        }
    }

    fn is_beside(&self, other: &Self) -> bool {
        self.set() == other.set() && std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// The looks of one stop.
#[derive(Debug, Default)]
pub struct Looks {
    asked: BTreeMap<Look, Vec<Waiter>>,
    /// Oldest first.
    shown: Vec<Look>,
}

impl Looks {
    /// Adds a waiter. What to do: ask (now marked as asked), wait, or answer at once.
    pub fn want(&mut self, look: &Look, waiter: Option<Waiter>) -> Want {
        if let Some(waiters) = self.asked.get_mut(look) {
            waiters.extend(waiter);
            return Want::Waiting;
        }
        if self.shown.contains(look) {
            return Want::Ready;
        }
        self.asked.insert(look.clone(), waiter.into_iter().collect());
        Want::Ask
    }

    /// The end of asking. Returns who waited.
    pub fn finish(&mut self, look: &Look, well: bool) -> Vec<Waiter> {
        if well {
            self.shown.retain(|other| !look.replaces(other));
            self.shown.push(look.clone());
            let beside = self.shown.iter().filter(|other| look.is_beside(other)).count();
            let mut too_many = beside.saturating_sub(look.kept());
            self.shown.retain(|other| {
                let goes = too_many > 0 && look.is_beside(other);
                too_many -= usize::from(goes);
                !goes
            });
        }
        self.asked.remove(look).unwrap_or_default()
    }

    /// It was dropped: who asks gets it anew.
    pub fn dropped(&mut self, part: &Part) {
        self.shown.retain(|look| match part {
            Part::Set { variables } => matches!(look, Look::Table { .. }) || look.set() != Some(*variables),
            _ => look.part().as_ref() != Some(part),
        });
    }

    /// A set was read anew: the fold has none of its pages and texts any more.
    pub fn forget(&mut self, set: VariablesId) {
        self.shown.retain(|look| look.set() != Some(set));
    }

    /// Code ran: whatever was shown may be otherwise by now.
    pub fn forget_all(&mut self) {
        self.shown.clear();
    }

    /// Everybody who still waits.
    pub fn into_waiters(self) -> impl Iterator<Item = Waiter> {
        self.asked.into_values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{ClientSeq, ConnectionId};

    fn page(set: u32, start: u64) -> Look {
        Look::Page { set: VariablesId(set), start, count: 10 }
    }

    #[test]
    fn equal_looks_are_asked_once_and_known_while_the_fold_has_them() {
        let mut looks = Looks::default();
        let waiter = (ConnectionId(1), ClientSeq(1));
        assert_eq!(looks.want(&page(1, 0), Some(waiter)), Want::Ask);
        assert_eq!(looks.want(&page(1, 0), Some(waiter)), Want::Waiting);
        assert_eq!(looks.finish(&page(1, 0), true).len(), 2);
        assert_eq!(looks.want(&page(1, 0), Some(waiter)), Want::Ready);
        assert_eq!(looks.want(&page(2, 0), None), Want::Ask);
        assert!(looks.finish(&page(2, 0), false).is_empty());
        assert_eq!(looks.want(&page(2, 0), None), Want::Ask, "it failed");
        looks.forget(VariablesId(1));
        assert_eq!(looks.want(&page(1, 0), None), Want::Ask);
    }

    #[test]
    fn what_the_fold_drops_is_asked_for_again() {
        let mut looks = Looks::default();
        for start in 0..=PAGES_KEPT as u64 {
            looks.finish(&page(1, start), true);
        }
        assert_eq!(looks.want(&page(1, 1), None), Want::Ready);
        assert_eq!(looks.want(&page(1, 0), None), Want::Ask);
        let text = |start| {
            let (set, name) = (VariablesId(1), "a".to_owned());
            Look::Text { set, name, start, count: 5 }
        };
        looks.finish(&text(0), true);
        looks.finish(&text(5), true);
        assert_eq!(looks.want(&text(0), None), Want::Ask, "the fold keeps one piece a name");
        looks.finish(&text(5), true);
        looks.dropped(&Part::Page { variables: VariablesId(1), start: 5 });
        assert_eq!(looks.want(&page(1, 5), None), Want::Ask);
        assert_eq!(looks.want(&text(5), None), Want::Ready);
        looks.dropped(&Part::Set { variables: VariablesId(1) });
        assert_eq!(looks.want(&text(5), None), Want::Ask);
        looks.finish(&Look::Activity, true);
        assert_eq!(looks.want(&Look::Activity, None), Want::Ask, "it is looked at anew");
    }
}
