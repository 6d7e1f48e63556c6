//! Whose request is it? Refuses foreign `Host`s (DNS rebinding) and foreign `Origin`s (other sites' scripts).
//!
//! Invariant: nothing that changes state, and no socket, is reached from another site's page.

use super::App;
use super::error::ApiError;
use crate::config::Config;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use breakroom_protocol::ErrorCode;
use std::net::IpAddr;

/// The middleware.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .authority()
        .map(ToString::to_string)
        .or_else(|| header_text(request.headers(), header::HOST));
    let Some(host) = host else {
        return ApiError::new(ErrorCode::ForeignHost, "The request has no Host header.").into_response();
    };
    if !serves(&app.config, &host) {
        let message = format!(
            "This server isn't called `{}`: open it by its address, or add the name to allowed_hosts in its configuration.",
            name_of(&host)
        );
        return ApiError::new(ErrorCode::ForeignHost, message).into_response();
    }
    let upgrade = request.headers().contains_key(header::UPGRADE);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if (upgrade || !reads) && !own_origin(&app.config, &host, request.headers()) {
        let message =
            "This page belongs to another site, which may not act here: open Breakroom's own address.";
        return ApiError::new(ErrorCode::ForeignOrigin, message).into_response();
    }
    next.run(request).await
}

/// The address that the caller uses, for links: its origin if it says one, else its `Host`.
pub fn base_url(config: &Config, headers: &HeaderMap) -> String {
    if let Some(url) = &config.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    if let Some(origin) = header_text(headers, header::ORIGIN).filter(|origin| origin.starts_with("http")) {
        return origin;
    }
    let host = header_text(headers, header::HOST).unwrap_or_else(|| config.listen.to_string());
    format!("http://{host}")
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// A name that resolves to us only by the attacker's DNS is refused; an IP address can't be rebound.
fn serves(config: &Config, host: &str) -> bool {
    let name = name_of(host);
    let public = config.public_url.as_deref().map(|url| name_of(authority_of(url)));
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok()
        || public.is_some_and(|public| public.eq_ignore_ascii_case(name))
        || config.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// No `Origin`: no browser, or a same-origin read. Else it must be the very host that is asked, or the public one.
fn own_origin(config: &Config, host: &str, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = if scheme == "https" { 443 } else { 80 };
    let same = |other: &str| with_port(authority, port).eq_ignore_ascii_case(&with_port(other, port));
    matches!(scheme, "http" | "https")
        && (same(host) || config.public_url.as_deref().is_some_and(|url| same(authority_of(url))))
}

fn authority_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn with_port(authority: &str, port: u16) -> String {
    if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    }
}

/// `[::1]:8127` → `::1`, `localhost:8127` → `localhost`.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn config() -> Config {
        Config {
            public_url: Some("https://debug.example/".into()),
            allowed_hosts: vec!["breakroom.local".into()],
            ..Config::default()
        }
    }

    #[test]
    fn only_names_of_ours_are_served() {
        for host in [
            "localhost:8127",
            "127.0.0.1:8127",
            "[::1]:8127",
            "192.168.1.5",
            "breakroom.local",
            "DEBUG.example",
        ] {
            assert!(serves(&config(), host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8127", "127.0.0.1.nip.example", ""] {
            assert!(!serves(&config(), host), "{host}");
        }
    }

    #[test]
    fn only_pages_of_ours_may_act() {
        let with = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            own_origin(&config(), "localhost:8127", &headers)
        };
        assert!(own_origin(&config(), "localhost:8127", &HeaderMap::new()));
        assert!(with("http://localhost:8127"));
        assert!(with("https://debug.example"));
        for origin in
            ["http://localhost:8128", "http://evil.example", "null", "file://", "https://debug.example.evil"]
        {
            assert!(!with(origin), "{origin}");
        }
    }
}
