//! The Standard Webhooks signature, keyed with an API account's client secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// `v1,<base64 of HMAC-SHA256 over "{id}.{timestamp}.{body}">`.
///
/// The key is the UTF-8 of the client secret: the published samples base64-encode
/// it only because the libraries decode what they are given.
#[must_use]
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
    keyed(secret.as_bytes(), id, timestamp, body)
}

fn keyed(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length, so this cannot fail.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Forty hex digits that fingerprint an event, as the `hash` of the payload.
///
/// BigCommerce documents a SHA-1 and does not say of what; receivers may only
/// compare it, so any stable digest of the event does.
#[must_use]
pub fn fingerprint(parts: &str) -> String {
    let digest = Sha256::digest(parts.as_bytes());
    digest
        .iter()
        .take(20)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_matches_a_published_vector() {
        // Standard Webhooks' own test vector, whose secret is base64 of the key.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = keyed(&key, id, 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn fingerprint_has_forty_hex_digits() {
        let hash = fingerprint("store/order/created 7");
        assert_eq!(hash.len(), 40);
        assert_ne!(hash, fingerprint("store/order/created 8"));
    }
}
