//! The tax of an order: that it is the sum of its parts', and by which rates.

use schemas::v1::OrderSnapshot;

use crate::{
    Problem,
    context::Context,
    parts::{Part, allocate, minor},
    rules::{Route, RuleSet},
};

/// A share of the tax that is booked on an account of its own.
#[derive(Debug, Clone, Copy)]
pub struct TaxShare<'a> {
    /// The rate's name; none where tax is booked as a whole.
    name: Option<&'a str>,
    pub minor: i64,
}

impl<'a> TaxShare<'a> {
    pub fn context(&self, whole: Context<'a>) -> Context<'a> {
        self.name.map_or(whole, |name| whole.with_tax(name))
    }

    pub fn memo(&self) -> String {
        self.name
            .map_or_else(|| "Tax".to_owned(), |name| format!("Tax: {name}"))
    }
}

/// The tax of the order must be that of its parts, but for rounding.
pub fn check(
    order: &OrderSnapshot,
    rules: &RuleSet,
    parts: &[Part],
    tax: i64,
) -> Result<(), Problem> {
    let of_parts: i64 = parts.iter().map(|part| part.tax).sum();
    if (of_parts - tax).abs() <= rules.policy().rounding_limit(parts) {
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

/// `tax` minor units by the rates of the order, in proportion to what each came
/// to; as a whole where the route does not ask for rates.
pub fn shares<'a>(
    order: &'a OrderSnapshot,
    route: &Route,
    tax: i64,
) -> Result<Vec<TaxShare<'a>>, Problem> {
    if !route.tax_by_rate || tax == 0 {
        return Ok(vec![TaxShare {
            name: None,
            minor: tax,
        }]);
    }
    let mut rates: Vec<(&str, i64)> = Vec::new();
    for line in &order.taxes {
        let amount = minor(line.amount, order.currency)?;
        match rates.iter_mut().find(|(name, _)| *name == line.name) {
            Some((_, sum)) => *sum += amount,
            None => rates.push((&line.name, amount)),
        }
    }
    let weights: Vec<i64> = rates.iter().map(|(_, sum)| *sum).collect();
    let amounts = allocate(tax, &weights)?.ok_or(Problem::NoTaxRates)?;
    let named = rates.iter().zip(amounts);
    Ok(named
        .map(|((name, _), minor)| TaxShare {
            name: Some(name),
            minor,
        })
        .collect())
}

/// The shares of `tax` less those of `before`: refunds that come to the order's
/// tax together take of each rate what the order booked.
pub fn shares_since<'a>(
    order: &'a OrderSnapshot,
    route: &Route,
    tax: i64,
    before: i64,
) -> Result<Vec<TaxShare<'a>>, Problem> {
    let mut since = shares(order, route, tax)?;
    for earlier in shares(order, route, before)? {
        match since.iter_mut().find(|share| share.name == earlier.name) {
            Some(share) => share.minor -= earlier.minor,
            None => since.push(TaxShare {
                minor: -earlier.minor,
                ..earlier
            }),
        }
    }
    Ok(since)
}
