//! Numbers of both carriers: how much is read at once, and the two numbers of an event,
//! where the log is the stream. There, the offset of its record is its sequence; this is
//! the one place that says so.

use eventlog::{Offset, Sequence};

/// As many bytes of events are read at once: whoever asks for so many events may not
/// have room for so many large ones.
pub(crate) const BATCH_BYTES: usize = 16 << 20;

/// The sequence of the event at this offset, when the log is the stream.
pub(crate) fn sequence(offset: Offset) -> Sequence {
    Sequence(offset.0)
}

/// The offset of the event with this sequence, when the log is the stream.
pub(crate) fn offset(sequence: Sequence) -> Offset {
    Offset(sequence.0)
}
