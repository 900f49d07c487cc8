//! The keys that secrets are sealed with.

use std::{env, fmt, io, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, aead::Generate};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

/// The length of a key, in bytes.
const LENGTH: usize = 32;
/// The length of what a key is called, in bytes.
pub(super) const ID: usize = 4;
/// Where keys are looked for beside `seal.keys`.
const VARIABLE: &str = "COUNTERFOIL_SEAL_KEY";
const FILE_VARIABLE: &str = "COUNTERFOIL_SEAL_KEY_FILE";

/// What a key is called by. It follows from the key and does not tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; ID]);

impl KeyId {
    pub(super) fn bytes(self) -> [u8; ID] {
        self.0
    }

    /// The id that stands in the head of a sealed value.
    pub(super) fn sealed_in(head: &[u8]) -> Option<KeyId> {
        Some(KeyId(head.get(1..)?.try_into().ok()?))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One key. Never printed, except by [`SealKey::text`].
pub struct SealKey(SecretBox<[u8; LENGTH]>);

impl SealKey {
    /// A new key, drawn at random.
    pub fn generate() -> Result<SealKey, KeyFault> {
        let drawn = Key::try_generate().map_err(|_| KeyFault::NoRandomness)?;
        Ok(SealKey(SecretBox::new(Box::new(drawn.into()))))
    }

    fn parse(text: &str) -> Result<SealKey, KeyFault> {
        let bytes = STANDARD.decode(text).map_err(|_| KeyFault::NotAKey)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| KeyFault::NotAKey)?;
        Ok(SealKey(SecretBox::new(Box::new(bytes))))
    }

    /// The key itself, in base64: for the file that keeps it.
    pub fn text(&self) -> SecretString {
        STANDARD.encode(self.0.expose_secret()).into()
    }

    /// What the key is called in what it has sealed: no secret.
    pub fn id(&self) -> KeyId {
        let hash = Sha256::new()
            .chain_update(b"counterfoil seal key id\0")
            .chain_update(self.0.expose_secret())
            .finalize();
        let mut id = [0; ID];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        KeyId(id)
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }
}

/// Why a key cannot be had. The text repeats none of it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The text is no key.
    #[error(
        "it is not a seal key, which is 32 bytes in base64: make one with `counterfoil secrets keygen`"
    )]
    NotAKey,
    /// There is nothing.
    #[error("there is no key in it")]
    Empty,
    /// The text is the key itself.
    #[error("a key is named by `file:PATH` or `env:NAME`: it does not belong beside what it seals")]
    InPlace,
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    /// The variable is not set.
    #[error("there is no such variable, or it is no text")]
    Variable,
    /// No key can be drawn.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// A place where a seal key should be has none.
#[derive(Debug, thiserror::Error)]
#[error("the seal key of {place} cannot be used")]
pub struct KeyRingError {
    place: String,
    #[source]
    source: KeyFault,
}

/// The keys in use: the first seals, all of them open.
#[derive(Default)]
pub struct KeyRing(Vec<SealKey>);

impl KeyRing {
    /// Reads the keys that `seal.keys` names, as `file:PATH` or `env:NAME`, then
    /// those of COUNTERFOIL_SEAL_KEY and of the file COUNTERFOIL_SEAL_KEY_FILE.
    pub fn read(places: &[String]) -> Result<KeyRing, KeyRingError> {
        let mut places = places.to_vec();
        if env::var_os(VARIABLE).is_some() {
            places.push(format!("env:{VARIABLE}"));
        }
        if let Ok(path) = env::var(FILE_VARIABLE) {
            places.push(format!("file:{path}"));
        }
        let mut keys = Vec::new();
        for place in places {
            let ring = keys_of(&place).map_err(|source| KeyRingError {
                // A key given in place is not to be repeated.
                place: match source {
                    KeyFault::InPlace => "`seal.keys`".to_owned(),
                    _ => place,
                },
                source,
            })?;
            keys.extend(ring.0);
        }
        Ok(KeyRing(keys))
    }

    /// Keys in base64, between white space or commas.
    pub fn parse(text: &str) -> Result<KeyRing, KeyFault> {
        let words = text.split(|it: char| it.is_whitespace() || it == ',');
        let words = words.filter(|word| !word.is_empty());
        let keys: Vec<_> = words.map(SealKey::parse).collect::<Result<_, _>>()?;
        match keys.is_empty() {
            true => Err(KeyFault::Empty),
            false => Ok(KeyRing(keys)),
        }
    }

    /// There is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id of the key that seals.
    pub fn first(&self) -> Option<KeyId> {
        self.sealing().map(SealKey::id)
    }

    pub(super) fn sealing(&self) -> Option<&SealKey> {
        self.0.first()
    }

    pub(super) fn find(&self, id: KeyId) -> Option<&SealKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// The ids of all keys, in words.
    pub(super) fn ids(&self) -> String {
        let ids: Vec<_> = self.0.iter().map(|key| key.id().to_string()).collect();
        ids.join(", ")
    }
}

fn keys_of(place: &str) -> Result<KeyRing, KeyFault> {
    let text = match place.split_once(':') {
        Some(("file", path)) => {
            std::fs::read_to_string(PathBuf::from(path)).map_err(KeyFault::Read)?
        }
        Some(("env", name)) => env::var(name).map_err(|_| KeyFault::Variable)?,
        _ => return Err(KeyFault::InPlace),
    };
    KeyRing::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(place: &str) -> String {
        let error = KeyRing::read(&[place.to_owned()]).err().unwrap();
        format!("{error}: {}", std::error::Error::source(&error).unwrap())
    }

    #[test]
    fn keys_are_read_in_order_from_files() {
        let (one, two) = (SealKey::generate().unwrap(), SealKey::generate().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let texts = [one.text(), two.text()];
        let lines = texts.each_ref().map(|it| it.expose_secret());
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        let ring = KeyRing::read(&[format!("file:{}", path.display())]).unwrap();
        assert_eq!(ring.first(), Some(one.id()));
        assert!(ring.find(two.id()).is_some());
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn a_place_without_a_key_is_named_and_a_key_is_not_repeated() {
        assert!(told("file:/nowhere/key").contains("/nowhere/key"));
        assert!(told("env:NO_SUCH_VARIABLE_AT_ALL").contains("NO_SUCH_VARIABLE_AT_ALL"));
        let key = SealKey::generate().unwrap().text();
        let told = told(key.expose_secret());
        assert!(!told.contains(key.expose_secret()), "{told}");
        assert!(told.contains("seal.keys"), "{told}");
        let short = KeyRing::parse("c2hvcnQ=").err().unwrap().to_string();
        assert!(!short.contains("c2hvcnQ"), "{short}");
        assert!(matches!(KeyRing::parse(" \n"), Err(KeyFault::Empty)));
    }
}
