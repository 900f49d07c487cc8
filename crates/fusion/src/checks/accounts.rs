//! Whether an account takes a journal.

use jiff::civil::Date;
use schemas::Account;
use service::config::UnknownAccounts;

use super::reason::{Reason, code};
use crate::Combination;

/// Why an account takes no journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountProblem {
    /// The chart has no such combination, and creates none.
    Missing,
    /// The combination is disabled.
    Disabled,
    /// The journal's date is before this first day.
    NotYetEffective(Date),
    /// The journal's date is after this last day.
    Ended(Date),
    /// It takes no detail posting.
    NoPosting,
}

/// Whether a combination takes a journal of a date; none: it does not exist.
pub fn takes(
    known: Option<&Combination>,
    date: Date,
    unknown: UnknownAccounts,
) -> Result<(), AccountProblem> {
    let Some(known) = known else {
        return match unknown {
            UnknownAccounts::Send => Ok(()),
            UnknownAccounts::Refuse => Err(AccountProblem::Missing),
        };
    };
    if !known.enabled {
        return Err(AccountProblem::Disabled);
    }
    if let Some(starts) = known.starts.filter(|starts| date < *starts) {
        return Err(AccountProblem::NotYetEffective(starts));
    }
    if let Some(ends) = known.ends.filter(|ends| date > *ends) {
        return Err(AccountProblem::Ended(ends));
    }
    match known.takes_journals {
        true => Ok(()),
        false => Err(AccountProblem::NoPosting),
    }
}

impl AccountProblem {
    /// The account takes no journal, whatever `rules` chose it.
    pub fn reason(self, account: &Account, rules: &str) -> Reason {
        let (code, what) = match self {
            AccountProblem::Missing => (code::ACCOUNT_MISSING, "does not exist".to_owned()),
            AccountProblem::Disabled => (code::ACCOUNT_DISABLED, "is disabled".to_owned()),
            AccountProblem::NotYetEffective(starts) => (
                code::ACCOUNT_NOT_YET_EFFECTIVE,
                format!("is not in effect before {starts}"),
            ),
            AccountProblem::Ended(ends) => (
                code::ACCOUNT_ENDED,
                format!("is not in effect after {ends}"),
            ),
            AccountProblem::NoPosting => (code::ACCOUNT_NO_POSTING, "takes no journals".to_owned()),
        };
        let cause = format!("the account {account}, chosen by `{rules}`, {what}");
        Reason::new(code, cause)
    }
}
