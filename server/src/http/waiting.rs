//! Waiting to be let in: a guest's page asks where it stands, by a token in a cookie that scripts don't get.

use super::App;
use super::auth::answer;
use super::error::{ApiError, Body, ErrorEnvelope};
use super::ticket::is_https;
use crate::lobby::{KEPT, Told};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use breakroom_identity::{AskingGuest, IdentityError, SecretHash, SignedIn};
use breakroom_protocol::{ErrorCode, Me, UnixMillis};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// The cookie's name.
const COOKIE: &str = "breakroom_waiting";
/// Where it is sent: to what is here, and to the door.
const PATH: &str = "/api/auth";
/// Longest time that a question may wait for news; proxies cut longer ones off.
const LONGEST: u64 = 25;

/// Somebody has to wait until a host lets them in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Waiting {
    /// When they are told that nobody decided, in milliseconds since the Unix epoch.
    until: UnixMillis,
}

/// How long the answer may take.
#[derive(Default, Deserialize, ToSchema)]
pub struct WaitBody {
    /// Seconds to wait for news, at most 25. Default none.
    #[serde(default)]
    within_s: u64,
}

/// Has somebody wait. Who waits already in the same browser asks anew: one browser is one guest.
pub async fn ask(
    app: &App,
    jar: CookieJar,
    asking: AskingGuest,
    secret: SecretHash,
) -> Result<Response, ApiError> {
    if let Some(before) = jar.get(COOKIE) {
        app.lobby.leave(before.value()).await;
    }
    let Some(session) = app.hub.session(asking.session) else {
        return Err(ApiError::new(
            ErrorCode::SessionEnded,
            "The session has ended: nobody can let you in any more.",
        ));
    };
    let waits = app.lobby.ask(session, asking.clone(), secret).await?;
    // Whoever revoked it a moment ago told those who waited then.
    if let Err(ended) = app.hub.identity.may_ask(&asking).await {
        app.lobby.leave(&waits.token).await;
        return Err(ended.into());
    }
    let mut cookie = own(app, waits.token);
    let patience = waits.until.saturating_sub(crate::session::now()) / 1_000 + KEPT.as_secs();
    cookie.set_max_age(Some(cookie::time::Duration::seconds(i64::try_from(patience).unwrap_or(i64::MAX))));
    Ok((StatusCode::ACCEPTED, jar.add(cookie), Json(Waiting { until: waits.until })).into_response())
}

/// Who was let in already, by the invite with this secret, and opens its link once more: a page that was put away may
/// never have asked what became of it. `None` as soon as their ticket isn't good any more.
pub async fn was_let_in(app: &App, jar: &CookieJar, secret: SecretHash) -> Option<Response> {
    let SignedIn { ticket, id, .. } = app.lobby.let_in_by(jar.get(COOKIE)?.value(), secret)?;
    // As they are now: another session may have followed.
    let me = app.hub.identity.check(&ticket).await.ok()?.me;
    let (ticket, me) = answer(app, &SignedIn { ticket, me, id }).ok()?;
    Some((ticket.add(removed(app)), me).into_response())
}

/// Where do I stand? Answered when that changes, or after the time that is given.
#[utoipa::path(post, path = "/api/auth/waiting", request_body = WaitBody, responses(
    (status = 200, body = Me, description = "Let in"), (status = 202, body = Waiting, description = "Ask again"),
    (status = "4XX", body = ErrorEnvelope, description = "Not let in, and why")))]
pub async fn stand(
    State(app): State<App>,
    jar: CookieJar,
    Body(body): Body<WaitBody>,
) -> Result<Response, ApiError> {
    let Some(token) = jar.get(COOKIE).map(|cookie| cookie.value().to_owned()) else {
        return Err(ApiError::new(ErrorCode::NotFound, "Nobody waits in this browser: open an invite link."));
    };
    match app.lobby.stands(&token, Duration::from_secs(body.within_s.min(LONGEST))).await? {
        Told::Waits(until) => Ok((StatusCode::ACCEPTED, Json(Waiting { until })).into_response()),
        Told::LetIn(signed_in) if app.hub.identity.is_live(signed_in.id) => {
            let (ticket, me) = answer(&app, &signed_in)?;
            Ok((ticket.add(removed(&app)), me).into_response())
        }
        Told::LetIn(_) => Err(IdentityError::InviteRevoked.into()),
    }
}

/// Wait no longer.
#[utoipa::path(delete, path = "/api/auth/waiting", responses((status = 204)))]
pub async fn leave(State(app): State<App>, jar: CookieJar) -> (CookieJar, StatusCode) {
    if let Some(cookie) = jar.get(COOKIE) {
        app.lobby.leave(cookie.value()).await;
    }
    (CookieJar::new().add(removed(&app)), StatusCode::NO_CONTENT)
}

fn own(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(COOKIE, token);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_path(PATH);
    cookie.set_secure(is_https(app));
    cookie
}

fn removed(app: &App) -> Cookie<'static> {
    let mut gone = own(app, String::new());
    gone.make_removal();
    gone
}
