//! The two stores of the sandbox world.

/// Who a store is: what an operator would know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Short name used in configuration and in the admin paths.
    pub key: &'static str,
    /// Permanent hash of the store, part of every API path.
    pub hash: &'static str,
    /// Numeric store id, as webhooks carry it.
    pub store_id: u32,
    /// API account token, expected in `X-Auth-Token`.
    pub token: &'static str,
    /// API account client id; hooks belong to it.
    pub client_id: &'static str,
    /// API account client secret; signs webhooks.
    pub client_secret: &'static str,
    /// Secret of the custom header set on the hooks.
    pub hook_key: &'static str,
    /// ISO 4217 code of the only currency.
    pub currency: &'static str,
    /// True when catalogue prices include tax.
    pub inclusive: bool,
    /// Name of the store.
    pub name: &'static str,
    /// Country of the store, ISO 3166 alpha-2 and name.
    pub country: (&'static str, &'static str),
    /// IANA time zone, standard and summer offsets in seconds.
    pub timezone: (&'static str, i32, i32),
}

/// Header that carries [`Profile::hook_key`] on every webhook.
pub const HOOK_KEY_HEADER: &str = "X-Counterfoil-Key";

/// The American store: US dollars, tax on top of prices.
pub const US: Profile = Profile {
    key: "us",
    hash: "sbxus0001",
    store_id: 1_025_646,
    token: "sbx-token-us",
    client_id: "sbxclientus00000000000000000000",
    client_secret: "sbx-client-secret-us",
    hook_key: "sbx-hook-key-us",
    currency: "USD",
    inclusive: false,
    name: "Sandbox Outfitters",
    country: ("US", "United States"),
    timezone: ("America/Chicago", -21_600, -18_000),
};

/// The European store: euros, tax included in prices.
pub const EU: Profile = Profile {
    key: "eu",
    hash: "sbxeu0001",
    store_id: 1_025_647,
    token: "sbx-token-eu",
    client_id: "sbxclienteu00000000000000000000",
    client_secret: "sbx-client-secret-eu",
    hook_key: "sbx-hook-key-eu",
    currency: "EUR",
    inclusive: true,
    name: "Sandbox Outfitters Europe",
    country: ("DE", "Germany"),
    timezone: ("Europe/Berlin", 3_600, 7_200),
};

/// Every store of the sandbox world.
pub const ALL: [Profile; 2] = [US, EU];
