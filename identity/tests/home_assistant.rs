//! Signing in with, and being watched by, a real Home Assistant.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

mod common;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use breakroom_identity::{HomeAssistantConfig, Identity, IdentityConfig, RevokedWhy};
use breakroom_protocol::error::ErrorCode;
use breakroom_protocol::model::{ParticipantKind, Role};
use breakroom_test_support::home_assistant::HomeAssistant;
use common::{Expect, House, LOCAL, end_of, until};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};

const SECOND: Duration = Duration::from_secs(1);
/// Long enough never to come up within a test.
const NEVER: Duration = Duration::from_secs(3600);

async fn identity(house: &House, url: &str, recheck_every: Duration) -> Identity {
    with(house, HomeAssistantConfig { recheck_every, ..HomeAssistantConfig::new(url) }).await
}

async fn with(house: &House, home_assistant: HomeAssistantConfig) -> Identity {
    let identity =
        house.identity_with(IdentityConfig { home_assistant: Some(home_assistant), ..house.config() }).await;
    // The first probe is over, so that what is counted afterwards is the test's own.
    until(async || identity.home_assistant_reachable().is_some()).await;
    identity
}

/// Counts the connections that reach Home Assistant.
struct Counter {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Counter {
    async fn before(home_assistant: &HomeAssistant) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connections, target) = (Arc::new(AtomicUsize::new(0)), home_assistant.address().to_owned());
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let target = target.clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(target).await.unwrap();
                    let _ended = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { url, connections }
    }

    fn get(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A well-formed token that Home Assistant did not make.
fn made_up_token(expires_at: u64) -> String {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let claims = part(format!(r#"{{"iss":"{:032x}","iat":1,"exp":{expires_at}}}"#, rand::random::<u128>()));
    format!("{}.{claims}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#.to_owned()), part("x".repeat(32)))
}

#[tokio::test]
async fn home_assistant_vouches_once_and_is_not_asked_in_vain() {
    let home_assistant = HomeAssistant::start().await;
    let counter = Counter::before(&home_assistant).await;
    let house = House::new().await;
    let identity = identity(&house, &counter.url, NEVER).await;
    assert_eq!(identity.home_assistant_reachable(), Some(true));

    let owner = identity.sign_in_with_token(LOCAL, home_assistant.owner_token()).await.unwrap();
    assert_eq!((owner.me.participant.name.as_str(), owner.me.participant.role), ("Owner", Role::Host));
    let pasted = format!("  {}\n", home_assistant.user_token());
    let bob = identity.sign_in_with_token(LOCAL, &pasted).await.unwrap();
    assert_eq!((bob.me.participant.name.as_str(), bob.me.participant.role), ("bob", Role::Collaborator));
    assert_eq!((bob.me.participant.kind, bob.me.session), (ParticipantKind::HomeAssistant, None));
    assert!(bob.me.participant.may_write_notes);
    identity.check(&bob.ticket).await.unwrap();

    let again = identity.sign_in_with_token(LOCAL, home_assistant.user_token()).await.unwrap();
    assert_eq!(again.me.participant.id, bob.me.participant.id, "the same person");
    assert_ne!(again.id, bob.id);
    let admin = home_assistant.create_user("Ada", true).await;
    let ada = identity.sign_in_with_token(LOCAL, &admin.token).await.unwrap();
    assert_eq!(ada.me.participant.role, Role::Host);

    // What can be judged here never reaches Home Assistant.
    until_quiet(&counter).await;
    let asked = counter.get();
    let cut = &home_assistant.owner_token()[..100];
    for bad in ["", "hello", "a.b.c", cut, "eyJhbGciOiJIUzI1NiJ9.e30.", &"x".repeat(10_000)] {
        identity.sign_in_with_token(LOCAL, bad).await.refused(ErrorCode::TokenMalformed);
    }
    identity.sign_in_with_token(LOCAL, &made_up_token(1_000_000)).await.refused(ErrorCode::TokenExpired);
    assert_eq!(counter.get(), asked);

    // What can't is asked once; the good login of somebody inside that follows clears the failed one there.
    let wrong = made_up_token(4_000_000_000);
    identity.sign_in_with_token(LOCAL, &wrong).await.refused(ErrorCode::TokenRefused);
    until(async || counter.get() == asked + 2).await;
    for _ in 0..3 {
        identity.sign_in_with_token(LOCAL, &wrong).await.refused(ErrorCode::TokenRefused);
    }
    assert_eq!(counter.get(), asked + 2);
    failed_logins(&home_assistant, 1).await;

    // Twenty at once with one wrong token are one question.
    let wrong = made_up_token(4_000_000_001);
    let tries: Vec<_> = (0..20_u8)
        .map(|n| {
            let (identity, wrong) = (identity.clone(), wrong.clone());
            tokio::spawn(async move { identity.sign_in_with_token([10, 0, 0, n].into(), &wrong).await })
        })
        .collect();
    for attempt in tries {
        attempt.await.unwrap().refused(ErrorCode::TokenRefused);
    }
    failed_logins(&home_assistant, 2).await;

    // Nobody guesses on.
    for _ in 0..40 {
        let _refused = identity.sign_in_with_token(LOCAL, "guess").await.unwrap_err();
    }
    identity.sign_in_with_token(LOCAL, "guess").await.refused(ErrorCode::TooManyAttempts);
    for guest in [&owner, &bob, &ada] {
        identity.check(&guest.ticket).await.unwrap();
    }

    identity.shutdown().await;
    identity.check(&owner.ticket).await.unwrap();
    house.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    for token in [home_assistant.owner_token(), home_assistant.user_token()] {
        assert!(!house.database_text().contains(token), "tokens are never written");
    }
    let log = home_assistant.log();
    let known = |line: &str| line.contains("invalid authentication") || line.contains("Login attempt");
    let complaints: Vec<_> =
        log.lines().filter(|line| line.contains("websocket_api") && !known(line)).collect();
    assert!(complaints.is_empty(), "Home Assistant complains about our connections: {complaints:#?}\n{log}");
}

#[tokio::test]
async fn tickets_end_when_home_assistant_no_longer_vouches() {
    let home_assistant = HomeAssistant::start().await;
    let house = House::new().await;
    // Deleted tokens are noticed by the socket alone: no recheck comes up.
    let listening = identity(&house, home_assistant.url(), NEVER).await;
    let token = home_assistant.make_token(home_assistant.user_token(), "laptop").await;
    let laptop = listening.sign_in_with_token(LOCAL, &token).await.unwrap();
    let tab = listening.sign_in_with_token(LOCAL, &token).await.unwrap();
    let phone = listening.sign_in_with_token(LOCAL, home_assistant.user_token()).await.unwrap();
    let mut revocations = listening.revocations();
    home_assistant.delete_token(&token).await;
    let deleted = Instant::now();
    let mut ended = [end_of(&mut revocations).await, end_of(&mut revocations).await];
    let took = deleted.elapsed();
    assert!(took < SECOND * 5, "{took:?}");
    println!("a deleted token's tickets ended after {took:?}");
    ended.sort_by_key(|revoked| revoked.ticket);
    assert_eq!(ended.map(|revoked| revoked.ticket), [laptop.id, tab.id]);
    assert_eq!(ended[0].why, RevokedWhy::HomeAssistant);
    listening.check(&laptop.ticket).await.refused(ErrorCode::TicketRevoked);
    listening.check(&phone.ticket).await.unwrap();
    listening.sign_in_with_token(LOCAL, &token).await.refused(ErrorCode::TokenRefused);
    listening.shutdown().await;

    // Removed users need the recheck here: 2024.3 leaves their sockets open.
    let house = House::new().await;
    let checking = identity(&house, home_assistant.url(), SECOND).await;
    let mut revocations = checking.revocations();
    let bob = checking.sign_in_with_token(LOCAL, home_assistant.user_token()).await.unwrap();
    for (name, change) in [("Ada", 0), ("Bea", 1), ("Cleo", 2)] {
        let user = home_assistant.create_user(name, true).await;
        let inside = checking.sign_in_with_token(LOCAL, &user.token).await.unwrap();
        match change {
            0 => home_assistant.set_active(&user.id, false).await,
            1 => home_assistant.delete_user(&user.id).await,
            _ => home_assistant.set_admin(&user.id, false).await,
        }
        let ended = end_of(&mut revocations).await;
        assert_eq!((ended.ticket, ended.why), (inside.id, RevokedWhy::HomeAssistant), "{name}");
        checking.check(&inside.ticket).await.refused(ErrorCode::TicketRevoked);
        let back = checking.sign_in_with_token(LOCAL, &user.token).await;
        match change {
            2 => {
                assert_eq!(back.unwrap().me.participant.role, Role::Collaborator, "demoted, and back as that")
            }
            _ => drop(back.refused(ErrorCode::TokenRefused)),
        }
    }
    checking.check(&bob.ticket).await.unwrap();

    // Three refused tokens (the laptop's, Ada's, Bea's): each was presented once and never again.
    failed_logins(&home_assistant, 3).await;
    checking.shutdown().await;
}

#[tokio::test]
async fn a_paused_restarted_or_missing_home_assistant_throws_nobody_out() {
    let mut home_assistant = HomeAssistant::start().await;
    let house = House::new().await;
    let config = HomeAssistantConfig {
        answer_timeout: SECOND * 5,
        recheck_every: Duration::from_millis(300),
        ..HomeAssistantConfig::new(home_assistant.url())
    };
    let identity = with(&house, config).await;
    let mut revocations = identity.revocations();
    let owner = identity.sign_in_with_token(LOCAL, home_assistant.owner_token()).await.unwrap();

    home_assistant.pause();
    until(async || identity.home_assistant_reachable() == Some(false)).await;
    let asked = Instant::now();
    let refused = identity.sign_in_with_token(LOCAL, home_assistant.user_token()).await;
    let refused = refused.refused(ErrorCode::HomeAssistantUnreachable);
    assert!(refused.message.contains("may be paused"), "{}", refused.message);
    assert!(asked.elapsed() < SECOND * 15, "{:?}", asked.elapsed());
    identity.check(&owner.ticket).await.unwrap();
    home_assistant.resume();
    until(async || identity.home_assistant_reachable() == Some(true)).await;
    identity.sign_in_with_token(LOCAL, home_assistant.user_token()).await.unwrap();

    home_assistant.stop().await;
    until(async || identity.home_assistant_reachable() == Some(false)).await;
    let refused = identity.sign_in_with_token(LOCAL, home_assistant.user_token()).await;
    refused.refused(ErrorCode::HomeAssistantUnreachable);
    identity.check(&owner.ticket).await.unwrap();
    home_assistant.start_again().await;
    until(async || identity.home_assistant_reachable() == Some(true)).await;
    identity.check(&owner.ticket).await.unwrap();
    assert!(revocations.is_empty());

    // And the watch is back: the restarted one's word counts.
    let token = home_assistant.make_token(home_assistant.user_token(), "phone").await;
    let phone = identity.sign_in_with_token(LOCAL, &token).await.unwrap();
    home_assistant.delete_token(&token).await;
    assert_eq!(end_of(&mut revocations).await.ticket, phone.id);
    identity.check(&owner.ticket).await.unwrap();
    failed_logins(&home_assistant, 1).await;
    identity.shutdown().await;
}

#[tokio::test]
async fn a_wary_server_is_not_banned() {
    let bans = HomeAssistant::builder()
        .http_option("ip_ban_enabled: true")
        .http_option("login_attempts_threshold: 5");
    let home_assistant = bans.start().await;
    let house = House::new().await;
    let config = HomeAssistantConfig {
        recheck_every: NEVER,
        refusals_in_a_row: Some(2),
        ..HomeAssistantConfig::new(home_assistant.url())
    };
    let identity = with(&house, config).await;
    for _ in 0..2 {
        let wrong = made_up_token(4_000_000_000);
        identity.sign_in_with_token(LOCAL, &wrong).await.refused(ErrorCode::TokenRefused);
    }
    for token in [&made_up_token(4_000_000_000), home_assistant.owner_token()] {
        identity.sign_in_with_token(LOCAL, token).await.refused(ErrorCode::TooManyAttempts);
    }
    // With somebody inside, their good logins make up for others' failed ones.
    let identity = house.identity_with(IdentityConfig {
        home_assistant: Some(HomeAssistantConfig {
            recheck_every: NEVER,
            ..HomeAssistantConfig::new(home_assistant.url())
        }),
        ..house.config()
    });
    let identity = identity.await;
    let owner = identity.sign_in_with_token(LOCAL, home_assistant.owner_token()).await.unwrap();
    for failed in 3..=10 {
        let wrong = made_up_token(4_000_000_000);
        identity.sign_in_with_token(LOCAL, &wrong).await.refused(ErrorCode::TokenRefused);
        failed_logins(&home_assistant, failed).await;
    }
    identity.sign_in_with_token(LOCAL, home_assistant.user_token()).await.unwrap();
    identity.check(&owner.ticket).await.unwrap();
}

#[tokio::test]
async fn what_is_no_home_assistant_is_unreachable() {
    let house = House::new().await;
    let token = made_up_token(4_000_000_000);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let _written = client.writable().await;
            let _sent = client.try_write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        }
    });
    for url in [format!("http://{address}"), format!("https://{address}"), "http://127.0.0.1:1".to_owned()] {
        let identity = identity(&house, &url, NEVER).await;
        assert_eq!(identity.home_assistant_reachable(), Some(false));
        identity.sign_in_with_token(LOCAL, &token).await.refused(ErrorCode::HomeAssistantUnreachable);
        identity.shutdown().await;
    }
}

/// Waits until Home Assistant has counted so many failed logins, and holds that it counted no more.
async fn failed_logins(home_assistant: &HomeAssistant, expected: usize) {
    let count = || home_assistant.log().matches("invalid authentication").count();
    until(async || count() >= expected).await;
    assert_eq!(count(), expected, "{}", home_assistant.log());
}

/// Waits until the sockets that a sign-in replaced are replaced.
async fn until_quiet(counter: &Counter) {
    let mut before = (counter.get(), Instant::now());
    until(async || {
        if counter.get() != before.0 {
            before = (counter.get(), Instant::now());
        }
        before.1.elapsed() > Duration::from_millis(500)
    })
    .await;
}
