//! How fast commands are sent, so that the server refuses none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// A bucket of commands; its clones are the same one.
#[derive(Debug, Clone)]
pub struct Pace {
    bucket: Arc<Mutex<Bucket>>,
    per_second: f64,
    burst: f64,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    since: Instant,
}

impl Pace {
    /// So many a second on average, and so many at once.
    pub fn new(per_second: f64, burst: f64) -> Self {
        let bucket = Bucket { level: 0.0, since: Instant::now() };
        Self { bucket: Arc::new(Mutex::new(bucket)), per_second, burst }
    }

    /// Of all sockets of somebody together, of which the server takes 200 a second and 800 at once. As many as there are sockets
    /// may find this ready at the same time: there is room for that.
    pub fn of_all() -> Self {
        Self::new(150.0, 600.0)
    }

    /// Whether one more may be sent now.
    pub fn is_ready(&self) -> bool {
        self.drained().level + 1.0 <= self.burst
    }

    /// One is sent.
    pub fn take(&self) {
        self.drained().level += 1.0;
    }

    fn drained(&self) -> MutexGuard<'_, Bucket> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let passed = now.duration_since(bucket.since).as_secs_f64();
        bucket.since = now;
        bucket.level = (bucket.level - passed * self.per_second).max(0.0);
        bucket
    }
}
