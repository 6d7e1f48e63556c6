//! The live socket's task.

use super::{End, FIRST_PAUSE, LONGEST_PAUSE, SILENT_FOR, Socket, connect, end_of};
use crate::account::Account;
use crate::facade::FromRoom;
use crate::pace::Pace;
use breakroom_protocol::{ClientMessage, JournalSeq, ServerMessage};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// Commands of one socket a second on average, and at once: below the server's own limits, so that what waits is sent later,
/// not lost.
const PER_SECOND: f64 = 45.0;
const BURST: f64 = 190.0;
/// The shortest time between two looks whether one more may be sent.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

type Commands = mpsc::Receiver<(u32, ClientMessage)>;

struct Live {
    account: Account,
    commands: Commands,
    tell: mpsc::Sender<FromRoom>,
    /// The last event that was handed over.
    seq: Option<JournalSeq>,
    /// Counts welcomes, as the facade does.
    epoch: u32,
    /// This socket's; all of them together have the account's.
    pace: Pace,
}

/// Runs until there is no coming back, or nobody listens.
pub async fn run(account: Account, commands: Commands, tell: mpsc::Sender<FromRoom>) {
    let mut live = Live { account, commands, tell, seq: None, epoch: 0, pace: Pace::new(PER_SECOND, BURST) };
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
            let ready = self.pace.is_ready() && self.account.pace.is_ready();
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
                    self.account.pace.take();
                }
                () = tokio::time::sleep(LOOK_AGAIN), if !ready => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use breakroom_protocol::{Me, Participant, ParticipantId, ParticipantKind, Role, SessionId};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    /// A server that tells when a command has come, on whichever socket.
    async fn server() -> (String, mpsc::Receiver<Instant>) {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", door.local_addr().unwrap());
        let (tell, told) = mpsc::channel(1_000);
        tokio::spawn(async move {
            while let Ok((stream, _)) = door.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                    while let Some(Ok(Message::Text(_))) = socket.next().await {
                        tell.send(Instant::now()).await.unwrap();
                    }
                });
            }
        });
        (base, told)
    }

    #[tokio::test]
    async fn editors_of_one_account_are_paced_together() {
        const EDITORS: usize = 5;
        const EACH: usize = 190;
        let (base, mut told) = server().await;
        let participant = Participant {
            id: ParticipantId::new(),
            name: "Vim".to_owned(),
            role: Role::Watcher,
            kind: ParticipantKind::Guest,
            may_write_notes: false,
        };
        let me = Me { participant, session: None, expires_at: 1 };
        let session = SessionId::new();
        let account = Account { base, ticket: "ticket".to_owned(), me, session, pace: Pace::of_all() };
        let mut editors = Vec::new();
        for _ in 0..EDITORS {
            let (commands, to_live) = mpsc::channel(EACH);
            let (tell, heard) = mpsc::channel(1);
            for id in 0..EACH {
                let id = u32::try_from(id).unwrap();
                let message: ClientMessage =
                    serde_json::from_value(serde_json::json!({"id": id, "command": "alive"})).unwrap();
                commands.try_send((0, message)).unwrap();
            }
            tokio::spawn(run(account.clone(), to_live, tell));
            editors.push((commands, heard));
        }
        let first = told.recv().await.unwrap();
        let mut last = first;
        for _ in 1..EDITORS * EACH {
            last = told.recv().await.unwrap();
        }
        // 950, of which 600 and one of each at once, then 150 a second.
        assert!(last - first > Duration::from_secs(2), "{:?}", last - first);
    }
}
