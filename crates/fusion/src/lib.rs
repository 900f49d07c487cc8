//! The typed client of Oracle Fusion Cloud ERP: files for the GL interface, the
//! jobs that load, import and post them, and reading back what the ledger holds.
//! Beside it, in [`checks`], what a journal needs there to be taken.
//!
//! The client decides nothing. A call that changes something is sent once, and its
//! error says whether it was certainly not done ([`Error::is_transient`]) or may
//! have been ([`Error::is_unknown_outcome`]); the caller finds out which.
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

mod access;
mod accounts;
mod archive;
mod assertion;
mod batches;
pub mod checks;
mod client;
mod currencies;
mod error;
mod failure;
mod gl_interface;
mod integrations;
mod jobs;
mod lookups;
mod metrics;
mod options;
mod pages;
mod report;
mod scheduler;
mod token;
mod wire;

pub use accounts::Combination;
pub use assertion::KeyError;
pub use batches::{Batch, Header};
pub use client::{Fusion, SetupError};
pub use error::{Error, Fault, Operation, Refused};
pub use gl_interface::{BatchFile, BatchJournal, Conversion, FileError, MAX_BATCH_NAME};
pub use integrations::ImportArguments;
pub use jobs::{Job, JobState, JobTree};
pub use lookups::{AccessSet, AccessSetLedger, Ledger, Named, PeriodState, PeriodStatus};
pub use metrics::METRICS;
pub use options::{DOCUMENT_ACCOUNTS, OAuthClient, Options, SignIn, UserAssertion};
pub use report::{ErrorLine, ExecutionLog};
pub use scheduler::ScheduledRequest;
