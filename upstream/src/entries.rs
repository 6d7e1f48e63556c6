//! People's breakpoint entries in the debuggee: what decides there, and what it tells.
//!
//! pydevd keeps one breakpoint a line, and knows neither counts by entry nor snap points. So a breakpoint whose entries
//! are more than plain has a condition of ours, which calls what [`install`] puts into the debuggee before the first
//! breakpoint is set. That answers whether to stop, and tells of snaps and of disarmed and failed entries in `output` events of the
//! category `telemetry`, which debugpy's adapter passes on as they are and no other client shows.

use crate::source::{python_literal, run};
use crate::translate::Meaning;
use crate::{pushed, translate};
use breakroom_protocol::ids::EntryId;
use breakroom_protocol::upstream::{UpstreamEvent, UpstreamSnap};
use serde::Deserialize;

const ENTRIES: &str = include_str!("python/entries.py");
const SNAP: &str = include_str!("python/snap.py");
const INSTALL: &str = include_str!("python/install.py");
const ANSWERING: &str = include_str!("python/answering.py");

/// The text of the `output` events that tell of something.
pub(crate) const TELLS: &str = "breakroom";

/// How often an entry may be reached. A condition costs the program about 30 µs each time, most of it pydevd's own, a
/// log message 100 µs and more, a capture 200 µs to a few milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryLimits {
    /// An entry with a condition, a hit count or a snap that is reached more often a second, for about a second, is
    /// disarmed.
    pub conditions_per_second: u32,
    /// The same for log messages, and for conditions that fail.
    pub logs_per_second: u32,
    /// Captures of one snap point a second; what is over is counted.
    pub snaps_per_second: u32,
}

impl Default for EntryLimits {
    fn default() -> Self {
        Self { conditions_per_second: 1_000, logs_per_second: 100, snaps_per_second: 10 }
    }
}

/// One entry as the debuggee gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Entry<'a> {
    /// Its id.
    pub id: &'a str,
    /// Counts how often it was armed or written anew: what was disarmed or failed in an earlier turn holds again.
    pub turn: u32,
    /// A function's dotted name, if it is to hold only there.
    pub function: Option<&'a str>,
    /// Python expression.
    pub condition: Option<&'a str>,
    /// Such as `5`, `>= 3`.
    pub hit_condition: Option<&'a str>,
    /// Said instead of stopping.
    pub log_message: Option<&'a str>,
    /// Captures instead of stopping.
    pub snap: bool,
}

/// A condition that decides for all entries of a breakpoint at once, counts their hits, writes their log messages and
/// captures. `place`: a name of the line or function, unique in the program.
#[must_use]
pub fn entries_condition(place: &str, entries: &[Entry<'_>]) -> String {
    let literal = |text: Option<&str>| text.map_or_else(|| "None".to_owned(), python_literal);
    let entry = |entry: &Entry<'_>| {
        let texts = [entry.function, entry.condition, entry.hit_condition, entry.log_message].map(literal);
        let snap = if entry.snap { "True" } else { "False" };
        format!("({}, {}, {}, {snap})", python_literal(entry.id), entry.turn, texts.join(", "))
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!("__import__('pydevd')._breakroom({}, [{}])", python_literal(place), entries.join(", "))
}

/// Installs what [`entries_condition`] calls, and has a debugpy older than 1.8.21 answer this evaluation and all others. So it
/// is to be the first.
pub(crate) fn install(limits: EntryLimits) -> String {
    let EntryLimits { conditions_per_second, logs_per_second, snaps_per_second } = limits;
    let space = format!(
        "{{'conditions_per_second': {conditions_per_second}, 'logs_per_second': {logs_per_second}, \
         'snaps_per_second': {snaps_per_second}}}"
    );
    let programs = [("answering", ANSWERING), ("snap", SNAP), ("entries", ENTRIES)];
    let mut inputs = programs.map(|(name, program)| (name, python_literal(program))).to_vec();
    inputs.push(("space", space));
    run(INSTALL, &inputs)
}

/// What [`install`] says: whether it worked, and whether the program is one that wasn't attached to before.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct Installed {
    pub(crate) error: Option<String>,
    pub(crate) fresh: bool,
}

/// Reads the `data` of a telemetry `output`, if it is ours.
pub(crate) fn told(data: &str) -> Option<Meaning> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Told {
        Snap(UpstreamSnap),
        Disarmed { entry: EntryId, turn: u32, per_second: u32 },
        Failed { entry: EntryId, turn: u32, error: String },
        Pushed(pushed::Told),
    }
    Some(match translate::parse::<Told>(data)? {
        Told::Snap(snap) => Meaning::Event(UpstreamEvent::Snap(snap)),
        Told::Disarmed { entry, turn, per_second } => {
            Meaning::Event(UpstreamEvent::Disarmed { entry, turn, per_second })
        }
        Told::Failed { entry, turn, error } => {
            Meaning::Event(UpstreamEvent::EntryFailed { entry, turn, error })
        }
        Told::Pushed(pushed) => Meaning::Push(pushed.read()?),
    })
}
