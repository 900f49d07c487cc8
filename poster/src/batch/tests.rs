//! What a batch is called, and what its file says.

use schemas::{
    Currency, EntityKey, Journal, JournalLine, OrderId, Payload, Recognition, RefundId, Role, Side,
};

use super::*;
use crate::testing::part;
use subledger::{Family, Lifecycle, Member, facts};

fn config() -> LedgerConfig {
    serde_json::from_value(serde_json::json!({
        "name": "US", "id": 1, "data_access_set": 2, "currency": "USD",
    }))
    .unwrap()
}

fn mapped(entity: EntityKey) -> Mapped {
    let usd = Currency::from_code("USD").unwrap();
    let line = |account: &str, side| JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd.minor(1250),
        role: Role::Revenue,
        rule: "r".into(),
        memo: "m".into(),
    };
    let lines = vec![line("101.1", Side::Debit), line("101.2", Side::Credit)];
    let date = "2026-11-05".parse().unwrap();
    Mapped {
        entity,
        ledger: "us".parse().unwrap(),
        modified: jiff::Timestamp::UNIX_EPOCH,
        accounting_date: date,
        change_date: date,
        recognition: Recognition::Recognised,
        status: 11,
        value: "12.5".parse().unwrap(),
        journal: Journal::new(usd, lines).unwrap(),
        conversion: None,
        summary: None,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    }
}

#[test]
fn a_preview_is_what_is_posted_first() {
    let order_key = EntityKey::order("us".parse().unwrap(), OrderId(1001));
    let refund_key = EntityKey::refund("us".parse().unwrap(), OrderId(1001), RefundId(7));
    let config = config();
    let id = EventId::derive(&["target"]);
    let us: LedgerKey = "us".parse().unwrap();
    let mut family = Family::default();
    let mut told = |key: &EntityKey, payload| {
        let event = schemas::Event {
            id,
            source: "counterfoil/tests".into(),
            time: jiff::Timestamp::UNIX_EPOCH,
            subject: "us".into(),
            causation: None,
            correlation: "us".into(),
            partition_key: "us".into(),
            payload,
        };
        for (key, fact) in facts(1, &event).unwrap() {
            if family.member(&key).is_none() {
                let (key, lifecycle) = (key.clone(), Lifecycle::default());
                family.insert(Member { key, lifecycle });
            }
            family.member_mut(&key).unwrap().lifecycle.fold(fact);
        }
        let mut due = family.due(&us).unwrap();
        let due = due.pop().filter(|due| due.entity == *key)?;
        let draft = due.draft(mapped(key.clone()).journal);
        let (date, period) = (draft.date, "Nov-26".into());
        Some(posting(&config, draft, Placement { date, period }))
    };
    let target = Payload::OrderMapped(mapped(order_key.clone()));
    let order = told(&order_key, target).unwrap();
    assert_eq!(preview(&config, id, &mapped(order_key.clone())), order);

    let intent = intent(&us, 1, vec![order.clone()]);
    let batch = intent.batch.clone();
    told(&order_key, Payload::JournalSubmitted(intent));
    let total = order.journal.total().amount();
    let posted = schemas::Posted {
        ledger: us.clone(),
        entity: order_key.clone(),
        key: order.key.clone(),
        kind: order.kind,
        target: id,
        original: None,
        batch_name: name(&batch, 1),
        batch,
        batch_id: 1,
        period: "Nov-26".into(),
        accounting_date: order.accounting_date,
        currency: order.journal.currency(),
        summary: None,
        debits: total,
        credits: total,
        posted: None,
    };
    told(&order_key, Payload::JournalPosted(posted));
    let target = Payload::RefundMapped(mapped(refund_key.clone()));
    let refund = told(&refund_key, target).unwrap();
    assert_eq!(refund.original, Some(order.key));
    assert_eq!(preview(&config, id, &mapped(refund_key.clone())), refund);
}

#[test]
fn names_fit_and_attempts_differ() {
    let ledger: LedgerKey = "eightcha".parse().unwrap();
    let batch = key(&ledger, &[]);
    let longest = name(&batch, u32::MAX);
    assert!(longest.len() <= fusion::MAX_BATCH_NAME, "{longest}");
    assert!(longest.starts_with(&prefix(&batch)));
    assert_ne!(group(&batch, 1), group(&batch, 2));
    assert!((1..GROUPS).contains(&group(&batch, 1)));
}

#[test]
fn no_attempts_name_begins_with_anothers_and_a_space() {
    let batch = BatchKey("CF-us-0".into());
    let first = format!("{} ", name(&batch, 1));
    assert!(!format!("{} Counterfoil", name(&batch, 11)).starts_with(&first));
}

/// What a row has in it, by its position.
fn filled(row: &csv::StringRecord) -> Vec<(usize, String)> {
    let cells = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    cells.map(|(at, cell)| (at + 1, cell.to_owned())).collect()
}

#[test]
fn a_summary_is_written_with_one_row_per_account_and_side() {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let entity = EntityKey::refund("us".parse().unwrap(), OrderId(1), RefundId(7));
    let refund = Posting {
        key: entity.journal_key(1),
        entity,
        kind: PostingKind::Refund,
        category: "Web Refunds".into(),
        journal: part(1, 500).journal.reversed(),
        ..part(1, 500)
    };
    let moved = |posting: Posting| Posting {
        accounting_date: date("2026-12-01"),
        period: "Dec-26".into(),
        ..posting
    };
    let postings = vec![part(1, 500), part(2, 700), refund, moved(part(3, 900))];
    let ledger: LedgerKey = "us".parse().unwrap();
    let batch = key(&ledger, &postings);
    let text = preview_rows(&config(), &ledger, date("2026-11-06"), postings.clone()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.len() == 149));

    let postings = summary::named(postings);
    let key = postings[0].journal_in_ledger().as_str();
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
            (43, name(&batch, 1)),
            (44, "Counterfoil: 3 journals".to_owned()),
            (46, key.to_owned()),
            (47, format!("{words} {key}")),
            (48, key.to_owned()),
            (52, "revenue of 2 journals".to_owned()),
            (53, "2 orders of us".to_owned()),
            (55, "revenue".to_owned()),
            (56, "summary".to_owned()),
            (67, group(&batch, 1).to_string()),
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
