//! Comparing what the ledger holds with what was sent. Only this makes a journal
//! count as imported or posted: no answer and no job's state does.

use fusion::{Batch, Header};
use jiff::Timestamp;
use schemas::{Amount, BatchKey, ImportedJournal, JournalKey, Posting};
use subledger::summary::{Outgoing, outgoing};

use crate::batch;

/// A batch of ours as it is in the ledger, found to be what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub batch_id: u64,
    pub batch_name: String,
    pub is_posted: bool,
    pub posted: Option<Timestamp>,
    pub journals: Vec<ImportedJournal>,
}

/// The ledger holds what it must not. Highest class: a person has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Alarm {
    #[error("the batch is in the ledger more than once: {}", names.join(", "))]
    Twice { names: Vec<String> },
    #[error("attempt {attempt} was given up, and yet its batch is in the ledger: {name}")]
    Resurrected { attempt: u32, name: String },
    #[error("batch {name} has {found} journals in the ledger, {sent} were sent")]
    Count {
        name: String,
        found: usize,
        sent: usize,
    },
    #[error("journal {journal} is in batch {name} {times} times")]
    Journal {
        name: String,
        journal: JournalKey,
        times: usize,
    },
    #[error(
        "journal {journal} has debits of {debits} and credits of {credits} in the ledger, {sent} was sent"
    )]
    Totals {
        journal: JournalKey,
        debits: Amount,
        credits: Amount,
        sent: Amount,
    },
}

/// The one batch of an attempt among those whose name begins with the batch's
/// prefix; none if there is none yet.
pub(crate) fn pick<'a>(
    key: &BatchKey,
    attempt: u32,
    batches: &'a [Batch],
) -> Result<Option<&'a Batch>, Alarm> {
    match batches {
        [] => Ok(None),
        [one] => {
            let ours = batch::name(key, attempt);
            let rest = one.name.strip_prefix(&ours);
            match rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) {
                true => Ok(Some(one)),
                false => Err(Alarm::Resurrected {
                    attempt,
                    name: one.name.clone(),
                }),
            }
        }
        several => Err(Alarm::Twice {
            names: several.iter().map(|batch| batch.name.clone()).collect(),
        }),
    }
}

/// The batch with its journals, if these are the journals that were sent: as many,
/// each once, each with its total on both sides. A summary is one journal, and its
/// total that of its postings.
pub(crate) fn compare(batch: &Batch, headers: &[Header], sent: &[Posting]) -> Result<Found, Alarm> {
    let outgoing = outgoing(sent);
    if headers.len() != outgoing.len() {
        return Err(Alarm::Count {
            name: batch.name.clone(),
            found: headers.len(),
            sent: outgoing.len(),
        });
    }
    let journals = outgoing.iter().map(|it| journal(batch, headers, it));
    Ok(Found {
        batch_id: batch.id,
        batch_name: batch.name.clone(),
        is_posted: batch.is_posted(),
        posted: batch.posted(),
        journals: journals.collect::<Result<_, _>>()?,
    })
}

fn journal(
    batch: &Batch,
    headers: &[Header],
    outgoing: &Outgoing,
) -> Result<ImportedJournal, Alarm> {
    let key = outgoing.key;
    let named: Vec<&Header> = headers
        .iter()
        .filter(|it| it.is_named(key.as_str()))
        .collect();
    let [header] = named.as_slice() else {
        return Err(Alarm::Journal {
            name: batch.name.clone(),
            journal: key.clone(),
            times: named.len(),
        });
    };
    let sent = outgoing.total().amount();
    let (debits, credits) = (Amount::from(header.debits), Amount::from(header.credits));
    match debits == sent && credits == sent {
        true => Ok(ImportedJournal {
            key: key.clone(),
            debits,
            credits,
        }),
        false => Err(Alarm::Totals {
            journal: key.clone(),
            debits,
            credits,
            sent,
        }),
    }
}

#[cfg(test)]
mod tests;
