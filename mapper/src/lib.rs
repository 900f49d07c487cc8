//! Turns what a store reports into what the ledger should hold.
//!
//! The core, [`map_order`] and [`map_refund`], is a pure function of the
//! snapshot and the rule set: no clock, no network, no state. The same event
//! under the same rules gives the same bytes, years later. [`run`] is the
//! service around it: it reads the stream, maps, and writes to the stream.
#![forbid(unsafe_code)]

mod context;
mod deferral;
mod entries;
mod event;
mod explain;
mod metrics;
mod order;
mod parts;
mod problem;
mod refund;
pub mod replay;
pub mod rules;
mod service;
mod taken;
mod tax;

pub use event::map_event;
pub use explain::{Explained, explain_order, explain_refund};
pub use order::map_order;
pub use problem::Problem;
pub use refund::map_refund;
pub use rules::{RuleSet, RulesError};
pub use service::{MapperError, run};

/// The version of the mapping. It changes when the same snapshot under the same
/// rules would give another journal.
pub const ENGINE: &str = "2";
