//! Editors on the wire: their connections to debugpy, and their ways out.
//!
//! Rule for their queues: with more than [`WAITING`] words in one, the session reads nothing from upstream, so that debugpy waits
//! as it would wait for that editor itself; the editor's own task drops an editor that reads nothing for too long. Beside
//! others it is taken off the wire sooner, after [`HOLDS_OTHERS_UP`].

use super::Actor;
use crate::session::state::Input;
use breakroom_protocol::wire::{WORDS, WireEditor, WireWord};
use breakroom_protocol::{AttachChoice, ErrorBody, ParticipantId, ProcessId};
use breakroom_upstream::{AttachError, Attached, PathMapping};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Words that may wait before reading from upstream pauses; what was gathered meanwhile has room beyond them.
const WAITING: usize = 512;

/// How long an editor that reads nothing may hold up what everybody sees.
const HOLDS_OTHERS_UP: Duration = Duration::from_secs(2);

/// One whom reading from upstream has to wait for.
#[derive(Debug)]
pub(super) struct Unread {
    process: ProcessId,
    words: mpsc::Sender<WireWord>,
    /// Not for longer; `None`: it holds up nobody but itself.
    until: Option<Instant>,
    /// As many words found room when that time began.
    room: usize,
}

/// What the session has of one.
#[derive(Debug)]
struct End {
    prefix: String,
    who: ParticipantId,
    /// Since when it has too much to read, and has read nothing of it; and how many words found room then.
    behind: Option<(Instant, usize)>,
    words: mpsc::Sender<WireWord>,
    let_in: Option<oneshot::Sender<()>>,
}

/// All of them, by the process that each attaches to.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// Not decided on yet.
    wanted: Vec<End>,
    open: BTreeMap<ProcessId, End>,
}

impl Ends {
    /// Which process an editor is on the wire for.
    pub(super) fn process(&self, prefix: &str) -> Option<ProcessId> {
        self.open.iter().find(|(_, end)| end.prefix == prefix).map(|(process, _)| *process)
    }

    pub(super) fn open(&mut self, process: ProcessId, prefix: String) {
        if let Some(at) = self.wanted.iter().position(|end| end.prefix == prefix) {
            let end = self.wanted.swap_remove(at);
            self.open.insert(process, end);
        }
    }

    /// `let_in` is dropped, which tells it.
    pub(super) fn refuse(&mut self, prefix: &str) {
        self.wanted.retain(|end| end.prefix != prefix);
    }

    pub(super) fn let_in(&mut self, process: ProcessId) {
        if let Some(let_in) = self.open.get_mut(&process).and_then(|end| end.let_in.take()) {
            // If it has left, that is told in a moment.
            let _gone = let_in.send(());
        }
    }

    pub(super) fn end(&mut self, process: ProcessId) {
        self.open.remove(&process);
    }

    /// Whom reading from upstream has to wait for. `shared`: whether others than this one are here.
    pub(super) fn unread(&mut self, shared: impl Fn(ParticipantId) -> bool) -> Option<Unread> {
        let mut found = None;
        for (process, end) in &mut self.open {
            let is_behind = !end.words.is_closed() && end.words.capacity() < WORDS - WAITING;
            if !is_behind {
                end.behind = None;
                continue;
            }
            let now = end.words.capacity();
            let (since, room) = match end.behind {
                Some((since, room)) if now <= room => (since, room),
                _ => (Instant::now(), now),
            };
            end.behind = Some((since, room));
            let until = shared(end.who).then(|| since + HOLDS_OTHERS_UP);
            let words = end.words.clone();
            found = found.or(Some(Unread { process: *process, words, until, room }));
        }
        found
    }
}

impl Actor {
    pub(super) fn wire_wanted(
        &mut self,
        editor: WireEditor,
        words: mpsc::Sender<WireWord>,
        let_in: oneshot::Sender<()>,
    ) {
        let (prefix, who) = (editor.prefix.clone(), editor.who);
        self.wires.wanted.push(End { prefix, who, behind: None, words, let_in: Some(let_in) });
        self.input(Input::WireWanted(editor));
    }

    pub(super) fn wire_opened(&mut self, process: ProcessId, opened: Result<Box<Attached>, AttachError>) {
        let outcome = match opened {
            Ok(opened) => {
                self.upstreams.insert(process, opened.handle);
                self.incoming.add(process, opened.incoming);
                Ok(())
            }
            // The editor's own `attach` will say the same.
            Err(error) => Err(ErrorBody::new(error.code(), error.to_string())),
        };
        self.input(Input::WireOpened(process, outcome));
    }

    pub(super) fn tell_wire(&mut self, process: ProcessId, word: WireWord) {
        let Some(end) = self.wires.open.get(&process) else { return };
        if end.words.try_send(word).is_err() {
            self.off_wire(process);
        }
    }

    /// It takes nothing more, or too slowly.
    pub(super) fn off_wire(&mut self, process: ProcessId) {
        tracing::debug!(session = %self.info.id, %process, "an editor on the wire takes nothing more");
        self.wires.end(process);
        self.input(Input::WireGone(process));
    }

    /// Kept: attaching again, and to children, is done in the same way.
    pub(super) fn chosen(&mut self, choice: AttachChoice) {
        let attach = &mut self.around.target.attach;
        attach.choose(choice.options);
        attach.path_mappings = choice
            .path_mappings
            .into_iter()
            .map(|(local_root, remote_root)| PathMapping { local_root, remote_root })
            .collect();
    }
}

/// Resolves when it has read most of what waits, or after a time: with its process, if it read nothing; never, if nobody has
/// to wait.
pub(super) async fn has_read(waits: Option<Unread>) -> Option<ProcessId> {
    let Some(Unread { process, words, until, room }) = waits else { return std::future::pending().await };
    // Closed: it is gone, which is told.
    let reading = async { drop(words.reserve_many(WORDS - WAITING / 2).await) };
    match until {
        Some(until) => match tokio::time::timeout_at(until, reading).await {
            Err(_) if words.capacity() <= room => Some(process),
            _ => None,
        },
        None => {
            reading.await;
            None
        }
    }
}
