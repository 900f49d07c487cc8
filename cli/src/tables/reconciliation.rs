//! Stores against ledgers.

use comfy_table::Cell;
use schemas::Currency;
use views::report::{Difference, Gap, Reconciliation, Row, Tally, amount};

use super::{NOTHING, right, table};

/// A row for each day, with a total under the days of each store, currency and
/// kind; then whether all is accounted for, and what is not.
pub(crate) fn reconciliation(report: &Reconciliation) -> String {
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
    for total in &report.totals {
        let days = report.rows.iter().filter(|row| {
            (&row.store, row.currency, row.kind) == (&total.store, total.currency, total.kind)
        });
        for row in days {
            table.add_row(cells(row));
        }
        table.add_row(cells(total));
    }
    format!("{table}\n{}", conclusion(report))
}

fn conclusion(report: &Reconciliation) -> String {
    let mut text = match report.agrees() {
        true => "Every order and refund is accounted for, to the cent".to_owned(),
        false => "There are differences".to_owned(),
    };
    text.push_str(&format!(" (log offset {}).\n", report.offset));
    for gap in &report.gaps {
        text.push_str(&line(gap));
    }
    text
}

fn line(gap: &Gap) -> String {
    let in_store = gap.store_value.map(|value| amount(value, gap.currency));
    format!(
        "  {} of {}: the store says {}, accounted for are {}\n",
        gap.entity,
        gap.day,
        in_store.as_deref().unwrap_or("nothing of it"),
        amount(gap.figure, gap.currency)
    )
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
        (0, 0) => NOTHING.to_owned(),
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

fn code(currency: Option<Currency>) -> &'static str {
    currency.map_or("?", Currency::code)
}
