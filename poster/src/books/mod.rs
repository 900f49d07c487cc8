//! The books of one ledger: what is posted, what is due, what is on its way.
//!
//! They change only by applying events of the stream, each with its position in the
//! same transaction; so they can be rebuilt, and a crash between an event and its
//! effect does not exist. That is also why `synchronous = NORMAL` is enough: a
//! transaction lost with the power is applied again from the stream.

mod apply;
mod concern;
mod day;
mod error;
mod families;
mod file;
mod place;
mod rejections;
mod rows;
mod seal;
mod summaries;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, config::DbConfig, params};
use schemas::{BatchKey, EntityKey, EventId, Journal, LedgerKey, Posting, Step};
use stream::{Sequence, Start};
use subledger::{Draft, Family, Progress};

pub(crate) use concern::{Concern, TARGETS, subjects};
pub use error::BooksError;
pub use file::check_books;
pub use rejections::Rejection;
pub use rows::Attempt;
use seal::Place;

/// Of the layout; books of another version are rebuilt from the stream.
const VERSION: i64 = 8;
const SCHEMA: &str = include_str!("schema.sql");
/// There are fewer than this.
const STATEMENTS: usize = 64;

/// The books of one ledger. One owner, one connection.
pub struct Books {
    ledger: LedgerKey,
    connection: Connection,
    position: Start,
    fence: Sequence,
    last_submitted: Option<EventId>,
}

impl Books {
    /// Opens the books of a ledger in a folder, empty ones if there are none or
    /// if they are of another version.
    pub fn open(folder: &Path, ledger: &LedgerKey) -> Result<Books, BooksError> {
        std::fs::create_dir_all(folder).map_err(|source| BooksError::Folder {
            dir: folder.to_owned(),
            source,
        })?;
        let path = file::of(folder, ledger);
        let connection = connect(&path).map_err(|source| BooksError::Open { path, source })?;
        file::check(&connection)?;
        let mut books = Books {
            ledger: ledger.clone(),
            connection,
            position: Start::Beginning,
            fence: Sequence(0),
            last_submitted: None,
        };
        books.reload()?;
        Ok(books)
    }

    /// Sets damaged books aside, and begins others that take their place once the stream
    /// is known to hold what they had seen of it. Returns where the damaged ones are, too.
    pub fn begin_anew(
        folder: &Path,
        ledger: &LedgerKey,
        former: Start,
    ) -> Result<(Books, PathBuf), BooksError> {
        let aside = file::set_aside(&file::of(folder, ledger))?;
        let books = Books::open(folder, ledger)?;
        place::keep_former(&books.connection, former).map_err(BooksError::Write)?;
        Ok((books, aside))
    }

    /// How far these books, or those of another version that they take the place of,
    /// have come. The stream must hold that: what it does not tell them again, they
    /// would take for not posted.
    pub fn reached(&self) -> Result<Start, BooksError> {
        let former = place::former(&self.connection).map_err(BooksError::Read)?;
        Ok(match former.sequence() > self.position.sequence() {
            true => former,
            false => self.position,
        })
    }

    /// The last event that was applied.
    pub fn position(&self) -> Start {
        self.position
    }

    /// The last sequence on the ledger's `journal.submitted`.
    pub fn fence(&self) -> Sequence {
        self.fence
    }

    /// The event at the fence.
    pub fn last_submitted(&self) -> Option<EventId> {
        self.last_submitted
    }

    /// The attempt whose import is not at an end. There is at most one.
    pub fn open_attempt(&self) -> Result<Option<Attempt>, BooksError> {
        Ok(self.attempts(Progress::Submitted)?.into_iter().next())
    }

    /// Imported batches that are not posted yet, oldest first.
    pub fn awaiting_posting(&self) -> Result<Vec<Attempt>, BooksError> {
        self.attempts(Progress::Imported)
    }

    fn attempts(&self, progress: Progress) -> Result<Vec<Attempt>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT batch, attempt, group_id, step, step_at, intended_at, document, last_import, batch_id, batch_name, imported_at, delayed, imports
                 FROM attempt WHERE progress = ?1 ORDER BY intended_at, batch",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([progress.as_str()], rows::attempt)
            .map_err(BooksError::Read)?;
        rows.map(|row| row.map_err(BooksError::Read)?.parsed())
            .collect()
    }

    /// The newest import request of all other attempts: every request of this one is
    /// newer, since there is one attempt at a time. None for a ledger's first.
    pub fn import_before(&self, attempt: &Attempt) -> Result<Option<u64>, BooksError> {
        let newest: Option<i64> = self
            .connection
            .query_row(
                "SELECT max(last_import) FROM attempt WHERE batch <> ?1 OR attempt <> ?2",
                params![attempt.batch.as_str(), attempt.attempt],
                |row| row.get(0),
            )
            .map_err(BooksError::Read)?;
        Ok(newest.map(i64::unsigned_abs))
    }

    /// How often this batch was tried.
    pub fn attempts_of(&self, batch: &BatchKey) -> Result<u32, BooksError> {
        self.connection
            .query_row(
                "SELECT coalesce(max(attempt), 0) FROM attempt WHERE batch = ?1",
                [batch.as_str()],
                |row| row.get(0),
            )
            .map_err(BooksError::Read)
    }

    /// The journals that a batch was sent with, in their order.
    pub fn postings(&self, batch: &BatchKey) -> Result<Vec<Posting>, BooksError> {
        postings_of(
            &self.connection,
            batch,
            "SELECT key, posting FROM posting WHERE batch = ?1 ORDER BY place",
        )
    }

    /// Those of them that are neither posted nor rejected.
    pub fn postings_left(&self, batch: &BatchKey) -> Result<Vec<Posting>, BooksError> {
        postings_of(
            &self.connection,
            batch,
            "SELECT key, posting FROM posting WHERE batch = ?1 AND progress = 'submitted' ORDER BY place",
        )
    }

    /// How many journals a batch was sent with.
    pub fn posting_count(&self, batch: &BatchKey) -> Result<usize, BooksError> {
        self.connection
            .query_row(
                "SELECT count(*) FROM posting WHERE batch = ?1",
                [batch.as_str()],
                |row| row.get(0).map(rows::count),
            )
            .map_err(BooksError::Read)
    }

    /// How many entities have a journal due by itself (none while the ledger is held),
    /// counted up to a limit (a backlog can be long, and is asked for often), and since
    /// when the first of them waits.
    pub fn due_count(&self, limit: usize) -> Result<(usize, Option<Timestamp>), BooksError> {
        self.connection
            .prepare_cached(
                "SELECT count(*), min(due_at) FROM (
                     SELECT due_at FROM lifecycle WHERE due_offset IS NOT NULL AND day_ends IS NULL AND NOT (SELECT held FROM state)
                     ORDER BY due_offset LIMIT ?1)",
            )
            .and_then(|mut statement| {
                statement.query_row([rows::limit(limit)], |row| {
                    Ok((rows::count(row.get(0)?), row.get::<_, Option<i64>>(1)?))
                })
            })
            .map(|(count, at)| (count, at.map(rows::time)))
            .map_err(BooksError::Read)
    }

    /// How many entities beside some have a journal due by itself, as many as `limit` at most,
    /// and since when the first of them.
    pub fn due_beside(
        &self,
        some: impl Fn(&EntityKey) -> bool,
        limit: usize,
    ) -> Result<(usize, Option<Timestamp>), BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id, due_at FROM lifecycle
                 WHERE due_offset IS NOT NULL AND day_ends IS NULL AND NOT (SELECT held FROM state)
                 ORDER BY due_offset",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([], |row| Ok((rows::entity_key(row)?, row.get(3)?)))
            .map_err(BooksError::Read)?;
        let (mut count, mut first) = (0, None::<i64>);
        for row in rows {
            let (key, at): (_, i64) = row.map_err(BooksError::Read)?;
            if some(&rows::key(key)?) {
                continue;
            }
            count += 1;
            first = Some(first.map_or(at, |first| first.min(at)));
            if count == limit {
                break;
            }
        }
        Ok((count, first.map(rows::time)))
    }

    /// The entities that have a journal due by itself, those that wait longest first.
    pub fn due(&self, limit: usize) -> Result<Vec<EntityKey>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT store, order_id, refund_id FROM lifecycle
                 WHERE due_offset IS NOT NULL AND day_ends IS NULL AND NOT (SELECT held FROM state)
                 ORDER BY due_offset, store, order_id, refund_id LIMIT ?1",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([rows::limit(limit)], rows::entity_key)
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::key(row.map_err(BooksError::Read)?))
            .collect()
    }

    /// An order with its refunds, as far as this ledger is concerned.
    pub fn family(&self, of: &EntityKey) -> Result<Family, BooksError> {
        families::load(&self.connection, of)
    }

    /// The journal that is due of an order or refund.
    pub fn draft(&self, key: &EntityKey) -> Result<Option<Draft>, BooksError> {
        self.draft_in(&self.family(key)?, key)
    }

    fn draft_in(&self, family: &Family, key: &EntityKey) -> Result<Option<Draft>, BooksError> {
        let due = families::due(family, &self.ledger, key)?;
        let Some(due) = due.into_iter().find(|due| due.entity == *key) else {
            return Ok(None);
        };
        let journal = match due.is_whole() {
            true => self.journal(key),
            false => due.difference().map_err(|source| BooksError::Due {
                entity: key.to_string(),
                source,
            }),
        };
        Ok(Some(due.draft(journal?)))
    }

    /// The journal of its newest target, as it was mapped.
    fn journal(&self, of: &EntityKey) -> Result<Journal, BooksError> {
        let (order, refund) = (rows::signed(of.order.0), rows::refund_column(of));
        let text: String = self
            .connection
            .prepare_cached(
                "SELECT ifnull(journal, '') FROM lifecycle WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
            )
            .and_then(|mut statement| {
                statement.query_row(params![of.store.as_str(), order, refund], |row| row.get(0))
            })
            .map_err(BooksError::Read)?;
        Place::of_journal(of).open(&text)
    }

    fn reload(&mut self) -> Result<(), BooksError> {
        self.position = place::position(&self.connection).map_err(BooksError::Read)?;
        let (fence, last) = self
            .connection
            .query_row("SELECT fence, last_submitted FROM state", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(BooksError::Read)?;
        self.fence = Sequence(fence.unsigned_abs());
        self.last_submitted = last.parse().ok();
        Ok(())
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    // More than the default, or each turn would prepare most of its statements anew.
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise some statements are prepared anew with each value that is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        connection.execute_batch("BEGIN IMMEDIATE;")?;
        let former = place::of_another_version(&connection, version)?;
        empty(&connection)?;
        connection.execute_batch(SCHEMA)?;
        place::keep_former(&connection, former)?;
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch("COMMIT;")?;
    }
    Ok(connection)
}

/// Drops what books of another version had.
fn empty(connection: &Connection) -> Result<(), rusqlite::Error> {
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        connection.execute_batch(&format!("DROP TABLE \"{table}\""))?;
    }
    Ok(())
}

fn postings_of(
    connection: &Connection,
    batch: &BatchKey,
    sql: &str,
) -> Result<Vec<Posting>, BooksError> {
    let statement = connection.prepare_cached(sql);
    let mut statement = statement.map_err(BooksError::Read)?;
    let rows = statement
        .query_map([batch.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .map_err(BooksError::Read)?;
    rows.map(|row| {
        let (journal, posting) = row.map_err(BooksError::Read)?;
        Place::of_posting(batch, &journal).open(&posting)
    })
    .collect()
}

fn find_attempt_batch(
    connection: &Connection,
    batch: &BatchKey,
    attempt: u32,
) -> Result<bool, BooksError> {
    connection
        .query_row(
            "SELECT 1 FROM attempt WHERE batch = ?1 AND attempt = ?2",
            params![batch.as_str(), attempt],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
        .map_err(BooksError::Read)
}

/// A step as the books keep it: the postings are kept by themselves.
fn bare(step: &Step) -> Step {
    match step {
        Step::Intended { .. } => Step::Intended {
            postings: Vec::new(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
