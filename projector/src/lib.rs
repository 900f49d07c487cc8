//! Reads every event into the log, and from there into the views.
//!
//! The views can be deleted and rebuilt from the log at any time, and come out
//! equal. Nothing else writes them while the projector runs; whoever makes reports
//! opens them read-only.
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

mod follow;
mod metrics;

pub use follow::{ProjectorError, SERVICE, rebuild, run};
