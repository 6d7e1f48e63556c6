//! Bytes of the y-websocket protocol: lib0 numbers and strings, and the messages made of them.
//!
//! In: one binary frame. Out: a [`Message`] that borrows from it, or [`Malformed`]. Never a panic, never an
//! allocation larger than the frame: lengths are checked against what is left before anything is reserved.
//!
//! Source: y-protocols `sync.js`, `awareness.js`, `auth.js`; y-websocket's message numbers.

/// The frame is no message of this protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed y-websocket message: {0}")]
pub struct Malformed(pub &'static str);

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;

/// Largest integer that JavaScript, and so lib0, can hold exactly.
pub const MAX_SAFE: u64 = (1 << 53) - 1;

/// What a client may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    /// "This is what I have": state vector, as (client, clock).
    Step1(Vec<(u64, u32)>),
    /// The answer to our step 1: a v1 update.
    Step2(&'a [u8]),
    /// A v1 update made just now.
    Update(&'a [u8]),
    /// States of clients.
    Awareness(Vec<AwarenessEntry<'a>>),
    /// "Tell me everybody's awareness".
    QueryAwareness,
}

/// One client's state in an awareness message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwarenessEntry<'a> {
    /// Yjs client id.
    pub client: u64,
    /// Grows with each change.
    pub clock: u64,
    /// JSON; `null` means gone.
    pub state: &'a str,
}

impl<'a> Message<'a> {
    /// Reads one frame, which holds exactly one message.
    pub fn read(frame: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(frame);
        let message = match reader.number()? {
            SYNC => match reader.number()? {
                STEP_1 => Self::Step1(state_vector(reader.buffer()?)?),
                STEP_2 => Self::Step2(reader.buffer()?),
                UPDATE => Self::Update(reader.buffer()?),
                _ => return Err(Malformed("unknown sync message")),
            },
            AWARENESS => Self::Awareness(awareness(reader.buffer()?)?),
            QUERY_AWARENESS => Self::QueryAwareness,
            AUTH => return Err(Malformed("only the server sends auth messages")),
            _ => return Err(Malformed("unknown message")),
        };
        reader.end()?;
        Ok(message)
    }
}

fn state_vector(bytes: &[u8]) -> Result<Vec<(u64, u32)>, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(2)?;
    let mut clocks = Vec::with_capacity(count);
    for _ in 0..count {
        clocks.push((reader.client()?, reader.clock()?));
    }
    reader.end()?;
    Ok(clocks)
}

fn awareness(bytes: &[u8]) -> Result<Vec<AwarenessEntry<'_>>, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(3)?;
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        entries.push(AwarenessEntry {
            client: reader.client()?,
            clock: reader.number()?,
            state: reader.string()?,
        });
    }
    reader.end()?;
    Ok(entries)
}

/// A frame "this is what I have".
pub fn step_1(state_vector: &[u8]) -> Vec<u8> {
    sync(STEP_1, state_vector)
}

/// A frame that answers a client's step 1.
pub fn step_2(update: &[u8]) -> Vec<u8> {
    sync(STEP_2, update)
}

/// A frame with an update.
pub fn update(update: &[u8]) -> Vec<u8> {
    sync(UPDATE, update)
}

fn sync(kind: u64, body: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(body.len() + 8);
    writer.number(SYNC);
    writer.number(kind);
    writer.buffer(body);
    writer.into_bytes()
}

/// A frame that says what somebody may not do; stock providers log it and stay connected.
pub fn permission_denied(reason: &str) -> Vec<u8> {
    let mut writer = Writer::with_capacity(reason.len() + 8);
    writer.number(AUTH);
    writer.number(0);
    writer.buffer(reason.as_bytes());
    writer.into_bytes()
}

/// A frame with awareness states.
pub fn awareness_frame<'a>(entries: impl ExactSizeIterator<Item = AwarenessEntry<'a>>) -> Vec<u8> {
    let mut body = Writer::default();
    body.number(entries.len() as u64);
    for entry in entries {
        body.number(entry.client);
        body.number(entry.clock);
        body.buffer(entry.state.as_bytes());
    }
    let body = body.into_bytes();
    let mut writer = Writer::with_capacity(body.len() + 8);
    writer.number(AWARENESS);
    writer.buffer(&body);
    writer.into_bytes()
}

/// Whether a frame is about awareness, going by its first number.
pub fn is_awareness(frame: &[u8]) -> bool {
    Reader::new(frame).number() == Ok(AWARENESS)
}

/// A frame that tells a stock client nothing but that the server is there.
pub fn nobodys_awareness() -> Vec<u8> {
    awareness_frame(std::iter::empty())
}

/// A state vector's bytes.
pub fn encode_state_vector(clocks: &[(u64, u32)]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.number(clocks.len() as u64);
    for &(client, clock) in clocks {
        writer.number(client);
        writer.number(u64::from(clock));
    }
    writer.into_bytes()
}

/// Reads lib0's encoding.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// From the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How far it is.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// What was read since `from`.
    pub fn since(&self, from: usize) -> &'a [u8] {
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Fails unless everything was read.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.left() == 0 { Ok(()) } else { Err(Malformed("bytes after the end")) }
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        let byte = *self.bytes.get(self.at).ok_or(Malformed("truncated"))?;
        self.at += 1;
        Ok(byte)
    }

    /// `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        if len > self.left() {
            return Err(Malformed("truncated"));
        }
        let taken = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(taken)
    }

    /// `varUint`, at most [`MAX_SAFE`].
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift > 49 {
                return Err(Malformed("number too large"));
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        if value > MAX_SAFE { Err(Malformed("number too large")) } else { Ok(value) }
    }

    /// `varInt`; its value is of no interest.
    pub fn skip_signed(&mut self) -> Result<(), Malformed> {
        for length in 1.. {
            if self.byte()? & 0x80 == 0 {
                break;
            }
            if length > 9 {
                return Err(Malformed("number too large"));
            }
        }
        Ok(())
    }

    /// A Yjs client id.
    pub fn client(&mut self) -> Result<u64, Malformed> {
        self.number()
    }

    /// A clock or length: 31 bits, so that sums of two can't overflow.
    pub fn clock(&mut self) -> Result<u32, Malformed> {
        let value = self.number()?;
        if value > u64::from(u32::MAX / 2) {
            return Err(Malformed("clock too large"));
        }
        u32::try_from(value).map_err(|_| Malformed("clock too large"))
    }

    /// A number of things that take at least `least` bytes each.
    pub fn count(&mut self, least: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed("count too large"))?;
        if count > self.left() / least { Err(Malformed("count too large")) } else { Ok(count) }
    }

    /// Length and bytes.
    pub fn buffer(&mut self) -> Result<&'a [u8], Malformed> {
        let len = self.count(1)?;
        self.take(len)
    }

    /// Length and UTF-8.
    pub fn string(&mut self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.buffer()?).map_err(|_| Malformed("not UTF-8"))
    }
}

/// Writes lib0's encoding.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity) }
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// `varUint`.
    pub fn number(&mut self, mut value: u64) {
        while value > 0x7f {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// Length and bytes.
    pub fn buffer(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
