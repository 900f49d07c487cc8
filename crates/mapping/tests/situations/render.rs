//! A situation as text: the order in figures, and each journal as a table.

use std::fmt::Write;

use schemas::{
    Account, Journal, Mapped, Money, OrderSnapshot, Recognition, RefundReceived, Side, Taxed,
};

use mapping::Problem;

use crate::ledger;

const STATUSES: [&str; 15] = [
    "incomplete",
    "pending",
    "shipped",
    "partially shipped",
    "refunded",
    "cancelled",
    "declined",
    "awaiting payment",
    "awaiting pickup",
    "awaiting shipment",
    "completed",
    "awaiting fulfilment",
    "manual verification",
    "disputed",
    "partially refunded",
];

/// The order as a heading, and in the figures that the store reports.
pub(crate) fn order(order: &OrderSnapshot) -> (String, String) {
    let mode = match order.tax_inclusive {
        true => "prices include tax",
        false => "tax on top of prices",
    };
    let heading = format!(
        "Order {} of store {}: {}, paid by {}, {}, {mode}",
        order.order,
        order.store,
        STATUSES[order.status as usize],
        order.payment_method,
        order.currency,
    );
    let mut text = format!(
        "{:<30} {:>12} {:>10} {:>12} {:>12}\n",
        "", "without tax", "tax", "with tax", "discounted"
    );
    for line in &order.lines {
        let name = format!("{} x {}", line.quantity, line.sku);
        let discounted = line
            .discounted_inc_tax
            .filter(|it| *it != line.total.inc_tax);
        text += &columns(order, &name, &line.total, discounted);
    }
    let charges = [
        ("Shipping", &order.shipping),
        ("Handling", &order.handling),
        ("Gift wrapping", &order.wrapping),
    ];
    let fees = order.fees.iter().map(|fee| ("Fee", &fee.cost));
    for (name, cost) in charges.into_iter().chain(fees) {
        if *cost != Taxed::default() {
            text += &columns(order, name, cost, None);
        }
    }
    text += &columns(order, "Total", &order.total, None);
    for (name, tender) in [
        ("paid by store credit", order.store_credit),
        ("paid by gift certificate", order.gift_certificate),
    ] {
        if !tender.is_zero() {
            _ = writeln!(
                text,
                "{:<30} {:>36}",
                format!("  {name}"),
                money(order, tender)
            );
        }
    }
    for tax in &order.taxes {
        let name = format!("  {} at {} %", tax.name, tax.rate);
        _ = writeln!(text, "{name:<30} {:>23}", money(order, tax.amount));
    }
    (heading, text)
}

/// The amount with all of its decimals, at least those of the currency.
fn money(order: &OrderSnapshot, amount: schemas::Amount) -> String {
    match Money::exact(amount, order.currency) {
        Ok(money) => money.to_string(),
        Err(_) => amount.to_string(),
    }
}

fn columns(
    order: &OrderSnapshot,
    name: &str,
    amounts: &Taxed,
    discounted: Option<schemas::Amount>,
) -> String {
    let row = format!(
        "{name:<30} {:>12} {:>10} {:>12} {:>12}",
        money(order, amounts.ex_tax),
        money(order, amounts.tax),
        money(order, amounts.inc_tax),
        discounted.map_or_else(String::new, |it| money(order, it))
    );
    format!("{}\n", row.trim_end())
}

/// A refund as the store reports it.
pub(crate) fn refund(received: &RefundReceived) -> String {
    let RefundReceived { order, refund, .. } = received;
    let mut text = format!(
        "Refund {}: {} {}, tax of it {}\n",
        refund.refund,
        money(order, refund.total),
        order.currency,
        money(order, refund.tax)
    );
    for item in &refund.items {
        let kind = item.kind.to_lowercase().replace('_', " ");
        _ = write!(text, "  {kind} {}", item.item);
        if let Some(quantity) = item.quantity {
            _ = write!(text, ", quantity {quantity}");
        }
        if let Some(requested) = item.requested {
            _ = write!(text, ", {} asked for", money(order, requested));
        }
        for adjustment in &item.adjustments {
            _ = write!(text, ", adjusted by {}", money(order, *adjustment));
        }
        text.push('\n');
    }
    for payment in &refund.payments {
        let outcome = if payment.declined { ", declined" } else { "" };
        let amount = money(order, payment.amount);
        _ = writeln!(text, "  paid by {}: {amount}{outcome}", payment.provider);
    }
    text
}

/// What the ledger should hold, or why nobody knows.
pub(crate) fn target(mapped: &Result<Mapped, Problem>) -> String {
    let mapped = match mapped {
        Ok(mapped) => mapped,
        Err(problem) => {
            return format!(
                "Parked ({}): {problem}.\nTo do: {}.\n",
                problem.code(),
                problem.remedy()
            );
        }
    };
    let mut text = match mapped.recognition {
        Recognition::NotRecognised => "Nothing to book: it does not count.\n".to_owned(),
        Recognition::Hold => "On hold: the books stay as they are.\n".to_owned(),
        Recognition::Recognised if mapped.journal.is_empty() => {
            "Nothing to book: it is worth nothing.\n".to_owned()
        }
        Recognition::Recognised => format!(
            "Journal in ledger {}, {}, {}\n\n{}",
            mapped.ledger,
            mapped.accounting_date,
            mapped.journal.currency(),
            journal(&mapped.journal)
        ),
    };
    if let Some(conversion) = &mapped.conversion {
        _ = match conversion.rate {
            Some(rate) => writeln!(text, "\nConverted by type {} at {rate}.", conversion.kind),
            None => writeln!(text, "\nConverted by type {}.", conversion.kind),
        };
    }
    text
}

fn journal(journal: &Journal) -> String {
    let mut text = row("account", "debit", "credit", "for", "by rule");
    for line in journal.lines() {
        let amount = line.amount.to_string();
        let (debit, credit) = match line.side {
            Side::Debit => (amount.as_str(), ""),
            Side::Credit => ("", amount.as_str()),
        };
        let account = line.account.to_string();
        text += &row(&account, debit, credit, &line.memo, &line.rule);
    }
    let total = journal.total().to_string();
    text + &row("", &total, &total, "", "")
}

fn row(account: &str, debit: &str, credit: &str, memo: &str, rule: &str) -> String {
    let row = format!("{account:<26} {debit:>11} {credit:>11}  {memo:<32} {rule}");
    format!("{}\n", row.trim_end())
}

/// Balances by account, debits positive.
pub(crate) fn balances(
    balances: &std::collections::BTreeMap<Account, i64>,
    currency: schemas::Currency,
) -> String {
    let rows = ledger::rows(balances, currency);
    rows.iter()
        .map(|[account, debit, credit]| row(account, debit, credit, "", ""))
        .collect()
}
