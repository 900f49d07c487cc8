//! What can go wrong with the log.

use std::{io, path::PathBuf, sync::Arc};

use schemas::EventId;

/// The log on disk could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    #[error("the folder {} of the log cannot be used", dir.display())]
    Folder {
        dir: PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    #[error(
        "the log in {} is open in another process: only one can own it, stop the other first",
        dir.display()
    )]
    Locked { dir: PathBuf },
    #[error(
        "the log in {} cannot be opened ({what}): move the folder aside and rebuild the log from the stream or an export",
        dir.display()
    )]
    Unreadable { dir: PathBuf, what: String },
    #[error("the log is damaged at offset {offset}: {what}")]
    Damaged { offset: u64, what: String },
    #[error("reading the log failed: {0}")]
    Read(String),
    #[error(
        "writing the log failed ({0}): nothing more is accepted until the process is started again"
    )]
    Commit(Arc<str>),
    #[error("the log is closed")]
    Closed,
    #[error(
        "event {id} is not appended: {subject} is expected to end at offset {expected}, but ends at {found}"
    )]
    Conflict {
        id: EventId,
        subject: String,
        expected: u64,
        found: u64,
    },
    #[error("event {id} has {bytes} bytes, {limit} are the most the log takes")]
    TooLarge {
        id: EventId,
        bytes: usize,
        limit: usize,
    },
    #[error("the subject of event {id} has {bytes} bytes, {limit} are the most the log takes")]
    Subject {
        id: EventId,
        bytes: usize,
        limit: usize,
    },
    #[error("the export could not be written")]
    Export(#[source] Arc<io::Error>),
    #[error("event {offset} cannot be exported: its bytes are not JSON")]
    NotJson { offset: u64 },
    #[error("line {line} of the export cannot be taken: {what}")]
    Import { line: u64, what: String },
    #[error("the stream that the log is rebuilt from cannot be read: {0}")]
    Source(String),
}
