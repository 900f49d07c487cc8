//! What can go wrong with the log.

use std::{io, path::PathBuf, sync::Arc};

use schemas::EventId;

use crate::{Offset, Sequence, StreamId};

/// The log on disk could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogError {
    /// The folder cannot be made, or its lock not be taken.
    #[error("the folder {} of the log cannot be used", dir.display())]
    Folder {
        /// The log's folder.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },
    /// Another process has the log open.
    #[error(
        "the log in {} is open in another process: only one can own it, stop the other first",
        dir.display()
    )]
    Locked {
        /// The log's folder.
        dir: PathBuf,
    },
    /// The files in the folder are no log that can be opened.
    #[error(
        "the log in {} cannot be opened ({what}): move the folder aside and rebuild the log from the stream or an export",
        dir.display()
    )]
    Unreadable {
        /// The log's folder.
        dir: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A record is not what was appended.
    #[error("the log is damaged at offset {offset}: {what}")]
    Damaged {
        /// The record's place.
        offset: Offset,
        /// What is wrong.
        what: String,
    },
    /// The store below did not give a record.
    #[error("reading the log failed: {0}")]
    Read(String),
    /// A write failed. What it held may be on disk or not.
    #[error(
        "writing the log failed ({0}): nothing more is accepted until the process is started again"
    )]
    Commit(Arc<str>),
    /// The log was closed by its owner.
    #[error("the log is closed")]
    Closed,
    /// A subject was expected to end elsewhere.
    #[error(
        "event {id} is not appended: {subject} is expected to end at offset {expected}, but ends at {found}"
    )]
    Conflict {
        /// The event that was to be appended.
        id: EventId,
        /// Its subject.
        subject: String,
        /// Where the subject was expected to end.
        expected: Offset,
        /// Where it ends.
        found: Offset,
    },
    /// The event is too large.
    #[error("event {id} has {bytes} bytes, {limit} are the most the log takes")]
    TooLarge {
        /// The event that was to be appended.
        id: EventId,
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The subject is too long.
    #[error("the subject of event {id} has {bytes} bytes, {limit} are the most the log takes")]
    Subject {
        /// The event that was to be appended.
        id: EventId,
        /// The subject's length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The log copies another stream than the one it is given events of.
    #[error(
        "the log has followed stream {followed} up to {sequence}, and is given events of stream {given}"
    )]
    OtherStream {
        /// The stream that it copies.
        followed: StreamId,
        /// The last sequence that it has of that stream.
        sequence: Sequence,
        /// The stream that the events come from.
        given: StreamId,
    },
    /// The export's file cannot be written.
    #[error("the export could not be written")]
    Export(#[source] Arc<io::Error>),
    /// A line of an export is no event that fits.
    #[error("line {line} of the export cannot be taken: {what}")]
    Import {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// The stream that the log is made from cannot be read.
    #[error("the stream that the log is rebuilt from cannot be read: {0}")]
    Source(String),
}
