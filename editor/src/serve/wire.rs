//! How an editor gets on the wire (see [`breakroom_protocol::wire`]): asked for before it has said anything, as debugpy greets
//! first.

use super::Options;
use crate::account::Account;
use breakroom_protocol::Role;
use breakroom_protocol::wire::{WORDS, WireAsk, WireEditor, WireWord};
use tokio::sync::{mpsc, oneshot};

/// An editor's requests that wait for the session; what comes beyond is refused.
const ASKS: usize = 256;

/// An editor wants to be on the wire.
#[derive(Debug)]
pub struct WireWanted {
    /// Whose, and how to know it.
    pub editor: WireEditor,
    /// What it asks; the end of these is its leaving.
    pub asks: mpsc::Receiver<WireAsk>,
    /// What it is told.
    pub words: mpsc::Sender<WireWord>,
    /// Told when it is on the wire; dropped if it isn't to be.
    pub let_in: oneshot::Sender<()>,
}

/// An editor's end of it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) asks: mpsc::Sender<WireAsk>,
    pub(super) words: mpsc::Receiver<WireWord>,
}

/// On the wire, if that may be.
pub(super) async fn open(account: &Account, options: &Options, prefix: &str) -> Option<Link> {
    let wanted = options.wire.as_ref()?;
    let who = &account.me.participant;
    if who.role < Role::Host {
        return None;
    }
    let editor = WireEditor { who: who.id, prefix: prefix.to_owned() };
    let (asks, asked) = mpsc::channel(ASKS);
    let (words, told) = mpsc::channel(WORDS);
    let (let_in, is_in) = oneshot::channel();
    wanted.send(WireWanted { editor, asks: asked, words, let_in }).await.ok()?;
    is_in.await.ok()?;
    Some(Link { asks, words: told })
}
