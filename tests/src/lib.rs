//! What the tests of several crates share: a real broker, a hostile server, and with the feature
//! `world` everything around it, down to the four services as processes.
#![forbid(unsafe_code)]

pub mod hostile;
pub mod memory;
pub mod nats;
pub mod ports;

#[cfg(feature = "world")]
pub mod books;
#[cfg(feature = "world")]
pub mod leaks;
#[cfg(feature = "world")]
pub mod programs;
#[cfg(feature = "world")]
pub mod service;
#[cfg(feature = "world")]
pub mod settings;
#[cfg(feature = "world")]
pub mod world;
