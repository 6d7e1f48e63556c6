//! Going elsewhere than the next line: `goto`, and stepping into one of several calls.
//!
//! Both are for the thread that stopped: debugpy answers a `goto` of a thread that isn't paused only once it is, and keeps
//! the calls that can be stepped into by thread.

use super::commands::{Done, Verdict, refuse};
use super::{Asked, State};
use crate::session::stop::{Stop, Waiter};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::upstream::{Request, Urgency};
use breakroom_protocol::{
    ErrorBody, ErrorCode, FrameId, ParticipantId, ProcessId, ResumeKind, StepInTarget, StopId, ThreadId,
};

/// What a `goto` is about, while its target is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Going {
    pub(super) process: ProcessId,
    pub(super) stop: StopId,
    pub(super) thread: ThreadId,
    pub(super) by: ParticipantId,
    pub(super) waiter: Waiter,
}

impl State {
    pub(super) fn step_into(
        &mut self,
        me: ParticipantId,
        waiter: Waiter,
        id: StopId,
        thread: Option<ThreadId>,
        target: u32,
    ) -> Verdict {
        let driver = self.lease.require(me)?.id;
        let stop = self.at(id)?;
        let (process, thread) = (stop.process, stopped_thread(stop, thread)?);
        if !stop.step_targets.contains(&target) {
            return refuse(
                ErrorCode::OutOfRange,
                format!("The line has no call {target} to step into: ask for its calls first."),
            );
        }
        self.resume(ResumeKind::StepIn, Some(driver));
        self.continued_expected.insert(process);
        let asked = Asked::Resume { process, stop: id, thread, waiter: Some(waiter) };
        self.ask_of(process, asked, Request::StepInTarget { thread, target }, Urgency::Control);
        self.focus(process, ResumeKind::StepIn);
        Ok(Done::Later)
    }

    pub(super) fn want_step_in_targets(&mut self, waiter: Waiter, id: StopId, frame: FrameId) -> Verdict {
        let stop = self.at(id)?;
        let Some(upstream) = stop.frame(frame).map(|found| found.upstream) else {
            return refuse(ErrorCode::NoSuchFrame, format!("Stop {id} has no frame {frame}."));
        };
        if stop.top != Some(frame) {
            return refuse(
                ErrorCode::OutOfRange,
                "Only the innermost frame of the thread that stopped can step into a call.",
            );
        }
        let asked = Asked::StepInTargets { stop: id, waiter };
        self.ask(asked, Request::StepInTargets(upstream), Urgency::Capture);
        Ok(Done::Later)
    }

    pub(super) fn step_in_targets(&mut self, id: StopId, waiter: Waiter, items: Vec<StepInTarget>) {
        if let Some(stop) = self.stop(id) {
            stop.step_targets = items.iter().map(|target| target.id).collect();
            self.reply_with(waiter, ReplyResult::StepInTargets { items });
        } else {
            self.reply(waiter, Some(ran_on(id)));
        }
    }

    pub(super) fn goto(
        &mut self,
        me: ParticipantId,
        waiter: Waiter,
        id: StopId,
        thread: Option<ThreadId>,
        path: String,
        line: u32,
    ) -> Verdict {
        let by = self.lease.require(me)?.id;
        let stop = self.at(id)?;
        let (process, thread) = (stop.process, stopped_thread(stop, thread)?);
        let here = stop.top.and_then(|top| stop.frame(top)).and_then(|top| top.path.clone());
        // debugpy would go to the line of this number in the function that it is in, whatever the file.
        if here.as_deref() != Some(&path) || line == 0 {
            let where_it_is = here.as_deref().unwrap_or("code without a file");
            return refuse(
                ErrorCode::OutOfRange,
                format!(
                    "Only a line of the function that the program is in can be next; that is in {where_it_is}."
                ),
            );
        }
        let going = Going { process, stop: id, thread, by, waiter };
        self.ask_of(process, Asked::GotoTarget(going), Request::GotoTargets { path, line }, Urgency::Control);
        Ok(Done::Later)
    }

    /// debugpy has a number for the line: now it can go there, if it is still where it was.
    pub(super) fn goto_target(&mut self, going: Going, target: Option<i64>) {
        let Going { process, stop, thread, by, waiter } = going;
        let Some(target) = target else {
            let error = ErrorBody::new(ErrorCode::OutOfRange, "debugpy can't go to this line.");
            return self.reply(waiter, Some(error));
        };
        if self.stop(stop).is_none() {
            return self.reply(waiter, Some(ran_on(stop)));
        }
        if let Err(error) = self.lease.require(by).map(|_| ()) {
            return self.reply(waiter, Some(error));
        }
        self.resume(ResumeKind::Goto, Some(by));
        self.continued_expected.insert(process);
        self.ask_of(process, Asked::Goto(going), Request::Goto { thread, target }, Urgency::Control);
        self.focus(process, ResumeKind::Goto);
    }
}

/// The thread that stopped, if none other is meant.
fn stopped_thread(stop: &Stop, meant: Option<ThreadId>) -> Result<ThreadId, ErrorBody> {
    match meant {
        Some(other) if other != stop.thread => Err(ErrorBody::new(
            ErrorCode::NoSuchThread,
            format!("Only thread {}, which stopped, can do this.", stop.thread),
        )),
        _ => Ok(stop.thread),
    }
}

fn ran_on(stop: StopId) -> ErrorBody {
    ErrorBody::new(ErrorCode::StaleStop, format!("The program has already run on from stop {stop}."))
}
