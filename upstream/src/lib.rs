//! The one connection to a debuggee's debugpy: attaching, asking, hearing, detaching.
//!
//! In: typed [`Request`]s through [`Upstream`]. Out: [`FromUpstream`], events and answers in the order in which they
//! were read, through one bounded channel. Invariants: only requests that debugpy is known to finish can be expressed;
//! every ask ends exactly once; `Closed` is the last that comes.
//! Why a task of its own: debugpy's adapter serves one client, one request at a time, and answers late or never where
//! it is handled wrongly; nobody else should have to know how.
//!
//! Slow session: while the channel ([`INCOMING_LIMIT`]) is full, nothing is read from the socket, so debugpy's side
//! buffers; requests are sent nevertheless, and deadlines run on.
//!
//! Tasks: `attach` spawns one driver; it ends at end of file, a broken connection, [`Upstream::detach`], `terminated`
//! or when the receiver of `incoming` is dropped (the last three disconnect in good order first).

mod driver;
mod entries;
mod error;
mod lifecycle;
mod outbox;
mod pending;
mod pushed;
mod source;
mod traceback;
mod translate;
mod transport;
mod values;
mod wire;

use breakroom_protocol::model::{AttachOptions, ExceptionFilters};
use breakroom_protocol::upstream::{
    AskError, AskId, FromUpstream, FunctionBreakpoint, Request, SourceBreakpoint, UpstreamBreakpoint, Urgency,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use entries::{Entry, EntryLimits, entries_condition};
pub use error::{AttachError, Phase};
pub use lifecycle::{attach, open};
pub use outbox::OUTPUT_PIECE;
pub use pending::{CONTROL_LIMIT, READS_LIMIT};
pub use source::{MAX_SOURCE, is_usable_path, python_literal};

/// The most frames of a stack that the debuggee tells unasked at a stop, and that are best asked for at once.
pub const CAPTURED_FRAMES: u32 = 200;
/// Items that wait in `incoming` before reading pauses.
pub const INCOMING_LIMIT: usize = 256;
/// Least pause between an orderly detach and the next attach: connecting sooner breaks debugpy's adapter.
pub const PAUSE_AFTER_DETACH: Duration = Duration::from_millis(500);
/// Least pause between an abrupt loss (or a failed attach) and the next attach.
pub const PAUSE_AFTER_LOSS: Duration = Duration::from_secs(1);

/// A prefix of paths as we see them, and what it is on the target. Passed to debugpy as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMapping {
    /// Prefix in frames and breakpoints.
    pub local_root: String,
    /// The same folder in the debuggee.
    pub remote_root: String,
}

/// How long is waited for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the TCP connection.
    pub connect: Duration,
    /// From the connection to a configured session.
    pub attach: Duration,
    /// From an ask to its answer, waiting in the queue included.
    pub answer: Duration,
    /// From sending a request until it is told to be slow.
    pub slow: Duration,
    /// A person's code that takes longer is interrupted in the debuggee.
    pub evaluation: Duration,
    /// After that, until it is told to be stuck.
    pub grace: Duration,
    /// Any other request is told to be stuck when debugpy has said nothing at all for so long.
    pub silence: Duration,
    /// When nothing is asked and debugpy has said nothing for so long, it is asked for a sign of life …
    pub quiet: Duration,
    /// … which has to come within this, or the connection is given up.
    pub sign: Duration,
    /// How long what is in flight keeps `disconnect` back, if nothing of it is answered; four times that at most.
    pub settle: Duration,
    /// From `disconnect` to the end of the connection.
    pub detach: Duration,
}

impl Timeouts {
    /// The same, for a person's code that may take so long.
    #[must_use]
    pub fn with_evaluation(self, evaluation: Duration) -> Self {
        // What waits behind it must be able to.
        Self { evaluation, answer: self.answer.max(evaluation + self.grace * 3), ..self }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attach: Duration::from_secs(10),
            answer: Duration::from_secs(40),
            slow: Duration::from_secs(1),
            evaluation: Duration::from_secs(20),
            grace: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            quiet: Duration::from_secs(10),
            sign: Duration::from_secs(10),
            settle: Duration::from_millis(500),
            detach: Duration::from_secs(3),
        }
    }
}

/// What to attach to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachConfig {
    /// debugpy's address, `HOST:PORT`.
    pub address: String,
    /// Step and stop only in the program's own code.
    pub just_my_code: bool,
    /// What else was chosen of debugpy's own arguments.
    pub options: AttachOptions,
    /// Usually empty: paths are the target's.
    pub path_mappings: Vec<PathMapping>,
    /// Deadlines.
    pub timeouts: Timeouts,
    /// Attach to a child process instead: the arguments that debugpy announced it with
    /// ([`UpstreamChild`](breakroom_protocol::upstream::UpstreamChild)). The address stays the parent's.
    pub child: Option<String>,
    /// It was attached before, and lost: debugpy may take long to get over that (behind a flood of output it ends the
    /// old session only when all of it is through), and says meanwhile that it is being debugged. So `attach` is said
    /// again on the same connection until [`Timeouts::attach`] is over; a connection that closes then wedges it.
    pub again: bool,
    /// How often a breakpoint entry may be reached.
    pub entry_limits: EntryLimits,
    /// The latency remedies (`TCP_NODELAY` in the debuggee, `TCP_QUICKACK` here, and such). `false` is for measuring only.
    pub remedies: bool,
}

impl AttachConfig {
    /// The usual settings.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            just_my_code: true,
            options: AttachOptions::default(),
            path_mappings: Vec::new(),
            timeouts: Timeouts::default(),
            child: None,
            again: false,
            entry_limits: EntryLimits::default(),
            remedies: true,
        }
    }
}

impl AttachConfig {
    /// Takes over what somebody chose.
    pub fn choose(&mut self, options: AttachOptions) {
        self.just_my_code = options.just_my_code.unwrap_or(self.just_my_code);
        self.options = AttachOptions { just_my_code: None, ..options };
    }
}

/// What debugpy is told before the program goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    /// Per absolute path its breakpoints, at most one a line.
    pub breakpoints: Vec<(String, Vec<SourceBreakpoint>)>,
    /// At which functions it stops; at most one a name.
    pub functions: Vec<FunctionBreakpoint>,
    /// At which exceptions it stops.
    pub exception_filters: ExceptionFilters,
}

/// What runs at the other end, as far as it told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdapterInfo {
    /// Python's version, such as `3.11.2`.
    pub python: Option<String>,
    /// debugpy's version.
    pub debugpy: Option<String>,
    /// The debuggee's process id, on its machine.
    pub pid: Option<i64>,
    /// Name from the `process` event.
    pub process_name: Option<String>,
    /// Whether we were never attached to this very process before: what it runs is what its files say now.
    pub fresh: bool,
}

/// A live connection.
#[derive(Debug)]
pub struct Attached {
    /// To ask with.
    pub handle: Upstream,
    /// To hear from. Dropping it detaches.
    pub incoming: mpsc::Receiver<FromUpstream>,
    /// Who is there.
    pub info: AdapterInfo,
    /// What became of the setup's breakpoints, in its order; none where an editor attaches.
    pub breakpoints: Vec<(String, Vec<UpstreamBreakpoint>)>,
}

/// Handle to a connection; clones share it.
#[derive(Debug, Clone)]
pub struct Upstream {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pending: Mutex<pending::Pending>,
    wake: Notify,
    detach: CancellationToken,
    abandon: CancellationToken,
    finished: watch::Sender<bool>,
    /// How long leaving in good order takes at most.
    patience: Duration,
}

impl Shared {
    pub(crate) fn pending(&self) -> MutexGuard<'_, pending::Pending> {
        // Nothing panics while it is held; a poisoned one is as good as any.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upstream {
    /// Asks; never blocks.
    ///
    /// # Errors
    /// `Err` is the end of this ask, nothing comes through `incoming` then: `Gone` after the connection ended,
    /// `Refused` if [`READS_LIMIT`] of its urgency (or [`CONTROL_LIMIT`] control requests) are unended or the request can't be
    /// sent (a path that isn't absolute, text over 1 MiB), `NotOfProgram` for an impossible path to read.
    /// After `Ok`, exactly one `FromUpstream::Answer` carries `ask`.
    pub fn ask(&self, ask: AskId, request: Request, urgency: Urgency) -> Result<(), AskError> {
        translate::check(&request)?;
        self.shared.pending().ask(Instant::now(), ask, request, urgency)?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Ends captures and browses that weren't sent yet with `Dropped`; for a resume.
    pub fn drop_queued(&self) {
        self.shared.pending().drop_queued();
        self.shared.wake.notify_one();
    }

    /// Gives the connection up without a word, as debugpy would not hear it. The program runs on, without its
    /// breakpoints. `Closed` follows on `incoming`. Before attaching again, wait [`PAUSE_AFTER_LOSS`].
    pub fn abandon(&self) {
        self.shared.abandon.cancel();
    }

    /// Leaves in good order: what is in flight is awaited as long as more of it is answered within [`Timeouts::settle`], then
    /// comes `disconnect {terminateDebuggee: false}`, and the end of the connection is awaited for at most
    /// [`Timeouts::detach`]. The program runs on, without its breakpoints. `Closed` follows on `incoming`, which needn't be
    /// read meanwhile; events that come during it are dropped.
    pub async fn detach(self) {
        self.shared.detach.cancel();
        let mut finished = self.shared.finished.subscribe();
        // The driver bounds this by its own deadline; it takes no longer than a write more.
        let limit = self.shared.patience + Duration::from_secs(1);
        if tokio::time::timeout(limit, finished.wait_for(|finished| *finished)).await.is_err() {
            tracing::warn!("detaching from debugpy took too long");
        }
    }
}
