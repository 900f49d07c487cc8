//! Why a journal is refused or has to wait: a code that has a page, a cause and a
//! remedy.

use schemas::codes;

/// Codes of our own, for what is refused or waits before it is sent. They stand in
/// events, reports and metrics, and never change.
pub mod code {
    /// Neither the journal's period nor a later one takes journals.
    pub const NO_OPEN_PERIOD: &str = "NO_OPEN_PERIOD";
    /// The journal waits for its period, by the policy of the ledger.
    pub const PERIOD_CLOSED: &str = "PERIOD_CLOSED";
    /// Reference data that the journal needs cannot be read now: it waits.
    pub const NOT_CHECKED: &str = "NOT_CHECKED";
    /// Fusion has no journal source of this name.
    pub const UNKNOWN_SOURCE: &str = "UNKNOWN_SOURCE";
    /// Fusion has no journal category of this name.
    pub const UNKNOWN_CATEGORY: &str = "UNKNOWN_CATEGORY";
    /// The currency is not enabled in Fusion.
    pub const UNKNOWN_CURRENCY: &str = "UNKNOWN_CURRENCY";
    /// Fusion has no conversion type of this name.
    pub const UNKNOWN_CONVERSION_TYPE: &str = "UNKNOWN_CONVERSION_TYPE";
    /// No rate is stored for the currency, the conversion type and the day.
    pub const NO_DAILY_RATE: &str = "NO_DAILY_RATE";
    /// There is no such account combination.
    pub const ACCOUNT_MISSING: &str = "ACCOUNT_MISSING";
    /// The account combination is disabled.
    pub const ACCOUNT_DISABLED: &str = "ACCOUNT_DISABLED";
    /// The journal's date is before the combination's first day.
    pub const ACCOUNT_NOT_YET_EFFECTIVE: &str = "ACCOUNT_NOT_YET_EFFECTIVE";
    /// The journal's date is after the combination's last day.
    pub const ACCOUNT_ENDED: &str = "ACCOUNT_ENDED";
    /// A value of a combination that is to be created is not in its value set.
    pub const NO_SEGMENT_VALUE: &str = "NO_SEGMENT_VALUE";
    /// The combination takes no detail posting.
    pub const ACCOUNT_NO_POSTING: &str = "ACCOUNT_NO_POSTING";

    /// Those that pass once Fusion's setup is corrected, without a new target.
    pub const REPEATABLE: [&str; 12] = [
        NO_OPEN_PERIOD,
        UNKNOWN_SOURCE,
        UNKNOWN_CATEGORY,
        UNKNOWN_CURRENCY,
        UNKNOWN_CONVERSION_TYPE,
        NO_DAILY_RATE,
        ACCOUNT_MISSING,
        ACCOUNT_DISABLED,
        ACCOUNT_NOT_YET_EFFECTIVE,
        ACCOUNT_ENDED,
        ACCOUNT_NO_POSTING,
        NO_SEGMENT_VALUE,
    ];
}

/// Why a journal was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Fusion's code, or one of ours.
    pub code: String,
    /// What is wrong, in words.
    pub cause: String,
    /// What a person can do about it.
    pub remedy: String,
}

impl Reason {
    /// The remedy is that of the code's page.
    pub fn new(code: &str, cause: String) -> Reason {
        Reason {
            code: code.to_owned(),
            cause,
            remedy: codes::remedy(code).to_owned(),
        }
    }

    /// No period takes the journal.
    pub fn no_open_period(period: &str) -> Reason {
        let cause = format!("neither {period} nor any later period of the ledger is open");
        Reason::new(code::NO_OPEN_PERIOD, cause)
    }

    /// The journal waits for its period.
    pub fn period_closed(period: &str) -> Reason {
        let cause = format!("the period {period} takes no journals, and closed_period is `hold`");
        Reason::new(code::PERIOD_CLOSED, cause)
    }

    /// The journal waits until Fusion can be asked.
    pub fn not_checked() -> Reason {
        let cause = "reference data that the journal needs cannot be read from Fusion";
        Reason::new(code::NOT_CHECKED, cause.to_owned())
    }
}
