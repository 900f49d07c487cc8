//! The journals as CSV, as JSON and as hledger's text.

use serde::Serialize;

use super::{Currency, Journals, SentJournal, sides};
use crate::report::{
    hledger::{self, Mark, Posting, Transaction},
    text::{self, TextError},
};

impl Journals {
    /// A line for each account of each journal, with amounts in the decimals of
    /// their currencies.
    pub fn csv(&self) -> Result<String, TextError> {
        text::csv(self.journals.iter().flat_map(lines))
    }

    /// All of it as JSON; amounts are decimal strings.
    pub fn json(&self) -> Result<String, TextError> {
        text::json(&Report {
            offset: self.offset,
            journals: self.journals.iter().map(JsonJournal::of).collect(),
        })
    }

    /// The report as hledger's text: what is posted, and what is on its way.
    /// Journals that were refused are in no ledger, so they are left out.
    pub fn hledger(&self) -> String {
        let kept = self.journals.iter().filter(|it| it.state != "rejected");
        hledger::text(&kept.map(transaction).collect::<Vec<_>>())
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
