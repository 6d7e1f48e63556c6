//! `breakroom join URL`: an editor's way into a session, here or on another server.
//!
//! In: a link, and editors that attach on this machine. Out: [`breakroom_editor`] does it all. The listener is on the
//! loopback interface only: whoever reaches it acts as this participant, without signing in.

use crate::cli::JoinOptions;
use crate::serve::signal;
use anyhow::{Context, bail};
pub use breakroom_editor::WireWanted;
use breakroom_editor::{Account, Ending, Options, PathMap, serve, serve_stdio};
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Runs until a signal, the end of the session, or with `--stdio` the editor's leaving.
pub async fn run(options: JoinOptions) -> anyhow::Result<()> {
    let mut map = PathMap::default();
    for pair in &options.maps {
        map.add_option(pair).map_err(anyhow::Error::msg)?;
    }
    // Before signing in: an invite isn't used up by a port that is taken.
    let listener = if options.stdio { None } else { Some(listen(options.listen).await?) };
    let name = options.name.clone().or_else(user_name);
    let waits = || eprintln!("breakroom: a host has to let you in; waiting …");
    let account = Account::join(&options.url, name.as_deref(), options.token.as_deref(), waits).await?;
    let serving = Options::new(map, std::env::current_dir().ok(), options.host_ends);
    let ending = match listener {
        None => serve_stdio(account, serving).await,
        Some(listener) => {
            announce(&listener)?;
            tokio::select! {
                ending = serve(Arc::new(listener), account, serving) => ending.context("cannot let editors in")?,
                () = signal() => return Ok(()),
            }
        }
    };
    if let Ending::Gone(why) = ending {
        eprintln!("breakroom: {why}");
    }
    Ok(())
}

/// The host's own editors, beside `breakroom share`, until the session has ended. The first one may be let on its wire.
pub async fn of_host(
    listener: Arc<TcpListener>,
    link: String,
    wanted: mpsc::Sender<WireWanted>,
    ended: CancellationToken,
) {
    let served = async {
        let account = Account::join(&link, Some("Host's editor"), None, || {}).await?;
        let options =
            Options::new(PathMap::default(), std::env::current_dir().ok(), false).on_wire(wanted, ended);
        let served = serve(listener, account.clone(), options).await;
        // The next session's editors have a ticket of their own; this one would be carried over to it in vain.
        if let Err(error) = account.sign_out().await {
            tracing::debug!("the ticket of the host's editors stays until it expires: {error}");
        }
        anyhow::Ok(served?)
    };
    if let Err(error) = served.await {
        tracing::warn!("editors can't come in: {error:#}");
    }
}

/// Opens the port for editors.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "editors attach on this machine only, as whoever reaches the port acts as you: give a loopback address \
             such as 127.0.0.1:5678, not {address}"
        );
    }
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen at {address} for editors (with port 0, a free one is taken)"))
}

/// Says where editors attach.
pub fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr().context("cannot tell where editors attach")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "LISTENING {} {}", address.ip(), address.port())
        .and_then(|()| out.flush())
        .context("cannot print where editors attach")
}

/// Who is at this machine, as a name to go by.
fn user_name() -> Option<String> {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).ok()?;
    (!name.trim().is_empty()).then(|| name.chars().take(40).collect())
}
