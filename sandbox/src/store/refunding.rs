//! What a refund of an order amounts to, and what it does to the order.

use serde::{Deserialize, Serialize};

use super::order::{Line, Order, PaymentMethod};
use super::refund::{Refund, RefundItem, RefundItemKind};
use super::{Amount, status};

/// The kinds of refund the sandbox makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundKind {
    /// One unit of the first line that has any left.
    Line,
    /// All of the shipping cost.
    Shipping,
    /// A free amount without tax: a tenth of the order.
    Amount,
    /// Everything that is left.
    Full,
    /// A pure tax correction: no items.
    TaxAdjustment,
}

/// Why a refund cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// Nothing was paid, or everything was given back.
    #[error("the order has nothing left to refund")]
    NothingLeft,
    /// This kind does not fit the order.
    #[error("the order has nothing of that kind left to refund")]
    NotOfThatKind,
    /// The order's status forbids it.
    #[error("an order that is unpaid, cancelled or declined cannot be refunded")]
    NotPaid,
}

/// A refund that has not been given ids yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is given back.
    pub items: Vec<RefundItem>,
    /// Money given back.
    pub total: Amount,
    /// Tax within it.
    pub tax: Amount,
    /// How it is given back.
    pub payments: Vec<(PaymentMethod, Amount)>,
}

/// Works out a refund of `kind`, given what was refunded before.
///
/// # Errors
/// When the order is not paid or has nothing (of that kind) left.
pub fn draft(order: &Order, before: &[&Refund], kind: RefundKind) -> Result<Draft, RefundError> {
    if !is_refundable(order) {
        return Err(RefundError::NotPaid);
    }
    let left = Left::of(order, before);
    if left.total <= Amount::ZERO {
        return Err(RefundError::NothingLeft);
    }
    let (items, total, tax) = match kind {
        RefundKind::Line => line(order)?,
        RefundKind::Shipping => shipping(order, before)?,
        RefundKind::Amount => amount(order),
        RefundKind::Full => (everything(order, before), left.total, left.tax),
        RefundKind::TaxAdjustment => tax_adjustment(&left)?,
    };
    let total = total.min(left.total);
    if total <= Amount::ZERO {
        return Err(RefundError::NotOfThatKind);
    }
    Ok(Draft {
        items,
        total,
        tax: tax.min(left.tax).min(total),
        payments: payments(order, before, total),
    })
}

/// Paid, and not cancelled, declined or fully refunded.
#[must_use]
pub fn is_refundable(order: &Order) -> bool {
    matches!(
        order.payment_status,
        "paid" | "captured" | "partially refunded"
    ) && !matches!(order.status, status::INCOMPLETE | status::CANCELLED)
}

/// Marks the order as refunded by `refund`: units, status, payment status.
pub fn apply(order: &mut Order, refund: &Refund, all: &[&Refund]) {
    for item in &refund.items {
        let line = order.lines.iter_mut().find(|l| l.id == item.item_id);
        if let (RefundItemKind::Product, Some(line)) = (item.kind, line) {
            line.quantity_refunded += item.quantity;
        }
    }
    let refunded: Amount = all.iter().map(|r| r.total).sum();
    let full = refunded >= order.total.inc;
    order.status = if full {
        status::REFUNDED
    } else {
        status::PARTIALLY_REFUNDED
    };
    order.payment_status = if full {
        "refunded"
    } else {
        "partially refunded"
    };
    order.modified = refund.created;
}

struct Left {
    total: Amount,
    tax: Amount,
}

impl Left {
    fn of(order: &Order, before: &[&Refund]) -> Self {
        Self {
            total: order.total.inc - before.iter().map(|r| r.total).sum(),
            tax: order.total.tax - before.iter().map(|r| r.tax).sum(),
        }
    }
}

type Parts = (Vec<RefundItem>, Amount, Amount);

fn line(order: &Order) -> Result<Parts, RefundError> {
    let line = order
        .lines
        .iter()
        .find(|l| l.quantity > l.quantity_refunded)
        .ok_or(RefundError::NotOfThatKind)?;
    let item = RefundItem {
        kind: RefundItemKind::Product,
        item_id: line.id,
        quantity: 1,
        requested: None,
    };
    let gross = next_unit(line, line.discounted_total_inc_tax);
    let tax = next_unit(line, line.total.tax);
    Ok((vec![item], gross, tax))
}

/// The share of the next unit, so that all units together give the whole.
fn next_unit(line: &Line, whole: Amount) -> Amount {
    let upto = |units: u32| whole.scaled_to_cents(i64::from(units), i64::from(line.quantity));
    upto(line.quantity_refunded + 1) - upto(line.quantity_refunded)
}

fn shipping(order: &Order, before: &[&Refund]) -> Result<Parts, RefundError> {
    let cost = order.shipping.cost;
    if cost.inc.is_zero() || has_refunded(before, RefundItemKind::Shipping) {
        return Err(RefundError::NotOfThatKind);
    }
    let item = single(RefundItemKind::Shipping, order.delivery_id, cost.inc);
    Ok((vec![item], cost.inc, cost.tax))
}

fn amount(order: &Order) -> Parts {
    let amount = order.total.inc.scaled_to_cents(1, 10).max(Amount::cents(1));
    // A free amount carries no tax: the tax engine is not asked.
    let item = single(RefundItemKind::Order, order.id, amount);
    (vec![item], amount, Amount::ZERO)
}

fn tax_adjustment(left: &Left) -> Result<Parts, RefundError> {
    let tax = left.tax.scaled_to_cents(1, 5);
    if tax <= Amount::ZERO {
        return Err(RefundError::NotOfThatKind);
    }
    Ok((Vec::new(), tax, tax))
}

fn everything(order: &Order, before: &[&Refund]) -> Vec<RefundItem> {
    let mut items: Vec<RefundItem> = order
        .lines
        .iter()
        .filter(|l| l.quantity > l.quantity_refunded)
        .map(|l| RefundItem {
            kind: RefundItemKind::Product,
            item_id: l.id,
            quantity: l.quantity - l.quantity_refunded,
            requested: None,
        })
        .collect();
    for (kind, cost) in [
        (RefundItemKind::Shipping, order.shipping.cost.inc),
        (RefundItemKind::Handling, order.handling.cost.inc),
    ] {
        if !cost.is_zero() && !has_refunded(before, kind) {
            items.push(single(kind, order.delivery_id, cost));
        }
    }
    for line in &order.lines {
        if let Some(w) = &line.wrapping {
            items.push(single(RefundItemKind::GiftWrapping, line.id, w.cost.inc));
        }
    }
    for fee in &order.fees {
        items.push(single(RefundItemKind::Fee, fee.id, fee.charge.cost.inc));
    }
    items
}

fn single(kind: RefundItemKind, item_id: u32, amount: Amount) -> RefundItem {
    RefundItem {
        kind,
        item_id,
        quantity: 1,
        requested: Some(amount),
    }
}

fn has_refunded(before: &[&Refund], kind: RefundItemKind) -> bool {
    before
        .iter()
        .flat_map(|r| &r.items)
        .any(|item| item.kind == kind)
}

/// Gateway money first, then store credit, then gift certificates.
fn payments(order: &Order, before: &[&Refund], total: Amount) -> Vec<(PaymentMethod, Amount)> {
    let tenders = [
        (order.payment, order.money_due()),
        (PaymentMethod::StoreCredit, order.store_credit),
        (PaymentMethod::GiftCertificate, order.gift_certificate),
    ];
    let mut left = total;
    let mut payments = Vec::new();
    for (via, paid) in tenders {
        let given: Amount = before
            .iter()
            .flat_map(|r| &r.payments)
            .filter(|p| p.via == via)
            .map(|p| p.amount)
            .sum();
        let part = left.min(paid - given);
        if part > Amount::ZERO {
            payments.push((via, part));
            left -= part;
        }
    }
    payments
}
