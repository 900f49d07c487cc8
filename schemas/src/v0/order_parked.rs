//! A made-up version of old of `order.parked`.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    Amount, Currency, Digest, EntityKey, OrderId, Parked, Stage, StoreKey, versions::Upcast,
};

/// `order.parked`, which named the store and the order one by one, and had a money
/// of two members.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderParked {
    /// Now in `entity`.
    pub store: StoreKey,
    /// Now in `entity`.
    pub order: OrderId,
    /// As it is now.
    pub stage: Stage,
    /// As it is now.
    pub code: String,
    /// As it is now.
    pub reason: String,
    /// As it is now.
    pub remedy: String,
    /// As it is now.
    pub modified: Option<Timestamp>,
    /// As it is now.
    pub date: Option<Date>,
    /// Now `value` and `currency`.
    pub value: (Option<Amount>, Option<Currency>),
    /// As it is now.
    pub rule_set: Option<Digest>,
    /// As it is now.
    pub engine: Option<String>,
    /// As it is now.
    pub body: Option<Digest>,
}

impl Upcast for OrderParked {
    type Next = Parked;

    fn upcast(self) -> Parked {
        let (value, currency) = self.value;
        Parked {
            entity: EntityKey::order(self.store, self.order),
            stage: self.stage,
            code: self.code,
            reason: self.reason,
            remedy: self.remedy,
            modified: self.modified,
            date: self.date,
            value,
            currency,
            rule_set: self.rule_set,
            engine: self.engine,
            body: self.body,
            follows: None,
        }
    }
}

impl From<Parked> for OrderParked {
    fn from(data: Parked) -> OrderParked {
        OrderParked {
            store: data.entity.store,
            order: data.entity.order,
            stage: data.stage,
            code: data.code,
            reason: data.reason,
            remedy: data.remedy,
            modified: data.modified,
            date: data.date,
            value: (data.value, data.currency),
            rule_set: data.rule_set,
            engine: data.engine,
            body: data.body,
        }
    }
}
