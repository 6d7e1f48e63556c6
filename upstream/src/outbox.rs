//! What was read and not yet taken by the session, in order. Pure.
//!
//! Invariant: order is kept; consecutive output of one category merges while it waits (debugpy sends each printed
//! line as two events), in pieces of at most [`OUTPUT_PIECE`] bytes. An editor on the wire gets the same lines one by one;
//! they don't keep them from merging.

use breakroom_protocol::upstream::{FromUpstream, UpstreamEvent};
use std::collections::VecDeque;

/// Largest piece of output, in bytes.
pub const OUTPUT_PIECE: usize = 64 * 1024;

/// Items from the end that are looked at for output to merge with.
const LOOKED_AT: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<FromUpstream>,
}

impl Outbox {
    pub(crate) fn push(&mut self, item: FromUpstream) {
        let FromUpstream::Event(UpstreamEvent::Output { category, text }) = item else {
            self.queue.push_back(item);
            return;
        };
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let before = |item: &&mut FromUpstream| !is_raw_output(item);
            if let Some(FromUpstream::Event(UpstreamEvent::Output { category: last, text })) =
                self.queue.iter_mut().rev().take(LOOKED_AT).find(before)
                && *last == category
            {
                let taken = rest.floor_char_boundary(OUTPUT_PIECE.saturating_sub(text.len()));
                text.push_str(&rest[..taken]);
                rest = &rest[taken..];
            }
            if !rest.is_empty() {
                let text = String::new();
                self.queue.push_back(FromUpstream::Event(UpstreamEvent::Output { category, text }));
            }
        }
    }

    pub(crate) fn pop(&mut self) -> Option<FromUpstream> {
        self.queue.pop_front()
    }

    pub(crate) fn put_back(&mut self, item: FromUpstream) {
        self.queue.push_front(item);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

fn is_raw_output(item: &FromUpstream) -> bool {
    matches!(item, FromUpstream::Wire(wire) if wire.event == "output")
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::model::OutputCategory::{Stderr, Stdout};

    fn output(category: breakroom_protocol::model::OutputCategory, text: &str) -> FromUpstream {
        FromUpstream::Event(UpstreamEvent::Output { category, text: text.to_owned() })
    }

    #[test]
    fn merges_neighbours_of_one_category_only() {
        let mut outbox = Outbox::default();
        for (category, text) in [(Stdout, "a"), (Stdout, "\n"), (Stderr, "b"), (Stdout, "c")] {
            outbox.push(output(category, text));
        }
        outbox.push(FromUpstream::Event(UpstreamEvent::Continued));
        outbox.push(output(Stdout, "d"));
        let all: Vec<_> = std::iter::from_fn(|| outbox.pop()).collect();
        let expected = [
            output(Stdout, "a\n"),
            output(Stderr, "b"),
            output(Stdout, "c"),
            FromUpstream::Event(UpstreamEvent::Continued),
            output(Stdout, "d"),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn cuts_long_output_into_pieces_at_characters() {
        let mut outbox = Outbox::default();
        let text = "aé😀".repeat(40_000);
        outbox.push(output(Stdout, &text));
        let mut joined = String::new();
        while let Some(item) = outbox.pop() {
            let FromUpstream::Event(UpstreamEvent::Output { text, .. }) = item else { panic!("{item:?}") };
            assert!(!text.is_empty() && text.len() <= OUTPUT_PIECE);
            joined.push_str(&text);
        }
        assert_eq!(joined, text);
    }
}
