//! The client's metrics.

service::metrics! {
    /// Time until the store had answered a call, or it failed; each try by itself, and
    /// without the wait for a share of the quota.
    pub(crate) CALL: Histogram["store", "operation"] = "counterfoil_bigcommerce_call_seconds", Seconds;

    /// Calls left until the store's rate limit begins anew, as its last answer said.
    pub(crate) QUOTA_LEFT: Gauge["store"] = "counterfoil_bigcommerce_quota_left", Count;
}
