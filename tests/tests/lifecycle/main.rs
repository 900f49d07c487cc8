//! The lifecycle of orders and refunds is kept twice, by the poster for its ledger
//! and by the projector for people: on the same events both must say the same.
//!
//! `COUNTERFOIL_LIFECYCLE_CASES` sets how many generated stories are told; a failure
//! prints the shortest that still fails.
#![allow(
    clippy::disallowed_methods,
    reason = "a run is told by the environment how many cases to try"
)]

mod agreement;
mod events;
mod generated;
mod world;
