//! Webhooks as BigCommerce sends them: signed, retried, sometimes twice,
//! sometimes not at all.

pub mod delivery;
pub mod event;
pub mod forgery;
pub mod hook;
pub mod log;
pub mod settings;
pub mod sign;

pub use delivery::Webhooks;
pub use event::Event;
pub use forgery::Forgery;
pub use hook::Hook;
pub use settings::{Settings, SettingsChange};
