//! A made-up version of old of `order.mapped`.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    Amount, Conversion, Digest, EntityKey, Journal, LedgerKey, Mapped, OrderId, Recognition,
    StoreKey, SummaryRule, versions::Upcast,
};

/// `order.mapped`, which named the store and the order one by one and its rules in
/// one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderMapped {
    /// Now in `entity`.
    pub store: StoreKey,
    /// Now in `entity`.
    pub order: OrderId,
    /// As it is now.
    pub ledger: LedgerKey,
    /// As it is now.
    pub modified: Timestamp,
    /// As it is now.
    pub accounting_date: Date,
    /// As it is now.
    pub change_date: Date,
    /// As it is now.
    pub recognition: Recognition,
    /// As it is now.
    pub status: u32,
    /// As it is now.
    pub value: Amount,
    /// As it is now.
    pub journal: Journal,
    /// As it is now.
    pub conversion: Option<Conversion>,
    /// As it is now.
    pub summary: Option<SummaryRule>,
    /// Now `rule_set` and `engine`.
    pub rules: (Digest, String),
}

impl Upcast for OrderMapped {
    type Next = Mapped;

    fn upcast(self) -> Mapped {
        let (rule_set, engine) = self.rules;
        Mapped {
            entity: EntityKey::order(self.store, self.order),
            ledger: self.ledger,
            modified: self.modified,
            accounting_date: self.accounting_date,
            change_date: self.change_date,
            recognition: self.recognition,
            status: self.status,
            value: self.value,
            journal: self.journal,
            conversion: self.conversion,
            summary: self.summary,
            rule_set,
            engine,
        }
    }
}

impl From<Mapped> for OrderMapped {
    fn from(data: Mapped) -> OrderMapped {
        OrderMapped {
            store: data.entity.store,
            order: data.entity.order,
            ledger: data.ledger,
            modified: data.modified,
            accounting_date: data.accounting_date,
            change_date: data.change_date,
            recognition: data.recognition,
            status: data.status,
            value: data.value,
            journal: data.journal,
            conversion: data.conversion,
            summary: data.summary,
            rules: (data.rule_set, data.engine),
        }
    }
}
