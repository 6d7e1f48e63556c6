use super::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A socket whose other end reads nothing by itself.
async fn socket() -> (OwnedWriteHalf, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, server) =
        tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (server.unwrap().0.into_split().1, client.unwrap())
}

/// Whether the reader has nothing to do; then the socket lies with the session.
async fn rests(reader: &mut OutboxReader) -> bool {
    futures_util::poll!(std::pin::pin!(reader.next(1))).is_pending()
}

async fn read(client: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut read = vec![0; bytes];
    client.read_exact(&mut read).await.unwrap();
    read
}

#[tokio::test]
async fn a_full_outbox_is_cut_off_and_never_skips() {
    let (outbox, mut reader) = outbox();
    for number in 0..=WAITING_MESSAGES {
        outbox.send(Frames::text(number.to_string().as_bytes()));
    }
    assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::TooSlow));
}

#[tokio::test]
async fn what_waits_is_written_at_once_and_nothing_behind_a_goodbye() {
    let (outbox, mut reader) = outbox();
    outbox.send(Frames::text(b"a"));
    outbox.send(Frames::text(b"b"));
    outbox.send(Frames::close(None));
    outbox.send(Frames::text(b"late"));
    let next = reader.next(1_000).await.unwrap();
    assert!(next.closes());
    assert_eq!(next.len(), 2 * Frames::text(b"a").len() + Frames::close(None).len());
}

#[tokio::test]
async fn bytes_are_bounded_too() {
    let (outbox, mut reader) = outbox();
    let big = Frames::text(&vec![b'x'; WAITING_BYTES / 2]);
    outbox.send(big.clone());
    assert!(reader.next(1).await.is_ok());
    outbox.send(big.clone());
    outbox.send(big);
    outbox.send(Frames::text(b"x"));
    assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::TooSlow));
}

#[tokio::test]
async fn a_welcome_may_be_larger_than_what_waits() {
    let (outbox, mut reader) = outbox();
    outbox.welcome(Frames::text(&vec![b'x'; WAITING_BYTES + 1]));
    outbox.send(Frames::text(b"x"));
    assert!(reader.next(1).await.is_ok());
    assert!(reader.next(1).await.is_ok());
}

#[tokio::test]
async fn finishing_sends_what_waits_first() {
    let (outbox, mut reader) = outbox();
    let _of_the_sockets_task = outbox.clone();
    outbox.send(Frames::text(b"last"));
    outbox.finish(CloseCode::SessionEnded);
    assert!(reader.next(1).await.is_ok());
    assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::SessionEnded));
}

#[tokio::test]
async fn what_the_socket_takes_is_written_at_once() {
    let (outbox, mut reader) = outbox();
    let (half, mut client) = socket().await;
    outbox.send(Frames::text(b"early"));
    reader.write_to(half);
    let early = reader.next(1).await.unwrap();
    outbox.send(Frames::text(b"while it writes"));
    reader.put(&mut early.into_bytes()).await.unwrap().unwrap();
    let next = reader.next(1).await.unwrap();
    reader.put(&mut next.into_bytes()).await.unwrap().unwrap();
    assert!(rests(&mut reader).await);
    outbox.send(Frames::text(b"at once"));
    assert!(rests(&mut reader).await, "nothing waits");
    let texts = [&b"early"[..], b"while it writes", b"at once"];
    let expected = Frames::texts(texts).into_bytes();
    assert_eq!(read(&mut client, expected.len()).await, expected);
    // Who says goodbye shuts the socket down, too: that isn't the session's.
    outbox.send(Frames::close(None));
    assert!(reader.next(1).await.unwrap().closes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frames_come_whole_and_in_order_however_slowly_they_are_read() {
    let (outbox, mut reader) = outbox();
    let (half, mut client) = socket().await;
    reader.write_to(half);
    let frames: Vec<Frames> = (0..400_usize)
        .map(|number| Frames::text(&vec![b'a' + u8::try_from(number % 26).unwrap(); number * 97]))
        .collect();
    let expected: Vec<u8> = frames.iter().flat_map(|frames| frames.bytes().to_vec()).collect();
    let total = expected.len();
    let writer = tokio::spawn(async move {
        let mut gathered = 0;
        while let Ok(next) = reader.next(64 * 1024).await {
            gathered += 1;
            reader.put(&mut next.into_bytes()).await.unwrap().unwrap();
        }
        gathered
    });
    let reading = tokio::spawn(async move {
        let mut all = Vec::new();
        while all.len() < total {
            let mut piece = vec![0; 3_001.min(total - all.len())];
            client.read_exact(&mut piece).await.unwrap();
            all.extend(piece);
            tokio::task::yield_now().await;
        }
        all
    });
    for frames in frames {
        outbox.send(frames);
        tokio::task::yield_now().await;
    }
    assert!(reading.await.unwrap() == expected, "a frame was lost, cut, or overtook another");
    drop(outbox);
    let waited = writer.await.unwrap();
    assert!(0 < waited && waited < 400, "some were written at once, some had to wait: {waited}");
}

#[tokio::test]
async fn what_the_session_began_ends_before_a_goodbye() {
    let (outbox, mut reader) = outbox();
    let (half, mut client) = socket().await;
    reader.write_to(half);
    assert!(rests(&mut reader).await);
    let big = Frames::text(&vec![b'x'; 32 * 1024 * 1024]);
    outbox.welcome(big.clone());
    outbox.close(CloseCode::Removed);
    assert_eq!(reader.next(1).await.unwrap_err(), Some(CloseCode::Removed));
    let (half, begun) = reader.into_socket();
    assert!(!begun.is_empty() && begun.len() < big.len(), "it began: {}", begun.len());
    let writing = tokio::spawn(async move { half.unwrap().write_all(&begun).await });
    assert!(read(&mut client, big.len()).await == *big.bytes());
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_socket_that_has_ended_is_found_by_its_writer() {
    let (outbox, mut reader) = outbox();
    let (half, client) = socket().await;
    reader.write_to(half);
    assert!(rests(&mut reader).await);
    drop(client);
    // The first write may still be taken; the connection's end comes back for it.
    let found = async {
        loop {
            outbox.send(Frames::text(b"is anybody there?"));
            let waiting = tokio::time::timeout(Duration::from_millis(1), reader.next(1)).await;
            if let Ok(next) = waiting {
                return reader.put(&mut next.unwrap().into_bytes()).await.unwrap();
            }
        }
    };
    found.await.unwrap_err();
    drop(reader);
    outbox.send(Frames::text(b"nobody"));
    assert!(outbox.0.lock().waiting.is_empty(), "nothing gathers for a socket that has ended");
}
