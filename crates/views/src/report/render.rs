//! The reconciliation as a table, as CSV and as JSON.

use std::{fmt, str::FromStr};

use comfy_table::{Cell, CellAlignment, Table, presets};
use schemas::Currency;
use serde::Serialize;

use super::reconciliation::{Difference, Gap, Kind, Reconciliation, Row, Tally};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
}

/// The text names no format.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a format of reports: use table, csv or json")]
pub struct UnknownFormat(String);

/// The report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("cannot write the report as CSV")]
    Csv(#[source] csv::Error),
    #[error("cannot write the report as JSON")]
    Json(#[source] serde_json::Error),
}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        match text {
            "table" => Ok(Format::Table),
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

impl Reconciliation {
    /// The report as text, with amounts in the decimals of their currencies.
    pub fn render(&self, format: Format) -> Result<String, RenderError> {
        match format {
            Format::Table => Ok(self.table()),
            Format::Csv => csv_text(self.rows.iter().map(Line::of)),
            Format::Json => json_text(&Report {
                offset: self.offset,
                agrees: self.agrees(),
                rows: self.rows.iter().map(Line::of).collect(),
                totals: self.totals.iter().map(Line::of).collect(),
                differing: self.gaps.iter().map(GapLine::of).collect(),
            }),
        }
    }

    fn table(&self) -> String {
        let mut table = table(&[
            "Store",
            "Day",
            "What",
            "Received",
            "Not due",
            "Mapped",
            "Posted",
            "Open",
            "Parked",
            "Rejected",
            "Difference",
        ]);
        for total in &self.totals {
            let days = self.rows.iter().filter(|row| {
                (&row.store, row.currency, row.kind) == (&total.store, total.currency, total.kind)
            });
            for row in days {
                table.add_row(cells(row));
            }
            table.add_row(cells(total));
        }
        let mut text = format!("{table}\n");
        text.push_str(&self.conclusion());
        text
    }

    fn conclusion(&self) -> String {
        let mut text = match self.agrees() {
            true => "Every order and refund is accounted for, to the cent".to_owned(),
            false => "There are differences".to_owned(),
        };
        text.push_str(&format!(" (log offset {}).\n", self.offset));
        for gap in &self.gaps {
            let line = GapLine::of(gap);
            text.push_str(&format!(
                "  {} of {}: the store says {}, accounted for are {}\n",
                line.entity,
                line.day,
                line.store_value.as_deref().unwrap_or("nothing of it"),
                line.accounted
            ));
        }
        text
    }
}

fn cells(row: &Row) -> Vec<Cell> {
    let currency = row.currency;
    let tally = |tally: Tally| right(count_and_value(tally.count, tally.value, currency));
    let day = row.day.map_or("total".to_owned(), |day| day.to_string());
    vec![
        Cell::new(format!("{} {}", row.store, code(currency))),
        Cell::new(day),
        Cell::new(row.kind.to_string()),
        tally(row.received),
        tally(row.not_due),
        tally(row.mapped),
        tally(row.posted),
        tally(row.open),
        tally(row.parked),
        tally(row.rejected),
        right(difference(row.difference, currency)),
    ]
}

fn count_and_value(count: i64, value: i64, currency: Option<Currency>) -> String {
    match (count, value) {
        (0, 0) => "–".to_owned(),
        _ => format!("{count} · {}", amount(value, currency)),
    }
}

fn difference(difference: Difference, currency: Option<Currency>) -> String {
    match difference.is_zero() {
        true => amount(0, currency),
        false => format!(
            "{} · {} ({} differ)",
            difference.count,
            amount(difference.value, currency),
            difference.differing
        ),
    }
}

/// An amount with the decimals of its currency, and without its code.
pub(super) fn amount(minor: i64, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => currency.minor(minor).to_string(),
        None => minor.to_string(),
    }
}

fn code(currency: Option<Currency>) -> &'static str {
    currency.map_or("?", Currency::code)
}

/// A table with a header, as wide as it needs to be and without colours: reports
/// are also written to files, where there is no terminal to fit into.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header.iter().map(Cell::new));
    table
}

pub(super) fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

pub(super) fn csv_text<T: Serialize>(
    lines: impl Iterator<Item = T>,
) -> Result<String, RenderError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.serialize(line).map_err(RenderError::Csv)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| RenderError::Csv(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn json_text<T: Serialize>(report: &T) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(report).map_err(RenderError::Json)?;
    text.push('\n');
    Ok(text)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Orders => "orders",
            Kind::Refunds => "refunds",
        })
    }
}

/// The reconciliation as JSON. Amounts are decimal strings.
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
