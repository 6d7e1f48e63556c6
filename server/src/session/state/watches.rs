//! Watches: expressions that are evaluated at each stop, once for everybody.
//!
//! They come last at a stop, one after the other and behind everything that people ask for, so that no step waits for
//! more than the one that is under way; what is left is dropped at a resume. Plain names are read without running
//! anything; the rest runs only as it was added by somebody who might run code then. One that raises shows that; one
//! that takes too long shows that, and isn't evaluated any more.

use super::commands::{Done, EXPRESSION_CHARS, Verdict, check_text};
use super::{Asked, State};
use crate::session::people::Here;
use crate::session::rights;
use crate::session::stop::Reader;
use crate::session::watches::no_such;
use breakroom_protocol::upstream::{AskError, Request, Urgency};
use breakroom_protocol::{ErrorBody, ErrorCode, Event, Outcome, Role, StopId, WatchId};

/// A watch that takes longer is evaluated once.
const TOO_LONG_MS: u64 = 5_000;

impl State {
    pub(super) fn watch_add(
        &mut self,
        here: &Here,
        expression: String,
        instead_of: Option<WatchId>,
    ) -> Verdict {
        check_text(&expression, EXPRESSION_CHARS, "An expression")?;
        let me = here.participant.id;
        let code = rights::may_run_code(here, self.lease.driver() == Some(me));
        let watch = match instead_of {
            Some(id) => {
                self.check_own(here, id, "changes")?;
                self.watches.replace(id, expression, code)?
            }
            None => self.watches.add(me, expression, code)?,
        };
        let Some(watch) = watch else { return Ok(Done::Now) };
        let id = watch.id;
        self.record(Some(me), Event::WatchSet { watch });
        // If this stop's turn of watches is still to come, it is among them.
        if let Some(stop) = self.current_stop().filter(|stop| stop.watches_begun) {
            stop.watch_outdated |= stop.watching == Some(id);
            if !stop.to_watch.contains(&id) {
                stop.to_watch.push_back(id);
            }
            let stop = stop.id;
            self.watch_next(stop);
        }
        Ok(Done::Now)
    }

    pub(super) fn watch_remove(&mut self, here: &Here, id: WatchId) -> Verdict {
        self.check_own(here, id, "removes")?;
        self.watches.remove(id);
        self.record(Some(here.participant.id), Event::WatchRemoved { watch: id });
        Ok(Done::Now)
    }

    fn check_own(&self, here: &Here, id: WatchId, what: &str) -> Result<(), ErrorBody> {
        let watched = self.watches.get(id).ok_or_else(no_such)?;
        if watched.watch.author == here.participant.id || here.participant.role == Role::Host {
            return Ok(());
        }
        let text = format!("Only who added a watch, or a host, {what} it.");
        Err(ErrorBody::new(ErrorCode::NotAllowed, text))
    }

    /// It is time for this stop's watches.
    pub(super) fn begin_watches(&mut self, id: StopId) {
        let all: Vec<WatchId> = self.watches.iter().map(|watched| watched.watch.id).collect();
        let Some(stop) = self.stop(id) else { return };
        if !std::mem::replace(&mut stop.watches_begun, true) {
            stop.to_watch.extend(all);
            self.watch_next(id);
        }
    }

    /// Something of the program ran: what only reads is read again.
    pub(super) fn rewatch(&mut self, id: StopId) {
        let plain: Vec<WatchId> = self
            .watches
            .iter()
            .filter(|watched| watched.plain.is_some() && watched.too_slow.is_none())
            .map(|watched| watched.watch.id)
            .collect();
        let Some(stop) = self.stop(id).filter(|stop| stop.watches_begun) else { return };
        let news: Vec<WatchId> = plain.into_iter().filter(|watch| !stop.to_watch.contains(watch)).collect();
        stop.to_watch.extend(news);
        self.watch_next(id);
    }

    /// Asks for the next one, unless one is under way.
    fn watch_next(&mut self, id: StopId) {
        loop {
            let Some(stop) = self.stop(id) else { return };
            let Some(top) = stop.top.filter(|_| stop.watching.is_none()) else { return };
            let Some(next) = stop.to_watch.pop_front() else { return };
            let Some(watched) = self.watches.get(next) else { continue };
            if let Some(slow) = watched.too_slow {
                let text = format!(
                    "It took too long at stop {slow} and isn't evaluated any more: remove it, and add it again."
                );
                self.watch_value(id, next, Outcome::Error(text));
                continue;
            }
            let (plain, expression) = (watched.plain.clone(), watched.watch.expression.clone());
            if let Some(stop) = self.stop(id) {
                stop.watching = Some(next);
            }
            match plain {
                Some(plain) => self.read(id, top, plain, Reader::Watch(next)),
                None => self.watch_by_code(id, next, expression),
            }
            return;
        }
    }

    fn watch_by_code(&mut self, id: StopId, watch: WatchId, expression: String) {
        let Some(top) = self.stop(id).and_then(|stop| stop.frame(stop.top?)).map(|top| top.upstream) else {
            return;
        };
        let request = Request::Evaluate { frame: Some(top), expression };
        self.ask(Asked::Watch { stop: id, watch }, request, Urgency::Browse);
    }

    /// A plain one turned out to need code.
    pub(super) fn watch_needs_code(&mut self, id: StopId, watch: WatchId, why: &str) {
        let outdated = self.stop(id).is_some_and(|stop| stop.watch_outdated);
        match self.watches.get(watch) {
            Some(watched) if watched.code && !outdated => {
                let expression = watched.watch.expression.clone();
                self.watch_by_code(id, watch, expression);
            }
            _ => {
                let text = format!("{why}: only who may run code can watch it.");
                self.watch_done(id, watch, Outcome::Error(text));
            }
        }
    }

    /// What a watch is at a stop; then the next one's turn.
    pub(super) fn watch_done(&mut self, id: StopId, watch: WatchId, outcome: Outcome) {
        let Some(stop) = self.stop(id) else { return };
        stop.watching.take_if(|under_way| *under_way == watch);
        // It is another expression meanwhile, whose turn comes.
        if !std::mem::take(&mut stop.watch_outdated) {
            self.watch_value(id, watch, outcome);
        }
        self.watch_next(id);
    }

    fn watch_value(&mut self, stop: StopId, watch: WatchId, outcome: Outcome) {
        if self.watches.get(watch).is_some() {
            self.record(None, Event::WatchValue { stop, watch, outcome });
        }
    }

    /// One that held up everything else for so long, whatever came of it, isn't evaluated at later stops.
    pub(super) fn watch_took(&mut self, id: StopId, watch: WatchId, milliseconds: u64) {
        if milliseconds >= TOO_LONG_MS
            && let Some(stop) = self.stop(id)
            && !stop.watch_outdated
        {
            stop.watch_hung = true;
            self.watches.is_too_slow(watch, id);
        }
    }

    /// There is no value, and not because it raised.
    pub(super) fn watch_failed(&mut self, id: StopId, watch: WatchId, error: &AskError) {
        let Some(stop) = self.stop(id) else { return };
        if let AskError::TimedOut(_) = error {
            // The others may have had to wait for the first one, which is the one to blame.
            if !std::mem::replace(&mut stop.watch_hung, true) && !stop.watch_outdated {
                self.watches.is_too_slow(watch, id);
            }
        }
        let text = super::answers::error_body(error).message;
        self.watch_done(id, watch, Outcome::Error(text));
    }
}
