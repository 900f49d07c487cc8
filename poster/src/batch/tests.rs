//! What a batch is called, and what its file says.

use schemas::{
    Currency, EntityKey, Journal, JournalLine, OrderId, Payload, Recognition, RefundId, Role, Side,
};

use super::*;
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
