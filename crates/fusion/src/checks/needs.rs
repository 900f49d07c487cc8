//! What must be in Fusion for a journal to be taken.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemas::{Account, Currency, Posting};
use service::config::LedgerConfig;

use super::reason::{Reason, code};

/// The conversion type whose rate comes with the journal.
const USER: &str = "User";

/// A list of names in Fusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Journal sources.
    Sources,
    /// Journal categories.
    Categories,
    /// The codes of enabled currencies.
    Currencies,
    /// Types of conversion rates.
    ConversionTypes,
}

impl List {
    /// The list does not have a name.
    pub fn lacks(self, name: &str) -> Reason {
        let (code, what) = match self {
            List::Sources => (code::UNKNOWN_SOURCE, "journal source"),
            List::Categories => (code::UNKNOWN_CATEGORY, "journal category"),
            List::Currencies => (code::UNKNOWN_CURRENCY, "enabled currency"),
            List::ConversionTypes => (code::UNKNOWN_CONVERSION_TYPE, "conversion type"),
        };
        Reason::new(code, format!("Fusion has no {what} `{name}`"))
    }
}

/// The daily rate from a currency to the ledger's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey {
    /// From this currency.
    pub currency: Currency,
    /// The type of the rate.
    pub kind: String,
    /// The day that it is for.
    pub date: Date,
}

impl RateKey {
    /// The rate to the ledger's currency is not stored.
    pub fn is_missing(&self, ledger: Currency) -> Reason {
        let RateKey {
            currency,
            kind,
            date,
        } = self;
        let cause =
            format!("Fusion has no rate of type `{kind}` from {currency} to {ledger} for {date}");
        Reason::new(code::NO_DAILY_RATE, cause)
    }
}

/// Something that must be so for a journal to be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The name is on the list.
    Listed(List, String),
    /// The account takes journals.
    Account(Account),
    /// The value set has the value: of a combination that is still to be created.
    Value {
        /// The value set.
        set: String,
        /// The value.
        value: String,
    },
    /// The rate is stored.
    Rate(RateKey),
}

/// What a journal needs.
pub(super) fn needs(config: &LedgerConfig, posting: &Posting) -> BTreeSet<Need> {
    let mut needs = BTreeSet::from([
        Need::Listed(List::Sources, config.source.clone()),
        Need::Listed(List::Categories, posting.category.clone()),
    ]);
    let lines = posting.journal.lines().iter();
    needs.extend(lines.map(|line| Need::Account(line.account.clone())));
    let currency = posting.journal.currency();
    if currency != config.currency {
        let kind = match &posting.conversion {
            Some(conversion) => &conversion.kind,
            None => &config.conversion_type,
        };
        needs.insert(Need::Listed(List::Currencies, currency.code().to_owned()));
        needs.insert(Need::Listed(List::ConversionTypes, kind.clone()));
        if kind != USER {
            needs.insert(Need::Rate(RateKey {
                currency,
                kind: kind.clone(),
                date: posting.accounting_date,
            }));
        }
    }
    needs
}
