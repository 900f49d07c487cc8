//! Orders and refunds.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use schemas::{OrderId, TaxLine};

use crate::{
    Client, Error, Line, Malformed, Order, OrderTax, Refund,
    json::{Fields, Read},
    transport::Call,
};

/// The most records that a call can answer, and what we ask for.
pub const PAGE: usize = 250;

/// How many orders' lines are fetched at once. No limit is published.
const AT_ONCE: usize = 4;

/// Which orders to list, up to [`PAGE`] of them. A filter that is `None` is not sent,
/// and dates are sent in whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderQuery {
    /// Last changed at this time or later.
    pub modified_from: Option<Timestamp>,
    /// Last changed at this time or earlier.
    pub modified_to: Option<Timestamp>,
    /// This id or a higher one.
    pub min_id: Option<OrderId>,
    /// This id or a lower one.
    pub max_id: Option<OrderId>,
    /// By id; otherwise by the time of the last change. Ascending.
    pub by_id: bool,
}

impl OrderQuery {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let sort = if self.by_id {
            "id:asc"
        } else {
            "date_modified:asc"
        };
        let mut parameters = vec![("sort", sort.to_owned()), ("limit", PAGE.to_string())];
        let mut add = |name, value: Option<String>| {
            parameters.extend(value.map(|value| (name, value)));
        };
        add("min_date_modified", self.modified_from.map(date));
        add("max_date_modified", self.modified_to.map(date));
        add("min_id", self.min_id.map(|id| id.to_string()));
        add("max_id", self.max_id.map(|id| id.to_string()));
        parameters.extend(whole());
        parameters
    }

    /// The filter that an order in the answer shows not to have been heeded: a
    /// filter that the API cannot read makes it answer all orders.
    fn ignored(&self, order: &Order) -> Option<&'static str> {
        // Dates are asked for in whole seconds.
        let second = |time: Timestamp| time.as_second();
        if self
            .modified_from
            .is_some_and(|from| second(order.modified) < second(from))
        {
            return Some("min_date_modified");
        }
        if self.min_id.is_some_and(|min| order.id < min) {
            return Some("min_id");
        }
        self.max_id
            .is_some_and(|max| order.id > max)
            .then_some("max_id")
    }
}

impl Client {
    /// Up to [`PAGE`] orders with all of their lines, in the order asked for.
    /// One that cannot be read does not hurt the others.
    pub async fn orders(&self, query: &OrderQuery) -> Result<Vec<Result<Order, Malformed>>, Error> {
        let parameters = query.parameters();
        let call = Call::get("list orders", "v2/orders", &parameters);
        let Some(body) = self.send(&call).await? else {
            return Ok(Vec::new());
        };
        let orders: Vec<_> = call.list(&body)?.into_iter().map(Order::read).collect();
        for order in orders.iter().flatten() {
            if let Some(filter) = query.ignored(order) {
                return Err(Error::FilterIgnored {
                    operation: call.operation,
                    path: format!("/{}", call.path),
                    filter,
                    order: order.id,
                });
            }
        }
        // Futures first: the compiler cannot see that a stream that makes them
        // from references may be sent between threads.
        let completed: Vec<_> = orders
            .into_iter()
            .map(|order| self.completed(order))
            .collect();
        stream::iter(completed)
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// One order with all of its lines.
    pub async fn order(&self, id: OrderId) -> Result<Result<Order, Malformed>, Error> {
        let parameters = whole();
        let call = Call::get("read an order", format!("v2/orders/{id}"), &parameters);
        let body = self.send(&call).await?.ok_or_else(|| call.missing())?;
        let order = Order::read(call.parse(&body)?).map_err(|malformed| Malformed {
            order: Some(id),
            ..malformed
        });
        self.completed(order).await
    }

    /// All lines of an order, however many.
    async fn order_products(&self, order: OrderId) -> Result<Result<Vec<Line>, Malformed>, Error> {
        let mut lines = Vec::new();
        for page in 1.. {
            let parameters = [("limit", PAGE.to_string()), ("page", page.to_string())];
            let path = format!("v2/orders/{order}/products");
            let call = Call::get("list an order's products", path, &parameters);
            let Some(body) = self.send(&call).await? else {
                break;
            };
            let records = call.list(&body)?;
            let count = records.len();
            let read: Read<Vec<_>> = records
                .into_iter()
                .map(|raw| Line::read(&Fields::record(raw)?))
                .collect();
            match read {
                Ok(read) => lines.extend(read),
                Err(malformed) => {
                    return Ok(Err(Malformed {
                        order: Some(order),
                        field: format!("products[{}].{}", lines.len(), malformed.field),
                        ..malformed
                    }));
                }
            }
            if count < PAGE {
                break;
            }
        }
        Ok(Ok(lines))
    }

    /// The tax of an order by rate (V2 `orders/{id}/taxes`): one call for each order,
    /// since no list has it.
    pub async fn order_taxes(
        &self,
        order: OrderId,
    ) -> Result<Result<Vec<TaxLine>, Malformed>, Error> {
        let mut taxes = Vec::new();
        for page in 1.. {
            let parameters = [
                ("details", "true".to_owned()),
                ("limit", PAGE.to_string()),
                ("page", page.to_string()),
            ];
            let path = format!("v2/orders/{order}/taxes");
            let call = Call::get("list an order's taxes", path, &parameters);
            let Some(body) = self.send(&call).await? else {
                break;
            };
            let records = call.list(&body)?;
            let count = records.len();
            for raw in records {
                match OrderTax::read(raw) {
                    Ok(tax) => taxes.push(tax.tax),
                    Err(malformed) => {
                        return Ok(Err(Malformed {
                            order: Some(order),
                            ..malformed
                        }));
                    }
                }
            }
            if count < PAGE {
                break;
            }
        }
        Ok(Ok(taxes))
    }

    /// The order with the lines that its answer left out: side-loaded lines end
    /// at 50 per consignment, and are sometimes not there at all.
    async fn completed(
        &self,
        order: Result<Order, Malformed>,
    ) -> Result<Result<Order, Malformed>, Error> {
        let order = match order {
            Ok(order) if order.lines_incomplete => order,
            other => return Ok(other),
        };
        Ok(match self.order_products(order.id).await? {
            Ok(lines) => Ok(order.with_lines(lines)),
            Err(malformed) => Err(Malformed {
                modified: Some(order.modified),
                body: Some(order.body),
                ..malformed
            }),
        })
    }

    /// All refunds of some orders. One that cannot be read does not hurt the others.
    pub async fn refunds_of(
        &self,
        orders: &[OrderId],
    ) -> Result<Vec<Result<Refund, Malformed>>, Error> {
        let mut refunds = Vec::new();
        for ids in orders.chunks(PAGE) {
            let query = [("order_id:in", joined(ids))];
            refunds.extend(self.all_refunds(&query).await?);
        }
        Ok(refunds)
    }

    /// All refunds created in the second of a time or later, in the order of their ids.
    pub async fn refunds_since(
        &self,
        created_from: Timestamp,
    ) -> Result<Vec<Result<Refund, Malformed>>, Error> {
        self.all_refunds(&[("created:min", whole_second(created_from))])
            .await
    }

    async fn all_refunds(
        &self,
        query: &[(&str, String)],
    ) -> Result<Vec<Result<Refund, Malformed>>, Error> {
        let mut refunds = Vec::new();
        let path = "v3/orders/payment_actions/refunds";
        self.v3_pages("list refunds", path, query, PAGE, |_, records| {
            refunds.extend(records.into_iter().map(Refund::read));
            Ok(())
        })
        .await?;
        Ok(refunds)
    }
}

/// What makes the answer a whole order, in the shape that is documented.
fn whole() -> Vec<(&'static str, String)> {
    vec![
        (
            "include",
            "consignments,consignments.line_items,fees".to_owned(),
        ),
        ("consignment_structure", "object".to_owned()),
    ]
}

/// V2's dates are RFC 2822, with an offset: one that it cannot read is ignored,
/// and it answers all orders.
fn date(time: Timestamp) -> String {
    // It can only fail for years outside of 0 to 9999.
    rfc2822::to_string(&time.to_zoned(TimeZone::UTC)).unwrap_or_else(|_| time.to_string())
}

/// V3's dates are RFC 3339. Those of refunds have no part of a second: one made
/// in the second that is asked from lies before any part of it.
fn whole_second(time: Timestamp) -> String {
    // No second of a timestamp is out of range.
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}

pub(crate) fn joined<T: std::fmt::Display>(ids: &[T]) -> String {
    ids.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_asked_for_in_whole_seconds() {
        let time: Timestamp = "2026-11-20T10:00:00.987654Z".parse().unwrap();
        assert_eq!(date(time), "Fri, 20 Nov 2026 10:00:00 +0000");
        assert_eq!(whole_second(time), "2026-11-20T10:00:00Z");
    }
}
