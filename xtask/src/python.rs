//! Python interpreters of this machine, and virtual environments made with them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// A Python version without its patch level: (3, 11).
pub type Version = (u32, u32);

/// What an environment needs of its interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// This version or a newer one.
    AtLeast(Version),
    /// This version and no other.
    Exactly(Version),
}

impl Wanted {
    fn takes(self, version: Version) -> bool {
        match self {
            Self::AtLeast(least) => version >= least,
            Self::Exactly(only) => version == only,
        }
    }

    /// How to get such a Python, for somebody who has none.
    pub fn how_to_get(self) -> String {
        match self {
            Self::AtLeast((major, minor)) => format!(
                "Python {major}.{minor} or newer with its `venv` module is missing. \
                 Debian and Ubuntu: `apt-get install python3 python3-venv`; macOS: `brew install python`"
            ),
            Self::Exactly((major, minor)) => format!(
                "Python {major}.{minor} with its `venv` module is missing; the Home Assistant that the tests run \
                 (2024.3.3) needs exactly this one. Debian 12: `apt-get install python3 python3-venv`; \
                 elsewhere: `pyenv install {major}.{minor}` or `uv python install {major}.{minor}`"
            ),
        }
    }
}

/// The first interpreter that fits and can make virtual environments.
pub fn find(wanted: Wanted) -> Option<PathBuf> {
    candidates(wanted).into_iter().find(|python| {
        version(python).is_some_and(|version| wanted.takes(version)) && can_make_environments(python)
    })
}

/// Names and places where an interpreter may be, the most likely first.
fn candidates(wanted: Wanted) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let (major, minor) = match wanted {
        Wanted::AtLeast(version) | Wanted::Exactly(version) => version,
    };
    let exact = format!("python{major}.{minor}");
    match wanted {
        Wanted::AtLeast(_) => found.extend(["python3".into(), "python".into(), exact.into()]),
        Wanted::Exactly(_) => found.extend([exact.into(), "python3".into()]),
    }
    // Debian's own, which a pyenv shim in front of it may hide.
    found.push(PathBuf::from("/usr/bin/python3"));
    let home = env::var_os("HOME").map(PathBuf::from);
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| home.map(|home| home.join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok()) {
        let prefix = format!("{major}.{minor}.");
        let mut fitting: Vec<_> = versions
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
            .map(|entry| entry.path().join("bin/python"))
            .collect();
        fitting.sort();
        found.extend(fitting.into_iter().rev());
    }
    if process::find("uv").is_some() {
        let known = process::output(
            Command::new("uv")
                .args(["python", "find", "--no-python-downloads"])
                .arg(format!("{major}.{minor}")),
        );
        found.extend(known.ok().map(|path| PathBuf::from(path.trim())));
    }
    found
}

/// What an interpreter says of itself; none when it does not run.
pub fn version(python: &Path) -> Option<Version> {
    let text = process::output(
        Command::new(python).args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]),
    )
    .ok()?;
    parse_version(text.trim())
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Debian splits `ensurepip` off into python3-venv.
fn can_make_environments(python: &Path) -> bool {
    process::output(Command::new(python).args(["-c", "import venv, ensurepip"])).is_ok()
}

/// A virtual environment below target/venvs.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment of that name, made or not.
    pub fn named(name: &str) -> Self {
        Self { folder: process::target().join("venvs").join(name) }
    }

    /// Its interpreter.
    pub fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// One of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Makes it with a fitting interpreter, or leaves it when it works and has one already.
    pub fn make(&self, wanted: Wanted) -> Result<()> {
        let python = self.python();
        if version(&python).is_some_and(|version| wanted.takes(version)) {
            return Ok(());
        }
        let Some(with) = find(wanted) else { bail!("{}", wanted.how_to_get()) };
        fs::create_dir_all(&self.folder).with_context(|| format!("cannot make {}", self.folder.display()))?;
        process::run(Command::new(with).args(["-m", "venv", "--clear"]).arg(&self.folder))
    }

    /// Installs packages, named as pip takes them.
    pub fn pip_install(&self, packages: &[&str]) -> Result<()> {
        let python = self.python();
        process::run(
            Command::new(python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(packages),
        )
    }

    /// Installs a requirements file with uv, which resolves a hundred packages in seconds where pip takes minutes.
    pub fn install_requirements(&self, file: &Path) -> Result<()> {
        if !self.program("uv").is_file() {
            self.pip_install(&["uv"])?;
        }
        let uv = self.program("uv");
        process::run(
            Command::new(uv)
                .args(["pip", "install", "--quiet", "--python"])
                .arg(self.python())
                .arg("--requirement")
                .arg(file),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse_version("3.11"), Some((3, 11)));
        assert_eq!(parse_version("3"), None);
        assert!(Wanted::AtLeast((3, 8)).takes((3, 11)));
        assert!(!Wanted::AtLeast((3, 8)).takes((2, 7)));
        assert!(!Wanted::Exactly((3, 11)).takes((3, 12)));
    }

    #[test]
    fn a_missing_python_is_named_with_the_way_to_get_it() {
        let text = Wanted::Exactly((3, 11)).how_to_get();
        assert!(text.contains("3.11") && text.contains("pyenv install"), "{text}");
    }
}
