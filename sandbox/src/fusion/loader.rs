//! The interface loader: a zip in, interface rows out, or one error and no rows.

use std::io::{Cursor, Read};

use csv::StringRecord;
use thiserror::Error;
use zip::ZipArchive;

use super::columns;
use super::interface::{Conversion, GroupKey, Row, Sides};
use super::world::World;

/// The only entry name the loader knows for journals.
pub(super) const ENTRY: &str = "GlInterface.csv";
/// Largest file it unpacks, in bytes.
const LARGEST_FILE: u64 = 250 * 1024 * 1024;

/// Why a file was not loaded. None of its rows are.
#[derive(Debug, Error)]
pub(super) enum LoadError {
    /// Not a zip file.
    #[error("the document is not a readable zip file")]
    Zip(#[source] zip::result::ZipError),
    /// The entry is missing.
    #[error("the zip holds no entry named {ENTRY}")]
    Entry(#[source] zip::result::ZipError),
    /// The entry cannot be unpacked.
    #[error("the entry {ENTRY} cannot be unpacked")]
    Unpack(#[source] std::io::Error),
    /// The entry is too large.
    #[error("the entry {ENTRY} is larger than {LARGEST_FILE} bytes")]
    TooLarge,
    /// Not UTF-8, or not CSV.
    #[error("record {record} cannot be read as comma-separated UTF-8")]
    Csv {
        /// Counted from 1.
        record: usize,
        /// What the reader says.
        #[source]
        source: csv::Error,
    },
    /// A record the table does not take.
    #[error("Record {record}: Rejected - Error on table GL_INTERFACE.\n{problem}")]
    Record {
        /// Counted from 1.
        record: usize,
        /// Column and cause.
        problem: String,
    },
    /// No records at all.
    #[error("the entry {ENTRY} holds no records")]
    Empty,
}

/// Reads an uploaded document.
///
/// # Errors
/// The first thing that is wrong with it; then nothing of it is loaded.
pub(super) fn read(document: &[u8], world: &World) -> Result<Vec<Row>, LoadError> {
    let text = unpack(document)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_slice());
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let number = index + 1;
        let record = record.map_err(|source| LoadError::Csv {
            record: number,
            source,
        })?;
        let row = row(&record, world).map_err(|problem| LoadError::Record {
            record: number,
            problem,
        })?;
        rows.push(row);
    }
    match rows.is_empty() {
        true => Err(LoadError::Empty),
        false => Ok(rows),
    }
}

fn unpack(document: &[u8]) -> Result<Vec<u8>, LoadError> {
    let mut archive = ZipArchive::new(Cursor::new(document)).map_err(LoadError::Zip)?;
    let entry = archive.by_name(ENTRY).map_err(LoadError::Entry)?;
    let mut text = Vec::new();
    entry
        .take(LARGEST_FILE + 1)
        .read_to_end(&mut text)
        .map_err(LoadError::Unpack)?;
    match text.len() as u64 > LARGEST_FILE {
        true => Err(LoadError::TooLarge),
        false => Ok(text),
    }
}

fn row(record: &StringRecord, world: &World) -> Result<Row, String> {
    check_shape(record)?;
    for position in 1..=columns::COUNT {
        columns::check(position, field(record, position))?;
    }
    let text = |position| field(record, position).to_string();
    let boxed = |position| Box::<str>::from(field(record, position));
    let number = |position| columns::number(field(record, position));
    let ledger_id = ledger(record, world)?;
    let date = columns::date(field(record, 3)).ok_or("ACCOUNTING_DATE is missing")?;
    let mut segments: Vec<Box<str>> = (9..=38).map(boxed).collect();
    while segments.last().is_some_and(|value| value.is_empty()) {
        segments.pop();
    }
    Ok(Row {
        status: text(1),
        status_description: String::new(),
        key: GroupKey {
            source: text(4),
            ledger_id,
            group_id: field(record, 67).parse().ok(),
        },
        date,
        category: text(5),
        currency: text(6),
        actual_flag: text(8),
        segments,
        entered: Sides {
            debit: number(39),
            credit: number(40),
        },
        accounted: Sides {
            debit: number(41),
            credit: number(42),
        },
        batch_name: text(43),
        batch_description: text(44),
        journal_name: text(46),
        journal_description: text(47),
        journal_reference: text(48),
        reversal: [text(49), text(50), text(51)],
        line_description: boxed(52),
        references: references(record),
        conversion: Conversion {
            kind: text(64),
            date: columns::date(field(record, 65)),
            rate: number(66),
        },
        reconciliation: boxed(94),
        period_name: text(95),
    })
}

/// 149 fields; a 150th is tolerated if it is the macro's end mark.
fn check_shape(record: &StringRecord) -> Result<(), String> {
    let fields = record.len();
    let ends_with_mark = fields == columns::COUNT + 1 && field(record, fields) == columns::END_MARK;
    match fields == columns::COUNT || ends_with_mark {
        true => Ok(()),
        false => Err(format!(
            "the record has {fields} fields, GL_INTERFACE takes {}",
            columns::COUNT
        )),
    }
}

/// The ledger by identifier, or by name where the identifier is empty. An
/// identifier is not checked here: rows of an unknown ledger are simply never
/// selected by an import.
fn ledger(record: &StringRecord, world: &World) -> Result<u64, String> {
    let (id, name) = (field(record, 2), field(record, 92));
    if !id.is_empty() {
        return id
            .parse()
            .map_err(|_| format!("LEDGER_ID {id} is not a number"));
    }
    if name.is_empty() {
        return Err("ORA-01400: cannot insert NULL into LEDGER_ID".into());
    }
    world
        .ledgers
        .iter()
        .find(|ledger| ledger.name == name)
        .map(|ledger| ledger.id)
        .ok_or_else(|| format!("LEDGER_NAME {name} does not exist"))
}

fn references(record: &StringRecord) -> Option<Box<[Box<str>; 10]>> {
    let values: [Box<str>; 10] = std::array::from_fn(|index| field(record, 53 + index).into());
    let filled = values.iter().any(|value| !value.is_empty());
    filled.then(|| Box::new(values))
}

/// A field by its position, counted from 1; absent ones are empty.
fn field(record: &StringRecord, position: usize) -> &str {
    record.get(position - 1).unwrap_or_default()
}
