//! Child processes, which an editor on the wire attaches to itself, as it does with debugpy alone.
//!
//! debugpy holds a child back until somebody attaches to it, so an offer ends in time: by the editor, or by the session, which
//! then attaches as to any child.

use super::super::{Effect, State};
use super::open::Life;
use breakroom_protocol::upstream::UpstreamChild;
use breakroom_protocol::wire::WireWord;
use breakroom_protocol::{ProcessId, UnixMillis};
use serde_json::Value;

/// How long a child waits for an editor that says it can attach to children, …
const ABLE_MS: UnixMillis = 10_000;
/// … and for one that may be able to without saying so.
const UNSURE_MS: UnixMillis = 1_000;

/// A child that waits for the editor.
#[derive(Debug)]
pub struct Offer {
    parent: ProcessId,
    child: UpstreamChild,
    until: UnixMillis,
}

impl Offer {
    /// Whose child it is.
    pub(super) const fn parent(&self) -> ProcessId {
        self.parent
    }
}

impl State {
    /// Offers a child to its parent's editor; gives it back if there is none.
    pub(in super::super) fn offer_child(
        &mut self,
        parent: ProcessId,
        child: UpstreamChild,
    ) -> Option<UpstreamChild> {
        let Some(wire) = self.wires.wires.get(&parent).filter(|wire| matches!(wire.life, Life::Attached))
        else {
            return Some(child);
        };
        let quiet = wire.quiet;
        let Ok(mut arguments) = serde_json::from_str::<Value>(&child.arguments) else { return Some(child) };
        if quiet && let Value::Object(fields) = &mut arguments {
            // Ours, not the editor's.
            fields.remove("redirectOutput");
        }
        if self.children.count() + self.wires.offers.len() >= self.rules.children {
            return Some(child);
        }
        self.effects.push(Effect::TellWire(parent, WireWord::Child(arguments)));
        let until = self.now + if self.wires.able { ABLE_MS } else { UNSURE_MS };
        self.wires.offers.push(Offer { parent, child, until });
        None
    }

    /// The child that an editor asks to attach to, if it waits for that: it has this number from now on.
    pub(super) fn take_offer(&mut self, process: ProcessId, pid: i64) -> bool {
        let Some(at) = self.wires.offers.iter().position(|offer| offer.child.pid == Some(pid)) else {
            return false;
        };
        let Offer { parent, child, .. } = self.wires.offers.remove(at);
        self.children.announced_as(process, parent, child.pid, child.name);
        true
    }

    /// When the next offer ends.
    pub(in super::super) fn offers_until(&self) -> Option<UnixMillis> {
        self.wires.offers.iter().map(|offer| offer.until).min()
    }

    /// Whom the editor leaves waiting is attached to all the same.
    pub(in super::super) fn offers_are_over(&mut self) {
        let now = self.now;
        self.give_up_offers(|offer| offer.until <= now);
    }

    /// There will be no editor for any of them.
    pub(in super::super) fn offers_at_end(&mut self) {
        self.give_up_offers(|_| true);
    }

    /// The editor's session for a process has left: there will be none for its children.
    pub(super) fn leaves_its_offers(&mut self, process: ProcessId) {
        self.give_up_offers(|offer| offer.parent == process);
    }

    fn give_up_offers(&mut self, which: impl Fn(&Offer) -> bool) {
        let over: Vec<_> = self.wires.offers.extract_if(.., |offer| which(offer)).collect();
        for Offer { parent, child, .. } in over {
            self.take_child(parent, child);
        }
    }
}
