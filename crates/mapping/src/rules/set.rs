//! A set of rules, as it was checked.

use jiff::{civil::Date, tz::TimeZone};
use schemas::{Conversion, Digest, LedgerKey, Role, SummaryRule};

use super::{
    file::Place,
    matcher::{Matcher, Segments},
    policy::{Policy, RecognitionPolicy},
};

/// A checked set of rules.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// What messages call the file.
    pub(super) file: String,
    pub(super) digest: Digest,
    /// The chart's segments, in its order.
    pub(super) segments: Vec<String>,
    pub(super) defaults: Segments,
    pub(super) routes: Vec<Route>,
    pub(super) accounts: Vec<AccountRule>,
    pub(super) policy: Policy,
}

/// Where the orders of a store, channel or currency go.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// As messages and explanations call it.
    pub name: String,
    /// Where it stands in the file.
    pub(super) place: Place,
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
    pub(super) matcher: Matcher,
    pub(super) segments: Segments,
}

/// One rule for the account of a role.
#[derive(Debug, Clone)]
pub(super) struct AccountRule {
    pub(super) name: String,
    /// Where it stands in the file.
    pub(super) place: Place,
    pub(super) role: Role,
    pub(super) matcher: Matcher,
    pub(super) segments: Segments,
    /// The first and the last day of sale or refund it is for.
    pub(super) from: Date,
    pub(super) until: Date,
}

impl RuleSet {
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
    pub(super) fn is_effective(&self, date: Date) -> bool {
        (self.from..=self.until).contains(&date)
    }
}
