//! Children: attached as they come, shown one stop at a time.
//!
//! debugpy holds a child back until somebody attaches to it, so each announced child is attached or let go, whatever
//! state the session is in. Stops of several processes queue up: after `continue` the next one that waits is shown at
//! once; after a step the stepped process goes first for [`Rules::focus_ms`](super::Rules), so that stepping stays in
//! one place. A pause is for all processes, and `continue` ends it for all.

use super::{Asked, Effect, MAIN, Phase, State};
use crate::session::children::{PAUSE, Pause};
use crate::session::stop::Stop;
use breakroom_protocol::upstream::{Request, UpstreamChild, Urgency};
use breakroom_protocol::{Event, OutputCategory, ProcessId, ResumeKind, StopId, ThreadId, UnixMillis};
use std::collections::VecDeque;

impl State {
    pub(super) fn child_announced(&mut self, parent: ProcessId, child: UpstreamChild) {
        if let Some(child) = self.offer_child(parent, child) {
            self.take_child(parent, child);
        }
    }

    /// Attaches to a child, or lets it go.
    pub(super) fn take_child(&mut self, parent: ProcessId, child: UpstreamChild) {
        let UpstreamChild { name, pid, arguments } = child;
        let most = self.rules.children;
        if !self.is_attached() || self.children.count() >= most {
            if self.is_attached() {
                let text =
                    format!("{name} runs without the debugger: {most} children are attached already.\n");
                self.output(parent, OutputCategory::Important, &text);
            }
            self.effects.push(Effect::ReleaseChild { arguments });
            return;
        }
        let process = self.children.announced(parent, pid, name);
        let setup = self.setup_of_all();
        self.effects.push(Effect::AttachChild { process, arguments, setup });
    }

    pub(super) fn child_attached(&mut self, process: ProcessId) {
        let told = self.children.attach(process);
        if told.is_empty() {
            self.effects.push(Effect::LeaveChild(process));
            return;
        }
        for info in told {
            self.record(None, Event::Process { process: info });
        }
        // Whatever people changed while attaching was under way; what is equal changes nothing.
        self.send_all_breakpoints(process);
    }

    /// Everything that it is to stop at, but for what an editor on the wire says itself.
    pub(super) fn send_all_breakpoints(&mut self, process: ProcessId) {
        let wired = self.wires.has(process);
        if !wired {
            self.send_exception_filters(process);
        }
        for (path, merged) in self.breakpoints.all() {
            if wired && self.breakpoints.is_wired(&path) {
                continue;
            }
            self.send_list(process, path, merged);
        }
        self.find_functions(process);
    }

    pub(super) fn child_failed(&mut self, process: ProcessId, why: Option<String>) {
        let name = self.children.name(process).map(str::to_owned);
        self.children.remove(process);
        if let (Some(name), Some(why)) = (name, why) {
            let text = format!("{name} could not be attached: {why}.\n");
            self.output(MAIN, OutputCategory::Important, &text);
        }
    }

    /// It ended, or its connection did.
    pub(super) fn child_ended(&mut self, process: ProcessId) {
        self.continued_expected.remove(&process);
        if !self.children.remove(process) {
            return;
        }
        let results = self.breakpoints.process_gone(process);
        self.resolved(results);
        if matches!(&self.phase, Phase::Stopped(stop) if stop.process == process) {
            self.resume(ResumeKind::Unasked, None);
        }
        self.record(None, Event::ProcessEnded { process });
        self.show_next();
    }

    /// A process paused: its stop is shown, or waits.
    pub(super) fn stopped(&mut self, process: ProcessId, pause: Pause) {
        let asked = self.children.pausing.remove(&process);
        match &self.phase {
            // A second thread that reports the same pause is no new stop.
            Phase::Stopped(stop) if stop.process == process => {}
            Phase::Stopped(_) => self.wait(process, pause),
            // The others ran on while this one was still on its way to the pause.
            Phase::Running { pausing: false } if asked && pause.reason == PAUSE => {
                self.release(process, pause.thread);
            }
            Phase::Running { .. } => match self.children.focus {
                Some((focused, until)) if focused != process && until > self.now => self.wait(process, pause),
                _ => self.show(process, pause),
            },
            _ => {}
        }
    }

    /// It runs, and we did not ask for that.
    pub(super) fn continued(&mut self, process: ProcessId) {
        if matches!(&self.phase, Phase::Stopped(stop) if stop.process == process) {
            self.resume(ResumeKind::Unasked, None);
            self.show_next();
        } else {
            self.children.waiting.retain(|(other, _)| *other != process);
            self.tell_waiting(process, None);
        }
    }

    fn wait(&mut self, process: ProcessId, pause: Pause) {
        if self.children.waiting.iter().any(|(other, _)| *other == process) {
            return;
        }
        let reason = pause.reason.clone();
        self.children.waiting.push_back((process, pause));
        self.tell_waiting(process, Some(reason));
    }

    pub(super) fn tell_waiting(&mut self, process: ProcessId, waiting: Option<String>) {
        if let Some(info) = self.children.set_waiting(process, waiting) {
            self.record(None, Event::Process { process: info });
        }
    }

    fn show(&mut self, process: ProcessId, pause: Pause) {
        let Pause { reason, description, text, thread } = pause;
        self.children.focus = None;
        self.last_stop = StopId(self.last_stop.0 + 1);
        let id = self.last_stop;
        let mut stop = Stop::new(id, process, thread);
        stop.at_function = reason == "function breakpoint";
        self.phase = Phase::Stopped(Box::new(stop));
        self.record(None, Event::Stopped { stop: id, reason, description, text, thread, process });
        self.proposals_at_stop();
        self.capture(id, thread);
    }

    /// Shows who waits first, unless something is shown, or a step's own stop is still to come.
    pub(super) fn show_next(&mut self) {
        if !matches!(self.phase, Phase::Running { .. })
            || self.focus_until().is_some_and(|until| until > self.now)
        {
            return;
        }
        if let Some((process, pause)) = self.children.waiting.pop_front() {
            self.tell_waiting(process, None);
            self.show(process, pause);
        }
    }

    /// When [`State::show_next`] is due, if a step alone holds it up.
    pub(super) fn focus_until(&self) -> Option<UnixMillis> {
        let running = matches!(self.phase, Phase::Running { .. });
        let (_, until) = self.children.focus.filter(|_| running && !self.children.waiting.is_empty())?;
        Some(until)
    }

    /// A process was told to run on: what that means for the others.
    pub(super) fn focus(&mut self, process: ProcessId, how: ResumeKind) {
        if how == ResumeKind::Continue {
            self.children.focus = None;
            let all = std::mem::take(&mut self.children.waiting);
            let (paused, waiting): (VecDeque<_>, VecDeque<_>) =
                all.into_iter().partition(|(_, pause)| pause.reason == PAUSE);
            self.children.waiting = waiting;
            for (other, pause) in paused {
                self.tell_waiting(other, None);
                self.release(other, pause.thread);
            }
            self.show_next();
        } else {
            self.children.focus = Some((process, self.now + self.rules.focus_ms));
        }
    }

    /// Lets a process that is paused, and not shown, run on.
    fn release(&mut self, process: ProcessId, thread: ThreadId) {
        self.continued_expected.insert(process);
        self.ask_of(process, Asked::Child, Request::Continue(thread), Urgency::Control);
    }

    /// The program's own process was asked to pause; so are its children.
    pub(super) fn pause_children(&mut self) {
        self.children.pausing.insert(MAIN);
        for child in self.children.attached() {
            self.children.pausing.insert(child);
            self.ask_of(child, Asked::Child, Request::Pause(ThreadId(1)), Urgency::Control);
        }
    }
}
