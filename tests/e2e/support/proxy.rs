//! A network between server and debugpy that can be cut, or fall silent.
//!
//! It connects to debugpy only when somebody connects to it: a probe would break debugpy.

use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The network.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    weather: Arc<watch::Sender<Weather>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    cuts: u64,
    silences: u64,
    silent: bool,
}

impl Proxy {
    /// One that leads to `target`.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let weather = Arc::new(watch::Sender::new(Weather::default()));
        let seen = Arc::clone(&weather);
        tokio::spawn(async move {
            loop {
                let mut weather = seen.subscribe();
                // Who connects into a silence is tried again by TCP until it is over.
                weather.wait_for(|weather| !weather.silent).await.unwrap();
                let Ok((client, _)) = listener.accept().await else { return };
                let target = target.clone();
                tokio::spawn(async move {
                    weather.wait_for(|weather| !weather.silent).await.unwrap();
                    let Ok(server) = TcpStream::connect(target).await else { return };
                    carry(client, server, weather).await;
                });
            }
        });
        Self { address, weather }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Cuts every connection; new ones work.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Swallows everything, in both directions, and closes nothing. What is connected now stays dead for ever.
    pub fn falls_silent(&self) {
        self.weather.send_modify(|weather| {
            weather.silences += 1;
            weather.silent = true;
        });
    }

    /// New connections work again.
    pub fn speaks_again(&self) {
        self.weather.send_modify(|weather| weather.silent = false);
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, mut weather: watch::Receiver<Weather>) {
    let before = *weather.borrow_and_update();
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
        _ = weather.wait_for(|weather| weather.cuts != before.cuts || weather.silences != before.silences) => {}
    }
    if weather.borrow().silences == before.silences {
        return;
    }
    // One side's end reaches the other as its next probe is refused, which takes a network.
    let (mut client_read, mut client_write) = client.split();
    let (mut server_read, mut server_write) = server.split();
    tokio::select! {
        () = swallow(&mut client_read) => {}
        () = swallow(&mut server_read) => {}
    }
    drop(weather.wait_for(|weather| !weather.silent).await);
    // Either may be closed already.
    let _closed = (client_write.shutdown().await, server_write.shutdown().await);
}

async fn swallow(from: &mut (impl AsyncReadExt + Unpin)) {
    let mut buffer = [0; 4096];
    while from.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
