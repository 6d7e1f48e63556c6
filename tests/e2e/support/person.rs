//! People: who they are, what they send, what they see.

use super::live::Heard;
use super::{Answer, Browser, DocSocket, Live, Server, until};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{
    ClientMessage, CloseCode, Command, ErrorBody, ErrorCode, Event, Frame, Me, ParticipantId, SessionId,
    Snapshot, StopId, Variable,
};
use serde_json::{Value, json};
use std::ops::Deref;
use tokio_tungstenite::tungstenite::Message;

/// Somebody who signed in; after [`Person::enters`] with an open live socket.
#[derive(Debug)]
pub struct Person {
    /// Their browser.
    pub browser: Browser,
    /// Who the server says they are.
    pub me: Me,
    session: Option<SessionId>,
    live: Option<Live>,
}

impl Deref for Person {
    type Target = Live;
    fn deref(&self) -> &Live {
        self.live.as_ref().expect("they are in a session")
    }
}

/// The end of a command.
#[must_use = "was it done or refused?"]
#[derive(Debug)]
pub struct Outcome(pub Result<(), ErrorBody>);

impl Outcome {
    /// It was done.
    #[track_caller]
    pub fn done(self) {
        if let Err(error) = self.0 {
            panic!("refused: {error}");
        }
    }

    /// It was refused for this reason; the sentence.
    #[track_caller]
    pub fn expect_refused(self, code: ErrorCode) -> String {
        let error = self.0.expect_err("it should be refused");
        assert_eq!(error.code, code, "{}", error.message);
        assert!(error.message.len() > 10, "a sentence that says what to do: {}", error.message);
        error.message
    }
}

/// The ticket in a sign-in's cookie.
pub fn ticket_of(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let ticket = cookies.filter_map(|cookie| cookie.strip_prefix("breakroom_ticket=")).next();
    let ticket = ticket.unwrap_or_else(|| panic!("no ticket: {}", answer.text));
    ticket.split(';').next().unwrap().to_owned()
}

impl Person {
    /// Signs in by one of the ways to do so.
    pub async fn signs_in(server: &Server, way: &str, body: Value) -> Self {
        let browser = server.stranger();
        let answer = browser.post(way, body).await;
        let me: Me = answer.json();
        let browser = browser.with_ticket(&ticket_of(&answer));
        Self { browser, me, session: None, live: None }
    }

    /// Somebody who has a ticket already.
    pub fn with_ticket(server: &Server, ticket: &str, me: Me) -> Self {
        Self { browser: server.stranger().with_ticket(ticket), me, session: None, live: None }
    }

    /// Comes in by an invite, with its secret.
    pub async fn by_invite(server: &Server, secret: &str, name: &str) -> Self {
        Self::signs_in(server, "/api/auth/invite", json!({"secret": secret, "name": name})).await
    }

    /// Makes an invite for the session they are in; its secret and id.
    pub async fn invites(&self, body: Value) -> (String, String) {
        let made: Value = self.post(&self.in_session("/invites"), body).await.json();
        let (_, secret) = made["url"].as_str().unwrap().split_once("#invite=").unwrap();
        (secret.to_owned(), made["invite"]["id"].as_str().unwrap().to_owned())
    }

    /// Makes an invite for somebody who comes in by it at once.
    pub async fn brings(&self, server: &Server, name: &str, body: Value) -> Self {
        let (secret, _) = self.invites(body).await;
        let mut guest = Self::by_invite(server, &secret, name).await;
        guest.enters(self.session()).await;
        guest
    }

    /// A watcher comes in by a new invite of theirs.
    pub async fn brings_watcher(&self, server: &Server, name: &str) -> Self {
        self.brings(server, name, json!({"role": "watcher"})).await
    }

    /// A collaborator comes in by a new invite of theirs.
    pub async fn brings_collaborator(&self, server: &Server, name: &str) -> Self {
        self.brings(server, name, json!({"role": "collaborator"})).await
    }

    /// Opens a live socket.
    pub async fn enters(&mut self, session: SessionId) {
        self.session = Some(session);
        self.live = Some(Live::open(&self.browser, session, None).await);
    }

    /// Closes the live socket; what they saw up to then.
    pub fn leaves(&mut self) -> Snapshot {
        let live = self.live.take().expect("they are in a session");
        live.look(|heard| heard.now.clone())
    }

    /// Opens a live socket again, to go on from what they have.
    pub async fn comes_back(&mut self, kept: Snapshot) {
        self.live = Some(Live::open(&self.browser, self.session(), Some(kept)).await);
    }

    /// The same person in a second tab.
    pub async fn second_tab(&self) -> Self {
        let mut other =
            Self { browser: self.browser.clone(), me: self.me.clone(), session: self.session, live: None };
        other.enters(self.session()).await;
        other
    }

    /// One of the shared docs.
    pub async fn opens(&self, doc: DocName) -> DocSocket {
        let mut socket = DocSocket::open(&self.browser, self.session(), doc).await;
        socket.author = self.id().to_string();
        socket
    }

    pub fn id(&self) -> ParticipantId {
        self.me.participant.id
    }

    pub fn session(&self) -> SessionId {
        self.session.expect("they are in a session")
    }

    /// A path of the API within their session.
    pub fn in_session(&self, rest: &str) -> String {
        format!("/api/sessions/{}{rest}", self.session())
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.browser.post(path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.browser.delete(path).await
    }

    /// Sends a command and waits for its end.
    pub async fn sends(&self, command: Command) -> Outcome {
        self.catches_up().await;
        let id = self.number();
        let message = serde_json::to_string(&ClientMessage { id, command }).unwrap();
        self.send(Message::text(message)).await;
        Outcome(self.reply(id).await)
    }

    /// Sends a command that has to go well; what its reply carries.
    pub async fn asks(&self, command: Command) -> Option<ReplyResult> {
        self.catches_up().await;
        let id = self.number();
        let message = serde_json::to_string(&ClientMessage { id, command }).unwrap();
        self.send(Message::text(message)).await;
        Outcome(self.reply(id).await).done();
        self.look(|heard| heard.results.get(&id).cloned())
    }

    pub async fn step_over(&self) -> Outcome {
        self.catches_up().await;
        self.sends(Command::Next { stop: self.stop(), thread: None }).await
    }

    pub async fn step_in(&self) -> Outcome {
        self.catches_up().await;
        self.sends(Command::StepIn { stop: self.stop(), thread: None, target: None }).await
    }

    pub async fn continues(&self) -> Outcome {
        self.catches_up().await;
        self.sends(Command::Continue { stop: self.stop() }).await
    }

    pub async fn pauses(&self) -> Outcome {
        self.catches_up().await;
        self.sends(Command::Pause { after: self.stop() }).await
    }

    pub async fn evaluates(&self, expression: &str) -> Outcome {
        self.catches_up().await;
        let (stop, frame) = self.look(|heard| match (&heard.now.phase, &heard.now.stop) {
            (Phase::Stopped, Some(stop)) => (Some(stop.stop), top(&heard.now).map(|top| top.id)),
            _ => (None, None),
        });
        self.sends(Command::Evaluate {
            stop,
            frame,
            expression: expression.to_owned(),
            context: Default::default(),
        })
        .await
    }

    pub async fn says(&self, text: &str) -> Outcome {
        self.sends(Command::Chat { text: text.to_owned() }).await
    }

    /// The last stop that they know of.
    pub fn stop(&self) -> StopId {
        self.look(|heard| heard.now.last_stop)
    }

    /// What they see.
    pub fn now(&self) -> Snapshot {
        self.look(|heard| heard.now.clone())
    }

    /// Waits until what they see is so.
    pub async fn sees(&self, what: &str, mut so: impl FnMut(&Snapshot) -> bool) -> Snapshot {
        self.wait(what, |heard| so(&heard.now).then(|| heard.now.clone())).await
    }

    /// What they see once they have seen all that the test has.
    pub async fn up_to_date(&self) -> Snapshot {
        self.catches_up().await;
        self.now()
    }

    /// Waits until they have seen all that somebody else has by now.
    pub async fn catches_up_with(&self, other: &Self) -> Snapshot {
        let seq = other.now().seq;
        self.sees("what another has seen", |now| now.seq >= seq).await
    }

    /// Waits until two have seen equally much, which has to be the same then; what it is.
    pub async fn sees_the_same_as(&self, other: &Self) -> Snapshot {
        loop {
            let mine = self.catches_up_with(other).await;
            let theirs = other.catches_up_with(self).await;
            if mine.seq == theirs.seq {
                assert_eq!(mine, theirs);
                return mine;
            }
        }
    }

    /// Waits until somebody who was here is no more.
    pub async fn sees_go(&self, other: ParticipantId) {
        let gone = |now: &Snapshot| now.people.get(&other).is_some_and(|person| !person.present);
        self.sees("they are gone", gone).await;
    }

    /// Waits until somebody is here.
    pub async fn sees_come(&self, other: ParticipantId) {
        let here = |now: &Snapshot| now.people.get(&other).is_some_and(|person| person.present);
        self.sees("they are here", here).await;
    }

    /// Waits for an event, however long ago.
    pub async fn sees_event<T>(&self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        self.wait(what, |heard| heard.events.iter().find_map(|envelope| pick(&envelope.event))).await
    }

    /// Waits until the program is paused at a line, with its locals captured.
    pub async fn sees_stop_at(&self, file: &str, line: u32) -> StopId {
        let what = format!("a stop at {file}:{line} with its locals");
        self.wait(&what, |heard| {
            let found = top(&heard.now)?;
            let at = found.path.as_deref()?.ends_with(&format!("/{file}")) && found.line == line;
            (heard.now.phase == Phase::Stopped && at && locals(&heard.now).is_some())
                .then_some(heard.now.last_stop)
        })
        .await
    }

    /// Waits until nothing is asked for any more, for some seconds. debugpy's adapter may not survive a connection that breaks
    /// while it answers an evaluation.
    pub async fn sees_all_of_the_stop(&self) {
        self.sees("all of the stop", |now| {
            let source = top(now).and_then(|frame| frame.path.as_ref());
            source.is_some_and(|path| now.sources.contains_key(path))
                && now.stop.as_ref().is_some_and(|stop| !stop.threads.is_empty())
        })
        .await;
        // 300 ms later the source files are compared, which nobody sees, and then not for 10 s …
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        // … and what debugpy is asked for behind all that has its answer after it.
        self.sends(Command::Modules).await.done();
    }

    /// Waits until the program runs.
    pub async fn sees_running(&self) -> Snapshot {
        self.sees("the program runs", |now| matches!(now.phase, Phase::Running { .. })).await
    }

    /// All events heard so far.
    pub fn events(&self) -> Vec<breakroom_protocol::Envelope> {
        self.live.as_ref().unwrap().look(|heard| heard.events.clone())
    }

    /// Waits until the session is over, and the socket closed; reason and sentence.
    pub async fn sees_end(&self) -> (breakroom_protocol::EndReason, String) {
        let end = self
            .wait("the session's end", |heard| match &heard.now.phase {
                Phase::Ended { reason, message } => Some((*reason, message.clone())),
                _ => None,
            })
            .await;
        self.wait("the socket is closed after the end", |heard| heard.closed).await;
        end
    }

    /// Waits until they are thrown out.
    pub async fn is_out(&self, code: CloseCode) {
        self.expect_closed(code).await;
    }

    /// Waits until they are thrown out of a session by a host, which ends their ticket right after.
    pub async fn is_removed(&self) {
        self.is_out(CloseCode::Removed).await;
        until("their ticket has ended", async || !self.get("/api/me").await.status.is_success()).await;
        self.get("/api/me").await.expect_refused(ErrorCode::TicketRevoked);
    }

    /// A local variable of the top frame, as captured.
    pub fn local(&self, name: &str) -> Option<Variable> {
        self.look(|heard: &Heard| locals(&heard.now)?.iter().find(|item| item.name == name).cloned())
    }

    /// How many events were of this kind.
    pub fn count(&self, kind: &str) -> usize {
        self.look(|heard| count(heard, kind))
    }

    /// Waits until so many events were of this kind.
    pub async fn sees_events(&self, kind: &str, times: usize) {
        let what = format!("{times} events `{kind}`");
        self.wait(&what, |heard| (count(heard, kind) >= times).then_some(())).await;
    }
}

fn count(heard: &Heard, kind: &str) -> usize {
    heard.events.iter().filter(|envelope| envelope.event.kind() == kind).count()
}

/// The frame where the program stopped.
pub fn top(now: &Snapshot) -> Option<&Frame> {
    let stop = now.stop.as_ref()?;
    stop.stacks.get(&stop.thread)?.frames.first()
}

/// Its locals, if captured.
pub fn locals(now: &Snapshot) -> Option<&Vec<Variable>> {
    let stop = now.stop.as_ref()?;
    let scopes = stop.scopes.get(&top(now)?.id)?;
    let set = scopes.iter().find(|scope| !scope.expensive)?.variables;
    stop.variables.get(&set).map(|view| &view.items)
}
