//! What stands in the way: orders and refunds that are parked or rejected, events
//! that could not be read, and what a person must put right in Fusion. Each with
//! its cause and what clears it.

use jiff::Timestamp;
use rusqlite::Row as SqlRow;
use serde::Serialize;

use super::text::{self, TextError, amount};
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
    /// The journal, by its key.
    pub journal: Option<String>,
    /// A batch, a group or a ledger, where it is about no order.
    pub about: Option<String>,
    /// By which it has a page among the error codes.
    pub code: String,
    /// Why it stands.
    pub cause: String,
    /// What clears it.
    pub remedy: String,
    /// The time of the event that tells of it.
    pub since: Timestamp,
    /// What is held up, decimal, where it is known.
    pub value: Option<String>,
    /// The currency of the value, by its ISO code.
    pub currency: Option<String>,
}

/// Lists the exceptions that stand.
pub fn exceptions(views: &Views) -> Result<Exceptions, ViewsError> {
    let mut query = views.connection.prepare_cached(OPEN)?;
    let rows = query.query_and_then([], exception)?;
    Ok(Exceptions(rows.collect::<Result<_, ViewsError>>()?))
}

impl Exceptions {
    /// Whether nothing needs a person.
    pub fn is_in_order(&self) -> bool {
        self.0.is_empty()
    }

    /// The list as CSV, with amounts in the decimals of their currencies.
    pub fn csv(&self) -> Result<String, TextError> {
        text::csv(self.0.iter())
    }

    /// The list as JSON; amounts are decimal strings.
    pub fn json(&self) -> Result<String, TextError> {
        text::json(&self.0)
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
