//! Logs as the services would have written them.

use eventlog::{EventLog, LogOptions};
use mapping::{RuleSet, map_event};
use schemas::{
    BroughtBy, Digest, EncodedEvent, Event, EventId, OrderId, OrderReceived, OrderSnapshot,
    Payload, RefundReceived,
};
use tempfile::TempDir;

use crate::common::{self, RULES, item, line, refund, taxed, us_order};

/// A log in a folder that goes with it.
pub(crate) struct Log {
    pub log: EventLog,
    folder: TempDir,
}

impl Log {
    pub(crate) fn new() -> Log {
        let folder = TempDir::new().unwrap();
        let log = EventLog::open(folder.path(), LogOptions::default()).unwrap();
        Log { log, folder }
    }

    /// The same log, as a program finds it that has just started.
    pub(crate) fn reopened(self) -> Log {
        let Log { log, folder } = self;
        drop(log);
        let log = EventLog::open(folder.path(), LogOptions::default()).unwrap();
        Log { log, folder }
    }

    pub(crate) async fn append(&self, events: &[Event]) -> u64 {
        let events = events.iter().map(Event::encode).collect();
        self.append_encoded(events).await
    }

    pub(crate) async fn append_encoded(&self, events: Vec<EncodedEvent>) -> u64 {
        self.log.append_all(events).await.unwrap();
        self.log.last_offset().0
    }
}

/// An order of 100.00 and 8.00 tax, in the given state.
pub(crate) fn order(number: u64, status: u32, modified: &str) -> OrderSnapshot {
    let total = taxed("100", "108", "8");
    OrderSnapshot {
        order: OrderId(number),
        status,
        modified: modified.parse().unwrap(),
        subtotal: total,
        lines: vec![line(1, 1, total, "108")],
        ..us_order(total)
    }
}

pub(crate) fn received(order: &OrderSnapshot) -> Event {
    let received = OrderReceived {
        order: order.clone(),
        brought_by: BroughtBy::Poll,
        body: Digest::of(b"order"),
        follows: None,
    };
    let id = received.event_id();
    event(id, order, Payload::OrderReceived(received))
}

/// Half of the order's line is given back.
pub(crate) fn refunded(order: &OrderSnapshot) -> Event {
    let received: RefundReceived =
        refund(order, "54", "4", vec![item("PRODUCT", 1, None, Some("54"))]);
    let id = received.event_id();
    event(id, order, Payload::RefundReceived(received))
}

fn event(id: EventId, order: &OrderSnapshot, payload: Payload) -> Event {
    let key = order.entity().to_string();
    Event {
        id,
        source: "counterfoil/ingest".to_owned(),
        time: order.modified,
        subject: key.clone(),
        causation: None,
        correlation: key.clone(),
        partition_key: key,
        payload,
    }
}

/// The event and what the mapper makes of it.
pub(crate) fn with_verdict(cause: Event, rules: &RuleSet) -> [Event; 2] {
    let verdict = map_event(&cause, rules).unwrap();
    [cause, verdict]
}

pub(crate) fn rules() -> RuleSet {
    common::rules()
}

/// The example rules with one text in place of another.
pub(crate) fn other_rules(from: &str, to: &str) -> RuleSet {
    assert!(RULES.contains(from), "the rules do not say `{from}`");
    RuleSet::parse(&RULES.replace(from, to), "other.toml").unwrap()
}
