//! Between the server and debugpy: counts what is asked and notes when a stop passes. Adds a hop on loopback, so what is
//! compared with a direct client goes without it.

use anyhow::{Context, Result};
use breakroom_protocol::dap::{Framing, Incoming};
use bytes::BytesMut;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::codec::Decoder;

/// What passed.
#[derive(Debug, Default, Clone)]
pub struct Passed {
    /// How often each DAP request was made.
    pub requests: BTreeMap<String, usize>,
    /// When each `stopped` was handed to the server.
    pub stops: Vec<Instant>,
}

/// A proxy to one debugpy. Dropping it cuts the connection.
#[derive(Debug)]
pub struct Proxy {
    /// Where the server connects.
    pub address: String,
    passed: Arc<Mutex<Passed>>,
    _task: JoinSet<()>,
}

impl Proxy {
    /// Listens; debugpy is connected to only when the server connects, as a connection that closes again breaks it.
    pub async fn start(to: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the proxy gets no port")?;
        let address = listener.local_addr().context("the proxy has no address")?.to_string();
        let passed = Arc::new(Mutex::new(Passed::default()));
        let mut task = JoinSet::new();
        let noted = Arc::clone(&passed);
        task.spawn(async move {
            let Ok((server, _)) = listener.accept().await else { return };
            let Ok(debugpy) = TcpStream::connect(to).await else { return };
            let _best_effort = (server.set_nodelay(true), debugpy.set_nodelay(true));
            let (from_server, to_server) = server.into_split();
            let (from_debugpy, to_debugpy) = debugpy.into_split();
            tokio::join!(
                carry(from_server, to_debugpy, Arc::clone(&noted)),
                carry(from_debugpy, to_server, noted)
            );
        });
        Ok(Self { address, passed, _task: task })
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        self.passed.lock().map(|passed| passed.clone()).unwrap_or_default()
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, noted: Arc<Mutex<Passed>>) {
    let (mut framing, mut buffer) = (Framing::default(), BytesMut::new());
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        acknowledge(&from);
        buffer.extend_from_slice(&piece[..count]);
        // Before the write: the time is the one at which the server can read it, not later.
        while let Ok(Some(frame)) = framing.decode(&mut buffer) {
            let Ok(message) = serde_json::from_slice::<Incoming<'_>>(&frame) else { continue };
            let Ok(mut passed) = noted.lock() else { return };
            match (&*message.kind, message.command, message.event.as_deref()) {
                ("request", Some(command), _) => {
                    *passed.requests.entry(command.into_owned()).or_default() += 1
                }
                ("event", _, Some("stopped")) => passed.stops.push(Instant::now()),
                _ => {}
            }
        }
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
    }
}

/// debugpy's answers are held back until an acknowledgement: the server asks for quick ones, so the proxy does.
fn acknowledge(from: &OwnedReadHalf) {
    #[cfg(target_os = "linux")]
    let _best_effort = socket2::SockRef::from(from.as_ref()).set_tcp_quickack(true);
    #[cfg(not(target_os = "linux"))]
    let _ = from;
}
