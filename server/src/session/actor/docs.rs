//! The shared docs: frames of their sockets and the session's own edits, journaled, told to the state, passed on.

use super::super::pending::Publish;
use super::super::state::{DocEdit, DocInput, Input};
use super::{Actor, now};
use breakroom_documents::{Change, DocChange, Received, Rights};
use breakroom_journal::DocUpdate;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{ConnectionId, ErrorBody, ParticipantId};
use bytes::Bytes;

impl Actor {
    pub(super) fn doc_frame(&mut self, connection: ConnectionId, frame: &[u8]) {
        let Some(member) = self.audience.get(connection) else { return };
        let Some(doc) = member.doc else { return };
        let who = &member.me.participant;
        let by = who.id;
        let rights = Rights {
            participant: by,
            role: who.role,
            write_notes: who.may_write_notes,
            code: self.state.code_right(by),
        };
        let received = self.docs.receive(connection, frame, &rights, now());
        if let Some(refused) = &received.refused {
            tracing::info!(session = %self.info.id, participant = %by, code = %refused.code, "doc frame: {}", refused.message);
        }
        self.doc_received(connection, doc, by, received);
    }

    pub(super) fn edit_doc(&mut self, by: ParticipantId, edit: DocEdit) {
        match edit {
            DocEdit::SetBreakpoint(entry) => {
                let id = entry.id.clone();
                let edited = self.docs.set_breakpoint(entry, None);
                let refused = self.doc_edited(by, edited);
                self.input(Input::DocEdited { entry: id, refused });
            }
            DocEdit::RemoveBreakpoint(id) => {
                let edited = self.docs.remove_breakpoint(&id, None);
                self.doc_edited(by, edited);
            }
        }
    }

    fn doc_edited(
        &mut self,
        by: ParticipantId,
        edited: Result<Option<Change>, ErrorBody>,
    ) -> Option<ErrorBody> {
        match edited {
            Ok(None) => None,
            Ok(Some(Change { doc, update, frame, changes })) => {
                self.pending.doc_update(DocUpdate { doc, by: None, update });
                for change in changes {
                    self.input(Input::Doc { by, change: doc_input(change) });
                }
                self.send_after(Publish::Doc { doc, frame: Bytes::from(frame), except: None });
                None
            }
            Err(error) => {
                tracing::warn!(session = %self.info.id, code = %error.code, "a doc can't be changed: {}", error.message);
                Some(error)
            }
        }
    }

    fn doc_received(
        &mut self,
        connection: ConnectionId,
        doc: DocName,
        by: ParticipantId,
        received: Received,
    ) {
        let Received { reply, update, frame, to_sender_too, awareness, changes, close, .. } = received;
        if let Some(update) = update {
            self.pending.doc_update(DocUpdate { doc, by: Some(by), update });
        }
        for change in changes {
            self.input(Input::Doc { by, change: doc_input(change) });
        }
        if let Some(frame) = frame {
            let except = (!to_sender_too).then_some(connection);
            self.send_after(Publish::Doc { doc, frame: Bytes::from(frame), except });
        }
        for frame in reply {
            self.send_after(Publish::DocReply(connection, Bytes::from(frame)));
        }
        // Presence is of the moment: not journaled, so nothing to wait for.
        if let Some(frame) = awareness {
            self.audience.binary_to_doc(doc, &Bytes::from(frame), Some(connection));
        }
        if let (Some(code), Some(member)) = (close, self.audience.get(connection)) {
            member.outbox.close(code);
        }
    }
}

fn doc_input(change: DocChange) -> DocInput {
    match change {
        DocChange::BreakpointSet(entry) => DocInput::BreakpointSet(entry),
        DocChange::BreakpointRemoved(id) => DocInput::BreakpointRemoved(id),
        DocChange::NoteSet(note) => DocInput::NoteSet(note),
        DocChange::NoteRemoved(id) => DocInput::NoteRemoved(id),
        DocChange::ReplySet(reply) => DocInput::ReplySet(reply),
        DocChange::ReplyRemoved(id) => DocInput::ReplyRemoved(id),
    }
}
