//! DAP on the wire: `Content-Length` framing and the shallow envelope. Sans-IO.
//!
//! Source: the Debug Adapter Protocol specification, "Base Protocol". Bodies stay raw JSON; only what is read
//! gets a type, where it is read.

use bytes::{Buf, BufMut, BytesMut};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio_util::codec::{Decoder, Encoder};

/// Largest message accepted: debugpy's own limit for a body that arrives is 16,777,215 bytes.
pub const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Largest header block accepted.
pub const MAX_HEADER: usize = 4 * 1024;

/// Why bytes are no DAP.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// No `Content-Length`, or no number in it.
    #[error("the peer does not speak DAP: no Content-Length header")]
    NoLength,
    /// The header block never ends.
    #[error("the peer does not speak DAP: its header is longer than {MAX_HEADER} bytes")]
    HeaderTooLong,
    /// A message over the limit.
    #[error("a DAP message of {0} bytes is over the limit of {MAX_MESSAGE}")]
    TooLarge(usize),
    /// The transport failed.
    #[error("reading or writing DAP")]
    Io(#[from] std::io::Error),
}

/// Splits a byte stream into message bodies and back. Header and body leave in one write.
#[derive(Debug, Default)]
pub struct Framing {
    expected: Option<usize>,
}

impl Decoder for Framing {
    type Item = bytes::Bytes;
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Self::Item>, FrameError> {
        let length = match self.expected {
            Some(length) => length,
            None => {
                let Some(end) = find(src, b"\r\n\r\n") else {
                    // A peer that says something else (HTTP, a banner) is found out by its first line.
                    let start = &src[..src.len().min(16)];
                    let header = b"content-length: ";
                    if !start.iter().zip(header).all(|(a, b)| a.eq_ignore_ascii_case(b))
                        && !starts_like_header(src)
                    {
                        return Err(FrameError::NoLength);
                    }
                    if src.len() > MAX_HEADER {
                        return Err(FrameError::HeaderTooLong);
                    }
                    return Ok(None);
                };
                if end > MAX_HEADER {
                    return Err(FrameError::HeaderTooLong);
                }
                let length = content_length(&src[..end]).ok_or(FrameError::NoLength)?;
                if length > MAX_MESSAGE {
                    return Err(FrameError::TooLarge(length));
                }
                src.advance(end + 4);
                self.expected = Some(length);
                length
            }
        };
        if src.len() < length {
            src.reserve(length - src.len());
            return Ok(None);
        }
        self.expected = None;
        Ok(Some(src.split_to(length).freeze()))
    }
}

impl Encoder<&[u8]> for Framing {
    type Error = FrameError;
    fn encode(&mut self, body: &[u8], dst: &mut BytesMut) -> Result<(), FrameError> {
        dst.reserve(body.len() + 32);
        dst.put_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        dst.put_slice(body);
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Whether the bytes could still become a block of `Name: value` lines (another header may precede the length).
fn starts_like_header(src: &[u8]) -> bool {
    let line = src.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') && name.len() <= 64
}

fn content_length(header: &[u8]) -> Option<usize> {
    let header = std::str::from_utf8(header).ok()?;
    header.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    })
}

/// A message of any kind, its body left raw.
#[derive(Debug, Deserialize)]
pub struct Incoming<'a> {
    /// `request`, `response` or `event`.
    #[serde(rename = "type", borrow)]
    pub kind: std::borrow::Cow<'a, str>,
    /// Sender's number.
    #[serde(default)]
    pub seq: i64,
    /// Response: which request.
    #[serde(default)]
    pub request_seq: Option<i64>,
    /// Response: whether it succeeded.
    #[serde(default)]
    pub success: Option<bool>,
    /// Request and response: which command.
    #[serde(default, borrow)]
    pub command: Option<std::borrow::Cow<'a, str>>,
    /// Event: which.
    #[serde(default, borrow)]
    pub event: Option<std::borrow::Cow<'a, str>>,
    /// Response: short error.
    #[serde(default, borrow)]
    pub message: Option<std::borrow::Cow<'a, str>>,
    /// Event and response.
    #[serde(default, borrow)]
    pub body: Option<&'a RawValue>,
    /// Request.
    #[serde(default, borrow)]
    pub arguments: Option<&'a RawValue>,
}

/// A request of ours.
#[derive(Debug, Serialize)]
pub struct OutgoingRequest<'a, T: Serialize> {
    /// Our number.
    pub seq: i64,
    /// Always `request`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// DAP command.
    pub command: &'a str,
    /// Its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<T>,
}
