//! The journal that an order or refund would get.

use comfy_table::Cell;
use schemas::{Mapped, Recognition, Side};

use super::{lined, right};

/// The journal of a target, with the rule behind each line.
pub(crate) fn target(mapped: &Mapped) -> String {
    let mut table = lined(&["account", "debit", "credit", "rule", "for"]);
    for line in mapped.journal.lines() {
        let amount = right(line.amount);
        let (debit, credit) = match line.side {
            Side::Debit => (amount, Cell::new("")),
            Side::Credit => (Cell::new(""), amount),
        };
        table.add_row([
            Cell::new(&line.account),
            debit,
            credit,
            Cell::new(&line.rule),
            Cell::new(&line.memo),
        ]);
    }
    let heading = heading(mapped);
    match mapped.journal.is_empty() {
        true => format!("{heading}\n\n"),
        false => format!("{heading}\n{table}\n\n"),
    }
}

fn heading(mapped: &Mapped) -> String {
    let journal = &mapped.journal;
    let booked = match (journal.is_empty(), mapped.recognition) {
        (false, _) => format!("{} {} on each side", journal.currency(), journal.total()),
        (true, Recognition::Hold) => "nothing changes: its status is a hold".to_owned(),
        (true, Recognition::NotRecognised) => {
            "no journal: it does not count in the books".to_owned()
        }
        (true, Recognition::Recognised) => "no journal: it is worth nothing".to_owned(),
    };
    format!(
        "{} of {}, ledger {}: {booked}",
        mapped.entity, mapped.accounting_date, mapped.ledger
    )
}
