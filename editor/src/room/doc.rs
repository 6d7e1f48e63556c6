//! The `breakpoints` doc's task. Edits wait until the doc is in sync: what it doesn't have yet can't be removed.

use super::{End, FIRST_PAUSE, LONGEST_PAUSE, SILENT_FOR, connect, end_of};
use crate::account::Account;
use crate::facade::{Edit, FromRoom};
use crate::replica::Replica;
use breakroom_protocol::room::DocName;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// Runs until there is no coming back, or nobody listens. That the session is over is the live socket's to say.
pub async fn run(account: Account, mut edits: mpsc::Receiver<Edit>, tell: mpsc::Sender<FromRoom>) {
    let mut replica = Replica::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let mut in_sync = false;
        match connection(&account, &mut replica, &mut edits, &tell, &mut in_sync).await {
            End::Unwanted => return,
            End::Gone(why) => {
                tracing::debug!(why, "the breakpoints are over");
                return;
            }
            End::Lost(why) => tracing::debug!(why, "the breakpoints are lost for the moment"),
        }
        pause = if in_sync { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        tokio::time::sleep(pause).await;
    }
}

async fn connection(
    account: &Account,
    replica: &mut Replica,
    edits: &mut mpsc::Receiver<Edit>,
    tell: &mpsc::Sender<FromRoom>,
    in_sync: &mut bool,
) -> End {
    let mut socket = match connect(account, &format!("docs/{}", DocName::Breakpoints.as_str())).await {
        Ok(socket) => socket,
        Err(end) => return end,
    };
    let mut outgoing = Some(replica.hello());
    loop {
        if let Some(frame) = outgoing.take() {
            match tokio::time::timeout(SILENT_FOR, socket.send(Message::binary(frame))).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return End::Lost(error.to_string()),
                Err(_) => return End::Lost("it takes nothing".to_owned()),
            }
        }
        tokio::select! {
            message = tokio::time::timeout(SILENT_FOR, socket.next()) => {
                let Ok(message) = message else { return End::Lost("it is silent".to_owned()) };
                let frame = match end_of(message) {
                    Ok(Message::Binary(frame)) => frame,
                    Ok(_) => continue,
                    Err(end) => return end,
                };
                match replica.receive(&frame) {
                    Err(error) => return End::Lost(error),
                    Ok(received) => {
                        *in_sync |= received.in_sync;
                        outgoing = received.reply;
                        for id in received.refused {
                            if tell.send(FromRoom::Refused(id)).await.is_err() {
                                return End::Unwanted;
                            }
                        }
                    }
                }
            }
            edit = edits.recv(), if *in_sync => {
                let Some(edit) = edit else { return End::Unwanted };
                outgoing = Some(replica.edit(edit));
            }
        }
    }
}
