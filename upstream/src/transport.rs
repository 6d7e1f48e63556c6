//! One TCP connection that carries DAP, as two halves which can be awaited at the same time.
//!
//! In: bytes from debugpy's adapter. Out: message bodies, one at a time, and requests encoded into a buffer.
//! Invariant: both `read` and `flush` may be cancelled at any await without losing a byte.
//! Why `TCP_QUICKACK`: the adapter writes header and body apart without `TCP_NODELAY`, so its body waits for our
//! acknowledgement of the header, which the kernel delays by 40 ms. The option doesn't last: set it after each read, and
//! after each write too, as an answer sent quickly makes the kernel delay the next acknowledgement again.

use crate::error::Broken;
use breakroom_protocol::dap::{Framing, OutgoingRequest};
use bytes::{Bytes, BytesMut};
use serde::Serialize;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::{Decoder, Encoder};

/// How much one read takes at most.
const READ_SIZE: usize = 64 * 1024;

/// How long what we sent may stay unacknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// Whether the latency remedies are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Latency {
    Remedied,
    AsItComes,
}

pub(crate) struct Reader {
    stream: OwnedReadHalf,
    buffer: BytesMut,
    framing: Framing,
    latency: Latency,
}

pub(crate) struct Writer {
    stream: OwnedWriteHalf,
    buffer: BytesMut,
    framing: Framing,
    latency: Latency,
    next_seq: i64,
}

/// Takes over a connected stream.
pub(crate) fn split(stream: TcpStream, latency: Latency) -> io::Result<(Reader, Writer)> {
    // A host that vanished (power, network) says nothing: without probes a quiet connection would seem alive for ever.
    let probes = TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(5));
    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    let probes = probes.with_retries(4);
    SockRef::from(&stream).set_tcp_keepalive(&probes)?;
    // And with something under way there are no probes: what was sent would be sent again for a quarter of an hour.
    #[cfg(target_os = "linux")]
    SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    if latency == Latency::Remedied {
        stream.set_nodelay(true)?;
        acknowledge_at_once(&stream);
    }
    let (read, write) = stream.into_split();
    let reader = Reader { stream: read, buffer: BytesMut::new(), framing: Framing::default(), latency };
    let writer =
        Writer { stream: write, buffer: BytesMut::new(), framing: Framing::default(), latency, next_seq: 1 };
    Ok((reader, writer))
}

/// Best effort: it only costs time where it isn't possible.
fn acknowledge_at_once(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Err(error) = SockRef::from(stream).set_tcp_quickack(true) {
        tracing::debug!(%error, "TCP_QUICKACK is not to be had");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

impl Reader {
    /// Reads once. Cancel safe.
    pub(crate) async fn read(&mut self) -> Result<(), Broken> {
        self.buffer.reserve(READ_SIZE);
        let count = self.stream.read_buf(&mut self.buffer).await.map_err(Broken::Io)?;
        if count == 0 {
            return Err(Broken::Eof);
        }
        if self.latency == Latency::Remedied {
            acknowledge_at_once(self.stream.as_ref());
        }
        Ok(())
    }

    /// The next whole message that was read already.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        self.framing.decode(&mut self.buffer).map_err(Broken::from)
    }
}

impl Writer {
    /// The number that the next request will have.
    pub(crate) const fn next_seq(&self) -> i64 {
        self.next_seq
    }

    /// Uses that number up for a request that needn't be sent.
    pub(crate) const fn pass_over(&mut self) {
        self.next_seq += 1;
    }

    /// Encodes a request; it leaves with `flush`.
    pub(crate) fn request(&mut self, command: &str, arguments: &impl Serialize) -> i64 {
        let seq = self.next_seq;
        self.message(&OutgoingRequest { seq, kind: "request", command, arguments: Some(arguments) });
        seq
    }

    /// Answers a request of debugpy's, so that it doesn't wait for us.
    pub(crate) fn answer(&mut self, request_seq: i64, command: &str, success: bool) {
        #[derive(Serialize)]
        struct Response<'a> {
            seq: i64,
            #[serde(rename = "type")]
            kind: &'static str,
            request_seq: i64,
            success: bool,
            command: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            message: Option<&'static str>,
        }
        let seq = self.next_seq;
        let message = (!success).then_some("not supported");
        self.message(&Response { seq, kind: "response", request_seq, success, command, message });
    }

    fn message(&mut self, message: &impl Serialize) {
        self.next_seq += 1;
        let encoded = serde_json::to_vec(message)
            .map_err(|error| error.to_string())
            .and_then(|body| self.framing.encode(&body, &mut self.buffer).map_err(|error| error.to_string()));
        if let Err(error) = encoded {
            // Structs of strings and numbers always encode; the ask would end by its deadline.
            tracing::error!(error, "a DAP message could not be encoded");
        }
    }

    /// Whether something waits to be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Writes until the buffer is empty. Cancel safe.
    pub(crate) async fn flush(&mut self) -> Result<(), Broken> {
        while !self.buffer.is_empty() {
            if self.stream.write_buf(&mut self.buffer).await.map_err(Broken::Io)? == 0 {
                return Err(Broken::Eof);
            }
        }
        if self.latency == Latency::Remedied {
            acknowledge_at_once(self.stream.as_ref());
        }
        Ok(())
    }
}
