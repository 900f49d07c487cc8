//! The one writer of the views: it opens, empties and fills them.

use std::{fs, io, path::Path};

use rusqlite::{Connection, ErrorCode};
use schemas::EventId;

use crate::{
    ViewsError,
    batch::{Batch, Entry},
    column::blob_id,
    file::{BUSY_TIMEOUT, FILE, SCHEMA, SCHEMA_VERSION, version},
};

/// The one writer of the views.
pub struct Writer {
    connection: Connection,
}

/// How far the views have read the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last event's offset; 0 before the first.
    pub offset: u64,
    /// That event's id, by which the log is known again.
    pub event: Option<EventId>,
}

impl Writer {
    /// Opens the views in `folder` and empties them if they are not of this
    /// version. A file that is no database is put out of the way.
    pub fn open(folder: &Path) -> Result<Writer, ViewsError> {
        fs::create_dir_all(folder).map_err(|source| ViewsError::Folder {
            folder: folder.to_owned(),
            source,
        })?;
        let file = folder.join(FILE);
        let writer = match Writer::open_file(&file) {
            Err(error) if is_damaged(&error) => {
                tracing::warn!(file = %file.display(), %error, "the views are damaged: they are rebuilt");
                remove(&file)?;
                Writer::open_file(&file)
            }
            outcome => outcome,
        };
        writer.map_err(|source| ViewsError::Open { file, source })
    }

    fn open_file(file: &Path) -> Result<Writer, rusqlite::Error> {
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // 64 MiB of pages; in kibibytes where negative.
        connection.pragma_update(None, "cache_size", -64 * 1024)?;
        // Pages come back to the main file after 32 MiB of changes: a page that
        // many batches touch is then written there once, not once per batch.
        connection.pragma_update(None, "wal_autocheckpoint", 8192)?;
        connection.set_prepared_statement_cache_capacity(32);
        let mut writer = Writer { connection };
        if version(&writer.connection)? != SCHEMA_VERSION {
            writer.empty()?;
        }
        Ok(writer)
    }

    /// Drops everything and begins again at offset 0, for readers in one step.
    pub fn clear(&mut self) -> Result<(), ViewsError> {
        Ok(self.empty()?)
    }

    fn empty(&mut self) -> Result<(), rusqlite::Error> {
        let tx = self.connection.transaction()?;
        let objects: Vec<(String, String)> = tx
            .prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'table') ORDER BY type DESC")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (kind, name) in objects {
            tx.execute_batch(&format!("DROP {kind} \"{name}\""))?;
        }
        tx.execute_batch(SCHEMA)?;
        tx.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        tx.commit()
    }

    /// How far the views have read the log.
    pub fn position(&self) -> Result<Position, ViewsError> {
        let query = "SELECT offset, event FROM progress";
        let (offset, event): (i64, Option<Vec<u8>>) =
            self.connection
                .query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Position {
            offset: offset.unsigned_abs(),
            event: event.map(|bytes| blob_id(&bytes)).transpose()?,
        })
    }

    /// Applies events in the order of their offsets, and the offset reached, all
    /// or nothing.
    pub fn apply(&mut self, entries: &[Entry]) -> Result<(), ViewsError> {
        let tx = self.connection.transaction()?;
        let mut batch = Batch::new(&tx);
        for entry in entries {
            batch.apply(entry)?;
        }
        batch.finish()?;
        tx.commit()?;
        Ok(())
    }
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

fn remove(file: &Path) -> Result<(), ViewsError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ViewsError::Folder {
                    folder: file.to_owned(),
                    source,
                });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use schemas::{EncodedEvent, EventId};
    use tempfile::TempDir;

    use super::*;
    use crate::Views;

    /// An event that cannot be read is an event of the views like any other.
    fn entry(offset: u64) -> Entry {
        let event = EncodedEvent {
            id: EventId::derive(&[&offset.to_string()]),
            subject: "order.received.us".to_owned(),
            bytes: b"{".to_vec(),
        };
        Entry::read(offset, &event)
    }

    fn count(writer: &Writer, table: &str) -> i64 {
        let query = format!("SELECT COUNT(*) FROM {table}");
        writer
            .connection
            .query_row(&query, [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn the_offset_is_in_the_same_transaction() {
        let folder = TempDir::new().unwrap();
        let mut writer = Writer::open(folder.path()).unwrap();
        writer.apply(&[entry(1), entry(2)]).unwrap();
        // A crash before the commit: the transaction is dropped.
        let tx = writer.connection.transaction().unwrap();
        let mut batch = Batch::new(&tx);
        batch.apply(&entry(3)).unwrap();
        batch.finish().unwrap();
        drop(tx);
        drop(writer);
        let writer = Writer::open(folder.path()).unwrap();
        assert_eq!(writer.position().unwrap().offset, 2);
        assert_eq!(writer.position().unwrap().event, Some(entry(2).id()));
        assert_eq!(count(&writer, "events"), 2);
    }

    #[test]
    fn an_event_applied_twice_changes_nothing() {
        let folder = TempDir::new().unwrap();
        let mut writer = Writer::open(folder.path()).unwrap();
        writer.apply(&[entry(1), entry(1)]).unwrap();
        writer.apply(&[entry(1)]).unwrap();
        assert_eq!(
            (count(&writer, "events"), count(&writer, "exceptions")),
            (1, 1)
        );
    }

    #[test]
    fn no_views_and_a_locked_folder_are_told_apart() {
        let folder = TempDir::new().unwrap();
        assert!(matches!(
            Views::open(folder.path()),
            Err(ViewsError::Missing(_))
        ));
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(matches!(
            Writer::open(&file),
            Err(ViewsError::Folder { .. })
        ));
    }
}
