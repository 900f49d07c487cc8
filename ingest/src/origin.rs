//! What brought records here, and the states that are told of it.

use std::collections::BTreeMap;

use bigcommerce::Order;
use jiff::Timestamp;
use schemas::{BroughtBy, EntityKey, EventId, OrderId, OrderReceived, OrderSnapshot};

use crate::{
    draft::Draft,
    events::{self, Obstacle},
};

/// What brought records here: the way, and the webhook for each order.
pub(crate) struct Origin<'a> {
    pub by: BroughtBy,
    pub causes: &'a BTreeMap<OrderId, EventId>,
    /// What [`crate::intake::Intake::ask`] gave out before the store was asked.
    pub asked: u64,
}

impl Origin<'_> {
    /// The state of an order that could be read.
    pub(crate) fn received(&self, snapshot: OrderSnapshot, order: &Order) -> Draft {
        let received = OrderReceived {
            order: snapshot,
            brought_by: self.by,
            body: order.body.clone(),
            follows: None,
        };
        events::order(received, self.causes.get(&order.id).copied())
    }

    /// The state of an order or refund that cannot be taken in.
    pub(crate) fn parked(&self, entity: EntityKey, obstacle: &Obstacle, now: Timestamp) -> Draft {
        let cause = self.causes.get(&entity.order).copied();
        events::parked(entity, obstacle, cause, now)
    }
}
