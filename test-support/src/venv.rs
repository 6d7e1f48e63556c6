//! Where the Python programs are that tests run for real. `cargo xtask setup` installs them.

use std::path::{Path, PathBuf};

/// Folder of the virtual environments: `BREAKROOM_VENVS`, or `target/venvs` of the workspace.
#[must_use]
pub fn venvs_dir() -> PathBuf {
    std::env::var_os("BREAKROOM_VENVS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/venvs"), PathBuf::from)
}

/// A Python that has debugpy.
///
/// # Panics
/// If it isn't installed.
#[must_use]
pub fn debugpy_python() -> PathBuf {
    installed(venvs_dir().join("debugpy/bin/python"))
}

/// All Pythons that have debugpy: the usual one, then the oldest and the newest one of this machine, if they are others.
///
/// # Panics
/// If the usual one isn't installed.
#[must_use]
pub fn debugpy_pythons() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(venvs_dir()).into_iter().flatten().flatten();
    let others = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("debugpy-"));
    let mut others: Vec<_> = others.map(|folder| folder.path().join("bin/python")).collect();
    others.sort();
    others.retain(|python| python.exists());
    others.insert(0, debugpy_python());
    others
}

/// A program of the environment that has Home Assistant: `hass` or `python`.
///
/// # Panics
/// If it isn't installed.
#[must_use]
pub fn home_assistant_bin(name: &str) -> PathBuf {
    installed(venvs_dir().join("home-assistant/bin").join(name))
}

fn installed(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{} is missing: run `cargo xtask setup`", path.display());
    path
}
