//! Ways to sign in: a Home Assistant token, an invite, a host link. Each is answered with a ticket in a cookie.

use super::App;
use super::error::{ApiError, Body, ErrorEnvelope};
use super::ticket::{COOKIE, Ticket, cookie};
use super::waiting::{self, Waiting};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use breakroom_identity::{ByInvite, SecretHash, SignedIn};
use breakroom_protocol::Me;
use serde::Deserialize;
use std::net::SocketAddr;
use utoipa::ToSchema;

/// A Home Assistant token.
#[derive(Deserialize, ToSchema)]
pub struct TokenBody {
    /// Long-lived access token; checked with Home Assistant, then kept in memory only.
    token: String,
}

/// An invite's secret.
#[derive(Deserialize, ToSchema)]
pub struct InviteBody {
    /// From the link's fragment.
    secret: String,
    /// 1 to 40 characters.
    name: String,
}

/// A host link's secret.
#[derive(Deserialize, ToSchema)]
pub struct HostLinkBody {
    /// From the link's fragment; works once.
    secret: String,
    /// 1 to 40 characters; absent: "Host".
    name: Option<String>,
}

type Answer = Result<(CookieJar, Json<Me>), ApiError>;

/// Their ticket, in its cookie.
pub fn answer(app: &App, signed_in: &SignedIn) -> Answer {
    let jar = CookieJar::new().add(cookie(app, signed_in));
    Ok((jar, Json(signed_in.me.clone())))
}

/// Sign in with a Home Assistant token.
#[utoipa::path(post, path = "/api/auth/token", request_body = TokenBody, responses(
    (status = 200, body = Me), (status = "4XX", body = ErrorEnvelope), (status = 502, body = ErrorEnvelope)))]
pub async fn with_token(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    Body(body): Body<TokenBody>,
) -> Answer {
    let signed_in = app.hub.identity.sign_in_with_token(client.ip(), &body.token).await?;
    answer(&app, &signed_in)
}

/// Come in by an invite, or begin to wait, if it asks for that. Who was let in by it already, and didn't hear of it, is in.
#[utoipa::path(post, path = "/api/auth/invite", request_body = InviteBody, responses(
    (status = 200, body = Me), (status = 202, body = Waiting, description = "A host has to let them in"),
    (status = "4XX", body = ErrorEnvelope)))]
pub async fn with_invite(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Body(body): Body<InviteBody>,
) -> Result<Response, ApiError> {
    let secret = SecretHash::of(body.secret.trim());
    if let Some(is_in) = waiting::was_let_in(&app, &jar, secret).await {
        return Ok(is_in);
    }
    match app.hub.identity.redeem_invite(client.ip(), &body.secret, &body.name).await? {
        ByInvite::In(signed_in) => Ok(answer(&app, &signed_in)?.into_response()),
        ByInvite::Asks(asking) => waiting::ask(&app, jar, asking, secret).await,
    }
}

/// Come in by the host link that the server printed.
#[utoipa::path(post, path = "/api/auth/host-link", request_body = HostLinkBody, responses(
    (status = 200, body = Me), (status = "4XX", body = ErrorEnvelope)))]
pub async fn with_host_link(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    Body(body): Body<HostLinkBody>,
) -> Answer {
    let signed_in =
        app.hub.identity.redeem_host_link(client.ip(), &body.secret, body.name.as_deref()).await?;
    answer(&app, &signed_in)
}

/// Revoke one's own ticket.
#[utoipa::path(post, path = "/api/auth/sign-out", responses((status = 204), (status = 401, body = ErrorEnvelope)))]
pub async fn sign_out(State(app): State<App>, ticket: Ticket) -> Result<(CookieJar, StatusCode), ApiError> {
    app.hub.identity.sign_out(ticket.id).await?;
    let mut gone = Cookie::new(COOKIE, "");
    gone.set_path("/");
    gone.make_removal();
    Ok((CookieJar::new().add(gone), StatusCode::NO_CONTENT))
}

/// Who am I?
#[utoipa::path(get, path = "/api/me", responses((status = 200, body = Me), (status = 401, body = ErrorEnvelope)))]
pub async fn me(ticket: Ticket) -> Json<Me> {
    Json(ticket.me)
}
