//! All stores together, and what is switched on and noted about them.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;

use super::faults::Faults;
use super::quota::{Limit, Quota};
use super::shop::{Shop, ShopError};
use super::traffic::Traffic;
use crate::generator::Wishes;
use crate::store::order::Malformation;
use crate::store::profile::{self, HOOK_KEY_HEADER, Profile};
use crate::store::refunding::RefundKind;
use crate::webhooks::event::Event;
use crate::webhooks::{Hook, Webhooks};

/// The scopes a default hook is registered for.
const SCOPES: [&str; 4] = [
    "store/order/created",
    "store/order/updated",
    "store/order/statusUpdated",
    "store/order/refund/created",
];

/// The state behind the stand-in.
#[derive(Debug)]
pub struct World {
    desks: Vec<Desk>,
    /// The sender of webhooks.
    pub webhooks: Webhooks,
    faults: Mutex<Faults>,
    traffic: Mutex<Traffic>,
}

/// A store with its quota.
#[derive(Debug)]
pub struct Desk {
    /// Who the store is.
    pub profile: Profile,
    shop: RwLock<Shop>,
    quota: Mutex<Quota>,
}

/// Something was asked of a store that is not there, or that the store refuses.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No store of that key.
    #[error("there is no store '{0}'; the stores are us and eu")]
    NoStore(String),
    /// The store refuses.
    #[error(transparent)]
    Shop(#[from] ShopError),
}

impl World {
    /// Empty stores.
    #[must_use]
    pub fn new(seed: u64, limit: Limit, webhooks: Webhooks) -> Self {
        let desk = |profile| Desk {
            profile,
            shop: RwLock::new(Shop::new(profile, seed)),
            quota: Mutex::new(Quota::new(limit)),
        };
        Self {
            desks: profile::ALL.map(desk).into(),
            webhooks,
            faults: Mutex::default(),
            traffic: Mutex::default(),
        }
    }

    /// The store with this key (`us`, `eu`).
    ///
    /// # Errors
    /// When there is none.
    pub fn store(&self, key: &str) -> Result<&Desk, WorldError> {
        let found = self.desks.iter().find(|d| d.profile.key == key);
        found.ok_or_else(|| WorldError::NoStore(key.to_owned()))
    }

    /// The store with this hash.
    #[must_use]
    pub fn by_hash(&self, hash: &str) -> Option<&Desk> {
        self.desks.iter().find(|d| d.profile.hash == hash)
    }

    /// All stores.
    #[must_use]
    pub fn stores(&self) -> &[Desk] {
        &self.desks
    }

    /// Registers the usual hooks of every store at `destination`, in which
    /// `{key}` stands for the store; without it `/webhooks/{key}` is appended.
    pub fn register_hooks(&self, destination: &str) {
        for Desk { profile, .. } in &self.desks {
            let url = hook_url(destination, profile.key);
            let now = Timestamp::now().as_second();
            for scope in SCOPES {
                self.webhooks.add(Hook {
                    id: 0,
                    client_id: profile.client_id.to_owned(),
                    store_hash: profile.hash.to_owned(),
                    scope: scope.to_owned(),
                    destination: url.clone(),
                    headers: Some(
                        [(HOOK_KEY_HEADER.to_owned(), profile.hook_key.to_owned())].into(),
                    ),
                    is_active: true,
                    created_at: now,
                    updated_at: now,
                });
            }
        }
    }

    /// Places `count` orders, at `per_second` if that is given, and fires their
    /// webhooks unless `quiet`. Returns the ids.
    ///
    /// # Errors
    /// When there is no such store.
    pub async fn create_orders(&self, key: &str, load: &Load) -> Result<Vec<u32>, WorldError> {
        let desk = self.store(key)?;
        if let Some(seed) = load.seed {
            desk.write().reseed(seed);
        }
        let pace = load.per_second.filter(|rate| *rate > 0.0);
        let mut ticks = pace.map(|rate| {
            tokio::time::interval(Duration::from_secs(1).div_f64(rate.clamp(0.01, 100_000.0)))
        });
        let mut ids = Vec::new();
        for _ in 0..load.count {
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            let (id, events) = desk.write().create(&load.wishes, self.now());
            if !load.quiet {
                self.publish(events);
            }
            ids.push(id);
        }
        Ok(ids)
    }

    /// Refunds an order, or any that can be; the kind is drawn unless given.
    ///
    /// # Errors
    /// When there is no such store or order, or nothing to refund.
    pub fn refund(
        &self,
        key: &str,
        order: Option<u32>,
        kind: Option<RefundKind>,
    ) -> Result<u32, WorldError> {
        let now = self.now();
        let mut shop = self.store(key)?.write();
        let (id, events) = match order {
            Some(order) => shop.refund(order, kind.unwrap_or(RefundKind::Line), now)?,
            None => shop.refund_any(kind, now)?,
        };
        drop(shop);
        self.publish(events);
        Ok(id)
    }

    /// The payment provider declines a refund that was made before.
    ///
    /// # Errors
    /// When there is no such store or refund.
    pub fn decline(&self, key: &str, refund: u32) -> Result<(), WorldError> {
        Ok(self.store(key)?.write().settle(refund, true)?)
    }

    /// The payment provider makes a refund after all that it had declined.
    ///
    /// # Errors
    /// When there is no such store or refund.
    pub fn accept(&self, key: &str, refund: u32) -> Result<(), WorldError> {
        Ok(self.store(key)?.write().settle(refund, false)?)
    }

    /// Edits an order: another quantity of its first line.
    ///
    /// # Errors
    /// When there is no such order or it may not be edited.
    pub fn edit(&self, key: &str, order: u32, quantity: Option<u32>) -> Result<(), WorldError> {
        let now = self.now();
        self.change(key, |shop| shop.edit(order, quantity, now))
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// When there is no such order or it has refunds.
    pub fn cancel(&self, key: &str, order: u32) -> Result<(), WorldError> {
        let now = self.now();
        self.change(key, |shop| shop.cancel(order, now))
    }

    /// Sets the status of an order by hand.
    ///
    /// # Errors
    /// When there is no such order or status.
    pub fn set_status(&self, key: &str, order: u32, status: u8) -> Result<(), WorldError> {
        let now = self.now();
        self.change(key, |shop| shop.set_status(order, status, now))
    }

    /// Moves orders on to their next status and returns which.
    ///
    /// # Errors
    /// When there is no such store.
    pub fn advance(&self, key: &str, count: usize) -> Result<Vec<u32>, WorldError> {
        let now = self.now();
        let (ids, events) = self.store(key)?.write().advance(count, now);
        self.publish(events);
        Ok(ids)
    }

    /// Serves an order wrong from now on; right again with `None`.
    ///
    /// # Errors
    /// When there is no such order.
    pub fn malform(
        &self,
        key: &str,
        order: u32,
        how: Option<Malformation>,
    ) -> Result<(), WorldError> {
        let now = self.now();
        self.change(key, |shop| shop.malform(order, how, now))
    }

    /// The moment that changes are dated by.
    fn now(&self) -> Timestamp {
        self.faults().stopped_at.unwrap_or_else(Timestamp::now)
    }

    fn change(
        &self,
        key: &str,
        change: impl FnOnce(&mut Shop) -> super::shop::Done<()>,
    ) -> Result<(), WorldError> {
        let ((), events) = change(&mut self.store(key)?.write())?;
        self.publish(events);
        Ok(())
    }

    fn publish(&self, events: Vec<Event>) {
        for event in events {
            self.webhooks.publish(event);
        }
    }

    /// The faults in force.
    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record of requests.
    pub fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// The store, to read. Every change is a whole one, so a panic spoils nothing.
    pub fn read(&self) -> RwLockReadGuard<'_, Shop> {
        self.shop.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shop> {
        self.shop.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's request quota.
    pub fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many orders to create, and how.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// How many.
    pub count: u32,
    /// Start the generator again from this seed.
    pub seed: Option<u64>,
    /// Orders per second; as fast as possible without.
    pub per_second: Option<f64>,
    /// Fire no webhooks.
    pub quiet: bool,
    /// What the orders should be like.
    pub wishes: Wishes,
}

/// Where the hooks of a store go.
pub(super) fn hook_url(destination: &str, key: &str) -> String {
    if destination.contains("{key}") {
        destination.replace("{key}", key)
    } else {
        format!("{}/webhooks/{key}", destination.trim_end_matches('/'))
    }
}
