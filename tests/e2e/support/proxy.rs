//! A network between server and debugpy that can be cut, or fall silent.
//!
//! It connects to debugpy only when somebody connects to it: a probe would break debugpy.

use breakroom_protocol::dap::{Framing, Incoming};
use bytes::BytesMut;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::codec::Decoder;

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
    /// Requests of DAP that passed here and whose answers have not.
    under_way: usize,
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
                let (target, all) = (target.clone(), Arc::clone(&seen));
                tokio::spawn(async move {
                    weather.wait_for(|weather| !weather.silent).await.unwrap();
                    let Ok(server) = TcpStream::connect(target).await else { return };
                    carry(client, server, all).await;
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

    /// Cuts every connection at a moment when nothing that was asked in DAP is unanswered: debugpy's adapter may end when
    /// its client goes before that.
    pub async fn cut_when_nothing_is_under_way(&self) {
        let mut weather = self.weather.subscribe();
        loop {
            weather.wait_for(|weather| weather.under_way == 0).await.unwrap();
            let cut = self.weather.send_if_modified(|weather| {
                let now = weather.under_way == 0;
                weather.cuts += u64::from(now);
                now
            });
            if cut {
                return;
            }
        }
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

async fn carry(mut client: TcpStream, mut server: TcpStream, all: Arc<watch::Sender<Weather>>) {
    let mut weather = all.subscribe();
    let before = *weather.borrow_and_update();
    {
        let count = UnderWay { all: &all, cuts: before.cuts, here: AtomicUsize::new(0) };
        let (mut client_read, mut client_write) = client.split();
        let (mut server_read, mut server_write) = server.split();
        // What is asked counts before it passes, an answer after it did.
        let asks = pass(&mut client_read, &mut server_write, "request", |asked| count.more(asked), |_| {});
        let answers =
            pass(&mut server_read, &mut client_write, "response", |_| true, |answered| count.fewer(answered));
        tokio::select! {
            _ended = async { tokio::try_join!(asks, answers) } => return,
            _ = weather.wait_for(|weather| weather.cuts != before.cuts || weather.silences != before.silences) => {}
        }
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

/// Carries bytes one way, counting the messages of a kind in them, until one side ends.
async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    kind: &str,
    before: impl Fn(usize) -> bool,
    after: impl Fn(usize),
) -> std::io::Result<()> {
    // Not everything that goes through here is DAP.
    let mut framing = Some((Framing::default(), BytesMut::new()));
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let mut count = 0;
        if let Some((_, bytes)) = &mut framing {
            bytes.extend_from_slice(&chunk[..length]);
        }
        while let Some((frames, bytes)) = &mut framing {
            match frames.decode(bytes) {
                Ok(Some(message)) => {
                    count += usize::from(
                        serde_json::from_slice(&message)
                            .is_ok_and(|message: Incoming<'_>| message.kind == kind),
                    );
                }
                Ok(None) => break,
                Err(_) => framing = None,
            }
        }
        if !before(count) {
            return Ok(());
        }
        to.write_all(&chunk[..length]).await?;
        after(count);
    }
}

/// What is under way on one connection.
struct UnderWay<'a> {
    all: &'a watch::Sender<Weather>,
    cuts: u64,
    here: AtomicUsize,
}

impl UnderWay<'_> {
    /// False: the connection is cut, so it must not pass.
    fn more(&self, asked: usize) -> bool {
        if asked == 0 {
            return true;
        }
        self.all.send_if_modified(|weather| {
            let whole = weather.cuts == self.cuts;
            if whole {
                weather.under_way += asked;
                self.here.fetch_add(asked, Ordering::Relaxed);
            }
            whole
        })
    }

    fn fewer(&self, answered: usize) {
        if answered > 0 {
            self.here.fetch_sub(answered, Ordering::Relaxed);
            self.all.send_modify(|weather| weather.under_way -= answered);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let here = self.here.load(Ordering::Relaxed);
        self.all.send_modify(|weather| weather.under_way -= here);
    }
}
