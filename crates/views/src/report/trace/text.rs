//! The trace as CSV (its events) and as JSON.

use serde::Serialize;

use super::{Trace, TracedEvent};
use crate::report::text::{self, TextError};

impl Trace {
    /// The events as CSV. Times are in UTC.
    pub fn csv(&self) -> Result<String, TextError> {
        text::csv(self.events.iter().map(Line::of))
    }

    /// All of it as JSON. Times are in UTC, amounts are decimal strings.
    pub fn json(&self) -> Result<String, TextError> {
        text::json(self)
    }
}

#[derive(Serialize)]
struct Line<'a> {
    offset: u64,
    time: String,
    #[serde(rename = "type")]
    kind: &'a str,
    id: String,
    causation: Option<String>,
    subject: &'a str,
    summary: &'a str,
}

impl Line<'_> {
    fn of(event: &TracedEvent) -> Line<'_> {
        Line {
            offset: event.offset,
            time: event.time.to_string(),
            kind: &event.kind,
            id: event.id.to_string(),
            causation: event.causation.map(|id| id.to_string()),
            subject: &event.subject,
            summary: &event.summary,
        }
    }
}
