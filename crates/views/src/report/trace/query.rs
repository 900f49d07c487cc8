//! What can be traced, and how it is named.

use std::{fmt, str::FromStr};

use schemas::{EntityKey, EventId, OrderId, StoreKey};

/// What is traced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceQuery {
    /// An order by its number alone, in whichever stores have it.
    Number(OrderId),
    /// An order or refund; for a refund, the life of its order.
    Entity(EntityKey),
    /// An event, by its id.
    Event(EventId),
    /// A journal, a summary of a day or a batch, by its name in the ledger.
    Name(String),
}

impl TraceQuery {
    /// The same, with an order that is given by its number alone as one of this store.
    pub fn in_store(self, store: &StoreKey) -> TraceQuery {
        match self {
            TraceQuery::Number(order) => TraceQuery::Entity(EntityKey::order(store.clone(), order)),
            TraceQuery::Entity(_) | TraceQuery::Event(_) | TraceQuery::Name(_) => self,
        }
    }
}

/// The text is nothing that can be traced.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` cannot be traced: give an order (1001 or us/1001), a refund (us/1001/refund/7), a journal (us-1001-1) or summary, a batch, or an event's id"
)]
pub struct TraceQueryError(String);

impl FromStr for TraceQuery {
    type Err = TraceQueryError;

    fn from_str(text: &str) -> Result<TraceQuery, TraceQueryError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TraceQueryError(text.to_owned()));
        }
        if let Ok(number) = text.parse() {
            return Ok(TraceQuery::Number(OrderId(number)));
        }
        if text.contains('/') {
            let entity = text.parse().map_err(|_| TraceQueryError(text.to_owned()))?;
            return Ok(TraceQuery::Entity(entity));
        }
        Ok(match text.parse() {
            Ok(id) => TraceQuery::Event(id),
            Err(_) => TraceQuery::Name(text.to_owned()),
        })
    }
}

impl fmt::Display for TraceQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TraceQuery::Number(order) => write!(f, "order {order}"),
            TraceQuery::Entity(entity) => write!(f, "{entity}"),
            TraceQuery::Event(id) => write!(f, "event {id}"),
            TraceQuery::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemas::RefundId;

    use super::*;

    #[test]
    fn a_number_is_an_order_of_the_store_that_is_named() {
        let (us, eu) = ("us".parse().unwrap(), "eu".parse().unwrap());
        let order = TraceQuery::Number(OrderId(1001)).in_store(&us);
        assert_eq!(order, "us/1001".parse().unwrap());
        assert_eq!(order.clone().in_store(&eu), order);
    }

    #[test]
    fn what_can_be_traced_is_told_by_its_form() {
        let query = |text: &str| text.parse::<TraceQuery>();
        assert_eq!(query("1001"), Ok(TraceQuery::Number(OrderId(1001))));
        let refund = EntityKey::refund("us".parse().unwrap(), OrderId(1001), RefundId(7));
        assert_eq!(query(" us/1001/refund/7 "), Ok(TraceQuery::Entity(refund)));
        let id = EventId::derive(&["x"]);
        assert_eq!(query(&id.to_string()), Ok(TraceQuery::Event(id)));
        assert_eq!(
            query("us-1001-1"),
            Ok(TraceQuery::Name("us-1001-1".to_owned()))
        );
        for bad in ["", "us/", "us/x", "us/1/refund", "US/1", "us/1/2/3/4"] {
            assert!(query(bad).is_err(), "{bad}");
        }
    }
}
