//! The table of roles, for every way in.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Person, Server};
use breakroom_protocol::command::Proposed;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    Command, ErrorCode, ExceptionFilters, FrameId, GuestId, ProposalId, SessionId, SessionRow, StopId,
    VariablesId, WatchId,
};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::{Value, json};

/// Every command there is, so that a new one has to be added here, and what a watcher and a collaborator (without the
/// wheel, and with it) are told.
fn every_command(stop: StopId, somebody: breakroom_protocol::ParticipantId) -> Vec<Command> {
    let thread = None;
    let all = vec![
        Command::Continue { stop },
        Command::Next { stop, thread },
        Command::StepIn { stop, thread, target: None },
        Command::StepOut { stop, thread },
        Command::Pause { after: stop },
        Command::WheelTake,
        Command::WheelRequest,
        Command::WheelWithdraw,
        Command::WheelGrant { to: somebody },
        Command::WheelDecline { participant: somebody },
        Command::WheelRelease,
        Command::Stack { stop, thread: breakroom_protocol::ThreadId(1), frames: None },
        Command::Scopes { stop, frame: FrameId(1) },
        Command::Variables { stop, variables: VariablesId(1) },
        Command::Evaluate {
            stop: Some(stop),
            frame: Some(FrameId(1)),
            expression: "1".into(),
            context: Default::default(),
        },
        Command::SetVariable { stop, variables: VariablesId(1), name: "count".into(), value: "1".into() },
        Command::Source { path: "/etc/passwd".into() },
        Command::Chat { text: "hello".into() },
        Command::Alive,
        Command::Hand { raised: true },
        Command::ExceptionFilters { filters: ExceptionFilters { raised: true, ..Default::default() } },
        Command::GrantCode { participant: somebody, granted: true },
        Command::Remove { participant: somebody },
        Command::Admit { guest: GuestId(1) },
        Command::TurnAway { guest: GuestId(1), message: None },
        Command::Goto { stop, thread, path: "/app.py".into(), line: 1 },
        Command::StepInTargets { stop, frame: FrameId(1) },
        Command::MuteMine { muted: true },
        Command::MuteAll { muted: true },
        Command::Rearm { entry: "b1".into() },
        Command::Page { stop, variables: VariablesId(1), start: 0, count: 10 },
        Command::Text { stop, variables: VariablesId(1), name: "count".into(), start: 0, count: 10 },
        Command::Table {
            stop,
            variables: VariablesId(1),
            start: 0,
            count: 10,
            sort: None,
            descending: false,
        },
        Command::Activity { stop },
        Command::Modules,
        Command::Interrupt { since: 0 },
        Command::Complete { stop, frame: FrameId(1), text: "co".into(), column: 2 },
        Command::SetExpression { stop, frame: FrameId(1), expression: "count".into(), value: "1".into() },
        Command::WatchAdd { expression: "count".into(), instead_of: None },
        Command::WatchRemove { watch: WatchId(1) },
        Command::Propose { action: Proposed::Command { command: Box::new(Command::Next { stop, thread }) } },
        Command::ProposalRun { proposal: ProposalId(99) },
        Command::ProposalDecline { proposal: ProposalId(99) },
        Command::ProposalWithdraw { proposal: ProposalId(99) },
        Command::Start { options: Default::default() },
        Command::End,
        Command::Restart,
    ];
    for command in &all {
        // Exhaustive: a new command does not compile until it is in the list above.
        match command {
            Command::Continue { .. }
            | Command::Next { .. }
            | Command::StepIn { .. }
            | Command::StepOut { .. } => {}
            Command::Pause { .. } | Command::WheelTake | Command::WheelRequest | Command::WheelWithdraw => {}
            Command::WheelGrant { .. } | Command::WheelDecline { .. } | Command::WheelRelease => {}
            Command::Stack { .. } | Command::Scopes { .. } | Command::Variables { .. } => {}
            Command::Evaluate { .. } | Command::SetVariable { .. } | Command::Source { .. } => {}
            Command::Chat { .. }
            | Command::Alive
            | Command::Hand { .. }
            | Command::ExceptionFilters { .. }
            | Command::GrantCode { .. }
            | Command::Remove { .. }
            | Command::Admit { .. }
            | Command::TurnAway { .. } => {}
            Command::Goto { .. } | Command::StepInTargets { .. } => {}
            Command::MuteMine { .. } | Command::MuteAll { .. } | Command::Rearm { .. } => {}
            Command::Page { .. } | Command::Text { .. } | Command::Table { .. } => {}
            Command::Modules
            | Command::Interrupt { .. }
            | Command::Activity { .. }
            | Command::Complete { .. }
            | Command::SetExpression { .. } => {}
            Command::WatchAdd { .. } | Command::WatchRemove { .. } => {}
            Command::Propose { .. }
            | Command::ProposalRun { .. }
            | Command::ProposalDecline { .. }
            | Command::ProposalWithdraw { .. } => {}
            Command::Start { .. } | Command::End | Command::Restart => {}
        }
    }
    all
}

async fn expect(person: &Person, command: Command, code: Option<ErrorCode>) {
    let name = command.name();
    let got = person.sends(command).await.0.err().map(|error| error.code);
    assert_eq!(got, code, "{} sends {name}", person.me.participant.name);
}

#[tokio::test]
async fn every_command_of_a_watcher_and_of_a_collaborator() {
    use ErrorCode::{
        DebuggeeError, NoSuchProposal, NotAllowed, NotDriver, NotInterruptible, PathNotOfProgram,
        ProposeInstead,
    };
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    for person in [&ada, &bob, &eve] {
        person.sees_stop_at("app.py", TICK_LINE).await;
    }
    let stop = ada.stop();
    let thread = ada.now().stop.unwrap().thread;
    let before =
        (ada.count("resumed"), ada.count("evaluated"), ada.count("variable_set"), ada.count("wheel"));

    for command in every_command(stop, bob.id()) {
        let code = match &command {
            // They look, and are told that a scope has no pages and a number no text.
            Command::Page { .. } | Command::Text { .. } | Command::Table { .. } => Some(DebuggeeError),
            Command::Modules | Command::Activity { .. } | Command::StepInTargets { .. } => None,
            // Nothing runs; who may is said where it is known whose it is.
            Command::Interrupt { .. } => Some(NotInterruptible),
            Command::Goto { .. } => Some(ProposeInstead),
            Command::Complete { .. } => Some(NotAllowed),
            Command::SetExpression { .. } => Some(ProposeInstead),
            Command::WatchAdd { .. } => Some(ProposeInstead),
            // There is none of that number; who may decide at all is said first.
            Command::Propose { .. } => None,
            Command::ProposalWithdraw { .. } => Some(NoSuchProposal),
            Command::Continue { .. }
            | Command::Next { .. }
            | Command::StepIn { .. }
            | Command::StepOut { .. }
            | Command::Pause { .. }
            | Command::Evaluate { .. }
            | Command::SetVariable { .. } => Some(ProposeInstead),
            Command::Source { .. } => Some(PathNotOfProgram),
            Command::Stack { .. } => {
                expect(&eve, Command::Stack { stop, thread, frames: None }, None).await;
                continue;
            }
            Command::Scopes { .. }
            | Command::Variables { .. }
            | Command::Chat { .. }
            | Command::Alive
            | Command::Hand { .. } => None,
            _ => Some(NotAllowed),
        };
        expect(&eve, command, code).await;
    }

    for command in every_command(stop, eve.id()) {
        let code = match &command {
            Command::MuteMine { .. } | Command::Rearm { .. } => None,
            // They look, and are told that a scope has no pages and a number no text.
            Command::Page { .. } | Command::Text { .. } | Command::Table { .. } => Some(DebuggeeError),
            Command::Modules | Command::Activity { .. } | Command::StepInTargets { .. } => None,
            // Nothing runs; who may is said where it is known whose it is.
            Command::Interrupt { .. } => Some(NotInterruptible),
            Command::Goto { .. } => Some(NotDriver),
            Command::Complete { .. } => Some(NotAllowed),
            Command::SetExpression { .. } => Some(ProposeInstead),
            Command::WatchAdd { .. } | Command::Propose { .. } => None,
            // By the watch that was just added.
            Command::WatchRemove { .. } => None,
            Command::ProposalWithdraw { .. } => Some(NoSuchProposal),
            Command::Continue { .. }
            | Command::Next { .. }
            | Command::StepIn { .. }
            | Command::StepOut { .. }
            | Command::Pause { .. }
            | Command::WheelRelease => Some(NotDriver),
            Command::Evaluate { .. } | Command::SetVariable { .. } => Some(ProposeInstead),
            Command::Source { .. } => Some(PathNotOfProgram),
            Command::WheelRequest | Command::WheelWithdraw => None,
            Command::Stack { .. } => continue,
            Command::Scopes { .. }
            | Command::Variables { .. }
            | Command::Chat { .. }
            | Command::Alive
            | Command::Hand { .. }
            | Command::ExceptionFilters { .. } => None,
            _ => Some(NotAllowed),
        };
        expect(&bob, command, code).await;
    }
    assert_eq!(bob.stop(), stop);
    let after = (ada.count("resumed"), ada.count("evaluated"), ada.count("variable_set"), ada.count("wheel"));
    assert_eq!(after, before, "nothing ran and nothing changed hands");

    // Code runs while driving, and only if granted.
    let code = || Command::Evaluate {
        stop: Some(stop),
        frame: Some(FrameId(1)),
        expression: "count + 0".into(),
        context: Default::default(),
    };
    let set = || {
        let variables = VariablesId(1);
        Command::SetVariable { stop, variables, name: "count".into(), value: "4000".into() }
    };
    ada.sends(Command::GrantCode { participant: bob.id(), granted: true }).await.done();
    expect(&bob, code(), Some(ProposeInstead)).await;
    ada.sends(Command::WheelGrant { to: bob.id() }).await.done();
    expect(&bob, code(), None).await;
    expect(&bob, set(), None).await;
    eve.wait("the new value in the frame", |heard| {
        let found = crate::support::person::locals(&heard.now)?.iter().find(|item| item.name == "count")?;
        (found.value == "4000").then_some(())
    })
    .await;
    ada.sends(Command::GrantCode { participant: bob.id(), granted: false }).await.done();
    expect(&bob, code(), Some(ProposeInstead)).await;
    // A watcher can be given neither.
    expect(&ada, Command::GrantCode { participant: eve.id(), granted: true }, Some(NotAllowed)).await;
    expect(&ada, Command::WheelGrant { to: eve.id() }, Some(NotAllowed)).await;
    expect(&ada, Command::Remove { participant: ada.id() }, Some(NotAllowed)).await;
}

#[tokio::test]
async fn what_only_hosts_may_ask_over_http() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let (_, invite) = ada.invites(json!({"role": "watcher"})).await;
    for guest in [&bob, &eve] {
        for (path, body) in [
            ("/api/sessions".to_owned(), json!({"target": "x"})),
            (guest.in_session("/end"), json!({})),
            (guest.in_session("/end"), json!({"restart": true})),
            (guest.in_session("/invites"), json!({"role": "collaborator"})),
        ] {
            guest.post(&path, body).await.expect_refused(ErrorCode::NotAllowed);
        }
        guest.get(&guest.in_session("/invites")).await.expect_refused(ErrorCode::NotAllowed);
        guest.delete(&guest.in_session("")).await.expect_refused(ErrorCode::NotAllowed);
        guest
            .delete(&guest.in_session(&format!("/invites/{invite}")))
            .await
            .expect_refused(ErrorCode::NotAllowed);
        assert_eq!(guest.get("/api/targets").await.json::<Vec<Value>>(), Vec::<Value>::new());
        guest.get("/api/targets/x").await.expect_refused(ErrorCode::NotAllowed);
    }
    // Without a ticket everything is closed, sockets too.
    let stranger = server.stranger();
    let in_session = |rest: &str| bob.in_session(rest);
    for path in ["/api/me", "/api/sessions", "/api/targets"] {
        stranger.get(path).await.expect_refused(ErrorCode::TicketMissing);
    }
    for rest in [
        "",
        "/stops",
        "/stops?from=1",
        "/moment?at=1",
        "/events?from=1",
        "/output",
        "/sources/abc",
        "/invites",
    ] {
        stranger.get(&in_session(rest)).await.expect_refused(ErrorCode::TicketMissing);
    }
    stranger.post(&in_session("/end"), json!({})).await.expect_refused(ErrorCode::TicketMissing);
    for rest in ["/live", "/docs/notes", "/docs/breakpoints"] {
        let (status, _) = crate::support::live::connect(&stranger, &in_session(rest)).await.unwrap_err();
        assert_eq!(status, 401);
    }
    ada.delete(&ada.in_session("")).await.expect_refused(ErrorCode::SessionAlreadyLive);
}

#[tokio::test]
async fn a_guest_of_one_session_sees_no_other() {
    let (one, two) = tokio::join!(Debuggee::start(TICKING), Debuggee::start(TICKING));
    let config = format!(
        "[[targets]]\nname = 'one'\naddress = '{}'\n[[targets]]\nname = 'two'\naddress = '{}'\n",
        one.address(),
        two.address()
    );
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let mut ids = Vec::new();
    for name in ["one", "two"] {
        let row: SessionRow = ada.post("/api/sessions", json!({"target": name})).await.json();
        ids.push(row.info.id);
    }
    let (mine, other) = (ids[0], ids[1]);
    ada.enters(other).await;
    ada.sends(Command::Source { path: two.script_path().to_str().unwrap().to_owned() }).await.done();
    let source = ada.now().sources.values().next().unwrap().hash.clone();
    let read = ada.get(&format!("/api/sessions/{other}/sources/{source}")).await;
    read.is_good();
    assert!(read.text.contains("class Lamp") && read.header("content-type").starts_with("text/plain"));
    ada.get(&format!("/api/sessions/{mine}/sources/{source}")).await.expect_refused(ErrorCode::NotFound);

    ada.enters(mine).await;
    let bob = ada.brings_collaborator(&server, "Bob").await;
    assert_eq!(bob.me.session, Some(mine));
    let rows: Vec<SessionRow> = bob.get("/api/sessions").await.json();
    assert_eq!(rows.iter().map(|row| row.info.id).collect::<Vec<_>>(), [mine]);
    let not_for_him = |id: SessionId| {
        let source = &source;
        ["", "/stops", "/stops?from=1", "/moment?at=1", "/events?from=1", "/output", "/output?before=9"]
            .map(|rest| format!("/api/sessions/{id}{rest}"))
            .into_iter()
            .chain([format!("/api/sessions/{id}/sources/{source}")])
            .collect::<Vec<_>>()
    };
    for path in not_for_him(other).into_iter().chain(not_for_him(SessionId::new())) {
        bob.get(&path).await.expect_refused(ErrorCode::SessionNotFound);
    }
    for rest in ["/live", "/docs/notes"] {
        let path = format!("/api/sessions/{other}{rest}");
        let (status, body) = crate::support::live::connect(&bob.browser, &path).await.unwrap_err();
        assert_eq!(status, 404, "{body}");
    }
    bob.get("/api/sessions/not-a-session").await.expect_refused(ErrorCode::SessionNotFound);
    bob.get("/api/nothing/here").await.expect_refused(ErrorCode::NotFound);
}
