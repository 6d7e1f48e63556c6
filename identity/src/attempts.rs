//! How often somebody may try, and what was refused lately. Pure: the caller says what time it is.

use crate::secret::SecretHash;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// A token bucket per client address: `per_minute` at once, then one more every `60 s / per_minute`.
#[derive(Debug)]
pub(crate) struct Attempts {
    per_minute: f64,
    clients: usize,
    buckets: HashMap<IpAddr, Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Attempts {
    pub(crate) fn new(per_minute: u32, clients: usize) -> Self {
        Self { per_minute: f64::from(per_minute.max(1)), clients: clients.max(1), buckets: HashMap::new() }
    }

    /// Takes one attempt, or says how long to wait for the next.
    pub(crate) fn take(&mut self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let (per_minute, key) = (self.per_minute, network(client));
        if !self.buckets.contains_key(&key) {
            self.make_room(now);
        }
        let bucket = self.buckets.entry(key).or_insert(Bucket { left: per_minute, at: now });
        bucket.left = refilled(bucket, per_minute, now);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.left) * 60.0 / per_minute))
        }
    }

    /// Gives an attempt back: it succeeded.
    pub(crate) fn give_back(&mut self, client: IpAddr) {
        if let Some(bucket) = self.buckets.get_mut(&network(client)) {
            bucket.left = (bucket.left + 1.0).min(self.per_minute);
        }
    }

    fn make_room(&mut self, now: Instant) {
        if self.buckets.len() < self.clients {
            return;
        }
        let per_minute = self.per_minute;
        self.buckets.retain(|_, bucket| refilled(bucket, per_minute, now) < per_minute);
        while self.buckets.len() >= self.clients {
            let Some(oldest) = self.buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(&key, _)| key)
            else {
                return;
            };
            self.buckets.remove(&oldest);
        }
    }
}

fn refilled(bucket: &Bucket, per_minute: f64, now: Instant) -> f64 {
    let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
    (bucket.left + passed * per_minute / 60.0).min(per_minute)
}

/// One household has one IPv4 address, or as many IPv6 addresses as it likes within a /64.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// Hashes of tokens that Home Assistant refused. When full, the oldest is forgotten.
#[derive(Debug)]
pub(crate) struct Refusals {
    limit: usize,
    lifetime: Duration,
    since: HashMap<SecretHash, Instant>,
    order: VecDeque<(SecretHash, Instant)>,
}

impl Refusals {
    pub(crate) fn new(limit: usize, lifetime: Duration) -> Self {
        Self { limit: limit.max(1), lifetime, since: HashMap::new(), order: VecDeque::new() }
    }

    pub(crate) fn remember(&mut self, token: SecretHash, now: Instant) {
        while self.order.len() >= self.limit {
            let Some((oldest, at)) = self.order.pop_front() else { break };
            if self.since.get(&oldest) == Some(&at) {
                self.since.remove(&oldest);
            }
        }
        self.since.insert(token, now);
        self.order.push_back((token, now));
    }

    pub(crate) fn contains(&self, token: SecretHash, now: Instant) -> bool {
        self.since.get(&token).is_some_and(|&at| now.saturating_duration_since(at) < self.lifetime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_its_attempts_and_then_waits() {
        let (mut attempts, start) = (Attempts::new(3, 10), Instant::now());
        for _ in 0..3 {
            attempts.take(ip("10.0.0.1"), start).unwrap();
        }
        assert_eq!(attempts.take(ip("10.0.0.1"), start).unwrap_err(), Duration::from_secs(20));
        attempts.take(ip("10.0.0.2"), start).unwrap();
        attempts.take(ip("10.0.0.1"), start + Duration::from_secs(21)).unwrap();
        attempts.give_back(ip("10.0.0.1"));
        attempts.take(ip("10.0.0.1"), start + Duration::from_secs(21)).unwrap();
    }

    #[test]
    fn ipv6_neighbours_and_mapped_addresses_are_one_client() {
        let (mut attempts, now) = (Attempts::new(1, 10), Instant::now());
        attempts.take(ip("2001:db8::1"), now).unwrap();
        assert!(attempts.take(ip("2001:db8::2:3"), now).is_err());
        attempts.take(ip("2001:db8:0:1::1"), now).unwrap();
        attempts.take(ip("::ffff:10.0.0.1"), now).unwrap();
        assert!(attempts.take(ip("10.0.0.1"), now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let (mut attempts, now) = (Attempts::new(1, 100), Instant::now());
        for n in 0..1_000_u32 {
            attempts.take(IpAddr::from(n.to_be_bytes()), now + Duration::from_millis(n.into())).unwrap();
        }
        assert!(attempts.buckets.len() <= 100);
        let mut refusals = Refusals::new(100, Duration::from_secs(10));
        for n in 0..1_000 {
            refusals.remember(SecretHash::of(&n.to_string()), now);
        }
        assert!(refusals.since.len() <= 100 && refusals.order.len() <= 100);
        assert!(refusals.contains(SecretHash::of("999"), now));
        assert!(!refusals.contains(SecretHash::of("0"), now));
        assert!(!refusals.contains(SecretHash::of("999"), now + Duration::from_secs(10)));
    }
}
