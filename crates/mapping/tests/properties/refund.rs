//! Refunds of every kind, of which the last takes all that the others left.

use proptest::prelude::*;
use rust_decimal::Decimal;
use schemas::{
    Amount, BroughtBy, Digest, Money, OrderLine, OrderSnapshot, RefundId, RefundItem,
    RefundPayment, RefundReceived, RefundSnapshot,
};

/// A refund before the last.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    kind: Kind,
    /// Which line or fee, and how much of it or of what is left, in per cent.
    which: usize,
    per_cent: u64,
    /// How far off the tax of the refund is from that of its share, in per cent.
    tax: u64,
    declined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Quantity,
    LineAmount,
    Adjusted,
    Shipping,
    Handling,
    Wrapping,
    Fee,
    Amount,
    TaxOnly,
    NegativeTax,
    Everything,
    Unknown,
}

pub(crate) fn plans() -> impl Strategy<Value = Vec<Plan>> {
    use Kind::*;
    let kinds = vec![
        Quantity,
        Quantity,
        LineAmount,
        Adjusted,
        Shipping,
        Handling,
        Wrapping,
        Fee,
        Amount,
        TaxOnly,
        NegativeTax,
        Everything,
        Unknown,
    ];
    let plan = (
        prop::sample::select(kinds),
        0usize..8,
        1u64..=100,
        0u64..=120,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(kind, which, per_cent, tax, declined)| Plan {
            kind,
            which,
            per_cent,
            tax,
            declined,
        });
    prop::collection::vec(plan, 0..5)
}

/// What of an order is still to refund, in minor units.
struct Left {
    total: i64,
    tax: i64,
    store_credit: i64,
    gift_certificate: i64,
}

/// The refunds of the plans, and one that completes the order, by an amount off
/// the order without its tax if that is imputed.
pub(crate) fn refunds(plans: &[Plan], order: &OrderSnapshot, imputed: bool) -> Vec<RefundReceived> {
    let mut left = Left::of(order);
    let mut refunds: Vec<RefundSnapshot> = plans
        .iter()
        .map(|plan| plan.refund(order, &mut left, imputed))
        .collect();
    let last = left.last(order, imputed);
    refunds.push(last);
    (0..refunds.len())
        .map(|index| received(&refunds, index, order))
        .collect()
}

/// One refund of all of the order.
pub(crate) fn in_full(order: &OrderSnapshot) -> RefundReceived {
    let refund = Left::of(order).last(order, false);
    received(&[refund], 0, order)
}

/// A refund of pieces of a line, by what they cost, of which so many per cent are
/// paid back.
pub(crate) fn of_pieces(
    order: &OrderSnapshot,
    index: usize,
    pieces: u64,
    paid_back: i64,
) -> RefundSnapshot {
    let line = &order.lines[index];
    let of = |all: i64| {
        let (pieces, quantity) = (pieces as i64, line.quantity as i64);
        all * pieces / quantity * paid_back / 100
    };
    let (total, tax) = (
        of(minor(gross(order, line), order)),
        of(minor(line.total.tax, order)),
    );
    let items = vec![item("PRODUCT", line.line, Some(pieces), None, order)];
    Left::of(order).take(total, tax.min(total), items, false, order)
}

/// What a line costs after discounts, with tax.
pub(crate) fn gross(order: &OrderSnapshot, line: &OrderLine) -> Amount {
    let off: Decimal = line.discounts.iter().map(|it| it.amount.decimal()).sum();
    let before = match order.tax_inclusive {
        true => line.total.inc_tax.decimal(),
        false => line.total.ex_tax.decimal() + line.total.tax.decimal(),
    };
    line.discounted_inc_tax
        .unwrap_or(Amount::from(before - off))
}

pub(crate) fn received(
    refunds: &[RefundSnapshot],
    index: usize,
    order: &OrderSnapshot,
) -> RefundReceived {
    let numbered = |index: usize| RefundSnapshot {
        refund: RefundId(1 + index as u64),
        ..refunds[index].clone()
    };
    RefundReceived {
        refund: numbered(index),
        order: order.clone(),
        earlier: (0..index).map(numbered).collect(),
        brought_by: BroughtBy::Webhook,
        body: Digest::of(b"refund"),
        state: None,
        follows: None,
    }
}

fn minor(amount: Amount, order: &OrderSnapshot) -> i64 {
    Money::round(amount, order.currency).expect("money").minor()
}

fn per_cent(value: i64, of: u64) -> i64 {
    value * i64::try_from(of).expect("a small number") / 100
}

impl Left {
    fn of(order: &OrderSnapshot) -> Left {
        Left {
            total: minor(order.total.inc_tax, order),
            tax: minor(order.total.tax, order),
            store_credit: minor(order.store_credit, order),
            gift_certificate: minor(order.gift_certificate, order),
        }
    }

    fn last(&mut self, order: &OrderSnapshot, imputed: bool) -> RefundSnapshot {
        let (total, tax) = (self.total, if imputed { 0 } else { self.tax });
        let items = match imputed {
            true => vec![item("ORDER", order.order.0, None, Some(total), order)],
            false => everything(order),
        };
        self.take(total, tax, items, false, order)
    }

    /// A refund of this much, first to store credit, then to gift certificates.
    fn take(
        &mut self,
        total: i64,
        tax: i64,
        items: Vec<RefundItem>,
        declined: bool,
        order: &OrderSnapshot,
    ) -> RefundSnapshot {
        let store_credit = total.min(self.store_credit).max(0);
        let gift_certificate = (total - store_credit).min(self.gift_certificate).max(0);
        let rest = total - store_credit - gift_certificate;
        if !declined {
            self.total -= total;
            self.tax -= tax;
            self.store_credit -= store_credit;
            self.gift_certificate -= gift_certificate;
        }
        let tenders = [
            ("storecredit", store_credit),
            ("giftcertificate", gift_certificate),
            ("stripe", rest),
        ];
        let tenders = tenders.into_iter();
        RefundSnapshot {
            refund: RefundId(0),
            order: order.order,
            created: "2026-11-05T15:00:00Z".parse().expect("a timestamp"),
            total: order.currency.minor(total).amount(),
            tax: order.currency.minor(tax).amount(),
            merchant_override: false,
            items,
            payments: tenders
                .filter(|(_, minor)| declined || *minor != 0)
                .map(|(provider, minor)| RefundPayment {
                    provider: provider.to_owned(),
                    amount: order.currency.minor(minor).amount(),
                    offline: false,
                    declined,
                })
                .collect(),
        }
    }
}

impl Plan {
    fn refund(&self, order: &OrderSnapshot, left: &mut Left, imputed: bool) -> RefundSnapshot {
        let total = per_cent(left.total, self.per_cent);
        let tax = per_cent(per_cent(left.tax, self.per_cent), self.tax).min(total);
        let line = &order.lines[self.which % order.lines.len()];
        let pieces = 1 + (line.quantity - 1) * self.per_cent / 100;
        let line =
            |quantity, requested| item("PRODUCT", line.line, Some(quantity), requested, order);
        let mut adjusted = line(pieces, None);
        adjusted.adjustments = vec![order.currency.minor(-1).amount()];
        let amount = item("ORDER", order.order.0, None, Some(total), order);
        let (total, tax, items) = match self.kind {
            Kind::Quantity => (total, tax, vec![line(pieces, None)]),
            Kind::LineAmount => (total, tax, vec![line(pieces, Some(total))]),
            Kind::Adjusted => (total, tax, vec![adjusted]),
            Kind::Shipping => (
                total,
                tax,
                vec![item("SHIPPING", 1, None, Some(total), order)],
            ),
            Kind::Handling => (total, tax, vec![item("HANDLING", 1, None, None, order)]),
            Kind::Wrapping => (
                total,
                tax,
                vec![item("GIFT_WRAPPING", 1, None, None, order)],
            ),
            Kind::Fee => match order.fees.get(self.which) {
                Some(fee) => (
                    total,
                    tax,
                    vec![item("FEE", fee.fee, None, Some(total), order)],
                ),
                None => (total, 0, vec![amount]),
            },
            Kind::Amount => (total, 0, vec![amount]),
            Kind::TaxOnly => (tax, tax, Vec::new()),
            Kind::NegativeTax if imputed => (total, 0, everything(order)),
            Kind::NegativeTax => (total, -tax, everything(order)),
            Kind::Everything => (total, tax, everything(order)),
            Kind::Unknown => (
                total,
                tax,
                vec![item("SURCHARGE", 7, None, Some(total), order)],
            ),
        };
        left.take(total, tax, items, self.declined, order)
    }
}

fn everything(order: &OrderSnapshot) -> Vec<RefundItem> {
    let lines = order.lines.iter();
    let lines = lines.map(|it| item("PRODUCT", it.line, Some(it.quantity), None, order));
    let charges = ["SHIPPING", "HANDLING", "GIFT_WRAPPING"];
    let charges = charges.map(|kind| item(kind, 1, None, None, order));
    let fees = order
        .fees
        .iter()
        .map(|it| item("FEE", it.fee, None, None, order));
    lines.chain(charges).chain(fees).collect()
}

fn item(
    kind: &str,
    item: u64,
    quantity: Option<u64>,
    requested: Option<i64>,
    order: &OrderSnapshot,
) -> RefundItem {
    RefundItem {
        kind: kind.to_owned(),
        item,
        quantity,
        requested: requested.map(|minor| order.currency.minor(minor).amount()),
        adjustments: Vec::new(),
    }
}
