//! The list of a recording's stops, from the few rows that tell of them. Pure.

use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::ids::JournalSeq;
use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::StopInfo;

/// Folds rows of the index `events_of_stops`, in order, into stops.
#[derive(Debug, Default)]
pub(crate) struct Stops {
    done: Vec<StopInfo>,
    open: Option<(StopInfo, ThreadId)>,
}

impl Stops {
    pub(crate) fn add(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::Stopped { stop, reason, thread, .. } => {
                self.close(envelope.seq);
                let (seq, at, reason) = (envelope.seq, envelope.at, reason.clone());
                let info = StopInfo {
                    stop: *stop,
                    seq,
                    last_seq: seq,
                    at,
                    reason,
                    function: None,
                    path: None,
                    line: None,
                };
                self.open = Some((info, *thread));
            }
            Event::Stack { stop, thread, frames, .. } => {
                let open = self.open.as_mut().filter(|(info, of)| info.stop == *stop && of == thread);
                if let (Some((info, _)), Some(top)) = (open, frames.first()) {
                    info.function = Some(top.name.clone());
                    info.path.clone_from(&top.path);
                    info.line = Some(top.line);
                }
            }
            Event::Attached { .. }
            | Event::Ended { .. }
            | Event::Lost { .. }
            | Event::Restarting
            | Event::Resumed { .. } => self.close(envelope.seq),
            _ => {}
        }
    }

    /// All of them; one that is still open lasts until `last`.
    pub(crate) fn finish(mut self, last: JournalSeq) -> Vec<StopInfo> {
        self.close(JournalSeq(last.0 + 1));
        self.done
    }

    fn close(&mut self, next: JournalSeq) {
        if let Some((mut info, _)) = self.open.take() {
            info.last_seq = JournalSeq(next.0.saturating_sub(1).max(info.seq.0));
            self.done.push(info);
        }
    }
}
