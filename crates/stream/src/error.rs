//! What can go wrong with the stream.

use eventlog::LogError;

/// The stream could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StreamError {
    /// Try again later: the broker cannot be reached, or did not answer in
    /// time. What was being published may have been stored or not; publishing
    /// the same id again is safe.
    #[error("the stream cannot be reached: {0}")]
    Unavailable(String),
    /// Another writer was faster.
    #[error("{subject} does not end at offset {expected} any more: another writer was faster")]
    Conflict { subject: String, expected: u64 },
    /// The broker answered, and refused.
    #[error("the stream refused to {operation}: {reason}")]
    Refused {
        operation: &'static str,
        reason: String,
    },
    /// The broker is not set up as it must be.
    #[error("the broker is not set up for Counterfoil: {0}")]
    Setup(String),
    #[error(transparent)]
    Log(LogError),
}

impl From<LogError> for StreamError {
    fn from(error: LogError) -> StreamError {
        match error {
            LogError::Conflict {
                subject, expected, ..
            } => StreamError::Conflict { subject, expected },
            other => StreamError::Log(other),
        }
    }
}
