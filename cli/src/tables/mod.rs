//! Reports as tables for people, one file each.

mod difference;
mod exceptions;
mod explanation;
mod journals;
mod outstanding;
mod reconciliation;
mod target;
#[cfg(test)]
mod tests;
mod trace;
mod verification;

use comfy_table::{Cell, CellAlignment, Table, presets};

pub(crate) use difference::difference;
pub(crate) use exceptions::exceptions;
pub(crate) use explanation::explanation;
pub(crate) use journals::journals;
pub(crate) use outstanding::outstanding;
pub(crate) use reconciliation::reconciliation;
pub(crate) use target::target;
pub(crate) use trace::trace;
pub(crate) use verification::verification;

/// What stands in a cell of which nothing is known.
const NOTHING: &str = "–";

/// A table with a header, as wide as it needs to be and without colours: reports
/// are also written to files, where there is no terminal to fit into.
fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header.iter().map(Cell::new));
    table
}

/// The same with lines between its rows alone.
fn lined(header: &[&str]) -> Table {
    let mut table = table(header);
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table
}

fn right(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// An amount with its currency, where both are known.
fn money(value: Option<&String>, currency: Option<&String>) -> Cell {
    right(match (value, currency) {
        (Some(value), Some(currency)) => format!("{value} {currency}"),
        _ => NOTHING.to_owned(),
    })
}
