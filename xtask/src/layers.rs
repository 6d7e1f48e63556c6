//! Which crate may know which, and which module of the server may know HTTP. The compiler keeps crates from knowing what
//! their manifest does not name; this keeps the manifests.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// A crate of ours, the ones it may depend on, and the ones its tests may depend on besides.
const ALLOWED: [(&str, &[&str], &[&str]); 11] = [
    ("breakroom-protocol", &[], &[]),
    ("breakroom-upstream", &["breakroom-protocol"], &["breakroom-test-support"]),
    ("breakroom-journal", &["breakroom-protocol"], &["breakroom-test-support"]),
    ("breakroom-documents", &["breakroom-protocol"], &["breakroom-test-support"]),
    ("breakroom-identity", &["breakroom-protocol"], &["breakroom-test-support"]),
    // A client of the server. Of the docs it knows which hit condition is code.
    ("breakroom-editor", &["breakroom-protocol", "breakroom-documents"], &[]),
    (
        "breakroom",
        &[
            "breakroom-documents",
            "breakroom-editor",
            "breakroom-identity",
            "breakroom-journal",
            "breakroom-protocol",
            "breakroom-upstream",
        ],
        &["breakroom-test-support"],
    ),
    // Test parts know nobody, so that no crate's tests can depend on the crate itself.
    ("breakroom-test-support", &[], &[]),
    ("breakroom-tests", &["breakroom-protocol", "breakroom-test-support"], &[]),
    ("breakroom-bench", &["breakroom-protocol", "breakroom-test-support"], &[]),
    ("xtask", &[], &[]),
];

/// What the protocol must stay free of: it is shared with clients, and is no place for IO.
const NOT_IN_PROTOCOL: [&str; 3] = ["tokio", "axum", "sqlx"];

/// All dependencies that go where they should not.
pub fn problems() -> Result<Vec<String>> {
    let text = process::output(process::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&text).context("cannot read cargo's metadata")?;
    Ok(judge(&metadata))
}

fn judge(metadata: &Value) -> Vec<String> {
    let allowed: BTreeMap<_, _> =
        ALLOWED.iter().map(|(name, normal, dev)| (*name, (*normal, *dev))).collect();
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(package, "name");
        let Some((normal, dev)) = allowed.get(name) else {
            found.push(format!("{name}: xtask/src/layers.rs does not say whom this crate may know"));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let to = text(dependency, "name");
            let only_tests = text(dependency, "kind") == "dev";
            let is_ours = allowed.contains_key(to);
            let may = normal.contains(&to) || (only_tests && dev.contains(&to));
            if is_ours && !may {
                found.push(format!("{name} must not know {to}"));
            }
            if name == "breakroom-protocol" && !only_tests && NOT_IN_PROTOCOL.contains(&to) {
                found.push(format!("{name} must not know {to}: it has no IO"));
            }
        }
    }
    found
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Modules of the server that may name axum or `crate::http`: HTTP itself, and who starts it.
const MAY_KNOW_HTTP: [&str; 3] = ["server/src/http", "server/src/main.rs", "server/src/serve.rs"];

/// What a line of the server says against the rule that HTTP knows all and nobody knows HTTP.
pub fn http_problem(path: &str, line: &str) -> Option<&'static str> {
    let is_bound =
        path.starts_with("server/src/") && !MAY_KNOW_HTTP.iter().any(|known| path.starts_with(known));
    let code = line.trim_start();
    if !is_bound || code.starts_with("//") {
        return None;
    }
    let knows = ["crate::http", "axum::", "axum_extra::", "tower_http::"];
    knows
        .iter()
        .any(|name| code.contains(name))
        .then_some("only server/src/http and who starts it may know HTTP")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn edges_are_judged_by_crate_and_kind() {
        let package = |name: &str, dependencies: Value| json!({"name": name, "dependencies": dependencies});
        let metadata = json!({"packages": [
            package("breakroom-upstream", json!([
                {"name": "breakroom-protocol", "kind": null},
                {"name": "breakroom-test-support", "kind": "dev"},
                {"name": "breakroom-journal", "kind": null},
            ])),
            package("breakroom-journal", json!([{"name": "breakroom-test-support", "kind": null}])),
            package("breakroom-protocol", json!([
                {"name": "tokio-util", "kind": null},
                {"name": "tokio", "kind": null},
                {"name": "sqlx", "kind": "dev"},
            ])),
            package("newcomer", json!([])),
        ]});
        assert_eq!(
            judge(&metadata),
            [
                "breakroom-upstream must not know breakroom-journal",
                "breakroom-journal must not know breakroom-test-support",
                "breakroom-protocol must not know tokio: it has no IO",
                "newcomer: xtask/src/layers.rs does not say whom this crate may know",
            ]
        );
    }

    #[test]
    fn a_session_that_knows_http_is_a_problem() {
        assert!(http_problem("server/src/session/lease.rs", "use crate::http::Routes;").is_some());
        assert!(http_problem("server/src/session.rs", "    axum::serve(listener)").is_some());
        assert!(http_problem("server/src/session.rs", "// axum::serve is not for us").is_none());
        assert!(http_problem("server/src/http/live.rs", "use axum::extract::ws;").is_none());
        assert!(http_problem("journal/src/lib.rs", "use crate::http;").is_none());
    }
}
