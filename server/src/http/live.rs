//! The live socket: `ServerMessage`s out, `ClientMessage`s in, one JSON text each.

use super::App;
use super::error::{ApiError, Parts, Values};
use super::places::Place;
use super::socket::{self, MAX_MESSAGE, Rate, SILENT_FOR};
use super::ticket::{Ticket, no_session};
use super::upgrade::{Messages, Socket, Upgrade, is_too_long};
use crate::session::{Frames, Mail, Outbox, SessionHandle};
use axum::extract::State;
use axum::response::Response;
use breakroom_protocol::{
    ClientMessage, ClientSeq, CloseCode, ConnectionId, ErrorBody, ErrorCode, JournalSeq, ServerMessage,
    SessionId,
};
use serde::Deserialize;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Commands a second on average; stepping by a held key stays below.
pub const PER_SECOND: f64 = 50.0;
/// Commands at once.
pub const BURST: f64 = 200.0;
/// Messages that aren't understood or come too fast before the socket is closed.
const STRIKES: u32 = 20;

/// Where to go on.
#[derive(Deserialize)]
pub struct LiveQuery {
    /// The last event that the client has.
    from: Option<u64>,
}

/// `GET /api/sessions/{id}/live`
pub async fn upgrade(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
    Values(query): Values<LiveQuery>,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    ticket.may_see(id)?;
    let handle = find(&app, id).await?;
    let place = app.places.take(ticket.me.participant.id)?;
    let from = query.from.map(JournalSeq);
    Ok(upgrade.on_upgrade(&app.sockets.clone(), move |socket| async move {
        let connection = app.hub.connection();
        serve(socket, &handle, connection, ticket, from, &place).await;
    }))
}

/// A live session, or why there is none.
pub async fn find(app: &App, id: SessionId) -> Result<SessionHandle, ApiError> {
    match app.hub.session(id) {
        Some(handle) => Ok(handle),
        None if app.hub.journal.session(id).await?.is_some() => {
            Err(ApiError::new(ErrorCode::SessionEnded, "The session has ended: open its recording."))
        }
        None => Err(no_session()),
    }
}

async fn serve(
    socket: Socket,
    handle: &SessionHandle,
    connection: ConnectionId,
    ticket: Ticket,
    from: Option<JournalSeq>,
    place: &Place,
) {
    let Ticket { id, me, .. } = ticket;
    let expires_at = me.expires_at;
    let open = |outbox| Mail::Join { connection, me, ticket: id, from, outbox };
    let reading = async |messages: &mut Messages, out| read(messages, handle, connection, out, place).await;
    let alive = Frames::text(&serde_json::to_vec(&ServerMessage::Alive).unwrap_or_default());
    socket::run(socket, handle, expires_at, &alive, open, Mail::Leave(connection), reading).await;
}

/// Reads until the socket ends; `Some`: close it with this code.
async fn read(
    messages: &mut Messages,
    handle: &SessionHandle,
    connection: ConnectionId,
    out: Outbox,
    place: &Place,
) -> Option<CloseCode> {
    let mut rate = Rate::new(PER_SECOND, BURST);
    let mut strikes = 0;
    loop {
        let message = match timeout(SILENT_FOR, messages.next()).await {
            Err(_) | Ok(None) => return None,
            Ok(Some(Err(error))) => return is_too_long(&error).then_some(CloseCode::TooLarge),
            Ok(Some(Ok(message))) => message,
        };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Binary(_) => return Some(CloseCode::BadMessage),
        };
        if text.len() > MAX_MESSAGE {
            return Some(CloseCode::TooLarge);
        }
        let refused = match parse(&text) {
            Ok(message) if rate.take() && place.may_command() => {
                handle.send(Mail::Command(connection, message)).await.ok()?;
                continue;
            }
            Ok(message) => {
                (message.id, ErrorBody::new(ErrorCode::TooFast, "Too many commands at once: slow down."))
            }
            Err(refused) => refused,
        };
        strikes += 1;
        if strikes > STRIKES {
            let too_fast = refused.1.code == ErrorCode::TooFast;
            return Some(if too_fast { CloseCode::TooFast } else { CloseCode::BadMessage });
        }
        let reply = ServerMessage::Reply { id: refused.0, error: Some(refused.1), result: None };
        if let Ok(message) = serde_json::to_vec(&reply) {
            out.send(Frames::text(&message));
        }
    }
}

/// The number first, so that even a command that isn't understood gets its reply (0: it has no number).
fn parse(text: &str) -> Result<ClientMessage, (ClientSeq, ErrorBody)> {
    #[derive(Deserialize)]
    struct Numbered {
        id: ClientSeq,
    }
    serde_json::from_str::<ClientMessage>(text).map_err(|error| {
        let id = serde_json::from_str::<Numbered>(text).map_or(ClientSeq(0), |numbered| numbered.id);
        (id, ErrorBody::new(ErrorCode::BadMessage, format!("The message isn't understood: {error}.")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_still_has_its_number() {
        assert_eq!(parse(r#"{"id": 7, "command": "dance"}"#).unwrap_err().0, ClientSeq(7));
        assert_eq!(parse(r#"{"id": 7, "command": "next"}"#).unwrap_err().0, ClientSeq(7));
        assert_eq!(parse("not json").unwrap_err().0, ClientSeq(0));
        assert!(parse(r#"{"id": 7, "command": "next", "stop": 1}"#).is_ok());
    }
}
