//! Entries of one file, or those on functions, merged into what pydevd keeps: one breakpoint a line, one a name.
//!
//! Pure. Plain entries are pydevd's own; with anything more, the breakpoint has one condition of ours
//! ([`entries_condition`]), which decides for each of its entries by itself, counts, logs and captures.

use breakroom_protocol::upstream::{FunctionBreakpoint, Request, SourceBreakpoint};
use breakroom_protocol::{BreakpointEntry, EntryId};
use breakroom_upstream::{Entry, entries_condition};
use std::collections::BTreeMap;

/// The "path" of entries on functions: they have none.
pub const FUNCTIONS: &str = "";

/// A merged list, with the entries behind each breakpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// A file's, by line; one per line.
    pub lines: Vec<SourceBreakpoint>,
    /// Those on functions, by name; one per name.
    pub functions: Vec<FunctionBreakpoint>,
    /// Behind each of them, in the same order.
    pub entries: Vec<Vec<EntryId>>,
}

impl Merged {
    /// Whether debugpy would get the same.
    pub fn same_for_debugpy(&self, other: &Self) -> bool {
        self.lines == other.lines && self.functions == other.functions
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What debugpy is asked to have of it.
    pub fn request(&self, path: &str) -> Request {
        if path == FUNCTIONS {
            return Request::SetFunctionBreakpoints { breakpoints: self.functions.clone() };
        }
        Request::SetBreakpoints { path: path.to_owned(), breakpoints: self.lines.clone() }
    }
}

/// Merges the entries of one file, or those on functions, each with its turn.
pub fn merge<'a>(path: &str, entries: impl Iterator<Item = (&'a BreakpointEntry, u32)>) -> Merged {
    let mut places: BTreeMap<(u32, &str), Vec<(&BreakpointEntry, u32)>> = BTreeMap::new();
    for (entry, turn) in entries {
        let name = entry.function.as_deref().map_or("", own_name);
        places.entry((entry.line, name)).or_default().push((entry, turn));
    }
    let mut merged = Merged::default();
    for ((line, name), entries) in places {
        let place = if path == FUNCTIONS { function_place(name) } else { line_place(path, line) };
        let condition = condition(&place, &entries);
        merged.entries.push(entries.iter().map(|(entry, _)| entry.id.clone()).collect());
        if path == FUNCTIONS {
            merged.functions.push(FunctionBreakpoint { name: name.to_owned(), condition });
        } else {
            merged.lines.push(SourceBreakpoint { line, condition, hit_condition: None, log_message: None });
        }
    }
    merged
}

fn condition(place: &str, entries: &[(&BreakpointEntry, u32)]) -> Option<String> {
    let plain = entries.iter().all(|(entry, _)| {
        entry.condition.is_none()
            && entry.hit_condition.is_none()
            && entry.log_message.is_none()
            && !entry.snap
            && entry.function.as_deref().is_none_or(|name| own_name(name) == name)
    });
    (!plain).then(|| {
        let entries: Vec<_> = entries
            .iter()
            .map(|(entry, turn)| Entry {
                id: &entry.id.0,
                turn: *turn,
                function: entry.function.as_deref(),
                condition: entry.condition.as_deref(),
                hit_condition: entry.hit_condition.as_deref(),
                log_message: entry.log_message.as_deref(),
                snap: entry.snap,
            })
            .collect();
        entries_condition(place, &entries)
    })
}

/// A function's name without what it is in, which is all that pydevd compares.
pub fn own_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A line's name in the debuggee.
pub fn line_place(path: &str, line: u32) -> String {
    format!("{path}:{line}")
}

/// A function's.
pub fn function_place(name: &str) -> String {
    format!("{name}()")
}
