//! A version that nobody ever wrote, older than the first: with the feature
//! `test-versions` alone, so that every reader is tested with events of a version of
//! old before there is one. Production builds do not have it.
//!
//! What is here is what a real version of old is made of, see [`crate::versions`];
//! only the way back, [`as_written`], is for tests.

mod order_mapped;
mod order_parked;
mod order_received;

pub use order_mapped::OrderMapped;
pub use order_parked::OrderParked;
pub use order_received::OrderReceived;

use serde_json::{Map, Value};

use crate::{EncodedEvent, Event, Payload, schema_names::dataschema};

/// The event as a program of old would have written it; none where that wrote the
/// same as today's.
pub fn as_written(event: &Event) -> Option<EncodedEvent> {
    let data = match event.payload.clone() {
        Payload::OrderReceived(data) => serde_json::to_value(OrderReceived::from(data)),
        Payload::OrderMapped(data) => serde_json::to_value(OrderMapped::from(data)),
        Payload::OrderParked(data) => serde_json::to_value(OrderParked::from(data)),
        _ => return None,
    };
    let EncodedEvent { id, subject, bytes } = event.encode();
    let mut envelope: Map<String, Value> =
        serde_json::from_slice(&bytes).expect("an envelope is an object");
    let schema = dataschema(event.payload.event_type(), 0);
    envelope.insert("dataschema".to_owned(), schema.into());
    envelope.insert("data".to_owned(), data.expect("it has only string keys"));
    let bytes = serde_json::to_vec(&envelope).expect("it has only string keys");
    Some(EncodedEvent { id, subject, bytes })
}
