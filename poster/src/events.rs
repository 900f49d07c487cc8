//! The poster's events in their envelopes.

use fusion::checks::Reason;
use jiff::Timestamp;
use schemas::{
    Event, EventId, ImportedJournal, JournalDelayed, JournalImported, JournalRejected,
    JournalRetried, JournalSubmitted, LedgerAlarmed, LedgerKey, Payload, Posted, Posting, Step,
    Writer, cut,
};

use crate::{books::Attempt, readback::Found};

/// The most of a cause that is kept, in characters: it may repeat Fusion's words, which
/// have no limit, and an event has one.
const MOST_WORDS: usize = 4000;

pub(crate) fn submitted(mut data: JournalSubmitted, time: Timestamp) -> Event {
    if let Step::Abandoned { reason, .. } = &mut data.step {
        *reason = cut(std::mem::take(reason), MOST_WORDS);
    }
    Event::of(Writer::Poster, time, data)
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
    Event::of(Writer::Poster, time, data)
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
    Event::of(Writer::Poster, time, data)
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
        cause: cut(reason.cause, MOST_WORDS),
        remedy: reason.remedy,
        after: None,
    };
    Event::of(Writer::Poster, time, data)
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
    Event::of(Writer::Poster, data.decision.at, data)
}

pub(crate) fn alarmed(data: LedgerAlarmed, time: Timestamp) -> Event {
    let data = LedgerAlarmed {
        cause: cut(data.cause, MOST_WORDS),
        ..data
    };
    Event::of(Writer::Poster, time, data)
}

pub(crate) fn delayed(data: JournalDelayed, time: Timestamp) -> Event {
    Event::of(Writer::Poster, time, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_measure_do_not_make_an_event_too_large() {
        let words = "x".repeat(5 << 20);
        let step = Step::Abandoned {
            reason: words.clone(),
            left: None,
        };
        let data = JournalSubmitted {
            ledger: "us".parse().unwrap(),
            batch: schemas::BatchKey("abc".to_owned()),
            attempt: 1,
            group: 7,
            step,
        };
        let given_up = submitted(data, Timestamp::UNIX_EPOCH).encode();
        assert!(given_up.bytes.len() < 64 << 10);
        let alarm = LedgerAlarmed {
            ledger: "us".parse().unwrap(),
            batch: schemas::BatchKey("abc".to_owned()),
            attempt: 1,
            code: "BATCH_TWICE".to_owned(),
            cause: words,
            remedy: String::new(),
            after: None,
        };
        let alarmed = alarmed(alarm, Timestamp::UNIX_EPOCH).encode();
        assert!(alarmed.bytes.len() < 64 << 10);
    }
}
