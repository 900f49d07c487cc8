//! What is said about journals in events, by what Fusion shows and the books know.

use fusion::{Batch, checks::Reason};
use schemas::{Event, JournalSubmitted, Posting};

use super::{halt::Interruption, ledger::Ledger, recorder::Recorder};
use crate::{
    batch,
    books::{Attempt, Books, BooksError},
    events, metrics,
    readback::{self, Found},
};

/// A batch of the ledger with its journals, if they are what was sent; else it is an
/// alarm. Of the recorder, only the books are read.
pub(super) async fn compared(
    ledger: &Ledger,
    recorder: &mut Recorder,
    attempt: &Attempt,
    batch: &Batch,
) -> Result<Found, Interruption> {
    let headers = ledger.fusion.headers(batch.id).await?;
    let sent = recorder.books().postings(&attempt.batch)?;
    readback::compare(batch, &headers, &sent).map_err(|alarm| Interruption::alarm(attempt, alarm))
}

/// That journals of a batch are posted: those of which it was not said before a crash.
pub(super) fn posted(
    ledger: &Ledger,
    books: &Books,
    attempt: &Attempt,
    found: &Found,
) -> Result<Vec<Event>, BooksError> {
    let now = ledger.clock.now();
    let left = books.postings_left(&attempt.batch)?;
    let fact = |posting: &Posting| {
        let name = posting.journal_in_ledger();
        let read_back = found.journals.iter().find(|it| it.key == *name)?;
        let key = &ledger.key;
        Some(events::posted(key, attempt, found, posting, read_back, now))
    };
    Ok(left.iter().filter_map(fact).collect())
}

/// That a journal is rejected, in an attempt or before it is sent: a new fact where it
/// was refused before and tried again.
pub(super) fn rejected(
    ledger: &Ledger,
    books: &Books,
    attempt: Option<&Attempt>,
    posting: &Posting,
    reason: Reason,
) -> Result<Event, BooksError> {
    let (entity, code, cause) = (&posting.entity, &reason.code, &reason.cause);
    match attempt {
        Some(_) => {
            tracing::warn!(ledger = %ledger.key, %entity, code, cause, "a journal is rejected")
        }
        None => {
            tracing::warn!(ledger = %ledger.key, %entity, code, cause, "a journal is rejected before it is sent");
        }
    }
    metrics::REJECTED.add([ledger.key.as_str(), code], 1);
    let event = events::rejected(&ledger.key, attempt, posting, reason, ledger.clock.now());
    Ok(match books.retried(entity)? {
        Some(decision) => events::rejected_after(event, decision),
        None => event,
    })
}

/// The intent to import these journals as a batch: its next attempt.
pub(super) fn intent(
    ledger: &Ledger,
    books: &Books,
    postings: Vec<Posting>,
) -> Result<JournalSubmitted, BooksError> {
    let tried = books.attempts_of(&batch::key(&ledger.key, &postings))?;
    Ok(batch::intent(&ledger.key, tried + 1, postings))
}

/// No file has that many journals or rows.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
