//! What the server is; for the sign-in page and health checks.

use super::App;
use axum::Json;
use axum::extract::State;
use breakroom_protocol::message::PROTOCOL_VERSION;
use serde::Serialize;
use utoipa::ToSchema;

/// The server.
#[derive(Serialize, ToSchema)]
pub struct ServerInfo {
    /// Always `breakroom`.
    name: &'static str,
    /// Its release.
    version: &'static str,
    /// Version of the live socket's protocol.
    protocol: u32,
    /// The Home Assistant that people sign in with, if any.
    home_assistant: Option<HomeAssistantInfo>,
    /// Whether one session follows another, and who was in one is let into the next.
    sessions_follow: bool,
}

/// The Home Assistant that vouches for people.
#[derive(Serialize, ToSchema)]
pub struct HomeAssistantInfo {
    /// How browsers reach it.
    url: String,
    /// Whether it answered last; `null`: not asked yet.
    reachable: Option<bool>,
}

/// What the server is.
#[utoipa::path(get, path = "/api/server", responses((status = 200, body = ServerInfo)))]
pub async fn server(State(app): State<App>) -> Json<ServerInfo> {
    let home_assistant = app.config.home_assistant.as_ref().map(|ha| HomeAssistantInfo {
        url: ha.browser_url.clone().unwrap_or_else(|| ha.url.clone()),
        reachable: app.hub.identity.home_assistant_reachable(),
    });
    Json(ServerInfo {
        name: "breakroom",
        version: env!("CARGO_PKG_VERSION"),
        protocol: PROTOCOL_VERSION,
        home_assistant,
        sessions_follow: app.config.sessions_follow,
    })
}
