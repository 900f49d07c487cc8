//! A made-up version of old of `order.received`.

use serde::{Deserialize, Serialize};

use crate::{BroughtBy, Digest, OrderSnapshot, versions::Upcast};

/// `order.received`, with other names for its members.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderReceived {
    /// Now `order`.
    pub snapshot: OrderSnapshot,
    /// Now `brought_by`.
    pub source: BroughtBy,
    /// As it is now.
    pub body: Digest,
}

impl Upcast for OrderReceived {
    type Next = crate::OrderReceived;

    fn upcast(self) -> crate::OrderReceived {
        crate::OrderReceived {
            order: self.snapshot,
            brought_by: self.source,
            body: self.body,
            follows: None,
        }
    }
}

impl From<crate::OrderReceived> for OrderReceived {
    fn from(data: crate::OrderReceived) -> OrderReceived {
        OrderReceived {
            snapshot: data.order,
            source: data.brought_by,
            body: data.body,
        }
    }
}
