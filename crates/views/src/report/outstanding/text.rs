//! What is outstanding as CSV and as JSON, with its age.

use jiff::Timestamp;
use serde::Serialize;

use super::{Item, Outstanding, Status};
use crate::report::text::{self, TextError};

impl Outstanding {
    /// The list as CSV; ages are as of `now`.
    pub fn csv(&self, now: Timestamp) -> Result<String, TextError> {
        text::csv(self.items.iter().map(|item| Line::of(item, now)))
    }

    /// The list as JSON; ages are as of `now`.
    pub fn json(&self, now: Timestamp) -> Result<String, TextError> {
        let lines = self.items.iter().map(|item| Line::of(item, now));
        text::json(&lines.collect::<Vec<_>>())
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
            age_seconds: item.age(now).map(|age| age.as_secs()),
            value: item.value.as_deref(),
            currency: item.currency.as_deref(),
            cause: item.cause.as_deref(),
            remedy: item.remedy.as_deref(),
            hold: item.hold.as_deref(),
        }
    }
}
