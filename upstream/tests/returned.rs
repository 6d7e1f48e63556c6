//! What a step returned, as real debugpy tells it under each Python of this machine.
#![allow(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod common;

use breakroom_protocol::ids::ThreadId;
use breakroom_protocol::model::AttachOptions;
use breakroom_protocol::upstream::Request;
use breakroom_test_support::debuggee::Options;
use breakroom_test_support::venv::debugpy_pythons;
use breakroom_upstream::AttachConfig;
use common::{Client, setup};

const CALLS: &str = r#"def add(a, b):
    total = a + b
    return total
def twice(n):
    return add(n, n)
def work():
    first = add(1, 2)
    second = twice(first)
    third = second
    return third
while True:
    work()
"#;

/// The values that calls returned, of the top frame.
async fn returned(client: &mut Client, thread: ThreadId) -> Vec<(String, String)> {
    let frames = client.stack(thread).await;
    let locals = client.locals(&frames[0]).await.into_iter();
    let said = locals.filter_map(|one| Some((one.name.strip_prefix("(return) ")?.to_owned(), one.value)));
    said.collect()
}

fn one(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

#[tokio::test]
async fn what_a_step_returned_is_told_at_the_next_stop_and_at_no_later_one() {
    for python in debugpy_pythons() {
        let debuggee = Options::text(CALLS).python(python).wait_for_client().start().await;
        let mut client = Client::attach(&debuggee, setup(&debuggee, &[7])).await;
        let (_, thread) = client.stop().await;
        assert_eq!(returned(&mut client, thread).await, []);
        let mut goes = async |request: Request| {
            client.control(request).await;
            client.stop().await;
            (client.line(thread).await, returned(&mut client, thread).await)
        };
        assert_eq!(goes(Request::Next(thread)).await, (8, one("add", "3")));
        // Out of what was stepped into, and over the rest of the line.
        assert_eq!(goes(Request::StepIn(thread)).await, (5, vec![]));
        assert_eq!(goes(Request::StepOut(thread)).await.1, one("twice", "6"));
        let at = goes(Request::Next(thread)).await;
        let at = if at.0 == 8 { goes(Request::Next(thread)).await } else { at };
        assert_eq!(at.0, 9);
        assert_eq!(goes(Request::Next(thread)).await, (10, vec![]));
        // Nothing of the last round is left in the next.
        assert_eq!(goes(Request::Continue(thread)).await, (7, vec![]));
        client.detach().await;
    }
}

#[tokio::test]
async fn who_chose_not_to_be_told_is_not() {
    let debuggee = Options::text(CALLS).wait_for_client().start().await;
    let mut config = AttachConfig::new(debuggee.address());
    config.choose(AttachOptions { show_return_value: Some(false), ..AttachOptions::default() });
    let mut client = Client::with(&config, setup(&debuggee, &[7])).await;
    let (_, thread) = client.stop().await;
    client.control(Request::Next(thread)).await;
    client.stop().await;
    assert_eq!((client.line(thread).await, returned(&mut client, thread).await), (8, vec![]));
}
