//! What we ask Home Assistant, over its WebSocket API: is this token good, and whose is it.
//!
//! In: a token. Out: the user and the open, authenticated socket, or *refused*, or *unreachable*.
//! Invariant: "refused" is said only if Home Assistant itself said `auth_invalid`; silence, garbage, a proxy's error
//! page and a ban are all "unreachable", which throws nobody out.
//! Source: <https://developers.home-assistant.io/docs/api/websocket>, and measured on 2024.3.3.

use crate::identity::lock;
use crate::token::Token;
use crate::{HomeAssistantConfig, IdentityError};
use breakroom_protocol::ids::ParticipantId;
use breakroom_protocol::model::Role;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

/// Home Assistant user ids are random 128-bit numbers of their own, so the id stays when the address changes.
const USERS: Uuid = Uuid::from_u128(0x6b1e_59f2_8c0d_4b7e_9a53_f0c1_72d4_e8a6);
/// The answers read here have a few hundred bytes.
const LARGEST_MESSAGE: usize = 256 * 1024;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// An authenticated connection that nobody speaks on any more: its end says that something happened.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Home Assistant accepted a token.
pub(crate) struct Vouched {
    pub(crate) user: User,
    pub(crate) socket: Socket,
}

/// As `auth/current_user` gives it, in part.
#[derive(Debug, Deserialize)]
pub(crate) struct User {
    id: String,
    name: Option<String>,
    is_owner: bool,
    is_admin: bool,
}

#[derive(Debug)]
pub(crate) enum NotVouched {
    /// Home Assistant said `auth_invalid`.
    Refused,
    /// Anything else, as a predicate of "Home Assistant at URL …".
    Unreachable(String),
}

/// What Home Assistant said to a token.
enum Heard {
    Yes(Vouched),
    /// `auth_invalid`, on this socket.
    No(Socket),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "type")]
    kind: String,
    success: Option<bool>,
    result: Option<User>,
}

pub(crate) struct HomeAssistant {
    pub(crate) config: HomeAssistantConfig,
    socket_url: String,
    is_tls: bool,
    tls: OnceLock<Connector>,
    /// When it was last asked, and whether it answered.
    seen: Mutex<Option<(Instant, bool)>>,
    refusals_in_a_row: AtomicU32,
}

impl HomeAssistant {
    pub(crate) fn new(mut config: HomeAssistantConfig) -> Result<Self, IdentityError> {
        let bad = || IdentityError::Url { url: config.url.clone() };
        let uri: Uri = config.url.trim().parse().map_err(|_| bad())?;
        let scheme = match uri.scheme_str() {
            Some("http") => "ws",
            Some("https") => "wss",
            _ => return Err(bad()),
        };
        let authority =
            uri.authority().filter(|a| !a.as_str().contains('@') && !a.host().is_empty()).ok_or_else(bad)?;
        if uri.query().is_some() {
            return Err(bad());
        }
        let path = uri.path().trim_end_matches('/');
        let socket_url = format!("{scheme}://{authority}{path}/api/websocket");
        config.url = config.url.trim().trim_end_matches('/').to_owned();
        Ok(Self {
            config,
            socket_url,
            is_tls: scheme == "wss",
            tls: OnceLock::new(),
            seen: Mutex::new(None),
            refusals_in_a_row: AtomicU32::new(0),
        })
    }

    /// Whether it answered when it was last asked.
    pub(crate) fn reachable(&self) -> Option<bool> {
        lock(&self.seen).map(|(_, answered)| answered)
    }

    /// How long ago it was asked anything.
    pub(crate) fn last_asked(&self) -> Option<Duration> {
        lock(&self.seen).map(|(at, _)| at.elapsed())
    }

    /// Whether one more refusal might get this server banned there.
    pub(crate) fn is_wary(&self) -> bool {
        let limit = self.config.refusals_in_a_row;
        limit.is_some_and(|limit| self.refusals_in_a_row.load(Ordering::Relaxed) >= limit)
    }

    pub(crate) fn unreachable(&self, problem: String) -> IdentityError {
        IdentityError::HomeAssistantUnreachable { url: self.config.url.clone(), problem }
    }

    /// Asks whose token this is, on a fresh connection, within `answer_timeout`.
    pub(crate) async fn ask(&self, token: &Token) -> Result<Vouched, NotVouched> {
        match self.in_time(self.converse(token)).await? {
            Heard::Yes(vouched) => {
                // Home Assistant resets its count of failed logins too.
                self.refusals_in_a_row.store(0, Ordering::Relaxed);
                Ok(vouched)
            }
            Heard::No(mut socket) => {
                self.refusals_in_a_row.fetch_add(1, Ordering::Relaxed);
                // It looks up who we are, counts the failed login, and closes. Hanging up sooner would cancel that,
                // now and then: its count is to be right, and before the good login that is to reset it.
                let _counted = tokio::time::timeout(GOODBYE, socket.ended()).await;
                Err(NotVouched::Refused)
            }
        }
    }

    /// Learns whether it answers at all, without a token: no failed login, no log line there.
    pub(crate) async fn probe(&self) {
        let greeting = async {
            let mut socket = self.connect().await?;
            expect(&mut socket, "auth_required").await?;
            socket.close().await;
            Ok(())
        };
        // What it says is in `seen`, and in the debug log.
        let _answer = self.in_time(greeting).await;
    }

    async fn in_time<T>(&self, talk: impl Future<Output = Result<T, NotVouched>>) -> Result<T, NotVouched> {
        let limit = self.config.answer_timeout;
        let answer = tokio::time::timeout(limit, talk).await.unwrap_or_else(|_| {
            Err(NotVouched::Unreachable(format!(
                "did not answer within {} s: it may be paused",
                limit.as_secs_f32()
            )))
        });
        let unreachable = match &answer {
            Err(NotVouched::Unreachable(problem)) => Some(problem),
            _ => None,
        };
        let before = lock(&self.seen).replace((Instant::now(), unreachable.is_none()));
        if before.is_none_or(|(_, answered)| answered != unreachable.is_none()) {
            match unreachable {
                Some(problem) => {
                    tracing::warn!(url = self.config.url, problem, "Home Assistant is unreachable")
                }
                None => tracing::info!(url = self.config.url, "Home Assistant answers"),
            }
        }
        answer
    }

    async fn converse(&self, token: &Token) -> Result<Heard, NotVouched> {
        let mut socket = self.connect().await?;
        expect(&mut socket, "auth_required").await?;
        send(&mut socket, &json!({"type": "auth", "access_token": token.expose()})).await?;
        let auth = receive(&mut socket).await?;
        match auth.kind.as_str() {
            "auth_ok" => {}
            "auth_invalid" => return Ok(Heard::No(socket)),
            _ => return Err(strange()),
        }
        send(&mut socket, &json!({"id": 1, "type": "auth/current_user"})).await?;
        match expect(&mut socket, "result").await? {
            Answer { success: Some(true), result: Some(user), .. } => {
                Ok(Heard::Yes(Vouched { user, socket }))
            }
            _ => Err(strange()),
        }
    }

    async fn connect(&self) -> Result<Socket, NotVouched> {
        let config = WebSocketConfig::default()
            .read_buffer_size(4 * 1024)
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE));
        let tls = self.connector()?;
        let connecting =
            tokio_tungstenite::connect_async_tls_with_config(&self.socket_url, Some(config), true, tls);
        match connecting.await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(WsError::Http(response)) if response.status().as_u16() == 403 => {
                Err(NotVouched::Unreachable(
                    "refuses this server's address (403): remove it from ip_bans.yaml there and restart it"
                        .to_owned(),
                ))
            }
            Err(WsError::Http(response)) => Err(NotVouched::Unreachable(format!(
                "answers {} where its WebSocket should be: check the address",
                response.status()
            ))),
            Err(error) => Err(NotVouched::Unreachable(
                certificate_problem(&error).unwrap_or_else(|| format!("can't be reached ({error})")),
            )),
        }
    }

    /// TLS with the system's certificates and a provider named here: the process-wide default panics as soon as
    /// another crate brings a second one.
    fn connector(&self) -> Result<Option<Connector>, NotVouched> {
        if !self.is_tls {
            return Ok(Some(Connector::Plain));
        }
        if let Some(connector) = self.tls.get() {
            return Ok(Some(connector.clone()));
        }
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| NotVouched::Unreachable(format!("can't be reached over TLS ({error})")))?
                .with_root_certificates(roots)
                .with_no_client_auth();
        Ok(Some(self.tls.get_or_init(|| Connector::Rustls(Arc::new(config))).clone()))
    }
}

impl User {
    /// The same for this user in every session and after every sign-in.
    pub(crate) fn participant(&self) -> ParticipantId {
        ParticipantId(Uuid::new_v5(&USERS, self.id.as_bytes()))
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn role(&self) -> Role {
        if self.is_owner || self.is_admin { Role::Host } else { Role::Collaborator }
    }
}

impl Socket {
    /// Returns when the connection has ended. Cancel-safe; answers pings meanwhile.
    pub(crate) async fn ended(&mut self) {
        while let Some(Ok(message)) = self.0.next().await {
            if message.is_close() {
                return;
            }
        }
    }

    /// Says goodbye, if that is quick.
    pub(crate) async fn close(mut self) {
        // Whether it was heard makes no difference.
        let _heard = tokio::time::timeout(GOODBYE, self.0.close(None)).await;
    }
}

/// If a connection failed because of the other side's certificate: what is wrong with it, as a predicate of that side,
/// and what to do.
#[must_use]
pub fn certificate_problem(error: &WsError) -> Option<String> {
    let WsError::Io(error) = error else { return None };
    let Some(rustls::Error::InvalidCertificate(why)) = error.get_ref()?.downcast_ref() else { return None };
    use rustls::CertificateError as Why;
    Some(match why {
        // A signature is bad, too, if a trusted authority has the same name.
        Why::UnknownIssuer | Why::BadSignature => {
            "shows a certificate of an authority that this server does not trust: start Breakroom with \
            SSL_CERT_FILE naming a file that has the authority's certificate"
                .to_owned()
        }
        Why::NotValidForName | Why::NotValidForNameContext { .. } => {
            format!("shows a certificate for another address: use one that it is for ({why})")
        }
        Why::Expired | Why::ExpiredContext { .. } => {
            format!("shows a certificate that has expired: renew it there ({why})")
        }
        _ => format!("shows a certificate that can't be accepted ({why})"),
    })
}

async fn send(socket: &mut Socket, message: &serde_json::Value) -> Result<(), NotVouched> {
    socket.0.send(Message::text(message.to_string())).await.map_err(|error| lost(&error))
}

async fn expect(socket: &mut Socket, kind: &str) -> Result<Answer, NotVouched> {
    let answer = receive(socket).await?;
    if answer.kind == kind { Ok(answer) } else { Err(strange()) }
}

async fn receive(socket: &mut Socket) -> Result<Answer, NotVouched> {
    loop {
        match socket.0.next().await {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).map_err(|_| strange()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Err(error)) => return Err(lost(&error)),
            Some(Ok(_)) | None => return Err(NotVouched::Unreachable("closed the connection".to_owned())),
        }
    }
}

fn lost(error: &WsError) -> NotVouched {
    NotVouched::Unreachable(format!("closed the connection ({error})"))
}

fn strange() -> NotVouched {
    NotVouched::Unreachable("answers, but not as Home Assistant does: check the address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_socket_addresses() {
        let url = |url: &str| HomeAssistant::new(HomeAssistantConfig::new(url)).map(|ha| ha.socket_url);
        assert_eq!(url("http://ha.local:8123/").unwrap(), "ws://ha.local:8123/api/websocket");
        assert_eq!(url(" https://example.org/ha/ ").unwrap(), "wss://example.org/ha/api/websocket");
        assert_eq!(url("http://[::1]:8123").unwrap(), "ws://[::1]:8123/api/websocket");
        for bad in
            ["", "ha.local", "ha.local:8123", "ws://ha", "http://me:pw@ha", "http://ha/?a=1", "file:///etc"]
        {
            assert!(matches!(url(bad), Err(IdentityError::Url { .. })), "{bad}");
        }
    }
}
