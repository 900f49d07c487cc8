//! Why books cannot be kept.

use std::path::PathBuf;

use rusqlite::ErrorCode;
use stream::Sequence;
use subledger::{BalanceError, FactError};

/// The books could not be read or written.
#[allow(missing_docs, reason = "each message says what its fields are")]
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
    #[error("the books are damaged: {0}")]
    Damaged(String),
    #[error("the books {} cannot be set aside", path.display())]
    Aside {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the books are damaged: {what} was changed or removed at {row}")]
    Changed { what: &'static str, row: String },
    #[error("event {sequence} of the stream is not an event of this version")]
    Decode {
        sequence: Sequence,
        #[source]
        source: schemas::DecodeError,
    },
    #[error("event {sequence} of the stream says what cannot be kept")]
    Fact {
        sequence: Sequence,
        #[source]
        source: FactError,
    },
    #[error(
        "event {sequence} of the stream speaks of {what}, which the books do not know: delete the ledger's books, they are rebuilt from the stream"
    )]
    Unknown { sequence: Sequence, what: String },
    #[error("what is still to post of {entity} cannot be computed")]
    Due {
        entity: String,
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
