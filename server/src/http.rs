//! Everything over HTTP: API, sockets, the web client. The only place that knows axum.
//!
//! Nobody knows this module. Every request passes [`guard`] (whose `Host`, whose `Origin`) and, but for the ways to
//! sign in, [`ticket::Ticket`].

mod assets;
mod auth;
mod connections;
mod docs;
mod error;
mod guard;
mod invites;
mod live;
mod places;
mod recordings;
mod server;
mod sessions;
mod socket;
mod ticket;
mod upgrade;
mod waiting;

pub use connections::{HEAD_WITHIN, serve};

use crate::config::Config;
use crate::hub::Hub;
use crate::lobby::Lobby;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware;
use axum::routing::get;
use places::Places;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest request body: a token, a name, an invite.
const BODY: usize = 64 * 1024;

/// What every handler has.
#[derive(Debug, Clone)]
pub struct App {
    /// The sessions.
    pub hub: Arc<Hub>,
    /// The configuration.
    pub config: Arc<Config>,
    /// Places for sockets; one each.
    pub places: Arc<Places>,
    /// The sockets themselves, which say goodbye before the server ends.
    pub sockets: TaskTracker,
    /// Who waits to be let in.
    pub lobby: Arc<Lobby>,
}

impl App {
    /// For a hub and its configuration.
    pub fn new(hub: Arc<Hub>, config: Arc<Config>) -> Self {
        let places = Arc::new(Places::new(config.limits.sockets));
        Self { hub, config, places, sockets: TaskTracker::new(), lobby: Arc::default() }
    }
}

#[derive(OpenApi)]
#[openapi(info(title = "Breakroom", description = "Several people debug one live Python program together."))]
struct Api;

/// All routes.
pub fn router(app: App) -> Router {
    let (api, description) = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(server::server))
        .routes(routes!(auth::with_token))
        .routes(routes!(auth::with_invite))
        .routes(routes!(waiting::stand, waiting::leave))
        .routes(routes!(auth::with_host_link))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::me))
        .routes(routes!(sessions::targets))
        .routes(routes!(sessions::target))
        .routes(routes!(sessions::list, sessions::start))
        .routes(routes!(sessions::one, recordings::delete))
        .routes(routes!(sessions::end))
        .routes(routes!(invites::list, invites::create))
        .routes(routes!(invites::revoke))
        .routes(routes!(recordings::stops))
        .routes(routes!(recordings::moment))
        .routes(routes!(recordings::events))
        .routes(routes!(recordings::output))
        .routes(routes!(recordings::source))
        .route("/api/sessions/{id}/live", get(live::upgrade))
        .route("/api/sessions/{id}/docs/{doc}", get(docs::upgrade))
        .split_for_parts();
    let description = Arc::new(description);
    let csp = assets::content_security_policy(&app.config);
    api.route(
        "/api/openapi.json",
        get(move || {
            let description = Arc::clone(&description);
            async move { axum::Json(description.as_ref().clone()) }
        }),
    )
    .route("/api/{*rest}", axum::routing::any(error::no_such_route))
    .fallback(assets::serve)
    // Files of the client and source texts say their own: the rest is somebody's, and of the moment.
    .layer(SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    ))
    .layer(DefaultBodyLimit::max(BODY))
    .layer(middleware::from_fn_with_state(app.clone(), guard::check))
    .layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, csp))
    .layer(SetResponseHeaderLayer::if_not_present(
        header::X_CONTENT_TYPE_OPTIONS,
        header::HeaderValue::from_static("nosniff"),
    ))
    .layer(SetResponseHeaderLayer::if_not_present(
        header::REFERRER_POLICY,
        header::HeaderValue::from_static("no-referrer"),
    ))
    .with_state(app)
}
