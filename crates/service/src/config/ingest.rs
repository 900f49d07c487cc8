//! The receiver, and the stores that it serves.

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;

use super::{ServiceUrl, duration, list::one_or_many};
use crate::Secret;

/// How webhooks are taken and how the stores are polled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// Where webhooks are received, at `/webhooks/<store>`.
    pub listen: SocketAddr,
    /// The address at which the stores reach `listen`; hooks are registered
    /// there. Without it, hooks are left as they are.
    pub public_url: Option<ServiceUrl>,
    /// The longest webhook body that is read, in bytes.
    pub body_limit: usize,
    /// Webhooks handled at once; more are answered 503.
    pub max_in_flight: usize,
    /// How far a webhook's timestamp may be from our clock.
    #[serde(deserialize_with = "duration::parse")]
    pub timestamp_tolerance: Duration,
    /// How long after one poll of a store the next begins.
    #[serde(deserialize_with = "duration::parse")]
    pub poll_every: Duration,
    /// How far each poll looks back behind the last one.
    #[serde(deserialize_with = "duration::parse")]
    pub poll_overlap: Duration,
    /// How long a refund is asked for again, since its payment provider may decline it.
    #[serde(deserialize_with = "duration::parse")]
    pub refund_watch: Duration,
    /// Where the first poll of a store begins; by default when it is first run.
    pub start_at: Option<Timestamp>,
    /// How long categories and brands are taken from the cache.
    #[serde(deserialize_with = "duration::parse")]
    pub catalogue_age: Duration,
}

impl Default for IngestConfig {
    fn default() -> Self {
        IngestConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            body_limit: 64 * 1024,
            max_in_flight: 1024,
            timestamp_tolerance: Duration::from_secs(300),
            poll_every: Duration::from_secs(60),
            poll_overlap: Duration::from_secs(300),
            refund_watch: Duration::from_secs(7 * 24 * 3600),
            start_at: None,
            catalogue_age: Duration::from_secs(600),
        }
    }
}

/// One BigCommerce store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// BigCommerce's API.
    #[serde(default = "default_api_url")]
    pub api_url: ServiceUrl,
    /// The store's hash, as in the API's path `/stores/<hash>/`.
    pub hash: String,
    /// The API account's access token.
    pub token: Secret,
    /// The API account's client secrets that webhooks may be signed with:
    /// several while one replaces another.
    #[serde(default, deserialize_with = "one_or_many")]
    pub client_secrets: Vec<Secret>,
    /// The header that our hooks are registered with, and its value.
    #[serde(default = "default_header_name")]
    pub header_name: String,
    /// The value of that header, a secret; without it, hooks are registered without the
    /// header.
    pub header_value: Option<Secret>,
    /// Refuse a webhook without a good signature.
    #[serde(default = "yes")]
    pub require_signature: bool,
    /// Refuse a webhook without the header.
    #[serde(default = "yes")]
    pub require_header: bool,
    /// The share of the store's API quota that is left for other apps, in percent.
    #[serde(default = "default_quota_left")]
    pub quota_left_percent: u8,
    /// Ask for each order's tax by rate, a call per order: for routes that book
    /// tax by rate.
    #[serde(default)]
    pub tax_rates: bool,
    /// Ask for the customers' groups: for rules that match on them.
    #[serde(default)]
    pub customer_groups: bool,
}

fn default_api_url() -> ServiceUrl {
    "https://api.bigcommerce.com"
        .parse()
        .expect("a constant https URL")
}

fn default_header_name() -> String {
    "X-Counterfoil-Key".to_owned()
}

fn default_quota_left() -> u8 {
    20
}

fn yes() -> bool {
    true
}
