//! Journals that are due and go into the summary of their day.

use jiff::Timestamp;
use rusqlite::params;
use schemas::EntityKey;

use super::{Books, BooksError, rows};

impl Books {
    /// How many entities have a journal due that is summed up, of days that ended
    /// before a moment, counted up to a limit; and since when the first of them waits.
    pub fn summaries_due_count(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, Option<Timestamp>), BooksError> {
        self.connection
            .prepare_cached(
                "SELECT count(*), min(due_at) FROM (
                     SELECT due_at FROM entity WHERE day_ends <= ?1
                     ORDER BY day_ends, due_offset LIMIT ?2)",
            )
            .and_then(|mut statement| {
                let bounds = params![ended_before.as_microsecond(), rows::limit(limit)];
                statement.query_row(bounds, |row| {
                    Ok((rows::count(row.get(0)?), row.get::<_, Option<i64>>(1)?))
                })
            })
            .map(|(count, at)| (count, at.map(rows::time)))
            .map_err(BooksError::Read)
    }

    /// These entities, day by day.
    pub fn summaries_due(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<EntityKey>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id FROM entity WHERE day_ends <= ?1
                 ORDER BY day_ends, due_offset, store, order_id, refund_id LIMIT ?2",
            )
            .map_err(BooksError::Read)?;
        let bounds = params![ended_before.as_microsecond(), rows::limit(limit)];
        let rows = statement
            .query_map(bounds, rows::entity_key)
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::key(row.map_err(BooksError::Read)?))
            .collect()
    }
}
