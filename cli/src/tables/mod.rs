//! Reports as tables for people, one file each.

mod exceptions;
mod journals;
mod outstanding;
mod reconciliation;
#[cfg(test)]
mod tests;
mod trace;

use comfy_table::{Cell, CellAlignment, Table, presets};

pub use exceptions::exceptions;
pub use journals::journals;
pub use outstanding::outstanding;
pub use reconciliation::reconciliation;
pub use trace::trace;

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
