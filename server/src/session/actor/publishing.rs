//! Batches to the journal, and what is committed to the participants.

use super::{Actor, KEYFRAME_EVERY, KEYFRAME_EVERY_BYTES, Restate, encode, recording_message};
use crate::session::pending::Publish;
use breakroom_journal::{Committed, DocUpdate, Recording};
use breakroom_protocol::ServerMessage;
use breakroom_protocol::room::DocName;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How soon after a batch the next one may be published, if nobody waits for what is in it. Well below what anybody sees, and a
/// burst of lines makes a few hundred messages a second to each participant rather than thousands.
const APART: Duration = Duration::from_millis(2);

impl Actor {
    /// How long what has gathered may wait for more of the kind, if it may.
    pub(super) fn lingers(&self) -> Option<Duration> {
        let left = APART.saturating_sub(self.published_at?.elapsed());
        (self.pending.may_wait() && !left.is_zero()).then_some(left)
    }

    /// Hands the gathered batch to the journal, if it has none.
    pub(super) fn write(&mut self) {
        // Not while nothing can be written: it would be lost too, and be needed again, at once and for ever.
        let restate = self.restate == Restate::Needed && self.recording.is_ok();
        let many = self.published.seq.0 >= self.last_keyframe + KEYFRAME_EVERY;
        if many || self.since_keyframe >= KEYFRAME_EVERY_BYTES || restate {
            (self.last_keyframe, self.since_keyframe) = (self.published.seq.0, 0);
            match serde_json::to_string(&self.published) {
                Ok(snapshot) => self.pending.keyframe(self.published.seq, snapshot),
                Err(error) => {
                    tracing::error!(session = %self.info.id, %error, "a keyframe can't be serialised")
                }
            }
        }
        if restate {
            self.restate = Restate::Unneeded;
            self.pending.doc_clients(self.docs.ownership());
            for doc in DocName::ALL {
                self.pending.doc_update(DocUpdate { doc, by: None, update: self.docs.state(doc) });
            }
            for (hash, text) in &self.kept_texts {
                self.pending.source(hash.clone(), Arc::clone(text));
            }
        }
        let Some(batch) = self.pending.take() else { return };
        let token = batch.token;
        if let Err(error) = self.recorder.try_append(batch) {
            // The journal's own queue is full or closed: go on unrecorded, and say so.
            tracing::error!(session = %self.info.id, error = &error as &dyn std::error::Error, "a batch was not taken");
            let message = Arc::from(format!("This part of the session is not recorded: {error}."));
            self.committed(Committed {
                token: Some(token),
                upto: self.published.seq,
                kept: false,
                recording: Recording::Failing { message },
                gap: None,
            });
        }
    }

    pub(super) fn committed(&mut self, told: Committed) {
        if told.recording != self.recording {
            self.recording = told.recording;
            self.audience.text_to_all(&encode(&recording_message(&self.recording)));
        }
        if let Some(gap) = told.gap {
            // Participants saw these events; that the recording lacks them is part of what keyframes say.
            self.published.gaps.push(gap);
            self.restate = Restate::Needed;
        }
        let Some(token) = told.token else {
            // Recording works again: what was lost beside the events is written anew.
            self.restate = Restate::Needed;
            return;
        };
        if told.kept {
            if self.recording.is_ok() && self.restate == Restate::Unneeded {
                self.kept_texts.clear();
            }
        } else {
            self.restate = Restate::Needed;
        }
        let items = self.pending.committed(token);
        self.publish(items);
        self.published_at = Some(Instant::now());
    }

    pub(super) fn publish(&mut self, items: Vec<Publish>) {
        let mut events = Vec::new();
        let mut rest = Vec::new();
        for item in items {
            match item {
                Publish::Event(envelope, frame) => {
                    self.published.apply(&envelope);
                    self.since_keyframe += frame.len();
                    events.push((envelope.seq, frame));
                }
                other => rest.push(other),
            }
        }
        self.audience.publish(events);
        for item in rest {
            match item {
                Publish::Reply(connection, id, end) => {
                    let (result, error) = match end {
                        Ok(result) => (result, None),
                        Err(error) => (None, Some(*error)),
                    };
                    self.audience.text(connection, &encode(&ServerMessage::Reply { id, error, result }));
                }
                Publish::Doc { doc, frame, except } => self.audience.binary_to_doc(doc, &frame, except),
                Publish::Wire(process, word) => self.tell_wire(process, word),
                Publish::EndWire(process) => self.wires.end(process),
                Publish::Guest(guest, news) => self.told_guest(guest, news),
                Publish::DocReply(connection, frame) => self.audience.binary(connection, &frame),
                Publish::Finish(reason) => tracing::info!(session = %self.info.id, ?reason, "session ended"),
                Publish::Event(..) => {}
            }
        }
    }
}
