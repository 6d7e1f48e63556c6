//! Committed, then published: what waits for the journal before participants see it.
//!
//! Pure. At most one batch is with the journal; what is decided meanwhile gathers in the next one, so a slow disk
//! makes batches larger and never reorders anything. A batch costs each participant a message of its own, so what comes in
//! numbers and tells nothing of a stop (lines of output and of the chat) may gather a little longer ([`Pending::may_wait`]).

use super::state::GuestNews;
use breakroom_journal::{Batch, DocUpdate, Row};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::room::DocName;
use breakroom_protocol::wire::WireWord;
use breakroom_protocol::{
    ClientSeq, ConnectionId, EndReason, Envelope, ErrorBody, Event, GuestId, JournalSeq, ParticipantId,
    ProcessId, SourceHash,
};
use bytes::Bytes;
use std::sync::Arc;

/// Above this many gathered rows the session stops reading from upstream until the journal has caught up.
pub const GATHERED_ROWS: usize = 10_000;
/// With as many lines, a batch waits for no more.
const LINES: usize = 1_000;

/// Something to be sent once everything before it is committed.
#[derive(Debug)]
pub enum Publish {
    /// An event: its frame, and the event to fold.
    Event(Box<Envelope>, Bytes),
    /// A command's end: why it was refused, or what was asked for where it is for nobody else. A refusal waits too: one that
    /// came before the events that it followed would be about a stop that its reader doesn't know yet.
    Reply(ConnectionId, ClientSeq, Result<Option<ReplyResult>, Box<ErrorBody>>),
    /// A doc's update, to every doc socket but one.
    Doc {
        /// Which doc.
        doc: DocName,
        /// Its y-websocket frame.
        frame: Bytes,
        /// Who has it already.
        except: Option<ConnectionId>,
    },
    /// A doc frame to one socket.
    DocReply(ConnectionId, Bytes),
    /// To the editor on the wire.
    Wire(ProcessId, WireWord),
    /// It is told nothing more.
    EndWire(ProcessId),
    /// To a guest who waits.
    Guest(GuestId, GuestNews),
    /// The session is over.
    Finish(EndReason),
}

/// The batch that gathers, and what was handed to the journal.
#[derive(Debug, Default)]
pub struct Pending {
    batch: Batch,
    gathered: Vec<Publish>,
    in_flight: Option<Vec<Publish>>,
    next_token: u64,
    /// Something gathered is more than lines and replies without a result, as a line's is.
    pressing: bool,
}

impl Pending {
    /// Gathers an event. Its body is serialised once, for the database and for every connection.
    pub fn event(&mut self, envelope: Envelope) -> Result<(), serde_json::Error> {
        let row = Row::new(&envelope)?;
        let frame = event_frame(&row);
        self.pressing |= !matches!(envelope.event, Event::Output { .. } | Event::Chat { .. });
        self.batch.events.push(row);
        self.gathered.push(Publish::Event(Box::new(envelope), frame));
        Ok(())
    }

    /// Gathers a source text, for the transaction of the `source` event that follows.
    pub fn source(&mut self, hash: SourceHash, text: Arc<str>) {
        self.batch.sources.push((hash, text));
    }

    /// Gathers a doc update.
    pub fn doc_update(&mut self, update: DocUpdate) {
        self.batch.doc_updates.push(update);
    }

    /// Gathers whose the docs' client ids are, beside a whole state of them.
    pub fn doc_clients(&mut self, clients: Vec<(u64, ParticipantId)>) {
        self.batch.doc_clients = clients;
    }

    /// Gathers a keyframe of what is published so far.
    pub fn keyframe(&mut self, seq: JournalSeq, snapshot: String) {
        self.batch.keyframe = Some((seq, snapshot));
    }

    /// Something to send after what was gathered before it. Given back at once if nothing is waiting.
    pub fn after(&mut self, publish: Publish) -> Option<Publish> {
        if self.idle() {
            return Some(publish);
        }
        self.pressing |= !matches!(publish, Publish::Reply(_, _, Ok(None) | Err(_)));
        self.gathered.push(publish);
        None
    }

    /// Whether nothing is gathered and nothing is with the journal.
    pub fn idle(&self) -> bool {
        self.in_flight.is_none() && self.gathered.is_empty() && self.is_batch_empty()
    }

    /// Whether there is something to write that nobody waits for, so that more of the kind may come first.
    pub fn may_wait(&self) -> bool {
        let lines = 1..LINES;
        self.in_flight.is_none()
            && !self.pressing
            && self.batch.doc_updates.is_empty()
            && self.batch.sources.is_empty()
            && lines.contains(&self.gathered.len())
    }

    /// Whether reading from upstream should wait.
    pub fn backlogged(&self) -> bool {
        self.batch.events.len().max(self.gathered.len()) >= GATHERED_ROWS
    }

    /// The next batch for the journal, if none is there and there is something to write.
    pub fn take(&mut self) -> Option<Batch> {
        if self.in_flight.is_some() || (self.gathered.is_empty() && self.is_batch_empty()) {
            return None;
        }
        self.next_token += 1;
        self.in_flight = Some(std::mem::take(&mut self.gathered));
        self.pressing = false;
        let mut batch = std::mem::take(&mut self.batch);
        batch.token = self.next_token;
        Some(batch)
    }

    /// The batch with the journal is done: what may be sent now.
    pub fn committed(&mut self, token: u64) -> Vec<Publish> {
        debug_assert_eq!(token, self.next_token, "one batch at a time");
        self.in_flight.take().unwrap_or_default()
    }

    fn is_batch_empty(&self) -> bool {
        let Batch { events, doc_updates, sources, keyframe, .. } = &self.batch;
        events.is_empty() && doc_updates.is_empty() && sources.is_empty() && keyframe.is_none()
    }
}

/// The live socket's frame for an event, around the body that the database has.
fn event_frame(row: &Row) -> Bytes {
    use std::fmt::Write as _;
    let mut frame = String::with_capacity(row.body.len() + 128);
    let by = row.by.map_or_else(|| "null".to_owned(), |by| format!("\"{by}\""));
    // Writing to a String can't fail.
    let _infallible = write!(
        frame,
        r#"{{"type":"event","seq":{},"at":{},"by":{by},"event":{}}}"#,
        row.seq, row.at, row.body
    );
    Bytes::from(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{Event, ServerMessage};

    fn chat(seq: u64) -> Envelope {
        Envelope { seq: JournalSeq(seq), at: 5, by: None, event: Event::Chat { text: "\"hi\"\n".into() } }
    }

    #[test]
    fn a_frame_is_the_message_that_the_protocol_says() {
        let mut pending = Pending::default();
        pending.event(chat(3)).unwrap();
        pending.take().unwrap();
        let [Publish::Event(_, frame)] = &pending.committed(1)[..] else { panic!("one event") };
        let message: ServerMessage = serde_json::from_slice(frame).unwrap();
        assert_eq!(message, ServerMessage::Event(chat(3)));
    }

    #[test]
    fn lines_may_wait_and_what_tells_of_a_stop_does_not() {
        let reply = || Publish::Reply(ConnectionId(1), ClientSeq(1), Ok(None));
        let mut pending = Pending::default();
        assert!(!pending.may_wait(), "there is nothing");
        pending.event(chat(1)).unwrap();
        pending.after(reply());
        assert!(pending.may_wait());
        pending.event(Envelope { event: Event::PauseRequested, ..chat(2) }).unwrap();
        assert!(!pending.may_wait());
        pending.take().unwrap();
        pending.event(chat(3)).unwrap();
        assert!(!pending.may_wait(), "the next one gathers anyway");
        pending.committed(1);
        assert!(pending.may_wait());
        pending.after(Publish::DocReply(ConnectionId(1), Bytes::new()));
        assert!(!pending.may_wait());
        pending.take().unwrap();
        pending.committed(2);
        for seq in 0..LINES as u64 {
            pending.event(chat(seq)).unwrap();
        }
        assert!(!pending.may_wait(), "there are enough");
    }

    #[test]
    fn one_batch_at_a_time_and_the_rest_gathers() {
        let mut pending = Pending::default();
        assert!(
            pending.after(Publish::Reply(ConnectionId(1), ClientSeq(1), Ok(None))).is_some(),
            "nothing to wait for"
        );
        pending.event(chat(1)).unwrap();
        assert_eq!(pending.take().unwrap().events.len(), 1);
        pending.event(chat(2)).unwrap();
        pending.event(chat(3)).unwrap();
        assert!(pending.after(Publish::Reply(ConnectionId(1), ClientSeq(1), Ok(None))).is_none());
        assert!(pending.take().is_none());
        assert_eq!(pending.committed(1).len(), 1);
        assert_eq!(pending.take().unwrap().events.len(), 2);
        assert_eq!(pending.committed(2).len(), 3);
        assert!(pending.idle());
    }
}
