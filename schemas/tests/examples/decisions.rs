//! What a person decides, and what the poster tells a person of.

use schemas::{EntityKey, Event, EventId, OrderId, Payload, v1::*};

use super::{batch, event, ledger, store};

pub fn all() -> Vec<Event> {
    let entity = EntityKey::order(store(), OrderId(1001));
    let decision = Decision {
        by: "controller".into(),
        reason: "the customer disputes it".into(),
        at: "2026-11-02T10:00:00Z".parse().unwrap(),
    };
    let held = JournalHeld {
        ledger: ledger(),
        entity: Some(entity.clone()),
        decision: decision.clone(),
    };
    let released = JournalReleased {
        ledger: ledger(),
        entity: Some(entity.clone()),
        decision: decision.clone(),
    };
    let retried = JournalRetried {
        ledger: ledger(),
        which: Retry::Journals {
            keys: vec![entity.journal_key(2)],
        },
        decision: decision.clone(),
    };
    let delayed = JournalDelayed {
        ledger: ledger(),
        batch: batch(),
        attempt: 1,
        batch_id: 300_000_123_456_789,
        batch_name: "CF-us-0123456789abcdef-1 Counterfoil A 4711000001 10070490 N".into(),
        journals: 1,
        imported: "2026-11-01T10:00:00Z".parse().unwrap(),
        state: "status U, approval In process".into(),
    };
    let cleared = GroupCleared {
        ledger: ledger(),
        group: 4_711_000_001,
        decision: decision.clone(),
    };
    let alarmed = LedgerAlarmed {
        ledger: ledger(),
        batch: batch(),
        attempt: 1,
        code: "BATCH_TWICE".into(),
        cause: "the batch is in the ledger more than once".into(),
        remedy: "reverse one of them in Fusion, then acknowledge the alarm".into(),
        after: Some(EventId::derive(&["an earlier alarm"])),
    };
    let acknowledged = LedgerAcknowledged {
        ledger: ledger(),
        alarm: alarmed.event_id(),
        decision,
    };
    vec![
        event(held.event_id(), None, Payload::JournalHeld(held)),
        event(
            released.event_id(),
            None,
            Payload::JournalReleased(released),
        ),
        event(retried.event_id(), None, Payload::JournalRetried(retried)),
        event(delayed.event_id(), None, Payload::JournalDelayed(delayed)),
        event(cleared.event_id(), None, Payload::GroupCleared(cleared)),
        event(alarmed.event_id(), None, Payload::LedgerAlarmed(alarmed)),
        event(
            acknowledged.event_id(),
            None,
            Payload::LedgerAcknowledged(acknowledged),
        ),
    ]
}
