//! What others hold of a session: its mailbox.

use super::outbox::Outbox;
use super::state::Restart;
use breakroom_identity::{AskingGuest, SignedIn};
use breakroom_protocol::room::DocName;
use breakroom_protocol::wire::{WireAsk, WireEditor, WireWord};
use breakroom_protocol::{
    ClientMessage, ConnectionId, ErrorBody, GuestId, InviteId, JournalSeq, Me, ParticipantId, SessionInfo,
    TicketId, UnixMillis,
};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Letters that may wait for a session; who writes more waits (a socket's reader then stops reading).
pub const MAILBOX: usize = 1_024;

/// The session's task has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct SessionGone;

/// A letter to the session task.
#[derive(Debug)]
pub enum Mail {
    /// A live socket opened: it gets its welcome and every event after it, with nothing between.
    Join {
        /// The socket.
        connection: ConnectionId,
        /// Whose, as the ticket says.
        me: Me,
        /// The ticket, for revocation.
        ticket: TicketId,
        /// The last event that the client has, if it comes back.
        from: Option<JournalSeq>,
        /// Its way out.
        outbox: Outbox,
    },
    /// It closed.
    Leave(ConnectionId),
    /// It sent a command.
    Command(ConnectionId, ClientMessage),
    /// A doc socket opened.
    OpenDoc {
        /// The socket.
        connection: ConnectionId,
        /// Which doc.
        doc: DocName,
        /// Whose.
        me: Me,
        /// The ticket.
        ticket: TicketId,
        /// Its way out.
        outbox: Outbox,
    },
    /// It sent a frame.
    DocFrame(ConnectionId, Bytes),
    /// It closed.
    CloseDoc(ConnectionId),
    /// A host's editor wants to be on the wire.
    WireWanted {
        /// Whose, and how to know it.
        editor: WireEditor,
        /// What it is told.
        words: mpsc::Sender<WireWord>,
        /// Told when it is on the wire; dropped if it isn't to be.
        let_in: oneshot::Sender<()>,
    },
    /// It asks; by its prefix.
    Wire(String, WireAsk),
    /// It has left; by its prefix.
    WireGone(String),
    /// A host ends or restarts the session over HTTP.
    End {
        /// Who.
        by: Option<ParticipantId>,
        /// Restart instead.
        restart: Restart,
    },
    /// A ticket was revoked.
    Revoked {
        /// Which.
        ticket: TicketId,
        /// Whose.
        participant: ParticipantId,
    },
    /// Somebody came by an invite that asks.
    Ask {
        /// Who.
        asking: AskingGuest,
        /// What becomes of it; dropped without an end if the session ended.
        standing: watch::Sender<Standing>,
    },
    /// They left, or their page was closed for too long.
    GuestLeft(GuestId),
    /// A host revoked an invite.
    InviteRevoked(InviteId),
    /// A guest was removed, and by their invite nobody comes in any more.
    InviteUsedUp(InviteId),
    /// Whom do you serve, by which tickets?
    Tickets(oneshot::Sender<Vec<(TicketId, ParticipantId)>>),
    /// Did a host remove them?
    Barred(ParticipantId, oneshot::Sender<bool>),
    /// The server is going down.
    Shutdown,
}

/// Where somebody stands who asked to come in.
#[derive(Debug, Clone)]
pub enum Standing {
    /// The session hasn't seen them yet.
    Asked,
    /// They wait.
    Waits {
        /// Their number there.
        guest: GuestId,
        /// Until then at the latest.
        until: UnixMillis,
    },
    /// They are in.
    LetIn(SignedIn),
    /// They don't come in; why.
    Over(ErrorBody),
}

impl Standing {
    /// Whether nothing follows.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::LetIn(_) | Self::Over(_))
    }
}

/// A session's address.
#[derive(Debug, Clone)]
pub struct SessionHandle {
    /// What is debugged, since when, by whom.
    pub info: SessionInfo,
    pub(super) mail: mpsc::Sender<Mail>,
    /// Cancelled when the session begins to end.
    pub(super) over: CancellationToken,
    /// Cancelled when the task has ended and its journal is closed.
    pub(super) gone: CancellationToken,
}

impl SessionHandle {
    /// Sends a letter; waits while the mailbox is full.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn send(&self, mail: Mail) -> Result<(), SessionGone> {
        self.mail.send(mail).await.map_err(|_| SessionGone)
    }

    /// Everybody whom the session serves, by ticket.
    ///
    /// # Errors
    /// The session has ended.
    pub async fn tickets(&self) -> Result<Vec<(TicketId, ParticipantId)>, SessionGone> {
        let (reply, tickets) = oneshot::channel();
        self.send(Mail::Tickets(reply)).await?;
        tickets.await.map_err(|_| SessionGone)
    }

    /// Whether a host removed somebody, as long as it is live.
    pub async fn bars(&self, participant: ParticipantId) -> bool {
        let (reply, barred) = oneshot::channel();
        self.send(Mail::Barred(participant, reply)).await.is_ok() && barred.await.unwrap_or(false)
    }

    /// Resolves when the session has ended and its journal is closed.
    pub async fn gone(&self) {
        self.gone.cancelled().await;
    }

    /// Cancelled when the session begins to end: nobody should come in any more.
    pub fn over(&self) -> CancellationToken {
        self.over.clone()
    }
}
