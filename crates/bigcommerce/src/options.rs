//! Where a store is, and how its client behaves.

use std::time::Duration;

use secrecy::SecretString;

/// Where a store's API is, and the key to it.
#[derive(Debug, Clone)]
pub struct StoreAddress {
    /// `https://api.bigcommerce.com`, without the store.
    pub api_url: String,
    /// The store's hash, as in its API path.
    pub hash: String,
    /// The API account's access token (`X-Auth-Token`).
    pub token: SecretString,
}

/// How the client behaves towards the API. No time-outs are published: those of the
/// default are a guess.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// What the `User-Agent` header says.
    pub user_agent: String,
    /// What the store is called in metrics; empty where nobody collects them.
    pub store: String,
    /// The share of the store's quota that is left for its other apps, in percent;
    /// more than 100 is taken as 100.
    pub quota_reserve_percent: u8,
    /// For the connection alone, its TLS handshake included.
    pub connect_timeout: Duration,
    /// For a whole call, its answer included.
    pub read_timeout: Duration,
    /// What is done about a failure that may pass by itself.
    pub retries: Retries,
}

/// How often a call is tried again by itself, with growing, jittered delays.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// Beyond the first try; 0 for none.
    pub times: usize,
    /// The delay before the first repetition; it doubles each time.
    pub first: Duration,
    /// What the delay grows to. A store that asks for more (`X-Retry-After`) gets more.
    pub longest: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            user_agent: concat!("counterfoil/", env!("CARGO_PKG_VERSION")).to_owned(),
            store: String::new(),
            quota_reserve_percent: 20,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            retries: Retries {
                times: 4,
                first: Duration::from_secs(1),
                longest: Duration::from_secs(60),
            },
        }
    }
}
