//! What somebody with a ticket could do to all the others: take every place, ask for the most that three bytes can ask for,
//! be called like them.

use crate::support::doc::sync_frame;
use crate::support::live::{connect, path};
use crate::support::program::TICKING;
use crate::support::{Browser, Person, Server};
use breakroom_protocol::room::DocName;
use breakroom_protocol::{CloseCode, ErrorCode};
use breakroom_test_support::debuggee::Debuggee;
use futures_util::future::{join_all, select_all};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn one_watcher_takes_not_every_place() {
    let debuggee = Debuggee::start(TICKING).await;
    let config =
        format!("[limits]\nsockets = 150\n[[targets]]\nname = 'app'\naddress = '{}'\n", debuggee.address());
    let server = Server::serve(&config).await;
    let mut ada = server.host("Ada").await;
    let row: serde_json::Value = ada.post("/api/sessions", serde_json::json!({"target": "app"})).await.json();
    ada.enters(row["id"].as_str().unwrap().parse().unwrap()).await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let wanted = path(eve.session(), None);
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for one in join_all((0..160).map(|_| connect(&eve.browser, &wanted))).await {
        match one {
            Ok(socket) => kept.push(socket),
            Err(why) => refused.push(why),
        }
    }
    assert!((70..=75).contains(&kept.len()), "half of all: {}", kept.len());
    assert!(
        refused.iter().all(|(status, body)| *status == 429 && body.contains("close some tabs")),
        "{refused:?}"
    );
    // Others have places still; hers are free again when she leaves them.
    ada.brings_watcher(&server, "Bob").await.says("I am in").await.done();
    drop(kept);
    crate::support::until("a place is free again", async || connect(&eve.browser, &wanted).await.is_ok())
        .await;
}

#[tokio::test]
async fn what_somebody_sends_is_limited_over_all_their_tabs() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let tabs = join_all((0..60).map(|_| eve.second_tab())).await;
    // Each sends less than one alone may; all of them so much that it is too much also by a slow machine's clock.
    join_all(tabs.iter().map(async |tab| {
        for id in 1_000..1_190 {
            tab.send(Message::text(format!(r#"{{"id":{id},"command":"alive"}}"#))).await;
        }
    }))
    .await;
    select_all(tabs.iter().map(|tab| Box::pin(tab.is_out(CloseCode::TooFast)))).await;
    ada.says("quiet here").await.done();
}

#[tokio::test]
async fn who_asks_for_a_full_doc_without_end_is_cut_off() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let (notes, eves) = tokio::join!(ada.opens(DocName::Notes), eve.opens(DocName::Notes));
    for n in 0..20 {
        notes.writes(&format!("n{n}"), debuggee.script_path(), 1, &"long ".repeat(4_000)).await;
    }
    ada.sees("her notes", |now| now.notes.len() == 20).await;
    for _ in 0..300 {
        eves.send(sync_frame(0, &[0])).await;
    }
    eves.expect_closed(CloseCode::TooFast).await;
    ada.says("quiet here").await.done();
    assert!(eve.opens(DocName::Notes).await.content().contains("n19"), "an honest question is answered");
}

#[tokio::test]
async fn two_with_one_name_are_told_apart_and_nobody_is_the_server() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let mallory = ada.brings_watcher(&server, " ADA ").await;
    let trudy = ada.brings_watcher(&server, "Breakroom").await;
    let now = ada.sees("the others", |now| now.people.len() == 3).await;
    let name = |who: &Person| now.people[&who.id()].participant.name.clone();
    assert_eq!([name(&ada), name(&mallory), name(&trudy)], ["Ada", "ADA (2)", "Breakroom (2)"]);
    // Also in the next tab, and for who comes later.
    let tab = mallory.second_tab().await;
    tab.says("I am the host").await.done();
    let bob = ada.brings_watcher(&server, "Bob").await;
    let seen = bob.sees("her line", |now| !now.chat.is_empty()).await;
    assert_eq!(seen.people[&mallory.id()].participant.name, "ADA (2)");
    bob.sees_the_same_as(&ada).await;
}

#[tokio::test]
async fn what_is_somebodys_is_not_kept_by_caches() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    for path in
        ["/api/me", "/api/sessions", &ada.in_session("/events?from=1"), &ada.in_session("/moment?at=1")]
    {
        assert_eq!(ada.get(path).await.header("cache-control"), "no-store", "{path}");
    }
    let stranger = Browser::new(server.url()).get("/api/me").await;
    stranger.expect_refused(ErrorCode::TicketMissing);
    assert_eq!(stranger.header("cache-control"), "no-store");
}
