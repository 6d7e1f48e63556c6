//! `breakroom serve`, and what it shares with `breakroom share`: opening everything, serving, going down in order.

use crate::cli::ServeOptions;
use crate::config::{Config, Durability, HomeAssistant, TargetConfig};
use crate::house;
use crate::http::{App, HEAD_WITHIN, router};
use crate::hub::{Hub, KnownTarget};
use crate::session::{RestartAction, Rules};
use anyhow::{Context, bail};
use breakroom_identity::{AttemptLimits, HomeAssistantConfig, Identity, IdentityConfig};
use breakroom_journal::{Journal, JournalConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long open requests have to end when the server goes down.
const GOODBYE: Duration = Duration::from_secs(3);

/// Runs until a signal.
pub async fn run(options: ServeOptions) -> anyhow::Result<()> {
    let config = configure(&options)?;
    let server = Server::open(config).await?;
    println!("Breakroom serves http://{}", server.address);
    if server.app.config.targets.is_empty() {
        println!(
            "No targets are configured yet: add [[targets]] to the configuration file, or --target NAME=HOST:PORT."
        );
    }
    if options.host_link {
        let secret = server.app.hub.identity.host_link(None).await?;
        println!("Come in as host (the link works once): {}/join#host={secret}", server.base());
    }
    server.serve(signal()).await
}

fn configure(options: &ServeOptions) -> anyhow::Result<Config> {
    let mut config = match &options.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    if let Some(listen) = options.listen {
        config.listen = listen;
    }
    if let Some(data) = &options.data {
        config.data.clone_from(data);
    }
    if options.public_url.is_some() {
        config.public_url.clone_from(&options.public_url);
    }
    if let Some(url) = &options.home_assistant {
        let known = config.home_assistant.take();
        config.home_assistant = Some(match known {
            Some(known) => HomeAssistant { url: url.clone(), ..known },
            None => {
                HomeAssistant { url: url.clone(), browser_url: None, token_file: None, recheck_every_s: 60 }
            }
        });
    }
    for target in &options.targets {
        let Some((name, address)) = target.split_once('=') else {
            bail!("--target must be NAME=HOST:PORT, not `{target}`");
        };
        config.targets.push(plain_target(name, address));
    }
    config.check()?;
    Ok(config)
}

/// A target of which only name and address are known.
pub fn plain_target(name: &str, address: &str) -> TargetConfig {
    TargetConfig {
        name: name.to_owned(),
        address: address.to_owned(),
        source_roots: Vec::new(),
        just_my_code: true,
        how_to_start: None,
        restart: None,
    }
}

/// Everything that is open.
#[derive(Debug)]
pub struct Server {
    /// What handlers have.
    pub app: App,
    /// Where it serves.
    pub address: SocketAddr,
    listener: TcpListener,
}

impl Server {
    /// Opens the database, the ticket key and the port.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let data = &config.data;
        tokio::fs::create_dir_all(data)
            .await
            .with_context(|| format!("cannot make the data folder {}", data.display()))?;
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot serve at {}", config.listen))?;
        let address = listener.local_addr().context("cannot tell where it serves")?;
        let durability = match config.durability {
            Durability::Normal => breakroom_journal::Durability::Normal,
            Durability::Full => breakroom_journal::Durability::Full,
        };
        let journal = Journal::open(JournalConfig {
            path: data.join("breakroom.sqlite3"),
            durability,
            ..JournalConfig::default()
        })
        .await?;
        let identity = Identity::open(journal.pool().clone(), identity_config(&config)).await?;
        let targets = config.targets.iter().map(|target| known(&config, target)).collect();
        let rules = Rules {
            driver_gone_ms: config.limits.driver_gone_s * 1_000,
            breakpoints_of_gone_ms: config.limits.breakpoints_of_gone.as_millis(),
            guest_waits_ms: config.limits.guest_waits_s.max(1).saturating_mul(1_000),
            ..Rules::default()
        };
        let hub = Hub::new(journal, identity, targets, rules);
        hub.recover().await?;
        let config = Config { listen: address, ..config };
        Ok(Self { app: App::new(hub, Arc::new(config)), address, listener })
    }

    /// The address for links.
    pub fn base(&self) -> String {
        match &self.app.config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.address),
        }
    }

    /// Serves until `stop`; then, in order: stop accepting, sessions say goodbye, requests and sockets end, the journal closes.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let hub = Arc::clone(&self.app.hub);
        let sockets = self.app.sockets.clone();
        let stopped = CancellationToken::new();
        let app = router(self.app);
        let serving = tokio::spawn(crate::http::serve(self.listener, app, HEAD_WITHIN, stopped.clone()));
        stop.await;
        stopped.cancel();
        hub.shutdown().await;
        sockets.close();
        // A goodbye is only read if the connection isn't reset behind it, as the end of the process would.
        let ended = async { tokio::join!(serving, sockets.wait()) };
        if tokio::time::timeout(GOODBYE, ended).await.is_err() {
            tracing::warn!("some requests or sockets did not end in time");
        }
        hub.identity.shutdown().await;
        hub.journal.clone().close().await;
        Ok(())
    }
}

fn identity_config(config: &Config) -> IdentityConfig {
    let home_assistant = config.home_assistant.as_ref().map(|ha| HomeAssistantConfig {
        recheck_every: Duration::from_secs(ha.recheck_every_s.max(1)),
        ..HomeAssistantConfig::new(&ha.url)
    });
    IdentityConfig {
        data_dir: config.data.clone(),
        ticket_lifetime: Duration::from_secs(config.limits.ticket_hours.max(1) * 3_600),
        home_assistant,
        limits: AttemptLimits { per_minute: config.limits.attempts_per_minute, ..AttemptLimits::default() },
    }
}

fn known(config: &Config, target: &TargetConfig) -> KnownTarget {
    let restart = target.restart.as_ref().and_then(|restart| {
        let action: RestartAction = match (&restart.command, &restart.action, &config.home_assistant) {
            (Some(command), ..) => {
                let command = command.clone();
                Arc::new(move || {
                    let command = command.clone();
                    Box::pin(async move { house::run_command(&command).await })
                })
            }
            (None, Some(action), Some(ha)) => {
                let (url, action) = (ha.url.clone(), action.clone());
                let token_file = ha.token_file.clone()?;
                let data = restart.data.clone().unwrap_or_default();
                Arc::new(move || {
                    let (url, token_file) = (url.clone(), token_file.clone());
                    let (action, data) = (action.clone(), data.clone());
                    Box::pin(async move { house::call_action(&url, &token_file, &action, &data).await })
                })
            }
            _ => return None,
        };
        Some(action)
    });
    KnownTarget::new(target.clone(), restart, &config.limits)
}

/// Resolves at Ctrl-C or SIGTERM.
pub async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ctrl_c_or_no_signals_at_all = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ctrl_c_or_no_signals_at_all = interrupt.await;
    }
}
