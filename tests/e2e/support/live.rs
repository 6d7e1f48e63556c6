//! A live socket: what it said, folded as every client folds it.

use super::lag::received;
use super::{Browser, within};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::{
    ClientSeq, CloseCode, Envelope, ErrorBody, JournalSeq, Me, ServerMessage, SessionId, Snapshot, WaitEnded,
    WaitingGuest,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Everything that came over one live socket.
#[derive(Debug, Default)]
pub struct Heard {
    /// The fold of it.
    pub now: Snapshot,
    /// Whether the welcome had a snapshot; `None`: no welcome yet.
    pub with_snapshot: Option<bool>,
    /// Number of the last event before the first one.
    pub welcomed_at: JournalSeq,
    /// Who the server says we are.
    pub you: Option<Me>,
    /// Every event.
    pub events: Vec<Envelope>,
    /// The end of each command.
    pub replies: BTreeMap<ClientSeq, Option<ErrorBody>>,
    /// What replies carried.
    pub results: BTreeMap<ClientSeq, ReplyResult>,
    /// Who waits to be let in, as hosts are told.
    pub waiting: Vec<WaitingGuest>,
    /// Who has stopped waiting.
    pub waits_ended: Vec<WaitEnded>,
    /// Whether the recording is kept, as told.
    pub recording: Vec<(bool, Option<String>)>,
    /// How often the server said that it is there.
    pub alive: u32,
    /// The close code; 0: without one.
    pub closed: Option<u16>,
}

/// How much of each session the test has seen, through whomever.
static SEEN: LazyLock<Mutex<HashMap<SessionId, JournalSeq>>> = LazyLock::new(Mutex::default);

/// A server starts anew, perhaps with less than was seen.
pub fn forget_what_was_seen() {
    SEEN.lock().unwrap().clear();
}

/// One live socket.
///
/// Whatever the test has seen through one person has reached another by the time they do something or see something: as
/// for people who talk to each other. Without that, what is expected of them depended on whose socket is faster.
#[derive(Debug)]
pub struct Live {
    session: Option<SessionId>,
    heard: Arc<Mutex<Heard>>,
    changed: watch::Receiver<u64>,
    sink: tokio::sync::Mutex<SplitSink<Socket, Message>>,
    next: AtomicU32,
    _reading: Reading,
}

#[derive(Debug)]
struct Reading(tokio::task::JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens a WebSocket with a browser's cookie; `Err`: the HTTP answer instead.
pub async fn connect(browser: &Browser, path: &str) -> Result<Socket, (u16, String)> {
    let url = format!("{}{path}", browser.url().replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    for (name, value) in browser.headers() {
        let name: reqwest::header::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    match within("the socket opens", tokio_tungstenite::connect_async(request)).await {
        Ok((socket, _)) => Ok(socket),
        Err(WsError::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            Err((response.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
        }
        Err(error) => panic!("{path}: {error}"),
    }
}

/// The path of a session's live socket.
pub fn path(session: SessionId, from: Option<JournalSeq>) -> String {
    let from = from.map(|from| format!("?from={from}")).unwrap_or_default();
    format!("/api/sessions/{session}/live{from}")
}

impl Live {
    /// Opens one and waits for the welcome. `kept`: what an earlier socket folded, to go on from.
    pub async fn open(browser: &Browser, session: SessionId, kept: Option<Snapshot>) -> Self {
        let from = kept.as_ref().map(|kept| kept.seq);
        let socket = connect(browser, &path(session, from)).await.unwrap_or_else(|error| panic!("{error:?}"));
        let live = Self { session: Some(session), ..Self::on(socket, kept.unwrap_or_default()) };
        live.wait("the welcome", |heard| heard.with_snapshot.is_some().then_some(())).await;
        live
    }

    /// Reads a socket from here on.
    pub fn on(socket: Socket, kept: Snapshot) -> Self {
        let heard = Arc::new(Mutex::new(Heard { now: kept, ..Heard::default() }));
        let (change, changed) = watch::channel(0);
        let (sink, stream) = socket.split();
        let reading = tokio::spawn(read(stream, Arc::clone(&heard), change));
        let (sink, next) = (tokio::sync::Mutex::new(sink), AtomicU32::new(1));
        Self { session: None, heard, changed, sink, next, _reading: Reading(reading) }
    }

    /// Looks at what was heard.
    pub fn look<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock().unwrap())
    }

    /// Waits until what was heard has all that the test has seen so far.
    pub async fn catches_up(&self) {
        self.wait("what others have seen", |_| Some(())).await;
    }

    /// Waits until what was heard has what is looked for.
    pub async fn wait<T>(&self, what: &str, look: impl FnMut(&Heard) -> Option<T>) -> T {
        self.wait_for(super::PATIENCE, what, look).await
    }

    /// The same, for something that takes long by itself.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        what: &str,
        mut look: impl FnMut(&Heard) -> Option<T>,
    ) -> T {
        let mut changed = self.changed.clone();
        let seen = self.session.and_then(|session| SEEN.lock().unwrap().get(&session).copied());
        let mut look = |heard: &Heard| {
            let found = if seen <= Some(heard.now.seq) || heard.closed.is_some() {
                look(heard)?
            } else {
                return None;
            };
            if let Some(session) = self.session {
                let mut all = SEEN.lock().unwrap();
                let seen = all.entry(session).or_default();
                *seen = heard.now.seq.max(*seen);
            }
            Some(found)
        };
        let waiting = async {
            loop {
                if let Some(found) = self.look(&mut look) {
                    return Some(found);
                }
                if changed.changed().await.is_err() {
                    // Closed: nothing will change any more.
                    return self.look(&mut look);
                }
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(Some(found)) => found,
            ended => self.look(|heard| {
                let kinds: Vec<_> = heard.events.iter().map(|event| event.event.kind()).collect();
                let last = &kinds[kinds.len().saturating_sub(40)..];
                panic!(
                    "not seen ({}): {what}; closed: {:?}, phase: {:?}, driver: {:?}, last events: {last:?}",
                    if ended.is_ok() { "closed" } else { "too long" },
                    heard.closed,
                    heard.now.phase,
                    heard.now.driver
                )
            }),
        }
    }

    /// A number for the next command.
    pub fn number(&self) -> ClientSeq {
        ClientSeq(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends any frame. An error is fine: the server may have closed; what it said is waited for.
    pub async fn send(&self, message: Message) {
        let _closed = self.sink.lock().await.send(message).await;
    }

    /// Waits for the end of a command.
    pub async fn reply(&self, id: ClientSeq) -> Result<(), ErrorBody> {
        let error = self.wait("the reply to a command", |heard| heard.replies.get(&id).cloned()).await;
        error.map_or(Ok(()), Err)
    }

    /// Waits until the server closes it, for this reason.
    pub async fn expect_closed(&self, code: CloseCode) {
        let closed = self.wait("the socket is closed", |heard| heard.closed).await;
        assert_eq!(closed, code.number(), "expected {code:?}");
    }
}

async fn read(stream: SplitStream<Socket>, heard: Arc<Mutex<Heard>>, change: watch::Sender<u64>) {
    let mut stream = std::pin::pin!(received(stream));
    loop {
        let message = match stream.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("not the protocol: {error}: {text}")),
            Some(Ok(Message::Close(frame))) => {
                heard.lock().unwrap().closed = Some(frame.map_or(0, |frame| frame.code.into()));
                break;
            }
            Some(Ok(_)) => continue,
            Some(Err(_)) | None => break,
        };
        take(&mut heard.lock().unwrap(), message);
        change.send_modify(|count| *count += 1);
    }
    heard.lock().unwrap().closed.get_or_insert(0);
}

fn take(heard: &mut Heard, message: ServerMessage) {
    match message {
        ServerMessage::Welcome { you, snapshot, seq, .. } => {
            heard.with_snapshot = Some(snapshot.is_some());
            heard.welcomed_at = seq;
            heard.you = Some(you);
            if let Some(snapshot) = snapshot {
                assert_eq!(snapshot.seq, seq);
                heard.now = *snapshot;
            }
            assert_eq!(heard.now.seq, seq, "it goes on where we are");
        }
        ServerMessage::Event(envelope) => {
            assert_eq!(envelope.seq.0, heard.now.seq.0 + 1, "events have no holes");
            heard.now.apply(&envelope);
            heard.events.push(envelope);
        }
        ServerMessage::Reply { id, error, result } => {
            heard.results.extend(result.map(|result| (id, result)));
            let before = heard.replies.insert(id, error);
            assert!(id.0 == 0 || before.is_none(), "one reply to each command: {id}");
        }
        ServerMessage::Waiting { guests, ended } => {
            heard.waiting = guests;
            heard.waits_ended.extend(ended);
        }
        ServerMessage::Recording { ok, message } => heard.recording.push((ok, message)),
        ServerMessage::Alive => heard.alive += 1,
    }
}
