//! Who is on the wire, and how they come and go.

use super::super::{Effect, MAIN, Phase, State};
use breakroom_protocol::upstream::Prepared;
use breakroom_protocol::wire::{WireEditor, WireWord};
use breakroom_protocol::{AttachOptions, EndReason, ErrorBody, ParticipantId, ProcessId};
use std::collections::BTreeMap;

/// An editor, and how far it is.
#[derive(Debug)]
pub struct Wire {
    pub(super) editor: WireEditor,
    pub(super) life: Life,
    pub(super) known: Prepared,
    /// It did not ask for the program's output; the recording has it all the same.
    pub(super) quiet: bool,
    /// It said that it leaves the program, which runs on: debugpy tells that as if the program ended.
    pub(super) parting: bool,
}

#[derive(Debug)]
pub(super) enum Life {
    /// The connection is being made.
    Opening,
    /// It may attach.
    Open,
    /// It has asked to.
    Attaching,
    Attached,
    /// debugpy is being left, as the editor did not attach; whoever started the session meanwhile waits.
    Leaving(Option<AttachOptions>),
}

/// All of them, by the process that each is for, and children that wait for one.
#[derive(Debug, Default)]
pub struct Wires {
    pub(super) wires: BTreeMap<ProcessId, Wire>,
    pub(super) offers: Vec<super::offers::Offer>,
    /// Whether the editor can open a session for a child process.
    pub(super) able: bool,
    /// Whose session puts the editor's breakpoints into the room, and says what concerns all: the program's, as long as there is one.
    lead: ProcessId,
}

impl Wires {
    /// Whether anybody is, attached or not.
    pub fn any(&self) -> bool {
        !self.wires.is_empty()
    }

    /// Why the session ends when debugpy says that it is over.
    pub fn why_over(&self) -> EndReason {
        let parting = self.wires.get(&MAIN).is_some_and(|wire| wire.parting);
        if parting { EndReason::EndedByHost } else { EndReason::DebuggeeExited }
    }

    /// Whose editor is on the wire for the program itself.
    pub fn of_program(&self) -> Option<ParticipantId> {
        self.wires.get(&MAIN).map(|wire| wire.editor.who)
    }

    /// Whether a process is an editor's to configure.
    pub fn has(&self, process: ProcessId) -> bool {
        self.wires.get(&process).is_some_and(|wire| matches!(wire.life, Life::Attaching | Life::Attached))
    }

    /// A host started the session. Gives the options back if that can be done now; else it is done when debugpy was left.
    pub fn start_after(&mut self, options: AttachOptions) -> Option<AttachOptions> {
        match self.wires.get_mut(&MAIN) {
            Some(Wire { life: Life::Leaving(then), .. }) => {
                *then = Some(options);
                None
            }
            _ => Some(options),
        }
    }

    /// Whether a child waits for an editor whose other sessions are here.
    fn offers(&self) -> bool {
        self.offers.iter().any(|offer| self.is_attached(offer.parent()))
    }

    /// Whether what is chosen there is chosen for all.
    pub(super) fn leads(&self, process: ProcessId) -> bool {
        self.lead == process
    }

    pub(super) fn is_attached(&self, process: ProcessId) -> bool {
        self.wires.get(&process).is_some_and(|wire| matches!(wire.life, Life::Attached))
    }
}

impl State {
    /// The one that would start the session, for somebody who is alone; and those for its child processes.
    pub(in super::super) fn wire_wanted(&mut self, editor: WireEditor) {
        let starts = matches!(self.phase, Phase::Starting)
            && self.starter.is_none()
            && !self.wires.any()
            && !self.people.anybody();
        let process = if starts {
            MAIN
        } else if self.wires.offers() {
            self.children.reserve()
        } else {
            return self.effects.push(Effect::RefuseWire(editor.prefix));
        };
        let prefix = editor.prefix.clone();
        let wire =
            Wire { editor, life: Life::Opening, known: Prepared::default(), quiet: false, parting: false };
        self.wires.wires.insert(process, wire);
        self.effects.push(Effect::OpenWire { process, prefix });
    }

    pub(in super::super) fn wire_opened(&mut self, process: ProcessId, outcome: Result<(), ErrorBody>) {
        match (self.wires.wires.get_mut(&process), outcome) {
            (Some(wire), Ok(())) if matches!(wire.life, Life::Opening) => {
                wire.life = Life::Open;
                self.effects.push(Effect::LetInWire(process));
            }
            // It left meanwhile, or the session ended.
            (_, Ok(())) => self.effects.push(Effect::LeaveWire(process)),
            (_, Err(_)) => self.wire_left(process),
        }
    }

    /// Whether an editor is about to start the session.
    pub(in super::super) fn wire_attaches(&self) -> bool {
        self.wires.wires.get(&MAIN).is_some_and(|wire| !matches!(wire.life, Life::Leaving(_)))
    }

    /// Nobody is told anything more.
    pub(in super::super) fn end_wires(&mut self) {
        for (process, _) in std::mem::take(&mut self.wires.wires) {
            self.effects.push(Effect::EndWire(process));
        }
        self.wires.lead = MAIN;
        self.breakpoints.unwire();
    }

    /// A connection ended. Gives whether the session waits on, as nobody was attached by it.
    pub(in super::super) fn wire_closed(&mut self, process: ProcessId) -> bool {
        let Some(wire) = self.wires.wires.get(&process) else { return false };
        let (attached, leaving) =
            (matches!(wire.life, Life::Attached), matches!(wire.life, Life::Leaving(_)));
        if process == MAIN && attached {
            self.end_wires();
        } else if !leaving {
            self.wires.wires.remove(&process);
            self.effects.push(Effect::EndWire(process));
            self.effects.push(Effect::LeaveChild(process));
            self.pass_lead();
        }
        !attached && process == MAIN && matches!(self.phase, Phase::Starting)
    }

    /// An editor has left without a word, or was left.
    pub(in super::super) fn wire_gone(&mut self, process: ProcessId) {
        let Some(wire) = self.wires.wires.get_mut(&process) else { return };
        match wire.life {
            Life::Attached => {
                self.wires.wires.remove(&process);
                self.leaves_its_offers(process);
                if process == MAIN {
                    let paths = self.breakpoints.unwire();
                    self.send_breakpoints(&paths);
                } else {
                    self.send_all_breakpoints(process);
                }
                self.pass_lead();
            }
            // Left as soon as it is there.
            Life::Opening => wire.life = Life::Leaving(None),
            Life::Open | Life::Attaching => {
                wire.life = Life::Leaving(None);
                self.effects.push(Effect::LeaveWire(process));
            }
            Life::Leaving(_) => {}
        }
        self.effects.push(Effect::EndWire(process));
    }

    /// Who saw to the room may have left: the oldest of those that are attached does then.
    pub(super) fn pass_lead(&mut self) {
        if self.wires.wires.contains_key(&self.wires.lead) {
            return;
        }
        let next = self.wires.wires.keys().copied().find(|process| self.wires.is_attached(*process));
        if let Some(next) = next {
            self.wires.lead = next;
            self.effects.push(Effect::TellWire(next, WireWord::Leads));
        }
    }

    /// debugpy was left, or never reached.
    pub(in super::super) fn wire_left(&mut self, process: ProcessId) {
        let Some(wire) = self.wires.wires.remove(&process) else { return };
        self.effects.push(Effect::EndWire(process));
        if let (Life::Leaving(Some(options)), Phase::Starting) = (wire.life, &self.phase) {
            self.effects.push(Effect::Attach(options));
        }
    }

    pub(in super::super) fn wire_prepared(&mut self, process: ProcessId, known: Prepared) {
        if let Some(wire) = self.wires.wires.get_mut(&process) {
            wire.known = known;
        }
    }
}
