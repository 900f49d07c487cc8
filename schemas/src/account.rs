//! An account of the general ledger: the values of its segments.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most segments a chart of accounts can have in Fusion's GL interface.
pub(crate) const MAX_SEGMENTS: usize = 30;
/// The longest value of a segment in Fusion's GL interface, in characters.
const MAX_SEGMENT_LENGTH: usize = 25;

/// An account combination: one value per segment of the chart, in its order.
///
/// Written with dots, `101.10.41000.100.110.000`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Account(Vec<String>);

/// The text is not an account combination.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountError {
    /// It has none, or more than a chart of accounts can have.
    #[error("an account needs 1 to {MAX_SEGMENTS} segments, `{account}` has {count}")]
    SegmentCount {
        /// The text.
        account: String,
        /// How many segments it has.
        count: usize,
    },
    /// One of its values does not fit.
    #[error(
        "segment {position} of `{account}` is empty, longer than 25 characters, or has a dot or control character in it"
    )]
    Segment {
        /// The text.
        account: String,
        /// The segment that does not fit, counted from 1.
        position: usize,
    },
}

impl Account {
    /// The account of these values, in the order of the chart. Fails for a number of
    /// segments, or a value, that Fusion does not take.
    pub fn new(segments: Vec<String>) -> Result<Self, AccountError> {
        let text = || segments.join(".");
        if segments.is_empty() || segments.len() > MAX_SEGMENTS {
            return Err(AccountError::SegmentCount {
                account: text(),
                count: segments.len(),
            });
        }
        let unfit = |segment: &String| {
            segment.is_empty()
                || segment.chars().count() > MAX_SEGMENT_LENGTH
                || segment.chars().any(|c| c == '.' || c.is_control())
        };
        match segments.iter().position(unfit) {
            Some(index) => Err(AccountError::Segment {
                account: text(),
                position: index + 1,
            }),
            None => Ok(Account(segments)),
        }
    }

    /// The values, in the order of the chart.
    pub fn segments(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for Account {
    type Err = AccountError;
    fn from_str(text: &str) -> Result<Self, AccountError> {
        Account::new(text.split('.').map(str::to_owned).collect())
    }
}

impl TryFrom<String> for Account {
    type Error = AccountError;
    fn try_from(text: String) -> Result<Self, AccountError> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> String {
        account.to_string()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_dotted_form() {
        let account: Account = "101.10.41000".parse().unwrap();
        assert_eq!(account.segments(), ["101", "10", "41000"]);
        assert_eq!(account.to_string(), "101.10.41000");
    }

    #[test]
    fn bad_segments_are_named_by_position() {
        assert!(matches!(
            "101..41000".parse::<Account>(),
            Err(AccountError::Segment { position: 2, .. })
        ));
        let many = vec!["1"; 31].join(".");
        assert!(matches!(
            many.parse::<Account>(),
            Err(AccountError::SegmentCount { count: 31, .. })
        ));
    }
}
