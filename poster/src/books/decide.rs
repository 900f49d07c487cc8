//! Applying what Fusion refuses and what people decide.

use jiff::Timestamp;
use rusqlite::params;
use schemas::{
    EntityKey, Event, EventId, JournalDelayed, JournalRejected, JournalRetried, LedgerAcknowledged,
    LedgerAlarmed, Retry, Writer,
};

use super::{
    BooksError,
    apply::Applying,
    rows::{self, json, refund_column, signed},
};

/// What an order and its refunds, or a refund alone, are found by.
const OF_ENTITY: &str = "store = ?1 AND order_id = ?2 AND (?3 = 0 OR refund_id = ?3)";

impl Applying<'_> {
    pub(super) fn rejected(
        &mut self,
        at: Timestamp,
        rejected: &JournalRejected,
    ) -> Result<(), BooksError> {
        if let Some(batch) = &rejected.batch {
            self.write(
                "UPDATE posting SET state = 'rejected' WHERE batch = ?1 AND key = ?2",
                [batch.as_str(), rejected.key.as_str()],
            )?;
        }
        // A copy that comes late finds the journal elsewhere by now, or tried again.
        self.write(
            "UPDATE entity SET rejected = ?4, in_flight = NULL,
                 rejected_key = ?6, rejected_code = ?7, rejected_at = ?8
             WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3 AND in_flight IS ?5
                 AND (?5 IS NOT NULL OR retried IS ?9)",
            params![
                rejected.entity.store.as_str(),
                signed(rejected.entity.order.0),
                refund_column(&rejected.entity),
                rejected.target.to_string(),
                rejected.batch.as_ref().map(|batch| batch.as_str()),
                rejected.key.as_str(),
                rejected.code,
                at.as_microsecond(),
                rejected.after.map(|id| id.to_string()),
            ],
        )?;
        self.touch(&rejected.entity);
        Ok(())
    }

    /// A hold on an order or refund, or on the whole ledger, begins or ends. It may
    /// come before anything else is known of the order.
    pub(super) fn held(
        &mut self,
        entity: Option<&EntityKey>,
        held: bool,
    ) -> Result<(), BooksError> {
        let Some(entity) = entity else {
            return self.write("UPDATE state SET held = ?1", [held]);
        };
        let nothing = crate::target::Holdings::default();
        self.write(
            "INSERT INTO entity (store, order_id, refund_id, holdings, posted, held)
             VALUES (?1, ?2, ?3, ?4, 0, ?5)
             ON CONFLICT DO UPDATE SET held = excluded.held",
            params![
                entity.store.as_str(),
                signed(entity.order.0),
                refund_column(entity),
                json("the holdings of an order", &nothing)?,
                held,
            ],
        )?;
        self.touch(entity);
        Ok(())
    }

    /// Takes rejections back. What is on its way, posted or never refused is left
    /// as it is.
    pub(super) fn retried(
        &mut self,
        event: &Event,
        retried: &JournalRetried,
    ) -> Result<(), BooksError> {
        let refused = match &retried.which {
            Retry::Journals { keys } => {
                let mut refused = Vec::new();
                for key in keys {
                    refused.extend(self.refused("rejected_key = ?1", [key.as_str()])?);
                }
                refused
            }
            Retry::Entity { entity } => {
                let (order, refund) = (signed(entity.order.0), refund_column(entity));
                self.refused(OF_ENTITY, params![entity.store.as_str(), order, refund])?
            }
            Retry::Code { code } => self.refused("rejected_code = ?1", [code])?,
        };
        for entity in refused {
            self.write(
                "UPDATE entity SET rejected = NULL, rejected_key = NULL, rejected_code = NULL,
                     rejected_at = NULL, retried = ?4,
                     retries = CASE WHEN ?5 THEN retries + 1 ELSE 0 END
                 WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
                params![
                    entity.store.as_str(),
                    signed(entity.order.0),
                    refund_column(&entity),
                    event.id.to_string(),
                    event.source == Writer::Poster.as_str(),
                ],
            )?;
            self.touch(&entity);
        }
        Ok(())
    }

    fn refused(
        &self,
        which: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<EntityKey>, BooksError> {
        let sql = format!(
            "SELECT store, order_id, refund_id FROM entity
             WHERE rejected IS NOT NULL AND {which} ORDER BY store, order_id, refund_id"
        );
        let statement = self.transaction.prepare_cached(&sql);
        let mut statement = statement.map_err(BooksError::Read)?;
        let rows = statement
            .query_map(parameters, rows::entity_key)
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::key(row.map_err(BooksError::Read)?))
            .collect()
    }

    pub(super) fn delayed(&mut self, delayed: &JournalDelayed) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET delayed = 1 WHERE batch = ?1 AND attempt = ?2",
            params![delayed.batch.as_str(), delayed.attempt],
        )
    }

    pub(super) fn alarmed(
        &mut self,
        id: EventId,
        alarmed: &LedgerAlarmed,
    ) -> Result<(), BooksError> {
        // A copy that comes late is of an alarm that was acknowledged meanwhile.
        self.write(
            "UPDATE state SET alarm = ?1, alarm_says = ?2 WHERE acknowledged IS ?3",
            params![
                id.to_string(),
                json("an alarm", alarmed)?,
                alarmed.after.map(|id| id.to_string()),
            ],
        )
    }

    pub(super) fn acknowledged(
        &mut self,
        acknowledged: &LedgerAcknowledged,
    ) -> Result<(), BooksError> {
        self.write(
            "UPDATE state SET acknowledged = alarm, alarm = NULL, alarm_says = NULL WHERE alarm = ?1",
            [acknowledged.alarm.to_string()],
        )
    }
}
