//! Events as the services write them, and a projector to read them.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod books;
pub mod month;
pub mod running;

use jiff::{SignedDuration, Timestamp, civil::Date};
use schemas::{
    Amount, Currency, Digest, EntityKey, Event, EventId, Journal, JournalLine, LedgerKey, Money,
    OrderId, Payload, RefundId, Role, Side, StoreKey,
};

/// A store and its ledger, which share a key.
#[derive(Clone, Copy)]
pub struct Shop {
    pub key: &'static str,
    pub currency: &'static str,
    pub company: &'static str,
}

pub const US: Shop = Shop {
    key: "us",
    currency: "USD",
    company: "101",
};
pub const EU: Shop = Shop {
    key: "eu",
    currency: "EUR",
    company: "201",
};

impl Shop {
    pub fn store(&self) -> StoreKey {
        self.key.parse().unwrap()
    }

    pub fn ledger(&self) -> LedgerKey {
        self.key.parse().unwrap()
    }

    pub fn currency(&self) -> Currency {
        Currency::from_code(self.currency).unwrap()
    }

    pub fn order(&self, order: u64) -> EntityKey {
        EntityKey::order(self.store(), OrderId(order))
    }

    pub fn refund(&self, order: u64, refund: u64) -> EntityKey {
        EntityKey::refund(self.store(), OrderId(order), RefundId(refund))
    }

    fn account(&self, natural: &str, product: &str) -> schemas::Account {
        format!("{}.10.{natural}.100.{product}.000", self.company)
            .parse()
            .unwrap()
    }

    /// A sale: card clearing against revenue, shipping and tax, with a discount.
    pub fn sale(&self, total: &str) -> Journal {
        let currency = self.currency();
        let total = Money::exact(amount(total), currency).unwrap().minor();
        let tax = total / 10;
        let discount = total / 20;
        let shipping = total / 8;
        let line = |natural, product, side, minor, role: Role| JournalLine {
            account: self.account(natural, product),
            side,
            amount: currency.minor(minor),
            role,
            rule: format!("{}.default", role.as_str()),
            memo: role.as_str().to_owned(),
        };
        let lines = vec![
            line("11010", "000", Side::Debit, total, Role::Clearing),
            line("49000", "000", Side::Debit, discount, Role::Discount),
            line(
                "41000",
                "110",
                Side::Credit,
                total + discount - tax - shipping,
                Role::Revenue,
            ),
            line("42000", "000", Side::Credit, shipping, Role::Shipping),
            line("21500", "000", Side::Credit, tax, Role::Tax),
        ];
        Journal::new(currency, lines).unwrap()
    }

    pub fn webhook(&self, order: u64, time: &str) -> Event {
        let webhook = schemas::WebhookReceived {
            store: self.store(),
            delivery: format!("msg-{order}-{time}"),
            scope: "store/order/updated".to_owned(),
            entity: schemas::WebhookEntity::Order {
                order: OrderId(order),
            },
            signature: schemas::Check::Verified,
            header: schemas::Check::Verified,
            body: Digest::of(b"{}"),
        };
        let entity = self.order(order);
        event(
            "ingest",
            webhook.event_id(),
            time,
            &entity,
            None,
            Payload::WebhookReceived(webhook),
        )
    }

    pub fn received(&self, order: u64, total: &str, status: u32, modified: &str) -> Event {
        let received = schemas::OrderReceived {
            order: self.snapshot(order, total, status, modified),
            brought_by: schemas::BroughtBy::Webhook,
            body: Digest::of(format!("{order} {total} {status}").as_bytes()),
        };
        let entity = self.order(order);
        event(
            "ingest",
            received.event_id(),
            modified,
            &entity,
            None,
            Payload::OrderReceived(received),
        )
    }

    pub fn refunded(&self, order: u64, refund: u64, total: &str, created: &str) -> Event {
        let received = schemas::RefundReceived {
            earlier: Vec::new(),
            refund: schemas::RefundSnapshot {
                refund: RefundId(refund),
                order: OrderId(order),
                created: at(created),
                total: amount(total),
                tax: amount("0"),
                merchant_override: false,
                items: Vec::new(),
                payments: Vec::new(),
            },
            order: self.snapshot(order, "100", 14, created),
            brought_by: schemas::BroughtBy::Poll,
            body: Digest::of(b"refund"),
            state: None,
        };
        let entity = self.refund(order, refund);
        event(
            "ingest",
            received.event_id(),
            created,
            &entity,
            None,
            Payload::RefundReceived(received),
        )
    }

    fn snapshot(
        &self,
        order: u64,
        total: &str,
        status: u32,
        modified: &str,
    ) -> schemas::OrderSnapshot {
        let total = schemas::Taxed {
            inc_tax: amount(total),
            ..schemas::Taxed::default()
        };
        schemas::OrderSnapshot {
            taxes: Vec::new(),
            customer_group: None,
            refunded: None,
            charge_classes: Default::default(),
            store: self.store(),
            order: OrderId(order),
            channel: 1,
            status,
            payment_status: "captured".to_owned(),
            payment_method: "Credit Card".to_owned(),
            payment_provider: "stripe".to_owned(),
            currency: self.currency(),
            tax_inclusive: self.key == "eu",
            created: at(modified),
            modified: at(modified),
            shipped: None,
            archived: false,
            external_source: String::new(),
            country: "US".to_owned(),
            region: "CA".to_owned(),
            subtotal: total,
            shipping: schemas::Taxed::default(),
            handling: schemas::Taxed::default(),
            wrapping: schemas::Taxed::default(),
            total,
            discount: amount("0"),
            coupon_discount: amount("0"),
            store_credit: amount("0"),
            gift_certificate: amount("0"),
            fees: Vec::new(),
            lines: vec![line(1, total), line(2, total)],
            consignments: Vec::new(),
        }
    }

    /// The target of what was received.
    pub fn mapped(
        &self,
        cause: &Event,
        recognition: schemas::Recognition,
        journal: Journal,
    ) -> Event {
        let (entity, status, value) = match &cause.payload {
            Payload::OrderReceived(received) => {
                let order = &received.order;
                (order.entity(), order.status, order.total.inc_tax)
            }
            Payload::RefundReceived(received) => (received.entity(), 14, received.refund.total),
            other => panic!("{} is not mapped", other.event_type()),
        };
        let date = cause.time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mapped = schemas::Mapped {
            conversion: None,
            summary: None,
            entity: entity.clone(),
            ledger: self.ledger(),
            modified: cause.time,
            accounting_date: date,
            change_date: date,
            recognition,
            status,
            value,
            journal,
            rule_set: Digest::of(b"rules"),
            engine: "1".to_owned(),
        };
        let id = mapped.event_id(cause.id);
        let payload = match entity.refund {
            None => Payload::OrderMapped(mapped),
            Some(_) => Payload::RefundMapped(mapped),
        };
        event(
            "mapper",
            id,
            &cause.time.to_string(),
            &entity,
            Some(cause.id),
            payload,
        )
    }

    pub fn recognised(&self, cause: &Event, total: &str) -> Event {
        self.mapped(cause, schemas::Recognition::Recognised, self.sale(total))
    }

    pub fn refund_target(&self, cause: &Event, total: &str) -> Event {
        self.mapped(
            cause,
            schemas::Recognition::Recognised,
            self.sale(total).reversed(),
        )
    }

    pub fn not_recognised(&self, cause: &Event) -> Event {
        let nothing = Journal::empty(self.currency());
        self.mapped(cause, schemas::Recognition::NotRecognised, nothing)
    }

    pub fn held(&self, cause: &Event) -> Event {
        self.mapped(
            cause,
            schemas::Recognition::Hold,
            Journal::empty(self.currency()),
        )
    }

    /// An order that the mapper could not map.
    pub fn parked(&self, cause: &Event) -> Event {
        let Payload::OrderReceived(received) = &cause.payload else {
            panic!("only orders are parked here");
        };
        let order = &received.order;
        let parked = schemas::Parked {
            entity: order.entity(),
            stage: schemas::Stage::Mapper,
            code: "unmapped_category".to_owned(),
            reason: "line 3 is in category 90, which no rule maps".to_owned(),
            remedy: "Add a rule for category 90, or for one of the line's other attributes"
                .to_owned(),
            modified: Some(order.modified),
            date: Some(cause.time.to_zoned(jiff::tz::TimeZone::UTC).date()),
            value: Some(order.total.inc_tax),
            currency: Some(order.currency),
            rule_set: Some(Digest::of(b"rules")),
            engine: Some("1".to_owned()),
            body: None,
        };
        let id = parked.event_id(Some(cause.id));
        let entity = parked.entity.clone();
        let time = cause.time.to_string();
        event(
            "mapper",
            id,
            &time,
            &entity,
            Some(cause.id),
            Payload::OrderParked(parked),
        )
    }

    /// An order that ingest could not read.
    pub fn unreadable(&self, order: u64, time: &str) -> Event {
        let parked = schemas::Parked {
            entity: self.order(order),
            stage: schemas::Stage::Ingest,
            code: "malformed".to_owned(),
            reason: "order 1011: `total_inc_tax` is \"abc\", not an amount".to_owned(),
            remedy: "Correct the order in the store".to_owned(),
            modified: None,
            date: None,
            value: None,
            currency: None,
            rule_set: None,
            engine: None,
            body: Some(Digest::of(b"abc")),
        };
        let id = parked.event_id(None);
        let entity = parked.entity.clone();
        event(
            "ingest",
            id,
            time,
            &entity,
            None,
            Payload::OrderParked(parked),
        )
    }
}

fn line(number: u64, total: schemas::Taxed) -> schemas::OrderLine {
    schemas::OrderLine {
        pickup: None,
        line: 7000 + number,
        product: 100 + number,
        variant: Some(number),
        sku: format!("SKU-{number}"),
        kind: schemas::LineKind::Physical,
        quantity: 1,
        quantity_shipped: 0,
        quantity_refunded: 0,
        total,
        discounted_inc_tax: Some(total.inc_tax),
        discounts: Vec::new(),
        wrapping: schemas::Taxed::default(),
        address: Some(1),
        parent: None,
        categories: vec![201],
        parent_categories: vec![20],
        brand: "Northwind".to_owned(),
        tax_class: Some(0),
    }
}

pub fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds))
        .unwrap()
}

pub fn event(
    source: &str,
    id: EventId,
    time: &str,
    entity: &EntityKey,
    causation: Option<EventId>,
    payload: Payload,
) -> Event {
    Event {
        id,
        source: format!("counterfoil/{source}"),
        time: at(time),
        subject: entity.to_string(),
        causation,
        correlation: entity.parent().to_string(),
        partition_key: entity.parent().to_string(),
        payload,
    }
}
