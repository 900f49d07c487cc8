//! Journals that are due and go into the summary of their day.

use jiff::Timestamp;
use rusqlite::params;
use schemas::EntityKey;

use super::{Books, BooksError, rows};

impl Books {
    /// How many entities beside some have a journal due that is summed up, of days that
    /// ended before a moment, as many as `limit` at most; and since when the first of
    /// them waits.
    pub fn summaries_due_beside(
        &self,
        ended_before: Timestamp,
        some: impl Fn(&EntityKey) -> bool,
        limit: usize,
    ) -> Result<(usize, Option<Timestamp>), BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id, due_at FROM lifecycle WHERE day_ends <= ?1 AND NOT (SELECT held FROM state)
                 ORDER BY day_ends, due_offset",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([ended_before.as_microsecond()], |row| {
                Ok((rows::entity_key(row)?, row.get(3)?))
            })
            .map_err(BooksError::Read)?;
        let (mut count, mut first) = (0, None::<i64>);
        for row in rows {
            let (key, at): (_, i64) = row.map_err(BooksError::Read)?;
            if count == limit {
                break;
            }
            if !some(&rows::key(key)?) {
                count += 1;
                first = Some(first.map_or(at, |first| first.min(at)));
            }
        }
        Ok((count, first.map(rows::time)))
    }

    /// The entities that have a journal due that is summed up, day by day.
    pub fn summaries_due(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<EntityKey>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id FROM lifecycle WHERE day_ends <= ?1 AND NOT (SELECT held FROM state)
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
