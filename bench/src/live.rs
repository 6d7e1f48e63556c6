//! Live sockets, and what is read of their messages.
//!
//! Only a glance at each message is decoded: what twenty watchers' browsers do with it is not this machine's work, and
//! must not be measured as the server's.

use crate::room::Ticket;
use anyhow::{Context, Result};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::borrow::Cow;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A thousand clients with tungstenite's own 128 KiB would need more memory than what is measured.
const READ_BUFFER: usize = 4 * 1024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What is sent.
pub type Sender = SplitSink<Socket, Message>;
/// What is heard.
pub type Receiver = SplitStream<Socket>;

/// Opens a live socket, without Nagle's algorithm, as browsers do.
///
/// # Errors
/// The server refuses it.
pub async fn open(url: &str, ticket: &Ticket) -> Result<(Sender, Receiver)> {
    let mut request = url.into_client_request().context("the session's address makes no sense")?;
    request.headers_mut().insert(header::COOKIE, ticket.cookie().parse().context("the ticket is no header")?);
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let (socket, _) = connect_async_with_config(request, Some(config), true)
        .await
        .context("the live socket was refused")?;
    Ok(socket.split())
}

/// Sends one command.
///
/// # Errors
/// The socket is closed.
pub async fn send(sender: &mut Sender, command: &serde_json::Value) -> Result<()> {
    let text = Utf8Bytes::from(command.to_string());
    sender.send(Message::Text(text)).await.context("the live socket is closed")
}

/// The next text message.
///
/// # Errors
/// The socket ends.
pub async fn next(receiver: &mut Receiver) -> Result<Utf8Bytes> {
    loop {
        match receiver.next().await.context("the live socket ended")?.context("the live socket broke")? {
            Message::Text(text) => return Ok(text),
            Message::Close(frame) => anyhow::bail!("the server closed the live socket: {frame:?}"),
            _ => {}
        }
    }
}

/// A message's parts that tell how far a stop is known.
#[derive(Debug, Deserialize)]
pub struct Glance<'a> {
    /// Of an event.
    #[serde(default, borrow)]
    pub event: Option<GlancedEvent<'a>>,
    /// Of a reply.
    #[serde(default)]
    pub error: Option<GlancedError>,
}

/// An event's parts.
#[derive(Debug, Deserialize)]
pub struct GlancedEvent<'a> {
    /// Its kind.
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// Which stop.
    #[serde(default)]
    pub stop: Option<u32>,
    /// `variables`: which set.
    #[serde(default)]
    pub variables: Option<u32>,
    /// `scopes`: all of them.
    #[serde(default, borrow)]
    pub scopes: Vec<GlancedScope<'a>>,
}

/// A scope's parts.
#[derive(Debug, Deserialize)]
pub struct GlancedScope<'a> {
    /// `Locals`, `Globals`.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Its set.
    pub variables: u32,
}

/// Why a command was refused.
#[derive(Debug, Deserialize)]
pub struct GlancedError {
    /// A sentence.
    pub message: String,
}

impl<'a> Glance<'a> {
    /// Decodes one.
    ///
    /// # Errors
    /// It is no message of the protocol.
    pub fn at(text: &'a str) -> Result<Self> {
        serde_json::from_str(text).with_context(|| format!("the server said {text:.200}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{
        Envelope, Event, FrameId, JournalSeq, Scope, ServerMessage, StopId, ThreadId, Variable, VariablesId,
    };

    fn glance_at(event: Event) -> String {
        let envelope = Envelope { seq: JournalSeq(9), at: 1, by: None, event };
        serde_json::to_string(&ServerMessage::Event(envelope)).unwrap()
    }

    #[test]
    fn a_glance_sees_what_the_protocol_writes() {
        let scopes = vec![Scope { name: "Locals".into(), variables: VariablesId(4), expensive: false }];
        let text = glance_at(Event::Scopes { stop: StopId(3), frame: FrameId(1), scopes });
        let event = Glance::at(&text).unwrap().event.unwrap();
        assert_eq!((&*event.kind, event.stop, event.scopes[0].variables), ("scopes", Some(3), 4));

        let item = Variable {
            name: "a".into(),
            value: "'\"'".into(),
            type_name: "str".into(),
            variables: Some(VariablesId(8)),
            evaluate_name: None,
        };
        let (stop, variables, items) = (StopId(3), VariablesId(4), vec![item]);
        let text = glance_at(Event::Variables { stop, variables, items, truncated: false });
        let event = Glance::at(&text).unwrap().event.unwrap();
        assert_eq!((&*event.kind, event.stop, event.variables), ("variables", Some(3), Some(4)));

        let stopped = Event::Stopped {
            process: breakroom_protocol::ProcessId(0),
            stop: StopId(3),
            reason: "step".into(),
            description: None,
            text: None,
            thread: ThreadId(1),
        };
        assert_eq!(Glance::at(&glance_at(stopped)).unwrap().event.unwrap().stop, Some(3));
    }
}
