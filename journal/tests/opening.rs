//! Opening the file: what is refused, and what is said then.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use breakroom_journal::{Journal, JournalError};
use common::{Folder, Session, chat};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    std::fs::write(folder.file(), "").unwrap();
    std::fs::set_permissions(folder.file(), PermissionsExt::from_mode(0o644)).unwrap();
    let journal = folder.open().await;
    Session::begin(&journal).await.keep([chat("private")]).await;
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.0.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 4, "the database, -wal, -shm and .lock");
}

#[tokio::test]
async fn a_second_server_is_refused_until_the_first_is_gone() {
    let folder = Folder::new();
    let journal = folder.open().await;
    let error = refused(&folder, "in use").await;
    assert!(matches!(error, JournalError::InUse { .. }));
    journal.close().await;
    folder.open().await.close().await;
}

#[tokio::test]
async fn what_is_no_database_is_left_alone() {
    let folder = Folder::new();
    let text = "not a database, but somebody's notes\n".repeat(200);
    std::fs::write(folder.file(), &text).unwrap();
    let error = refused(&folder, "move it away").await;
    assert!(matches!(error, JournalError::Damaged { .. }));
    assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_database_is_not_used() {
    let folder = Folder::new();
    folder.open().await.close().await;
    let mut bytes = std::fs::read(folder.file()).unwrap();
    bytes[100..4_000].fill(0xff);
    std::fs::write(folder.file(), bytes).unwrap();
    let error = refused(&folder, "restore a copy").await;
    assert!(matches!(error, JournalError::Damaged { .. }));
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let folder = Folder::new();
    let mut theirs = raw(&folder).await;
    theirs.execute("CREATE TABLE states (id INTEGER)").await.unwrap();
    theirs.close().await.unwrap();
    let error = refused(&folder, "another program").await;
    assert!(matches!(error, JournalError::Foreign { .. }));
}

#[tokio::test]
async fn a_database_of_another_version_is_refused() {
    for change in [
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of the future', 1, x'00', 0)",
        "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1",
    ] {
        let folder = Folder::new();
        folder.open().await.close().await;
        let mut ours = raw(&folder).await;
        ours.execute(change).await.unwrap();
        ours.close().await.unwrap();
        let error = refused(&folder, "another version").await;
        assert!(matches!(error, JournalError::OtherVersion { .. }));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.file(), "").unwrap();
    let mut config = folder.config();
    config.path = folder.file().join("inside-a-file.db");
    let error = Journal::open(config).await.unwrap_err();
    assert!(matches!(error, JournalError::File { .. }), "{error}");
}

async fn refused(folder: &Folder, saying: &str) -> JournalError {
    let error = Journal::open(folder.config()).await.unwrap_err();
    assert!(error.to_string().contains(saying), "{error}");
    error
}

async fn raw(folder: &Folder) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.file()).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}
