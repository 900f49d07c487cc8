//! Rows of the books, and back.

use jiff::Timestamp;
use rusqlite::Row;
use schemas::{BatchKey, EntityKey, EventId, OrderId, RefundId, Step};
use serde::de::DeserializeOwned;

use super::BooksError;

/// One attempt to import a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The batch.
    pub batch: BatchKey,
    /// Which try it is of the batch, from 1.
    pub attempt: u32,
    /// The group of its rows in the interface table.
    pub group: u64,
    /// The last step that was recorded; the postings are left out.
    pub step: Step,
    /// When that step was recorded.
    pub step_at: Timestamp,
    /// When the intent was recorded.
    pub intended_at: Timestamp,
    /// The document of the uploaded file, once there is one.
    pub document: Option<String>,
    /// The newest import request of it that is known.
    pub last_import: Option<u64>,
    /// Fusion's id of the batch, once it was read back.
    pub batch_id: Option<u64>,
    /// Fusion's name of the batch, once it was read back.
    pub batch_name: Option<String>,
    /// When it was read back.
    pub imported_at: Option<Timestamp>,
    /// It was said that it waits too long to be posted.
    pub is_delayed: bool,
    /// How many of its imports were seen to be started.
    pub imports: u32,
}

pub(super) struct AttemptRow {
    batch: String,
    attempt: u32,
    group: i64,
    step: String,
    step_at: i64,
    intended_at: i64,
    document: Option<String>,
    last_import: Option<i64>,
    batch_id: Option<i64>,
    batch_name: Option<String>,
    imported_at: Option<i64>,
    delayed: bool,
    imports: u32,
}

pub(super) fn attempt(row: &Row) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        batch: row.get(0)?,
        attempt: row.get(1)?,
        group: row.get(2)?,
        step: row.get(3)?,
        step_at: row.get(4)?,
        intended_at: row.get(5)?,
        document: row.get(6)?,
        last_import: row.get(7)?,
        batch_id: row.get(8)?,
        batch_name: row.get(9)?,
        imported_at: row.get(10)?,
        delayed: row.get(11)?,
        imports: row.get(12)?,
    })
}

impl AttemptRow {
    pub(super) fn parsed(self) -> Result<Attempt, BooksError> {
        Ok(Attempt {
            step: parse("a step", &self.step)?,
            batch: BatchKey(self.batch),
            attempt: self.attempt,
            group: self.group.unsigned_abs(),
            step_at: time(self.step_at),
            intended_at: time(self.intended_at),
            document: self.document,
            last_import: self.last_import.map(i64::unsigned_abs),
            batch_id: self.batch_id.map(i64::unsigned_abs),
            batch_name: self.batch_name,
            imported_at: self.imported_at.map(time),
            is_delayed: self.delayed,
            imports: self.imports,
        })
    }
}

pub(super) fn entity_key(row: &Row) -> rusqlite::Result<(String, i64, i64)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

pub(super) fn key((store, order, refund): (String, i64, i64)) -> Result<EntityKey, BooksError> {
    let source = |error: schemas::KeyError| serde::de::Error::custom(error);
    let store = store.parse().map_err(|error| BooksError::Unreadable {
        what: "a store's key",
        source: source(error),
    })?;
    let order = OrderId(order.unsigned_abs());
    Ok(match refund {
        0 => EntityKey::order(store, order),
        refund => EntityKey::refund(store, order, RefundId(refund.unsigned_abs())),
    })
}

pub(super) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, BooksError> {
    serde_json::from_str(text).map_err(|source| BooksError::Unreadable { what, source })
}

/// Our types have string keys and no failing serializers.
pub(super) fn json<T: serde::Serialize>(
    what: &'static str,
    value: &T,
) -> Result<String, BooksError> {
    serde_json::to_string(value).map_err(|source| BooksError::Unreadable { what, source })
}

pub(super) fn event_id(text: &str) -> Option<EventId> {
    text.parse().ok()
}

/// SQLite keeps 64 bits with a sign. Ids and offsets beyond 2^63 do not occur.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn refund_column(key: &EntityKey) -> i64 {
    key.refund.map_or(0, |refund| signed(refund.0))
}

pub(super) fn count(value: i64) -> usize {
    usize::try_from(value).unwrap_or_default()
}

pub(super) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Times are kept in microseconds, as exact as any event has them.
pub(super) fn time(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}
