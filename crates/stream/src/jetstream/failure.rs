//! What the broker's errors are to the stream.

use std::time::Duration;

use async_nats::jetstream::{self, ErrorCode};

use crate::StreamError;

/// Errors of a server that is starting, electing or overloaded.
pub(super) fn is_passing(error: &jetstream::Error) -> bool {
    error.code() == 503 || error.error_code() == ErrorCode::ATOMIC_PUBLISH_TOO_MANY_INFLIGHT
}

pub(super) fn unavailable(error: impl std::fmt::Display) -> StreamError {
    StreamError::Unavailable(error.to_string())
}

pub(super) fn refused(operation: &'static str, error: impl std::fmt::Display) -> StreamError {
    StreamError::Refused {
        operation,
        reason: error.to_string(),
    }
}

pub(super) fn silent(waited: Duration) -> StreamError {
    StreamError::Unavailable(format!("no answer within {waited:?}"))
}
