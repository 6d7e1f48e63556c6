//! WebSocket frames, made once for all who get them.
//!
//! What a session tells is the same for everybody, so it is framed once for each batch, and each socket's task writes the same
//! bytes: framing and copying them again for each of a hundred watchers cost more than sending them did. Source: RFC 6455, 5.2; a
//! server's frames are not masked.

use breakroom_protocol::CloseCode;
use bytes::{BufMut, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader, Utf8Bytes};

/// Whole frames, ready to be written.
#[derive(Debug, Clone)]
pub struct Frames {
    bytes: Bytes,
    closes: bool,
}

impl Frames {
    /// A text frame.
    pub fn text(payload: &[u8]) -> Self {
        Self::texts([payload])
    }

    /// A text frame for each.
    pub fn texts<'a>(payloads: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut frames = BytesMut::new();
        for payload in payloads {
            put(&mut frames, OpCode::Data(Data::Text), payload);
        }
        Self { bytes: frames.freeze(), closes: false }
    }

    /// A binary frame.
    pub fn binary(payload: &[u8]) -> Self {
        Self::one(OpCode::Data(Data::Binary), payload)
    }

    /// Asks whether the other end is there.
    pub fn ping() -> Self {
        Self::one(OpCode::Control(Control::Ping), &[])
    }

    /// Nothing follows.
    pub fn close(code: Option<CloseCode>) -> Self {
        let reason = code.map(|code| CloseFrame {
            code: code.number().into(),
            reason: Utf8Bytes::from_static(code.reason()),
        });
        Self::one(OpCode::Control(Control::Close), Frame::close(reason).payload())
    }

    /// A control frame that tungstenite wrote.
    pub fn written(bytes: &[u8]) -> Self {
        const FINAL: u8 = 0x80;
        let closes = bytes.first() == Some(&(FINAL | u8::from(OpCode::Control(Control::Close))));
        Self { bytes: Bytes::copy_from_slice(bytes), closes }
    }

    /// These, and others behind them.
    pub fn then(self, others: &Self) -> Self {
        let mut bytes = BytesMut::from(self.bytes);
        bytes.extend_from_slice(&others.bytes);
        Self { bytes: bytes.freeze(), closes: self.closes || others.closes }
    }

    /// What is left of them after so many bytes.
    pub fn rest(&self, written: usize) -> Self {
        Self { bytes: self.bytes.slice(written..), closes: self.closes }
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a close frame is the last one.
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    fn one(opcode: OpCode, payload: &[u8]) -> Self {
        let mut frame = BytesMut::new();
        put(&mut frame, opcode, payload);
        Self { bytes: frame.freeze(), closes: opcode == OpCode::Control(Control::Close) }
    }
}

fn put(frames: &mut BytesMut, opcode: OpCode, payload: &[u8]) {
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    let length = payload.len() as u64;
    frames.reserve(header.len(length) + payload.len());
    // What is written to memory can't fail.
    let _infallible = header.format(length, &mut frames.writer());
    frames.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use tokio::io::AsyncWriteExt;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    /// As a client reads them.
    async fn read(frames: Frames) -> Vec<Message> {
        let (mut server, client) = tokio::io::duplex(1 << 20);
        server.write_all(&frames.into_bytes()).await.unwrap();
        drop(server);
        let socket = WebSocketStream::from_raw_socket(client, Role::Client, None).await;
        socket.filter_map(|message| async { message.ok() }).collect().await
    }

    #[tokio::test]
    async fn a_client_reads_each_as_it_was() {
        let long = "é".repeat(70_000);
        let payloads = ["", "short", &long[..200], &long];
        let frames = Frames::texts(payloads.map(str::as_bytes));
        assert_eq!(read(frames).await, payloads.map(Message::text));
        assert_eq!(read(Frames::binary(&[1, 2])).await, [Message::binary(vec![1, 2])]);
        let both = Frames::text(b"a").then(&Frames::text(b"b"));
        assert_eq!(read(both).await, [Message::text("a"), Message::text("b")]);
    }

    #[tokio::test]
    async fn a_close_says_why() {
        let frames = Frames::close(Some(CloseCode::TooSlow));
        assert!(frames.closes() && Frames::text(b"a").then(&frames).closes());
        assert!(Frames::written(&frames.clone().into_bytes()).closes());
        assert!(!Frames::ping().closes());
        let [Message::Close(Some(reason))] = &read(frames).await[..] else { panic!("one close frame") };
        assert_eq!(u16::from(reason.code), CloseCode::TooSlow.number());
        assert_eq!(read(Frames::close(None)).await, [Message::Close(None)]);
    }
}
