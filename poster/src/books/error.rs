//! Why books cannot be kept.

use std::path::PathBuf;

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
