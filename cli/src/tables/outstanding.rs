//! What is not in the ledgers yet, and where it waits.

use std::time::Duration;

use jiff::Timestamp;
use views::report::{Item, Outstanding};

use super::{NOTHING, money, right, table};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A row for each item; ages are as of `now`.
pub(crate) fn outstanding(list: &Outstanding, now: Timestamp) -> String {
    if list.items.is_empty() {
        return format!("Nothing is outstanding (log offset {}).\n", list.offset);
    }
    let mut table = table(&[
        "State",
        "Ledger",
        "About",
        "Value",
        "Age",
        "Code",
        "What it waits for",
    ]);
    for item in &list.items {
        table.add_row(vec![
            item.status.to_string().into(),
            item.ledger.clone().into(),
            item.journal.as_ref().unwrap_or(&item.about).into(),
            money(item.value.as_ref(), item.currency.as_ref()),
            right(item.age(now).map_or(NOTHING.to_owned(), in_words)),
            item.code.as_deref().unwrap_or(NOTHING).into(),
            note(item).into(),
        ]);
    }
    format!(
        "{table}\n{} outstanding (log offset {}).\n",
        list.items.len(),
        list.offset
    )
}

/// What a person wants to know of it in one cell.
fn note(item: &Item) -> String {
    let batch = item.batch.as_ref().map(|batch| format!("batch {batch}"));
    let hold = item.hold.as_ref().map(|hold| format!("held {hold}"));
    let parts = [&item.cause, &item.remedy, &batch, &hold];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(". ")
}

/// An age in its two largest units: `3d 4h`.
fn in_words(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        DAY.. => format!("{}d {}h", seconds / DAY, seconds % DAY / HOUR),
        HOUR.. => format!("{}h {}m", seconds / HOUR, seconds % HOUR / MINUTE),
        MINUTE.. => format!("{}m {}s", seconds / MINUTE, seconds % MINUTE),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_their_two_largest_units() {
        for (seconds, words) in [
            (59, "59s"),
            (61, "1m 1s"),
            (3 * HOUR + 120, "3h 2m"),
            (3 * DAY + 4 * HOUR + 59, "3d 4h"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
