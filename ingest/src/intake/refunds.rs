//! The refunds that go with orders: they follow their orders, and orders bring them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bigcommerce::{Malformed, Order, Refund};
use jiff::{SignedDuration, Timestamp};
use schemas::{EntityKey, OrderId, OrderSnapshot, RefundId, RefundReceived, StoreKey};

use crate::{
    chain::UNNUMBERED,
    draft::Draft,
    events::{self, Obstacle},
    history::{History, tells_of_refunds},
    origin::Origin,
    refund_register::{RefundKey, RefundRegister, RegisterError, ask_again_at},
};

/// When a refund that cannot be read is asked for again.
const UNREADABLE: SignedDuration = SignedDuration::from_hours(1);

/// Orders as they were taken in, or why they were not.
pub(super) type Orders = BTreeMap<OrderId, Result<OrderSnapshot, Obstacle>>;

/// The refunds that go with some orders.
pub(super) struct Refunds<'a> {
    pub store: &'a StoreKey,
    pub history: &'a History,
    pub orders: &'a Orders,
    pub told: &'a BTreeSet<RefundKey>,
}

impl Refunds<'_> {
    /// Those that were told of and the store does not have.
    pub(super) fn absent(&self) -> BTreeSet<RefundKey> {
        let mut absent = self.told.clone();
        for refund in self.history.refunds() {
            absent.remove(&key(refund));
        }
        for malformed in self.history.unreadable() {
            absent.remove(&malformed_key(malformed));
        }
        absent
    }

    /// Whether a refund follows an order that was taken in, or was told of itself.
    fn concerns(&self, (order, refund): RefundKey) -> bool {
        matches!(self.orders.get(&order), Some(Ok(_))) || self.told.contains(&(order, refund))
    }
}

pub(super) fn key(refund: &Refund) -> RefundKey {
    (refund.snapshot.order, refund.snapshot.refund)
}

/// The numbers under which a refund is parked that cannot be read.
fn malformed_key(refund: &Malformed) -> RefundKey {
    let order = refund.order.unwrap_or(UNNUMBERED);
    (order, refund.refund.unwrap_or(RefundId(0)))
}

/// The orders that have refunds: those that are known to, those whose status says
/// so, and those of the refunds that were told of.
pub(super) fn refunded(
    whole: &[&Order],
    known: &BTreeMap<OrderId, BTreeSet<RefundId>>,
    told: &BTreeSet<RefundKey>,
) -> BTreeSet<OrderId> {
    let by_status = whole.iter().filter(|order| tells_of_refunds(order.status));
    let of_told = told.iter().map(|(order, _)| *order);
    by_status
        .map(|order| order.id)
        .chain(known.keys().copied())
        .chain(of_told)
        .collect()
}

impl Refunds<'_> {
    /// The states of the refunds, each made when it is asked for: one has its whole order
    /// in it. `absent` are those that were told of and the store does not have.
    pub(super) fn drafts<'a>(
        &'a self,
        absent: &'a BTreeSet<RefundKey>,
        origin: &'a Origin<'a>,
        now: Timestamp,
    ) -> impl Iterator<Item = Draft> + Send + 'a {
        let readable = self.history.refunds();
        let readable = readable.filter(|refund| self.concerns(key(refund)));
        let unreadable_ones = self.history.unreadable().iter().filter(|malformed| {
            let key = malformed_key(malformed);
            key.0 == UNNUMBERED || self.concerns(key)
        });
        let missing = absent.iter().map(move |(order, refund)| {
            let entity = EntityKey::refund(self.store.clone(), *order, *refund);
            origin.parked(entity, &Obstacle::NotFound, now)
        });
        readable
            .map(move |refund| self.draft(refund, origin, now))
            .chain(unreadable_ones.map(move |it| unreadable(self.store, it.clone(), origin, now)))
            .chain(missing)
    }

    /// Notes which refunds are in the stream with their orders. One that was not
    /// known before its order was read is only noted: its order may have changed
    /// since, unknowing, so both are read once more. Of those that are not
    /// certain nothing is in the stream yet.
    pub(super) async fn note_taken(
        &self,
        register: &RefundRegister,
        watch: Duration,
        known: &BTreeMap<OrderId, BTreeSet<RefundId>>,
        is_certain: impl Fn(&RefundKey) -> bool,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        let mut new = BTreeSet::new();
        let certain = |refund: &&Refund| is_certain(&key(refund));
        for refund in self.history.refunds().filter(certain) {
            let (order, id) = key(refund);
            let was_known = known.get(&order).is_some_and(|known| known.contains(&id));
            if was_known || self.told.contains(&(order, id)) {
                let again = ask_again_at(&refund.snapshot, watch, now);
                register
                    .mark_taken((order, id), &refund.body, again)
                    .await?;
            } else {
                new.insert((order, id));
            }
        }
        for malformed in self.history.unreadable() {
            if let (Some(order), Some(id)) = (malformed.order, malformed.refund) {
                let later = now.checked_add(UNREADABLE).unwrap_or(Timestamp::MAX);
                register.postpone((order, id), later).await?;
            }
        }
        register.note(&new).await
    }

    fn draft(&self, refund: &Refund, origin: &Origin, now: Timestamp) -> Draft {
        let (order, id) = key(refund);
        let entity = EntityKey::refund(self.store.clone(), order, id);
        let snapshot = match self.orders.get(&order) {
            Some(Ok(snapshot)) => snapshot.clone(),
            Some(Err(obstacle)) => {
                let obstacle = match obstacle {
                    Obstacle::NotFound => Obstacle::UnknownOrder,
                    other => Obstacle::OrderUnavailable(other.reason()),
                };
                return origin.parked(entity, &obstacle, now);
            }
            None => return origin.parked(entity, &Obstacle::UnknownOrder, now),
        };
        let earlier = match self.history.before(&refund.snapshot) {
            Ok(earlier) => earlier,
            Err(malformed) => {
                let obstacle = Obstacle::EarlierRefund(malformed.to_string());
                return origin.parked(entity, &obstacle, now);
            }
        };
        let received = RefundReceived {
            refund: refund.snapshot.clone(),
            state: Some(RefundReceived::state_of(&snapshot, &earlier)),
            order: snapshot,
            earlier,
            brought_by: origin.by,
            body: refund.body.clone(),
            follows: None,
        };
        events::refund(received, origin.causes.get(&order).copied())
    }
}

/// A refund of which nothing can be read but, maybe, its numbers.
pub(super) fn unreadable(
    store: &StoreKey,
    refund: Malformed,
    origin: &Origin,
    now: Timestamp,
) -> Draft {
    let (order, id) = malformed_key(&refund);
    let entity = EntityKey::refund(store.clone(), order, id);
    origin.parked(entity, &Obstacle::Malformed(refund), now)
}
