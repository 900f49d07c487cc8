//! Comparing what the ledger holds with what was sent. Only this makes a journal
//! count as imported or posted: no answer and no job's state does.

use fusion::{Batch, Header};
use jiff::Timestamp;
use schemas::{Amount, BatchKey, ImportedJournal, JournalKey, Posting};

use crate::{
    batch,
    summary::{Outgoing, outgoing},
};

/// A batch of ours as it is in the ledger, found to be what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub batch_id: u64,
    pub batch_name: String,
    pub is_posted: bool,
    pub posted: Option<Timestamp>,
    pub journals: Vec<ImportedJournal>,
}

/// The ledger holds what it must not. Highest class: a person has to look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
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
pub fn pick<'a>(
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
pub fn compare(batch: &Batch, headers: &[Header], sent: &[Posting]) -> Result<Found, Alarm> {
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
mod tests {
    use super::*;
    use crate::{
        summary::named,
        testing::{part, posting},
    };

    fn batch(name: &str) -> Batch {
        let row = format!(r#"{{"JeBatchId":"5","BatchName":"{name}","Status":"U"}}"#);
        serde_json::from_str(&row).unwrap()
    }

    fn header(name: &str, debits: &str, credits: &str) -> Header {
        let row = format!(
            r#"{{"JournalName":"{name}","RunningTotalDr":{debits},"RunningTotalCr":"{credits}"}}"#
        );
        serde_json::from_str(&row).unwrap()
    }

    fn key() -> BatchKey {
        BatchKey("CF-us-0123456789abcdef".into())
    }

    #[test]
    fn one_batch_of_the_attempt_is_picked() {
        let ours = [batch("CF-us-0123456789abcdef-1 Counterfoil A 7 8 N")];
        assert!(pick(&key(), 1, &ours).unwrap().is_some());
        assert!(pick(&key(), 1, &[]).unwrap().is_none());
    }

    #[test]
    fn two_batches_or_one_of_another_attempt_are_an_alarm() {
        let two = [
            batch("CF-us-0123456789abcdef-1 Counterfoil A 7 8 N"),
            batch("CF-us-0123456789abcdef-2 Counterfoil A 9 9 N"),
        ];
        assert!(matches!(pick(&key(), 2, &two), Err(Alarm::Twice { .. })));
        assert!(matches!(
            pick(&key(), 2, &two[..1]),
            Err(Alarm::Resurrected { attempt: 2, .. })
        ));
    }

    #[test]
    fn count_names_and_totals_must_agree() {
        let sent = [posting(1, 500), posting(2, 700)];
        let batch = batch("CF-us-0123456789abcdef-1");
        let first = header("us-1-1", "5.00", "5.0");
        let second = header("us-2-1 Web Orders USD", "7", "7.00");
        let found = compare(&batch, &[second.clone(), first.clone()], &sent).unwrap();
        assert_eq!(found.journals[1].debits.to_string(), "7");

        let missing = compare(&batch, std::slice::from_ref(&first), &sent);
        assert!(matches!(
            missing,
            Err(Alarm::Count {
                found: 1,
                sent: 2,
                ..
            })
        ));
        let twice = compare(&batch, &[first.clone(), first.clone()], &sent);
        assert!(matches!(twice, Err(Alarm::Journal { times: 2, .. })));
        let wrong = compare(&batch, &[first, header("us-2-1", "7", "7.01")], &sent);
        assert!(matches!(wrong, Err(Alarm::Totals { .. })));
    }

    #[test]
    fn a_summary_is_one_journal_with_the_sum_of_its_postings() {
        let sent = named(vec![part(1, 500), part(2, 700), posting(3, 100)]);
        let name = sent[0].journal_in_ledger().as_str();
        let batch = batch("CF-us-0123456789abcdef-1");
        let alone = header("us-3-1", "1", "1");
        let found = compare(&batch, &[header(name, "12", "12"), alone.clone()], &sent).unwrap();
        assert_eq!(found.journals.len(), 2);
        assert_eq!(found.journals[0].key.as_str(), name);

        let short = compare(&batch, &[header(name, "11.99", "12"), alone], &sent);
        assert!(matches!(short, Err(Alarm::Totals { .. })));
        let by_itself = ["us-1-1", "us-2-1", "us-3-1"].map(|it| header(it, "5", "5"));
        let by_itself = compare(&batch, &by_itself, &sent);
        assert!(matches!(by_itself, Err(Alarm::Count { sent: 2, .. })));
    }
}
