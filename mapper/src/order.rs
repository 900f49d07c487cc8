//! The target journal of an order.

use schemas::{
    Journal, Role,
    v1::{Mapped, OrderSnapshot, Recognition},
};

use crate::{
    ENGINE, Problem,
    context::Context,
    entries::Entries,
    parts::{Item, Part, minor, parts},
    rules::{Route, RuleSet},
};

/// What the ledger should hold for an order.
pub fn map_order(order: &OrderSnapshot, rules: &RuleSet) -> Result<Mapped, Problem> {
    let route = rules.route(&Context::order(order))?;
    let recognition = rules.policy().recognition(order.status);
    let journal = match recognition {
        Recognition::Recognised => journal(order, rules, route)?,
        Recognition::NotRecognised | Recognition::Hold => Journal::empty(order.currency),
    };
    let day = |instant: jiff::Timestamp| instant.to_zoned(route.time_zone.clone()).date();
    Ok(Mapped {
        entity: order.entity(),
        ledger: route.ledger.clone(),
        modified: order.modified,
        accounting_date: day(order.created),
        change_date: day(order.modified),
        recognition,
        status: order.status,
        value: order.total.inc_tax,
        journal,
        rule_set: rules.digest().clone(),
        engine: ENGINE.to_owned(),
    })
}

fn journal(order: &OrderSnapshot, rules: &RuleSet, route: &Route) -> Result<Journal, Problem> {
    let parts = parts(order)?;
    let tax = minor(order.total.tax, order.currency)?;
    check_tax(order, rules, &parts, tax)?;

    let whole = Context::order(order);
    let mut entries = Entries::new(rules, route, order);
    tenders(order, &mut entries)?;
    for part in &parts {
        let context = match part.item {
            Item::Line(line) => Context::line(order, line),
            _ => whole,
        };
        let memo = part.memo();
        entries.credit(part.role(), &context, part.revenue, &memo)?;
        entries.debit(
            Role::Discount,
            &context,
            part.discount,
            &format!("Discount on {memo}"),
        )?;
    }
    entries.credit(Role::Tax, &whole, tax, "Tax")?;
    let residual = entries.balance();
    if residual.abs() > rules.policy().rounding_limit(parts.len()) {
        return Err(Problem::DoesNotClose {
            arithmetic: arithmetic(order, &parts, tax, residual),
        });
    }
    entries.credit(Role::Rounding, &whole, residual, "Rounding")?;
    entries.finish()
}

/// Store credit and gift certificates are ways to pay; the rest is money due
/// from whoever handles the payment method.
fn tenders(order: &OrderSnapshot, entries: &mut Entries) -> Result<(), Problem> {
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
    let whole = Context::order(order);
    entries.debit(Role::Clearing, &whole, due, &order.payment_method)?;
    entries.debit(Role::StoreCredit, &whole, store_credit, "Store credit used")?;
    entries.debit(
        Role::GiftCertificate,
        &whole,
        gift_certificate,
        "Gift certificate used",
    )
}

/// The tax of the order must be that of its parts, but for rounding.
fn check_tax(
    order: &OrderSnapshot,
    rules: &RuleSet,
    parts: &[Part],
    tax: i64,
) -> Result<(), Problem> {
    let of_parts: i64 = parts.iter().map(|part| part.tax).sum();
    if (of_parts - tax).abs() <= rules.policy().rounding_limit(parts.len()) {
        return Ok(());
    }
    let money = |minor| order.currency.minor(minor);
    Err(Problem::TaxDoesNotClose {
        arithmetic: format!(
            "its parts carry {} of tax, its total says {} {}",
            money(of_parts),
            money(tax),
            order.currency
        ),
    })
}

/// The sum that does not come out, part by part.
fn arithmetic(order: &OrderSnapshot, parts: &[Part], tax: i64, residual: i64) -> String {
    let money = |minor| order.currency.minor(minor).to_string();
    let sum_of = |role| -> i64 {
        let of_role = parts.iter().filter(|part| part.role() == role);
        of_role.map(Part::net).sum()
    };
    let mut terms: Vec<String> = Vec::new();
    for role in Role::ALL {
        let sum = sum_of(role);
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
