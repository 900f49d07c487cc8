//! How far each store was polled, durably.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use schemas::StoreKey;
use tokio::sync::Mutex;

/// What is polled by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    Orders,
    Refunds,
}

impl Feed {
    pub fn as_str(self) -> &'static str {
        match self {
            Feed::Orders => "orders",
            Feed::Refunds => "refunds",
        }
    }
}

/// How far a feed was polled. Everything the store changed up to `at` is in
/// the stream; `begin` is where polling once began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    pub begin: Timestamp,
    pub at: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum WatermarkError {
    #[error("cannot create the folder {folder} for the watermarks")]
    Folder {
        folder: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot open the watermarks in {path}")]
    Open {
        path: String,
        #[source]
        source: rusqlite::Error,
    },
    #[error("cannot read the watermark of the {feed} of {store}")]
    Read {
        store: StoreKey,
        feed: &'static str,
        #[source]
        source: rusqlite::Error,
    },
    #[error("cannot keep the watermark of the {feed} of {store}")]
    Keep {
        store: StoreKey,
        feed: &'static str,
        #[source]
        source: rusqlite::Error,
    },
}

/// The watermarks of all stores, in one small file. Deleting it is safe: polling
/// begins anew at the configured start, and copies are dropped.
#[derive(Clone)]
pub struct Watermarks(Arc<Mutex<Connection>>);

impl Watermarks {
    pub fn open(folder: &Path) -> Result<Self, WatermarkError> {
        std::fs::create_dir_all(folder).map_err(|source| WatermarkError::Folder {
            folder: folder.display().to_string(),
            source,
        })?;
        let path = folder.join("watermarks.db");
        Self::connect(&path).map_err(|source| WatermarkError::Open {
            path: path.display().to_string(),
            source,
        })
    }

    fn connect(path: &Path) -> Result<Self, rusqlite::Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Microseconds since 1970: SQLite's numbers hold them exactly.
        connection.execute(
            "CREATE TABLE IF NOT EXISTS watermark (
                store TEXT NOT NULL,
                feed  TEXT NOT NULL,
                begin INTEGER NOT NULL,
                at    INTEGER NOT NULL,
                PRIMARY KEY (store, feed)
            ) STRICT, WITHOUT ROWID",
            [],
        )?;
        Ok(Watermarks(Arc::new(Mutex::new(connection))))
    }

    /// The watermark of a feed; where there is none, it begins at `begin`,
    /// which is kept at once: a restart must not begin later.
    pub async fn read_or_begin(
        &self,
        store: &StoreKey,
        feed: Feed,
        begin: Timestamp,
    ) -> Result<Watermark, WatermarkError> {
        let connection = self.0.lock().await;
        let begun = begin.as_microsecond();
        connection
            .execute(
                "INSERT OR IGNORE INTO watermark VALUES (?1, ?2, ?3, ?3)",
                params![store.as_str(), feed.as_str(), begun],
            )
            .and_then(|_| {
                connection
                    .query_row(
                        "SELECT begin, at FROM watermark WHERE store = ?1 AND feed = ?2",
                        params![store.as_str(), feed.as_str()],
                        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
                    )
                    .optional()
            })
            .map(|row| {
                let time = |micros| Timestamp::from_microsecond(micros).unwrap_or(begin);
                let (begin, at) = row.unwrap_or((begun, begun));
                Watermark {
                    begin: time(begin),
                    at: time(at),
                }
            })
            .map_err(|source| WatermarkError::Read {
                store: store.clone(),
                feed: feed.as_str(),
                source,
            })
    }

    /// Moves a watermark on; it never moves back.
    pub async fn advance(
        &self,
        store: &StoreKey,
        feed: Feed,
        at: Timestamp,
    ) -> Result<(), WatermarkError> {
        let connection = self.0.lock().await;
        connection
            .execute(
                "UPDATE watermark SET at = max(at, ?3) WHERE store = ?1 AND feed = ?2",
                params![store.as_str(), feed.as_str(), at.as_microsecond()],
            )
            .map(|_| ())
            .map_err(|source| WatermarkError::Keep {
                store: store.clone(),
                feed: feed.as_str(),
                source,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn it_survives_a_restart_and_never_moves_back() {
        let folder = tempfile::tempdir().unwrap();
        let us: StoreKey = "us".parse().unwrap();
        let begin = time("2026-11-01T00:00:00Z");
        let marks = Watermarks::open(folder.path()).unwrap();
        let first = marks.read_or_begin(&us, Feed::Orders, begin).await.unwrap();
        assert_eq!(first, Watermark { begin, at: begin });
        let at = time("2026-11-20T10:00:00.5Z");
        marks.advance(&us, Feed::Orders, at).await.unwrap();
        marks.advance(&us, Feed::Orders, begin).await.unwrap();
        drop(marks);

        let marks = Watermarks::open(folder.path()).unwrap();
        let later = time("2026-11-23T00:00:00Z");
        let kept = marks.read_or_begin(&us, Feed::Orders, later).await.unwrap();
        assert_eq!(kept, Watermark { begin, at });
        let refunds = marks
            .read_or_begin(&us, Feed::Refunds, later)
            .await
            .unwrap();
        assert_eq!(refunds.at, later, "another feed is another watermark");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Watermarks::open(&file.path().join("below")).err().unwrap();
        assert!(error.to_string().contains("below"));
    }
}
