//! The way in that Home Assistant vouches for.

use crate::home_assistant::{HomeAssistant, NotVouched, Vouched};
use crate::identity::{Identity, Inner, SLOTS, SignedIn, lock};
use crate::token::Token;
use crate::{IdentityError, name, now};
use breakroom_protocol::model::{Participant, ParticipantKind};
use std::net::IpAddr;
use std::time::Instant;

impl Identity {
    /// Lets a user of Home Assistant in: its owner and administrators as hosts, others as collaborators.
    ///
    /// Home Assistant is asked only about a token that looks like one, is unexpired by its own word, and was not
    /// refused lately: each refusal counts there as a failed login of this server.
    ///
    /// # Errors
    /// `HomeAssistantNotConfigured`, `TooManyAttempts`, `TokenMalformed`, `TokenExpired`, `TokenRefused`,
    /// `HomeAssistantUnreachable`.
    pub async fn sign_in_with_token(&self, client: IpAddr, token: &str) -> Result<SignedIn, IdentityError> {
        let inner = &self.inner;
        let home_assistant =
            inner.home_assistant.as_ref().ok_or(IdentityError::HomeAssistantNotConfigured)?;
        inner.attempt(client)?;
        let token = Token::parse(token, now())?;
        inner.room_for_ticket()?;

        let vouched = inner.vouch(home_assistant, &token).await?;
        if !inner.watches.has_room(token.hash(), inner.limits.watches) {
            vouched.socket.close().await;
            return Err(IdentityError::Full);
        }
        let participant = Participant {
            id: vouched.user.participant(),
            name: name::vouched(vouched.user.name()),
            role: vouched.user.role(),
            kind: ParticipantKind::HomeAssistant,
            may_write_notes: true,
        };
        let mut tx = inner.store.begin().await?;
        let (signed_in, live) = inner.issue(&mut tx, participant, None, None, now()).await?;
        tx.commit().await?;
        inner.live.insert(signed_in.id, live);
        inner.watch(token, vouched, signed_in.id);
        inner.succeeded(client);
        Ok(signed_in)
    }
}

impl Inner {
    async fn vouch(&self, home_assistant: &HomeAssistant, token: &Token) -> Result<Vouched, IdentityError> {
        let hash = token.hash();
        let slot = &self.slots[usize::from(hash.0[0]) % SLOTS];
        let patience = home_assistant.config.answer_timeout;
        let _turn = tokio::time::timeout(patience, slot.lock()).await.map_err(|_| IdentityError::Full)?;
        if lock(&self.refusals).contains(hash, Instant::now()) {
            return Err(IdentityError::TokenRefused);
        }
        if home_assistant.is_wary() {
            return Err(IdentityError::TooManyRefusals);
        }
        match home_assistant.ask(token).await {
            Ok(vouched) => Ok(vouched),
            Err(NotVouched::Refused) => {
                lock(&self.refusals).remember(hash, Instant::now());
                // A good login makes Home Assistant forget the failed one.
                self.watches.poke_any();
                Err(IdentityError::TokenRefused)
            }
            Err(NotVouched::Unreachable(problem)) => Err(home_assistant.unreachable(problem)),
        }
    }
}
