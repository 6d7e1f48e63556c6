//! Fields of a note's or a reply's `Y.Map`: read, and written where they differ.

use crate::index::TEXT;
use crate::rules::{is_path, positive};
use breakroom_protocol::{Note, NoteId, ParticipantId, Reply, StopId, UnixMillis};
use yrs::any::Number;
use yrs::{
    Any, GetString, In, Map, MapPrelim, MapRef, Out, ReadTxn, Text, TextPrelim, TextRef, TransactionMut,
};

/// What the fields should be; `None`: absent.
type Fields = Vec<(&'static str, Option<Any>)>;

/// A field; null counts as absent.
pub fn field<T: ReadTxn>(txn: &T, map: &MapRef, key: &str) -> Option<Any> {
    match map.get(txn, key)? {
        Out::Any(Any::Null | Any::Undefined) => None,
        Out::Any(value) => Some(value),
        _ => None,
    }
}

/// The text, if there is one.
pub fn text_of<T: ReadTxn>(txn: &T, map: &MapRef) -> Option<TextRef> {
    match map.get(txn, TEXT) {
        Some(Out::YText(text)) => Some(text),
        _ => None,
    }
}

/// Where a note stands; `None`: nowhere that makes sense.
pub fn place<T: ReadTxn>(txn: &T, map: &MapRef) -> Option<(String, u32, Option<StopId>)> {
    let path = match field(txn, map, "path")? {
        Any::String(path) if is_path(&path) => path.to_string(),
        _ => return None,
    };
    let line = positive(&field(txn, map, "line")?)?;
    let stop = match field(txn, map, "stop") {
        None => None,
        Some(stop) => Some(StopId(positive(&stop)?)),
    };
    Some((path, line, stop))
}

/// The note that a reply answers.
pub fn answered<T: ReadTxn>(txn: &T, map: &MapRef) -> Option<NoteId> {
    match field(txn, map, "note")? {
        Any::String(note) => Some(NoteId(note.to_string())),
        _ => None,
    }
}

/// A note as it was journaled.
pub fn read_note<T: ReadTxn>(txn: &T, id: &NoteId, map: &MapRef) -> Option<Note> {
    let (path, line, stop) = place(txn, map)?;
    let author = participant(field(txn, map, "author")?)?;
    let at = field(txn, map, "at").and_then(|at| millis(&at));
    let resolved = field(txn, map, "resolved").and_then(participant);
    Some(Note { id: id.clone(), path, line, author, stop, at, resolved, text: read_text(txn, map) })
}

/// A reply as it was journaled.
pub fn read_reply<T: ReadTxn>(txn: &T, id: &NoteId, map: &MapRef) -> Option<Reply> {
    let note = answered(txn, map)?;
    let author = participant(field(txn, map, "author")?)?;
    let at = millis(&field(txn, map, "at")?)?;
    Some(Reply { id: id.clone(), note, author, at, text: read_text(txn, map) })
}

fn read_text<T: ReadTxn>(txn: &T, map: &MapRef) -> String {
    text_of(txn, map).map(|text| text.get_string(txn)).unwrap_or_default()
}

fn participant(value: Any) -> Option<ParticipantId> {
    match value {
        Any::String(id) => id.parse().ok(),
        _ => None,
    }
}

fn millis(value: &Any) -> Option<UnixMillis> {
    match value {
        Any::Number(Number::Int(at)) => u64::try_from(*at).ok(),
        Any::Number(Number::Float(at)) if at.fract() == 0.0 && (0.0..9e15).contains(at) => Some(*at as u64),
        _ => None,
    }
}

pub fn of_note(note: &Note) -> Fields {
    vec![
        ("path", Some(Any::from(note.path.as_str()))),
        ("line", Some(Any::from(i64::from(note.line)))),
        ("author", Some(Any::from(note.author.to_string()))),
        ("stop", note.stop.map(|stop| Any::from(i64::from(stop.0)))),
        ("at", note.at.map(|at| Any::from(at as f64))),
        ("resolved", note.resolved.map(|by| Any::from(by.to_string()))),
        ("note", None),
    ]
}

pub fn of_reply(reply: &Reply) -> Fields {
    let absent = ["path", "line", "stop", "resolved"].map(|key| (key, None));
    let mut fields = vec![
        ("note", Some(Any::from(reply.note.0.as_str()))),
        ("author", Some(Any::from(reply.author.to_string()))),
        ("at", Some(Any::from(reply.at as f64))),
    ];
    fields.extend(absent);
    fields
}

/// Writes what differs; gives whether anything was removed.
pub fn put(txn: &mut TransactionMut<'_>, map: &MapRef, fields: Fields) -> bool {
    let mut removed = false;
    for (key, wanted) in fields {
        let now = field(txn, map, key);
        match wanted {
            Some(wanted) if now.as_ref() != Some(&wanted) => {
                map.insert(txn, key, wanted);
            }
            None if now.is_some() => removed |= map.remove(txn, key).is_some(),
            _ => {}
        }
    }
    removed
}

/// A new map with these fields and text.
pub fn prelim(fields: Fields, text: &str) -> MapPrelim {
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key, In::from(value?))));
    fields.chain([(TEXT, TextPrelim::new(text).into())]).collect()
}

/// Makes `now` into `wanted`, touching only what differs, so that cursors elsewhere in the text stay.
pub fn replace(txn: &mut TransactionMut<'_>, text: &TextRef, now: &str, wanted: &str) {
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
