//! The register of refunds that are known, on disk: an order that is read again brings its
//! refunds again, and a refund that its payment provider may still decline is
//! asked for again.
//!
//! A refund is noted before its order is read. So whoever reads a later state of
//! the order knows that it has the refund, and tells it again with that state.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use schemas::{Digest, OrderId, RefundId, RefundSnapshot, StoreKey};
use sqlite::{Bits, Check, Layout, Micros, OpenError, OtherVersion, Settings, Text};
use tokio::sync::Mutex;

/// A refund of a store.
pub(crate) type RefundKey = (OrderId, RefundId);

/// The shortest time between two questions for one refund.
const SOONEST: SignedDuration = SignedDuration::from_secs(1);

/// As it was before its version was noted in it.
const LAYOUT: Layout = Layout {
    version: 0,
    // No body: noted, and not taken in yet. No ask_at: final.
    schema: "CREATE TABLE refund (
            store     TEXT NOT NULL,
            order_id  INTEGER NOT NULL,
            refund_id INTEGER NOT NULL,
            body      TEXT,
            ask_at    INTEGER,
            PRIMARY KEY (store, order_id, refund_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX open ON refund (store, ask_at) WHERE ask_at IS NOT NULL;",
    other: OtherVersion::Refused,
};

/// The register cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Its file cannot be opened.
    #[error("cannot open the known refunds")]
    Open(#[source] OpenError),
    /// What it has on a store cannot be read.
    #[error("cannot read the known refunds of {store}")]
    Read {
        /// The store.
        store: StoreKey,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
    /// What is known of a store cannot be written.
    #[error("cannot keep the known refunds of {store}")]
    Keep {
        /// The store.
        store: StoreKey,
        /// What SQLite says.
        #[source]
        source: rusqlite::Error,
    },
}

/// The known refunds of one store, a small row each, in a file of all stores.
/// Deleting it is safe: refunds since the configured start are listed anew.
#[derive(Clone)]
pub(crate) struct RefundRegister {
    store: StoreKey,
    file: RegisterFile,
}

/// The file of all stores.
#[derive(Clone)]
pub(crate) struct RegisterFile(Arc<Mutex<Connection>>);

impl RegisterFile {
    /// Opens the file in a folder, or makes it there.
    pub(crate) fn open(folder: &Path) -> Result<Self, RegisterError> {
        let file = folder.join("refunds.db");
        let connection = sqlite::open(&file, &Settings::default(), &LAYOUT)
            .and_then(|connection| {
                sqlite::check(&connection, Check::Quick)?;
                Ok(connection)
            })
            .map_err(RegisterError::Open)?;
        Ok(RegisterFile(Arc::new(Mutex::new(connection))))
    }

    /// What it has on a store.
    pub(crate) fn of(&self, store: StoreKey) -> RefundRegister {
        RefundRegister {
            store,
            file: self.clone(),
        }
    }
}

impl RefundRegister {
    /// Whose refunds these are.
    pub(crate) fn store(&self) -> &StoreKey {
        &self.store
    }

    /// Notes refunds; those that were not known are to be asked for.
    pub(crate) async fn note(&self, refunds: &BTreeSet<RefundKey>) -> Result<(), RegisterError> {
        self.each(
            refunds,
            "INSERT OR IGNORE INTO refund (store, order_id, refund_id, ask_at) VALUES (?1, ?2, ?3, 0)",
        )
        .await
    }

    /// Forgets refunds that the store does not have.
    pub(crate) async fn forget(&self, refunds: &BTreeSet<RefundKey>) -> Result<(), RegisterError> {
        self.each(
            refunds,
            "DELETE FROM refund WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
        )
        .await
    }

    async fn each(&self, refunds: &BTreeSet<RefundKey>, sql: &str) -> Result<(), RegisterError> {
        if refunds.is_empty() {
            return Ok(());
        }
        let mut connection = self.file.0.lock().await;
        let mut write = || {
            let transaction = connection.transaction()?;
            for key in refunds {
                let (order, refund) = row(*key);
                transaction.execute(sql, params![self.store.as_str(), order, refund])?;
            }
            transaction.commit()
        };
        write().map_err(|source| self.keep(source))
    }

    /// Notes that a refund is in the stream as the store answered it, and when to
    /// ask for it again; never, if it is final.
    pub(crate) async fn mark_taken(
        &self,
        key: RefundKey,
        body: &Digest,
        again: Option<Timestamp>,
    ) -> Result<(), RegisterError> {
        let connection = self.file.0.lock().await;
        let (order, refund) = row(key);
        connection
            .execute(
                "UPDATE refund SET body = ?4, ask_at = ?5
                 WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
                params![
                    self.store.as_str(),
                    order,
                    refund,
                    Text(body),
                    again.map(Micros)
                ],
            )
            .map(|_| ())
            .map_err(|source| self.keep(source))
    }

    /// Asks for a refund that cannot be read at another time.
    pub(crate) async fn postpone(
        &self,
        key: RefundKey,
        until: Timestamp,
    ) -> Result<(), RegisterError> {
        let connection = self.file.0.lock().await;
        let (order, refund) = row(key);
        connection
            .execute(
                "UPDATE refund SET ask_at = ?4
                 WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
                params![self.store.as_str(), order, refund, Micros(until)],
            )
            .map(|_| ())
            .map_err(|source| self.keep(source))
    }

    /// Whether a refund is in the stream as the store answers it now.
    pub(crate) async fn has_taken(
        &self,
        key: RefundKey,
        body: &Digest,
    ) -> Result<bool, RegisterError> {
        let connection = self.file.0.lock().await;
        let (order, refund) = row(key);
        let kept = connection
            .query_row(
                "SELECT body FROM refund WHERE store = ?1 AND order_id = ?2 AND refund_id = ?3",
                params![self.store.as_str(), order, refund],
                |row| row.get::<_, Option<String>>(0),
            )
            .optional()
            .map_err(|source| self.read(source))?;
        Ok(kept.flatten().is_some_and(|kept| kept == body.to_string()))
    }

    /// The known refunds of these orders, by order.
    pub(crate) async fn of_orders(
        &self,
        orders: impl IntoIterator<Item = OrderId>,
    ) -> Result<BTreeMap<OrderId, BTreeSet<RefundId>>, RegisterError> {
        let connection = self.file.0.lock().await;
        let read = || {
            let mut statement = connection.prepare_cached(
                "SELECT refund_id FROM refund WHERE store = ?1 AND order_id = ?2",
            )?;
            let mut found = BTreeMap::new();
            for order in orders {
                let key = params![self.store.as_str(), Bits(order.0)];
                let refunds = statement.query_map(key, |row| {
                    let Bits(refund) = row.get(0)?;
                    Ok(RefundId(refund))
                })?;
                let refunds: BTreeSet<RefundId> = refunds.collect::<Result<_, _>>()?;
                if !refunds.is_empty() {
                    found.insert(order, refunds);
                }
            }
            Ok(found)
        };
        read().map_err(|source| self.read(source))
    }

    /// The refunds that are to be asked for by now.
    pub(crate) async fn due(&self, now: Timestamp) -> Result<BTreeSet<RefundKey>, RegisterError> {
        let connection = self.file.0.lock().await;
        let read = || {
            let mut statement = connection.prepare_cached(
                "SELECT order_id, refund_id FROM refund WHERE store = ?1 AND ask_at <= ?2",
            )?;
            let key = params![self.store.as_str(), Micros(now)];
            let due = statement.query_map(key, |row| {
                let (Bits(order), Bits(refund)) = (row.get(0)?, row.get(1)?);
                Ok((OrderId(order), RefundId(refund)))
            })?;
            due.collect::<Result<_, rusqlite::Error>>()
        };
        read().map_err(|source| self.read(source))
    }

    fn read(&self, source: rusqlite::Error) -> RegisterError {
        RegisterError::Read {
            store: self.store.clone(),
            source,
        }
    }

    fn keep(&self, source: rusqlite::Error) -> RegisterError {
        RegisterError::Keep {
            store: self.store.clone(),
            source,
        }
    }
}

fn row((order, refund): RefundKey) -> (Bits, Bits) {
    (Bits(order.0), Bits(refund.0))
}

/// When to ask for a refund again: at twice its age each time, until it is as old
/// as `watch`; never where no payment provider is left to decline it.
pub(crate) fn ask_again_at(
    refund: &RefundSnapshot,
    watch: Duration,
    now: Timestamp,
) -> Option<Timestamp> {
    let mut payments = refund.payments.iter();
    if payments.all(|payment| payment.offline || payment.provider == "storecredit") {
        return None;
    }
    let watch = SignedDuration::try_from(watch).unwrap_or(SignedDuration::MAX);
    let end = refund.created.checked_add(watch).ok()?;
    let age = now.duration_since(refund.created).max(SOONEST);
    let next = now.checked_add(age).ok()?;
    (now < end).then(|| next.min(end))
}

#[cfg(test)]
mod tests {
    use schemas::{Amount, RefundPayment};

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn key(order: u64, refund: u64) -> RefundKey {
        (OrderId(order), RefundId(refund))
    }

    fn register(folder: &Path, store: &str) -> RefundRegister {
        RegisterFile::open(folder)
            .unwrap()
            .of(store.parse().unwrap())
    }

    #[tokio::test]
    async fn what_is_noted_is_due_until_it_is_taken_and_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let us = register(folder.path(), "us");
        let both = BTreeSet::from([key(7, 1), key(7, u64::MAX)]);
        us.note(&both).await.unwrap();
        let now = time("2026-11-01T00:00:00Z");
        let (first, second) = (Digest::of(b"1"), Digest::of(b"2"));
        assert_eq!(us.due(now).await.unwrap(), both);
        assert!(!us.has_taken(key(7, 1), &first).await.unwrap());
        us.mark_taken(key(7, 1), &first, Some(now)).await.unwrap();
        us.mark_taken(key(7, u64::MAX), &first, None).await.unwrap();
        // To note it again changes nothing.
        us.note(&both).await.unwrap();
        drop(us);

        let us = register(folder.path(), "us");
        assert_eq!(us.due(now).await.unwrap(), BTreeSet::from([key(7, 1)]));
        let before = time("2026-10-31T23:59:59Z");
        assert_eq!(us.due(before).await.unwrap(), BTreeSet::new());
        assert!(us.has_taken(key(7, 1), &first).await.unwrap());
        assert!(!us.has_taken(key(7, 1), &second).await.unwrap());
        let of = us.of_orders([OrderId(7), OrderId(8)]).await.unwrap();
        assert_eq!(of.len(), 1);
        assert_eq!(of[&OrderId(7)].len(), 2);
        let eu = register(folder.path(), "eu");
        assert!(eu.of_orders([OrderId(7)]).await.unwrap().is_empty());
        us.forget(&both).await.unwrap();
        assert!(us.of_orders([OrderId(7)]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_file_from_before_it_had_a_version_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join("refunds.db")).unwrap();
        old.execute_batch(LAYOUT.schema).unwrap();
        old.execute("INSERT INTO refund VALUES ('us', 7, -1, NULL, 0)", [])
            .unwrap();
        drop(old);
        let us = register(folder.path(), "us");
        let due = us.due(time("2026-11-01T00:00:00Z")).await.unwrap();
        assert_eq!(due, BTreeSet::from([key(7, u64::MAX)]));
    }

    #[test]
    fn it_is_asked_for_more_and_more_seldom_until_it_is_final() {
        let refund = |provider: &str, offline| RefundSnapshot {
            refund: RefundId(1),
            order: OrderId(7),
            created: time("2026-11-01T00:00:00Z"),
            total: Amount::ZERO,
            tax: Amount::ZERO,
            merchant_override: false,
            items: Vec::new(),
            payments: vec![RefundPayment {
                provider: provider.to_owned(),
                amount: Amount::ZERO,
                offline,
                declined: false,
            }],
        };
        let week = Duration::from_secs(7 * 24 * 3600);
        let card = refund("stripe", false);
        let mut now = card.created;
        let mut asked = 0;
        while let Some(next) = ask_again_at(&card, week, now) {
            assert!(next > now);
            (now, asked) = (next, asked + 1);
        }
        assert_eq!(now, time("2026-11-08T00:00:00Z"));
        assert!((10..25).contains(&asked), "{asked}");
        assert_eq!(ask_again_at(&card, Duration::ZERO, card.created), None);
        for settled in [refund("storecredit", false), refund("custom", true)] {
            assert_eq!(ask_again_at(&settled, week, settled.created), None);
        }
    }
}
