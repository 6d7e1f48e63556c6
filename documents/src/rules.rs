//! What both docs' rules share: limits of fields, and what came of looking at a touched key.

use crate::{DocChange, Rights};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{ErrorBody, ErrorCode, ParticipantId, Role};
use yrs::Any;
use yrs::any::Number;

/// Longest path, in characters.
const MAX_PATH: usize = 4_096;

/// What came of putting things right.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Net effect.
    pub changes: Vec<DocChange>,
    /// The first thing that had to be put right, and why.
    pub refused: Option<ErrorBody>,
    /// Something was removed beyond what the update said, which nothing else shows.
    pub removed_more: bool,
}

impl Outcome {
    /// Something is put right.
    pub fn refuse(&mut self, code: ErrorCode, message: &str) {
        self.refused.get_or_insert_with(|| ErrorBody::new(code, message));
    }
}

impl Rights {
    /// Whether they may write in a doc at all.
    pub fn may_write(&self, doc: DocName) -> bool {
        self.role >= Role::Collaborator || (doc == DocName::Notes && self.write_notes)
    }

    /// Whether they may change or remove what `author` made.
    pub fn owns(&self, author: ParticipantId) -> bool {
        self.role == Role::Host || self.participant == author
    }

    /// Whether what they write may run in the debuggee.
    pub fn may_run_code(&self) -> bool {
        self.role == Role::Host || self.code
    }
}

/// Longest id, in characters.
const MAX_ID: usize = 64;
/// What every object of JavaScript has: found under such an id where there is nothing, it would break all pages.
const OF_OBJECTS: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// What clients may choose as the key of an entry, note or reply.
pub fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= MAX_ID
        && !text.chars().any(char::is_control)
        && !OF_OBJECTS.contains(&text)
}

/// An absolute path, POSIX or Windows, of a sane length, without control characters.
pub fn is_path(path: &str) -> bool {
    let bytes = path.as_bytes();
    let absolute = match bytes {
        [b'/', _, ..] => true,
        [b'\\', b'\\', _, ..] => true,
        [drive, b':', b'/' | b'\\', _, ..] => drive.is_ascii_alphabetic(),
        _ => false,
    };
    absolute && path.chars().count() <= MAX_PATH && !path.chars().any(char::is_control)
}

/// A whole number from 1 to 2³¹ − 1.
pub fn positive(value: &Any) -> Option<u32> {
    let number = match value {
        Any::Number(Number::Int(number)) => *number,
        Any::Number(Number::Float(number)) if number.fract() == 0.0 && number.abs() < 1e10 => *number as i64,
        _ => return None,
    };
    u32::try_from(number).ok().filter(|number| (1..=i32::MAX as u32).contains(number))
}
