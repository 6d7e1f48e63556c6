//! The shared docs over their sockets: what is applied, what is put right, who is thrown out.

use crate::journal::moment;
use crate::support::doc::{awareness_frame, sync_frame};
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{DocSocket, Server};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::{DocName, MAX_DOC_MESSAGE};
use breakroom_protocol::{CloseCode, Command, NoteId};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use yrs::Map;

#[tokio::test]
async fn a_collaborators_breakpoint_stops_and_a_watchers_is_not_applied() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let script = debuggee.script_path();
    let (adas, bobs, eves) = tokio::join!(
        ada.opens(DocName::Breakpoints),
        bob.opens(DocName::Breakpoints),
        eve.opens(DocName::Breakpoints)
    );

    eves.sets("e1", script, TICK_LINE, &[]).await;
    assert!(!eves.is_denied().await.is_empty());
    // A watcher reads: what others set arrives.
    bobs.sets("b1", script, TICK_LINE, &[]).await;
    eves.sees("Bob's entry", |content| content.contains("b1:")).await;
    adas.sees("Bob's entry", |content| content.contains("b1:")).await;
    let now = eve
        .sees("it is verified", |now| now.breakpoints.values().any(|state| state.verified == Some(true)))
        .await;
    assert_eq!(now.breakpoints.len(), 1, "the watcher's isn't there");
    let entry = &now.breakpoints.values().next().unwrap().entry;
    assert_eq!(entry.author, bob.id(), "the server says who, whatever the client wrote");
    assert!(!adas.content().contains("e1:"));
    eve.sees_stop_at("app.py", TICK_LINE).await;

    // The watcher can't remove it, nor can it be had by sending it again as a whole.
    eves.removes("b1").await;
    bobs.sets("b2", script, TICK_LINE + 1, &[]).await;
    eve.sees("the second", |now| now.breakpoints.len() == 2).await;
    assert!(adas.sees("both", |content| content.contains("b2:")).await.contains("b1:"));
    // The host removes anybody's; the program stops there no more.
    adas.removes("b1").await;
    adas.removes("b2").await;
    bob.sees("none", |now| now.breakpoints.is_empty()).await;
    bobs.sees("none", str::is_empty).await;
    ada.continues().await.done();
    ada.sees_running().await;
}

#[tokio::test]
async fn a_condition_is_code_and_put_right() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let script = debuggee.script_path();
    let (adas, bobs) = tokio::join!(ada.opens(DocName::Breakpoints), bob.opens(DocName::Breakpoints));
    let proof = debuggee.folder().join("proof");
    let code = format!("open('{}', 'w')", proof.display());
    // No hexadecimal digits: such a short id can stand in the UUID of an author, too.
    for (id, field) in [("no-1", "condition"), ("no-2", "logMessage"), ("no-3", "hitCondition")] {
        let value = if field == "logMessage" { format!("{{{code}}}") } else { code.clone() };
        bobs.sets(id, script, TICK_LINE, &[(field, &value)]).await;
        bobs.sees("it is taken back", |content| !content.contains(id)).await;
    }
    // A plain count is no code.
    bobs.sets("b4", script, TICK_LINE, &[("hitCondition", "1000000")]).await;
    ada.sees("the plain one", |now| now.breakpoints.len() == 1).await;
    assert!(!adas.content().contains("no-1"));

    // While driving and granted, it is theirs to say.
    ada.sends(Command::GrantCode { participant: bob.id(), granted: true }).await.done();
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    bobs.sets("b5", script, TICK_LINE + 1, &[("condition", "total % 2 == 1 and count > 0")]).await;
    bob.sees_stop_at("app.py", TICK_LINE + 1).await;
    bobs.removes("b5").await;
    bob.sees("one left", |now| now.breakpoints.len() == 1).await;
    // A log message prints and doesn't stop.
    ada.sends(Command::WheelTake).await.done();
    adas.sets("b6", script, TICK_LINE + 1, &[("logMessage", "the count is {count}")]).await;
    ada.continues().await.done();
    bob.sees("it is logged", |now| now.output.iter().any(|line| line.text.contains("the count is "))).await;
    assert!(matches!(bob.up_to_date().await.phase, Phase::Running { .. }));
    assert!(!proof.exists(), "no code of Bob's ran");
}

#[tokio::test]
async fn two_type_in_one_note_and_watchers_write_if_the_invite_says_so() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let writer = ada.brings(&server, "Will", json!({"role": "watcher", "notes": true})).await;
    let script = debuggee.script_path();
    let (adas, bobs) = tokio::join!(ada.opens(DocName::Notes), bob.opens(DocName::Notes));
    let (eves, wills) = tokio::join!(eve.opens(DocName::Notes), writer.opens(DocName::Notes));
    adas.writes("n1", script, 5, "light").await;
    bobs.sees("the note", |content| content.contains("light")).await;
    wills.sees("the note", |content| content.contains("light")).await;
    // Both at once, at both ends.
    let (hers, his) = ("0123456789", "ABCDEFGHIJ");
    for (left, right) in hers.split("").zip(his.split("")) {
        tokio::join!(adas.types("n1", 0, left), bobs.types("n1", 5, right));
    }
    wills.types("n1", 0, "W").await;
    eves.sees("the note", |content| content.contains("light")).await;
    eves.writes("n2", script, 6, "not allowed").await;
    eves.is_denied().await;

    let whole = |content: &str| {
        // Of a doc's content the text only: ids and paths have digits too.
        let text = content.split_once("text=").map_or(content, |(_, text)| text);
        text.contains('W') && hers.chars().chain(his.chars()).all(|typed| text.contains(typed))
    };
    let adas_text = adas.sees("everything", whole).await;
    assert_eq!(bobs.sees("everything", whole).await, adas_text);
    assert_eq!(wills.sees("everything", whole).await, adas_text);
    let note = eve
        .wait("the note's text in the journal", |heard| {
            heard.now.notes.get(&NoteId::from("n1")).filter(|note| whole(&note.text)).cloned()
        })
        .await;
    assert_eq!((note.author, note.line), (ada.id(), 5));
    assert!(!eve.up_to_date().await.notes.contains_key(&NoteId::from("n2")));
    // Bob can't remove Ada's note: it is put back.
    bobs.removes("n1").await;
    bobs.sees("it is back", |content| content.contains("n1:")).await;
    // A late one has it all.
    let late = ada.brings_watcher(&server, "Late").await;
    assert!(whole(&late.opens(DocName::Notes).await.content()));
}

#[tokio::test]
async fn a_note_is_answered_resolved_and_recorded_as_it_was() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let script = debuggee.script_path();
    let (adas, bobs, eves) =
        tokio::join!(ada.opens(DocName::Notes), bob.opens(DocName::Notes), eve.opens(DocName::Notes));
    let (n, r) = (NoteId::from("n"), NoteId::from("r"));
    adas.writes("n", script, 5, "why is it dark?").await;
    bobs.sees("the note", |content| content.contains("dark")).await;
    bobs.replies("r", "n", "It is ").await;
    adas.sees("the reply", |content| content.contains("It is ")).await;
    // Both in one reply, at its end and at its start.
    let (left, right) = ("0123456789", "ABCDEFGHIJ");
    for (a, b) in left.split("").zip(right.split("")) {
        tokio::join!(adas.types("r", 0, a), bobs.types("r", 1, b));
    }
    let whole = |text: &str| left.chars().chain(right.chars()).all(|typed| text.contains(typed));
    let reply = eve
        .wait("the reply in the journal", |heard| {
            heard.now.replies.get(&r).filter(|reply| whole(&reply.text)).cloned()
        })
        .await;
    assert_eq!((reply.note.clone(), reply.author), (n.clone(), bob.id()));
    assert!(reply.at >= eve.now().notes[&n].at.unwrap());
    let open_at = eve.up_to_date().await.seq;

    // The watcher is denied both; a reply to nothing is taken back.
    eves.sees("the reply", |content| content.contains("r: ")).await;
    eves.replies("e", "n", "not allowed").await;
    eves.is_denied().await;
    bobs.replies("lost", "nothing", "nobody reads this").await;
    bobs.sees("it is taken back", |content| !content.contains("lost: ")).await;

    // Bob resolves it in Ada's name: it is Bob who did.
    bobs.resolves("n", Some(&ada.id().to_string())).await;
    eves.sees("who resolved it", |content| content.contains(&format!("resolved={}", bob.id()))).await;
    let now = eve.sees("it is resolved", |now| now.notes[&n].resolved == Some(bob.id())).await;
    let resolved_at = now.seq;
    assert!(!now.replies.contains_key(&NoteId::from("e")) && now.replies.len() == 1);
    adas.sees("it is resolved", |content| content.contains("resolved=")).await;
    adas.resolves("n", None).await;
    eve.sees("it is open again", |now| now.notes[&n].resolved.is_none()).await;

    // A reply and the note's end at once: nothing is left of either, whichever comes first.
    bobs.sees("it is open again", |content| !content.contains("resolved=")).await;
    tokio::join!(bobs.replies("late", "n", "one more"), adas.removes("n"));
    let late = ada.brings_watcher(&server, "Late").await;
    for doc in [&adas, &bobs, &eves] {
        doc.sees("nothing is left", |content| !content.contains("n: ") && !content.contains("late: ")).await;
    }
    eve.sees("nothing is left", |now| now.notes.is_empty() && now.replies.is_empty()).await;
    assert_eq!(late.opens(DocName::Notes).await.content(), "");

    // The recording says it as it was at each moment.
    for (at, resolved) in [(open_at, None), (resolved_at, Some(bob.id()))] {
        let then = moment(&ada, &ada.session().to_string(), at).await;
        assert_eq!(then.notes[&n].resolved, resolved);
        assert_eq!(then.replies[&r].text, reply.text);
    }
}

#[tokio::test]
async fn presence_is_relayed_and_true() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let (adas, eves) = tokio::join!(ada.opens(DocName::Notes), eve.opens(DocName::Notes));
    let says = |who: breakroom_protocol::ParticipantId, line: u32| {
        json!({"participant": who, "path": "/app/lights.py", "line": line}).to_string()
    };
    eves.send(awareness_frame(eves.client(), 1, &says(eve.id(), 7))).await;
    adas.sees_presence(eves.client(), |state| state.contains("\"line\":7")).await;
    // Pretending to be Ada isn't passed on; the next true one is.
    eves.send(awareness_frame(eves.client(), 2, &says(ada.id(), 8))).await;
    eves.send(awareness_frame(eves.client(), 3, &says(eve.id(), 9))).await;
    let state = adas.sees_presence(eves.client(), |state| !state.contains("\"line\":7")).await;
    assert!(state.contains("\"line\":9"), "{state}");
    // Who comes later is told; who goes is gone.
    let bob = server.guest_inside("Bob").await;
    let bobs = bob.opens(DocName::Notes).await;
    bobs.sees_presence(eves.client(), |state| state.contains("\"line\":9")).await;
    let client = eves.client();
    drop(eves);
    adas.sees_presence(client, |state| state == "null").await;
}

#[tokio::test]
async fn forged_garbled_and_oversized_frames_end_their_socket_only() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let script = debuggee.script_path();
    let adas = ada.opens(DocName::Breakpoints).await;
    adas.sets("a1", script, 2, &[]).await;
    bob.sees("Ada's entry", |now| now.breakpoints.len() == 1).await;

    // Bob's client says that it is Ada's.
    let forger =
        DocSocket::open_with_client(&bob.browser, bob.session(), DocName::Breakpoints, adas.client()).await;
    forger.sets("a2", script, 3, &[]).await;
    forger.expect_closed(CloseCode::Forged).await;
    assert_eq!(ada.up_to_date().await.breakpoints.len(), 1);

    let text = "x".repeat(MAX_DOC_MESSAGE - 100);
    let cases: [(Vec<u8>, CloseCode); 6] = [
        (vec![], CloseCode::BadMessage),
        (vec![0xff; 40], CloseCode::BadMessage),
        (sync_frame(2, b"this is no update"), CloseCode::BadMessage),
        (vec![0, 2, 0xff, 0xff, 0xff, 0xff, 0x0f], CloseCode::BadMessage),
        (vec![0; MAX_DOC_MESSAGE + 1], CloseCode::TooLarge),
        (vec![0; 4 * MAX_DOC_MESSAGE], CloseCode::TooLarge),
    ];
    for (frame, code) in cases {
        let socket = bob.opens(DocName::Breakpoints).await;
        socket.send(frame).await;
        socket.expect_closed(code).await;
    }
    let socket = bob.opens(DocName::Breakpoints).await;
    socket.send_message(Message::text("{}")).await;
    socket.expect_closed(CloseCode::BadMessage).await;
    // Large, but allowed: refused by the rules, not by the socket.
    let socket = bob.opens(DocName::Breakpoints).await;
    socket
        .edit(|txn, root| {
            root.insert(txn, "big", text.as_str());
        })
        .await;
    socket.sees("it is taken back", |content| !content.contains("big")).await;
    let (status, _) =
        crate::support::live::connect(&bob.browser, &bob.in_session("/docs/passwords")).await.unwrap_err();
    assert_eq!(status, 404);

    // Everybody else goes on.
    adas.sets("a3", script, TICK_LINE, &[]).await;
    bob.sees_stop_at("app.py", TICK_LINE).await;
    assert!(server.is_running());
}
