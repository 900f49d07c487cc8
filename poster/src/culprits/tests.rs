//! Whom a report of the import names.

use super::*;
use crate::testing::{part, posting};
use subledger::summary::named;

fn line(code: &str, cells: &[&str]) -> ErrorLine {
    ErrorLine {
        codes: vec![code.into()],
        cells: cells.iter().map(|it| (*it).to_owned()).collect(),
        detail: "no such account".into(),
    }
}

#[test]
fn the_named_journals_are_blamed_once_each() {
    let postings = [posting(1, 500), posting(2, 500), posting(3, 500)];
    let lines = [
        line("EF04", &["Counterfoil", "us-2-1"]),
        line("EF04", &["Counterfoil", "us-2-1"]),
        line("EF04", &["Counterfoil", "somebody-else"]),
    ];
    let culprits = culprits(&lines, &postings);
    assert_eq!(culprits.len(), 1);
    assert_eq!(culprits[0].place, 1);
    assert!(culprits[0].reason.cause.contains("no such account"));
    assert!(culprits[0].reason.remedy.contains("account"));
}

#[test]
fn of_a_summary_only_who_is_booked_on_the_account_is_to_blame() {
    let elsewhere = |posting: Posting| {
        let text = serde_json::to_string(&posting.journal).unwrap();
        let journal = serde_json::from_str(&text.replace("101.2", "101.9")).unwrap();
        Posting { journal, ..posting }
    };
    let postings = named(vec![
        part(1, 500),
        elsewhere(part(2, 500)),
        part(3, 500),
        elsewhere(part(4, 500)),
        posting(5, 500),
    ]);
    let name = postings[0].journal_in_ledger().as_str();
    let places = |lines: &[ErrorLine]| -> Vec<usize> {
        let culprits = culprits(lines, &postings);
        culprits.into_iter().map(|it| it.place).collect()
    };
    assert_eq!(places(&[line("EF04", &["101.9", name])]), [1, 3]);
    assert_eq!(places(&[line("EF04", &["101-9", name])]), [1, 3]);
    // A cause that all rows have in common.
    let both = [
        line("EP01", &["101.1", name]),
        line("EP01", &["101.2", name]),
    ];
    assert_eq!(places(&both), [0, 1, 2, 3]);
    // It cannot be told who: the postings are halved.
    assert!(places(&[line("EF04", &["101.2.9", name])]).is_empty());
    let alone = named(vec![part(1, 500)]);
    let name = alone[0].journal_in_ledger().as_str();
    assert_eq!(culprits(&[line("EF04", &[name])], &alone).len(), 1);
}

#[test]
fn an_unknown_code_is_data() {
    let culprits = culprits(&[line("EZ99", &["us-1-1"])], &[posting(1, 500)]);
    assert_eq!(culprits[0].reason.code, "EZ99");
}

#[test]
fn a_warning_blames_nobody() {
    assert_eq!(
        culprits(&[line("WF02", &["us-1-1"])], &[posting(1, 500)]),
        []
    );
}
