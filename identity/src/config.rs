//! What a server may set.

use std::path::PathBuf;
use std::time::Duration;

/// Settings of [`crate::Identity`].
#[derive(Debug, Clone)]
pub struct IdentityConfig {
    /// Folder of the key that signs tickets (`ticket.key`, made at first start, mode 0600). To rotate the key,
    /// stop the server, delete the file and start: every ticket is then invalid and everybody signs in again.
    pub data_dir: PathBuf,
    /// How long a ticket is good for. A ticket never outlives it, whatever vouched for its holder.
    pub ticket_lifetime: Duration,
    /// The Home Assistant that vouches for people, if there is one.
    pub home_assistant: Option<HomeAssistantConfig>,
    /// Limits on attempts and memory.
    pub limits: AttemptLimits,
}

impl Default for IdentityConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            ticket_lifetime: Duration::from_secs(12 * 3600),
            home_assistant: None,
            limits: AttemptLimits::default(),
        }
    }
}

/// Where Home Assistant is and how patient we are with it.
#[derive(Debug, Clone)]
pub struct HomeAssistantConfig {
    /// Its address as this server reaches it, such as `http://homeassistant.local:8123`.
    pub url: String,
    /// How long one conversation (connect, authenticate, ask who it is) may take. A paused Home Assistant
    /// accepts connections and says nothing.
    pub answer_timeout: Duration,
    /// How often each token in use is authenticated afresh: some versions keep a removed user's socket open.
    pub recheck_every: Duration,
    /// Set it below Home Assistant's `login_attempts_threshold`, if that is set: after so many refused tokens
    /// in a row none is asked for any more until a good one (of somebody inside) was accepted again or this
    /// server restarts, because Home Assistant would otherwise ban this server's address for good.
    pub refusals_in_a_row: Option<u32>,
}

impl HomeAssistantConfig {
    /// The defaults for a Home Assistant at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            answer_timeout: Duration::from_secs(5),
            recheck_every: Duration::from_secs(60),
            refusals_in_a_row: None,
        }
    }
}

/// Limits on attempts to come in and on what is remembered of them.
#[derive(Debug, Clone)]
pub struct AttemptLimits {
    /// Failed attempts a client address may make per minute (an IPv6 client is its /64). Successes are free.
    pub per_minute: u32,
    /// Client addresses remembered; when full, the one unseen for longest is forgotten.
    pub clients: usize,
    /// Refused tokens remembered (as hashes), so that they are not asked about again.
    pub refused_tokens: usize,
    /// For how long a refusal is remembered. Not for ever: a deactivated user can be activated again.
    pub refused_for: Duration,
    /// Tickets live at the same time.
    pub tickets: usize,
    /// Home Assistant tokens watched at the same time; each costs one WebSocket.
    pub watches: usize,
    /// Unexpired, unrevoked invites per session.
    pub invites_per_session: u32,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            per_minute: 20,
            clients: 4_096,
            refused_tokens: 4_096,
            refused_for: Duration::from_secs(600),
            tickets: 20_000,
            watches: 256,
            invites_per_session: 200,
        }
    }
}
