//! The connection to the room: the live socket and the `breakpoints` doc, each in a task, each connected again by itself.
//!
//! In: [`Effect::Command`](crate::facade::Effect)s and [`Edit`]s. Out: [`FromRoom`]. Invariant: after a loss the live
//! socket goes on after the last event that it handed over (`from`), so none is missed and none comes twice; a command is
//! sent only on the connection that it was meant for, so none runs late.

mod doc;
mod live;

use crate::account::{Account, refusal};
use crate::facade::{Edit, FromRoom};
use breakroom_protocol::{ClientMessage, CloseCode};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Messages from the room that wait for the editor; then the socket isn't read.
const INCOMING: usize = 256;
/// Commands and edits that wait for the room; what comes beyond is refused.
const OUTGOING: usize = 256;
/// The server pings every 20 s; after this time without anything the connection counts as dead.
const SILENT_FOR: Duration = Duration::from_secs(70);
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Between attempts to connect; doubles up to the other.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Largest message from the server: a snapshot of a long session.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The two tasks; ended on drop.
pub struct Room {
    /// What the room tells.
    pub incoming: mpsc::Receiver<FromRoom>,
    commands: mpsc::Sender<(u32, ClientMessage)>,
    edits: mpsc::Sender<Edit>,
    _tasks: JoinSet<()>,
}

impl Room {
    /// Begins to connect.
    pub fn open(account: &Account) -> Self {
        let (tell, incoming) = mpsc::channel(INCOMING);
        let (commands, to_live) = mpsc::channel(OUTGOING);
        let (edits, to_doc) = mpsc::channel(OUTGOING);
        let mut tasks = JoinSet::new();
        tasks.spawn(live::run(account.clone(), to_live, tell.clone()));
        tasks.spawn(doc::run(account.clone(), to_doc, tell));
        Self { incoming, commands, edits, _tasks: tasks }
    }

    /// Sends a command; `false`: too many wait.
    pub fn command(&self, epoch: u32, message: ClientMessage) -> bool {
        self.commands.try_send((epoch, message)).is_ok()
    }

    /// Makes an edit; `false`: too many wait.
    pub fn edit(&self, edit: Edit) -> bool {
        self.edits.try_send(edit).is_ok()
    }
}

/// Why a connection ended.
enum End {
    /// Try again; why.
    Lost(String),
    /// There is no coming back; why, as a sentence.
    Gone(String),
    /// Nobody listens any more.
    Unwanted,
}

/// Opens a socket of the session.
async fn connect(account: &Account, rest: &str) -> Result<Socket, End> {
    let lost = |error: &dyn std::fmt::Display| End::Lost(error.to_string());
    let mut request = account.socket(rest).into_client_request().map_err(|error| lost(&error))?;
    let ticket =
        HeaderValue::from_str(&format!("Bearer {}", account.ticket)).map_err(|error| lost(&error))?;
    request.headers_mut().insert("authorization", ticket);
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    // No waiting for acknowledgements: somebody waits for each of these small frames.
    let connecting = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
    match tokio::time::timeout(CONNECT_WITHIN, connecting).await {
        Err(_) => Err(End::Lost("it does not answer".to_owned())),
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(WsError::Http(response))) => {
            let status = response.status().as_u16();
            let body = response.body().as_deref().unwrap_or_default();
            let why = refusal(status, body).to_string();
            // The ticket, the session, the right to be here: none comes back by itself.
            Err(if matches!(status, 401 | 403 | 404 | 410) { End::Gone(why) } else { End::Lost(why) })
        }
        Ok(Err(error)) => Err(lost(&error)),
    }
}

/// What a close code means for coming back.
fn closed(code: u16) -> End {
    let gone = |why: &str| End::Gone(why.to_owned());
    match CloseCode::ALL.into_iter().find(|known| known.number() == code) {
        Some(CloseCode::TicketEnded) => {
            gone("Your ticket has ended: ask for a new invite, or sign in again.")
        }
        Some(CloseCode::NoSession) => gone("There is no such session any more."),
        Some(CloseCode::Removed) => gone("A host removed you from the session."),
        Some(CloseCode::SessionEnded) => gone("The session has ended; its recording stays."),
        Some(CloseCode::BadMessage | CloseCode::Forged | CloseCode::TooLarge) => {
            gone("The server did not understand this client: use the same version of Breakroom.")
        }
        Some(known) => End::Lost(known.reason().replace('_', " ")),
        None => End::Lost("it closed".to_owned()),
    }
}

/// Why a socket's message is its last; `None`: it isn't.
fn end_of(message: Option<Result<Message, WsError>>) -> Result<Message, End> {
    match message {
        Some(Ok(Message::Close(frame))) => Err(closed(frame.map_or(0, |frame| frame.code.into()))),
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(End::Lost(error.to_string())),
        None => Err(End::Lost("it closed".to_owned())),
    }
}
