//! What every process of Counterfoil needs before it can do its own work:
//! configuration, secrets, logs, metrics, health, shutdown.
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

pub mod admin;
pub mod clock;
pub mod config;
pub mod follow;
pub mod health;
pub mod inbox;
pub mod metrics;
pub mod process;
pub mod program;
pub mod seal;
pub mod secret;
pub mod stream;
pub mod telemetry;
pub mod tls;
mod witness;

pub use clock::Clock;
pub use process::{Process, ServiceArgs};
pub use program::{Service, main};
pub use secret::Secret;
pub use tokio_util::sync::CancellationToken;
