//! Doc sockets: the stock y-websocket protocol in binary frames. What may be written is decided by the session.

use super::App;
use super::error::{ApiError, Parts};
use super::live::find;
use super::places::Place;
use super::socket::{self, MAX_MESSAGE, Rate, SILENT_FOR};
use super::ticket::Ticket;
use super::upgrade::{Messages, Socket, Upgrade, is_too_long};
use crate::session::{Frames, Mail, SessionHandle};
use axum::extract::State;
use axum::response::Response;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, ConnectionId, ErrorCode, SessionId};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// Frames a second on average: fast typing is about ten, each with awareness.
pub const PER_SECOND: f64 = 100.0;
/// Frames at once.
pub const BURST: f64 = 600.0;

/// `GET /api/sessions/{id}/docs/{doc}`
pub async fn upgrade(
    State(app): State<App>,
    ticket: Ticket,
    Parts((id, doc)): Parts<(SessionId, String)>,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    ticket.may_see(id)?;
    let doc: DocName = doc
        .parse()
        .map_err(|()| ApiError::new(ErrorCode::NotFound, "There are two docs: `breakpoints` and `notes`."))?;
    let handle = find(&app, id).await?;
    let place = app.places.take(ticket.me.participant.id)?;
    Ok(upgrade.on_upgrade(&app.sockets.clone(), move |socket| async move {
        let connection = app.hub.connection();
        serve(socket, &handle, connection, ticket, doc, &place).await;
    }))
}

async fn serve(
    socket: Socket,
    handle: &SessionHandle,
    connection: ConnectionId,
    ticket: Ticket,
    doc: DocName,
    place: &Place,
) {
    let Ticket { id, me, .. } = ticket;
    let expires_at = me.expires_at;
    let open = |outbox| Mail::OpenDoc { connection, doc, me, ticket: id, outbox };
    let reading = async |messages: &mut Messages, _| read(messages, handle, connection, place).await;
    let alive = Frames::binary(&breakroom_documents::nobodys_awareness());
    socket::run(socket, handle, expires_at, &alive, open, Mail::CloseDoc(connection), reading).await;
}

async fn read(
    messages: &mut Messages,
    handle: &SessionHandle,
    connection: ConnectionId,
    place: &Place,
) -> Option<CloseCode> {
    let mut rate = Rate::new(PER_SECOND, BURST);
    loop {
        let frame = match timeout(SILENT_FOR, messages.next()).await {
            Err(_) | Ok(None) => return None,
            Ok(Some(Err(error))) => return is_too_long(&error).then_some(CloseCode::TooLarge),
            Ok(Some(Ok(Message::Binary(frame)))) => frame,
            Ok(Some(Ok(Message::Close(_)))) => return None,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
            Ok(Some(Ok(Message::Text(_)))) => return Some(CloseCode::BadMessage),
        };
        if frame.len() > MAX_MESSAGE {
            return Some(CloseCode::TooLarge);
        }
        if !rate.take() || !place.may_write(&frame) {
            return Some(CloseCode::TooFast);
        }
        handle.send(Mail::DocFrame(connection, frame)).await.ok()?;
    }
}
