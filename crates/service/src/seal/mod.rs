//! Sealed secrets: `sealed:` and base64, which only the holder of a key can open,
//! so that a configuration can be kept where others read it.
//!
//! What the base64 holds, in bytes: a version (1), the key's id (4), a random
//! nonce (24), and the secret in XChaCha20-Poly1305 with its tag (16). Version, id
//! and the name of the configuration's key are authenticated with it: a sealed
//! value that is put under another key, or into another store, does not open.

mod keys;
mod rotation;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XNonce,
    aead::{Aead, Generate, Payload},
};
use secrecy::SecretString;

use keys::ID;
pub use keys::{KeyFault, KeyId, KeyRing, KeyRingError, SealKey};
pub use rotation::{RotationError, rotate};

/// What a sealed value begins with.
pub const PREFIX: &str = "sealed:";
const VERSION: u8 = 1;
const NONCE: usize = 24;
/// Version and key id.
const HEAD: usize = 1 + ID;

/// A value cannot be sealed or opened. The text repeats none of it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// No key is given.
    #[error(
        "there is no seal key: name one in `seal.keys`, or set COUNTERFOIL_SEAL_KEY_FILE or COUNTERFOIL_SEAL_KEY"
    )]
    NoKey,
    /// No key given is the one.
    #[error(
        "it is sealed with key {id}, and the keys given are {given}: give that key too, or seal the secret anew with `counterfoil secrets seal`"
    )]
    UnknownKey {
        /// The key that it is sealed with.
        id: KeyId,
        /// The keys that are given.
        given: String,
    },
    /// The value is not what this key sealed for this place.
    #[error(
        "it does not open: it is damaged, or it was sealed for another key of the configuration. Seal the secret anew with `counterfoil secrets seal`"
    )]
    Damaged,
    /// The value was cut off, or is something else.
    #[error(
        "it is not a sealed value: after `sealed:` comes the base64 that `counterfoil secrets seal` prints, whole"
    )]
    Malformed,
    /// The value's version is of a newer program.
    #[error("it is sealed in version {0}, which this program does not know: use a newer one")]
    Version(u8),
    /// An empty secret is none.
    #[error("there is nothing to seal: the secret is empty")]
    Empty,
    /// No nonce can be drawn.
    #[error("it could not be sealed: the system gives no random numbers")]
    NoRandomness,
}

impl KeyRing {
    /// Seals a secret for one key of the configuration, such as
    /// `stores.us.token`, with the ring's first key.
    pub fn seal(&self, place: &str, secret: &str) -> Result<String, SealError> {
        if secret.is_empty() {
            return Err(SealError::Empty);
        }
        let key = self.sealing().ok_or(SealError::NoKey)?;
        let nonce = XNonce::try_generate().map_err(|_| SealError::NoRandomness)?;
        let mut bytes = vec![VERSION];
        bytes.extend(key.id().bytes());
        let aad = associated(&bytes, place);
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: &aad,
        };
        let sealed = key.cipher().encrypt(&nonce, payload);
        let sealed = sealed.map_err(|_| SealError::NoRandomness)?;
        bytes.extend(nonce);
        bytes.extend(sealed);
        Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// Opens a value that was sealed for `place`.
    pub fn open(&self, place: &str, value: &str) -> Result<SecretString, SealError> {
        let bytes = decoded(value)?;
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(SealError::Malformed)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(SealError::Malformed)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Malformed)?;
        if self.is_empty() {
            return Err(SealError::NoKey);
        }
        let id = KeyId::sealed_in(head).ok_or(SealError::Malformed)?;
        let key = self.find(id).ok_or_else(|| SealError::UnknownKey {
            id,
            given: self.ids(),
        })?;
        let aad = associated(head, place);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let opened = key.cipher().decrypt(&nonce, payload);
        let opened = opened.map_err(|_| SealError::Damaged)?;
        let text = String::from_utf8(opened).map_err(|_| SealError::Damaged)?;
        Ok(text.into())
    }
}

/// The key that a value is sealed with.
pub fn key_of(value: &str) -> Result<KeyId, SealError> {
    let bytes = decoded(value)?;
    let head = bytes.get(..HEAD).ok_or(SealError::Malformed)?;
    KeyId::sealed_in(head).ok_or(SealError::Malformed)
}

fn decoded(value: &str) -> Result<Vec<u8>, SealError> {
    let text = value.strip_prefix(PREFIX).ok_or(SealError::Malformed)?;
    let bytes = STANDARD.decode(text.trim());
    let bytes = bytes.map_err(|_| SealError::Malformed)?;
    match bytes.first() {
        Some(&VERSION) => Ok(bytes),
        Some(&other) => Err(SealError::Version(other)),
        None => Err(SealError::Malformed),
    }
}

/// What is authenticated beside the secret itself.
fn associated(head: &[u8], place: &str) -> Vec<u8> {
    [b"counterfoil secret\0", head, place.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const PLACE: &str = "stores.us.token";

    fn ring(keys: &[&SealKey]) -> KeyRing {
        let texts: Vec<_> = keys.iter().map(|key| key.text()).collect();
        let texts = texts
            .iter()
            .map(|it| it.expose_secret())
            .collect::<Vec<_>>();
        KeyRing::parse(&texts.join("\n")).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_place_alone() {
        let key = SealKey::generate().unwrap();
        let ring = ring(&[&key]);
        let sealed = ring.seal(PLACE, "s3cret").unwrap();
        assert_eq!(ring.open(PLACE, &sealed).unwrap().expose_secret(), "s3cret");
        assert_eq!(key_of(&sealed).unwrap(), key.id());
        let moved = ring.open("stores.eu.token", &sealed).unwrap_err();
        assert_eq!(moved, SealError::Damaged);
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let ring = ring(&[&SealKey::generate().unwrap()]);
        let twice = [ring.seal(PLACE, "s"), ring.seal(PLACE, "s")];
        assert_ne!(twice[0], twice[1]);
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let ring = ring(&[&SealKey::generate().unwrap()]);
        let sealed = ring.seal(PLACE, "s3cret").unwrap();
        let bytes = STANDARD.decode(&sealed[PREFIX.len()..]).unwrap();
        let open = |bytes: &[u8]| ring.open(PLACE, &format!("{PREFIX}{}", STANDARD.encode(bytes)));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(open(&changed).is_err(), "byte {place}");
            assert!(open(&bytes[..place]).is_err(), "{place} bytes");
        }
        let mut newer = bytes;
        newer[0] = 2;
        assert_eq!(open(&newer).unwrap_err(), SealError::Version(2));
    }

    #[test]
    fn an_older_key_still_opens_and_the_first_seals() {
        let (old, new) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let sealed = ring(&[&old]).seal(PLACE, "s3cret").unwrap();
        let both = ring(&[&new, &old]);
        assert_eq!(both.open(PLACE, &sealed).unwrap().expose_secret(), "s3cret");
        assert_eq!(key_of(&both.seal(PLACE, "x").unwrap()).unwrap(), new.id());
        let error = ring(&[&new]).open(PLACE, &sealed).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&old.id().to_string()), "{text}");
        assert!(text.contains(&new.id().to_string()), "{text}");
        let none = KeyRing::default().open(PLACE, &sealed).unwrap_err();
        assert_eq!(none, SealError::NoKey);
    }

    #[test]
    fn what_is_no_sealed_value_is_told() {
        let ring = ring(&[&SealKey::generate().unwrap()]);
        for wrong in ["sealed:", "sealed:***", "sealed:AQ==", "s3cret"] {
            let error = ring.open(PLACE, wrong).unwrap_err();
            assert_eq!(error, SealError::Malformed, "{wrong}");
        }
        assert_eq!(ring.seal(PLACE, "").unwrap_err(), SealError::Empty);
    }
}
