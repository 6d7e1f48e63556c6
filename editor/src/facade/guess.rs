//! Where the program's files are on the editor's machine, found out by their text.
//!
//! Without a mapping of the person's own, a file that the editor's machine doesn't have at the program's path is looked
//! for by its name and the hash of its text, under the folder where `join` was started or which the editor names. One
//! that is there exactly once tells where its folder is. Found out before the editor sets its first breakpoints, where
//! the room has a text already; else what was set before goes along.

use super::{Effect, Facade, Life, paths};
use breakroom_protocol::SourceHash;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Files that are looked for, in all.
const MOST_TRIED: usize = 12;

/// How far looking has come.
#[derive(Debug, Default)]
pub struct Guess {
    /// The folder that the editor names.
    folder: Option<String>,
    tried: BTreeSet<String>,
    /// The one that is being looked for.
    waiting: Option<u64>,
    /// A person's own mapping: nothing is guessed.
    off: bool,
}

impl Guess {
    /// Whether the editor should wait for it.
    pub const fn is_busy(&self) -> bool {
        self.waiting.is_some()
    }
}

/// A pair of folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The editor's.
    pub local: String,
    /// The target's.
    pub remote: String,
}

impl Facade {
    /// At `attach`: the folder, and whether there is anything to guess.
    pub(super) fn begin_guessing(&mut self, arguments: &Value) {
        self.guess.off = !self.config.map.is_empty();
        let named = ["cwd", "workspaceFolder", "root"].into_iter();
        let mut folders = named.filter_map(|key| arguments.get(key)?.as_str());
        self.guess.folder = folders.find(|folder| paths::is_absolute(folder)).map(str::to_owned);
        self.guess_on();
    }

    /// Looks for the next text that may tell.
    pub(super) fn guess_on(&mut self) {
        let attached = !matches!(self.life, Life::Fresh | Life::Over(_));
        if self.guess.off || self.guess.waiting.is_some() || !attached || !self.connected {
            return;
        }
        if self.guess.tried.len() >= MOST_TRIED {
            return;
        }
        let unknown = |path: &str| {
            !self.guess.tried.contains(path)
                && self.config.map.to_local(path) == path
                && paths::is_absolute(path)
                && !(self.config.has_file)(path)
        };
        // The program's own come first: those in which it is, then the shortest.
        let mut all: Vec<(&String, &SourceHash)> = self
            .room
            .sources
            .iter()
            .filter(|(path, _)| unknown(path))
            .map(|(p, info)| (p, &info.hash))
            .collect();
        all.sort_by_key(|(path, _)| (path.contains("site-packages"), path.len()));
        let Some((remote, hash)) = all.first().map(|(path, hash)| ((*path).clone(), (*hash).clone())) else {
            return;
        };
        self.guess.tried.insert(remote.clone());
        self.numbers += 1;
        self.guess.waiting = Some(self.numbers);
        let folder = self.guess.folder.clone();
        self.out.push(Effect::Guess { guess: self.numbers, remote, hash, folder });
    }

    /// The search has ended.
    pub(super) fn guessed(&mut self, guess: u64, found: Option<Found>) {
        if self.guess.waiting != Some(guess) {
            return;
        }
        self.guess.waiting = None;
        if let Some(Found { local, remote }) = found {
            self.config.map.add(&local, &remote);
            self.guess.found(&local, &remote);
            self.say_or_keep(format!("{local} here is {remote} of the program, by the text of its files."));
            self.move_breakpoints();
            self.tell_breakpoints();
            if self.client.invalidates && self.is_configured() && self.stop().is_some() {
                self.event("invalidated", json!({ "areas": ["stacks"] }));
            }
        }
        self.guess_on();
        if !self.guess.is_busy() && self.connected {
            self.joined();
        }
    }
}

impl Guess {
    /// What is below it is known now.
    fn found(&mut self, _local: &str, remote: &str) {
        self.tried.retain(|path| !path.starts_with(remote));
    }
}
