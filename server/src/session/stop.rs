//! One stop's references: our ids for debugpy's frames and variables, and what was asked of each.
//!
//! Pure. Invariant: exists only while the program is paused, so an id from an older stop finds nothing, however
//! debugpy numbers its own again. Each set of variables is asked for at most once ([`Fetch`]).

use super::held::{Held, Rank};
use super::looks::Looks;
use breakroom_protocol::fold::STACK_KEPT;
use breakroom_protocol::upstream::{UpstreamFrame, UpstreamReference};
use breakroom_protocol::{
    ClientSeq, ConnectionId, EvaluateContext, FrameId, Outcome, Part, ParticipantId, PlainRead, ProcessId,
    StopId, ThreadId, UnixMillis, VariablesId, WatchId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Somebody who waits for an answer.
pub type Waiter = (ConnectionId, ClientSeq);

/// How far asking for something has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fetch {
    /// Nobody asked yet.
    #[default]
    Unasked,
    /// Asked; these wait for the end of it.
    Asked(Vec<Waiter>),
    /// Answered and published.
    Known,
    /// The same, and asked for again, as it may have changed: what is known is read meanwhile, so that nobody waits for a
    /// program that is busy; what differs follows as an event.
    Again,
}

impl Fetch {
    /// Adds a waiter. What to do: ask (now marked as asked), wait, or answer at once.
    pub fn want(&mut self, waiter: Option<Waiter>) -> Want {
        match self {
            Self::Known | Self::Again => Want::Ready,
            Self::Asked(waiters) => {
                waiters.extend(waiter);
                Want::Waiting
            }
            Self::Unasked => {
                *self = Self::Asked(waiter.into_iter().collect());
                Want::Ask
            }
        }
    }

    /// What is known is dropped: who asks gets it anew.
    pub fn forget(&mut self) {
        if matches!(self, Self::Known) {
            *self = Self::Unasked;
        }
    }

    /// The end of asking: known if it went well, else free to be asked again. Returns who waited.
    pub fn finish(&mut self, well: bool) -> Vec<Waiter> {
        let next = if well { Self::Known } else { Self::Unasked };
        match std::mem::replace(self, next) {
            Self::Asked(waiters) => waiters,
            Self::Unasked | Self::Known | Self::Again => Vec::new(),
        }
    }
}

/// A thread's stack, of which deep ones are told piece by piece.
#[derive(Debug, Default)]
pub struct Stack {
    pub fetch: Fetch,
    /// How many frames were told.
    pub told: u32,
    /// How many there are.
    pub total: u32,
}

impl Stack {
    /// As [`Fetch::want`], for so many of its innermost frames.
    pub fn want(&mut self, waiter: Option<Waiter>, frames: u32) -> Want {
        let lacks = self.told < frames.min(self.total).min(STACK_KEPT);
        if matches!(self.fetch, Fetch::Known) && lacks {
            self.fetch = Fetch::Unasked;
        }
        self.fetch.want(waiter)
    }

    /// What is to be asked for so many: the first frame, and how many.
    pub fn lacking(&self, frames: u32) -> (u32, u32) {
        (self.told, frames.min(STACK_KEPT).saturating_sub(self.told))
    }

    /// More of it came. Gives where it begins, and who waited.
    pub fn came(&mut self, frames: usize, total: u32) -> (u32, Vec<Waiter>) {
        let start = self.told;
        self.told += as_u32(frames);
        self.total = total;
        (start, self.fetch.finish(true))
    }
}

/// What [`Fetch::want`] says is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// It is known already.
    Ready,
    /// Somebody else asked; wait for that.
    Waiting,
    /// Ask upstream.
    Ask,
}

/// A frame of this stop.
#[derive(Debug)]
pub struct FrameRef {
    /// debugpy's id.
    pub upstream: UpstreamFrame,
    /// Its file.
    pub path: Option<String>,
    /// Whether its thread is paused, so that code can run in it; else it is in native code and can only be read.
    pub held: bool,
    /// Its scopes.
    pub scopes: Fetch,
    /// The set of its local variables, once its scopes are known.
    pub locals: Option<VariablesId>,
}

/// A set of variables of this stop.
#[derive(Debug)]
pub struct SetRef {
    /// debugpy's id.
    pub upstream: UpstreamReference,
    /// Its items.
    pub items: Fetch,
    /// How many steps below a scope it is (a scope's own set: 0).
    pub depth: u32,
    /// The frame that it was found in.
    pub frame: Option<FrameId>,
    /// What its items were when they were published last.
    pub digest: Option<u64>,
}

/// Who wants to know what a plain name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// Somebody, by a command.
    Person {
        /// Who.
        by: ParticipantId,
        /// Their command.
        waiter: Waiter,
        /// As they wrote it.
        expression: String,
        /// What for.
        context: EvaluateContext,
    },
    /// A watch.
    Watch(WatchId),
}

/// How far reading a plain name has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Asked; these wait for the end of it.
    Asked {
        /// Who.
        readers: Vec<Reader>,
        /// Something of the program ran meanwhile: what comes is not kept.
        outdated: bool,
    },
    /// What it is.
    Known(Outcome),
}

/// What a stop was asked about by the ids of the one before, in the hope that they are still right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// debugpy's id of the top frame.
    pub frame: UpstreamFrame,
    /// And of its locals.
    pub locals: UpstreamReference,
}

/// Everything that can be referred to while the program is paused here.
#[derive(Debug)]
pub struct Stop {
    /// Its number.
    pub id: StopId,
    /// The thread that stopped.
    pub thread: ThreadId,
    /// Its process.
    pub process: ProcessId,
    /// Whether it is a function that it stopped at, rather than a line.
    pub at_function: bool,
    /// Stacks by thread.
    pub stacks: BTreeMap<ThreadId, Stack>,
    /// The list of threads.
    pub threads: Fetch,
    /// The threads on that list, once it is known.
    pub thread_ids: Vec<ThreadId>,
    /// The top frame of the thread that stopped, once its stack is known.
    pub top: Option<FrameId>,
    frames: Vec<FrameRef>,
    sets: Vec<SetRef>,
    /// Which of them each reference of debugpy's is: whoever looks through something large gives hundreds of thousands an id.
    set_of: HashMap<UpstreamReference, VariablesId>,
    /// How many sets the server captured unasked.
    pub captured: usize,
    /// Those of them that are still to be asked for.
    pub later: Vec<VariablesId>,
    /// When they are, and the threads with them.
    pub later_at: Option<UnixMillis>,
    /// What was asked by guess, until it proves wrong.
    pub guess: Option<Guess>,
    /// Plain names that were read.
    pub reads: BTreeMap<(FrameId, PlainRead), Reading>,
    /// Whether the watches' turn has come.
    pub watches_begun: bool,
    /// Watches that are still to be evaluated here.
    pub to_watch: VecDeque<WatchId>,
    /// The one that is being evaluated.
    pub watching: Option<WatchId>,
    /// Whether that one was changed since: what comes of it is of what it was.
    pub watch_outdated: bool,
    /// Whether one took too long here.
    pub watch_hung: bool,
    /// Threads that debugpy doesn't hold, as they are in native code.
    pub native: BTreeSet<ThreadId>,
    /// Numbers of the calls that can be stepped into, as debugpy last gave them.
    pub step_targets: Vec<u32>,
    /// What was looked at of large values.
    pub looks: Looks,
    /// What everybody has of its values.
    held: Held,
}

impl Stop {
    /// A stop of which nothing is known yet.
    pub fn new(id: StopId, process: ProcessId, thread: ThreadId) -> Self {
        Self {
            id,
            thread,
            process,
            at_function: false,
            stacks: BTreeMap::new(),
            threads: Fetch::Unasked,
            thread_ids: vec![thread],
            top: None,
            frames: Vec::new(),
            sets: Vec::new(),
            set_of: HashMap::new(),
            captured: 0,
            later: Vec::new(),
            later_at: None,
            guess: None,
            reads: BTreeMap::new(),
            watches_begun: false,
            to_watch: VecDeque::new(),
            watching: None,
            watch_outdated: false,
            watch_hung: false,
            native: BTreeSet::new(),
            step_targets: Vec::new(),
            looks: Looks::default(),
            held: Held::default(),
        }
    }

    /// Gives a frame an id.
    pub fn add_frame(&mut self, upstream: UpstreamFrame, path: Option<String>) -> FrameId {
        self.frames.push(FrameRef { upstream, path, held: true, scopes: Fetch::Unasked, locals: None });
        FrameId(as_u32(self.frames.len()))
    }

    /// Gives a set of variables an id; the same one if debugpy's reference was seen at this stop.
    pub fn add_set(&mut self, upstream: UpstreamReference, depth: u32) -> VariablesId {
        *self.set_of.entry(upstream).or_insert_with(|| {
            self.sets.push(SetRef { upstream, items: Fetch::Unasked, depth, frame: None, digest: None });
            VariablesId(as_u32(self.sets.len()))
        })
    }

    /// A frame by our id.
    pub fn frame(&mut self, id: FrameId) -> Option<&mut FrameRef> {
        self.frames.get_mut(index(id.0)?)
    }

    /// Our id of a frame of debugpy's.
    pub fn frame_of(&self, upstream: i64) -> Option<FrameId> {
        let at = self.frames.iter().position(|frame| frame.upstream.0 == upstream)?;
        Some(FrameId(as_u32(at + 1)))
    }

    /// A set of variables by our id.
    pub fn set(&mut self, id: VariablesId) -> Option<&mut SetRef> {
        self.sets.get_mut(index(id.0)?)
    }

    /// Everybody gets a part of its values. Gives what is dropped for it: all of them are to be at most so heavy.
    pub fn hold(&mut self, part: &Part, weight: usize, most: usize) -> Vec<Part> {
        let top = self.top.and_then(|top| self.frame(top)).and_then(|top| top.locals);
        let sets = &self.sets;
        // Where the program is paused is what all look at; scopes are what all else is found in.
        let rank = |id: VariablesId| -> Rank {
            let scope = index(id.0).and_then(|at| sets.get(at)).is_some_and(|set| set.depth == 0);
            (top != Some(id)).then_some(u8::from(scope))
        };
        let dropped = self.held.put(part, weight, most, rank);
        for part in &dropped {
            self.looks.dropped(part);
            if let Part::Set { variables } = part
                && let Some(set) = self.set(*variables)
            {
                set.items.forget();
                set.digest = None;
            }
        }
        dropped
    }

    /// Whether everybody has a set.
    pub fn holds(&self, set: VariablesId) -> bool {
        self.held.has(set)
    }

    /// Whether so many frames of a thread may be told, if at most so many are to be of all threads. The first ones of each
    /// always may.
    pub fn has_room(&self, thread: ThreadId, frames: u32, most: u32) -> bool {
        let told: u32 = self.stacks.values().map(|stack| stack.told).sum();
        let lacks = |stack: &Stack| stack.told > 0 && stack.told < frames.min(stack.total);
        told < most || !self.stacks.get(&thread).is_some_and(lacks)
    }

    /// All sets that were given an id.
    pub fn sets(&self) -> impl Iterator<Item = &SetRef> {
        self.sets.iter()
    }

    /// Their ids.
    pub fn set_ids(&self) -> impl Iterator<Item = VariablesId> + use<> {
        (1..=as_u32(self.sets.len())).map(VariablesId)
    }

    /// What the stop after this one may be asked about at once.
    pub fn as_guess(&mut self) -> Option<Guess> {
        let top = self.top?;
        let frame = self.frame(top)?;
        let (frame, locals) = (frame.upstream, frame.locals?);
        Some(Guess { frame, locals: self.set(locals)?.upstream })
    }

    /// Whether some frame of this stop lies in this file.
    pub fn names(&self, path: &str) -> bool {
        self.frames.iter().any(|frame| frame.path.as_deref() == Some(path))
    }

    /// Everybody who still waits for something of this stop; it is over.
    pub fn into_waiters(self) -> Vec<Waiter> {
        let stacks = self.stacks.into_values().map(|stack| stack.fetch);
        let frames = self.frames.into_iter().map(|frame| frame.scopes);
        let sets = self.sets.into_iter().map(|set| set.items);
        let readers = self.reads.into_values().flat_map(|reading| match reading {
            Reading::Asked { readers, .. } => readers,
            Reading::Known(_) => Vec::new(),
        });
        let reading = readers.filter_map(|reader| match reader {
            Reader::Person { waiter, .. } => Some(waiter),
            Reader::Watch(_) => None,
        });
        let fetches = stacks.chain(frames).chain(sets).flat_map(|mut fetch| fetch.finish(false));
        fetches.chain(reading).chain(self.looks.into_waiters()).collect()
    }
}

fn as_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Ids count from 1.
fn index(id: u32) -> Option<usize> {
    usize::try_from(id).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_questions_are_asked_once() {
        let mut fetch = Fetch::default();
        let waiter = (ConnectionId(1), ClientSeq(7));
        assert_eq!(fetch.want(Some(waiter)), Want::Ask);
        assert_eq!(fetch.want(Some((ConnectionId(2), ClientSeq(1)))), Want::Waiting);
        assert_eq!(fetch.finish(true).len(), 2);
        assert_eq!(fetch.want(Some(waiter)), Want::Ready);
    }

    #[test]
    fn what_is_asked_for_again_is_read_meanwhile() {
        let mut fetch = Fetch::Again;
        assert_eq!(fetch.want(Some((ConnectionId(1), ClientSeq(7)))), Want::Ready);
        assert!(fetch.finish(true).is_empty());
        assert_eq!(fetch, Fetch::Known);
    }

    #[test]
    fn a_failed_question_may_be_asked_again() {
        let mut fetch = Fetch::default();
        fetch.want(None);
        assert!(fetch.finish(false).is_empty());
        assert_eq!(fetch.want(None), Want::Ask);
    }

    #[test]
    fn ids_start_at_one_and_unknown_ones_find_nothing() {
        let mut stop = Stop::new(StopId(1), ProcessId(0), ThreadId(1));
        let set = stop.add_set(UpstreamReference(5), 0);
        assert_eq!(set, VariablesId(1));
        assert_eq!(stop.add_set(UpstreamReference(5), 1), set, "the same reference is the same set");
        assert!(stop.set(VariablesId(0)).is_none());
        assert!(stop.set(VariablesId(2)).is_none());
        assert!(stop.frame(FrameId(1)).is_none());
    }

    #[test]
    fn so_many_sets_have_an_id_that_nobody_could_look_through_them_each_time() {
        let mut stop = Stop::new(StopId(1), ProcessId(0), ThreadId(1));
        for again in 0..2 {
            for n in 1..=100_000 {
                let id = stop.add_set(UpstreamReference(i64::from(n)), 1);
                assert_eq!(id, VariablesId(n), "time {again}");
            }
        }
        assert_eq!(stop.sets().count(), 100_000);
    }

    #[test]
    fn frames_of_all_threads_have_an_end_but_each_thread_has_its_first_ones() {
        let mut stop = Stop::new(StopId(1), ProcessId(0), ThreadId(1));
        for (thread, frames, total) in [(1, 200, 900), (2, 300, 300)] {
            stop.stacks.entry(ThreadId(thread)).or_default().came(frames, total);
        }
        let room = |thread, frames, most| stop.has_room(ThreadId(thread), frames, most);
        assert!(room(1, 400, 501) && !room(1, 400, 500));
        assert!(room(1, 200, 500), "they are there already");
        assert!(room(2, 400, 500), "there are no more of it");
        assert!(room(3, 400, 500), "its first ones");
    }
}
