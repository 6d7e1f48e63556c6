//! Our own evaluations about values, threads and tasks: what is sent to the program that the greeting installs, and what
//! it answers.
//!
//! In: typed requests. Out: a Python expression, that calls one function of `python/values/`, and the typed answer to
//! the JSON that it yields. Why our own: debugpy has no pages, hides why setting failed, and a slow `__repr__` holds up
//! everything else.

use crate::source::python_literal;
use crate::traceback::of_attribute;
use crate::translate::parse;
use breakroom_protocol::model::{Completion, TablePage, Task, ThreadActivity};
use breakroom_protocol::upstream::{Answer, AskError, Request, UpstreamReference, UpstreamVariable};
use serde::Deserialize;

/// What the greeting installs, as one program.
pub(crate) const PROGRAM: &str = concat!(
    include_str!("python/values/guard.py"),
    include_str!("python/values/children.py"),
    include_str!("python/values/table.py"),
    include_str!("python/values/assign.py"),
    include_str!("python/values/complete.py"),
    include_str!("python/values/activity.py"),
);

/// The expression for a request of these; empty for others.
pub(crate) fn call(request: &Request) -> String {
    let text = |text: &str| python_literal(text);
    let boolean = |yes: bool| if yes { "True" } else { "False" };
    match request {
        Request::Assign { frame: _, reference, name, value } => {
            inside("assign", &format!("{}, {}, {}", reference.0, text(name), text(value)))
        }
        Request::AssignExpression { frame, target, value } => {
            inside("assign_expression", &format!("{}, {}, {}", frame.0, text(target), text(value)))
        }
        Request::Copy { frame: _, expression } => inside("copied", &text(expression)),
        Request::Complete { frame, text: typed, column } => {
            inside("complete", &format!("{}, {}, {column}", frame.0, text(typed)))
        }
        Request::Page { reference, start, count } => {
            frameless("page", &format!("{}, {start}, {count}", reference.0))
        }
        Request::Text { reference, name, start, count } => {
            frameless("text", &format!("{}, {}, {start}, {count}", reference.0, text(name)))
        }
        Request::Table { reference, start, count, sort, descending } => {
            let sort = sort.as_deref().map_or_else(|| "None".to_owned(), python_literal);
            let descending = boolean(*descending);
            frameless("table", &format!("{}, {start}, {count}, {sort}, {descending}", reference.0))
        }
        Request::Activity => frameless("activity", ""),
        Request::Adopt(thread) => frameless("adopt", &thread.0.to_string()),
        _ => String::new(),
    }
}

const INSTALLED: &str = "__import__('pydevd')._breakroom_values";

/// Evaluated in a frame: the function finds its namespace itself.
fn inside(function: &str, arguments: &str) -> String {
    format!("{INSTALLED}['{function}']({arguments})")
}

fn frameless(function: &str, arguments: &str) -> String {
    format!("(lambda v: v['answered'](v['{function}'], {arguments}))({INSTALLED})")
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    error: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value {
    #[serde(default)]
    name: String,
    value: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    reference: i64,
    evaluate_name: Option<String>,
}

impl From<Value> for UpstreamVariable {
    fn from(it: Value) -> Self {
        let (value, type_name) =
            of_attribute(&it.value).map_or((it.value, it.type_name), |raised| (raised, String::new()));
        Self {
            name: it.name,
            value,
            type_name,
            reference: (it.reference > 0).then_some(UpstreamReference(it.reference)),
            evaluate_name: it.evaluate_name,
        }
    }
}

#[derive(Deserialize)]
struct Page {
    total: u64,
    items: Vec<Value>,
}

#[derive(Deserialize)]
struct Text {
    total: u64,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    total: u64,
    columns: Vec<String>,
    total_columns: u64,
    index: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Activity {
    threads: Vec<ThreadActivity>,
    tasks: Vec<Task>,
    total_tasks: u32,
}

/// Reads what came of [`call`].
pub(crate) fn answer(request: &Request, result: &str) -> Result<Answer, AskError> {
    // Refusals are the only answers with these two.
    if let Some(Refusal { code, error }) = parse::<Refusal>(result) {
        return Err(match code.as_str() {
            "range" => AskError::OutOfRange(error),
            _ => AskError::Refused(error),
        });
    }
    let answer = match request {
        Request::Assign { .. } | Request::AssignExpression { .. } | Request::Copy { .. } => {
            parse::<Value>(result)
                .map(|value| Answer::Value(UpstreamVariable { name: String::new(), ..value.into() }))
        }
        Request::Complete { .. } => parse::<Vec<Completion>>(result).map(Answer::Completions),
        Request::Page { .. } => parse::<Page>(result).map(|page| Answer::Page {
            total: page.total,
            items: page.items.into_iter().map(Into::into).collect(),
        }),
        Request::Text { .. } => {
            parse::<Text>(result).map(|Text { total, text }| Answer::Text { total, text })
        }
        Request::Table { start, sort, descending, .. } => parse::<Table>(result).map(|table| {
            Answer::Table(TablePage {
                start: *start,
                total: table.total,
                columns: table.columns,
                total_columns: table.total_columns,
                index: table.index,
                rows: table.rows,
                sort: sort.clone(),
                descending: *descending,
            })
        }),
        Request::Activity => parse::<Activity>(result).map(|found| Answer::Activity {
            threads: found.threads,
            tasks: found.tasks,
            total_tasks: found.total_tasks,
        }),
        Request::Adopt(_) => parse::<bool>(result).map(|held| Answer::Adopted { held }),
        _ => None,
    };
    answer.ok_or(AskError::Garbled("evaluate"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::upstream::UpstreamFrame;

    #[test]
    fn what_people_type_stays_a_literal() {
        let name = "x'); import os #".to_owned();
        let request = Request::Text { reference: UpstreamReference(7), name, start: 0, count: 9 };
        let expected = "(lambda v: v['answered'](v['text'], 7, 'x\\'); import os #', 0, 9))(__import__('pydevd')._breakroom_values)";
        assert_eq!(call(&request), expected);
    }

    #[test]
    fn a_refusal_is_told_by_its_code() {
        let request = Request::Page { reference: UpstreamReference(7), start: 9, count: 1 };
        let range = answer(&request, r#"{"code": "range", "error": "It has 3 items"}"#);
        assert_eq!(range, Err(AskError::OutOfRange("It has 3 items".to_owned())));
        let failed = answer(&request, r#"{"code": "failed", "error": "no"}"#);
        assert_eq!(failed, Err(AskError::Refused("no".to_owned())));
        let copy = Request::Copy { frame: UpstreamFrame(1), expression: "x".to_owned() };
        assert_eq!(answer(&copy, "garbage"), Err(AskError::Garbled("evaluate")));
    }
}
