//! What happened in a store, and the payload that says so.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::sign;
use crate::store::Profile;

/// Something that happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The order was created.
    Created,
    /// The order was changed.
    Updated,
    /// Its status went from one id to another.
    StatusUpdated(u8, u8),
    /// A refund was made.
    RefundCreated(u32),
}

/// A happening in a store.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// The store.
    pub profile: Profile,
    /// The order.
    pub order_id: u32,
    /// What happened.
    pub what: Happening,
    /// When.
    pub at: Timestamp,
}

impl Event {
    /// The webhook scope of the event.
    #[must_use]
    pub const fn scope(&self) -> &'static str {
        match self.what {
            Happening::Created => "store/order/created",
            Happening::Updated => "store/order/updated",
            Happening::StatusUpdated(..) => "store/order/statusUpdated",
            Happening::RefundCreated(_) => "store/order/refund/created",
        }
    }

    /// The refund, if the event is about one.
    #[must_use]
    pub const fn refund_id(&self) -> Option<u32> {
        match self.what {
            Happening::RefundCreated(id) => Some(id),
            _ => None,
        }
    }

    /// The payload for a hook of `scope`; hooks of one channel name the order differently.
    #[must_use]
    pub fn payload(&self, scope: &str) -> Value {
        let mut data = if scope.starts_with("store/channel/") {
            json!({"type": "order", "order_id": self.order_id})
        } else {
            json!({"type": "order", "id": self.order_id})
        };
        match self.what {
            Happening::StatusUpdated(previous, new) => {
                data["status"] = json!({"previous_status_id": previous, "new_status_id": new});
            }
            Happening::RefundCreated(refund) => data["refund"] = json!({"refund_id": refund}),
            Happening::Created | Happening::Updated => {}
        }
        let created_at = self.at.as_second();
        let producer = format!("stores/{}", self.profile.hash);
        let hash = sign::fingerprint(&format!("{producer} {} {data} {created_at}", self.scope()));
        json!({
            "scope": self.scope(),
            "store_id": self.profile.store_id.to_string(),
            "data": data,
            "hash": hash,
            "created_at": created_at,
            "producer": producer,
        })
    }
}
