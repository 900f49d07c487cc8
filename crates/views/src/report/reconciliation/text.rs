//! The reconciliation as CSV and as JSON.

use schemas::Currency;
use serde::Serialize;

use super::{Gap, Reconciliation, Row};
use crate::report::text::{self, TextError, amount};

impl Reconciliation {
    /// The rows as CSV, with amounts in the decimals of their currencies.
    pub fn csv(&self) -> Result<String, TextError> {
        text::csv(self.rows.iter().map(Line::of))
    }

    /// All of it as JSON; amounts are decimal strings.
    pub fn json(&self) -> Result<String, TextError> {
        text::json(&Report {
            offset: self.offset,
            agrees: self.agrees(),
            rows: self.rows.iter().map(Line::of).collect(),
            totals: self.totals.iter().map(Line::of).collect(),
            differing: self.gaps.iter().map(GapLine::of).collect(),
        })
    }
}

#[derive(Serialize)]
struct Report {
    offset: u64,
    agrees: bool,
    rows: Vec<Line>,
    totals: Vec<Line>,
    differing: Vec<GapLine>,
}

#[derive(Serialize)]
struct Line {
    store: String,
    currency: Option<&'static str>,
    day: Option<String>,
    kind: String,
    received_count: i64,
    received_value: String,
    not_due_count: i64,
    not_due_value: String,
    mapped_count: i64,
    mapped_value: String,
    posted_count: i64,
    posted_value: String,
    open_count: i64,
    open_value: String,
    parked_count: i64,
    parked_value: String,
    rejected_count: i64,
    rejected_value: String,
    difference_count: i64,
    difference_value: String,
    differing: i64,
}

impl Line {
    fn of(row: &Row) -> Line {
        let value = |minor| amount(minor, row.currency);
        Line {
            store: row.store.clone(),
            currency: row.currency.map(Currency::code),
            day: row.day.map(|day| day.to_string()),
            kind: row.kind.to_string(),
            received_count: row.received.count,
            received_value: value(row.received.value),
            not_due_count: row.not_due.count,
            not_due_value: value(row.not_due.value),
            mapped_count: row.mapped.count,
            mapped_value: value(row.mapped.value),
            posted_count: row.posted.count,
            posted_value: value(row.posted.value),
            open_count: row.open.count,
            open_value: value(row.open.value),
            parked_count: row.parked.count,
            parked_value: value(row.parked.value),
            rejected_count: row.rejected.count,
            rejected_value: value(row.rejected.value),
            difference_count: row.difference.count,
            difference_value: value(row.difference.value),
            differing: row.difference.differing,
        }
    }
}

#[derive(Serialize)]
struct GapLine {
    entity: String,
    day: String,
    currency: Option<&'static str>,
    store_value: Option<String>,
    accounted: String,
}

impl GapLine {
    fn of(gap: &Gap) -> GapLine {
        GapLine {
            entity: gap.entity.clone(),
            day: gap.day.to_string(),
            currency: gap.currency.map(Currency::code),
            store_value: gap.store_value.map(|value| amount(value, gap.currency)),
            accounted: amount(gap.figure, gap.currency),
        }
    }
}
