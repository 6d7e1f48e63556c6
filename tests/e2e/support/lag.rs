//! A network that is slow for some and not for others, to find what a test takes for granted.
//!
//! With `BREAKROOM_TEST_LAG=MS` every connection that a test opens gets a lag of its own, between nothing and that: what one
//! person has seen, another one sees later. A test that holds without it and not with it looked at somebody for whom it
//! hadn't waited.

use futures_util::{Stream, StreamExt};
use rand::RngExt;
use std::future::Future;
use std::time::Duration;

/// A new connection's lag.
pub fn lag() -> Option<Duration> {
    let most: u64 = std::env::var("BREAKROOM_TEST_LAG").ok()?.parse().expect("milliseconds");
    // Half of them have next to none: the differences are what is looked for.
    let slow = rand::rng().random_bool(0.5);
    slow.then(|| Duration::from_millis(rand::rng().random_range(0..=most)))
}

async fn late<T>(item: T, lag: Option<Duration>) -> T {
    if let Some(lag) = lag {
        tokio::time::sleep(lag).await;
    }
    item
}

/// What comes over a connection, in its order, each item later by the connection's lag.
pub fn received<S: Stream>(stream: S) -> impl Stream<Item = S::Item> {
    let lag = lag();
    // The lag is a delay: however much is on its way, nothing waits for what came before it to be looked at.
    stream.map(move |item| late(item, lag)).buffered(if lag.is_some() { 4_096 } else { 1 })
}

/// Sends something, later by the connection's lag.
pub async fn sent(lag: Option<Duration>, sending: impl Future<Output = ()> + Send + 'static) {
    match lag {
        None => sending.await,
        Some(lag) => {
            tokio::spawn(async move {
                tokio::time::sleep(lag).await;
                sending.await;
            });
        }
    }
}
