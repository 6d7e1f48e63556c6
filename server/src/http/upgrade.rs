//! A WebSocket's handshake, and its two halves: one that reads messages, one that is written whole frames.
//!
//! axum's own extractor gives messages in both directions; here what goes out is framed already ([`Frames`]). Reading, and
//! what the protocol answers by itself (pongs, the goodbye), is tungstenite's. Source: RFC 6455, 4.2.

use super::error::ApiError;
use crate::session::{Frames, Outbox};
use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use breakroom_protocol::ErrorCode;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Parts as Connection};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::task::TaskTracker;

/// tungstenite keeps and zeroes its read buffer per socket; 4 KiB instead of 128 KiB keeps idle sockets small.
const READ_BUFFER: usize = 4 * 1024;

/// A request to become a WebSocket.
#[derive(Debug)]
pub struct Upgrade {
    accept: String,
    on_upgrade: OnUpgrade,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let refuse = |why: &str| {
            Err(ApiError::new(ErrorCode::BadMessage, format!("This address is a WebSocket: {why}.")))
        };
        if parts.method != Method::GET {
            return refuse("it is opened by GET");
        }
        if !has(parts, CONNECTION, "upgrade") || !has(parts, UPGRADE, "websocket") {
            return refuse(
                "the request must ask for an upgrade to `websocket`; a proxy in between must pass that on",
            );
        }
        if !has(parts, SEC_WEBSOCKET_VERSION, "13") {
            return refuse("the version must be 13");
        }
        let Some(key) = parts.headers.get(SEC_WEBSOCKET_KEY) else {
            return refuse("Sec-WebSocket-Key is missing");
        };
        let accept = derive_accept_key(key.as_bytes());
        match parts.extensions.remove::<OnUpgrade>() {
            Some(on_upgrade) => Ok(Self { accept, on_upgrade }),
            None => refuse("this connection can't be upgraded"),
        }
    }
}

/// Whether a header that is a list has this among its items.
fn has(parts: &Parts, name: HeaderName, item: &str) -> bool {
    let values = parts.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(item))
}

impl Upgrade {
    /// The response; what is given runs once the client has it, as one of `sockets`.
    pub fn on_upgrade<F: Future<Output = ()> + Send + 'static>(
        self,
        sockets: &TaskTracker,
        run: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response {
        let Self { accept, on_upgrade } = self;
        sockets.spawn(async move {
            // Who went away before the response needs no socket.
            let Ok(upgraded) = on_upgrade.await else { return };
            match upgraded.downcast::<TokioIo<TcpStream>>() {
                Ok(Connection { io, read_buf, .. }) => {
                    let (reader, writer) = io.into_inner().into_split();
                    run(Socket { reader, early: read_buf, writer }).await;
                }
                Err(_) => tracing::error!("a WebSocket came by something else than TCP"),
            }
        });
        let headers = [
            (CONNECTION, HeaderValue::from_static("Upgrade")),
            (UPGRADE, HeaderValue::from_static("websocket")),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers, [(SEC_WEBSOCKET_ACCEPT, accept)]).into_response()
    }
}

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    reader: OwnedReadHalf,
    /// What came right behind the request.
    early: Bytes,
    /// To be written [`Frames`].
    pub writer: OwnedWriteHalf,
}

impl Socket {
    /// Its halves. What the protocol answers by itself goes to `out`. `most`: the longest message in bytes.
    pub async fn split(self, out: Outbox, most: usize) -> (Messages, OwnedWriteHalf) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(most))
            .max_frame_size(Some(most));
        let end = End { reader: self.reader, out };
        let early = self.early.into();
        let stream = WebSocketStream::from_partially_read(end, early, Role::Server, Some(config));
        (Messages(stream.await), self.writer)
    }
}

/// What a client says.
#[derive(Debug)]
pub struct Messages(WebSocketStream<End>);

impl Messages {
    /// The next message; `None`: there are no more.
    pub async fn next(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        let message = self.0.next().await;
        if let Some(Ok(Message::Close(_))) = &message {
            // The client's goodbye is answered; that this ends the stream is no error.
            let _closed = self.0.flush().await;
        }
        message
    }

    /// Takes what still comes and throws it away, until the client is gone.
    pub async fn swallow(self) {
        let mut reader = self.0.into_inner().reader;
        let _gone = tokio::io::copy(&mut reader, &mut tokio::io::sink()).await;
    }
}

/// Reads from the connection; what tungstenite writes, whole control frames, goes the way of all that is sent.
#[derive(Debug)]
struct End {
    reader: OwnedReadHalf,
    out: Outbox,
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(context, buffer)
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.out.send(Frames::written(bytes));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Whether a message was longer than it may be.
pub fn is_too_long(error: &tungstenite::Error) -> bool {
    matches!(error, tungstenite::Error::Capacity(_))
}
