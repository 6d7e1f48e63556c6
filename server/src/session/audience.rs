//! Everybody's sockets, and the newest frames for those who come back.
//!
//! Owned by the session task. Sending never waits ([`Outbox`]).

use super::frames::Frames;
use super::outbox::Outbox;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, ConnectionId, JournalSeq, Me, ParticipantId, Role, TicketId};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// Events kept in memory for resuming; who missed more gets a snapshot.
pub const KEPT_EVENTS: usize = 2_000;
/// Bytes of them.
pub const KEPT_BYTES: usize = 2 * 1024 * 1024;

/// A live socket or a doc socket.
#[derive(Debug)]
pub struct Member {
    /// Whose.
    pub me: Me,
    /// By which ticket.
    pub ticket: TicketId,
    /// `Some`: a doc socket.
    pub doc: Option<DocName>,
    /// Its way out.
    pub outbox: Outbox,
}

/// All sockets of one session.
#[derive(Debug, Default)]
pub struct Audience {
    members: BTreeMap<ConnectionId, Member>,
    kept: VecDeque<(JournalSeq, Bytes)>,
    kept_bytes: usize,
}

impl Audience {
    /// Adds a socket.
    pub fn add(&mut self, connection: ConnectionId, member: Member) {
        self.members.insert(connection, member);
    }

    /// Forgets a socket.
    pub fn remove(&mut self, connection: ConnectionId) -> Option<Member> {
        self.members.remove(&connection)
    }

    /// A socket.
    pub fn get(&self, connection: ConnectionId) -> Option<&Member> {
        self.members.get(&connection)
    }

    /// Whose sockets these are, and by which tickets.
    pub fn tickets(&self) -> Vec<(TicketId, ParticipantId)> {
        self.members.values().map(|member| (member.ticket, member.me.participant.id)).collect()
    }

    /// Sends a batch of events to every live socket.
    pub fn publish(&mut self, events: Vec<(JournalSeq, Bytes)>) {
        if events.is_empty() {
            return;
        }
        let frames = Frames::texts(events.iter().map(|(_, message)| &message[..]));
        for member in self.members.values().filter(|member| member.doc.is_none()) {
            member.outbox.send(frames.clone());
        }
        for (seq, frame) in events {
            self.kept_bytes += frame.len();
            self.kept.push_back((seq, frame));
        }
        while self.kept.len() > KEPT_EVENTS || self.kept_bytes > KEPT_BYTES {
            match self.kept.pop_front() {
                Some((_, frame)) => self.kept_bytes -= frame.len(),
                None => break,
            }
        }
    }

    /// Frames of an earlier life of the session.
    pub fn keep(&mut self, events: Vec<(JournalSeq, Bytes)>) {
        self.kept_bytes += events.iter().map(|(_, frame)| frame.len()).sum::<usize>();
        self.kept.extend(events);
    }

    /// The frames after `from`, if all of them are still here. `last`: the last published number.
    pub fn since(&self, from: JournalSeq, last: JournalSeq) -> Option<Vec<Bytes>> {
        if from == last {
            return Some(Vec::new());
        }
        let oldest = self.kept.front()?.0;
        if from > last || from.0 + 1 < oldest.0 {
            return None;
        }
        Some(self.kept.iter().filter(|(seq, _)| *seq > from).map(|(_, frame)| frame.clone()).collect())
    }

    /// Sends a socket its first message, however large.
    pub fn welcome(&self, connection: ConnectionId, message: &[u8]) {
        if let Some(member) = self.members.get(&connection) {
            member.outbox.welcome(Frames::text(message));
        }
    }

    /// Sends a text message to one socket.
    pub fn text(&self, connection: ConnectionId, message: &[u8]) {
        self.texts(connection, [message]);
    }

    /// Sends text messages to one socket.
    pub fn texts<'a>(&self, connection: ConnectionId, messages: impl IntoIterator<Item = &'a [u8]>) {
        if let Some(member) = self.members.get(&connection) {
            member.outbox.send(Frames::texts(messages));
        }
    }

    /// Sends a text message to every live socket.
    pub fn text_to_all(&self, message: &[u8]) {
        let frames = Frames::text(message);
        for member in self.members.values().filter(|member| member.doc.is_none()) {
            member.outbox.send(frames.clone());
        }
    }

    /// Sends a text message to every live socket of a host.
    pub fn text_to_hosts(&self, message: &[u8]) {
        let frames = Frames::text(message);
        let hosts = self.members.values().filter(|member| member.me.participant.role == Role::Host);
        for member in hosts.filter(|member| member.doc.is_none()) {
            member.outbox.send(frames.clone());
        }
    }

    /// Sends a binary message to one socket.
    pub fn binary(&self, connection: ConnectionId, message: &[u8]) {
        if let Some(member) = self.members.get(&connection) {
            member.outbox.send(Frames::binary(message));
        }
    }

    /// Sends a binary message to every socket of a doc but one.
    pub fn binary_to_doc(&self, doc: DocName, message: &[u8], except: Option<ConnectionId>) {
        let frames = Frames::binary(message);
        for (connection, member) in &self.members {
            if member.doc == Some(doc) && Some(*connection) != except {
                member.outbox.send(frames.clone());
            }
        }
    }

    /// Closes every socket of a participant. They are forgotten when their tasks say that they closed.
    pub fn close_participant(&self, participant: ParticipantId, code: CloseCode) {
        for member in self.members.values().filter(|member| member.me.participant.id == participant) {
            member.outbox.close(code);
        }
    }

    /// Closes every socket that came by a ticket. Returns whether its participant has live sockets left.
    pub fn close_ticket(&self, ticket: TicketId, participant: ParticipantId, code: CloseCode) -> bool {
        let mut left = false;
        for member in self.members.values().filter(|member| member.me.participant.id == participant) {
            if member.ticket == ticket {
                member.outbox.close(code);
            } else {
                left |= member.doc.is_none();
            }
        }
        left
    }

    /// Closes every socket after what waits for it.
    pub fn finish(&mut self, code: CloseCode) {
        for (_, member) in std::mem::take(&mut self.members) {
            member.outbox.finish(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{Participant, ParticipantKind};

    fn frames(range: std::ops::RangeInclusive<u64>) -> Vec<(JournalSeq, Bytes)> {
        range.map(|seq| (JournalSeq(seq), Bytes::from(seq.to_string()))).collect()
    }

    #[test]
    fn who_comes_back_gets_just_what_was_missed() {
        let mut audience = Audience::default();
        audience.publish(frames(1..=10));
        let missed = audience.since(JournalSeq(7), JournalSeq(10)).unwrap();
        assert_eq!(missed, [Bytes::from("8"), Bytes::from("9"), Bytes::from("10")]);
        assert_eq!(audience.since(JournalSeq(10), JournalSeq(10)), Some(Vec::new()));
        assert_eq!(
            audience.since(JournalSeq(11), JournalSeq(10)),
            None,
            "from the future: a snapshot instead"
        );
    }

    #[tokio::test]
    async fn all_that_is_kept_fits_a_socket_s_way_out() {
        let mut audience = Audience::default();
        audience.publish(frames(1..=KEPT_EVENTS as u64));
        let (outbox, mut reader) = crate::session::outbox();
        let participant = Participant {
            id: ParticipantId(uuid::Uuid::nil()),
            name: "Ada".into(),
            role: Role::Watcher,
            kind: ParticipantKind::Guest,
            may_write_notes: false,
        };
        let me = Me { participant, session: None, expires_at: 0 };
        let ticket = TicketId(uuid::Uuid::nil());
        audience.add(ConnectionId(1), Member { me, ticket, doc: None, outbox });
        let missed = audience.since(JournalSeq(1), JournalSeq(KEPT_EVENTS as u64)).unwrap();
        audience.texts(ConnectionId(1), missed.iter().map(|message| &message[..]));
        assert!(reader.next(1).await.unwrap().len() > missed.len());
        audience.finish(CloseCode::SessionEnded);
        assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::SessionEnded));
    }

    #[test]
    fn who_missed_too_much_gets_a_snapshot() {
        let mut audience = Audience::default();
        audience.publish(frames(1..=KEPT_EVENTS as u64 + 5));
        let last = JournalSeq(KEPT_EVENTS as u64 + 5);
        assert_eq!(audience.since(JournalSeq(4), last), None);
        assert_eq!(audience.since(JournalSeq(5), last).map(|missed| missed.len()), Some(KEPT_EVENTS));
    }
}
