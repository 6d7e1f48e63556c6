//! A room of simulated clients: yrs docs that behave as stock y-websocket providers do.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part; tests may unwrap")]

use breakroom_documents::{Documents, Received, Rights};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, ConnectionId, Participant, ParticipantId, ParticipantKind, Role};
use std::collections::{HashMap, VecDeque};
use yrs::updates::decoder::Decode;
use yrs::{
    Any, ClientID, Doc, GetString, Map, MapPrelim, MapRef, OffsetKind, Options, Out, ReadTxn, StateVector,
    Text, TextPrelim, TextRef, Transact, TransactionMut, Update,
};

pub const PATH: &str = "/app/lights.py";
/// What the server's clock says.
pub const NOW: u64 = 1_700_000_000_000;

/// lib0 bytes.
pub fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn buffer(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub fn sync_frame(kind: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    number(&mut frame, kind);
    buffer(&mut frame, body);
    frame
}

pub fn update_frame(update: &[u8]) -> Vec<u8> {
    sync_frame(2, update)
}

pub fn awareness_frame(entries: &[(u64, u64, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    number(&mut body, entries.len() as u64);
    for (client, clock, state) in entries {
        number(&mut body, *client);
        number(&mut body, *clock);
        buffer(&mut body, state.as_bytes());
    }
    let mut frame = vec![1];
    buffer(&mut frame, &body);
    frame
}

/// One client: a doc, and what the network still carries to it.
pub struct Client {
    pub doc: Doc,
    pub root: MapRef,
    pub connection: ConnectionId,
    pub rights: Rights,
    pub name: DocName,
    pub inbox: VecDeque<Vec<u8>>,
    pub closed: Option<CloseCode>,
    pub denied: usize,
    /// What it made and hasn't sent.
    pub outbox: VecDeque<Vec<u8>>,
}

impl Client {
    pub fn edit<R>(&mut self, edit: impl FnOnce(&mut TransactionMut<'_>, &MapRef) -> R) -> R {
        let mut txn = self.doc.transact_mut();
        let answer = edit(&mut txn, &self.root);
        txn.commit();
        let update = txn.encode_update_v1();
        if update != Update::EMPTY_V1 {
            self.outbox.push_back(update_frame(&update));
        }
        answer
    }

    pub fn id(&self) -> u64 {
        self.doc.client_id().get()
    }

    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    /// What its doc says, comparable between replicas.
    pub fn content(&self) -> String {
        content(&self.doc, self.name)
    }

    pub fn set(&mut self, id: &str, entry: Any) {
        self.edit(|txn, root| {
            root.insert(txn, id, entry);
        });
    }

    pub fn remove(&mut self, id: &str) {
        self.edit(|txn, root| {
            root.remove(txn, id);
        });
    }

    pub fn write(&mut self, id: &str, line: i64, text: &str) {
        self.edit(|txn, root| {
            let note: MapPrelim = [
                ("path", yrs::In::from(Any::from(PATH))),
                ("line", Any::from(line).into()),
                ("author", Any::from("me").into()),
                ("text", TextPrelim::new(text).into()),
            ]
            .into_iter()
            .collect();
            root.insert(txn, id, note);
        });
    }

    pub fn reply(&mut self, id: &str, to: &str, text: &str) {
        self.edit(|txn, root| {
            let reply: MapPrelim = [
                ("note", yrs::In::from(Any::from(to))),
                ("author", Any::from("me").into()),
                ("text", TextPrelim::new(text).into()),
            ]
            .into_iter()
            .collect();
            root.insert(txn, id, reply);
        });
    }

    /// Sets a field of a note or reply; `None`: removes it.
    pub fn field(&mut self, id: &str, field: &str, value: Option<Any>) {
        let map = self.note(id).unwrap();
        self.edit(|txn, _| match value {
            Some(value) => drop(map.insert(txn, field, value)),
            None => drop(map.remove(txn, field)),
        });
    }

    pub fn note(&self, id: &str) -> Option<MapRef> {
        match self.root.get(&self.doc.transact(), id) {
            Some(Out::YMap(map)) => Some(map),
            _ => None,
        }
    }

    pub fn text(&self, id: &str) -> Option<TextRef> {
        match self.note(id)?.get(&self.doc.transact(), "text") {
            Some(Out::YText(text)) => Some(text),
            _ => None,
        }
    }

    pub fn type_in(&mut self, id: &str, at: u32, chunk: &str) {
        let text = self.text(id).unwrap();
        self.edit(|txn, _| text.insert(txn, at, chunk));
    }
}

pub fn content(doc: &Doc, name: DocName) -> String {
    let root = doc.get_or_insert_map(name.as_str());
    let txn = doc.transact();
    let mut lines: Vec<String> = root
        .iter(&txn)
        .map(|(key, value)| {
            let value = match value {
                Out::YMap(map) => {
                    let mut fields: Vec<String> = map
                        .iter(&txn)
                        .map(|(field, value)| match value {
                            Out::YText(text) => format!("{field}={:?}", text.get_string(&txn)),
                            other => format!("{field}={}", other.to_string(&txn)),
                        })
                        .collect();
                    fields.sort();
                    fields.join(" ")
                }
                Out::Any(Any::Map(fields)) => {
                    let mut fields: Vec<String> =
                        fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    fields.sort();
                    fields.join(" ")
                }
                other => format!("?{}", other.to_string(&txn)),
            };
            format!("{key}: {value}")
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

pub fn entry(line: i64, more: &[(&str, Any)]) -> Any {
    let mut fields: HashMap<String, Any> = HashMap::from([
        ("path".to_owned(), Any::from(PATH)),
        ("line".to_owned(), Any::from(line)),
        ("enabled".to_owned(), Any::Bool(true)),
        ("author".to_owned(), Any::from("00000000-0000-0000-0000-000000000000")),
    ]);
    for (key, value) in more {
        fields.insert((*key).to_owned(), value.clone());
    }
    Any::from(fields)
}

pub fn participant(rights: &Rights) -> Participant {
    Participant {
        id: rights.participant,
        name: "Somebody".into(),
        role: rights.role,
        kind: ParticipantKind::Guest,
        may_write_notes: rights.write_notes,
    }
}

pub fn rights(role: Role, code: bool) -> Rights {
    Rights { participant: ParticipantId::new(), role, write_notes: role != Role::Watcher, code }
}

/// The server and everybody at one doc.
pub struct Room {
    pub documents: Documents,
    pub name: DocName,
    pub clients: Vec<Client>,
    /// What a journal would hold.
    pub journal: Vec<(Vec<u8>, Option<ParticipantId>)>,
}

impl Room {
    pub fn new(name: DocName) -> Self {
        Self { documents: Documents::new(), name, clients: Vec::new(), journal: Vec::new() }
    }

    /// With a host, a collaborator, and one who may run code while driving; where each is.
    pub fn of_three(name: DocName) -> (Self, usize, usize, usize) {
        let mut room = Self::new(name);
        let host = room.join(rights(Role::Host, false));
        let ada = room.join(rights(Role::Collaborator, false));
        let bob = room.join(rights(Role::Collaborator, true));
        room.settle();
        (room, host, ada, bob)
    }

    pub fn join(&mut self, rights: Rights) -> usize {
        self.join_as(rights, 1000 + self.clients.len() as u64)
    }

    pub fn join_as(&mut self, rights: Rights, client: u64) -> usize {
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            ..Options::with_client_id(ClientID::new(client))
        });
        let root = doc.get_or_insert_map(self.name.as_str());
        let at = self.clients.len();
        let connection = ConnectionId(at as u64);
        let frames = self.documents.open(connection, self.name, &participant(&rights));
        let step_1 = sync_frame(0, &[0]);
        self.clients.push(Client {
            doc,
            root,
            connection,
            rights,
            name: self.name,
            inbox: frames.into(),
            closed: None,
            denied: 0,
            outbox: VecDeque::from([step_1]),
        });
        at
    }

    /// Hands a frame of a client to the server and spreads what comes of it.
    pub fn deliver(&mut self, at: usize, frame: &[u8]) -> Received {
        let received =
            self.documents.receive(self.clients[at].connection, frame, &self.clients[at].rights, NOW);
        assert_eq!(received.update.is_some(), received.frame.is_some());
        if let Some(update) = &received.update {
            self.journal.push((update.clone(), Some(self.clients[at].rights.participant)));
        }
        let client = &mut self.clients[at];
        client.closed = client.closed.or(received.close);
        client.inbox.extend(received.reply.iter().cloned());
        for (other, client) in self.clients.iter_mut().enumerate() {
            if let Some(frame) = &received.frame
                && (other != at || received.to_sender_too)
            {
                client.inbox.push_back(frame.clone());
            }
        }
        received
    }

    /// A client reads the next frame, if there is one.
    pub fn read(&mut self, at: usize) -> bool {
        let client = &mut self.clients[at];
        let Some(frame) = client.inbox.pop_front() else { return false };
        match frame[0] {
            0 => {
                let mut rest = &frame[2..];
                let body = take_buffer(&mut rest);
                if frame[1] == 0 {
                    let known = StateVector::decode_v1(body).unwrap();
                    let update = client.doc.transact().encode_state_as_update_v1(&known);
                    client.outbox.push_back(sync_frame(1, &update));
                } else {
                    let update = Update::decode_v1(body).unwrap();
                    client.doc.transact_mut().apply_update(update).unwrap();
                }
            }
            1 => {}
            2 => client.denied += 1,
            other => panic!("unexpected message {other}"),
        }
        true
    }

    /// A client sends its next frame, if there is one.
    pub fn send(&mut self, at: usize) -> Option<Received> {
        let frame = self.clients[at].outbox.pop_front()?;
        Some(self.deliver(at, &frame))
    }

    /// Everything arrives; gives the last answer that did something.
    pub fn settle(&mut self) -> Received {
        let mut last = Received::default();
        loop {
            let mut progress = false;
            for at in 0..self.clients.len() {
                while let Some(received) = self.send(at) {
                    if received != Received::default()
                        && (received.reply.is_empty() || received.refused.is_some())
                    {
                        last = received;
                    }
                    progress = true;
                }
                while self.read(at) {
                    progress = true;
                }
            }
            if !progress {
                return last;
            }
        }
    }

    /// What the server's doc says.
    pub fn content(&self) -> String {
        let doc = Doc::new();
        doc.transact_mut()
            .apply_update(Update::decode_v1(&self.documents.state(self.name)).unwrap())
            .unwrap();
        content(&doc, self.name)
    }

    /// All open clients that may write say what the server says, and hold nothing pending.
    pub fn assert_converged(&self) {
        let expected = self.content();
        for (at, client) in self.clients.iter().enumerate() {
            if client.closed.is_none() && client.denied == 0 {
                assert_eq!(client.content(), expected, "client {at}");
                assert!(client.doc.transact().store().pending_update().is_none(), "client {at} waits");
            }
        }
    }
}

pub fn take_buffer<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (mut len, mut shift) = (0_usize, 0);
    loop {
        let byte = rest[0];
        *rest = &rest[1..];
        len |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (body, tail) = rest.split_at(len);
    *rest = tail;
    body
}
