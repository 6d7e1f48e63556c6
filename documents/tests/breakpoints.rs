//! Rules of the `breakpoints` doc, seen from stock clients.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod common;

use breakroom_documents::DocChange;
use breakroom_protocol::room::{DocName, MAX_BREAKPOINTS};
use breakroom_protocol::{BreakpointEntry, EntryId, ErrorCode, ParticipantId, Role};
use common::{PATH, Room, entry, rights, update_frame};
use std::collections::HashMap;
use yrs::{Any, Map, Transact};

fn room() -> (Room, usize, usize, usize) {
    Room::of_three(DocName::Breakpoints)
}

fn code() -> [(&'static str, Any); 1] {
    [("condition", Any::from("x > 1"))]
}

#[test]
fn an_entry_gets_its_author_from_the_server() {
    let (mut room, _, ada, _) = room();
    room.clients[ada].set("a", entry(3, &[]));
    let received = room.settle();
    let author = room.clients[ada].rights.participant;
    let expected = BreakpointEntry {
        id: "a".into(),
        path: PATH.into(),
        line: 3,
        function: None,
        snap: false,
        condition: None,
        hit_condition: None,
        log_message: None,
        enabled: true,
        author,
    };
    assert_eq!(received.changes, [DocChange::BreakpointSet(expected.clone())]);
    assert!(received.to_sender_too && received.refused.is_none());
    assert_eq!(room.documents.breakpoints(), [expected]);
    room.assert_converged();
    assert!(room.content().contains(&author.to_string()));
}

#[test]
fn others_entries_stay_as_they_are_except_for_a_host() {
    let (mut room, host, ada, bob) = room();
    room.clients[ada].set("a", entry(3, &[]));
    room.settle();
    let before = room.content();
    room.clients[bob].set("a", entry(4, &[]));
    let received = room.settle();
    assert_eq!(received.refused.unwrap().code, ErrorCode::NotAllowed);
    assert!(received.changes.is_empty());
    room.clients[bob].remove("a");
    let received = room.settle();
    assert!(received.refused.is_some() && received.changes.is_empty());
    assert_eq!(room.content(), before);
    room.assert_converged();

    room.clients[host].set("a", entry(5, &code()));
    let received = room.settle();
    assert!(received.refused.is_none());
    // The author stays who made it.
    assert_eq!(room.documents.breakpoints()[0].author, room.clients[ada].rights.participant);
    assert_eq!(room.documents.breakpoints()[0].condition.as_deref(), Some("x > 1"));
    room.clients[host].remove("a");
    assert_eq!(room.settle().changes, [DocChange::BreakpointRemoved("a".into())]);
    room.assert_converged();
}

#[test]
fn code_needs_the_right_to_run_it() {
    for (key, text) in [("condition", "x"), ("logMessage", "hi {x}"), ("hitCondition", "x > 3")] {
        let (mut room, _, ada, bob) = room();
        room.clients[ada].set("a", entry(3, &[(key, Any::from(text))]));
        let received = room.settle();
        assert_eq!(received.refused.unwrap().code, ErrorCode::NotAllowed, "{key}");
        assert!(room.documents.breakpoints().is_empty());
        room.assert_converged();
        room.clients[bob].set("b", entry(3, &[(key, Any::from(text))]));
        assert!(room.settle().refused.is_none());
        assert_eq!(room.documents.breakpoints().len(), 1);
        room.assert_converged();
    }
    let (mut room, _, ada, _) = room();
    room.clients[ada].set("a", entry(3, &[("hitCondition", Any::from(">= 10"))]));
    assert!(room.settle().refused.is_none());
    // An old entry goes back to what it was.
    let before = room.content();
    room.clients[ada].set("a", entry(3, &code()));
    assert!(room.settle().refused.is_some());
    assert_eq!(room.content(), before);
    room.assert_converged();
}

#[test]
fn without_the_right_code_can_be_disabled_but_not_moved_or_enabled() {
    let (mut room, host, ada, _) = room();
    room.clients[ada].set("a", entry(3, &[]));
    room.settle();
    room.clients[host].set("a", entry(3, &code()));
    room.settle();
    let off = ("enabled", Any::Bool(false));
    let with_code = ("condition", Any::from("x > 1"));
    room.clients[ada].set("a", entry(4, &code()));
    assert!(room.settle().refused.is_some());
    room.clients[ada].set("a", entry(3, &[with_code.clone(), off]));
    assert!(room.settle().refused.is_none());
    assert!(!room.documents.breakpoints()[0].enabled);
    room.clients[ada].set("a", entry(3, &[with_code]));
    assert!(room.settle().refused.is_some());
    assert!(!room.documents.breakpoints()[0].enabled);
    room.assert_converged();
}

#[test]
fn entries_on_functions_and_snap_points() {
    let (mut room, _, ada, _) = room();
    let on = |name: &str, more: &[(&'static str, Any)]| {
        let mut fields = vec![("function", Any::from(name)), ("enabled", Any::Bool(true))];
        fields.extend_from_slice(more);
        Any::from(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<HashMap<_, _>>())
    };
    for name in ["tick", "Lamp.dim", "house.porch.Lamp._dim2", "größe"] {
        room.clients[ada].set("f", on(name, &[("snap", Any::Bool(true))]));
        assert!(room.settle().refused.is_none(), "{name}");
        let entry = room.documents.breakpoints().remove(0);
        let place = (entry.function.as_deref(), entry.path.as_str(), entry.line, entry.snap);
        assert_eq!(place, (Some(name), "", 0, true));
        room.assert_converged();
    }
    room.clients[ada].remove("f");
    room.settle();
    let long = "x".repeat(301);
    for name in ["", "tick()", "<lambda>", "a..b", ".a", "a.", "1a", "a b", "a\n", "a;b", &long] {
        room.clients[ada].set("f", on(name, &[]));
        assert_eq!(room.settle().refused.unwrap().code, ErrorCode::BadMessage, "{name:?}");
    }
    for (key, value) in [("line", Any::from(3)), ("path", Any::from(PATH)), ("snap", Any::from("yes"))] {
        room.clients[ada].set("f", on("tick", &[(key, value)]));
        assert_eq!(room.settle().refused.unwrap().code, ErrorCode::BadMessage, "{key}");
    }
    assert!(room.documents.breakpoints().is_empty());
    // A capture runs nobody's code; a condition beside it does.
    room.clients[ada].set("s", entry(3, &[("snap", Any::Bool(true))]));
    assert!(room.settle().refused.is_none());
    room.clients[ada].set("t", entry(3, &[("snap", Any::Bool(true)), ("condition", Any::from("x"))]));
    assert_eq!(room.settle().refused.unwrap().code, ErrorCode::NotAllowed);
    room.assert_converged();
}

#[test]
fn malformed_entries_go_away() {
    let long = "x".repeat(10_001);
    let cases = [
        entry(0, &[]),
        entry(-1, &[]),
        entry(1, &[("line", Any::from("1"))]),
        entry(1, &[("line", Any::from(1.5))]),
        entry(1, &[("line", Any::from(f64::NAN))]),
        entry(1, &[("path", Any::from(""))]),
        entry(1, &[("path", Any::from("app.py"))]),
        entry(1, &[("path", Any::from("/a\0b"))]),
        entry(1, &[("path", Any::from(format!("/{}", "a".repeat(5_000))))]),
        entry(1, &[("enabled", Any::from("yes"))]),
        entry(1, &[("condition", Any::from(1))]),
        entry(1, &[("condition", Any::from("a\0"))]),
        entry(1, &[("condition", Any::from(long))]),
        entry(1, &[("colour", Any::from("red"))]),
        Any::from("text"),
        Any::Null,
        Any::from(vec![Any::Null]),
    ];
    let (mut room, host, ..) = room();
    for case in cases {
        room.clients[host].set("a", case.clone());
        let received = room.settle();
        assert_eq!(received.refused.map(|why| why.code), Some(ErrorCode::BadMessage), "{case:?}");
        assert!(room.documents.breakpoints().is_empty() && room.content().is_empty(), "{case:?}");
        room.assert_converged();
    }
    for id in ["", "\n", &"i".repeat(65)] {
        room.clients[host].set(id, entry(1, &[]));
        assert!(room.settle().refused.is_some());
        room.assert_converged();
    }
    room.clients[host].set(&"i".repeat(64), entry(1, &[("path", Any::from(r"C:\app\x.py"))]));
    assert!(room.settle().refused.is_none());
    assert_eq!(room.documents.breakpoints().len(), 1);
}

#[test]
fn there_is_room_for_so_many() {
    let (mut room, host, ..) = room();
    room.clients[host].edit(|txn, root| {
        for line in 0..MAX_BREAKPOINTS + 5 {
            root.insert(txn, format!("{line:04}"), entry(line as i64 + 1, &[]));
        }
    });
    assert_eq!(room.settle().refused.unwrap().code, ErrorCode::TooLarge);
    assert_eq!(room.documents.breakpoints().len(), MAX_BREAKPOINTS);
    room.assert_converged();
}

#[test]
fn watchers_only_read() {
    let (mut room, _, ada, _) = room();
    let watcher = room.join(rights(Role::Watcher, true));
    room.settle();
    assert_eq!(room.clients[watcher].denied, 0, "the empty step 2 of a stock client is fine");
    room.clients[watcher].set("w", entry(1, &[]));
    let received = room.settle();
    assert_eq!(received.refused.unwrap().code, ErrorCode::NotAllowed);
    assert!(received.update.is_none() && received.close.is_none());
    assert_eq!(room.clients[watcher].denied, 1);
    // It is still connected and reads on.
    room.clients[ada].set("a", entry(3, &[]));
    room.settle();
    assert!(room.clients[watcher].content().contains("a: "));
    room.clients[watcher].remove("a");
    room.settle();
    assert_eq!(room.clients[watcher].denied, 2);
    assert_eq!(room.documents.breakpoints().len(), 1);
    room.assert_converged();
}

#[test]
fn removed_and_made_again_it_belongs_to_who_made_it_again() {
    let (mut room, _, ada, bob) = room();
    for _ in 0..3 {
        room.clients[ada].set("a", entry(3, &[]));
        room.settle();
        room.clients[ada].remove("a");
        room.settle();
        room.clients[bob].set("a", entry(4, &[]));
        room.settle();
        assert_eq!(room.documents.breakpoints()[0].author, room.clients[bob].rights.participant);
        room.clients[bob].remove("a");
        room.settle();
    }
    room.assert_converged();
}

#[test]
fn other_roots_and_nested_types_are_dropped() {
    let (mut room, _, ada, bob) = room();
    let other = room.clients[ada].doc.get_or_insert_map("other");
    room.clients[ada].edit(|txn, root| {
        other.insert(txn, "x", "y");
        root.insert(txn, "nested", yrs::MapPrelim::from([("a", "b")]));
        root.insert(txn, "a", entry(3, &[]));
    });
    let received = room.settle();
    assert_eq!(received.refused.unwrap().code, ErrorCode::BadMessage);
    assert_eq!(received.close, None);
    assert_eq!(room.documents.breakpoints().len(), 1);
    room.assert_converged();
    use yrs::Transact;
    let seen = room.clients[bob].doc.get_or_insert_map("other");
    assert_eq!(seen.len(&room.clients[bob].doc.transact()), 0);
    // The sender has it no more either, and goes on as before.
    assert_eq!(other.len(&room.clients[ada].doc.transact()), 0);
    room.clients[ada].set("b", entry(4, &[]));
    assert!(room.settle().refused.is_none());
    room.assert_converged();
}

#[test]
fn the_server_edits_too() {
    let (mut room, host, ada, bob) = room();
    let may = room.clients[ada].rights;
    let mut wanted = BreakpointEntry {
        id: "s".into(),
        path: PATH.into(),
        line: 9,
        function: None,
        snap: false,
        condition: Some(" ".into()),
        hit_condition: None,
        log_message: None,
        enabled: true,
        author: ParticipantId::new(),
    };
    let change = room.documents.set_breakpoint(wanted.clone(), Some(&may)).unwrap().unwrap();
    assert_eq!(room.documents.breakpoints()[0].author, may.participant);
    for client in &mut room.clients {
        client.inbox.push_back(change.frame.clone());
    }
    room.settle();
    room.assert_converged();
    assert_eq!(room.documents.set_breakpoint(wanted.clone(), Some(&may)), Ok(None));
    wanted.condition = Some("x".into());
    assert_eq!(
        room.documents.set_breakpoint(wanted.clone(), Some(&may)).unwrap_err().code,
        ErrorCode::NotAllowed
    );
    let other = room.clients[bob].rights;
    assert!(room.documents.remove_breakpoint(&"s".into(), Some(&other)).is_err());
    assert!(
        room.documents.set_breakpoint(wanted.clone(), Some(&room.clients[host].rights)).unwrap().is_some()
    );
    assert_eq!(room.documents.remove_breakpoint(&"none".into(), None), Ok(None));
    let gone = room.documents.remove_all_by(DocName::Breakpoints, may.participant).unwrap().unwrap();
    assert_eq!(gone.changes, [DocChange::BreakpointRemoved(EntryId::from("s"))]);
    assert!(room.documents.breakpoints().is_empty());
    // Nobody can take the server's client id.
    let forger = room.join_as(rights(Role::Host, true), breakroom_documents::SERVER_CLIENT);
    let doc = yrs::Doc::with_client_id(breakroom_documents::SERVER_CLIENT);
    let root = doc.get_or_insert_map("breakpoints");
    use yrs::{ReadTxn, Transact};
    for at in 0..9 {
        root.insert(&mut doc.transact_mut(), format!("{at}"), entry(1, &[]));
    }
    let state = doc.transact().encode_state_as_update_v1(&yrs::StateVector::default());
    let received = room.deliver(forger, &update_frame(&state));
    assert_eq!(received.close, Some(breakroom_protocol::CloseCode::Forged));
}

/// In JavaScript `entries["constructor"]` is there without anybody having set it.
#[test]
fn ids_that_every_object_has_are_no_ids() {
    for name in DocName::ALL {
        let (mut room, _host, ada, bob) = Room::of_three(name);
        for id in ["constructor", "__proto__", "toString", "good"] {
            match name {
                DocName::Breakpoints => room.clients[ada].set(id, entry(1, &[])),
                DocName::Notes => room.clients[ada].write(id, 1, "text"),
            }
            room.settle();
        }
        let ids: Vec<String> = match name {
            DocName::Breakpoints => {
                room.documents.breakpoints().into_iter().map(|entry| entry.id.0).collect()
            }
            DocName::Notes => room.documents.notes().into_iter().map(|note| note.id.0).collect(),
        };
        assert_eq!(ids, ["good"]);
        // Neither in the doc itself, nor in anybody's replica of it.
        assert_eq!(room.clients[bob].root.len(&room.clients[bob].doc.transact()), 1, "{name:?}");
        assert_eq!(room.clients[ada].root.len(&room.clients[ada].doc.transact()), 1, "{name:?}");
    }
}
