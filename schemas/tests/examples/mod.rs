//! One event of each kind, with every field filled.

mod decisions;

use schemas::{
    Amount, BatchKey, Currency, Digest, EntityKey, Event, EventId, Journal, JournalKey,
    JournalLine, LedgerKey, OrderId, Payload, RefundId, Role, Side, StoreKey, v1::*,
};

/// The story of order 1001 of store `us` and its refund 7, an event of each kind.
pub fn all() -> Vec<Event> {
    let webhook = WebhookReceived {
        store: store(),
        delivery: "msg_1".into(),
        scope: "store/order/refund/created".into(),
        entity: WebhookEntity::Refund {
            order: OrderId(1001),
            refund: RefundId(7),
        },
        signature: Check::Verified,
        header: Check::Absent,
        body: Digest::of(b"webhook"),
    };
    let order = OrderReceived {
        order: snapshot(),
        brought_by: BroughtBy::Webhook,
        body: Digest::of(b"order"),
    };
    let refund = RefundReceived {
        refund: refund_snapshot(),
        order: snapshot(),
        earlier: vec![RefundSnapshot {
            refund: RefundId(6),
            ..refund_snapshot()
        }],
        brought_by: BroughtBy::Poll,
        body: Digest::of(b"refund"),
        state: None,
    };
    let order_id = order.event_id();
    let refund_id = refund.event_id();
    let mapped = mapped(EntityKey::order(store(), OrderId(1001)), journal());
    let refund_mapped = mapped_refund();
    let parked = parked(EntityKey::order(store(), OrderId(1001)), Stage::Mapper);
    let refund_parked = parked_refund();
    let submitted = submitted(mapped.event_id(order_id));
    let imported = imported();
    let posted = posted(
        EntityKey::order(store(), OrderId(1001)),
        mapped.event_id(order_id),
    );
    let reversed = reversed(refund_mapped.event_id(refund_id));
    let rejected = rejected(mapped.event_id(order_id));
    vec![
        event(webhook.event_id(), None, Payload::WebhookReceived(webhook)),
        event(order_id, None, Payload::OrderReceived(order)),
        event(refund_id, None, Payload::RefundReceived(refund)),
        event(
            mapped.event_id(order_id),
            Some(order_id),
            Payload::OrderMapped(mapped),
        ),
        event(
            refund_mapped.event_id(refund_id),
            Some(refund_id),
            Payload::RefundMapped(refund_mapped),
        ),
        event(
            parked.event_id(Some(order_id)),
            Some(order_id),
            Payload::OrderParked(parked),
        ),
        event(
            refund_parked.event_id(None),
            None,
            Payload::RefundParked(refund_parked),
        ),
        event(
            submitted.event_id(),
            None,
            Payload::JournalSubmitted(submitted),
        ),
        event(
            imported.event_id(),
            None,
            Payload::JournalImported(imported),
        ),
        event(
            posted.event_id(),
            Some(posted.target),
            Payload::JournalPosted(posted),
        ),
        event(
            reversed.event_id(),
            Some(reversed.target),
            Payload::RefundReversed(reversed),
        ),
        event(
            rejected.event_id(),
            Some(rejected.target),
            Payload::JournalRejected(rejected),
        ),
    ]
    .into_iter()
    .chain(decisions::all())
    .chain(summarised())
    .collect()
}

/// The same order where days are summed up.
fn summarised() -> [Event; 3] {
    let entity = EntityKey::order(store(), OrderId(1001));
    let mapped = Mapped {
        summary: Some(SummaryRule {
            from: "2026-11-01".parse().unwrap(),
            time_zone: "America/New_York".into(),
        }),
        ..mapped(entity.clone(), journal())
    };
    let target = mapped.event_id(EventId::derive(&["order"]));
    let key = JournalKey("us-261102USDo-7h3k9".into());
    let mut submitted = submitted(target);
    if let Step::Intended { postings } = &mut submitted.step {
        postings[0].summary = Some(Summary {
            journal: key.clone(),
            day: "2026-11-02".parse().unwrap(),
        });
    }
    let posted = Posted {
        summary: Some(key),
        ..posted(entity, target)
    };
    [
        event(target, None, Payload::OrderMapped(mapped)),
        event(
            submitted.event_id(),
            None,
            Payload::JournalSubmitted(submitted),
        ),
        event(
            posted.event_id(),
            Some(target),
            Payload::JournalPosted(posted),
        ),
    ]
}

fn event(id: EventId, causation: Option<EventId>, payload: Payload) -> Event {
    Event {
        id,
        source: "counterfoil/tests".into(),
        time: "2026-11-02T10:00:00Z".parse().unwrap(),
        subject: "us/1001".into(),
        causation,
        correlation: "us/1001".into(),
        partition_key: "us/1001".into(),
        payload,
    }
}

fn store() -> StoreKey {
    "us".parse().unwrap()
}

fn ledger() -> LedgerKey {
    "us".parse().unwrap()
}

fn usd() -> Currency {
    Currency::from_code("USD").unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn taxed(ex: &str, inc: &str, tax: &str) -> Taxed {
    Taxed {
        ex_tax: amount(ex),
        inc_tax: amount(inc),
        tax: amount(tax),
    }
}

fn snapshot() -> OrderSnapshot {
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

fn refund_snapshot() -> RefundSnapshot {
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

fn journal() -> Journal {
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

fn mapped(entity: EntityKey, journal: Journal) -> Mapped {
    Mapped {
        entity,
        ledger: ledger(),
        modified: "2026-11-02T09:59:00Z".parse().unwrap(),
        accounting_date: "2026-11-02".parse().unwrap(),
        change_date: "2026-11-02".parse().unwrap(),
        recognition: Recognition::Recognised,
        status: 11,
        value: amount("108"),
        journal,
        conversion: Some(Conversion {
            kind: "User".into(),
            rate: Some(amount("1.0843")),
        }),
        summary: None,
        rule_set: Digest::of(b"rules"),
        engine: "1".into(),
    }
}

fn mapped_refund() -> Mapped {
    let entity = EntityKey::refund(store(), OrderId(1001), RefundId(7));
    Mapped {
        value: amount("48.6"),
        ..mapped(entity, journal().reversed())
    }
}

fn parked(entity: EntityKey, stage: Stage) -> Parked {
    Parked {
        entity,
        stage,
        code: "unmapped".into(),
        reason: "no rule gives segment `product`".into(),
        remedy: "add a rule".into(),
        modified: Some("2026-11-02T09:59:00Z".parse().unwrap()),
        date: Some("2026-11-02".parse().unwrap()),
        value: Some(amount("108")),
        currency: Some(usd()),
        rule_set: Some(Digest::of(b"rules")),
        engine: Some("1".to_owned()),
        body: None,
    }
}

fn parked_refund() -> Parked {
    let entity = EntityKey::refund(store(), OrderId(1001), RefundId(7));
    Parked {
        code: "malformed".into(),
        modified: None,
        date: None,
        value: None,
        currency: None,
        rule_set: None,
        engine: None,
        body: Some(Digest::of(b"refund")),
        ..parked(entity, Stage::Ingest)
    }
}

fn batch() -> BatchKey {
    BatchKey("CF-us-0123456789abcdef".into())
}

fn submitted(target: EventId) -> JournalSubmitted {
    let entity = EntityKey::order(store(), OrderId(1001));
    JournalSubmitted {
        ledger: ledger(),
        batch: batch(),
        attempt: 1,
        group: 4_711_000_001,
        step: Step::Intended {
            postings: vec![Posting {
                key: entity.journal_key(2),
                entity: entity.clone(),
                kind: PostingKind::Adjustment,
                target,
                accounting_date: "2026-11-02".parse().unwrap(),
                period: "Nov-26".into(),
                category: "Web Orders".into(),
                description: "Order 1001 of us".into(),
                original: Some(entity.journal_key(1)),
                conversion: Some(Conversion {
                    kind: "Corporate".into(),
                    rate: None,
                }),
                summary: None,
                journal: journal(),
            }],
        },
    }
}

fn imported() -> JournalImported {
    let entity = EntityKey::order(store(), OrderId(1001));
    JournalImported {
        ledger: ledger(),
        batch: batch(),
        attempt: 1,
        group: 4_711_000_001,
        batch_id: 300_000_123_456_789,
        batch_name: "CF-us-0123456789abcdef-1 Counterfoil A 4711000001 10070490 N".into(),
        journals: vec![ImportedJournal {
            key: entity.journal_key(2),
            debits: amount("108"),
            credits: amount("108"),
        }],
    }
}

fn posted(entity: EntityKey, target: EventId) -> Posted {
    Posted {
        ledger: ledger(),
        key: entity.journal_key(2),
        original: Some(entity.journal_key(1)),
        entity,
        kind: PostingKind::Adjustment,
        target,
        batch: batch(),
        batch_id: 300_000_123_456_789,
        batch_name: "CF-us-0123456789abcdef-1 Counterfoil A 4711000001 10070490 N".into(),
        period: "Nov-26".into(),
        accounting_date: "2026-11-02".parse().unwrap(),
        currency: usd(),
        summary: None,
        debits: amount("108"),
        credits: amount("108"),
        posted: Some("2026-11-02T10:05:00Z".parse().unwrap()),
    }
}

fn reversed(target: EventId) -> Posted {
    let entity = EntityKey::refund(store(), OrderId(1001), RefundId(7));
    Posted {
        key: entity.journal_key(1),
        kind: PostingKind::Refund,
        original: Some(entity.parent().journal_key(1)),
        ..posted(entity, target)
    }
}

fn rejected(target: EventId) -> JournalRejected {
    let entity = EntityKey::order(store(), OrderId(1001));
    JournalRejected {
        ledger: ledger(),
        key: entity.journal_key(2),
        entity,
        target,
        batch: Some(batch()),
        attempt: Some(1),
        code: "EF04".into(),
        cause: "the account does not exist".into(),
        remedy: "create the account or change the rule".into(),
        after: None,
    }
}
