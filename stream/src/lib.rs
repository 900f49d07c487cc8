//! Events between the services, written once and kept for ever.
//!
//! [`EventLog`] is the append-only log on disk; [`Stream`] publishes and
//! consumes, carried either by NATS JetStream or by the log itself. Both
//! carriers keep the same promises, and one suite of tests holds them to it:
//!
//! - A [`Receipt`] is given only when the event is durable.
//! - An event is delivered at least once, in the order of its offset.
//! - An event that was not acknowledged is delivered again, and everything
//!   after it too: redelivery rewinds, it never reorders.
//! - An id that is already in the log is not appended again. JetStream knows
//!   ids only within its duplicate window: a copy that comes later is stored
//!   and delivered, and dropped by [`EventLog::append_from_stream`], which
//!   knows every id there ever was. Consumers therefore keep the offset, or
//!   the id, together with the effect.
#![forbid(unsafe_code)]

mod carrier;
mod embedded;
mod error;
mod filter;
mod jetstream;
mod log;
mod open;
mod rebuild;

pub use carrier::{Consumer, Reader, Stream};
pub use error::{LogError, StreamError};
pub use jetstream::{Credentials, JetStreamOptions};
pub use log::{EventLog, FileSyncer, LogOptions, LogRecord, Syncer, VerifyReport};
pub use rebuild::rebuild_from_stream;

use schemas::EncodedEvent;

/// An event as it comes from the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The sequence in the stream, or the offset in the log; from 1, ascending.
    pub offset: u64,
    pub event: EncodedEvent,
}

/// What a publisher gets once its event is durable, never before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Where the event is; for a duplicate, where the original is.
    pub offset: u64,
    /// The id was there already, and the event was not appended again.
    pub duplicate: bool,
}
