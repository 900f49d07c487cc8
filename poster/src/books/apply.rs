//! Applying events: the only way that books change.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use schemas::{
    EncodedEvent, EntityKey, Event, EventId, JournalImported, JournalKey, JournalSubmitted,
    LedgerKey, Mapped, Posted, Posting, Step,
};
use stream::Delivered;

use super::{
    Books, BooksError, Concern, Phase, TARGETS, bare, find_attempt_batch, load_family,
    rows::{self, json, refund_column, signed},
};
use crate::{
    summary,
    target::{Draft, Entity},
};

impl Books {
    /// Applies events in one transaction with their last offset. Those that were
    /// applied before are skipped. `now` dates what falls due by them.
    pub fn apply(&mut self, events: &[Delivered], now: Timestamp) -> Result<(), BooksError> {
        let Some(last) = events.last().map(|event| event.offset) else {
            return Ok(());
        };
        let position = self.position;
        let transaction = self.connection.transaction().map_err(BooksError::Write)?;
        let mut applying = Applying {
            ledger: &self.ledger,
            transaction: &transaction,
            now,
            touched: BTreeSet::new(),
            offset: 0,
        };
        for delivered in events.iter().filter(|event| event.offset > position) {
            let offset = delivered.offset;
            applying.offset = offset;
            match delivered.event.decode() {
                Ok(event) => applying.event(&event)?,
                // A target that cannot be read is shown among the exceptions and holds
                // nothing else; without one of our own steps we would work blindly.
                Err(error) if is_target(&delivered.event) => tracing::error!(
                    offset,
                    error = &error as &dyn std::error::Error,
                    "a target cannot be read and is passed over"
                ),
                Err(source) => return Err(BooksError::Decode { offset, source }),
            }
        }
        applying.refresh_due()?;
        transaction
            .execute(
                "UPDATE state SET position = max(position, ?1)",
                [signed(last)],
            )
            .map_err(BooksError::Write)?;
        transaction.commit().map_err(BooksError::Write)?;
        tracing::trace!(ledger = %self.ledger, position = last, "events applied to the books");
        self.reload()
    }
}

fn is_target(event: &EncodedEvent) -> bool {
    let kind = event.event_type();
    kind.is_some_and(|kind| TARGETS.contains(&kind))
}

pub(super) struct Applying<'a> {
    ledger: &'a LedgerKey,
    pub(super) transaction: &'a Transaction<'a>,
    now: Timestamp,
    /// The orders whose due journals may have changed.
    touched: BTreeSet<EntityKey>,
    offset: u64,
}

impl Applying<'_> {
    fn event(&mut self, event: &Event) -> Result<(), BooksError> {
        let Some(concern) = Concern::of(&event.payload) else {
            return Ok(());
        };
        match concern {
            Concern::OrderMapped(mapped) | Concern::RefundMapped(mapped) => {
                self.mapped(event.id, mapped)
            }
            Concern::JournalSubmitted(submitted) => self.submitted(event, submitted),
            Concern::JournalImported(imported) => self.imported(event.time, imported),
            Concern::JournalPosted(posted) | Concern::RefundReversed(posted) => self.posted(posted),
            Concern::JournalRejected(rejected) => self.rejected(event.time, rejected),
            Concern::JournalHeld(held) => self.held(held.entity.as_ref(), true),
            Concern::JournalReleased(released) => self.held(released.entity.as_ref(), false),
            Concern::JournalRetried(retried) => self.retried(event, retried),
            Concern::JournalDelayed(delayed) => self.delayed(delayed),
            Concern::LedgerAlarmed(alarmed) => self.alarmed(event.id, alarmed),
            Concern::LedgerAcknowledged(acknowledged) => self.acknowledged(acknowledged),
        }
    }

    fn mapped(&mut self, id: EventId, mapped: &Mapped) -> Result<(), BooksError> {
        let mut entity = self.entity(&mapped.entity)?;
        if entity.retarget(self.ledger, id, mapped.clone()) {
            let target = entity.target.as_ref().map(|target| &target.mapped);
            self.write(
                "INSERT INTO entity (store, order_id, refund_id, target_id, mapped, holdings, posted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
                 ON CONFLICT DO UPDATE SET target_id = excluded.target_id, mapped = excluded.mapped,
                     retried = NULL, retries = 0",
                params![
                    mapped.entity.store.as_str(),
                    signed(mapped.entity.order.0),
                    refund_column(&mapped.entity),
                    id.to_string(),
                    json("a target", &target)?,
                    json("the holdings of an order", &entity.holdings)?,
                ],
            )?;
            self.touch(&mapped.entity);
        }
        Ok(())
    }

    fn submitted(&mut self, event: &Event, submitted: &JournalSubmitted) -> Result<(), BooksError> {
        self.write(
            "UPDATE state SET fence = ?1, last_submitted = ?2",
            params![signed(self.offset), event.id.to_string()],
        )?;
        match &submitted.step {
            Step::Intended { postings } => self.intended(event.time, submitted, postings),
            step => self.stepped(event.time, submitted, step),
        }
    }

    fn intended(
        &mut self,
        at: Timestamp,
        submitted: &JournalSubmitted,
        postings: &[Posting],
    ) -> Result<(), BooksError> {
        if find_attempt_batch(self.transaction, &submitted.batch, submitted.attempt)? {
            return Ok(());
        }
        let batch = submitted.batch.as_str();
        self.write(
            "INSERT INTO attempt (batch, attempt, group_id, phase, step, step_at, intended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![
                batch,
                submitted.attempt,
                signed(submitted.group),
                Phase::Open.as_str(),
                json("a step", &bare(&submitted.step))?,
                at.as_microsecond(),
            ],
        )?;
        for (place, posting) in postings.iter().enumerate() {
            self.write(
                "INSERT OR REPLACE INTO posting (batch, key, place, posting) VALUES (?1, ?2, ?3, ?4)",
                params![batch, posting.key.as_str(), signed(place as u64), json("a posting", posting)?],
            )?;
            self.set_in_flight(&posting.entity, Some(batch))?;
        }
        Ok(())
    }

    fn stepped(
        &mut self,
        at: Timestamp,
        submitted: &JournalSubmitted,
        step: &Step,
    ) -> Result<(), BooksError> {
        if !find_attempt_batch(self.transaction, &submitted.batch, submitted.attempt)? {
            return Err(self.unknown(format!(
                "attempt {} of {}",
                submitted.attempt, submitted.batch
            )));
        }
        let (document, import) = match step {
            Step::Uploaded { document } => (Some(document), None),
            Step::ImportStarted { request, .. } => (None, Some(signed(*request))),
            _ => (None, None),
        };
        self.write(
            "UPDATE attempt SET step = ?3, step_at = ?4,
                 document = coalesce(?5, document), last_import = coalesce(?6, last_import),
                 imports = imports + (?6 IS NOT NULL)
             WHERE batch = ?1 AND attempt = ?2",
            params![
                submitted.batch.as_str(),
                submitted.attempt,
                json("a step", step)?,
                at.as_microsecond(),
                document,
                import,
            ],
        )?;
        if let Step::Abandoned { .. } = step {
            self.release(submitted)?;
        }
        Ok(())
    }

    /// What was not rejected of an abandoned attempt is due again.
    fn release(&mut self, submitted: &JournalSubmitted) -> Result<(), BooksError> {
        let batch = submitted.batch.as_str();
        for posting in self.postings_left(batch)? {
            self.set_in_flight(&posting.entity, None)?;
        }
        self.write("DELETE FROM posting WHERE batch = ?1", [batch])?;
        self.set_phase(batch, submitted.attempt, Phase::Abandoned)
    }

    fn imported(&mut self, at: Timestamp, imported: &JournalImported) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET phase = ?3, batch_id = ?4, batch_name = ?5, imported_at = ?6
             WHERE batch = ?1 AND attempt = ?2 AND phase = 'open'",
            params![
                imported.batch.as_str(),
                imported.attempt,
                Phase::Imported.as_str(),
                signed(imported.batch_id),
                imported.batch_name,
                at.as_microsecond(),
            ],
        )
    }

    fn posted(&mut self, posted: &Posted) -> Result<(), BooksError> {
        let key = posted.key.as_str();
        let known = self
            .transaction
            .query_row("SELECT 1 FROM posted WHERE key = ?1", [key], |_| Ok(()))
            .optional()
            .map_err(BooksError::Read)?;
        if known.is_some() {
            return Ok(());
        }
        let batch = posted.batch.as_str();
        let posting = self
            .posting(batch, &posted.key)?
            .ok_or_else(|| self.unknown(format!("journal {key} of batch {batch}")))?;
        let entity = self.entity(&posting.entity)?;
        let holdings = entity
            .holdings
            .with(&posting.journal)
            .ok_or_else(|| self.unknown(format!("amounts beyond 64 bits in journal {key}")))?;
        self.write(
            "UPDATE entity SET holdings = ?4, posted = posted + 1, first_key = coalesce(first_key, ?5), in_flight = NULL
             WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
            params![
                posting.entity.store.as_str(),
                signed(posting.entity.order.0),
                refund_column(&posting.entity),
                json("the holdings of an order", &holdings)?,
                key,
            ],
        )?;
        self.write(
            "INSERT INTO posted (key, batch) VALUES (?1, ?2)",
            [key, batch],
        )?;
        self.write(
            "UPDATE posting SET state = 'posted' WHERE batch = ?1 AND key = ?2",
            [batch, key],
        )?;
        self.close_if_posted(batch)?;
        self.touch(&posting.entity);
        Ok(())
    }

    fn close_if_posted(&self, batch: &str) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET phase = 'posted' WHERE batch = ?1 AND phase = 'imported'
             AND NOT EXISTS (SELECT 1 FROM posting WHERE batch = ?1 AND state = 'sent')",
            [batch],
        )?;
        self.write(
            "DELETE FROM posting WHERE batch = ?1
             AND EXISTS (SELECT 1 FROM attempt WHERE batch = ?1 AND phase = 'posted')",
            [batch],
        )
    }

    /// Computes anew what is due of the orders that were touched.
    fn refresh_due(&mut self) -> Result<(), BooksError> {
        for order in std::mem::take(&mut self.touched) {
            let family = load_family(self.transaction, self.ledger, &order)?;
            let due = family.due().map_err(|source| BooksError::Due {
                entity: order.to_string(),
                source,
            })?;
            let members = family.order.iter().chain(&family.refunds);
            for member in members {
                let draft = due.iter().find(|draft| draft.entity == member.key);
                self.set_due(&member.key, draft)?;
            }
        }
        Ok(())
    }

    fn set_due(&self, key: &EntityKey, due: Option<&Draft>) -> Result<(), BooksError> {
        let since = due.map(|_| (signed(self.offset), self.now.as_microsecond()));
        let day_ends = due.and_then(|draft| {
            let rule = draft.summary.as_ref()?;
            Some(summary::day_ends(rule, draft.date).as_microsecond())
        });
        self.write(
            "UPDATE entity SET
                 due_offset = CASE WHEN ?4 IS NULL THEN NULL ELSE coalesce(due_offset, ?4) END,
                 due_at = CASE WHEN ?5 IS NULL THEN NULL ELSE coalesce(due_at, ?5) END,
                 day_ends = ?6
             WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
            params![
                key.store.as_str(),
                signed(key.order.0),
                refund_column(key),
                since.map(|(offset, _)| offset),
                since.map(|(_, at)| at),
                day_ends,
            ],
        )
    }

    fn set_in_flight(&mut self, key: &EntityKey, batch: Option<&str>) -> Result<(), BooksError> {
        self.write(
            "UPDATE entity SET in_flight = ?4 WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
            params![
                key.store.as_str(),
                signed(key.order.0),
                refund_column(key),
                batch,
            ],
        )?;
        self.touch(key);
        Ok(())
    }

    fn set_phase(&self, batch: &str, attempt: u32, phase: Phase) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET phase = ?3 WHERE batch = ?1 AND attempt = ?2",
            params![batch, attempt, phase.as_str()],
        )
    }

    fn entity(&self, key: &EntityKey) -> Result<Entity, BooksError> {
        let family = load_family(self.transaction, self.ledger, key)?;
        let mut members = family.order.into_iter().chain(family.refunds);
        let found = members.find(|member| member.key == *key);
        Ok(found.unwrap_or_else(|| Entity::new(key.clone())))
    }

    fn posting(&self, batch: &str, key: &JournalKey) -> Result<Option<Posting>, BooksError> {
        self.transaction
            .query_row(
                "SELECT posting FROM posting WHERE batch = ?1 AND key = ?2",
                [batch, key.as_str()],
                |row| row.get::<_, String>(0),
            )
            .optional()
            .map_err(BooksError::Read)?
            .map(|text| rows::parse("a posting", &text))
            .transpose()
    }

    fn postings_left(&self, batch: &str) -> Result<Vec<Posting>, BooksError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT posting FROM posting WHERE batch = ?1 AND state = 'sent'")
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([batch], |row| row.get::<_, String>(0))
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::parse("a posting", &row.map_err(BooksError::Read)?))
            .collect()
    }

    pub(super) fn write(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<(), BooksError> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(BooksError::Write)
    }

    pub(super) fn touch(&mut self, key: &EntityKey) {
        self.touched.insert(key.parent());
    }

    fn unknown(&self, what: String) -> BooksError {
        BooksError::Unknown {
            offset: self.offset,
            what,
        }
    }
}
