//! The target journal of a refund.
//!
//! The store says what was refunded in total and the tax in it, but neither per
//! item. So the items are first worth what they were worth in the order, and
//! are then scaled to the refund's own figures; what rounding leaves goes to
//! the last of them.

use rust_decimal::Decimal;
use schemas::{
    Journal, Role,
    v1::{Mapped, OrderSnapshot, Recognition, RefundItem, RefundReceived, RefundSnapshot},
};

use crate::{
    ENGINE, Problem,
    context::Context,
    entries::Entries,
    parts::{Item, Part, minor, parts, share},
    rules::{Route, RuleSet},
};

/// What the ledger should hold for a refund.
pub fn map_refund(received: &RefundReceived, rules: &RuleSet) -> Result<Mapped, Problem> {
    let RefundReceived { refund, order, .. } = received;
    let route = rules.route(&Context::order(order))?;
    // A refund that every payment provider declined moved no money.
    let declined = !refund.payments.is_empty() && refund.payments.iter().all(|p| p.declined);
    let (recognition, journal) = if declined {
        (Recognition::NotRecognised, Journal::empty(order.currency))
    } else {
        (
            Recognition::Recognised,
            journal(refund, order, rules, route)?,
        )
    };
    let date = refund.created.to_zoned(route.time_zone.clone()).date();
    Ok(Mapped {
        entity: received.entity(),
        ledger: route.ledger.clone(),
        modified: refund.created,
        accounting_date: date,
        change_date: date,
        recognition,
        status: order.status,
        value: refund.total,
        journal,
        rule_set: rules.digest().clone(),
        engine: ENGINE.to_owned(),
    })
}

/// What of a part is refunded, in minor units.
#[derive(Clone, Copy)]
struct Refunded<'a> {
    part: Part<'a>,
    revenue: i64,
    discount: i64,
}

fn journal(
    refund: &RefundSnapshot,
    order: &OrderSnapshot,
    rules: &RuleSet,
    route: &Route,
) -> Result<Journal, Problem> {
    let total = minor(refund.total, order.currency)?;
    let tax = minor(refund.tax, order.currency)?;
    let charged = minor(order.total.inc_tax, order.currency)?;
    if total > charged {
        return Err(Problem::RefundExceedsOrder {
            refund: order.currency.minor(total),
            total: order.currency.minor(charged),
            currency: order.currency,
        });
    }

    let whole = Context::order(order);
    let mut entries = Entries::new(rules, route, order);
    for refunded in split(refund, order, total - tax)? {
        let context = match refunded.part.item {
            Item::Line(line) => Context::line(order, line),
            _ => whole,
        };
        let memo = format!("Refund: {}", refunded.part.memo());
        entries.debit(refunded.part.role(), &context, refunded.revenue, &memo)?;
        entries.credit(Role::Discount, &context, refunded.discount, &memo)?;
    }
    entries.debit(Role::Tax, &whole, tax, "Refund: tax")?;
    let store_credit = paid_by(refund, order, "storecredit")?;
    let gift_certificate = paid_by(refund, order, "giftcertificate")?;
    entries.credit(
        Role::StoreCredit,
        &whole,
        store_credit,
        "Refund to store credit",
    )?;
    entries.credit(
        Role::GiftCertificate,
        &whole,
        gift_certificate,
        "Refund to gift certificate",
    )?;
    let memo = format!("Refund: {}", order.payment_method);
    entries.credit(
        Role::Clearing,
        &whole,
        total - store_credit - gift_certificate,
        &memo,
    )?;
    entries.finish()
}

fn paid_by(refund: &RefundSnapshot, order: &OrderSnapshot, provider: &str) -> Result<i64, Problem> {
    refund
        .payments
        .iter()
        .filter(|payment| payment.provider == provider && !payment.declined)
        .map(|payment| minor(payment.amount, order.currency))
        .sum()
}

/// The refunded parts, worth `net` minor units together.
fn split<'a>(
    refund: &RefundSnapshot,
    order: &'a OrderSnapshot,
    net: i64,
) -> Result<Vec<Refunded<'a>>, Problem> {
    if net == 0 {
        return Ok(Vec::new());
    }
    let parts = parts(order)?;
    let mut refunded = Vec::new();
    for item in &refund.items {
        refunded.extend(refunded_by(item, order, &parts)?);
    }
    if worth(&refunded) == 0 {
        // Items that say nothing of their worth: the whole order bears it.
        refunded = whole(&parts);
    }
    scale(&mut refunded, net, order)?;
    Ok(refunded)
}

fn worth(refunded: &[Refunded]) -> i64 {
    refunded.iter().map(|r| r.revenue - r.discount).sum()
}

fn whole<'a>(parts: &[Part<'a>]) -> Vec<Refunded<'a>> {
    let all = |part: &Part<'a>| Refunded {
        part: *part,
        revenue: part.revenue,
        discount: part.discount,
    };
    parts.iter().map(all).collect()
}

/// What one item of the refund takes of the order's parts.
fn refunded_by<'a>(
    item: &RefundItem,
    order: &OrderSnapshot,
    parts: &[Part<'a>],
) -> Result<Vec<Refunded<'a>>, Problem> {
    let unknown = || Problem::UnknownItem {
        kind: item.kind.clone(),
        item: item.item,
    };
    let find =
        |is: &dyn Fn(&Item) -> bool| parts.iter().find(|part| is(&part.item)).ok_or_else(unknown);
    let part = match item.kind.as_str() {
        "PRODUCT" => find(&|i| matches!(i, Item::Line(line) if line.line == item.item))?,
        "SHIPPING" => find(&|i| *i == Item::Shipping)?,
        "HANDLING" => find(&|i| *i == Item::Handling)?,
        "GIFT_WRAPPING" => find(&|i| *i == Item::Wrapping)?,
        "FEE" => find(&|i| matches!(i, Item::Fee(fee) if fee.fee == item.item))?,
        // An amount off the order, and kinds yet unknown, fall on all parts alike.
        _ => return part_of_all(item, order, parts),
    };
    let fraction = match part.item {
        Item::Line(line) => Fraction::of_quantity(item.quantity, line.quantity),
        _ => Fraction::WHOLE,
    };
    let fraction = fraction.adjusted(item, order, part)?;
    Ok(vec![Refunded {
        part: *part,
        revenue: share(part.revenue, fraction.numerator, fraction.denominator)?,
        discount: share(part.discount, fraction.numerator, fraction.denominator)?,
    }])
}

fn part_of_all<'a>(
    item: &RefundItem,
    order: &OrderSnapshot,
    parts: &[Part<'a>],
) -> Result<Vec<Refunded<'a>>, Problem> {
    let gross: i64 = parts.iter().map(Part::gross).sum();
    let mut refunded = whole(parts);
    let Some(requested) = item.requested.filter(|_| gross != 0) else {
        return Ok(refunded);
    };
    let requested = Decimal::from(minor(requested, order.currency)?);
    for r in &mut refunded {
        r.revenue = share(r.revenue, requested, gross.into())?;
        r.discount = share(r.discount, requested, gross.into())?;
    }
    Ok(refunded)
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
}

/// Scales the parts until they are worth `net`; the last one that is worth
/// anything takes what rounding leaves.
fn scale(refunded: &mut [Refunded], net: i64, order: &OrderSnapshot) -> Result<(), Problem> {
    let raw = worth(refunded);
    if raw == 0 {
        return Err(Problem::NothingToRefund {
            refund: order.currency.minor(net),
            currency: order.currency,
        });
    }
    if raw != net {
        for r in refunded.iter_mut() {
            r.revenue = share(r.revenue, net.into(), raw.into())?;
            r.discount = share(r.discount, net.into(), raw.into())?;
        }
    }
    let residual = net - worth(refunded);
    if let Some(last) = refunded.iter_mut().rev().find(|r| r.revenue != 0) {
        last.revenue += residual;
    }
    Ok(())
}
