//! What the pod is set up with before anyone sends it a journal: ledgers, chart
//! of accounts, calendar, sources, categories, currencies and rates.

pub(super) mod calendar;
pub(super) mod chart;
pub(super) mod rates;

use std::collections::BTreeSet;

use jiff::civil::Date;

use calendar::{Calendar, PeriodStatus};
use chart::Chart;
use rates::Rates;

/// The identifier of the AutoPost criteria set for our source.
pub const AUTOPOST_CRITERIA_SET: u64 = 300_000_047_001_111;

/// Journal sources, by the name users see.
const SOURCES: [&str; 5] = [
    "Counterfoil",
    "Manual",
    "Spreadsheet",
    "Payables",
    "Receivables",
];

/// Journal categories, by the name users see.
const CATEGORIES: [&str; 5] = [
    "Web Orders",
    "Web Refunds",
    "Adjustment",
    "Accrual",
    "Manual",
];

/// Currencies: code, name, decimal places.
pub(super) const CURRENCIES: [(&str, &str, u32); 9] = [
    ("USD", "US Dollar", 2),
    ("EUR", "Euro", 2),
    ("GBP", "Pound Sterling", 2),
    ("CAD", "Canadian Dollar", 2),
    ("AUD", "Australian Dollar", 2),
    ("CHF", "Swiss Franc", 2),
    ("SEK", "Swedish Krona", 2),
    ("JPY", "Yen", 0),
    ("KWD", "Kuwaiti Dinar", 3),
];

/// Conversion types, by the name users see, which is also the stored one here.
const CONVERSION_TYPES: [&str; 3] = ["Corporate", "Spot", "User"];

/// A ledger with its data access set and its own view of the calendar.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    /// Ledger identifier.
    pub id: u64,
    /// Ledger name.
    pub name: &'static str,
    /// Ledger currency, an ISO 4217 code.
    pub currency: &'static str,
    /// The one balancing segment value assigned to the ledger.
    pub company: &'static str,
    /// The data access set with full read and write access to the ledger.
    pub data_access_set_id: u64,
    /// What the set may do with the ledger: `F` the whole of it, `B` read and write,
    /// `R` read only.
    pub access: &'static str,
    /// Status of each period of the calendar, by its index there.
    pub statuses: Vec<PeriodStatus>,
}

/// The names that an administrator gave to what journals need, as users see them.
#[derive(Debug)]
pub(super) struct Names {
    /// Journal sources.
    pub sources: BTreeSet<String>,
    /// Journal categories.
    pub categories: BTreeSet<String>,
    /// Conversion types.
    pub conversion_types: BTreeSet<String>,
    /// Codes of the enabled currencies.
    pub currencies: BTreeSet<String>,
}

impl Names {
    fn standard() -> Self {
        let all = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            sources: all(&SOURCES),
            categories: all(&CATEGORIES),
            conversion_types: all(&CONVERSION_TYPES),
            currencies: CURRENCIES.iter().map(|(code, ..)| (*code).into()).collect(),
        }
    }
}

/// Everything an administrator set up.
#[derive(Debug)]
pub(super) struct World {
    /// The two ledgers.
    pub ledgers: Vec<Ledger>,
    /// The chart of accounts both share.
    pub chart: Chart,
    /// The calendar both share.
    pub calendar: Calendar,
    /// Daily rates.
    pub rates: Rates,
    /// Sources, categories, conversion types, currencies.
    pub names: Names,
}

impl World {
    /// The sandbox's world as of a day.
    pub(super) fn new(today: Date, seed: u64) -> Self {
        let calendar = Calendar::around(today);
        let statuses = calendar.default_statuses(today);
        let ledger = |id, name, currency, company, data_access_set_id| Ledger {
            id,
            name,
            currency,
            company,
            data_access_set_id,
            access: "F",
            statuses: statuses.clone(),
        };
        let ledgers = vec![
            ledger(
                300_000_046_975_971,
                "US Primary Ledger",
                "USD",
                "101",
                300_000_046_975_980,
            ),
            ledger(
                300_000_046_975_991,
                "EU Primary Ledger",
                "EUR",
                "201",
                300_000_046_975_999,
            ),
        ];
        Self {
            ledgers,
            chart: Chart::standard(),
            calendar,
            rates: Rates::new(seed),
            names: Names::standard(),
        }
    }

    /// A ledger by its identifier.
    pub(super) fn ledger(&self, id: u64) -> Option<&Ledger> {
        self.ledgers.iter().find(|ledger| ledger.id == id)
    }

    /// A ledger by its name or by its identifier in digits.
    pub(super) fn ledger_named(&self, name_or_id: &str) -> Option<&Ledger> {
        self.ledgers
            .iter()
            .find(|ledger| ledger.name == name_or_id || ledger.id.to_string() == name_or_id)
    }

    /// Status of a ledger's period, by the period's name.
    pub(super) fn period_status(&self, ledger: &Ledger, period: &str) -> Option<PeriodStatus> {
        let index = self.calendar.index_of(period)?;
        ledger.statuses.get(index).copied()
    }
}

/// Decimal places of a currency.
pub(super) fn currency_places(code: &str) -> Option<u32> {
    CURRENCIES
        .iter()
        .find(|(known, _, _)| *known == code)
        .map(|(_, _, places)| *places)
}
