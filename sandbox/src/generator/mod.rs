//! Believable orders from a seed.
//!
//! The same seed and the same wishes give the same baskets, people and amounts;
//! only the dates come from the caller.

mod basket;
mod people;
mod reductions;
mod tax;
pub(crate) mod tenders;
#[cfg(test)]
mod tests;

use jiff::{Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::store::order::{Charge, Delivery, LineKind};
use crate::store::{Amount, MoneyStyle, Order, Profile, pricing, status};

/// What a caller wants of an order; whatever is left out is drawn.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wishes {
    /// Put a product of the unmapped category 90 into the order.
    pub unmapped_category: bool,
    /// Exact number of lines, 1 to 500.
    pub lines: Option<u32>,
    /// Status id, 0 to 14.
    pub status_id: Option<u8>,
    /// Display name of the payment method.
    pub payment_method: Option<String>,
    /// Collected at a shop instead of shipped.
    pub pickup: Option<bool>,
    /// Sell a gift certificate as one of the lines.
    pub gift_certificate: Option<bool>,
    /// `none`, `automatic`, `coupon` or `manual`.
    pub discount: Option<Discount>,
    /// Pay a part with store credit.
    pub store_credit: Option<bool>,
    /// Spread the order dates over so many days back; 0 means now.
    pub days_back: u32,
}

/// Kind of discount on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// No discount.
    None,
    /// A promotion by product.
    Automatic,
    /// A coupon on the order's total.
    Coupon,
    /// Given by a clerk.
    Manual,
}

/// Ids that a store hands out, one sequence for each kind.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    /// Next order.
    pub order: u32,
    /// Next order product.
    pub line: u32,
    /// Next shipping address, pickup, fee or coupon use.
    pub part: u32,
    /// Next transaction or refund payment.
    pub transaction: u32,
    /// Next refund.
    pub refund: u32,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            order: 1001,
            line: 1,
            part: 1,
            transaction: 1,
            refund: 1,
        }
    }
}

/// Takes the next id of a sequence.
pub const fn take(id: &mut u32) -> u32 {
    let taken = *id;
    *id += 1;
    taken
}

/// Makes orders for one store.
#[derive(Debug)]
pub struct Generator {
    profile: Profile,
    rng: StdRng,
}

impl Generator {
    /// A generator for a store; each store draws its own sequence from a seed.
    #[must_use]
    pub fn new(profile: Profile, seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed ^ (u64::from(profile.store_id) << 32));
        Self { profile, rng }
    }

    /// One order placed at `now` (or some days before, if wished).
    pub fn order(&mut self, ids: &mut Ids, wishes: &Wishes, now: Timestamp) -> Order {
        let now = whole_seconds(now);
        let mut order = self.blank(ids, wishes, now);
        order.lines = basket::fill(&mut self.rng, ids, wishes);
        self.deliver(&mut order, wishes);
        reductions::give(&mut self.rng, ids, &mut order, wishes.discount);
        self.extras(ids, &mut order);
        pricing::settle(&mut order);
        tenders::pay(&mut self.rng, ids, &mut order, wishes, now);
        order
    }

    /// A seeded draw of one of `0..n`, for the caller's own choices.
    pub fn choose(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n.max(1))
    }

    fn blank(&mut self, ids: &mut Ids, wishes: &Wishes, now: Timestamp) -> Order {
        let rng = &mut self.rng;
        let destination = people::address(rng, self.profile.country.0);
        let created = placed_at(rng, wishes.days_back, now);
        Order {
            id: take(&mut ids.order),
            currency: self.profile.currency,
            inclusive: self.profile.inclusive,
            style: match rng.random_range(0..20) {
                0 => MoneyStyle::TwoPlaces,
                1 => MoneyStyle::Trimmed,
                _ => MoneyStyle::FourPlaces,
            },
            status: status::AWAITING_FULFILLMENT,
            payment_status: "paid",
            payment: tenders::method(rng, &self.profile, wishes),
            created,
            modified: created,
            shipped: None,
            customer: people::customer(rng, &destination),
            jurisdictions: tax::jurisdictions(&destination),
            external_tax: !self.profile.inclusive && rng.random_bool(0.15),
            destination,
            delivery: Delivery::Shipping,
            delivery_id: take(&mut ids.part),
            lines: Vec::new(),
            shipping: Charge::default(),
            handling: Charge::default(),
            wrapping: Charge::default(),
            fees: Vec::new(),
            coupons: Vec::new(),
            discount_amount: Amount::ZERO,
            coupon_discount: Amount::ZERO,
            subtotal: Default::default(),
            total: Default::default(),
            taxes: Vec::new(),
            store_credit: Amount::ZERO,
            gift_certificate: Amount::ZERO,
            transactions: Vec::new(),
            malformed: None,
        }
    }

    fn deliver(&mut self, order: &mut Order, wishes: &Wishes) {
        let physical = order.lines.iter().any(|l| l.kind == LineKind::Physical);
        let pickup = wishes.pickup.unwrap_or_else(|| self.rng.random_bool(0.04));
        order.delivery = match (physical, pickup) {
            (false, _) => Delivery::None,
            (true, true) => Delivery::Pickup,
            (true, false) => Delivery::Shipping,
        };
        if order.delivery == Delivery::Shipping {
            let rates = [0, 495, 595, 795, 1_200, 1_999];
            order.shipping.base = Amount::cents(rates[self.rng.random_range(0..rates.len())]);
        }
    }

    fn extras(&mut self, ids: &mut Ids, order: &mut Order) {
        let rng = &mut self.rng;
        if order.delivery == Delivery::Shipping && rng.random_bool(0.05) {
            order.handling.base = Amount::cents(250);
        }
        basket::wrap(rng, order);
        if rng.random_bool(0.06) {
            order.fees.push(basket::protection_fee(ids));
        }
    }
}

fn placed_at(rng: &mut StdRng, days_back: u32, now: Timestamp) -> Timestamp {
    if days_back == 0 {
        return now;
    }
    let seconds = rng.random_range(0..i64::from(days_back) * 86_400);
    now.checked_sub(seconds.seconds()).unwrap_or(now)
}

/// The API shows whole seconds only.
pub(crate) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
