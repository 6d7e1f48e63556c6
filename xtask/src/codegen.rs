//! Files that are generated from the `protocol` crate and kept in the repository: the client's types, and the vectors
//! that hold the two languages' folds equal. Kept, so that the client builds without Rust; checked, so that they are
//! never old.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process;

/// What to do with the generated text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Put it into the repository.
    Write,
    /// Compare it with what is there.
    Check,
}

/// Name of a file within its folder, and its content.
type Files = BTreeMap<String, String>;

/// Generates all files and writes or compares them.
pub fn run(mode: Mode) -> Result<()> {
    let root = process::root();
    let types = process::output(process::cargo().args(example("typescript")))?;
    let vectors = generate_vectors()?;
    let kept = root.join("protocol/vectors");
    match mode {
        Mode::Write => {
            let lib = root.join("web-client/src/lib");
            fs::create_dir_all(&lib).context("cannot make web-client/src/lib")?;
            fs::write(lib.join("protocol.ts"), types).context("cannot write protocol.ts")?;
            fs::create_dir_all(&kept).context("cannot make protocol/vectors")?;
            for name in read(&kept)?.keys().filter(|name| !vectors.contains_key(*name)) {
                fs::remove_file(kept.join(name)).with_context(|| format!("cannot remove {name}"))?;
            }
            for (name, text) in &vectors {
                fs::write(kept.join(name), text).with_context(|| format!("cannot write {name}"))?;
            }
            println!("    wrote web-client/src/lib/protocol.ts and {} vectors", vectors.len());
            Ok(())
        }
        Mode::Check => {
            let now = fs::read_to_string(root.join("web-client/src/lib/protocol.ts")).unwrap_or_default();
            let mut old = differences(&vectors, &read(&kept)?);
            if now != types {
                old.push("web-client/src/lib/protocol.ts".into());
            }
            if old.is_empty() {
                println!("    protocol.ts and {} vectors are current", vectors.len());
                return Ok(());
            }
            bail!("not current: {}; run `cargo xtask codegen` and commit the result", old.join(", "));
        }
    }
}

fn example(name: &str) -> [&str; 6] {
    ["run", "--quiet", "-p", "breakroom-protocol", "--example", name]
}

fn generate_vectors() -> Result<Files> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    process::output(process::cargo().args(example("vectors")).arg("--").arg(folder.path()))?;
    let vectors = read(folder.path())?;
    if vectors.is_empty() {
        bail!("the example `vectors` of breakroom-protocol wrote no .json file");
    }
    Ok(vectors)
}

/// All JSON files of a folder; none when the folder is missing.
fn read(folder: &Path) -> Result<Files> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Files::new()) };
    let mut files = Files::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
        if path.extension() != Some(OsStr::new("json")) {
            continue;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.insert(name, text);
    }
    Ok(files)
}

/// Names of vectors that are missing, old, or no longer generated.
fn differences(wanted: &Files, kept: &Files) -> Vec<String> {
    let names = wanted.keys().chain(kept.keys().filter(|name| !wanted.contains_key(*name)));
    names
        .filter(|name| wanted.get(*name) != kept.get(*name))
        .map(|name| format!("protocol/vectors/{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_old_and_left_over_vectors_are_named() {
        let files = |list: &[(&str, &str)]| {
            list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<Files>()
        };
        let wanted = files(&[("a.json", "1"), ("b.json", "2"), ("c.json", "3")]);
        let kept = files(&[("a.json", "1"), ("b.json", "old"), ("z.json", "")]);
        let names = ["protocol/vectors/b.json", "protocol/vectors/c.json", "protocol/vectors/z.json"];
        assert_eq!(differences(&wanted, &kept), names);
        assert!(differences(&wanted, &wanted).is_empty());
    }
}
