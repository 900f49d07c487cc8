//! Whole orders by their numbers, in as few calls as will do.

use std::collections::{BTreeMap, BTreeSet};

use bigcommerce::{Client, Error, Malformed, Order, OrderQuery, PAGE};
use futures::{StreamExt, TryStreamExt, stream};
use schemas::{OrderId, TaxLine, causes};

use crate::events::Obstacle;

/// How many calls run at once. The API publishes no limit for orders.
const AT_ONCE: usize = 4;
/// As many lines are held at once, or one order.
const LINES: usize = 10_000;
/// From how many neighbours on one list call is better than a call for each.
const NEIGHBOURS: usize = 3;

/// An order as it was fetched, or why it could not be taken in.
pub(crate) type Fetched = Result<Order, Obstacle>;

/// A call that fetches some of the orders wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    One(OrderId),
    /// All orders with numbers from the first to the last: one page of a list.
    Range(OrderId, OrderId),
}

/// Fetches some of the orders wanted, as many as are held at once, and takes them off
/// `wanted`. An error means that nothing is known and it should be tried again; an order
/// that is there but cannot be taken in is an [`Obstacle`].
pub(crate) async fn orders(
    client: &Client,
    wanted: &mut BTreeSet<OrderId>,
) -> Result<Vec<(OrderId, Fetched)>, Error> {
    let mut found: BTreeMap<OrderId, Fetched> = BTreeMap::new();
    let mut singles: BTreeSet<OrderId> = BTreeSet::new();
    for call in plan(wanted) {
        if lines(&found) >= LINES {
            break;
        }
        match call {
            Call::One(id) => {
                singles.insert(id);
            }
            Call::Range(first, last) => {
                let listed = range(client, first, last).await?;
                found.extend(listed.into_iter().filter(|(id, _)| wanted.contains(id)));
                // Lists leave out some orders (archived ones, for example).
                let near = wanted.range(first..=last);
                singles.extend(near.filter(|id| !found.contains_key(id)));
            }
        }
    }
    let fetches: Vec<_> = singles.into_iter().map(|id| one(client, id)).collect();
    let mut fetches = stream::iter(fetches).buffer_unordered(AT_ONCE);
    while lines(&found) < LINES
        && let Some((id, fetched)) = fetches.try_next().await?
    {
        found.insert(id, fetched);
    }
    wanted.retain(|id| !found.contains_key(id));
    Ok(found.into_iter().collect())
}

/// How many lines these orders have together.
fn lines(found: &BTreeMap<OrderId, Fetched>) -> usize {
    let whole = found.values().flatten();
    whole.map(|order| order.lines.len()).sum()
}

fn plan(ids: &BTreeSet<OrderId>) -> Vec<Call> {
    let ids: Vec<OrderId> = ids.iter().copied().collect();
    let mut calls = Vec::new();
    let mut rest = ids.as_slice();
    while let Some(&first) = rest.first() {
        let page = |id: &OrderId| id.0 - first.0 < PAGE as u64;
        let (near, further) = rest.split_at(rest.partition_point(page));
        if near.len() >= NEIGHBOURS {
            calls.push(Call::Range(first, near[near.len() - 1]));
            rest = further;
        } else {
            calls.push(Call::One(first));
            rest = &rest[1..];
        }
    }
    calls
}

async fn range(
    client: &Client,
    first: OrderId,
    last: OrderId,
) -> Result<Vec<(OrderId, Fetched)>, Error> {
    let query = OrderQuery {
        min_id: Some(first),
        max_id: Some(last),
        by_id: true,
        ..OrderQuery::default()
    };
    let orders = match client.orders(&query).await {
        Ok(page) => page.rows,
        Err(error) if error.is_of_the_store() => return Err(error),
        Err(error) => {
            // One by one, so that whatever spoils the list spoils only itself.
            tracing::warn!(error = %causes(&error), "a list of orders could not be read, fetching them one by one");
            Vec::new()
        }
    };
    Ok(orders
        .into_iter()
        .filter_map(|order| match order {
            Ok(order) => Some((order.id, Ok(order))),
            // One without a legible number is fetched by itself.
            Err(malformed) => Some((malformed.order?, Err(Obstacle::Malformed(malformed)))),
        })
        .collect())
}

async fn one(client: &Client, id: OrderId) -> Result<(OrderId, Fetched), Error> {
    let fetched = match client.order(id).await {
        Ok(order) => order.map_err(Obstacle::Malformed),
        Err(error) => Err(obstacle(error)?),
    };
    Ok((id, fetched))
}

/// The tax by rate of each order.
pub(crate) async fn taxes(
    client: &Client,
    orders: &[&Order],
) -> Result<BTreeMap<OrderId, Result<Vec<TaxLine>, Obstacle>>, Error> {
    let fetches: Vec<_> = orders
        .iter()
        .map(async |order| {
            let taxes = match client.order_taxes(order.id).await {
                Ok(taxes) => taxes.map_err(|malformed| {
                    Obstacle::Malformed(Malformed {
                        modified: Some(order.modified),
                        body: Some(order.body.clone()),
                        ..malformed
                    })
                }),
                Err(error) => Err(obstacle(error)?),
            };
            Ok((order.id, taxes))
        })
        .collect();
    stream::iter(fetches)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// What an error says of the record that was asked for; the error itself if it
/// says nothing of it.
fn obstacle(error: Error) -> Result<Obstacle, Error> {
    match error {
        error if error.is_not_found() => Ok(Obstacle::NotFound),
        error if error.is_of_the_store() => Err(error),
        // Without the answer's text: it is kept for ever, and may say anything.
        Error::Status { status, .. } => Ok(Obstacle::Refused(format!(
            "the store answered {status} when it was read"
        ))),
        error => Ok(Obstacle::Unreadable(causes(&error).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(ids: &[u64]) -> Vec<Call> {
        plan(&ids.iter().copied().map(OrderId).collect())
    }

    #[test]
    fn neighbours_share_a_call() {
        let (one, range) = (
            |id| Call::One(OrderId(id)),
            |a, b| Call::Range(OrderId(a), OrderId(b)),
        );
        assert_eq!(calls(&[]), []);
        assert_eq!(calls(&[5]), [one(5)]);
        assert_eq!(calls(&[5, 6]), [one(5), one(6)]);
        assert_eq!(calls(&[5, 6, 7]), [range(5, 7)]);
        // 250 numbers fit a page; the next begins another.
        assert_eq!(
            calls(&[1, 2, 250, 251, 252, 500]),
            [range(1, 250), range(251, 500)]
        );
        assert_eq!(
            calls(&[1, 9000, 9001, 9002, 90000]),
            [one(1), range(9000, 9002), one(90000)]
        );
    }
}
