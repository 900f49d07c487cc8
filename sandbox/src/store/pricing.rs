//! From the basket to the amounts: the arithmetic of an order.
//!
//! The identities are those of the documentation and of recorded orders: tax is
//! computed after discounts; a line's and the subtotal's totals stand before
//! discounts, their tax after; in a tax-inclusive store the inclusive column is
//! actual and the exclusive one an estimate, otherwise the reverse.

use super::Amount;
use super::order::{Charge, Jurisdiction, Line, Order, TaxClass, TaxRow, Taxable, Taxed};

/// One hundred percent in parts per million.
const WHOLE: i64 = 1_000_000;

/// How far a provider's header tax may stray from the lines before this
/// sandbox calls it unbelievable.
const STRAY_CENTS: i64 = 2;

/// Computes every derived amount of the order from its basket.
///
/// Tenders, statuses and transactions are left alone.
pub fn settle(order: &mut Order) {
    let mut taxes = Vec::new();
    let rates = &order.jurisdictions;
    for line in &mut order.lines {
        settle_line(line, rates, order.inclusive, &mut taxes);
    }
    settle_charge(
        &mut order.shipping,
        rates,
        order.inclusive,
        Taxable::Shipping,
        &mut taxes,
    );
    settle_charge(
        &mut order.handling,
        rates,
        order.inclusive,
        Taxable::Handling,
        &mut taxes,
    );
    order.wrapping = settle_wrapping(&mut order.lines, rates, order.inclusive, &mut taxes);
    for fee in &mut order.fees {
        // Fees have no line item type of their own in the tax rows.
        settle_charge(
            &mut fee.charge,
            rates,
            order.inclusive,
            Taxable::Handling,
            &mut Vec::new(),
        );
    }
    order.taxes = taxes;
    order.subtotal = subtotal(order);
    order.total = total(order);
}

fn settle_line(line: &mut Line, rates: &[Jurisdiction], inclusive: bool, taxes: &mut Vec<TaxRow>) {
    let rate = total_rate(rates, line.tax_class);
    let gross = line.unit_price.times(line.quantity);
    let discounted = gross - line.discount();
    let on = Taxable::Item(line.id);
    let tax = tax_on(discounted, rates, line.tax_class, inclusive, on, taxes);
    line.price = estimate(line.unit_price, rate, inclusive);
    line.total = estimate(gross, rate, inclusive);
    line.total.tax = tax;
    if inclusive {
        line.discounted_total_inc_tax = discounted;
    } else {
        line.discounted_total_inc_tax = discounted + tax;
        if line.discounts.is_empty() {
            line.total.inc = gross + tax;
        }
    }
}

/// Both columns of an amount entered in one of them, to four decimals.
fn estimate(entered: Amount, rate: i64, inclusive: bool) -> Taxed {
    let (ex, inc) = if inclusive {
        (entered.scaled(WHOLE, WHOLE + rate), entered)
    } else {
        (entered, entered + entered.scaled(rate, WHOLE))
    };
    Taxed {
        ex,
        inc,
        tax: inc - ex,
    }
}

/// The tax on an amount, each jurisdiction rounded to the cent.
fn tax_on(
    amount: Amount,
    rates: &[Jurisdiction],
    class: TaxClass,
    inclusive: bool,
    on: Taxable,
    taxes: &mut Vec<TaxRow>,
) -> Amount {
    let whole = if inclusive {
        WHOLE + total_rate(rates, class)
    } else {
        WHOLE
    };
    let mut sum = Amount::ZERO;
    for (jurisdiction, rate) in rates.iter().enumerate() {
        let amount = amount.scaled_to_cents(rate.rate(class), whole);
        sum += amount;
        if rate.rate(class) != 0 {
            taxes.push(TaxRow {
                jurisdiction,
                class,
                on,
                amount,
            });
        }
    }
    sum
}

fn settle_charge(
    charge: &mut Charge,
    rates: &[Jurisdiction],
    inclusive: bool,
    on: Taxable,
    taxes: &mut Vec<TaxRow>,
) {
    let taxed = rates.iter().all(|r| r.taxes_shipping);
    let class = if taxed {
        TaxClass::Standard
    } else {
        TaxClass::Exempt
    };
    let mut rows = Vec::new();
    let tax = tax_on(charge.base, rates, class, inclusive, on, &mut rows);
    if !charge.base.is_zero() {
        taxes.append(&mut rows);
    }
    charge.cost = from_tax(charge.base, tax, inclusive);
}

fn from_tax(entered: Amount, tax: Amount, inclusive: bool) -> Taxed {
    if inclusive {
        Taxed {
            ex: entered - tax,
            inc: entered,
            tax,
        }
    } else {
        Taxed {
            ex: entered,
            inc: entered + tax,
            tax,
        }
    }
}

fn settle_wrapping(
    lines: &mut [Line],
    rates: &[Jurisdiction],
    inclusive: bool,
    taxes: &mut Vec<TaxRow>,
) -> Charge {
    let mut sum = Charge::default();
    for line in lines {
        let Some(wrapping) = &mut line.wrapping else {
            continue;
        };
        let on = Taxable::Wrapping(line.id);
        let tax = tax_on(
            wrapping.base,
            rates,
            TaxClass::Standard,
            inclusive,
            on,
            taxes,
        );
        wrapping.cost = from_tax(wrapping.base, tax, inclusive);
        sum.base += wrapping.base;
        sum.cost += wrapping.cost;
    }
    sum
}

fn subtotal(order: &Order) -> Taxed {
    let mut sum = Taxed::default();
    for line in &order.lines {
        sum += line.total;
    }
    if order.external_tax {
        let whole = tax_on_the_whole(order);
        if (whole - sum.tax).to_cents().abs() <= STRAY_CENTS {
            sum.tax = whole;
        }
    }
    sum
}

/// Item tax computed once per jurisdiction and class instead of per line.
fn tax_on_the_whole(order: &Order) -> Amount {
    [TaxClass::Standard, TaxClass::Reduced]
        .into_iter()
        .map(|class| {
            let base = order
                .lines
                .iter()
                .filter(|l| l.tax_class == class)
                .map(|l| l.unit_price.times(l.quantity) - l.discount())
                .sum();
            let on = Taxable::Shipping;
            tax_on(
                base,
                &order.jurisdictions,
                class,
                order.inclusive,
                on,
                &mut Vec::new(),
            )
        })
        .sum()
}

fn total(order: &Order) -> Taxed {
    let mut beside = order.shipping.cost;
    beside += order.handling.cost;
    beside += order.wrapping.cost;
    for fee in &order.fees {
        beside += fee.charge.cost;
    }
    let discounts = order.discount_amount + order.coupon_discount;
    let tax = order.subtotal.tax + beside.tax;
    if order.inclusive {
        from_tax(order.subtotal.inc - discounts + beside.inc, tax, true)
    } else {
        from_tax(order.subtotal.ex - discounts + beside.ex, tax, false)
    }
}

fn total_rate(rates: &[Jurisdiction], class: TaxClass) -> i64 {
    rates.iter().map(|r| r.rate(class)).sum()
}
