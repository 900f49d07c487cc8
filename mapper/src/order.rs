//! The target journal of an order.

use jiff::civil::Date;
use schemas::{
    Journal, Role,
    v1::{LineKind, Mapped, OrderSnapshot, Recognition},
};

use crate::{
    ENGINE, Problem,
    context::Context,
    entries::Entries,
    parts::{Item, Part, minor, parts},
    rules::{Discounts, Route, RuleSet},
    tax,
};

/// The statuses in which an order has left the house as a whole: shipped, completed.
const SHIPPED: [u32; 2] = [2, 10];

/// What the ledger should hold for an order.
pub fn map_order(order: &OrderSnapshot, rules: &RuleSet) -> Result<Mapped, Problem> {
    let route = route(order, rules)?;
    let accounting_date = accounting_date(order, route);
    let recognition = rules.policy().recognition(order, &route.recognition);
    let journal = match recognition {
        Recognition::Recognised => {
            entries(Context::order(order, accounting_date), rules, route)?.finish()?
        }
        Recognition::NotRecognised | Recognition::Hold => Journal::empty(order.currency),
    };
    Ok(Mapped {
        entity: order.entity(),
        ledger: route.ledger.clone(),
        modified: order.modified,
        accounting_date,
        change_date: order.modified.to_zoned(route.time_zone.clone()).date(),
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
pub fn route<'a>(order: &OrderSnapshot, rules: &'a RuleSet) -> Result<&'a Route, Problem> {
    rules.route(&Context::order(order, Date::MIN))
}

/// The day of the sale in the time zone of its ledger.
pub fn accounting_date(order: &OrderSnapshot, route: &Route) -> Date {
    order.created.to_zoned(route.time_zone.clone()).date()
}

/// The lines of an order that counts.
pub fn entries<'a>(
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
    for share in tax::shares(order, route, tax)? {
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

/// What of a part is earned: all of it, or where revenue waits for the shipment,
/// as much of it as was shipped. Charges are earned with the last shipment.
pub fn earned<'a>(
    part: &Part<'a>,
    order: &OrderSnapshot,
    route: &Route,
) -> Result<Part<'a>, Problem> {
    if !route.recognition.deferred_until_shipment || SHIPPED.contains(&order.status) {
        return Ok(*part);
    }
    match part.item {
        // Nothing is shipped of these: they are delivered with the payment.
        Item::Line(line) if line.kind != LineKind::Physical => Ok(*part),
        Item::Line(line) => part.fraction(line.quantity_shipped, line.quantity),
        _ if is_shipped(order) => Ok(*part),
        _ => part.fraction(0, 1),
    }
}

fn is_shipped(order: &OrderSnapshot) -> bool {
    let physical = order
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Physical);
    physical
        .into_iter()
        .all(|line| line.quantity_shipped >= line.quantity)
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
