//! What each socket has: its own fold, from the snapshot or the missed events that it was welcomed with.

use breakroom_protocol::{Envelope, Snapshot};
use std::collections::BTreeMap;

/// The folds of all open sockets, and of those that may come back.
#[derive(Debug, Default)]
pub(super) struct Replicas {
    open: BTreeMap<u64, Snapshot>,
    left: BTreeMap<u64, Snapshot>,
    log: Vec<Envelope>,
}

impl Replicas {
    /// A socket opens: it goes on from what it had, or takes the snapshot as it is on the wire.
    pub fn open(&mut self, socket: u64, fold: &Snapshot) {
        let replica = match self.left.remove(&socket) {
            Some(mut kept) => {
                let from = kept.seq;
                let missed = self.log.iter().filter(|envelope| envelope.seq > from);
                missed.for_each(|envelope| kept.apply(envelope));
                kept
            }
            None => on_the_wire(fold),
        };
        self.open.insert(socket, replica);
    }

    /// A socket closes.
    pub fn close(&mut self, socket: u64) {
        self.left.extend(self.open.remove_entry(&socket));
    }

    /// An event is sent to all.
    pub fn record(&mut self, envelope: &Envelope) {
        self.open.values_mut().for_each(|replica| replica.apply(envelope));
        self.log.push(envelope.clone());
    }

    /// Everybody has the same, and so has who comes now.
    pub fn agree(&self, fold: &Snapshot) {
        for (socket, replica) in &self.open {
            assert_eq!(replica, fold, "socket {socket} has something else");
        }
        assert_eq!(&on_the_wire(fold), fold, "the snapshot is read as it was written");
    }
}

fn on_the_wire(fold: &Snapshot) -> Snapshot {
    let text = serde_json::to_string(fold).expect("a snapshot is JSON");
    serde_json::from_str(&text).expect("and is read again")
}
