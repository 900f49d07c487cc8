//! The books of one ledger: what is posted, what is due, what is on its way.
//!
//! They change only by applying events of the stream, each with its offset in the
//! same transaction; so they can be rebuilt, and a crash between an event and its
//! effect does not exist. That is also why `synchronous = NORMAL` is enough: a
//! transaction lost with the power is applied again from the stream.

mod apply;
mod concern;
mod decide;
mod rejections;
mod rows;
mod summaries;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, config::DbConfig, params};
use schemas::{BatchKey, EntityKey, EventId, LedgerKey, Posting, Step};

pub(crate) use concern::{Concern, TARGETS, subjects};
pub use rejections::Rejection;
pub use rows::{Attempt, Phase};

use crate::target::{Entity, Family};

/// Of the layout; books of another version are rebuilt from the stream.
const VERSION: i64 = 5;
const SCHEMA: &str = include_str!("schema.sql");
/// There are fewer than this.
const STATEMENTS: usize = 64;

/// The books could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    #[error("the folder {} of the books cannot be made", dir.display())]
    Folder {
        dir: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the books {} cannot be opened", path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the books could not be read")]
    Read(#[source] rusqlite::Error),
    #[error("the books could not be written")]
    Write(#[source] rusqlite::Error),
    #[error("the books hold something that cannot be read: {what}")]
    Unreadable {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("event {offset} is not an event of this version")]
    Decode {
        offset: u64,
        #[source]
        source: schemas::DecodeError,
    },
    #[error(
        "event {offset} speaks of {what}, which the books do not know: delete the ledger's books, they are rebuilt from the stream"
    )]
    Unknown { offset: u64, what: String },
    #[error("what is still to post of {entity} cannot be computed")]
    Due {
        entity: String,
        #[source]
        source: schemas::JournalError,
    },
}

/// The books of one ledger. One owner, one connection.
pub struct Books {
    ledger: LedgerKey,
    connection: Connection,
    position: u64,
    fence: u64,
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
        let path = folder.join(format!("{ledger}.db"));
        let connection = connect(&path).map_err(|source| BooksError::Open { path, source })?;
        let mut books = Books {
            ledger: ledger.clone(),
            connection,
            position: 0,
            fence: 0,
            last_submitted: None,
        };
        books.reload()?;
        Ok(books)
    }

    /// The offset of the last event that was applied.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The last offset on the ledger's `journal.submitted`.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// The event at the fence.
    pub fn last_submitted(&self) -> Option<EventId> {
        self.last_submitted
    }

    /// The attempt whose import is not at an end. There is at most one.
    pub fn open_attempt(&self) -> Result<Option<Attempt>, BooksError> {
        Ok(self.attempts(Phase::Open)?.into_iter().next())
    }

    /// Imported batches that are not posted yet, oldest first.
    pub fn awaiting_posting(&self) -> Result<Vec<Attempt>, BooksError> {
        self.attempts(Phase::Imported)
    }

    fn attempts(&self, phase: Phase) -> Result<Vec<Attempt>, BooksError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT batch, attempt, group_id, step, step_at, intended_at, document, last_import, batch_id, batch_name, imported_at, delayed, imports
                 FROM attempt WHERE phase = ?1 ORDER BY intended_at, batch",
            )
            .map_err(BooksError::Read)?;
        let rows = statement
            .query_map([phase.as_str()], rows::attempt)
            .map_err(BooksError::Read)?;
        rows.map(|row| row.map_err(BooksError::Read)?.parsed())
            .collect()
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
        self.postings_where(
            batch,
            "SELECT posting FROM posting WHERE batch = ?1 ORDER BY place",
        )
    }

    /// Those of them that are neither posted nor rejected.
    pub fn postings_left(&self, batch: &BatchKey) -> Result<Vec<Posting>, BooksError> {
        self.postings_where(
            batch,
            "SELECT posting FROM posting WHERE batch = ?1 AND state = 'sent' ORDER BY place",
        )
    }

    fn postings_where(&self, batch: &BatchKey, sql: &str) -> Result<Vec<Posting>, BooksError> {
        let statement = self.connection.prepare_cached(sql);
        let mut statement = statement.map_err(BooksError::Read)?;
        let rows = statement
            .query_map([batch.as_str()], |row| row.get::<_, String>(0))
            .map_err(BooksError::Read)?;
        rows.map(|row| rows::parse("a posting", &row.map_err(BooksError::Read)?))
            .collect()
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
                     SELECT due_at FROM entity WHERE due_offset IS NOT NULL AND day_ends IS NULL AND NOT (SELECT held FROM state)
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
                "SELECT store, order_id, refund_id, due_at FROM entity
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
                "SELECT store, order_id, refund_id FROM entity
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

    /// An order with its refunds.
    pub fn family(&self, of: &EntityKey) -> Result<Family, BooksError> {
        load_family(&self.connection, &self.ledger, of)
    }

    fn reload(&mut self) -> Result<(), BooksError> {
        let (position, fence, last) = self
            .connection
            .query_row(
                "SELECT position, fence, last_submitted FROM state",
                [],
                |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, i64>(1)?,
                        row.get::<_, String>(2)?,
                    ))
                },
            )
            .map_err(BooksError::Read)?;
        self.position = position.unsigned_abs();
        self.fence = fence.unsigned_abs();
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
        for table in ["state", "entity", "attempt", "posting", "posted"] {
            connection.execute_batch(&format!("DROP TABLE IF EXISTS {table};"))?;
        }
        connection.execute_batch(SCHEMA)?;
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch("COMMIT;")?;
    }
    Ok(connection)
}

fn load_family(
    connection: &Connection,
    ledger: &LedgerKey,
    of: &EntityKey,
) -> Result<Family, BooksError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT store, order_id, refund_id, target_id, mapped, holdings, posted, first_key, in_flight IS NOT NULL, rejected, held
             FROM entity WHERE store = ?1 AND order_id = ?2 ORDER BY refund_id",
        )
        .map_err(BooksError::Read)?;
    let rows = statement
        .query_map(
            params![of.store.as_str(), rows::signed(of.order.0)],
            rows::entity,
        )
        .map_err(BooksError::Read)?;
    let mut family = Family::default();
    for row in rows {
        let entity: Entity = row.map_err(BooksError::Read)?.parsed(ledger)?;
        match entity.key.refund {
            None => family.order = Some(entity),
            Some(_) => family.refunds.push(entity),
        }
    }
    Ok(family)
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
