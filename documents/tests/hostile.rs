//! Well-formed updates that no Yjs would write: wrong neighbours, wrong parents, wrong content, other people's
//! structs deleted. Nothing panics, nothing waits, the entries stay what their doc says.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod common;

use breakroom_documents::{Documents, SERVER_CLIENT};
use breakroom_protocol::Role;
use breakroom_protocol::room::DocName;
use common::{Room, buffer, entry, number, rights, update_frame};
use proptest::prelude::*;
use std::time::Duration;
use yrs::updates::decoder::Decode;
use yrs::{ReadTxn, Transact, Update};

/// Client (an index of [`CLIENTS`]) and clock.
type Neighbour = (u8, u8);

/// Origin, right origin, parent, kind of content, length.
type Piece = (Option<Neighbour>, Option<Neighbour>, u8, u8, u8);

#[derive(Debug, Clone)]
struct Hostile {
    structs: Vec<Piece>,
    deletes: Vec<(u8, u8, u8)>,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let client = || prop_oneof![4 => 0_u8..2, 1 => Just(2_u8)];
    let clock = || prop_oneof![4 => 0_u8..3, 2 => 0_u8..12, 1 => 0_u8..30];
    let id = || prop::option::weighted(0.4, (client(), clock()));
    (
        prop::collection::vec((id(), id(), 0_u8..8, 0_u8..12, 0_u8..6), 0..5),
        prop::collection::vec((client(), clock(), 0_u8..3), 0..2),
    )
        .prop_map(|(structs, deletes)| Hostile { structs, deletes })
}

const CLIENTS: [u64; 3] = [1000, 1001, SERVER_CLIENT];

fn id(out: &mut Vec<u8>, (client, clock): (u8, u8)) {
    number(out, CLIENTS[usize::from(client)]);
    number(out, u64::from(clock));
}

fn encode(hostile: &Hostile, name: DocName, clock: u32) -> Vec<u8> {
    let mut out = vec![u8::from(!hostile.structs.is_empty())];
    if !hostile.structs.is_empty() {
        number(&mut out, hostile.structs.len() as u64);
        number(&mut out, 1001);
        number(&mut out, u64::from(clock));
    }
    for (origin, right, parent, kind, len) in &hostile.structs {
        let count = u64::from(*len) + 1;
        let (kind, length, content): (u8, u64, Vec<u8>) = match kind {
            0 => (0, count, vec![]),
            1 => (1, count, vec![*len + 1]),
            2 => (3, 1, vec![1, 7]),
            3 | 4 => (4, 3, b"\x05a\xf0\x9f\xa6\x80".to_vec()),
            5 => (5, 1, b"\x04null".to_vec()),
            6 => (6, 1, b"\x01b\x04true".to_vec()),
            7 => (7, 1, vec![[0, 1, 2, 4, 6, 1][usize::from(*len)]]),
            8 => (7, 1, vec![1]),
            9 => (8, count, [vec![*len + 1], vec![126; usize::from(*len) + 1]].concat()),
            10 => {
                let fields = b"\x77\x02/a\x04line\x7d\x03\x07enabled\x78\x09condition\x77\x01x";
                (8, 1, [&[1, 118, 4, 4][..], b"path", fields].concat())
            }
            _ => (7, 1, vec![2]),
        };
        if kind == 0 {
            out.push(0);
            number(&mut out, length);
            continue;
        }
        let keyed = parent % 2 == 0;
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(kind | flag(origin.is_some(), 0x80) | flag(right.is_some(), 0x40) | flag(keyed, 0x20));
        for neighbour in [origin, right].into_iter().flatten() {
            id(&mut out, *neighbour);
        }
        if origin.is_none() && right.is_none() {
            match parent {
                0..=3 => {
                    out.push(1);
                    buffer(&mut out, if *parent == 3 { b"other" } else { name.as_str().as_bytes() });
                }
                _ => {
                    out.push(0);
                    id(&mut out, (parent % 2, *len / 2));
                }
            }
            if keyed {
                buffer(&mut out, [&b"k0"[..], b"text", b"line", b"path", b"k1", b"x"][usize::from(*len)]);
            }
        }
        out.extend(content);
    }
    number(&mut out, hostile.deletes.len() as u64);
    for (client, clock, len) in &hostile.deletes {
        number(&mut out, CLIENTS[usize::from(*client)]);
        out.push(1);
        number(&mut out, u64::from(*clock));
        number(&mut out, u64::from(*len));
    }
    out
}

fn run(name: DocName, plan: &[Hostile]) -> usize {
    let mut room = Room::new(name);
    let honest = room.join_as(rights(Role::Collaborator, true), 1000);
    let mallory = room.join_as(rights(Role::Collaborator, false), 1001);
    room.settle();
    for key in ["k0", "k1"] {
        match name {
            DocName::Breakpoints => room.clients[honest].set(key, entry(3, &[])),
            DocName::Notes => room.clients[honest].write(key, 3, "some 🦀 text"),
        }
    }
    room.settle();
    let theirs = (room.documents.breakpoints(), room.documents.notes());
    let mut applied = 0;
    for hostile in plan {
        // Its next clock is whatever the server has of it.
        let state = Update::decode_v1(&room.documents.state(name)).unwrap();
        let clock = state.state_vector().get(&yrs::ClientID::new(1001));
        let received = room.deliver(mallory, &update_frame(&encode(hostile, name, clock)));
        assert_eq!(received.close, None, "{:?}", received.refused);
        applied += usize::from(received.update.is_some());
        while room.read(honest) {}
        room.clients[mallory].inbox.clear();
    }
    // What is not hers is there as before, but for what may be typed in a text.
    for entry in &theirs.0 {
        assert!(room.documents.breakpoints().contains(entry));
    }
    for note in &theirs.1 {
        let now = room.documents.notes().into_iter().find(|now| now.id == note.id).unwrap();
        assert_eq!((now.path, now.line, now.author), (note.path.clone(), note.line, note.author));
    }
    assert!(room.documents.breakpoints().iter().all(|entry| entry.condition.is_none()));
    // A newcomer reads the same from the doc, and so does whoever was there all the time.
    let mut loaded = Documents::new();
    loaded.load(name, &room.documents.state(name), None).unwrap();
    assert_eq!(loaded.breakpoints(), room.documents.breakpoints());
    let ids = |documents: &Documents| documents.notes().into_iter().map(|note| note.id).collect::<Vec<_>>();
    assert_eq!(ids(&loaded), ids(&room.documents));
    assert!(room.clients[honest].doc.transact().store().pending_update().is_none());
    if name == DocName::Breakpoints {
        assert_eq!(room.clients[honest].content(), room.content());
    }
    applied
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_updates_do_no_harm(plan in prop::collection::vec(hostile(), 0..12)) {
        for name in DocName::ALL {
            run(name, &plan);
        }
    }
}

#[test]
fn a_frame_full_of_structs_takes_no_time() {
    // As many structs as fit, each hanging on the one before, in a doc that has as many already.
    let mut room = Room::new(DocName::Notes);
    let ada = room.join_as(rights(Role::Collaborator, false), 1001);
    room.settle();
    room.clients[ada].write("n", 1, "");
    room.settle();
    let branch = room.clients[ada].text("n").unwrap();
    let branch: &yrs::branch::Branch = branch.as_ref();
    let yrs::BranchID::Nested(id) = branch.id() else { panic!("a note's text is nested") };
    let text = u64::from(id.clock);
    let from = std::time::Instant::now();
    let mut clock = 5;
    for _ in 0..3 {
        let mut update = vec![1];
        number(&mut update, 20_000);
        number(&mut update, 1001);
        number(&mut update, clock);
        for _ in 0..20_000 {
            update.extend([4, 0]);
            number(&mut update, 1001);
            number(&mut update, text);
            update.extend([1, b'x']);
            clock += 1;
        }
        update.push(0);
        let received = room.deliver(ada, &update_frame(&update));
        assert_eq!(received.close, None);
    }
    assert!(from.elapsed() < Duration::from_secs(20), "{:?}", from.elapsed());
}
