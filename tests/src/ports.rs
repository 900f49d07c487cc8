//! Ports for servers that must come back on the same port after they were killed.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Result, bail};

/// Below the ports that the system gives to outgoing connections (from 32768 on):
/// otherwise a client's own connection can take the port while its server is dead.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// How many ports this process has tried. Processes begin at different places, so
/// that test programs that run side by side seldom meet.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// A port of the loopback that nobody listens on.
pub fn free_port() -> Result<u16> {
    let begin = (std::process::id() % 240) as u16 * 50;
    for _ in 0..COUNT {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (begin + tried) % COUNT;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!(
        "none of the ports from {FIRST} to {} is free",
        FIRST + COUNT
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_out_once_and_can_be_listened_on() {
        let (one, other) = (free_port().unwrap(), free_port().unwrap());
        assert_ne!(one, other);
        assert!(TcpListener::bind(("127.0.0.1", one)).is_ok());
    }
}
