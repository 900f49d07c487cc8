//! The poster's books and the projector's views, filled from the same events, and
//! what they must both say of each order and refund.
//!
//! Both keep the lifecycles of `subledger`, so that they could be wrong together.
//! Therefore both are also compared with a model that is as simple as can be and
//! shares no code with them.

#[path = "naive.rs"]
mod naive;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use naive::{Model, Net};
use poster::books::Books;
use rusqlite::Connection;
use schemas::{EntityKey, Event, LedgerKey, Payload};
use stream::Delivered;
use subledger::{Balance, Lifecycle};
use tempfile::TempDir;
use views::{Entry, Writer};

pub struct Pair {
    folder: TempDir,
    pub books: BTreeMap<LedgerKey, Books>,
    views: Writer,
    offset: u64,
    keys: BTreeSet<EntityKey>,
    model: Model,
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
        let views = Writer::open(&folder.path().join("views")).unwrap();
        Pair {
            folder,
            books,
            views,
            offset: 0,
            keys: BTreeSet::new(),
            model: Model::default(),
        }
    }

    /// Applies events to both. A copy has an offset of its own, as it has on a broker
    /// that no longer knows it.
    pub fn tell(&mut self, events: &[Event]) {
        let mut delivered = Vec::new();
        for event in events {
            self.offset += 1;
            self.keys.extend(concerned(&event.payload));
            self.model.tell(event);
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
        let read = |it: &Delivered| Entry::read(it.offset, &it.event);
        let entries: Vec<Entry> = delivered.iter().map(read).collect();
        self.views.apply(&entries).unwrap();
    }

    /// The first thing on which books, views and model do not agree.
    pub fn disagreement(&self) -> Result<(), String> {
        let views = Connection::open(self.folder.path().join("views/views.db")).unwrap();
        for key in &self.keys {
            let viewed = viewed(&views, key);
            for (ledger, books) in &self.books {
                let family = books.family(key).unwrap();
                let kept = family.member(key).map(|it| &it.lifecycle);
                self.compare(ledger, key, "books", kept)?;
                let seen = viewed.as_ref().map(|(_, lifecycle)| lifecycle);
                self.compare(ledger, key, "views", seen)?;
                let held = "SELECT 1 FROM holds WHERE ledger = ?1 AND entity = ?2";
                let mut held = views.prepare(held).unwrap();
                let is_held = held.exists([ledger.as_str(), &key.to_string()]).unwrap();
                same(
                    key,
                    "hold in the views",
                    self.model.is_held(ledger, key),
                    is_held,
                )?;
                let is_due = books.is_due(key).unwrap();
                let is_lacking = self.model.lacks(ledger, key);
                if is_due && !is_lacking {
                    return Err(format!("{key} is due in {ledger}, which lacks nothing"));
                }
            }
            if let Some((state, _)) = viewed {
                self.compare_state(key, &state)?;
            }
        }
        Ok(())
    }

    fn compare(
        &self,
        ledger: &LedgerKey,
        key: &EntityKey,
        whose: &str,
        found: Option<&Lifecycle>,
    ) -> Result<(), String> {
        let nothing = Lifecycle::default();
        let found = found.unwrap_or(&nothing);
        let what = |what: &str| format!("{what} in {ledger} by the {whose}");
        let model = &self.model;
        let target = found.target.as_ref().map(|target| target.id);
        same(key, &what("target"), model.target(key), target)?;
        let balance = net(&found.balance(ledger));
        same(key, &what("balance"), model.holdings(ledger, key), balance)?;
        let holding = found.holding(ledger).cloned().unwrap_or_default();
        let posted = holding.journals.len();
        same(key, &what("journals"), model.posted(ledger, key), posted)?;
        let in_flight = holding.is_in_flight();
        same(
            key,
            &what("in flight"),
            model.is_in_flight(ledger, key),
            in_flight,
        )?;
        let refused = holding.rejection.is_some();
        same(
            key,
            &what("rejection"),
            model.is_refused(ledger, key),
            refused,
        )?;
        // Of what nothing else is known, the views have the hold alone.
        if *found != nothing {
            let held = model.is_held(ledger, key);
            same(key, &what("hold"), held, holding.is_held)?;
        }
        same(key, &what("deviation"), 0, found.deviation)
    }

    /// The poster knows nothing of what is not mapped yet, nor does the model.
    fn compare_state(&self, key: &EntityKey, state: &str) -> Result<(), String> {
        if ["received", "parked"].contains(&state) {
            return Ok(());
        }
        match self.model.states(key) {
            Some(expected) if !expected.contains(&state) => Err(format!(
                "{key} is {state} by the views, and should be {expected:?}; {:#?}",
                self.model
            )),
            _ => Ok(()),
        }
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

fn viewed(views: &Connection, key: &EntityKey) -> Option<(String, Lifecycle)> {
    let sql = "SELECT state, lifecycle FROM entities WHERE key = ?1";
    let row = views.query_row(sql, [key.to_string()], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?))
    });
    let (state, lifecycle) = row.ok()?;
    Some((state, serde_json::from_str(&lifecycle).unwrap()))
}

fn net(balance: &Balance) -> Net {
    let accounts = balance.accounts();
    accounts
        .map(|(account, minor)| (account.to_owned(), minor))
        .collect()
}

fn same<T: PartialEq + std::fmt::Debug>(
    key: &EntityKey,
    what: &str,
    expected: T,
    found: T,
) -> Result<(), String> {
    match expected == found {
        true => Ok(()),
        false => Err(format!(
            "{key}: {what} is {found:?}, and should be {expected:?}"
        )),
    }
}
