//! Values as an editor shows them: variables, page by page where there are many; hexadecimal; completions of names.

use super::dap::{Ask, count, start, without_nulls};
use super::{Facade, What, words};
use breakroom_protocol::fold::VariablesView;
use breakroom_protocol::{Command, FrameId, StopId, Variable, VariablesId};
use serde_json::{Value, json};

/// Items of a page: the most that the room gives.
pub const PAGE: u64 = 500;

/// A part of a set, and how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index of the first item.
    pub start: usize,
    /// How many.
    pub count: usize,
    /// Whether whole numbers are hexadecimal.
    pub hex: bool,
}

/// Whether numbers are asked for in hexadecimal.
pub fn wants_hex(arguments: &Value) -> bool {
    arguments.get("format").and_then(|format| format.get("hex")).and_then(Value::as_bool).unwrap_or(false)
}

impl Facade {
    pub(super) fn variables(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else {
            return self.fail_quietly(ask, words::RUNNING);
        };
        let number = arguments.get("variablesReference").and_then(Value::as_i64).unwrap_or(0);
        let (start, count, hex) =
            (start(arguments, "start"), count(arguments, "count"), wants_hex(arguments));
        if let Some((set, from)) = self.handles.rest(number) {
            let begin = from.saturating_add(u64::try_from(start).unwrap_or(u64::MAX));
            return self.page(ask, stop, set, begin, count, hex);
        }
        let Some(set) = self.handles.set(number) else { return self.fail_quietly(ask, words::STALE) };
        // Where more was left out than is captured, an editor's own page is asked of the program.
        let view = self.stop().and_then(|view| view.variables.get(&set));
        let beyond = |view: &VariablesView| {
            is_cut(view) && count != usize::MAX && start.saturating_add(count) > elements(view).count()
        };
        if view.is_some_and(beyond) {
            return self.page(ask, stop, set, u64::try_from(start).unwrap_or(u64::MAX), count, hex);
        }
        let command = Command::Variables { stop, variables: set };
        self.look(ask, command, What::Variables { stop, set, part: Part { start, count, hex } });
    }

    fn page(&mut self, ask: Ask, stop: StopId, set: VariablesId, start: u64, count: usize, hex: bool) {
        let count = u32::try_from(u64::try_from(count).unwrap_or(PAGE).min(PAGE)).unwrap_or(1);
        let command = Command::Page { stop, variables: set, start, count };
        self.look(ask, command, What::Page { stop, set, start, count, hex });
    }

    /// The body of `variables`, if the set was captured.
    pub(super) fn captured_set(&mut self, stop: StopId, set: VariablesId, part: Part) -> Option<Value> {
        let view = self.stop_at(stop)?.variables.get(&set)?.clone();
        let whole = part.start.saturating_add(part.count) >= view.items.len();
        // An editor that pages counts what the container holds, from its first page on.
        let pages = part.start > 0 || (is_cut(&view) && part.count != usize::MAX);
        let shown = view.items.iter().filter(|item| !(is_more(item) || pages && is_added(item)));
        let items = shown.skip(part.start).take(part.count);
        let mut items: Vec<Value> = items.map(|item| self.variable(item, part.hex)).collect();
        if is_cut(&view) && whole {
            let from = u64::try_from(elements(&view).count()).unwrap_or(0);
            items.push(self.rest(set, from, total(&view)));
        }
        Some(json!({ "variables": items }))
    }

    /// The body of `variables` for a page, if it was captured.
    pub(super) fn captured_page(
        &mut self,
        stop: StopId,
        set: VariablesId,
        start: u64,
        count: u32,
        hex: bool,
    ) -> Option<Value> {
        let view = self.stop_at(stop)?.variables.get(&set)?;
        let total = view.total?;
        let end = start.saturating_add(u64::from(count)).min(total);
        let (page, skipped) = view.pages.iter().find_map(|page| {
            let skipped = usize::try_from(start.checked_sub(page.start)?).ok()?;
            let has = page.start.saturating_add(u64::try_from(page.items.len()).ok()?);
            (has >= end).then_some((page, skipped))
        })?;
        let wanted = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
        let shown: Vec<Variable> = page.items.iter().skip(skipped).take(wanted).cloned().collect();
        let mut items: Vec<Value> = shown.iter().map(|item| self.variable(item, hex)).collect();
        // An editor that pages by itself knows how many there are.
        if end < total && !self.client.pages {
            items.push(self.rest(set, end, Some(total)));
        }
        Some(json!({ "variables": items }))
    }

    /// One line that opens the items that follow.
    fn rest(&mut self, set: VariablesId, from: u64, total: Option<u64>) -> Value {
        let value = match total {
            Some(total) => format!("{} more of {total}", total.saturating_sub(from)),
            None => "more".to_owned(),
        };
        json!({ "name": format!("[{from} …]"), "value": value, "variablesReference": self.handles.of_rest(set, from),
            "presentationHint": { "kind": "virtual" } })
    }

    pub(super) fn variable(&mut self, item: &Variable, hex: bool) -> Value {
        let types = self.client.types && !item.type_name.is_empty();
        let view = item.variables.and_then(|set| self.stop()?.variables.get(&set));
        let indexed = view.filter(|view| is_cut(view)).and_then(total);
        without_nulls(json!({
            "name": item.name, "value": shown(item, hex), "type": types.then_some(&item.type_name),
            "evaluateName": item.evaluate_name, "variablesReference": self.handles.of_set(item.variables),
            "indexedVariables": indexed.filter(|_| self.client.pages),
        }))
    }

    /// A variable of a frame by its name, if it was captured.
    pub(super) fn captured_name(&self, frame: FrameId, name: &str) -> Option<Variable> {
        self.captured_names(frame).find(|item| item.name == name.trim()).cloned()
    }

    fn captured_names(&self, frame: FrameId) -> impl Iterator<Item = &Variable> {
        let view = self.stop();
        let scopes = view.and_then(|view| view.scopes.get(&frame)).into_iter().flatten();
        let sets = scopes.filter_map(move |scope| view?.variables.get(&scope.variables));
        sets.flat_map(|set| &set.items)
    }

    /// Names that were captured and begin as the word before the cursor: what needs no code to be known.
    pub(super) fn names_like(&self, frame: FrameId, before: &str) -> Vec<Value> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
        let rest = &before[..before.len() - word.len()];
        if word.is_empty() || rest.ends_with('.') {
            return Vec::new();
        }
        let start = utf16(rest) + self.client.first_column;
        let names = self.captured_names(frame).map(|item| item.name.as_str());
        let fits = names.filter(|name| name.starts_with(word) && name.chars().all(is_word));
        fits.map(|name| json!({ "label": name, "type": "variable", "start": start, "length": utf16(word) }))
            .collect()
    }
}

/// What of a set's items the container holds, and not what debugpy adds.
fn elements(view: &VariablesView) -> impl Iterator<Item = &Variable> {
    view.items.iter().filter(|item| !is_added(item) && !is_more(item))
}

/// debugpy's groups of names that are nobody's own, and the length.
fn is_added(item: &Variable) -> bool {
    item.name.ends_with(" variables") || item.name == "len()"
}

/// What debugpy shows in place of the items that it leaves out: a node, or a sentence.
fn is_more(item: &Variable) -> bool {
    (item.name == "more" && matches!(item.type_name.as_str(), "MoreItems" | "MoreItemsRange"))
        || item.name == "Unable to handle:"
}

/// Whether the container holds more than is here.
fn is_cut(view: &VariablesView) -> bool {
    view.truncated || view.items.iter().any(is_more)
}

/// How many items it holds in all, if that is known.
fn total(view: &VariablesView) -> Option<u64> {
    let length = || view.items.iter().find(|item| item.name == "len()")?.value.parse().ok();
    view.total.or_else(length)
}

/// Length in the unit that DAP counts text in.
pub fn utf16(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// A value's text.
pub fn shown(item: &Variable, hex: bool) -> String {
    match item.value.parse::<i128>() {
        Ok(number) if hex && item.type_name == "int" => {
            let sign = if number < 0 { "-" } else { "" };
            format!("{sign}0x{:x}", number.unsigned_abs())
        }
        _ => item.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_in_hexadecimal() {
        let item = |value: &str, type_name: &str| Variable {
            name: "x".into(),
            value: value.into(),
            type_name: type_name.into(),
            variables: None,
            evaluate_name: None,
        };
        for (value, type_name, hex) in [
            ("255", "int", "0xff"),
            ("-16", "int", "-0x10"),
            ("0", "int", "0x0"),
            ("255", "str", "255"),
            ("True", "bool", "True"),
            ("1.5", "float", "1.5"),
        ] {
            assert_eq!(shown(&item(value, type_name), true), hex);
            assert_eq!(shown(&item(value, type_name), false), value);
        }
    }
}
