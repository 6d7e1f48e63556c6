//! Files on the target that changed since their text was captured, which is what runs.
//!
//! One frameless evaluation looks at all captured files: `stat` first, and the text only where that changed. It is
//! asked at a stop, late and behind everything else, and from time to time while somebody is here; one at a time, and
//! not while the program is being stepped. What runs changes when the program was restarted or a module loaded again:
//! then the text is captured anew.

use super::{Asked, MAIN, State};
use breakroom_protocol::upstream::{Request, SourceDiffers, Urgency};
use breakroom_protocol::{Event, Snapshot, SourceHash, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};

/// Files that are looked at, at most.
const FILES: usize = 1_000;

/// What is known of the captured files.
#[derive(Debug, Default)]
pub(super) struct Sources {
    captured: BTreeMap<String, SourceHash>,
    drifted: BTreeSet<String>,
    /// Captured before the program was started anew: whatever differs is captured again.
    of_earlier: BTreeSet<String>,
    checking: bool,
    next_check: Option<UnixMillis>,
}

impl Sources {
    pub(super) fn knows(&self, path: &str) -> bool {
        self.captured.contains_key(path)
    }

    /// Whether a text is worth an event: it is new, or differs from what was captured.
    pub(super) fn captured(&mut self, path: &str, hash: &SourceHash) -> bool {
        self.of_earlier.remove(path);
        self.captured.insert(path.to_owned(), hash.clone()).as_ref() != Some(hash)
    }
}

impl State {
    /// As the journal has them.
    pub(super) fn sources_resumed(&mut self, snapshot: &Snapshot) {
        for (path, source) in &snapshot.sources {
            self.sources.captured.insert(path.clone(), source.hash.clone());
            if source.drifted {
                self.sources.drifted.insert(path.clone());
            }
        }
    }

    /// The program that runs is another one than before.
    pub(super) fn program_is_new(&mut self) {
        let sources = &mut self.sources;
        sources.of_earlier = sources.captured.keys().cloned().collect();
        sources.next_check = Some(self.now);
    }

    /// A stop has been captured: a good moment to look, if it isn't one of many.
    pub(super) fn check_sources_soon(&mut self) {
        let at = self.now + self.rules.drift_after_stop_ms;
        let next = &mut self.sources.next_check;
        *next = Some(next.map_or(at, |due| due.min(at)));
    }

    /// A stop is left, or a connection made: there is more urgent work now.
    pub(super) fn check_sources_later(&mut self) {
        self.sources.next_check = Some(self.now + self.rules.drift_every_ms);
    }

    /// When [`State::check_sources`] is due.
    pub(super) fn drift_at(&self) -> Option<UnixMillis> {
        let able = self.is_attached() && !self.sources.checking && self.people.anybody();
        self.sources.next_check.filter(|_| able)
    }

    pub(super) fn check_sources(&mut self) {
        if self.drift_at().is_none_or(|at| at > self.now) {
            return;
        }
        let known = self.sources.captured.iter().take(FILES);
        let known: Vec<_> = known.map(|(path, hash)| (path.clone(), hash.clone())).collect();
        self.check_sources_later();
        if !known.is_empty() {
            self.sources.checking = true;
            let asked = Asked::Differing { known: known.clone() };
            self.ask_of(MAIN, asked, Request::CheckSources { known }, Urgency::Browse);
        }
        self.ask_snaps_passed();
        if self.breakpoints.awaits_functions() {
            for process in self.processes() {
                self.find_functions(process);
            }
        }
    }

    /// Which of the files that were asked about differ.
    pub(super) fn sources_checked(&mut self, known: &[(String, SourceHash)], differing: Vec<SourceDiffers>) {
        self.sources.checking = false;
        let differing: BTreeMap<_, _> =
            differing.into_iter().map(|differs| (differs.path, differs.reloaded)).collect();
        for (path, hash) in known {
            // It may have been captured anew meanwhile.
            if self.sources.captured.get(path) != Some(hash) {
                continue;
            }
            match differing.get(path) {
                None => {
                    self.sources.of_earlier.remove(path);
                    self.drifted(path, false);
                }
                Some(reloaded) if *reloaded || self.sources.of_earlier.contains(path) => {
                    self.drifted(path, true);
                    self.sources.of_earlier.remove(path);
                    self.ask_source(path.clone());
                }
                Some(_) => self.drifted(path, true),
            }
        }
    }

    pub(super) fn sources_not_checked(&mut self) {
        self.sources.checking = false;
    }

    pub(super) fn drifted(&mut self, path: &str, drifted: bool) {
        let sources = &mut self.sources;
        let news =
            if drifted { sources.drifted.insert(path.to_owned()) } else { sources.drifted.remove(path) };
        if news {
            self.record(None, Event::SourceDrift { path: path.to_owned(), drifted });
        }
    }

    /// A file's text came.
    pub(super) fn source_captured(&mut self, path: &str, hash: &SourceHash) -> bool {
        let news = self.sources.captured(path, hash);
        if news {
            // The event itself says that it is as it is on the target.
            self.sources.drifted.remove(path);
        } else {
            self.drifted(path, false);
        }
        news
    }
}
