//! Whether something listens at an address, without connecting: a connection that closes breaks debugpy.
//!
//! Reads the kernel's socket tables (Linux, `proc_net_tcp(5)`), so it can tell for this machine only.

use std::net::IpAddr;
use std::time::Duration;

const LISTEN: &str = "0A";
/// A name of this machine is in its hosts file; one that takes longer to look up is another machine's.
const LOOKUP: Duration = Duration::from_millis(500);

/// `None`: the address isn't this machine's, or this isn't Linux.
pub async fn listening(address: &str) -> Option<bool> {
    let (host, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    if !is_loopback(host).await {
        return None;
    }
    let tables: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect();
    if tables.is_empty() {
        return None;
    }
    Some(tables.iter().any(|table| has_listener(table, port)))
}

async fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        // Names are resolved by the hosts file; a name of another machine isn't loopback.
        Err(_) => {
            host == "localhost"
                || tokio::time::timeout(LOOKUP, tokio::net::lookup_host((host, 0)))
                    .await
                    .is_ok_and(|found| found.is_ok_and(|mut all| all.all(|a| a.ip().is_loopback())))
        }
    }
}

fn has_listener(table: &str, port: u16) -> bool {
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, state) = (fields.next(), fields.nth(1));
        let listens_at =
            local.and_then(|local| local.rsplit_once(':')).map(|(_, port)| u16::from_str_radix(port, 16));
        state == Some(LISTEN) && listens_at == Some(Ok(port))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_is_seen_without_touching_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(listening(&address).await, Some(true));
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody connected");
        drop(listener);
        assert_eq!(listening(&address).await, Some(false));
    }

    #[tokio::test]
    async fn other_machines_are_unknown() {
        assert_eq!(listening("192.0.2.1:5678").await, None);
        assert_eq!(listening("nonsense").await, None);
    }
}
