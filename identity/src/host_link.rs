//! Host links: how the one who started the server gets in where no Home Assistant vouches for them.

use crate::identity::{Identity, SignedIn};
use crate::secret::{SecretHash, hash_if_plausible, new_secret};
use crate::{IdentityError, millis, name, now};
use breakroom_protocol::ids::{ParticipantId, SessionId};
use breakroom_protocol::model::{Participant, ParticipantKind, Role};
use std::net::IpAddr;
use std::time::Duration;

const LIFETIME: Duration = Duration::from_secs(24 * 3600);

impl Identity {
    /// Makes a host link's secret: good once, for 24 hours, for one session or for all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn host_link(&self, session: Option<SessionId>) -> Result<String, IdentityError> {
        let secret = new_secret();
        let expires_at = now() + millis(LIFETIME);
        self.inner.store.insert_host_link(SecretHash::of(&secret), session, expires_at).await?;
        Ok(secret)
    }

    /// Lets a host in, as "Host" if they give no name. A refused name does not use up the link.
    ///
    /// # Errors
    /// `NameInvalid`, `HostLinkInvalid`, `TooManyAttempts`.
    pub async fn redeem_host_link(
        &self,
        client: IpAddr,
        secret: &str,
        name: Option<&str>,
    ) -> Result<SignedIn, IdentityError> {
        let inner = &self.inner;
        inner.attempt(client)?;
        let name =
            name.filter(|name| !name.trim().is_empty()).map_or_else(|| Ok("Host".to_owned()), name::typed)?;
        let secret = hash_if_plausible(secret).ok_or(IdentityError::HostLinkInvalid)?;
        inner.room_for_ticket()?;
        let at = now();

        // Shared with `forget_session`: no ticket for a session that was just forgotten.
        let _alone = inner.alone().await?;
        let mut tx = inner.store.begin().await?;
        let session = inner.store.use_host_link(&mut tx, secret, at).await?;
        let host = Participant {
            id: ParticipantId::new(),
            name,
            role: Role::Host,
            kind: ParticipantKind::HostLink,
            may_write_notes: true,
        };
        let (signed_in, live) = inner.issue(&mut tx, host, session, None, at).await?;
        tx.commit().await?;
        inner.live.insert(signed_in.id, live);
        inner.succeeded(client);
        Ok(signed_in)
    }
}
