//! What a store is made of: its profile, catalogue, orders and refunds, and the
//! arithmetic that ties an order's amounts together.
//!
//! Everything here is in integers (ten-thousandths of the currency unit, the
//! finest grain the API shows); nothing here knows about HTTP.

pub mod amount;
pub mod catalogue;
pub mod order;
pub mod pricing;
pub mod profile;
pub mod refund;
pub mod refunding;
pub mod status;

pub use amount::{Amount, MoneyStyle};
pub use order::Order;
pub use profile::Profile;
pub use refund::Refund;
