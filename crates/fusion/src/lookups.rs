//! Reference data: ledgers, data access sets, periods, sources, categories.

use serde::Deserialize;

use crate::{
    client::{Fusion, RESOURCES},
    error::{Error, Operation},
    wire,
};

/// The application id of the general ledger. Without it, the periods of every
/// subledger come back as well.
const GENERAL_LEDGER: u32 = 101;

/// A ledger that the client's user can see (`ledgersLOV`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ledger {
    /// `LedgerId`, which differs from pod to pod.
    #[serde(rename = "LedgerId", deserialize_with = "wire::id")]
    pub id: u64,
    /// The name that people chose, by which the configuration finds it.
    #[serde(rename = "Name", deserialize_with = "wire::loose")]
    pub name: String,
    /// The ISO 4217 code of its own currency; empty where it is not told.
    #[serde(rename = "CurrencyCode", default, deserialize_with = "wire::loose")]
    pub currency: String,
    /// Its chart of accounts, by the number that account combinations have.
    #[serde(rename = "ChartOfAccountsId", deserialize_with = "wire::id")]
    pub chart: u64,
}

/// What a user may see and change is bounded by data access sets (`dataAccessSetsLOV`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccessSet {
    /// The first argument of Journal Import.
    #[serde(rename = "AccessSetId", deserialize_with = "wire::id")]
    pub id: u64,
    /// The name that people chose; empty where it is not told.
    #[serde(rename = "Name", default, deserialize_with = "wire::loose")]
    pub name: String,
}

/// A ledger of a data access set (`dataAccessSetLedgersLOV`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccessSetLedger {
    /// `LedgerId`, as in [`Ledger::id`].
    #[serde(rename = "LedgerId", deserialize_with = "wire::id")]
    pub ledger: u64,
    /// `F` the whole ledger, `B` read and write, `R` read only; empty where the
    /// pod does not tell.
    #[serde(
        rename = "AccessPrivilegeCode",
        default,
        deserialize_with = "wire::loose"
    )]
    pub privilege: String,
}

impl AccessSetLedger {
    /// An import under a set that only reads drops what it was sent.
    pub fn is_read_only(&self) -> bool {
        self.privilege == "R"
    }
}

/// A journal source or category, known by its user-facing name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "NamedRow")]
pub struct Named {
    /// What the file calls it, not its internal key; empty where it is not told.
    pub name: String,
}

/// Resources call the name differently, and some give it more than once.
#[derive(Deserialize)]
struct NamedRow {
    #[serde(rename = "UserJeSourceName", default)]
    source: Option<String>,
    #[serde(rename = "UserJeCategoryName", default)]
    category: Option<String>,
    #[serde(rename = "Name", default)]
    name: Option<String>,
}

impl From<NamedRow> for Named {
    fn from(row: NamedRow) -> Named {
        let name = row.source.or(row.category).or(row.name);
        Named {
            name: name.unwrap_or_default(),
        }
    }
}

/// Whether a period takes journals: its `ClosingStatus`, in the variants' order O, F, C,
/// N and P. Journal Import refuses a date in any but the first two (EP01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodStatus {
    /// Takes journals, and posts them.
    Open,
    /// Takes imports, but posts nothing until it is opened.
    Future,
    /// Takes nothing until somebody opens it again.
    Closed,
    /// Takes nothing until somebody opens it for the first time.
    NeverOpened,
    /// Takes nothing any more: nobody can open it again.
    PermanentlyClosed,
    /// Another word, or none: not known to take journals.
    Unknown,
}

/// One period of a ledger (`accountingPeriodStatusLOV`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodState {
    /// As the ledger's calendar calls it: `Jul-26`.
    pub name: String,
    /// In the general ledger; the subledgers have their own.
    pub status: PeriodStatus,
}

#[derive(Deserialize)]
struct PeriodRow {
    #[serde(rename = "PeriodNameId", default, deserialize_with = "wire::loose")]
    name_id: String,
    #[serde(rename = "PeriodName", default, deserialize_with = "wire::loose")]
    name: String,
    #[serde(rename = "ClosingStatus", default, deserialize_with = "wire::loose")]
    status: String,
}

impl From<PeriodRow> for PeriodState {
    fn from(row: PeriodRow) -> PeriodState {
        let status = match row.status.as_str() {
            "O" => PeriodStatus::Open,
            "F" => PeriodStatus::Future,
            "C" => PeriodStatus::Closed,
            "N" => PeriodStatus::NeverOpened,
            "P" => PeriodStatus::PermanentlyClosed,
            _ => PeriodStatus::Unknown,
        };
        let name = match row.name_id.is_empty() {
            true => row.name,
            false => row.name_id,
        };
        PeriodState { name, status }
    }
}

impl Fusion {
    /// The ledgers that the client's user can see.
    pub async fn ledgers(&self) -> Result<Vec<Ledger>, Error> {
        let path = format!("{RESOURCES}/ledgersLOV");
        self.all(Operation::ReadLedgers, &path, &[]).await
    }

    /// The data access sets of the client's user that are called so.
    pub async fn access_sets(&self, name: &str) -> Result<Vec<AccessSet>, Error> {
        let path = format!("{RESOURCES}/dataAccessSetsLOV");
        let condition = format!("Name={}", wire::quoted(name));
        let query = [("q", condition.as_str())];
        self.all(Operation::ReadAccessSets, &path, &query).await
    }

    /// The ledgers of a data access set; none if the user has no such set.
    pub async fn access_set_ledgers(&self, set: u64) -> Result<Vec<AccessSetLedger>, Error> {
        let path = format!("{RESOURCES}/dataAccessSetLedgersLOV");
        let condition = format!("AccessSetId={set}");
        let query = [("q", condition.as_str())];
        self.all(Operation::ReadAccessSets, &path, &query).await
    }

    /// The general ledger's periods and their states.
    pub async fn periods(&self, ledger: u64) -> Result<Vec<PeriodState>, Error> {
        // Joined with `;`: with `and`, nothing is found and no error is given.
        let condition = format!("LedgerId={ledger};ApplicationId={GENERAL_LEDGER}");
        let path = format!("{RESOURCES}/accountingPeriodStatusLOV");
        let query = [("q", condition.as_str())];
        let rows: Vec<PeriodRow> = self.all(Operation::ReadPeriods, &path, &query).await?;
        Ok(rows.into_iter().map(PeriodState::from).collect())
    }

    /// The journal sources.
    pub async fn sources(&self) -> Result<Vec<Named>, Error> {
        let path = format!("{RESOURCES}/journalSourcesLOV");
        self.all(Operation::ReadSources, &path, &[]).await
    }

    /// The journal categories.
    pub async fn categories(&self) -> Result<Vec<Named>, Error> {
        let path = format!("{RESOURCES}/journalCategoriesLOV");
        self.all(Operation::ReadCategories, &path, &[]).await
    }
}
