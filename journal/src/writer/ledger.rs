//! What the writer knows of each session: its last stored number, and what was lost. Pure.
//!
//! Invariant: what is lost always follows what is stored without a hole between (`stored + 1 ..= lost.to`), so one
//! number a session is enough to write the gap in the right place.

use crate::batch::{Batch, Committed, Row};
use breakroom_protocol::event::{Envelope, Event};
use breakroom_protocol::fold::GapInfo;
use breakroom_protocol::ids::{JournalSeq, SessionId};
use breakroom_protocol::model::UnixMillis;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A gap whose cause is that the session never handed the events over.
const NEVER_CAME: &str = "the events did not reach the journal in time";

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept { upto: JournalSeq },
    Refused { upto: JournalSeq, why: &'static str },
}

/// Where a session stands within the current transaction.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    /// Its number in the database.
    pub(crate) number: i64,
    /// Its last stored number, gaps included.
    pub(crate) stored: u64,
    /// Whether its counters are to be written in this transaction.
    pub(crate) count: bool,
}

#[derive(Debug, Clone)]
struct Lost {
    to: u64,
    at: UnixMillis,
    reason: Arc<str>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// As of the last commit; empty after a rollback, to be read anew.
    known: HashMap<SessionId, Cursor>,
    /// Each session's last stored number as far as it was ever told.
    reached: HashMap<SessionId, u64>,
    /// As of within the current transaction.
    staged: HashMap<SessionId, Cursor>,
    lost: HashMap<SessionId, Lost>,
    /// Gaps of the current transaction, then of the last one.
    gaps: HashMap<SessionId, GapInfo>,
    /// Who wants to hear when a session's recording works again.
    listeners: HashMap<SessionId, mpsc::WeakSender<Committed>>,
    /// The last commit failed, which doesn't say that it did not happen.
    uncertain: bool,
}

impl Ledger {
    /// Sessions whose gap is to be written.
    pub(crate) fn with_losses(&self) -> Vec<SessionId> {
        self.lost.keys().copied().collect()
    }

    /// Where a session stands, if that is known without asking the database.
    pub(crate) fn cursor(&self, session: SessionId) -> Option<Cursor> {
        self.staged.get(&session).or_else(|| self.known.get(&session)).copied()
    }

    /// Whether these rows simply follow what is stored of a session, which nothing in this transaction has touched.
    pub(crate) fn goes_on(&self, session: SessionId, rows: &[Row]) -> bool {
        let (Some(cursor), Some(first)) = (self.known.get(&session), rows.first()) else { return false };
        let in_order = rows.windows(2).all(|pair| pair[1].seq.0 == pair[0].seq.0 + 1);
        self.staged.is_empty() && !self.uncertain && in_order && first.seq.0 == cursor.stored + 1
    }

    pub(crate) fn stage(&mut self, session: SessionId, cursor: Cursor) {
        self.staged.insert(session, cursor);
    }

    /// Has a session's counters written.
    pub(crate) fn count(&mut self, session: SessionId) {
        if let Some(cursor) = self.cursor(session) {
            self.stage(session, Cursor { count: true, ..cursor });
        }
    }

    /// The sessions whose counters are to be written, at the end of the transaction.
    pub(crate) fn to_count(&self) -> impl Iterator<Item = &Cursor> {
        self.staged.values().filter(|cursor| cursor.count)
    }

    /// The row that tells of a session's loss.
    pub(crate) fn gap(&mut self, session: SessionId) -> Option<Row> {
        let lost = self.lost.get(&session)?.clone();
        let mut cursor = self.cursor(session)?;
        let row = self.fill(session, &mut cursor, lost);
        self.stage(session, cursor);
        row
    }

    /// Decides on a batch; what is to be written is added to `rows`.
    pub(crate) fn plan(&mut self, session: SessionId, batch: &Batch, rows: &mut Vec<(i64, Row)>) -> Fate {
        let Some(mut cursor) = self.cursor(session) else {
            return Fate::Refused { upto: JournalSeq(0), why: "there is no such live session" };
        };
        let refused = |why| Fate::Refused { upto: JournalSeq(cursor.stored), why };
        let (Some(first), Some(last)) = (batch.events.first(), batch.events.last()) else {
            return Fate::Kept { upto: JournalSeq(cursor.stored) };
        };
        if batch.events.windows(2).any(|pair| pair[1].seq.0 != pair[0].seq.0 + 1) || first.seq.0 == 0 {
            return refused("its events are not numbered one after the other");
        }
        if first.seq.0 <= cursor.stored {
            if self.uncertain && last.seq.0 <= cursor.stored {
                return Fate::Kept { upto: JournalSeq(cursor.stored) };
            }
            return refused("its events' numbers were used before");
        }
        let hole = Lost { to: first.seq.0 - 1, at: first.at, reason: NEVER_CAME.into() };
        if let Some(gap) = self.fill(session, &mut cursor, hole) {
            rows.push((cursor.number, gap));
        }
        rows.extend(batch.events.iter().map(|row| (cursor.number, row.clone())));
        cursor.stored = last.seq.0;
        cursor.count = true;
        self.stage(session, cursor);
        Fate::Kept { upto: last.seq }
    }

    fn fill(&mut self, session: SessionId, cursor: &mut Cursor, lost: Lost) -> Option<Row> {
        if lost.to <= cursor.stored {
            return None;
        }
        let (from, to) = (JournalSeq(cursor.stored + 1), JournalSeq(lost.to));
        let reason = lost.reason.to_string();
        let event = Event::Gap { to, reason: reason.clone() };
        let row = Row::new(&Envelope { seq: from, at: lost.at, by: None, event }).ok()?;
        self.gaps.insert(session, GapInfo { from, to, reason });
        cursor.stored = lost.to;
        cursor.count = true;
        Some(row)
    }

    pub(crate) fn committed(&mut self) {
        for (session, cursor) in self.staged.drain() {
            self.reached.insert(session, cursor.stored);
            self.known.insert(session, Cursor { count: false, ..cursor });
        }
        // Every transaction writes all gaps first.
        self.lost.clear();
        self.uncertain = false;
    }

    pub(crate) fn rolled_back(&mut self) {
        self.staged.clear();
        self.known.clear();
        self.gaps.clear();
        self.uncertain = true;
    }

    /// Remembers a batch that was given up. Answers the session's last stored number (0: none that is known).
    pub(crate) fn lose(&mut self, session: SessionId, rows: &[Row], reason: &Arc<str>) -> JournalSeq {
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            let lost = Lost { to: last.seq.0, at: first.at, reason: Arc::clone(reason) };
            let known = self.lost.entry(session).or_insert(lost);
            known.to = known.to.max(last.seq.0);
        }
        JournalSeq(self.reached.get(&session).copied().unwrap_or(0))
    }

    pub(crate) fn listen(&mut self, session: SessionId, told: &mpsc::Sender<Committed>) {
        self.listeners.insert(session, told.downgrade());
    }

    /// The gap that the last transaction wrote for a session, once.
    pub(crate) fn take_gap(&mut self, session: SessionId) -> Option<GapInfo> {
        self.listeners.remove(&session);
        self.gaps.remove(&session)
    }

    /// Sessions that were in trouble, have been written since and were not told yet.
    pub(crate) fn take_healed(&mut self) -> Vec<(mpsc::Sender<Committed>, JournalSeq, Option<GapInfo>)> {
        if !self.lost.is_empty() {
            return Vec::new();
        }
        let listeners = std::mem::take(&mut self.listeners);
        let gaps = std::mem::take(&mut self.gaps);
        let healed = listeners.into_iter().filter_map(|(session, told)| {
            let upto = self.reached.get(&session).copied().unwrap_or(0);
            Some((told.upgrade()?, JournalSeq(upto), gaps.get(&session).cloned()))
        });
        healed.collect()
    }

    /// The session is over.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.known.remove(&session);
        self.reached.remove(&session);
        self.lost.remove(&session);
        self.listeners.remove(&session);
    }
}
