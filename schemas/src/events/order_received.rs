//! `order.received`: a state of an order in the store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::Definition;
use crate::{About, BroughtBy, Digest, EventId, OrderSnapshot, Reader, StoreKey, Writer, words};

/// An order as accounting needs it, and what brought it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderReceived {
    /// The order.
    pub order: OrderSnapshot,
    /// How it came here.
    pub brought_by: BroughtBy,
    /// SHA-256 of the order as the store answered it.
    pub body: Digest,
    /// The event of the order's state before this one, read or parked by ingest:
    /// absent for the first, and in events from before it was noted. It is part of
    /// the event's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<EventId>,
}

impl OrderReceived {
    /// The id of the fact: this order in this state after that one, whatever brought
    /// it. A state that comes back follows another than the first time.
    pub fn event_id(&self) -> EventId {
        let order = self.order.order.to_string();
        let state = self.order.digest().to_string();
        let follows = self.follows.map(|id| id.to_string());
        let store = self.order.store.as_str();
        let mut parts = vec!["order.received", store, &order, &state];
        // Not an empty part where there is none: ids of old must stay.
        parts.extend(follows.as_deref());
        EventId::derive(&parts)
    }
}

/// The mark of `order.received`.
#[derive(Debug)]
pub enum Kind {}

impl Definition for Kind {
    type Data = OrderReceived;
    type Key = StoreKey;

    const TYPE: &'static str = "order.received";
    const TITLE: &'static str = "An accounting snapshot of an order, complete in itself";
    #[cfg(feature = "test-versions")]
    const OLDER: &'static [crate::Older<OrderReceived>] = &[crate::Older {
        version: 0,
        read: crate::versions::read_previous::<crate::v0::OrderReceived>,
    }];
    const WRITERS: &'static [Writer] = &[Writer::Ingest];
    const READERS: &'static [Reader] = &[Reader::Mapper, Reader::Ingest];

    fn key(data: &OrderReceived) -> &StoreKey {
        &data.order.store
    }

    fn about(data: &OrderReceived) -> About {
        About::Entity(data.order.entity())
    }

    fn id(data: &OrderReceived, _cause: Option<EventId>) -> EventId {
        data.event_id()
    }

    fn summary(data: &OrderReceived) -> String {
        let order = &data.order;
        format!(
            "order of {} in status {} with {} lines, changed {}, read after a {}",
            words::money(order.total.inc_tax, order.currency),
            order.status,
            order.lines.len(),
            order.modified,
            words::brought_by(data.brought_by),
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<crate::example::Example<OrderReceived>> {
        vec![example().into()]
    }
}

#[cfg(test)]
pub(super) fn example() -> OrderReceived {
    OrderReceived {
        order: crate::example::order(),
        brought_by: BroughtBy::Webhook,
        body: Digest::of(b"order"),
        follows: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_state_has_the_id_that_it_had_before_it_was_noted_what_it_follows() {
        let received = example();
        let state = received.order.digest().to_string();
        let of_old = EventId::derive(&["order.received", "us", "1001", &state]);
        assert_eq!(received.event_id(), of_old);
    }

    #[test]
    fn a_state_that_comes_back_is_another_event() {
        let first = example();
        let after = |id: EventId| OrderReceived {
            follows: Some(id),
            ..example()
        };
        let second = after(first.event_id());
        let third = after(second.event_id());
        let ids = [&first, &second, &third].map(OrderReceived::event_id);
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
        // Whatever brings it.
        let polled = OrderReceived {
            brought_by: BroughtBy::Poll,
            ..second
        };
        assert_eq!(polled.event_id(), ids[1]);
    }
}
