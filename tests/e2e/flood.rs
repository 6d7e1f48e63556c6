//! A program that prints more than anybody can read: nothing is lost, and nobody waits for it longer than debugpy does.

use crate::support::Server;
use breakroom_protocol::fold::Phase;
use breakroom_protocol::room::DocName;
use breakroom_protocol::{Command, Envelope, Event};
use breakroom_test_support::debuggee::Debuggee;
use std::time::{Duration, Instant};

const LINES: usize = 100_000;
const PRINTING: &str = r#"import time

go = False
while True:
    time.sleep(0.02)
    if go:
        go = False
        for number in range(100_000):
            print(number)
        behind = "the flood"
"#;
const BEHIND_LINE: u32 = 10;

/// All that the program printed, as somebody was told.
fn printed(events: &[Envelope]) -> String {
    let texts = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Output { text, category: breakroom_protocol::OutputCategory::Stdout, .. } => {
            Some(text.as_str())
        }
        _ => None,
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_lines_come_in_order_and_the_stop_behind_them() {
    let debuggee = Debuggee::start(PRINTING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    let bob = server.guest_inside("Bob").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), BEHIND_LINE, &[]).await;
    ada.sees("her breakpoint", |now| now.breakpoints.values().any(|state| state.verified == Some(true)))
        .await;

    let began = Instant::now();
    ada.evaluates("go = True").await.done();
    // Whatever people do meanwhile is done at once, though the program isn't heard as fast as it prints.
    ada.sees("some of it", |now| now.output.len() > 100).await;
    let asked = Instant::now();
    ada.sends(Command::Chat { text: "what is it doing?".into() }).await.done();
    bob.sees("what Ada says", |now| !now.chat.is_empty()).await;
    let chat = asked.elapsed();
    assert!(chat < Duration::from_secs(2), "a chat line took {chat:?}");

    loop {
        let before = bob.now();
        if before.phase == Phase::Stopped {
            break;
        }
        // Each further piece is waited for by itself: all of it takes as long as debugpy takes.
        bob.sees("more of it, or the stop", |now| {
            now.phase == Phase::Stopped || now.seq.0 > before.seq.0 + 200
        })
        .await;
    }
    let took = began.elapsed();
    println!("{LINES} lines took {took:?}; a chat line meanwhile {chat:?}; {}", server.memory());
    bob.sees_stop_at("app.py", BEHIND_LINE).await;
    let wanted: String = (0..LINES).map(|number| format!("{number}\n")).collect();
    for person in [&ada, &bob] {
        person.sees("the stop", |now| now.phase == Phase::Stopped).await;
        let events = person.events();
        let said = printed(&events);
        assert!(said.ends_with(&wanted), "{} of {} bytes, or not in order", said.len(), wanted.len());
        let stopped = events.iter().position(|envelope| matches!(envelope.event, Event::Stopped { .. }));
        let last = events.iter().rposition(
            |envelope| matches!(&envelope.event, Event::Output { text, .. } if text.contains("99999\n")),
        );
        assert!(last < stopped, "the stop comes behind what was printed before it");
    }
    ada.continues().await.done();
}
