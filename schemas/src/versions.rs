//! The versions of what events say, as they are on the wire.
//!
//! The log is kept for ever, so whatever was once written is read for ever. Within
//! a version a member may be added, with a default that leaves it out: old bytes
//! read the same, and are written the same. Everything else is a new version:
//!
//! 1. The type as it was is copied to a module named by its version (`v1`, in
//!    `src/v1/`, one file an event) and never touched again: with its serde
//!    attributes, without its functions. Its golden bytes and its JSON Schema stay
//!    as the files they are.
//! 2. [`Upcast`] brings it to the type that follows. With a third version, the
//!    first is still brought to the second, and that to the third.
//! 3. The current type changes, and its [`Definition`] counts [`Definition::VERSION`]
//!    up and lists the version of old in [`Definition::OLDER`]. From then on the
//!    name in `dataschema` is the new one, `urn:counterfoil:order.mapped:v2`.
//! 4. `UPDATE_CONTRACT=1 cargo test -p schemas` adds the new version's schema and
//!    golden bytes beside those of old.
//!
//! Nobody else names a version: [`crate::Event::decode`] reads them all and hands
//! out the current types. So a type whose versions are all alike has one
//! definition, which is the newest wire format and the current type at once.
//!
//! The id of an event is that which its writer derived, from the version it wrote;
//! it is never derived anew from what was upcast.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::{DecodeError, Definition, EventType};

/// What the names of all schemas begin with.
const PREFIX: &str = "urn:counterfoil:";

/// A version that was followed by another.
pub trait Upcast: DeserializeOwned {
    /// The version that followed.
    type Next;

    /// The same, as the next version says it.
    fn upcast(self) -> Self::Next;
}

/// A version that is no longer written, and how it becomes the current type `T`.
pub struct Older<T> {
    /// Its number.
    pub version: u32,
    /// Reads the data and upcasts them as often as it takes.
    pub read: fn(&RawValue) -> Result<T, serde_json::Error>,
}

/// Reads what is written in the version `V`, which comes directly before the current.
pub fn read_previous<V: Upcast>(data: &RawValue) -> Result<V::Next, serde_json::Error> {
    serde_json::from_str(data.get()).map(V::upcast)
}

/// The name of a version of an event's schema, as `dataschema` has it.
pub(crate) fn dataschema(kind: EventType, version: u32) -> String {
    format!("{PREFIX}{kind}:v{version}")
}

/// The number of the version whose schema has this name, if it can be read.
pub(crate) fn number(kind: EventType, schema: &str) -> Result<u32, DecodeError> {
    let named = schema
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_prefix(kind.as_str()))
        .and_then(|rest| rest.strip_prefix(":v"))
        .and_then(decimal);
    let is_read = |it: &u32| *it == kind.version() || kind.versions().contains(it);
    named
        .filter(is_read)
        .ok_or_else(|| DecodeError::UnknownVersion {
            kind,
            schema: schema.to_owned(),
            known: Versions(kind.versions()),
        })
}

/// The number in the one way that it is written.
fn decimal(text: &str) -> Option<u32> {
    let other = text.starts_with('+') || (text.starts_with('0') && text != "0");
    text.parse().ok().filter(|_| !other)
}

/// What an event of type `E` says, written in any version that is known.
pub(crate) fn read<E: Definition>(
    kind: EventType,
    schema: &str,
    data: &RawValue,
) -> Result<E::Data, DecodeError> {
    let version = number(kind, schema)?;
    let older = E::OLDER.iter().find(|it| it.version == version);
    let read = match older {
        None => serde_json::from_str(data.get()),
        Some(older) => (older.read)(data),
    };
    read.map_err(|source| DecodeError::Data { kind, source })
}

/// Versions in words: `v1 and v2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions(pub Vec<u32>);

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, version) in self.0.iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{before}v{version}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_name() {
        let kind = EventType::OrderMapped;
        assert_eq!(number(kind, &kind.dataschema()).unwrap(), kind.version());
        for other in [
            "urn:counterfoil:order.mapped:v01",
            "urn:counterfoil:order.mapped:v+1",
            "urn:counterfoil:order.mapped:v",
            "urn:counterfoil:order.mapped:v2",
            "urn:counterfoil:order.parked:v1",
            "order.mapped:v1",
        ] {
            let error = number(kind, other).unwrap_err().to_string();
            assert!(error.contains(other), "{error}");
        }
    }

    #[test]
    fn versions_are_told_in_words() {
        assert_eq!(Versions(vec![1]).to_string(), "v1");
        assert_eq!(Versions(vec![1, 2]).to_string(), "v1 and v2");
        assert_eq!(Versions(vec![1, 2, 3]).to_string(), "v1, v2 and v3");
    }
}
