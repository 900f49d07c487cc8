//! Journals on their way into the ledgers.

use comfy_table::Cell;
use views::report::{Journals, SentJournal, sides};

use super::{right, table};

/// A row for each account of each journal.
pub(crate) fn journals(report: &Journals) -> String {
    let mut table = table(&[
        "Journal", "For", "Kind", "Date", "Period", "State", "Account", "Debit", "Credit", "",
    ]);
    for journal in &report.journals {
        let mut about = about(journal);
        for (account, minor) in &journal.net {
            let mut cells: Vec<Cell> = about.iter().map(Cell::new).collect();
            let (debit, credit) = sides(*minor, journal.currency);
            cells.push(Cell::new(account));
            cells.push(right(debit));
            cells.push(right(credit));
            cells.push(Cell::new(journal.currency.code()));
            table.add_row(cells);
            // What the lines of a journal have in common is said once.
            about.fill(String::new());
        }
    }
    format!(
        "{table}\n{} journals (log offset {}).\n",
        report.journals.len(),
        report.offset
    )
}

fn about(journal: &SentJournal) -> [String; 6] {
    [
        journal.key.clone(),
        journal.entity.clone(),
        journal.kind.clone(),
        journal.accounting_date.to_string(),
        journal.period.clone(),
        journal.state.clone(),
    ]
}
