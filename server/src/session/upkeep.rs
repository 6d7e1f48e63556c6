//! What takes a session's task too long to wait for: detach, attach again, restart.
//!
//! Each is a future of its own that ends with exactly one [`Done`] that goes on with the session's life (a failed
//! restart action sends one more before it). Timing follows debugpy's needs: see the upstream crate.

use breakroom_identity::{Admitted, AskingGuest, Identity, IdentityError};
use breakroom_protocol::{ErrorCode, GuestId, ProcessId};
use breakroom_upstream::{
    AttachConfig, AttachError, Attached, PAUSE_AFTER_DETACH, PAUSE_AFTER_LOSS, Setup, Upstream,
};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A debugpy that takes our connection again may take so many times as long as one may be away.
const BUSY_PATIENCE: u32 = 3;

/// Runs a target's restart action; `Err`: why it failed, as a sentence.
pub type RestartAction =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// How to reach and restart a target.
#[derive(Clone)]
pub struct Target {
    /// How to attach.
    pub attach: AttachConfig,
    /// How to restart, if configured.
    pub restart: Option<RestartAction>,
    /// How long a lost connection is tried again.
    pub reattach_for: Duration,
    /// How long a restarted program has to come back.
    pub restart_for: Duration,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("attach", &self.attach).finish_non_exhaustive()
    }
}

/// How it ended.
#[derive(Debug)]
pub enum Done {
    /// Left debugpy in an orderly way.
    Detached,
    /// Attached again.
    Attached(Box<Attached>),
    /// Could not attach for the first time.
    StartFailed(AttachError),
    /// Could not attach in time; why.
    AttachFailed(String),
    /// The restart action failed; attaching is tried all the same.
    RestartFailed(String),
    /// What became of connecting for an editor on the wire.
    WireOpened(ProcessId, Result<Box<Attached>, AttachError>),
    /// debugpy was left, to which that editor did not attach.
    WireLeft(ProcessId),
    /// What became of letting a guest in.
    Admitted(GuestId, Result<Box<Admitted>, IdentityError>),
    /// What became of attaching to a child.
    Child(ProcessId, Result<Box<Attached>, AttachError>),
}

/// Lets a guest in: uses their invite, and makes them a ticket.
pub async fn admit(identity: Identity, guest: GuestId, asking: AskingGuest, done: mpsc::Sender<Done>) {
    let admitted = identity.admit(&asking).await;
    tell(&done, Done::Admitted(guest, admitted.map(Box::new))).await;
}

/// Attaches to a child process that waits for it.
pub async fn attach_child(
    target: Target,
    process: ProcessId,
    arguments: String,
    setup: Setup,
    done: mpsc::Sender<Done>,
) {
    let attached = try_attach(&child_of(&target, arguments), setup).await;
    tell(&done, Done::Child(process, attached.map(Box::new))).await;
}

/// Lets a child process run that waits for somebody to attach.
pub async fn release_child(target: Target, arguments: String) {
    match try_attach(&child_of(&target, arguments), Setup::default()).await {
        Ok(attached) => attached.handle.detach().await,
        Err(error) => tracing::debug!(%error, "a child process could not be let go; it may be gone"),
    }
}

fn child_of(target: &Target, arguments: String) -> AttachConfig {
    AttachConfig { child: Some(arguments), ..target.attach.clone() }
}

/// Leaves debugpy: the children, then the program.
pub async fn detach(children: Vec<Upstream>, upstream: Option<Upstream>, done: mpsc::Sender<Done>) {
    futures_util::future::join_all(children.into_iter().map(Upstream::detach)).await;
    if let Some(upstream) = upstream {
        upstream.detach().await;
    }
    tell(&done, Done::Detached).await;
}

/// Attaches for the first time.
pub async fn start(target: Target, setup: Setup, done: mpsc::Sender<Done>) {
    let outcome = match try_attach(&target.attach, setup).await {
        Ok(attached) => Done::Attached(Box::new(attached)),
        Err(error) => Done::StartFailed(error),
    };
    tell(&done, outcome).await;
}

/// Connects, for an editor on the wire to attach.
pub async fn open_wire(target: Target, process: ProcessId, done: mpsc::Sender<Done>) {
    let opened = breakroom_upstream::open(&target.attach).await;
    tell(&done, Done::WireOpened(process, opened.map(Box::new))).await;
}

/// Leaves debugpy, to which nobody attached, so that somebody else can.
pub async fn leave_wire(process: ProcessId, upstream: Option<Upstream>, done: mpsc::Sender<Done>) {
    if let Some(upstream) = upstream {
        upstream.detach().await;
        tokio::time::sleep(PAUSE_AFTER_LOSS).await;
    }
    tell(&done, Done::WireLeft(process)).await;
}

/// Attaches again after a lost connection.
pub async fn reattach(target: Target, setup: Setup, done: mpsc::Sender<Done>) {
    let outcome = attach_within(&target.attach, setup, PAUSE_AFTER_LOSS, target.reattach_for).await;
    tell(&done, outcome).await;
}

/// Runs the restart action and attaches to what comes back.
pub async fn restart(target: Target, setup: Setup, done: mpsc::Sender<Done>) {
    if let Some(action) = &target.restart
        && let Err(message) = action().await
    {
        tell(&done, Done::RestartFailed(message)).await;
    }
    let outcome = attach_within(&target.attach, setup, PAUSE_AFTER_DETACH, target.restart_for).await;
    tell(&done, outcome).await;
}

async fn attach_within(config: &AttachConfig, setup: Setup, pause: Duration, within: Duration) -> Done {
    let deadline = Instant::now() + within;
    let mut config = AttachConfig { again: true, ..config.clone() };
    // Once it takes the connection it is there, and may be busy for long with what the old one left.
    config.timeouts.attach = config.timeouts.attach.max(within * BUSY_PATIENCE);
    loop {
        tokio::time::sleep(pause.max(Duration::from_millis(500))).await;
        let error = match try_attach(&config, setup.clone()).await {
            Ok(attached) => return Done::Attached(Box::new(attached)),
            Err(error) => error,
        };
        if Instant::now() >= deadline || !worth_trying_again(&error) {
            return Done::AttachFailed(not_back(&error));
        }
    }
}

/// Why a program that was attached to isn't any more. `debugpy.listen` works once in a program: it can't be told to listen.
fn not_back(error: &AttachError) -> String {
    match error {
        AttachError::NotActive { address, .. } => format!(
            "nothing listens at {address} any more: the program ended, or its debugger did; start the program again"
        ),
        other => other.to_string(),
    }
}

/// Attaches once.
pub async fn try_attach(config: &AttachConfig, setup: Setup) -> Result<Attached, AttachError> {
    breakroom_upstream::attach(config, setup).await
}

/// A program that starts up refuses, hangs up or is slow for a while; one that isn't debugpy stays that.
fn worth_trying_again(error: &AttachError) -> bool {
    !matches!(error.code(), ErrorCode::NotDebugpy)
}

async fn tell(done: &mpsc::Sender<Done>, what: Done) {
    if done.send(what).await.is_err() {
        tracing::debug!("the session ended before its upkeep did");
    }
}
