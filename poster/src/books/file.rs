//! The file of a ledger's books: whether it is whole, and what becomes of a damaged one.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};
use schemas::LedgerKey;

use super::BooksError;

/// Damaged files that may lie beside the books.
const MOST_ASIDE: usize = 1000;

/// Where the books of a ledger are.
pub(super) fn of(folder: &Path, ledger: &LedgerKey) -> PathBuf {
    folder.join(format!("{ledger}.db"))
}

/// Looks through the books of a ledger in a data folder, and changes nothing in them; the
/// poster may be at work. Returns whether there are any.
pub fn check_books(data_dir: &Path, ledger: &LedgerKey) -> Result<bool, BooksError> {
    let path = of(&data_dir.join("poster"), ledger);
    if !path.is_file() {
        return Ok(false);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(&path, flags);
    let connection = opened.map_err(|source| BooksError::Open { path, source })?;
    look_through(&connection, "integrity_check").map(|()| true)
}

/// Looks through the file, and whether an order is missing: one that nobody knows would
/// be posted anew.
pub(super) fn check(connection: &Connection) -> Result<(), BooksError> {
    look_through(connection, "quick_check")?;
    let query = "SELECT lifecycles = (SELECT count(*) FROM lifecycle) FROM state";
    match connection.query_row(query, [], |row| row.get(0)) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BooksError::Changed {
            what: "an order",
            row: "the list of all".to_owned(),
        }),
        Err(error) => Err(BooksError::Read(error)),
    }
}

/// One finding is enough: the file is not mended.
fn look_through(connection: &Connection, pragma: &str) -> Result<(), BooksError> {
    let found: String = connection
        .query_row(&format!("PRAGMA {pragma}(1)"), [], |row| row.get(0))
        .map_err(BooksError::Read)?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(BooksError::Damaged(found)),
    }
}

/// Moves books that nobody has open to a free name beside them, with what SQLite keeps
/// beside the file, and returns that name.
pub(super) fn set_aside(file: &Path) -> Result<PathBuf, BooksError> {
    let failed = |source| BooksError::Aside {
        path: file.to_owned(),
        source,
    };
    let aside = (1..MOST_ASIDE)
        .map(|number| file.with_extension(format!("damaged-{number}")))
        .find(|path| !path.exists())
        .ok_or_else(|| failed(io::Error::other("too many damaged files lie beside it")))?;
    for suffix in ["", "-wal", "-shm"] {
        match fs::rename(beside(file, suffix), beside(&aside, suffix)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(failed(source)),
            _ => {}
        }
    }
    Ok(aside)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(suffix);
    path.into()
}
