//! Ports that nobody else gets while nothing listens on them: for what is stopped and started again at the same address,
//! and for addresses where nothing is.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that systems give to whoever asks for any free one (Linux: `ip_local_port_range`, from 32768; IANA's are from
/// 49152): a test in another process that asks for one in the meantime doesn't get this.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A TCP port of 127.0.0.1 that is free, and stays so as long as this lives but for whoever was told of it.
///
/// Held by a UDP socket of the same number, which other holders find taken and which takes nothing from TCP.
#[derive(Debug)]
pub struct FreePort {
    held: UdpSocket,
}

impl FreePort {
    /// Finds one.
    ///
    /// # Panics
    /// If all are taken.
    #[must_use]
    pub fn find() -> Self {
        // Processes begin apart, as each would find those of the others taken otherwise.
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let start = (process::id().wrapping_mul(7_919) % u32::from(COUNT)) as u16;
        for _ in 0..COUNT {
            let nth = (start + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + nth));
            if let Ok(held) = UdpSocket::bind(address)
                && TcpListener::bind(address).is_ok()
            {
                return Self { held };
            }
        }
        panic!("no port from {FIRST} on is free");
    }

    /// Its number.
    ///
    /// # Panics
    /// Never: the socket is bound.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.held.local_addr().expect("a bound socket").port()
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_can_be_listened_on_and_is_found_once() {
        let all: Vec<FreePort> = (0..200).map(|_| FreePort::find()).collect();
        for port in &all {
            TcpListener::bind(port.address()).unwrap();
            UdpSocket::bind(port.address()).unwrap_err();
        }
    }
}
