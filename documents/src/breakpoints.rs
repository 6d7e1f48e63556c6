//! Rules of the `breakpoints` doc.
//!
//! In: the keys that an update touched, the entries as they were, the sender's rights. Out: the doc put right,
//! the entries as they are, the net effect.
//!
//! An entry that may not be as somebody made it goes back to what it was; a new one goes away altogether. It is
//! not kept without its condition: an entry that has lost its condition stops more often than anybody asked for.
//! Whoever may not run code may still disable or remove an own entry that has some, but not move or enable it.

use crate::rules::{Outcome, is_id, is_path, positive};
use crate::{DocChange, Rights};
use breakroom_protocol::room::{DocName, MAX_BREAKPOINTS, MAX_EXPRESSION};
use breakroom_protocol::{BreakpointEntry, EntryId, ErrorBody, ErrorCode, ParticipantId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use yrs::{Any, Map, MapRef, Out, ReadTxn, TransactionMut};

/// The entries that obey the rules, by id.
pub type Entries = BTreeMap<EntryId, BreakpointEntry>;

/// Longest name of a function, in characters.
const MAX_FUNCTION: usize = 300;

type Refused = (ErrorCode, &'static str);

const MALFORMED: Refused = (
    ErrorCode::BadMessage,
    "This is no breakpoint entry: it needs an absolute path and a line from 1, or a function's dotted name, and `enabled`.",
);
const READ_ONLY: Refused = (ErrorCode::NotAllowed, "Watchers don't set breakpoints: propose one.");
const TOO_MANY: Refused = (ErrorCode::TooLarge, "There are too many breakpoints: remove some first.");
const NOT_YOURS: Refused = (
    ErrorCode::NotAllowed,
    "Only who set a breakpoint, or a host, changes or removes it: set your own beside it.",
);
const NO_CODE: Refused = (
    ErrorCode::NotAllowed,
    "You may not run code here, and conditions, log messages and hit expressions are code: propose it to the host.",
);

/// Puts touched entries right.
pub fn correct(
    txn: &mut TransactionMut<'_>,
    root: &MapRef,
    touched: &BTreeSet<Arc<str>>,
    entries: &mut Entries,
    may: &Rights,
) -> Outcome {
    let mut outcome = Outcome::default();
    for key in touched {
        let id = EntryId(key.to_string());
        let now = root.get(txn, key);
        let before = entries.get(&id);
        let verdict = match &now {
            None => match before {
                Some(before) if !may.owns(before.author) => Err(NOT_YOURS),
                _ => Ok(None),
            },
            Some(value) => judge(&id, value, entries, may).map(Some),
        };
        let wanted = verdict.unwrap_or_else(|(code, message)| {
            outcome.refuse(code, message);
            before.cloned()
        });
        put(txn, root, key, wanted.as_ref());
        note_change(&mut outcome, entries, id, wanted);
    }
    outcome
}

/// Whether an entry may become what `value` says; its author is who made it.
fn judge(id: &EntryId, value: &Out, entries: &Entries, may: &Rights) -> Result<BreakpointEntry, Refused> {
    let before = entries.get(id);
    let author = before.map_or(may.participant, |before| before.author);
    let Out::Any(value) = value else { return Err(MALFORMED) };
    let entry = parse(id, value, author).ok_or(MALFORMED)?;
    allowed(&entry, before, entries.len(), may)?;
    Ok(entry)
}

fn allowed(
    entry: &BreakpointEntry,
    before: Option<&BreakpointEntry>,
    count: usize,
    may: &Rights,
) -> Result<(), Refused> {
    match before {
        Some(before) if before == entry => return Ok(()),
        Some(before) if !may.owns(before.author) => return Err(NOT_YOURS),
        None if count >= MAX_BREAKPOINTS => return Err(TOO_MANY),
        _ => {}
    }
    let only_disables = |before: &BreakpointEntry| {
        !entry.enabled && *entry == BreakpointEntry { enabled: false, ..before.clone() }
    };
    if has_code(entry) && !may.may_run_code() && !before.is_some_and(only_disables) {
        return Err(NO_CODE);
    }
    Ok(())
}

/// Checks an entry that isn't from the doc. With `may`, it is judged as a frame of theirs would be, and the author
/// is who made it; else the author is the one that it names.
pub fn check(
    mut entry: BreakpointEntry,
    entries: &Entries,
    may: Option<&Rights>,
) -> Result<BreakpointEntry, ErrorBody> {
    let error = |(code, message): Refused| ErrorBody::new(code, message);
    for text in [&mut entry.condition, &mut entry.hit_condition, &mut entry.log_message] {
        text.take_if(|text| text.trim().is_empty());
    }
    if let Some(may) = may {
        if !may.may_write(DocName::Breakpoints) {
            return Err(error(READ_ONLY));
        }
        entry.author = entries.get(&entry.id).map_or(may.participant, |before| before.author);
    }
    let entry = &entry;
    if !is_id(&entry.id.0) || !is_valid(entry) {
        return Err(error(MALFORMED));
    }
    let before = entries.get(&entry.id);
    match may {
        Some(may) => allowed(entry, before, entries.len(), may).map_err(error)?,
        None if before.is_none() && entries.len() >= MAX_BREAKPOINTS => return Err(error(TOO_MANY)),
        None => {}
    }
    Ok(entry.clone())
}

/// Whether somebody may remove an entry.
pub fn check_removal(entry: &BreakpointEntry, may: Option<&Rights>) -> Result<(), ErrorBody> {
    let refused = match may {
        Some(may) if !may.may_write(DocName::Breakpoints) => READ_ONLY,
        Some(may) if !may.owns(entry.author) => NOT_YOURS,
        _ => return Ok(()),
    };
    Err(ErrorBody::new(refused.0, refused.1))
}

/// Writes what the doc should have, if it hasn't.
pub fn put(txn: &mut TransactionMut<'_>, root: &MapRef, key: &str, wanted: Option<&BreakpointEntry>) {
    match wanted {
        None => drop(root.remove(txn, key)),
        Some(entry) => {
            let wanted = to_any(entry);
            if root.get(txn, key) != Some(Out::Any(wanted.clone())) {
                root.insert(txn, key, wanted);
            }
        }
    }
}

/// Records the net effect, if there is any.
pub fn note_change(
    outcome: &mut Outcome,
    entries: &mut Entries,
    id: EntryId,
    wanted: Option<BreakpointEntry>,
) {
    match wanted {
        Some(entry) => {
            if entries.get(&id) != Some(&entry) {
                outcome.changes.push(DocChange::BreakpointSet(entry.clone()));
                entries.insert(id, entry);
            }
        }
        None => {
            if entries.remove(&id).is_some() {
                outcome.changes.push(DocChange::BreakpointRemoved(id));
            }
        }
    }
}

/// Takes touched entries over as they are, because they were right when they were journaled.
pub fn refresh<T: ReadTxn>(txn: &T, root: &MapRef, touched: &BTreeSet<Arc<str>>, entries: &mut Entries) {
    for key in touched {
        let id = EntryId(key.to_string());
        match root.get(txn, key).and_then(|value| read(&id, &value)) {
            Some(entry) => drop(entries.insert(id, entry)),
            None => drop(entries.remove(&id)),
        }
    }
}

fn read(id: &EntryId, value: &Out) -> Option<BreakpointEntry> {
    let Out::Any(Any::Map(fields)) = value else { return None };
    let Any::String(author) = fields.get("author")? else { return None };
    parse(id, &Any::Map(fields.clone()), author.parse().ok()?)
}

/// An entry as it stands in the doc, without its author.
fn parse(id: &EntryId, value: &Any, author: ParticipantId) -> Option<BreakpointEntry> {
    let Any::Map(fields) = value else { return None };
    let mut entry = BreakpointEntry {
        id: id.clone(),
        path: String::new(),
        line: 0,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: matches!(fields.get("enabled")?, Any::Bool(true)),
        author,
    };
    for (key, value) in fields.iter() {
        match (key.as_str(), value) {
            ("path", Any::String(path)) => entry.path = path.to_string(),
            ("line", value) => entry.line = positive(value)?,
            ("function", value) => entry.function = optional(value)?,
            ("snap", Any::Bool(snap)) => entry.snap = *snap,
            ("condition", value) => entry.condition = optional(value)?,
            ("hitCondition", value) => entry.hit_condition = optional(value)?,
            ("logMessage", value) => entry.log_message = optional(value)?,
            ("enabled", Any::Bool(_)) => {}
            ("author", _) => {}
            _ => return None,
        }
    }
    is_valid(&entry).then_some(entry)
}

/// Text; `null`, `undefined` and white space are none.
fn optional(value: &Any) -> Option<Option<String>> {
    match value {
        Any::Null | Any::Undefined => Some(None),
        Any::String(text) if text.trim().is_empty() => Some(None),
        Any::String(text) => Some(Some(text.to_string())),
        _ => None,
    }
}

fn is_valid(entry: &BreakpointEntry) -> bool {
    let texts = [&entry.condition, &entry.hit_condition, &entry.log_message];
    let fits = |text: &String| {
        !text.trim().is_empty() && text.chars().count() <= MAX_EXPRESSION && !text.contains('\0')
    };
    let place = match &entry.function {
        Some(name) => is_function(name) && entry.path.is_empty() && entry.line == 0,
        None => is_path(&entry.path) && (1..=i32::MAX as u32).contains(&entry.line),
    };
    place && texts.into_iter().flatten().all(fits)
}

/// `name`, `Class.name`, `package.module.Class.name`: identifiers with dots between, at most 300 characters.
fn is_function(name: &str) -> bool {
    let is_identifier = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
            && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
    };
    name.chars().count() <= MAX_FUNCTION && name.split('.').all(is_identifier)
}

/// Whether debugpy would run something of it.
fn has_code(entry: &BreakpointEntry) -> bool {
    entry.condition.is_some()
        || entry.log_message.is_some()
        || entry.hit_condition.as_deref().is_some_and(|hits| !is_plain_hit_condition(hits))
}

/// `5`, `>= 3`, `% 10` …: what is counted without evaluating anything.
pub fn is_plain_hit_condition(hits: &str) -> bool {
    hit_count(hits).is_some()
}

/// The operator of such a one, empty if there is none, and its digits.
pub fn hit_count(hits: &str) -> Option<(&str, &str)> {
    let ascii_space = |c: char| matches!(c, ' ' | '\t');
    let hits = hits.trim_matches(ascii_space);
    let (operator, number) = ["==", ">=", "<=", "=", ">", "<", "%"]
        .iter()
        .find_map(|operator| Some((*operator, hits.strip_prefix(operator)?)))
        .unwrap_or(("", hits));
    let number = number.trim_start_matches(ascii_space);
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((operator, number))
}

fn to_any(entry: &BreakpointEntry) -> Any {
    let mut fields: HashMap<String, Any> = HashMap::from([
        ("enabled".to_owned(), Any::Bool(entry.enabled)),
        ("author".to_owned(), Any::from(entry.author.to_string())),
    ]);
    if entry.function.is_none() {
        fields.insert("path".to_owned(), Any::from(entry.path.as_str()));
        fields.insert("line".to_owned(), Any::from(i64::from(entry.line)));
    }
    if entry.snap {
        fields.insert("snap".to_owned(), Any::Bool(true));
    }
    for (key, text) in [
        ("function", &entry.function),
        ("condition", &entry.condition),
        ("hitCondition", &entry.hit_condition),
        ("logMessage", &entry.log_message),
    ] {
        if let Some(text) = text {
            fields.insert(key.to_owned(), Any::from(text.as_str()));
        }
    }
    Any::from(fields)
}
