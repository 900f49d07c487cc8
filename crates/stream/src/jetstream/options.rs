//! How the broker is reached, and what is asked of it.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;

/// Where the NATS servers are and how the stream is kept there.
#[derive(Debug, Clone)]
pub struct JetStreamOptions {
    /// Addresses of the servers, `nats://…` or `tls://…`.
    pub urls: Vec<String>,
    /// The name of the stream.
    pub stream_name: String,
    /// Copies of the stream in the cluster: 1, or 3 to survive the loss of a server.
    pub replicas: usize,
    /// For how long the broker itself recognises the copy of an event.
    pub duplicate_window: Duration,
    /// How long a publish, or a question to the broker, may take.
    pub publish_timeout: Duration,
    /// The server's monitoring address, `http://…:8222`; the only place where a
    /// server tells whether it syncs before it acknowledges.
    pub monitor_url: Option<String>,
    /// Refuse a server that acknowledges before it has synced.
    pub require_sync_always: bool,
    /// How we sign in, if the servers ask for it.
    pub credentials: Option<Credentials>,
}

/// What the servers ask for.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// The NATS user.
        user: String,
        /// The user's password.
        password: SecretString,
    },
    /// A token.
    Token(SecretString),
    /// A `.creds` file with a JWT and its seed.
    File(PathBuf),
}

impl Default for JetStreamOptions {
    fn default() -> Self {
        JetStreamOptions {
            urls: vec!["nats://127.0.0.1:4222".to_owned()],
            stream_name: "COUNTERFOIL".to_owned(),
            replicas: 1,
            duplicate_window: Duration::from_secs(120),
            publish_timeout: Duration::from_secs(5),
            monitor_url: Some("http://127.0.0.1:8222".to_owned()),
            require_sync_always: true,
            credentials: None,
        }
    }
}
