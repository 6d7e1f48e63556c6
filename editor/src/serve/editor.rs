//! One editor: reads requests, feeds the [`Facade`], does what it says.
//!
//! Waiting: an editor that doesn't read makes the room wait, which resumes it later; after [`TAKES_WITHIN`] it is dropped.

use super::family::{Families, Membership};
use super::{Options, search, wire};
use crate::account::Account;
use crate::facade::{Config, Edit, Effect, Facade, FromRoom, Input, Request, Siblings};
use crate::room::Room;
use breakroom_protocol::dap::{FrameError, Framing};
use breakroom_protocol::wire::WireWord;
use breakroom_protocol::{ErrorBody, ErrorCode, ServerMessage};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::codec::{Decoder, Encoder, FramedRead};

/// How long an editor may take to read what it is sent.
const TAKES_WITHIN: Duration = Duration::from_secs(30);
/// How long an editor may take to say its first word.
const SPEAKS_WITHIN: Duration = Duration::from_secs(60);
/// An editor that says nothing for so long waits for debugpy's first words.
const WAITS_FOR_GREETING: Duration = Duration::from_millis(150);
/// Inputs that are taken in before what they led to is sent.
const AT_ONCE: usize = 64;

/// DAP, and nothing that only looks like it further on.
#[derive(Debug, Default)]
struct FromFirstByte {
    framing: Framing,
    begun: bool,
}

impl Decoder for FromFirstByte {
    type Item = Bytes;
    type Error = FrameError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if !self.begun {
            let start = b"content-";
            if !src.iter().zip(start).all(|(byte, wanted)| byte.eq_ignore_ascii_case(wanted)) {
                return Err(FrameError::NoLength);
            }
            self.begun = src.len() >= start.len();
        }
        self.framing.decode(src)
    }
}

struct Editor<'a, W> {
    facade: Facade,
    room: Room,
    writer: W,
    out: BytesMut,
    /// Alarms and texts on the way, as many as the facade asked for.
    later: JoinSet<Input>,
    wire: Option<wire::Link>,
    account: &'a Account,
    options: &'a Options,
    families: &'a Families,
    family: Option<Membership>,
    /// Told why when there is no coming back to the session.
    over: mpsc::Sender<String>,
    closing: bool,
}

/// Serves one editor until it leaves. `over` is told why if the session is over for all of them.
pub async fn run<R, W>(
    reader: R,
    writer: W,
    account: &Account,
    options: &Options,
    families: &Families,
    over: mpsc::Sender<String>,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut requests = FramedRead::new(reader, FromFirstByte::default());
    let prefix = uuid::Uuid::new_v4().simple().to_string();
    let (first, wire) = match begin(&mut requests, account, options, &prefix).await {
        Some(begun) => begun,
        None => return,
    };
    let config = Config {
        host_ends: options.host_ends,
        map: options.map.clone(),
        prefix,
        wired: wire.is_some(),
        page: account.page(),
        here: options.here.map(|here| (here.ip().to_string(), here.port())),
        has_file: Box::new(|path| Path::new(path).is_file()),
    };
    let mut editor = Editor {
        facade: Facade::new(account.me.participant.clone(), config),
        room: Room::open(account),
        writer,
        out: BytesMut::new(),
        later: JoinSet::new(),
        wire,
        account,
        options,
        families,
        family: None,
        over,
        closing: false,
    };
    let first = editor.take(first.into_iter().collect()).await;
    while first.is_ok() && !editor.closing {
        let mut inputs = VecDeque::new();
        tokio::select! {
            request = next(&mut requests) => match request {
                Some(input) => inputs.push_back(input),
                None => break,
            },
            Some(from) = editor.room.incoming.recv() => {
                inputs.push_back(Input::Room(from));
                while inputs.len() < AT_ONCE && let Ok(from) = editor.room.incoming.try_recv() {
                    inputs.push_back(Input::Room(from));
                }
            }
            word = word(&mut editor.wire) => {
                inputs.push_back(word);
                while inputs.len() < AT_ONCE
                    && let Some(Ok(word)) = editor.wire.as_mut().map(|wire| wire.words.try_recv())
                {
                    inputs.push_back(Input::Wire(word));
                }
                if let Some(Input::OffWire) = inputs.back() {
                    editor.wire = None;
                }
            }
            siblings = siblings(&mut editor.family) => inputs.push_back(Input::Siblings(siblings)),
            Some(later) = editor.later.join_next() => inputs.extend(later.ok()),
        }
        if let Err(error) = editor.take(inputs).await {
            tracing::debug!(%error, "the editor takes nothing more");
            break;
        }
    }
    let _gone = editor.writer.shutdown().await;
}

/// The editor's first word, or the wire, where debugpy has the first one.
async fn begin<R: AsyncRead + Unpin>(
    requests: &mut FramedRead<R, FromFirstByte>,
    account: &Account,
    options: &Options,
    prefix: &str,
) -> Option<(Option<Input>, Option<wire::Link>)> {
    // Who only tries the port isn't seen in the room, nor by debugpy, which breaks by it.
    let grace = if options.wire.is_some() { WAITS_FOR_GREETING } else { SPEAKS_WITHIN };
    let first = match tokio::time::timeout(grace, next(requests)).await {
        Ok(first) => Some(first?),
        Err(_) => None,
    };
    let wire = wire::open(account, options, prefix).await;
    if first.is_some() || wire.is_some() {
        return Some((first, wire));
    }
    let first = tokio::time::timeout(SPEAKS_WITHIN, next(requests)).await.ok()??;
    Some((Some(first), None))
}

/// What comes by the wire; never, if there is none.
async fn word(wire: &mut Option<wire::Link>) -> Input {
    match wire {
        Some(wire) => wire.words.recv().await.map_or(Input::OffWire, Input::Wire),
        None => std::future::pending().await,
    }
}

/// What an editor's other sessions are, when that changes; never, if it has none.
async fn siblings(family: &mut Option<Membership>) -> Siblings {
    match family {
        Some(family) => family.changed().await,
        None => std::future::pending().await,
    }
}

/// The next thing that the editor says; `None`: it has left, or what came is no DAP.
async fn next<R: AsyncRead + Unpin>(requests: &mut FramedRead<R, FromFirstByte>) -> Option<Input> {
    loop {
        let read = match requests.next().await? {
            Ok(frame) => read(&frame).map_err(|error| FrameError::Io(error.into())),
            Err(error) => Err(error),
        };
        match read {
            Ok(Some(input)) => return Some(input),
            Ok(None) => {}
            Err(FrameError::Io(error)) if super::is_passing(&error) => {
                tracing::debug!(%error, "the editor's connection broke");
                return None;
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "what came from the editor is no DAP");
                return None;
            }
        }
    }
}

/// A request, or the answer to one of ours; `None`: neither.
fn read(frame: &[u8]) -> Result<Option<Input>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        request_seq: i64,
        #[serde(default)]
        success: bool,
    }
    let Kind { kind, request_seq, success } = serde_json::from_slice(frame)?;
    Ok(match kind.as_str() {
        "request" => Some(Input::Editor(serde_json::from_slice::<Request>(frame)?)),
        "response" => Some(Input::Answer { request: request_seq, success }),
        _ => None,
    })
}

impl<W: AsyncWrite + Unpin> Editor<'_, W> {
    async fn take(&mut self, mut inputs: VecDeque<Input>) -> std::io::Result<()> {
        while let Some(input) = inputs.pop_front() {
            for effect in self.facade.handle(input) {
                inputs.extend(self.perform(effect));
            }
        }
        if self.out.is_empty() {
            return Ok(());
        }
        let out = self.out.split();
        let writing = async {
            self.writer.write_all(&out).await?;
            self.writer.flush().await
        };
        tokio::time::timeout(TAKES_WITHIN, writing).await.unwrap_or_else(|slow| Err(slow.into()))
    }

    /// Does one thing; what comes of it at once.
    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Send(message) => {
                let body = serde_json::to_vec(&message).unwrap_or_default();
                let _fits = Framing::default().encode(&body, &mut self.out);
                None
            }
            Effect::Command { epoch, message } => {
                let id = message.id;
                if self.room.command(epoch, message) {
                    return None;
                }
                let error = ErrorBody::new(ErrorCode::TooFast, "Too many requests at once: slow down.");
                let reply = ServerMessage::Reply { id, error: Some(error), result: None };
                Some(Input::Room(reply.into()))
            }
            Effect::Edit(edit) => {
                let id = match &edit {
                    Edit::Set(entry) => entry.id.clone(),
                    Edit::Remove(id) => id.clone(),
                };
                (!self.room.edit(edit)).then_some(Input::Room(FromRoom::Refused(id)))
            }
            Effect::Relay(ask) => {
                let id = ask.id;
                let sent = self.wire.as_ref().is_some_and(|wire| wire.asks.try_send(ask).is_ok());
                let error = || ErrorBody::new(ErrorCode::TooFast, "Too many requests at once: slow down.");
                (!sent).then(|| Input::Wire(WireWord::Answer { id, outcome: Err(error()) }))
            }
            Effect::Fetch { fetch, hash } => {
                let account = self.account.clone();
                self.later.spawn(async move {
                    let text = account.source(&hash).await.map_err(|error| error.to_string());
                    Input::Text { fetch, text }
                });
                None
            }
            Effect::Gather { editor, process } => {
                self.family = Some(self.families.join(editor, process));
                None
            }
            Effect::Guess { guess, remote, hash, folder } => {
                let folder = folder.map(PathBuf::from).or_else(|| self.options.folder.clone());
                self.later.spawn(async move {
                    let looking =
                        tokio::task::spawn_blocking(move || search::search(&folder?, &remote, &hash));
                    Input::Guessed { guess, found: looking.await.ok().flatten() }
                });
                None
            }
            Effect::Alarm { alarm, after } => {
                self.later.spawn(async move {
                    tokio::time::sleep(after).await;
                    Input::Alarm(alarm)
                });
                None
            }
            Effect::Close => {
                self.closing = true;
                None
            }
            Effect::Over(why) => {
                // Full: it was told already.
                let _told = self.over.try_send(why);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_gets_nowhere() {
        let body = r#"{"seq":1,"type":"request","command":"initialize"}"#;
        let dap = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let decode = |text: &str| FromFirstByte::default().decode(&mut BytesMut::from(text));
        assert_eq!(decode(&dap).unwrap().unwrap(), body);
        assert!(decode("Con").unwrap().is_none(), "the rest may come");
        assert!(decode(&format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:5678\r\n{dap}")).is_err());
        assert!(decode(&format!("X: 1\r\n{dap}")).is_err());
    }

    #[test]
    fn requests_are_read_and_answers_to_ours() {
        let answer =
            read(br#"{"seq":1,"type":"response","request_seq":7,"command":"x","success":true}"#).unwrap();
        assert!(matches!(answer, Some(Input::Answer { request: 7, success: true })), "{answer:?}");
        let request = read(br#"{"seq":1,"type":"request","command":"threads"}"#).unwrap();
        let Some(Input::Editor(request)) = request else { panic!("{request:?}") };
        assert_eq!((request.seq, request.command.as_str()), (1, "threads"));
        assert!(read(br#"{"seq":1,"type":"event","event":"x"}"#).unwrap().is_none());
        assert!(read(b"{}").is_err());
    }
}
