//! `GlInterface.csv`, the file that Journal Import's interface table is loaded from.
//!
//! No header, 149 positions by count and not by name: a column that is moved or
//! left out puts the rest into the wrong places, so positions are named here once
//! and every record is exactly as long. Dates are `YYYY/MM/DD`, amounts have a dot
//! and no thousands separator, and the side that is not used stays empty.

use std::io::{Cursor, Write as _};

use jiff::civil::Date;
use schemas::{Amount, Currency, Journal, JournalLine, Side};
use zip::{ZipWriter, write::SimpleFileOptions};

const COLUMNS: usize = 149;
/// The name that the loader expects inside the archive.
const ENTRY: &str = "GlInterface.csv";

/// What Fusion keeps of a batch's name, in characters.
pub const MAX_BATCH_NAME: usize = 50;
/// What Fusion keeps of a journal's name, in characters.
const MAX_JOURNAL_NAME: usize = 25;
const MAX_USER_NAME: usize = 25;
const MAX_PERIOD: usize = 15;
const MAX_REFERENCE: usize = 100;
const MAX_TEXT: usize = 240;

/// Positions, counted from 1 as the template counts them.
mod position {
    pub(super) const STATUS: usize = 1;
    pub(super) const LEDGER_ID: usize = 2;
    pub(super) const ACCOUNTING_DATE: usize = 3;
    pub(super) const SOURCE: usize = 4;
    pub(super) const CATEGORY: usize = 5;
    pub(super) const CURRENCY: usize = 6;
    pub(super) const DATE_CREATED: usize = 7;
    pub(super) const ACTUAL_FLAG: usize = 8;
    pub(super) const SEGMENT1: usize = 9;
    pub(super) const ENTERED_DR: usize = 39;
    pub(super) const ENTERED_CR: usize = 40;
    pub(super) const BATCH_NAME: usize = 43;
    pub(super) const BATCH_DESCRIPTION: usize = 44;
    pub(super) const JOURNAL_NAME: usize = 46;
    pub(super) const JOURNAL_DESCRIPTION: usize = 47;
    pub(super) const JOURNAL_REFERENCE: usize = 48;
    pub(super) const LINE_DESCRIPTION: usize = 52;
    pub(super) const REFERENCE21: usize = 53;
    pub(super) const CONVERSION_TYPE: usize = 64;
    pub(super) const CONVERSION_DATE: usize = 65;
    pub(super) const CONVERSION_RATE: usize = 66;
    pub(super) const GROUP_ID: usize = 67;
    pub(super) const LEDGER_NAME: usize = 92;
    pub(super) const PERIOD: usize = 95;
}

/// The journals of one batch, in one group, of one ledger and one period.
#[derive(Debug, Clone, Copy)]
pub struct BatchFile<'a> {
    /// LEDGER_ID. Without it the rows name the ledger, which the interface takes as well.
    pub ledger_id: Option<u64>,
    /// LEDGER_NAME, as Fusion has it; written only without an id.
    pub ledger_name: &'a str,
    /// A journal in another currency than this is converted.
    pub ledger_currency: Currency,
    /// The journal source's user-facing name (USER_JE_SOURCE_NAME), at most 25 characters.
    pub source: &'a str,
    /// REFERENCE1, at most [`MAX_BATCH_NAME`] characters: what the batch is found by,
    /// since Fusion keeps no other key of ours.
    pub name: &'a str,
    /// REFERENCE2, for people; cut to 240 characters.
    pub description: &'a str,
    /// GROUP_ID, the same as the import is called with: one group is imported whole or
    /// not at all.
    pub group: u64,
    /// DATE_CREATED. A file without it is refused by the loader.
    pub created: Date,
    /// PERIOD_NAME, as the ledger's calendar calls it; at most 15 characters. Every
    /// journal's accounting date must lie in it.
    pub period: &'a str,
}

/// How amounts become the ledger's currency: at the day's rate of this type, or
/// at a rate of our own, which Fusion takes with the type `User` only.
#[derive(Debug, Clone, Copy)]
pub struct Conversion<'a> {
    /// The conversion type's user-facing name: `Corporate`, `User`.
    pub kind: &'a str,
    /// Units of the ledger's currency for one of the journal's; with `User`, and only then.
    pub rate: Option<Amount>,
}

/// One journal of the batch.
#[derive(Debug, Clone, Copy)]
pub struct BatchJournal<'a> {
    /// The journal's name (REFERENCE4), by which it is found again, at most 25
    /// characters; also its reference (REFERENCE6).
    pub key: &'a str,
    /// REFERENCE5, for people; cut to 240 characters.
    pub description: &'a str,
    /// The journal category's user-facing name (USER_JE_CATEGORY_NAME), at most 25
    /// characters.
    pub category: &'a str,
    /// ACCOUNTING_DATE, and the date of the conversion's rate.
    pub accounting_date: Date,
    /// The order or refund it is booked for: REFERENCE21, at most 240 characters, kept
    /// with every line.
    pub entity: &'a str,
    /// The key of the journal that it corrects, empty for none: REFERENCE22, likewise.
    pub original: &'a str,
    /// For a currency other than the ledger's.
    pub conversion: Conversion<'a>,
    /// Its lines. Amounts are written as decimals of its currency.
    pub journal: &'a Journal,
}

/// The journals cannot be written as a file that Fusion would read right.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Fusion would cut it, and it could not be found again.
    #[error("journal {journal}: the {what} `{value}` is longer than {limit} characters")]
    TooLong {
        /// The key of the journal.
        journal: String,
        /// Which of its texts, or of its batch's.
        what: &'static str,
        /// The text as it was to be written.
        value: String,
        /// The most that the column keeps, in characters.
        limit: usize,
    },
    /// It would leave no trace in the file, and be waited for in vain.
    #[error("journal {journal} has no lines")]
    Empty {
        /// The key of the journal.
        journal: String,
    },
    /// A line is not as long as the one before it, which no input can bring about.
    #[error("a record could not be written")]
    Record(#[source] csv::Error),
    /// The ZIP library refuses the file.
    #[error("the archive could not be written")]
    Archive(#[source] zip::result::ZipError),
}

impl BatchFile<'_> {
    /// The archive to upload, with `GlInterface.csv` in it.
    pub fn zip(&self, journals: &[BatchJournal]) -> Result<Vec<u8>, FileError> {
        let csv = self.csv(journals)?;
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // A fixed time: the same journals give the same bytes.
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        archive
            .start_file(ENTRY, options)
            .and_then(|()| archive.write_all(&csv).map_err(Into::into))
            .and_then(|()| archive.finish())
            .map(Cursor::into_inner)
            .map_err(FileError::Archive)
    }

    /// The file that the archive holds.
    pub fn csv(&self, journals: &[BatchJournal]) -> Result<Vec<u8>, FileError> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(Vec::new());
        for journal in journals {
            self.check(journal)?;
            let common = self.common(journal);
            for line in journal.journal.lines() {
                let record = common.with_line(line);
                writer.write_record(record).map_err(FileError::Record)?;
            }
        }
        writer
            .into_inner()
            .map_err(|error| FileError::Record(error.into_error().into()))
    }

    /// Whether the journal can be written. Names must come back as they were sent,
    /// so none is cut.
    pub fn check(&self, journal: &BatchJournal) -> Result<(), FileError> {
        if journal.journal.is_empty() {
            let journal = journal.key.to_owned();
            return Err(FileError::Empty { journal });
        }
        let limits = [
            ("batch name", self.name, MAX_BATCH_NAME),
            ("journal name", journal.key, MAX_JOURNAL_NAME),
            ("source", self.source, MAX_USER_NAME),
            ("category", journal.category, MAX_USER_NAME),
            ("period", self.period, MAX_PERIOD),
            ("reference", journal.key, MAX_REFERENCE),
            ("entity", journal.entity, MAX_TEXT),
            ("original", journal.original, MAX_TEXT),
        ];
        let too_long = |(_, value, limit): &&(_, &str, usize)| value.chars().count() > *limit;
        match limits.iter().find(too_long) {
            None => Ok(()),
            Some(&(what, value, limit)) => Err(FileError::TooLong {
                journal: journal.key.to_owned(),
                what,
                value: value.to_owned(),
                limit,
            }),
        }
    }

    /// What all lines of a journal have in common. Lines form one journal only
    /// where ledger, batch, name, period, category, currency and date agree.
    fn common(&self, journal: &BatchJournal) -> Record {
        let currency = journal.journal.currency();
        let mut record = Record::new();
        record.set(position::STATUS, "NEW");
        match self.ledger_id {
            Some(id) => record.set(position::LEDGER_ID, id.to_string()),
            None => record.set(position::LEDGER_NAME, self.ledger_name),
        }
        record.set(position::ACCOUNTING_DATE, date(journal.accounting_date));
        record.set(position::SOURCE, self.source);
        record.set(position::CATEGORY, journal.category);
        record.set(position::CURRENCY, currency.code());
        record.set(position::DATE_CREATED, date(self.created));
        record.set(position::ACTUAL_FLAG, "A");
        record.set(position::BATCH_NAME, self.name);
        record.set(position::BATCH_DESCRIPTION, text(self.description));
        record.set(position::JOURNAL_NAME, journal.key);
        record.set(position::JOURNAL_DESCRIPTION, text(journal.description));
        record.set(position::JOURNAL_REFERENCE, journal.key);
        record.set(position::REFERENCE21, journal.entity);
        record.set(position::REFERENCE21 + 1, journal.original);
        if currency != self.ledger_currency {
            record.set(position::CONVERSION_TYPE, journal.conversion.kind);
            record.set(position::CONVERSION_DATE, date(journal.accounting_date));
            if let Some(rate) = journal.conversion.rate {
                record.set(position::CONVERSION_RATE, rate.to_string());
            }
        }
        record.set(position::GROUP_ID, self.group.to_string());
        record.set(position::PERIOD, self.period);
        record
    }
}

/// One line of the file.
#[derive(Clone)]
struct Record(Vec<String>);

impl Record {
    fn new() -> Record {
        Record(vec![String::new(); COLUMNS])
    }

    fn set(&mut self, position: usize, value: impl Into<String>) {
        self.0[position - 1] = value.into();
    }

    fn with_line(&self, line: &JournalLine) -> Vec<String> {
        let mut record = self.clone();
        for (index, segment) in line.account.segments().iter().enumerate() {
            record.set(position::SEGMENT1 + index, segment);
        }
        let side = match line.side {
            Side::Debit => position::ENTERED_DR,
            Side::Credit => position::ENTERED_CR,
        };
        record.set(side, line.amount.to_string());
        record.set(position::LINE_DESCRIPTION, text(&line.memo));
        record.set(position::REFERENCE21 + 2, line.role.as_str());
        record.set(position::REFERENCE21 + 3, text(&line.rule));
        record.0
    }
}

fn date(date: Date) -> String {
    date.strftime("%Y/%m/%d").to_string()
}

/// Text that people read: one line, cut to what the column holds.
fn text(text: &str) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    one_line.take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use schemas::Role;

    use super::*;

    fn journal(currency: &str) -> Journal {
        let currency = Currency::from_code(currency).unwrap();
        let line = |account: &str, side, minor, memo: &str| JournalLine {
            account: account.parse().unwrap(),
            side,
            amount: currency.minor(minor),
            role: Role::Revenue,
            rule: "r".into(),
            memo: memo.into(),
        };
        let lines = vec![
            line(
                "101.10.11010",
                Side::Debit,
                1250,
                "paid \"by\" card, today\n",
            ),
            line("101.10.41000", Side::Credit, 1250, "sale"),
        ];
        Journal::new(currency, lines).unwrap()
    }

    fn file() -> BatchFile<'static> {
        BatchFile {
            ledger_id: Some(300_000_046_975_971),
            ledger_name: "US Primary Ledger",
            ledger_currency: Currency::from_code("USD").unwrap(),
            source: "Counterfoil",
            name: "CF-us-0123456789abcdef-1",
            description: "1 journal",
            group: 77,
            created: "2026-11-23".parse().unwrap(),
            period: "Nov-26",
        }
    }

    fn batch_journal(journal: &Journal) -> BatchJournal<'_> {
        BatchJournal {
            key: "us-1001-1",
            description: "Order 1001",
            category: "Web Orders",
            accounting_date: "2026-11-05".parse().unwrap(),
            entity: "us/1001",
            original: "",
            conversion: Conversion {
                kind: "Corporate",
                rate: None,
            },
            journal,
        }
    }

    fn records(file: &BatchFile, journal: &Journal) -> Vec<csv::StringRecord> {
        let zip = file.zip(&[batch_journal(journal)]).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut text = String::new();
        let mut entry = archive.by_name(ENTRY).unwrap();
        entry.read_to_string(&mut text).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        reader.records().map(Result::unwrap).collect()
    }

    #[test]
    fn every_record_has_149_positions_and_one_side() {
        let records = records(&file(), &journal("USD"));
        assert_eq!(records.len(), 2);
        assert!(records.iter().all(|record| record.len() == 149));
        let at = |record: usize, position: usize| records[record][position - 1].to_owned();
        assert_eq!((at(0, 39), at(0, 40)), ("12.50".into(), String::new()));
        assert_eq!((at(1, 39), at(1, 40)), (String::new(), "12.50".into()));
        assert_eq!(at(0, 3), "2026/11/05");
        assert_eq!(at(0, 7), "2026/11/23");
        assert_eq!((at(0, 9), at(0, 11)), ("101".into(), "11010".into()));
        assert_eq!(
            (at(0, 46), at(0, 48)),
            ("us-1001-1".into(), "us-1001-1".into())
        );
        assert_eq!(at(0, 52), "paid \"by\" card, today ");
        assert_eq!((at(0, 67), at(0, 95)), ("77".into(), "Nov-26".into()));
        assert_eq!(at(0, 64), "");
    }

    #[test]
    fn a_foreign_currency_names_its_conversion() {
        let records = records(&file(), &journal("EUR"));
        assert_eq!(&records[0][63], "Corporate");
        assert_eq!(&records[0][64], "2026/11/05");
        assert_eq!(&records[0][65], "");
    }

    #[test]
    fn a_rate_of_our_own_goes_with_it() {
        let journal = journal("EUR");
        let own = BatchJournal {
            conversion: Conversion {
                kind: "User",
                rate: Some("1.0843".parse().unwrap()),
            },
            ..batch_journal(&journal)
        };
        let record = file().common(&own);
        assert_eq!(record.0[63..66], ["User", "2026/11/05", "1.0843"]);
    }

    #[test]
    fn a_name_that_fusion_would_cut_is_refused() {
        let journal = journal("USD");
        let key = "x".repeat(26);
        let long = BatchJournal {
            key: &key,
            ..batch_journal(&journal)
        };
        let error = file().zip(&[long]).unwrap_err();
        assert!(
            matches!(error, FileError::TooLong { limit: 25, .. }),
            "{error}"
        );
    }

    #[test]
    fn the_same_journals_give_the_same_bytes() {
        let journal = journal("USD");
        let zip = || file().zip(&[batch_journal(&journal)]).unwrap();
        assert_eq!(zip(), zip());
    }
}
