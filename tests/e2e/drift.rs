//! Files that change on the target while the program runs what they said before.

use crate::support::{Person, Restartable, Server};
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Event, SessionInfo, SourceHash};
use breakroom_test_support::debuggee::Debuggee;
use serde_json::json;
use std::path::Path;

/// Imports a module that can change, and loads it again when told to.
const RELOADING: &str = r#"import importlib
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
with open(os.path.join(sys.path[0], "porch.py"), "w") as file:
    file.write("def level():\n    return 1\n")
import porch

number = 0
while True:
    number += 1
    level = porch.level()
    if os.path.exists(os.path.join(sys.path[0], "reload")):
        os.remove(os.path.join(sys.path[0], "reload"))
        importlib.reload(porch)
    print("tick", number, level, flush=True)
    time.sleep(0.02)
"#;

fn hash(person: &Person, name: &str) -> Option<(SourceHash, bool)> {
    let now = person.now();
    let (_, source) = now.sources.iter().find(|(path, _)| path.ends_with(name))?;
    Some((source.hash.clone(), source.drifted))
}

async fn sees_drift(person: &Person, name: &str, drifted: bool) {
    person
        .sees("whether it has drifted", |now| {
            now.sources.iter().any(|(path, source)| path.ends_with(name) && source.drifted == drifted)
        })
        .await;
}

fn drifts(person: &Person) -> Vec<bool> {
    let drift = |envelope: breakroom_protocol::Envelope| match envelope.event {
        Event::SourceDrift { drifted, .. } => Some(drifted),
        _ => None,
    };
    person.events().into_iter().filter_map(drift).collect()
}

#[tokio::test]
async fn a_file_that_changes_is_said_to_until_it_is_as_it_was_or_is_loaded_again() {
    let debuggee = Debuggee::start(RELOADING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let porch = debuggee.script_path().parent().unwrap().join("porch.py");
    debuggee.wait_for_line("tick 3").await;
    let entries = ada.opens(DocName::Breakpoints).await;
    entries.sets("b1", &porch, 2, &[]).await;
    ada.sees_stop_at("porch.py", 2).await;
    ada.sees("its text", |now| now.sources.keys().any(|path| path.ends_with("porch.py"))).await;
    let (first, drifted) = hash(&ada, "porch.py").unwrap();
    assert!(!drifted);

    // At each stop it is looked at.
    let write = async |text: &str, drifted: bool| {
        std::fs::write(&porch, text).unwrap();
        ada.step_over().await.done();
        sees_drift(&ada, "porch.py", drifted).await;
    };
    write("def level():\n    return 2\n", true).await;
    assert_eq!(hash(&ada, "porch.py").unwrap().0, first, "what runs is the old text");
    write("def level():\n    return 1\n", false).await;
    write("# Another one\ndef level():\n    return 30\n", true).await;
    assert_eq!(drifts(&ada), [true, false, true]);

    // Loaded again, the new text is what runs.
    std::fs::write(porch.with_file_name("reload"), "").unwrap();
    entries.removes("b1").await;
    ada.sees("no breakpoints", |now| now.breakpoints.is_empty()).await;
    ada.continues().await.done();
    debuggee.wait_for_line(" 30").await;
    ada.sees("its new text", |now| {
        now.sources.iter().any(|(path, it)| path.ends_with("porch.py") && it.hash != first && !it.drifted)
    })
    .await;
}

#[tokio::test]
async fn after_a_restart_what_differs_is_captured_anew() {
    let program =
        Restartable::start("import time\nwhile True:\n    print('old', flush=True)\n    time.sleep(0.05)\n")
            .await;
    let server = Server::serve(&program.target()).await;
    let mut ada = server.host("Ada").await;
    let info: SessionInfo = ada.post("/api/sessions", json!({ "target": "app" })).await.json();
    ada.enters(info.id).await;
    let path = program.script_path();
    ada.sends(Command::Source { path: path.to_str().unwrap().into() }).await.done();
    let (first, _) = hash(&ada, "app.py").unwrap();
    replace(&path, "import time\nwhile True:\n    print('new', flush=True)\n    time.sleep(0.05)\n");
    sees_drift(&ada, "app.py", true).await;
    ada.sends(Command::Restart).await.done();
    let now = ada.sees("the new text", |now| {
        now.sources.values().any(|source| source.hash != first && !source.drifted)
    });
    assert!(matches!(now.await.phase, Phase::Running { .. }));
}

fn replace(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
