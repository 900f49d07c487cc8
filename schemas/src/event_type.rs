//! The names of the types of event.

use std::{fmt, str::FromStr};

use crate::{DecodeError, EventType};

impl EventType {
    /// The type of the events on a subject of the stream, `order.received.us`; none
    /// if it is no subject of this contract.
    pub fn on(subject: &str) -> Option<EventType> {
        let (kind, _key) = subject.rsplit_once('.')?;
        EventType::named(kind)
    }

    /// The name of the schema that is written, which is that of the newest version.
    pub fn dataschema(self) -> String {
        crate::schema_names::dataschema(self, self.version())
    }

    fn named(name: &str) -> Option<EventType> {
        let mut all = EventType::ALL.iter();
        all.find(|kind| kind.as_str() == name).copied()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = DecodeError;

    fn from_str(name: &str) -> Result<EventType, DecodeError> {
        EventType::named(name).ok_or_else(|| DecodeError::UnknownType(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_its_type() {
        let kind = Some(EventType::OrderReceived);
        assert_eq!(EventType::on("order.received.us"), kind);
        for other in ["order.received", "order.sent.us", "order", ""] {
            assert_eq!(EventType::on(other), None, "{other}");
        }
    }
}
