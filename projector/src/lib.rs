//! Reads every event into the log, and from there into the views.
//!
//! The views can be deleted and rebuilt from the log at any time, and come out
//! equal. Nothing else writes them while the projector runs; whoever makes reports
//! opens them read-only.
#![forbid(unsafe_code)]

mod follow;
mod metrics;

pub use follow::{ProjectorError, SERVICE, rebuild, run};
