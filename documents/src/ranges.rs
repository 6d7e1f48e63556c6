//! Sets of clocks by client: what is deleted.

use std::collections::{BTreeMap, HashMap};

/// Sets of clocks by client, as ranges that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges {
    /// Start to end (exclusive).
    clients: HashMap<u64, BTreeMap<u32, u32>>,
}

impl Ranges {
    /// Adds `len` clocks from `start`.
    pub fn insert(&mut self, client: u64, start: u32, len: u32) {
        if len == 0 {
            return;
        }
        let ranges = self.clients.entry(client).or_default();
        let (mut from, mut to) = (start, start + len);
        if let Some((&before, &end)) = ranges.range(..=start).next_back()
            && end >= from
        {
            from = before;
            to = to.max(end);
        }
        while let Some((&next, &end)) = ranges.range(from..=to).next() {
            ranges.remove(&next);
            to = to.max(end);
        }
        ranges.insert(from, to);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        for (client, start, len) in other.iter() {
            self.insert(client, start, len);
        }
    }

    /// What is in `self` and not in `other`.
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        for (client, start, len) in self.iter() {
            let end = start + len;
            let mut at = start;
            if let Some(known) = other.clients.get(&client) {
                let first = known.range(..=start).next_back().map_or(start, |(&from, _)| from);
                for (&from, &to) in known.range(first..end) {
                    if from > at {
                        rest.insert(client, at, from - at);
                    }
                    at = at.max(to);
                }
            }
            if at < end {
                rest.insert(client, at, end - at);
            }
        }
        rest
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// All ranges: client, start, length.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32, u32)> + '_ {
        self.clients.iter().flat_map(|(&client, ranges)| {
            ranges.iter().map(move |(&start, &end)| (client, start, end - start))
        })
    }

    /// Ranges (start, length) by client, higher clients first.
    pub fn clients(&self) -> impl Iterator<Item = (u64, Vec<(u32, u32)>)> + '_ {
        let mut ids: Vec<u64> = self.clients.keys().copied().collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids.into_iter().map(|client| {
            let ranges = self.clients[&client].iter().map(|(&start, &end)| (start, end - start)).collect();
            (client, ranges)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn clocks(ranges: &Ranges) -> BTreeSet<u32> {
        ranges.iter().flat_map(|(_, start, len)| start..start + len).collect()
    }

    proptest! {
        #[test]
        fn behave_as_sets(a in prop::collection::vec((0_u32..60, 0_u32..9), 0..12), b in prop::collection::vec((0_u32..60, 0_u32..9), 0..12)) {
            let fill = |from: &[(u32, u32)]| {
                let mut ranges = Ranges::default();
                for &(start, len) in from { ranges.insert(7, start, len); }
                ranges
            };
            let (left, right) = (fill(&a), fill(&b));
            let plain = |from: &[(u32, u32)]| from.iter().flat_map(|&(s, l)| s..s + l).collect::<BTreeSet<_>>();
            prop_assert_eq!(clocks(&left), plain(&a));
            prop_assert_eq!(clocks(&left.without(&right)), &plain(&a) - &plain(&b));
            // No two ranges touch.
            let ends: BTreeSet<u32> = left.iter().map(|(_, start, len)| start + len).collect();
            prop_assert!(left.iter().all(|(_, start, _)| !ends.contains(&start)));
        }
    }
}
