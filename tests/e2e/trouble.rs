//! Trouble that fits nowhere else: code that never answers, wrong configurations, a port that is taken.

use crate::support::program::{TICK_LINE, TICKING};
use crate::support::{Launch, Server};
use breakroom_protocol::Outcome;
use breakroom_protocol::room::DocName;
use breakroom_test_support::debuggee::Debuggee;

/// debugpy by itself never answers an evaluation in a frame that raises `SystemExit`.
#[tokio::test]
async fn code_that_debugpy_would_never_answer_ends_in_a_sentence_and_the_session_goes_on() {
    let debuggee = Debuggee::start(TICKING).await;
    let server = Server::share(&debuggee).await;
    let ada = server.host_inside("Ada").await;
    ada.opens(DocName::Breakpoints).await.sets("b1", debuggee.script_path(), TICK_LINE, &[]).await;
    ada.sees_stop_at("app.py", TICK_LINE).await;
    ada.evaluates("raise SystemExit").await.done();
    ada.sees("what became of it", |now| {
        let last = now.evaluations.last();
        last.is_some_and(|last| matches!(&last.outcome, Outcome::Error(said) if said.contains("SystemExit")))
    })
    .await;
    ada.evaluates("1 + 1").await.done();
    ada.step_over().await.done();
    ada.sees_stop_at("app.py", TICK_LINE + 1).await;
}

#[tokio::test]
async fn mistakes_at_the_start_are_named() {
    let server = Server::serve("").await;
    let taken = server.url().trim_start_matches("http://");
    let mistakes = [
        (Launch::serve("lisen = 'x'"), "lisen"),
        (Launch::serve("[[targets]]\nname = 'a'\naddress = 'nowhere'"), "HOST:PORT"),
        (Launch::serve("").argument("--target").argument("x"), "NAME=HOST:PORT"),
        (Launch::share("nonsense"), "HOST:PORT"),
        (Launch::share("127.0.0.1:1").argument("--listen").argument(taken), "cannot serve at"),
        // Its data folder is in use: two servers would write one journal.
        (Launch::serve("").on_data(&server.data_folder()), ""),
    ];
    for (launch, part) in mistakes {
        let (status, _, said) = launch.ends().await;
        assert!(!status.success() && said.contains(part), "{part}: {said}");
        assert!(said.contains("breakroom: ") && !said.contains("panicked"), "{said}");
    }
}
