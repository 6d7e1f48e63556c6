//! The editor on the wire: its connection to debugpy, and its way out.
//!
//! Rule for its queue: with more than [`WAITING`] words in it, the session reads nothing from upstream, so that debugpy waits as
//! it would wait for that editor itself; the editor's own task drops an editor that reads nothing for too long.

use super::Actor;
use crate::session::state::{Input, MAIN};
use breakroom_protocol::wire::{WORDS, WireEditor, WireWord};
use breakroom_protocol::{AttachOptions, ErrorBody};
use breakroom_upstream::{AttachError, Attached, PathMapping};
use tokio::sync::{mpsc, oneshot};

/// Words that may wait before reading from upstream pauses; what was gathered meanwhile has room beyond them.
const WAITING: usize = 512;

/// What the session has of it.
#[derive(Debug)]
pub(super) struct End {
    prefix: String,
    words: mpsc::Sender<WireWord>,
    let_in: Option<oneshot::Sender<()>>,
}

impl Actor {
    pub(super) fn wire_wanted(
        &mut self,
        editor: WireEditor,
        words: mpsc::Sender<WireWord>,
        let_in: oneshot::Sender<()>,
    ) {
        // One at a time; `let_in` is dropped.
        if self.wire.is_some() {
            return;
        }
        self.wire = Some(End { prefix: editor.prefix.clone(), words, let_in: Some(let_in) });
        self.input(Input::WireWanted(editor));
    }

    pub(super) fn is_on_wire(&self, prefix: &str) -> bool {
        self.wire.as_ref().is_some_and(|end| end.prefix == prefix)
    }

    pub(super) fn wire_opened(&mut self, opened: Result<Box<Attached>, AttachError>) {
        match opened {
            Ok(opened) => {
                self.upstreams.insert(MAIN, opened.handle);
                self.incoming.add(MAIN, opened.incoming);
                self.input(Input::WireOpened(Ok(())));
            }
            // The editor's own `attach` will say the same.
            Err(error) => {
                let error = ErrorBody::new(error.code(), error.to_string());
                self.input(Input::WireOpened(Err(error)));
            }
        }
    }

    pub(super) fn let_in_wire(&mut self) {
        if let Some(let_in) = self.wire.as_mut().and_then(|end| end.let_in.take()) {
            // If it has left, that is told in a moment.
            let _gone = let_in.send(());
        }
    }

    pub(super) fn tell_wire(&mut self, word: WireWord) {
        let Some(end) = &self.wire else { return };
        if end.words.try_send(word).is_err() {
            tracing::debug!(session = %self.info.id, "the editor on the wire takes nothing more");
            self.wire = None;
            self.input(Input::WireGone);
        }
    }

    /// Who waits for it to read, if reading from upstream has to.
    pub(super) fn wire_is_read(&self) -> Option<mpsc::Sender<WireWord>> {
        let end = self.wire.as_ref()?;
        (end.words.capacity() < WORDS - WAITING).then(|| end.words.clone())
    }

    /// Kept: attaching again, and to children, is done in the same way.
    pub(super) fn chosen(&mut self, options: AttachOptions, mappings: Vec<(String, String)>) {
        let attach = &mut self.around.target.attach;
        attach.choose(options);
        attach.path_mappings = mappings
            .into_iter()
            .map(|(local_root, remote_root)| PathMapping { local_root, remote_root })
            .collect();
    }
}

/// Resolves when it has read most of what waits; never, if nobody has to wait.
pub(super) async fn has_read(waits: Option<mpsc::Sender<WireWord>>) {
    match waits {
        // Closed: it is gone, which is told.
        Some(words) => drop(words.reserve_many(WORDS - WAITING / 2).await),
        None => std::future::pending().await,
    }
}
