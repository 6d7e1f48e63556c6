//! One doc: the yrs doc and the index beside it, kept in step.
//!
//! Invariant: whatever is applied went through [`Index::plan`]; yrs never holds anything pending.

use crate::index::{Index, NotYet, Plan};
use crate::ranges::Ranges;
use crate::update::{Body, Content, Id, Update};
use crate::wire::{self, Malformed};
use breakroom_protocol::room::DocName;
use std::collections::BTreeSet;
use std::sync::Arc;
use yrs::updates::decoder::Decode;
use yrs::{
    BranchID, ClientID, Doc, ID, MapRef, OffsetKind, Options, ReadTxn, StateVector, Transact, TransactionMut,
};

/// Client id of the server's own structs. Yjs draws client ids from 32 bits, so no client ever has it; it is the
/// same in every life of the server, because what an earlier life had not committed was never sent.
pub const SERVER_CLIENT: u64 = 1 << 32;

/// Largest state of one doc, in bytes.
pub const MAX_STATE: usize = 4 * 1024 * 1024;

/// One doc.
#[derive(Debug)]
pub struct Shared {
    doc: Doc,
    root: MapRef,
    index: Index,
    /// Upper bound of the state's size, in bytes.
    size: usize,
}

/// Why an update isn't applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no update.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It builds on something that we don't have.
    #[error("the update builds on something that was never sent")]
    NotYet,
    /// yrs refused it.
    #[error("the update can't be applied: {0}")]
    Inapplicable(String),
}

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The update and what put it right, as one.
    pub update: Vec<u8>,
    /// Whether the server added something that the sender doesn't have.
    pub corrected: bool,
}

impl From<NotYet> for Refusal {
    fn from(NotYet: NotYet) -> Self {
        Self::NotYet
    }
}

impl Shared {
    /// An empty doc.
    pub fn new(name: DocName) -> Self {
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            ..Options::with_client_id(ClientID::new(SERVER_CLIENT))
        });
        let root = doc.get_or_insert_map(name.as_str());
        Self { doc, root, index: Index::new(name), size: 0 }
    }

    /// Looks at an update without applying it.
    pub fn plan<'a>(&self, update: &'a [u8], max_clients: usize) -> Result<Plan<'a>, Refusal> {
        let update = Update::read(update)?;
        let txn = self.doc.transact();
        Ok(self.index.plan(update, max_clients, |id| alive(&txn, id))?)
    }

    /// Applies a plan, lets `correct` put things right, and gives what came of both as one update, if anything.
    pub fn apply<R>(
        &mut self,
        mut plan: Plan<'_>,
        correct: impl FnOnce(&mut TransactionMut<'_>, &MapRef, &BTreeSet<Arc<str>>) -> R,
    ) -> Result<(Option<Published>, R), Refusal> {
        let inapplicable = |error: &dyn std::fmt::Display| Refusal::Inapplicable(error.to_string());
        let incoming = yrs::Update::decode_v1(&plan.update.write()).map_err(|error| inapplicable(&error))?;
        let mut txn = self.doc.transact_mut();
        txn.apply_update(incoming).map_err(|error| inapplicable(&error))?;
        let (runs, types) = plan.finds();
        self.index.absorb(runs, types, &Ranges::default());
        let answer = correct(&mut txn, &self.root, &plan.touched);
        txn.commit();
        let bytes = txn.encode_update_v1();
        let mut sum = Update::read(&bytes)?;
        // The server's own structs of this transaction are new to the index.
        let mut own = self.index.plan(sum.clone(), usize::MAX, |id| alive(&txn, id))?;
        let (runs, types) = own.finds();
        let mut deleted = gone(&sum);
        deleted.merge(&sum.deletes);
        self.index.absorb(runs, types, &deleted);
        if self.index.types() > 10_000 {
            self.index.forget_types(|id| alive(&txn, id));
        }
        drop(txn);
        sum.deletes.merge(&plan.converted);
        if sum.clients.is_empty() && sum.deletes.is_empty() {
            return Ok((None, answer));
        }
        let published = Published {
            update: sum.write(),
            corrected: !own.clients.is_empty() || !plan.converted.is_empty(),
        };
        self.size += published.update.len();
        Ok((Some(published), answer))
    }

    /// An edit of the server's own.
    pub fn edit<R>(
        &mut self,
        edit: impl FnOnce(&mut TransactionMut<'_>, &MapRef) -> R,
    ) -> Result<(Option<Published>, R), Refusal> {
        self.apply(Plan::default(), |txn, root, _| edit(txn, root))
    }

    /// Whether there are structs of this client.
    pub fn knows(&self, client: u64) -> bool {
        self.index.clock(client) > 0
    }

    /// Whether an update of so many bytes still fits.
    pub fn has_room(&mut self, bytes: usize) -> bool {
        if self.size + bytes > MAX_STATE {
            // The bound counts what was deleted since.
            self.size = self.state().len();
        }
        self.size + bytes <= MAX_STATE
    }

    /// The whole doc as one update.
    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    /// What somebody with these clocks lacks.
    pub fn diff(&self, clocks: &[(u64, u32)]) -> Vec<u8> {
        let mut known = StateVector::default();
        for &(client, clock) in clocks {
            known.set_max(ClientID::new(client), clock.min(self.index.clock(client)));
        }
        self.doc.transact().encode_state_as_update_v1(&known)
    }

    /// Our step 1.
    pub fn step_1(&self) -> Vec<u8> {
        wire::step_1(&wire::encode_state_vector(&self.index.clocks()))
    }
}

/// Whether a nested type still exists.
fn alive<T: ReadTxn>(txn: &T, (client, clock): Id) -> bool {
    BranchID::Nested(ID::new(ClientID::new(client), clock))
        .get_branch(txn)
        .is_some_and(|branch| !branch.is_deleted())
}

/// Structs that came deleted.
fn gone(update: &Update<'_>) -> Ranges {
    let mut gone = Ranges::default();
    for (client, structs) in &update.clients {
        for one in structs {
            let deleted = match &one.body {
                Body::Gc => true,
                Body::Item(item) => matches!(item.content, Content::Deleted(_)),
                Body::Skip => false,
            };
            if deleted {
                gone.insert(*client, one.clock, one.len);
            }
        }
    }
    gone
}
