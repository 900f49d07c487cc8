//! The commands for the accounting, as a person types them.

mod bad_input;
mod data;
mod hledger;
mod map;
mod rules;
mod support;
