//! An order cut into the parts that are booked, each in minor units.
//!
//! How the amounts of an order relate, as BigCommerce reports them: a line's
//! `total` is before discounts, its tax after them, and `discounted_inc_tax`
//! after them and with tax. So in either price mode
//!
//! ```text
//! net      = discounted_inc_tax − tax
//! discount = total.ex_tax − net
//! ```
//!
//! where `total.ex_tax` is the store's estimate if prices include tax: without
//! any discount it is not used at all, lest a cent of estimate become one.

use rust_decimal::Decimal;
use schemas::{Amount, Currency, Fee, LineKind, Money, OrderLine, OrderSnapshot, Role, Taxed};

use crate::{Problem, context::Context};

/// What a part is of the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item<'a> {
    Line(&'a OrderLine),
    Shipping,
    Handling,
    Wrapping,
    Fee(&'a Fee),
}

/// A part and what it is worth, in minor units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub item: Item<'a>,
    /// Before discounts, without tax.
    pub revenue: i64,
    /// What discounts took of it, without tax.
    pub discount: i64,
    pub tax: i64,
}

impl<'a> Part<'a> {
    pub(crate) fn net(&self) -> i64 {
        self.revenue - self.discount
    }

    pub(crate) fn gross(&self) -> i64 {
        self.net() + self.tax
    }

    /// What of the part came since.
    pub(crate) fn less(self, before: &Self) -> Self {
        Part {
            revenue: self.revenue - before.revenue,
            discount: self.discount - before.discount,
            tax: self.tax - before.tax,
            ..self
        }
    }

    /// Whether it has an amount at all, which rounding could have changed.
    pub(crate) fn is_worth_something(&self) -> bool {
        self.revenue != 0 || self.discount != 0 || self.tax != 0
    }

    pub(crate) fn role(&self) -> Role {
        match self.item {
            Item::Line(line) if line.kind == LineKind::GiftCertificate => Role::GiftCertificate,
            Item::Line(_) => Role::Revenue,
            Item::Shipping => Role::Shipping,
            Item::Handling => Role::Handling,
            Item::Wrapping => Role::Wrapping,
            Item::Fee(_) => Role::Fee,
        }
    }

    /// What rules can look at for this part.
    pub(crate) fn context<'b>(&self, whole: Context<'b>) -> Context<'b>
    where
        'a: 'b,
    {
        let classes = &whole.order.charge_classes;
        match self.item {
            Item::Line(line) => whole.with_line(line),
            Item::Shipping => whole.with_charge(classes.shipping),
            Item::Handling => whole.with_charge(classes.handling),
            Item::Wrapping => whole.with_charge(classes.wrapping),
            Item::Fee(fee) => whole.with_charge(fee.tax_class),
        }
    }

    /// So much of the part as `numerator` is of `denominator`, without its tax.
    pub(crate) fn fraction(&self, numerator: u64, denominator: u64) -> Result<Part<'a>, Problem> {
        let (numerator, denominator) = (numerator.min(denominator), denominator.max(1));
        let of = |minor| share(minor, numerator.into(), denominator.into());
        Ok(Part {
            revenue: of(self.revenue)?,
            discount: of(self.discount)?,
            tax: 0,
            ..*self
        })
    }

    /// What the part is called in a journal's line, with how many there are.
    pub(crate) fn memo(&self) -> String {
        match self.item {
            Item::Line(line) => format!("{} x {}", line.quantity, line.sku),
            _ => self.name(),
        }
    }

    /// What the part is called, however many of it are meant.
    pub(crate) fn name(&self) -> String {
        match self.item {
            Item::Line(line) => line.sku.clone(),
            Item::Shipping => "Shipping".to_owned(),
            Item::Handling => "Handling".to_owned(),
            Item::Wrapping => "Gift wrapping".to_owned(),
            Item::Fee(fee) => format!("Fee {}", fee.fee),
        }
    }
}

/// All parts of an order, those worth nothing included.
pub(crate) fn parts(order: &OrderSnapshot) -> Result<Vec<Part<'_>>, Problem> {
    let mut parts = Vec::with_capacity(order.lines.len() + 3);
    for line in &order.lines {
        parts.push(line_part(order, line)?);
    }
    let charges = [
        (Item::Shipping, &order.shipping),
        (Item::Handling, &order.handling),
        (Item::Wrapping, &order.wrapping),
    ];
    let fees = order.fees.iter().map(|fee| (Item::Fee(fee), &fee.cost));
    for (item, cost) in charges.into_iter().chain(fees) {
        parts.push(charge(order, item, cost)?);
    }
    Ok(parts)
}

fn line_part<'a>(order: &OrderSnapshot, line: &'a OrderLine) -> Result<Part<'a>, Problem> {
    let tax = minor(line.total.tax, order.currency)?;
    let gross = minor(discounted(order, line)?, order.currency)?;
    let net = gross - tax;
    let is_discounted =
        !line.discounts.is_empty() || discounted(order, line)? != list_price(order, line)?;
    let before = minor(line.total.ex_tax, order.currency)?;
    let revenue = if is_discounted { before.max(net) } else { net };
    Ok(Part {
        item: Item::Line(line),
        revenue,
        discount: revenue - net,
        tax,
    })
}

/// What the line costs the customer, with tax and after discounts.
fn discounted(order: &OrderSnapshot, line: &OrderLine) -> Result<Amount, Problem> {
    if let Some(amount) = line.discounted_inc_tax {
        return Ok(amount);
    }
    let discounts = line
        .discounts
        .iter()
        .try_fold(Amount::ZERO, |sum, discount| {
            sum.checked_add(discount.amount)
        })
        .ok_or(Problem::Overflow)?;
    list_price(order, line)?
        .checked_sub(discounts)
        .ok_or(Problem::Overflow)
}

/// The line with tax, before discounts. On top of prices without tax comes the
/// tax that is due, which is that after discounts.
fn list_price(order: &OrderSnapshot, line: &OrderLine) -> Result<Amount, Problem> {
    if order.tax_inclusive {
        return Ok(line.total.inc_tax);
    }
    line.total
        .ex_tax
        .checked_add(line.total.tax)
        .ok_or(Problem::Overflow)
}

/// A charge: the column without tax is exact only where prices are entered so.
fn charge<'a>(order: &OrderSnapshot, item: Item<'a>, cost: &Taxed) -> Result<Part<'a>, Problem> {
    let tax = minor(cost.tax, order.currency)?;
    let revenue = if order.tax_inclusive {
        minor(cost.inc_tax, order.currency)? - tax
    } else {
        minor(cost.ex_tax, order.currency)?
    };
    Ok(Part {
        item,
        revenue,
        discount: 0,
        tax,
    })
}

/// The most that any single amount may be, in minor units: small enough that
/// sums over the lines of an order stay far within 64 bits.
const LARGEST: i64 = i64::MAX / 1_000_000;

/// An amount of the order in minor units.
pub(crate) fn minor(amount: Amount, currency: Currency) -> Result<i64, Problem> {
    let minor = Money::round(amount, currency)?.minor();
    if minor.abs() > LARGEST {
        return Err(Problem::Overflow);
    }
    Ok(minor)
}

/// `value × numerator / denominator`, rounded to the minor unit.
pub(crate) fn share(value: i64, numerator: Decimal, denominator: Decimal) -> Result<i64, Problem> {
    let exact = Decimal::from(value)
        .checked_mul(numerator)
        .and_then(|product| product.checked_div(denominator))
        .ok_or(Problem::Overflow)?;
    let rounded =
        exact.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(rounded).map_err(|_| Problem::Overflow)
}

/// `total` spread over weights in proportion, to the minor unit; what rounding
/// leaves goes to the largest weights. `None` if the weights come to nothing.
pub(crate) fn allocate(total: i64, weights: &[i64]) -> Result<Option<Vec<i64>>, Problem> {
    let sum: i64 = weights.iter().sum();
    if sum == 0 {
        return Ok(None);
    }
    let shares = weights
        .iter()
        .map(|weight| share(total, (*weight).into(), sum.into()));
    let mut shares: Vec<i64> = shares.collect::<Result<_, _>>()?;
    let mut residual = total - shares.iter().sum::<i64>();
    let mut by_weight: Vec<usize> = (0..weights.len()).collect();
    by_weight.sort_by_key(|index| std::cmp::Reverse(weights[*index].abs()));
    for index in by_weight.into_iter().cycle() {
        if residual == 0 {
            break;
        }
        if weights[index] != 0 {
            shares[index] += residual.signum();
            residual -= residual.signum();
        }
    }
    Ok(Some(shares))
}
