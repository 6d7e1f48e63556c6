//! Editors come in: DAP over loopback or over stdio. Each editor has a task, a [`Facade`] and a [`Room`] of its own.
//!
//! Invariant: only this machine gets in, and only what speaks DAP from its first byte: a web page that posts to the port
//! says `POST` first, and is dropped before its body is looked at.

mod editor;
mod family;
mod search;
mod stdio;
mod wire;

use crate::account::Account;
use crate::facade::PathMap;
use family::Families;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
pub use wire::WireWanted;

/// Editors' sessions at a time, those of child processes included; one more is closed at once.
const MOST_EDITORS: usize = 48;
/// How long editors have to leave when the session is over.
const GOODBYE: Duration = Duration::from_secs(5);

/// How editors are served.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where files are.
    pub map: PathMap,
    /// Whether an editor's `terminate` may end the session, for hosts.
    pub host_ends: bool,
    /// Where files of the program's are looked for, if the editor names no folder.
    pub folder: Option<PathBuf>,
    /// How an editor gets on the wire, where the session is of this very process.
    pub(crate) wire: Option<mpsc::Sender<WireWanted>>,
    /// Nobody comes in any more.
    ended: CancellationToken,
    /// Where editors attach; set by [`serve`].
    here: Option<SocketAddr>,
}

impl Options {
    /// Where files are, by the person's own word; where to look for them; whether a host's editor ends the session.
    #[must_use]
    pub fn new(map: PathMap, folder: Option<PathBuf>, host_ends: bool) -> Self {
        Self { map, host_ends, folder, ..Self::default() }
    }

    /// An editor that comes while nobody else is here may be let on the wire by whoever hears this. When the session has
    /// `ended`, nobody is let in any more, and who comes next waits for whoever has the listener then.
    #[must_use]
    pub fn on_wire(self, wanted: mpsc::Sender<WireWanted>, ended: CancellationToken) -> Self {
        Self { wire: Some(wanted), ended, ..self }
    }
}

/// Why nobody is served any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The editor on stdio has left.
    EditorLeft,
    /// There is no coming back to the session; why, as a sentence.
    Gone(String),
}

/// Serves editors until the session is over for this participant.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: Arc<TcpListener>, account: Account, options: Options) -> io::Result<Ending> {
    let options = Options { here: listener.local_addr().ok(), ..options };
    let (account, options, families) = (Arc::new(account), Arc::new(options), Families::default());
    let mut editors = JoinSet::new();
    let (over, mut is_over) = mpsc::channel(MOST_EDITORS);
    let why = loop {
        tokio::select! {
            biased;
            () = options.ended.cancelled() => break "the session has ended".to_owned(),
            accepted = listener.accept() => {
                let (stream, _) = match accepted {
                    Ok(accepted) => accepted,
                    Err(error) if is_passing(&error) => continue,
                    Err(error) => return Err(error),
                };
                while editors.try_join_next().is_some() {}
                if editors.len() >= MOST_EDITORS {
                    tracing::warn!("{MOST_EDITORS} editors are here: one more is turned away");
                    continue;
                }
                let _or_the_system_waits = stream.set_nodelay(true);
                let (account, options, over) = (Arc::clone(&account), Arc::clone(&options), over.clone());
                let families = families.clone();
                editors.spawn(async move {
                    let (reader, writer) = stream.into_split();
                    editor::run(reader, writer, &account, &options, &families, over).await;
                });
            }
            Some(why) = is_over.recv() => break why,
        }
    };
    drop(listener);
    let leaving = async { while editors.join_next().await.is_some() {} };
    let _or_they_are_cut_off = tokio::time::timeout(GOODBYE, leaving).await;
    Ok(Ending::Gone(why))
}

/// A connection that broke, perhaps before it was accepted: no fault of the listener's, and what an editor that crashes does.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// Serves the one editor on stdin and stdout.
pub async fn serve_stdio(account: Account, options: Options) -> Ending {
    let (over, mut is_over) = mpsc::channel(1);
    let (out, is_all_out) = stdio::stdout();
    editor::run(stdio::stdin(), out, &account, &options, &Families::default(), over).await;
    // An editor that has left reads nothing more.
    let _or_it_is_cut_off = tokio::time::timeout(GOODBYE, is_all_out).await;
    is_over.try_recv().map_or(Ending::EditorLeft, Ending::Gone)
}
