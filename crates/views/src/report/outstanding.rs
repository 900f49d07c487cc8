//! What is not posted yet and where it waits: due, on its way, imported and
//! unposted, refused, held back; and what a person has to put right in Fusion.

mod text;

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use rusqlite::{Row as SqlRow, Transaction};
use schemas::{EntityKey, EventId, LedgerKey, StoreKey};
use serde::Serialize;

use super::text::amount;
use crate::{
    Views, ViewsError,
    column::{blob_id, entity_of, time_of},
};

const ENTITIES: &str = "
    SELECT e.key, ifnull(e.ledger, ''), e.state, e.currency, e.figure, ev.time,
           x.code, x.cause, x.remedy, ifnull(x.journal, j.key), j.batch, j.state, b.batch_name,
           (SELECT max(time) FROM batch_steps s
            WHERE s.batch = j.batch AND s.attempt = j.attempt AND s.step = 'imported')
    FROM entities e
    LEFT JOIN events ev ON ev.offset = e.since
    LEFT JOIN exceptions x ON x.offset = e.exception AND e.state = 'rejected'
    LEFT JOIN journals j ON j.entity = e.key AND j.submitted = e.since AND e.state = 'submitted'
    LEFT JOIN batches b ON b.batch = j.batch AND b.attempt = j.attempt
    WHERE e.state IN ('mapped', 'submitted', 'rejected')
    ORDER BY e.since, e.key";
const ALARMS: &str = "
    SELECT substr(x.about, length('ledger ') + 1), x.code, x.cause, x.remedy, x.since, e.id
    FROM exceptions x JOIN events e ON e.offset = x.offset
    WHERE x.kind = 'alarm' AND x.closed IS NULL ORDER BY x.offset";
const GROUPS: &str = "
    SELECT ledger, import_group, source, journals, rows, since FROM left_rows ORDER BY since";
const HOLDS: &str = "SELECT ledger, entity, by, reason, since FROM holds ORDER BY since";

/// Where something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The ledger holds what it must not and stands still.
    Alarm,
    /// Rows of an abandoned attempt are left in Fusion's interface table.
    Stuck,
    /// Refused, until its cause is gone.
    Rejected,
    /// A person holds it back.
    Held,
    /// Imported, and not posted in Fusion.
    Imported,
    /// In a batch that is on its way.
    InFlight,
    /// To go with one of the next batches, or after another journal of its order.
    Due,
}

impl Status {
    /// All of them, those that need a person first.
    pub const ALL: [Status; 7] = [
        Status::Alarm,
        Status::Stuck,
        Status::Rejected,
        Status::Held,
        Status::Imported,
        Status::InFlight,
        Status::Due,
    ];

    /// The name in reports and arguments.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Alarm => "alarm",
            Status::Stuck => "stuck",
            Status::Rejected => "rejected",
            Status::Held => "held",
            Status::Imported => "imported",
            Status::InFlight => "in_flight",
            Status::Due => "due",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no state: use alarm, stuck, rejected, held, imported, in_flight or due")]
pub struct UnknownStatus(String);

impl FromStr for Status {
    type Err = UnknownStatus;
    fn from_str(text: &str) -> Result<Status, UnknownStatus> {
        let found = Status::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// Which items are wanted; all that is left open is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this ledger only.
    pub ledger: Option<LedgerKey>,
    /// Of this store only.
    pub store: Option<StoreKey>,
    /// The code of a rejection or an alarm.
    pub code: Option<String>,
    /// Waiting so only.
    pub status: Option<Status>,
}

/// What is outstanding, as of an offset in the log: what needs a person first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    /// The events up to this offset in the log are in it.
    pub offset: u64,
    /// What needs a person first, then by how long it has waited.
    pub items: Vec<Item>,
}

/// One order or refund, group, hold or alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it waits.
    pub status: Status,
    /// The ledger, by its key; empty while it is not known.
    pub ledger: String,
    /// The order or refund, `group 4711` or `ledger us`.
    pub about: String,
    /// The order or refund, if it is about one.
    pub entity: Option<EntityKey>,
    /// The journal, by its key.
    pub journal: Option<String>,
    /// Our batch; in Fusion its name begins with it.
    pub batch: Option<String>,
    /// The import group that rows are left under.
    pub group: Option<u64>,
    /// The event of an alarm, by which it is acknowledged.
    pub alarm: Option<EventId>,
    /// By which a rejection, an alarm or rows that are left have a page.
    pub code: Option<String>,
    /// Since when it waits, where that is known.
    pub since: Option<Timestamp>,
    /// Decimal, in the currency.
    pub value: Option<String>,
    /// The currency of the value, by its ISO code.
    pub currency: Option<String>,
    /// Why it waits, where that is known.
    pub cause: Option<String>,
    /// What ends the waiting, where a person must act.
    pub remedy: Option<String>,
    /// Who holds it back and why, also while it waits for something else.
    pub hold: Option<String>,
}

/// Lists what is outstanding.
pub fn outstanding(views: &Views, wanted: &Wanted) -> Result<Outstanding, ViewsError> {
    // One read transaction, so that the parts belong to the same offset.
    let tx = views.connection.unchecked_transaction()?;
    let holds = all_holds(&tx)?;
    let mut items = rows(&tx, ALARMS, alarm)?;
    items.extend(rows(&tx, GROUPS, group)?);
    let mut entities = rows(&tx, ENTITIES, entity)?;
    for item in &mut entities {
        let hold = item.keys().iter().find_map(|key| holds.get(key));
        if let Some(hold) = hold {
            item.hold.clone_from(&hold.hold);
            if item.status == Status::Due {
                item.status = Status::Held;
            }
        }
    }
    // A hold on what is not known, or on a whole ledger, is told of by itself.
    let is_told = |hold: &Item| entities.iter().any(|it| it.about == hold.about);
    items.extend(holds.values().filter(|hold| !is_told(hold)).cloned());
    items.extend(entities);
    items.retain(|item| item.is(wanted));
    items.sort_by_key(|item| item.status);
    let offset = views.offset()?;
    Ok(Outstanding { offset, items })
}

impl Outstanding {
    /// Whether nothing of it needs a person.
    pub fn is_in_order(&self) -> bool {
        let needs = [Status::Alarm, Status::Stuck, Status::Rejected];
        !self.items.iter().any(|item| needs.contains(&item.status))
    }
}

/// The ledgers in which exactly this is held; none is the whole ledger.
pub fn holds(views: &Views, entity: Option<&EntityKey>) -> Result<Vec<LedgerKey>, ViewsError> {
    let sql = "SELECT ledger FROM holds WHERE entity = ?1 ORDER BY ledger";
    let mut query = views.connection.prepare_cached(sql)?;
    let entity = entity.map(EntityKey::to_string).unwrap_or_default();
    let ledgers = query.query_and_then([entity], |row| {
        let key: String = row.get(0)?;
        key.parse().map_err(|_| ViewsError::Value {
            column: "ledger",
            found: key,
        })
    })?;
    ledgers.collect()
}

impl Item {
    /// For how long it has waited; none if that is not known.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        let age = now.duration_since(self.since?);
        Some(Duration::try_from(age).unwrap_or_default())
    }

    /// What it can be held under: itself, its order, its ledger.
    fn keys(&self) -> Vec<(String, String)> {
        let entity = self.entity.iter();
        let keys = entity.flat_map(|it| [it.to_string(), it.parent().to_string(), String::new()]);
        keys.map(|key| (self.ledger.clone(), key)).collect()
    }

    fn is(&self, wanted: &Wanted) -> bool {
        let is_of_store = |store: &StoreKey| {
            let entity = self.entity.as_ref();
            entity.is_some_and(|entity| entity.store == *store)
        };
        let ledger = wanted.ledger.as_ref();
        ledger.is_none_or(|it| it.as_str() == self.ledger)
            && wanted.store.as_ref().is_none_or(is_of_store)
            && (wanted.code.is_none() || wanted.code == self.code)
            && wanted.status.is_none_or(|it| it == self.status)
    }

    fn new(status: Status, ledger: String, about: String) -> Item {
        Item {
            status,
            ledger,
            about,
            entity: None,
            journal: None,
            batch: None,
            group: None,
            alarm: None,
            code: None,
            since: None,
            value: None,
            currency: None,
            cause: None,
            remedy: None,
            hold: None,
        }
    }
}

fn rows(
    tx: &Transaction,
    sql: &str,
    read: fn(&SqlRow) -> Result<Item, ViewsError>,
) -> Result<Vec<Item>, ViewsError> {
    let mut query = tx.prepare_cached(sql)?;
    let rows = query.query_and_then([], read)?;
    rows.collect()
}

/// The holds by ledger and by what is held; for a whole ledger that is empty.
fn all_holds(tx: &Transaction) -> Result<BTreeMap<(String, String), Item>, ViewsError> {
    let holds = rows(tx, HOLDS, hold)?;
    let key = |item: Item| {
        let entity = item.entity.as_ref().map(EntityKey::to_string);
        ((item.ledger.clone(), entity.unwrap_or_default()), item)
    };
    Ok(holds.into_iter().map(key).collect())
}

fn entity(row: &SqlRow) -> Result<Item, ViewsError> {
    let key: String = row.get(0)?;
    let state: String = row.get(2)?;
    let journal_state: Option<String> = row.get(11)?;
    let imported: Option<i64> = row.get(13)?;
    let status = match (state.as_str(), journal_state.as_deref()) {
        ("rejected", _) => Status::Rejected,
        ("mapped", _) => Status::Due,
        ("submitted", Some("imported")) => Status::Imported,
        _ => Status::InFlight,
    };
    let currency: String = row.get(3)?;
    let known = schemas::Currency::from_code(&currency).ok();
    let since: Option<i64> = row.get(5)?;
    let since = match status {
        Status::Imported => imported.or(since),
        _ => since,
    };
    let batch = match status {
        Status::Imported => row.get(12)?,
        Status::InFlight => row.get(10)?,
        _ => None,
    };
    Ok(Item {
        entity: Some(entity_of(&key)?),
        journal: row.get(9)?,
        batch,
        code: row.get(6)?,
        since: since.map(time_of).transpose()?,
        value: Some(amount(row.get(4)?, known)),
        currency: Some(currency),
        cause: row.get(7)?,
        remedy: row.get(8)?,
        ..Item::new(status, row.get(1)?, key)
    })
}

fn alarm(row: &SqlRow) -> Result<Item, ViewsError> {
    let ledger: String = row.get(0)?;
    let about = format!("ledger {ledger}");
    Ok(Item {
        code: row.get(1)?,
        cause: row.get(2)?,
        remedy: row.get(3)?,
        since: Some(time_of(row.get(4)?)?),
        alarm: Some(blob_id(&row.get::<_, Vec<u8>>(5)?)?),
        ..Item::new(Status::Alarm, ledger, about)
    })
}

fn group(row: &SqlRow) -> Result<Item, ViewsError> {
    let group = row.get::<_, i64>(1)?.unsigned_abs();
    let (source, journals, lines): (String, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    Ok(Item {
        group: Some(group),
        code: Some("ROWS_LEFT".to_owned()),
        since: Some(time_of(row.get(5)?)?),
        cause: Some(format!(
            "up to {lines} rows of {journals} journals under source `{source}`"
        )),
        remedy: Some(format!(
            "run Delete Journal Import Data in Fusion for exactly source `{source}` and group {group}, then: counterfoil journals clear-group {group} --reason …"
        )),
        ..Item::new(Status::Stuck, row.get(0)?, format!("group {group}"))
    })
}

fn hold(row: &SqlRow) -> Result<Item, ViewsError> {
    let (ledger, key): (String, String) = (row.get(0)?, row.get(1)?);
    let (by, reason): (String, String) = (row.get(2)?, row.get(3)?);
    let (about, entity) = match key.is_empty() {
        true => (format!("ledger {ledger}"), None),
        false => (key.clone(), Some(entity_of(&key)?)),
    };
    Ok(Item {
        entity,
        since: Some(time_of(row.get(4)?)?),
        hold: Some(format!("by {by}: {reason}")),
        ..Item::new(Status::Held, ledger, about)
    })
}
