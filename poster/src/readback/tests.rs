//! What is read back, held against what was sent.

use super::*;
use crate::testing::{part, posting};
use subledger::summary::named;

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
