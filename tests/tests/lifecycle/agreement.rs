//! The poster's books and the projector's views, filled from the same events, and
//! what they must both say of each order and refund.
//!
//! What the ledger should hold is worked out here once more, in the simplest way
//! there is, from the targets as the books have them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use jiff::Timestamp;
use poster::{
    books::Books,
    target::{Entity, Family},
};
use rusqlite::Connection;
use schemas::{EntityKey, Event, Journal, LedgerKey, Payload, Recognition};
use serde_json::Value;
use stream::{Delivered, EventLog, LogOptions};
use tempfile::TempDir;

/// Minor units per account, debits positive, without accounts that come to nothing.
type Net = BTreeMap<String, i64>;

pub struct Pair {
    folder: TempDir,
    pub books: BTreeMap<LedgerKey, Books>,
    log: EventLog,
    offset: u64,
    keys: BTreeSet<EntityKey>,
}

/// An order or refund as the views have it.
struct Viewed {
    state: String,
    /// Its target; under a hold the last one before it.
    target: Option<String>,
    holdings: BTreeMap<String, Net>,
}

impl Pair {
    pub fn new(ledgers: &[&str]) -> Pair {
        let folder = TempDir::new().unwrap();
        let open = |key: &&str| {
            let key: LedgerKey = key.parse().unwrap();
            let books = Books::open(&folder.path().join("books"), &key).unwrap();
            (key, books)
        };
        let books = ledgers.iter().map(open).collect();
        let log = EventLog::open(folder.path().join("log"), LogOptions::default()).unwrap();
        Pair {
            folder,
            books,
            log,
            offset: 0,
            keys: BTreeSet::new(),
        }
    }

    /// Applies events to both. A copy has an offset of its own in the books, as it
    /// has on a broker that no longer knows it; the log passes it over.
    pub async fn tell(&mut self, events: &[Event]) {
        let mut delivered = Vec::new();
        for event in events {
            self.offset += 1;
            self.keys.extend(concerned(&event.payload));
            delivered.push(Delivered {
                offset: self.offset,
                event: event.encode(),
            });
        }
        for (ledger, books) in &mut self.books {
            let of_ledger = format!(".{ledger}");
            let is_read = |it: &&Delivered| {
                let subject = &it.event.subject;
                let (kind, _) = subject.split_once('.').unwrap();
                subject.contains(".mapped.")
                    || subject.ends_with(&of_ledger)
                        && (["journal", "ledger"].contains(&kind)
                            || subject.starts_with("refund.reversed."))
            };
            let read: Vec<Delivered> = delivered.iter().filter(is_read).cloned().collect();
            books.apply(&read, Timestamp::UNIX_EPOCH).unwrap();
        }
        self.log.append_from_stream(delivered).await.unwrap();
        projector::catch_up(&self.views(), &self.log).unwrap();
    }

    /// The first thing on which books and views do not agree.
    pub fn disagreement(&self) -> Result<(), String> {
        let views = Connection::open(self.views().join("views.db")).unwrap();
        for key in &self.keys {
            let families: BTreeMap<&LedgerKey, Family> = self
                .books
                .iter()
                .map(|(ledger, books)| (ledger, books.family(key).unwrap()))
                .collect();
            self.compare(key, &families, &views)
                .map_err(|what| format!("{key}: {what}"))?;
        }
        self.holds(&views)
    }

    fn compare(
        &self,
        key: &EntityKey,
        families: &BTreeMap<&LedgerKey, Family>,
        views: &Connection,
    ) -> Result<(), String> {
        let viewed = viewed(views, key);
        let known: BTreeMap<&LedgerKey, (&Family, &Entity)> = families
            .iter()
            .filter_map(|(ledger, family)| Some((*ledger, (family, member(family, key)?))))
            .collect();
        let Some(viewed) = viewed else {
            let is_empty = |it: &Entity| it.target.is_none() && it.holdings.is_empty();
            return match known.values().all(|(_, entity)| is_empty(entity)) {
                true => Ok(()),
                false => Err("the books know it, the views do not".to_owned()),
            };
        };
        for (ledger, (_, entity)) in &known {
            let held = viewed.holdings.get(ledger.as_str());
            let held = held.cloned().unwrap_or_default();
            same("holdings", ledger, net_of(entity), held)?;
            let posted = posted(views, key, ledger);
            same("journals posted", ledger, entity.posted, posted)?;
            if let Some(target) = &entity.target
                && target.mapped.recognition != Recognition::Hold
                // Views that have parked a newer state take no target of an older one.
                && !["parked", "received"].contains(&viewed.state.as_str())
            {
                let id = Some(target.id.to_string());
                same("target", ledger, id, viewed.target.clone())?;
            }
        }
        self.compare_states(&viewed.state, &known)
    }

    fn compare_states(
        &self,
        state: &str,
        known: &BTreeMap<&LedgerKey, (&Family, &Entity)>,
    ) -> Result<(), String> {
        // The poster knows nothing of what is not mapped yet.
        if ["received", "parked"].contains(&state) {
            return Ok(());
        }
        let is_refused = |entity: &Entity| {
            let target = entity.target.as_ref().map(|target| target.id);
            entity.rejected.is_some() && entity.rejected == target
        };
        let any = |of: &dyn Fn(&LedgerKey, &Family, &Entity) -> bool| {
            let mut all = known.iter();
            all.any(|(ledger, (family, entity))| of(ledger, family, entity))
        };
        let is_hold = any(&|_, _, entity| recognition(entity) == Some(Recognition::Hold));
        if is_hold {
            // The views go on showing a rejection of the target before.
            return Ok(());
        }
        let is_open = any(&|_, family, entity| is_missing(family, entity));
        let refused = any(&|_, family, entity| is_missing(family, entity) && is_refused(entity));
        let under_way = any(&|ledger, _, entity| self.goes(ledger, entity));
        let expected: &[&str] = match (is_open, refused, under_way) {
            (false, ..) => &["posted", "not_due"],
            (true, true, _) => &["rejected"],
            (true, false, true) => &["submitted"],
            (true, false, false) => &["mapped"],
        };
        // The views call what an abandoned attempt released submitted until it goes
        // again, and a refund that its order's reversal has given back open.
        let order_is_out = any(&|_, family, entity| {
            let order = family.order.as_ref().and_then(recognition);
            entity.key.refund.is_some() && order == Some(Recognition::NotRecognised)
        });
        let is_excused = expected == ["mapped"] && state == "submitted" || order_is_out;
        match expected.contains(&state) || is_excused {
            true => Ok(()),
            false => Err(format!(
                "the books say {expected:?}, the views {state}; {known:#?}"
            )),
        }
    }

    /// A journal that brings the ledger to its target is on its way.
    fn goes(&self, ledger: &LedgerKey, entity: &Entity) -> bool {
        let books = &self.books[ledger];
        let batches = books.open_attempt().unwrap().into_iter();
        let batches = batches.chain(books.awaiting_posting().unwrap());
        let mut sent = batches.flat_map(|it| books.postings_left(&it.batch).unwrap());
        let target = entity.target.as_ref().map(|target| target.id);
        entity.in_flight && sent.any(|it| it.entity == entity.key && Some(it.target) == target)
    }

    /// What people hold back.
    fn holds(&self, views: &Connection) -> Result<(), String> {
        for key in &self.keys {
            for (ledger, books) in &self.books {
                let family = books.family(key).unwrap();
                let in_books = member(&family, key).is_some_and(|it| it.held);
                let mut query = views
                    .prepare("SELECT 1 FROM holds WHERE ledger = ?1 AND entity = ?2")
                    .unwrap();
                let in_views = query.exists([ledger.as_str(), &key.to_string()]).unwrap();
                same(&format!("hold on {key}"), ledger, in_books, in_views)?;
            }
        }
        Ok(())
    }

    fn views(&self) -> PathBuf {
        self.folder.path().join("projector")
    }
}

/// The orders and refunds that an event is about.
fn concerned(payload: &Payload) -> Vec<EntityKey> {
    match payload {
        Payload::OrderMapped(it) | Payload::RefundMapped(it) => vec![it.entity.clone()],
        Payload::OrderParked(it) | Payload::RefundParked(it) => vec![it.entity.clone()],
        Payload::OrderReceived(it) => vec![it.order.entity()],
        Payload::RefundReceived(it) => vec![it.entity()],
        Payload::JournalHeld(it) => it.entity.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

fn viewed(views: &Connection, key: &EntityKey) -> Option<Viewed> {
    let sql = "SELECT state, facts FROM entities WHERE key = ?1";
    let row = views.query_row(sql, [key.to_string()], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?))
    });
    let (state, facts) = row.ok()?;
    let facts: Value = serde_json::from_str(&facts).unwrap();
    let target = facts["target"]["id"].as_str().map(str::to_owned);
    let holdings = serde_json::from_value(facts["books"].clone()).unwrap();
    Some(Viewed {
        state,
        target,
        holdings,
    })
}

fn posted(views: &Connection, key: &EntityKey, ledger: &LedgerKey) -> u32 {
    let sql = "SELECT count(DISTINCT journal) FROM postings WHERE entity = ?1 AND ledger = ?2";
    let parameters = [&key.to_string(), ledger.as_str()];
    views.query_row(sql, parameters, |row| row.get(0)).unwrap()
}

fn member<'a>(family: &'a Family, key: &EntityKey) -> Option<&'a Entity> {
    let mut members = family.order.iter().chain(&family.refunds);
    members.find(|member| member.key == *key)
}

fn recognition(entity: &Entity) -> Option<Recognition> {
    entity.target.as_ref().map(|it| it.mapped.recognition)
}

/// Whether the ledger does not hold what it should, whoever is to be waited for.
fn is_missing(family: &Family, entity: &Entity) -> bool {
    let Some(target) = &entity.target else {
        return false;
    };
    let order = family.order.as_ref();
    let order_is_out = order.is_some_and(|order| {
        let is_elsewhere = order.target.as_ref().is_some_and(|it| it.is_elsewhere);
        recognition(order) == Some(Recognition::NotRecognised) && !is_elsewhere
    });
    if entity.key.refund.is_some() && order_is_out {
        // The order's reversal gives back what its refunds have not.
        return false;
    }
    let wanted = match target.mapped.recognition {
        Recognition::Hold => return false,
        _ if target.is_elsewhere => Net::new(),
        Recognition::Recognised => net(&target.mapped.journal),
        Recognition::NotRecognised if entity.key.refund.is_some() => Net::new(),
        Recognition::NotRecognised => {
            let mut taken = Net::new();
            for (account, minor) in family.refunds.iter().flat_map(net_of) {
                *taken.entry(account).or_default() -= minor;
            }
            taken.retain(|_, minor| *minor != 0);
            taken
        }
    };
    let first = !target.is_elsewhere
        && target.mapped.recognition == Recognition::Recognised
        && entity.posted == 0
        && !target.mapped.journal.is_empty();
    first || wanted != net_of(entity)
}

fn net(journal: &Journal) -> Net {
    let accounts = journal.net_by_account().into_iter();
    accounts
        .map(|(account, minor)| (account.to_string(), minor))
        .collect()
}

/// What the ledger holds of it, as the books write it.
fn net_of(entity: &Entity) -> Net {
    let lines = serde_json::to_value(&entity.holdings).unwrap();
    let line = |it: &Value| {
        let account = it["account"].as_str().unwrap().to_owned();
        (account, it["minor"].as_i64().unwrap())
    };
    lines.as_array().unwrap().iter().map(line).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    ledger: &LedgerKey,
    books: T,
    views: T,
) -> Result<(), String> {
    match books == views {
        true => Ok(()),
        false => Err(format!(
            "{what} in {ledger}: the books say {books:?}, the views {views:?}"
        )),
    }
}
