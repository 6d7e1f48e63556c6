//! Where the editor's files are on the target, and back.
//!
//! The longest prefix wins, by whole path components; a path outside of all of them is the same on both sides.

/// Pairs of folders: the editor's, the target's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathMap {
    pairs: Vec<(String, String)>,
}

impl PathMap {
    /// Adds a pair. Folders that aren't absolute, and pairs that are known, change nothing.
    pub fn add(&mut self, local: &str, remote: &str) {
        if !is_absolute(local) || !is_absolute(remote) {
            return;
        }
        let trim = |path: &str| path.trim_end_matches(['/', '\\']).to_owned();
        let pair = (trim(local), trim(remote));
        if !self.pairs.contains(&pair) {
            self.pairs.push(pair);
        }
    }

    /// Reads `LOCAL=REMOTE`.
    ///
    /// # Errors
    /// There is no `=`, or a side isn't absolute; as a sentence.
    pub fn add_option(&mut self, text: &str) -> Result<(), String> {
        match text.split_once('=') {
            Some((local, remote)) if is_absolute(local) && is_absolute(remote) => {
                self.add(local, remote);
                Ok(())
            }
            _ => Err(format!("--map must be LOCAL=REMOTE, two absolute folders, not `{text}`")),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The target's path of a file of the editor's.
    #[must_use]
    pub fn to_remote(&self, path: &str) -> String {
        map(path, self.pairs.iter().map(|(local, remote)| (local, remote)))
    }

    /// The editor's path of a file of the target's.
    #[must_use]
    pub fn to_local(&self, path: &str) -> String {
        map(path, self.pairs.iter().map(|(local, remote)| (remote, local)))
    }
}

/// POSIX or Windows.
pub fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\'])
        || matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// The last component.
pub fn name_of(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_windows(path: &str) -> bool {
    path.as_bytes().get(1) == Some(&b':') || path.starts_with('\\')
}

fn map<'a>(path: &str, pairs: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let best = pairs
        .filter_map(|(from, to)| Some((from.len(), to, below(path, from)?)))
        .max_by_key(|(length, ..)| *length);
    let Some((_, to, rest)) = best else { return path.to_owned() };
    let rest = if is_windows(to) { rest.replace('/', "\\") } else { rest.replace('\\', "/") };
    // Where a whole drive or the root is meant, the separator belongs to it.
    if rest.is_empty() && to.is_empty() { "/".to_owned() } else { format!("{to}{rest}") }
}

/// What follows `folder` in `path`, with its separator; `None`: it isn't in there. Windows' paths have no case.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let (start, rest) = path.split_at_checked(folder.len())?;
    let same = if is_windows(folder) {
        start.replace('/', "\\").eq_ignore_ascii_case(&folder.replace('/', "\\"))
    } else {
        start == folder
    };
    (same && (rest.is_empty() || rest.starts_with(['/', '\\']))).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> PathMap {
        let mut map = PathMap::default();
        for (local, remote) in pairs {
            map.add(local, remote);
        }
        map
    }

    #[test]
    fn the_longest_prefix_wins_both_ways() {
        let map = of(&[("/home/ada/app/", "/usr/src/app"), ("/home/ada/app/lib", "/opt/lib")]);
        for (local, remote) in [
            ("/home/ada/app/a.py", "/usr/src/app/a.py"),
            ("/home/ada/app/lib/b.py", "/opt/lib/b.py"),
            ("/home/ada/app", "/usr/src/app"),
        ] {
            assert_eq!(map.to_remote(local), remote);
            assert_eq!(map.to_local(remote), local);
        }
    }

    #[test]
    fn outside_nothing_changes() {
        let map = of(&[("/home/ada/app", "/usr/src/app")]);
        for path in ["/home/ada/apple/a.py", "/home/ada", "/etc/a.py", "<string>", ""] {
            assert_eq!(map.to_remote(path), path);
        }
        assert_eq!(map.to_local("/usr/src/application/a.py"), "/usr/src/application/a.py");
    }

    #[test]
    fn windows_editors_and_posix_targets() {
        let map = of(&[(r"C:\Users\Ada\app", "/usr/src/app")]);
        assert_eq!(map.to_remote(r"c:\users\Ada\app\pkg\a.py"), "/usr/src/app/pkg/a.py");
        assert_eq!(map.to_local("/usr/src/app/pkg/a.py"), r"C:\Users\Ada\app\pkg\a.py");
    }

    #[test]
    fn roots_and_what_is_no_folder() {
        assert_eq!(of(&[("/mnt/target", "/")]).to_remote("/mnt/target/a.py"), "/a.py");
        assert_eq!(of(&[("/mnt/target", "/")]).to_local("/a.py"), "/mnt/target/a.py");
        assert_eq!(of(&[(".", "/usr/src/app")]), PathMap::default());
        let mut map = PathMap::default();
        assert!(map.add_option("/a=/b").is_ok());
        for bad in ["/a", "a=/b", "/a=", "=/b"] {
            assert!(map.add_option(bad).unwrap_err().contains("--map"), "{bad}");
        }
    }
}
