//! The protocol itself: authorship, what is missing, limits, garbage, awareness, the journal.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod common;

use breakroom_documents::{Documents, Received};
use breakroom_protocol::room::{DocName, MAX_DOC_MESSAGE};
use breakroom_protocol::{CloseCode, ConnectionId, ErrorCode, Role};
use common::{NOW, Room, awareness_frame, entry, participant, rights, sync_frame, update_frame};
use proptest::prelude::*;
use yrs::updates::decoder::Decode;
use yrs::{Map, ReadTxn, StateVector, Transact, Update};

fn room(name: DocName) -> (Room, usize, usize) {
    let mut room = Room::new(name);
    let ada = room.join(rights(Role::Collaborator, true));
    let bob = room.join(rights(Role::Collaborator, true));
    room.settle();
    (room, ada, bob)
}

#[test]
fn new_structs_under_anothers_client_id_are_forged() {
    let (mut room, ada, _) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "text");
    room.settle();
    let id = room.clients[ada].id();
    // Another participant with Ada's client id, who has all she has, and goes on from there.
    let forger = room.join_as(rights(Role::Host, true), id);
    while room.read(forger) {}
    let state = room.clients[ada].state();
    room.clients[forger].doc.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
    // What we have already is no forgery.
    let everything = sync_frame(1, &room.clients[forger].state());
    assert_eq!(room.deliver(forger, &everything), Received::default());
    room.clients[forger].outbox.clear();
    room.clients[forger].type_in("n", 0, "forged ");
    let received = room.send(forger).unwrap();
    assert_eq!((received.close, received.update), (Some(CloseCode::Forged), None));
    assert_eq!(room.documents.notes()[0].text, "text");
    // In the other doc too, and after a claim by awareness.
    let carol = rights(Role::Collaborator, true);
    let connection = ConnectionId(70);
    room.documents.open(connection, DocName::Breakpoints, &participant(&carol));
    let says = format!("{{\"participant\":\"{}\"}}", carol.participant);
    let claim = awareness_frame(&[(777, 1, &says)]);
    assert!(room.documents.receive(connection, &claim, &carol, NOW).awareness.is_some());
    for id in [id, 777] {
        let mallory = rights(Role::Host, true);
        let connection = ConnectionId(71);
        room.documents.open(connection, DocName::Breakpoints, &participant(&mallory));
        let doc = yrs::Doc::with_client_id(id);
        let root = doc.get_or_insert_map("breakpoints");
        root.insert(&mut doc.transact_mut(), "a", entry(1, &[]));
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        let received = room.documents.receive(connection, &update_frame(&state), &mallory, NOW);
        assert_eq!(received.close, Some(CloseCode::Forged));
    }
}

#[test]
fn the_same_person_may_come_back_with_the_same_doc() {
    let (mut room, ada, _) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "text");
    room.settle();
    let again = ConnectionId(80);
    let may = room.clients[ada].rights;
    room.documents.open(again, DocName::Notes, &participant(&may));
    room.clients[ada].type_in("n", 4, "!");
    let frame = room.clients[ada].outbox.pop_front().unwrap();
    assert!(room.documents.receive(again, &frame, &may, NOW).update.is_some());
}

#[test]
fn an_update_with_a_hole_is_asked_for_again() {
    let (mut room, ada, _) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "text");
    room.clients[ada].type_in("n", 0, "1");
    room.clients[ada].type_in("n", 0, "2");
    // The first is lost.
    room.clients[ada].outbox.pop_front();
    let received = room.send(ada).unwrap();
    assert!(received.update.is_none() && received.close.is_none() && received.reply[0][..2] == [0, 0]);
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "21text");
    room.assert_converged();
}

#[test]
fn what_was_sent_before_may_come_again_in_part() {
    let (mut room, ada, _) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "🦀");
    room.settle();
    let text = room.clients[ada].text("n").unwrap();
    let end = yrs::Text::len(&text, &room.clients[ada].doc.transact());
    room.clients[ada].type_in("n", end, "ab");
    room.settle();
    // Merged with "ab" into one struct by now.
    room.clients[ada].type_in("n", end + 2, "c🦀d");
    room.clients[ada].outbox.clear();
    let state = room.clients[ada].state();
    room.deliver(ada, &sync_frame(1, &state));
    room.settle();
    assert_eq!(room.documents.notes()[0].text, "🦀abc🦀d");
    room.assert_converged();
}

#[test]
fn late_joiners_see_it_all() {
    let (mut room, ada, bob) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "text");
    room.settle();
    room.clients[bob].type_in("n", 2, "--");
    room.settle();
    let late = room.join(rights(Role::Watcher, false));
    room.settle();
    assert_eq!(room.clients[late].denied, 0);
    assert_eq!(room.clients[late].content(), room.content());
}

#[test]
fn limits_close_the_socket() {
    let (mut room, ada, bob) = room(DocName::Notes);
    assert_eq!(room.deliver(ada, &vec![0; MAX_DOC_MESSAGE + 1]).close, Some(CloseCode::TooLarge));
    room.clients[ada].closed = None;
    let mut closed = None;
    for at in 0..1000 {
        room.clients[ada].write(&format!("n{at}"), 1, &"x".repeat(19_000));
        room.settle();
        closed = room.clients[ada].closed;
        if closed.is_some() {
            break;
        }
    }
    assert_eq!(closed, Some(CloseCode::TooLarge));
    assert!(room.documents.state(DocName::Notes).len() <= breakroom_documents::MAX_STATE);
    // Removing still works, and makes room.
    let host = room.join(rights(Role::Host, false));
    room.settle();
    for at in 0..100 {
        room.clients[host].remove(&format!("n{at}"));
    }
    room.settle();
    room.clients[bob].write("new", 1, &"x".repeat(19_000));
    room.settle();
    assert_eq!(room.clients[bob].closed, None);
    assert!(room.documents.notes().iter().any(|note| note.id.0 == "new"));
}

#[test]
fn garbage_is_a_bad_message() {
    let (mut room, ada, _) = room(DocName::Notes);
    let deep: Vec<u8> = {
        // One struct: a plain value nested beyond all measure.
        let mut update = vec![1, 1, 9, 0, 0x28, 1, 5];
        update.extend(b"notes");
        update.extend([1, b'a', 1]);
        update.extend(std::iter::repeat_n([117, 1], 50_000).flatten());
        update.extend([126, 0]);
        update_frame(&update)
    };
    let cases: Vec<Vec<u8>> = vec![
        vec![],
        vec![9],
        vec![0, 9],
        vec![0, 2],
        vec![0, 2, 5, 1],
        vec![2, 0, 1, 65],
        vec![0xff; 20],
        vec![3, 0],
        update_frame(&[]),
        update_frame(&[1]),
        update_frame(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
        update_frame(&[1, 1, 9, 0, 4, 1, 1, b'a', 0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
        sync_frame(0, &[1, 2]),
        awareness_frame(&[])[..1].to_vec(),
        deep,
    ];
    for case in cases {
        let received = room.deliver(ada, &case);
        assert_eq!(received.close, Some(CloseCode::BadMessage), "{case:?}");
        assert_eq!(received.refused.unwrap().code, ErrorCode::BadMessage);
    }
}

#[test]
fn awareness_says_only_ones_own() {
    let (mut room, ada, bob) = room(DocName::Notes);
    let id = |room: &Room, at: usize| room.clients[at].rights.participant.to_string();
    let says = format!("{{\"participant\":\"{}\",\"line\":3}}", id(&room, ada));
    let lies = format!("{{\"participant\":\"{}\"}}", id(&room, bob));
    let long = format!("{{\"participant\":\"{}\",\"x\":\"{}\"}}", id(&room, ada), "x".repeat(5_000));
    let received =
        room.deliver(ada, &awareness_frame(&[(5, 1, &says), (6, 1, &lies), (7, 1, "{}"), (8, 1, &long)]));
    assert_eq!(received.awareness, Some(awareness_frame(&[(5, 1, &says)])));
    // Bob sends back what he got, and tries to say that Ada is gone.
    for (clock, state) in [(1, says.as_str()), (2, "null"), (2, lies.as_str())] {
        assert_eq!(room.deliver(bob, &awareness_frame(&[(5, clock, state)])), Received::default());
    }
    assert_eq!(room.deliver(bob, &[3]).reply, [awareness_frame(&[(5, 1, &says)])]);
    let late = rights(Role::Watcher, false);
    let frames = room.documents.open(ConnectionId(50), DocName::Notes, &participant(&late));
    assert_eq!(frames[1], awareness_frame(&[(5, 1, &says)]));
    assert_eq!(room.documents.close(ConnectionId(0)), Some(awareness_frame(&[(5, 1, "null")])));
    assert_eq!(room.documents.close(ConnectionId(0)), None);
    assert!(room.deliver(bob, &[3]).reply.is_empty());
    for client in 20..30 {
        let says = format!("{{\"participant\":\"{}\"}}", id(&room, bob));
        assert_eq!(
            room.deliver(bob, &awareness_frame(&[(client, 1, &says)])).awareness.is_some(),
            client < 24
        );
    }
}

#[test]
fn the_journal_brings_it_all_back() {
    let (mut room, ada, bob) = room(DocName::Notes);
    room.clients[ada].write("n", 1, "text");
    room.settle();
    room.clients[bob].remove("n");
    room.settle();
    room.clients[bob].type_in("n", 0, "b");
    room.clients[bob].write("m", 2, "more");
    room.settle();
    let mut rows = Documents::new();
    for (update, from) in &room.journal {
        rows.load(DocName::Notes, update, *from).unwrap();
    }
    let mut whole = Documents::new();
    whole.load(DocName::Notes, &room.documents.state(DocName::Notes), None).unwrap();
    whole.load_ownership(room.documents.ownership());
    for loaded in [&rows, &whole] {
        assert_eq!(loaded.notes(), room.documents.notes());
        assert_eq!(loaded.ownership(), room.documents.ownership());
        // As long, and saying the same; the order of clients in it may differ.
        assert_eq!(loaded.state(DocName::Notes).len(), room.documents.state(DocName::Notes).len());
    }
    // Ada's next update is hers; from Bob it is forged.
    room.clients[ada].type_in("m", 0, "a");
    let ada_edits = room.clients[ada].outbox.pop_front().unwrap();
    for mut loaded in [rows, whole] {
        let (bob_may, ada_may) = (room.clients[bob].rights, room.clients[ada].rights);
        loaded.open(ConnectionId(0), DocName::Notes, &participant(&bob_may));
        assert_eq!(loaded.receive(ConnectionId(0), &ada_edits, &bob_may, NOW).close, Some(CloseCode::Forged));
        loaded.open(ConnectionId(1), DocName::Notes, &participant(&ada_may));
        assert_eq!(loaded.receive(ConnectionId(1), &ada_edits, &ada_may, NOW).close, None);
    }
    room.deliver(ada, &ada_edits);
    let mut unowned = Documents::new();
    unowned.load(DocName::Notes, &room.documents.state(DocName::Notes), None).unwrap();
    room.clients[ada].type_in("m", 0, "x");
    let frame = room.clients[ada].outbox.pop_front().unwrap();
    let may = room.clients[ada].rights;
    unowned.open(ConnectionId(1), DocName::Notes, &participant(&may));
    assert_eq!(unowned.receive(ConnectionId(1), &frame, &may, NOW).close, Some(CloseCode::Forged));
    assert!(unowned.load(DocName::Notes, &[1, 2, 3], None).is_err());
}

fn real_frames() -> Vec<(DocName, Vec<u8>)> {
    let mut frames = Vec::new();
    let (mut notes, ada, bob) = room(DocName::Notes);
    notes.clients[ada].write("n", 1, "some 🦀 text");
    notes.clients[ada].type_in("n", 6, "x");
    frames.push((DocName::Notes, sync_frame(1, &notes.clients[ada].state())));
    frames.extend(notes.clients[ada].outbox.iter().map(|frame| (DocName::Notes, frame.clone())));
    notes.settle();
    notes.clients[bob].remove("n");
    frames.extend(notes.clients[bob].outbox.iter().map(|frame| (DocName::Notes, frame.clone())));
    notes.settle();
    frames.push((DocName::Notes, sync_frame(1, &notes.clients[bob].state())));
    let vector = notes.clients[ada].doc.transact().state_vector();
    frames.push((DocName::Notes, sync_frame(0, &yrs::updates::encoder::Encode::encode_v1(&vector))));
    let says = format!("{{\"participant\":\"{}\",\"line\":3}}", notes.clients[ada].rights.participant);
    frames.push((DocName::Notes, awareness_frame(&[(5, 1, &says)])));
    let (mut entries, ada, _) = room(DocName::Breakpoints);
    entries.clients[ada].set("a", entry(3, &[("condition", "x".into())]));
    entries.clients[ada].set("b", entry(3, &[]));
    frames.push((DocName::Breakpoints, sync_frame(1, &entries.clients[ada].state())));
    frames.extend(entries.clients[ada].outbox.iter().map(|frame| (DocName::Breakpoints, frame.clone())));
    frames
}

/// Whatever came in, the server's doc can be read by a newcomer and says what the server says.
fn assert_sound(documents: &Documents, name: DocName) {
    let mut fresh = Documents::new();
    fresh.load(name, &documents.state(name), None).unwrap();
    assert_eq!(fresh.breakpoints(), documents.breakpoints());
    // All but the order within a text, where a client may lie about its own neighbours.
    let sorted = |documents: &Documents| -> Vec<_> {
        let sorted = |note: breakroom_protocol::Note| {
            let mut text: Vec<char> = note.text.chars().collect();
            text.sort_unstable();
            breakroom_protocol::Note { text: text.into_iter().collect(), ..note }
        };
        documents.notes().into_iter().map(sorted).collect()
    };
    assert_eq!(sorted(&fresh), sorted(documents));
    let client = yrs::Doc::new();
    client.transact_mut().apply_update(Update::decode_v1(&documents.state(name)).unwrap()).unwrap();
    assert!(client.transact().store().pending_update().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(frame in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..4) {
        let (mut room, ada, _) = room(DocName::Notes);
        room.deliver(ada, &frame);
        let mut sync = vec![0, kind];
        common::buffer(&mut sync, &frame);
        room.deliver(ada, &sync);
        assert_sound(&room.documents, DocName::Notes);
    }

    #[test]
    fn mutated_frames_never_panic(
        plan in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..40),
    ) {
        let frames = real_frames();
        for name in DocName::ALL {
            let mut room = Room::new(name);
            let host = room.join_as(rights(Role::Host, true), 1000);
            room.settle();
            let known: Vec<_> = frames.iter().filter(|(doc, _)| *doc == name).collect();
            for (which, at, value, how) in &plan {
                let mut frame = known[which.index(known.len())].1.clone();
                let at = at.index(frame.len());
                match how {
                    0 => frame[at] = *value,
                    1 => frame[at] = frame[at].wrapping_add(value % 5).wrapping_sub(2),
                    2 => frame.truncate(at),
                    _ => {}
                }
                room.deliver(host, &frame);
                room.deliver(host, &[3]);
            }
            assert_sound(&room.documents, name);
        }
    }
}

/// Three bytes, answered with the whole doc.
#[test]
fn who_asks_for_the_whole_doc_again_and_again_is_cut_off_alone() {
    for question in [sync_frame(0, &[0]), vec![3]] {
        let (mut room, _host, ada, bob) = Room::of_three(DocName::Notes);
        room.clients[bob].write("n", 1, "what everybody reads");
        room.settle();
        let answers = (0..100).map(|_| room.deliver(ada, &question)).take_while(|got| got.close.is_none());
        assert!((4..20).contains(&answers.count()), "{question:?}");
        assert_eq!(room.clients[ada].closed, Some(CloseCode::TooFast), "{question:?}");
        // It builds nothing up for others, who have answers of their own.
        assert_eq!(room.deliver(bob, &sync_frame(0, &[0])).close, None);
    }
}
