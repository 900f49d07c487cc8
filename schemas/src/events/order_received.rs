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
}

impl OrderReceived {
    /// The id of the fact: this order in this state, whatever brought it.
    pub fn event_id(&self) -> EventId {
        EventId::derive(&[
            "order.received",
            self.order.store.as_str(),
            &self.order.order.to_string(),
            &self.order.digest().to_string(),
        ])
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
    const READERS: &'static [Reader] = &[Reader::Mapper];

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
    }
}
