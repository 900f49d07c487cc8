//! The accounting calendar: monthly periods named like `Nov-26`.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Name of the calendar.
pub(crate) const PERIOD_SET: &str = "Accounting";
/// Periods before the one that holds today.
const MONTHS_BEFORE: i32 = 17;
/// Periods after the one that holds today.
const MONTHS_AFTER: i32 = 6;
/// How many months back periods are still open.
const OPEN_MONTHS_BACK: i32 = 13;

/// A period's status, in the letters of the period status table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PeriodStatus {
    /// Open: takes imports and postings.
    #[serde(rename = "O")]
    Open,
    /// Future-enterable: takes imports, no postings.
    #[serde(rename = "F")]
    Future,
    /// Closed.
    #[serde(rename = "C")]
    Closed,
    /// Never opened.
    #[serde(rename = "N")]
    Never,
    /// Permanently closed.
    #[serde(rename = "P")]
    Permanent,
}

impl PeriodStatus {
    /// The letter the REST resource shows.
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Open => "O",
            Self::Future => "F",
            Self::Closed => "C",
            Self::Never => "N",
            Self::Permanent => "P",
        }
    }

    /// Whether Journal Import accepts a date in such a period.
    pub(crate) fn takes_imports(self) -> bool {
        matches!(self, Self::Open | Self::Future)
    }
}

/// One month.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    /// Name, like `Nov-26`.
    pub name: String,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// Consecutive months.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// The periods, earliest first.
    pub periods: Vec<Period>,
}

impl Calendar {
    /// Twenty-four months around a day.
    pub(crate) fn around(today: Date) -> Self {
        let this_month = today.first_of_month();
        let periods = (-MONTHS_BEFORE..=MONTHS_AFTER)
            .map(|offset| {
                let first = this_month.saturating_add(offset.months());
                Period {
                    name: first.strftime("%b-%y").to_string(),
                    first,
                    last: first.last_of_month(),
                }
            })
            .collect();
        Self { periods }
    }

    /// Open for the last thirteen months to next month, closed before, never
    /// opened after.
    pub(crate) fn default_statuses(&self, today: Date) -> Vec<PeriodStatus> {
        let this_month = today.first_of_month();
        let oldest_open = this_month.saturating_sub(OPEN_MONTHS_BACK.months());
        let newest_open = this_month.saturating_add(1.month());
        self.periods
            .iter()
            .map(|period| {
                if period.first < oldest_open {
                    PeriodStatus::Closed
                } else if period.first <= newest_open {
                    PeriodStatus::Open
                } else {
                    PeriodStatus::Never
                }
            })
            .collect()
    }

    /// Position of the period that holds a day.
    pub(crate) fn index_at(&self, day: Date) -> Option<usize> {
        self.periods
            .iter()
            .position(|period| period.first <= day && day <= period.last)
    }

    /// Position of the period of a name.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.periods.iter().position(|period| period.name == name)
    }
}
