//! One socket, and how often it is told all that there is. Pure: the caller says what time it is.

use breakroom_protocol::room::DocName;
use breakroom_protocol::{ParticipantId, UnixMillis};

/// Answers at once. A stock client asks once, as it opens.
const AT_ONCE: UnixMillis = 8;
/// One more every so often; stock providers can be told to ask again every few seconds.
const EVERY_MS: UnixMillis = 2_000;

/// An open socket of a doc.
#[derive(Debug)]
pub struct Connection {
    /// Which doc.
    pub doc: DocName,
    /// Whose.
    pub who: ParticipantId,
    /// Until when its answers are used up, had it one every [`EVERY_MS`].
    until: UnixMillis,
}

impl Connection {
    /// One that hasn't asked anything.
    pub fn new(doc: DocName, who: ParticipantId) -> Self {
        Self { doc, who, until: 0 }
    }

    /// Takes an answer; `false`: there were too many. A question has a few bytes, its answer in a full doc megabytes.
    pub fn may_ask(&mut self, now: UnixMillis) -> bool {
        let until = self.until.max(now) + EVERY_MS;
        let may = until <= now + AT_ONCE * EVERY_MS;
        if may {
            self.until = until;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_at_once_and_then_one_every_so_often() {
        let (mut connection, now) = (Connection::new(DocName::Notes, ParticipantId::new()), 1_000_000);
        assert_eq!((0..20).filter(|_| connection.may_ask(now)).count(), 8);
        assert!(!connection.may_ask(now + EVERY_MS - 1));
        assert!(connection.may_ask(now + EVERY_MS));
        assert!(!connection.may_ask(now + EVERY_MS));
        assert_eq!((0..20).filter(|_| connection.may_ask(now + 3_600_000)).count(), 8);
    }
}
