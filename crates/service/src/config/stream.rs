//! What carries the events.

use std::time::Duration;

use serde::Deserialize;

use super::{duration, list::one_or_many};
use crate::Secret;

/// Where events are written to and read from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StreamConfig {
    /// What carries events.
    pub carrier: Carrier,
    /// Addresses of the NATS servers.
    #[serde(deserialize_with = "one_or_many")]
    pub urls: Vec<String>,
    /// The name of the JetStream stream.
    pub name: String,
    /// How many servers keep the JetStream stream.
    pub replicas: usize,
    /// How long the broker itself recognises the copy of an event.
    #[serde(deserialize_with = "duration::parse")]
    pub duplicate_window: Duration,
    /// How long a publish may take before it counts as failed.
    #[serde(deserialize_with = "duration::parse")]
    pub publish_timeout: Duration,
    /// The server's monitoring address, where its `sync_interval` can be read.
    pub monitor_url: Option<String>,
    /// Refuse to run on a broker that acknowledges before it has synced to disk.
    pub require_sync_always: bool,
    /// The NATS user.
    pub user: Option<String>,
    /// The NATS user's password.
    pub password: Option<Secret>,
}

/// What carries events from one service to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// The log itself, in one process, without a broker.
    Embedded,
    /// NATS JetStream, between processes.
    Jetstream,
}

impl Default for StreamConfig {
    fn default() -> Self {
        StreamConfig {
            carrier: Carrier::Embedded,
            urls: vec!["nats://127.0.0.1:4222".to_owned()],
            name: "COUNTERFOIL".to_owned(),
            replicas: 1,
            duplicate_window: Duration::from_secs(120),
            publish_timeout: Duration::from_secs(5),
            monitor_url: Some("http://127.0.0.1:8222".to_owned()),
            require_sync_always: true,
            user: None,
            password: None,
        }
    }
}
