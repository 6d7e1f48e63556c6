//! `breakroom share HOST:PORT`: one program, one session, two links; no configuration and no accounts. With `--editor`, one
//! session after another.

use crate::cli::ShareOptions;
use crate::config::{Config, RestartConfig, default_data, is_address};
use crate::hub::Hub;
use crate::join;
use crate::serve::{Server, plain_target, signal};
use crate::session::{Mail, SessionHandle, now};
use anyhow::{Context, bail};
use breakroom_identity::NewInvite;
use breakroom_protocol::{InviteId, InviteInfo, ParticipantId, Role, SessionId};
use breakroom_upstream::PAUSE_AFTER_DETACH;
use std::io::Write as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// How long the printed invite works, and how often.
const INVITE_FOR: Duration = Duration::from_secs(24 * 3_600);
const INVITE_USES: u32 = 20;
/// How often it is looked whether the program is there again.
const LOOKED_AGAIN: Duration = Duration::from_secs(1);
/// How long the host's editors wait with signing in again; attempts are counted.
const SIGNED_IN_AGAIN: Duration = Duration::from_secs(10);

/// Runs until a signal; recordings can be looked at when their session has ended before.
pub async fn run(options: ShareOptions) -> anyhow::Result<()> {
    if !is_address(&options.address) {
        bail!(
            "`{}` is no HOST:PORT: give the address that `python -m debugpy --listen` has",
            options.address
        );
    }
    let mut target = plain_target(&options.address, &options.address);
    target.source_roots.clone_from(&options.source_roots);
    target.restart = options.restart.as_ref().map(|command| RestartConfig {
        command: Some(command.split_whitespace().map(str::to_owned).collect()),
        action: None,
        data: None,
        back_within_s: 60,
    });
    let config = Config {
        listen: options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0))),
        data: options.data.clone().unwrap_or_else(default_data),
        public_url: options.public_url.clone(),
        targets: vec![target],
        sessions_follow: options.editor.is_some(),
        ..Config::default()
    };
    config.check()?;
    let editors = match options.editor {
        Some(address) => Some(Arc::new(join::listen(address).await?)),
        None => None,
    };
    let server = Server::open(config).await?;
    let hub = server.app.hub.clone();
    // One that a killed `share` left goes on. An editor that attaches first brings its settings and its breakpoints, so
    // it isn't forestalled.
    let started = match (hub.session_on(&options.address), &editors) {
        (Some(handle), _) => Ok(handle),
        (None, Some(_)) => hub.open_room(&options.address, "Host").await,
        (None, None) => hub.start(&options.address, "Host").await,
    };
    let handle = match started {
        Ok(handle) => handle,
        Err(error) => {
            hub.shutdown().await;
            hub.journal.clone().close().await;
            bail!("{}", error.message);
        }
    };
    let front = Front { hub, base: server.base(), address: server.address, editors, options };
    let links = front.links(handle.info.id, None).await?;
    announce(&front.options, &links)?;
    let invite = links.invite;
    if let Some(listener) = &front.editors {
        join::announce(listener)?;
    }
    front.let_editors_in(&handle);
    let stop = async move {
        tokio::select! {
            () = signal() => {}
            () = front.stay(handle, invite) => {}
        }
    };
    server.serve(stop).await
}

/// What leads into a session.
struct Links {
    session: SessionId,
    host_url: String,
    invite: Printed,
}

/// The printed invite.
#[derive(Clone)]
struct Printed {
    invite: InviteId,
    url: String,
    /// How often it lets somebody in still.
    uses: u32,
}

/// What leads into the session, and into the next one.
struct Front {
    hub: Arc<Hub>,
    base: String,
    address: SocketAddr,
    /// Where the host's own editors attach.
    editors: Option<Arc<TcpListener>>,
    options: ShareOptions,
}

impl Front {
    /// A session's links. The invite of the session before is one of this, as long as it lets anybody in.
    async fn links(&self, session: SessionId, printed: Option<Printed>) -> anyhow::Result<Links> {
        // First, as nobody sees how many there are: of invites there is a list.
        let host_link = self.hub.identity.host_link(Some(session)).await?;
        let host_url = format!("{}/join#host={host_link}", self.base);
        let invite = match printed {
            Some(Printed { invite, url, .. }) => match self.uses_left(session, invite).await? {
                0 => self.invite(session).await?,
                uses => Printed { invite, url, uses },
            },
            None => self.invite(session).await?,
        };
        Ok(Links { session, host_url, invite })
    }

    async fn uses_left(&self, session: SessionId, invite: InviteId) -> anyhow::Result<u32> {
        let invites = self.hub.identity.list_invites(session).await?;
        let good = |info: &&InviteInfo| info.id == invite && !info.revoked && info.expires_at > now();
        Ok(invites.iter().find(good).map_or(0, |info| info.uses.saturating_sub(info.used)))
    }

    async fn invite(&self, session: SessionId) -> anyhow::Result<Printed> {
        let invite = NewInvite {
            session,
            role: Role::Collaborator,
            notes: true,
            expires_in: INVITE_FOR,
            uses: INVITE_USES,
            asks: self.options.ask,
            by: ParticipantId(uuid::Uuid::nil()),
        };
        let (made, secret) = self.hub.identity.create_invite(invite).await?;
        Ok(Printed { invite: made.id, url: format!("{}/join#invite={secret}", self.base), uses: made.uses })
    }

    /// Lets the host's own editors in, until the session ends.
    fn let_editors_in(&self, handle: &SessionHandle) {
        if let Some(listener) = &self.editors {
            let (wanted, wires) = mpsc::channel(1);
            tokio::spawn(on_wire(handle.clone(), wires));
            let (hub, listener) = (Arc::clone(&self.hub), Arc::clone(listener));
            tokio::spawn(editors(hub, loopback(self.address), listener, handle.clone(), wanted));
        }
    }

    /// Says where the recording is when the session has ended. Where editors attach, a new session is there for the next one
    /// that does, as debugpy can be attached to again; else this never ends.
    async fn stay(&self, mut handle: SessionHandle, mut invite: Printed) {
        loop {
            handle.gone().await;
            if self.editors.is_some() {
                tokio::time::sleep(PAUSE_AFTER_DETACH).await;
            }
            let session = handle.info.id;
            if !matches!(self.hub.journal.session(session).await, Ok(None)) {
                let recording = format!("{}/r/{session}", self.base);
                let further = match &self.editors {
                    Some(_) => "Ctrl-C stops the server",
                    None => "Ctrl-C stops the server; to share the program again, start it anew",
                };
                eprintln!("The session has ended. Its recording: {recording} ({further}).");
            }
            if self.editors.is_none() {
                return std::future::pending().await;
            }
            (handle, invite) = self.next(session, invite).await;
        }
    }

    /// The next session, as soon as there is something to attach to. Who was let into the one before is let into it.
    async fn next(&self, before: SessionId, printed: Printed) -> (SessionHandle, Printed) {
        let mut said = None;
        let handle = loop {
            // Somebody may have started it meanwhile.
            let opened = match self.hub.session_on(&self.options.address) {
                Some(handle) => Ok(handle),
                None => self.hub.open_room(&self.options.address, "Host").await,
            };
            match opened {
                Ok(handle) => break handle,
                Err(error) if said.as_ref() != Some(&error.message) => {
                    eprintln!("{} Until then, editors are turned away.", error.message);
                    said = Some(error.message);
                }
                Err(_) => {}
            }
            self.turn_away(LOOKED_AGAIN).await;
        };
        // Tried until it works, as who is left behind once is left behind for good.
        while let Err(error) = self.hub.identity.carry_over(before, handle.info.id).await {
            tracing::warn!("who was in the session before isn't let into the next one yet: {error}");
            tokio::time::sleep(LOOKED_AGAIN).await;
        }
        // So is this: who has no link can't come in.
        let mut warned = false;
        let links = loop {
            match self.links(handle.info.id, Some(printed.clone())).await {
                Ok(links) => break links,
                Err(_) if warned => {}
                Err(error) => {
                    tracing::warn!("there are no links into the next session yet: {error:#}");
                    warned = true;
                }
            }
            self.turn_away(LOOKED_AGAIN).await;
        };
        if let Err(error) = announce(&self.options, &links) {
            tracing::warn!("the links into the next session can't be told: {error:#}");
        }
        self.let_editors_in(&handle);
        (handle, links.invite)
    }

    /// There is nothing to attach to, which editors hear at once, as they would from the program's own port.
    async fn turn_away(&self, time: Duration) {
        let turning = async {
            match &self.editors {
                Some(listener) => while listener.accept().await.is_ok() {},
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = turning => tokio::time::sleep(time).await,
            () = tokio::time::sleep(time) => {}
        }
    }
}

/// The host's own editors; they sign in anew if their sign-in ends before the session.
async fn editors(
    hub: Arc<Hub>,
    server: SocketAddr,
    listener: Arc<TcpListener>,
    session: SessionHandle,
    wanted: mpsc::Sender<join::WireWanted>,
) {
    let over = session.over();
    while !over.is_cancelled() {
        match hub.identity.host_link(Some(session.info.id)).await {
            Ok(secret) => {
                let link = format!("http://{server}/join#host={secret}");
                join::of_host(Arc::clone(&listener), link, wanted.clone(), over.clone()).await;
            }
            Err(error) => tracing::warn!("editors can't come in: {error}"),
        }
        tokio::select! {
            () = over.cancelled() => {}
            () = tokio::time::sleep(SIGNED_IN_AGAIN) => {}
        }
    }
}

/// Lets editors on the wire of the session, where it lets them.
async fn on_wire(session: SessionHandle, mut wires: mpsc::Receiver<join::WireWanted>) {
    while let Some(wanted) = wires.recv().await {
        tokio::spawn(wire(session.clone(), wanted));
    }
}

/// Carries what one of them asks.
async fn wire(session: SessionHandle, wanted: join::WireWanted) {
    let join::WireWanted { editor, mut asks, words, let_in } = wanted;
    let name = editor.prefix.clone();
    // Ended: dropping what came tells the editor.
    let mut living = session.send(Mail::WireWanted { editor, words, let_in }).await.is_ok();
    while living && let Some(ask) = asks.recv().await {
        living = session.send(Mail::Wire(name.clone(), ask)).await.is_ok();
    }
    let _ended = session.send(Mail::WireGone(name)).await;
}

/// Where this machine reaches a server that serves at `address`.
fn loopback(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        let ip =
            if address.is_ipv4() { IpAddr::from([127, 0, 0, 1]) } else { IpAddr::from(Ipv6Addr::LOCALHOST) };
        address.set_ip(ip);
    }
    address
}

fn announce(options: &ShareOptions, links: &Links) -> anyhow::Result<()> {
    let Links { session, host_url, invite: Printed { url: invite_url, uses, .. } } = links;
    let mut out = std::io::stdout().lock();
    if options.json {
        let line = serde_json::json!({"host_url": host_url, "invite_url": invite_url, "session": session.to_string()});
        writeln!(out, "{line}")
    } else {
        writeln!(
            out,
            "Sharing {}\n\n  You (works once):    {host_url}\n  Others ({uses} times): {invite_url}\n\nCtrl-C ends the session; the program runs on.",
            options.address
        )
    }
    .and_then(|()| out.flush())
    .context("cannot print the links")
}
