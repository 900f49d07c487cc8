//! What stands rejected, held or under an alarm.

use jiff::Timestamp;
use rusqlite::params;
use schemas::{EntityKey, EventId, JournalKey, LedgerAlarmed};

use subledger::{Draft, Lifecycle};

use super::{
    Books, BooksError,
    rows::{self, refund_column, signed},
    seal::Place,
};

/// A journal that was refused and is not due until that is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The order or refund.
    pub entity: EntityKey,
    /// What the journal is called.
    pub key: JournalKey,
    /// Which kind of rejection it is.
    pub code: String,
    /// When it was refused.
    pub at: Timestamp,
    /// How often the poster has tried this target again by itself, in vain.
    pub retries: u32,
}

impl Books {
    /// The rejections with this code that stand, the oldest first.
    pub fn rejections(&self, code: &str, limit: usize) -> Result<Vec<Rejection>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id, lifecycle FROM lifecycle
                 WHERE rejected_code IS NOT NULL AND rejected_code = ?1
                 ORDER BY rejected_at, store, order_id, refund_id LIMIT ?2",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map(params![code, rows::limit(limit)], |row| {
                Ok((rows::entity_key(row)?, row.get::<_, String>(3)?))
            })
            .map_err(BooksError::Read)?;
        let mut rejections = Vec::new();
        for row in rows {
            let (key, lifecycle) = row.map_err(BooksError::Read)?;
            let key = rows::key(key)?;
            let lifecycle: Lifecycle = Place::of_lifecycle(&key).open(&lifecycle)?;
            let holding = lifecycle.holding(&self.ledger);
            let rejection = holding.and_then(|it| it.rejection.clone());
            if let Some(rejection) = rejection {
                rejections.push(Rejection {
                    entity: key,
                    key: rejection.journal,
                    code: rejection.code,
                    at: rejection.at,
                    retries: holding
                        .and_then(|it| it.retried.as_ref())
                        .map_or(0, |it| it.times),
                });
            }
        }
        Ok(rejections)
    }

    /// The codes under which journals stand rejected.
    pub fn rejection_codes(&self) -> Result<Vec<String>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT DISTINCT rejected_code FROM lifecycle WHERE rejected_code IS NOT NULL",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([], |row| row.get(0))
            .map_err(BooksError::Read)?;
        rows.collect::<Result<_, _>>().map_err(BooksError::Read)
    }

    /// The journal that would be due of a rejected order or refund if its rejection
    /// did not stand; none if it would have to wait for another.
    pub fn draft_of_rejected(&self, entity: &EntityKey) -> Result<Option<Draft>, BooksError> {
        let mut family = self.family(entity)?;
        if let Some(member) = family.member_mut(entity) {
            member.lifecycle.forget_rejection(&self.ledger);
        }
        self.draft_in(&family, entity)
    }

    /// The decision by which the target of an order or refund is tried again.
    pub fn retried(&self, entity: &EntityKey) -> Result<Option<EventId>, BooksError> {
        let family = self.family(entity)?;
        let member = family.member(entity);
        let holding = member.and_then(|it| it.lifecycle.holding(&self.ledger));
        Ok(holding.and_then(|it| it.retried.as_ref()).map(|it| it.by))
    }

    /// Whether a journal of it may be sent now.
    pub fn is_due(&self, entity: &EntityKey) -> Result<bool, BooksError> {
        self.connection
            .prepare_cached(
                "SELECT 1 FROM lifecycle WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3
                     AND due_offset IS NOT NULL AND NOT (SELECT held FROM state)",
            )
            .and_then(|mut statement| {
                let (order, refund) = (signed(entity.order.0), refund_column(entity));
                statement.exists(params![entity.store.as_str(), order, refund])
            })
            .map_err(BooksError::Read)
    }

    /// The alarm that stands: the event that told of it, and what it says.
    pub fn alarm(&self) -> Result<Option<(EventId, LedgerAlarmed)>, BooksError> {
        let found: (Option<String>, Option<String>) = self
            .connection
            .query_row("SELECT alarm, alarm_says FROM state", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .map_err(BooksError::Read)?;
        match (found.0.as_deref().and_then(rows::event_id), found.1) {
            (Some(id), Some(says)) => Ok(Some((id, rows::parse("an alarm", &says)?))),
            _ => Ok(None),
        }
    }

    /// The last alarm that was acknowledged.
    pub fn last_acknowledged(&self) -> Result<Option<EventId>, BooksError> {
        let found: Option<String> = self
            .connection
            .query_row("SELECT acknowledged FROM state", [], |row| row.get(0))
            .map_err(BooksError::Read)?;
        Ok(found.as_deref().and_then(rows::event_id))
    }
}
