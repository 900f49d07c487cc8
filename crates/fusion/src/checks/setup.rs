//! Is the configured ledger the one that is on this pod? Names are turned into
//! ids, and what is given twice must agree: a ledger's id means another ledger on
//! another pod.

use schemas::Currency;
use service::config::{AccessSet, LedgerConfig};

use crate::{AccessSetLedger, Error, Fusion, Ledger};

/// What was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// The ledger's id.
    pub ledger: u64,
    /// The id of the data access set that it is reached by.
    pub access_set: u64,
    /// The id of its chart of accounts.
    pub chart: u64,
}

/// Why a ledger cannot be posted to as it is configured.
#[allow(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupProblem {
    #[error("this pod has no ledger with the id {id}, or the client's user may not see it")]
    NoLedgerWithId { id: u64 },
    #[error("this pod has no ledger called `{name}`, or the client's user may not see it")]
    NoLedgerNamed { name: String },
    #[error("the ledger {id} is called `{found}` in Fusion, `{name}` in the configuration")]
    OtherName {
        id: u64,
        found: String,
        name: String,
    },
    #[error("the ledger's currency is {found} in Fusion, {currency} in the configuration")]
    OtherCurrency { found: String, currency: Currency },
    #[error("the client's user has no data access set {set}")]
    NoAccessSet { set: AccessSet },
    #[error("the data access set {set} does not hold the ledger {ledger}")]
    OtherLedgers { set: AccessSet, ledger: u64 },
    #[error("the data access set {set} only reads the ledger {ledger}")]
    ReadOnly { set: AccessSet, ledger: u64 },
}

impl SetupProblem {
    /// What removes it; keys are those of the ledger's section.
    pub fn remedy(&self) -> &'static str {
        match self {
            SetupProblem::NoLedgerWithId { .. } => {
                "take the id from this pod, or leave it out: ids differ between pods"
            }
            SetupProblem::NoLedgerNamed { .. } => {
                "correct name, or give the client's user a data access set with the ledger"
            }
            SetupProblem::OtherName { .. } => {
                "correct name or id: they must be of one ledger, or leave the id out"
            }
            SetupProblem::OtherCurrency { .. } => {
                "correct currency: journals in the ledger's own currency are not converted"
            }
            SetupProblem::NoAccessSet { .. } => {
                "correct data_access_set, or assign the data access set to the client's user"
            }
            SetupProblem::OtherLedgers { .. } => {
                "name a data access set that holds the ledger in data_access_set"
            }
            SetupProblem::ReadOnly { .. } => {
                "name a data access set with read and write access in data_access_set: an import under one that only reads drops what it was sent"
            }
        }
    }
}

/// The configured ledger among those of the pod.
pub fn ledger<'a>(
    config: &LedgerConfig,
    ledgers: &'a [Ledger],
) -> Result<&'a Ledger, SetupProblem> {
    let name = &config.name;
    let found = match config.id {
        Some(id) => ledgers
            .iter()
            .find(|ledger| ledger.id == id)
            .ok_or(SetupProblem::NoLedgerWithId { id })?,
        None => ledgers
            .iter()
            .find(|ledger| ledger.name == *name)
            .ok_or_else(|| SetupProblem::NoLedgerNamed { name: name.clone() })?,
    };
    if found.name != *name {
        return Err(SetupProblem::OtherName {
            id: found.id,
            found: found.name.clone(),
            name: name.clone(),
        });
    }
    if !found.currency.is_empty() && found.currency != config.currency.code() {
        return Err(SetupProblem::OtherCurrency {
            found: found.currency.clone(),
            currency: config.currency,
        });
    }
    Ok(found)
}

/// Whether an import under a data access set, which has these ledgers, reaches the ledger.
pub fn access(
    set: &AccessSet,
    ledger: u64,
    ledgers: &[AccessSetLedger],
) -> Result<(), SetupProblem> {
    let set = set.clone();
    match ledgers.iter().find(|held| held.ledger == ledger) {
        None if ledgers.is_empty() => Err(SetupProblem::NoAccessSet { set }),
        None => Err(SetupProblem::OtherLedgers { set, ledger }),
        Some(held) if held.is_read_only() => Err(SetupProblem::ReadOnly { set, ledger }),
        Some(_) => Ok(()),
    }
}

/// Looks the ledger up. The outer error: Fusion cannot be asked now.
pub async fn look_up(
    fusion: &Fusion,
    config: &LedgerConfig,
) -> Result<Result<Setup, SetupProblem>, Error> {
    let ledgers = fusion.ledgers().await?;
    let found = match ledger(config, &ledgers) {
        Ok(found) => found,
        Err(problem) => return Ok(Err(problem)),
    };
    let set = &config.data_access_set;
    let access_set = match set {
        AccessSet::Id(id) => *id,
        AccessSet::Name(name) => {
            let sets = fusion.access_sets(name).await?;
            match sets.iter().find(|set| set.name == *name) {
                Some(set) => set.id,
                None => return Ok(Err(SetupProblem::NoAccessSet { set: set.clone() })),
            }
        }
    };
    let held = fusion.access_set_ledgers(access_set).await?;
    Ok(access(set, found.id, &held).map(|()| Setup {
        ledger: found.id,
        access_set,
        chart: found.chart,
    }))
}

#[cfg(test)]
mod tests;
