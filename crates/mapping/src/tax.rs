//! The tax of an order: that it is the sum of its parts', and where it is booked.
//!
//! It is booked as a whole, unless the route asks for its rates, or a rule for tax
//! asks for a line or tax class: then each part's tax is booked by itself, as the
//! store reports it. Where the parts' taxes do not come to the order's, the order's
//! is spread over them in proportion, and cents left over go to the largest.

use schemas::OrderSnapshot;

use crate::{
    Problem,
    context::Context,
    parts::{Item, Part, allocate, minor},
    rules::{Route, RuleSet},
};

/// A share of the tax that is booked on an account of its own.
#[derive(Debug, Clone)]
pub(crate) struct TaxShare<'a> {
    /// The part that it is on, by its place; none where tax is not booked by part.
    place: Option<usize>,
    part: Option<Part<'a>>,
    /// The rate's name; none where tax is not booked by rate.
    rate: Option<&'a str>,
    pub minor: i64,
}

impl<'a> TaxShare<'a> {
    /// What rules can look at for it.
    pub(crate) fn context(&self, whole: Context<'a>) -> Context<'a> {
        let whole = self.part.map_or(whole, |part| part.context(whole));
        self.rate.map_or(whole, |rate| whole.with_tax(rate))
    }

    pub(crate) fn memo(&self) -> String {
        let mut memo = "Tax".to_owned();
        if let Some(part) = &self.part {
            memo += &format!(" on {}", part.name());
        }
        if let Some(rate) = self.rate {
            memo += &format!(": {rate}");
        }
        memo
    }
}

/// The tax of the order must be that of its parts, but for rounding.
pub(crate) fn check(
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

/// How the tax of an order is told apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Division<'a> {
    order: &'a OrderSnapshot,
    by_part: bool,
    by_rate: bool,
}

impl<'a> Division<'a> {
    /// As the route and the rules that are in effect for `whole` ask.
    pub(crate) fn of(whole: Context<'a>, rules: &RuleSet, route: &Route) -> Self {
        Division {
            order: whole.order,
            by_part: rules.books_tax_by_part(route, whole.date),
            by_rate: route.tax_by_rate,
        }
    }

    /// `tax` minor units, of which the parts carry what they say.
    pub(crate) fn shares(
        &self,
        parts: &[Part<'a>],
        tax: i64,
    ) -> Result<Vec<TaxShare<'a>>, Problem> {
        let by_part = match self.by_part {
            true => over_parts(parts, tax)?,
            false => None,
        };
        let of_parts = by_part.unwrap_or_else(|| vec![whole(tax)]);
        if !self.by_rate {
            return Ok(of_parts);
        }
        let mut shares = Vec::new();
        for share in of_parts.into_iter().filter(|share| share.minor != 0) {
            shares.extend(self.over_rates(share)?);
        }
        Ok(shares)
    }

    /// The shares of what was taken less those of what was taken before: refunds
    /// that come to the order's tax together take of each account what it booked.
    pub(crate) fn shares_since(
        &self,
        (parts, tax): (&[Part<'a>], i64),
        (parts_before, tax_before): (&[Part<'a>], i64),
    ) -> Result<Vec<TaxShare<'a>>, Problem> {
        let mut since = self.shares(parts, tax)?;
        for earlier in self.shares(parts_before, tax_before)? {
            let same = |it: &&mut TaxShare| (it.place, it.rate) == (earlier.place, earlier.rate);
            match since.iter_mut().find(same) {
                Some(share) => share.minor -= earlier.minor,
                None => since.push(TaxShare {
                    minor: -earlier.minor,
                    ..earlier
                }),
            }
        }
        Ok(since)
    }

    /// A share by the rates that are on its part, in proportion to what each came
    /// to; by those of the order where the store does not say which are on it.
    fn over_rates(&self, share: TaxShare<'a>) -> Result<Vec<TaxShare<'a>>, Problem> {
        let of_part = match &share.part {
            Some(part) => self.rates(|line| line == line_of(part))?,
            None => Vec::new(),
        };
        let weights = |rates: &[(&str, i64)]| -> Vec<i64> {
            rates.iter().map(|(_, amount)| *amount).collect()
        };
        let (rates, amounts) = match allocate(share.minor, &weights(&of_part))? {
            Some(amounts) => (of_part, amounts),
            None => {
                let rates = self.rates(|_| true)?;
                let amounts = allocate(share.minor, &weights(&rates))?;
                (rates, amounts.ok_or(Problem::NoTaxRates)?)
            }
        };
        let named = rates.into_iter().zip(amounts);
        Ok(named
            .map(|((rate, _), minor)| TaxShare {
                rate: Some(rate),
                minor,
                ..share.clone()
            })
            .collect())
    }

    /// What each rate came to, on the lines that are asked for; none is a charge.
    fn rates(&self, is_on: impl Fn(Option<u64>) -> bool) -> Result<Vec<(&'a str, i64)>, Problem> {
        let mut rates: Vec<(&str, i64)> = Vec::new();
        for tax in self.order.taxes.iter().filter(|tax| is_on(tax.line)) {
            let amount = minor(tax.amount, self.order.currency)?;
            match rates.iter_mut().find(|(name, _)| *name == tax.name) {
                Some((_, sum)) => *sum += amount,
                None => rates.push((&tax.name, amount)),
            }
        }
        Ok(rates)
    }
}

fn whole<'a>(tax: i64) -> TaxShare<'a> {
    TaxShare {
        place: None,
        part: None,
        rate: None,
        minor: tax,
    }
}

/// `tax` over the parts, as they carry it; `None` if they carry none.
fn over_parts<'a>(parts: &[Part<'a>], tax: i64) -> Result<Option<Vec<TaxShare<'a>>>, Problem> {
    let Some(taxes) = spread(tax, parts)? else {
        return Ok(None);
    };
    let shares = parts.iter().zip(taxes).enumerate();
    let shares = shares.map(|(place, (part, minor))| TaxShare {
        place: Some(place),
        part: Some(*part),
        minor,
        ..whole(0)
    });
    Ok(Some(shares.collect()))
}

/// `tax` minor units in proportion to the taxes of the parts, which are taken as
/// they are if they come to it; `None` if they come to nothing.
pub(crate) fn spread(tax: i64, parts: &[Part]) -> Result<Option<Vec<i64>>, Problem> {
    let taxes: Vec<i64> = parts.iter().map(|part| part.tax).collect();
    match taxes.iter().sum::<i64>() == tax && taxes.iter().any(|tax| *tax != 0) {
        true => Ok(Some(taxes)),
        false => allocate(tax, &taxes),
    }
}

fn line_of(part: &Part) -> Option<u64> {
    match part.item {
        Item::Line(line) => Some(line.line),
        _ => None,
    }
}
