//! The two numbers of an event, where the log is the stream: the offset of its record
//! is its sequence. This is the one place that says so.

use eventlog::{Offset, Sequence};

/// The sequence of the event at this offset, when the log is the stream.
pub(crate) fn sequence(offset: Offset) -> Sequence {
    Sequence(offset.0)
}

/// The offset of the event with this sequence, when the log is the stream.
pub(crate) fn offset(sequence: Sequence) -> Offset {
    Offset(sequence.0)
}
