//! Rules of the `notes` doc: notes, and the replies to them.
//!
//! In: the keys that an update touched, what was written before, the sender's rights. Out: the doc put right, what is
//! written now, the net effect.
//!
//! A note's place (`path`, `line`, `stop`) and its being there at all are its author's and the host's to decide, and so
//! is a reply's being there. The text of either, and whether a note is resolved, are everybody's who may write notes; by
//! whom, and when it was made, the server says. What went too far goes back to what it was; a text that has grown too long
//! too, a new one is cut. What somebody else removed comes back as a new `Y.Map` with the old text.
//!
//! A reply names a note that is there, for ever. Replies go with their note, whoever wrote them; so of a reply and its
//! note's removal, made at the same time, nothing is left, whichever came first.

mod fields;

use crate::index::TEXT;
use crate::rules::Outcome;
use crate::{DocChange, Rights};
use breakroom_protocol::room::{MAX_NOTE_TEXT, MAX_NOTES, MAX_REPLIES, MAX_REPLIES_IN_ALL};
use breakroom_protocol::{ErrorCode, Note, NoteId, ParticipantId, Reply, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yrs::{GetString, Map, MapRef, Out, ReadTxn, TextPrelim, TransactionMut};

/// What obeys the rules.
#[derive(Debug, Default)]
pub struct Written {
    /// By id.
    pub notes: BTreeMap<NoteId, Note>,
    /// By id.
    pub replies: BTreeMap<NoteId, Reply>,
    /// Ids of the replies to each note that has any.
    threads: BTreeMap<NoteId, BTreeSet<NoteId>>,
}

impl Written {
    fn set_reply(&mut self, reply: Reply) {
        self.threads.entry(reply.note.clone()).or_default().insert(reply.id.clone());
        self.replies.insert(reply.id.clone(), reply);
    }

    fn remove_reply(&mut self, id: &NoteId) -> Option<Reply> {
        let reply = self.replies.remove(id)?;
        if let Some(others) = self.threads.get_mut(&reply.note) {
            others.remove(id);
            if others.is_empty() {
                self.threads.remove(&reply.note);
            }
        }
        Some(reply)
    }

    /// Removes a note, which is gone from the doc, and its replies from there too; gives how many, or that there was none.
    fn remove_note(&mut self, txn: &mut TransactionMut<'_>, root: &MapRef, id: &NoteId) -> Option<usize> {
        self.notes.remove(id)?;
        let replies = self.threads.remove(id).unwrap_or_default();
        for reply in &replies {
            root.remove(txn, &reply.0);
            self.replies.remove(reply);
        }
        Some(replies.len())
    }
}

/// Puts touched notes and replies right, which were changed at that time.
pub fn correct(
    txn: &mut TransactionMut<'_>,
    root: &MapRef,
    touched: &BTreeSet<Arc<str>>,
    written: &mut Written,
    may: &Rights,
    now: UnixMillis,
) -> Outcome {
    let mut all = Correction { txn, root, written, may, now, outcome: Outcome::default() };
    // Notes first: a reply may have come with its note in one update, or with its note's removal.
    let (replies, notes): (Vec<_>, Vec<_>) = touched.iter().partition(|key| all.is_reply(key));
    notes.into_iter().for_each(|key| all.note(key));
    replies.into_iter().for_each(|key| all.reply(key));
    all.outcome
}

struct Correction<'a, 'doc> {
    txn: &'a mut TransactionMut<'doc>,
    root: &'a MapRef,
    written: &'a mut Written,
    may: &'a Rights,
    now: UnixMillis,
    outcome: Outcome,
}

impl Correction<'_, '_> {
    fn is_reply(&self, key: &Arc<str>) -> bool {
        let id = NoteId(key.to_string());
        let says_so = || match self.root.get(self.txn, key) {
            Some(Out::YMap(map)) => fields::field(self.txn, &map, "note").is_some(),
            _ => false,
        };
        !self.written.notes.contains_key(&id) && (self.written.replies.contains_key(&id) || says_so())
    }

    fn note(&mut self, key: &Arc<str>) {
        let id = NoteId(key.to_string());
        let before = self.written.notes.get(&id).cloned();
        let after = match (self.root.get(self.txn, key), &before) {
            (Some(Out::YMap(map)), Some(before)) => Some(self.changed_note(&map, before.clone())),
            (Some(Out::YMap(map)), None) => self.added_note(&map, &id),
            (_, Some(note)) if !self.may.owns(note.author) => {
                self.outcome.refuse(ErrorCode::NotAllowed, "Only who wrote a note, or a host, removes it.");
                self.root.insert(self.txn, key.clone(), fields::prelim(fields::of_note(note), &note.text));
                before.clone()
            }
            _ => None,
        };
        match after {
            Some(note) => {
                if before.as_ref() != Some(&note) {
                    self.outcome.changes.push(DocChange::NoteSet(note.clone()));
                    self.written.notes.insert(id, note);
                }
            }
            None => {
                self.root.remove(self.txn, key);
                if let Some(replies) = self.written.remove_note(self.txn, self.root, &id) {
                    self.outcome.removed_more |= replies > 0;
                    self.outcome.changes.push(DocChange::NoteRemoved(id));
                }
            }
        }
    }

    /// A note that was there before, put right.
    fn changed_note(&mut self, map: &MapRef, mut note: Note) -> Note {
        let place = fields::place(self.txn, map);
        if place != Some((note.path.clone(), note.line, note.stop)) {
            match place {
                Some((path, line, stop)) if self.may.owns(note.author) => {
                    (note.path, note.line, note.stop) = (path, line, stop);
                }
                Some(_) => {
                    self.outcome.refuse(ErrorCode::NotAllowed, "Only who wrote a note, or a host, moves it.");
                }
                None => self.refuse_place(),
            }
        }
        // Whoever came first has resolved it; whose id the client wrote doesn't matter.
        let resolves = fields::field(self.txn, map, "resolved").is_some();
        note.resolved = resolves.then(|| note.resolved.unwrap_or(self.may.participant));
        self.outcome.removed_more |= fields::put(self.txn, map, fields::of_note(&note));
        note.text = self.changed_text(map, &note.text);
        note
    }

    /// A new note, put right; `None`: it can't be one.
    fn added_note(&mut self, map: &MapRef, id: &NoteId) -> Option<Note> {
        if self.written.notes.len() >= MAX_NOTES {
            self.outcome.refuse(ErrorCode::TooLarge, "There are too many notes: remove some first.");
            return None;
        }
        let Some((path, line, stop)) = fields::place(self.txn, map) else {
            self.refuse_place();
            return None;
        };
        let mut note = Note {
            id: id.clone(),
            path,
            line,
            author: self.may.participant,
            stop,
            at: Some(self.now),
            resolved: None,
            text: String::new(),
        };
        self.outcome.removed_more |= fields::put(self.txn, map, fields::of_note(&note));
        note.text = self.new_text(map);
        Some(note)
    }

    fn reply(&mut self, key: &Arc<str>) {
        let id = NoteId(key.to_string());
        let before = self.written.replies.get(&id).cloned();
        let after = match (self.root.get(self.txn, key), &before) {
            (Some(Out::YMap(map)), Some(before)) => Some(self.changed_reply(&map, before.clone())),
            (Some(Out::YMap(map)), None) => self.added_reply(&map, &id),
            (_, Some(reply)) if !self.may.owns(reply.author) => {
                self.outcome.refuse(ErrorCode::NotAllowed, "Only who wrote a reply, or a host, removes it.");
                let restored = fields::prelim(fields::of_reply(reply), &reply.text);
                self.root.insert(self.txn, key.clone(), restored);
                before.clone()
            }
            _ => None,
        };
        match after {
            Some(reply) => {
                if before.as_ref() != Some(&reply) {
                    self.outcome.changes.push(DocChange::ReplySet(reply.clone()));
                    self.written.set_reply(reply);
                }
            }
            None => {
                self.root.remove(self.txn, key);
                if self.written.remove_reply(&id).is_some() {
                    self.outcome.changes.push(DocChange::ReplyRemoved(id));
                }
            }
        }
    }

    /// A reply that was there before, put right.
    fn changed_reply(&mut self, map: &MapRef, mut reply: Reply) -> Reply {
        if fields::answered(self.txn, map).as_ref() != Some(&reply.note) {
            self.outcome.refuse(ErrorCode::NotAllowed, "A reply stays with its note.");
        }
        self.outcome.removed_more |= fields::put(self.txn, map, fields::of_reply(&reply));
        reply.text = self.changed_text(map, &reply.text);
        reply
    }

    /// A new reply, put right; `None`: it can't be one.
    fn added_reply(&mut self, map: &MapRef, id: &NoteId) -> Option<Reply> {
        let note = fields::answered(self.txn, map).filter(|note| self.written.notes.contains_key(note));
        let Some(note) = note else {
            let why = "A reply answers a note that is there, and no reply.";
            self.outcome.refuse(ErrorCode::NotFound, why);
            return None;
        };
        let there = self.written.threads.get(&note).map_or(0, BTreeSet::len);
        if there >= MAX_REPLIES || self.written.replies.len() >= MAX_REPLIES_IN_ALL {
            self.outcome.refuse(ErrorCode::TooLarge, "There are too many replies: write another note.");
            return None;
        }
        let (author, at) = (self.may.participant, self.now);
        let mut reply = Reply { id: id.clone(), note, author, at, text: String::new() };
        self.outcome.removed_more |= fields::put(self.txn, map, fields::of_reply(&reply));
        reply.text = self.new_text(map);
        Some(reply)
    }

    fn refuse_place(&mut self) {
        self.outcome.refuse(ErrorCode::BadMessage, "A note needs an absolute path and a line from 1.");
    }

    /// What a changed text is; one that is too long goes back to `before`.
    fn changed_text(&mut self, map: &MapRef, before: &str) -> String {
        let Some(text) = fields::text_of(self.txn, map) else {
            map.insert(self.txn, TEXT, TextPrelim::new(before));
            return before.to_owned();
        };
        let now = text.get_string(self.txn);
        if now.chars().count() <= MAX_NOTE_TEXT {
            return now;
        }
        self.outcome.refuse(ErrorCode::TooLarge, "The text is too long: write another note or reply.");
        fields::replace(self.txn, &text, &now, before);
        before.to_owned()
    }

    /// What a new text is; one that is too long is cut.
    fn new_text(&mut self, map: &MapRef) -> String {
        let Some(text) = fields::text_of(self.txn, map) else {
            map.insert(self.txn, TEXT, TextPrelim::new(""));
            return String::new();
        };
        let now = text.get_string(self.txn);
        let kept: String = now.chars().take(MAX_NOTE_TEXT).collect();
        if kept.len() != now.len() {
            self.outcome.refuse(ErrorCode::TooLarge, "The text is too long: it was cut.");
            fields::replace(self.txn, &text, &now, &kept);
        }
        kept
    }
}

/// Takes touched notes and replies over as they are, because they were right when they were journaled.
pub fn refresh<T: ReadTxn>(txn: &T, root: &MapRef, touched: &BTreeSet<Arc<str>>, written: &mut Written) {
    for key in touched {
        let id = NoteId(key.to_string());
        written.notes.remove(&id);
        written.remove_reply(&id);
        let Some(Out::YMap(map)) = root.get(txn, key) else { continue };
        if let Some(reply) = fields::read_reply(txn, &id, &map) {
            written.set_reply(reply);
        } else if let Some(note) = fields::read_note(txn, &id, &map) {
            written.notes.insert(id, note);
        }
    }
}

/// Removes what somebody wrote, as the server; with their notes go all replies to them.
pub fn remove_all_by(
    txn: &mut TransactionMut<'_>,
    root: &MapRef,
    written: &mut Written,
    author: ParticipantId,
) -> Vec<DocChange> {
    let notes = written.notes.values().filter(|note| note.author == author);
    let notes: Vec<NoteId> = notes.map(|note| note.id.clone()).collect();
    let mut changes = Vec::new();
    for id in notes {
        root.remove(txn, &id.0);
        written.remove_note(txn, root, &id);
        changes.push(DocChange::NoteRemoved(id));
    }
    let replies = written.replies.values().filter(|reply| reply.author == author);
    let replies: Vec<NoteId> = replies.map(|reply| reply.id.clone()).collect();
    for id in replies {
        root.remove(txn, &id.0);
        written.remove_reply(&id);
        changes.push(DocChange::ReplyRemoved(id));
    }
    changes
}
