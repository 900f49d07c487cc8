//! What is outstanding as a table, as CSV and as JSON, with its age.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    outstanding::{Item, Outstanding, Status},
    render::{Format, RenderError, csv_text, json_text, right, table},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Outstanding {
    /// The list as text; ages are as of `now`.
    pub fn render(&self, format: Format, now: Timestamp) -> Result<String, RenderError> {
        let lines = || self.items.iter().map(|item| Line::of(item, now));
        match format {
            Format::Table => Ok(self.table(now)),
            Format::Csv => csv_text(lines()),
            Format::Json => json_text(&lines().collect::<Vec<_>>()),
        }
    }

    /// Whether nothing of it needs a person.
    pub fn is_in_order(&self) -> bool {
        let needs = [Status::Alarm, Status::Stuck, Status::Rejected];
        !self.items.iter().any(|item| needs.contains(&item.status))
    }

    fn table(&self, now: Timestamp) -> String {
        if self.items.is_empty() {
            return format!("Nothing is outstanding (log offset {}).\n", self.offset);
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
        for item in &self.items {
            let value = match (&item.value, &item.currency) {
                (Some(value), Some(currency)) => format!("{value} {currency}"),
                _ => "–".to_owned(),
            };
            table.add_row(vec![
                item.status.to_string().into(),
                item.ledger.clone().into(),
                item.journal.as_ref().unwrap_or(&item.about).into(),
                right(value),
                right(age(item, now).map_or("–".to_owned(), in_words)),
                item.code.as_deref().unwrap_or("–").into(),
                note(item).into(),
            ]);
        }
        format!(
            "{table}\n{} outstanding (log offset {}).\n",
            self.items.len(),
            self.offset
        )
    }
}

/// What a person wants to know of it in one cell.
fn note(item: &Item) -> String {
    let batch = item.batch.as_ref().map(|batch| format!("batch {batch}"));
    let hold = item.hold.as_ref().map(|hold| format!("held {hold}"));
    let parts = [&item.cause, &item.remedy, &batch, &hold];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join(". ")
}

fn age(item: &Item, now: Timestamp) -> Option<Duration> {
    let age = now.duration_since(item.since?);
    Some(Duration::try_from(age).unwrap_or_default())
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

#[derive(Serialize)]
struct Line<'a> {
    status: Status,
    ledger: &'a str,
    about: &'a str,
    journal: Option<&'a str>,
    batch: Option<&'a str>,
    group: Option<u64>,
    code: Option<&'a str>,
    since: Option<String>,
    age_seconds: Option<u64>,
    value: Option<&'a str>,
    currency: Option<&'a str>,
    cause: Option<&'a str>,
    remedy: Option<&'a str>,
    hold: Option<&'a str>,
}

impl Line<'_> {
    fn of(item: &Item, now: Timestamp) -> Line<'_> {
        Line {
            status: item.status,
            ledger: &item.ledger,
            about: &item.about,
            journal: item.journal.as_deref(),
            batch: item.batch.as_deref(),
            group: item.group,
            code: item.code.as_deref(),
            since: item.since.map(|since| since.to_string()),
            age_seconds: age(item, now).map(|age| age.as_secs()),
            value: item.value.as_deref(),
            currency: item.currency.as_deref(),
            cause: item.cause.as_deref(),
            remedy: item.remedy.as_deref(),
            hold: item.hold.as_deref(),
        }
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
