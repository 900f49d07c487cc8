//! What the stand-in's ledger holds, and whether it is what it should be.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemas::{Event, JournalRejected, Payload};
use serde_json::Value;

use crate::{
    shop::Expected,
    support::{CLEARING, REVENUE, is_posted},
};

/// The journals of the ledger.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How often each is there, by its key.
    times: BTreeMap<String, u32>,
    /// By order and account, credits positive.
    sums: BTreeMap<(u64, String), Decimal>,
}

impl Held {
    pub fn of(ledger: &Value) -> Held {
        let mut held = Held::default();
        let ledgers = ledger["ledgers"].as_array().unwrap().iter();
        let batches = ledgers.flat_map(|ledger| ledger["batches"].as_array().unwrap());
        for journal in batches.flat_map(|batch| batch["journals"].as_array().unwrap()) {
            let key = journal["reference6"].as_str().unwrap();
            *held.times.entry(key.to_owned()).or_default() += 1;
            let order = key.split('-').nth(1).unwrap().parse().unwrap();
            for line in journal["lines"].as_array().unwrap() {
                let account = line["account"].as_str().unwrap().to_owned();
                let net = side(line, "credit") - side(line, "debit");
                *held.sums.entry((order, account)).or_default() += net;
            }
        }
        held.sums.retain(|_, sum| !sum.is_zero());
        held
    }

    /// The first thing that is missing, double or wrong.
    pub fn fault(
        &self,
        expected: &BTreeMap<u64, Expected>,
        events: &[Event],
    ) -> Result<(), String> {
        if let Some((key, times)) = self.times.iter().find(|(_, times)| **times > 1) {
            return Err(format!("DOUBLE: journal {key} is there {times} times"));
        }
        for (order, expected) in expected {
            match expected {
                Expected::Net(minor) => self.holds(*order, *minor)?,
                Expected::Rejected(target) => is_rejected(*order, *target, events)?,
            }
        }
        self.is_told(events)
    }

    fn holds(&self, order: u64, minor: i64) -> Result<(), String> {
        let sum = |account: &str| {
            let sum = self.sums.get(&(order, account.to_owned())).copied();
            sum.unwrap_or_default()
        };
        let (revenue, clearing) = (sum(REVENUE), sum(CLEARING));
        let net = Decimal::new(minor, 2);
        match (revenue, clearing) == (net, -net) {
            true => Ok(()),
            false => Err(format!(
                "order {order} has revenue {revenue} and clearing {clearing}, {net} is its target"
            )),
        }
    }

    /// Everything in the ledger is said to be posted, and nothing else is.
    fn is_told(&self, events: &[Event]) -> Result<(), String> {
        let mut told: BTreeMap<String, u32> = BTreeMap::new();
        for event in events.iter().filter(|event| is_posted(event)) {
            if let Payload::JournalPosted(posted) | Payload::RefundReversed(posted) = &event.payload
            {
                *told.entry(posted.key.to_string()).or_default() += 1;
            }
        }
        match told == self.times {
            true => Ok(()),
            false => Err(format!("the events tell of {told:?}")),
        }
    }
}

/// A journal that did not go for a good reason: one is given, with what to do.
fn is_rejected(order: u64, target: schemas::EventId, events: &[Event]) -> Result<(), String> {
    match rejections(events).find(|it| it.target == target) {
        None => Err(format!(
            "order {order} is neither in the ledger nor rejected"
        )),
        Some(it) if it.code.is_empty() || it.cause.is_empty() || it.remedy.is_empty() => {
            Err(format!("order {order} is rejected without a reason"))
        }
        Some(_) => Ok(()),
    }
}

pub fn rejections(events: &[Event]) -> impl Iterator<Item = &JournalRejected> {
    events.iter().filter_map(|event| match &event.payload {
        Payload::JournalRejected(rejected) => Some(rejected),
        _ => None,
    })
}

fn side(line: &Value, side: &str) -> Decimal {
    let text = line[side].as_str();
    text.map_or(Decimal::ZERO, |text| text.parse().unwrap())
}
