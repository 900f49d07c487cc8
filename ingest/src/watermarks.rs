//! How far each store was polled, durably.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use schemas::StoreKey;
use sqlite::{Check, Layout, Micros, OpenError, OtherVersion, Settings};
use tokio::sync::Mutex;

/// What is polled by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    Orders,
    Refunds,
}

impl Feed {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Feed::Orders => "orders",
            Feed::Refunds => "refunds",
        }
    }
}

/// How far a feed was polled. Everything the store changed up to `at` is in
/// the stream; `begin` is where polling once began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watermark {
    pub begin: Timestamp,
    pub at: Timestamp,
}

/// As it was before its version was noted in it.
const LAYOUT: Layout = Layout {
    version: 0,
    schema: "CREATE TABLE watermark (
            store TEXT NOT NULL,
            feed  TEXT NOT NULL,
            begin INTEGER NOT NULL,
            at    INTEGER NOT NULL,
            PRIMARY KEY (store, feed)
        ) STRICT, WITHOUT ROWID;",
    other: OtherVersion::Refused,
};

#[derive(Debug, thiserror::Error)]
pub enum WatermarkError {
    #[error("cannot open the watermarks")]
    Open(#[source] OpenError),
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
pub(crate) struct Watermarks(Arc<Mutex<Connection>>);

impl Watermarks {
    /// Opens the watermarks in a folder, or makes them there.
    pub(crate) fn open(folder: &Path) -> Result<Self, WatermarkError> {
        let file = folder.join("watermarks.db");
        let connection = sqlite::open(&file, &Settings::default(), &LAYOUT)
            .and_then(|connection| {
                sqlite::check(&connection, Check::Quick)?;
                Ok(connection)
            })
            .map_err(WatermarkError::Open)?;
        Ok(Watermarks(Arc::new(Mutex::new(connection))))
    }

    /// The watermark of a feed; where there is none, it begins at `begin`,
    /// which is kept at once: a restart must not begin later.
    pub(crate) async fn read_or_begin(
        &self,
        store: &StoreKey,
        feed: Feed,
        begin: Timestamp,
    ) -> Result<Watermark, WatermarkError> {
        let connection = self.0.lock().await;
        let key = params![store.as_str(), feed.as_str()];
        connection
            .execute(
                "INSERT OR IGNORE INTO watermark VALUES (?1, ?2, ?3, ?3)",
                params![store.as_str(), feed.as_str(), Micros(begin)],
            )
            .and_then(|_| {
                connection.query_row(
                    "SELECT begin, at FROM watermark WHERE store = ?1 AND feed = ?2",
                    key,
                    |row| {
                        let (Micros(begin), Micros(at)) = (row.get(0)?, row.get(1)?);
                        Ok(Watermark { begin, at })
                    },
                )
            })
            .map_err(|source| WatermarkError::Read {
                store: store.clone(),
                feed: feed.as_str(),
                source,
            })
    }

    /// Moves a watermark on; it never moves back.
    pub(crate) async fn advance(
        &self,
        store: &StoreKey,
        feed: Feed,
        at: Timestamp,
    ) -> Result<(), WatermarkError> {
        let connection = self.0.lock().await;
        connection
            .execute(
                "UPDATE watermark SET at = max(at, ?3) WHERE store = ?1 AND feed = ?2",
                params![store.as_str(), feed.as_str(), Micros(at)],
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
    use schemas::causes;

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
        assert!(causes(&error).to_string().contains("below"));
    }

    #[tokio::test]
    async fn a_file_from_before_it_had_a_version_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join("watermarks.db")).unwrap();
        old.execute_batch(LAYOUT.schema).unwrap();
        old.execute(
            "INSERT INTO watermark VALUES ('us', 'orders', 1000000, 2000000)",
            [],
        )
        .unwrap();
        drop(old);
        let marks = Watermarks::open(folder.path()).unwrap();
        let us = "us".parse().unwrap();
        let later = time("2026-11-01T00:00:00Z");
        let kept = marks.read_or_begin(&us, Feed::Orders, later).await.unwrap();
        assert_eq!(kept.at, time("1970-01-01T00:00:02Z"));
    }
}
