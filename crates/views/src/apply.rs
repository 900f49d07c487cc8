//! What each kind of event changes in the views.

use jiff::Timestamp;
use rusqlite::{named_params, params};
use schemas::{BatchKey, Event, LedgerKey, Money, Payload, causes, codes};
use subledger::{Booked, Fact, Progress, Scope};

use super::{
    ViewsError,
    batch::{Batch, Entry, Exception, Refusal, number},
};

/// The codes of the exceptions that the views find by themselves.
mod code {
    pub(super) const UNREADABLE_EVENT: &str = "UNREADABLE_EVENT";
    pub(super) const REFUND_WITHOUT_RECORD: &str = "REFUND_WITHOUT_RECORD";
}

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

/// The store's status of an order that is refunded whole.
const REFUNDED: u32 = 4;

impl Batch<'_> {
    /// Applies one event. One that was applied before changes nothing.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Result<(), ViewsError> {
        if !self.index(entry)? {
            return Ok(());
        }
        let reason = match entry.content() {
            Err(reason) => reason.to_owned(),
            Ok(event) => match self.project(entry, event) {
                Ok(()) => return Ok(()),
                Err(Refusal::Views(error)) => return Err(error),
                Err(refusal) => causes(&refusal).to_string(),
            },
        };
        self.exception(Exception {
            offset: entry.offset,
            kind: "unreadable",
            entity: None,
            journal: None,
            about: None,
            code: code::UNREADABLE_EVENT,
            cause: &reason,
            remedy: codes::remedy(code::UNREADABLE_EVENT),
            since: entry.time(),
        })
    }

    /// Writes what the event says.
    fn project(&mut self, entry: &Entry, event: &Event) -> Result<(), Refusal> {
        let offset = entry.offset;
        let booked = self.fold(entry, event)?;
        match &event.payload {
            Payload::WebhookReceived(_)
            | Payload::RefundReceived(_)
            | Payload::OrderMapped(_)
            | Payload::RefundMapped(_) => Ok(()),
            Payload::OrderReceived(received) => self.order_received(entry, event, received),
            Payload::OrderParked(parked) | Payload::RefundParked(parked) => {
                self.parked(offset, event, parked)
            }
            Payload::JournalSubmitted(submitted) => self.submitted(entry, event, submitted),
            Payload::JournalImported(imported) => self.imported(offset, event, imported),
            Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => {
                self.posted(offset, posted, booked)
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
        entry: &Entry,
        event: &Event,
        received: &schemas::OrderReceived,
    ) -> Result<(), Refusal> {
        let lacks_refund = entry
            .facts()
            .iter()
            .any(|(_, fact)| matches!(fact, Fact::Received(_, received) if received.lacks_refund));
        if !lacks_refund {
            return Ok(());
        }
        let order = &received.order;
        self.exception(Exception {
            offset: entry.offset,
            kind: "contradictory",
            entity: Some(&order.entity()),
            journal: None,
            about: None,
            code: code::REFUND_WITHOUT_RECORD,
            cause: &format!(
                "its status is {}, but the store has no refund of it: it was refunded at the gateway, or the status was set by hand",
                match order.status {
                    REFUNDED => "Refunded",
                    _ => "Partially Refunded",
                }
            ),
            remedy: codes::remedy(code::REFUND_WITHOUT_RECORD),
            since: event.time,
        })?;
        Ok(())
    }

    fn parked(
        &mut self,
        offset: u64,
        event: &Event,
        parked: &schemas::Parked,
    ) -> Result<(), Refusal> {
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
        entry: &Entry,
        event: &Event,
        submitted: &schemas::JournalSubmitted,
    ) -> Result<(), Refusal> {
        let offset = entry.offset;
        let group = number(submitted.group)?;
        let mut journals = 0;
        if let schemas::Step::Intended { postings } = &submitted.step {
            journals = postings.len() as i64;
            for (posting, net) in postings.iter().zip(&entry.nets) {
                self.intended(offset, submitted, posting, net)?;
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
        if let schemas::Step::Abandoned { left, .. } = &submitted.step {
            self.abandoned(offset, event, submitted)?;
            if let Some(left) = left {
                self.left_behind(offset, event, submitted, left)?;
            }
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
        submitted: &schemas::JournalSubmitted,
        posting: &schemas::Posting,
        net: &str,
    ) -> Result<(), Refusal> {
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

    /// What an attempt had that is given up waits again.
    fn abandoned(
        &mut self,
        offset: u64,
        event: &Event,
        submitted: &schemas::JournalSubmitted,
    ) -> Result<(), Refusal> {
        let Some(scope) = Scope::of(event) else {
            return Ok(());
        };
        let sent = "
            SELECT j.entity FROM submissions s JOIN journals j ON j.ledger = s.ledger AND j.key = s.journal
            WHERE s.batch = ?1 AND s.attempt = ?2 AND s.ledger = ?3";
        let attempt = params![
            submitted.batch.as_str(),
            submitted.attempt,
            submitted.ledger.as_str()
        ];
        for key in self.keys(sent, attempt)? {
            self.tell(&key, scope.fact(offset, event), event)?;
        }
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
            self.journal_is(&imported.ledger, journal.key.as_str(), Progress::Imported)?;
            self.summary_imported(imported, journal.key.as_str())?;
        }
        self.step(offset, event, &imported.batch, imported.attempt, "imported")
    }

    fn posted(
        &mut self,
        offset: u64,
        posted: &schemas::Posted,
        booked: Booked,
    ) -> Result<(), Refusal> {
        let debits = Money::exact(posted.debits, posted.currency)?.minor();
        let credits = Money::exact(posted.credits, posted.currency)?.minor();
        self.tx
            .prepare_cached(SAVE_POSTING)?
            .execute(named_params! {
                ":ledger": posted.ledger.as_str(),
                ":journal": posted.key.as_str(),
                ":batch_id": number(posted.batch_id)?,
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
        if booked == Booked::Nothing {
            return Ok(());
        }
        self.journal_is(&posted.ledger, posted.key.as_str(), Progress::Posted)?;
        self.no_longer_delayed(offset, &posted.batch)
    }

    fn rejected(
        &mut self,
        offset: u64,
        event: &Event,
        rejected: &schemas::JournalRejected,
    ) -> Result<(), Refusal> {
        self.journal_is(&rejected.ledger, rejected.key.as_str(), Progress::Rejected)?;
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

    fn journal_is(
        &self,
        ledger: &LedgerKey,
        key: &str,
        progress: Progress,
    ) -> Result<(), ViewsError> {
        // What is posted stays posted, whatever is said of it later.
        self.tx
            .prepare_cached(
                "UPDATE journals SET state = ?3 WHERE ledger = ?1 AND key = ?2 AND state <> 'posted'",
            )?
            .execute([ledger.as_str(), key, progress.as_str()])?;
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

fn kind(kind: schemas::PostingKind) -> &'static str {
    match kind {
        schemas::PostingKind::Original => "original",
        schemas::PostingKind::Adjustment => "adjustment",
        schemas::PostingKind::Reversal => "reversal",
        schemas::PostingKind::Refund => "refund",
    }
}
