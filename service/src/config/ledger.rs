use std::time::Duration;

use schemas::Currency;
use serde::Deserialize;

use super::{ServiceUrl, duration};
use crate::Secret;

/// The Fusion pod.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FusionConfig {
    /// The pod, `https://<name>.fa.<region>.oraclecloud.com`.
    pub url: ServiceUrl,
    /// The identity domain's token endpoint, `https://<domain>/oauth2/v1/token`.
    pub token_url: ServiceUrl,
    pub client_id: String,
    pub client_secret: Secret,
    /// The scope, which differs from pod to pod.
    pub scope: String,
    /// The document account that files are uploaded to.
    #[serde(default = "default_document_account")]
    pub document_account: String,
    /// The interface's id in the load job's parameters.
    #[serde(default = "default_interface")]
    pub interface: u32,
    /// How long one request may take.
    #[serde(default = "default_timeout", deserialize_with = "duration::parse")]
    pub timeout: Duration,
}

/// One ledger in Fusion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// The ledger's name and id in Fusion.
    pub name: String,
    pub id: u64,
    /// The data access set that the import runs under.
    pub data_access_set: u64,
    pub currency: Currency,
    /// The journal source, by its user-facing name.
    #[serde(default = "default_source")]
    pub source: String,
    /// The journal categories of orders and of refunds, by their user-facing names.
    #[serde(default = "default_order_category")]
    pub order_category: String,
    #[serde(default = "default_refund_category")]
    pub refund_category: String,
    /// How periods are named, as in `strftime`: `%b-%y` for `Nov-26`.
    #[serde(default = "default_period_format")]
    pub period_format: String,
    /// How journals of a currency other than the ledger's are converted.
    #[serde(default = "default_conversion_type")]
    pub conversion_type: String,
}

/// How journals are sent to Fusion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PosterConfig {
    /// A batch is closed when it has this many journals …
    pub batch_size: usize,
    /// … or when its first journal has waited this long.
    #[serde(deserialize_with = "duration::parse")]
    pub batch_age: Duration,
    /// A batch of summary journals is closed when it sums up this many journals.
    pub summary_size: usize,
    /// How long after the end of a day it is summed up.
    #[serde(deserialize_with = "duration::parse")]
    pub summary_after: Duration,
    /// How often a job's state is read at first; the pauses grow.
    #[serde(deserialize_with = "duration::parse")]
    pub poll_every: Duration,
    /// The longest pause between two readings.
    #[serde(deserialize_with = "duration::parse")]
    pub poll_at_most: Duration,
    /// How long nothing may be found before nothing is taken to be there.
    #[serde(deserialize_with = "duration::parse")]
    pub settling_time: Duration,
    /// How long a job may take before it is reported as late.
    #[serde(deserialize_with = "duration::parse")]
    pub job_deadline: Duration,
    /// Who posts an imported batch.
    pub autopost: AutoPost,
    /// How long the state of a period is taken from the cache.
    #[serde(deserialize_with = "duration::parse")]
    pub period_age: Duration,
}

/// Who posts an imported batch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoPost {
    /// Fusion's own schedule.
    Fusion,
    /// We submit AutoPost with this criteria set's id after each import.
    CriteriaSet(u64),
}

impl Default for PosterConfig {
    fn default() -> Self {
        PosterConfig {
            batch_size: 200,
            batch_age: Duration::from_secs(60),
            summary_size: 1000,
            summary_after: Duration::from_secs(3600),
            poll_every: Duration::from_secs(2),
            poll_at_most: Duration::from_secs(30),
            settling_time: Duration::from_secs(300),
            job_deadline: Duration::from_secs(1800),
            autopost: AutoPost::Fusion,
            period_age: Duration::from_secs(300),
        }
    }
}

fn default_document_account() -> String {
    "fin/generalLedger/import".to_owned()
}

fn default_interface() -> u32 {
    15
}

fn default_timeout() -> Duration {
    Duration::from_secs(60)
}

fn default_source() -> String {
    "Counterfoil".to_owned()
}

fn default_order_category() -> String {
    "Web Orders".to_owned()
}

fn default_refund_category() -> String {
    "Web Refunds".to_owned()
}

fn default_period_format() -> String {
    "%b-%y".to_owned()
}

fn default_conversion_type() -> String {
    "Corporate".to_owned()
}
