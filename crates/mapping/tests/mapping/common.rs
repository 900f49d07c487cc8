//! Orders for the tests, built by hand from figures that are known to be right.

use mapping::RuleSet;
use schemas::{
    Amount, Discount, DiscountTarget, Journal, LineKind, OrderLine, OrderSnapshot, RefundItem,
    RefundPayment, RefundReceived, RefundSnapshot, Side, Taxed,
};

pub(crate) const RULES: &str = include_str!("../../../../rules.example.toml");

pub(crate) fn rules() -> RuleSet {
    RuleSet::parse(RULES, "rules.example.toml").expect("the example rules are usable")
}

pub(crate) fn amount(text: &str) -> Amount {
    text.parse().expect("an amount")
}

pub(crate) fn taxed(ex: &str, inc: &str, tax: &str) -> Taxed {
    Taxed {
        ex_tax: amount(ex),
        inc_tax: amount(inc),
        tax: amount(tax),
    }
}

/// An order of the `us` store without lines, paid by card, status 11.
pub(crate) fn us_order(total: Taxed) -> OrderSnapshot {
    OrderSnapshot {
        store: "us".parse().unwrap(),
        order: schemas::OrderId(1001),
        channel: 1,
        status: 11,
        payment_status: "captured".into(),
        payment_method: "Credit Card".into(),
        payment_provider: "stripe".into(),
        currency: schemas::Currency::from_code("USD").unwrap(),
        tax_inclusive: false,
        created: "2026-11-02T03:30:00Z".parse().unwrap(),
        modified: "2026-11-02T03:31:00Z".parse().unwrap(),
        shipped: None,
        archived: false,
        external_source: String::new(),
        country: "US".into(),
        region: "New York".into(),
        subtotal: Taxed::default(),
        shipping: Taxed::default(),
        handling: Taxed::default(),
        wrapping: Taxed::default(),
        total,
        discount: Amount::ZERO,
        coupon_discount: Amount::ZERO,
        store_credit: Amount::ZERO,
        gift_certificate: Amount::ZERO,
        fees: Vec::new(),
        lines: Vec::new(),
        consignments: Vec::new(),
        taxes: Vec::new(),
        customer_group: None,
        refunded: None,
        charge_classes: Default::default(),
    }
}

/// The same in the `eu` store, where prices include tax.
pub(crate) fn eu_order(total: Taxed) -> OrderSnapshot {
    OrderSnapshot {
        store: "eu".parse().unwrap(),
        currency: schemas::Currency::from_code("EUR").unwrap(),
        tax_inclusive: true,
        country: "DE".into(),
        region: "Berlin".into(),
        ..us_order(total)
    }
}

/// A line in a child category of apparel.
pub(crate) fn line(id: u64, quantity: u64, total: Taxed, discounted: &str) -> OrderLine {
    OrderLine {
        line: id,
        product: 500 + id,
        variant: None,
        sku: format!("SKU-{id}"),
        kind: LineKind::Physical,
        quantity,
        quantity_shipped: 0,
        quantity_refunded: 0,
        total,
        discounted_inc_tax: Some(amount(discounted)),
        discounts: Vec::new(),
        wrapping: Taxed::default(),
        address: Some(1),
        pickup: None,
        parent: None,
        categories: vec![201],
        parent_categories: vec![20],
        brand: "Northwind".into(),
        tax_class: Some(0),
    }
}

pub(crate) fn discount(text: &str) -> Discount {
    Discount {
        id: "coupon".into(),
        amount: amount(text),
        target: DiscountTarget::Order,
        coupon: true,
    }
}

pub(crate) fn refund(
    order: &OrderSnapshot,
    total: &str,
    tax: &str,
    items: Vec<RefundItem>,
) -> RefundReceived {
    RefundReceived {
        refund: RefundSnapshot {
            refund: schemas::RefundId(7),
            order: order.order,
            created: "2026-11-05T10:00:00Z".parse().unwrap(),
            total: amount(total),
            tax: amount(tax),
            merchant_override: false,
            items,
            payments: vec![RefundPayment {
                provider: "stripe".into(),
                amount: amount(total),
                offline: false,
                declined: false,
            }],
        },
        order: order.clone(),
        earlier: Vec::new(),
        brought_by: schemas::BroughtBy::Webhook,
        body: schemas::Digest::of(b"refund"),
        state: None,
        follows: None,
    }
}

pub(crate) fn item(
    kind: &str,
    item: u64,
    quantity: Option<u64>,
    requested: Option<&str>,
) -> RefundItem {
    RefundItem {
        kind: kind.into(),
        item,
        quantity,
        requested: requested.map(amount),
        adjustments: Vec::new(),
    }
}

/// The journal as a person reads it.
pub(crate) fn table(journal: &Journal) -> String {
    let row = |line: &schemas::JournalLine| {
        let (debit, credit) = match line.side {
            Side::Debit => (line.amount.to_string(), String::new()),
            Side::Credit => (String::new(), line.amount.to_string()),
        };
        format!(
            "{:<28} {debit:>10} {credit:>10}  {:<26} {}\n",
            line.account.to_string(),
            line.rule,
            line.memo
        )
    };
    journal.lines().iter().map(row).collect()
}
