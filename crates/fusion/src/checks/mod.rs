//! What must be true in Fusion before a journal may leave: its names are known
//! there, its accounts take journals on its date, its currency can be converted, and a
//! period takes it. What Fusion would refuse is found here, for one journal alone,
//! instead of there with its whole group.
//!
//! [`Reference::needs`] says what a journal needs, [`Reference::judge`] whether that is
//! so as far as is known, and [`Periods::place`] which period takes it: all pure. Only
//! [`Reference::ask`] and [`Periods::refresh`] call Fusion.

mod accounts;
mod ask;
mod cache;
mod needs;
mod periods;
mod reason;
mod reference;
pub mod setup;

pub use accounts::{AccountProblem, takes};
pub use needs::{List, Need, RateKey};
pub use periods::{Periods, Place, Placement};
pub use reason::{Reason, code};
pub use reference::{Finding, Reference, Strictness};

#[cfg(test)]
mod tests;
