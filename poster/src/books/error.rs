//! Why books cannot be kept.

use std::path::PathBuf;

use stream::Sequence;
use subledger::{BalanceError, FactError};

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
