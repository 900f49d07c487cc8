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
//! 3. The current type changes, and its [`crate::Definition`] counts [`crate::Definition::VERSION`]
//!    up and lists the version of old in [`crate::Definition::OLDER`]. From then on the
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

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

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
