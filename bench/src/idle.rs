//! The memory of a server that nobody uses, and of one that one person has signed in to.

use crate::memory::{Resident, resident, settled};
use crate::report::{Report, cores, load, mib, row, verdict};
use crate::room::Room;
use crate::server::Server;
use anyhow::Result;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// At most so much resident memory.
const TARGET_KIB: u64 = 12 * 1_024;
/// How long it is left alone first.
const QUIET: Duration = Duration::from_secs(2);

/// Measures it.
pub async fn run(binary: &Path) -> Result<Report> {
    let (server, link) = Server::serve(binary).await?;
    tokio::time::sleep(QUIET).await;
    let fresh = resident(server.pid)?;
    Room::of(&link)?.host(&link).await?;
    tokio::time::sleep(QUIET).await;
    let used = settled(server.pid).await?;
    server.end().await?;

    let cells = |name: &str, memory: Resident| {
        vec![name.to_owned(), mib(memory.all_kib), mib(memory.anonymous_kib), mib(memory.file_kib)]
    };
    let table = vec![
        row(["MiB", "resident", "its own", "of files"]),
        cells("fresh, after 2 s", fresh),
        cells("after one sign-in", used),
    ];
    let met = fresh.all_kib <= TARGET_KIB && used.all_kib <= TARGET_KIB;
    let measured = format!("{} MiB fresh, {} MiB after a sign-in", mib(fresh.all_kib), mib(used.all_kib));
    let words = vec![verdict(&format!("at most {} MiB resident", mib(TARGET_KIB)), &measured, met)];
    let figures = json!({ "fresh": fresh, "after_sign_in": used, "target_kib": TARGET_KIB, "met": met });
    let title = format!("an empty `breakroom serve`; {} cores, load {}", cores(), load());
    Ok(Report { name: "idle", title, table, words, figures })
}
