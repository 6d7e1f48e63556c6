//! Yjs updates (v1) taken apart and put together.
//!
//! yrs decodes what it gets and trusts it; an update from a socket is looked at here first: who made which
//! structs, what they hang on, what they contain. [`Update::read`] accepts what Yjs writes, without allocating
//! more than the bytes warrant, without recursion deeper than [`MAX_DEPTH`]; [`Update::write`] gives the bytes back.
//!
//! Source: Yjs `encoding.js`, `structs/*.js`, `DeleteSet.js`; lib0 `encoding.js` for `any`.

use crate::ranges::Ranges;
use crate::wire::{Malformed, Reader, Writer};
use std::collections::HashSet;

/// Deepest nesting of a plain value.
const MAX_DEPTH: u32 = 16;

const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_SUB: u8 = 0x20;

/// Yjs's number of a `Y.Map`.
pub const TYPE_MAP: u8 = 1;
/// Yjs's number of a `Y.Text`.
pub const TYPE_TEXT: u8 = 2;

/// A struct's id: client and clock.
pub type Id = (u64, u32);

/// An update.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update<'a> {
    /// New structs by client, each list in order of clocks without holes (there may be [`Body::Skip`]s).
    pub clients: Vec<(u64, Vec<Struct<'a>>)>,
    /// What is deleted.
    pub deletes: Ranges,
}

/// Something that takes up `len` clocks of its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct<'a> {
    /// First clock.
    pub clock: u32,
    /// Number of clocks, at least 1.
    pub len: u32,
    /// What it is.
    pub body: Body<'a>,
}

/// What a struct is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'a> {
    /// Deleted together with what it hung on.
    Gc,
    /// A hole: the sender doesn't have it either.
    Skip,
    /// Something with a place.
    Item(Item<'a>),
}

/// A struct with a place in a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it was put behind.
    pub origin: Option<Id>,
    /// What it was put before.
    pub right_origin: Option<Id>,
    /// Type and key; only where there is neither origin.
    pub parent: Option<(Parent<'a>, Option<&'a str>)>,
    /// Whether it is under a key, as its info byte says; with an origin the key is that one's.
    pub keyed: bool,
    /// What it contains.
    pub content: Content<'a>,
}

/// Where an item hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent<'a> {
    /// A root type, by name.
    Root(&'a str),
    /// A nested type, by the id of its item.
    Nested(Id),
}

/// What an item contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// So many deleted things.
    Deleted(u32),
    /// Text; its length counts UTF-16 units.
    Text(std::borrow::Cow<'a, str>),
    /// Plain values, each as its bytes.
    Any(Vec<&'a [u8]>),
    /// A nested type without content.
    Type(u8),
    /// Something that no doc of ours holds (binary, embed, format, subdocument …), so many long.
    Foreign(u32),
}

impl Content<'_> {
    fn len(&self) -> Option<u32> {
        Some(match self {
            Self::Deleted(len) | Self::Foreign(len) => *len,
            Self::Text(text) => u32::try_from(text.encode_utf16().count()).ok()?,
            Self::Any(values) => u32::try_from(values.len()).ok()?,
            Self::Type(_) => 1,
        })
    }
}

impl<'a> Update<'a> {
    /// Reads a whole update.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let count = reader.count(3)?;
        let mut clients = Vec::with_capacity(count);
        let mut seen = HashSet::with_capacity(count);
        for _ in 0..count {
            let structs = reader.count(1)?;
            let client = reader.client()?;
            if !seen.insert(client) {
                return Err(Malformed("a client twice"));
            }
            let mut clock = reader.clock()?;
            let mut list = Vec::new();
            for _ in 0..structs {
                let (len, body) = read_struct(&mut reader)?;
                if len == 0 {
                    return Err(Malformed("an empty struct"));
                }
                list.push(Struct { clock, len, body });
                clock = advance(clock, len)?;
            }
            clients.push((client, list));
        }
        let deletes = read_deletes(&mut reader)?;
        reader.end()?;
        Ok(Self { clients, deletes })
    }

    /// Its bytes. There must be no [`Content::Foreign`] left in it.
    pub fn write(&self) -> Vec<u8> {
        let mut clients: Vec<_> = self.clients.iter().filter(|(_, structs)| !structs.is_empty()).collect();
        // Higher ids first, as Yjs writes them.
        clients.sort_by_key(|(client, _)| std::cmp::Reverse(*client));
        let mut writer = Writer::default();
        writer.number(clients.len() as u64);
        for (client, structs) in clients {
            writer.number(structs.len() as u64);
            writer.number(*client);
            writer.number(u64::from(structs[0].clock));
            for one in structs {
                write_struct(&mut writer, one);
            }
        }
        let deletes: Vec<_> = self.deletes.clients().collect();
        writer.number(deletes.len() as u64);
        for (client, ranges) in deletes {
            writer.number(client);
            writer.number(ranges.len() as u64);
            for (start, len) in ranges {
                writer.number(u64::from(start));
                writer.number(u64::from(len));
            }
        }
        writer.into_bytes()
    }
}

impl Struct<'_> {
    /// Drops its first `offset` clocks (fewer than its length), as Yjs does when it writes from the middle of one.
    pub fn trim(&mut self, client: u64, offset: u32) {
        if offset == 0 {
            return;
        }
        self.clock += offset;
        self.len -= offset;
        if let Body::Item(item) = &mut self.body {
            item.origin = Some((client, self.clock - 1));
            item.parent = None;
            match &mut item.content {
                Content::Deleted(len) | Content::Foreign(len) => *len -= offset,
                Content::Any(values) => drop(values.drain(..offset as usize)),
                Content::Text(text) => {
                    let units: Vec<u16> = text.encode_utf16().skip(offset as usize).collect();
                    // Half of a surrogate pair becomes U+FFFD, as in Yjs.
                    *text = std::borrow::Cow::Owned(String::from_utf16_lossy(&units));
                }
                Content::Type(_) => {}
            }
        }
    }
}

fn advance(clock: u32, len: u32) -> Result<u32, Malformed> {
    clock.checked_add(len).filter(|clock| *clock <= u32::MAX / 2).ok_or(Malformed("clock too large"))
}

fn read_id(reader: &mut Reader<'_>) -> Result<Id, Malformed> {
    Ok((reader.client()?, reader.clock()?))
}

fn read_struct<'a>(reader: &mut Reader<'a>) -> Result<(u32, Body<'a>), Malformed> {
    let info = reader.byte()?;
    match info & 0x1f {
        0 => return Ok((reader.clock()?, Body::Gc)),
        10 => return Ok((reader.clock()?, Body::Skip)),
        _ => {}
    }
    let origin = if info & HAS_ORIGIN != 0 { Some(read_id(reader)?) } else { None };
    let right_origin = if info & HAS_RIGHT_ORIGIN != 0 { Some(read_id(reader)?) } else { None };
    let keyed = info & HAS_PARENT_SUB != 0;
    let parent = if origin.is_none() && right_origin.is_none() {
        let parent = match reader.number()? {
            1 => Parent::Root(reader.string()?),
            0 => Parent::Nested(read_id(reader)?),
            _ => return Err(Malformed("unknown kind of parent")),
        };
        Some((parent, if keyed { Some(reader.string()?) } else { None }))
    } else {
        None
    };
    let content = read_content(reader, info & 0x1f)?;
    let len = content.len().ok_or(Malformed("content too long"))?;
    Ok((len, Body::Item(Item { origin, right_origin, parent, keyed, content })))
}

fn read_content<'a>(reader: &mut Reader<'a>, kind: u8) -> Result<Content<'a>, Malformed> {
    Ok(match kind {
        1 => Content::Deleted(reader.clock()?),
        2 => {
            let count = reader.count(1)?;
            for _ in 0..count {
                reader.string()?;
            }
            Content::Foreign(u32::try_from(count).map_err(|_| Malformed("content too long"))?)
        }
        3 => {
            reader.buffer()?;
            Content::Foreign(1)
        }
        4 => Content::Text(reader.string()?.into()),
        5 => {
            reader.string()?;
            Content::Foreign(1)
        }
        6 => {
            reader.string()?;
            reader.string()?;
            Content::Foreign(1)
        }
        7 => match reader.number()? {
            // XmlElement and XmlHook have a name.
            3 | 5 => {
                reader.string()?;
                Content::Foreign(1)
            }
            kind @ (0..=2 | 4 | 6) => Content::Type(kind as u8),
            _ => return Err(Malformed("unknown type")),
        },
        8 => {
            let count = reader.count(1)?;
            let mut values = Vec::with_capacity(count);
            for _ in 0..count {
                let from = reader.position();
                skip_any(reader, MAX_DEPTH)?;
                values.push(reader.since(from));
            }
            Content::Any(values)
        }
        9 => {
            reader.string()?;
            skip_any(reader, MAX_DEPTH)?;
            Content::Foreign(1)
        }
        _ => return Err(Malformed("unknown content")),
    })
}

fn skip_any(reader: &mut Reader<'_>, depth: u32) -> Result<(), Malformed> {
    let deeper = depth.checked_sub(1).ok_or(Malformed("nested too deep"))?;
    match reader.byte()? {
        127 | 126 | 121 | 120 => {}
        125 => reader.skip_signed()?,
        124 => drop(reader.take(4)?),
        123 | 122 => drop(reader.take(8)?),
        119 => drop(reader.string()?),
        118 => {
            for _ in 0..reader.count(2)? {
                reader.string()?;
                skip_any(reader, deeper)?;
            }
        }
        117 => {
            for _ in 0..reader.count(1)? {
                skip_any(reader, deeper)?;
            }
        }
        116 => drop(reader.buffer()?),
        _ => return Err(Malformed("unknown kind of value")),
    }
    Ok(())
}

fn read_deletes(reader: &mut Reader<'_>) -> Result<Ranges, Malformed> {
    let mut deletes = Ranges::default();
    for _ in 0..reader.count(2)? {
        let client = reader.client()?;
        for _ in 0..reader.count(2)? {
            let clock = reader.clock()?;
            let len = reader.clock()?;
            advance(clock, len)?;
            deletes.insert(client, clock, len);
        }
    }
    Ok(deletes)
}

fn write_id(writer: &mut Writer, (client, clock): Id) {
    writer.number(client);
    writer.number(u64::from(clock));
}

fn write_struct(writer: &mut Writer, one: &Struct<'_>) {
    let item = match &one.body {
        Body::Gc => {
            writer.byte(0);
            return writer.number(u64::from(one.len));
        }
        Body::Skip => {
            writer.byte(10);
            return writer.number(u64::from(one.len));
        }
        Body::Item(item) => item,
    };
    let kind = match &item.content {
        Content::Deleted(_) | Content::Foreign(_) => 1,
        Content::Text(_) => 4,
        Content::Type(_) => 7,
        Content::Any(_) => 8,
    };
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    writer.byte(
        kind | flag(item.origin.is_some(), HAS_ORIGIN)
            | flag(item.right_origin.is_some(), HAS_RIGHT_ORIGIN)
            | flag(item.keyed, HAS_PARENT_SUB),
    );
    for id in [item.origin, item.right_origin].into_iter().flatten() {
        write_id(writer, id);
    }
    if let Some((parent, key)) = &item.parent {
        match parent {
            Parent::Root(name) => {
                writer.number(1);
                writer.buffer(name.as_bytes());
            }
            Parent::Nested(id) => {
                writer.number(0);
                write_id(writer, *id);
            }
        }
        if let Some(key) = key {
            writer.buffer(key.as_bytes());
        }
    }
    match &item.content {
        Content::Deleted(len) | Content::Foreign(len) => writer.number(u64::from(*len)),
        Content::Text(text) => writer.buffer(text.as_bytes()),
        Content::Type(kind) => writer.number(u64::from(*kind)),
        Content::Any(values) => {
            writer.number(values.len() as u64);
            for value in values {
                writer.raw(value);
            }
        }
    }
}
