//! How a pod is reached.

use std::time::Duration;

use secrecy::SecretString;
use service::Clock;

/// How to reach a pod.
#[derive(Debug, Clone)]
pub struct Options {
    /// The pod, without a slash at the end.
    pub url: String,
    /// The identity domain's token endpoint.
    pub token_url: String,
    pub client_id: String,
    pub client_secret: SecretString,
    pub scope: String,
    /// The document account that files are uploaded to.
    pub document_account: String,
    /// The journal interface's id in the load job's parameters.
    pub interface: u32,
    /// How long one request may take.
    pub timeout: Duration,
    /// How often a read is repeated after a transient failure.
    pub retries: u32,
    /// The pause before the first repetition; it doubles each time.
    pub retry_pause: Duration,
    /// What those pauses are made by.
    pub clock: Clock,
}
