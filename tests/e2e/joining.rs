//! Ways in for editors: stdio, links that don't work, networks that break, pages that try the port.

use crate::editors::{in_room, stopped};
use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Editor, Join, Person, Proxy, Server, within};
use breakroom_protocol::{Command, SessionRow};
use breakroom_test_support::debuggee::Debuggee;
use breakroom_test_support::home_assistant::HomeAssistant;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn stdio_and_what_is_refused_before_joining() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, join) = stopped(&debuggee, &server).await;
    let editor = Editor::on_stdio(&server.invite_url(), "Sid");
    editor.attaches(json!({})).await;
    assert_eq!(editor.stops().await.line(), u64::from(TICK_LINE));
    in_room(&ada, "Sid").await;
    editor.does("disconnect", json!({})).await;
    editor.is_closed().await;

    let (status, said) = Join::ends(&["http://127.0.0.1:1/join#invite=x", "--stdio"]).await;
    assert!(!status.success() && said.contains("cannot reach"), "{said}");
    let bad = format!("{}/join#invite=nonsense", server.url());
    let (status, said) = Join::ends(&[&bad, "--listen", "127.0.0.1:0"]).await;
    assert!(!status.success() && said.to_lowercase().contains("invite"), "{said}");
    let (secret, id) = ada.invites(json!({ "role": "watcher" })).await;
    ada.delete(&ada.in_session(&format!("/invites/{id}"))).await.is_good();
    let revoked = format!("{}/join#invite={secret}", server.url());
    let (status, said) = Join::ends(&[&revoked, "--stdio"]).await;
    assert!(!status.success() && said.contains("revoked"), "{said}");
    let (status, said) = Join::ends(&[&server.invite_url(), "--listen", "0.0.0.0:0"]).await;
    assert!(!status.success() && said.contains("loopback"), "{said}");
    let page = format!("{}/s/{}", server.url(), server.session());
    let (status, said) = Join::ends(&[&page, "--stdio"]).await;
    assert!(!status.success() && said.contains("BREAKROOM_TOKEN"), "{said}");
    let (status, said) = Join::ends(&["nonsense", "--listen", "127.0.0.1:0"]).await;
    assert!(!status.success() && said.contains("no link"), "{said}");
    let (status, said) = Join::ends(&[&server.invite_url(), "--map", "a", "--stdio"]).await;
    assert!(!status.success() && said.contains("--map"), "{said}");

    // Somebody who is removed is told, and their editor is let go.
    let editor = join.editor().await;
    let bob = in_room(&ada, "Bob").await;
    ada.sends(Command::Remove { participant: bob }).await.done();
    editor.event("terminated").await;
    editor.sees_output("removed").await;
}

#[tokio::test]
async fn a_network_that_breaks_costs_an_editor_nothing_but_the_wait() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, _) = stopped(&debuggee, &server).await;
    let network = Proxy::to(server.url().trim_start_matches("http://").to_owned()).await;
    let url = format!("http://{}/join#invite={}", network.address(), server.invite_secret());
    let join = Join::start(&url, "Bob", &[]).await;
    let editor = join.editor().await;
    let stop = editor.stops().await;
    for (time, line) in [(1, TICK_LINE + 1), (2, TICK_LINE + 2)] {
        network.cut();
        editor.sees_outputs("is lost", time).await;
        ada.step_over().await.done();
        // What happened meanwhile comes afterwards, and only once.
        let next = editor.stops().await;
        assert_eq!(next.line(), u64::from(line));
    }
    editor.sees_outputs("is back", 2).await;
    assert_eq!((editor.count("stopped"), editor.count("continued")), (3, 2));
    editor.refused("scopes", json!({ "frameId": stop.frame["id"] })).await;
    // The breakpoints' way is back as well.
    editor.sets(debuggee.script_path(), &[TICK_LINE, 7]).await;
    ada.sees("both", |now| {
        now.breakpoints.len() == 2 && now.breakpoints.values().all(|state| state.verified == Some(true))
    })
    .await;
}

#[tokio::test]
async fn a_page_that_posts_to_the_port_reaches_nobody() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let (ada, join) = stopped(&debuggee, &server).await;
    let body = r#"{"seq":1,"type":"request","command":"initialize","arguments":{}}"#;
    let dap = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let post = format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:5678\r\nContent-Type: text/plain\r\n{dap}");
    let mut page = TcpStream::connect(("127.0.0.1", join.port())).await.unwrap();
    page.write_all(post.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Closed, or reset as it sent more than was read.
    let _reset = within("the port hangs up", page.read_to_end(&mut answer)).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    // The next editor is served all the same.
    let editor = join.editor().await;
    editor.stops().await;
    in_room(&ada, "Bob").await;
}

#[tokio::test]
async fn a_token_of_the_house_lets_the_same_person_in_until_it_is_deleted() {
    let (house, debuggee) = tokio::join!(HomeAssistant::start(), Debuggee::start(TICKING));
    let config = format!(
        "[home_assistant]\nurl = '{}'\nrecheck_every_s = 1\n[[targets]]\nname = 'app'\naddress = '{}'\n",
        house.url(),
        debuggee.address()
    );
    let server = Server::serve(&config).await;
    let by_token =
        async |token: &str| Person::signs_in(&server, "/api/auth/token", json!({"token": token})).await;
    let (mut ada, mut bob) = (by_token(house.owner_token()).await, by_token(house.user_token()).await);
    let row: SessionRow = ada.post("/api/sessions", json!({"target": "app"})).await.json();
    ada.enters(row.info.id).await;
    bob.enters(row.info.id).await;
    let page = format!("{}/s/{}", server.url(), row.info.id);
    let mut join = Join::with_token(&page, house.user_token()).await;
    let editor = join.editor().await;
    editor.sees_output("as collaborator").await;
    // What his editor sets is his, and his browser and his editor are one person.
    editor.sets(debuggee.script_path(), &[TICK_LINE]).await;
    let now = ada.sees("a breakpoint", |now| !now.breakpoints.is_empty()).await;
    assert!(now.breakpoints.values().all(|breakpoint| breakpoint.entry.author == bob.id()));
    assert_eq!(now.people.len(), 2);
    editor.stops().await;

    house.delete_token(house.user_token()).await;
    editor.event("terminated").await;
    editor.does("disconnect", json!({})).await;
    let (_, said) = join.ended().await;
    assert!(said.contains("ticket has ended"), "{said}");
    let (status, said) = Join::ends(&[&page, "--stdio"]).await;
    assert!(!status.success() && said.contains("BREAKROOM_TOKEN"), "{said}");
}
