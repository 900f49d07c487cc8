//! What other rules would change.

use comfy_table::{Cell, Table};
use replay::{AccountChange, Difference, EntityChange, Told, decimal};

use super::{lined, right};

/// The totals, then by account and by order what would be booked otherwise; then
/// what would be parked, what no longer, and what was left out.
pub(crate) fn difference(difference: &Difference) -> String {
    let mut text = format!(
        "{} orders and refunds compared, {} would be booked otherwise\n",
        difference.compared, difference.changed
    );
    for total in &difference.totals {
        let money = |minor| decimal(minor, total.currency);
        text += &format!(
            "{}: targets of {} in all, would be {}; {} would move between accounts\n",
            total.currency,
            money(total.was),
            money(total.would),
            money(total.moved)
        );
    }
    if !difference.accounts.is_empty() {
        text += "\nBy account (debits positive, credits negative)\n";
        let mut table = lined(&[
            "Ledger",
            "Currency",
            "Account",
            "Was",
            "Would be",
            "Difference",
        ]);
        for change in &difference.accounts {
            table.add_row(account_cells(change));
        }
        text += &format!("{table}\n");
    }
    if !difference.entities.is_empty() {
        text += "\nBy order and refund, those with the most change first\n";
        let mut table = lined(&[
            "About",
            "Ledger",
            "Currency",
            "Account",
            "Was",
            "Would be",
            "Difference",
        ]);
        for change in &difference.entities {
            add_entity(&mut table, change);
        }
        text += &format!("{table}\n");
        text += &more(difference.changed, difference.entities.len());
    }
    text += &reasons("Would be parked", &difference.parked_now);
    text += &reasons("Would no longer be parked", &difference.released);
    text + &left_out(difference)
}

fn add_entity(table: &mut Table, change: &EntityChange) {
    let mut about = change.entity.to_string();
    if let Some(days) = change.days() {
        about = format!("{about} ({days})");
    }
    if change.accounts.is_empty() {
        table.add_row(vec![about]);
        return;
    }
    for account in &change.accounts {
        let mut cells = vec![Cell::new(std::mem::take(&mut about))];
        cells.extend(account_cells(account));
        table.add_row(cells);
    }
}

fn account_cells(change: &AccountChange) -> Vec<Cell> {
    let money = |minor| right(change.decimal(minor));
    vec![
        Cell::new(&change.key.ledger),
        Cell::new(change.key.currency),
        Cell::new(&change.key.account),
        money(change.was),
        money(change.would),
        money(change.would - change.was),
    ]
}

fn reasons(title: &str, parked: &Told) -> String {
    if parked.count == 0 {
        return String::new();
    }
    let mut table = lined(&["About", "Reason"]);
    for (entity, reason) in &parked.first {
        table.add_row(vec![entity.to_string(), reason.clone()]);
    }
    let more = more(parked.count, parked.first.len());
    format!("\n{title}: {}\n{table}\n{more}", parked.count)
}

fn more(count: u64, shown: usize) -> String {
    match count - shown as u64 {
        0 => String::new(),
        more => format!("… and {more} more: --all shows them\n"),
    }
}

fn left_out(difference: &Difference) -> String {
    let mut text = String::new();
    if difference.unmapped > 0 {
        text += &format!(
            "\n{} states have no verdict in this part of the log and are left out\n",
            difference.unmapped
        );
    }
    for offset in &difference.unreadable {
        text += &format!("the event at offset {offset} cannot be read and is left out\n");
    }
    text
}
