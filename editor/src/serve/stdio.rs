//! stdin and stdout as async streams, each carried by a thread.
//!
//! Why threads of our own: a read of stdin can't be called off, and a runtime would wait for it when it goes down.

use std::io::{self, Read, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Bytes between a thread and the editor's task; then the thread waits.
const BETWEEN: usize = 64 * 1024;

/// What comes on stdin.
pub fn stdin() -> DuplexStream {
    let (ours, mut theirs) = tokio::io::duplex(BETWEEN);
    let runtime = Handle::current();
    std::thread::spawn(move || {
        let mut buffer = vec![0; BETWEEN];
        while let Ok(count @ 1..) = io::stdin().lock().read(&mut buffer) {
            if runtime.block_on(theirs.write_all(&buffer[..count])).is_err() {
                return;
            }
        }
    });
    ours
}

/// Where to write; and what tells that all of it is out.
pub fn stdout() -> (DuplexStream, oneshot::Receiver<()>) {
    let (ours, mut theirs) = tokio::io::duplex(BETWEEN);
    let (all_out, is_all_out) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::spawn(move || {
        let mut buffer = vec![0; BETWEEN];
        while let Ok(count @ 1..) = runtime.block_on(theirs.read(&mut buffer)) {
            let mut out = io::stdout().lock();
            if out.write_all(&buffer[..count]).and_then(|()| out.flush()).is_err() {
                break;
            }
        }
        drop(all_out);
    });
    (ours, is_all_out)
}
