//! The names of the schemas that events are written in, and reading by them.

use serde_json::value::RawValue;

use crate::{DecodeError, Definition, EventType, decode_error::Versions};

/// What the names of all schemas begin with.
const PREFIX: &str = "urn:counterfoil:";

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
}
