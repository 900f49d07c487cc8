//! Refunds of the store, and those of some orders.

use jiff::Timestamp;
use schemas::OrderId;
use serde_json::value::RawValue;

use crate::{
    Client, Error, Malformed, PAGE, Refund,
    orders::joined,
    pages::{Form, Pages},
    transport::Call,
};

const PATH: &str = "v3/orders/payment_actions/refunds";
const OPERATION: &str = "list refunds";

/// Refunds as they were answered; one that cannot be read does not hurt the others.
type Refunds = Vec<Result<Refund, Malformed>>;

/// The store's refunds, page by page.
pub struct RefundPages<'a>(Pages<'a>);

impl RefundPages<'_> {
    /// The next page; none at the end.
    pub async fn next(&mut self) -> Result<Option<Refunds>, Error> {
        self.0.next(read).await
    }
}

impl Client {
    /// All refunds of some orders. Of an order whose refunds are more than what is read
    /// at once, one that is too large stands for them all.
    pub async fn refunds_of(&self, orders: &[OrderId]) -> Result<Refunds, Error> {
        let mut refunds = Vec::new();
        let mut parts: Vec<&[OrderId]> = orders.chunks(PAGE).rev().collect();
        while let Some(ids) = parts.pop() {
            match self.refunds_of_all(ids).await {
                Ok(read) => refunds.extend(read),
                Err(error) if error.is_too_large() => match ids {
                    [order] => refunds.push(Err(outsized(*order))),
                    _ => {
                        let (first, second) = ids.split_at(ids.len() / 2);
                        parts.extend([second, first]);
                    }
                },
                Err(error) => return Err(error),
            }
        }
        Ok(refunds)
    }

    async fn refunds_of_all(&self, orders: &[OrderId]) -> Result<Refunds, Error> {
        let query = [("order_id:in", joined(orders))];
        let mut refunds = Vec::new();
        let take = |call: &Call, records: Vec<&RawValue>| refunds.extend(read(call, records));
        self.each_page(OPERATION, PATH, &query, take).await?;
        Ok(refunds)
    }

    /// All refunds created in the second of a time or later, in the order of their ids.
    pub fn refunds_since(&self, created_from: Timestamp) -> RefundPages<'_> {
        let query = [("created:min", whole_second(created_from))];
        RefundPages(Pages::new(self, Form::V3, OPERATION, PATH, &query).one_by_one())
    }
}

fn read(_: &Call, records: Vec<&RawValue>) -> Refunds {
    records.into_iter().map(Refund::read).collect()
}

fn outsized(order: OrderId) -> Malformed {
    Malformed {
        order: Some(order),
        ..Malformed::too_large("refunds", "a list that can be read at once", "too long")
    }
}

/// V3's dates are RFC 3339. Those of refunds have no part of a second: one made
/// in the second that is asked from lies before any part of it.
fn whole_second(time: Timestamp) -> String {
    // No second of a timestamp is out of range.
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_asked_for_in_whole_seconds() {
        let time: Timestamp = "2026-11-20T10:00:00.987654Z".parse().unwrap();
        assert_eq!(whole_second(time), "2026-11-20T10:00:00Z");
    }
}
