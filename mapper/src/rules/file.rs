//! The rules file as it is written.

use std::collections::BTreeMap;

use schemas::{LedgerKey, Role};
use serde::Deserialize;
use toml::Spanned;

use super::RulesError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    pub version: Spanned<u32>,
    pub chart: ChartFile,
    #[serde(default)]
    pub policy: PolicyFile,
    pub routes: Vec<RouteFile>,
    pub accounts: Vec<AccountFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartFile {
    pub segments: Spanned<Vec<String>>,
    #[serde(default)]
    pub defaults: SegmentsFile,
}

pub(super) type SegmentsFile = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyFile {
    pub recognised_statuses: Vec<u32>,
    pub hold_statuses: Vec<u32>,
    pub rounding_per_line: u32,
    pub rounding_at_most: u32,
}

impl Default for PolicyFile {
    fn default() -> Self {
        PolicyFile {
            // Awaiting fulfilment, awaiting shipment, awaiting pickup, partially
            // shipped, shipped, completed: paid. Partially refunded, refunded,
            // disputed: reached after it was paid; the refunds take away.
            recognised_statuses: vec![11, 9, 8, 3, 2, 10, 14, 4, 13],
            // Manual verification decides nothing.
            hold_statuses: vec![12],
            rounding_per_line: 1,
            rounding_at_most: 5,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteFile {
    pub name: Spanned<String>,
    pub ledger: LedgerKey,
    #[serde(default = "utc")]
    pub time_zone: Spanned<String>,
    #[serde(default, rename = "match")]
    pub matches: MatchFile,
    #[serde(default)]
    pub segments: SegmentsFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFile {
    pub name: Spanned<String>,
    pub role: Role,
    #[serde(default, rename = "match")]
    pub matches: MatchFile,
    pub segments: SegmentsFile,
}

/// What a rule asks of an order or line; every key that is given must fit, by
/// any of its values.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MatchFile {
    pub store: OneOrMany<String>,
    pub channel: OneOrMany<u64>,
    pub currency: OneOrMany<String>,
    pub category: OneOrMany<u64>,
    pub sku: OneOrMany<String>,
    pub payment_method: OneOrMany<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a value, or a list of values")]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    pub fn into_vec(self) -> Vec<T> {
        match self {
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        }
    }
}

fn utc() -> Spanned<String> {
    Spanned::new(0..0, "UTC".to_owned())
}

impl RulesFile {
    pub fn parse(text: &str, file: &str) -> Result<RulesFile, RulesError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            at(text, file, start, error.message().to_owned())
        })
    }
}

/// The error at a byte of the text, by line and column.
pub(super) fn at(text: &str, file: &str, byte: usize, message: String) -> RulesError {
    let (before, _) = text.split_at(text.floor_char_boundary(byte));
    let line_before = before.rsplit('\n').next().unwrap_or_default();
    RulesError::At {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: line_before.chars().count() + 1,
        message,
    }
}
