//! A replica of the `breakpoints` doc: y-websocket frames in and out. Sans-IO.
//!
//! The server answers an edit that it doesn't keep by putting the doc right, without saying what it was about. So the
//! replica remembers what it wrote, and says which of it is no longer so.

use crate::facade::Edit;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{BreakpointEntry, EntryId};
use std::collections::{HashMap, VecDeque};
use yrs::sync::{Message, SyncMessage};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Any, Doc, Map, MapRef, Out, ReadTxn, StateVector, Transact, TransactionMut, Update};

/// Edits that are watched; the oldest are believed kept.
const WATCHED: usize = 256;

/// What came of a frame.
#[derive(Debug, Default)]
pub struct Received {
    /// To send.
    pub reply: Option<Vec<u8>>,
    /// The server's whole state is in: edits may be made.
    pub in_sync: bool,
    /// Edits that were not kept.
    pub refused: Vec<EntryId>,
}

/// The doc, and what this client wrote in it.
#[derive(Debug)]
pub struct Replica {
    doc: Doc,
    root: MapRef,
    wrote: VecDeque<Edit>,
}

impl Replica {
    pub fn new() -> Self {
        let doc = Doc::new();
        let root = doc.get_or_insert_map(DocName::Breakpoints.as_str());
        Self { doc, root, wrote: VecDeque::new() }
    }

    /// The first frame on a new connection: what we have.
    pub fn hello(&self) -> Vec<u8> {
        let state: StateVector = self.doc.transact().state_vector();
        Message::Sync(SyncMessage::SyncStep1(state)).encode_v1()
    }

    /// Takes a frame in. `Err`: it is no such frame.
    pub fn receive(&mut self, frame: &[u8]) -> Result<Received, String> {
        let mut received = Received::default();
        match Message::decode_v1(frame).map_err(|error| error.to_string())? {
            Message::Sync(SyncMessage::SyncStep1(theirs)) => {
                let missing = self.doc.transact().encode_state_as_update_v1(&theirs);
                received.reply = Some(Message::Sync(SyncMessage::SyncStep2(missing)).encode_v1());
            }
            Message::Sync(SyncMessage::SyncStep2(update)) => {
                self.apply(&update)?;
                received.in_sync = true;
            }
            Message::Sync(SyncMessage::Update(update)) => self.apply(&update)?,
            Message::Auth(_) | Message::AwarenessQuery | Message::Awareness(_) | Message::Custom(..) => {}
        }
        received.refused = self.not_kept();
        Ok(received)
    }

    fn apply(&self, update: &[u8]) -> Result<(), String> {
        let update = Update::decode_v1(update).map_err(|error| error.to_string())?;
        self.doc.transact_mut().apply_update(update).map_err(|error| error.to_string())
    }

    /// Makes an edit; the frame that tells it.
    pub fn edit(&mut self, edit: Edit) -> Vec<u8> {
        let mut txn: TransactionMut<'_> = self.doc.transact_mut();
        match &edit {
            Edit::Set(entry) => {
                let _inserted = self.root.insert(&mut txn, entry.id.0.as_str(), Any::from(fields(entry)));
            }
            Edit::Remove(id) => {
                let _was = self.root.remove(&mut txn, &id.0);
            }
        }
        txn.commit();
        let update = txn.encode_update_v1();
        drop(txn);
        self.wrote.retain(|other| id_of(other) != id_of(&edit));
        self.wrote.push_back(edit);
        if self.wrote.len() > WATCHED {
            self.wrote.pop_front();
        }
        Message::Sync(SyncMessage::Update(update)).encode_v1()
    }

    fn not_kept(&mut self) -> Vec<EntryId> {
        let txn = self.doc.transact();
        let mut refused = Vec::new();
        self.wrote.retain(|edit| {
            let now = self.root.get(&txn, &id_of(edit).0);
            let kept = match (edit, now) {
                (Edit::Remove(_), now) => now.is_none(),
                (Edit::Set(entry), Some(Out::Any(Any::Map(now)))) => {
                    // Who wrote it is the server's to say.
                    let same = |(key, value): (&String, &Any)| key == "author" || now.get(key) == Some(value);
                    fields(entry).iter().all(same)
                }
                (Edit::Set(_), _) => false,
            };
            if !kept {
                refused.push(id_of(edit).clone());
            }
            kept
        });
        refused
    }
}

const fn id_of(edit: &Edit) -> &EntryId {
    match edit {
        Edit::Set(entry) => &entry.id,
        Edit::Remove(id) => id,
    }
}

/// An entry as it stands in the doc.
fn fields(entry: &BreakpointEntry) -> HashMap<String, Any> {
    let mut fields = HashMap::from([
        ("enabled".to_owned(), Any::Bool(entry.enabled)),
        ("author".to_owned(), Any::from(entry.author.to_string())),
    ]);
    // One on a function has no line.
    if entry.function.is_none() {
        fields.insert("path".to_owned(), Any::from(entry.path.as_str()));
        fields.insert("line".to_owned(), Any::from(i64::from(entry.line)));
    }
    let texts = [
        ("condition", &entry.condition),
        ("hitCondition", &entry.hit_condition),
        ("logMessage", &entry.log_message),
        ("function", &entry.function),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            fields.insert(key.to_owned(), Any::from(text.as_str()));
        }
    }
    if entry.snap {
        fields.insert("snap".to_owned(), Any::Bool(true));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_documents::{Documents, Rights};
    use breakroom_protocol::{ConnectionId, Participant, ParticipantId, ParticipantKind, Role};

    fn entry(id: &str, condition: Option<&str>, author: ParticipantId) -> BreakpointEntry {
        BreakpointEntry {
            id: id.into(),
            path: "/app.py".to_owned(),
            line: 3,
            function: None,
            snap: false,
            condition: condition.map(str::to_owned),
            hit_condition: None,
            log_message: None,
            enabled: true,
            author,
        }
    }

    /// The server's own docs on the other side: what it doesn't keep is told, what it keeps isn't.
    #[test]
    fn what_the_server_does_not_keep_is_found_out() {
        let participant = ParticipantId::new();
        let who = Participant {
            id: participant,
            name: "Bob".to_owned(),
            role: Role::Collaborator,
            kind: ParticipantKind::Guest,
            may_write_notes: true,
        };
        let rights = Rights { participant, role: Role::Collaborator, write_notes: true, code: false };
        let (mut server, mut replica) = (Documents::new(), Replica::new());
        let connection = ConnectionId(1);
        let mut in_sync = false;
        for frame in server.open(connection, DocName::Breakpoints, &who) {
            if let Some(reply) = replica.receive(&frame).unwrap().reply {
                server.receive(connection, &reply, &rights, 1);
            }
        }
        for frame in server.receive(connection, &replica.hello(), &rights, 1).reply {
            in_sync |= replica.receive(&frame).unwrap().in_sync;
        }
        assert!(in_sync);
        let mut sends = |replica: &mut Replica, edit: Edit| {
            let received = server.receive(connection, &replica.edit(edit), &rights, 1);
            let back = received.frame.filter(|_| received.to_sender_too);
            back.map(|frame| replica.receive(&frame).unwrap().refused).unwrap_or_default()
        };
        assert_eq!(sends(&mut replica, Edit::Set(entry("a", None, participant))), []);
        assert_eq!(sends(&mut replica, Edit::Set(entry("b", Some("x"), participant))), [EntryId::from("b")]);
        assert_eq!(sends(&mut replica, Edit::Remove("a".into())), []);
        assert!(replica.receive(b"\xff\xff").is_err());
    }
}
