//! What is known of Fusion's reference data, and what follows for a journal.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use schemas::{Account, Posting};
use service::{
    Clock,
    config::{LedgerConfig, UnknownAccounts},
};

use super::{
    accounts::takes,
    cache::Cache,
    needs::{List, Need, RateKey, needs},
    reason::{Reason, code},
};
use crate::Combination;

/// Fusion's reference data, as far as it was asked for, each piece with its age.
#[derive(Debug)]
pub struct Reference {
    pub(super) lists: Cache<List, BTreeSet<String>>,
    /// None: there is no such combination.
    pub(super) accounts: Cache<Account, Option<Combination>>,
    pub(super) rates: Cache<RateKey, bool>,
    /// Whether a value set has a value.
    pub(super) values: Cache<(String, String), bool>,
    /// The names of the chart's segments.
    pub(super) segments: Vec<String>,
}

/// How an account that does not exist yet is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// By the ledger's `unknown_accounts`.
    AsConfigured,
    /// It must exist.
    AccountsExist,
}

/// What is known of a journal's facts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// All that it needs is there.
    Passes,
    /// It lacks something.
    Refused(Reason),
    /// Something must be asked first.
    Unknown,
}

impl Reference {
    /// Nothing is known yet; ages go by this clock.
    pub fn new(clock: &Clock) -> Reference {
        Reference {
            lists: Cache::new(clock.clone()),
            accounts: Cache::new(clock.clone()),
            rates: Cache::new(clock.clone()),
            values: Cache::new(clock.clone()),
            segments: Vec::new(),
        }
    }

    /// Whether a journal passes, as far as is known.
    pub fn judge(&self, config: &LedgerConfig, posting: &Posting) -> Finding {
        self.judge_as(config, posting, Strictness::AsConfigured)
    }

    /// The same, with accounts that must exist where the ledger would create them.
    pub fn judge_as(
        &self,
        config: &LedgerConfig,
        posting: &Posting,
        strictness: Strictness,
    ) -> Finding {
        if strictness == Strictness::AccountsExist && !self.all_accounts_exist(posting) {
            return Finding::Unknown;
        }
        let mut finding = Finding::Passes;
        for need in self.needs(config, posting) {
            match self.holds(config, posting, &need) {
                Some(Ok(())) => {}
                Some(Err(reason)) => return Finding::Refused(reason),
                None => finding = Finding::Unknown,
            }
        }
        finding
    }

    fn all_accounts_exist(&self, posting: &Posting) -> bool {
        let mut lines = posting.journal.lines().iter();
        lines.all(|line| matches!(self.accounts.get(&line.account), Some(Some(_))))
    }

    /// Whether one need is met; none where it was not asked for.
    fn holds(
        &self,
        config: &LedgerConfig,
        posting: &Posting,
        need: &Need,
    ) -> Option<Result<(), Reason>> {
        Some(match need {
            Need::Listed(list, name) => match self.lists.get(list)?.contains(name) {
                true => Ok(()),
                false => Err(list.lacks(name)),
            },
            Need::Account(account) => {
                let known = self.accounts.get(account)?.as_ref();
                takes(known, posting.accounting_date, config.unknown_accounts)
                    .map_err(|problem| problem.reason(account, &rules(posting, account)))
            }
            Need::Value { set, value } => match self.values.get(&(set.clone(), value.clone()))? {
                true => Ok(()),
                false => Err(no_segment_value(set, value)),
            },
            Need::Rate(key) => match self.rates.get(key)? {
                true => Ok(()),
                false => Err(key.is_missing(config.currency)),
            },
        })
    }

    /// What a journal needs, with the values of the combinations that are known to be
    /// missing and that Fusion is to create.
    pub fn needs(&self, config: &LedgerConfig, posting: &Posting) -> BTreeSet<Need> {
        let mut needs = needs(config, posting);
        if config.unknown_accounts == UnknownAccounts::Send {
            let lines = posting.journal.lines().iter();
            let is_new = |account: &&Account| matches!(self.accounts.get(account), Some(None));
            for account in lines.map(|line| &line.account).filter(is_new) {
                let values = config.value_sets.iter().zip(account.segments());
                needs.extend(values.map(|(set, value)| Need::Value {
                    set: set.clone(),
                    value: value.clone(),
                }));
            }
        }
        needs
    }

    /// What of these was not asked for.
    pub fn missing(&self, needs: BTreeSet<Need>) -> BTreeSet<Need> {
        let is_missing = |need: &Need| match need {
            Need::Listed(list, _) => self.lists.get(list).is_none(),
            Need::Account(account) => self.accounts.get(account).is_none(),
            Need::Value { set, value } => self.values.get(&(set.clone(), value.clone())).is_none(),
            Need::Rate(key) => self.rates.get(key).is_none(),
        };
        needs.into_iter().filter(is_missing).collect()
    }

    /// Forgets what was read longer ago than `age`.
    pub fn expire(&mut self, age: Duration) {
        self.lists.expire(age);
        self.accounts.expire(age);
        self.rates.expire(age);
        self.values.expire(age);
    }

    /// Forgets what speaks of a journal and was read before a moment: so that it is
    /// not refused for what has been put right since, nor sent again for what has not.
    pub fn doubt(&mut self, config: &LedgerConfig, posting: &Posting, before: Timestamp) {
        for need in self.needs(config, posting) {
            match &need {
                Need::Listed(list, _) => self.lists.doubt(list, before),
                Need::Account(account) => self.accounts.doubt(account, before),
                Need::Value { set, value } => {
                    self.values.doubt(&(set.clone(), value.clone()), before);
                }
                Need::Rate(key) => self.rates.doubt(key, before),
            }
        }
    }
}

/// The rules that chose an account in a journal.
fn rules(posting: &Posting, account: &Account) -> String {
    let lines = posting.journal.lines().iter();
    let names = lines.filter(|line| line.account == *account);
    let names: BTreeSet<&str> = names.map(|line| line.rule.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join("`, `")
}

/// A segment's value that Fusion does not have, or has disabled.
fn no_segment_value(set: &str, value: &str) -> Reason {
    let cause = format!(
        "the value set `{set}` has no enabled value `{value}`, which a new account combination would need"
    );
    Reason::new(code::NO_SEGMENT_VALUE, cause)
}
