//! What a delivery is about. It is only a hint that something changed: what,
//! is fetched from the store.

use schemas::{OrderId, RefundId};
use serde_json::value::RawValue;

use crate::{Malformed, json::Fields};

/// A delivery's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// `stores/{hash}`, the store that it is from.
    pub producer: String,
    /// `store/order/updated`, and the like.
    pub scope: String,
    /// The same for all deliveries of one event; not a signature.
    pub hash: String,
    /// The record that it is about; its state has to be fetched.
    pub entity: Entity,
}

/// Which record changed, as far as accounting cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// An order changed, or a shipment or payment of it did.
    Order(OrderId),
    /// A refund of an order was made.
    Refund(OrderId, RefundId),
    /// Something else, such as a product or metafield.
    Other,
}

/// A body that is not a webhook's.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// It cannot be parsed at all.
    #[error("its body is not JSON")]
    Json(#[source] serde_json::Error),
    /// A field that every webhook has is missing or of another type.
    #[error("its body is not that of a webhook: {0}")]
    Shape(Malformed),
}

impl Notification {
    /// Reads the body of a delivery (webhooks.v3), of any scope.
    pub fn read(body: &[u8]) -> Result<Notification, NotificationError> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(NotificationError::Json)?;
        read(raw).map_err(NotificationError::Shape)
    }

    /// The hash of the store that it is from.
    pub fn store_hash(&self) -> &str {
        self.producer
            .strip_prefix("stores/")
            .unwrap_or(&self.producer)
    }
}

fn read(raw: &RawValue) -> Result<Notification, Malformed> {
    let fields = Fields::record(raw)?;
    let text = |name| fields.parsed(name, "a text", |text| Some(text.to_owned()));
    let scope = text("scope")?;
    let entity = match fields.object_or_none("data")? {
        Some(data) => entity(&scope, &data)?,
        None => Entity::Other,
    };
    Ok(Notification {
        producer: text("producer")?,
        scope,
        hash: fields.text("hash")?,
        entity,
    })
}

/// The order's id stands under another name in the webhooks of channels and
/// transactions (`order_id`) and of shipments (`orderId`).
fn entity(scope: &str, data: &Fields) -> Result<Entity, Malformed> {
    let of_order = scope.contains("/order/");
    if !of_order && !scope.starts_with("store/shipment/") || scope.contains("/metafield/") {
        return Ok(Entity::Other);
    }
    let name = ["orderId", "order_id", "id"]
        .into_iter()
        .find(|name| data.has(name))
        .unwrap_or("id");
    // Products have `…/inventory/order/updated`, with an id of their own.
    if scope.contains("/inventory/") {
        return Ok(Entity::Other);
    }
    let order = OrderId(data.count(name)?);
    Ok(match data.object_or_none("refund")? {
        Some(refund) => Entity::Refund(order, RefundId(refund.count("refund_id")?)),
        None => Entity::Order(order),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(scope: &str, data: &str) -> Result<Notification, NotificationError> {
        let body = format!(
            r#"{{"scope":"{scope}","store_id":"1025646","data":{data},"hash":"dd70","created_at":1561479335,"producer":"stores/abc"}}"#
        );
        Notification::read(body.as_bytes())
    }

    #[test]
    fn ids_stand_under_many_names() {
        let order = Entity::Order(OrderId(250));
        for (scope, data, expected) in [
            ("store/order/created", r#"{"type":"order","id":250}"#, order),
            (
                "store/order/statusUpdated",
                r#"{"type":"order","id":250,"status":{"new_status_id":3}}"#,
                order,
            ),
            (
                "store/channel/1/order/updated",
                r#"{"type":"order","order_id":250}"#,
                order,
            ),
            (
                "store/order/transaction/created",
                r#"{"order_id":"250","transaction_id":9}"#,
                order,
            ),
            (
                "store/shipment/created",
                r#"{"type":"shipment","id":12,"orderId":250}"#,
                order,
            ),
            (
                "store/order/refund/created",
                r#"{"type":"order","id":250,"refund":{"refund_id":7}}"#,
                Entity::Refund(OrderId(250), RefundId(7)),
            ),
            (
                "store/product/inventory/order/updated",
                r#"{"type":"product","id":1}"#,
                Entity::Other,
            ),
            (
                "store/order/metafield/created",
                r#"{"type":"metafield","resource_id":"250"}"#,
                Entity::Other,
            ),
            (
                "store/information/updated",
                r#"{"type":"store"}"#,
                Entity::Other,
            ),
        ] {
            assert_eq!(read(scope, data).unwrap().entity, expected, "{scope}");
        }
        assert_eq!(
            read("store/order/created", r#"{"id":1}"#)
                .unwrap()
                .store_hash(),
            "abc"
        );
    }

    #[test]
    fn a_body_of_something_else_says_what_is_missing() {
        assert!(matches!(
            Notification::read(b"<xml/>"),
            Err(NotificationError::Json(_))
        ));
        let error = Notification::read(b"{\"hello\":1}")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`scope`") && error.contains("missing"),
            "{error}"
        );
        let error = read("store/order/created", "{}").unwrap_err().to_string();
        assert!(error.contains("`data.id`"), "{error}");
    }
}
