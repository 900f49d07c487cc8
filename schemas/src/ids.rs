//! Ids and keys. All of them are derived from what they name, none is random:
//! the same fact has the same id, whoever finds it and however often.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The longest key of a store or a ledger: short enough for the 25 characters
/// of a journal name in Fusion, which begins with it.
const MAX_KEY_LENGTH: usize = 8;

/// A text that cannot be a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a key: use 1 to 8 small letters, digits or `-`")]
pub struct KeyError(String);

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = "^[a-z0-9-]{1,8}$"))]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = KeyError;
            fn from_str(text: &str) -> Result<Self, KeyError> {
                let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if (1..=MAX_KEY_LENGTH).contains(&text.len()) && text.chars().all(fits) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(KeyError(text.to_owned()))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = KeyError;
            fn try_from(text: String) -> Result<Self, KeyError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> String {
                key.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// What the configuration calls a store; also its token in subjects.
    StoreKey
}
key! {
    /// What the configuration calls a ledger; also its token in subjects.
    LedgerKey
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// What a batch of journals is called in Fusion: at most 50 characters,
    /// derived from the journals in it, looked up before any resend.
    BatchKey
}
name! {
    /// What a journal is called in Fusion, at most 25 characters: `us-1001-1` for
    /// the first journal of order 1001, `us-1001-r7-1` for that of its refund 7.
    JournalKey
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number! {
    /// An order's number in its store.
    OrderId
}
number! {
    /// A refund's number in its store.
    RefundId
}

/// What a journal is booked for: an order, or one refund of it.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct EntityKey {
    /// The store.
    pub store: StoreKey,
    /// The number of the order, or of the order that was refunded.
    pub order: OrderId,
    /// The number of the refund; none for an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundId>,
}

impl EntityKey {
    /// An order.
    pub fn order(store: StoreKey, order: OrderId) -> Self {
        EntityKey {
            store,
            order,
            refund: None,
        }
    }

    /// A refund of an order.
    pub fn refund(store: StoreKey, order: OrderId, refund: RefundId) -> Self {
        EntityKey {
            store,
            order,
            refund: Some(refund),
        }
    }

    /// The order that a refund belongs to; for an order, itself.
    pub fn parent(&self) -> EntityKey {
        EntityKey::order(self.store.clone(), self.order)
    }

    /// The key of the entity's n-th journal, counted from 1.
    pub fn journal_key(&self, number: u32) -> JournalKey {
        JournalKey(match self.refund {
            None => format!("{}-{}-{number}", self.store, self.order),
            Some(refund) => format!("{}-{}-r{refund}-{number}", self.store, self.order),
        })
    }
}

/// `us/1001` for an order, `us/1001/refund/7` for a refund.
impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.store, self.order)?;
        match self.refund {
            None => Ok(()),
            Some(refund) => write!(f, "/refund/{refund}"),
        }
    }
}

/// A text that names no order and no refund.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is neither an order (`us/1001`) nor a refund (`us/1001/refund/7`)")]
pub struct EntityKeyError(String);

/// As it is displayed.
impl FromStr for EntityKey {
    type Err = EntityKeyError;
    fn from_str(text: &str) -> Result<EntityKey, EntityKeyError> {
        let bad = || EntityKeyError(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        let (store, order, refund) = match parts[..] {
            [store, order] => (store, order, None),
            [store, order, "refund", refund] => (store, order, Some(refund)),
            _ => return Err(bad()),
        };
        let refund = refund.map(|it| it.parse().map(RefundId)).transpose();
        Ok(EntityKey {
            store: store.parse().map_err(|_| bad())?,
            order: OrderId(order.parse().map_err(|_| bad())?),
            refund: refund.map_err(|_| bad())?,
        })
    }
}

/// The id of an event: a UUID v5 of what makes it the same fact.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

/// The namespace of all event ids, itself a UUID v5 of the project's name in the URL namespace.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d2b_6a63_5c1e_5a40_8f1b_3a5e_c0f7_11d4);

impl EventId {
    /// The id of the fact that these parts name. Parts are kept apart by their
    /// lengths, so that `["a", "bc"]` and `["ab", "c"]` are two facts.
    pub fn derive(parts: &[&str]) -> EventId {
        let mut name = Vec::new();
        for part in parts {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        EventId(Uuid::new_v5(&NAMESPACE, &name))
    }
}

impl FromStr for EventId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(EventId)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A SHA-256, written as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[0-9a-f]{64}$"))]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 digits: enough to tell rule sets apart in a table.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }
}

impl TryFrom<String> for Digest {
    type Error = String;
    fn try_from(text: String) -> Result<Digest, String> {
        let bad = || format!("`{text}` is not a SHA-256 in hexadecimal");
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Digest(bytes))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(EventId::derive(&["a", "bc"]), EventId::derive(&["ab", "c"]));
        assert_eq!(EventId::derive(&["a", "bc"]), EventId::derive(&["a", "bc"]));
    }

    #[test]
    fn keys_fit_a_subject_and_a_journal_name() {
        assert!("us-2".parse::<StoreKey>().is_ok());
        for bad in ["", "US", "a.b", "a b", "longerthan8", "*"] {
            assert!(bad.parse::<StoreKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn journal_names_stay_within_25_characters() {
        let store: StoreKey = "eightcha".parse().unwrap();
        let entity = EntityKey::refund(store, OrderId(99_999), RefundId(99_999));
        assert!(entity.journal_key(999).as_str().len() <= 25);
    }

    #[test]
    fn orders_and_refunds_read_back() {
        for text in ["us/1001", "us/1001/refund/7"] {
            assert_eq!(text.parse::<EntityKey>().unwrap().to_string(), text);
        }
        for bad in ["", "us", "us/", "us/x", "us/1/refund", "US/1", "us/1/2/3"] {
            assert!(bad.parse::<EntityKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn digests_read_back() {
        let digest = Digest::of(b"counterfoil");
        assert_eq!(Digest::try_from(digest.to_string()).unwrap(), digest);
        assert!(Digest::try_from("zz".repeat(32)).is_err());
    }
}
