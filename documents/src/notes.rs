//! Rules of the `notes` doc.
//!
//! In: the keys that an update touched, the notes as they were, the sender's rights. Out: the doc put right, the
//! notes as they are, the net effect.
//!
//! A note's place (`path`, `line`, `stop`) and its being there at all are its author's and the host's to decide;
//! its text is everybody's who may write notes. What went too far goes back to what it was; a text that has grown
//! too long too, a new one is cut. A note that somebody else removed comes back as a new `Y.Map` with the old text.

use crate::index::TEXT;
use crate::rules::{Outcome, is_path, positive};
use crate::{DocChange, Rights};
use breakroom_protocol::room::{MAX_NOTE_TEXT, MAX_NOTES};
use breakroom_protocol::{ErrorCode, Note, NoteId, StopId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yrs::{
    Any, GetString, In, Map, MapPrelim, MapRef, Out, ReadTxn, Text, TextPrelim, TextRef, TransactionMut,
};

/// The notes that obey the rules, by id.
pub type Notes = BTreeMap<NoteId, Note>;

/// Puts touched notes right.
pub fn correct(
    txn: &mut TransactionMut<'_>,
    root: &MapRef,
    touched: &BTreeSet<Arc<str>>,
    notes: &mut Notes,
    may: &Rights,
) -> Outcome {
    let mut outcome = Outcome::default();
    for key in touched {
        let id = NoteId(key.to_string());
        let before = notes.get(&id);
        let after = match (root.get(txn, key), before) {
            (Some(Out::YMap(map)), Some(before)) => Some(changed(txn, &map, before, may, &mut outcome)),
            (Some(Out::YMap(map)), None) => added(txn, &map, &id, notes.len(), may, &mut outcome),
            (_, Some(before)) if !may.owns(before.author) => {
                outcome.refuse(ErrorCode::NotAllowed, "Only who wrote a note, or a host, removes it.");
                root.insert(txn, key.clone(), prelim(before));
                Some(before.clone())
            }
            _ => None,
        };
        match after {
            Some(note) => {
                if notes.get(&id) != Some(&note) {
                    outcome.changes.push(DocChange::NoteSet(note.clone()));
                    notes.insert(id, note);
                }
            }
            None => {
                root.remove(txn, key);
                if notes.remove(&id).is_some() {
                    outcome.changes.push(DocChange::NoteRemoved(id));
                }
            }
        }
    }
    outcome
}

/// A note that was there before, put right.
fn changed(
    txn: &mut TransactionMut<'_>,
    map: &MapRef,
    before: &Note,
    may: &Rights,
    outcome: &mut Outcome,
) -> Note {
    let mut note = before.clone();
    let place = place(txn, map);
    if place != Some((note.path.clone(), note.line, note.stop)) {
        match place {
            Some((path, line, stop)) if may.owns(before.author) => {
                note.path = path;
                note.line = line;
                note.stop = stop;
            }
            Some(_) => outcome.refuse(ErrorCode::NotAllowed, "Only who wrote a note, or a host, moves it."),
            None => outcome.refuse(ErrorCode::BadMessage, "A note needs an absolute path and a line from 1."),
        }
    }
    put_place(txn, map, &note);
    match text_of(txn, map) {
        Some(text) => {
            let now = text.get_string(txn);
            if now.chars().count() > MAX_NOTE_TEXT {
                outcome.refuse(ErrorCode::TooLarge, "The note is too long: write another one.");
                replace(txn, &text, &now, &note.text);
            } else {
                note.text = now;
            }
        }
        None => {
            map.insert(txn, TEXT, TextPrelim::new(note.text.as_str()));
        }
    }
    note
}

/// A new note, put right; `None`: it can't be one.
fn added(
    txn: &mut TransactionMut<'_>,
    map: &MapRef,
    id: &NoteId,
    count: usize,
    may: &Rights,
    outcome: &mut Outcome,
) -> Option<Note> {
    if count >= MAX_NOTES {
        outcome.refuse(ErrorCode::TooLarge, "There are too many notes: remove some first.");
        return None;
    }
    let Some((path, line, stop)) = place(txn, map) else {
        outcome.refuse(ErrorCode::BadMessage, "A note needs an absolute path and a line from 1.");
        return None;
    };
    let mut note = Note { id: id.clone(), path, line, author: may.participant, stop, text: String::new() };
    put_place(txn, map, &note);
    match text_of(txn, map) {
        Some(text) => {
            let now = text.get_string(txn);
            note.text = now.chars().take(MAX_NOTE_TEXT).collect();
            if note.text.len() != now.len() {
                outcome.refuse(ErrorCode::TooLarge, "The note is too long: it was cut.");
                replace(txn, &text, &now, &note.text);
            }
        }
        None => {
            map.insert(txn, TEXT, TextPrelim::new(""));
        }
    }
    Some(note)
}

fn text_of<T: ReadTxn>(txn: &T, map: &MapRef) -> Option<TextRef> {
    match map.get(txn, TEXT) {
        Some(Out::YText(text)) => Some(text),
        _ => None,
    }
}

/// Where a note stands; `None`: nowhere that makes sense.
fn place<T: ReadTxn>(txn: &T, map: &MapRef) -> Option<(String, u32, Option<StopId>)> {
    let path = match map.get(txn, "path")? {
        Out::Any(Any::String(path)) if is_path(&path) => path.to_string(),
        _ => return None,
    };
    let line = match map.get(txn, "line")? {
        Out::Any(line) => positive(&line)?,
        _ => return None,
    };
    let stop = match map.get(txn, "stop") {
        None | Some(Out::Any(Any::Null | Any::Undefined)) => None,
        Some(Out::Any(stop)) => Some(StopId(positive(&stop)?)),
        _ => return None,
    };
    Some((path, line, stop))
}

/// Writes place and author, where they differ.
fn put_place(txn: &mut TransactionMut<'_>, map: &MapRef, note: &Note) {
    let mut fields = vec![
        ("path", Any::from(note.path.as_str())),
        ("line", Any::from(i64::from(note.line))),
        ("author", Any::from(note.author.to_string())),
    ];
    match note.stop {
        Some(stop) => fields.push(("stop", Any::from(i64::from(stop.0)))),
        None if matches!(map.get(txn, "stop"), Some(Out::Any(Any::Null | Any::Undefined))) => {}
        None => drop(map.remove(txn, "stop")),
    }
    for (key, value) in fields {
        if map.get(txn, key) != Some(Out::Any(value.clone())) {
            map.insert(txn, key, value);
        }
    }
}

fn prelim(note: &Note) -> MapPrelim {
    let mut fields: Vec<(&str, In)> = vec![
        ("path", Any::from(note.path.as_str()).into()),
        ("line", Any::from(i64::from(note.line)).into()),
        ("author", Any::from(note.author.to_string()).into()),
        (TEXT, TextPrelim::new(note.text.as_str()).into()),
    ];
    if let Some(stop) = note.stop {
        fields.push(("stop", Any::from(i64::from(stop.0)).into()));
    }
    fields.into_iter().collect()
}

/// Makes `now` into `wanted`, touching only what differs, so that cursors elsewhere in the text stay.
fn replace(txn: &mut TransactionMut<'_>, text: &TextRef, now: &str, wanted: &str) {
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let prefix: usize =
        now.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (now, wanted, at) = (&now[prefix..], &wanted[prefix..], units(&now[..prefix]));
    let suffix: usize = now
        .chars()
        .rev()
        .zip(wanted.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (now, wanted) = (&now[..now.len() - suffix], &wanted[..wanted.len() - suffix]);
    if !now.is_empty() {
        text.remove_range(txn, at, units(now));
    }
    if !wanted.is_empty() {
        text.insert(txn, at, wanted);
    }
}

/// Takes touched notes over as they are, because they were right when they were journaled.
pub fn refresh<T: ReadTxn>(txn: &T, root: &MapRef, touched: &BTreeSet<Arc<str>>, notes: &mut Notes) {
    for key in touched {
        let id = NoteId(key.to_string());
        match root.get(txn, key).and_then(|value| read(txn, &id, value)) {
            Some(note) => drop(notes.insert(id, note)),
            None => drop(notes.remove(&id)),
        }
    }
}

fn read<T: ReadTxn>(txn: &T, id: &NoteId, value: Out) -> Option<Note> {
    let Out::YMap(map) = value else { return None };
    let (path, line, stop) = place(txn, &map)?;
    let author = match map.get(txn, "author")? {
        Out::Any(Any::String(author)) => author.parse().ok()?,
        _ => return None,
    };
    let text = text_of(txn, &map).map(|text| text.get_string(txn)).unwrap_or_default();
    Some(Note { id: id.clone(), path, line, author, stop, text })
}

/// Removes notes, as the server.
pub fn remove(
    txn: &mut TransactionMut<'_>,
    root: &MapRef,
    notes: &mut Notes,
    ids: &[NoteId],
) -> Vec<DocChange> {
    ids.iter()
        .filter(|id| notes.remove(id).is_some())
        .map(|id| {
            root.remove(txn, &id.0);
            DocChange::NoteRemoved(id.clone())
        })
        .collect()
}
