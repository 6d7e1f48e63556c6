//! Every test there is, in an order in which cheap checks fail first, and one verdict.
//! A failing step does not stop the others: a person wants to know everything that is wrong.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::codegen;
use crate::process;
use crate::python::Environment;
use crate::setup::{self, Part};
use crate::tidy;
use crate::verdict::{self, Line, Outcome};

/// One step: a name to filter by, what must be installed, and the work.
struct Step {
    name: &'static str,
    needs: &'static [Part],
    run: fn() -> Result<Outcome>,
}

const STEPS: [Step; 14] = [
    Step { name: "tidy", needs: &[], run: || passed(tidy::run()) },
    Step { name: "format", needs: &[], run: || cargo(&["fmt", "--all", "--check"]) },
    Step { name: "deny", needs: &[], run: deny },
    Step { name: "web-check", needs: &[Part::Web], run: || npm("web-client", &["run", "check"]) },
    Step { name: "web-lint", needs: &[Part::Web], run: || npm("web-client", &["run", "lint"]) },
    Step { name: "web-test", needs: &[Part::Web], run: || npm("web-client", &["test"]) },
    Step { name: "codegen", needs: &[], run: || passed(codegen::run(codegen::Mode::Check)) },
    Step {
        name: "clippy",
        // The server embeds the built client.
        needs: &[Part::Web],
        run: || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    },
    // One build of all targets: the tests start the binary, and both want the same features of every dependency.
    Step { name: "build", needs: &[Part::Web], run: || cargo(&["build", "--workspace", "--all-targets"]) },
    Step {
        name: "rust-test",
        needs: &[Part::Debugpy, Part::Pythons, Part::HomeAssistant, Part::Web],
        run: rust_test,
    },
    Step { name: "ha-lint", needs: &[Part::HaTests], run: ha_lint },
    Step { name: "ha-test", needs: &[Part::HaTests], run: ha_test },
    Step { name: "ha-real", needs: &[Part::HomeAssistant], run: ha_real },
    Step {
        name: "browser-test",
        needs: &[Part::Debugpy, Part::HomeAssistant, Part::Web, Part::Browser],
        run: browser_test,
    },
];

/// Runs the steps whose name contains one of `filters`, or all.
pub fn run(filters: &[String]) -> Result<()> {
    let chosen: Vec<_> = STEPS.iter().filter(|step| is_chosen(step.name, filters)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step is called like that; there are: {}", names.join(", "));
    }
    let start = Instant::now();
    let mut lines = Vec::new();
    let mut installed = BTreeMap::new();
    for step in chosen {
        let missing = step
            .needs
            .iter()
            .find(|&&part| !*installed.entry(part).or_insert_with(|| install(part, &mut lines)));
        let (outcome, took) = match missing {
            Some(part) => (Outcome::Failed(format!("setup of {part:?} failed")), Duration::ZERO),
            None => timed(step.name, step.run),
        };
        lines.push(Line { name: step.name, outcome, took });
    }
    println!("\nAll steps took {}.\n", process::seconds(start.elapsed()));
    print!("{}", verdict::table(&lines));
    io::stdout().flush()?;
    if verdict::is_good(&lines) { Ok(()) } else { std::process::exit(1) }
}

/// Installs a part as a step of its own, so that the verdict names it and what it took.
fn install(part: Part, lines: &mut Vec<Line>) -> bool {
    let name = match part {
        Part::Debugpy => "setup debugpy",
        Part::Pythons => "setup pythons",
        Part::HomeAssistant => "setup home-assistant",
        Part::HaTests => "setup ha-tests",
        Part::Web => "setup web",
        Part::Browser => "setup browser",
        Part::All => "setup",
    };
    let start = Instant::now();
    let outcome = passed(setup::install(part)).unwrap_or_else(failed);
    let good = outcome == Outcome::Passed;
    lines.push(Line { name, outcome, took: start.elapsed() });
    good
}

fn timed(name: &str, step: fn() -> Result<Outcome>) -> (Outcome, Duration) {
    let start = Instant::now();
    let outcome = process::timed(name, step).unwrap_or_else(failed);
    (outcome, start.elapsed())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `unwrap_or_else` hands over")]
fn failed(error: anyhow::Error) -> Outcome {
    eprintln!("{error:#}");
    // The table has one line for it; all of it was printed just now.
    let text = format!("{error:#}");
    Outcome::Failed(text.lines().next().unwrap_or_default().to_owned())
}

fn is_chosen(name: &str, filters: &[String]) -> bool {
    filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()))
}

fn passed(done: Result<()>) -> Result<Outcome> {
    done.map(|()| Outcome::Passed)
}

fn cargo(arguments: &[&str]) -> Result<Outcome> {
    passed(process::run(process::cargo().args(arguments)))
}

fn has_cargo(subcommand: &str) -> bool {
    process::find(&format!("cargo-{subcommand}")).is_some()
        && process::output(process::cargo().args([subcommand, "--version"])).is_ok()
}

fn deny() -> Result<Outcome> {
    if !has_cargo("deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed (`cargo install cargo-deny`)".into()));
    }
    cargo(&["deny", "--all-features", "check"])
}

/// Nextest runs each test in a process of its own and says which one hangs; doc tests only plain cargo runs.
fn rust_test() -> Result<Outcome> {
    if has_cargo("nextest") {
        process::run(process::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]))?;
        return cargo(&["test", "--workspace", "--doc", "--quiet"]);
    }
    cargo(&["test", "--workspace", "--no-fail-fast"])
}

fn npm(folder: &str, arguments: &[&str]) -> Result<Outcome> {
    let mut command = setup::npm(&process::root().join(folder))?;
    // Without it Vitest would wait for changes.
    passed(process::run(command.args(arguments).env("CI", "true")))
}

fn browser_test() -> Result<Outcome> {
    let folder = setup::browser_tests();
    if !folder.is_dir() {
        return Ok(Outcome::Skipped("there is no tests/browser".into()));
    }
    let mut command = setup::npm(&folder)?;
    if let Some(chromium) = setup::chromium() {
        command.env("CHROMIUM", chromium);
    }
    passed(process::run(command.arg("test").env("CI", "true")))
}

fn ha_lint() -> Result<Outcome> {
    let ruff = || {
        let mut command = Command::new(Environment::named("ha-tests").program("ruff"));
        command.current_dir(process::root().join("home-assistant"));
        command
    };
    process::run(ruff().arg("check"))?;
    passed(process::run(ruff().args(["format", "--check"])))
}

/// The integration inside a whole Home Assistant, against a server that it really talks to.
fn ha_real() -> Result<Outcome> {
    let mut real = Command::new(Environment::named("home-assistant").python());
    real.arg("tests/real/run.py").current_dir(process::root().join("home-assistant"));
    passed(process::run(&mut real))
}

fn ha_test() -> Result<Outcome> {
    let mut pytest = Command::new(Environment::named("ha-tests").python());
    pytest.args(["-m", "pytest", "-q"]).current_dir(process::root().join("home-assistant"));
    passed(process::run(&mut pytest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_choose_steps_by_a_part_of_their_name() {
        let filters = ["web".to_owned(), "clip".to_owned()];
        let chosen: Vec<_> =
            STEPS.iter().map(|step| step.name).filter(|name| is_chosen(name, &filters)).collect();
        assert_eq!(chosen, ["web-check", "web-lint", "web-test", "clippy"]);
        assert!(is_chosen("tidy", &[]));
    }
}
