//! A typed client of BigCommerce's REST API, and the check of its webhooks.
//!
//! Only what accounting needs is read, and nothing that names a person: the
//! types here have no place for names, addresses or e-mail, so those end at
//! this door. Money is read from the digits that the store sent, never through
//! a float. Everything else in an answer is tolerated and ignored.
//!
//! The client obeys the store's rate limit and retries what is worth it a few
//! times; how long to be patient beyond that is the caller's business
//! ([`Error::is_transient`]).
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

mod bounds;
mod catalogue;
mod client;
mod customers;
mod error;
mod hooks;
mod json;
mod metrics;
mod options;
mod order;
mod order_lists;
mod orders;
mod pages;
mod quota;
mod refund;
mod refunds;
mod store;
mod taxes;
mod transport;
pub mod webhook;

pub use bounds::PAGE;
pub use catalogue::{Brand, Category, Product};
pub use client::Client;
pub use customers::Customer;
pub use error::{Endless, Error, Malformed};
pub use hooks::{Hook, HookRequest};
pub use metrics::METRICS;
pub use options::{ClientOptions, Retries, StoreAddress};
pub use order::{Line, Order};
pub use orders::{OrderPage, OrderQuery};
pub use refund::Refund;
pub use refunds::RefundPages;
pub use store::StoreInfo;
pub use taxes::OrderTax;
