//! Summary journals: what is in them, and that they balance.

use proptest::prelude::*;
use schemas::{Conversion, Currency, EntityKey, OrderId, PostingKind, RefundId};
use service::config::LedgerConfig;

use super::*;
use crate::{
    batch,
    testing::{self, part as posting},
};

const DAY: &str = "2026-11-05";

fn date(text: &str) -> Date {
    text.parse().unwrap()
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
fn a_day_ends_in_its_own_time_zone() {
    let ends = |zone: &str, day: &str| {
        let rule = SummaryRule {
            from: date("2026-01-01"),
            time_zone: zone.into(),
        };
        day_ends(&rule, date(day)).to_string()
    };
    assert_eq!(ends("UTC", DAY), "2026-11-06T00:00:00Z");
    assert_eq!(ends("America/New_York", DAY), "2026-11-06T05:00:00Z");
    // Before and on the day of 25 hours.
    assert_eq!(
        ends("America/New_York", "2026-10-31"),
        "2026-11-01T04:00:00Z"
    );
    assert_eq!(
        ends("America/New_York", "2026-11-01"),
        "2026-11-02T05:00:00Z"
    );
    // There is no midnight: the day begins at one.
    assert_eq!(
        ends("America/Santiago", "2026-09-05"),
        "2026-09-06T04:00:00Z"
    );
    // Over everywhere.
    assert_eq!(ends("Mars/Olympus", DAY), "2026-11-06T12:00:00Z");
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
        testing::posting(9, 500),
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

/// What a row has in it, by its position.
fn filled(row: &csv::StringRecord) -> Vec<(usize, String)> {
    let cells = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    cells.map(|(at, cell)| (at + 1, cell.to_owned())).collect()
}

#[test]
fn a_summary_is_written_with_one_row_per_account_and_side() {
    let config: LedgerConfig = serde_json::from_value(serde_json::json!({
        "name": "US", "id": 1, "data_access_set": 2, "currency": "USD",
    }))
    .unwrap();
    let moved = |posting: Posting| Posting {
        accounting_date: date("2026-12-01"),
        period: "Dec-26".into(),
        ..posting
    };
    let postings = named(vec![
        posting(1, 500),
        posting(2, 700),
        refund(1, 500),
        moved(posting(3, 900)),
    ]);
    let batch = batch::key(&"us".parse().unwrap(), &postings);
    let text = batch::rows(&config, &batch, 1, date("2026-11-06"), &postings).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.len() == 149));

    let key = names(&postings)[0];
    let cells = |side: usize, account: &str| {
        let words =
            "Summary of 2 orders of us on 2026-11-05; each of them: counterfoil trace journal";
        [
            (1, "NEW".to_owned()),
            (2, "1".to_owned()),
            (3, "2026/11/05".to_owned()),
            (4, "Counterfoil".to_owned()),
            (5, "Web Orders".to_owned()),
            (6, "USD".to_owned()),
            (7, "2026/11/06".to_owned()),
            (8, "A".to_owned()),
            (9, "101".to_owned()),
            (10, account.to_owned()),
            (side, "12.00".to_owned()),
            (43, batch::name(&batch, 1)),
            (44, "Counterfoil: 3 journals".to_owned()),
            (46, key.to_owned()),
            (47, format!("{words} {key}")),
            (48, key.to_owned()),
            (52, "revenue of 2 journals".to_owned()),
            (53, "2 orders of us".to_owned()),
            (55, "revenue".to_owned()),
            (56, "summary".to_owned()),
            (67, batch::group(&batch, 1).to_string()),
            (95, "Nov-26".to_owned()),
        ]
    };
    assert_eq!(filled(&rows[0]), cells(39, "1"));
    assert_eq!(filled(&rows[1]), cells(40, "2"));
    assert_eq!(
        (&rows[2][4], &rows[2][52]),
        ("Web Refunds", "1 refund or reversal of us")
    );
    assert_eq!(
        (&rows[4][2], &rows[4][45][..13]),
        ("2026/12/01", "us-261105USDo")
    );
    assert!(
        rows[4][46].contains("(of 2026-11-05, whose period is closed)"),
        "{}",
        &rows[4][46]
    );
}

/// A journal of lines between any of five accounts.
fn any_posting() -> impl Strategy<Value = Vec<(u8, u8, i64, bool)>> {
    prop::collection::vec((0..5u8, 0..5u8, 1..1_000_000i64, any::<bool>()), 1..6)
}

fn built(order: u64, transfers: &[(u8, u8, i64, bool)]) -> Posting {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: u8, side, minor, is_tax: bool| JournalLine {
        account: format!("101.{account}").parse().unwrap(),
        side,
        amount: usd.minor(minor),
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
        journal: Journal::new(usd, lines.collect()).unwrap(),
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
