//! What the tests share: a folder with a database, and words for what is expected.
#![allow(dead_code, missing_docs, clippy::unwrap_used)] // each test binary uses its part; a panic is a report

use breakroom_identity::{Identity, IdentityConfig, IdentityError, NewInvite, Revoked};
use breakroom_protocol::error::{ErrorBody, ErrorCode};
use breakroom_protocol::ids::{ParticipantId, SessionId};
use breakroom_protocol::model::Role;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::timeout;

pub const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// For what must happen, however slow the machine is.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// For one watcher, for an hour; it doesn't ask.
pub fn invite(session: SessionId) -> NewInvite {
    NewInvite {
        session,
        role: Role::Watcher,
        notes: false,
        expires_in: Duration::from_secs(3600),
        uses: 1,
        asks: false,
        by: ParticipantId::new(),
    }
}

/// A data folder: servers come and go on it.
pub struct House {
    dir: tempfile::TempDir,
    pub pool: SqlitePool,
}

impl House {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(dir.path().join("breakroom.db"))
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        sqlx::migrate!("../migrations").run(&pool).await.unwrap();
        Self { dir, pool }
    }

    pub fn config(&self) -> IdentityConfig {
        IdentityConfig { data_dir: self.dir.path().join("data"), ..IdentityConfig::default() }
    }

    pub fn key_file(&self) -> PathBuf {
        self.dir.path().join("data/ticket.key")
    }

    pub async fn identity(&self) -> Identity {
        self.identity_with(self.config()).await
    }

    pub async fn identity_with(&self, config: IdentityConfig) -> Identity {
        Identity::open(self.pool.clone(), config).await.unwrap()
    }

    pub async fn sql(&self, sql: &'static str) {
        sqlx::query(sql).execute(&self.pool).await.unwrap();
    }

    pub fn database_text(&self) -> String {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.extend(std::fs::read(path).unwrap());
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}

pub trait Expect {
    /// Asserts a refusal, its code, and that its sentence says what to do.
    fn refused(self, code: ErrorCode) -> ErrorBody;
}

impl<T: std::fmt::Debug> Expect for Result<T, IdentityError> {
    #[track_caller]
    fn refused(self, code: ErrorCode) -> ErrorBody {
        let body = self.unwrap_err().body();
        assert_eq!(body.code, code, "{}", body.message);
        assert!(body.message.ends_with(['.', '?']) && body.message.len() > 30, "{}", body.message);
        body
    }
}

pub async fn end_of(revocations: &mut broadcast::Receiver<Revoked>) -> Revoked {
    timeout(PATIENCE, revocations.recv()).await.expect("a revocation").unwrap()
}

pub async fn until(mut state: impl AsyncFnMut() -> bool) {
    timeout(PATIENCE, async {
        while !state().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the state is reached in time");
}
