//! Orders, page by page or one by one.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};
use schemas::OrderId;

use crate::{
    Client, Error, Malformed, Order,
    bounds::PAGE,
    transport::{Call, ORDER_BYTES},
};

/// How many orders' lines are fetched at once: what they may have stays in memory together.
const AT_ONCE: usize = 2;
/// As many lines are held at once, or one order: a page ends with the order that
/// reaches it.
const LINES: usize = 10_000;
/// By what a page is made smaller when its answer is too large.
const SHRINK: usize = 16;

const PATH: &str = "v2/orders";
const LIST: &str = "list orders";

/// A part of a list of orders, from its beginning on.
#[derive(Debug, Default)]
pub struct OrderPage {
    /// The orders, with all of their lines.
    pub rows: Vec<Result<Order, Malformed>>,
    /// The list goes on: ask again from behind these.
    pub goes_on: bool,
}

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
    fn parameters(&self, most: usize) -> Vec<(&'static str, String)> {
        let sort = if self.by_id {
            "id:asc"
        } else {
            "date_modified:asc"
        };
        let mut parameters = vec![("sort", sort.to_owned()), ("limit", most.to_string())];
        let mut add = |name, value: Option<String>| {
            parameters.extend(value.map(|value| (name, value)));
        };
        add("min_date_modified", self.modified_from.map(date));
        add("max_date_modified", self.modified_to.map(date));
        add("min_id", self.min_id.map(|id| id.to_string()));
        add("max_id", self.max_id.map(|id| id.to_string()));
        parameters
    }

    /// The filter that the orders of an answer show not to have been heeded, and one of
    /// them: a filter that the API cannot read makes it answer all orders. A few that lie
    /// outside are what they are, and no reason to keep the others out.
    fn ignored_by(&self, orders: &[Result<Order, Malformed>]) -> Option<(&'static str, OrderId)> {
        let read = orders.iter().flatten();
        let outside: Vec<_> = read
            .clone()
            .filter_map(|order| Some((self.ignored(order)?, order.id)))
            .collect();
        let most_are = outside.len() * 2 >= read.count();
        outside.first().copied().filter(|_| most_are)
    }

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
    /// Up to [`PAGE`] orders with all of their lines, in the order asked for. One that
    /// cannot be read does not hurt the others.
    ///
    /// What is too large for one answer comes in smaller ones; an order that is too large
    /// by itself is one that cannot be read.
    pub async fn orders(&self, query: &OrderQuery) -> Result<OrderPage, Error> {
        let mut most = PAGE;
        loop {
            match self.orders_at_most(most, query).await {
                Err(error) if error.is_too_large() && most > 1 => most = (most / SHRINK).max(1),
                Err(error) if error.is_too_large() => return self.outsized(query).await,
                answered => return answered,
            }
        }
    }

    async fn orders_at_most(&self, most: usize, query: &OrderQuery) -> Result<OrderPage, Error> {
        let parameters = [query.parameters(most), whole()].concat();
        let call = Call::get(LIST, PATH, &parameters);
        let Some(body) = self.send(&call).await? else {
            return Ok(OrderPage::default());
        };
        let orders: Vec<_> = call.list(&body)?.into_iter().map(Order::read).collect();
        drop(body);
        let listed = orders.len();
        if let Some((filter, order)) = query.ignored_by(&orders) {
            return Err(Error::FilterIgnored {
                operation: call.operation,
                path: format!("/{}", call.path),
                filter,
                order,
            });
        }
        let rows = self.completed_rows(orders).await?;
        Ok(OrderPage {
            goes_on: listed >= most || rows.len() < listed,
            rows,
        })
    }

    /// The orders with all of their lines, as many as are held at once.
    async fn completed_rows(
        &self,
        orders: Vec<Result<Order, Malformed>>,
    ) -> Result<Vec<Result<Order, Malformed>>, Error> {
        // Futures first: the compiler cannot see that a stream that makes them
        // from references may be sent between threads.
        let completed: Vec<_> = orders
            .into_iter()
            .map(|order| self.completed(order))
            .collect();
        let mut completed = stream::iter(completed).buffered(AT_ONCE);
        let (mut rows, mut lines) = (Vec::new(), 0);
        while lines < LINES
            && let Some(row) = completed.try_next().await?
        {
            lines += row.as_ref().map_or(0, |order| order.lines.len());
            rows.push(row);
        }
        Ok(rows)
    }

    /// The first order of a list, which is too large to be read whole: which one it is.
    async fn outsized(&self, query: &OrderQuery) -> Result<OrderPage, Error> {
        let parameters = query.parameters(1);
        let call = Call::get(LIST, PATH, &parameters);
        let Some(body) = self.send(&call).await? else {
            return Ok(OrderPage::default());
        };
        let read = |raw| match Order::read(raw) {
            Ok(order) => Malformed {
                order: Some(order.id),
                modified: Some(order.modified),
                body: Some(order.body),
                ..too_large()
            },
            Err(malformed) => malformed,
        };
        let rows: Vec<_> = call.list(&body)?.into_iter().map(read).map(Err).collect();
        Ok(OrderPage {
            goes_on: !rows.is_empty(),
            rows,
        })
    }

    /// One order with all of its lines.
    pub async fn order(&self, id: OrderId) -> Result<Result<Order, Malformed>, Error> {
        let parameters = whole();
        let call = Call::get("read an order", format!("{PATH}/{id}"), &parameters);
        let call = call.at_most(ORDER_BYTES);
        let of_order = |malformed| Malformed {
            order: Some(id),
            ..malformed
        };
        let body = match self.send(&call).await {
            Err(error) if error.is_too_large() => return Ok(Err(of_order(too_large()))),
            answered => answered?.ok_or_else(|| call.missing())?,
        };
        let order = Order::read(call.parse(&body)?).map_err(of_order);
        drop(body);
        self.completed(order).await
    }
}

/// An order that is more than one answer may be.
fn too_large() -> Malformed {
    Malformed::too_large("", "an order that can be read at once", "too large")
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
    }
}
