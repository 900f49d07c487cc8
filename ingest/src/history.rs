//! The refunds that orders have had.

use std::collections::{BTreeMap, BTreeSet};

use bigcommerce::{Client, Error, Malformed, Refund};
use schemas::{Amount, OrderId, RefundId, RefundSnapshot};

/// Partially refunded and refunded: the statuses that say that there are refunds.
const REFUNDED: [u32; 2] = [4, 14];

/// All refunds of some orders.
#[derive(Default)]
pub(crate) struct History {
    orders: BTreeMap<OrderId, BTreeMap<RefundId, Refund>>,
    /// Refunds that are there and cannot be read, with the orders they say.
    unreadable: Vec<Malformed>,
}

impl History {
    /// Asks for all refunds of these orders.
    pub(crate) async fn read(
        client: &Client,
        orders: &BTreeSet<OrderId>,
    ) -> Result<History, Error> {
        let orders: Vec<OrderId> = orders.iter().copied().collect();
        Ok(History::of(client.refunds_of(&orders).await?))
    }

    fn of(refunds: Vec<Result<Refund, Malformed>>) -> History {
        let mut history = History::default();
        for refund in refunds {
            match refund {
                Ok(refund) => {
                    let order = history.orders.entry(refund.snapshot.order).or_default();
                    order.insert(refund.snapshot.refund, refund);
                }
                Err(malformed) => history.unreadable.push(malformed),
            }
        }
        history
    }

    /// Every refund, in the order of their orders and ids.
    pub(crate) fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.orders.values().flat_map(BTreeMap::values)
    }

    /// Those that cannot be read.
    pub(crate) fn unreadable(&self) -> &[Malformed] {
        &self.unreadable
    }

    /// The order's refunds before this one, by their ids; or the one of them that
    /// cannot be read.
    pub(crate) fn before(
        &self,
        refund: &RefundSnapshot,
    ) -> Result<Vec<RefundSnapshot>, &Malformed> {
        let is_before = |it: &&Malformed| it.refund.is_none_or(|id| id < refund.refund);
        if let Some(malformed) = self.unreadable_of(refund.order).find(is_before) {
            return Err(malformed);
        }
        let all = self.of_order(refund.order);
        let earlier = all.take_while(|it| it.refund < refund.refund);
        Ok(earlier.cloned().collect())
    }

    /// What the order's refunds come to without those that were declined, where
    /// its status tells of some; none where it does not or where one cannot be read.
    pub(crate) fn refunded(&self, order: OrderId, status: u32) -> Option<Amount> {
        if !tells_of_refunds(status) || self.unreadable_of(order).next().is_some() {
            return None;
        }
        self.of_order(order)
            .filter(|refund| !refund.is_declined())
            .try_fold(Amount::ZERO, |sum, refund| sum.checked_add(refund.total))
    }

    /// The order's refunds, in the order of their ids.
    pub(crate) fn of_order(&self, order: OrderId) -> impl Iterator<Item = &RefundSnapshot> {
        let refunds = self.orders.get(&order).into_iter();
        refunds.flat_map(BTreeMap::values).map(|it| &it.snapshot)
    }

    /// One that does not even say its order may be any order's.
    fn unreadable_of(&self, order: OrderId) -> impl Iterator<Item = &Malformed> {
        let is_of = move |it: &&Malformed| it.order.is_none_or(|id| id == order);
        self.unreadable.iter().filter(is_of)
    }
}

/// Whether an order of this status has refunds, as far as the store knows.
pub(crate) fn tells_of_refunds(status: u32) -> bool {
    REFUNDED.contains(&status)
}

#[cfg(test)]
mod tests {
    use schemas::{Digest, RefundPayment};

    use super::*;

    fn refund(id: u64, total: &str, declined: bool) -> RefundSnapshot {
        RefundSnapshot {
            refund: RefundId(id),
            order: OrderId(7),
            created: "2026-11-05T10:00:00Z".parse().unwrap(),
            total: total.parse().unwrap(),
            tax: Amount::ZERO,
            merchant_override: false,
            items: Vec::new(),
            payments: vec![RefundPayment {
                provider: "stripe".to_owned(),
                amount: total.parse().unwrap(),
                offline: false,
                declined,
            }],
        }
    }

    fn history(unreadable: Vec<Malformed>) -> History {
        let refunds = [
            refund(9, "5", false),
            refund(3, "2.50", false),
            refund(4, "1", true),
        ];
        let read = refunds.map(|snapshot| {
            let body = Digest::of(b"refund");
            Ok(Refund { snapshot, body })
        });
        let unreadable = unreadable.into_iter().map(Err);
        History::of(read.into_iter().chain(unreadable).collect())
    }

    fn unreadable(order: Option<u64>, refund: Option<u64>) -> Malformed {
        Malformed {
            order: order.map(OrderId),
            refund: refund.map(RefundId),
            ..Malformed::default()
        }
    }

    fn before(history: &History, id: u64) -> Option<Vec<u64>> {
        let earlier = history.before(&refund(id, "1", false)).ok()?;
        Some(earlier.iter().map(|it| it.refund.0).collect())
    }

    #[test]
    fn those_before_are_those_with_lower_ids() {
        let history = history(Vec::new());
        assert_eq!(before(&history, 3).unwrap(), [0u64; 0]);
        assert_eq!(before(&history, 9).unwrap(), [3, 4]);
    }

    #[test]
    fn declined_ones_are_no_part_of_what_was_refunded() {
        let history = history(Vec::new());
        let refunded = |order, status| history.refunded(OrderId(order), status);
        assert_eq!(refunded(7, 14), Some("7.5".parse().unwrap()));
        assert_eq!(refunded(7, 11), None);
        // The status says so, and there is none.
        assert_eq!(refunded(8, 4), Some(Amount::ZERO));
    }

    #[test]
    fn with_one_that_cannot_be_read_nothing_is_claimed() {
        let late = history(vec![unreadable(Some(7), Some(5))]);
        assert_eq!(before(&late, 3).unwrap(), [0u64; 0]);
        assert_eq!(before(&late, 9), None);
        assert_eq!(late.refunded(OrderId(7), 4), None);
        assert_eq!(late.refunded(OrderId(8), 4), Some(Amount::ZERO));
        let anyones = history(vec![unreadable(None, None)]);
        assert_eq!(anyones.refunded(OrderId(8), 4), None);
    }
}
