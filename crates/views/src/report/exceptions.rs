//! What stands in the way: orders and refunds that are parked or rejected, events
//! that could not be read, and what a person must put right in Fusion. Each with
//! its cause and what clears it.

use jiff::Timestamp;
use rusqlite::Row as SqlRow;
use serde::Serialize;

use super::render::{Format, RenderError, amount, csv_text, json_text, right, table};
use crate::{Views, ViewsError, column::time_of};

const OPEN: &str = "
    SELECT offset, kind, entity, journal, about, code, cause, remedy, since, currency, figure
    FROM open_exceptions ORDER BY kind <> 'alarm', offset";

/// All exceptions that stand: alarms, then the others, each the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceptions(pub Vec<Exception>);

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The offset in the log of the event that tells of it.
    pub offset: u64,
    /// `alarm` (the ledger holds what it must not), `parked`, `rejected`,
    /// `contradictory` (what the store says of it does not fit together), `stuck`
    /// (rows left in the interface table), `unposted` or `unreadable`.
    pub kind: String,
    /// The order or refund; none for an event that could not be read.
    pub entity: Option<String>,
    pub journal: Option<String>,
    /// A batch, a group or a ledger, where it is about no order.
    pub about: Option<String>,
    pub code: String,
    pub cause: String,
    pub remedy: String,
    pub since: Timestamp,
    /// What is held up, decimal, where it is known.
    pub value: Option<String>,
    pub currency: Option<String>,
}

/// Lists the exceptions that stand.
pub fn exceptions(views: &Views) -> Result<Exceptions, ViewsError> {
    let mut query = views.connection.prepare_cached(OPEN)?;
    let rows = query.query_and_then([], exception)?;
    Ok(Exceptions(rows.collect::<Result<_, ViewsError>>()?))
}

impl Exceptions {
    /// The list as text, with amounts in the decimals of their currencies.
    pub fn render(&self, format: Format) -> Result<String, RenderError> {
        match format {
            Format::Table => Ok(self.table()),
            Format::Csv => csv_text(self.0.iter()),
            Format::Json => json_text(&self.0),
        }
    }

    fn table(&self) -> String {
        if self.0.is_empty() {
            return "There are no exceptions.\n".to_owned();
        }
        let mut table = table(&["Since", "About", "Value", "Code", "Cause", "What clears it"]);
        for exception in &self.0 {
            let about = [&exception.journal, &exception.entity, &exception.about]
                .into_iter()
                .find_map(Option::as_ref);
            let value = match (&exception.value, &exception.currency) {
                (Some(value), Some(currency)) => format!("{value} {currency}"),
                _ => "–".to_owned(),
            };
            table.add_row(vec![
                exception.since.to_string().into(),
                about
                    .map_or(format!("event {}", exception.offset), String::clone)
                    .into(),
                right(value),
                exception.code.clone().into(),
                exception.cause.clone().into(),
                exception.remedy.clone().into(),
            ]);
        }
        format!("{table}\n")
    }
}

fn exception(row: &SqlRow) -> Result<Exception, ViewsError> {
    let currency = row
        .get::<_, Option<String>>(9)?
        .filter(|code| !code.is_empty());
    let figure: Option<i64> = row.get(10)?;
    let value = currency
        .as_deref()
        .zip(figure)
        .map(|(code, figure)| amount(figure, schemas::Currency::from_code(code).ok()));
    Ok(Exception {
        offset: row.get::<_, i64>(0)?.unsigned_abs(),
        kind: row.get(1)?,
        entity: row.get(2)?,
        journal: row.get(3)?,
        about: row.get(4)?,
        code: row.get(5)?,
        cause: row.get(6)?,
        remedy: row.get(7)?,
        since: time_of(row.get(8)?)?,
        value,
        currency,
    })
}
