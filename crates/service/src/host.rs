//! Whether a request asks for us: a page in a browser can lead a name of its own to our
//! address, and reads what we answer unless we look at the name.

use std::{net::IpAddr, sync::Arc};

/// The names that an address is known by, beside its own number and the loopback's.
pub(crate) type Names = Arc<[String]>;

/// Whether a `Host` header names this machine's loopback, the address that the
/// connection came to, or one of our names. The port is not looked at: it may have been
/// forwarded.
pub(crate) fn is_ours(header: &str, local: Option<IpAddr>, names: &[String]) -> bool {
    let host = without_port(header);
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        let address = address.to_canonical();
        return address.is_loopback() || local.is_some_and(|it| it.to_canonical() == address);
    }
    host.eq_ignore_ascii_case("localhost")
        || names.iter().any(|name| host.eq_ignore_ascii_case(name))
}

fn without_port(header: &str) -> &str {
    match header.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => header,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_are_ours() {
        let names = ["poster.internal".to_owned()];
        let local = Some(IpAddr::from([10, 1, 2, 3]));
        for host in [
            "localhost",
            "LocalHost:9100",
            "127.0.0.1:9100",
            "127.8.8.8",
            "[::1]:9100",
            "[::1]",
            "10.1.2.3:9100",
            "poster.internal:9100",
            "Poster.Internal",
        ] {
            assert!(is_ours(host, local, &names), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com:9100",
            "127.0.0.1.example.com",
            "10.1.2.4",
            "internal",
        ] {
            assert!(!is_ours(host, local, &names), "{host}");
        }
    }
}
