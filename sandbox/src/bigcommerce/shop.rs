//! One store: its orders and refunds, and everything that can happen to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::generator::{Generator, Ids, Wishes, take, tenders, whole_seconds};
use crate::store::order::{Malformation, Order, PaymentMethod, Transaction};
use crate::store::refund::{Refund, RefundPayment};
use crate::store::refunding::{self, RefundError, RefundKind};
use crate::store::{Amount, Profile, pricing, status};
use crate::webhooks::event::{Event, Happening};

/// Why something cannot be done to an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// No such order.
    #[error("there is no order {0} in this store")]
    NoOrder(u32),
    /// No order can be refunded.
    #[error("no order of this store can be refunded; create paid orders first")]
    NothingRefundable,
    /// There is no such refund.
    #[error("there is no refund {0}")]
    NoRefund(u32),
    /// The refund does not fit.
    #[error("order {0} cannot be refunded")]
    Refund(u32, #[source] RefundError),
    /// The order has refunds.
    #[error("order {0} has refunds and cannot be edited or cancelled")]
    HasRefunds(u32),
    /// The tenders would cover more than the order.
    #[error("order {0} would cost less than its store credit and gift certificates")]
    Overpaid(u32),
    /// No such status.
    #[error("there is no status {0}; statuses go from 0 to 14")]
    NoStatus(u8),
}

/// The state of one store.
#[derive(Debug)]
pub struct Shop {
    profile: Profile,
    generator: Generator,
    ids: Ids,
    orders: BTreeMap<u32, Arc<Order>>,
    refunds: BTreeMap<u32, Arc<Refund>>,
}

/// What was done, and the webhooks it sets off.
pub type Done<T> = Result<(T, Vec<Event>), ShopError>;

impl Shop {
    /// An empty store.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Self {
        Self {
            profile,
            generator: Generator::new(profile, seed),
            ids: Ids::default(),
            orders: BTreeMap::new(),
            refunds: BTreeMap::new(),
        }
    }

    /// Who the store is.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Starts the generator again from a seed.
    pub fn reseed(&mut self, seed: u64) {
        self.generator = Generator::new(self.profile, seed);
    }

    /// All orders by id.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<u32, Arc<Order>> {
        &self.orders
    }

    /// All refunds by id.
    #[must_use]
    pub const fn refunds(&self) -> &BTreeMap<u32, Arc<Refund>> {
        &self.refunds
    }

    /// The order with this id.
    #[must_use]
    pub fn order(&self, id: u32) -> Option<Arc<Order>> {
        self.orders.get(&id).cloned()
    }

    /// The refunds of an order.
    #[must_use]
    pub fn refunds_of(&self, order: u32) -> Vec<Arc<Refund>> {
        let of = self.refunds.values().filter(|r| r.order_id == order);
        of.cloned().collect()
    }

    /// Places an order.
    pub fn create(&mut self, wishes: &Wishes, now: Timestamp) -> (u32, Vec<Event>) {
        let order = self.generator.order(&mut self.ids, wishes, now);
        let id = order.id;
        let mut events = vec![self.event(id, Happening::Created, now)];
        if order.status != status::INCOMPLETE {
            let from_nothing = Happening::StatusUpdated(status::INCOMPLETE, order.status);
            events.push(self.event(id, from_nothing, now));
        }
        self.orders.insert(id, Arc::new(order));
        (id, events)
    }

    /// Refunds an order.
    ///
    /// # Errors
    /// When there is no such order, or nothing (of that kind) to refund.
    pub fn refund(&mut self, order_id: u32, kind: RefundKind, now: Timestamp) -> Done<u32> {
        let now = whole_seconds(now);
        let mut order = self.take_copy(order_id)?;
        let before = self.refunds_of(order_id);
        let mut all: Vec<&Refund> = before.iter().map(AsRef::as_ref).collect();
        let draft =
            refunding::draft(&order, &all, kind).map_err(|e| ShopError::Refund(order_id, e))?;
        let refund = Refund {
            id: take(&mut self.ids.refund),
            order_id,
            created: now,
            reason: format!(
                "{} {} asked for it",
                order.customer.first_name, order.customer.last_name
            ),
            total: draft.total,
            tax: draft.tax,
            items: draft.items,
            payments: self.payments(draft.payments),
            declined: false,
        };
        all.push(&refund);
        let previous = order.status;
        refunding::apply(&mut order, &refund, &all);
        self.record_refund(&mut order, &refund);
        let mut events = vec![self.event(order_id, Happening::RefundCreated(refund.id), now)];
        events.extend(self.changed(&order, previous, now));
        let id = refund.id;
        self.refunds.insert(id, Arc::new(refund));
        self.orders.insert(order_id, Arc::new(order));
        Ok((id, events))
    }

    /// Refunds an order drawn from those that can be, by a kind that fits it.
    ///
    /// # Errors
    /// When no order can be refunded.
    pub fn refund_any(&mut self, kind: Option<RefundKind>, now: Timestamp) -> Done<u32> {
        let candidates = self.refundable();
        if candidates.is_empty() {
            return Err(ShopError::NothingRefundable);
        }
        let start = self.generator.choose(candidates.len());
        let kind = kind.unwrap_or_else(|| self.draw_kind());
        let mut last = ShopError::NothingRefundable;
        for turn in 0..candidates.len() {
            let order = candidates[(start + turn) % candidates.len()];
            match self.refund(order, kind, now) {
                Err(error @ ShopError::Refund(..)) => last = error,
                done => return done,
            }
        }
        Err(last)
    }

    /// The payment provider declines a refund that was made before, or makes it after
    /// all. Neither the order nor the date of anything changes, and no hook fires: the
    /// documentation promises none of it.
    ///
    /// # Errors
    /// When there is no such refund.
    pub fn settle(&mut self, refund: u32, declined: bool) -> Result<(), ShopError> {
        let known = self.refunds.get_mut(&refund);
        let known = known.ok_or(ShopError::NoRefund(refund))?;
        Arc::make_mut(known).declined = declined;
        Ok(())
    }

    /// Paid orders; those without refunds so far, if there are any.
    fn refundable(&self) -> Vec<u32> {
        let ids = |status: Option<&str>| -> Vec<u32> {
            self.orders
                .values()
                .filter(|o| refunding::is_refundable(o) && o.malformed.is_none())
                .filter(|o| status.is_none_or(|s| o.payment_status == s))
                .map(|o| o.id)
                .collect()
        };
        let untouched = ids(Some("paid"));
        if untouched.is_empty() {
            ids(None)
        } else {
            untouched
        }
    }

    fn draw_kind(&mut self) -> RefundKind {
        match self.generator.choose(20) {
            0..10 => RefundKind::Line,
            10..13 => RefundKind::Amount,
            13..15 => RefundKind::Shipping,
            15 => RefundKind::TaxAdjustment,
            _ => RefundKind::Full,
        }
    }

    /// Changes the quantity of a line, which loses its discounts by that.
    ///
    /// # Errors
    /// When the order has refunds, or would cost less than its tenders.
    pub fn edit(&mut self, id: u32, quantity: Option<u32>, now: Timestamp) -> Done<()> {
        let mut order = self.take_copy(id)?;
        if !self.refunds_of(id).is_empty() {
            return Err(ShopError::HasRefunds(id));
        }
        if let Some(line) = order.lines.first_mut() {
            line.quantity = quantity.unwrap_or(line.quantity + 1).max(1);
            for lost in std::mem::take(&mut line.discounts) {
                let total = if lost.code.is_some() {
                    &mut order.coupon_discount
                } else {
                    &mut order.discount_amount
                };
                *total -= lost.amount;
            }
        }
        for coupon in &mut order.coupons {
            coupon.discount = order.coupon_discount;
        }
        pricing::settle(&mut order);
        if order.money_due() < Amount::ZERO {
            return Err(ShopError::Overpaid(id));
        }
        Ok(((), self.put(order, now)))
    }

    /// Cancels an order.
    ///
    /// # Errors
    /// When the order has refunds.
    pub fn cancel(&mut self, id: u32, now: Timestamp) -> Done<()> {
        if !self.refunds_of(id).is_empty() {
            return Err(ShopError::HasRefunds(id));
        }
        self.set_status(id, status::CANCELLED, now)
    }

    /// Sets the status by hand: moves no money and makes no refund.
    ///
    /// # Errors
    /// When there is no such order or status.
    pub fn set_status(&mut self, id: u32, to: u8, now: Timestamp) -> Done<()> {
        if usize::from(to) >= status::ALL.len() {
            return Err(ShopError::NoStatus(to));
        }
        let mut order = self.take_copy(id)?;
        order.modified = later(&order, now);
        tenders::set_status(&mut order, to);
        if order.payment_status == "paid" {
            tenders::record(&mut self.ids, &mut order);
        }
        Ok(((), self.put(order, now)))
    }

    /// Moves up to `count` orders on along their usual way.
    pub fn advance(&mut self, count: usize, now: Timestamp) -> (Vec<u32>, Vec<Event>) {
        let next = |order: &Order| match order.status {
            1 | status::AWAITING_PAYMENT => Some(status::AWAITING_FULFILLMENT),
            status::AWAITING_FULFILLMENT => Some(status::AWAITING_SHIPMENT),
            status::AWAITING_SHIPMENT => Some(status::SHIPPED),
            status::SHIPPED | status::AWAITING_PICKUP => Some(status::COMPLETED),
            _ => None,
        };
        let steps: Vec<(u32, u8)> = self
            .orders
            .values()
            .filter_map(|o| Some((o.id, next(o)?)))
            .take(count)
            .collect();
        let mut events = Vec::new();
        for (id, to) in &steps {
            if let Ok(((), more)) = self.set_status(*id, *to, now) {
                events.extend(more);
            }
        }
        (steps.into_iter().map(|(id, _)| id).collect(), events)
    }

    /// Serves the order wrong from now on, or right again.
    ///
    /// # Errors
    /// When there is no such order.
    pub fn malform(&mut self, id: u32, how: Option<Malformation>, now: Timestamp) -> Done<()> {
        let mut order = self.take_copy(id)?;
        order.malformed = how;
        Ok(((), self.put(order, now)))
    }

    fn take_copy(&self, id: u32) -> Result<Order, ShopError> {
        let order = self.orders.get(&id).ok_or(ShopError::NoOrder(id))?;
        Ok(order.as_ref().clone())
    }

    /// Stores a changed order and tells what webhooks that sets off.
    fn put(&mut self, mut order: Order, now: Timestamp) -> Vec<Event> {
        order.modified = later(&order, now);
        let previous = self
            .orders
            .get(&order.id)
            .map_or(order.status, |o| o.status);
        let events = self.changed(&order, previous, now);
        self.orders.insert(order.id, Arc::new(order));
        events
    }

    fn changed(&self, order: &Order, previous: u8, now: Timestamp) -> Vec<Event> {
        let mut events = vec![self.event(order.id, Happening::Updated, now)];
        if previous != order.status {
            let step = Happening::StatusUpdated(previous, order.status);
            events.push(self.event(order.id, step, now));
        }
        events
    }

    fn event(&self, order_id: u32, what: Happening, at: Timestamp) -> Event {
        Event {
            profile: self.profile,
            order_id,
            what,
            at,
        }
    }

    fn payments(&mut self, parts: Vec<(PaymentMethod, Amount)>) -> Vec<RefundPayment> {
        parts
            .into_iter()
            .map(|(via, amount)| RefundPayment {
                id: take(&mut self.ids.transaction),
                via,
                amount,
            })
            .collect()
    }

    fn record_refund(&self, order: &mut Order, refund: &Refund) {
        for payment in &refund.payments {
            if payment.via == PaymentMethod::PayPal {
                continue;
            }
            let purchase = order
                .transactions
                .iter()
                .find(|t| t.via == payment.via && t.event == "purchase");
            let reference = purchase.map(|t| t.id);
            order.transactions.push(Transaction {
                id: payment.id,
                event: "refund",
                via: payment.via,
                amount: payment.amount,
                at: refund.created,
                reference,
            });
        }
    }
}

/// Modification dates never go back.
fn later(order: &Order, now: Timestamp) -> Timestamp {
    order.modified.max(whole_seconds(now))
}
