//! Home Assistant over TLS, with a certificate of an authority that only who is told about it trusts.

use crate::support::program::{TICKING, runs_on};
use crate::support::{Launch, Person, Server};
use breakroom_protocol::{
    CloseCode, Command, ErrorCode, Event, OutputCategory, ParticipantKind, Role, SessionRow,
};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::home_assistant::{Authority, HomeAssistant};
use serde_json::{Value, json};

/// Restarts the program of a session of its own, and ends that; what was said of the action, if it failed.
async fn restart_says(server: &Server, debuggee: &Debuggee) -> Option<String> {
    let mut ada = server.host("Ada").await;
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    ada.sends(Command::Restart).await.done();
    let said = ada.wait("restarting, and attached again", |heard| {
        let mut events = heard.events.iter().map(|envelope| &envelope.event);
        events.find(|event| matches!(event, Event::Restarting))?;
        let mut said = None;
        events.find_map(|event| match event {
            Event::Output { category: OutputCategory::Important, text, .. } => {
                said = Some(text.clone());
                None
            }
            Event::Attached { .. } => Some(said.take()),
            _ => None,
        })
    });
    let said = said.await;
    ada.post(&ada.in_session("/end"), json!({})).await.is_good();
    ada.sees_end().await;
    runs_on(debuggee).await;
    said
}

#[tokio::test]
async fn home_assistant_over_tls_needs_a_certificate_that_is_trusted() {
    let (authority, another) = (Authority::new(), Authority::new());
    let (mut house, debuggee) = tokio::join!(HomeAssistant::start(), Debuggee::start(TICKING));
    let (certificate, key) = authority.issue("IP:127.0.0.1");
    house.serve_over_tls(&authority, (&certificate, &key)).await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, house.owner_token()).unwrap();
    let launch = |url: &str, trusted: Option<&Authority>| {
        let launch = Launch::serve(&format!(
            "[home_assistant]\nurl = '{url}'\ntoken_file = '{}'\n[[targets]]\nname = 'app'\naddress = '{}'\n\
             [targets.restart]\naction = 'persistent_notification.create'\ndata = {{message = 'over TLS'}}\n\
             back_within_s = 20\n",
            token_file.display(),
            debuggee.address()
        ));
        match trusted {
            Some(authority) => launch.environment("SSL_CERT_FILE", authority.certificate().to_str().unwrap()),
            None => launch,
        }
    };
    let token = json!({"token": house.owner_token()});

    // Nobody told the server about the authority, or about another one only; or the certificate isn't for the address.
    let by_name = house.url().replace("127.0.0.1", "localhost");
    let not_tls = house.url().replace("https", "http");
    for (url, trusted, part) in [
        (house.url(), None, "SSL_CERT_FILE"),
        (house.url(), Some(&another), "SSL_CERT_FILE"),
        (&by_name, Some(&authority), "another address"),
        (&not_tls, Some(&authority), "can't be reached"),
    ] {
        let server = launch(url, trusted).start().await;
        let door = server.stranger();
        let sentence = door
            .post("/api/auth/token", token.clone())
            .await
            .expect_refused(ErrorCode::HomeAssistantUnreachable);
        assert!(sentence.contains(part) && sentence.contains(url), "{sentence}");
        assert_eq!(sentence.contains("certificate"), url.starts_with("https"), "{sentence}");
        let about: Value = door.get("/api/server").await.json();
        assert_eq!(about["home_assistant"]["reachable"], json!(false));
        if trusted.is_none() {
            let said = restart_says(&server, &debuggee).await.expect("the action fails");
            assert!(said.contains("certificate") && said.contains(part), "{said}");
        }
    }

    // Told about it: everything is as without TLS.
    let server = launch(house.url(), Some(&authority)).start().await;
    let ada = Person::signs_in(&server, "/api/auth/token", token).await;
    assert_eq!(
        (ada.me.participant.role, ada.me.participant.kind),
        (Role::Host, ParticipantKind::HomeAssistant)
    );
    let door = server.stranger();
    let about: Value = door.get("/api/server").await.json();
    assert_eq!(about["home_assistant"]["reachable"], json!(true));
    let (head, _) = house.owner_token().rsplit_once('.').unwrap();
    let forged = format!("{head}.QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk");
    door.post("/api/auth/token", json!({"token": forged})).await.expect_refused(ErrorCode::TokenRefused);
    assert_eq!(restart_says(&server, &debuggee).await, None);
    let notes = house.ws_call(json!({"type": "persistent_notification/get"})).await;
    assert!(notes.to_string().contains("over TLS"), "{notes}");
    // Its word that a token is no longer good comes over TLS too.
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    let mut bob = Person::signs_in(&server, "/api/auth/token", json!({"token": house.user_token()})).await;
    bob.enters(row.info.id).await;
    house.delete_token(house.user_token()).await;
    bob.is_out(CloseCode::TicketEnded).await;
}
