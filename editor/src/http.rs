//! The few HTTP requests that joining takes, each on a connection of its own.
//!
//! Why not a full client: three requests, and the sockets bring their own TLS. Answers are limited in time and size.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long a request may take in all.
const WITHIN: Duration = Duration::from_secs(15);
/// Largest answer: a source text.
const MOST: usize = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address isn't understood.
    #[error("`{0}` is no address of a server")]
    Address(String),
    /// TCP or TLS failed.
    #[error("cannot reach {0}")]
    Connect(String, #[source] std::io::Error),
    /// It isn't HTTP, or broke.
    #[error("the server's answer can't be read: {0}")]
    Broken(String),
    /// It took too long.
    #[error("the server does not answer within {} s", WITHIN.as_secs())]
    Slow,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub enum Caller<'a> {
    /// Nobody yet.
    Stranger,
    /// The holder of this ticket.
    Holder(&'a str),
    /// Who waits to be let in, by this cookie.
    Waiting(&'a str),
}

/// One request; `body` is JSON.
pub async fn ask(
    method: Method,
    base: &str,
    path: &str,
    caller: Caller<'_>,
    body: Option<String>,
) -> Result<Answer, HttpError> {
    let asking = async {
        let (scheme, rest) = base.split_once("://").ok_or_else(|| HttpError::Address(base.to_owned()))?;
        let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut request =
            Request::builder().method(method).uri(format!("{prefix}{path}")).header(HOST, authority);
        match caller {
            Caller::Stranger => {}
            Caller::Holder(ticket) => request = request.header(AUTHORIZATION, format!("Bearer {ticket}")),
            Caller::Waiting(cookie) => request = request.header(COOKIE, cookie),
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|_| HttpError::Address(base.to_owned()))?;
        let failed = |error| HttpError::Connect(authority.to_owned(), error);
        let secure = scheme == "https";
        let port = if secure { 443 } else { 80 };
        let stream = connect(authority, port).await.map_err(failed)?;
        if secure {
            send(tls(authority, stream).await.map_err(failed)?, request).await
        } else {
            send(stream, request).await
        }
    };
    tokio::time::timeout(WITHIN, asking).await.unwrap_or(Err(HttpError::Slow))
}

async fn connect(authority: &str, port: u16) -> std::io::Result<TcpStream> {
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let stream = if has_port {
        TcpStream::connect(authority).await?
    } else {
        TcpStream::connect((authority.trim_matches(['[', ']']), port)).await?
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn tls(
    authority: &str,
    stream: TcpStream,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name).to_owned();
    let name = rustls::pki_types::ServerName::try_from(name).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| HttpError::Broken(error.to_string());
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let carrying = tokio::spawn(connection);
    let answer = async {
        let (parts, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        let body = Limited::new(body, MOST)
            .collect()
            .await
            .map_err(|error| HttpError::Broken(error.to_string()))?
            .to_bytes();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
    .await;
    carrying.abort();
    answer
}
