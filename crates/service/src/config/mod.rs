//! The configuration: one TOML file for all processes, every value also by
//! environment variable (`COUNTERFOIL__STORES__US__TOKEN`).

mod duration;
mod error;
mod fusion;
mod ingest;
mod ledger;
mod list;
mod load;
mod sealed;
mod stream;
mod url;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use schemas::{LedgerKey, StoreKey};
use serde::Deserialize;

pub use error::ConfigError;
pub use fusion::{FusionConfig, OAuthClient, SignIn};
pub use ingest::{IngestConfig, StoreConfig};
pub use ledger::{AccessSet, AutoPost, ClosedPeriod, LedgerConfig, PosterConfig, UnknownAccounts};
pub use sealed::{SecretFound, is_secret, secret_places};
pub use stream::{Carrier, StreamConfig};
pub use url::{ServiceUrl, UrlError};

/// Everything that can be set. `counterfoil.example.toml` explains every key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where logs, views, books and positions are kept.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// The rules of the mapper.
    #[serde(default = "default_rules")]
    pub rules: PathBuf,
    /// The keys that open sealed secrets.
    #[serde(default)]
    pub seal: SealConfig,
    /// Where events are written to and read from.
    #[serde(default)]
    pub stream: StreamConfig,
    /// The receiver of webhooks and the poller.
    #[serde(default)]
    pub ingest: IngestConfig,
    /// The BigCommerce stores, by what we call them.
    #[serde(default)]
    pub stores: BTreeMap<StoreKey, StoreConfig>,
    /// The Fusion pod.
    pub fusion: FusionConfig,
    /// The ledgers in Fusion, by what we call them.
    #[serde(default)]
    pub ledgers: BTreeMap<LedgerKey, LedgerConfig>,
    /// How the poster works.
    #[serde(default)]
    pub poster: PosterConfig,
    /// Where processes answer for their health.
    #[serde(default)]
    pub admin: AdminConfig,
    /// How processes log.
    #[serde(default)]
    pub telemetry: TelemetryConfig,
}

/// The keys that secrets of this configuration are sealed with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SealConfig {
    /// `file:PATH` or `env:NAME`. The first seals, all of them open.
    #[serde(deserialize_with = "list::one_or_many")]
    pub keys: Vec<String>,
}

/// Where each process answers for its health and metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// `counterfoil run`.
    pub run: SocketAddr,
    /// `ingest` by itself.
    pub ingest: SocketAddr,
    /// `mapper` by itself.
    pub mapper: SocketAddr,
    /// `poster` by itself.
    pub poster: SocketAddr,
    /// `projector` by itself.
    pub projector: SocketAddr,
    /// The names that others than this machine ask for, without ports.
    #[serde(deserialize_with = "list::one_or_many")]
    pub hosts: Vec<String>,
}

impl Default for AdminConfig {
    fn default() -> Self {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        AdminConfig {
            run: local(9100),
            ingest: local(9101),
            mapper: local(9102),
            poster: local(9103),
            projector: local(9104),
            hosts: Vec::new(),
        }
    }
}

/// What processes log, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// A filter such as `info` or `info,poster=debug`; `RUST_LOG` goes before it.
    pub log: String,
    /// How a line is written.
    pub format: LogFormat,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        TelemetryConfig {
            log: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

fn default_data_dir() -> PathBuf {
    "data".into()
}

fn default_rules() -> PathBuf {
    "rules.toml".into()
}
