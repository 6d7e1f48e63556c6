//! Opening the file: ours alone, protected, of our version.

use crate::error::{JournalError, Trouble};
use crate::{Durability, JournalConfig};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `migrations/0001_journal.sql` marks our files with.
const APPLICATION_ID: i64 = 1_112_689_490;
/// How long somebody waits for a connection to read with.
const CONNECTION_WITHIN: Duration = Duration::from_secs(10);
/// How long the writer lets SQLite wait for a lock; longer waits are its own, with backoff, so that they can be counted.
const WRITER_BUSY: Duration = Duration::from_millis(50);
/// SQLite's page size; files made by others' tools may differ, which only makes `max_bytes` less exact.
const PAGE_BYTES: u64 = 4_096;
/// The write-ahead log is cut back to this after a checkpoint.
const WAL_KEPT: &str = "16777216";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// What opening yields.
pub(crate) struct Opened {
    pub(crate) pool: SqlitePool,
    pub(crate) writer: SqliteConnection,
    pub(crate) options: SqliteConnectOptions,
    /// Held as long as the journal is open.
    pub(crate) lock: File,
}

pub(crate) async fn open(config: &JournalConfig) -> Result<Opened, JournalError> {
    let path = &config.path;
    let lock = protect(path)?;
    let shared = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match config.durability {
            Durability::Normal => SqliteSynchronous::Normal,
            Durability::Full => SqliteSynchronous::Full,
        })
        .foreign_keys(true)
        .pragma("journal_size_limit", WAL_KEPT)
        .disable_statement_logging();
    // The first look is without changing anything: the file may be somebody else's.
    let looking = SqliteConnectOptions::new().filename(path).busy_timeout(config.busy_timeout);
    inspect(path, &looking).await?;

    let mut options = shared.clone().busy_timeout(WRITER_BUSY);
    if let Some(most) = config.max_bytes {
        options = options.pragma("max_page_count", (most / PAGE_BYTES).max(1).to_string());
    }
    let patient = shared.busy_timeout(config.busy_timeout);
    // Only a file without tables takes this on; elsewhere it would but cost each new connection the write lock.
    migrate(path, &patient.clone().auto_vacuum(SqliteAutoVacuum::Incremental)).await?;
    let writer = SqliteConnection::connect_with(&options).await.map_err(|error| opening(path, error))?;
    let pool = SqlitePoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(CONNECTION_WITHIN)
        .test_before_acquire(false)
        .connect_with(patient)
        .await
        .map_err(|error| opening(path, error))?;
    Ok(Opened { pool, writer, options, lock })
}

/// Makes the file, readable by its owner only (SQLite gives its -wal and -shm the same rights), and locks it against a
/// second server. The lock is on a file of its own: SQLite's own locks don't outlive another handle's closing.
fn protect(path: &Path) -> Result<File, JournalError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| JournalError::File { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let lock_path = lock_path(path);
    let lock = private(&lock_path).map_err(failed(&lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(JournalError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(JournalError::File { path: lock_path, source }),
    }
    private(path).map_err(failed(path))?;
    Ok(lock)
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Refuses what is no database, and what is somebody else's.
async fn inspect(path: &Path, options: &SqliteConnectOptions) -> Result<(), JournalError> {
    let opened = |error| opening(path, error);
    let mut looking = SqliteConnection::connect_with(options).await.map_err(opened)?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut looking)
        .await
        .map_err(opened)?;
    let id: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut looking).await.map_err(opened)?;
    looking.close().await.map_err(opened)?;
    if tables > 0 && id != APPLICATION_ID {
        return Err(JournalError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

async fn migrate(path: &Path, options: &SqliteConnectOptions) -> Result<(), JournalError> {
    use sqlx::migrate::MigrateError;
    let mut connection =
        SqliteConnection::connect_with(options).await.map_err(|error| opening(path, error))?;
    let done = MIGRATIONS.run(&mut connection).await;
    done.map_err(|source| match source {
        MigrateError::VersionMissing(schema) | MigrateError::VersionMismatch(schema) => {
            JournalError::OtherVersion { path: path.to_owned(), schema }
        }
        MigrateError::Execute(source) => opening(path, source),
        source => JournalError::Migrate { path: path.to_owned(), source },
    })?;
    connection.close().await.map_err(|error| opening(path, error))
}

fn opening(path: &Path, source: sqlx::Error) -> JournalError {
    let path = path.to_owned();
    match Trouble::of(&source) {
        Trouble::Damaged => JournalError::Damaged { path, source },
        _ => JournalError::Open { path, source },
    }
}
