//! The numbers by which an editor names frames, sets of variables and texts.
//!
//! Invariant: a number is given out once in a connection's life. So one of an earlier stop finds nothing, and can never
//! be answered with what another stop has.

use breakroom_protocol::{FrameId, VariablesId};
use std::collections::BTreeMap;

/// Numbers of the current stop.
#[derive(Debug, Default)]
pub struct Handles {
    last: i64,
    frames: BTreeMap<i64, FrameId>,
    frame_numbers: BTreeMap<FrameId, i64>,
    sets: BTreeMap<i64, VariablesId>,
    set_numbers: BTreeMap<VariablesId, i64>,
    /// The rest of a large set, from an item on.
    rests: BTreeMap<i64, (VariablesId, u64)>,
    rest_numbers: BTreeMap<(VariablesId, u64), i64>,
    /// Lines that can be gone to.
    places: BTreeMap<i64, (String, u32)>,
}

impl Handles {
    /// The stop is over.
    pub fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// The number of a frame.
    pub fn of_frame(&mut self, frame: FrameId) -> i64 {
        let Self { last, frames, frame_numbers, .. } = self;
        *frame_numbers.entry(frame).or_insert_with(|| {
            *last += 1;
            frames.insert(*last, frame);
            *last
        })
    }

    /// The number of a set of variables; DAP's 0 is "none".
    pub fn of_set(&mut self, set: Option<VariablesId>) -> i64 {
        let Some(set) = set else { return 0 };
        let Self { last, sets, set_numbers, .. } = self;
        *set_numbers.entry(set).or_insert_with(|| {
            *last += 1;
            sets.insert(*last, set);
            *last
        })
    }

    /// The number of a large set's rest, from this item on.
    pub fn of_rest(&mut self, set: VariablesId, start: u64) -> i64 {
        let Self { last, rests, rest_numbers, .. } = self;
        *rest_numbers.entry((set, start)).or_insert_with(|| {
            *last += 1;
            rests.insert(*last, (set, start));
            *last
        })
    }

    /// The number of a line that can be gone to.
    pub fn of_place(&mut self, path: &str, line: u32) -> i64 {
        let place = (path.to_owned(), line);
        if let Some((number, _)) = self.places.iter().find(|(_, known)| **known == place) {
            return *number;
        }
        self.last += 1;
        self.places.insert(self.last, place);
        self.last
    }

    /// Which set's rest a number means, at this stop.
    pub fn rest(&self, number: i64) -> Option<(VariablesId, u64)> {
        self.rests.get(&number).copied()
    }

    /// Which line a number means, at this stop.
    pub fn place(&self, number: i64) -> Option<(String, u32)> {
        self.places.get(&number).cloned()
    }

    /// Which frame a number means, at this stop.
    pub fn frame(&self, number: i64) -> Option<FrameId> {
        self.frames.get(&number).copied()
    }

    /// Which set a number means, at this stop.
    pub fn set(&self, number: i64) -> Option<VariablesId> {
        self.sets.get(&number).copied()
    }
}

/// Numbers of texts that the editor can't read from a file of its own. They hold as long as the connection.
#[derive(Debug, Default)]
pub struct Texts {
    paths: Vec<String>,
}

impl Texts {
    /// The number of a path on the target.
    pub fn number(&mut self, path: &str) -> usize {
        if let Some(at) = self.paths.iter().position(|known| known == path) {
            return at + 1;
        }
        self.paths.push(path.to_owned());
        self.paths.len()
    }

    /// The path that a number means.
    pub fn path(&self, number: u64) -> Option<&str> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.paths.get(at).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_given_twice() {
        let mut handles = Handles::default();
        let (frame, set) = (handles.of_frame(FrameId(1)), handles.of_set(Some(VariablesId(1))));
        assert_eq!((handles.frame(frame), handles.set(set)), (Some(FrameId(1)), Some(VariablesId(1))));
        assert_eq!(handles.of_frame(FrameId(1)), frame, "the same at the same stop");
        assert_eq!((handles.frame(set), handles.set(frame)), (None, None), "a frame is no set");
        handles.clear();
        assert_eq!((handles.frame(frame), handles.set(set)), (None, None));
        assert!(handles.of_frame(FrameId(1)) > set);
        assert_eq!(handles.of_set(None), 0);
        let (rest, place) = (handles.of_rest(VariablesId(1), 500), handles.of_place("/a.py", 3));
        assert_eq!((handles.rest(rest), handles.rest(place)), (Some((VariablesId(1), 500)), None));
        assert_eq!((handles.place(place), handles.of_place("/a.py", 3)), (Some(("/a.py".into(), 3)), place));
    }
}
