//! The rules file as it is written.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemas::{Amount, LedgerKey, Role};
use serde::Deserialize;
use toml::Spanned;

use super::{
    RulesError,
    policy::{Discounts, RefundTax, SeveralCategories, Unmapped},
};

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
    pub recognition: RecognitionFile,
    pub hold_statuses: Vec<u32>,
    pub excluded_payment_methods: Vec<String>,
    pub several_categories: SeveralCategories,
    pub unmapped: Unmapped,
    pub discounts: Discounts,
    pub refund_tax: RefundTax,
    pub rounding_per_line: u32,
    pub rounding_at_most: u32,
}

impl Default for PolicyFile {
    fn default() -> Self {
        PolicyFile {
            recognition: RecognitionFile::Named(Recognised::Paid),
            // Manual verification decides nothing.
            hold_statuses: vec![12],
            excluded_payment_methods: Vec::new(),
            several_categories: SeveralCategories::FirstRule,
            unmapped: Unmapped::Park,
            discounts: Discounts::Separate,
            refund_tax: RefundTax::AsReported,
            rounding_per_line: 1,
            rounding_at_most: 5,
        }
    }
}

/// When an order counts: a name, or the status ids.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "on_payment, on_shipment, on_completion, or a list of status ids"
)]
pub(super) enum RecognitionFile {
    Named(Recognised),
    Statuses(Vec<u32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Recognised {
    #[serde(rename = "on_payment")]
    Paid,
    #[serde(rename = "on_shipment")]
    Shipped,
    #[serde(rename = "on_completion")]
    Completed,
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
    pub recognition: Option<RecognitionFile>,
    #[serde(default)]
    pub tax_by_rate: bool,
    pub conversion: Option<Spanned<ConversionFile>>,
    pub journals: Option<Spanned<JournalsFile>>,
    pub summary_from: Option<Spanned<Date>>,
}

/// What becomes a journal of its own in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JournalsFile {
    /// Each journal of an order or refund.
    Single,
    /// The sum of a day.
    Summary,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversionFile {
    #[serde(rename = "type")]
    pub kind: String,
    pub rate: Option<Amount>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFile {
    pub name: Spanned<String>,
    pub role: Role,
    #[serde(default, rename = "match")]
    pub matches: MatchFile,
    pub segments: SegmentsFile,
    /// The first and the last day of sale or refund it is for.
    pub from: Option<Date>,
    pub until: Option<Date>,
    /// Decides between rules that would tie otherwise.
    #[serde(default)]
    pub priority: i32,
}

/// What a rule asks of an order or line; every key that is given must fit, by
/// any of its values.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MatchFile {
    pub sku: OneOrMany<String>,
    pub product: OneOrMany<u64>,
    pub category: OneOrMany<u64>,
    pub brand: OneOrMany<String>,
    pub product_type: OneOrMany<String>,
    pub tax_class: OneOrMany<u64>,
    pub pickup_location: OneOrMany<String>,
    pub customer_group: OneOrMany<u64>,
    pub tax_rate: OneOrMany<String>,
    pub payment_method: OneOrMany<String>,
    pub country: OneOrMany<String>,
    pub channel: OneOrMany<u64>,
    pub currency: OneOrMany<String>,
    pub store: OneOrMany<String>,
    /// A free condition in CEL.
    pub when: Option<Spanned<String>>,
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
    pub(super) fn into_vec(self) -> Vec<T> {
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
    pub(super) fn parse(text: &str, file: &str) -> Result<RulesFile, RulesError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            at(text, file, start, error.message().to_owned())
        })
    }
}

/// A place in the text, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    /// In characters.
    pub column: usize,
}

impl Place {
    /// That of a byte of the text.
    pub(super) fn of(text: &str, byte: usize) -> Place {
        let before = text
            .get(..text.floor_char_boundary(byte))
            .unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// The error at a byte of the text, by line and column.
pub(super) fn at(text: &str, file: &str, byte: usize, message: String) -> RulesError {
    let Place { line, column } = Place::of(text, byte);
    RulesError {
        file: file.to_owned(),
        line,
        column,
        message,
    }
}
