//! Why books cannot be kept.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use stream::Sequence;
use subledger::{BalanceError, FactError};

/// The books could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The folder cannot be made.
    #[error("the folder {} of the books cannot be made", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is no SQLite file, or cannot be read.
    #[error("the books {} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A read failed.
    #[error("the books could not be read")]
    Read(#[source] rusqlite::Error),
    /// A write failed.
    #[error("the books could not be written")]
    Write(#[source] rusqlite::Error),
    /// A row holds what this program does not write.
    #[error("the books hold something that cannot be read: {what}")]
    Unreadable {
        /// What the row should hold.
        what: &'static str,
        /// Why it cannot be read.
        #[source]
        source: serde_json::Error,
    },
    /// The file is damaged.
    #[error("the books are damaged: {0}")]
    Damaged(String),
    /// Damaged books cannot be moved away.
    #[error("the books {} cannot be set aside", path.display())]
    Aside {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A row is not as it was written.
    #[error("the books are damaged: {what} was changed or removed at {row}")]
    Changed {
        /// What the row holds.
        what: &'static str,
        /// Which row.
        row: String,
    },
    /// The event cannot be read.
    #[error("event {sequence} of the stream is not an event of this version")]
    Decode {
        /// Where it is in the stream.
        sequence: Sequence,
        /// Why it cannot be read.
        #[source]
        source: schemas::DecodeError,
    },
    /// A figure of the event cannot be kept.
    #[error("event {sequence} of the stream says what cannot be kept")]
    Fact {
        /// Where the event is in the stream.
        sequence: Sequence,
        /// Which figure.
        #[source]
        source: FactError,
    },
    /// The event follows from one that the books have not seen.
    #[error(
        "event {sequence} of the stream speaks of {what}, which the books do not know: delete the ledger's books, they are rebuilt from the stream"
    )]
    Unknown {
        /// Where it is in the stream.
        sequence: Sequence,
        /// What it speaks of.
        what: String,
    },
    /// Target and balance together are no journal.
    #[error("what is still to post of {entity} cannot be computed")]
    Due {
        /// The order or refund.
        entity: String,
        /// Why they are none.
        #[source]
        source: BalanceError,
    },
}

impl BooksError {
    /// Whether the file is at fault, and books that are rebuilt from the stream would not
    /// have it.
    pub fn is_damage(&self) -> bool {
        match self {
            BooksError::Damaged(_) | BooksError::Changed { .. } | BooksError::Unreadable { .. } => {
                true
            }
            BooksError::Open { source, .. }
            | BooksError::Read(source)
            | BooksError::Write(source) => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
            ),
            _ => false,
        }
    }
}
