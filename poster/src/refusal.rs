//! Who is to blame when a group is refused: the report's error lines name rows,
//! rows belong to journals, and only those journals are rejected.

use std::collections::BTreeMap;

use fusion::ErrorLine;
use schemas::{Account, Currency, Posting, codes};

use crate::checks::{AccountProblem, List, RateKey};

/// Codes of our own, for what is refused before it is sent or without a code of
/// Fusion's. They stand in events, reports and metrics, and never change.
pub mod code {
    /// Neither the journal's period nor a later one takes journals.
    pub const NO_OPEN_PERIOD: &str = "NO_OPEN_PERIOD";
    /// The journal waits for its period, by the policy of the ledger.
    pub const PERIOD_CLOSED: &str = "PERIOD_CLOSED";
    /// Reference data that the journal needs cannot be read now: it waits.
    pub const NOT_CHECKED: &str = "NOT_CHECKED";
    /// The row format of the interface cannot hold the journal.
    pub const UNWRITABLE: &str = "UNWRITABLE";
    /// Fusion refused the journal without naming a row.
    pub const UNKNOWN_REFUSAL: &str = "UNKNOWN_REFUSAL";
    pub const UNKNOWN_SOURCE: &str = "UNKNOWN_SOURCE";
    pub const UNKNOWN_CATEGORY: &str = "UNKNOWN_CATEGORY";
    pub const UNKNOWN_CURRENCY: &str = "UNKNOWN_CURRENCY";
    pub const UNKNOWN_CONVERSION_TYPE: &str = "UNKNOWN_CONVERSION_TYPE";
    /// No rate is stored for the currency, the conversion type and the day.
    pub const NO_DAILY_RATE: &str = "NO_DAILY_RATE";
    /// There is no such account combination.
    pub const ACCOUNT_MISSING: &str = "ACCOUNT_MISSING";
    pub const ACCOUNT_DISABLED: &str = "ACCOUNT_DISABLED";
    /// The journal's date is before the combination's first day, or after its last.
    pub const ACCOUNT_NOT_YET_EFFECTIVE: &str = "ACCOUNT_NOT_YET_EFFECTIVE";
    pub const ACCOUNT_ENDED: &str = "ACCOUNT_ENDED";
    /// A value of a combination that is to be created is not in its value set.
    pub const NO_SEGMENT_VALUE: &str = "NO_SEGMENT_VALUE";
    /// The combination takes no detail posting.
    pub const ACCOUNT_NO_POSTING: &str = "ACCOUNT_NO_POSTING";

    /// Those that [`checks`](crate::checks) and the periods find, and that pass once
    /// Fusion's setup is corrected, without a new target.
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

/// A posting that was refused, by its place in the batch, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    pub place: usize,
    pub reason: Reason,
}

/// Why a journal was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Fusion's code, or one of ours.
    pub code: String,
    pub cause: String,
    pub remedy: String,
}

impl Reason {
    /// The remedy is that of the code's page.
    fn new(code: &str, cause: String) -> Reason {
        Reason {
            code: code.to_owned(),
            cause,
            remedy: codes::remedy(code).to_owned(),
        }
    }

    /// The journal cannot be written as Fusion would need it.
    pub fn unwritable(error: &crate::batch::BatchError) -> Reason {
        Reason::new(code::UNWRITABLE, error.to_string())
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

    /// A name that Fusion does not have.
    pub fn not_listed(list: List, name: &str) -> Reason {
        let (code, what) = match list {
            List::Sources => (code::UNKNOWN_SOURCE, "journal source"),
            List::Categories => (code::UNKNOWN_CATEGORY, "journal category"),
            List::Currencies => (code::UNKNOWN_CURRENCY, "enabled currency"),
            List::ConversionTypes => (code::UNKNOWN_CONVERSION_TYPE, "conversion type"),
        };
        Reason::new(code, format!("Fusion has no {what} `{name}`"))
    }

    /// A rate that is not stored.
    pub fn no_daily_rate(key: &RateKey, ledger: Currency) -> Reason {
        let RateKey {
            currency,
            kind,
            date,
        } = key;
        let cause =
            format!("Fusion has no rate of type `{kind}` from {currency} to {ledger} for {date}");
        Reason::new(code::NO_DAILY_RATE, cause)
    }

    /// A segment's value that Fusion does not have, or has disabled.
    pub fn no_segment_value(set: &str, value: &str) -> Reason {
        let cause = format!(
            "the value set `{set}` has no enabled value `{value}`, which a new account combination would need"
        );
        Reason::new(code::NO_SEGMENT_VALUE, cause)
    }

    /// An account that takes no journal; `rules` chose it.
    pub fn account(account: &Account, rules: &str, problem: AccountProblem) -> Reason {
        let (code, what) = match problem {
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

    /// Refused alone, again and again, without a word.
    pub fn unknown(report: &str) -> Reason {
        let cause =
            format!("Fusion refused the journal by itself and its report names no row: {report}");
        Reason::new(code::UNKNOWN_REFUSAL, cause)
    }
}

/// The postings that the error lines name. Of a summary, a line names the row of an
/// account, and those of its postings are to blame that are booked on it. A line that names none of ours blames
/// nobody: whoever calls must then find the culprit another way. Neither does a
/// warning (`WF02`), with which the journal may well have been imported.
pub fn culprits(lines: &[ErrorLine], postings: &[Posting]) -> Vec<Culprit> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, posting) in postings.iter().enumerate() {
        let name = posting.journal_in_ledger().as_str();
        by_name.entry(name).or_default().push(place);
    }
    let mut blamed: BTreeMap<usize, &ErrorLine> = BTreeMap::new();
    let is_error = |line: &&ErrorLine| line.codes.iter().any(|code| code.starts_with('E'));
    for line in lines.iter().filter(is_error) {
        let mut cells = line.cells.iter();
        let places = cells.find_map(|cell| by_name.get(cell.as_str()));
        let places = places.into_iter().flatten();
        let alone = places.clone().count() == 1;
        for place in places.filter(|it| alone || is_booked_there(&postings[**it], line)) {
            blamed.entry(*place).or_insert(line);
        }
    }
    let culprit = |(place, line): (usize, &ErrorLine)| Culprit {
        place,
        reason: reason(line),
    };
    blamed.into_iter().map(culprit).collect()
}

/// Whether a posting has a line on the account that the error line names.
fn is_booked_there(posting: &Posting, line: &ErrorLine) -> bool {
    let mut lines = posting.journal.lines().iter();
    lines.any(|it| line.cells.iter().any(|cell| is_named(&it.account, cell)))
}

/// Segments are joined as the chart of accounts has it.
fn is_named(account: &Account, cell: &str) -> bool {
    [".", "-"]
        .map(|it| account.segments().join(it))
        .iter()
        .any(|it| it == cell)
}

fn reason(line: &ErrorLine) -> Reason {
    let code = line.codes.first().cloned().unwrap_or_default();
    let row = line.cells.join(", ");
    let cause = match line.detail.is_empty() {
        true => row,
        false => format!("{} ({row})", line.detail),
    };
    Reason {
        remedy: codes::remedy(&code).to_owned(),
        code,
        cause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attempt::testing::{part, posting},
        summary::named,
    };

    fn line(code: &str, cells: &[&str]) -> ErrorLine {
        ErrorLine {
            codes: vec![code.into()],
            cells: cells.iter().map(|it| (*it).to_owned()).collect(),
            detail: "no such account".into(),
        }
    }

    #[test]
    fn the_named_journals_are_blamed_once_each() {
        let postings = [posting(1, 500), posting(2, 500), posting(3, 500)];
        let lines = [
            line("EF04", &["Counterfoil", "us-2-1"]),
            line("EF04", &["Counterfoil", "us-2-1"]),
            line("EF04", &["Counterfoil", "somebody-else"]),
        ];
        let culprits = culprits(&lines, &postings);
        assert_eq!(culprits.len(), 1);
        assert_eq!(culprits[0].place, 1);
        assert!(culprits[0].reason.cause.contains("no such account"));
        assert!(culprits[0].reason.remedy.contains("account"));
    }

    #[test]
    fn of_a_summary_only_who_is_booked_on_the_account_is_to_blame() {
        let elsewhere = |posting: Posting| {
            let text = serde_json::to_string(&posting.journal).unwrap();
            let journal = serde_json::from_str(&text.replace("101.2", "101.9")).unwrap();
            Posting { journal, ..posting }
        };
        let postings = named(vec![
            part(1, 500),
            elsewhere(part(2, 500)),
            part(3, 500),
            elsewhere(part(4, 500)),
            posting(5, 500),
        ]);
        let name = postings[0].journal_in_ledger().as_str();
        let places = |lines: &[ErrorLine]| -> Vec<usize> {
            let culprits = culprits(lines, &postings);
            culprits.into_iter().map(|it| it.place).collect()
        };
        assert_eq!(places(&[line("EF04", &["101.9", name])]), [1, 3]);
        assert_eq!(places(&[line("EF04", &["101-9", name])]), [1, 3]);
        // A cause that all rows have in common.
        let both = [
            line("EP01", &["101.1", name]),
            line("EP01", &["101.2", name]),
        ];
        assert_eq!(places(&both), [0, 1, 2, 3]);
        // It cannot be told who: the postings are halved.
        assert!(places(&[line("EF04", &["101.2.9", name])]).is_empty());
        let alone = named(vec![part(1, 500)]);
        let name = alone[0].journal_in_ledger().as_str();
        assert_eq!(culprits(&[line("EF04", &[name])], &alone).len(), 1);
    }

    #[test]
    fn an_unknown_code_is_data() {
        let culprits = culprits(&[line("EZ99", &["us-1-1"])], &[posting(1, 500)]);
        assert_eq!(culprits[0].reason.code, "EZ99");
    }

    #[test]
    fn a_warning_blames_nobody() {
        assert_eq!(
            culprits(&[line("WF02", &["us-1-1"])], &[posting(1, 500)]),
            []
        );
    }
}
