//! What is decided for all orders alike, or for those of a route.

use jiff::Timestamp;
use schemas::{OrderSnapshot, Recognition};
use serde::Deserialize;

use crate::parts::Part;

/// Status ids of BigCommerce that are reached only once an order is paid:
/// awaiting fulfilment, awaiting shipment, awaiting pickup, partially shipped,
/// shipped, completed; and those it reaches after that, when its refunds take
/// away: partially refunded, refunded, disputed.
const PAID: [u32; 9] = [11, 9, 8, 3, 2, 10, 14, 4, 13];
/// Those that an order has from the moment it is paid for.
const AT_SALE: [u32; 3] = [11, 9, 8];
const SHIPPED: u32 = 2;
/// Completed, and what may come after.
const COMPLETED: [u32; 4] = [10, 14, 4, 13];

/// What is decided for all orders alike.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(super) recognition: RecognitionPolicy,
    pub(super) hold: Vec<u32>,
    pub(super) excluded_payment_methods: Vec<String>,
    pub several_categories: SeveralCategories,
    pub unmapped: Unmapped,
    pub discounts: Discounts,
    pub refund_tax: RefundTax,
    /// In minor units, as is the limit for the whole order.
    pub(super) rounding_per_line: i64,
    pub(super) rounding_at_most: i64,
}

/// When an order counts in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecognitionPolicy {
    pub(super) statuses: Vec<u32>,
    /// Paid for, it is deferred; shipped, it is revenue.
    pub deferred_until_shipment: bool,
}

/// Which rule counts when a product is in several categories that have rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SeveralCategories {
    /// The one that stands first in the file.
    FirstRule,
    /// The one of the category with the lowest id.
    LowestCategory,
    /// None: the order is parked.
    Park,
}

/// What becomes of a part that no rule gives an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unmapped {
    /// The order is parked.
    Park,
    /// It is booked on the account of the role `suspense`.
    Suspense,
}

/// How discounts are booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Discounts {
    /// Revenue before discounts, and the discounts against it.
    Separate,
    /// Revenue after discounts.
    Net,
}

/// The tax in a refund of an amount off the order, which the store reports as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundTax {
    /// As the store reports it.
    AsReported,
    /// As much of the tax that is left as the amount is of the money that is left.
    Imputed,
}

impl RecognitionPolicy {
    pub(super) fn on_payment() -> Self {
        RecognitionPolicy {
            statuses: PAID.to_vec(),
            deferred_until_shipment: false,
        }
    }

    pub(super) fn on_shipment() -> Self {
        RecognitionPolicy {
            deferred_until_shipment: true,
            ..RecognitionPolicy::on_payment()
        }
    }

    pub(super) fn on_completion() -> Self {
        RecognitionPolicy::of(COMPLETED.to_vec())
    }

    pub(super) fn of(statuses: Vec<u32>) -> Self {
        RecognitionPolicy {
            statuses,
            deferred_until_shipment: false,
        }
    }

    /// Since when an order counts that does: since its sale, where orders count
    /// from their payment on. Otherwise since it was shipped, if that is enough and
    /// the store says when that was; or else since its last change, which is what
    /// the store dates: it tells of no change of status when that was.
    pub(crate) fn counted_from(&self, order: &OrderSnapshot) -> Timestamp {
        if self.statuses.iter().any(|it| AT_SALE.contains(it)) {
            return order.created;
        }
        let shipped = order.shipped.filter(|_| self.statuses.contains(&SHIPPED));
        shipped.unwrap_or(order.modified)
    }
}

impl Policy {
    /// Whether an order counts in the books under a route's recognition policy.
    pub(crate) fn recognition(
        &self,
        order: &OrderSnapshot,
        policy: &RecognitionPolicy,
    ) -> Recognition {
        if self.excludes(order) {
            Recognition::NotRecognised
        } else if self.hold.contains(&order.status) {
            Recognition::Hold
        } else if policy.statuses.contains(&order.status) {
            Recognition::Recognised
        } else {
            Recognition::NotRecognised
        }
    }

    /// Whether orders paid so are left out of the books.
    pub(crate) fn excludes(&self, order: &OrderSnapshot) -> bool {
        self.excluded_payment_methods
            .contains(&order.payment_method)
    }

    /// How many minor units an order of these parts may be off before it is
    /// parked. What is worth nothing cannot have been rounded.
    pub(crate) fn rounding_limit(&self, parts: &[Part]) -> i64 {
        let parts = parts.iter().filter(|part| part.is_worth_something());
        let parts = i64::try_from(parts.count()).unwrap_or(i64::MAX);
        self.rounding_per_line
            .saturating_mul(parts.max(1))
            .min(self.rounding_at_most)
    }
}
