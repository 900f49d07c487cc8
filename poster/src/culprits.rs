//! Who is to blame when a group is refused: the report's error lines name rows,
//! rows belong to journals, and only those journals are rejected.

use std::collections::BTreeMap;

use fusion::{ErrorLine, checks::Reason};
use schemas::{Account, Posting};

/// A posting that was refused, by its place in the batch, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Culprit {
    pub place: usize,
    pub reason: Reason,
}

/// The postings that the error lines name. Of a summary, a line names the row of an
/// account, and those of its postings are to blame that are booked on it. A line that
/// names none of ours blames nobody: whoever calls must then find the culprit another
/// way. Neither does a warning (`WF02`), with which the journal may well have been
/// imported.
pub(crate) fn culprits(lines: &[ErrorLine], postings: &[Posting]) -> Vec<Culprit> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, posting) in postings.iter().enumerate() {
        let name = posting.journal_in_ledger().as_str();
        by_name.entry(name).or_default().push(place);
    }
    let mut blamed: BTreeMap<usize, &ErrorLine> = BTreeMap::new();
    let is_error = |line: &&ErrorLine| line.codes.iter().any(|code| code.starts_with('E'));
    for line in lines.iter().filter(is_error) {
        let mut cells = line.cells.iter();
        let places = cells.find_map(|cell| by_name.get(cell.as_str()));
        let places = places.into_iter().flatten();
        let alone = places.clone().count() == 1;
        for place in places.filter(|it| alone || is_booked_there(&postings[**it], line)) {
            blamed.entry(*place).or_insert(line);
        }
    }
    let culprit = |(place, line): (usize, &ErrorLine)| Culprit {
        place,
        reason: reason(line),
    };
    blamed.into_iter().map(culprit).collect()
}

/// Whether a posting has a line on the account that the error line names.
fn is_booked_there(posting: &Posting, line: &ErrorLine) -> bool {
    let mut lines = posting.journal.lines().iter();
    lines.any(|it| line.cells.iter().any(|cell| is_named(&it.account, cell)))
}

/// Segments are joined as the chart of accounts has it.
fn is_named(account: &Account, cell: &str) -> bool {
    [".", "-"]
        .map(|it| account.segments().join(it))
        .iter()
        .any(|it| it == cell)
}

fn reason(line: &ErrorLine) -> Reason {
    let code = line.codes.first().cloned().unwrap_or_default();
    let row = line.cells.join(", ");
    let cause = match line.detail.is_empty() {
        true => row,
        false => format!("{} ({row})", line.detail),
    };
    Reason::new(&code, cause)
}

#[cfg(test)]
mod tests;
