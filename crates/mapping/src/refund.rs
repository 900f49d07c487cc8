//! The target journal of a refund.
//!
//! The store says what was refunded in total and the tax in it, but neither per
//! item. So the items are first worth what they were worth in the order, and are
//! then scaled to the refund's own figures.
//!
//! A refund is booked as the step from what the refunds before it took to what
//! it and they take together. So several refunds come to exactly what one refund
//! of the same would, and the one that completes the order takes what is left,
//! to the cent, rounding included.

use schemas::{Journal, Mapped, OrderSnapshot, Recognition, RefundReceived, RefundSnapshot, Role};

use crate::{
    ENGINE, Problem,
    context::Context,
    deferral::{earned, taken_of_earned},
    entries::Entries,
    order::{day, route},
    parts::{Part, minor, parts},
    refund_sum::{RefundSum, sum_up},
    rules::{Discounts, Route, RuleSet},
    tax::Division,
};

/// What the ledger should hold for a refund: an empty journal if it was declined, or
/// if its order is left out of the books. Fails as [`crate::map_order`] does, and if
/// the order does not have what the refund takes.
pub fn map_refund(received: &RefundReceived, rules: &RuleSet) -> Result<Mapped, Problem> {
    let RefundReceived { refund, order, .. } = received;
    let route = route(order, rules)?;
    let date = day(refund.created, route);
    let (recognition, journal) = if !counts(received, rules) {
        (Recognition::NotRecognised, Journal::empty(order.currency))
    } else {
        let whole = Context::order(order, date);
        (
            Recognition::Recognised,
            entries(received, whole, rules, route)?.finish()?,
        )
    };
    Ok(Mapped {
        entity: received.entity(),
        ledger: route.ledger.clone(),
        modified: received.modified(),
        accounting_date: date,
        change_date: day(received.modified(), route),
        recognition,
        status: order.status,
        value: refund.total,
        journal,
        conversion: route.conversion.clone(),
        summary: route.summary.clone(),
        rule_set: rules.digest().clone(),
        engine: ENGINE.to_owned(),
    })
}

/// Whether a refund is in the books. One that was declined moved no money, and
/// neither did one of an order that is left out, such as a test.
pub(crate) fn counts(received: &RefundReceived, rules: &RuleSet) -> bool {
    !received.refund.is_declined() && !rules.policy().excludes(&received.order)
}

/// The lines of a refund that counts. `now` is the order on the day of the
/// refund: what the sale booked is taken back by the rules of its own day, lest a
/// rule that changed since leave it on one account and take it from another.
pub(crate) fn entries<'a>(
    received: &'a RefundReceived,
    now: Context<'a>,
    rules: &'a RuleSet,
    route: &'a Route,
) -> Result<Entries<'a>, Problem> {
    let order = now.order;
    let earlier = received.earlier.iter().filter(|it| !it.is_declined());
    let mut refunds: Vec<&RefundSnapshot> = earlier.collect();
    let before = sum_up(&refunds, order, rules.policy())?;
    refunds.push(&received.refund);
    let with = sum_up(&refunds, order, rules.policy())?;

    let sold = Context::order(order, day(order.created, route));
    let mut entries = Entries::new(rules, route, sold);
    for (index, part) in parts(order)?.iter().enumerate() {
        let earned = earned(part, order, route)?;
        let of_earned = |all: &RefundSum<'a>| {
            taken_of_earned(part, &earned, &all.parts[index], all.pieces[index])
        };
        let step = Step {
            earned: of_earned(&with)?.less(&of_earned(&before)?),
            net: with.parts[index].net() - before.parts[index].net(),
        };
        debit_part(&step, now, &mut entries, rules)?;
    }
    let taxes = Division::of(sold, rules, route)
        .shares_since((&with.parts, with.tax), (&before.parts, before.tax))?;
    for share in taxes {
        let memo = format!("Refund: {}", share.memo());
        entries.debit(Role::Tax, &share.context(sold), share.minor, &memo)?;
    }
    let rounding = with.rounding - before.rounding;
    entries.debit(Role::Rounding, &sold, rounding, "Refund: rounding")?;
    tenders(
        &received.refund,
        with.total - before.total,
        now,
        &mut entries,
    )?;
    Ok(entries)
}

/// What a refund takes of a part.
struct Step<'a> {
    /// Of what was earned.
    earned: Part<'a>,
    /// Of that and of what waits for its shipment together.
    net: i64,
}

/// A refunded part, taken back from where the order booked it; from the account
/// of returns, where the rules have one.
fn debit_part<'a>(
    step: &Step<'a>,
    now: Context<'a>,
    entries: &mut Entries<'a>,
    rules: &RuleSet,
) -> Result<(), Problem> {
    let Step { earned, net } = step;
    let role = earned.role();
    let context = earned.context(entries.context);
    let returned = earned.context(now);
    let memo = format!("Refund: {}", earned.name());
    // A gift certificate taken back is a liability less, and no goods returned.
    if role == Role::Revenue && rules.has(Role::Returns, &returned) {
        entries.debit(Role::Returns, &returned, earned.net(), &memo)?;
    } else if rules.policy().discounts == Discounts::Net {
        entries.debit(role, &context, earned.net(), &memo)?;
    } else {
        entries.debit(role, &context, earned.revenue, &memo)?;
        entries.credit(Role::Discount, &context, earned.discount, &memo)?;
    }
    entries.debit(Role::DeferredRevenue, &context, net - earned.net(), &memo)
}

/// Where the money went: back to store credit or a gift certificate, the rest
/// the way it came.
fn tenders<'a>(
    refund: &RefundSnapshot,
    total: i64,
    now: Context<'a>,
    entries: &mut Entries<'a>,
) -> Result<(), Problem> {
    let store_credit = paid_by(refund, now.order, "storecredit")?;
    let gift_certificate = paid_by(refund, now.order, "giftcertificate")?;
    let rest = total - store_credit - gift_certificate;
    entries.credit(
        Role::StoreCredit,
        &now,
        store_credit,
        "Refund to store credit",
    )?;
    entries.credit(
        Role::GiftCertificate,
        &now,
        gift_certificate,
        "Refund to gift certificate",
    )?;
    let memo = format!("Refund: {}", now.order.payment_method);
    entries.credit(Role::Clearing, &now, rest, &memo)
}

fn paid_by(refund: &RefundSnapshot, order: &OrderSnapshot, provider: &str) -> Result<i64, Problem> {
    refund
        .payments
        .iter()
        .filter(|payment| payment.provider == provider && !payment.declined)
        .map(|payment| minor(payment.amount, order.currency))
        .sum()
}
