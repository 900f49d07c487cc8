//! The journals that were sent to the ledgers, with what each comes to on every
//! account it touches.

mod text;

use jiff::civil::Date;
use rusqlite::{Row as SqlRow, params};
use schemas::Currency;

use super::{Filter, text::amount};
use subledger::Balance;

use crate::{Views, ViewsError, column::day_of};

const JOURNALS: &str = "
    SELECT key, entity, kind, state, ledger, batch, period, accounting_date, currency, original, net
    FROM journals
    WHERE (?1 IS NULL OR substr(entity, 1, length(?1) + 1) = ?1 || '/')
      AND accounting_date >= ?2 AND accounting_date <= ?3
    ORDER BY accounting_date, ledger, key";

/// Journals as of an offset in the log, by their dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journals {
    /// The events up to this offset in the log are in it.
    pub offset: u64,
    /// In the order of their accounting dates.
    pub journals: Vec<SentJournal>,
}

/// A journal as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentJournal {
    /// The name that it has in the ledger.
    pub key: String,
    /// The order or refund that it is for: `us/1001` or `us/1001/refund/7`.
    pub entity: String,
    /// `original`, `adjustment`, `reversal` or `refund`.
    pub kind: String,
    /// `submitted`, `imported`, `posted` or `rejected`.
    pub state: String,
    /// The ledger, by its key.
    pub ledger: String,
    /// Our batch that it went in last.
    pub batch: String,
    /// The ledger's period.
    pub period: String,
    /// The day on which it counts.
    pub accounting_date: Date,
    /// What all of its amounts are in.
    pub currency: Currency,
    /// The journal it reverses or adjusts; for a refund, its order's.
    pub original: Option<String>,
    /// Minor units by account, debits positive. An account on which the journal
    /// comes to nothing is not there.
    pub net: Vec<(String, i64)>,
}

/// The journals that were sent; the days of the filter are accounting dates.
pub fn journals(views: &Views, filter: &Filter) -> Result<Journals, ViewsError> {
    // One read transaction, so that the parts belong to the same offset.
    let tx = views.connection.unchecked_transaction()?;
    let offset = views.offset()?;
    let store = filter.store.as_ref().map(|store| store.as_str());
    let from = filter.from.unwrap_or(Date::ZERO).to_string();
    let to = filter.to.unwrap_or(Date::MAX).to_string();
    let mut statement = tx.prepare(JOURNALS)?;
    let mut rows = statement.query(params![store, from, to])?;
    let mut journals = Vec::new();
    while let Some(row) = rows.next()? {
        journals.push(sent(row)?);
    }
    Ok(Journals { offset, journals })
}

fn sent(row: &SqlRow) -> Result<SentJournal, ViewsError> {
    let code: String = row.get("currency")?;
    let net: String = row.get("net")?;
    let net: Balance = serde_json::from_str(&net).map_err(ViewsError::Facts)?;
    let day: String = row.get("accounting_date")?;
    Ok(SentJournal {
        key: row.get("key")?,
        entity: row.get("entity")?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        ledger: row.get("ledger")?,
        batch: row.get("batch")?,
        period: row.get("period")?,
        accounting_date: day_of(&day)?,
        currency: Currency::from_code(&code).map_err(|_| ViewsError::Value {
            column: "currency",
            found: code,
        })?,
        original: row.get("original")?,
        net: net
            .accounts()
            .map(|(account, minor)| (account.to_owned(), minor))
            .collect(),
    })
}

/// The debit and the credit column of an account on which a journal comes to
/// `minor`, debits positive; the one that is not used is empty.
pub fn sides(minor: i64, currency: Currency) -> (String, String) {
    let text = amount(minor.saturating_abs(), Some(currency));
    match minor < 0 {
        true => (String::new(), text),
        false => (text, String::new()),
    }
}
