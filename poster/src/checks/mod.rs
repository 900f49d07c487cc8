//! What must be true in Fusion before a journal may leave: its names are known
//! there, its accounts take journals on its date, and its currency can be
//! converted. What Fusion would refuse is refused here, alone, instead of there
//! with its whole group.
//!
//! `needs` says what a journal needs, `Reference::judge` whether that is so as far as
//! is known: both pure. Only `Reference::ask` calls Fusion.

mod accounts;
mod ask;
mod cache;
mod needs;
mod reference;

pub use accounts::{AccountProblem, takes};
pub use needs::List;
pub(crate) use reference::{Reference, Strictness, Verdict};

#[cfg(test)]
mod tests;
