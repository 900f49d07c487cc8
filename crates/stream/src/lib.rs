//! Events between the services, written once and kept for ever.
//!
//! [`Stream`] publishes and consumes, carried either by NATS JetStream or, in
//! one process, by the [`EventLog`] itself. Both carriers keep the same
//! promises, and one suite of tests holds them to it:
//!
//! - A [`Receipt`] is given only when the event is durable.
//! - An event is delivered at least once, in the order of its sequence.
//! - An event that was not acknowledged is delivered again, and everything
//!   after it too: redelivery rewinds, it never reorders.
//! - An id that is already in the log is not appended again. JetStream knows
//!   ids only within its duplicate window: a copy that comes later is stored
//!   and delivered, and dropped by [`EventLog::append_from_stream`], which
//!   knows every id there ever was. Consumers therefore keep the position, or
//!   the id, together with the effect.
//! - A position is that of one stream. Whoever goes on at a [`Position`] is told
//!   ([`StreamError::Misplaced`]) if the stream is another one, ends before it, or
//!   holds another event there; nothing is delivered then.
//!
//! [`EventLog`]: eventlog::EventLog
//! [`EventLog::append_from_stream`]: eventlog::EventLog::append_from_stream
#![cfg_attr(
    not(test),
    warn(
        missing_docs,
        unreachable_pub,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::float_arithmetic,
        clippy::get_unwrap,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod carrier;
mod embedded;
mod error;
mod filter;
mod jetstream;
mod numbers;
mod rebuild;

pub use carrier::{Consumer, Reader, Stream};
pub use error::{Misplaced, StreamError};
pub use eventlog::{Delivered, Position, Sequence, Start, StreamId};
pub use jetstream::{Credentials, JetStreamOptions, RestoreError, Restored, restore};
pub use rebuild::rebuild_from_stream;

/// What a publisher gets once its event is durable, never before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Where the event is; for a duplicate, where the original is.
    pub sequence: Sequence,
    /// The id was there already, and the event was not appended again.
    pub duplicate: bool,
}
