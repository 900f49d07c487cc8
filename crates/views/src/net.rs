//! What a set of journals comes to, account by account.

use std::collections::BTreeMap;

use schemas::{Journal, LedgerKey};
use serde::{Deserialize, Serialize};

/// Minor units per account, debits positive, without accounts that come to zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Net(BTreeMap<String, i64>);

impl Net {
    pub fn of(journal: &Journal) -> Net {
        let accounts = journal.net_by_account().into_iter();
        Net(accounts
            .map(|(account, minor)| (account.to_string(), minor))
            .collect())
    }

    /// Each account and what it comes to, by account.
    pub fn accounts(self) -> impl Iterator<Item = (String, i64)> {
        self.0.into_iter()
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, other: &Net) {
        for (account, minor) in &other.0 {
            let sum = self.0.entry(account.clone()).or_default();
            // Figures near the end of 64 bits cannot balance; saturating keeps
            // them unequal to every target instead of stopping the projector.
            *sum = sum.saturating_add(*minor);
        }
        self.0.retain(|_, minor| *minor != 0);
    }
}

/// What ledgers hold, without those that hold nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Books(BTreeMap<LedgerKey, Net>);

impl Books {
    pub fn add(&mut self, ledger: &LedgerKey, net: &Net) {
        self.0.entry(ledger.clone()).or_default().add(net);
        self.0.retain(|_, net| !net.is_zero());
    }

    pub fn plus(&self, other: &Books) -> Books {
        let mut sum = self.clone();
        for (ledger, net) in &other.0 {
            sum.add(ledger, net);
        }
        sum
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this ledger holds exactly `net`, and no other anything.
    pub fn are(&self, ledger: &LedgerKey, net: &Net) -> bool {
        let mut expected = Books::default();
        expected.add(ledger, net);
        *self == expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Net {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn accounts_that_come_to_zero_are_left_out() {
        let mut sum = net(r#"{"1.1":5,"1.2":-5}"#);
        sum.add(&net(r#"{"1.1":-5,"1.3":5}"#));
        assert_eq!(sum, net(r#"{"1.2":-5,"1.3":5}"#));
        assert!(!sum.is_zero());
        sum.add(&net(r#"{"1.2":5,"1.3":-5}"#));
        assert!(sum.is_zero());
    }
}
