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

use schemas::{
    Journal, Role,
    v1::{Mapped, OrderSnapshot, Recognition, RefundReceived, RefundSnapshot},
};

use crate::{
    ENGINE, Problem,
    context::Context,
    entries::Entries,
    order::{earned, route},
    parts::{Item, Part, minor},
    rules::{Discounts, Route, RuleSet},
    taken::{Taken, taken},
    tax,
};

/// What the ledger should hold for a refund.
pub fn map_refund(received: &RefundReceived, rules: &RuleSet) -> Result<Mapped, Problem> {
    let RefundReceived { refund, order, .. } = received;
    let route = route(order, rules)?;
    let date = refund.created.to_zoned(route.time_zone.clone()).date();
    let (recognition, journal) = if is_declined(refund) {
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
        modified: refund.created,
        accounting_date: date,
        change_date: date,
        recognition,
        status: order.status,
        value: refund.total,
        journal,
        conversion: route.conversion.clone(),
        rule_set: rules.digest().clone(),
        engine: ENGINE.to_owned(),
    })
}

/// A refund that every payment provider declined moved no money.
pub fn is_declined(refund: &RefundSnapshot) -> bool {
    !refund.payments.is_empty() && refund.payments.iter().all(|payment| payment.declined)
}

/// The lines of a refund that was not declined.
pub fn entries<'a>(
    received: &'a RefundReceived,
    whole: Context<'a>,
    rules: &'a RuleSet,
    route: &'a Route,
) -> Result<Entries<'a>, Problem> {
    let order = whole.order;
    let before: Vec<&RefundSnapshot> = received
        .earlier
        .iter()
        .filter(|it| !is_declined(it))
        .collect();
    let mut with = before.clone();
    with.push(&received.refund);
    let policy = rules.policy();
    let step = taken(&with, order, policy)?.less(&taken(&before, order, policy)?);

    let mut entries = Entries::new(rules, route, whole);
    for part in &step.parts {
        debit_part(part, &mut entries, rules, route)?;
    }
    for share in tax::shares(order, route, step.tax)? {
        let memo = format!("Refund: {}", share.memo());
        entries.debit(Role::Tax, &share.context(whole), share.minor, &memo)?;
    }
    entries.debit(Role::Rounding, &whole, step.rounding, "Refund: rounding")?;
    tenders(&received.refund, &step, &mut entries)?;
    Ok(entries)
}

/// A refunded part, taken back from where the order booked it; from the account
/// of returns, where the rules have one.
fn debit_part<'a>(
    part: &Part<'a>,
    entries: &mut Entries<'a>,
    rules: &RuleSet,
    route: &Route,
) -> Result<(), Problem> {
    let whole = entries.context;
    let context = part.context(whole);
    let memo = format!("Refund: {}", part.memo());
    let earned = earned(part, whole.order, route)?;
    let deferred = part.net() - earned.net();
    let returns = matches!(part.item, Item::Line(_)) && rules.has(Role::Returns, &context);
    if returns {
        entries.debit(Role::Returns, &context, earned.net(), &memo)?;
    } else if rules.policy().discounts == Discounts::Net {
        entries.debit(part.role(), &context, earned.net(), &memo)?;
    } else {
        entries.debit(part.role(), &context, earned.revenue, &memo)?;
        entries.credit(Role::Discount, &context, earned.discount, &memo)?;
    }
    entries.debit(Role::DeferredRevenue, &context, deferred, &memo)
}

/// Where the money went: back to store credit or a gift certificate, the rest
/// the way it came.
fn tenders(refund: &RefundSnapshot, step: &Taken, entries: &mut Entries) -> Result<(), Problem> {
    let whole = entries.context;
    let store_credit = paid_by(refund, whole.order, "storecredit")?;
    let gift_certificate = paid_by(refund, whole.order, "giftcertificate")?;
    let rest = step.total - store_credit - gift_certificate;
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
    let memo = format!("Refund: {}", whole.order.payment_method);
    entries.credit(Role::Clearing, &whole, rest, &memo)
}

fn paid_by(refund: &RefundSnapshot, order: &OrderSnapshot, provider: &str) -> Result<i64, Problem> {
    refund
        .payments
        .iter()
        .filter(|payment| payment.provider == provider && !payment.declined)
        .map(|payment| minor(payment.amount, order.currency))
        .sum()
}
