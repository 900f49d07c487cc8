//! The file that the views are in.
//!
//! It is in WAL mode, so that readers see the last committed batch and hold
//! nobody up. Commits are not synced one by one (`synchronous = NORMAL`): after
//! a power failure the last few may be missing, but never half of one, and since
//! the offset is in the same transaction, they are made again from the log.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

/// Counted up with each change of what the views are or what they say of an
/// event: a file of another version is emptied and filled anew from the log.
pub(crate) const SCHEMA_VERSION: i32 = 6;
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
pub(crate) const FILE: &str = "views.db";
/// How long a writer waits for a reader's lock; in WAL mode only the moment in
/// which a file is created or emptied.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the views are in a data folder.
pub fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("projector")
}

/// The version that a file says it is of; 0 for a new one.
pub(crate) fn version(connection: &Connection) -> Result<i32, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Flags of a connection that can only read.
pub(crate) fn read_only() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
}
