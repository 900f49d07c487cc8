//! Which groups customers are in, kept for a while.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use bigcommerce::{Client, Error, Order};
use schemas::causes;
use tokio::{sync::Mutex, time::Instant};

use crate::catalogue::{Aged, make_room, stale};

/// A store's customers as far as its orders needed them: their groups alone.
pub(crate) struct Customers {
    age: Duration,
    // Held while the store is asked, so that two who need the same ask once.
    groups: Mutex<HashMap<u64, Aged<Option<u64>>>>,
}

impl Customers {
    /// `age`: how long an answer is good for.
    pub(crate) fn new(age: Duration) -> Self {
        Customers {
            age,
            groups: Mutex::default(),
        }
    }

    /// The groups of these orders' customers, by customer; only of those in one.
    pub(crate) async fn groups(
        &self,
        client: &Client,
        orders: &[&Order],
    ) -> Result<BTreeMap<u64, u64>, Error> {
        let wanted: BTreeSet<u64> = orders.iter().filter_map(|order| order.customer).collect();
        let mut cache = self.groups.lock().await;
        let missing = stale(&cache, wanted.iter().copied(), self.age);
        if !missing.is_empty() {
            let answer = client.customers(&missing).await?.into_iter();
            let mut found: HashMap<u64, Option<u64>> = answer
                .filter_map(|customer| {
                    customer
                        .inspect_err(
                            |error| tracing::warn!(error = %causes(error), "a customer's group cannot be read"),
                        )
                        .ok()
                })
                .map(|customer| (customer.id, customer.group))
                .collect();
            make_room(&mut cache);
            let read = Instant::now();
            for id in missing {
                let value = found.remove(&id).flatten();
                cache.insert(id, Aged { value, read });
            }
        }
        let group = |id: u64| Some((id, cache.get(&id)?.value?));
        Ok(wanted.into_iter().filter_map(group).collect())
    }
}
