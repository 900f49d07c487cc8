//! Posts journals to Fusion, each exactly once.
//!
//! For every order and refund the books say what is posted; target minus books is
//! what is still to post ([`subledger`]). What is due is gathered into batches
//! ([`batch`], with [`subledger::summary`] where days are summed up), once it passes
//! [`fusion::checks`]; each batch is imported in steps, every step's intent durable
//! before the call and its result after it (`attempt` decides, `work` does it);
//! and only what is read back from the ledger counts as posted (`readback`).
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

mod attempt;
pub mod batch;
pub mod books;
mod culprits;
mod error;
mod events;
pub mod metrics;
mod readback;
mod refusal;
mod run;
#[cfg(test)]
mod testing;
mod work;

pub use error::PosterError;
pub use run::{SERVICE, ledgers, run, run_by};
