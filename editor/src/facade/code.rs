//! Running code at a stop: evaluating, setting, completing; and proposing what one may not run.

use super::dap::{self, Ask, without_nulls};
use super::driving::result;
use super::values::{shown, utf16, wants_hex};
use super::{Facade, What, sentence, words};
use breakroom_protocol::command::Proposed;
use breakroom_protocol::message::ReplyResult;
use breakroom_protocol::model::Proposal;
use breakroom_protocol::{
    BreakpointDraft, Command, Completion, Envelope, ErrorBody, ErrorCode, EvaluateContext, Event, FrameId,
    Outcome, ParticipantId, ProposalEnd, ProposalId, Role, StopId, Variable,
};
use serde_json::{Value, json};

/// An evaluation that waits for its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub stop: Option<StopId>,
    pub frame: Option<FrameId>,
    pub expression: String,
    pub context: EvaluateContext,
    pub hex: bool,
}

impl Evaluation {
    /// Whether a person typed it, and wants to see why it failed.
    pub const fn shows_failure(&self) -> bool {
        matches!(self.context, EvaluateContext::Repl | EvaluateContext::Clipboard)
    }

    fn command(&self) -> Command {
        let Self { stop, frame, expression, context, .. } = self.clone();
        Command::Evaluate { stop, frame, expression, context }
    }
}

/// A text that is to be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    frame: FrameId,
    text: String,
    before: String,
}

impl Facade {
    pub(super) fn evaluate(&mut self, ask: Ask, arguments: &Value) {
        let Some(expression) = dap::text(arguments, "expression").map(str::to_owned) else {
            return self.fail_quietly(ask, "There is nothing to evaluate.");
        };
        let context = dap::text(arguments, "context").unwrap_or("repl");
        if let ("repl", Some(line)) = (context, expression.strip_prefix('/')) {
            return self.console(ask, line);
        }
        let known = matches!(context, "watch" | "hover" | "variables");
        let context = match context {
            "hover" => EvaluateContext::Hover,
            "watch" | "variables" => EvaluateContext::Watch,
            "clipboard" => EvaluateContext::Clipboard,
            _ => EvaluateContext::Repl,
        };
        let stop = self.stop().map(|view| view.stop);
        let frame = self.frame_named(arguments);
        let wanted = Evaluation { stop, frame, expression, context, hex: wants_hex(arguments) };
        let named = arguments.get("frameId").is_some_and(|frame| !frame.is_null());
        // Without a frame it runs in the main process, which isn't this session's if it is a child's.
        if (named && frame.is_none()) || (stop.is_none() && self.family.process().is_some()) {
            let why = if stop.is_some() { words::STALE } else { words::RUNNING };
            return self.refuse(ask, why, wanted.shows_failure());
        }
        // A plain name that was captured needs no code: everybody may look at it, and nothing runs.
        let found = frame.filter(|_| known).and_then(|frame| self.captured_name(frame, &wanted.expression));
        if let Some(item) = found {
            let body = self.evaluation(&item, wanted.hex);
            return self.succeed(ask, body);
        }
        self.command(Some(ask), wanted.command(), What::Evaluate(wanted));
    }

    /// What is typed in the console by who may not run it is proposed; the rest is refused.
    pub(super) fn evaluation_refused(&mut self, ask: Ask, wanted: Evaluation, error: &ErrorBody) {
        let may_propose = matches!(error.code, ErrorCode::ProposeInstead | ErrorCode::NotAllowed);
        if !may_propose || self.may_run_code() || wanted.context != EvaluateContext::Repl {
            return self.refuse(ask, sentence(error), wanted.shows_failure());
        }
        let action = Proposed::Command { command: Box::new(wanted.command()) };
        self.command(
            Some(ask),
            Command::Propose { action },
            What::Propose { refused: sentence(error).to_owned() },
        );
    }

    pub(super) fn evaluation(&mut self, item: &Variable, hex: bool) -> Value {
        let mut body = self.variable(item, hex);
        only(&mut body, &["type", "variablesReference", "indexedVariables"]);
        body["result"] = shown(item, hex).into();
        body
    }

    pub(super) fn set_variable(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else { return self.fail(ask, words::RUNNING) };
        let number = arguments.get("variablesReference").and_then(Value::as_i64).unwrap_or(0);
        let set = self.handles.set(number).or_else(|| self.handles.rest(number).map(|(set, _)| set));
        let Some(set) = set else { return self.fail(ask, words::STALE) };
        let field = |key| dap::text(arguments, key).unwrap_or_default().to_owned();
        let (name, value) = (field("name"), field("value"));
        let command = Command::SetVariable { stop, variables: set, name: name.clone(), value };
        let hex = wants_hex(arguments);
        self.command(Some(ask), command, What::SetVariable { stop, set, name, hex });
    }

    pub(super) fn set_expression(&mut self, ask: Ask, arguments: &Value) {
        let Some(stop) = self.stop().map(|view| view.stop) else { return self.fail(ask, words::RUNNING) };
        let Some(frame) = self.frame_named(arguments) else {
            return self.fail(ask, "Setting an expression needs a frame of the stop where the program is.");
        };
        let field = |key| dap::text(arguments, key).unwrap_or_default().to_owned();
        let (expression, value) = (field("expression"), field("value"));
        let command = Command::SetExpression { stop, frame, expression: expression.clone(), value };
        let hex = wants_hex(arguments);
        self.command(Some(ask), command, What::SetExpression { stop, frame, expression, hex });
    }

    /// Who may not run code gets the names that were captured.
    pub(super) fn completions(&mut self, ask: Ask, arguments: &Value) {
        let text = arguments.get("text").and_then(Value::as_str).unwrap_or_default();
        let line = arguments.get("line").and_then(|line| self.line_of(line)).unwrap_or(1);
        let text = text.lines().nth(usize::try_from(line).unwrap_or(1).saturating_sub(1)).unwrap_or_default();
        let column = arguments.get("column").and_then(Value::as_u64).and_then(|c| u32::try_from(c).ok());
        let column = column.unwrap_or(0).saturating_sub(self.client.first_column);
        let before = until(text, column);
        let none = json!({ "targets": [] });
        let named = self.frame_named(arguments);
        let at = self.stop().and_then(|view| {
            let top = || view.stacks.get(&view.thread)?.frames.first().map(|frame| frame.id);
            Some((view.stop, named.or_else(top)?))
        });
        let Some((stop, frame)) = at.filter(|_| !before.is_empty() && !before.starts_with('/')) else {
            return self.succeed(ask, none);
        };
        if !self.may_run_code() {
            let targets = self.names_like(frame, before);
            return self.succeed(ask, json!({ "targets": targets }));
        }
        let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
        let typed = Typed { frame, text: text.to_owned(), before: before.to_owned() };
        let command = Command::Complete { stop, frame, text: typed.text.clone(), column };
        self.command(Some(ask), command, What::Complete(typed));
    }

    /// Where the program can't say, what is known is enough: nobody waits for a completion to fail.
    pub(super) fn completed(&mut self, ask: Ask, typed: &Typed, result: Option<ReplyResult>) {
        let Some(ReplyResult::Completions { items }) = result else {
            let targets = self.names_like(typed.frame, &typed.before);
            return self.succeed(ask, json!({ "targets": targets }));
        };
        let target = |item: &Completion| {
            let chars = |from: u32, count: u32| {
                let skipped = typed.text.chars().skip(usize::try_from(from).unwrap_or(0));
                utf16(&skipped.take(usize::try_from(count).unwrap_or(0)).collect::<String>())
            };
            let start = chars(0, item.start) + self.client.first_column;
            without_nulls(json!({ "label": item.label, "text": item.text, "type": item.kind, "start": start,
                "length": chars(item.start, item.length) }))
        };
        let targets: Vec<Value> = items.iter().map(target).collect();
        self.succeed(ask, json!({ "targets": targets }));
    }

    /// Code ran: who asked for it gets its outcome.
    pub(super) fn ran(&mut self, envelope: &Envelope) {
        if envelope.by != Some(self.me.id) {
            return;
        }
        match &envelope.event {
            Event::Evaluated { stop, frame, expression, outcome, context, .. } => {
                let wanted = |what: &What| {
                    matches!(what, What::Evaluate(Evaluation { stop: s, frame: f, expression: e, context: c, .. })
                        if s == stop && f == frame && e == expression && c == context)
                };
                let Some((Some(ask), What::Evaluate(evaluation))) = self.take_pending(wanted) else { return };
                match outcome {
                    Outcome::Value(item) => {
                        let body = self.evaluation(item, evaluation.hex);
                        self.succeed(ask, body);
                    }
                    Outcome::Error(message) => self.refuse(ask, message, evaluation.shows_failure()),
                }
            }
            Event::VariableSet { stop, variables, item } => {
                let wanted = |what: &What| {
                    matches!(what, What::SetVariable { stop: s, set, name, .. }
                        if s == stop && set == variables && *name == item.name)
                };
                if let Some((Some(ask), What::SetVariable { hex, .. })) = self.take_pending(wanted) {
                    self.was_set(ask, item, hex);
                }
            }
            Event::ExpressionSet { stop, frame, expression, item } => {
                let wanted = |what: &What| {
                    matches!(what, What::SetExpression { stop: s, frame: f, expression: e, .. }
                        if s == stop && f == frame && e == expression)
                };
                if let Some((Some(ask), What::SetExpression { hex, .. })) = self.take_pending(wanted) {
                    self.was_set(ask, item, hex);
                }
            }
            _ => {}
        }
    }

    fn was_set(&mut self, ask: Ask, item: &Variable, hex: bool) {
        let mut body = self.variable(item, hex);
        only(&mut body, &["value", "type", "variablesReference", "indexedVariables"]);
        self.succeed(ask, body);
    }

    fn take_pending(&mut self, wanted: impl Fn(&What) -> bool) -> Option<(Option<Ask>, What)> {
        let id = self.pending.iter().find(|(_, (_, what))| wanted(what)).map(|(id, _)| *id)?;
        self.pending.remove(&id)
    }

    pub(super) fn was_proposed(&mut self, ask: Ask) {
        self.succeed(ask, result(words::PROPOSED));
    }

    /// `/run N` and `/decline N`; without a number, the newest that is open.
    pub(super) fn decide(&mut self, ask: Ask, run: bool, number: &str) {
        let open = self.room.proposals.iter().rev().filter(|(_, view)| view.end.is_none());
        let wanted = number.trim_start_matches('#');
        let found = open.map(|(id, _)| *id).find(|id| wanted.is_empty() || id.to_string() == wanted);
        let Some(proposal) = found else { return self.fail(ask, "There is no such open proposal.") };
        let (command, done) = if run {
            (Command::ProposalRun { proposal }, "It was run.")
        } else {
            (Command::ProposalDecline { proposal }, "It was declined.")
        };
        self.command(Some(ask), command, What::Console(done.into()));
    }

    /// Said to who may decide.
    pub(super) fn proposal_made(&mut self, proposal: &Proposal) -> String {
        if let (true, Proposed::Breakpoint { draft, .. }) = (proposal.by == self.me.id, &proposal.action) {
            self.breakpoint_proposed(proposal.id, draft);
        }
        if proposal.by == self.me.id || !(self.me.role == Role::Host || self.drives()) {
            return String::new();
        }
        let (id, who, what) = (proposal.id, self.name(proposal.by), action(&proposal.action));
        format!("{who} proposes {what}. Type /run {id} or /decline {id}.")
    }

    /// Said to who proposed it.
    pub(super) fn proposal_ended(
        &mut self,
        id: ProposalId,
        by: Option<ParticipantId>,
        how: ProposalEnd,
        message: Option<&str>,
        outcome: Option<&Outcome>,
    ) -> String {
        self.breakpoint_decided(id, how, message);
        let Some(view) = self.room.proposals.get(&id).filter(|view| view.proposal.by == self.me.id) else {
            return String::new();
        };
        let what = action(&view.proposal.action);
        let who = by.map_or("Breakroom", |who| self.name(who));
        match (how, outcome, message) {
            (ProposalEnd::Run, Some(Outcome::Value(item)), _) => {
                format!("{who} ran what you proposed, {what}: {}", item.value)
            }
            (ProposalEnd::Run | ProposalEnd::Failed, Some(Outcome::Error(error)), _) => {
                format!("{who} ran what you proposed, {what}; it failed: {error}")
            }
            (ProposalEnd::Run, None, _) => format!("{who} did what you proposed: {what}."),
            (ProposalEnd::Failed, _, message) => {
                format!("what you proposed, {what}, failed: {}", message.unwrap_or("nobody knows why"))
            }
            (ProposalEnd::Declined, ..) => format!("{who} declined what you proposed: {what}."),
            (ProposalEnd::Withdrawn, ..) => String::new(),
            (ProposalEnd::Expired, _, message) => {
                let why = message.unwrap_or("the program has run on.");
                format!("what you proposed, {what}, is no longer possible: {why}")
            }
        }
    }
}

/// A proposed action for people.
fn action(action: &Proposed) -> String {
    match action {
        Proposed::Command { command } => match &**command {
            Command::Evaluate { expression, .. } => format!("to evaluate `{expression}`"),
            Command::SetVariable { name, value, .. } => format!("to set `{name}` to `{value}`"),
            Command::SetExpression { expression, value, .. } => format!("to set `{expression}` to `{value}`"),
            Command::WatchAdd { expression, .. } => format!("to watch `{expression}`"),
            Command::Goto { line, .. } => format!("to go to line {line}"),
            other => format!("`{}`", other.name().replace('_', " ")),
        },
        Proposed::Breakpoint { draft, instead_of } => {
            let place = super::place_of(&draft.path, draft.line, draft.function.as_deref());
            breakpoint(&place, draft, instead_of.is_some())
        }
    }
}

/// A proposed breakpoint: all that would run, as somebody agrees to it by these words.
fn breakpoint(place: &str, draft: &BreakpointDraft, changes: bool) -> String {
    let what = match &draft.log_message {
        _ if draft.snap => "a snap point".to_owned(),
        Some(message) => format!("to print `{message}`"),
        None => "a breakpoint".to_owned(),
    };
    let said = if changes { "a change of one that is there: " } else { "" };
    let condition = draft.condition.as_ref().map(|condition| format!(" if `{condition}`"));
    let hits = draft.hit_condition.as_ref().map(|hits| format!(", hit count `{hits}`"));
    format!("{said}{what} at {place}{}{}", condition.unwrap_or_default(), hits.unwrap_or_default())
}

/// The text before a column, which is counted in UTF-16 from 0.
fn until(text: &str, column: u32) -> &str {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= column {
            return &text[..at];
        }
        units += u32::try_from(c.len_utf16()).unwrap_or(2);
    }
    text
}

fn only(body: &mut Value, keys: &[&str]) {
    if let Value::Object(fields) = body {
        fields.retain(|key, _| keys.contains(&key.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_utf16() {
        assert_eq!([until("ab", 0), until("ab", 1), until("ab", 9)], ["", "a", "ab"]);
        assert_eq!([until("é😀x", 1), until("é😀x", 3), until("é😀x", 4)], ["é", "é😀", "é😀x"]);
    }
}
