//! Ways in and what is refused at each: invites, host links, tickets, foreign hosts and origins, secrets kept secret.

use crate::support::live::{connect, path};
use crate::support::person::ticket_of;
use crate::support::program::TICKING;
use crate::support::{Launch, Person, Server};
use breakroom_identity::{Identity, IdentityConfig};
use breakroom_journal::{Journal, JournalConfig};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, ErrorCode, InviteInfo, LeaveReason, Me, Role};
use breakroom_test_support::debuggee::Debuggee;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Enough attempts not to be in the way of what is tested.
const MANY: &str = "[limits]\nattempts_per_minute = 1000\n";

/// A session on a server that allows many attempts, with its host in it.
async fn session(debuggee: &Debuggee) -> (Server, Person) {
    let config = format!("{MANY}[[targets]]\nname = 'app'\naddress = '{}'\n", debuggee.address());
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: Value = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row["id"].as_str().unwrap().parse().unwrap()).await;
    (server, ada)
}

#[tokio::test]
async fn invites_let_in_whom_they_should_and_nobody_else() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee).await;
    let door = server.stranger();
    let tries = async |secret: &str, name: &str| {
        door.post("/api/auth/invite", json!({"secret": secret, "name": name})).await
    };
    for wrong in ["", "x", &"A".repeat(43), &"x".repeat(10_000), "' OR 1=1 --", "\u{0}"] {
        tries(wrong, "Eve").await.expect_refused(ErrorCode::InviteInvalid);
    }
    let (once, id) = ada.invites(json!({"role": "watcher"})).await;
    for name in ["", "   ", &"x".repeat(41), "a\nb", "a\u{0}b", "\u{202e}ecila"] {
        tries(&once, name).await.expect_refused(ErrorCode::NameInvalid);
    }
    tries(&once[..once.len() - 1], "Eve").await.expect_refused(ErrorCode::InviteInvalid);
    // A refused name cost nothing; two who use the last use at once are one.
    let (one, two) = tokio::join!(tries(&once, "Eve"), tries(&once, "Eva"));
    let (good, refused) = if one.status.is_success() { (one, two) } else { (two, one) };
    let me: Me = good.json();
    assert_eq!((me.participant.role, me.session), (Role::Watcher, Some(ada.session())));
    refused.expect_refused(ErrorCode::InviteUsedUp);
    let listed: Vec<InviteInfo> = ada.get(&ada.in_session("/invites")).await.json();
    assert_eq!((listed[0].id.to_string(), listed[0].used), (id, 1));

    // Expired: as if its time had passed.
    let (expired, id) = ada.invites(json!({"role": "watcher", "expires_in_s": 60})).await;
    let url = format!("sqlite://{}", server.database().display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("UPDATE invites SET expires_at = 1 WHERE id = ?")
        .bind(&id)
        .execute(&mut database)
        .await
        .unwrap();
    tries(&expired, "Eve").await.expect_refused(ErrorCode::InviteExpired);
    let (revoked, id) = ada.invites(json!({"role": "watcher"})).await;
    ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
    tries(&revoked, "Eve").await.expect_refused(ErrorCode::InviteRevoked);

    for (body, code) in [
        (json!({"role": "host"}), ErrorCode::OutOfRange),
        (json!({"role": "king"}), ErrorCode::BadMessage),
        (json!({"role": "watcher", "uses": 0}), ErrorCode::OutOfRange),
        (json!({"role": "watcher", "uses": 1_001}), ErrorCode::OutOfRange),
        (json!({"role": "watcher", "expires_in_s": 59}), ErrorCode::OutOfRange),
        (json!({"role": "watcher", "expires_in_s": 3_000_000}), ErrorCode::OutOfRange),
        (json!({"role": "watcher", "uses": -1}), ErrorCode::BadMessage),
        (json!([]), ErrorCode::BadMessage),
    ] {
        ada.post(&ada.in_session("/invites"), body).await.expect_refused(code);
    }
    let nobodys = breakroom_protocol::InviteId::new();
    ada.delete(&ada.in_session(&format!("/invites/{nobodys}"))).await.expect_refused(ErrorCode::NotFound);
    ada.delete(&ada.in_session("/invites/none")).await.expect_refused(ErrorCode::SessionNotFound);
    door.asks(Method::POST, "/api/auth/invite", Some("{".into())).await.expect_refused(ErrorCode::BadMessage);
    door.asks(Method::POST, "/api/auth/invite", Some("x".repeat(100_000)))
        .await
        .expect_refused(ErrorCode::TooLarge);
}

#[tokio::test]
async fn revoking_an_invite_throws_out_at_once_who_came_by_it() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee).await;
    let (secret, id) = ada.invites(json!({"role": "collaborator", "uses": 2})).await;
    let mut bob = Person::by_invite(&server, &secret, "Bob").await;
    bob.enters(ada.session()).await;
    let notes = bob.opens(DocName::Notes).await;
    let carol = ada.brings_collaborator(&server, "Carol").await;
    ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
    bob.is_out(CloseCode::TicketEnded).await;
    notes.expect_closed(CloseCode::TicketEnded).await;
    bob.get("/api/me").await.expect_refused(ErrorCode::TicketRevoked);
    let (status, _) = connect(&bob.browser, &bob.in_session("/live")).await.unwrap_err();
    assert_eq!(status, 401);
    let why = carol.sees_event("Bob's leaving", |event| match event {
        breakroom_protocol::Event::Left { participant, reason } if *participant == bob.id() => Some(*reason),
        _ => None,
    });
    assert_eq!(why.await, LeaveReason::Removed);
    carol.says("still here").await.done();
}

#[tokio::test]
async fn a_host_link_works_once_and_attempts_are_limited() {
    let server = Server::serve("").await;
    let door = server.stranger();
    let tries =
        async |secret: &str| door.post("/api/auth/host-link", json!({"secret": secret, "name": "Eve"})).await;
    tries("wrong").await.expect_refused(ErrorCode::HostLinkInvalid);
    let host = server.host("Ada").await;
    assert_eq!(host.me.participant.role, Role::Host);
    tries(server.host_secret()).await.expect_refused(ErrorCode::HostLinkInvalid);
    let mut last = None;
    for _ in 0..20 {
        last = Some(tries("wrong").await);
    }
    let sentence = last.unwrap().expect_refused(ErrorCode::TooManyAttempts);
    assert!(sentence.contains(" s."), "it says how long to wait: {sentence}");
    host.get("/api/me").await.is_good();
    door.post("/api/auth/token", json!({"token": "x"}))
        .await
        .expect_refused(ErrorCode::HomeAssistantNotConfigured);
}

#[tokio::test]
async fn tickets_missing_forged_expired_and_signed_out() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee).await;
    let good = ada.browser.ticket.clone().unwrap();
    let try_ticket = async |ticket: &str| server.stranger().with_ticket(ticket).get("/api/me").await;
    try_ticket(&good).await.is_good();
    let bearer = server.stranger().with_header("authorization", &format!("Bearer {good}"));
    bearer.get("/api/me").await.is_good();
    server.stranger().get(&format!("/api/me?ticket={good}")).await.expect_refused(ErrorCode::TicketMissing);

    // Signed by our own key or another, with claims as ours have them.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let key = std::fs::read(server.data().join("ticket.key")).unwrap();
    let signed = |key: &[u8], expires: u64| {
        let id = breakroom_protocol::TicketId::new();
        let claims =
            json!({"iss": "breakroom", "sub": ada.id(), "jti": id, "iat": now - 100, "exp": expires});
        jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(key)).unwrap()
    };
    try_ticket(&signed(&[7; 32], now + 1_000)).await.expect_refused(ErrorCode::TicketInvalid);
    try_ticket(&signed(&key, now - 10)).await.expect_refused(ErrorCode::TicketExpired);
    // Even well signed: one that was never issued is worth nothing.
    let unknown = try_ticket(&signed(&key, now + 1_000)).await;
    assert_eq!(unknown.status, 401, "{}", unknown.text);
    let mut parts: Vec<&str> = good.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    parts[0] = none;
    for forged in
        [parts.join("."), format!("{none}.{}.", parts[1]), "x".into(), "a.b.c".into(), "x".repeat(5_000)]
    {
        try_ticket(&forged).await.expect_refused(ErrorCode::TicketInvalid);
    }

    let bob = ada.brings_collaborator(&server, "Bob").await;
    let (tab, notes) = (bob.second_tab().await, bob.opens(DocName::Notes).await);
    let answer = bob.post("/api/auth/sign-out", json!({})).await;
    assert_eq!(answer.status, 204);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("breakroom_ticket=;") && cookie.contains("Max-Age=0"), "{cookie}");
    bob.is_out(CloseCode::TicketEnded).await;
    tab.is_out(CloseCode::TicketEnded).await;
    notes.expect_closed(CloseCode::TicketEnded).await;
    bob.get("/api/me").await.expect_refused(ErrorCode::TicketRevoked);
    ada.sees_go(bob.id()).await;
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let debuggee = Debuggee::start(TICKING).await;
    let (server, ada) = session(&debuggee).await;
    let own = server.url().to_owned();
    let port = own.rsplit(':').next().unwrap();
    for host in ["evil.example", "localhost.evil.example", "evil.example:80", &format!("evil.example:{port}")]
    {
        let rebound = ada.browser.with_header("host", host);
        rebound.get("/api/me").await.expect_refused(ErrorCode::ForeignHost);
        rebound.get("/").await.expect_refused(ErrorCode::ForeignHost);
        let (status, _) = connect(&rebound, &ada.in_session("/live")).await.unwrap_err();
        assert_eq!(status, 421, "{host}");
    }
    for origin in
        ["http://evil.example", "null", "http://127.0.0.1:1", &format!("http://localhost:{port}"), "file://"]
    {
        let foreign = ada.browser.with_header("origin", origin);
        foreign.post(&ada.in_session("/end"), json!({})).await.expect_refused(ErrorCode::ForeignOrigin);
        foreign.post("/api/auth/sign-out", json!({})).await.expect_refused(ErrorCode::ForeignOrigin);
        foreign.delete(&ada.in_session("")).await.expect_refused(ErrorCode::ForeignOrigin);
        for rest in ["/live", "/docs/notes"] {
            let (status, body) = connect(&foreign, &ada.in_session(rest)).await.unwrap_err();
            assert_eq!(status, 403, "{origin}: {body}");
        }
        let answer = foreign.get("/api/me").await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "nobody else's script reads it");
    }
    let own_page = ada.browser.with_header("origin", &own);
    own_page.post(&ada.in_session("/invites"), json!({"role": "watcher"})).await.is_good();
    connect(&own_page, &ada.in_session("/live")).await.unwrap();
    let localhost = ada.browser.with_header("host", &format!("localhost:{port}"));
    localhost
        .with_header("origin", &format!("http://localhost:{port}"))
        .post("/api/auth/sign-out", json!({}))
        .await
        .is_good();
    ada.is_out(CloseCode::TicketEnded).await;
}

#[tokio::test]
async fn headers_cookie_and_description() {
    let server = Launch::serve("public_url = 'https://debug.example'").start().await;
    let answer = server.stranger().post("/api/auth/host-link", json!({"secret": server.host_secret()})).await;
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age="] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!answer.text.contains(&ticket_of(&answer)), "scripts don't get it");
    let page = server.stranger().get("/").await;
    let policy = page.header("content-security-policy");
    for part in ["default-src 'self'", "frame-ancestors 'self'", "object-src 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");

    let description: Value = server.stranger().get("/api/openapi.json").await.json();
    let paths = description["paths"].as_object().unwrap();
    for (method, path) in [
        ("get", "/api/server"),
        ("post", "/api/auth/token"),
        ("post", "/api/auth/invite"),
        ("post", "/api/auth/waiting"),
        ("delete", "/api/auth/waiting"),
        ("post", "/api/auth/host-link"),
        ("post", "/api/auth/sign-out"),
        ("get", "/api/me"),
        ("get", "/api/targets"),
        ("get", "/api/targets/{name}"),
        ("get", "/api/sessions"),
        ("post", "/api/sessions"),
        ("get", "/api/sessions/{id}"),
        ("delete", "/api/sessions/{id}"),
        ("post", "/api/sessions/{id}/end"),
        ("get", "/api/sessions/{id}/invites"),
        ("post", "/api/sessions/{id}/invites"),
        ("delete", "/api/sessions/{id}/invites/{invite}"),
        ("get", "/api/sessions/{id}/stops"),
        ("get", "/api/sessions/{id}/moment"),
        ("get", "/api/sessions/{id}/events"),
        ("get", "/api/sessions/{id}/output"),
        ("get", "/api/sessions/{id}/sources/{hash}"),
    ] {
        assert!(paths[path][method].is_object(), "{method} {path} is described");
    }
    for (path, queries) in
        [("stops", ["from"].as_slice()), ("events", &["limit"]), ("output", &["before", "limit"])]
    {
        let described = &paths[&format!("/api/sessions/{{id}}/{path}")]["get"]["parameters"];
        let optional: Vec<_> = described
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["in"] == "query" && one["required"] == false)
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(optional, queries, "{path}: {described}");
    }
    let about: Value = server.stranger().get("/api/server").await.json();
    assert_eq!((&about["name"], &about["home_assistant"]), (&json!("breakroom"), &Value::Null));
}

#[tokio::test]
async fn secrets_are_neither_logged_nor_stored() {
    let debuggee = Debuggee::start(TICKING).await;
    let mut server = Launch::share(&debuggee.address()).environment("BREAKROOM_LOG", "trace").start().await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    let (secret, _) = ada.invites(json!({"role": "watcher"})).await;
    let eve = Person::by_invite(&server, &secret, "Eve").await;
    server
        .stranger()
        .with_ticket("not.a.ticket")
        .get("/api/me")
        .await
        .expect_refused(ErrorCode::TicketInvalid);
    ada.says("and some talk").await.done();
    bob.opens(DocName::Notes).await;
    let secrets = [
        server.host_secret().to_owned(),
        server.invite_secret().to_owned(),
        secret,
        ada.browser.ticket.clone().unwrap(),
        bob.browser.ticket.clone().unwrap(),
        eve.browser.ticket.clone().unwrap(),
    ];
    let _status = server.stop().await;
    let log = server.log();
    assert!(log.len() > 1_000, "it does log: {log}");
    let mut stored = Vec::new();
    for file in std::fs::read_dir(server.data()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    assert!(stored.windows(13).any(|bytes| bytes == b"and some talk"), "it does store");
    for secret in secrets {
        assert!(!log.contains(&secret), "logged: {secret}");
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "stored: {secret}");
        // The JWT's signature alone would do with the rest guessed.
        let tail = &secret[secret.len() - 20..];
        assert!(!log.contains(tail), "logged: …{tail}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(server.data().join("ticket.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the key is its owner's only");
    }
}

/// Long enough for a busy machine to attach and to open sockets.
const SHORT: Duration = Duration::from_secs(18);

/// A host's ticket for all sessions of the server that will have this data folder, good for [`SHORT`]: issued as the
/// server does it, with its key, into its table.
async fn short_ticket(data: &Path) -> (String, Me) {
    let config = JournalConfig { path: data.join("breakroom.sqlite3"), ..JournalConfig::default() };
    let journal = Journal::open(config).await.unwrap();
    let config =
        IdentityConfig { data_dir: data.to_owned(), ticket_lifetime: SHORT, ..IdentityConfig::default() };
    let identity = Identity::open(journal.pool().clone(), config).await.unwrap();
    let secret = identity.host_link(None).await.unwrap();
    let host = identity.redeem_host_link(Ipv4Addr::LOCALHOST.into(), &secret, Some("Ada")).await.unwrap();
    identity.shutdown().await;
    journal.close().await;
    (host.ticket, host.me)
}

#[tokio::test]
async fn a_ticket_that_expires_ends_its_open_sockets() {
    let debuggee = Debuggee::start(TICKING).await;
    let launch = Launch::share(&debuggee.address());
    let (ticket, me) = short_ticket(launch.data().path()).await;
    let server = launch.start().await;
    let session = server.session();
    let mut ada = Person::with_ticket(&server, &ticket, me.clone());
    ada.enters(session).await;
    let notes = ada.opens(DocName::Notes).await;
    let bob = server.guest_inside("Bob").await;
    let here = bob.sees("Ada", |now| now.people.get(&me.participant.id).is_some_and(|ada| ada.present)).await;
    assert_eq!(here.people[&me.participant.id].participant, me.participant);
    ada.says("in time").await.done();

    ada.is_out(CloseCode::TicketEnded).await;
    notes.expect_closed(CloseCode::TicketEnded).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(now.as_millis() >= u128::from(me.expires_at), "not before its time");

    // Nothing is to be had by it any more.
    let sentence = ada.get("/api/me").await.expect_refused(ErrorCode::TicketExpired);
    assert!(sentence.contains("Sign in again"), "{sentence}");
    ada.post(&ada.in_session("/end"), json!({})).await.expect_refused(ErrorCode::TicketExpired);
    for path in [path(session, None), path(session, Some(ada.now().seq)), ada.in_session("/docs/notes")] {
        let (status, body) = connect(&ada.browser, &path).await.unwrap_err();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &body["error"]["code"]),
            (ErrorCode::TicketExpired.status(), &json!("ticket_expired")),
            "{path}"
        );
    }
    // Others stay, and see who is gone.
    bob.sees_go(me.participant.id).await;
    bob.says("still here").await.done();
}
