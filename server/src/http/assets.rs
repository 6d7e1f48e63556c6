//! The web client, embedded in the binary.

use crate::config::Config;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../web-client/dist"]
#[allow_missing = true]
struct Client;

const NOT_BUILT: &str = "The web client isn't built into this binary: run `cargo xtask setup web`, then build the server again.\n";

/// A file of the client; any other path is a page of its own, which the client routes.
pub async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Client::get(path).filter(|_| !path.is_empty()) {
        // Files under assets/ carry their hash in their names.
        let cache =
            if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        return respond(path, file.data.into_owned(), cache);
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Client::get("index.html") {
        Some(index) => respond("index.html", index.data.into_owned(), "no-cache"),
        None => (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response(),
    }
}

fn respond(path: &str, data: Vec<u8>, cache: &'static str) -> Response {
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "map" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, Body::from(data)).into_response()
}

/// Nothing from elsewhere; framed by ourselves and by Home Assistant (its sidebar page) only.
pub fn content_security_policy(config: &Config) -> HeaderValue {
    let frames = config.home_assistant.as_ref().map(|ha| ha.browser_url.as_deref().unwrap_or(&ha.url));
    let frames = frames.map(origin_of).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; \
         base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'self' {frames}"
    );
    HeaderValue::from_str(policy.trim()).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

fn origin_of(url: &str) -> String {
    let mut parts = url.splitn(4, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(scheme), Some(""), Some(authority)) if !authority.contains([' ', ';', ',']) => {
            format!("{scheme}//{authority}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_home_assistant_may_frame_us() {
        assert_eq!(origin_of("http://ha.local:8123/lovelace"), "http://ha.local:8123");
        assert_eq!(origin_of("nonsense; frame-ancestors *"), "");
        let policy = content_security_policy(&Config::default());
        assert!(policy.to_str().unwrap().ends_with("frame-ancestors 'self'"));
    }
}
