//! What the tests are written in: servers, people, docs, programs.

pub mod api;
pub mod doc;
pub mod editor;
pub mod lag;
pub mod live;
pub mod person;
pub mod program;
pub mod proxy;
pub mod server;

pub use api::{Answer, Browser};
pub use doc::DocSocket;
pub use editor::{Editor, Join};
pub use live::Live;
pub use person::Person;
pub use program::{Restartable, listener_that};
pub use proxy::Proxy;
pub use server::{Launch, Server};

use std::future::Future;
use std::time::Duration;

/// How long anything that is waited for may take; the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something, or says what was missing.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("not within {} s: {what}", PATIENCE.as_secs()),
    }
}

/// Asks again until it is so; for states that nobody announces (a file, a row, a process).
pub async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
