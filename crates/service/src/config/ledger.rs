//! The ledgers, and how the poster works on them.

use std::{fmt, time::Duration};

use jiff::civil::Date;
use schemas::Currency;
use serde::{Deserialize, Deserializer};

use super::{duration, list::one_or_many};

/// One ledger in Fusion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// The ledger's name in Fusion.
    pub name: String,
    /// Its id in Fusion, which differs from pod to pod; looked up by the name where
    /// it is not given.
    pub id: Option<u64>,
    /// The data access set that the import runs under.
    pub data_access_set: AccessSet,
    /// The currency of the ledger's books.
    pub currency: Currency,
    /// The journal source, by its user-facing name.
    #[serde(default = "default_source")]
    pub source: String,
    /// The journal categories of orders and of refunds, by their user-facing names.
    #[serde(default = "default_order_category")]
    pub order_category: String,
    /// The journal category of refunds, by its user-facing name.
    #[serde(default = "default_refund_category")]
    pub refund_category: String,
    /// How periods are named, as in `strftime`: `%b-%y` for `Nov-26`.
    #[serde(default = "default_period_format")]
    pub period_format: String,
    /// How journals of a currency other than the ledger's are converted.
    #[serde(default = "default_conversion_type")]
    pub conversion_type: String,
    /// What becomes of a journal whose period is closed.
    #[serde(default)]
    pub closed_period: ClosedPeriod,
    /// What becomes of a journal on an account combination that does not exist yet.
    #[serde(default)]
    pub unknown_accounts: UnknownAccounts,
    /// The names of the chart's segments in Fusion's list of account combinations,
    /// in the chart's order; read from that list where they are not given.
    #[serde(default, deserialize_with = "one_or_many")]
    pub account_segments: Vec<String>,
    /// The value sets of the chart's segments, in its order, as the REST path has
    /// them. With them, the segments of a combination that Fusion is to create are
    /// checked before it is sent.
    #[serde(default, deserialize_with = "one_or_many")]
    pub value_sets: Vec<String>,
}

impl LedgerConfig {
    /// The name of the period that a day falls into.
    pub fn period_of(&self, day: Date) -> String {
        day.strftime(&self.period_format).to_string()
    }
}

/// A data access set, by its id or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessSet {
    /// By its id.
    Id(u64),
    /// By its name, from which the id is looked up.
    Name(String),
}

impl<'de> Deserialize<'de> for AccessSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AccessSet, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum NumberOrText {
            Number(u64),
            Text(String),
        }
        // The environment gives a number as text.
        Ok(match NumberOrText::deserialize(deserializer)? {
            NumberOrText::Number(id) => AccessSet::Id(id),
            NumberOrText::Text(text) => match text.parse() {
                Ok(id) => AccessSet::Id(id),
                Err(_) => AccessSet::Name(text),
            },
        })
    }
}

impl fmt::Display for AccessSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessSet::Id(id) => write!(f, "{id}"),
            AccessSet::Name(name) => write!(f, "`{name}`"),
        }
    }
}

/// What becomes of a journal whose period is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedPeriod {
    /// It goes to the first day of the next open one, and says its date in words.
    #[default]
    NextOpen,
    /// It waits until its period is open again.
    Hold,
}

/// What becomes of a journal on an account combination that does not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAccounts {
    /// It is rejected: a mistake in the rules must not create accounts.
    #[default]
    Refuse,
    /// It is sent: the chart lets Fusion create combinations on import.
    Send,
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
    /// As many journals go together where more are due when a batch is closed.
    pub backlog_size: usize,
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
    /// How long accounts, sources, currencies and rates are taken from the cache.
    #[serde(deserialize_with = "duration::parse")]
    pub reference_age: Duration,
    /// How often it is looked whether causes of rejections are gone.
    #[serde(deserialize_with = "duration::parse")]
    pub recheck_every: Duration,
    /// How long an imported batch may wait to be posted before it is an exception.
    #[serde(deserialize_with = "duration::parse")]
    pub unposted_after: Duration,
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
            backlog_size: 1000,
            summary_size: 1000,
            summary_after: Duration::from_secs(3600),
            poll_every: Duration::from_secs(2),
            poll_at_most: Duration::from_secs(30),
            settling_time: Duration::from_secs(300),
            job_deadline: Duration::from_secs(1800),
            autopost: AutoPost::Fusion,
            period_age: Duration::from_secs(300),
            reference_age: Duration::from_secs(3600),
            recheck_every: Duration::from_secs(600),
            unposted_after: Duration::from_secs(24 * 3600),
        }
    }
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
