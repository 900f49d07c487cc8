//! One TLS provider for the whole process.

/// Chooses ring for all TLS of this process. Must come before the first client
/// is built: the HTTP client and the broker's client would otherwise each bring
/// a provider, and rustls refuses to choose between two.
pub fn init() {
    // An error says that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
