//! Targets that are summed up, and the proof that each posting is in the ledger once.

use std::collections::BTreeMap;

use jiff::{ToSpan as _, civil::Date};
use rust_decimal::Decimal;
use schemas::{Digest, EntityKey, Event, Payload, Posted, Recognition, Side, Step, SummaryRule};

use crate::support::*;

/// A day is summed up as soon as it is over.
pub const AT_ONCE: &str = "summary_after = \"0s\"";

pub fn days_ago(days: i64) -> Date {
    today().saturating_sub(days.days())
}

pub fn since(days: i64) -> Option<SummaryRule> {
    Some(SummaryRule {
        from: days_ago(days),
        time_zone: "UTC".into(),
    })
}

/// The target as another rule set has it: of these days, summed up or not.
pub fn under(event: Event, sale: i64, change: i64, rule: Option<SummaryRule>) -> Event {
    let (Payload::OrderMapped(mapped) | Payload::RefundMapped(mapped)) = &event.payload else {
        panic!("{} is no target", event.payload.event_type());
    };
    let mut mapped = mapped.clone();
    mapped.accounting_date = days_ago(sale);
    mapped.change_date = days_ago(change);
    mapped.rule_set = Digest::of(format!("{rule:?}").as_bytes());
    mapped.summary = rule;
    Event {
        id: mapped.event_id(event.causation.unwrap()),
        payload: match mapped.entity.refund {
            None => Payload::OrderMapped(mapped),
            Some(_) => Payload::RefundMapped(mapped),
        },
        ..event
    }
}

/// Summed up with the rest of yesterday.
pub fn yesterdays(event: Event) -> Event {
    under(event, 1, 1, since(1))
}

pub fn target(key: EntityKey, version: i64, recognition: Recognition, minor: i64) -> Event {
    let journal = match key.refund {
        None => journal(CLEARING, REVENUE, minor),
        Some(_) => journal(REVENUE, CLEARING, minor),
    };
    mapped(Target {
        key,
        version,
        recognition,
        journal,
    })
}

pub fn refund(order: u64, minor: i64) -> Event {
    target(refund_key(order, 7), 1, Recognition::Recognised, minor)
}

pub fn postings(world: &World) -> Vec<Posted> {
    let posted = |event: &Event| match &event.payload {
        Payload::JournalPosted(posted) | Payload::RefundReversed(posted) => Some(posted.clone()),
        _ => None,
    };
    world.events().iter().filter_map(posted).collect()
}

/// The ledger holds exactly the journals that the postings say they are in, posted,
/// each with the sum of its postings on both sides; and no posting was said twice.
pub async fn assert_proven(world: &World) {
    let mut expected: BTreeMap<String, (Decimal, Decimal, String)> = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for posted in postings(world) {
        assert!(
            keys.insert(posted.key.clone(), ()).is_none(),
            "{}",
            posted.key
        );
        let name = posted.summary.unwrap_or(posted.key).to_string();
        let sums = expected.entry(name).or_default();
        sums.0 += posted.debits.decimal();
        sums.1 += posted.credits.decimal();
        sums.2 = "P".into();
    }
    assert_eq!(world.journals().await, expected);
}

/// What the postings that are said to be posted come to on revenue, by order, in
/// cents.
pub fn revenue_by_order(world: &World) -> BTreeMap<u64, i64> {
    let mut meant = BTreeMap::new();
    for event in world.events() {
        if let Payload::JournalSubmitted(submitted) = event.payload
            && let Step::Intended { postings } = submitted.step
        {
            meant.extend(postings.into_iter().map(|it| (it.key, it.journal)));
        }
    }
    let mut revenue: BTreeMap<u64, i64> = BTreeMap::new();
    for posted in postings(world) {
        for line in meant[&posted.key].lines() {
            let minor = line.amount.minor();
            let sum = revenue.entry(posted.entity.order.0).or_default();
            if line.account.to_string() == REVENUE {
                *sum += if line.side == Side::Credit {
                    minor
                } else {
                    -minor
                };
            }
        }
    }
    revenue.retain(|_, sum| *sum != 0);
    revenue
}

pub async fn assert_revenue(world: &World, cents: i64) {
    let balances = world.balances().await;
    let revenue = balances.get(REVENUE).copied().unwrap_or_default();
    assert_eq!(revenue.normalize(), Decimal::new(-cents, 2).normalize());
    let clearing = balances.get(CLEARING).copied().unwrap_or_default();
    assert_eq!((revenue + clearing).normalize(), Decimal::ZERO);
}
