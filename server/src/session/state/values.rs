//! Large values, tables, setting, completions, and what threads and tasks do.
//!
//! What many may look at is asked for once and published ([`Look`]); what only helps somebody type is a reply.

use super::commands::{EXPRESSION_CHARS, Verdict, check_text, refuse};
use super::{Asked, State};
use crate::session::held;
use crate::session::looks::Look;
use crate::session::stop::{Fetch, Waiter, Want};
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::upstream::{
    Answer, AskError, Request, UpstreamFrame, UpstreamReference, UpstreamVariable, Urgency,
};
use breakroom_protocol::{
    Completion, ErrorBody, ErrorCode, Event, FrameId, Part, ParticipantId, StopId, Variable, VariablesId,
};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most items of a page.
const PAGE_ITEMS: u32 = 500;
/// Most characters of a piece of text.
const TEXT_CHARS: u32 = 65_536;
/// Most rows of a table's page.
const TABLE_ROWS: u32 = 200;
/// Sets that are read anew when code has run.
const REFRESHED: usize = 24;

impl State {
    pub(super) fn want_page(
        &mut self,
        waiter: Waiter,
        stop: StopId,
        set: VariablesId,
        start: u64,
        count: u32,
    ) -> Verdict {
        check_count(count, PAGE_ITEMS, "items")?;
        self.want_look(waiter, stop, Look::Page { set, start, count })
    }

    pub(super) fn want_text(
        &mut self,
        waiter: Waiter,
        stop: StopId,
        set: VariablesId,
        name: String,
        start: u64,
        count: u32,
    ) -> Verdict {
        check_count(count, TEXT_CHARS, "characters")?;
        check_text(&name, EXPRESSION_CHARS, "A name")?;
        self.want_look(waiter, stop, Look::Text { set, name, start, count })
    }

    #[expect(clippy::too_many_arguments, reason = "the command's fields")]
    pub(super) fn want_table(
        &mut self,
        waiter: Waiter,
        stop: StopId,
        set: VariablesId,
        start: u64,
        count: u32,
        sort: Option<String>,
        descending: bool,
    ) -> Verdict {
        check_count(count, TABLE_ROWS, "rows")?;
        if let Some(sort) = &sort {
            check_text(sort, EXPRESSION_CHARS, "A column's name")?;
        }
        self.want_look(waiter, stop, Look::Table { set, start, count, sort, descending })
    }

    pub(super) fn want_activity(&mut self, waiter: Waiter, stop: StopId) -> Verdict {
        self.want_look(waiter, stop, Look::Activity)
    }

    fn want_look(&mut self, waiter: Waiter, id: StopId, look: Look) -> Verdict {
        let stop = self.at(id)?;
        let mut unread = None;
        let mut reference = None;
        if let Some(set) = look.set() {
            let Some(found) = stop.set(set) else {
                return refuse(ErrorCode::NoSuchVariables, format!("Stop {id} has no variables {set}."));
            };
            reference = Some(found.upstream);
            // A page is shown within its set, so that has to be there first.
            if !matches!(look, Look::Table { .. }) && found.items == Fetch::Unasked {
                unread = Some((set, found.upstream));
            }
        }
        match stop.looks.want(&look, Some(waiter)) {
            Want::Ready => return Ok(super::commands::Done::Now),
            Want::Waiting => return Ok(super::commands::Done::Later),
            Want::Ask => {}
        }
        if let Some((set, upstream)) = unread {
            if let Some(found) = stop.set(set) {
                found.items.want(None);
            }
            self.ask(Asked::Variables { stop: id, set }, Request::Variables(upstream), Urgency::Browse);
        }
        self.ask_look(id, look, reference);
        Ok(super::commands::Done::Later)
    }

    /// What threads and tasks do, unasked.
    pub(super) fn look_at_activity(&mut self, id: StopId) {
        let wanted = self.stop(id).map(|stop| stop.looks.want(&Look::Activity, None));
        if wanted == Some(Want::Ask) {
            self.ask_look(id, Look::Activity, None);
        }
    }

    fn ask_look(&mut self, id: StopId, look: Look, reference: Option<UpstreamReference>) {
        let request = match (look.clone(), reference) {
            (Look::Page { start, count, .. }, Some(reference)) => Request::Page { reference, start, count },
            (Look::Text { name, start, count, .. }, Some(reference)) => {
                Request::Text { reference, name, start, count }
            }
            (Look::Table { start, count, sort, descending, .. }, Some(reference)) => {
                Request::Table { reference, start, count, sort, descending }
            }
            _ => Request::Activity,
        };
        self.ask(Asked::Look { stop: id, look }, request, Urgency::Browse);
    }

    /// What was looked at.
    pub(super) fn looked(&mut self, id: StopId, look: Look, answer: Answer) {
        // Its set could not be read, or was dropped meanwhile: nobody would see it.
        let within = look.set().filter(|_| !matches!(look, Look::Table { .. }));
        if let Some(set) = within
            && self.stop(id).is_some_and(|stop| !stop.holds(set))
        {
            let why = "What it belongs to could not be read, or is no longer kept: try again.";
            return self.look_failed(id, &look, &ErrorBody::new(ErrorCode::NoSuchVariables, why));
        }
        let event = match (&look, answer) {
            (Look::Page { set, start, .. }, Answer::Page { total, items }) => {
                let Some((depth, frame)) = self.stop(id).and_then(|stop| stop.set(*set)).map(place) else {
                    return;
                };
                let mut items: Vec<Variable> = items
                    .into_iter()
                    .map(|item| self.variable_in(Some(id), item, depth + 1, frame))
                    .collect();
                held::fit(&mut items, self.rules.part_bytes);
                Event::Page { stop: id, variables: *set, start: *start, total, items }
            }
            (Look::Text { set, name, start, .. }, Answer::Text { total, text }) => {
                Event::Text { stop: id, variables: *set, name: name.clone(), start: *start, total, text }
            }
            (Look::Table { set, .. }, Answer::Table(table)) => {
                Event::Table { stop: id, variables: *set, table }
            }
            (Look::Activity, Answer::Activity { threads, tasks, total_tasks }) => {
                Event::Activity { stop: id, threads, tasks, total_tasks }
            }
            _ => return self.failed(Asked::Look { stop: id, look }, &AskError::Garbled("evaluate")),
        };
        let Some(stop) = self.stop(id) else { return };
        let waiters = stop.looks.finish(&look, true);
        let weight = match &event {
            Event::Page { items, .. } => held::items(items),
            Event::Text { name, text, .. } => held::text(name) + held::text(text),
            Event::Table { table, .. } => held::table(table),
            _ => 0,
        };
        self.record(None, event);
        if let Some(part) = look.part() {
            self.hold(id, &part, weight);
        }
        self.reply_all(waiters, None);
    }

    /// Everybody has got a part of a stop's values.
    pub(super) fn hold(&mut self, id: StopId, part: &Part, weight: usize) {
        let most = self.rules.stop_bytes;
        let parts = self.stop(id).map(|stop| stop.hold(part, weight, most)).unwrap_or_default();
        if !parts.is_empty() {
            self.record(None, Event::Dropped { stop: id, parts });
        }
    }

    pub(super) fn look_failed(&mut self, id: StopId, look: &Look, body: &ErrorBody) {
        let waiters = self.stop(id).map(|stop| stop.looks.finish(look, false)).unwrap_or_default();
        self.reply_all(waiters, Some(body));
    }

    pub(super) fn complete(
        &mut self,
        waiter: Waiter,
        stop: StopId,
        frame: FrameId,
        text: String,
        column: u32,
    ) -> Verdict {
        if text.chars().count() > EXPRESSION_CHARS {
            return refuse(
                ErrorCode::TooLarge,
                format!("A text can have at most {EXPRESSION_CHARS} characters."),
            );
        }
        if column as usize > text.chars().count() {
            return refuse(ErrorCode::OutOfRange, "The column is behind the text's end.");
        }
        let frame = self.code_frame(stop, frame)?;
        self.ask(Asked::Complete { waiter }, Request::Complete { frame, text, column }, Urgency::Capture);
        Ok(super::commands::Done::Later)
    }

    pub(super) fn completed(&mut self, waiter: Waiter, items: Vec<Completion>) {
        self.reply_with(waiter, ReplyResult::Completions { items });
    }

    pub(super) fn set_variable(
        &mut self,
        by: ParticipantId,
        waiter: Waiter,
        id: StopId,
        set: VariablesId,
        name: String,
        value: String,
    ) -> Verdict {
        check_text(&value, EXPRESSION_CHARS, "A value")?;
        check_text(&name, EXPRESSION_CHARS, "A name")?;
        let stop = self.at(id)?;
        let Some((reference, frame)) = stop.set(set).map(|found| (found.upstream, found.frame)) else {
            return refuse(ErrorCode::NoSuchVariables, format!("Stop {id} has no variables {set}."));
        };
        let Some(frame) = frame.or(stop.top) else {
            return refuse(ErrorCode::NoSuchFrame, "The stack isn't read yet: try again in a moment.");
        };
        let frame = self.code_frame(id, frame)?;
        let request = Request::Assign { frame, reference, name: name.clone(), value };
        self.ask(Asked::SetVariable { stop: id, set, name, by, waiter }, request, Urgency::Capture);
        Ok(super::commands::Done::Later)
    }

    pub(super) fn variable_set(
        &mut self,
        id: StopId,
        set: VariablesId,
        name: String,
        value: UpstreamVariable,
    ) -> Variable {
        let (depth, frame) = self.stop(id).and_then(|stop| stop.set(set)).map_or((1, None), place);
        Variable { name, ..self.variable_in(Some(id), value, depth + 1, frame) }
    }

    pub(super) fn set_expression(
        &mut self,
        me: ParticipantId,
        waiter: Waiter,
        id: StopId,
        frame: FrameId,
        expression: String,
        value: String,
    ) -> Verdict {
        check_text(&expression, EXPRESSION_CHARS, "An expression")?;
        check_text(&value, EXPRESSION_CHARS, "A value")?;
        let upstream = self.code_frame(id, frame)?;
        let request = Request::AssignExpression { frame: upstream, target: expression.clone(), value };
        let asked = Asked::SetExpression { stop: id, frame, expression, by: me, waiter };
        self.ask(asked, request, Urgency::Capture);
        Ok(super::commands::Done::Later)
    }

    pub(super) fn expression_set(
        &mut self,
        id: StopId,
        frame: FrameId,
        expression: String,
        by: ParticipantId,
        value: UpstreamVariable,
    ) {
        let item = self.variable_in(Some(id), value, 2, Some(frame));
        self.record(Some(by), Event::ExpressionSet { stop: id, frame, expression, item });
        let locals = self.stop(id).and_then(|stop| stop.frame(frame)).and_then(|frame| frame.locals);
        self.refresh_after_code(id, locals);
    }

    /// A frame that code can run in, by debugpy's id.
    pub(super) fn code_frame(&mut self, id: StopId, frame: FrameId) -> Result<UpstreamFrame, ErrorBody> {
        let stop = self.at(id)?;
        let Some(found) = stop.frame(frame) else {
            return Err(ErrorBody::new(ErrorCode::NoSuchFrame, format!("Stop {id} has no frame {frame}.")));
        };
        if !found.held {
            return Err(ErrorBody::new(
                ErrorCode::NotStopped,
                "This thread isn't paused, as it is in native code (a lock, a socket, a sleep): its variables can be read, \
                 but nothing runs in it.",
            ));
        }
        Ok(found.upstream)
    }

    /// Code ran: what was captured may no longer be so. `first`: the set that most likely changed.
    pub(super) fn refresh_after_code(&mut self, id: StopId, first: Option<VariablesId>) {
        self.code_ran();
        let Some(stop) = self.stop(id) else { return };
        stop.looks.forget_all();
        let others = stop.set_ids().filter(|set| first != Some(*set));
        let mut left = REFRESHED;
        for set in first.into_iter().chain(others) {
            let Some(found) = self.stop(id).and_then(|stop| stop.set(set)) else { continue };
            if found.digest.is_none() || matches!(found.items, Fetch::Asked(_) | Fetch::Again) {
                continue;
            }
            let upstream = found.upstream;
            if left == 0 {
                // Whoever looks at it again gets it anew.
                found.items = Fetch::Unasked;
                continue;
            }
            left -= 1;
            found.items = Fetch::Again;
            self.ask(Asked::Variables { stop: id, set }, Request::Variables(upstream), Urgency::Browse);
        }
    }
}

fn place(set: &mut crate::session::stop::SetRef) -> (u32, Option<FrameId>) {
    (set.depth, set.frame)
}

fn check_count(count: u32, most: u32, what: &str) -> Result<(), ErrorBody> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(ErrorBody::new(ErrorCode::OutOfRange, format!("Ask for 1 to {most} {what} at once.")))
}

/// Tells whether a set that is read anew is still the same.
pub(super) fn digest(items: &[UpstreamVariable]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        (&item.name, &item.value, &item.type_name, item.reference, &item.evaluate_name).hash(&mut hasher);
    }
    hasher.finish()
}

/// Whether some value of a set is a placeholder for a repr that took too long: then who asks again gets it tried again.
pub(super) fn has_placeholders(items: &[UpstreamVariable]) -> bool {
    items
        .iter()
        .any(|item| item.value.contains(": repr took longer") || item.value.contains(": repr left out"))
}
