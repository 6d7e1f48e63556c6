//! Paths of the workspace, and commands that are run to their end.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub fn root() -> PathBuf {
    let xtask =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    xtask.parent().map_or_else(|| xtask.clone(), Path::to_path_buf)
}

/// Cargo's target folder, where everything that is installed for this repository lives too.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The same cargo that runs this program, in the root of the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What cargo tells the program it runs must not reach the build scripts of another build.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_PKG_NAME");
    command
}

/// Whether this runs for an automatic check rather than for a person.
pub fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// Where a program is, as a shell would find it.
pub fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a command with its output shown; fails when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    println!("  $ {shown}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a command quietly and answers what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!(
            "`{shown}` ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed something that is no text"))
}

/// Runs one piece of work under a heading and says how long it took.
pub fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let start = Instant::now();
    let done = work();
    match &done {
        Ok(_) => println!("    {what}: {}", seconds(start.elapsed())),
        Err(_) => println!("    {what}: failed after {}", seconds(start.elapsed())),
    }
    done
}

/// A duration as a person reads it.
pub fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole >= 60 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// A command as one would type it, with paths relative to the repository.
fn describe(command: &Command) -> String {
    let root = root();
    let short = |word: &OsStr| {
        let word = word.to_string_lossy();
        match word.strip_prefix(&*root.to_string_lossy()) {
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
            _ => word.into_owned(),
        }
    };
    let program = match Path::new(command.get_program()).file_name() {
        Some(name) if !Path::new(command.get_program()).starts_with(&root) => short(name),
        _ => short(command.get_program()),
    };
    let words = std::iter::once(program).chain(command.get_args().map(short)).collect::<Vec<_>>().join(" ");
    match command.get_current_dir() {
        Some(folder) if folder != root => format!("cd {} && {words}", short(folder.as_os_str())),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_relative_to_the_repository() {
        let mut command = Command::new(root().join("target/venvs/x/bin/python"));
        command.arg(root().join("sample/porch.py")).current_dir(root().join("sample"));
        assert_eq!(describe(&command), "cd sample && target/venvs/x/bin/python sample/porch.py");
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(2_340)), "2.3 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
