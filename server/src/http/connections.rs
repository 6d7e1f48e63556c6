//! Connections, as `axum::serve` has them, but with a deadline: who sends half a request, or nothing, doesn't keep a
//! connection for ever. No ticket is asked for before a request is whole, so everybody who reaches the port could.

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a request's head may take, and how long a connection may wait for the next one: longer than proxies keep one
/// that nobody uses (Caddy: two minutes, nginx: one), so that none finds it closed at the moment when it uses it.
pub const HEAD_WITHIN: Duration = Duration::from_secs(130);

/// Serves until `stop`, then until every request has ended.
pub async fn serve(mut listener: TcpListener, app: Router, head_within: Duration, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    loop {
        let (stream, client) = tokio::select! {
            // Waits by itself while there are no file descriptors left.
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        tasks.spawn(connection(stream, client, app.clone(), head_within, stop.clone()));
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

async fn connection(
    stream: TcpStream,
    client: SocketAddr,
    app: Router,
    head_within: Duration,
    stop: CancellationToken,
) {
    // Sockets carry many small frames, each of which somebody waits for: none may wait for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY is not to be had");
    }
    let app = TowerToHyperService::new(app);
    let asked = Arc::new(AtomicBool::new(false));
    let asks = Arc::clone(&asked);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        asks.store(true, Ordering::Relaxed);
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(client));
        app.call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head_within);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            // Half a head would be waited for until its deadline.
            if !asked.load(Ordering::Relaxed) {
                return;
            }
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::trace!(%error, "a connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const WITHIN: Duration = Duration::from_millis(300);
    const GOOD: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// What a server says to somebody who sends this and then nothing; until it hangs up.
    async fn said_to(sent: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = async || {
            tokio::time::sleep(3 * WITHIN).await;
            "late"
        };
        let app = Router::new()
            .route("/", axum::routing::get(async || "whole"))
            .route("/slow", axum::routing::get(slow));
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, app, WITHIN, stop.clone()));
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(sent).await.unwrap();
        let mut said = String::new();
        let end = tokio::time::timeout(Duration::from_secs(30), socket.read_to_string(&mut said)).await;
        end.expect("the server hangs up").unwrap();
        stop.cancel();
        serving.await.unwrap();
        said
    }

    #[tokio::test]
    async fn who_sends_nothing_or_half_a_request_is_hung_up_on() {
        assert_eq!(said_to(b"").await, "");
        assert!(!said_to(b"GET / HTTP/1.1\r\nHost: x\r\n").await.contains("whole"));
        // Also behind a good one.
        let said = said_to(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET").await;
        assert_eq!(said.matches("whole").count(), 1, "{said}");
    }
    #[tokio::test]
    async fn an_answer_may_take_longer_than_a_head() {
        let said = said_to(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("late"), "{said}");
    }

    #[tokio::test]
    async fn connections_that_ask_nothing_keep_nobody_from_ending() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", axum::routing::get(async || "whole"));
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, app, Duration::from_secs(3_600), stop.clone()));
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(&GOOD[..20]).await.unwrap();
        let _fresh = TcpStream::connect(address).await.unwrap();
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(GOOD).await.unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"whole") {
            assert_ne!(idle.read_buf(&mut said).await.unwrap(), 0, "it is kept");
        }
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(30), serving).await.expect("it ends").unwrap();
    }
}
