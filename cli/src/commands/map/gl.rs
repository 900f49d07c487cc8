//! The rows of `GlInterface.csv` that the poster would send.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use poster::batch;
use schemas::{Currency, LedgerKey, Posting};
use serde_json::json;
use service::config::{Config, LedgerConfig};

use super::target::Target;

/// What is to be known of the ledgers, for the rows of GL interface.
#[derive(Debug, Args)]
pub(super) struct LedgerArgs {
    /// The configuration, for the ledgers' ids, currencies, source and categories
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl LedgerArgs {
    /// The configuration, if one is named.
    pub(super) fn config(&self) -> anyhow::Result<Option<Config>> {
        Ok(self.config.as_deref().map(Config::load).transpose()?)
    }

    /// One file's rows for each ledger and period, as an import takes them.
    pub(super) fn rows(
        &self,
        targets: &[Target],
        config: Option<&Config>,
    ) -> anyhow::Result<String> {
        let mut batches: BTreeMap<(LedgerKey, String), (LedgerConfig, Vec<Posting>)> =
            BTreeMap::new();
        for target in targets {
            let mapped = &target.mapped;
            if mapped.journal.is_empty() {
                continue;
            }
            let ledger = ledger(&mapped.ledger, mapped.journal.currency(), config)?;
            let posting = batch::preview(&ledger, target.id, mapped);
            let key = (mapped.ledger.clone(), posting.period.clone());
            let (_, postings) = batches.entry(key).or_insert((ledger, Vec::new()));
            postings.push(posting);
        }
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let mut text = String::new();
        for ((key, _), (ledger, postings)) in batches {
            let rows = batch::preview_rows(&ledger, &key, today, postings)?;
            text.push_str(&String::from_utf8_lossy(&rows));
        }
        Ok(text)
    }
}

/// The ledger as it is configured; without a configuration, one with placeholders.
fn ledger(
    key: &LedgerKey,
    currency: Currency,
    config: Option<&Config>,
) -> anyhow::Result<LedgerConfig> {
    match config {
        Some(config) => config.ledgers.get(key).cloned().with_context(|| {
            format!("the rules lead to the ledger `{key}`, which the configuration does not have: add [ledgers.{key}]")
        }),
        None => serde_json::from_value(json!({
            "name": key, "id": 0, "data_access_set": 0, "currency": currency,
        }))
        .context("a ledger of placeholders"),
    }
}
