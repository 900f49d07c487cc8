//! The journals that were sent to the ledgers, with what each comes to on every
//! account it touches.

use comfy_table::Cell;
use jiff::civil::Date;
use rusqlite::{Row as SqlRow, params};
use schemas::Currency;
use serde::Serialize;
use subledger::Balance;

use super::{
    Filter,
    hledger::{self, Mark, Posting, Transaction},
    render::{Format, RenderError, amount, csv_text, json_text, right, table},
};
use crate::views::{Views, ViewsError, day_of};

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
    pub journals: Vec<SentJournal>,
}

/// A journal as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentJournal {
    pub key: String,
    pub entity: String,
    /// `original`, `adjustment`, `reversal` or `refund`.
    pub kind: String,
    /// `submitted`, `imported`, `posted` or `rejected`.
    pub state: String,
    pub ledger: String,
    pub batch: String,
    pub period: String,
    pub accounting_date: Date,
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

impl Journals {
    /// The report as text, with amounts in the decimals of their currencies.
    pub fn render(&self, format: Format) -> Result<String, RenderError> {
        match format {
            Format::Table => Ok(self.table()),
            Format::Csv => csv_text(self.journals.iter().flat_map(lines)),
            Format::Json => json_text(&Report {
                offset: self.offset,
                journals: self.journals.iter().map(JsonJournal::of).collect(),
            }),
        }
    }

    /// The report as hledger's text: what is posted, and what is on its way.
    /// Journals that were refused are in no ledger, so they are left out.
    pub fn hledger(&self) -> String {
        let kept = self.journals.iter().filter(|it| it.state != "rejected");
        hledger::text(&kept.map(transaction).collect::<Vec<_>>())
    }

    fn table(&self) -> String {
        let header = [
            "Journal", "For", "Kind", "Date", "Period", "State", "Account", "Debit", "Credit", "",
        ];
        let mut table = table(&header);
        for journal in &self.journals {
            let mut about = [
                journal.key.clone(),
                journal.entity.clone(),
                journal.kind.clone(),
                journal.accounting_date.to_string(),
                journal.period.clone(),
                journal.state.clone(),
            ];
            for (account, minor) in &journal.net {
                let mut cells: Vec<Cell> = about.iter().map(Cell::new).collect();
                let (debit, credit) = sides(*minor, journal.currency);
                cells.push(Cell::new(account));
                cells.push(right(debit));
                cells.push(right(credit));
                cells.push(Cell::new(journal.currency.code()));
                table.add_row(cells);
                // What the lines of a journal have in common is said once.
                about.fill(String::new());
            }
        }
        format!(
            "{table}\n{} journals (log offset {}).\n",
            self.journals.len(),
            self.offset
        )
    }
}

/// The debit and the credit column; the one that is not used is empty.
fn sides(minor: i64, currency: Currency) -> (String, String) {
    let text = amount(minor.saturating_abs(), Some(currency));
    match minor < 0 {
        true => (String::new(), text),
        false => (text, String::new()),
    }
}

fn transaction(journal: &SentJournal) -> Transaction {
    let mut tags = vec![
        ("ledger", journal.ledger.clone()),
        ("period", journal.period.clone()),
        ("batch", journal.batch.clone()),
    ];
    tags.extend(journal.original.clone().map(|key| ("original", key)));
    let posting = |(account, minor): &(String, i64)| Posting {
        account: account.clone(),
        amount: journal.currency.minor(*minor),
        rule: String::new(),
        memo: String::new(),
    };
    Transaction {
        date: journal.accounting_date,
        mark: match journal.state.as_str() {
            "posted" => Mark::Posted,
            _ => Mark::Pending,
        },
        key: journal.key.clone(),
        description: format!("{} {}", journal.kind, journal.entity),
        tags,
        postings: journal.net.iter().map(posting).collect(),
    }
}

/// One account of one journal, as a line of CSV.
#[derive(Serialize)]
struct Line<'a> {
    journal: &'a str,
    entity: &'a str,
    kind: &'a str,
    state: &'a str,
    ledger: &'a str,
    batch: &'a str,
    period: &'a str,
    accounting_date: String,
    original: &'a str,
    account: &'a str,
    currency: &'static str,
    debit: String,
    credit: String,
}

fn lines(journal: &SentJournal) -> impl Iterator<Item = Line<'_>> {
    journal.net.iter().map(|(account, minor)| {
        let (debit, credit) = sides(*minor, journal.currency);
        Line {
            journal: &journal.key,
            entity: &journal.entity,
            kind: &journal.kind,
            state: &journal.state,
            ledger: &journal.ledger,
            batch: &journal.batch,
            period: &journal.period,
            accounting_date: journal.accounting_date.to_string(),
            original: journal.original.as_deref().unwrap_or_default(),
            account,
            currency: journal.currency.code(),
            debit,
            credit,
        }
    })
}

/// The report as JSON. Amounts are decimal strings.
#[derive(Serialize)]
struct Report<'a> {
    offset: u64,
    journals: Vec<JsonJournal<'a>>,
}

#[derive(Serialize)]
struct JsonJournal<'a> {
    journal: &'a str,
    entity: &'a str,
    kind: &'a str,
    state: &'a str,
    ledger: &'a str,
    batch: &'a str,
    period: &'a str,
    accounting_date: String,
    original: Option<&'a str>,
    currency: &'static str,
    lines: Vec<JsonLine<'a>>,
}

#[derive(Serialize)]
struct JsonLine<'a> {
    account: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    debit: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    credit: String,
}

impl JsonJournal<'_> {
    fn of(journal: &SentJournal) -> JsonJournal<'_> {
        JsonJournal {
            journal: &journal.key,
            entity: &journal.entity,
            kind: &journal.kind,
            state: &journal.state,
            ledger: &journal.ledger,
            batch: &journal.batch,
            period: &journal.period,
            accounting_date: journal.accounting_date.to_string(),
            original: journal.original.as_deref(),
            currency: journal.currency.code(),
            lines: journal
                .net
                .iter()
                .map(|(account, minor)| JsonLine::of(account, *minor, journal.currency))
                .collect(),
        }
    }
}

impl JsonLine<'_> {
    fn of(account: &str, minor: i64, currency: Currency) -> JsonLine<'_> {
        let (debit, credit) = sides(minor, currency);
        JsonLine {
            account,
            debit,
            credit,
        }
    }
}
