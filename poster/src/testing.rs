//! Postings for the tests of this crate.

use schemas::{
    Currency, EntityKey, EventId, Journal, JournalLine, OrderId, Posting, PostingKind, Role, Side,
};

/// The posting `us-<order>-1` of so many cents.
pub fn posting(order: u64, minor: i64) -> Posting {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd.minor(minor),
        role: Role::Revenue,
        rule: "r".into(),
        memo: "m".into(),
    };
    let entity = EntityKey::order("us".parse().unwrap(), OrderId(order));
    let lines = vec![line("101.1", Side::Debit), line("101.2", Side::Credit)];
    Posting {
        key: entity.journal_key(1),
        target: EventId::derive(&[&entity.to_string()]),
        entity,
        kind: PostingKind::Original,
        accounting_date: "2026-11-05".parse().unwrap(),
        period: "Nov-26".into(),
        category: "Web Orders".into(),
        description: String::new(),
        original: None,
        conversion: None,
        summary: None,
        journal: Journal::new(usd, lines).unwrap(),
    }
}

/// The same, in a summary of its day.
pub fn part(order: u64, minor: i64) -> Posting {
    let posting = posting(order, minor);
    Posting {
        summary: Some(subledger::summary::of_day(posting.accounting_date)),
        ..posting
    }
}
