//! Which program this is.

crate::metrics! {
    /// Which program this is, and of which version; always 1.
    pub(crate) BUILD: Gauge["program", "version"] = "counterfoil_build_info", Count;
}

/// Shows which program this is.
pub(crate) fn record_build(program: &str) {
    BUILD.set_flag([program, env!("CARGO_PKG_VERSION")], true);
}
