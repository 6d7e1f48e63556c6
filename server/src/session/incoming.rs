//! What comes from the program and its children, as one stream.
//!
//! Order is kept within each connection. In turn: a child that prints without end can't keep the others from being heard.

use breakroom_protocol::ProcessId;
use breakroom_protocol::upstream::FromUpstream;
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::task::Poll;
use tokio::sync::mpsc;

/// All connections' receivers.
#[derive(Debug, Default)]
pub struct Incoming {
    receivers: BTreeMap<ProcessId, mpsc::Receiver<FromUpstream>>,
    /// Who was heard last.
    last: Option<ProcessId>,
}

impl Incoming {
    /// Adds a connection.
    pub fn add(&mut self, process: ProcessId, receiver: mpsc::Receiver<FromUpstream>) {
        self.receivers.insert(process, receiver);
    }

    /// Stops listening to a connection.
    pub fn remove(&mut self, process: ProcessId) {
        self.receivers.remove(&process);
    }

    /// The next that somebody said. Waits for ever while there is nobody. Cancel safe.
    pub async fn recv(&mut self) -> (ProcessId, FromUpstream) {
        std::future::poll_fn(|context| {
            let after = self.last.map_or(Unbounded, Excluded);
            let until = self.last.map_or(Excluded(ProcessId(0)), Included);
            // One that has ended says nothing more; it is removed by whoever heard its `Closed`.
            let mut poll =
                |(process, receiver): (&ProcessId, &mut mpsc::Receiver<FromUpstream>)| match receiver
                    .poll_recv(context)
                {
                    Poll::Ready(Some(from)) => Some((*process, from)),
                    Poll::Ready(None) | Poll::Pending => None,
                };
            let heard = self.receivers.range_mut((after, Unbounded)).find_map(&mut poll);
            let heard = heard.or_else(|| self.receivers.range_mut((Unbounded, until)).find_map(&mut poll));
            if let Some((process, from)) = heard {
                self.last = Some(process);
                return Poll::Ready((process, from));
            }
            Poll::Pending
        })
        .await
    }

    /// A further message of a connection that was just heard.
    pub fn try_recv(&mut self, process: ProcessId) -> Option<FromUpstream> {
        self.receivers.get_mut(&process)?.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::upstream::UpstreamEvent;

    #[tokio::test]
    async fn each_is_heard_in_turn() {
        let mut incoming = Incoming::default();
        let mut senders = Vec::new();
        for id in 0..3 {
            let (sender, receiver) = mpsc::channel(4);
            for _ in 0..2 {
                sender.try_send(FromUpstream::Event(UpstreamEvent::Continued)).unwrap();
            }
            incoming.add(ProcessId(id), receiver);
            senders.push(sender);
        }
        let mut heard = Vec::new();
        for _ in 0..6 {
            heard.push(incoming.recv().await.0.0);
        }
        assert_eq!(heard, [0, 1, 2, 0, 1, 2]);
        drop(senders.remove(1));
        senders[1].try_send(FromUpstream::Event(UpstreamEvent::Continued)).unwrap();
        assert_eq!(incoming.recv().await.0, ProcessId(2), "one that ended is passed over");
    }
}
