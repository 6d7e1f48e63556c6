//! What a real Home Assistant can't be made to do on demand: tokens that expire while in use, half a conversation.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

mod common;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use breakroom_identity::{HomeAssistantConfig, Identity, IdentityConfig};
use breakroom_protocol::error::ErrorCode;
use common::{Expect, House, LOCAL, until};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

const USER: &str = r#"{"id":1,"type":"result","success":true,
    "result":{"id":"0123","name":"Ada","is_owner":false,"is_admin":false,"credentials":[],"mfa_modules":[]}}"#;

/// Says `lines[n]` to the n-th message of a client (the greeting to none), then keeps quiet until `hang_up`.
struct Script {
    url: String,
    auths: Arc<AtomicUsize>,
    hang_up: watch::Sender<u32>,
}

impl Script {
    async fn start(lines: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (auths, hang_up) = (Arc::new(AtomicUsize::new(0)), watch::Sender::new(0));
        let (count, hangs_up) = (Arc::clone(&auths), hang_up.clone());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (count, mut hangs_up) = (Arc::clone(&count), hangs_up.subscribe());
                tokio::spawn(async move {
                    let mut socket = tokio_tungstenite::accept_async(client).await.unwrap();
                    let talk = async {
                        for (n, line) in lines.iter().enumerate() {
                            if n > 0 && !matches!(socket.next().await, Some(Ok(Message::Text(_)))) {
                                return;
                            }
                            if n == 1 {
                                count.fetch_add(1, Ordering::SeqCst);
                            }
                            socket.send(Message::text(*line)).await.unwrap();
                        }
                        while let Some(Ok(_)) = socket.next().await {}
                    };
                    tokio::select! {
                        () = talk => {}
                        changed = hangs_up.changed() => drop(changed),
                    }
                });
            }
        });
        Self { url, auths, hang_up }
    }

    fn auths(&self) -> usize {
        self.auths.load(Ordering::SeqCst)
    }

    async fn identity(&self, house: &House, recheck_every: Duration) -> Identity {
        let answer_timeout = Duration::from_millis(500);
        let home_assistant =
            HomeAssistantConfig { recheck_every, answer_timeout, ..HomeAssistantConfig::new(&self.url) };
        house.identity_with(IdentityConfig { home_assistant: Some(home_assistant), ..house.config() }).await
    }
}

fn in_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap()
}

fn token(expires_at: u64) -> String {
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"iss":"x","exp":{expires_at}}}"#));
    format!("{}.{claims}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#))
}

#[tokio::test]
async fn an_expired_token_is_never_presented_again_and_its_ticket_lives_on() {
    let script = Script::start(&[r#"{"type":"auth_required"}"#, r#"{"type":"auth_ok"}"#, USER]).await;
    let house = House::new().await;
    let identity = script.identity(&house, Duration::from_millis(50)).await;
    let expires_at = in_millis() / 1_000 + 5;
    let ada = identity.sign_in_with_token(LOCAL, &token(expires_at)).await.unwrap();
    until(async || script.auths() > 1).await; // it is rechecked while it is good
    until(async || in_millis() > expires_at * 1_000 + 1_000).await;
    let presented = script.auths();
    identity.sign_in_with_token(LOCAL, &token(expires_at)).await.refused(ErrorCode::TokenExpired);
    // The socket ends and the recheck comes up, and neither makes it ask. (An absence takes a while to see.)
    script.hang_up.send_modify(|times| *times += 1);
    until(async || in_millis() > expires_at * 1_000 + 1_500).await;
    assert_eq!(script.auths(), presented);
    identity.check(&ada.ticket).await.unwrap();
    identity.shutdown().await;
}

#[tokio::test]
async fn half_a_conversation_is_no_refusal() {
    for (lines, says) in [
        (&[][..], "may be paused"),
        (&[r#"{"type":"auth_required"}"#], "may be paused"),
        (&[r#"{"type":"auth_required"}"#, r#"{"type":"auth_ok"}"#], "may be paused"),
        (&["hello"], "not as Home Assistant"),
        (&[r#"{"type":"auth_invalid"}"#], "not as Home Assistant"),
        (&[r#"{"type":"auth_required"}"#, r#"{"type":"later"}"#], "not as Home Assistant"),
        (
            &[
                r#"{"type":"auth_required"}"#,
                r#"{"type":"auth_ok"}"#,
                r#"{"id":1,"type":"result","success":false}"#,
            ],
            "not as",
        ),
    ] {
        let script = Script::start(lines).await;
        let house = House::new().await;
        let identity = script.identity(&house, Duration::from_secs(3600)).await;
        let refused = identity.sign_in_with_token(LOCAL, &token(4_000_000_000)).await;
        let refused = refused.refused(ErrorCode::HomeAssistantUnreachable);
        assert!(refused.message.contains(says), "{lines:?}: {}", refused.message);
        identity.shutdown().await;
    }
}

#[tokio::test]
async fn no_more_tokens_are_watched_than_allowed_and_a_forgotten_one_makes_room() {
    let script = Script::start(&[r#"{"type":"auth_required"}"#, r#"{"type":"auth_ok"}"#, USER]).await;
    let house = House::new().await;
    let mut config = house.config();
    config.limits.watches = 1;
    config.home_assistant = Some(HomeAssistantConfig::new(&script.url));
    let identity = house.identity_with(config).await;
    let ada = identity.sign_in_with_token(LOCAL, &token(4_000_000_000)).await.unwrap();
    let tab = identity.sign_in_with_token(LOCAL, &token(4_000_000_000)).await.unwrap();
    identity.sign_in_with_token(LOCAL, &token(4_000_000_001)).await.refused(ErrorCode::TooManyAttempts);
    identity.sign_out(ada.id).await.unwrap();
    identity.sign_in_with_token(LOCAL, &token(4_000_000_001)).await.refused(ErrorCode::TooManyAttempts);
    identity.sign_out(tab.id).await.unwrap();
    until(async || identity.sign_in_with_token(LOCAL, &token(4_000_000_001)).await.is_ok()).await;
    identity.shutdown().await;
}
