//! Targets and sessions.

use super::App;
use super::error::{ApiError, Body, ErrorEnvelope, Parts};
use super::ticket::{HostTicket, Ticket, no_session};
use crate::hub::{DebuggerState, KnownTarget};
use crate::session::{Mail, Restart};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use breakroom_protocol::{ErrorCode, SessionId, SessionRow, TargetInfo};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A target and its debugger.
#[derive(Serialize, ToSchema)]
pub struct TargetState {
    /// Which.
    #[serde(flatten)]
    info: TargetInfo,
    /// Whether its debugger is active.
    debugger: DebuggerState,
    /// How a person starts it, one sentence.
    how_to_start: String,
    /// Its live session.
    live_session: Option<SessionId>,
}

async fn state(app: &App, target: &KnownTarget) -> TargetState {
    TargetState {
        info: target.info(),
        debugger: app.hub.debugger(target).await,
        how_to_start: target.how_to_start(),
        live_session: app.hub.live_on(&target.config.name),
    }
}

/// What can be debugged. Guests see none.
#[utoipa::path(get, path = "/api/targets", responses((status = 200, body = [TargetState]), (status = 401, body = ErrorEnvelope)))]
pub async fn targets(State(app): State<App>, ticket: Ticket) -> Json<Vec<TargetState>> {
    if ticket.me.session.is_some() {
        return Json(Vec::new());
    }
    Json(join_all(app.hub.targets().iter().map(|target| state(&app, target))).await)
}

/// One target.
#[utoipa::path(get, path = "/api/targets/{name}", params(("name" = String, Path)),
    responses((status = 200, body = TargetState), (status = "4XX", body = ErrorEnvelope)))]
pub async fn target(
    State(app): State<App>,
    ticket: Ticket,
    Parts(name): Parts<String>,
) -> Result<Json<TargetState>, ApiError> {
    if ticket.me.session.is_some() {
        return Err(ApiError::new(ErrorCode::NotAllowed, "Guests see their own session only."));
    }
    Ok(Json(state(&app, app.hub.target(&name)?).await))
}

/// Which session to start.
#[derive(Deserialize, ToSchema)]
pub struct StartBody {
    /// Name of the target.
    target: String,
    /// Who asked for it, when an integration starts it for somebody; shown as "started by".
    on_behalf_of: Option<String>,
}

/// Start a session: attach to the target. If that fails, nothing is left behind.
#[utoipa::path(post, path = "/api/sessions", request_body = StartBody, responses(
    (status = 201, body = SessionRow), (status = "4XX", body = ErrorEnvelope), (status = "5XX", body = ErrorEnvelope)))]
pub async fn start(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Body(body): Body<StartBody>,
) -> Result<(StatusCode, Json<SessionRow>), ApiError> {
    if host.me.session.is_some() {
        return Err(ApiError::new(
            ErrorCode::NotAllowed,
            "This host link is for one session: it can't start others.",
        ));
    }
    let by = body.on_behalf_of.filter(|name| is_name(name)).unwrap_or(host.me.participant.name);
    // Attaching goes on when the caller hangs up, so that it ends one way or the other and not half done.
    let hub = app.hub.clone();
    let starting = tokio::spawn(async move { hub.start(&body.target, &by).await });
    let handle = starting
        .await
        .map_err(|_| ApiError::new(ErrorCode::Internal, "Starting failed: see the server's log."))??;
    let row = row(&app, handle.info.id).await?;
    Ok((StatusCode::CREATED, Json(row)))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= 40 && !name.chars().any(char::is_control)
}

/// Live sessions and recordings, newest first. Guests see their own.
#[utoipa::path(get, path = "/api/sessions", responses((status = 200, body = [SessionRow]), (status = 401, body = ErrorEnvelope)))]
pub async fn list(State(app): State<App>, ticket: Ticket) -> Result<Json<Vec<SessionRow>>, ApiError> {
    let mut rows = app.hub.journal.sessions().await?;
    rows.retain(|row| ticket.shows(row.info.id));
    Ok(Json(rows))
}

async fn row(app: &App, id: SessionId) -> Result<SessionRow, ApiError> {
    app.hub.journal.session(id).await?.ok_or_else(no_session)
}

/// One session or recording.
#[utoipa::path(get, path = "/api/sessions/{id}", params(("id" = String, Path)),
    responses((status = 200, body = SessionRow), (status = "4XX", body = ErrorEnvelope)))]
pub async fn one(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
) -> Result<Json<SessionRow>, ApiError> {
    ticket.may_see(id)?;
    Ok(Json(row(&app, id).await?))
}

/// Whether to restart.
#[derive(Default, Deserialize, ToSchema)]
pub struct EndBody {
    /// Run the target's restart action and attach again, instead of ending.
    #[serde(default)]
    restart: bool,
}

/// End a session (the program runs on), or restart its program.
#[utoipa::path(post, path = "/api/sessions/{id}/end", params(("id" = String, Path)), request_body = EndBody,
    responses((status = 202), (status = "4XX", body = ErrorEnvelope)))]
pub async fn end(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Parts(id): Parts<SessionId>,
    Body(body): Body<EndBody>,
) -> Result<StatusCode, ApiError> {
    host.may_see(id)?;
    let Some(handle) = app.hub.session(id) else {
        row(&app, id).await?;
        return Err(ApiError::new(
            ErrorCode::SessionEnded,
            "The session has ended already: its recording stays.",
        ));
    };
    if body.restart && !handle.info.target.can_restart {
        return Err(ApiError::new(
            ErrorCode::NoRestartAction,
            "This target has no restart action: add one to its configuration.",
        ));
    }
    let restart = if body.restart { Restart::Yes } else { Restart::No };
    let letter = Mail::End { by: Some(host.me.participant.id), restart };
    handle
        .send(letter)
        .await
        .map_err(|_| ApiError::new(ErrorCode::SessionEnded, "The session has just ended."))?;
    Ok(StatusCode::ACCEPTED)
}
