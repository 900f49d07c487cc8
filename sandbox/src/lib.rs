//! Stand-ins for the two systems Counterfoil joins: BigCommerce and Oracle Fusion.
//!
//! Nobody can open a Fusion pod or a paid store on a laptop, so both sides are
//! played here: over real HTTP, in one process, in memory and from a seed. The
//! stand-ins are written from the public documentation and share no code with
//! Counterfoil's own clients, so that one misunderstanding cannot pass on both
//! sides. They are strict: what the real system would refuse, they refuse.
//!
//! [`Sandbox::start`] starts both; [`bigcommerce::BigCommerce::start`] the stores
//! alone and [`fusion::serve`] the pod alone.
#![forbid(unsafe_code)]

pub mod bigcommerce;
pub mod cli;
pub mod fusion;
pub mod generator;
pub mod sandbox;
pub mod store;
pub mod webhooks;

pub use sandbox::{Sandbox, SandboxConfig};
