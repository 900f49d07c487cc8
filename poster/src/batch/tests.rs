use schemas::{
    Currency, EntityKey, Journal, JournalLine, OrderId, Recognition, RefundId, Role, Side,
};

use super::*;
use crate::target::{Entity, Family};

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
    let entity = |key: &EntityKey| {
        let mut entity = Entity::new(key.clone());
        entity.retarget(&"us".parse().unwrap(), id, mapped(key.clone()));
        entity
    };
    let placed = |draft: Draft| {
        let placement = Placement {
            date: draft.date,
            period: "Nov-26".into(),
        };
        posting(&config, draft, placement)
    };
    let mut family = Family {
        order: Some(entity(&order_key)),
        refunds: vec![entity(&refund_key)],
    };
    let order = placed(family.due().unwrap().remove(0));
    assert_eq!(preview(&config, id, &mapped(order_key.clone())), order);

    let posted = family.order.as_mut().unwrap();
    posted.holdings = posted.holdings.with(&order.journal).unwrap();
    posted.posted = 1;
    posted.first_journal = Some(order.key.clone());
    let refund = placed(family.due().unwrap().remove(0));
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
