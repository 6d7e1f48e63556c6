//! DAP bodies to typed answers and events, and typed requests to DAP arguments.
//!
//! Source: the Debug Adapter Protocol specification; only the fields that are read have a place here.

use crate::pushed::Push;
use crate::transport::Writer;
use crate::{entries, source, traceback, values, wire};
use breakroom_protocol::dap::Incoming;
use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::{ExceptionFilters, OutputCategory, StepInTarget, Thread};
use breakroom_protocol::upstream::{
    Answer, AskError, FunctionBreakpoint, Request, SourceBreakpoint, UpstreamBreakpoint, UpstreamChild,
    UpstreamEvent, UpstreamFrame, UpstreamFrameInfo, UpstreamReference, UpstreamScope, UpstreamVariable,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::RawValue;

/// Parses JSON; lone surrogates, which Python's encoder writes and Rust's strings can't hold, become U+FFFD.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(_) => serde_json::from_str(&without_lone_surrogates(text)).ok(),
    }
}

/// Replaces `\uD800` to `\uDFFF` escapes that have no partner.
pub(crate) fn without_lone_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(_), _) => {
                out.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // Any other escape: the backslash and the character that it escapes.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn surrogate(text: &str) -> Option<u16> {
    let unit = u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

/// Why a request must not be sent at all.
pub(crate) fn check(request: &Request) -> Result<(), AskError> {
    const MAX_TEXT: usize = 1024 * 1024;
    let too_long = || Err(AskError::Refused("the text is longer than 1 MiB".to_owned()));
    match request {
        Request::SetBreakpoints { path, .. } if !source::is_usable_path(path) => {
            Err(AskError::Refused("the path of a breakpoint must be absolute".to_owned()))
        }
        Request::ReadSource { path, .. } if !source::is_usable_path(path) => Err(AskError::NotOfProgram),
        Request::Evaluate { expression, .. } if expression.len() > MAX_TEXT => too_long(),
        Request::Assign { name, value, .. } | Request::AssignExpression { target: name, value, .. }
            if name.len() + value.len() > MAX_TEXT =>
        {
            too_long()
        }
        Request::Copy { expression: text, .. }
        | Request::Complete { text, .. }
        | Request::Text { name: text, .. }
        | Request::Table { sort: Some(text), .. }
            if text.len() > MAX_TEXT =>
        {
            too_long()
        }
        Request::GotoTargets { path, .. } if !source::is_usable_path(path) => {
            Err(AskError::Refused("the path must be absolute".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Arguments of `setBreakpoints`.
pub(crate) fn breakpoints_arguments(path: &str, breakpoints: &[SourceBreakpoint]) -> serde_json::Value {
    json!({ "source": { "path": path }, "breakpoints": breakpoints })
}

/// Arguments of `setFunctionBreakpoints`.
pub(crate) fn functions_arguments(breakpoints: &[FunctionBreakpoint]) -> serde_json::Value {
    json!({ "breakpoints": breakpoints })
}

/// Encodes a request.
pub(crate) fn send(writer: &mut Writer, request: &Request) {
    let arguments = match request {
        Request::Continue(thread)
        | Request::Next(thread)
        | Request::StepIn(thread)
        | Request::StepOut(thread)
        | Request::Pause(thread) => json!({ "threadId": thread }),
        Request::Threads => json!({}),
        Request::StackTrace { thread, start, levels } => {
            json!({ "threadId": thread, "startFrame": start, "levels": levels })
        }
        Request::Scopes(frame) => json!({ "frameId": frame }),
        Request::Variables(reference) => json!({ "variablesReference": reference }),
        Request::Evaluate { frame: Some(frame), expression } => {
            json!({ "expression": expression, "frameId": frame, "context": "repl" })
        }
        Request::Evaluate { frame: None, expression } => frameless(&source::evaluate(expression)),
        Request::Read { frame, read } => frameless(&source::read(*frame, read)),
        Request::StepInTarget { thread, target } => json!({ "threadId": thread, "targetId": target }),
        Request::StepInTargets(frame) => json!({ "frameId": frame }),
        Request::GotoTargets { path, line } => json!({ "source": { "path": path }, "line": line }),
        Request::Goto { thread, target } => json!({ "threadId": thread, "targetId": target }),
        Request::Assign { frame, .. }
        | Request::AssignExpression { frame, .. }
        | Request::Copy { frame, .. }
        | Request::Complete { frame, .. } => {
            json!({ "expression": values::call(request), "frameId": frame, "context": "repl" })
        }
        Request::Page { .. }
        | Request::Text { .. }
        | Request::Table { .. }
        | Request::Activity
        | Request::Adopt(_) => frameless(&values::call(request)),
        Request::SetBreakpoints { path, breakpoints } => breakpoints_arguments(path, breakpoints),
        Request::SetFunctionBreakpoints { breakpoints } => functions_arguments(breakpoints),
        Request::FindFunctions { names } => frameless(&source::find_functions(names)),
        Request::CheckSources { known } => frameless(&source::check_sources(known)),
        Request::SetExceptionBreakpoints(filters) => exception_arguments(*filters),
        Request::RaisedOnce => frameless(&source::raised_once()),
        Request::Modules => frameless(&source::list_modules()),
        Request::Interrupt { frame } => frameless(&source::interrupt(*frame)),
        Request::Matched { line } => frameless(&source::matched(line)),
        Request::SnapsPassed => frameless(&source::passed()),
        Request::ReadSource { path, roots, named_by_frame } => {
            frameless(&source::read_source(path, roots, *named_by_frame))
        }
        Request::Wire(wire) => return wire::send(writer, wire),
    };
    writer.request(request.command(), &arguments);
}

/// Arguments of `setExceptionBreakpoints`.
pub(crate) fn exception_arguments(filters: ExceptionFilters) -> serde_json::Value {
    let ExceptionFilters { raised, uncaught, user_unhandled } = filters;
    let all = [(raised, "raised"), (uncaught, "uncaught"), (user_unhandled, "userUnhandled")];
    let on: Vec<&str> = all.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
    json!({ "filters": on })
}

/// Arguments of our own frameless evaluation.
pub(crate) fn frameless(expression: &str) -> serde_json::Value {
    json!({ "expression": expression, "context": "repl" })
}

#[derive(Deserialize)]
struct EvaluateBody {
    result: String,
    #[serde(default, rename = "type")]
    type_name: Option<String>,
    #[serde(default, rename = "variablesReference")]
    reference: i64,
}

fn reference(number: i64) -> Option<UpstreamReference> {
    (number > 0).then_some(UpstreamReference(number))
}

/// The text that a frameless evaluation of ours returned.
pub(crate) fn result_text(body: Option<&RawValue>) -> Option<String> {
    parse::<EvaluateBody>(body?.get()).map(|body| body.result)
}

/// Why debugpy refused.
pub(crate) fn refusal(response: &Incoming<'_>) -> String {
    #[derive(Deserialize)]
    struct Body {
        error: Format,
    }
    #[derive(Deserialize)]
    struct Format {
        format: String,
    }
    match &response.message {
        Some(message) if !message.is_empty() => message.clone().into_owned(),
        _ => response
            .body
            .and_then(|body| parse::<Body>(body.get()))
            .map_or_else(|| "debugpy refused without a reason".to_owned(), |body| body.error.format),
    }
}

/// Reads the response to `request`.
pub(crate) fn answer(request: &Request, response: &Incoming<'_>) -> Result<Answer, AskError> {
    if let Request::Wire(_) = request {
        return Ok(Answer::Wire(wire::response(response)));
    }
    if response.success != Some(true) {
        let why = refusal(response);
        return Err(AskError::Refused(match request {
            Request::Evaluate { expression, .. } => traceback::of_program(&why, expression),
            _ => why,
        }));
    }
    let body = response.body.map_or("{}", RawValue::get);
    let answer = match request {
        Request::Continue(_)
        | Request::Next(_)
        | Request::StepIn(_)
        | Request::StepInTarget { .. }
        | Request::StepOut(_)
        | Request::Goto { .. }
        | Request::Pause(_)
        | Request::SetFunctionBreakpoints { .. }
        | Request::SetExceptionBreakpoints(_)
        | Request::RaisedOnce => Some(Answer::Done),
        Request::Threads => threads(body),
        Request::StackTrace { .. } => stack(body),
        Request::Scopes(_) => scopes(body),
        Request::Variables(_) => variables(body),
        Request::Evaluate { frame: Some(_), .. } => {
            parse::<EvaluateBody>(body).map(|body| value(body.result, body.type_name, body.reference))
        }
        Request::Evaluate { frame: None, .. } => return source::evaluate_answer(&own_result(body)?),
        Request::Read { .. } => return source::read_answer(&own_result(body)?),
        Request::Matched { .. } => return source::matched_answer(&own_result(body)?),
        Request::SnapsPassed => return source::passed_answer(&own_result(body)?),
        Request::FindFunctions { .. } => return source::functions_answer(&own_result(body)?),
        Request::Modules => return source::modules_answer(&own_result(body)?),
        Request::Interrupt { .. } => return source::interrupt_answer(&own_result(body)?),
        Request::CheckSources { .. } => return source::sources_answer(&own_result(body)?),
        Request::ReadSource { .. } => return source::source_answer(&own_result(body)?),
        Request::Assign { .. }
        | Request::AssignExpression { .. }
        | Request::Copy { .. }
        | Request::Complete { .. }
        | Request::Page { .. }
        | Request::Text { .. }
        | Request::Table { .. }
        | Request::Activity
        | Request::Adopt(_) => return values::answer(request, &own_result(body)?),
        Request::StepInTargets(_) => step_in_targets(body),
        Request::GotoTargets { .. } => goto_target(body),
        Request::SetBreakpoints { .. } => breakpoints(body).map(Answer::Breakpoints),
        Request::Wire(_) => None,
    };
    answer.ok_or(AskError::Garbled(request.command()))
}

fn own_result(body: &str) -> Result<String, AskError> {
    parse::<EvaluateBody>(body).map(|body| body.result).ok_or(AskError::Garbled("evaluate"))
}

fn value(value: String, type_name: Option<String>, number: i64) -> Answer {
    Answer::Value(UpstreamVariable {
        name: String::new(),
        value,
        type_name: type_name.unwrap_or_default(),
        reference: reference(number),
        evaluate_name: None,
    })
}

fn step_in_targets(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    struct Body {
        targets: Vec<StepInTarget>,
    }
    parse::<Body>(body).map(|body| Answer::StepInTargets(body.targets))
}

fn goto_target(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    struct Body {
        targets: Vec<Target>,
    }
    #[derive(Deserialize)]
    struct Target {
        id: i64,
    }
    parse::<Body>(body).map(|body| Answer::GotoTarget(body.targets.first().map(|target| target.id)))
}

fn threads(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    struct Body {
        threads: Vec<Thread>,
    }
    parse::<Body>(body).map(|body| Answer::Threads(body.threads))
}

pub(crate) fn stack(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        stack_frames: Vec<Frame>,
        total_frames: Option<u32>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Frame {
        id: UpstreamFrame,
        name: String,
        source: Option<Source>,
        #[serde(default)]
        line: i64,
        #[serde(default)]
        column: i64,
        presentation_hint: Option<String>,
    }
    #[derive(Deserialize)]
    struct Source {
        path: Option<String>,
    }
    let body: Body = parse(body)?;
    let frames: Vec<_> = body
        .stack_frames
        .into_iter()
        .map(|frame| UpstreamFrameInfo {
            id: frame.id,
            name: frame.name,
            // `<string>` and `<frozen …>` are no files.
            path: frame.source.and_then(|source| source.path).filter(|path| source::is_usable_path(path)),
            line: from_one(frame.line),
            column: from_one(frame.column),
            subtle: matches!(frame.presentation_hint.as_deref(), Some("subtle" | "label")),
        })
        .collect();
    let given = u32::try_from(frames.len()).unwrap_or(u32::MAX);
    Some(Answer::Stack { total: body.total_frames.unwrap_or(given).max(given), frames })
}

fn from_one(number: i64) -> u32 {
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

pub(crate) fn scopes(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    struct Body {
        scopes: Vec<Scope>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Scope {
        name: String,
        variables_reference: i64,
        #[serde(default)]
        expensive: bool,
    }
    let body: Body = parse(body)?;
    let scopes = body.scopes.into_iter().filter_map(|scope| {
        let reference = reference(scope.variables_reference)?;
        Some(UpstreamScope { name: scope.name, reference, expensive: scope.expensive })
    });
    Some(Answer::Scopes(scopes.collect()))
}

pub(crate) fn variables(body: &str) -> Option<Answer> {
    #[derive(Deserialize)]
    struct Body {
        variables: Vec<Variable>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Variable {
        name: String,
        value: String,
        #[serde(default, rename = "type")]
        type_name: Option<String>,
        #[serde(default)]
        variables_reference: i64,
        evaluate_name: Option<String>,
    }
    let body: Body = parse(body)?;
    let variables = body.variables.into_iter().map(|variable| {
        let raised = traceback::of_attribute(&variable.value);
        UpstreamVariable {
            name: variable.name,
            // The type would be that of debugpy's text about it.
            type_name: raised.as_ref().map_or(variable.type_name.unwrap_or_default(), |_| String::new()),
            value: raised.unwrap_or(variable.value),
            reference: reference(variable.variables_reference),
            evaluate_name: variable.evaluate_name,
        }
    });
    Some(Answer::Variables(variables.collect()))
}

#[derive(Deserialize)]
struct Breakpoint {
    id: Option<i64>,
    #[serde(default)]
    verified: bool,
    line: Option<u32>,
    message: Option<String>,
}

impl From<Breakpoint> for UpstreamBreakpoint {
    fn from(it: Breakpoint) -> Self {
        Self { id: it.id, verified: it.verified, line: it.line, message: it.message }
    }
}

/// Reads the body of a `setBreakpoints` response.
pub(crate) fn breakpoints(body: &str) -> Option<Vec<UpstreamBreakpoint>> {
    #[derive(Deserialize)]
    struct Body {
        breakpoints: Vec<Breakpoint>,
    }
    parse::<Body>(body).map(|body| body.breakpoints.into_iter().map(Into::into).collect())
}

/// What an event is.
#[derive(Debug, PartialEq)]
pub(crate) enum Meaning {
    /// Something for the session.
    Event(UpstreamEvent),
    /// What a stop's requests would give.
    Push(Push),
}

/// Reads an event; `None` for those that nobody needs.
pub(crate) fn event(message: &Incoming<'_>) -> Option<Meaning> {
    if message.event.as_deref() == Some("output") {
        return output(message.body.map_or("{}", RawValue::get));
    }
    plain_event(message).map(Meaning::Event)
}

fn plain_event(message: &Incoming<'_>) -> Option<UpstreamEvent> {
    let body = message.body.map_or("{}", RawValue::get);
    match message.event.as_deref()? {
        "stopped" => stopped(body),
        "continued" => Some(UpstreamEvent::Continued),
        "breakpoint" => {
            #[derive(Deserialize)]
            struct Body {
                breakpoint: Breakpoint,
            }
            parse::<Body>(body).map(|body| UpstreamEvent::Breakpoint(body.breakpoint.into()))
        }
        "debugpyAttach" => child(body),
        "terminated" => Some(UpstreamEvent::Terminated),
        _ => None,
    }
}

/// A child, from `debugpyAttach`'s body or `startDebugging`'s configuration.
pub(crate) fn child(body: &str) -> Option<UpstreamEvent> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        name: Option<String>,
        sub_process_id: Option<i64>,
        configuration: Option<Box<RawValue>>,
    }
    let outer: Body = parse(body)?;
    if let Some(inner) = outer.configuration {
        return child(inner.get());
    }
    Some(UpstreamEvent::Child(UpstreamChild {
        name: outer.name.unwrap_or_else(|| "Subprocess".to_owned()),
        pid: outer.sub_process_id,
        arguments: body.to_owned(),
    }))
}

fn stopped(body: &str) -> Option<UpstreamEvent> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        reason: String,
        description: Option<String>,
        text: Option<String>,
        // A stop must not be lost, even if a later debugpy doesn't name its thread.
        #[serde(default)]
        thread_id: ThreadId,
    }
    let body: Body = parse(body)?;
    let Body { reason, description, text, thread_id: thread } = body;
    Some(UpstreamEvent::Stopped { reason, description, text, thread })
}

fn output(body: &str) -> Option<Meaning> {
    #[derive(Deserialize)]
    struct Body {
        category: Option<String>,
        #[serde(default)]
        output: String,
        data: Option<Box<RawValue>>,
    }
    let body: Body = parse(body)?;
    let category = match body.category.as_deref() {
        Some("telemetry") if body.output == entries::TELLS => return entries::told(body.data?.get()),
        Some("telemetry") => return None,
        Some("stdout") => OutputCategory::Stdout,
        Some("stderr") => OutputCategory::Stderr,
        Some("important") => OutputCategory::Important,
        // DAP: no category means `console`, and unknown ones are to be shown like it.
        _ => OutputCategory::Console,
    };
    Some(Meaning::Event(UpstreamEvent::Output { category, text: body.output }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_do_not_cost_the_whole_message() {
        let text: String = parse(r#""a\ud800b\\ud800\ud83d\ude00\udc00""#).unwrap();
        assert_eq!(text, "a\u{fffd}b\\ud800😀\u{fffd}");
        let cut: String = parse(r#""\ud83d\ud83d\ude00\"é\ud83d""#).unwrap();
        assert_eq!(cut, "\u{fffd}😀\"é\u{fffd}");
    }

    #[test]
    fn paths_that_would_kill_pydevd_are_refused() {
        for path in ["", "app.py", "/a\0b", "<string>", "../a.py"] {
            let request = Request::SetBreakpoints { path: path.to_owned(), breakpoints: Vec::new() };
            assert!(matches!(check(&request), Err(AskError::Refused(_))), "{path:?}");
            let request =
                Request::ReadSource { path: path.to_owned(), roots: Vec::new(), named_by_frame: true };
            assert_eq!(check(&request), Err(AskError::NotOfProgram), "{path:?}");
        }
        for path in ["/a.py", "C:\\a.py", "\\\\host\\share\\a.py"] {
            assert!(source::is_usable_path(path), "{path:?}");
        }
    }
}
