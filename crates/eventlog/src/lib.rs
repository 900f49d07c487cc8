//! The event log: append-only, on disk, offsets from 1 without gaps.
//!
//! # Constraints
//!
//! - One process owns a log; a second one that opens it is refused.
//! - One thread writes. A record is never changed and never deleted.
//! - An append is answered when it is durable: sled's `flush()` does not sync on
//!   Linux, so each group of appends is followed by `fdatasync` on sled's file.
//! - An id is in the log at most once, for ever.
//!
//! # Layout
//!
//! One sled tree, so that a record and everything that points at it change in
//! one atomic batch. All numbers are big-endian.
//!
//! | Key | Value |
//! |---|---|
//! | `r` · offset u64 · piece u16 | a piece of the record, at most 4 KiB |
//! | `i` · id (16 bytes) | offset of the event with this id |
//! | `s` · subject | last offset on this subject |
//! | `c` · name of a consumer | everything up to this offset is done |
//! | `p` | position up to which the log has followed a stream: sequence u64 · id of the stream (16 bytes) · id of the event (16 bytes) |
//! | `u` | id of this log as a stream (16 bytes) |
//!
//! A log of before positions had an identity has the sequence alone under `p`, and
//! no `u`: its id follows from its first record.
//!
//! A record, its pieces put together:
//!
//! | Bytes | |
//! |---|---|
//! | 1 | format, now 1 |
//! | 4 | CRC-32C of the offset and of everything but these 4 bytes |
//! | 4 | length of the record |
//! | 32 | SHA-256 of the offset and the bytes of the record before, zeros for the first |
//! | 16 | id of the event |
//! | 2 | length of the subject |
//! | … | subject, then the event as it was published |
//!
//! Pieces are small because sled puts large pages into files of their own and
//! never syncs those. Beside the tree lies the file `tip`, the witness of the
//! last durable offset and hash.
//!
//! # Recovery
//!
//! A batch is in the tree as a whole or not at all, so a crash leaves no half
//! record. On opening, the end of the log is held against `tip`, and the last
//! records are checked for CRC, contiguity and chain. [`EventLog::verify`]
//! checks everything. Damage is reported with its offset and never repaired in
//! place: move the folder aside and rebuild, from the stream that the log followed
//! or from an export ([`EventLog::rebuild_from_export`]).

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

mod committer;
mod error;
mod keys;
mod lock;
mod log;
mod options;
mod position;
mod record;
mod store;
mod sync;
mod tip;
mod transfer;
mod verify;

pub use error::LogError;
pub use lock::ClosedLog;
pub use log::{EventLog, folder};
pub use options::LogOptions;
pub use position::{Appended, Delivered, Offset, Position, Sequence, Start, StreamId};
pub use record::LogRecord;
pub use sync::{FileSyncer, Syncer};
pub use verify::VerifyReport;
