//! Ingest between a stand-in for the stores, over real HTTP, and the embedded stream.

mod bad_data;
mod bad_webhooks;
mod broker;
mod details;
mod fallback;
mod hostile;
mod orders;
mod outages;
mod refunds;
mod returns;
mod support;
