//! The live socket's task.

use super::{End, FIRST_PAUSE, LONGEST_PAUSE, SILENT_FOR, Socket, connect, end_of};
use crate::account::Account;
use crate::facade::FromRoom;
use breakroom_protocol::{ClientMessage, JournalSeq, ServerMessage};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Commands a second on average, and at once: below the server's own limits, so that what waits is sent later, not lost.
const PER_SECOND: f64 = 45.0;
const BURST: f64 = 190.0;

type Commands = mpsc::Receiver<(u32, ClientMessage)>;

struct Live {
    account: Account,
    commands: Commands,
    tell: mpsc::Sender<FromRoom>,
    /// The last event that was handed over.
    seq: Option<JournalSeq>,
    /// Counts welcomes, as the facade does.
    epoch: u32,
    pace: Pace,
}

/// Runs until there is no coming back, or nobody listens.
pub async fn run(account: Account, commands: Commands, tell: mpsc::Sender<FromRoom>) {
    let mut live = Live { account, commands, tell, seq: None, epoch: 0, pace: Pace::new() };
    let mut pause = FIRST_PAUSE;
    loop {
        let epoch = live.epoch;
        match live.connection().await {
            End::Unwanted => return,
            End::Gone(why) => {
                let _unwanted = live.tell.send(FromRoom::Gone(why)).await;
                return;
            }
            End::Lost(why) => {
                if live.tell.send(FromRoom::Lost(why)).await.is_err() {
                    return;
                }
            }
        }
        if live.epoch > epoch {
            pause = FIRST_PAUSE;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Live {
    async fn connection(&mut self) -> End {
        let path = self.seq.map_or_else(|| "live".to_owned(), |seq| format!("live?from={seq}"));
        let mut socket = match connect(&self.account, &path).await {
            Ok(socket) => socket,
            Err(end) => return end,
        };
        loop {
            let ready = self.pace.ready();
            tokio::select! {
                message = tokio::time::timeout(SILENT_FOR, socket.next()) => {
                    let Ok(message) = message else { return End::Lost("it is silent".to_owned()) };
                    match end_of(message) {
                        Ok(Message::Text(text)) => {
                            if let Err(end) = self.hear(&text).await {
                                return end;
                            }
                        }
                        Ok(_) => {}
                        Err(end) => return end,
                    }
                }
                command = self.commands.recv(), if ready => {
                    let Some((epoch, message)) = command else { return End::Unwanted };
                    // One that was meant for an earlier connection was refused when that was lost.
                    if epoch == self.epoch && let Err(end) = send(&mut socket, &message).await {
                        return end;
                    }
                    self.pace.take();
                }
                () = self.pace.wait(), if !ready => {}
            }
        }
    }

    async fn hear(&mut self, text: &str) -> Result<(), End> {
        let message: ServerMessage = serde_json::from_str(text).map_err(|error| {
            tracing::debug!(%error, "a message of the server");
            End::Gone(
                "The server speaks another version of Breakroom's protocol: use the same version here."
                    .to_owned(),
            )
        })?;
        match &message {
            ServerMessage::Welcome { seq, .. } => {
                self.epoch += 1;
                self.seq = Some(*seq);
            }
            ServerMessage::Event(envelope) => {
                // A gap covers numbers after its own.
                self.seq = Some(match &envelope.event {
                    breakroom_protocol::Event::Gap { to, .. } => *to,
                    _ => envelope.seq,
                });
            }
            _ => {}
        }
        self.tell.send(message.into()).await.map_err(|_| End::Unwanted)
    }
}

async fn send(socket: &mut Socket, message: &ClientMessage) -> Result<(), End> {
    let text = serde_json::to_string(message).map_err(|error| End::Lost(error.to_string()))?;
    match tokio::time::timeout(SILENT_FOR, socket.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(End::Lost(error.to_string())),
        Err(_) => Err(End::Lost("it takes nothing".to_owned())),
    }
}

/// A bucket of commands.
struct Pace {
    level: f64,
    since: Instant,
}

impl Pace {
    fn new() -> Self {
        Self { level: 0.0, since: Instant::now() }
    }

    fn ready(&mut self) -> bool {
        let now = Instant::now();
        let passed = now.duration_since(self.since).as_secs_f64();
        self.since = now;
        self.level = (self.level - passed * PER_SECOND).max(0.0);
        self.level + 1.0 <= BURST
    }

    fn take(&mut self) {
        self.level += 1.0;
    }

    async fn wait(&self) {
        tokio::time::sleep(Duration::from_secs_f64(1.0 / PER_SECOND)).await;
    }
}
