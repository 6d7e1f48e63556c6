//! Rules of replies and of resolving, seen from stock clients.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod common;

use breakroom_documents::{DocChange, Documents, Rights};
use breakroom_protocol::room::{DocName, MAX_NOTE_TEXT, MAX_REPLIES, MAX_REPLIES_IN_ALL};
use breakroom_protocol::{ErrorCode, Note, NoteId, ParticipantId, Role};
use common::{NOW, PATH, Room, rights};
use yrs::{Any, Map, MapPrelim};

/// A host, two collaborators, and a note of the first's, `n`.
fn room() -> (Room, usize, usize, usize) {
    let (mut room, host, ada, bob) = Room::of_three(DocName::Notes);
    room.clients[ada].write("n", 7, "why?");
    room.settle();
    (room, host, ada, bob)
}

fn id(room: &Room, at: usize) -> ParticipantId {
    room.clients[at].rights.participant
}

fn note(room: &Room) -> Note {
    room.documents.notes().into_iter().find(|note| note.id == NoteId::from("n")).unwrap()
}

fn replies(room: &Room) -> Vec<String> {
    room.documents.replies().into_iter().map(|reply| format!("{}: {}", reply.id.0, reply.text)).collect()
}

#[test]
fn a_reply_gets_author_and_time_and_everybody_types_in_it() {
    let (mut room, _, ada, bob) = room();
    room.clients[bob].reply("r", "n", "because");
    let received = room.settle();
    assert!(received.refused.is_none() && received.to_sender_too);
    let reply = room.documents.replies()[0].clone();
    assert_eq!((reply.note.0.as_str(), reply.text.as_str()), ("n", "because"));
    assert_eq!((reply.author, reply.at), (id(&room, bob), NOW));
    assert_eq!(received.changes, [DocChange::ReplySet(reply)]);
    assert_eq!(note(&room).at, Some(NOW));
    // Both at once.
    room.clients[ada].type_in("r", 0, "Is it ");
    room.clients[bob].type_in("r", 7, " of this");
    room.settle();
    assert_eq!(replies(&room), ["r: Is it because of this"]);
    assert_eq!(room.documents.replies()[0].author, id(&room, bob));
    room.assert_converged();
}

#[test]
fn another_name_or_time_is_put_right() {
    let (mut room, host, ada, bob) = room();
    let (hosts, adas) = (id(&room, host).to_string(), id(&room, ada).to_string());
    room.clients[bob].edit(|txn, root| {
        let forged: MapPrelim =
            [("note", Any::from("n")), ("author", Any::from(hosts)), ("at", Any::from(1))]
                .into_iter()
                .collect();
        root.insert(txn, "r", forged);
    });
    room.settle();
    let before = room.content();
    assert_eq!((room.documents.replies()[0].author, room.documents.replies()[0].at), (id(&room, bob), NOW));
    for (key, field, value) in [
        ("r", "author", Some(Any::from(adas.clone()))),
        ("r", "author", None),
        ("r", "at", Some(Any::from(5))),
        ("r", "at", None),
        ("r", "path", Some(Any::from(PATH))),
        ("r", "resolved", Some(Any::from(adas.clone()))),
        ("n", "author", Some(Any::from(adas))),
        ("n", "at", Some(Any::from("yesterday"))),
    ] {
        room.clients[bob].field(key, field, value);
        assert!(room.settle().changes.is_empty(), "{field} of {key}");
        assert_eq!(room.content(), before, "{field} of {key}");
        room.assert_converged();
    }
}

#[test]
fn a_reply_answers_a_note_that_is_there() {
    let (mut room, _, ada, bob) = room();
    room.clients[bob].reply("r", "n", "fine");
    room.settle();
    let before = room.content();
    // Nothing, a reply, itself, and what is no id at all.
    for to in ["nothing", "r", "x", ""] {
        room.clients[bob].reply("x", to, "lost");
        let received = room.settle();
        assert_eq!(received.refused.unwrap().code, ErrorCode::NotFound, "to {to}");
        assert!(received.changes.is_empty());
        assert_eq!(room.content(), before);
        room.assert_converged();
    }
    // It stays with its note, and neither becomes the other.
    room.clients[ada].write("m", 8, "another");
    room.settle();
    let before = room.content();
    for (key, field, value) in
        [("r", "note", Some("m")), ("r", "note", Some("gone")), ("r", "note", None), ("n", "note", Some("m"))]
    {
        for who in [ada, bob] {
            room.clients[who].field(key, field, value.map(Any::from));
            assert!(room.settle().changes.is_empty());
            assert_eq!(room.content(), before, "{field} of {key}");
            room.assert_converged();
        }
    }
    room.clients[bob].write("r", 3, "now a note?");
    room.settle();
    assert_eq!((room.documents.notes().len(), replies(&room)), (2, vec!["r: now a note?".to_owned()]));
    room.clients[bob].reply("n", "m", "now a reply?");
    room.settle();
    assert_eq!((room.documents.notes().len(), room.documents.replies().len()), (2, 1));
    room.assert_converged();
}

#[test]
fn only_its_author_or_a_host_removes_a_reply() {
    let (mut room, host, ada, bob) = room();
    room.clients[bob].reply("r", "n", "mine");
    room.clients[bob].reply("s", "n", "mine too");
    room.settle();
    let before = room.content();
    // Not even the note's author.
    room.clients[ada].remove("r");
    assert_eq!(room.settle().refused.unwrap().code, ErrorCode::NotAllowed);
    assert_eq!(room.content(), before);
    room.assert_converged();
    room.clients[bob].remove("r");
    assert_eq!(room.settle().changes, [DocChange::ReplyRemoved(NoteId::from("r"))]);
    room.clients[host].remove("s");
    assert_eq!(room.settle().changes, [DocChange::ReplyRemoved(NoteId::from("s"))]);
    assert!(room.documents.replies().is_empty());
    room.assert_converged();
}

#[test]
fn replies_go_with_their_note_whichever_came_first() {
    for removal_first in [true, false] {
        let (mut room, _, ada, bob) = room();
        room.clients[bob].reply("r", "n", "there already");
        room.settle();
        room.clients[bob].reply("s", "n", "meanwhile");
        room.clients[ada].remove("n");
        let order = if removal_first { [ada, bob] } else { [bob, ada] };
        for who in order {
            while room.send(who).is_some() {}
        }
        room.settle();
        assert_eq!(room.content(), "", "removal first: {removal_first}");
        assert!(room.documents.notes().is_empty() && room.documents.replies().is_empty());
        room.assert_converged();
        // Typing that was under way hangs on nothing.
        let mut loaded = Documents::new();
        loaded.load(DocName::Notes, &room.documents.state(DocName::Notes), None).unwrap();
        assert!(loaded.notes().is_empty() && loaded.replies().is_empty());
    }
    // Who may not remove the note does not remove the replies.
    let (mut room, _, ada, bob) = room();
    room.clients[ada].reply("r", "n", "stays");
    room.settle();
    room.clients[bob].remove("n");
    let received = room.settle();
    assert!(received.refused.is_some() && received.changes.is_empty());
    assert_eq!(replies(&room), ["r: stays"]);
    room.assert_converged();
}

#[test]
fn one_update_may_bring_a_note_with_its_reply_or_take_both() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].edit(|txn, root| {
        // By its key the reply comes first.
        let reply: MapPrelim = [("note", Any::from("z"))].into_iter().collect();
        root.insert(txn, "a", reply);
        let note: MapPrelim = [("path", Any::from(PATH)), ("line", Any::from(3))].into_iter().collect();
        root.insert(txn, "z", note);
    });
    assert!(room.settle().refused.is_none());
    assert_eq!(replies(&room), ["a: "]);
    room.clients[bob].reply("b", "z", "");
    room.settle();
    room.clients[ada].edit(|txn, root| {
        root.remove(txn, "a");
        root.remove(txn, "z");
        let reply: MapPrelim = [("note", Any::from("z"))].into_iter().collect();
        root.insert(txn, "c", reply);
    });
    let received = room.settle();
    // Of the replies nothing is said: they went with the note.
    assert_eq!(received.changes, [DocChange::NoteRemoved(NoteId::from("z"))]);
    assert!(room.documents.replies().is_empty());
    room.assert_converged();
}

#[test]
fn who_resolves_is_who_did_it() {
    let (mut room, host, ada, bob) = room();
    let name = |room: &Room, at| Some(Any::from(id(room, at).to_string()));
    // Bob resolves Ada's note in his own name, in Ada's, and in nobody's: it is Bob each time.
    for claim in [name(&room, bob), name(&room, ada), name(&room, host), Some(Any::from(true))] {
        room.clients[bob].field("n", "resolved", claim);
        room.settle();
        assert_eq!(note(&room).resolved, Some(id(&room, bob)));
        assert!(room.content().contains(&format!("resolved={}", id(&room, bob))));
        // It is resolved already: nobody gets another name into it.
        for other in [ada, bob, host] {
            let claim = name(&room, ada);
            room.clients[other].field("n", "resolved", claim);
            room.settle();
            assert_eq!(note(&room).resolved, Some(id(&room, bob)));
            room.assert_converged();
        }
        room.clients[ada].field("n", "resolved", None);
        let received = room.settle();
        assert!(received.refused.is_none());
        assert_eq!(note(&room).resolved, None);
        assert_eq!(received.changes, [DocChange::NoteSet(note(&room))]);
    }
    // A null reopens, too; a new note is open whatever it says; the place and the text stay as they were.
    let claim = name(&room, host);
    room.clients[host].field("n", "resolved", claim);
    room.settle();
    room.clients[bob].field("n", "resolved", Some(Any::Null));
    room.settle();
    assert_eq!((note(&room).resolved, note(&room).line, note(&room).text.as_str()), (None, 7, "why?"));
    let adas = id(&room, ada).to_string();
    room.clients[bob].edit(|txn, root| {
        let note: MapPrelim =
            [("path", Any::from(PATH)), ("line", Any::from(3)), ("resolved", Any::from(adas))]
                .into_iter()
                .collect();
        root.insert(txn, "n2", note);
    });
    room.settle();
    assert!(room.documents.notes().iter().all(|note| note.resolved.is_none()));
    room.assert_converged();
}

#[test]
fn two_who_resolve_at_once_agree() {
    let (mut room, _, ada, bob) = room();
    for who in [bob, ada] {
        let name = id(&room, who).to_string();
        room.clients[who].field("n", "resolved", Some(Any::from(name)));
    }
    while room.send(bob).is_some() {}
    room.settle();
    assert_eq!(note(&room).resolved, Some(id(&room, bob)), "who came first");
    room.assert_converged();
    // One reopens while the other types: both hold.
    room.clients[ada].field("n", "resolved", None);
    room.clients[bob].type_in("n", 4, "!");
    room.settle();
    assert_eq!((note(&room).resolved, note(&room).text.as_str()), (None, "why?!"));
    room.assert_converged();
}

#[test]
fn a_resolved_note_that_is_put_back_is_as_it_was() {
    let (mut room, _, ada, bob) = room();
    room.clients[ada].field("n", "resolved", Some(Any::from("me")));
    room.clients[ada].reply("r", "n", "done");
    room.settle();
    let before = (room.documents.notes(), room.documents.replies());
    room.clients[bob].remove("n");
    room.clients[bob].remove("r");
    assert!(room.settle().refused.is_some());
    assert_eq!((room.documents.notes(), room.documents.replies()), before);
    room.clients[bob].type_in("r", 4, "?");
    room.settle();
    assert_eq!(replies(&room), ["r: done?"]);
    room.assert_converged();
}

#[test]
fn replies_have_limits() {
    let (mut room, host, ada, bob) = room();
    room.clients[ada].reply("r", "n", &"x".repeat(MAX_NOTE_TEXT + 9));
    assert_eq!(room.settle().refused.unwrap().code, ErrorCode::TooLarge);
    assert_eq!(room.documents.replies()[0].text.len(), MAX_NOTE_TEXT);
    room.clients[bob].type_in("r", 5, "y");
    assert!(room.settle().refused.is_some());
    assert_eq!(room.documents.replies()[0].text, "x".repeat(MAX_NOTE_TEXT));
    for number in 1..MAX_REPLIES + 3 {
        room.clients[bob].reply(&format!("r{number}"), "n", "");
    }
    room.settle();
    assert_eq!(room.documents.replies().len(), MAX_REPLIES);
    for thread in 1..MAX_REPLIES_IN_ALL / MAX_REPLIES + 1 {
        room.clients[host].write(&format!("n{thread}"), 1, "");
        for number in 0..MAX_REPLIES {
            room.clients[host].reply(&format!("n{thread} {number}"), &format!("n{thread}"), "");
        }
    }
    room.settle();
    assert_eq!(room.documents.replies().len(), MAX_REPLIES_IN_ALL);
    // Who removes one makes room for one.
    room.clients[host].remove("r");
    room.clients[bob].reply("again", "n", "");
    room.settle();
    assert_eq!(room.documents.replies().len(), MAX_REPLIES_IN_ALL);
    room.assert_converged();
}

#[test]
fn a_watcher_replies_and_resolves_if_the_invite_says_so() {
    let (mut room, _, ada, _) = room();
    let silent = room.join(rights(Role::Watcher, false));
    let writer = room.join(Rights { write_notes: true, ..rights(Role::Watcher, false) });
    room.settle();
    let before = room.content();
    room.clients[silent].reply("s", "n", "no");
    room.clients[silent].field("n", "resolved", Some(Any::from("me")));
    room.settle();
    assert_eq!((room.clients[silent].denied, room.clients[silent].closed), (2, None));
    assert_eq!(room.content(), before);
    room.clients[writer].reply("w", "n", "yes");
    room.clients[writer].field("n", "resolved", Some(Any::from("me")));
    room.settle();
    assert_eq!((replies(&room), note(&room).resolved), (vec!["w: yes".to_owned()], Some(id(&room, writer))));
    room.assert_converged();
    // What somebody wrote goes with the replies to it.
    let adas = id(&room, ada);
    let change = room.documents.remove_all_by(DocName::Notes, adas).unwrap().unwrap();
    assert_eq!(change.changes, [DocChange::NoteRemoved(NoteId::from("n"))]);
    assert!(room.documents.replies().is_empty());
}

#[test]
fn docs_of_before_replies_are_read_on() {
    let (mut room, _, ada, _) = room();
    // As an older server left it: without the time.
    let mut old = Documents::new();
    let client = yrs::Doc::with_client_id(77);
    let root = client.get_or_insert_map("notes");
    let author = id(&room, ada);
    let update = {
        use yrs::{ReadTxn, StateVector, TextPrelim, Transact};
        let note: MapPrelim = [
            ("path", yrs::In::from(Any::from(PATH))),
            ("line", Any::from(4).into()),
            ("author", Any::from(author.to_string()).into()),
            ("text", TextPrelim::new("from before").into()),
        ]
        .into_iter()
        .collect();
        root.insert(&mut client.transact_mut(), "n", note);
        client.transact().encode_state_as_update_v1(&StateVector::default())
    };
    old.load(DocName::Notes, &update, Some(author)).unwrap();
    assert_eq!((old.notes()[0].at, old.notes()[0].resolved), (None, None));
    // And is written on.
    room.documents = old;
    room.clients.clear();
    let bobs = room.join(rights(Role::Collaborator, false));
    room.settle();
    room.clients[bobs].reply("r", "n", "still there");
    room.clients[bobs].type_in("n", 0, "a note ");
    room.clients[bobs].field("n", "resolved", Some(Any::from("me")));
    room.clients[bobs].field("n", "at", Some(Any::from(3)));
    room.settle();
    let now = note(&room);
    assert_eq!((now.at, now.text.as_str(), now.author), (None, "a note from before", author));
    assert_eq!((now.resolved, replies(&room).len()), (Some(id(&room, bobs)), 1));
    room.assert_converged();
}
