//! What everybody holds of a stop's values, and how heavy that is.
//!
//! Pure. Whoever joins gets all of it in one message, and keyframes have it, so it is bounded in bytes. What goes first are pages,
//! texts and tables, the oldest of them; then sets, those below values before those of scopes. What goes is told to everybody
//! ([`Event::Dropped`](breakroom_protocol::Event::Dropped)), so that the folds need not know the rule.
//! Invariant: `parts` is what the fold has of the stop.

use breakroom_protocol::fold::{PAGES_KEPT, TEXTS_KEPT};
use breakroom_protocol::{Part, TablePage, Variable, VariablesId};

/// Bytes of a variable's JSON but for its texts, at most.
const AROUND: usize = 90;

/// How dear a set is: the lowest goes first. `None`: it stays.
pub type Rank = Option<u8>;

/// The parts of one stop, oldest first, with their weights.
#[derive(Debug, Default)]
pub struct Held {
    parts: Vec<(Part, usize)>,
    weight: usize,
}

impl Held {
    /// Everybody gets a part. Gives what is dropped for it, so that all of it is at most so heavy.
    pub fn put(
        &mut self,
        part: &Part,
        weight: usize,
        most: usize,
        rank: impl Fn(VariablesId) -> Rank,
    ) -> Vec<Part> {
        let set = part.set();
        match part {
            // It comes without pages and texts.
            Part::Set { .. } => {
                self.retain(|other| matches!(other, Part::Table { .. }) || other.set() != set)
            }
            Part::Table { .. } => self.retain(|other| other != part),
            Part::Page { .. } | Part::Text { .. } if !self.has(set) => return Vec::new(),
            Part::Page { .. } => self.make_room(part, PAGES_KEPT),
            Part::Text { .. } => self.make_room(part, TEXTS_KEPT),
        }
        self.parts.push((part.clone(), weight));
        self.weight += weight;
        let mut dropped = Vec::new();
        while self.weight > most
            && let Some(goes) = self.least(part, &rank)
        {
            match goes {
                Part::Set { variables } => {
                    self.retain(|other| matches!(other, Part::Table { .. }) || other.set() != variables)
                }
                _ => self.retain(|other| *other != goes),
            }
            dropped.push(goes);
        }
        dropped
    }

    /// Another look of the kind takes its place, or the oldest one's.
    fn make_room(&mut self, part: &Part, kept: usize) {
        self.retain(|other| other != part);
        let kind = std::mem::discriminant(part);
        let beside = |other: &Part| other.set() == part.set() && std::mem::discriminant(other) == kind;
        let mut too_many =
            (self.parts.iter().filter(|(other, _)| beside(other)).count() + 1).saturating_sub(kept);
        self.retain(|other| {
            let goes = too_many > 0 && beside(other);
            too_many -= usize::from(goes);
            !goes
        });
    }

    /// What can be spared for a part that just came.
    fn least(&self, came: &Part, rank: &impl Fn(VariablesId) -> Rank) -> Option<Part> {
        let price = |part: &Part| match part {
            _ if part == came => None,
            // Without it there would be no page.
            Part::Set { variables } if *variables == came.set() => None,
            Part::Set { variables } => rank(*variables).map(|rank| rank.saturating_add(1)),
            _ => Some(0),
        };
        let priced = self.parts.iter().filter_map(|(part, _)| Some((price(part)?, part)));
        priced.min_by_key(|(price, _)| *price).map(|(_, part)| part.clone())
    }

    /// Whether everybody has a set.
    pub fn has(&self, set: VariablesId) -> bool {
        self.parts.iter().any(|(part, _)| *part == Part::Set { variables: set })
    }

    fn retain(&mut self, mut stays: impl FnMut(&Part) -> bool) {
        let weight = &mut self.weight;
        self.parts.retain(|(part, heavy)| {
            let stays = stays(part);
            *weight -= if stays { 0 } else { *heavy };
            stays
        });
    }
}

/// Bytes of items as JSON, at most.
pub fn items(items: &[Variable]) -> usize {
    items.iter().map(|item| around(item) + text(&item.value)).sum()
}

/// Bytes of a table's rows as JSON, at most.
pub fn table(table: &TablePage) -> usize {
    let rows = table.rows.iter().flatten();
    rows.chain(&table.columns).chain(&table.index).map(|cell| text(cell) + 3).sum::<usize>() + AROUND
}

/// Bytes of a text as JSON, without its quotes.
pub fn text(text: &str) -> usize {
    let byte = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        ..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(byte).sum()
}

fn around(item: &Variable) -> usize {
    AROUND + text(&item.name) + text(&item.type_name) + item.evaluate_name.as_deref().map_or(0, text)
}

/// Has items of which all together are too heavy share what there is: the values of those that take more than theirs are cut, as
/// all values are that are too long.
pub fn fit(all: &mut [Variable], most: usize) {
    if items(all) <= most {
        return;
    }
    let each = most / all.len();
    for item in all {
        // Code that is longer than the whole share would be of no use to anybody.
        item.evaluate_name.take_if(|name| text(name) > each / 4);
        let spare = each.saturating_sub(around(item));
        if text(&item.value) > spare {
            let mut used = '…'.len_utf8();
            let fits = |(_, char): &(usize, char)| {
                used += text(char.encode_utf8(&mut [0; 4]));
                used <= spare
            };
            let end = item
                .value
                .char_indices()
                .take_while(fits)
                .last()
                .map_or(0, |(at, char)| at + char.len_utf8());
            item.value.truncate(end);
            item.value.push('…');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: fn(VariablesId) -> Rank = |_| Some(0);

    fn set(id: u32) -> Part {
        Part::Set { variables: VariablesId(id) }
    }

    fn page(id: u32, start: u64) -> Part {
        Part::Page { variables: VariablesId(id), start }
    }

    fn item(value: &str) -> Variable {
        Variable {
            name: "x".into(),
            value: value.into(),
            type_name: "str".into(),
            variables: None,
            evaluate_name: None,
        }
    }

    #[test]
    fn pages_go_before_sets_and_the_oldest_of_them_first() {
        let mut held = Held::default();
        for part in [set(1), set(2), page(1, 0), page(2, 0), page(1, 100)] {
            assert!(held.put(&part, 10, 50, ANY).is_empty());
        }
        assert_eq!(held.put(&page(1, 200), 15, 50, ANY), [page(1, 0), page(2, 0)]);
        // The set of what came stays, however heavy that is.
        assert_eq!(held.put(&page(1, 300), 90, 50, ANY), [page(1, 100), page(1, 200), set(2)]);
        assert!(held.put(&page(2, 0), 10, 50, ANY).is_empty(), "nobody has its set any more");
        assert_eq!(held.put(&set(3), 10, 50, ANY), [page(1, 300)]);
        assert_eq!(held.weight, 20);
    }

    #[test]
    fn dear_sets_go_last_or_never() {
        let mut held = Held::default();
        let rank = |id: VariablesId| [None, Some(1), Some(0)][id.0 as usize % 3];
        for id in 0..6 {
            held.put(&set(id), 10, 60, rank);
        }
        assert_eq!(held.put(&set(6), 35, 60, rank), [set(2), set(5), set(1), set(4)]);
        assert_eq!(held.put(&set(9), 60, 60, rank), Vec::new(), "there is nothing that may go");
    }

    #[test]
    fn what_the_fold_drops_by_itself_weighs_nothing() {
        let mut held = Held::default();
        held.put(&set(1), 1, 10_000, ANY);
        for start in 0..PAGES_KEPT as u64 + 5 {
            held.put(&page(1, start), 1, 10_000, ANY);
        }
        held.put(&page(1, 50), 2, 10_000, ANY);
        assert_eq!(held.weight, 1 + PAGES_KEPT + 1);
        let table = Part::Table { variables: VariablesId(1) };
        held.put(&table, 7, 10_000, ANY);
        held.put(&table, 8, 10_000, ANY);
        held.put(&set(1), 3, 10_000, ANY);
        assert_eq!(held.weight, 3 + 8, "read anew, a set has no pages; its table stays");
    }

    #[test]
    fn the_weight_is_never_below_the_json() {
        let mut all = vec![item("plain"), item("\u{1b}[1m \"é\\\n€𝄞\""), item("")];
        all[0].evaluate_name = Some("d['x']".into());
        all[0].variables = Some(VariablesId(u32::MAX));
        let json = serde_json::to_string(&all).unwrap();
        assert!(
            (json.len()..json.len() + 90 * 3).contains(&items(&all)),
            "{} for {}",
            items(&all),
            json.len()
        );
        let page = TablePage {
            start: 0,
            total: 2,
            columns: vec!["a\"".into(), "b".into()],
            total_columns: 2,
            index: vec!["0".into(), "1".into()],
            rows: vec![vec!["\u{7}".into(), "é".into()]; 2],
            sort: None,
            descending: false,
        };
        assert!(table(&page) + 150 >= serde_json::to_string(&page).unwrap().len());
    }

    #[test]
    fn who_takes_more_than_a_share_is_cut() {
        let mut all = vec![item("short"), item(&"é\u{1}".repeat(4_000)), item(&"x".repeat(4_000))];
        fit(&mut all, 3_000);
        assert!(items(&all) <= 3_000, "{}", items(&all));
        assert_eq!(all[0].value, "short");
        assert!(all[1].value.ends_with("\u{1}…") || all[1].value.ends_with("é…"));
        assert!(all[2].value.len() > 800 && all[2].value.ends_with("x…"));
        let before = all.clone();
        fit(&mut all, 3_000);
        assert_eq!(all, before);
    }
}
