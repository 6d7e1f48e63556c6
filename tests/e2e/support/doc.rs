//! A doc socket: a stock Yjs client over raw y-websocket frames.

use super::lag::{lag, received, sent};
use super::live::{Socket, connect};
use super::{Browser, within};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, SessionId};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Doc, GetString, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, Text, TextPrelim, TextRef,
    Transact, TransactionMut, Update,
};

/// What came over the socket beside updates.
#[derive(Debug, Default)]
struct Heard {
    synced: bool,
    /// Awareness states of others: JSON by client id.
    awareness: HashMap<u64, String>,
    /// How often the server said that it is there.
    alive: u32,
    denied: Vec<String>,
    closed: Option<u16>,
}

/// One doc socket with its replica.
#[derive(Debug)]
pub struct DocSocket {
    doc: Doc,
    root: MapRef,
    heard: Arc<Mutex<Heard>>,
    changed: watch::Receiver<u64>,
    sink: Arc<tokio::sync::Mutex<SplitSink<Socket, Message>>>,
    reading: tokio::task::JoinHandle<()>,
    lag: Option<Duration>,
    /// Who writes, as entries and notes say it; somebody else than they are is put right by the server.
    pub author: String,
}

impl Drop for DocSocket {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// lib0's `varUint`.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn buffer(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

fn read_buffer<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_number(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

/// A sync frame: 0 step 1, 1 step 2, 2 update.
pub fn sync_frame(kind: u64, body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    number(&mut frame, kind);
    buffer(&mut frame, body);
    frame
}

/// An awareness frame with one state.
pub fn awareness_frame(client: u64, clock: u64, state: &str) -> Vec<u8> {
    let mut body = vec![1];
    number(&mut body, client);
    number(&mut body, clock);
    buffer(&mut body, state.as_bytes());
    let mut frame = vec![1];
    buffer(&mut frame, &body);
    frame
}

impl DocSocket {
    /// Opens one and waits until it is in sync.
    pub async fn open(browser: &Browser, session: SessionId, name: DocName) -> Self {
        Self::open_as(browser, session, name, Doc::new()).await
    }

    /// The same with a replica that says which client it is.
    pub async fn open_with_client(browser: &Browser, session: SessionId, name: DocName, client: u64) -> Self {
        Self::open_as(browser, session, name, Doc::with_client_id(client)).await
    }

    async fn open_as(browser: &Browser, session: SessionId, name: DocName, doc: Doc) -> Self {
        let path = format!("/api/sessions/{session}/docs/{}", name.as_str());
        let socket = connect(browser, &path).await.unwrap_or_else(|error| panic!("{error:?}"));
        let (sink, stream) = socket.split();
        let sink = Arc::new(tokio::sync::Mutex::new(sink));
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (change, changed) = watch::channel(0);
        let root = doc.get_or_insert_map(name.as_str());
        let reading = tokio::spawn(read(stream, Arc::clone(&sink), doc.clone(), Arc::clone(&heard), change));
        let state = doc.transact().state_vector();
        let this =
            Self { doc, root, heard, changed, sink, reading, lag: lag(), author: "somebody".to_owned() };
        this.send(sync_frame(0, &yrs::updates::encoder::Encode::encode_v1(&state))).await;
        this.wait("the doc is in sync", |heard, _| heard.synced.then_some(())).await;
        this
    }

    /// Its Yjs client id.
    pub fn client(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// Sends any bytes.
    pub async fn send(&self, frame: Vec<u8>) {
        self.send_message(Message::binary(frame)).await;
    }

    /// Sends any message.
    pub async fn send_message(&self, message: Message) {
        let sink = Arc::clone(&self.sink);
        let sending = async move {
            // The server may have closed; what it said is waited for.
            let _closed = sink.lock().await.send(message).await;
        };
        sent(self.lag, sending).await;
    }

    /// Changes the replica and sends the update.
    pub async fn edit(&self, edit: impl FnOnce(&mut TransactionMut<'_>, &MapRef)) {
        let update = self.edits_unsent(edit);
        self.send(sync_frame(2, &update)).await;
    }

    /// Changes the replica; the update.
    pub fn edits_unsent(&self, edit: impl FnOnce(&mut TransactionMut<'_>, &MapRef)) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        edit(&mut txn, &self.root);
        txn.commit();
        txn.encode_update_v1()
    }

    /// Sets a breakpoint entry; `more`: condition and such.
    pub async fn sets(&self, id: &str, path: &Path, line: u32, more: &[(&str, &str)]) {
        let mut fields: HashMap<String, Any> = HashMap::from([
            ("path".to_owned(), Any::from(path.to_str().unwrap())),
            ("line".to_owned(), Any::from(i64::from(line))),
            ("enabled".to_owned(), Any::Bool(true)),
            ("author".to_owned(), Any::from(self.author.as_str())),
        ]);
        fields.extend(more.iter().map(|(key, value)| ((*key).to_owned(), Any::from(*value))));
        self.edit(|txn, root| {
            root.insert(txn, id, Any::from(fields));
        })
        .await;
    }

    /// Sets a breakpoint entry of any shape.
    pub async fn sets_entry(&self, id: &str, fields: &[(&str, Any)]) {
        let mut entry: HashMap<String, Any> = HashMap::from([
            ("enabled".to_owned(), Any::Bool(true)),
            ("author".to_owned(), Any::from(self.author.as_str())),
        ]);
        entry.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        self.edit(|txn, root| {
            root.insert(txn, id, Any::from(entry));
        })
        .await;
    }

    /// Sets a snap point.
    pub async fn snaps(&self, id: &str, path: &Path, line: u32, more: &[(&str, &str)]) {
        let mut fields = vec![
            ("path", Any::from(path.to_str().unwrap())),
            ("line", Any::from(i64::from(line))),
            ("snap", Any::Bool(true)),
        ];
        fields.extend(more.iter().map(|(key, value)| (*key, Any::from(*value))));
        self.sets_entry(id, &fields).await;
    }

    /// Removes an entry.
    pub async fn removes(&self, id: &str) {
        self.edit(|txn, root| {
            root.remove(txn, id);
        })
        .await;
    }

    /// Writes a note.
    pub async fn writes(&self, id: &str, path: &Path, line: u32, text: &str) {
        let note: MapPrelim = [
            ("path", yrs::In::from(Any::from(path.to_str().unwrap()))),
            ("line", Any::from(i64::from(line)).into()),
            ("author", Any::from(self.author.as_str()).into()),
            ("text", TextPrelim::new(text).into()),
        ]
        .into_iter()
        .collect();
        self.edit(|txn, root| {
            root.insert(txn, id, note);
        })
        .await;
    }

    /// Replies to a note.
    pub async fn replies(&self, id: &str, to: &str, text: &str) {
        let reply: MapPrelim = [
            ("note", yrs::In::from(Any::from(to))),
            ("author", Any::from(self.author.as_str()).into()),
            ("text", TextPrelim::new(text).into()),
        ]
        .into_iter()
        .collect();
        self.edit(|txn, root| {
            root.insert(txn, id, reply);
        })
        .await;
    }

    /// Resolves a note in somebody's name, or opens it again.
    pub async fn resolves(&self, id: &str, name: Option<&str>) {
        let note = match self.root.get(&self.doc.transact(), id) {
            Some(Out::YMap(note)) => note,
            other => panic!("no note: {other:?}"),
        };
        self.edit(|txn, _| match name {
            Some(name) => drop(note.insert(txn, "resolved", name)),
            None => drop(note.remove(txn, "resolved")),
        })
        .await;
    }

    /// Types into a note or reply.
    pub async fn types(&self, id: &str, at: u32, chunk: &str) {
        let text = text_of(&self.doc, &self.root, id).expect("the note is there");
        self.edit(|txn, _| text.insert(txn, at, chunk)).await;
    }

    /// What its replica says, comparable between replicas.
    pub fn content(&self) -> String {
        content(&self.doc, &self.root)
    }

    /// Waits until the replica's content is so.
    pub async fn sees(&self, what: &str, so: impl Fn(&str) -> bool) -> String {
        self.wait(what, |_, content| so(content).then(|| content.to_owned())).await
    }

    /// Waits until the server says that it is there.
    pub async fn hears_the_server(&self) {
        self.wait("that the server is there", |heard, _| (heard.alive > 0).then_some(())).await;
    }

    /// Waits for somebody's awareness state.
    pub async fn sees_presence(&self, client: u64, so: impl Fn(&str) -> bool) -> String {
        self.wait("a presence", |heard, _| heard.awareness.get(&client).filter(|state| so(state)).cloned())
            .await
    }

    /// Waits until the server says that something may not be done; its reason.
    pub async fn is_denied(&self) -> String {
        self.wait("a denial", |heard, _| heard.denied.first().cloned()).await
    }

    /// Waits until the server closes it, for this reason.
    pub async fn expect_closed(&self, code: CloseCode) {
        let closed = self.wait("the doc socket is closed", |heard, _| heard.closed).await;
        assert_eq!(closed, code.number(), "expected {code:?}");
    }

    async fn wait<T>(&self, what: &str, look: impl Fn(&Heard, &str) -> Option<T>) -> T {
        let mut changed = self.changed.clone();
        within(what, async {
            loop {
                let content = self.content();
                if let Some(found) = look(&self.heard.lock().unwrap(), &content) {
                    return found;
                }
                if changed.changed().await.is_err() {
                    // Closed; a last look.
                    let found = look(&self.heard.lock().unwrap(), &self.content());
                    return found
                        .unwrap_or_else(|| panic!("the doc socket closed before: {what}: {:?}", self.heard));
                }
            }
        })
        .await
    }
}

async fn read(
    stream: SplitStream<Socket>,
    sink: Arc<tokio::sync::Mutex<SplitSink<Socket, Message>>>,
    doc: Doc,
    heard: Arc<Mutex<Heard>>,
    change: watch::Sender<u64>,
) {
    let mut stream = std::pin::pin!(received(stream));
    while let Some(Ok(message)) = stream.next().await {
        let frame = match message {
            Message::Binary(frame) => frame,
            Message::Close(frame) => {
                heard.lock().unwrap().closed = Some(frame.map_or(0, |frame| frame.code.into()));
                break;
            }
            _ => continue,
        };
        let mut bytes = &frame[..];
        match (read_number(&mut bytes), bytes.first()) {
            (Some(0), Some(0)) => {
                bytes = &bytes[1..];
                let vector = StateVector::decode_v1(read_buffer(&mut bytes).unwrap()).unwrap();
                let missing = doc.transact().encode_state_as_update_v1(&vector);
                let _closed = sink.lock().await.send(Message::binary(sync_frame(1, &missing))).await;
            }
            (Some(0), Some(kind)) => {
                let kind = *kind;
                bytes = &bytes[1..];
                let update = Update::decode_v1(read_buffer(&mut bytes).unwrap()).unwrap();
                doc.transact_mut().apply_update(update).unwrap();
                heard.lock().unwrap().synced |= kind == 1;
            }
            (Some(1), _) => {
                let mut body = read_buffer(&mut bytes).unwrap();
                let entries = read_number(&mut body).unwrap();
                heard.lock().unwrap().alive += u32::from(entries == 0);
                for _ in 0..entries {
                    let (client, _clock) = (read_number(&mut body).unwrap(), read_number(&mut body).unwrap());
                    let state = String::from_utf8(read_buffer(&mut body).unwrap().to_vec()).unwrap();
                    heard.lock().unwrap().awareness.insert(client, state);
                }
            }
            (Some(2), _) => {
                read_number(&mut bytes).unwrap();
                let reason = String::from_utf8_lossy(read_buffer(&mut bytes).unwrap()).into_owned();
                heard.lock().unwrap().denied.push(reason);
            }
            other => panic!("no y-websocket frame: {other:?}"),
        }
        change.send_modify(|count| *count += 1);
    }
    heard.lock().unwrap().closed.get_or_insert(0);
}

fn text_of(doc: &Doc, root: &MapRef, id: &str) -> Option<TextRef> {
    let txn = doc.transact();
    let Some(Out::YMap(note)) = root.get(&txn, id) else { return None };
    match note.get(&txn, "text") {
        Some(Out::YText(text)) => Some(text),
        _ => None,
    }
}

fn content(doc: &Doc, root: &MapRef) -> String {
    let txn = doc.transact();
    let mut lines = Vec::new();
    for (key, value) in root.iter(&txn) {
        let mut fields: Vec<String> = match value {
            Out::YMap(map) => map
                .iter(&txn)
                .map(|(field, value)| match value {
                    Out::YText(text) => format!("{field}={:?}", text.get_string(&txn)),
                    other => format!("{field}={}", other.to_string(&txn)),
                })
                .collect(),
            Out::Any(Any::Map(fields)) => {
                fields.iter().map(|(field, value)| format!("{field}={value}")).collect()
            }
            other => vec![format!("?{}", other.to_string(&txn))],
        };
        fields.sort();
        lines.push(format!("{key}: {}", fields.join(" ")));
    }
    lines.sort();
    lines.join("\n")
}
