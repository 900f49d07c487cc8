//! What of an order is earned, and what waits for its shipment.
//!
//! A refund takes first what waits: a piece that comes back counts as one that was
//! not shipped, as long as there are such. When each piece was shipped or came back,
//! the refunds have taken all that waited, and what the merchant kept of it is
//! earned. So nothing waits any more then, whatever came first.

use schemas::{LineKind, OrderLine, OrderSnapshot};

use crate::{
    Problem,
    parts::{Item, Part, share},
    rules::Route,
};

/// The statuses in which an order has left the house as a whole: shipped, completed.
const SHIPPED: [u32; 2] = [2, 10];

/// What of a part is earned: all of it, or where revenue waits for the shipment,
/// as much of it as was shipped. Charges are earned with the last shipment.
pub(crate) fn earned<'a>(
    part: &Part<'a>,
    order: &OrderSnapshot,
    route: &Route,
) -> Result<Part<'a>, Problem> {
    if !route.recognition.deferred_until_shipment || has_left(order) {
        return Ok(*part);
    }
    match part.item {
        // Nothing is shipped of these: they are delivered with the payment.
        Item::Line(line) if line.kind != LineKind::Physical => Ok(*part),
        Item::Line(line) => part.fraction(line.quantity_shipped, line.quantity),
        _ if order
            .lines
            .iter()
            .all(|line| is_done(line, line.quantity_refunded)) =>
        {
            Ok(*part)
        }
        _ => part.fraction(0, 1),
    }
}

/// What refunds that took `taken` of a part, and brought back so many pieces of it,
/// have taken of what is `earned` of it.
pub(crate) fn taken_of_earned<'a>(
    part: &Part<'a>,
    earned: &Part<'a>,
    taken: &Part<'a>,
    pieces: u64,
) -> Result<Part<'a>, Problem> {
    let waiting = part.net() - earned.net();
    if (earned.revenue, earned.discount) == (part.revenue, part.discount) {
        return Ok(*taken);
    }
    let is_done = matches!(part.item, Item::Line(line) if pieces > 0 && is_done(line, pieces));
    let of_waiting = match is_done {
        true => waiting,
        false => taken.net().clamp(waiting.min(0), waiting.max(0)),
    };
    let net = taken.net() - of_waiting;
    // In the proportion that it was earned in, so that all of it is all of both;
    // where discounts took all that was earned, in that of what is refunded.
    let revenue = match (earned.net(), part.revenue) {
        (0, 0) => net,
        (0, all) => net + share(earned.revenue, taken.revenue.into(), all.into())?,
        (all, _) => share(earned.revenue, net.into(), all.into())?,
    };
    Ok(Part {
        revenue,
        discount: revenue - net,
        ..*taken
    })
}

/// The store says so, by its status or, where a refund has changed that, by the
/// day it was shipped on: the API sets that once all of it was.
fn has_left(order: &OrderSnapshot) -> bool {
    SHIPPED.contains(&order.status) || order.shipped.is_some()
}

/// Nothing of the line is still to be shipped, of which so many pieces came back.
fn is_done(line: &OrderLine, refunded: u64) -> bool {
    line.kind != LineKind::Physical
        || line.quantity_shipped.saturating_add(refunded) >= line.quantity
}
