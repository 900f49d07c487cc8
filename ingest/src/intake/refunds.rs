//! The refunds that go with orders: they follow their orders, and orders bring them.

use std::collections::{BTreeMap, BTreeSet};

use bigcommerce::{Malformed, Order, Refund};
use jiff::{SignedDuration, Timestamp};
use schemas::{EntityKey, OrderId, RefundId, RefundReceived};

use super::{Intake, IntakeError, Orders, Origin, parked};
use crate::{
    chain::UNNUMBERED,
    draft::Draft,
    events::{self, Obstacle},
    history::{History, tells_of_refunds},
    refund_register::{RefundKey, ask_again_at},
};

/// When a refund that cannot be read is asked for again.
const UNREADABLE: SignedDuration = SignedDuration::from_hours(1);

/// The refunds that go with some orders.
pub(super) struct Refunds<'a> {
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

fn key(refund: &Refund) -> RefundKey {
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

impl Intake {
    /// The refunds that are to be asked for again by now.
    pub(crate) async fn due_refunds(
        &self,
        now: Timestamp,
    ) -> Result<BTreeSet<RefundKey>, IntakeError> {
        Ok(self.register.due(now).await?)
    }

    /// Publishes what is new of the refunds that the store lists, and their orders
    /// as they are now; `due` are those that were to be asked for again.
    pub(crate) async fn take_refunds(
        &self,
        listed: Vec<Result<Refund, Malformed>>,
        due: BTreeSet<RefundKey>,
        origin: &Origin<'_>,
    ) -> Result<(), IntakeError> {
        let now = Timestamp::now();
        let mut unnumbered = Vec::new();
        // One that is due and not listed is gone.
        let mut told = due.clone();
        for refund in listed {
            match refund {
                Ok(refund) if !self.register.has_taken(key(&refund), &refund.body).await? => {
                    told.insert(key(&refund));
                }
                Ok(refund) => {
                    if told.remove(&key(&refund)) {
                        let again = ask_again_at(&refund.snapshot, self.watch, now);
                        self.register
                            .mark_taken(key(&refund), &refund.body, again)
                            .await?;
                    }
                }
                Err(malformed) => match (malformed.order, malformed.refund) {
                    (Some(order), Some(refund)) => {
                        told.insert((order, refund));
                    }
                    _ => unnumbered.push(self.unreadable(malformed, origin, now)),
                },
            }
        }
        self.teller.tell(&unnumbered, origin.asked).await?;
        if told.is_empty() {
            return Ok(());
        }
        self.take_told(BTreeSet::new(), &told, origin).await
    }

    /// The states of the refunds, each made when it is asked for: one has its whole order
    /// in it. `absent` are those that were told of and the store does not have.
    pub(super) fn refunds<'a>(
        &'a self,
        refunds: &'a Refunds<'a>,
        absent: &'a BTreeSet<RefundKey>,
        origin: &'a Origin<'a>,
        now: Timestamp,
    ) -> impl Iterator<Item = Draft> + Send + 'a {
        let readable = refunds.history.refunds();
        let readable = readable.filter(|refund| refunds.concerns(key(refund)));
        let unreadable = refunds.history.unreadable().iter();
        let unreadable = unreadable.filter(|malformed| {
            let key = malformed_key(malformed);
            key.0 == UNNUMBERED || refunds.concerns(key)
        });
        let missing = absent.iter().map(move |(order, refund)| {
            let entity = EntityKey::refund(self.store.clone(), *order, *refund);
            parked(entity, &Obstacle::NotFound, origin, now)
        });
        readable
            .map(move |refund| self.refund(refund, refunds, origin, now))
            .chain(unreadable.map(move |it| self.unreadable(it.clone(), origin, now)))
            .chain(missing)
    }

    /// Notes which refunds are in the stream with their orders. One that was not
    /// known before its order was read is only noted: its order may have changed
    /// since, unknowing, so both are read once more. Of those that are not
    /// certain nothing is in the stream yet.
    pub(super) async fn note_taken(
        &self,
        refunds: &Refunds<'_>,
        known: &BTreeMap<OrderId, BTreeSet<RefundId>>,
        is_certain: impl Fn(&RefundKey) -> bool,
        now: Timestamp,
    ) -> Result<(), IntakeError> {
        let mut new = BTreeSet::new();
        let certain = |refund: &&Refund| is_certain(&key(refund));
        for refund in refunds.history.refunds().filter(certain) {
            let (order, id) = key(refund);
            let was_known = known.get(&order).is_some_and(|known| known.contains(&id));
            if was_known || refunds.told.contains(&(order, id)) {
                let again = ask_again_at(&refund.snapshot, self.watch, now);
                self.register
                    .mark_taken((order, id), &refund.body, again)
                    .await?;
            } else {
                new.insert((order, id));
            }
        }
        for malformed in refunds.history.unreadable() {
            if let (Some(order), Some(id)) = (malformed.order, malformed.refund) {
                let later = now.checked_add(UNREADABLE).unwrap_or(Timestamp::MAX);
                self.register.postpone((order, id), later).await?;
            }
        }
        Ok(self.register.note(&new).await?)
    }

    fn refund(&self, refund: &Refund, refunds: &Refunds, origin: &Origin, now: Timestamp) -> Draft {
        let (order, id) = key(refund);
        let entity = EntityKey::refund(self.store.clone(), order, id);
        let snapshot = match refunds.orders.get(&order) {
            Some(Ok(snapshot)) => snapshot.clone(),
            Some(Err(obstacle)) => {
                let obstacle = match obstacle {
                    Obstacle::NotFound => Obstacle::UnknownOrder,
                    other => Obstacle::OrderUnavailable(other.reason()),
                };
                return parked(entity, &obstacle, origin, now);
            }
            None => return parked(entity, &Obstacle::UnknownOrder, origin, now),
        };
        let earlier = match refunds.history.before(&refund.snapshot) {
            Ok(earlier) => earlier,
            Err(malformed) => {
                let obstacle = Obstacle::EarlierRefund(malformed.to_string());
                return parked(entity, &obstacle, origin, now);
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

    fn unreadable(&self, refund: Malformed, origin: &Origin, now: Timestamp) -> Draft {
        let (order, id) = malformed_key(&refund);
        let entity = EntityKey::refund(self.store.clone(), order, id);
        parked(entity, &Obstacle::Malformed(refund), origin, now)
    }
}
