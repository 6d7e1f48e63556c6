//! Rules of the `notes` doc, seen from stock clients.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod common;

use breakroom_documents::{DocChange, Rights};
use breakroom_protocol::room::{DocName, MAX_NOTE_TEXT, MAX_NOTES};
use breakroom_protocol::{ErrorCode, NoteId, Role, StopId};
use common::{PATH, Room, rights};
use yrs::{Any, Map, MapPrelim, Text, TextPrelim};

fn room() -> (Room, usize, usize, usize) {
    Room::of_three(DocName::Notes)
}

#[test]
fn a_note_gets_its_author_and_everybody_types_in_it() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].write("n", 7, "why 🦀?");
    let received = room.settle();
    assert!(received.refused.is_none() && received.to_sender_too);
    let note = room.documents.notes()[0].clone();
    assert_eq!((note.path.as_str(), note.line, note.text.as_str()), (PATH, 7, "why 🦀?"));
    assert_eq!(note.author, room.clients[ada].rights.participant);
    assert_eq!(received.changes, [DocChange::NoteSet(note)]);
    room.clients[bob].type_in("n", 4, "not ");
    let received = room.settle();
    assert!(received.refused.is_none() && !received.to_sender_too);
    assert_eq!(room.documents.notes()[0].text, "why not 🦀?");
    room.assert_converged();
}

#[test]
fn concurrent_typing_converges() {
    let (mut room, host, ada, bob) = room();
    room.clients[ada].write("n", 7, "ab");
    room.settle();
    room.clients[ada].type_in("n", 1, "1");
    room.clients[bob].type_in("n", 1, "2");
    room.clients[host].type_in("n", 2, "3");
    room.settle();
    room.assert_converged();
    assert_eq!(room.documents.notes()[0].text.len(), 5);
}

#[test]
fn only_author_and_host_move_or_remove_it() {
    let (mut room, host, ada, bob) = room();
    room.clients[ada].write("n", 7, "text");
    room.settle();
    let before = room.content();
    for (field, value) in [
        ("path", Any::from("/b.py")),
        ("line", Any::from(8)),
        ("stop", Any::from(1)),
        ("author", Any::from("x")),
    ] {
        let map = room.clients[bob].note("n").unwrap();
        room.clients[bob].edit(|txn, _| {
            map.insert(txn, field, value);
        });
        let received = room.settle();
        assert_eq!(received.refused.is_some(), field != "author", "{field}");
        assert!(received.changes.is_empty());
        assert_eq!(room.content(), before);
        room.assert_converged();
    }
    let map = room.clients[bob].note("n").unwrap();
    room.clients[bob].edit(|txn, _| {
        map.remove(txn, "path");
        map.remove(txn, "text");
    });
    assert!(room.settle().refused.is_some());
    assert_eq!(room.content(), before);
    room.clients[bob].remove("n");
    assert!(room.settle().refused.is_some());
    assert_eq!(room.content(), before);
    room.assert_converged();
    // It is a new Y.Map with the old text now, and can be typed in.
    room.clients[bob].type_in("n", 4, "!");
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "text!");

    let map = room.clients[ada].note("n").unwrap();
    room.clients[ada].edit(|txn, _| {
        map.insert(txn, "line", 9);
        map.insert(txn, "stop", 2);
    });
    assert!(room.settle().refused.is_none());
    assert_eq!((room.documents.notes()[0].line, room.documents.notes()[0].stop), (9, Some(StopId(2))));
    room.clients[host].remove("n");
    assert_eq!(room.settle().changes, [DocChange::NoteRemoved(NoteId::from("n"))]);
    room.assert_converged();
}

#[test]
fn typing_into_a_removed_note_is_harmless() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].write("n", 7, "text");
    room.settle();
    room.clients[ada].remove("n");
    room.clients[bob].type_in("n", 4, "!");
    room.settle();
    assert!(room.documents.notes().is_empty());
    room.assert_converged();
    room.clients[bob].write("n", 1, "mine");
    room.settle();
    assert_eq!(room.documents.notes()[0].author, room.clients[bob].rights.participant);
    room.assert_converged();
}

#[test]
fn an_illegal_removal_meets_typing() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].write("n", 7, "text");
    room.settle();
    room.clients[bob].remove("n");
    room.clients[ada].type_in("n", 4, "!");
    // The removal arrives first; what was typed meanwhile hung on the old text.
    while room.send(bob).is_some() {}
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "text");
    room.assert_converged();
}

#[test]
fn texts_have_a_longest_length() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].write("n", 7, &"x".repeat(MAX_NOTE_TEXT + 9));
    assert_eq!(room.settle().refused.unwrap().code, ErrorCode::TooLarge);
    assert_eq!(room.documents.notes()[0].text.len(), MAX_NOTE_TEXT);
    room.assert_converged();
    room.clients[bob].type_in("n", 5, "🦀y");
    assert!(room.settle().refused.is_some());
    assert_eq!(room.documents.notes()[0].text, "x".repeat(MAX_NOTE_TEXT));
    room.assert_converged();
}

#[test]
fn malformed_notes_go_away() {
    let (mut room, _, ada, _) = room();
    let cases: Vec<Vec<(&str, yrs::In)>> = vec![
        vec![],
        vec![("path", Any::from(PATH).into())],
        vec![("path", Any::from("x.py").into()), ("line", Any::from(1).into())],
        vec![("path", Any::from(PATH).into()), ("line", Any::from(0).into())],
        vec![
            ("path", Any::from(PATH).into()),
            ("line", Any::from(1).into()),
            ("stop", Any::from("1").into()),
        ],
    ];
    for case in cases {
        let map: MapPrelim = case.into_iter().collect();
        room.clients[ada].edit(|txn, root| {
            root.insert(txn, "n", map);
        });
        assert!(room.settle().refused.is_some());
        assert!(room.documents.notes().is_empty() && room.content().is_empty());
        room.assert_converged();
    }
    room.clients[ada].edit(|txn, root| {
        root.insert(txn, "n", "plain");
    });
    assert!(room.settle().refused.is_some());
    assert!(room.content().is_empty());
    room.assert_converged();
    // Without a text it gets one; what is of no use is dropped from it.
    let map: MapPrelim = [
        ("path", Any::from(PATH)),
        ("line", Any::from(1)),
        ("stop", Any::Null),
        ("colour", Any::from("red")),
    ]
    .into_iter()
    .collect();
    room.clients[ada].edit(|txn, root| {
        root.insert(txn, "n", map);
    });
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "");
    assert!(!room.content().contains("colour"));
    room.assert_converged();
    room.clients[ada].type_in("n", 0, "now");
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "now");
}

#[test]
fn foreign_content_in_a_text_is_dropped() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].write("n", 7, "text");
    room.settle();
    let text = room.clients[bob].text("n").unwrap();
    room.clients[bob].edit(|txn, _| {
        text.insert_embed(txn, 2, Any::from(vec![Any::Null]));
        text.insert_embed(txn, 2, TextPrelim::new("deep"));
        text.insert_with_attributes(txn, 0, "b", [("bold".into(), Any::from(true))].into());
        text.insert(txn, 0, "a");
    });
    assert!(room.settle().refused.is_some());
    assert_eq!(room.documents.notes()[0].text, "abtext");
    room.assert_converged();
    room.clients[bob].type_in("n", 6, "!");
    assert!(room.settle().refused.is_none());
    room.assert_converged();
}

#[test]
fn there_is_room_for_so_many() {
    let (mut room, host, ..) = room();
    for line in 0..MAX_NOTES + 2 {
        room.clients[host].write(&format!("{line}"), line as i64 + 1, "");
    }
    room.settle();
    assert_eq!(room.documents.notes().len(), MAX_NOTES);
    room.assert_converged();
}

#[test]
fn watchers_write_if_the_invite_says_so() {
    let (mut room, ..) = room();
    let silent = room.join(rights(Role::Watcher, false));
    let writer = room.join(Rights { write_notes: true, ..rights(Role::Watcher, false) });
    room.settle();
    room.clients[silent].write("s", 1, "no");
    room.clients[writer].write("w", 1, "yes");
    room.settle();
    assert_eq!(room.clients[silent].denied, 1);
    assert_eq!(room.clients[silent].closed, None);
    let notes = room.documents.notes();
    assert_eq!(notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["yes"]);
    room.assert_converged();
    let by = room.clients[writer].rights.participant;
    let change = room.documents.remove_all_by(DocName::Notes, by).unwrap().unwrap();
    assert_eq!(change.changes, [DocChange::NoteRemoved(NoteId::from("w"))]);
}
