//! The caller's ticket, from the cookie or an `Authorization: Bearer` header. Never from the query string.

use super::App;
use super::error::ApiError;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use breakroom_identity::{Identified, SignedIn};
use breakroom_protocol::{ErrorCode, Me, Role, SessionId, TicketId};
use std::sync::Arc;

/// The cookie's name.
pub const COOKIE: &str = "breakroom_ticket";

/// Somebody with a valid ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Which ticket.
    pub id: TicketId,
    /// Who.
    pub me: Me,
    /// The sessions that it opened before.
    earlier: Arc<[SessionId]>,
}

impl Ticket {
    /// Refuses a guest of another session as if this one didn't exist.
    pub fn may_see(&self, session: SessionId) -> Result<(), ApiError> {
        if self.shows(session) { Ok(()) } else { Err(no_session()) }
    }

    /// Whether a session, or its recording, is for its holder.
    pub fn shows(&self, session: SessionId) -> bool {
        self.me.session.is_none_or(|only| only == session) || self.earlier.contains(&session)
    }
}

/// What is said of a session that isn't there, or not for the caller.
pub fn no_session() -> ApiError {
    ApiError::new(
        ErrorCode::SessionNotFound,
        "There is no such session, or it is not for you: see the list of sessions.",
    )
}

impl FromRequestParts<App> for Ticket {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::to_owned);
        let cookie =
            || CookieJar::from_headers(&parts.headers).get(COOKIE).map(|cookie| cookie.value().to_owned());
        let Some(ticket) = bearer.or_else(cookie) else {
            return Err(ApiError::new(
                ErrorCode::TicketMissing,
                "You aren't signed in: sign in, or open an invite link.",
            ));
        };
        let Identified { ticket: id, me, earlier } = app.hub.identity.check(&ticket).await?;
        Ok(Self { id, me, earlier })
    }
}

/// A host with a valid ticket, for every session.
#[derive(Debug, Clone)]
pub struct HostTicket(pub Ticket);

impl FromRequestParts<App> for HostTicket {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let ticket = Ticket::from_request_parts(parts, app).await?;
        if ticket.me.participant.role == Role::Host {
            Ok(Self(ticket))
        } else {
            Err(ApiError::new(ErrorCode::NotAllowed, "Only a host may do this: ask one."))
        }
    }
}

/// Whether browsers reach us by HTTPS only.
pub fn is_https(app: &App) -> bool {
    app.config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
}

/// The cookie that carries a new ticket.
pub fn cookie(app: &App, signed_in: &SignedIn) -> Cookie<'static> {
    let now = crate::session::now();
    let seconds = i64::try_from(signed_in.me.expires_at.saturating_sub(now) / 1_000).unwrap_or(0);
    let mut cookie = Cookie::new(COOKIE, signed_in.ticket.clone());
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie.set_secure(is_https(app));
    cookie.set_max_age(Some(cookie::time::Duration::seconds(seconds)));
    cookie
}
