//! What each kind of event changes in the views.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, named_params, params};
use schemas::{Amount, BatchKey, Currency, Event, LedgerKey, Money, MoneyError, Payload};

use super::{
    ViewsError,
    batch::{Batch, Exception, Refusal, number, utc_date},
    entity::{Journaled, Received, Target, Verdict},
    net::Net,
};

const SAVE_JOURNAL: &str = "
    INSERT INTO journals (
        key, entity, kind, ledger, batch, attempt, target, original, period,
        accounting_date, currency, total, net, state, submitted
    ) VALUES (
        :key, :entity, :kind, :ledger, :batch, :attempt, :target, :original, :period,
        :accounting_date, :currency, :total, :net, 'submitted', :submitted
    ) ON CONFLICT (ledger, key) DO UPDATE SET
        entity = excluded.entity, kind = excluded.kind, batch = excluded.batch,
        attempt = excluded.attempt, target = excluded.target, original = excluded.original, period = excluded.period,
        accounting_date = excluded.accounting_date, currency = excluded.currency,
        total = excluded.total, net = excluded.net, state = excluded.state,
        submitted = excluded.submitted
    WHERE state <> 'posted'";

const SAVE_BATCH: &str = "
    INSERT INTO batches (batch, attempt, ledger, import_group, step, journals, batch_id, batch_name)
    VALUES (:batch, :attempt, :ledger, :group, :step, :journals, :batch_id, :batch_name)
    ON CONFLICT (batch, attempt) DO UPDATE SET
        import_group = excluded.import_group, step = excluded.step,
        journals = max(journals, excluded.journals),
        batch_id = ifnull(excluded.batch_id, batch_id),
        batch_name = ifnull(excluded.batch_name, batch_name)";

const SAVE_POSTING: &str = "
    INSERT INTO postings (
        ledger, journal, batch_id, batch, batch_name, entity, period, accounting_date,
        currency, debits, credits, posted, offset
    ) VALUES (
        :ledger, :journal, :batch_id, :batch, :batch_name, :entity, :period, :accounting_date,
        :currency, :debits, :credits, :posted, :offset
    ) ON CONFLICT DO NOTHING";

/// The store's statuses that tell of refunds.
const REFUNDED: u32 = 4;
const PARTIALLY_REFUNDED: u32 = 14;

impl Batch<'_> {
    /// Writes what the event says.
    pub(super) fn project(
        &mut self,
        offset: u64,
        event: &Event,
        nets: &[Net],
    ) -> Result<(), Refusal> {
        match &event.payload {
            Payload::WebhookReceived(_) => Ok(()),
            Payload::OrderReceived(received) => self.order_received(offset, event, received),
            Payload::RefundReceived(received) => self.refund_received(offset, event, received),
            Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped) => {
                self.mapped(offset, event, mapped, nets)
            }
            Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
                self.parked(offset, event, parked)
            }
            Payload::JournalSubmitted(submitted) => self.submitted(offset, event, submitted, nets),
            Payload::JournalImported(imported) => self.imported(offset, event, imported),
            Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => {
                self.posted(offset, event, posted)
            }
            Payload::JournalRejected(rejected) => self.rejected(offset, event, rejected),
            Payload::JournalHeld(held) => self.held(event, held),
            Payload::JournalReleased(released) => self.released(released),
            Payload::JournalRetried(retried) => self.retried(offset, event, retried),
            Payload::JournalDelayed(delayed) => self.delayed(offset, delayed),
            Payload::GroupCleared(cleared) => self.cleared(offset, cleared),
            Payload::LedgerAlarmed(alarmed) => self.alarmed(offset, event, alarmed),
            Payload::LedgerAcknowledged(acknowledged) => self.acknowledged(offset, acknowledged),
        }
    }

    fn order_received(
        &mut self,
        offset: u64,
        event: &Event,
        received: &schemas::OrderReceived,
    ) -> Result<(), Refusal> {
        let order = &received.order;
        let value = minor(order.total.inc_tax, order.currency)?;
        let lacks_refund = [REFUNDED, PARTIALLY_REFUNDED].contains(&order.status)
            && order.refunded.is_some_and(Amount::is_zero);
        let facts = self.facts(&order.entity(), event)?;
        facts.currency = Some(order.currency);
        facts.receive(Received {
            id: event.id,
            offset,
            modified: order.modified,
            date: utc_date(order.created),
            value,
            status: Some(order.status),
            lacks_refund,
        });
        if lacks_refund {
            self.exception(Exception {
                offset,
                kind: "contradictory",
                entity: Some(&order.entity()),
                journal: None,
                about: None,
                code: "refund_without_record",
                cause: &format!(
                    "its status is {}, but the store has no refund of it: it was refunded at the gateway, or the status was set by hand",
                    match order.status {
                        REFUNDED => "Refunded",
                        _ => "Partially Refunded",
                    }
                ),
                remedy: "enter the refund in the store, or book it by hand; if nothing was refunded, correct the status",
                since: event.time,
            })?;
        }
        Ok(())
    }

    fn refund_received(
        &mut self,
        offset: u64,
        event: &Event,
        received: &schemas::RefundReceived,
    ) -> Result<(), Refusal> {
        let refund = &received.refund;
        let value = minor(refund.total, received.order.currency)?;
        let facts = self.facts(&received.entity(), event)?;
        facts.currency = Some(received.order.currency);
        facts.receive(Received {
            id: event.id,
            offset,
            modified: refund.created,
            date: utc_date(refund.created),
            value,
            status: None,
            lacks_refund: false,
        });
        Ok(())
    }

    fn mapped(
        &mut self,
        offset: u64,
        event: &Event,
        mapped: &schemas::Mapped,
        nets: &[Net],
    ) -> Result<(), Refusal> {
        let currency = mapped.journal.currency();
        let value = minor(mapped.value, currency)?;
        let facts = self.facts(&mapped.entity, event)?;
        facts.currency.get_or_insert(currency);
        let taken = facts.judge(Verdict {
            offset,
            cause: event.causation,
            modified: Some(mapped.modified),
            parked: false,
            value: Some(value),
            date: Some(mapped.accounting_date),
        });
        if taken {
            facts.ledger = Some(mapped.ledger.clone());
            let target = Target {
                id: event.id,
                ledger: mapped.ledger.clone(),
                recognised: false,
                value,
                net: nets.first().cloned().unwrap_or_default(),
            };
            facts.aim(mapped.recognition, target);
        }
        Ok(())
    }

    fn parked(
        &mut self,
        offset: u64,
        event: &Event,
        parked: &schemas::Parked,
    ) -> Result<(), Refusal> {
        let value = match (parked.value, parked.currency) {
            (Some(value), Some(currency)) => Some(minor(value, currency)?),
            _ => None,
        };
        let facts = self.facts(&parked.entity, event)?;
        if facts.currency.is_none() {
            facts.currency = parked.currency;
        }
        let verdict = Verdict {
            offset,
            cause: event.causation,
            modified: parked.modified,
            parked: true,
            value,
            date: parked.date,
        };
        match parked.stage {
            schemas::Stage::Ingest => facts.unreadable = Some(verdict),
            schemas::Stage::Mapper => {
                facts.judge(verdict);
            }
        }
        self.exception(Exception {
            offset,
            kind: "parked",
            entity: Some(&parked.entity),
            journal: None,
            about: None,
            code: &parked.code,
            cause: &parked.reason,
            remedy: &parked.remedy,
            since: event.time,
        })?;
        Ok(())
    }

    fn submitted(
        &mut self,
        offset: u64,
        event: &Event,
        submitted: &schemas::JournalSubmitted,
        nets: &[Net],
    ) -> Result<(), Refusal> {
        let group = number(submitted.group)?;
        let mut journals = 0;
        if let schemas::Step::Intended { postings } = &submitted.step {
            journals = postings.len() as i64;
            for (posting, net) in postings.iter().zip(nets) {
                self.intended(offset, event, submitted, posting, net)?;
            }
        }
        self.tx.prepare_cached(SAVE_BATCH)?.execute(named_params! {
            ":batch": submitted.batch.as_str(),
            ":attempt": submitted.attempt,
            ":ledger": submitted.ledger.as_str(),
            ":group": group,
            ":step": submitted.step.name(),
            ":journals": journals,
            ":batch_id": None::<i64>,
            ":batch_name": None::<&str>,
        })?;
        if let schemas::Step::Abandoned {
            left: Some(left), ..
        } = &submitted.step
        {
            self.left_behind(offset, event, submitted, left)?;
        }
        self.step(
            offset,
            event,
            &submitted.batch,
            submitted.attempt,
            submitted.step.name(),
        )
    }

    fn intended(
        &mut self,
        offset: u64,
        event: &Event,
        submitted: &schemas::JournalSubmitted,
        posting: &schemas::Posting,
        net: &Net,
    ) -> Result<(), Refusal> {
        let facts = self.facts(&posting.entity, event)?;
        facts.submitted = Some(Journaled {
            offset,
            target: posting.target,
        });
        let net = serde_json::to_string(net).map_err(ViewsError::Facts)?;
        self.tx
            .prepare_cached(SAVE_JOURNAL)?
            .execute(named_params! {
                ":key": posting.key.as_str(),
                ":entity": posting.entity.to_string(),
                ":kind": kind(posting.kind),
                ":ledger": submitted.ledger.as_str(),
                ":batch": submitted.batch.as_str(),
                ":attempt": submitted.attempt,
                ":target": posting.target.0.as_bytes(),
                ":original": posting.original.as_ref().map(|key| key.as_str()),
                ":period": posting.period,
                ":accounting_date": posting.accounting_date.to_string(),
                ":currency": posting.journal.currency().code(),
                ":total": posting.journal.total().minor(),
                ":net": net,
                ":submitted": offset as i64,
            })?;
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO submissions VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                submitted.ledger.as_str(),
                posting.key.as_str(),
                submitted.batch.as_str(),
                submitted.attempt,
                posting.summary.as_ref().map(|it| it.journal.as_str()),
            ])?;
        Ok(())
    }

    fn imported(
        &mut self,
        offset: u64,
        event: &Event,
        imported: &schemas::JournalImported,
    ) -> Result<(), Refusal> {
        self.tx.prepare_cached(SAVE_BATCH)?.execute(named_params! {
            ":batch": imported.batch.as_str(),
            ":attempt": imported.attempt,
            ":ledger": imported.ledger.as_str(),
            ":group": number(imported.group)?,
            ":step": "imported",
            ":journals": imported.journals.len() as i64,
            ":batch_id": number(imported.batch_id)?,
            ":batch_name": imported.batch_name,
        })?;
        for journal in &imported.journals {
            self.journal_state(&imported.ledger, journal.key.as_str(), "imported")?;
            self.summary_imported(imported, journal.key.as_str())?;
        }
        self.step(offset, event, &imported.batch, imported.attempt, "imported")
    }

    fn posted(
        &mut self,
        offset: u64,
        event: &Event,
        posted: &schemas::Posted,
    ) -> Result<(), Refusal> {
        let debits = Money::exact(posted.debits, posted.currency)?.minor();
        let credits = Money::exact(posted.credits, posted.currency)?.minor();
        let batch_id = number(posted.batch_id)?;
        let meant = self.meant(posted)?;
        let first = !self.is_posted(posted)?;
        let rows = self
            .tx
            .prepare_cached(SAVE_POSTING)?
            .execute(named_params! {
                ":ledger": posted.ledger.as_str(),
                ":journal": posted.key.as_str(),
                ":batch_id": batch_id,
                ":batch": posted.batch.as_str(),
                ":batch_name": posted.batch_name,
                ":entity": posted.entity.to_string(),
                ":period": posted.period,
                ":accounting_date": posted.accounting_date.to_string(),
                ":currency": posted.currency.code(),
                ":debits": debits,
                ":credits": credits,
                ":posted": posted.posted.map(Timestamp::as_microsecond),
                ":offset": offset as i64,
            })?;
        if rows == 0 {
            return Ok(());
        }
        self.journal_state(&posted.ledger, posted.key.as_str(), "posted")?;
        self.no_longer_delayed(offset, &posted.batch)?;
        // Of a journal that is in the ledger twice, or that nobody meant, all
        // is deviation.
        let expected = match &meant {
            Some((total, _)) if first => *total,
            _ => 0,
        };
        let facts = self.facts(&posted.entity, event)?;
        facts.currency.get_or_insert(posted.currency);
        let deviation = deviation(debits, credits, expected);
        facts.ledger_error = facts.ledger_error.saturating_add(deviation);
        let Some((_, net)) = meant.filter(|_| first) else {
            return Ok(());
        };
        facts.books.add(&posted.ledger, &net);
        if posted.entity.refund.is_some() {
            let order = self.facts(&posted.entity.parent(), event)?;
            order.currency.get_or_insert(posted.currency);
            order.refund_books.add(&posted.ledger, &net);
        }
        Ok(())
    }

    fn rejected(
        &mut self,
        offset: u64,
        event: &Event,
        rejected: &schemas::JournalRejected,
    ) -> Result<(), Refusal> {
        let facts = self.facts(&rejected.entity, event)?;
        facts.ledger = Some(rejected.ledger.clone());
        facts.rejected = Some(Journaled {
            offset,
            target: rejected.target,
        });
        self.journal_state(&rejected.ledger, rejected.key.as_str(), "rejected")?;
        self.exception(Exception {
            offset,
            kind: "rejected",
            entity: Some(&rejected.entity),
            journal: Some(rejected.key.as_str()),
            about: None,
            code: &rejected.code,
            cause: &rejected.cause,
            remedy: &rejected.remedy,
            since: event.time,
        })?;
        Ok(())
    }

    /// The total and the net of a journal as it was meant, in the currency it
    /// was posted in; none if nobody meant it.
    fn meant(&self, posted: &schemas::Posted) -> Result<Option<(i64, Net)>, ViewsError> {
        let found: Option<(i64, String)> = self
            .tx
            .prepare_cached(
                "SELECT total, net FROM journals WHERE ledger = ?1 AND key = ?2 AND currency = ?3",
            )?
            .query_row(
                params![
                    posted.ledger.as_str(),
                    posted.key.as_str(),
                    posted.currency.code()
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        found
            .map(|(total, net)| {
                let net = serde_json::from_str(&net).map_err(ViewsError::Facts)?;
                Ok((total, net))
            })
            .transpose()
    }

    fn is_posted(&self, posted: &schemas::Posted) -> Result<bool, ViewsError> {
        let mut query = self
            .tx
            .prepare_cached("SELECT 1 FROM postings WHERE ledger = ?1 AND journal = ?2")?;
        Ok(query.exists([posted.ledger.as_str(), posted.key.as_str()])?)
    }

    fn journal_state(&self, ledger: &LedgerKey, key: &str, state: &str) -> Result<(), ViewsError> {
        // What is posted stays posted, whatever is said of it later.
        self.tx
            .prepare_cached(
                "UPDATE journals SET state = ?3 WHERE ledger = ?1 AND key = ?2 AND state <> 'posted'",
            )?
            .execute([ledger.as_str(), key, state])?;
        Ok(())
    }

    /// What went into a summary is imported with it.
    fn summary_imported(
        &self,
        imported: &schemas::JournalImported,
        summary: &str,
    ) -> Result<(), ViewsError> {
        self.tx
            .prepare_cached(
                "UPDATE journals SET state = 'imported' WHERE ledger = ?1 AND state <> 'posted' AND key IN (
                     SELECT journal FROM submissions
                     WHERE summary = ?2 AND batch = ?3 AND attempt = ?4)",
            )?
            .execute(params![
                imported.ledger.as_str(),
                summary,
                imported.batch.as_str(),
                imported.attempt
            ])?;
        Ok(())
    }

    fn step(
        &self,
        offset: u64,
        event: &Event,
        batch: &BatchKey,
        attempt: u32,
        step: &str,
    ) -> Result<(), Refusal> {
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO batch_steps VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                batch.as_str(),
                offset as i64,
                attempt,
                step,
                event.time.as_microsecond()
            ])?;
        Ok(())
    }
}

/// What a store's amount comes to in minor units: rounded as it is charged.
fn minor(amount: Amount, currency: Currency) -> Result<i64, MoneyError> {
    Money::round(amount, currency).map(Money::minor)
}

/// How far a journal as read back is from what was expected.
fn deviation(debits: i64, credits: i64, expected: i64) -> i64 {
    match debits.saturating_sub(expected) {
        0 => credits.saturating_sub(expected),
        deviation => deviation,
    }
}

fn kind(kind: schemas::PostingKind) -> &'static str {
    match kind {
        schemas::PostingKind::Original => "original",
        schemas::PostingKind::Adjustment => "adjustment",
        schemas::PostingKind::Reversal => "reversal",
        schemas::PostingKind::Refund => "refund",
    }
}
