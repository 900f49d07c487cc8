//! What can go wrong with the stream.

use eventlog::{LogError, Position, Sequence, StreamId};
use schemas::EventId;

use crate::numbers::sequence;

/// The stream could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StreamError {
    /// Try again later: the broker cannot be reached, or did not answer in
    /// time. What was being published may have been stored or not; publishing
    /// the same id again is safe.
    #[error("the stream cannot be reached: {0}")]
    Unavailable(String),
    /// Another writer was faster.
    #[error("{subject} does not end at {expected} any more: another writer was faster")]
    Conflict {
        /// The subject that was written to.
        subject: String,
        /// Where it was expected to end.
        expected: Sequence,
    },
    /// The broker answered, and refused.
    #[error("the stream refused to {operation}: {reason}")]
    Refused {
        /// What was asked of it.
        operation: &'static str,
        /// What it answered.
        reason: String,
    },
    /// The broker is not set up as it must be.
    #[error("the broker is not set up for Counterfoil: {0}")]
    Setup(String),
    /// The stream is not the one in which a position was reached, or it was set
    /// back: going on by number would miss events.
    #[error("{what}. {remedy}")]
    Misplaced {
        /// What is wrong.
        what: Misplaced,
        /// What to do.
        remedy: String,
    },
    /// The log on disk could not do what was asked.
    #[error(transparent)]
    Log(LogError),
}

impl StreamError {
    /// Whether the log that carries the stream is open in another process.
    pub fn is_open_elsewhere(&self) -> bool {
        matches!(self, StreamError::Log(LogError::Locked { .. }))
    }
}

/// What is wrong with a position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// The stream is not the same one.
    #[error(
        "sequence {} was reached in stream {}, and this is stream {found}: the stream was deleted and made anew, or it is another one's",
        .expected.sequence, .expected.stream
    )]
    OtherStream {
        /// What was reached, and in which stream.
        expected: Position,
        /// The stream that is there.
        found: StreamId,
    },
    /// The stream is shorter than it was.
    #[error(
        "sequence {reached} was reached, and the stream ends at {last}: it was set back to an older copy, or made anew"
    )]
    EndsBefore {
        /// The last sequence that was seen.
        reached: Sequence,
        /// The last one that is there.
        last: Sequence,
    },
    /// There is no stream, and there was one.
    #[error("the stream is gone, although there are positions of its consumers: it was deleted")]
    Gone,
    /// The stream is being filled from the log.
    #[error("the stream is being filled from the log, and ends at {last} so far")]
    Restoring {
        /// The last sequence that is there.
        last: Sequence,
    },
    /// Another event is where one was seen.
    #[error(
        "event {} was seen at sequence {}, and {} is there now: the stream was set back to an older copy and has grown since",
        .expected.event, .expected.sequence,
        .found.map_or_else(|| "none".to_owned(), |found| format!("event {found}"))
    )]
    OtherEvent {
        /// What was seen, and where.
        expected: Position,
        /// Nothing, if what is there is no event of ours.
        found: Option<EventId>,
    },
}

impl Misplaced {
    /// Whether the event that was seen is there still.
    pub(crate) fn check_event(expected: Position, found: Option<EventId>) -> Result<(), Misplaced> {
        match found == Some(expected.event) {
            true => Ok(()),
            false => Err(Misplaced::OtherEvent { expected, found }),
        }
    }

    /// Whether it is the stream that was followed.
    pub(crate) fn check_stream(expected: Position, found: StreamId) -> Result<(), Misplaced> {
        match expected.stream == found {
            true => Ok(()),
            false => Err(Misplaced::OtherStream { expected, found }),
        }
    }

    /// There is no stream any more.
    pub(crate) fn ends_before(reached: Sequence) -> Misplaced {
        let last = Sequence(0);
        Misplaced::EndsBefore { reached, last }
    }

    /// Whether the stream goes as far as it was followed.
    pub(crate) fn check_end(reached: Sequence, last: Sequence) -> Result<(), Misplaced> {
        match reached <= last {
            true => Ok(()),
            false => Err(Misplaced::EndsBefore { reached, last }),
        }
    }
}

impl From<LogError> for StreamError {
    fn from(error: LogError) -> StreamError {
        match error {
            LogError::Conflict {
                subject, expected, ..
            } => StreamError::Conflict {
                subject,
                expected: sequence(expected),
            },
            other => StreamError::Log(other),
        }
    }
}
