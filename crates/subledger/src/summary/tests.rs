//! What days are summed up into, and what the sums are called.

use proptest::prelude::*;
use schemas::{Conversion, EntityKey, EventId, OrderId, PostingKind, RefundId};

use super::*;
use crate::testing::{two_lines, usd};

const DAY: &str = "2026-11-05";

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The posting `us-<order>-1` of so many cents, which goes by itself.
fn alone(order: u64, minor: i64) -> Posting {
    let entity = EntityKey::order("us".parse().unwrap(), OrderId(order));
    Posting {
        key: entity.journal_key(1),
        target: EventId::derive(&[&entity.to_string()]),
        entity,
        kind: PostingKind::Original,
        accounting_date: date(DAY),
        period: "Nov-26".into(),
        category: "Web Orders".into(),
        description: String::new(),
        original: None,
        conversion: None,
        summary: None,
        journal: two_lines("101.1", "101.2", minor),
    }
}

/// The same, in a summary of its day.
fn posting(order: u64, minor: i64) -> Posting {
    Posting {
        summary: Some(of_day(date(DAY))),
        ..alone(order, minor)
    }
}

fn refund(order: u64, minor: i64) -> Posting {
    let entity = EntityKey::refund("us".parse().unwrap(), OrderId(order), RefundId(7));
    let posting = posting(order, minor);
    Posting {
        key: entity.journal_key(1),
        entity,
        kind: PostingKind::Refund,
        category: "Web Refunds".into(),
        journal: posting.journal.reversed(),
        ..posting
    }
}

fn names(postings: &[Posting]) -> Vec<&str> {
    let names = postings.iter().map(|it| it.journal_in_ledger().as_str());
    names.collect()
}

#[test]
fn what_can_share_a_journal_has_one_name() {
    let in_eur = |posting: Posting| {
        let text = serde_json::to_string(&posting.journal).unwrap();
        let journal = serde_json::from_str(&text.replace("USD", "EUR")).unwrap();
        Posting { journal, ..posting }
    };
    let at_rate = |rate: &str| Posting {
        conversion: Some(Conversion {
            kind: "User".into(),
            rate: Some(rate.parse().unwrap()),
        }),
        ..in_eur(posting(5, 500))
    };
    let next_day = Posting {
        accounting_date: date("2026-11-06"),
        summary: Some(of_day(date("2026-11-06"))),
        ..posting(6, 500)
    };
    let postings = named(vec![
        posting(1, 500),
        posting(2, 700),
        refund(1, 500),
        in_eur(posting(3, 500)),
        at_rate("1.1"),
        at_rate("1.2"),
        next_day,
        alone(9, 500),
    ]);
    let names = names(&postings);
    assert_eq!(names[0], names[1]);
    let stems: Vec<&str> = names[1..7].iter().map(|it| &it[..it.len() - 6]).collect();
    let expected = [
        "us-261105USDo",
        "us-261105USDr",
        "us-261105EURo",
        "us-261105EURo",
        "us-261105EURo",
        "us-261106USDo",
    ];
    assert_eq!(stems, expected);
    let apart: BTreeSet<&&str> = names[1..].iter().collect();
    assert_eq!(apart.len(), 7);
    assert_eq!(names[7], "us-9-1", "what goes by itself keeps its name");
    assert_eq!(outgoing(&postings).len(), 7);
}

#[test]
fn a_name_follows_from_what_is_in_it() {
    let both = named(vec![posting(1, 500), posting(2, 700)]);
    assert_eq!(named(both.clone()), both);
    let half = named(both[..1].to_vec());
    assert_ne!(names(&half)[0], names(&both)[0]);
}

#[test]
fn the_longest_name_has_the_25_characters_that_fusion_keeps() {
    let mut posting = posting(1, 500);
    posting.entity.store = "eightcha".parse().unwrap();
    let postings = named(vec![posting]);
    assert_eq!(names(&postings)[0].len(), 25);
}

/// A journal of lines between any of five accounts.
fn any_posting() -> impl Strategy<Value = Vec<(u8, u8, i64, bool)>> {
    prop::collection::vec((0..5u8, 0..5u8, 1..1_000_000i64, any::<bool>()), 1..6)
}

fn built(order: u64, transfers: &[(u8, u8, i64, bool)]) -> Posting {
    let line = |account: u8, side, minor, is_tax: bool| JournalLine {
        account: format!("101.{account}").parse().unwrap(),
        side,
        amount: usd().minor(minor),
        role: if is_tax { Role::Tax } else { Role::Revenue },
        rule: "r".into(),
        memo: "m".into(),
    };
    let lines = transfers.iter().flat_map(|&(from, to, minor, is_tax)| {
        [
            line(from, Side::Credit, minor, is_tax),
            line(to, Side::Debit, minor, !is_tax),
        ]
    });
    Posting {
        journal: Journal::new(usd(), lines.collect()).unwrap(),
        ..posting(order, 1)
    }
}

proptest! {
    #[test]
    fn a_summary_is_exactly_what_is_in_it(
        journals in prop::collection::vec(any_posting(), 1..20)
    ) {
        let postings: Vec<Posting> = (1..).zip(&journals).map(|(n, it)| built(n, it)).collect();
        let postings = named(postings);
        let outgoing = outgoing(&postings);
        prop_assert_eq!(outgoing.len(), 1);
        // Made by the constructor, which refuses what does not balance.
        let journal = outgoing[0].journal().unwrap();
        prop_assert_eq!(journal.total(), outgoing[0].total());

        let mut expected: BTreeMap<(String, Side), i64> = BTreeMap::new();
        for line in postings.iter().flat_map(|it| it.journal.lines()) {
            *expected.entry((line.account.to_string(), line.side)).or_default() += line.amount.minor();
        }
        let found = journal.lines().iter();
        let found: Vec<((String, Side), i64)> = found
            .map(|line| ((line.account.to_string(), line.side), line.amount.minor()))
            .collect();
        prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_sum_beyond_64_bits_is_refused(minor in i64::MAX / 2 + 1..i64::MAX) {
        let postings = named(vec![posting(1, minor), posting(2, minor)]);
        let outgoing = outgoing(&postings);
        prop_assert!(outgoing[0].journal().is_err());
        prop_assert_eq!(outgoing[0].total().minor(), i64::MAX);
    }
}
