//! What is recorded: stops, moments, events, source texts. The same for live sessions and ended ones.

use super::App;
use super::error::{ApiError, ErrorEnvelope, Parts, Values};
use super::ticket::{HostTicket, Ticket, no_session};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use breakroom_journal::MAX_PAGE;
use breakroom_protocol::{
    Envelope, ErrorCode, JournalSeq, SessionId, Snapshot, SourceHash, StopId, StopInfo,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

async fn check(app: &App, ticket: &Ticket, id: SessionId) -> Result<(), ApiError> {
    ticket.may_see(id)?;
    // Somebody for whom Home Assistant vouches has a ticket again as soon as they like.
    if let Some(live) = app.hub.session(id)
        && live.bars(ticket.me.participant.id).await
    {
        return Err(ApiError::new(
            ErrorCode::NotAllowed,
            "A host removed you from this session: ask them why, or wait until it has ended.",
        ));
    }
    app.hub.journal.session(id).await?.map(|_| ()).ok_or_else(no_session)
}

/// Which stops.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StopsQuery {
    /// Number of the first; absent: all.
    from: Option<u32>,
}

/// A session's stops, in order.
#[utoipa::path(get, path = "/api/sessions/{id}/stops", params(("id" = String, Path), StopsQuery),
    responses((status = 200, body = [StopInfo]), (status = "4XX", body = ErrorEnvelope)))]
pub async fn stops(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
    Values(query): Values<StopsQuery>,
) -> Result<Json<Vec<StopInfo>>, ApiError> {
    check(&app, &ticket, id).await?;
    Ok(Json(app.hub.journal.stops(id, StopId(query.from.unwrap_or(0))).await?))
}

/// Which moment.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MomentQuery {
    /// Number of the last event to know.
    at: u64,
}

/// A moment: a snapshot, and the events to fold on.
#[derive(Serialize, ToSchema)]
pub struct MomentBody {
    /// State at or before the moment.
    #[schema(value_type = Object)]
    snapshot: Snapshot,
    /// Events after it, up to the moment.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Envelope>,
}

/// A moment of a session.
#[utoipa::path(get, path = "/api/sessions/{id}/moment", params(("id" = String, Path), MomentQuery),
    responses((status = 200, body = MomentBody), (status = "4XX", body = ErrorEnvelope)))]
pub async fn moment(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
    Values(query): Values<MomentQuery>,
) -> Result<Json<MomentBody>, ApiError> {
    check(&app, &ticket, id).await?;
    let moment = app.hub.journal.moment(id, JournalSeq(query.at)).await?;
    Ok(Json(MomentBody { snapshot: moment.snapshot, events: moment.events }))
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// First number.
    from: u64,
    /// How many at most, 1 to 1,000. Fewer come where they are large.
    limit: Option<u32>,
}

/// A session's events, a page at a time; an empty one is behind the last.
#[utoipa::path(get, path = "/api/sessions/{id}/events", params(("id" = String, Path), EventsQuery),
    responses((status = 200, body = [Object]), (status = "4XX", body = ErrorEnvelope)))]
pub async fn events(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
    Values(query): Values<EventsQuery>,
) -> Result<Json<Vec<Envelope>>, ApiError> {
    check(&app, &ticket, id).await?;
    let limit = page_of(query.limit)?;
    Ok(Json(app.hub.journal.events(id, JournalSeq(query.from), limit).await?))
}

fn page_of(limit: Option<u32>) -> Result<u32, ApiError> {
    let limit = limit.unwrap_or(MAX_PAGE);
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::new(ErrorCode::OutOfRange, "limit must be 1 to 1,000."))
}

/// Which output.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutputQuery {
    /// Only what has a lower number; absent: the newest.
    before: Option<u64>,
    /// How many pieces at most, 1 to 1,000.
    limit: Option<u32>,
}

/// A page of output.
#[derive(Serialize, ToSchema)]
pub struct OutputBody {
    /// `output` events, and each `gap` between them, in order. Fewer than asked for where they are large.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Envelope>,
    /// Whether there is more before the first of them.
    earlier: bool,
}

/// What a session's program printed, a page at a time, backwards.
#[utoipa::path(get, path = "/api/sessions/{id}/output", params(("id" = String, Path), OutputQuery),
    responses((status = 200, body = OutputBody), (status = "4XX", body = ErrorEnvelope)))]
pub async fn output(
    State(app): State<App>,
    ticket: Ticket,
    Parts(id): Parts<SessionId>,
    Values(query): Values<OutputQuery>,
) -> Result<Json<OutputBody>, ApiError> {
    check(&app, &ticket, id).await?;
    let limit = page_of(query.limit)?;
    let page = app.hub.journal.output(id, JournalSeq(query.before.unwrap_or(u64::MAX)), limit).await?;
    Ok(Json(OutputBody { events: page.events, earlier: page.earlier }))
}

/// A source text of a session.
#[utoipa::path(get, path = "/api/sessions/{id}/sources/{hash}", params(("id" = String, Path), ("hash" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"), (status = "4XX", body = ErrorEnvelope)))]
pub async fn source(
    State(app): State<App>,
    ticket: Ticket,
    Parts((id, hash)): Parts<(SessionId, String)>,
) -> Result<Response, ApiError> {
    check(&app, &ticket, id).await?;
    let hash = SourceHash(hash);
    let none = || ApiError::new(ErrorCode::NotFound, "This session has no such source text.");
    if !app.hub.journal.session_has_source(id, &hash).await? {
        return Err(none());
    }
    let text = app.hub.journal.source(&hash).await?.ok_or_else(none)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        // Named by its hash: it never changes. Private: it is the program's text.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    ];
    Ok((headers, text).into_response())
}

/// Delete a recording for good.
#[utoipa::path(delete, path = "/api/sessions/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorEnvelope)))]
pub async fn delete(
    State(app): State<App>,
    HostTicket(host): HostTicket,
    Parts(id): Parts<SessionId>,
) -> Result<StatusCode, ApiError> {
    check(&app, &host, id).await?;
    if app.hub.session(id).is_some() {
        return Err(ApiError::new(
            ErrorCode::SessionAlreadyLive,
            "The session is live: end it before deleting its recording.",
        ));
    }
    app.hub.journal.delete(id).await?;
    app.hub.identity.forget_session(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
