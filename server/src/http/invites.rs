//! Invites of a session: made, listed and revoked by hosts.

use super::App;
use super::error::{ApiError, Body, ErrorEnvelope, Parts};
use super::guard::base_url;
use super::ticket::{HostTicket, no_session};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use breakroom_identity::NewInvite;
use breakroom_protocol::{ErrorCode, InviteId, InviteInfo, Role, SessionId};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A new invite.
#[derive(Deserialize, ToSchema)]
pub struct InviteBody {
    /// `collaborator` or `watcher`.
    role: Role,
    /// Whether a watcher may write notes.
    #[serde(default)]
    notes: bool,
    /// Seconds until it stops working. Default a day.
    #[serde(default = "a_day")]
    expires_in_s: u64,
    /// Whether who comes by it waits until a host lets them in. Default no.
    #[serde(default)]
    asks: bool,
    /// How often it may be used. Default once.
    #[serde(default = "once")]
    uses: u32,
}

fn a_day() -> u64 {
    86_400
}

fn once() -> u32 {
    1
}

/// An invite that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeInvite {
    /// As lists show it.
    invite: InviteInfo,
    /// The link to hand out; its secret is shown only here.
    url: String,
}

/// Make an invite.
#[utoipa::path(post, path = "/api/sessions/{id}/invites", params(("id" = String, Path)), request_body = InviteBody,
    responses((status = 201, body = MadeInvite), (status = "4XX", body = ErrorEnvelope)))]
pub async fn create(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Parts(session): Parts<SessionId>,
    headers: HeaderMap,
    Body(body): Body<InviteBody>,
) -> Result<(StatusCode, Json<MadeInvite>), ApiError> {
    host.may_see(session)?;
    if app.hub.session(session).is_none() {
        if app.hub.journal.session(session).await?.is_none() {
            return Err(no_session());
        }
        return Err(ApiError::new(
            ErrorCode::SessionEnded,
            "The session has ended: nobody can be invited any more.",
        ));
    }
    let new = NewInvite {
        session,
        role: body.role,
        notes: body.notes,
        expires_in: Duration::from_secs(body.expires_in_s),
        uses: body.uses,
        asks: body.asks,
        by: host.me.participant.id,
    };
    let (invite, secret) = app.hub.identity.create_invite(new).await?;
    let url = format!("{}/join#invite={secret}", base_url(&app.config, &headers));
    Ok((StatusCode::CREATED, Json(MadeInvite { invite, url })))
}

/// A session's invites.
#[utoipa::path(get, path = "/api/sessions/{id}/invites", params(("id" = String, Path)),
    responses((status = 200, body = [InviteInfo]), (status = "4XX", body = ErrorEnvelope)))]
pub async fn list(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Parts(session): Parts<SessionId>,
) -> Result<Json<Vec<InviteInfo>>, ApiError> {
    host.may_see(session)?;
    Ok(Json(app.hub.identity.list_invites(session).await?))
}

/// Revoke an invite: who came by it is out, and who waits by it is turned away.
#[utoipa::path(delete, path = "/api/sessions/{id}/invites/{invite}",
    params(("id" = String, Path), ("invite" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorEnvelope)))]
pub async fn revoke(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Parts((session, invite)): Parts<(SessionId, InviteId)>,
) -> Result<StatusCode, ApiError> {
    host.may_see(session)?;
    app.hub.revoke_invite(session, invite).await?;
    Ok(StatusCode::NO_CONTENT)
}
