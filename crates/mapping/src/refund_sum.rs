//! What is refunded of an order, part by part, by several refunds together.

use rust_decimal::Decimal;
use schemas::{OrderSnapshot, RefundItem, RefundSnapshot};

use crate::{
    Problem,
    parts::{Item, Part, allocate, minor, parts, share},
    rules::{Policy, RefundTax},
    tax::spread,
};

/// What is refunded, in minor units. Its parts, tax and rounding come to its total.
#[derive(Debug, Clone)]
pub(crate) struct RefundSum<'a> {
    /// The order's parts, each with what is refunded of it.
    pub parts: Vec<Part<'a>>,
    /// How many pieces of each part came back; none of a charge.
    pub pieces: Vec<u64>,
    pub tax: i64,
    pub rounding: i64,
    pub total: i64,
}

/// What these refunds come to together.
pub(crate) fn sum_up<'a>(
    refunds: &[&RefundSnapshot],
    order: &'a OrderSnapshot,
    policy: &Policy,
) -> Result<RefundSum<'a>, Problem> {
    let parts = parts(order)?;
    let charged = minor(order.total.inc_tax, order.currency)?;
    let order_tax = minor(order.total.tax, order.currency)?;
    let mut sum = RefundSum {
        parts: parts.iter().map(nothing_of).collect(),
        pieces: parts.iter().map(|part| pieces(part, refunds)).collect(),
        tax: 0,
        rounding: 0,
        total: 0,
    };
    for refund in refunds {
        add(&mut sum, refund, order, &parts, policy)?;
    }
    if sum.total > charged {
        return Err(Problem::RefundExceedsOrder {
            refund: order.currency.minor(sum.total),
            total: order.currency.minor(charged),
            currency: order.currency,
        });
    }
    let is_complete = !refunds.is_empty() && sum.total == charged && sum.tax == order_tax;
    if is_complete {
        let net: i64 = parts.iter().map(Part::net).sum();
        sum.rounding = charged - order_tax - net;
        sum.parts = parts;
    }
    Ok(sum)
}

fn pieces(part: &Part, refunds: &[&RefundSnapshot]) -> u64 {
    let Item::Line(line) = part.item else {
        return 0;
    };
    let pieces = refunds.iter().map(|refund| refund.pieces_of(line));
    pieces.fold(0, u64::saturating_add)
}

fn nothing_of<'a>(part: &Part<'a>) -> Part<'a> {
    Part {
        revenue: 0,
        discount: 0,
        tax: 0,
        ..*part
    }
}

/// Adds what one refund takes.
fn add<'a>(
    sum: &mut RefundSum<'a>,
    refund: &RefundSnapshot,
    order: &'a OrderSnapshot,
    parts: &[Part<'a>],
    policy: &Policy,
) -> Result<(), Problem> {
    let total = accepted(refund, order)?;
    let tax = tax_of(refund, total, sum, order, policy)?;
    let mut taken = split(refund, order, parts, total - tax)?;
    carry(&mut taken, tax, parts)?;
    for (part, more) in sum.parts.iter_mut().zip(taken) {
        part.revenue += more.revenue;
        part.discount += more.discount;
        part.tax += more.tax;
    }
    sum.tax += tax;
    sum.total += total;
    Ok(())
}

/// What was refunded: all of it, less what a payment provider declined.
fn accepted(refund: &RefundSnapshot, order: &OrderSnapshot) -> Result<i64, Problem> {
    let total = minor(refund.total, order.currency)?;
    let declined = refund.payments.iter().filter(|payment| payment.declined);
    declined
        .map(|payment| minor(payment.amount, order.currency))
        .try_fold(total, |left, declined| Ok(left - declined?))
}

/// The tax in a refund. Of one that was declined in part, in proportion. An
/// amount off the order is reported without tax; policy may impute it.
fn tax_of(
    refund: &RefundSnapshot,
    accepted: i64,
    before: &RefundSum,
    order: &OrderSnapshot,
    policy: &Policy,
) -> Result<i64, Problem> {
    let total = minor(refund.total, order.currency)?;
    let tax = minor(refund.tax, order.currency)?;
    let off_the_order =
        !refund.items.is_empty() && refund.items.iter().all(|item| item.kind == "ORDER");
    if tax == 0 && off_the_order && policy.refund_tax == RefundTax::Imputed {
        // Of what is left: so the amount that completes the order takes its tax.
        let left = minor(order.total.inc_tax, order.currency)? - before.total;
        let tax_left = minor(order.total.tax, order.currency)? - before.tax;
        return match left {
            0 => Ok(0),
            _ => share(accepted, tax_left.into(), left.into()),
        };
    }
    if accepted == total || total == 0 {
        return Ok(tax);
    }
    share(tax, accepted.into(), total.into())
}

/// What the refund takes of each part of the order, `net` minor units together.
fn split<'a>(
    refund: &RefundSnapshot,
    order: &OrderSnapshot,
    parts: &[Part<'a>],
    net: i64,
) -> Result<Vec<Part<'a>>, Problem> {
    let mut taken: Vec<Part> = parts.iter().map(nothing_of).collect();
    if net == 0 {
        return Ok(taken);
    }
    for item in &refund.items {
        take(item, order, parts, &mut taken)?;
    }
    if worth(&taken) == 0 {
        // Items that say nothing of their worth: the whole order bears it.
        taken = parts.to_vec();
    }
    scale(&mut taken, net, order)?;
    Ok(taken)
}

/// Lets the parts carry the refund's tax, in proportion to what is taken of them:
/// the store does not say it for each. Where that carries none, as in a correction
/// of tax alone, the order's parts bear it as they bear its tax.
fn carry(taken: &mut [Part], tax: i64, parts: &[Part]) -> Result<(), Problem> {
    let taxes = match spread(tax, taken)? {
        Some(taxes) => Some(taxes),
        None => spread(tax, parts)?,
    };
    for (index, part) in taken.iter_mut().enumerate() {
        part.tax = taxes.as_ref().map_or(0, |taxes| taxes[index]);
    }
    Ok(())
}

fn worth(parts: &[Part]) -> i64 {
    parts.iter().map(Part::net).sum()
}

/// Adds what one item of the refund takes of the order's parts.
fn take<'a>(
    item: &RefundItem,
    order: &OrderSnapshot,
    parts: &[Part<'a>],
    taken: &mut [Part<'a>],
) -> Result<(), Problem> {
    let index = match item.kind.as_str() {
        "PRODUCT" => find(
            parts,
            item,
            |it| matches!(it, Item::Line(line) if line.line == item.item),
        )?,
        "SHIPPING" => find(parts, item, |it| matches!(it, Item::Shipping))?,
        "HANDLING" => find(parts, item, |it| matches!(it, Item::Handling))?,
        "GIFT_WRAPPING" => find(parts, item, |it| matches!(it, Item::Wrapping))?,
        "FEE" => find(
            parts,
            item,
            |it| matches!(it, Item::Fee(fee) if fee.fee == item.item),
        )?,
        // An amount off the order, and kinds yet unknown, fall on all parts alike.
        _ => return take_of_all(item, order, parts, taken),
    };
    let part = &parts[index];
    let fraction = match part.item {
        Item::Line(line) => Fraction::of_quantity(item.quantity, line.quantity),
        _ => Fraction::WHOLE,
    };
    let fraction = fraction.adjusted(item, order, part)?;
    fraction.add_to(&mut taken[index], part)
}

fn find(parts: &[Part], item: &RefundItem, is: impl Fn(&Item) -> bool) -> Result<usize, Problem> {
    parts
        .iter()
        .position(|part| is(&part.item))
        .ok_or_else(|| Problem::UnknownItem {
            kind: item.kind.clone(),
            item: item.item,
        })
}

fn take_of_all<'a>(
    item: &RefundItem,
    order: &OrderSnapshot,
    parts: &[Part<'a>],
    taken: &mut [Part<'a>],
) -> Result<(), Problem> {
    let gross: i64 = parts.iter().map(Part::gross).sum();
    let fraction = match item.requested {
        Some(requested) if gross != 0 => Fraction {
            numerator: minor(requested, order.currency)?.into(),
            denominator: gross.into(),
        },
        _ => Fraction::WHOLE,
    };
    for (taken, part) in taken.iter_mut().zip(parts) {
        fraction.add_to(taken, part)?;
    }
    Ok(())
}

/// How much of a part is refunded.
struct Fraction {
    numerator: Decimal,
    denominator: Decimal,
}

impl Fraction {
    const WHOLE: Fraction = Fraction {
        numerator: Decimal::ONE,
        denominator: Decimal::ONE,
    };

    fn of_quantity(refunded: Option<u64>, ordered: u64) -> Fraction {
        match refunded {
            Some(refunded) if ordered > 0 => Fraction {
                numerator: refunded.into(),
                denominator: ordered.into(),
            },
            _ => Fraction::WHOLE,
        }
    }

    /// The amount that was asked for goes before the quantity; adjustments
    /// (negative) are what the merchant kept back. Both are with tax.
    fn adjusted(
        self,
        item: &RefundItem,
        order: &OrderSnapshot,
        part: &Part,
    ) -> Result<Fraction, Problem> {
        if part.gross() == 0 || (item.requested.is_none() && item.adjustments.is_empty()) {
            return Ok(self);
        }
        let mut gross = match item.requested {
            Some(requested) => minor(requested, order.currency)?,
            None => share(part.gross(), self.numerator, self.denominator)?,
        };
        for adjustment in &item.adjustments {
            gross += minor(*adjustment, order.currency)?;
        }
        Ok(Fraction {
            numerator: gross.into(),
            denominator: part.gross().into(),
        })
    }

    fn add_to(&self, taken: &mut Part, part: &Part) -> Result<(), Problem> {
        taken.revenue += share(part.revenue, self.numerator, self.denominator)?;
        taken.discount += share(part.discount, self.numerator, self.denominator)?;
        taken.tax += share(part.tax, self.numerator, self.denominator)?;
        Ok(())
    }
}

/// Scales the parts until they are worth `net`.
fn scale(taken: &mut [Part], net: i64, order: &OrderSnapshot) -> Result<(), Problem> {
    let raw = worth(taken);
    if raw == net {
        return Ok(());
    }
    let weights: Vec<i64> = taken.iter().map(Part::net).collect();
    let Some(nets) = allocate(net, &weights)? else {
        return Err(Problem::NothingToRefund {
            refund: order.currency.minor(net),
            currency: order.currency,
        });
    };
    for (part, net_of_part) in taken.iter_mut().zip(nets) {
        part.discount = share(part.discount, net.into(), raw.into())?;
        part.revenue = net_of_part + part.discount;
    }
    Ok(())
}
