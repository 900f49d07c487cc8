//! Why the poster, or one ledger of it, stops.

use std::path::PathBuf;

use fusion::checks::setup::SetupProblem;
use schemas::{BatchKey, LedgerKey};

use crate::{batch::BatchError, books::BooksError};

/// Something that goes on failing, or that nobody but a person may decide. What
/// may pass by itself (an outage, throttling, refused credentials) is waited out
/// and is no error of this kind.
#[allow(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, thiserror::Error)]
pub enum PosterError {
    #[error("the books of ledger {ledger} cannot be used")]
    Books {
        ledger: LedgerKey,
        #[source]
        source: BooksError,
    },
    #[error("the stream cannot be used for ledger {ledger}")]
    Stream {
        ledger: LedgerKey,
        #[source]
        source: stream::StreamError,
    },
    #[error("the client for Fusion cannot be built")]
    Client(#[source] fusion::SetupError),
    #[error(
        "another poster works on ledger {ledger}: it wrote event {sequence} of the stream. This one stops; make sure that one poster only is started for a ledger, then start it again"
    )]
    Rival {
        ledger: LedgerKey,
        sequence: stream::Sequence,
    },
    #[error(
        "nothing is sent to ledger {ledger}: {}",
        .source.remedy()
    )]
    Setup {
        ledger: LedgerKey,
        #[source]
        source: SetupProblem,
    },
    #[error("ledger {ledger} stands still under an alarm: {cause}. {remedy}")]
    Alarmed {
        ledger: LedgerKey,
        cause: String,
        remedy: String,
    },
    #[error("ledger {ledger}: batch {batch} cannot be written as a file")]
    File {
        ledger: LedgerKey,
        batch: BatchKey,
        #[source]
        source: BatchError,
    },
    #[error("the task of ledger {ledger} ended without a result: {reason}")]
    Task { ledger: String, reason: String },
    #[error("no ledger is configured: add a [ledgers.<key>] to the configuration ({})", .0.display())]
    NoLedger(PathBuf),
}
