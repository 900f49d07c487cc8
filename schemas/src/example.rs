//! What the examples of the events are made of: the story of order 1001 of store
//! `us` and its refund 7, with every member filled.

use jiff::Timestamp;

use crate::{
    Amount, BatchKey, ChargeClasses, Consignment, ConsignmentKind, Conversion, Currency, Decision,
    Digest, Discount, DiscountTarget, EntityKey, EventId, Fee, Journal, JournalKey, JournalLine,
    LedgerKey, LineKind, Mapped, OrderId, OrderLine, OrderSnapshot, Posting, PostingKind,
    Recognition, RefundId, RefundItem, RefundPayment, RefundSnapshot, Role, Side, StoreKey,
    TaxLine, Taxed,
};

/// What an event says, and the event that it follows from.
pub struct Example<T> {
    pub says: T,
    pub cause: Option<EventId>,
}

impl<T> From<T> for Example<T> {
    fn from(says: T) -> Example<T> {
        Example { says, cause: None }
    }
}

impl<T> Example<T> {
    pub fn after(cause: EventId, says: T) -> Example<T> {
        let cause = Some(cause);
        Example { says, cause }
    }

    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Example<U> {
        Example {
            says: into(self.says),
            cause: self.cause,
        }
    }
}

pub(crate) const BATCH_ID: u64 = 300_000_123_456_789;
pub(crate) const BATCH_NAME: &str = "CF-us-0123456789abcdef-1 Counterfoil A 4711000001 10070490 N";

/// When all of them are written.
pub(crate) fn time() -> Timestamp {
    "2026-11-02T10:00:00Z".parse().unwrap()
}

pub(crate) fn order_key() -> EntityKey {
    EntityKey::order(store(), OrderId(1001))
}

pub(crate) fn refund_key() -> EntityKey {
    EntityKey::refund(store(), OrderId(1001), RefundId(7))
}

/// The event with the order's target.
pub(crate) fn order_target() -> EventId {
    let examples = crate::events::examples(crate::EventType::OrderMapped);
    examples[0].says.id(examples[0].cause)
}

pub(crate) fn decision() -> Decision {
    Decision {
        by: "controller".into(),
        reason: "the customer disputes it".into(),
        at: time(),
    }
}

pub(crate) fn batch() -> BatchKey {
    BatchKey("CF-us-0123456789abcdef".into())
}

pub(crate) fn summary_key() -> JournalKey {
    JournalKey("us-261102USDo-7h3k9".into())
}

pub(crate) fn posting() -> Posting {
    Posting {
        key: order_key().journal_key(2),
        entity: order_key(),
        kind: PostingKind::Adjustment,
        target: order_target(),
        accounting_date: "2026-11-02".parse().unwrap(),
        period: "Nov-26".into(),
        category: "Web Orders".into(),
        description: "Order 1001 of us".into(),
        original: Some(order_key().journal_key(1)),
        conversion: Some(Conversion {
            kind: "Corporate".into(),
            rate: None,
        }),
        summary: None,
        journal: journal(),
    }
}

pub(crate) fn store() -> StoreKey {
    "us".parse().unwrap()
}

pub(crate) fn ledger() -> LedgerKey {
    "us".parse().unwrap()
}

pub(crate) fn usd() -> Currency {
    Currency::from_code("USD").unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn taxed(ex: &str, inc: &str, tax: &str) -> Taxed {
    Taxed {
        ex_tax: amount(ex),
        inc_tax: amount(inc),
        tax: amount(tax),
    }
}

pub(crate) fn order() -> OrderSnapshot {
    OrderSnapshot {
        store: store(),
        order: OrderId(1001),
        channel: 1,
        status: 11,
        payment_status: "captured".into(),
        payment_method: "Credit Card".into(),
        payment_provider: "stripe".into(),
        currency: usd(),
        tax_inclusive: false,
        created: "2026-11-02T09:58:00Z".parse().unwrap(),
        modified: "2026-11-02T09:59:00Z".parse().unwrap(),
        shipped: Some("2026-11-03T08:00:00Z".parse().unwrap()),
        archived: false,
        external_source: "M-MIG".into(),
        country: "US".into(),
        region: "Texas".into(),
        subtotal: taxed("100", "108", "7.2"),
        shipping: taxed("10", "10.8", "0.8"),
        handling: Taxed::default(),
        wrapping: Taxed::default(),
        total: taxed("100", "108", "8"),
        discount: Amount::ZERO,
        coupon_discount: amount("10"),
        store_credit: amount("5"),
        gift_certificate: Amount::ZERO,
        fees: vec![Fee {
            fee: 3,
            kind: "custom_fee".into(),
            cost: Taxed::default(),
            tax_class: None,
        }],
        lines: vec![OrderLine {
            line: 11,
            product: 511,
            variant: Some(77),
            sku: "SHIRT-M".into(),
            kind: LineKind::Physical,
            quantity: 2,
            quantity_shipped: 1,
            quantity_refunded: 0,
            total: taxed("100", "108", "7.2"),
            discounted_inc_tax: Some(amount("97.2")),
            discounts: vec![Discount {
                id: "coupon".into(),
                amount: amount("10"),
                target: DiscountTarget::Order,
                coupon: true,
            }],
            wrapping: Taxed::default(),
            address: Some(21),
            pickup: Some(21),
            parent: Some(10),
            categories: vec![201],
            parent_categories: vec![20],
            brand: "Northwind".into(),
            tax_class: Some(0),
        }],
        consignments: vec![Consignment {
            kind: ConsignmentKind::Pickup,
            id: Some(21),
            country: "US".into(),
            region: "Texas".into(),
            location: "AUSTIN".into(),
            shipping: taxed("10", "10.8", "0.8"),
            handling: Taxed::default(),
        }],
        taxes: vec![TaxLine {
            name: "Texas".into(),
            rate: amount("8"),
            amount: amount("7.2"),
            line: Some(11),
        }],
        customer_group: Some(4),
        refunded: Some(amount("48.6")),
        charge_classes: ChargeClasses::default(),
    }
}

pub(crate) fn refund() -> RefundSnapshot {
    RefundSnapshot {
        refund: RefundId(7),
        order: OrderId(1001),
        created: "2026-11-05T10:00:00Z".parse().unwrap(),
        total: amount("48.6"),
        tax: amount("3.6"),
        merchant_override: false,
        items: vec![RefundItem {
            kind: "PRODUCT".into(),
            item: 11,
            quantity: Some(1),
            requested: Some(amount("48.6")),
            adjustments: vec![amount("-1.5")],
        }],
        payments: vec![RefundPayment {
            provider: "stripe".into(),
            amount: amount("48.6"),
            offline: false,
            declined: false,
        }],
    }
}

fn line(account: &str, side: Side, minor: i64, role: Role, rule: &str) -> JournalLine {
    JournalLine {
        account: account.parse().unwrap(),
        side,
        amount: usd().minor(minor),
        role,
        rule: rule.into(),
        memo: "2 x SHIRT-M".into(),
    }
}

pub(crate) fn journal() -> Journal {
    let lines = vec![
        line(
            "101.10.11010.000.000.000",
            Side::Debit,
            10800,
            Role::Clearing,
            "cards",
        ),
        line(
            "101.10.41000.100.110.000",
            Side::Credit,
            10000,
            Role::Revenue,
            "apparel",
        ),
        line(
            "101.10.21500.000.000.000",
            Side::Credit,
            800,
            Role::Tax,
            "sales tax",
        ),
    ];
    Journal::new(usd(), lines).unwrap()
}

pub(crate) fn mapped(entity: EntityKey) -> Mapped {
    Mapped {
        entity,
        ledger: ledger(),
        modified: "2026-11-02T09:59:00Z".parse().unwrap(),
        accounting_date: "2026-11-02".parse().unwrap(),
        change_date: "2026-11-02".parse().unwrap(),
        recognition: Recognition::Recognised,
        status: 11,
        value: amount("108"),
        journal: journal(),
        conversion: Some(Conversion {
            kind: "User".into(),
            rate: Some(amount("1.0843")),
        }),
        summary: None,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    }
}
