//! Brings every order and refund of the stores into the stream.
//!
//! Two ways lead in, and either alone would do: a verified webhook is made
//! durable and answered, then what it is about is fetched ([`webhooks`],
//! `fetcher`); and a poller asks each store for what changed (`poller`). Both
//! end in the `intake`, which turns what the store answered into states, and in the
//! `teller`, which tells each of them once, after the one before.
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

mod catalogue;
mod chain;
mod chain_file;
mod customers;
mod doubts;
mod draft;
mod events;
mod fetch;
mod fetcher;
mod files;
mod history;
mod hooks;
mod intake;
mod metrics;
mod origin;
mod poller;
pub mod product_facts;
mod refund_register;
mod retry;
mod run;
pub mod snapshot;
mod teller;
mod walk;
mod watermarks;
pub mod webhooks;

pub use files::check_files;
pub use hooks::{UnfitHook, unfit_hooks};
pub use run::{Ingest, IngestError, SERVICE, run};
