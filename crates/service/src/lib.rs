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
pub mod data_folder;
pub mod follow;
pub mod health;
mod host;
pub mod inbox;
pub mod metrics;
pub mod process;
pub mod process_limits;
pub mod program;
pub mod seal;
mod seats;
pub mod secret;
pub mod server;
pub mod stream;
pub mod telemetry;
pub mod tls;
pub mod users;
mod witness;

pub use clock::Clock;
pub use process::{Process, ServiceArgs};
pub use program::{Service, main};
pub use seats::Seat;
pub use secret::Secret;
pub use tokio_util::sync::CancellationToken;
