//! Looks for a file of the program's among the editor's, by its name and then by the hash of its text.
//!
//! Bounded in files and in time, and strict: a search that came to its bounds says nothing, as another copy may be
//! where it did not look.

use crate::facade::Found;
use breakroom_protocol::SourceHash;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Most files and folders that are looked at.
const MOST_SEEN: usize = 40_000;
/// How long looking may take.
const WITHIN: Duration = Duration::from_millis(1_500);
/// Files of the same name whose text is read.
const MOST_READ: usize = 200;
/// Largest such file.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// A text must have so much in it to tell anything: many a package begins with the same empty file.
const LEAST_CHARS: usize = 64;
/// Folders that hold copies, or nothing of the person's own.
const PASSED_OVER: [&str; 12] = [
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "venv",
    ".venv",
    "env",
    "site-packages",
    "__pycache__",
    ".tox",
    ".mypy_cache",
    "target",
];

/// The pair of folders that a file with this text tells, if it is under `folder` exactly once.
pub fn search(folder: &Path, remote: &str, hash: &SourceHash) -> Option<Found> {
    let name = remote.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())?;
    let folder = folder.canonicalize().ok()?;
    let candidates = files_named(&folder, name)?;
    let mut same = candidates.iter().filter(|path| is_text(path, hash));
    let (found, another) = (same.next()?, same.next());
    match another {
        None => pair(&folder, found, remote),
        Some(_) => None,
    }
}

/// All files with this name; `None`: there was more than may be looked at.
fn files_named(folder: &Path, name: &str) -> Option<Vec<PathBuf>> {
    let (begun, mut seen, mut found) = (Instant::now(), 0, Vec::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // One that can't be read has nothing for us.
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MOST_SEEN || found.len() > MOST_READ || begun.elapsed() > WITHIN {
                return None;
            }
            let (file, kind) = (entry.file_name(), entry.file_type());
            // A link to a folder may lead in circles, and to copies.
            match kind {
                Ok(kind) if kind.is_dir() && PASSED_OVER.iter().any(|passed| file == *passed) => {}
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(_) if file == name => found.push(entry.path()),
                _ => {}
            }
        }
    }
    Some(found)
}

/// Whether a file's text has this hash, read as Python does.
fn is_text(path: &Path, hash: &SourceHash) -> bool {
    let small = std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= MOST_BYTES);
    let Some(text) = small.then(|| std::fs::read_to_string(path).ok()).flatten() else { return false };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().chars().count() < LEAST_CHARS {
        return false;
    }
    let mut digest = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a String can't fail.
        let _infallible = write!(digest, "{byte:02x}");
    }
    digest == hash.0
}

/// Takes off what both paths end in, but stays inside of the folder.
fn pair(folder: &Path, local: &Path, remote: &str) -> Option<Found> {
    let inner = local.strip_prefix(folder).ok()?;
    let ours: Vec<&str> = inner.components().filter_map(|part| part.as_os_str().to_str()).collect();
    let theirs: Vec<&str> = remote.split(['/', '\\']).collect();
    let equal = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(a, b)| a == b).count();
    let local: PathBuf = folder.join(ours[..ours.len().checked_sub(equal)?].iter().collect::<PathBuf>());
    let separator = if remote.contains('\\') { "\\" } else { "/" };
    let remote = theirs[..theirs.len().checked_sub(equal)?].join(separator);
    let remote = if remote.is_empty() { "/".to_owned() } else { remote };
    let local = local.to_str()?.to_owned();
    (local.trim_end_matches('/') != remote.trim_end_matches('/')).then_some(Found { local, remote })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "def evening(count):\n    doubled = count * 2\n    total = doubled + 1\n    return total\n";

    fn hash_of(text: &str) -> SourceHash {
        SourceHash(Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    /// (files here, path there) → (folder here below the one searched, folder there).
    #[test]
    fn a_file_that_is_there_once_tells_the_folders() {
        let crlf = TEXT.replace('\n', "\r\n");
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, Option<(&'a str, &'a str)>);
        let rows: [Row<'_>; 9] = [
            (&[("app.py", TEXT)], "/usr/src/app/app.py", Some(("", "/usr/src/app"))),
            (&[("src/pkg/app.py", TEXT)], "/usr/src/app/pkg/app.py", Some(("src", "/usr/src/app"))),
            (&[("app.py", &crlf)], "/srv/app.py", Some(("", "/srv"))),
            (&[("app.py", TEXT)], r"C:\srv\app.py", Some(("", r"C:\srv"))),
            (&[("app.py", "x = 1\n")], "/srv/app.py", None),
            (&[("other.py", TEXT)], "/srv/app.py", None),
            (&[("a/app.py", TEXT), ("b/app.py", TEXT)], "/srv/app.py", None),
            (
                &[("a/app.py", TEXT), (".venv/app.py", TEXT), ("b/app.py", "y")],
                "/srv/app.py",
                Some(("a", "/srv")),
            ),
            (&[("node_modules/app.py", TEXT), (".git/app.py", TEXT)], "/srv/app.py", None),
        ];
        for (files, remote, expected) in rows {
            let folder = folder(files);
            let root = folder.path().canonicalize().unwrap();
            let found = search(folder.path(), remote, &hash_of(TEXT));
            let expected = expected.map(|(local, remote)| {
                let local = root.join(local).to_str().unwrap().trim_end_matches('/').to_owned();
                Found { local, remote: remote.to_owned() }
            });
            let found =
                found.map(|found| Found { local: found.local.trim_end_matches('/').to_owned(), ..found });
            assert_eq!(found, expected, "{files:?} {remote}");
        }
    }

    #[test]
    fn what_tells_nothing_is_no_guess() {
        let short = "x = 1\n";
        let one = folder(&[("pkg/__init__.py", short)]);
        assert_eq!(search(one.path(), "/srv/lib/__init__.py", &hash_of(short)), None, "too short to tell");
        let one = folder(&[("app.py", TEXT)]);
        let same = one.path().canonicalize().unwrap().join("app.py");
        assert_eq!(search(one.path(), same.to_str().unwrap(), &hash_of(TEXT)), None, "it is the same folder");
        assert_eq!(search(&one.path().join("gone"), "/srv/app.py", &hash_of(TEXT)), None);
    }

    #[test]
    fn a_link_is_not_followed() {
        let one = folder(&[("a/app.py", TEXT)]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(one.path(), one.path().join("a/again")).unwrap();
        assert!(search(one.path(), "/srv/app.py", &hash_of(TEXT)).is_some(), "in circles, or twice");
    }
}
