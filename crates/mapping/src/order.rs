//! The target journal of an order.

use jiff::{Timestamp, civil::Date};
use schemas::{Journal, Mapped, OrderSnapshot, Recognition, Role};

use crate::{
    ENGINE, Problem,
    context::Context,
    deferral::earned,
    entries::Entries,
    parts::{Part, minor, parts},
    rules::{Discounts, Route, RuleSet},
    tax::{self, Division},
};

/// What the ledger should hold for an order: an empty journal if it does not count.
/// Fails if the rules give it no route or a part no account, or if its amounts
/// contradict each other: then it is parked.
pub fn map_order(order: &OrderSnapshot, rules: &RuleSet) -> Result<Mapped, Problem> {
    let route = route(order, rules)?;
    let recognition = rules.policy().recognition(order, &route.recognition);
    let sold = Context::order(order, day(order.created, route));
    let (counted, journal) = match recognition {
        Recognition::Recognised => (
            route.recognition.counted_from(order),
            entries(sold, rules, route)?.finish()?,
        ),
        Recognition::NotRecognised | Recognition::Hold => {
            (order.created, Journal::empty(order.currency))
        }
    };
    Ok(Mapped {
        entity: order.entity(),
        ledger: route.ledger.clone(),
        modified: order.modified,
        accounting_date: day(counted, route),
        change_date: day(order.modified, route),
        recognition,
        status: order.status,
        value: order.total.inc_tax,
        journal,
        conversion: route.conversion.clone(),
        summary: route.summary.clone(),
        rule_set: rules.digest().clone(),
        engine: ENGINE.to_owned(),
    })
}

/// The route of an order. Routes take effect at once, so the date is of no matter.
pub(crate) fn route<'a>(order: &OrderSnapshot, rules: &'a RuleSet) -> Result<&'a Route, Problem> {
    rules.route(&Context::order(order, Date::MIN))
}

/// The day in the time zone of the route's ledger.
///
/// Rules are those of the day of the sale: the day that an order came to count is
/// known only as that of its last change, and would take its accounts along.
pub(crate) fn day(time: Timestamp, route: &Route) -> Date {
    time.to_zoned(route.time_zone.clone()).date()
}

/// The lines of an order that counts.
pub(crate) fn entries<'a>(
    whole: Context<'a>,
    rules: &'a RuleSet,
    route: &'a Route,
) -> Result<Entries<'a>, Problem> {
    let order = whole.order;
    let parts = parts(order)?;
    let tax = minor(order.total.tax, order.currency)?;
    tax::check(order, rules, &parts, tax)?;

    let mut entries = Entries::new(rules, route, whole);
    tenders(&mut entries)?;
    for part in &parts {
        credit_part(part, &mut entries, rules, route)?;
    }
    for share in Division::of(whole, rules, route).shares(&parts, tax)? {
        entries.credit(Role::Tax, &share.context(whole), share.minor, &share.memo())?;
    }
    let residual = entries.balance();
    if residual.abs() > rules.policy().rounding_limit(&parts) {
        return Err(Problem::DoesNotClose {
            arithmetic: arithmetic(order, &parts, tax, residual),
        });
    }
    entries.credit(Role::Rounding, &whole, residual, "Rounding")?;
    Ok(entries)
}

/// Store credit and gift certificates are ways to pay; the rest is money due
/// from whoever handles the payment method.
fn tenders(entries: &mut Entries) -> Result<(), Problem> {
    let whole = entries.context;
    let order = whole.order;
    let in_minor = |amount| minor(amount, order.currency);
    let total = in_minor(order.total.inc_tax)?;
    let store_credit = in_minor(order.store_credit)?;
    let gift_certificate = in_minor(order.gift_certificate)?;
    let due = total - store_credit - gift_certificate;
    if due < 0 && total >= 0 {
        return Err(Problem::OverTendered {
            used: order.currency.minor(store_credit + gift_certificate),
            total: order.currency.minor(total),
            currency: order.currency,
        });
    }
    entries.debit(Role::Clearing, &whole, due, &order.payment_method)?;
    entries.debit(Role::StoreCredit, &whole, store_credit, "Store credit used")?;
    entries.debit(
        Role::GiftCertificate,
        &whole,
        gift_certificate,
        "Gift certificate used",
    )
}

/// A part on its accounts: what is earned, and what waits for its shipment.
fn credit_part<'a>(
    part: &Part<'a>,
    entries: &mut Entries<'a>,
    rules: &RuleSet,
    route: &Route,
) -> Result<(), Problem> {
    let context = part.context(entries.context);
    let memo = part.memo();
    let earned = earned(part, entries.context.order, route)?;
    let deferred = part.net() - earned.net();
    match rules.policy().discounts {
        Discounts::Separate => {
            entries.credit(part.role(), &context, earned.revenue, &memo)?;
            entries.debit(
                Role::Discount,
                &context,
                earned.discount,
                &format!("Discount on {memo}"),
            )?;
        }
        Discounts::Net => entries.credit(part.role(), &context, earned.net(), &memo)?,
    }
    entries.credit(
        Role::DeferredRevenue,
        &context,
        deferred,
        &format!("Not yet shipped: {memo}"),
    )
}

/// The sum that does not come out, part by part.
fn arithmetic(order: &OrderSnapshot, parts: &[Part], tax: i64, residual: i64) -> String {
    let money = |minor| order.currency.minor(minor).to_string();
    let mut terms: Vec<String> = Vec::new();
    for role in Role::ALL {
        let of_role = parts.iter().filter(|part| part.role() == role);
        let sum = of_role.map(Part::net).sum();
        if sum != 0 {
            terms.push(format!("{} {}", role.as_str(), money(sum)));
        }
    }
    format!(
        "{} + tax {} should be the total of {} {}, but {} is left over",
        terms.join(" + "),
        money(tax),
        order.total.inc_tax,
        order.currency,
        money(residual)
    )
}
