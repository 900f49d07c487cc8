//! Why bytes are not an event of this contract.

use std::fmt;

use crate::EventType;

/// Bytes that are not an event of this contract.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It is no JSON, or lacks a member of the envelope.
    #[error("the event is not a CloudEvents envelope in JSON")]
    Envelope(#[source] serde_json::Error),
    /// It is a type of event that came after this program.
    #[error(
        "`{0}` is no type of event that this program knows: run it in the release that wrote the event, or a newer one"
    )]
    UnknownType(String),
    /// It is written in a version of its schema that came after this program, or that never was.
    #[error(
        "the {kind} is written as `{schema}`, and this program reads {known}: run it in the release that wrote the event, or a newer one"
    )]
    UnknownVersion {
        /// The type of the event.
        kind: EventType,
        /// The version, by the name of its schema.
        schema: String,
        /// The versions that this program reads.
        known: Versions,
    },
    /// What it says is not what its schema allows.
    #[error("the data of {kind} do not fit its schema")]
    Data {
        /// The type of the event.
        kind: EventType,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
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
    fn versions_are_told_in_words() {
        assert_eq!(Versions(vec![1]).to_string(), "v1");
        assert_eq!(Versions(vec![1, 2]).to_string(), "v1 and v2");
        assert_eq!(Versions(vec![1, 2, 3]).to_string(), "v1, v2 and v3");
    }
}
