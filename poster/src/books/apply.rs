//! Applying events: the only way that books change.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use schemas::{
    EncodedEvent, Event, EventId, JournalDelayed, JournalImported, JournalRejected,
    JournalSubmitted, LedgerAcknowledged, LedgerAlarmed, LedgerKey, Mapped, Posted, Posting, Retry,
    Step,
};
use stream::{Delivered, Sequence};
use subledger::{Booked, Fact, Progress, Scope, facts};

use super::{
    Books, BooksError, Concern, TARGETS, bare,
    families::Families,
    find_attempt_batch, place, postings_of,
    rows::{self, json, refund_column, signed},
    seal::Place,
};

/// What an order and its refunds, or a refund alone, are found by.
const OF_ENTITY: &str = "store = ?1 AND order_id = ?2 AND (?3 = 0 OR refund_id = ?3)";

impl Books {
    /// Applies events in one transaction with the position of the last. Those that were
    /// applied before are skipped. `now` dates what falls due by them.
    pub fn apply(&mut self, events: &[Delivered], now: Timestamp) -> Result<(), BooksError> {
        let Some(last) = events.last() else {
            return Ok(());
        };
        let position = self.position.sequence();
        let transaction = self.connection.transaction().map_err(BooksError::Write)?;
        let mut applying = Applying {
            ledger: &self.ledger,
            transaction: &transaction,
            families: Families::new(&self.ledger, &transaction),
            now,
            sequence: Sequence(0),
        };
        for delivered in events.iter().filter(|event| event.sequence > position) {
            let sequence = delivered.sequence;
            applying.sequence = sequence;
            match delivered.event.decode() {
                Ok(event) => applying.event(&event)?,
                // A target that cannot be read is shown among the exceptions and holds
                // nothing else; without one of our own steps we would work blindly.
                Err(error) if is_target(&delivered.event) => {
                    passed_over(sequence, &error);
                }
                Err(source) => return Err(BooksError::Decode { sequence, source }),
            }
        }
        applying.families.save(applying.sequence.0, now)?;
        drop(applying);
        place::advance(&transaction, last).map_err(BooksError::Write)?;
        transaction.commit().map_err(BooksError::Write)?;
        tracing::trace!(ledger = %self.ledger, position = %last.sequence, "events applied to the books");
        self.reload()
    }
}

fn is_target(event: &EncodedEvent) -> bool {
    let kind = event.event_type();
    kind.is_some_and(|kind| TARGETS.contains(&kind))
}

fn passed_over(sequence: Sequence, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(%sequence, error, "a target cannot be read and is passed over");
}

struct Applying<'a> {
    ledger: &'a LedgerKey,
    transaction: &'a Transaction<'a>,
    families: Families<'a>,
    now: Timestamp,
    sequence: Sequence,
}

impl Applying<'_> {
    fn event(&mut self, event: &Event) -> Result<(), BooksError> {
        let Some(concern) = Concern::of(&event.payload) else {
            return Ok(());
        };
        match concern {
            Concern::OrderMapped(mapped) | Concern::RefundMapped(mapped) => {
                self.mapped(event, mapped)
            }
            Concern::JournalSubmitted(submitted) => self.submitted(event, submitted),
            Concern::JournalImported(imported) => self.imported(event.time, imported),
            Concern::JournalPosted(posted) | Concern::RefundReversed(posted) => {
                self.posted(event, posted)
            }
            Concern::JournalRejected(rejected) => self.rejected(event, rejected),
            Concern::JournalHeld(held) => self.held(event, held.entity.is_none(), true),
            Concern::JournalReleased(released) => {
                self.held(event, released.entity.is_none(), false)
            }
            Concern::JournalRetried(retried) => self.retried(event, &retried.which),
            Concern::JournalDelayed(delayed) => self.delayed(delayed),
            Concern::LedgerAlarmed(alarmed) => self.alarmed(event.id, alarmed),
            Concern::LedgerAcknowledged(acknowledged) => self.acknowledged(acknowledged),
        }
    }

    /// Takes what the event says of the orders and refunds that it names. The last
    /// of what came of it.
    fn fold(&mut self, event: &Event) -> Result<Booked, BooksError> {
        let facts = self.facts(event)?;
        let mut booked = Booked::Nothing;
        for (key, fact) in facts {
            booked = self.families.fold(&key, fact)?;
        }
        Ok(booked)
    }

    fn facts(&self, event: &Event) -> Result<Vec<(schemas::EntityKey, Fact)>, BooksError> {
        let sequence = self.sequence;
        let facts =
            facts(sequence.0, event).map_err(|source| BooksError::Fact { sequence, source });
        let mut facts = facts?;
        facts.retain(|(_, fact)| fact.is_of_ledger());
        Ok(facts)
    }

    fn mapped(&mut self, event: &Event, mapped: &Mapped) -> Result<(), BooksError> {
        let booked = match self.fold(event) {
            Err(BooksError::Fact { sequence, source }) => {
                passed_over(sequence, &source);
                return Ok(());
            }
            booked => booked?,
        };
        if booked == Booked::Taken && mapped.ledger == *self.ledger {
            self.families
                .keep_journal(&mapped.entity, &mapped.journal)?;
        }
        Ok(())
    }

    fn submitted(&mut self, event: &Event, submitted: &JournalSubmitted) -> Result<(), BooksError> {
        self.write(
            "UPDATE state SET fence = ?1, last_submitted = ?2",
            params![signed(self.sequence.0), event.id.to_string()],
        )?;
        let is_known = find_attempt_batch(self.transaction, &submitted.batch, submitted.attempt)?;
        match &submitted.step {
            Step::Intended { .. } if is_known => Ok(()),
            Step::Intended { postings } => {
                self.intended(event.time, submitted, postings)?;
                self.fold(event).map(|_| ())
            }
            _ if !is_known => Err(self.unknown(format!(
                "attempt {} of {}",
                submitted.attempt, submitted.batch
            ))),
            step => {
                self.stepped(event.time, submitted, step)?;
                match step {
                    Step::Abandoned { .. } => self.abandoned(event, submitted),
                    _ => Ok(()),
                }
            }
        }
    }

    fn intended(
        &self,
        at: Timestamp,
        submitted: &JournalSubmitted,
        postings: &[Posting],
    ) -> Result<(), BooksError> {
        let batch = submitted.batch.as_str();
        self.write(
            "INSERT INTO attempt (batch, attempt, group_id, progress, step, step_at, intended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![
                batch,
                submitted.attempt,
                signed(submitted.group),
                Progress::Submitted.as_str(),
                json("a step", &bare(&submitted.step))?,
                at.as_microsecond(),
            ],
        )?;
        for (place, posting) in postings.iter().enumerate() {
            self.write(
                "INSERT OR REPLACE INTO posting (batch, key, place, posting) VALUES (?1, ?2, ?3, ?4)",
                params![batch, posting.key.as_str(), signed(place as u64), Place::of_posting(&submitted.batch, posting.key.as_str()).seal(posting)?],
            )?;
        }
        Ok(())
    }

    fn stepped(
        &self,
        at: Timestamp,
        submitted: &JournalSubmitted,
        step: &Step,
    ) -> Result<(), BooksError> {
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
        )
    }

    /// What was not rejected of an abandoned attempt is due again.
    fn abandoned(&mut self, event: &Event, submitted: &JournalSubmitted) -> Result<(), BooksError> {
        let batch = submitted.batch.as_str();
        let sent = "SELECT key, posting FROM posting WHERE batch = ?1";
        for posting in postings_of(self.transaction, &submitted.batch, sent)? {
            if let Some(scope) = Scope::of(event) {
                let fact = scope.fact(self.sequence.0, event);
                self.families.fold(&posting.entity, fact)?;
            }
        }
        self.write("DELETE FROM posting WHERE batch = ?1", [batch])?;
        self.write(
            "UPDATE attempt SET progress = ?3 WHERE batch = ?1 AND attempt = ?2",
            params![batch, submitted.attempt, Progress::Abandoned.as_str()],
        )
    }

    fn imported(&self, at: Timestamp, imported: &JournalImported) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET progress = ?3, batch_id = ?4, batch_name = ?5, imported_at = ?6
             WHERE batch = ?1 AND attempt = ?2 AND progress = 'submitted'",
            params![
                imported.batch.as_str(),
                imported.attempt,
                Progress::Imported.as_str(),
                signed(imported.batch_id),
                imported.batch_name,
                at.as_microsecond(),
            ],
        )
    }

    fn posted(&mut self, event: &Event, posted: &Posted) -> Result<(), BooksError> {
        let (key, batch) = (posted.key.as_str(), posted.batch.as_str());
        match self.fold(event)? {
            Booked::Taken => {}
            Booked::Nothing | Booked::Twice => return Ok(()),
            Booked::Unmeant => {
                return Err(self.unknown(format!("journal {key} of batch {batch}")));
            }
            Booked::TooLarge => {
                return Err(self.unknown(format!("amounts beyond 64 bits in journal {key}")));
            }
        }
        self.write(
            "UPDATE posting SET progress = 'posted' WHERE batch = ?1 AND key = ?2",
            [batch, key],
        )?;
        self.close_if_posted(batch)
    }

    fn close_if_posted(&self, batch: &str) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET progress = 'posted' WHERE batch = ?1 AND progress = 'imported'
             AND NOT EXISTS (SELECT 1 FROM posting WHERE batch = ?1 AND progress = 'submitted')",
            [batch],
        )?;
        self.write(
            "DELETE FROM posting WHERE batch = ?1
             AND EXISTS (SELECT 1 FROM attempt WHERE batch = ?1 AND progress = 'posted')",
            [batch],
        )
    }

    fn rejected(&mut self, event: &Event, rejected: &JournalRejected) -> Result<(), BooksError> {
        match (self.fold(event)?, &rejected.batch) {
            (Booked::Taken, Some(batch)) => self.write(
                "UPDATE posting SET progress = 'rejected' WHERE batch = ?1 AND key = ?2",
                [batch.as_str(), rejected.key.as_str()],
            ),
            _ => Ok(()),
        }
    }

    /// A hold on an order or refund, or on the whole ledger, begins or ends. It may
    /// come before anything else is known of the order.
    fn held(&mut self, event: &Event, is_whole: bool, is_held: bool) -> Result<(), BooksError> {
        if !self.is_first(event.id)? {
            return Ok(());
        }
        match is_whole {
            true => self.write("UPDATE state SET held = ?1", [is_held]),
            false => self.fold(event).map(|_| ()),
        }
    }

    /// Takes rejections back. What is on its way, posted or never refused is left
    /// as it is.
    fn retried(&mut self, event: &Event, which: &Retry) -> Result<(), BooksError> {
        let Some(scope) = Scope::of(event) else {
            return Ok(());
        };
        if !self.is_first(event.id)? {
            return Ok(());
        }
        self.families.save(self.sequence.0, self.now)?;
        let refused = match which {
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
        for key in refused {
            self.families
                .fold(&key, scope.fact(self.sequence.0, event))?;
        }
        Ok(())
    }

    /// The orders and refunds of which a rejection stands.
    fn refused(
        &self,
        which: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<schemas::EntityKey>, BooksError> {
        let sql = format!(
            "SELECT store, order_id, refund_id FROM lifecycle
             WHERE rejected_key IS NOT NULL AND rejected_code IS NOT NULL AND {which}
             ORDER BY store, order_id, refund_id"
        );
        let statement = self.transaction.prepare_cached(&sql);
        let mut statement = statement.map_err(BooksError::Read)?;
        let rows = statement
            .query_map(parameters, rows::entity_key)
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::key(row.map_err(BooksError::Read)?))
            .collect()
    }

    /// Whether a decision was not taken yet: a copy of one, which would undo what was
    /// decided after it, can come long after the broker has forgotten it.
    fn is_first(&self, decision: EventId) -> Result<bool, BooksError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO decision (id) VALUES (?1)")
            .and_then(|mut statement| statement.execute([decision.0.as_bytes()]))
            .map(|rows| rows > 0)
            .map_err(BooksError::Write)
    }

    fn delayed(&self, delayed: &JournalDelayed) -> Result<(), BooksError> {
        self.write(
            "UPDATE attempt SET delayed = 1 WHERE batch = ?1 AND attempt = ?2",
            params![delayed.batch.as_str(), delayed.attempt],
        )
    }

    fn alarmed(&self, id: EventId, alarmed: &LedgerAlarmed) -> Result<(), BooksError> {
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

    fn acknowledged(&self, acknowledged: &LedgerAcknowledged) -> Result<(), BooksError> {
        self.write(
            "UPDATE state SET acknowledged = alarm, alarm = NULL, alarm_says = NULL WHERE alarm = ?1",
            [acknowledged.alarm.to_string()],
        )
    }

    fn write(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<(), BooksError> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(BooksError::Write)
    }

    fn unknown(&self, what: String) -> BooksError {
        BooksError::Unknown {
            sequence: self.sequence,
            what,
        }
    }
}
