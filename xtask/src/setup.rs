//! What has to be installed before something can run: Python environments, npm packages, the built web client, a
//! browser. In: files that say what is wanted. Out: target/venvs, web-client/dist, node_modules.
//! Invariant: a part whose inputs have not changed since it was last made costs only their hash.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::process;
use crate::python::{self, Environment, Wanted};

/// The debugpy that FACTS are measured on and tests hold; the container of the sample has the same.
const DEBUGPY: &str = "debugpy==1.8.22";
/// What the tests' programs have tables of.
const TABLES: [&str; 4] = [
    "numpy==1.26.4; python_version >= '3.9' and python_version < '3.13'",
    "pandas==2.2.3; python_version >= '3.9' and python_version < '3.13'",
    "numpy==2.3.5; python_version >= '3.13'",
    "pandas==2.3.3; python_version >= '3.13'",
];
/// What the tests' web server is made with.
const WEB: &str = "aiohttp==3.13.2";
/// debugpy 1.8.22 runs on this and newer.
const PYTHON: Wanted = Wanted::AtLeast((3, 10));
/// The second numbers of all that it runs on.
const PYTHONS: std::ops::RangeInclusive<u32> = 10..=14;
/// Home Assistant Core 2024.3.3 runs on this one only.
const HOME_ASSISTANT_PYTHON: Wanted = Wanted::Exactly((3, 11));
/// Vite and Vitest need it.
const NODE: u32 = 20;
/// What Debian calls a browser, and fonts without which pages show boxes.
const BROWSER_PACKAGES: [&str; 2] = ["chromium", "fonts-liberation"];
/// Folders of generated files, which are no inputs.
const GENERATED: [&str; 6] =
    ["node_modules", "dist", ".svelte-kit", "test-results", "playwright-report", "coverage"];

/// One thing that can be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Part {
    /// A Python environment with debugpy, for targets
    Debugpy,
    /// The same with the oldest and the newest Python here that debugpy runs on
    Pythons,
    /// A Python environment with a whole Home Assistant
    HomeAssistant,
    /// A Python environment with what the integration's own tests need
    HaTests,
    /// npm packages of the web client, and its build
    Web,
    /// A browser, and npm packages of the browser tests
    Browser,
    /// All of these
    All,
}

const EVERY_PART: [Part; 6] =
    [Part::Debugpy, Part::Pythons, Part::HomeAssistant, Part::HaTests, Part::Web, Part::Browser];

/// Installs parts for somebody who asked for them.
pub fn run(parts: &[Part]) -> Result<()> {
    let parts = if parts.contains(&Part::All) { &EVERY_PART } else { parts };
    process::timed("setup", || ensure(parts))
}

/// Installs the parts that are missing or old.
pub fn ensure(parts: &[Part]) -> Result<()> {
    parts.iter().try_for_each(|&part| install(part))
}

/// Installs one part, if it is missing or old.
pub fn install(part: Part) -> Result<()> {
    match part {
        Part::Debugpy => process::timed("setup debugpy", || debugpy(&Environment::named("debugpy"))),
        Part::Pythons => process::timed("setup pythons", pythons),
        Part::HomeAssistant => process::timed("setup home-assistant", || {
            requirements("home-assistant", "home-assistant/requirements-2024.3.3.txt")
        }),
        Part::HaTests => process::timed("setup ha-tests", || {
            requirements("ha-tests", "home-assistant/requirements-test.txt")
        }),
        Part::Web => process::timed("setup web", web),
        Part::Browser => process::timed("setup browser", browser),
        Part::All => ensure(&EVERY_PART),
    }
}

/// Says at once everything that is missing before a build of minutes starts.
pub fn check_prerequisites() -> Result<()> {
    let mut missing = Vec::new();
    if let Err(error) = node() {
        missing.push(error.to_string());
    }
    if python_for(PYTHON).is_err() {
        missing.push(PYTHON.how_to_get());
    }
    if process::find("cc").is_none() {
        missing.push(
            "a C compiler is missing (SQLite is built with it). Debian and Ubuntu: `apt-get install build-essential`; \
             macOS: `xcode-select --install`"
                .to_owned(),
        );
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("before this can start:\n  - {}", missing.join("\n  - "))
}

/// A fitting interpreter; on Debian, root gets the missing one installed.
fn python_for(wanted: Wanted) -> Result<PathBuf> {
    if let Some(python) = python::find(wanted) {
        return Ok(python);
    }
    if can_install_packages() {
        // Debian 12 has 3.11 as its python3; elsewhere this may still not be the wanted one.
        apt_install(&["python3", "python3-venv"])?;
    }
    python::find(wanted).ok_or_else(|| anyhow!("{}", wanted.how_to_get()))
}

fn debugpy(environment: &Environment) -> Result<()> {
    let wanted: Vec<&str> = [DEBUGPY, WEB].into_iter().chain(TABLES).collect();
    let stamp = Stamp::new("venv-debugpy", &hash_text(&wanted.join("\n")));
    if stamp.is_current() && python::version(&environment.python()).is_some() {
        return up_to_date();
    }
    python_for(PYTHON)?;
    environment.make(PYTHON)?;
    environment.pip_install(&wanted)?;
    stamp.write()
}

/// Environments `debugpy-3.N`, beside the one that most tests use.
fn pythons() -> Result<()> {
    let usual = python::version(&Environment::named("debugpy").python());
    let found: Vec<_> = PYTHONS
        .map(|minor| (3, minor))
        .filter(|&version| python::find(Wanted::Exactly(version)).is_some())
        .collect();
    let mut others: Vec<_> = found.first().into_iter().chain(found.last()).collect();
    others.dedup();
    others.retain(|&&version| Some(version) != usual);
    if others.is_empty() {
        println!("    there is no other Python here that debugpy runs on: tests use the usual one only");
    }
    for &(major, minor) in others {
        let name = format!("debugpy-{major}.{minor}");
        let environment = Environment::named(&name);
        let stamp = Stamp::new(&format!("venv-{name}"), &hash_text(DEBUGPY));
        if !stamp.is_current() || python::version(&environment.python()).is_none() {
            environment.make(Wanted::Exactly((major, minor)))?;
            environment.pip_install(&[DEBUGPY])?;
            stamp.write()?;
        }
    }
    Ok(())
}

fn requirements(name: &str, file: &str) -> Result<()> {
    let environment = Environment::named(name);
    let path = process::root().join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
    let stamp = Stamp::new(&format!("venv-{name}"), &hash_text(&text));
    if stamp.is_current() && python::version(&environment.python()).is_some() {
        return up_to_date();
    }
    python_for(HOME_ASSISTANT_PYTHON)?;
    environment.make(HOME_ASSISTANT_PYTHON)?;
    environment.install_requirements(&path)?;
    stamp.write()
}

/// npm packages when the lock file changed; a build when any source did.
fn web() -> Result<()> {
    let folder = process::root().join("web-client");
    npm_ci(&folder, "web-client")?;
    let stamp = Stamp::new("web-client-build", &hash_folder(&folder)?);
    if stamp.is_current() && folder.join("dist/index.html").is_file() {
        return up_to_date();
    }
    process::run(npm(&folder)?.args(["run", "build"]))?;
    stamp.write()
}

/// npm packages of a project, exactly as its lock file says.
fn npm_ci(folder: &Path, name: &str) -> Result<()> {
    let lock = fs::read_to_string(folder.join("package-lock.json"))
        .with_context(|| format!("cannot read {name}/package-lock.json"))?;
    let stamp = Stamp::new(&format!("{name}-packages"), &hash_text(&lock));
    if stamp.is_current() && folder.join("node_modules").is_dir() {
        return Ok(());
    }
    process::run(npm(folder)?.args(["ci", "--no-audit", "--no-fund"]))?;
    stamp.write()
}

/// npm in a folder, with a Node that is new enough.
pub fn npm(folder: &Path) -> Result<Command> {
    node()?;
    let mut command = Command::new("npm");
    // The tests use the system's Chromium, not one that Playwright downloads.
    command.current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    Ok(command)
}

/// Fails unless Node and npm are there and new enough.
fn node() -> Result<()> {
    let how = format!(
        "Node.js {NODE} or newer with npm is needed for the web client. Get it from nodejs.org, by `brew install node`, \
         or by your distribution's packages `nodejs` and `npm`"
    );
    let Ok(version) = process::output(Command::new("node").arg("--version")) else { bail!("{how}") };
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|number| number.parse().ok());
    if major.is_none_or(|major: u32| major < NODE) {
        bail!("{how} (found {})", version.trim());
    }
    if process::find("npm").is_none() {
        bail!("{how} (npm was not found)");
    }
    Ok(())
}

/// The browser that the tests drive: CHROMIUM from the environment, or the system's.
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| {
        ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
            .into_iter()
            .find_map(process::find)
    })
}

fn browser() -> Result<()> {
    if chromium().is_none() {
        if !can_install_packages() {
            bail!(
                "Chromium is missing; the browser tests drive it. Debian: `apt-get install {}` as root; or name a \
                 Chromium or Chrome by the environment variable CHROMIUM",
                BROWSER_PACKAGES.join(" ")
            );
        }
        apt_install(&BROWSER_PACKAGES)?;
    }
    let tests = browser_tests();
    if tests.is_dir() {
        npm_ci(&tests, "tests-browser")?;
    }
    up_to_date()
}

/// The Playwright project.
pub fn browser_tests() -> PathBuf {
    process::root().join("tests/browser")
}

/// Whether Debian's packages may be installed without asking anybody.
fn can_install_packages() -> bool {
    let root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    root && process::find("apt-get").is_some()
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::run(apt().args(["update", "-qq"]))?;
    process::run(apt().args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))
}

fn up_to_date() -> Result<()> {
    println!("    up to date");
    Ok(())
}

/// Remembers what something was made from.
struct Stamp {
    path: PathBuf,
    hash: String,
}

impl Stamp {
    fn new(name: &str, hash: &str) -> Self {
        Self { path: process::target().join("stamps").join(name), hash: hash.to_owned() }
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|kept| kept == self.hash)
    }

    fn write(&self) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).context("cannot make target/stamps")?;
        }
        fs::write(&self.path, &self.hash).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Not for safety: a newer compiler may hash otherwise, and then a part is made once more.
fn hash_text(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}

/// A hash of names and contents of all files below a folder that are not generated.
fn hash_folder(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if path != folder && GENERATED.contains(&name.as_str()) {
                continue;
            }
            let entries = fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))?;
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            waiting.extend(inside);
        } else if path.is_file() {
            let short = path.strip_prefix(folder).unwrap_or(&path);
            hasher.write(short.to_string_lossy().as_bytes());
            hasher.write(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_hash_changes_with_its_sources_and_not_with_what_is_generated() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/app.ts", "1");
        let first = hash_folder(folder.path()).unwrap();
        write("dist/app.js", "1");
        write("node_modules/x/index.js", "1");
        assert_eq!(hash_folder(folder.path()).unwrap(), first);
        write("src/app.ts", "2");
        let second = hash_folder(folder.path()).unwrap();
        assert_ne!(second, first);
        fs::rename(folder.path().join("src/app.ts"), folder.path().join("src/main.ts")).unwrap();
        assert_ne!(hash_folder(folder.path()).unwrap(), second);
    }
}
