//! What people decide about journals: to try rejected ones again, to hold back or
//! to release, to confirm that rows were removed, to acknowledge an alarm.
//!
//! A [`Request`] comes in by a door. [`propose`] finds in the views what it
//! concerns, checks it, and makes the event that it becomes; nothing is written by
//! that. [`publish`] writes the event, whoever carries the stream. The process that
//! carries it inside itself takes what others hand over by [`answer`].
//!
//! Nothing here prints or parses arguments.
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

mod actor;
mod delivery;
mod desk;
mod error;
mod inbox;
mod request;

pub use actor::actor;
pub use delivery::{DeliveryError, publish};
pub use desk::{Proposal, propose};
pub use error::{DecisionError, Field, Nothing};
pub use inbox::answer;
pub use request::{Choice, Request};
