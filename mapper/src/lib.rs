//! Writes, for each order and refund that is received, what the ledger should
//! hold: reads the stream, maps by the rules, and writes to the stream. The
//! mapping itself is in the crate `mapping`, and is pure.
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

mod metrics;
mod rules_file;
mod service;

pub use rules_file::{RulesFileError, load_rules};
pub use service::{MapperError, SERVICE, run};
