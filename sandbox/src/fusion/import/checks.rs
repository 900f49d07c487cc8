//! What Journal Import checks: each row for itself, then each journal's balance.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ImportRun;
use crate::fusion::config::Unbalanced;
use crate::fusion::interface::{Row, Sides};
use crate::fusion::world::calendar::PeriodStatus;
use crate::fusion::world::currency_places;

/// Characters of the batch name that count.
const BATCH_NAME_CHARS: usize = 50;
/// Characters of the journal name that count.
const JOURNAL_NAME_CHARS: usize = 25;
/// An amount of this size or more is too large for the ledger.
const TOO_LARGE: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// One finding on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Journal Import code.
    pub code: &'static str,
    /// Description.
    pub text: String,
}

/// Rows with equal keys form one journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct JournalKey {
    /// The part of the batch name that counts.
    pub batch: String,
    /// Position of the period in the calendar.
    pub period: usize,
    /// The part of the journal name that counts.
    pub name: String,
    /// Category.
    pub category: String,
    /// Entered currency.
    pub currency: String,
}

impl JournalKey {
    /// The journal a row belongs to; none if its date is outside the calendar.
    pub(crate) fn of(run: &ImportRun<'_>, row: &Row) -> Option<Self> {
        Some(Self {
            batch: leading(&row.batch_name, BATCH_NAME_CHARS),
            period: run.world.calendar.index_at(row.date)?,
            name: leading(&row.journal_name, JOURNAL_NAME_CHARS),
            category: row.category.clone(),
            currency: row.currency.clone(),
        })
    }
}

/// All problems of a group's rows, row by row.
pub(crate) fn check(run: &ImportRun<'_>, rows: &[Row]) -> Vec<Vec<Problem>> {
    let mut found: Vec<Vec<Problem>> = rows.iter().map(|row| check_row(run, row)).collect();
    if run.unbalanced == Unbalanced::Refuse {
        for index in unbalanced_rows(run, rows, &found) {
            found[index].push(problem("EU02", "This journal is not balanced"));
        }
    }
    found
}

/// The amount of a row in ledger currency.
///
/// # Errors
/// The conversion's own code, as Journal Import would set it.
pub(crate) fn accounted(run: &ImportRun<'_>, row: &Row) -> Result<Sides, Problem> {
    if row.currency == run.ledger.currency {
        let differs = !row.accounted.is_empty() && row.accounted != row.entered;
        return match differs {
            true => Err(problem(
                "EC12",
                "Entered and accounted amounts differ for the ledger currency",
            )),
            false => Ok(row.entered),
        };
    }
    if !row.accounted.is_empty() {
        return Ok(row.accounted);
    }
    let rate = rate(run, row)?;
    let places = currency_places(run.ledger.currency).unwrap_or(2);
    let amount = row.entered.debit.or(row.entered.credit).unwrap_or_default();
    let converted = amount
        .checked_mul(rate)
        .filter(|amount| amount.abs() < TOO_LARGE)
        .ok_or_else(|| problem("EC13", "The converted amount is too large"))?;
    let rounded = converted.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    Ok(row.entered.map(|_| rounded))
}

fn rate(run: &ImportRun<'_>, row: &Row) -> Result<Decimal, Problem> {
    let conversion = &row.conversion;
    let kind = conversion.kind.as_str();
    if kind.is_empty() {
        return Err(problem(
            "EC03",
            "Give a conversion type or accounted amounts",
        ));
    }
    if !run.world.names.conversion_types.contains(kind) {
        return Err(problem("EC11", "This conversion type is invalid"));
    }
    if kind == "User" {
        return conversion
            .rate
            .ok_or_else(|| problem("EC01", "Give a conversion rate with type User"));
    }
    let day = conversion
        .date
        .ok_or_else(|| problem("EC02", "Give a conversion date"))?;
    run.world
        .rates
        .rate(&row.currency, run.ledger.currency, kind, day)
        .ok_or_else(|| {
            problem(
                "EC06",
                "No stored rate for this currency, conversion type and date",
            )
        })
}

fn check_row(run: &ImportRun<'_>, row: &Row) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(period_problem(run, row.date, &row.period_name));
    if !run.world.names.sources.contains(&*row.key.source) {
        found.push(problem("ES01", "This journal source does not exist"));
    }
    if !run.world.names.categories.contains(&*row.category) {
        found.push(problem("ES02", "This journal category does not exist"));
    }
    if row.actual_flag != "A" {
        found.push(problem(
            "EE01",
            "Encumbrance and budget lines are not set up here",
        ));
    }
    found.extend(amount_problem(run, row));
    if let Some(fault) = run
        .world
        .chart
        .fault(&row.segments, run.ledger.company, row.date)
    {
        found.push(Problem {
            code: fault.code,
            text: fault.text,
        });
    }
    if row.reversal[0] == "Y" && row.reversal[1].is_empty() {
        found.push(problem(
            "ER01",
            "Give a reversal period with the reversal flag",
        ));
    }
    found
}

fn period_problem(run: &ImportRun<'_>, date: Date, sent_name: &str) -> Option<Problem> {
    let statuses = &run.ledger.statuses;
    if !statuses.iter().any(|status| status.takes_imports()) {
        return Some(problem(
            "EP02",
            "This ledger has no open or future-enterable periods",
        ));
    }
    let not_open = || {
        problem(
            "EP01",
            "This date is not in any open or future-enterable period",
        )
    };
    let Some(index) = run.world.calendar.index_at(date) else {
        return Some(not_open());
    };
    let takes = statuses
        .get(index)
        .is_some_and(|status: &PeriodStatus| status.takes_imports());
    let name = &run.world.calendar.periods[index].name;
    let named_otherwise = !sent_name.is_empty() && sent_name != name;
    (!takes || named_otherwise).then(not_open)
}

fn amount_problem(run: &ImportRun<'_>, row: &Row) -> Option<Problem> {
    if !run.world.names.currencies.contains(&*row.currency) {
        return Some(problem(
            "EC08",
            "This currency does not exist or is not enabled",
        ));
    }
    let amounts = [
        row.entered.debit,
        row.entered.credit,
        row.accounted.debit,
        row.accounted.credit,
    ];
    if amounts
        .iter()
        .flatten()
        .any(|amount| amount.abs() >= TOO_LARGE)
    {
        return Some(problem("EC13", "The amount is too large"));
    }
    let one_side = row.entered.debit.is_some() != row.entered.credit.is_some();
    if !one_side {
        // The documented list gives no code for this; EC13 is the amounts' own.
        return Some(problem("EC13", "Give either a debit or a credit"));
    }
    accounted(run, row).err()
}

/// Rows of journals whose debits and credits differ. Journals with a row whose
/// amount is itself in error are left out: their sums mean nothing.
fn unbalanced_rows(run: &ImportRun<'_>, rows: &[Row], found: &[Vec<Problem>]) -> Vec<usize> {
    let mut journals: BTreeMap<JournalKey, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(key) = JournalKey::of(run, row) {
            journals.entry(key).or_default().push(index);
        }
    }
    let amount_error = |index: &usize| {
        let codes = &mut found[*index].iter().map(|problem| problem.code);
        codes.any(|code| code.starts_with("EC"))
    };
    journals
        .into_values()
        .filter(|lines| !lines.iter().any(amount_error))
        .filter(|lines| {
            let sum = lines.iter().fold(Decimal::ZERO, |sum, index| {
                let entered = rows[*index].entered;
                sum + entered.debit.unwrap_or_default() - entered.credit.unwrap_or_default()
            });
            !sum.is_zero()
        })
        .flatten()
        .collect()
}

fn problem(code: &'static str, text: &str) -> Problem {
    Problem {
        code,
        text: text.to_string(),
    }
}

fn leading(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_ten_to_the_fifteenth() {
        assert_eq!(TOO_LARGE.to_string(), "1000000000000000");
    }
}
