//! What happens in the shop, and what the ledger must hold in the end.

use std::collections::BTreeMap;

use schemas::{Event, EventId, Recognition};

use crate::{
    dice::Dice,
    support::{
        CLEARING, NOWHERE, REVENUE, Target, in_ledger, journal, mapped, order_key, refund_key,
    },
};

/// An order as it was last told of.
#[derive(Default)]
struct Order {
    minor: i64,
    refunds: BTreeMap<u64, i64>,
    is_cancelled: bool,
    /// Its revenue goes to an account that the chart does not have.
    is_misrouted: bool,
    /// It belongs to another ledger, which is none of this poster's.
    is_elsewhere: bool,
    target: Option<EventId>,
}

/// The orders of a run.
pub struct Shop {
    orders: BTreeMap<u64, Order>,
    /// How many different orders there may be.
    size: u64,
    version: i64,
}

/// What an order must have brought the ledger to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Cents of revenue.
    Net(i64),
    /// Nothing but what was posted before, with a reason for it.
    Rejected(EventId),
}

impl Shop {
    pub fn new(size: u64) -> Shop {
        Shop {
            orders: BTreeMap::new(),
            size,
            version: 0,
        }
    }

    /// Something happens to some order: its new target, and those of refunds that
    /// follow it.
    pub fn happen(&mut self, dice: &mut Dice) -> Vec<Event> {
        self.version += 1;
        let number = 1 + dice.below(self.size);
        let version = self.version;
        let is_known = self.orders.contains_key(&number);
        let order = self.orders.entry(number).or_default();
        match dice.below(8) {
            0 | 1 if is_known && !order.is_cancelled && !order.is_misrouted => {
                vec![order.refund(number, version, dice)]
            }
            2 if is_known => {
                order.is_cancelled = true;
                order.is_misrouted = false;
                vec![order.told(number, version)]
            }
            // Not one with refunds: they wait for their order, and would for ever.
            3 if order.refunds.is_empty() => {
                order.is_misrouted = true;
                vec![order.sold(number, version, dice)]
            }
            4 if is_known && dice.one_in(2) => {
                order.is_elsewhere = !order.is_elsewhere;
                order.told_with_refunds(number, version)
            }
            _ => {
                order.is_misrouted = false;
                vec![order.sold(number, version, dice)]
            }
        }
    }

    /// What the ledger must hold, by order.
    pub fn expected(&self) -> BTreeMap<u64, Expected> {
        let expected = |(number, order): (&u64, &Order)| (*number, order.expected());
        self.orders.iter().map(expected).collect()
    }
}

impl Order {
    fn sold(&mut self, number: u64, version: i64, dice: &mut Dice) -> Event {
        self.minor = 1000 + i64::try_from(dice.below(9000)).unwrap();
        self.is_cancelled = false;
        self.told(number, version)
    }

    fn told(&mut self, number: u64, version: i64) -> Event {
        let revenue = if self.is_misrouted { NOWHERE } else { REVENUE };
        let (recognition, minor) = match self.is_cancelled {
            true => (Recognition::NotRecognised, 0),
            false => (Recognition::Recognised, self.minor),
        };
        let event = mapped(Target {
            key: order_key(number),
            version,
            recognition,
            journal: journal(CLEARING, revenue, minor),
        });
        self.target = Some(event.id);
        self.placed(event)
    }

    /// In the ledger that it belongs to.
    fn placed(&self, event: Event) -> Event {
        match self.is_elsewhere {
            true => in_ledger("eu", event),
            false => event,
        }
    }

    fn told_with_refunds(&mut self, number: u64, version: i64) -> Vec<Event> {
        let mut events = vec![self.told(number, version)];
        for (refund, minor) in &self.refunds {
            events.push(self.refunded(number, *refund, version, *minor));
        }
        events
    }

    /// A refund, or another target of one: a correction.
    fn refund(&mut self, number: u64, version: i64, dice: &mut Dice) -> Event {
        let refund = 1 + dice.below(3);
        let minor = 100 + i64::try_from(dice.below(200)).unwrap();
        self.refunds.insert(refund, minor);
        self.refunded(number, refund, version, minor)
    }

    fn refunded(&self, number: u64, refund: u64, version: i64, minor: i64) -> Event {
        self.placed(mapped(Target {
            key: refund_key(number, refund),
            version,
            recognition: Recognition::Recognised,
            journal: journal(REVENUE, CLEARING, minor),
        }))
    }

    fn expected(&self) -> Expected {
        match self.target {
            _ if self.is_elsewhere => Expected::Net(0),
            Some(target) if self.is_misrouted => Expected::Rejected(target),
            _ if self.is_cancelled => Expected::Net(0),
            _ => Expected::Net(self.minor - self.refunds.values().sum::<i64>()),
        }
    }
}
