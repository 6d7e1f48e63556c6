//! What the server asks for at each stop by itself, so that watchers and late joiners read what is already there.
//!
//! Stack → the top frame's scopes → its locals → an unknown source text → a moment later, if the program is still
//! paused there, the threads, the children of a few locals and what people watch. debugpy serves one request at a time: whatever is asked
//! sooner is what the rest waits for.
//!
//! After a step over, the top frame is nearly always the one that it was, and debugpy then gives it and its locals the
//! same ids. So all three are asked for at once, by the last stop's ids ([`Guess`](crate::session::stop::Guess)), which saves two turns. The answers
//! count only once this stop's own stack and scopes have named those very ids; all of them were given while the
//! program was paused here, so they can't be another stop's.

use super::{Asked, Phase, State, values};
use crate::session::breakpoints::At;
use crate::session::held;
use crate::session::stop::{Fetch, Stop, Want};
use breakroom_protocol::upstream::{
    AskError, Request, UpstreamFrameInfo, UpstreamScope, UpstreamVariable, Urgency,
};
use breakroom_protocol::{Event, Frame, FrameId, Part, ResumeKind, Scope, StopId, ThreadId, VariablesId};

impl State {
    /// Begins the capture of a stop that has just been recorded.
    pub(super) fn capture(&mut self, id: StopId, thread: ThreadId) {
        let guess = self.guess.take();
        let Some(stop) = self.stop(id) else { return };
        let guess = guess.filter(|guess| (guess.0, guess.1) == (stop.process, thread)).map(|guess| guess.2);
        stop.stacks.entry(thread).or_default().fetch.want(None);
        stop.guess = guess;
        let request = Request::StackTrace { thread, start: 0, levels: self.rules.frames };
        self.ask(Asked::Stack { stop: id, thread }, request, Urgency::Capture);
        if let Some(guess) = guess {
            self.ask(Asked::GuessedScopes { stop: id }, Request::Scopes(guess.frame), Urgency::Capture);
            self.ask(
                Asked::GuessedVariables { stop: id },
                Request::Variables(guess.locals),
                Urgency::Capture,
            );
        }
    }

    /// Remembers what the next stop's capture may start from. `stop`: the one that the program runs on from.
    pub(super) fn guess(&mut self, stop: &mut Stop, how: ResumeKind) {
        let guess = (how == ResumeKind::Next).then(|| stop.as_guess()).flatten();
        self.guess = guess.map(|guess| (stop.process, stop.thread, guess));
    }

    pub(super) fn guessed_scopes(&mut self, id: StopId, scopes: Vec<UpstreamScope>) {
        if let Some(top) = self.confirmed(id) {
            self.scopes(id, top, scopes);
        }
    }

    pub(super) fn guessed_variables(&mut self, id: StopId, items: Vec<UpstreamVariable>) {
        if let Some(set) = self.confirmed_set(id) {
            self.variables(id, set, items);
        }
    }

    /// What was guessed will not come. Whoever waits for it by now, as it turned out right, hears so.
    pub(super) fn guess_failed(&mut self, asked: Asked, error: &AskError) {
        let (stop, waited_for) = match asked {
            Asked::GuessedScopes { stop } => {
                (stop, self.confirmed(stop).map(|frame| Asked::Scopes { stop, frame }))
            }
            Asked::GuessedVariables { stop } => {
                (stop, self.confirmed_set(stop).map(|set| Asked::Variables { stop, set }))
            }
            _ => return,
        };
        if let Some(found) = self.stop(stop) {
            found.guess = None;
        }
        if let Some(asked) = waited_for {
            self.failed(asked, error);
        }
    }

    /// The top frame, if it is the guessed one.
    fn confirmed(&mut self, id: StopId) -> Option<FrameId> {
        let stop = self.stop(id)?;
        let (guess, top) = (stop.guess?, stop.top?);
        (stop.frame(top)?.upstream == guess.frame).then_some(top)
    }

    /// Its locals, if they are the guessed ones and still awaited.
    fn confirmed_set(&mut self, id: StopId) -> Option<VariablesId> {
        let top = self.confirmed(id)?;
        let stop = self.stop(id)?;
        let (guess, set) = (stop.guess?, stop.frame(top)?.locals?);
        let found = stop.set(set)?;
        (found.upstream == guess.locals && matches!(found.items, Fetch::Asked(_))).then_some(set)
    }

    pub(super) fn stack(
        &mut self,
        id: StopId,
        thread: ThreadId,
        upstream: Vec<UpstreamFrameInfo>,
        total: u32,
    ) {
        let Some(stop) = self.stop(id) else { return };
        let mut frames = Vec::with_capacity(upstream.len());
        let held = !stop.native.contains(&thread);
        for frame in upstream {
            let frame_id = stop.add_frame(frame.id, frame.path.clone());
            if let Some(added) = stop.frame(frame_id) {
                added.held = held;
            }
            let UpstreamFrameInfo { name, path, line, column, subtle, .. } = frame;
            frames.push(Frame { id: frame_id, name, path, line, column, subtle });
        }
        let (start, waiters) = stop.stacks.entry(thread).or_default().came(frames.len(), total);
        let main = stop.thread == thread && start == 0;
        let top = frames.first().cloned();
        if main {
            stop.top = top.as_ref().map(|top| top.id);
        }
        self.record(None, Event::Stack { stop: id, thread, start, frames, total });
        self.reply_all(waiters, None);
        if let Some(top) = top.filter(|_| main) {
            self.capture_top(id, &top);
        }
    }

    /// What the server fetches unasked once a stop's stack is known.
    fn capture_top(&mut self, id: StopId, top: &Frame) {
        if let Some(path) = &top.path {
            let of_function = self.stop(id).is_some_and(|stop| stop.at_function);
            let at = if of_function {
                self.breakpoints.at_function(&top.name)
            } else {
                self.breakpoints.at(path, top.line)
            };
            match at {
                At::Nobodys => {}
                At::Known(entries) => self.record(None, Event::Hit { stop: id, entries }),
                At::Ask(line) => {
                    self.ask(Asked::Matched { stop: id }, Request::Matched { line }, Urgency::Capture);
                }
            }
        }
        let Some(stop) = self.stop(id) else { return };
        let guess = stop.guess.take();
        let Some(frame) = stop.frame(top.id) else { return };
        let upstream = frame.upstream;
        if frame.scopes.want(None) != Want::Ask {
            return;
        }
        if guess.is_some_and(|guess| guess.frame == upstream) {
            // Asked for already: the answers are on their way.
            stop.guess = guess;
        } else {
            self.ask(Asked::Scopes { stop: id, frame: top.id }, Request::Scopes(upstream), Urgency::Capture);
        }
    }

    /// What the server fetches unasked once a stop's locals are asked for, or can't be.
    pub(super) fn capture_around(&mut self, id: StopId) {
        let later_at = self.now + self.rules.capture_later_ms;
        let Some(stop) = self.stop(id) else { return };
        stop.later_at = Some(later_at);
        let path = stop.top.and_then(|top| stop.frame(top)).and_then(|top| top.path.clone());
        if let Some(path) = path {
            self.fetch_source(None, path);
        }
    }

    /// The rest of the capture, when its time has come.
    pub(super) fn capture_later(&mut self) {
        let now = self.now;
        let Phase::Stopped(stop) = &mut self.phase else { return };
        if stop.later_at.is_none_or(|at| at > now) {
            return;
        }
        stop.later_at = None;
        let (id, sets) = (stop.id, std::mem::take(&mut stop.later));
        if stop.threads.want(None) == Want::Ask {
            self.ask(Asked::Threads { stop: id }, Request::Threads, Urgency::Browse);
        }
        for set in sets {
            // Somebody may have asked for it meanwhile.
            let Some(found) = self.stop(id).and_then(|stop| stop.set(set)) else { continue };
            let upstream = found.upstream;
            if found.items.want(None) == Want::Ask {
                self.ask(Asked::Variables { stop: id, set }, Request::Variables(upstream), Urgency::Browse);
            }
        }
        self.begin_watches(id);
        self.look_at_activity(id);
        self.check_sources_soon();
    }

    pub(super) fn scopes(&mut self, id: StopId, frame: FrameId, upstream: Vec<UpstreamScope>) {
        let Some(stop) = self.stop(id) else { return };
        let guess = stop.guess.filter(|_| stop.top == Some(frame));
        let mut scopes = Vec::with_capacity(upstream.len());
        for scope in upstream {
            let variables = stop.add_set(scope.reference, 0);
            if let Some(set) = stop.set(variables) {
                set.frame = Some(frame);
            }
            let expensive = scope.expensive || scope.name == "Globals";
            scopes.push(Scope { name: scope.name, variables, expensive });
        }
        let locals: Vec<VariablesId> = scopes.iter().filter(|s| !s.expensive).map(|s| s.variables).collect();
        let waiters = stop.frame(frame).map(|found| {
            found.locals = locals.first().copied();
            found.scopes.finish(true)
        });
        let mut asks = Vec::new();
        for set in locals {
            let Some(found) = stop.set(set) else { continue };
            let upstream = found.upstream;
            if found.items.want(None) == Want::Ask && guess.is_none_or(|guess| guess.locals != upstream) {
                asks.push((set, upstream));
            }
        }
        if guess.is_some_and(|guess| stop.sets().all(|set| set.upstream != guess.locals)) {
            stop.guess = None;
        }
        self.record(None, Event::Scopes { stop: id, frame, scopes });
        self.reply_all(waiters.unwrap_or_default(), None);
        for (set, upstream) in asks {
            self.ask(Asked::Variables { stop: id, set }, Request::Variables(upstream), Urgency::Capture);
        }
        if self.stop(id).is_some_and(|stop| stop.top == Some(frame)) {
            self.capture_around(id);
        }
    }

    pub(super) fn variables(&mut self, id: StopId, set: VariablesId, upstream: Vec<UpstreamVariable>) {
        let (most, most_sets) = (self.rules.set_items, self.rules.captured_sets);
        let Some(found) = self.stop(id).and_then(|stop| stop.set(set)) else { return };
        let (depth, frame) = (found.depth, found.frame);
        let now = values::digest(&upstream);
        let known = !values::has_placeholders(&upstream);
        let unchanged = found.digest.replace(now) == Some(now);
        if unchanged {
            // Read anew, and everybody has it.
            let waiters = found.items.finish(known);
            return self.reply_all(waiters, None);
        }
        let truncated = upstream.len() > most;
        let mut items = Vec::with_capacity(upstream.len().min(most));
        for variable in upstream.into_iter().take(most) {
            items.push(self.variable_in(Some(id), variable, depth + 1, frame));
        }
        held::fit(&mut items, self.rules.part_bytes);
        let later_at = self.now + self.rules.capture_later_ms;
        let Some(stop) = self.stop(id) else { return };
        let waiters = stop.set(set).map(|set| set.items.finish(known)).unwrap_or_default();
        stop.looks.forget(set);
        if depth == 0 {
            stop.later_at = Some(later_at);
            // debugpy groups dunder names and methods in sets of their own; nobody looks there first.
            for child in items.iter().filter(|item| !is_group(&item.name)).filter_map(|item| item.variables) {
                if stop.captured >= most_sets {
                    break;
                }
                if stop.set(child).is_some_and(|set| set.items == Fetch::Unasked)
                    && !stop.later.contains(&child)
                {
                    stop.captured += 1;
                    stop.later.push(child);
                }
            }
        }
        let weight = held::items(&items);
        self.record(None, Event::Variables { stop: id, variables: set, items, truncated });
        self.hold(id, &Part::Set { variables: set }, weight);
        self.reply_all(waiters, None);
    }
}

fn is_group(name: &str) -> bool {
    matches!(
        name,
        "special variables"
            | "function variables"
            | "class variables"
            | "protected variables"
            | "private variables"
    )
}
