//! Invites: links that let guests into one session, at once or when a host lets them.
//!
//! Who comes by an invite that asks gets nothing: no ticket, no use of it, no row. Whoever keeps the list of those who
//! wait asks [`Identity::admit`] when a host has decided; all that must hold of the invite must hold then.

use crate::identity::{Identity, SignedIn};
use crate::live::RevokedWhy;
use crate::secret::{SecretHash, hash_if_plausible, new_secret};
use crate::store::{InviteKey, Use, UsedInvite, Write};
use crate::{IdentityError, millis, name, now};
use breakroom_protocol::ids::{InviteId, ParticipantId, SessionId};
use breakroom_protocol::model::{InviteInfo, Participant, ParticipantKind, Role, UnixMillis};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

const USES: RangeInclusive<u32> = 1..=1_000;
const LIFETIME: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(30 * 24 * 3600);

/// What a host asks for.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// The session it opens.
    pub session: SessionId,
    /// `Collaborator` or `Watcher`.
    pub role: Role,
    /// Whether a watcher who comes by it may write notes (collaborators always may).
    pub notes: bool,
    /// For how long it can be used: 1 minute to 30 days.
    pub expires_in: Duration,
    /// How often it can be used: 1 to 1,000 times.
    pub uses: u32,
    /// Whether who comes by it waits until a host lets them in.
    pub asks: bool,
    /// The host who makes it.
    pub by: ParticipantId,
}

/// What somebody gets who comes by an invite.
#[derive(Debug, Clone)]
pub enum ByInvite {
    /// They are in.
    In(SignedIn),
    /// They have to wait; nothing is theirs.
    Asks(AskingGuest),
}

/// Somebody who asks to come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskingGuest {
    /// As they call themselves.
    pub name: String,
    /// By which invite.
    pub invite: InviteId,
    /// The session that it opens.
    pub session: SessionId,
    /// What they would come in as.
    pub role: Role,
    /// When the invite expires.
    pub expires_at: UnixMillis,
    /// Their address, whose attempt it was.
    pub client: IpAddr,
}

/// A host let somebody in.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Who, with their ticket.
    pub signed_in: SignedIn,
    /// How often the invite lets somebody in still.
    pub uses_left: u32,
}

impl ByInvite {
    /// Who is in.
    #[must_use]
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::In(signed_in) => Some(signed_in),
            Self::Asks(_) => None,
        }
    }
}

impl Identity {
    /// Makes an invite and gives its secret, which is shown now and never again.
    ///
    /// # Errors
    /// `OutOfRange` for a role, lifetime or number of uses that isn't allowed, or too many invites.
    pub async fn create_invite(&self, new: NewInvite) -> Result<(InviteInfo, String), IdentityError> {
        if new.role == Role::Host {
            return Err(IdentityError::OutOfRange(
                "An invite's role is collaborator or watcher: only Home Assistant or a host link makes a host.",
            ));
        }
        if !USES.contains(&new.uses) {
            return Err(IdentityError::OutOfRange(
                "An invite can be used 1 to 1,000 times. Choose a number between.",
            ));
        }
        if !LIFETIME.contains(&new.expires_in) {
            return Err(IdentityError::OutOfRange(
                "An invite lives 1 minute to 30 days. Choose a time between.",
            ));
        }
        let (secret, at) = (new_secret(), now());
        let invite = InviteInfo {
            id: InviteId::new(),
            session: new.session,
            role: new.role,
            notes: new.notes || new.role == Role::Collaborator,
            asks: new.asks,
            made_by: (new.by != ParticipantId(uuid::Uuid::nil())).then_some(new.by),
            expires_at: at + millis(new.expires_in),
            uses: new.uses,
            used: 0,
            revoked: false,
            came: Vec::new(),
        };
        let limit = self.inner.limits.invites_per_session;
        let added =
            self.inner.store.insert_invite(&invite, SecretHash::of(&secret), new.by, limit, at).await?;
        if added {
            Ok((invite, secret))
        } else {
            Err(IdentityError::OutOfRange("This session has as many invites as it may. Revoke some first."))
        }
    }

    /// The invites of a session, or of the one that has followed it by now, oldest first, with the used-up, revoked and
    /// lately expired ones.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_invites(&self, session: SessionId) -> Result<Vec<InviteInfo>, IdentityError> {
        self.inner.store.invites(self.inner.live.newest(session)).await
    }

    /// Revokes an invite and throws out who came by it. Fine if it was revoked already.
    ///
    /// # Errors
    /// `NotFound` if the session has no such invite. The database failed: those inside are out all the same, until
    /// the server restarts.
    pub async fn revoke_invite(&self, session: SessionId, invite: InviteId) -> Result<(), IdentityError> {
        let throw_out = |session| {
            self.inner.live.end(RevokedWhy::InviteRevoked, |_, ticket| {
                ticket.invite == Some(invite) && ticket.me.session == Some(session)
            })
        };
        throw_out(self.inner.live.newest(session));
        let _alone = self.inner.alone().await?;
        // Once more: another session may have followed it, or somebody have come in, before the lock was ours.
        let session = self.inner.live.newest(session);
        let revoked = self.inner.store.revoke_invite(session, invite, now()).await;
        throw_out(session);
        revoked
    }

    /// Lets a guest in, or says that they have to wait, which is an attempt that is given back when they are let in: so a family
    /// behind one address comes in by one link, while who is turned away can't ask for ever. A refused name costs no use of
    /// the invite.
    ///
    /// # Errors
    /// `NameInvalid`, `InviteInvalid`, `InviteExpired`, `InviteUsedUp`, `InviteRevoked`, `TooManyAttempts`.
    pub async fn redeem_invite(
        &self,
        client: IpAddr,
        secret: &str,
        name: &str,
    ) -> Result<ByInvite, IdentityError> {
        let inner = &self.inner;
        inner.attempt(client)?;
        let name = name::typed(name)?;
        let secret = hash_if_plausible(secret).ok_or(IdentityError::InviteInvalid)?;
        inner.room_for_ticket()?;
        let at = now();

        let _alone = inner.alone().await?;
        let mut tx = inner.store.begin().await?;
        let invite = match inner.store.use_invite(&mut tx, InviteKey::Secret(secret), at).await? {
            Use::Used(invite) => invite,
            Use::Asks(invite) => {
                let UsedInvite { id, session, role, expires_at, .. } = invite;
                return Ok(ByInvite::Asks(AskingGuest {
                    name,
                    invite: id,
                    session,
                    role,
                    expires_at,
                    client,
                }));
            }
        };
        let signed_in = self.issue_to_guest(tx, name, &invite, at).await?;
        inner.succeeded(client);
        Ok(ByInvite::In(signed_in))
    }

    /// Whether somebody who asks may go on asking: what was true of the invite may have ended meanwhile.
    ///
    /// # Errors
    /// `InviteInvalid`, `InviteExpired`, `InviteUsedUp`, `InviteRevoked`.
    pub async fn may_ask(&self, guest: &AskingGuest) -> Result<(), IdentityError> {
        self.inner.store.usable(guest.invite, guest.session, now()).await
    }

    /// Lets somebody in who asked, by a host's decision: only now a use is counted and a ticket made.
    ///
    /// # Errors
    /// `InviteInvalid` (also if the invite opens another session by now), `InviteExpired`, `InviteUsedUp`,
    /// `InviteRevoked`: they can't come in any more. `Full`, `Busy`: not at this moment.
    pub async fn admit(&self, guest: &AskingGuest) -> Result<Admitted, IdentityError> {
        let inner = &self.inner;
        inner.room_for_ticket()?;
        let at = now();
        // No ticket of an invite that is being revoked, as when it is redeemed.
        let _alone = inner.alone().await?;
        let mut tx = inner.store.begin().await?;
        let key = InviteKey::Admitted(guest.invite, guest.session);
        let Use::Used(invite) = inner.store.use_invite(&mut tx, key, at).await? else {
            return Err(IdentityError::InviteInvalid);
        };
        let signed_in = self.issue_to_guest(tx, guest.name.clone(), &invite, at).await?;
        inner.succeeded(guest.client);
        Ok(Admitted { signed_in, uses_left: invite.uses_left })
    }

    /// Commits the use of an invite, and the ticket with it. The lock on invites must be held.
    async fn issue_to_guest(
        &self,
        mut tx: Write,
        name: String,
        invite: &UsedInvite,
        at: UnixMillis,
    ) -> Result<SignedIn, IdentityError> {
        let guest = Participant {
            id: ParticipantId::new(),
            name,
            role: invite.role,
            kind: ParticipantKind::Guest,
            may_write_notes: invite.notes || invite.role == Role::Collaborator,
        };
        let (signed_in, live) =
            self.inner.issue(&mut tx, guest, Some(invite.session), Some(invite.id), at).await?;
        tx.commit().await?;
        self.inner.live.insert(signed_in.id, live);
        Ok(signed_in)
    }
}
