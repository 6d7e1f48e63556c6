//! Both docs of one session behind one door: which frame means what, and for whom.

use crate::awareness::Awareness;
use crate::connection::Connection;
use crate::index::Plan;
use crate::ownership::Ownership;
use crate::rules::Outcome;
use crate::shared::{Published, Refusal, Shared};
use crate::wire::{self, Message};
use crate::{Change, DocChange, LoadError, Received, Rights, breakpoints, notes};
use breakroom_protocol::room::{DocName, MAX_DOC_MESSAGE};
use breakroom_protocol::{
    BreakpointEntry, CloseCode, ConnectionId, EntryId, ErrorBody, ErrorCode, Note, Participant,
    ParticipantId, Reply, UnixMillis,
};
use std::collections::HashMap;

/// Most Yjs clients with new structs in one update; a person has one or a few.
const MAX_CLIENTS: usize = 64;

/// Both docs of one session.
#[derive(Debug)]
pub struct Documents {
    breakpoints: Shared,
    notes: Shared,
    /// The entries that obey the rules: what the `breakpoints` doc says.
    entries: breakpoints::Entries,
    /// Notes and replies that obey the rules: what the `notes` doc says.
    written: notes::Written,
    ownership: Ownership,
    awareness: [Awareness; 2],
    connections: HashMap<ConnectionId, Connection>,
}

impl Default for Documents {
    fn default() -> Self {
        Self::new()
    }
}

impl Documents {
    /// Empty docs.
    #[must_use]
    pub fn new() -> Self {
        Self {
            breakpoints: Shared::new(DocName::Breakpoints),
            notes: Shared::new(DocName::Notes),
            entries: breakpoints::Entries::new(),
            written: notes::Written::default(),
            ownership: Ownership::default(),
            awareness: [Awareness::default(), Awareness::default()],
            connections: HashMap::new(),
        }
    }

    /// Applies an update of the journal; `from` is who caused it, `None`: the server itself, or it is a whole state.
    ///
    /// Client ids in it that nobody has yet become `from`'s. Those of a whole state come from
    /// [`Documents::load_ownership`]; one without an owner can't be used by anybody.
    ///
    /// # Errors
    /// The bytes are no update that can be applied to what was loaded before.
    pub fn load(
        &mut self,
        doc: DocName,
        update: &[u8],
        from: Option<ParticipantId>,
    ) -> Result<(), LoadError> {
        let failed = |refusal: Refusal| LoadError(refusal.to_string());
        let plan = self.shared(doc).plan(update, usize::MAX).map_err(failed)?;
        if let Some(from) = from {
            let fresh: Vec<u64> =
                plan.clients.iter().copied().filter(|client| !self.is_known(*client)).collect();
            self.ownership.claim(from, &fresh);
        }
        let applied = match doc {
            DocName::Breakpoints => self.breakpoints.apply(plan, |txn, root, touched| {
                breakpoints::refresh(txn, root, touched, &mut self.entries)
            }),
            DocName::Notes => self
                .notes
                .apply(plan, |txn, root, touched| notes::refresh(txn, root, touched, &mut self.written)),
        };
        applied.map(drop).map_err(failed)
    }

    /// Which Yjs client ids belong to whom.
    #[must_use]
    pub fn ownership(&self) -> Vec<(u64, ParticipantId)> {
        self.ownership.all()
    }

    /// Restores what [`Documents::ownership`] gave.
    pub fn load_ownership(&mut self, owners: impl IntoIterator<Item = (u64, ParticipantId)>) {
        for (client, owner) in owners {
            self.ownership.claim(owner, &[client]);
        }
    }

    /// The whole doc as one v1 update.
    #[must_use]
    pub fn state(&self, doc: DocName) -> Vec<u8> {
        self.shared(doc).state()
    }

    /// All entries, by id.
    #[must_use]
    pub fn breakpoints(&self) -> Vec<BreakpointEntry> {
        self.entries.values().cloned().collect()
    }

    /// All notes, by id.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.written.notes.values().cloned().collect()
    }

    /// All replies to them, by id.
    #[must_use]
    pub fn replies(&self) -> Vec<Reply> {
        self.written.replies.values().cloned().collect()
    }

    /// A socket opened: frames to send first (our step 1; everybody's awareness, if there is any).
    pub fn open(&mut self, connection: ConnectionId, doc: DocName, who: &Participant) -> Vec<Vec<u8>> {
        self.connections.insert(connection, Connection::new(doc, who.id));
        let mut frames = vec![self.shared(doc).step_1()];
        frames.extend(self.awareness[slot(doc)].all());
        frames
    }

    /// The socket closed: an awareness frame to the others of its doc.
    pub fn close(&mut self, connection: ConnectionId) -> Option<Vec<u8>> {
        let Connection { doc, .. } = self.connections.remove(&connection)?;
        self.awareness[slot(doc)].close(connection)
    }

    /// One binary frame from that socket, with what its participant may do at this moment, and when that is.
    pub fn receive(
        &mut self,
        connection: ConnectionId,
        frame: &[u8],
        may: &Rights,
        now: UnixMillis,
    ) -> Received {
        let Some(asking) = self.connections.get_mut(&connection) else {
            return refused(ErrorCode::NotFound, "This connection isn't open.");
        };
        let (doc, who) = (asking.doc, asking.who);
        if who != may.participant {
            return refused(ErrorCode::Internal, "These are another participant's rights.");
        }
        if frame.len() > MAX_DOC_MESSAGE {
            return closed(CloseCode::TooLarge, ErrorCode::TooLarge, "The message is too large.");
        }
        match Message::read(frame) {
            Err(error) => closed(CloseCode::BadMessage, ErrorCode::BadMessage, &error.to_string()),
            Ok(Message::Step1(_) | Message::QueryAwareness) if !asking.may_ask(now) => {
                closed(CloseCode::TooFast, ErrorCode::TooFast, "The whole doc was asked for too often.")
            }
            Ok(Message::Step1(clocks)) => {
                let diff = self.shared(doc).diff(&clocks);
                Received { reply: vec![wire::step_2(&diff)], ..Received::default() }
            }
            Ok(Message::Step2(update)) => self.update(doc, update, may, now, Vec::new()),
            Ok(Message::Update(update)) => {
                // If it builds on something that was lost, the answer to our step 1 will bring both.
                let ask_again = vec![self.shared(doc).step_1()];
                self.update(doc, update, may, now, ask_again)
            }
            Ok(Message::Awareness(entries)) => Received {
                awareness: self.awareness[slot(doc)].receive(connection, who, &mut self.ownership, &entries),
                ..Received::default()
            },
            Ok(Message::QueryAwareness) => Received {
                reply: self.awareness[slot(doc)].all().into_iter().collect(),
                ..Received::default()
            },
        }
    }

    fn update(
        &mut self,
        doc: DocName,
        update: &[u8],
        may: &Rights,
        now: UnixMillis,
        ask_again: Vec<Vec<u8>>,
    ) -> Received {
        let plan = match self.shared(doc).plan(update, MAX_CLIENTS) {
            Ok(plan) if plan.is_empty() => return Received::default(),
            Err(Refusal::NotYet) if may.may_write(doc) => {
                let why =
                    refused(ErrorCode::BadMessage, "The update builds on something that was never sent.");
                return Received { reply: ask_again, ..why };
            }
            Ok(_) | Err(Refusal::NotYet) if !may.may_write(doc) => {
                let reason = format!("You may only read the {}.", doc.as_str());
                let why = refused(ErrorCode::NotAllowed, &reason);
                return Received { reply: vec![wire::permission_denied(&reason)], ..why };
            }
            Ok(plan) => plan,
            Err(refusal) => {
                return closed(CloseCode::BadMessage, ErrorCode::BadMessage, &refusal.to_string());
            }
        };
        let clients = plan.clients.clone();
        let unowned = |client: &u64| self.is_known(*client) && self.ownership.owner(*client).is_none();
        if !self.ownership.allows(may.participant, &clients) || clients.iter().any(unowned) {
            return closed(
                CloseCode::Forged,
                ErrorCode::NotAllowed,
                "The update is under somebody else's Yjs client id.",
            );
        }
        // Removing is possible in a full doc too.
        if !clients.is_empty() && !self.shared_mut(doc).has_room(update.len()) {
            return closed(
                CloseCode::TooLarge,
                ErrorCode::TooLarge,
                "The doc is full: remove something first.",
            );
        }
        let converted = !plan.converted.is_empty();
        match self.apply(doc, plan, may, now) {
            Ok((published, mut outcome)) => {
                self.ownership.claim(may.participant, &clients);
                if converted {
                    outcome.refuse(
                        ErrorCode::BadMessage,
                        "The update has content that the doc doesn't hold: it was dropped.",
                    );
                }
                received(published, outcome)
            }
            Err(refusal) => closed(CloseCode::BadMessage, ErrorCode::BadMessage, &refusal.to_string()),
        }
    }

    fn apply(
        &mut self,
        doc: DocName,
        plan: Plan<'_>,
        may: &Rights,
        now: UnixMillis,
    ) -> Result<(Option<Published>, Outcome), Refusal> {
        match doc {
            DocName::Breakpoints => self.breakpoints.apply(plan, |txn, root, touched| {
                breakpoints::correct(txn, root, touched, &mut self.entries, may)
            }),
            DocName::Notes => self.notes.apply(plan, |txn, root, touched| {
                notes::correct(txn, root, touched, &mut self.written, may, now)
            }),
        }
    }

    /// Sets an entry as the server, with `entry.author` as its author. With `by`, the rules for frames of theirs
    /// apply: the author is who made it. `None`: it is as wanted already.
    ///
    /// # Errors
    /// The entry is malformed, one too many, or `by` may not set it.
    pub fn set_breakpoint(
        &mut self,
        entry: BreakpointEntry,
        by: Option<&Rights>,
    ) -> Result<Option<Change>, ErrorBody> {
        let entry = breakpoints::check(entry, &self.entries, by)?;
        let bytes = [&entry.condition, &entry.hit_condition, &entry.log_message]
            .into_iter()
            .flatten()
            .fold(entry.path.len() + 256, |sum, text| sum + text.len());
        if !self.breakpoints.has_room(bytes) {
            return Err(ErrorBody::new(ErrorCode::TooLarge, "The doc is full: remove something first."));
        }
        let entries = &mut self.entries;
        let edited = self.breakpoints.edit(|txn, root| {
            let mut outcome = Outcome::default();
            breakpoints::put(txn, root, &entry.id.0, Some(&entry));
            breakpoints::note_change(&mut outcome, entries, entry.id.clone(), Some(entry));
            outcome.changes
        });
        change(DocName::Breakpoints, edited)
    }

    /// Removes an entry as the server. With `by`, the rules for frames of theirs apply. `None`: there is none.
    ///
    /// # Errors
    /// `by` may not remove it.
    pub fn remove_breakpoint(
        &mut self,
        id: &EntryId,
        by: Option<&Rights>,
    ) -> Result<Option<Change>, ErrorBody> {
        let Some(entry) = self.entries.get(id) else { return Ok(None) };
        breakpoints::check_removal(entry, by)?;
        self.remove_breakpoints(std::slice::from_ref(id))
    }

    /// Removes all entries, or notes and replies, of one participant, as the server. `None`: there are none.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn remove_all_by(
        &mut self,
        doc: DocName,
        author: ParticipantId,
    ) -> Result<Option<Change>, ErrorBody> {
        match doc {
            DocName::Breakpoints => {
                let theirs = self.entries.values().filter(|entry| entry.author == author);
                let ids: Vec<EntryId> = theirs.map(|entry| entry.id.clone()).collect();
                self.remove_breakpoints(&ids)
            }
            DocName::Notes => {
                let written = &mut self.written;
                change(doc, self.notes.edit(|txn, root| notes::remove_all_by(txn, root, written, author)))
            }
        }
    }

    fn remove_breakpoints(&mut self, ids: &[EntryId]) -> Result<Option<Change>, ErrorBody> {
        let entries = &mut self.entries;
        let edited = self.breakpoints.edit(|txn, root| {
            let mut outcome = Outcome::default();
            for id in ids {
                breakpoints::put(txn, root, &id.0, None);
                breakpoints::note_change(&mut outcome, entries, id.clone(), None);
            }
            outcome.changes
        });
        change(DocName::Breakpoints, edited)
    }

    fn is_known(&self, client: u64) -> bool {
        self.breakpoints.knows(client) || self.notes.knows(client)
    }

    fn shared(&self, doc: DocName) -> &Shared {
        match doc {
            DocName::Breakpoints => &self.breakpoints,
            DocName::Notes => &self.notes,
        }
    }

    fn shared_mut(&mut self, doc: DocName) -> &mut Shared {
        match doc {
            DocName::Breakpoints => &mut self.breakpoints,
            DocName::Notes => &mut self.notes,
        }
    }
}

const fn slot(doc: DocName) -> usize {
    match doc {
        DocName::Breakpoints => 0,
        DocName::Notes => 1,
    }
}

fn refused(code: ErrorCode, message: &str) -> Received {
    Received { refused: Some(ErrorBody::new(code, message)), ..Received::default() }
}

fn closed(close: CloseCode, code: ErrorCode, message: &str) -> Received {
    Received { close: Some(close), ..refused(code, message) }
}

fn received(published: Option<Published>, outcome: Outcome) -> Received {
    let Outcome { changes, refused, removed_more } = outcome;
    let Some(Published { update, corrected }) = published else {
        return Received { changes, refused, ..Received::default() };
    };
    Received {
        frame: Some(wire::update(&update)),
        update: Some(update),
        to_sender_too: corrected || removed_more || refused.is_some(),
        changes,
        refused,
        ..Received::default()
    }
}

fn change(
    doc: DocName,
    edited: Result<(Option<Published>, Vec<DocChange>), Refusal>,
) -> Result<Option<Change>, ErrorBody> {
    let (published, changes) =
        edited.map_err(|refusal| ErrorBody::new(ErrorCode::Internal, refusal.to_string()))?;
    Ok(published.map(|Published { update, .. }| Change {
        doc,
        frame: wire::update(&update),
        update,
        changes,
    }))
}
