//! The tables of a file, and what becomes of a file that has others.

use rusqlite::{Connection, TransactionBehavior};

/// The tables that a file should have.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Counted up with every change, and kept in the file (`user_version`). The files
    /// of before there were numbers are of version 0.
    pub version: i32,
    /// The statements that make the tables in an empty file.
    pub schema: &'static str,
    /// What becomes of a file of another version.
    pub other: OtherVersion,
}

/// What becomes of a file of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherVersion {
    /// It is emptied: all that it holds is made again from elsewhere.
    Emptied,
    /// It is refused and left as it is: nothing else has what it holds.
    Refused,
}

impl Layout {
    /// Drops all that the file holds and makes the tables anew, for readers in one step.
    pub fn build(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (kind, name) in tables_and_views(&transaction)? {
            transaction.execute_batch(&format!("DROP {kind} \"{name}\""))?;
        }
        transaction.execute_batch(self.schema)?;
        transaction.pragma_update(None, "user_version", self.version)?;
        transaction.commit()
    }
}

/// The version of a file's layout.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Whether a file has no tables yet.
pub(crate) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(tables_and_views(connection)?.is_empty())
}

/// Views first: each goes before what it shows. Indices go with their tables, and
/// those that begin with `sqlite_` are SQLite's own.
fn tables_and_views(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare(
            "SELECT type, name FROM sqlite_schema
             WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY type DESC",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
