//! Revenue that waits for its shipment, whatever is shipped and refunded.

use proptest::prelude::*;
use schemas::{LineKind, Mapped, Money, OrderSnapshot, RefundSnapshot, Role};

use crate::{ON_SHIPMENT, credits, map_order, map_refund, order, refund};

/// A refund of pieces: of which line, how many, and per cent of their worth that
/// are paid back.
type Pieces = (usize, u64, i64);

fn pieces() -> impl Strategy<Value = Vec<Pieces>> {
    prop::collection::vec((0usize..5, 1u64..9, 50i64..=100), 0..6)
}

/// Pieces that come back of those the line has left, by a refund of its own each.
fn called_off(order: &OrderSnapshot, wanted: &[Pieces], rest: bool) -> Vec<RefundSnapshot> {
    let mut left: Vec<u64> = order.lines.iter().map(|line| line.quantity).collect();
    let mut refunds = Vec::new();
    let mut take = |index: usize, pieces: u64, per_cent: i64, left: &mut Vec<u64>| {
        let pieces = pieces.min(left[index]);
        if pieces > 0 {
            left[index] -= pieces;
            refunds.push(refund::of_pieces(order, index, pieces, per_cent));
        }
    };
    for (index, pieces, per_cent) in wanted {
        take(index % order.lines.len(), *pieces, *per_cent, &mut left);
    }
    if rest {
        for (index, line) in order.lines.iter().enumerate() {
            let shipped = line.quantity_shipped.min(left[index]);
            take(index, left[index] - shipped, 100, &mut left);
        }
    }
    refunds
}

/// What is left on the account of deferred revenue, in minor units; `None` if
/// something is parked.
fn waiting(order: &OrderSnapshot, refunds: &[RefundSnapshot]) -> Option<i64> {
    let mut order = order.clone();
    for line in &mut order.lines {
        line.quantity_refunded = refunds.iter().map(|it| it.pieces_of(line)).sum();
    }
    let mapped = map_order(&order, &ON_SHIPMENT.rules).ok()?;
    let deferred = |mapped: &Mapped| credits(mapped, |it| it.role == Role::DeferredRevenue);
    let mut waiting = deferred(&mapped);
    for index in 0..refunds.len() {
        let received = refund::received(refunds, index, &order);
        waiting += deferred(&map_refund(&received, &ON_SHIPMENT.rules).ok()?);
    }
    Some(waiting)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn nothing_waits_once_each_piece_was_shipped_or_came_back(
        plan in order::plan(),
        wanted in pieces(),
    ) {
        let mut order = plan.order();
        // The store does not say by its status that all of it was shipped.
        order.status = 14;
        let refunds = called_off(&order, &wanted, true);
        if let Some(waiting) = waiting(&order, &refunds) {
            prop_assert_eq!(waiting, 0, "{:?}", refunds);
        }
    }

    #[test]
    fn nothing_waits_once_the_store_says_that_all_was_shipped(
        plan in order::plan(),
        wanted in pieces(),
        by_status in any::<bool>(),
    ) {
        let mut order = plan.order();
        order.status = 14;
        match by_status {
            true => order.status = 2,
            false => order.shipped = Some(order.modified),
        }
        let refunds = called_off(&order, &wanted, false);
        if let Some(waiting) = waiting(&order, &refunds) {
            prop_assert_eq!(waiting, 0);
        }
    }

    #[test]
    fn no_more_is_taken_than_waits(plan in order::plan(), wanted in pieces()) {
        let mut order = plan.order();
        order.status = 3;
        let refunds = called_off(&order, &wanted, false);
        if let Some(waiting) = waiting(&order, &refunds) {
            prop_assert!(waiting >= 0, "{waiting}");
        }
        // And it does wait: what is physical and was not shipped.
        let unshipped = |it: &&schemas::OrderLine| it.quantity_shipped == 0 && it.kind == LineKind::Physical;
        let is_worth = order.lines.iter().filter(unshipped).any(|line| {
            let gross = Money::round(refund::gross(&order, line), order.currency).unwrap().minor();
            let tax = Money::round(line.total.tax, order.currency).unwrap().minor();
            gross - tax > 0
        });
        if let (true, Some(waiting)) = (is_worth, self::waiting(&order, &[])) {
            prop_assert!(waiting > 0);
        }
    }
}
