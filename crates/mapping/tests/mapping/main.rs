//! The mapping, from snapshots to journals that a person can check.

mod common;
mod orders;
mod refunds;
mod rules;
