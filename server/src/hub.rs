//! All live sessions of this server, and how they begin.
//!
//! In: starts from hosts, revocations from identity, removals from sessions. Out: session tasks.
//! Invariant: a target has at most one live session; one that could not attach leaves nothing behind.

use crate::config::{Limits, TargetConfig};
use crate::house;
use crate::session::{
    self, Begin, Mail, RestartAction, Resumed, Rules, SessionHandle, Surroundings, Target, now,
};
use breakroom_identity::{Identity, IdentityError};
use breakroom_journal::{Journal, JournalError};
use breakroom_protocol::{
    ConnectionId, ErrorBody, ErrorCode, Event, InviteId, JournalSeq, ParticipantId, SessionId, SessionInfo,
    TargetInfo, TicketId,
};
use breakroom_upstream::{AttachConfig, AttachError, EntryLimits, Setup};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa::ToSchema;

/// Removals that may wait for the hub.
const REMOVALS: usize = 256;
/// How long sessions have to say goodbye when the server goes down.
const GOODBYE: Duration = Duration::from_secs(8);

/// A configured target, ready to be attached to.
#[derive(Debug, Clone)]
pub struct KnownTarget {
    /// As configured.
    pub config: TargetConfig,
    /// How to reach and restart it.
    pub reach: Target,
}

impl KnownTarget {
    /// From the configuration, with its restart action.
    pub fn new(config: TargetConfig, restart: Option<RestartAction>, limits: &Limits) -> Self {
        let entry_limits = EntryLimits {
            conditions_per_second: limits.conditions_per_s,
            logs_per_second: limits.logs_per_s,
            snaps_per_second: limits.snaps_per_s,
        };
        let mut attach = AttachConfig {
            just_my_code: config.just_my_code,
            entry_limits,
            ..AttachConfig::new(&config.address)
        };
        let evaluation = Duration::from_secs(limits.evaluation_s.max(1));
        attach.timeouts = attach.timeouts.with_evaluation(evaluation);
        let reattach_for = Duration::from_secs(limits.reattach_s);
        let restart_for =
            Duration::from_secs(config.restart.as_ref().map_or(120, |restart| restart.back_within_s));
        Self { config, reach: Target { attach, restart, reattach_for, restart_for } }
    }

    /// As clients see it.
    pub fn info(&self) -> TargetInfo {
        TargetInfo {
            name: self.config.name.clone(),
            address: self.config.address.clone(),
            can_restart: self.reach.restart.is_some(),
        }
    }

    /// How a person starts the debugger there.
    pub fn how_to_start(&self) -> String {
        self.config.how_to_start.clone().unwrap_or_else(|| {
            format!("Start the program with `python -m debugpy --listen {} PROGRAM.py`.", self.config.address)
        })
    }
}

/// Whether a target's debugger is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DebuggerState {
    /// Something listens at its address.
    Active,
    /// Nothing does.
    Inactive,
    /// A session of ours is attached.
    Attached,
    /// Its address is on another machine, and a probe would break it: starting a session tells.
    Unknown,
}

/// All live sessions.
#[derive(Debug)]
pub struct Hub {
    /// Where sessions are recorded.
    pub journal: Journal,
    /// Who may come in.
    pub identity: Identity,
    targets: Vec<KnownTarget>,
    rules: Rules,
    live: Mutex<BTreeMap<SessionId, SessionHandle>>,
    starting: Mutex<BTreeSet<String>>,
    removals: mpsc::Sender<(SessionId, ParticipantId)>,
    tasks: TaskTracker,
    stop: CancellationToken,
    next_connection: AtomicU64,
}

impl Hub {
    /// Starts the hub and its one task.
    pub fn new(journal: Journal, identity: Identity, targets: Vec<KnownTarget>, rules: Rules) -> Arc<Self> {
        let (removals, mailbox) = mpsc::channel(REMOVALS);
        let hub = Arc::new(Self {
            journal,
            identity,
            targets,
            rules,
            live: Mutex::default(),
            starting: Mutex::default(),
            removals,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            next_connection: AtomicU64::new(1),
        });
        tokio::spawn(Arc::clone(&hub).watch(mailbox));
        hub
    }

    /// All targets.
    pub fn targets(&self) -> &[KnownTarget] {
        &self.targets
    }

    /// A target by name.
    ///
    /// # Errors
    /// There is none.
    pub fn target(&self, name: &str) -> Result<&KnownTarget, ErrorBody> {
        self.targets.iter().find(|target| target.config.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.targets.iter().map(|target| target.config.name.as_str()).collect();
            let message = format!("There is no target `{name}`. Configured: {}.", known.join(", "));
            ErrorBody::new(ErrorCode::TargetNotFound, message)
        })
    }

    /// A number for a new socket.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId(self.next_connection.fetch_add(1, Ordering::Relaxed))
    }

    /// A live session.
    pub fn session(&self, id: SessionId) -> Option<SessionHandle> {
        lock(&self.live).get(&id).cloned()
    }

    /// The live session of a target.
    pub fn live_on(&self, target: &str) -> Option<SessionId> {
        self.session_on(target).map(|handle| handle.info.id)
    }

    /// The same, to talk to.
    pub fn session_on(&self, target: &str) -> Option<SessionHandle> {
        lock(&self.live).values().find(|handle| handle.info.target.name == target).cloned()
    }

    /// Whether a target's debugger is active, without touching its port.
    pub async fn debugger(&self, target: &KnownTarget) -> DebuggerState {
        if self.live_on(&target.config.name).is_some() {
            return DebuggerState::Attached;
        }
        match house::listening(&target.config.address).await {
            Some(true) => DebuggerState::Active,
            Some(false) => DebuggerState::Inactive,
            None => DebuggerState::Unknown,
        }
    }

    /// Attaches to a target and starts its session.
    ///
    /// # Errors
    /// No such target, a session is live or starting already, or why attaching failed; then nothing is left behind.
    pub async fn start(self: &Arc<Self>, name: &str, by: &str) -> Result<SessionHandle, ErrorBody> {
        self.open(name, by, First::Attach).await
    }

    /// Starts a session that attaches when a host says so: before that, people can come in and an editor can set what
    /// the program is to stop at.
    ///
    /// # Errors
    /// No such target, nothing listens there, or a session is live or starting already.
    pub async fn open_room(self: &Arc<Self>, name: &str, by: &str) -> Result<SessionHandle, ErrorBody> {
        self.open(name, by, First::Wait).await
    }

    async fn open(self: &Arc<Self>, name: &str, by: &str, first: First) -> Result<SessionHandle, ErrorBody> {
        let target = self.target(name)?;
        if let Some(live) = self.session_on(name) {
            if !live.over().is_cancelled() {
                return Err(already(name, &format!("Join it: /s/{}.", live.info.id)));
            }
            // It has told people that it ended, and makes room at this moment.
            live.gone().await;
            lock(&self.live).remove(&live.info.id);
        }
        let Some(_claim) = Claim::take(self, name) else {
            return Err(already(name, "It is starting at this moment: wait a second and join it."));
        };
        let attached = match first {
            First::Attach => {
                let attached = session::try_attach(&target.reach.attach, Setup::default()).await;
                Some(attached.map_err(|error| self.explain(target, &error))?)
            }
            First::Wait if self.debugger(target).await == DebuggerState::Inactive => {
                return Err(ErrorBody::new(ErrorCode::DebuggerNotActive, not_active(target)));
            }
            First::Wait => None,
        };
        let info = SessionInfo {
            id: SessionId::new(),
            target: target.info(),
            started_at: now(),
            started_by: by.to_owned(),
        };
        if let Err(error) = self.journal.begin(&info).await {
            if let Some(attached) = attached {
                attached.handle.detach().await;
            }
            tracing::error!(error = &error as &dyn std::error::Error, "cannot begin a recording");
            return Err(ErrorBody::new(
                ErrorCode::JournalUnavailable,
                format!("The session can't be recorded, so it was not started: {error}."),
            ));
        }
        let begin = attached.map_or(Begin::Waiting, |attached| Begin::Attached(Box::new(attached)));
        Ok(self.spawn(target, info, begin))
    }

    fn spawn(self: &Arc<Self>, target: &KnownTarget, info: SessionInfo, begin: Begin) -> SessionHandle {
        let around = Surroundings {
            journal: self.journal.clone(),
            identity: self.identity.clone(),
            removals: self.removals.clone(),
            target: target.reach.clone(),
            rules: Rules { source_roots: target.config.source_roots.clone(), ..self.rules.clone() },
        };
        let waits = matches!(begin, Begin::Waiting);
        let handle = session::spawn(info, around, begin, &self.tasks);
        lock(&self.live).insert(handle.info.id, handle.clone());
        let (hub, ended) = (Arc::clone(self), handle.clone());
        self.tasks.spawn(async move {
            ended.gone().await;
            lock(&hub.live).remove(&ended.info.id);
            if waits {
                hub.forget_if_empty(ended.info.id).await;
            }
        });
        handle
    }

    /// What waited for the first one to come, and ended before that, is no recording that anybody would look for.
    async fn forget_if_empty(&self, session: SessionId) {
        let forgotten = async {
            let first = self.journal.events(session, JournalSeq(1), 4).await?;
            let only_began =
                |event: &Event| matches!(event, Event::SessionStarted { .. } | Event::Ended { .. });
            if first.iter().all(|envelope| only_began(&envelope.event))
                && self.journal.doc_clients(session).await?.is_empty()
            {
                // Who may come in is left: they may have been in the session before, and be let into the next one.
                self.journal.delete(session).await?;
            }
            anyhow::Ok(())
        };
        if let Err(error) = forgotten.await {
            tracing::debug!(%session, "an empty recording is kept: {error:#}");
        }
    }

    /// Goes on with the sessions that a killed server left, if their targets are still configured; ends the others.
    /// To be called once, before anybody can start one.
    ///
    /// # Errors
    /// The journal can't be read or written.
    pub async fn recover(self: &Arc<Self>) -> Result<(), JournalError> {
        let mut resumed: BTreeMap<String, (SessionInfo, Box<Resumed>)> = BTreeMap::new();
        for row in self.journal.unfinished().await? {
            let (session, name) = (row.info.id, row.info.target.name.clone());
            if self.target(&name).is_err() || row.events == 0 {
                continue;
            }
            match Resumed::read(&self.journal, session).await {
                // At most one a target is ever live; were there two, the newer one would be it.
                Ok(left) => drop(resumed.insert(name, (row.info, Box::new(left)))),
                Err(error) => {
                    tracing::error!(%session, error = &error as &dyn std::error::Error, "a session can't be gone on with");
                }
            }
        }
        let ids: Vec<SessionId> = resumed.values().map(|(info, _)| info.id).collect();
        for session in self.journal.recover(now(), &ids).await? {
            tracing::warn!(%session, "a session that a killed server left was ended; its recording is kept");
        }
        for (name, (info, left)) in resumed {
            // Looked up above.
            let Ok(target) = self.target(&name) else { continue };
            tracing::warn!(session = %info.id, target = name, "going on with a session that a killed server left");
            self.spawn(target, info, Begin::Resumed(left));
        }
        Ok(())
    }

    fn explain(&self, target: &KnownTarget, error: &AttachError) -> ErrorBody {
        tracing::info!(target = target.config.name, error = error as &dyn std::error::Error, "cannot attach");
        let message = match error.code() {
            ErrorCode::DebuggerNotActive => not_active(target),
            _ => error.to_string(),
        };
        ErrorBody::new(error.code(), message)
    }

    /// Revokes an invite: who came by it is out, and who waits by it is told.
    ///
    /// # Errors
    /// As [`Identity::revoke_invite`]; then nobody is told.
    pub async fn revoke_invite(
        self: &Arc<Self>,
        session: SessionId,
        invite: InviteId,
    ) -> Result<(), IdentityError> {
        let hub = Arc::clone(self);
        // Who asked for it may hang up: what is revoked is told all the same.
        let revoking = self.tasks.spawn(async move {
            hub.identity.revoke_invite(session, invite).await?;
            hub.tell_who_waits_in(session, Mail::InviteRevoked(invite)).await;
            Ok(())
        });
        revoking.await.unwrap_or_else(|failed| {
            tracing::error!(error = &failed as &dyn std::error::Error, "revoking an invite broke off");
            Err(IdentityError::Busy)
        })
    }

    /// Guests wait in the session that invites of `session` open by now.
    async fn tell_who_waits_in(&self, session: SessionId, mail: Mail) {
        if let Some(handle) = self.session(self.identity.newest(session)) {
            // One that has just ended has told its guests itself.
            let _gone = handle.send(mail).await;
        }
    }

    fn all(&self) -> Vec<SessionHandle> {
        lock(&self.live).values().cloned().collect()
    }

    /// Says goodbye to every session, then ends the hub's task. In order, with a deadline.
    pub async fn shutdown(&self) {
        let live = self.all();
        let goodbye = async {
            for handle in &live {
                // One that is gone already needs no goodbye.
                if handle.send(Mail::Shutdown).await.is_ok() {
                    handle.gone().await;
                }
            }
            self.tasks.close();
            self.tasks.wait().await;
        };
        if tokio::time::timeout(GOODBYE, goodbye).await.is_err() {
            tracing::warn!("some sessions did not end in time; their journals end where they are");
        }
        self.stop.cancel();
    }

    /// Ends tickets of people removed by a host, and tells sessions of every ended ticket.
    async fn watch(self: Arc<Self>, mut removals: mpsc::Receiver<(SessionId, ParticipantId)>) {
        let mut revoked = self.identity.revocations();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some((session, participant)) = removals.recv() => {
                    self.remove(session, participant).await;
                }
                told = revoked.recv() => match told {
                    Ok(told) => self.tell_all(told.ticket, told.participant).await,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.recheck().await,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    async fn remove(&self, session: SessionId, participant: ParticipantId) {
        match self.identity.revoke_participant(Some(session), participant).await {
            Ok(removed) => {
                for invite in removed.used_up {
                    self.tell_who_waits_in(session, Mail::InviteUsedUp(invite)).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot end a removed participant's tickets"
                );
            }
        }
    }

    async fn tell_all(&self, ticket: TicketId, participant: ParticipantId) {
        let live = self.all();
        for handle in live {
            // A session that has just ended has closed its sockets itself.
            let _gone = handle.send(Mail::Revoked { ticket, participant }).await;
        }
    }

    /// Some revocations were missed: ask every session whom it serves, and check them all.
    async fn recheck(&self) {
        let live = self.all();
        for handle in live {
            for (ticket, participant) in handle.tickets().await.unwrap_or_default() {
                if !self.identity.is_live(ticket) {
                    self.tell_all(ticket, participant).await;
                }
            }
        }
    }
}

/// What a session does first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Attach,
    Wait,
}

fn not_active(target: &KnownTarget) -> String {
    let (name, address) = (&target.config.name, &target.config.address);
    let how = target.how_to_start();
    format!("The debugger of `{name}` is not active: nothing listens at {address}. {how}")
}

fn already(name: &str, what: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::SessionAlreadyLive, format!("A session on `{name}` is live already. {what}"))
}

/// A target that is being attached to; given back on drop, also when the caller goes away.
struct Claim<'a> {
    hub: &'a Hub,
    name: String,
}

impl<'a> Claim<'a> {
    fn take(hub: &'a Hub, name: &str) -> Option<Self> {
        lock(&hub.starting).insert(name.to_owned()).then(|| Self { hub, name: name.to_owned() })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        lock(&self.hub.starting).remove(&self.name);
    }
}

/// A panic elsewhere must not take every session with it: the maps are valid after any single operation.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
