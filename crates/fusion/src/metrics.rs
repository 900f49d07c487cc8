//! The client's metrics.

service::metrics! {
    /// Time until Fusion had answered a call, or it failed; each try by itself.
    pub(crate) CALL: Histogram["operation"] = "counterfoil_fusion_call_seconds", Seconds;
}
