//! What everybody holds of a stop is bounded, however much people look at; what is dropped can be had again.

use crate::support::Server;
use crate::support::person::top;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Envelope, Event, Part, Snapshot};
use breakroom_test_support::debuggee::Debuggee;
use sqlx::{Connection as _, SqliteConnection};

const HEAVY: &str = r#"import time
def work():
    texts = [str(n) + "x" * 4_000 for n in range(5_000)]
    others = [[str(n) + "y" * 4_000 for n in range(90)] for m in range(20)]
    return 0  # here
while True:
    work()
    time.sleep(0.02)
"#;
const MOST: usize = 4 * 1024 * 1024;
/// Of a page that was too heavy as it was.
const PAGE: usize = 512 * 1024;

fn values(now: &Snapshot) -> usize {
    serde_json::to_string(&now.stop.as_ref().unwrap().variables).unwrap().len()
}

#[tokio::test]
async fn who_looks_at_a_lot_makes_the_oldest_pages_go_and_then_sets_for_everybody() {
    let debuggee = Debuggee::start(HEAVY).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 5, &[]).await;
    let stop = ada.sees_stop_at("app.py", 5).await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let set = |name: &str| ada.local(name).and_then(|local| local.variables).unwrap();
    let variables = set("texts");
    let page = |start| Command::Page { stop, variables, start, count: 100 };
    for start in (0..2_000).step_by(100) {
        eve.sends(page(start)).await.done();
    }
    let now = ada.sees("the last page", |now| values_have(now, variables, 1_900)).await;
    assert!((MOST - 2 * PAGE..MOST).contains(&values(&now)), "{}", values(&now));
    assert!(!values_have(&now, variables, 0), "the oldest ones went");
    // It is asked for again, as nobody has it.
    eve.sends(page(0)).await.done();
    ada.sees("the first page again", |now| values_have(now, variables, 0)).await;

    // Sets, too: those that were looked at first, never the locals of the place where it is paused.
    let others = set("others");
    ada.sends(Command::Variables { stop, variables: others }).await.done();
    let inner: Vec<_> =
        ada.now().stop.unwrap().variables[&others].items.iter().filter_map(|item| item.variables).collect();
    assert!(inner.len() >= 20, "{inner:?}");
    for variables in &inner {
        ada.sends(Command::Variables { stop, variables: *variables }).await.done();
    }
    let now = ada.up_to_date().await;
    assert!(values(&now) < MOST, "{}", values(&now));
    let view = now.stop.as_ref().unwrap();
    assert!(!view.variables.contains_key(&inner[0]) && view.variables.contains_key(inner.last().unwrap()));
    let locals = view.scopes[&top(&now).unwrap().id][0].variables;
    assert!(view.variables.contains_key(&locals));
    ada.sends(Command::Variables { stop, variables: inner[0] }).await.done();
    assert!(ada.up_to_date().await.stop.unwrap().variables.contains_key(&inner[0]), "it can be had again");
    let dropped = |event: &Event| matches!(event, Event::Dropped { parts, .. } if parts.iter().any(|part| matches!(part, Part::Set { .. })));
    assert!(ada.events().iter().any(|envelope| dropped(&envelope.event)), "and everybody was told");

    // Who comes now gets the same, and not more than they can take.
    let late = ada.brings_watcher(&server, "Late").await;
    late.sees_the_same_as(&ada).await;
    eve.sees_the_same_as(&ada).await;
}

#[tokio::test]
async fn who_reads_the_recording_of_all_that_gets_it_in_pieces_that_they_can_take() {
    let debuggee = Debuggee::start(HEAVY).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), 5, &[]).await;
    let stop = ada.sees_stop_at("app.py", 5).await;
    let eve = ada.brings_watcher(&server, "Eve").await;
    let variables = ada.local("texts").and_then(|local| local.variables).unwrap();
    let pages = 40;
    for start in (0..100 * pages).step_by(100) {
        eve.sends(Command::Page { stop, variables, start, count: 100 }).await.done();
    }
    let end = ada.up_to_date().await;
    let (all, mut pieces, mut from) = (end.seq.0, 0, 1);
    while from <= all {
        let piece = eve.get(&eve.in_session(&format!("/events?from={from}"))).await;
        assert!(piece.text.len() <= 2 * MOST, "{} bytes from {from} on", piece.text.len());
        from = piece.json::<Vec<Envelope>>().last().unwrap().seq.0 + 1;
        pieces += 1;
    }
    assert!(pieces > 2, "there is more than one wants at once: {pieces}");
    let moment = eve.get(&eve.in_session(&format!("/moment?at={all}"))).await;
    assert!(moment.text.len() <= 3 * MOST, "{} bytes of a moment", moment.text.len());
    let there = crate::journal::moment(&eve, &eve.session().to_string(), end.seq).await;
    assert_eq!(there, end);
    // Whoever asks for a moment has at most so much folded: few events, but a keyframe among them.
    assert!(all < 500, "{all} events");
    let url = format!("sqlite://{}", server.database().display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let keyframes: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM keyframes").fetch_one(&mut database).await.unwrap();
    assert!(keyframes > 0);
}

fn values_have(now: &Snapshot, set: breakroom_protocol::VariablesId, start: u64) -> bool {
    let set = now.stop.as_ref().and_then(|stop| stop.variables.get(&set));
    set.is_some_and(|set| set.pages.iter().any(|page| page.start == start))
}
