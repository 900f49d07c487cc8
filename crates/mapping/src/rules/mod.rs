//! The rules: which ledger an order goes to, and which account each part of it.
//!
//! An account is composed of segments. Each segment is set by the most specific
//! rule that matches and sets it; a rule may set only the cost centre or only
//! the product and leave the others to wider rules. Beneath the rules lie the
//! route's segments, and beneath those the chart's defaults. A segment that
//! nothing sets is never guessed: the order is parked.
//!
//! How specific a rule is, from most to least: SKU, beginning of a SKU (the
//! longer the more), product, category, category above, brand, product type, tax
//! class, pickup location, customer group, tax rate, payment method, country,
//! channel, currency, store, free condition, priority. The highest key in which
//! two rules differ decides.

mod accounts;
mod check;
mod choice;
mod condition;
mod explain;
mod file;
mod lint;
mod matcher;
mod policy;

use jiff::{civil::Date, tz::TimeZone};
use schemas::{Conversion, Digest, LedgerKey, Role, SummaryRule};

pub use explain::{Explanation, SegmentChoice, Setter};
use file::Place;
pub use lint::Warning;
use matcher::{Matcher, Segments};
pub(crate) use policy::{Discounts, Policy, RefundTax};
use policy::{RecognitionPolicy, SeveralCategories, Unmapped};

/// A checked set of rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// What messages call the file.
    file: String,
    digest: Digest,
    /// The chart's segments, in its order.
    segments: Vec<String>,
    defaults: Segments,
    routes: Vec<Route>,
    accounts: Vec<AccountRule>,
    policy: Policy,
}

/// Where the orders of a store, channel or currency go.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// As messages and explanations call it.
    pub name: String,
    /// Where it stands in the file.
    place: Place,
    /// The ledger as the configuration calls it, not Fusion's id of it.
    pub ledger: LedgerKey,
    /// The time zone that days are taken in.
    pub time_zone: TimeZone,
    /// The route's own, or else the policy's.
    pub recognition: RecognitionPolicy,
    /// Tax is booked by rate, on the accounts that rules give each.
    pub tax_by_rate: bool,
    /// How journals in a currency other than the ledger's are converted; `None`
    /// leaves it to the ledger's configuration.
    pub conversion: Option<Conversion>,
    /// Its journals share one in the ledger for each day; `None`: each stands alone.
    pub summary: Option<SummaryRule>,
    matcher: Matcher,
    segments: Segments,
}

/// One rule for the account of a role.
#[derive(Debug, Clone)]
struct AccountRule {
    name: String,
    /// Where it stands in the file.
    place: Place,
    role: Role,
    matcher: Matcher,
    segments: Segments,
    /// The first and the last day of sale or refund it is for.
    from: Date,
    until: Date,
}

/// The rules cannot be used. Says where: file, line, column.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct RulesError {
    file: String,
    /// Counted from 1, as is the column, which counts characters.
    line: usize,
    column: usize,
    message: String,
}

impl RuleSet {
    /// Checks rules given as text (TOML, version 1 of the format); `file` is what
    /// messages call it. The first thing that is wrong refuses them as a whole.
    pub fn parse(text: &str, file: &str) -> Result<RuleSet, RulesError> {
        check::check(file::RulesFile::parse(text, file)?, text, file)
    }

    /// SHA-256 of the rules' text: what a mapped event names them by.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The ledgers that routes lead to.
    pub fn ledgers(&self) -> impl Iterator<Item = &LedgerKey> {
        self.routes.iter().map(|route| &route.ledger)
    }

    /// How many routes there are.
    pub fn route_count(&self) -> usize {
        self.routes.len()
    }

    /// How many rules for accounts there are.
    pub fn rule_count(&self) -> usize {
        self.accounts.len()
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl AccountRule {
    fn is_effective(&self, date: Date) -> bool {
        (self.from..=self.until).contains(&date)
    }
}
