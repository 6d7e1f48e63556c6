//! Plain names, read for everybody without running anything of the program.
//!
//! A name is looked up once a stop and frame, however many ask; what is known counts until something of the program
//! runs. Two requests: one finds the value and puts it into a set of its own, the other shows that set as any other.

use super::answers::{clip, error_body};
use super::{Asked, State};
use crate::session::rights;
use crate::session::stop::{Reader, Reading};
use breakroom_protocol::upstream::{AskError, Request, UpstreamReference, UpstreamVariable, Urgency};
use breakroom_protocol::{Event, FrameId, Outcome, PlainRead, StopId, Variable};

impl State {
    pub(super) fn read(&mut self, id: StopId, frame: FrameId, read: PlainRead, reader: Reader) {
        let Some(stop) = self.stop(id) else { return };
        let Some(upstream) = stop.frame(frame).map(|frame| frame.upstream) else { return };
        match stop.reads.get_mut(&(frame, read.clone())) {
            Some(Reading::Asked { readers, .. }) => readers.push(reader),
            Some(Reading::Known(known)) => {
                let known = known.clone();
                self.read_ends(id, frame, reader, &Ok(known));
            }
            None => {
                let asked = Reading::Asked { readers: vec![reader], outdated: false };
                stop.reads.insert((frame, read.clone()), asked);
                let request = Request::Read { frame: upstream, read: read.clone() };
                self.ask(Asked::Read { stop: id, frame, read }, request, Urgency::Browse);
            }
        }
    }

    /// It was found.
    pub(super) fn held(&mut self, stop: StopId, frame: FrameId, read: PlainRead, held: UpstreamReference) {
        if self.stop(stop).is_some() {
            self.ask(Asked::ReadValue { stop, frame, read }, Request::Variables(held), Urgency::Browse);
        }
    }

    pub(super) fn read_value(
        &mut self,
        id: StopId,
        frame: FrameId,
        read: PlainRead,
        items: Vec<UpstreamVariable>,
    ) {
        let Some(value) = items.into_iter().next() else {
            return self.read_failed(id, frame, read, &AskError::Garbled("variables"));
        };
        let value = Variable { name: String::new(), ..self.variable_at(Some(id), value, 2) };
        self.read_known(id, frame, read, Ok(Outcome::Value(value)));
    }

    pub(super) fn read_failed(&mut self, id: StopId, frame: FrameId, read: PlainRead, error: &AskError) {
        let end = match error {
            AskError::Refused(message) => Ok(Outcome::Error(clip(message.clone(), self.rules.value_chars))),
            other => Err(other.clone()),
        };
        self.read_known(id, frame, read, end);
    }

    fn read_known(&mut self, id: StopId, frame: FrameId, read: PlainRead, end: Result<Outcome, AskError>) {
        let Some(stop) = self.stop(id) else { return };
        let Some(Reading::Asked { readers, outdated }) = stop.reads.remove(&(frame, read.clone())) else {
            return;
        };
        if let Ok(outcome) = &end
            && !outdated
        {
            stop.reads.insert((frame, read), Reading::Known(outcome.clone()));
        }
        for reader in readers {
            self.read_ends(id, frame, reader, &end);
        }
    }

    fn read_ends(&mut self, stop: StopId, frame: FrameId, reader: Reader, end: &Result<Outcome, AskError>) {
        match (reader, end) {
            (Reader::Watch(watch), Ok(outcome)) => self.watch_done(stop, watch, outcome.clone()),
            (Reader::Watch(watch), Err(AskError::RunsCode(why))) => self.watch_needs_code(stop, watch, why),
            (Reader::Watch(watch), Err(error)) => self.watch_failed(stop, watch, error),
            (Reader::Person { by, waiter, expression, context }, Ok(outcome)) => {
                let (stop, frame, outcome) = (Some(stop), Some(frame), outcome.clone());
                self.proposals.note_outcome(waiter, &outcome);
                self.record(
                    Some(by),
                    Event::Evaluated { stop, frame, expression, outcome, context, since: None },
                );
                self.reply(waiter, None);
            }
            (Reader::Person { by, waiter, expression, context }, Err(AskError::RunsCode(why))) => {
                if self.code_right(by) {
                    let found =
                        self.stop(stop).and_then(|stop| stop.frame(frame)).map(|frame| frame.upstream);
                    self.evaluate_code(by, waiter, (Some(stop), Some(frame), found), expression, context);
                } else {
                    self.reply(waiter, Some(rights::propose(why)));
                }
            }
            (Reader::Person { waiter, .. }, Err(error)) => self.reply(waiter, Some(error_body(error))),
        }
    }

    /// Something of the program ran: what was read at this stop may no longer be so.
    pub(super) fn code_ran(&mut self) {
        self.forget_reads();
        if let Some(id) = self.current_stop().map(|stop| stop.id) {
            self.rewatch(id);
        }
    }

    /// The same, and a watch did it: others are not read again for that.
    pub(super) fn forget_reads(&mut self) {
        let Some(stop) = self.current_stop() else { return };
        stop.reads.retain(|_, reading| match reading {
            Reading::Asked { outdated, .. } => {
                *outdated = true;
                true
            }
            Reading::Known(_) => false,
        });
    }
}
