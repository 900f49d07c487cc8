//! Whether a delivery is the store's: the Standard Webhooks signature, and the
//! secret header that the hook was registered with.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far a delivery's timestamp may be from now, before or after.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The names of the headers of [`SignatureHeaders`], in its order.
pub const SIGNATURE_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// The scheme of HMAC-SHA256 signatures.
const SCHEME: &str = "v1,";
/// An HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// The signature headers of a delivery, as they came.
#[derive(Debug, Clone, Copy)]
pub struct SignatureHeaders<'a> {
    /// The same for all deliveries of one event; it is signed with the body.
    pub id: &'a str,
    /// Unix seconds.
    pub timestamp: &'a str,
    /// One or more signatures, with blanks between: `v1,` and the HMAC in base64.
    pub signature: &'a str,
}

impl SignatureHeaders<'_> {
    /// Checks what does not take the body: that they are not old, and that there is a
    /// signature that could fit.
    pub fn check_form(&self, now: Timestamp, tolerance: SignedDuration) -> Result<(), OriginError> {
        self.signatures(now, tolerance).map(|_| ())
    }

    /// The signatures, of which at least one is of our scheme and as long as it must be.
    fn signatures(
        &self,
        now: Timestamp,
        tolerance: SignedDuration,
    ) -> Result<Vec<Vec<u8>>, OriginError> {
        check_age(self.timestamp, now, tolerance)?;
        let signatures: Vec<Vec<u8>> = self
            .signature
            .split_ascii_whitespace()
            .filter_map(|signature| STANDARD.decode(signature.strip_prefix(SCHEME)?).ok())
            .filter(|signature| signature.len() == SIGNATURE_BYTES)
            .collect();
        match signatures.is_empty() {
            true => Err(OriginError::NoSignature),
            false => Ok(signatures),
        }
    }
}

/// Why a delivery is not taken for the store's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Its age cannot be told, so it may be one that was overheard long ago.
    #[error("its `webhook-timestamp` is not a number of unix seconds")]
    Timestamp,
    /// It may be one that was overheard and is sent again.
    #[error("its `webhook-timestamp` is {seconds} seconds old, more than the {allowed} allowed")]
    Stale {
        /// How old it is.
        seconds: i64,
        /// How old it may be.
        allowed: i64,
    },
    /// One of the two clocks is wrong.
    #[error(
        "its `webhook-timestamp` is {seconds} seconds ahead of our clock, more than the {allowed} allowed"
    )]
    Early {
        /// How far ahead it is.
        seconds: i64,
        /// How far ahead it may be.
        allowed: i64,
    },
    /// Other versions of the scheme are not HMAC-SHA256, and are ignored.
    #[error("its `webhook-signature` has no signature of version 1")]
    NoSignature,
    /// Another secret signed it, or the body was changed under way.
    #[error("its signature does not fit its content and any of our secrets")]
    Signature,
    /// The value is not one of those in use.
    #[error("its secret header is not the one that the webhook was registered with")]
    Header,
}

/// The secrets that a store may sign with: the current one, and while it is
/// being changed, the one before.
#[derive(Clone)]
pub struct SigningKeys(Vec<Hmac<Sha256>>);

impl SigningKeys {
    /// The key is the UTF-8 of the API account's client secret as it stands:
    /// there is no prefix, and no base64 to decode.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let key = |secret: &SecretString| {
            // HMAC takes keys of any length.
            Hmac::new_from_slice(secret.expose_secret().as_bytes()).ok()
        };
        SigningKeys(secrets.into_iter().filter_map(key).collect())
    }

    /// Checks that `body` was signed with one of the keys, not long ago.
    pub fn verify(
        &self,
        headers: SignatureHeaders<'_>,
        body: &[u8],
        now: Timestamp,
        tolerance: SignedDuration,
    ) -> Result<(), OriginError> {
        let signatures = headers.signatures(now, tolerance)?;
        let fits = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            for part in [
                headers.id.as_bytes(),
                b".",
                headers.timestamp.as_bytes(),
                b".",
                body,
            ] {
                mac.update(part);
            }
            // Each comparison takes the same time wherever the two differ.
            signatures
                .iter()
                .any(|signature| mac.clone().verify_slice(signature).is_ok())
        };
        if self.0.iter().any(fits) {
            Ok(())
        } else {
            Err(OriginError::Signature)
        }
    }
}

fn check_age(
    timestamp: &str,
    now: Timestamp,
    tolerance: SignedDuration,
) -> Result<(), OriginError> {
    let sent: i64 = timestamp.parse().map_err(|_| OriginError::Timestamp)?;
    let seconds = now.as_second().saturating_sub(sent);
    let allowed = tolerance.as_secs();
    if seconds > allowed {
        Err(OriginError::Stale { seconds, allowed })
    } else if seconds < -allowed {
        Err(OriginError::Early {
            seconds: seconds.saturating_neg(),
            allowed,
        })
    } else {
        Ok(())
    }
}

/// The secret header's value that deliveries come with: the current one, and
/// while it is being changed, the one before.
#[derive(Clone)]
pub struct HeaderKey(Vec<SecretString>);

impl HeaderKey {
    /// The values that are accepted; none accepts nothing.
    pub fn new(values: impl IntoIterator<Item = SecretString>) -> Self {
        HeaderKey(values.into_iter().collect())
    }

    /// Checks the value that a delivery came with, in a time that does not tell how
    /// much of it is right.
    pub fn verify(&self, value: &[u8]) -> Result<(), OriginError> {
        let fits = |key: &SecretString| bool::from(key.expose_secret().as_bytes().ct_eq(value));
        if self.0.iter().any(fits) {
            Ok(())
        } else {
            Err(OriginError::Header)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SENT: &str = "1614265330";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    /// The key of the specification's example, `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`,
    /// is not text: the test makes it from its bytes.
    fn example() -> SigningKeys {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        SigningKeys(vec![Hmac::new_from_slice(&key).unwrap()])
    }

    fn keys(secrets: &[&str]) -> SigningKeys {
        let secrets: Vec<SecretString> = secrets.iter().map(|&text| text.into()).collect();
        SigningKeys::new(&secrets)
    }

    fn sign(secret: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{ID}.{SENT}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn check(
        keys: &SigningKeys,
        signature: &str,
        body: &[u8],
        later: i64,
    ) -> Result<(), OriginError> {
        let headers = SignatureHeaders {
            id: ID,
            timestamp: SENT,
            signature,
        };
        let sent: i64 = SENT.parse().unwrap();
        let now = Timestamp::from_second(sent + later).unwrap();
        keys.verify(headers, body, now, TOLERANCE)
    }

    #[test]
    fn the_example_of_the_specification() {
        assert_eq!(check(&example(), SIGNATURE, BODY, 0), Ok(()));
        assert_eq!(
            check(&example(), SIGNATURE, b"{\"test\": 2432232315}", 0),
            Err(OriginError::Signature)
        );
    }

    #[test]
    fn the_secret_itself_is_the_key() {
        let signature = sign("client-secret", BODY);
        assert_eq!(
            check(&keys(&["client-secret"]), &signature, BODY, 0),
            Ok(())
        );
        assert_eq!(
            check(&keys(&["another"]), &signature, BODY, 0),
            Err(OriginError::Signature)
        );
        assert_eq!(
            check(&keys(&[]), &signature, BODY, 0),
            Err(OriginError::Signature)
        );
    }

    #[test]
    fn either_secret_and_either_signature_will_do_while_rotating() {
        let both = keys(&["new", "old"]);
        assert_eq!(check(&both, &sign("old", BODY), BODY, 0), Ok(()));
        let list = format!("v1a,AAAA {} {}", sign("other", BODY), sign("new", BODY));
        assert_eq!(check(&both, &list, BODY, 0), Ok(()));
    }

    #[test]
    fn the_window_closes_on_both_sides() {
        let keys = example();
        assert_eq!(check(&keys, SIGNATURE, BODY, 300), Ok(()));
        assert_eq!(check(&keys, SIGNATURE, BODY, -300), Ok(()));
        assert!(matches!(
            check(&keys, SIGNATURE, BODY, 301),
            Err(OriginError::Stale { seconds: 301, .. })
        ));
        assert!(matches!(
            check(&keys, SIGNATURE, BODY, -301),
            Err(OriginError::Early { seconds: 301, .. })
        ));
    }

    #[test]
    fn what_is_no_signature_is_told_apart() {
        let keys = example();
        for bad in ["", "v1,", "v1,***", "v2,AAAA", "g0hM9SsE"] {
            let refused = check(&keys, bad, BODY, 0);
            assert!(
                matches!(
                    refused,
                    Err(OriginError::NoSignature | OriginError::Signature)
                ),
                "{bad}: {refused:?}"
            );
        }
        let headers = SignatureHeaders {
            id: ID,
            timestamp: "yesterday",
            signature: SIGNATURE,
        };
        let refused = keys.verify(headers, BODY, Timestamp::UNIX_EPOCH, TOLERANCE);
        assert_eq!(refused, Err(OriginError::Timestamp));
    }

    #[test]
    fn the_secret_header_is_compared_as_a_whole() {
        let key = HeaderKey::new(["key".into(), "old".into()]);
        assert_eq!(key.verify(b"key"), Ok(()));
        assert_eq!(key.verify(b"old"), Ok(()));
        for bad in [&b"ke"[..], b"keys", b"", b"KEY"] {
            assert_eq!(key.verify(bad), Err(OriginError::Header));
        }
    }
}
