//! The poster's events in their envelopes.

use jiff::Timestamp;
use schemas::{
    Event, EventId, ImportedJournal, JournalDelayed, JournalImported, JournalRejected,
    JournalRetried, JournalSubmitted, LedgerAlarmed, LedgerKey, Payload, Posted, Posting,
};

use crate::{books::Attempt, readback::Found, refusal::Reason};

/// Whoever writes with it is a poster.
pub(crate) const SOURCE: &str = "counterfoil/poster";

pub(crate) fn submitted(data: JournalSubmitted, time: Timestamp) -> Event {
    Event {
        id: data.event_id(),
        source: SOURCE.to_owned(),
        time,
        subject: data.batch.to_string(),
        causation: None,
        correlation: data.batch.to_string(),
        partition_key: data.ledger.to_string(),
        payload: Payload::JournalSubmitted(data),
    }
}

pub(crate) fn imported(
    ledger: &LedgerKey,
    attempt: &Attempt,
    found: &Found,
    time: Timestamp,
) -> Event {
    let data = JournalImported {
        ledger: ledger.clone(),
        batch: attempt.batch.clone(),
        attempt: attempt.attempt,
        group: attempt.group,
        batch_id: found.batch_id,
        batch_name: found.batch_name.clone(),
        journals: found.journals.clone(),
    };
    Event {
        id: data.event_id(),
        source: SOURCE.to_owned(),
        time,
        subject: data.batch.to_string(),
        causation: None,
        correlation: data.batch.to_string(),
        partition_key: data.ledger.to_string(),
        payload: Payload::JournalImported(data),
    }
}

/// A journal of an order, or one that gives money back: they are two types of event.
pub(crate) fn posted(
    ledger: &LedgerKey,
    attempt: &Attempt,
    found: &Found,
    posting: &Posting,
    read_back: &ImportedJournal,
    time: Timestamp,
) -> Event {
    // Of a summary, only its sums are read back; they came out as the sums of its
    // postings, so this posting is in it as it was meant.
    let meant = posting.journal.total().amount();
    let (debits, credits) = match posting.summary {
        None => (read_back.debits, read_back.credits),
        Some(_) => (meant, meant),
    };
    let data = Posted {
        ledger: ledger.clone(),
        entity: posting.entity.clone(),
        key: posting.key.clone(),
        kind: posting.kind,
        target: posting.target,
        original: posting.original.clone(),
        batch: attempt.batch.clone(),
        batch_id: found.batch_id,
        batch_name: found.batch_name.clone(),
        period: posting.period.clone(),
        accounting_date: posting.accounting_date,
        currency: posting.journal.currency(),
        summary: posting.summary.as_ref().map(|it| it.journal.clone()),
        debits,
        credits,
        posted: found.posted,
    };
    Event {
        id: data.event_id(),
        source: SOURCE.to_owned(),
        time,
        subject: data.entity.to_string(),
        causation: Some(data.target),
        correlation: data.entity.parent().to_string(),
        partition_key: data.entity.parent().to_string(),
        payload: match posting.gives_back() {
            true => Payload::RefundReversed(data),
            false => Payload::JournalPosted(data),
        },
    }
}

/// `attempt`: the one that it was refused in; none when it was never sent.
pub(crate) fn rejected(
    ledger: &LedgerKey,
    attempt: Option<&Attempt>,
    posting: &Posting,
    reason: Reason,
    time: Timestamp,
) -> Event {
    let data = JournalRejected {
        ledger: ledger.clone(),
        entity: posting.entity.clone(),
        key: posting.key.clone(),
        target: posting.target,
        batch: attempt.map(|attempt| attempt.batch.clone()),
        attempt: attempt.map(|attempt| attempt.attempt),
        code: reason.code,
        cause: reason.cause,
        remedy: reason.remedy,
        after: None,
    };
    Event {
        id: data.event_id(),
        source: SOURCE.to_owned(),
        time,
        subject: data.entity.to_string(),
        causation: Some(data.target),
        correlation: data.entity.parent().to_string(),
        partition_key: data.entity.parent().to_string(),
        payload: Payload::JournalRejected(data),
    }
}

/// The rejection of what was refused before and tried again: another fact than
/// the first one.
pub(crate) fn rejected_after(mut event: Event, decision: EventId) -> Event {
    if let Payload::JournalRejected(data) = &mut event.payload {
        data.after = Some(decision);
        event.id = data.event_id();
    }
    event
}

pub(crate) fn retried(data: JournalRetried) -> Event {
    let (id, time, ledger) = (data.event_id(), data.decision.at, data.ledger.clone());
    let about = ledger.to_string();
    envelope(id, time, about, &ledger, Payload::JournalRetried(data))
}

pub(crate) fn alarmed(data: LedgerAlarmed, time: Timestamp) -> Event {
    let (id, ledger) = (data.event_id(), data.ledger.clone());
    let about = data.batch.to_string();
    envelope(id, time, about, &ledger, Payload::LedgerAlarmed(data))
}

pub(crate) fn delayed(data: JournalDelayed, time: Timestamp) -> Event {
    let (id, ledger) = (data.event_id(), data.ledger.clone());
    let about = data.batch.to_string();
    envelope(id, time, about, &ledger, Payload::JournalDelayed(data))
}

/// The envelope of what is about a batch or a whole ledger.
fn envelope(
    id: EventId,
    time: Timestamp,
    about: String,
    ledger: &LedgerKey,
    payload: Payload,
) -> Event {
    Event {
        id,
        source: SOURCE.to_owned(),
        time,
        subject: about.clone(),
        causation: None,
        correlation: about,
        partition_key: ledger.to_string(),
        payload,
    }
}
