//! What must be true in Fusion before a journal may leave: its names are known
//! there, its accounts take journals on its date, and its currency can be
//! converted. What Fusion would refuse is refused here, alone, instead of there
//! with its whole group.
//!
//! [`facts`] says what a journal needs, [`Reference::judge`] whether that is so as
//! far as is known: both pure. Only [`Reference::ask`] calls Fusion.

mod ask;
mod cache;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fusion::Combination;
use jiff::{Timestamp, civil::Date};
use schemas::{Account, Currency, Posting};
use service::{
    Clock,
    config::{LedgerConfig, UnknownAccounts},
};

use self::cache::Cache;
use crate::refusal::Reason;

/// The conversion type whose rate comes with the journal.
const USER: &str = "User";

/// A list of names in Fusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    Sources,
    Categories,
    Currencies,
    ConversionTypes,
}

/// The daily rate from a currency to the ledger's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey {
    pub currency: Currency,
    pub kind: String,
    pub date: Date,
}

/// Something that must be so for a journal to be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The name is on the list.
    Listed(List, String),
    /// The account takes journals.
    Account(Account),
    /// The value set has the value: of a combination that is still to be created.
    Value { set: String, value: String },
    /// The rate is stored.
    Rate(RateKey),
}

/// Fusion's reference data, as far as it was asked for, each piece with its age.
#[derive(Debug)]
pub struct Reference {
    lists: Cache<List, BTreeSet<String>>,
    /// None: there is no such combination.
    accounts: Cache<Account, Option<Combination>>,
    rates: Cache<RateKey, bool>,
    /// Whether a value set has a value.
    values: Cache<(String, String), bool>,
    /// The names of the chart's segments.
    segments: Vec<String>,
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
pub enum Verdict {
    Passes,
    Refused(Reason),
    /// Something must be asked first.
    Unknown,
}

/// What a journal needs.
pub fn facts(config: &LedgerConfig, posting: &Posting) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::from([
        Fact::Listed(List::Sources, config.source.clone()),
        Fact::Listed(List::Categories, posting.category.clone()),
    ]);
    let lines = posting.journal.lines().iter();
    facts.extend(lines.map(|line| Fact::Account(line.account.clone())));
    let currency = posting.journal.currency();
    if currency != config.currency {
        let kind = match &posting.conversion {
            Some(conversion) => &conversion.kind,
            None => &config.conversion_type,
        };
        facts.insert(Fact::Listed(List::Currencies, currency.code().to_owned()));
        facts.insert(Fact::Listed(List::ConversionTypes, kind.clone()));
        if kind != USER {
            facts.insert(Fact::Rate(RateKey {
                currency,
                kind: kind.clone(),
                date: posting.accounting_date,
            }));
        }
    }
    facts
}

impl Reference {
    /// Nothing is known yet; ages go by this clock.
    pub(crate) fn new(clock: &Clock) -> Reference {
        Reference {
            lists: Cache::new(clock.clone()),
            accounts: Cache::new(clock.clone()),
            rates: Cache::new(clock.clone()),
            values: Cache::new(clock.clone()),
            segments: Vec::new(),
        }
    }

    /// Whether a journal passes, as far as is known.
    pub fn judge(&self, config: &LedgerConfig, posting: &Posting) -> Verdict {
        self.judge_as(config, posting, Strictness::AsConfigured)
    }

    /// The same, with accounts that must exist where the ledger would create them.
    pub fn judge_as(
        &self,
        config: &LedgerConfig,
        posting: &Posting,
        strictness: Strictness,
    ) -> Verdict {
        if strictness == Strictness::AccountsExist && !self.all_accounts_exist(posting) {
            return Verdict::Unknown;
        }
        let mut verdict = Verdict::Passes;
        for fact in self.facts(config, posting) {
            match self.holds(config, posting, &fact) {
                Some(Ok(())) => {}
                Some(Err(reason)) => return Verdict::Refused(reason),
                None => verdict = Verdict::Unknown,
            }
        }
        verdict
    }

    fn all_accounts_exist(&self, posting: &Posting) -> bool {
        let mut lines = posting.journal.lines().iter();
        lines.all(|line| matches!(self.accounts.get(&line.account), Some(Some(_))))
    }

    /// Whether one fact holds; none where it was not asked for.
    fn holds(
        &self,
        config: &LedgerConfig,
        posting: &Posting,
        fact: &Fact,
    ) -> Option<Result<(), Reason>> {
        Some(match fact {
            Fact::Listed(list, name) => match self.lists.get(list)?.contains(name) {
                true => Ok(()),
                false => Err(Reason::not_listed(*list, name)),
            },
            Fact::Account(account) => {
                let known = self.accounts.get(account)?.as_ref();
                takes(known, posting.accounting_date, config.unknown_accounts)
                    .map_err(|problem| Reason::account(account, &rules(posting, account), problem))
            }
            Fact::Value { set, value } => match self.values.get(&(set.clone(), value.clone()))? {
                true => Ok(()),
                false => Err(Reason::no_segment_value(set, value)),
            },
            Fact::Rate(key) => match self.rates.get(key)? {
                true => Ok(()),
                false => Err(Reason::no_daily_rate(key, config.currency)),
            },
        })
    }

    /// What a journal needs, with the values of the combinations that are known to be
    /// missing and that Fusion is to create.
    pub(crate) fn facts(&self, config: &LedgerConfig, posting: &Posting) -> BTreeSet<Fact> {
        let mut facts = facts(config, posting);
        if config.unknown_accounts == UnknownAccounts::Send {
            let lines = posting.journal.lines().iter();
            let is_new = |account: &&Account| matches!(self.accounts.get(account), Some(None));
            for account in lines.map(|line| &line.account).filter(is_new) {
                let values = config.value_sets.iter().zip(account.segments());
                facts.extend(values.map(|(set, value)| Fact::Value {
                    set: set.clone(),
                    value: value.clone(),
                }));
            }
        }
        facts
    }

    /// What of these facts was not asked for.
    pub(crate) fn missing(&self, facts: BTreeSet<Fact>) -> BTreeSet<Fact> {
        let is_missing = |fact: &Fact| match fact {
            Fact::Listed(list, _) => self.lists.get(list).is_none(),
            Fact::Account(account) => self.accounts.get(account).is_none(),
            Fact::Value { set, value } => self.values.get(&(set.clone(), value.clone())).is_none(),
            Fact::Rate(key) => self.rates.get(key).is_none(),
        };
        facts.into_iter().filter(is_missing).collect()
    }

    /// Forgets what was read longer ago than `age`.
    pub(crate) fn expire(&mut self, age: Duration) {
        self.lists.expire(age);
        self.accounts.expire(age);
        self.rates.expire(age);
        self.values.expire(age);
    }

    /// Forgets what speaks of a journal and was read before a moment: so that it is
    /// not refused for what has been put right since, nor sent again for what has not.
    pub(crate) fn doubt(&mut self, config: &LedgerConfig, posting: &Posting, before: Timestamp) {
        for fact in self.facts(config, posting) {
            match &fact {
                Fact::Listed(list, _) => self.lists.doubt(list, before),
                Fact::Account(account) => self.accounts.doubt(account, before),
                Fact::Value { set, value } => {
                    self.values.doubt(&(set.clone(), value.clone()), before);
                }
                Fact::Rate(key) => self.rates.doubt(key, before),
            }
        }
    }
}

/// Why an account takes no journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountProblem {
    Missing,
    Disabled,
    NotYetEffective(Date),
    Ended(Date),
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

/// The rules that chose an account in a journal.
fn rules(posting: &Posting, account: &Account) -> String {
    let lines = posting.journal.lines().iter();
    let names = lines.filter(|line| line.account == *account);
    let names: BTreeSet<&str> = names.map(|line| line.rule.as_str()).collect();
    names.into_iter().collect::<Vec<_>>().join("`, `")
}

/// Days by currency and conversion type.
fn by_kind(keys: &[RateKey]) -> BTreeMap<(Currency, &str), Vec<Date>> {
    let mut days: BTreeMap<(Currency, &str), Vec<Date>> = BTreeMap::new();
    for key in keys {
        let days = days.entry((key.currency, &key.kind)).or_default();
        days.push(key.date);
    }
    days
}

#[cfg(test)]
mod tests;
