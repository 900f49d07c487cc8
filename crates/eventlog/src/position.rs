//! Places: in the log, and in the stream that a log or anyone else follows.
//!
//! The two have numbers of their own. The log counts its records without gaps
//! ([`Offset`]); a stream may hold an event twice, or a message of someone else,
//! and its numbers ([`Sequence`]) run ahead of the log's. A number alone does not
//! say of which stream it is, so whoever remembers how far it has come remembers a
//! [`Position`].

use std::fmt;

use schemas::{EncodedEvent, EventId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a record is in the log: from 1, without gaps. 0 is before the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Offset(pub u64);

/// Where an event is in a stream: from 1, ascending. 0 is before the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// Which stream it is. A stream keeps its id for as long as it is there, through
/// backups too; one that is made anew has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StreamId(pub Uuid);

/// How far someone has come in a stream: the last event that was seen, where it
/// was, and in which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The stream.
    pub stream: StreamId,
    /// Where in it the event was.
    pub sequence: Sequence,
    /// The event that was seen last.
    pub event: EventId,
}

/// Where following a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first event.
    Beginning,
    /// After an event that was seen.
    After(Position),
    /// After a number, as was kept before positions named their stream and event.
    AfterSequence(Sequence),
}

/// An event as it comes from a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The stream that it comes from.
    pub stream: StreamId,
    /// Its place there.
    pub sequence: Sequence,
    /// The event.
    pub event: EncodedEvent,
}

/// What became of an event that was to be appended, once it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Where the event is; for a duplicate, where the original is.
    pub offset: Offset,
    /// The id was there already, and the event was not appended again.
    pub duplicate: bool,
}

impl Offset {
    /// The offset after this one.
    pub fn next(self) -> Offset {
        Offset(self.0 + 1)
    }
}

impl Sequence {
    /// The sequence after this one.
    pub fn next(self) -> Sequence {
        Sequence(self.0 + 1)
    }
}

impl StreamId {
    /// The id of a stream that is made now.
    pub fn random() -> StreamId {
        StreamId(Uuid::new_v4())
    }

    /// The id that follows from what a stream has of its own, for one that was
    /// given none: the same parts give the same id, whoever asks.
    pub fn derive(parts: &[&str]) -> StreamId {
        StreamId(EventId::derive(parts).0)
    }
}

impl Start {
    /// The sequence after which it goes on, 0 for the beginning.
    pub fn sequence(self) -> Sequence {
        match self {
            Start::Beginning => Sequence(0),
            Start::After(position) => position.sequence,
            Start::AfterSequence(sequence) => sequence,
        }
    }
}

impl Delivered {
    /// The position of whoever has done everything up to this event.
    pub fn position(&self) -> Position {
        Position {
            stream: self.stream,
            sequence: self.sequence,
            event: self.event.id,
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
