//! What is in the columns of the views, as the types of the contract.

use jiff::{Timestamp, civil::Date};
use schemas::{EntityKey, EventId};

use crate::ViewsError;

/// The event id in a column.
pub(crate) fn blob_id(bytes: &[u8]) -> Result<EventId, ViewsError> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.parse().map_err(|_| ViewsError::Value {
        column: "id",
        found: hex,
    })
}

/// The day in a column.
pub(crate) fn day_of(text: &str) -> Result<Date, ViewsError> {
    text.parse().map_err(|_| ViewsError::Value {
        column: "day",
        found: text.to_owned(),
    })
}

/// The time in a column.
pub(crate) fn time_of(microseconds: i64) -> Result<Timestamp, ViewsError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| ViewsError::Value {
        column: "time",
        found: microseconds.to_string(),
    })
}

/// The order or refund in a column.
pub(crate) fn entity_of(text: &str) -> Result<EntityKey, ViewsError> {
    text.parse().map_err(|_| ViewsError::Value {
        column: "entity",
        found: text.to_owned(),
    })
}
