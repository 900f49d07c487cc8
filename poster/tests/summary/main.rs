//! Days that are summed up: few journals in the ledger, and still each posting
//! once, whenever summing up begins or ceases.

mod chaos;
mod crashes;
mod days;
mod proof;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod switching;
