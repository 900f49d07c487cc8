//! What the contract says of a type of event.

use serde::{Serialize, de::DeserializeOwned};

use crate::{About, EventId, Older, Reader, SubjectKey, Writer};

/// All that the contract says of one type of event. Each is in a file of its own;
/// `EventType`, `Payload`, the JSON Schemas, the golden bytes and the AsyncAPI
/// document follow from it.
pub trait Definition {
    /// What an event of this type says, in the newest version.
    type Data: Clone
        + std::fmt::Debug
        + PartialEq
        + Serialize
        + DeserializeOwned
        + schemars::JsonSchema
        + 'static;
    /// The key that ends its subjects.
    type Key: SubjectKey;

    /// The name of the type: the first two tokens of its subjects.
    const TYPE: &'static str;
    /// What has happened, in one line.
    const TITLE: &'static str;
    /// The version that is written.
    const VERSION: u32 = 1;
    /// The versions of old that can be read, oldest first: see [`crate::versions`].
    const OLDER: &'static [Older<Self::Data>] = &[];
    /// Who writes it; the first wrote the first example.
    const WRITERS: &'static [Writer];
    /// Who acts upon it. The projector reads every event and is not listed.
    const READERS: &'static [Reader] = &[];

    /// The store or ledger whose subject it is on.
    fn key(data: &Self::Data) -> &Self::Key;

    /// What it is about: subject, story and partition follow.
    fn about(data: &Self::Data) -> About;

    /// The event that it follows from, where what it says names it.
    fn cause(_data: &Self::Data) -> Option<EventId> {
        None
    }

    /// The id of the fact. `cause` is the event that it follows from; it counts only
    /// where the same said for another cause is another fact.
    fn id(data: &Self::Data, cause: Option<EventId>) -> EventId;

    /// What it says, in words that are understood without the data, for traces. Line
    /// breaks and length are up to who shows it.
    fn summary(data: &Self::Data) -> String;

    /// Events as they could be. Of the first, which fills every member that it can,
    /// the bytes are kept.
    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<Self::Data>>;
}
