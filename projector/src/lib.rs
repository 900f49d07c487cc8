//! Reads every event into the log and from there into views, and reports from
//! the views: what the stores sold, what the ledgers hold, and what lies between.
//!
//! The views can be deleted and rebuilt from the log at any time, and come out
//! equal. Nothing else reads or writes them while the projector runs, except
//! the reports, which open them read-only.
#![forbid(unsafe_code)]

mod follow;
mod metrics;
pub mod report;
mod views;

pub use follow::{ProjectorError, catch_up, rebuild, run, views_folder};
pub use views::{Views, ViewsError};
