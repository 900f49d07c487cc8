//! A situation as it is written: an order in figures, and what happens to it then.
//!
//! An amount in three columns is written `["100.00", "8.00", "108.00"]`: without
//! tax, tax, with tax.

use schemas::{
    Amount, BroughtBy, ChargeClasses, Consignment, ConsignmentKind, Currency, Digest, Discount,
    DiscountTarget, Fee, LineKind, OrderId, OrderLine, OrderSnapshot, RefundId, RefundItem,
    RefundPayment, RefundReceived, RefundSnapshot, TaxLine, Taxed,
};
use serde::Deserialize;

type Columns = [Amount; 3];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Situation {
    pub title: String,
    /// For an accountant: what happens, and why it is booked so.
    pub explanation: String,
    /// What differs from the rules that all situations share.
    #[serde(default)]
    pub rules: toml::Table,
    pub order: toml::Table,
    /// What happens after.
    #[serde(default)]
    pub then: Vec<StepFile>,
}

/// A change of the order, or a refund.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepFile {
    pub what: String,
    /// The fields of the order that are other than before.
    pub order: Option<toml::Table>,
    pub refund: Option<RefundFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderFile {
    #[serde(default = "us")]
    store: String,
    #[serde(default = "awaiting_fulfilment")]
    status: u32,
    #[serde(default = "card")]
    payment: String,
    currency: Option<Currency>,
    /// Prices are entered with tax: as in the `eu` store, unless it says otherwise.
    tax_included: Option<bool>,
    #[serde(default = "one")]
    channel: u64,
    country: Option<String>,
    customer_group: Option<u64>,
    #[serde(default = "created")]
    created: jiff::Timestamp,
    modified: Option<jiff::Timestamp>,
    /// When all of it was shipped.
    shipped_at: Option<jiff::Timestamp>,
    #[serde(default)]
    lines: Vec<LineFile>,
    /// How many pieces of each line were shipped.
    #[serde(default)]
    shipped: Vec<u64>,
    #[serde(default)]
    shipping: Columns,
    /// The tax class of the shipping charge.
    shipping_class: Option<u64>,
    #[serde(default)]
    handling: Columns,
    #[serde(default)]
    wrapping: Columns,
    #[serde(default)]
    fees: Vec<Columns>,
    #[serde(default)]
    taxes: Vec<TaxFile>,
    /// The code of the location that everything is collected at.
    pickup: Option<String>,
    #[serde(default)]
    store_credit: Amount,
    #[serde(default)]
    gift_certificate: Amount,
    total: Columns,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineFile {
    sku: String,
    #[serde(default = "physical")]
    kind: LineKind,
    #[serde(default = "one")]
    quantity: u64,
    /// Before discounts; the tax however is that after them.
    price: Columns,
    /// After discounts, with tax, where there are some.
    discounted: Option<Amount>,
    #[serde(default)]
    discounts: Vec<DiscountFile>,
    /// The product's categories, apparel unless it says otherwise.
    #[serde(default = "apparel")]
    categories: Vec<u64>,
    /// The categories above those.
    #[serde(default)]
    above: Vec<u64>,
    #[serde(default)]
    brand: String,
    tax_class: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscountFile {
    amount: Amount,
    of: DiscountTarget,
    #[serde(default)]
    coupon: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaxFile {
    name: String,
    rate: Amount,
    amount: Amount,
    /// The line it is on; none for a charge, or where the store does not say it.
    line: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundFile {
    pub total: Amount,
    pub tax: Amount,
    #[serde(default)]
    pub items: Vec<ItemFile>,
    /// By the way the order was paid, unless it says otherwise.
    #[serde(default)]
    pub payments: Vec<PaymentFile>,
    #[serde(default)]
    pub merchant_override: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemFile {
    pub kind: String,
    #[serde(default = "one")]
    pub id: u64,
    pub quantity: Option<u64>,
    pub amount: Option<Amount>,
    #[serde(default)]
    pub adjustments: Vec<Amount>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentFile {
    pub provider: String,
    pub amount: Amount,
    #[serde(default)]
    pub declined: bool,
}

fn us() -> String {
    "us".to_owned()
}

fn card() -> String {
    "Credit Card".to_owned()
}

fn awaiting_fulfilment() -> u32 {
    11
}

fn one() -> u64 {
    1
}

fn physical() -> LineKind {
    LineKind::Physical
}

fn apparel() -> Vec<u64> {
    vec![20]
}

fn created() -> jiff::Timestamp {
    "2026-11-02T15:00:00Z".parse().expect("a timestamp")
}

fn taxed([ex_tax, tax, inc_tax]: Columns) -> Taxed {
    Taxed {
        ex_tax,
        inc_tax,
        tax,
    }
}

impl OrderFile {
    pub(crate) fn snapshot(self) -> OrderSnapshot {
        let european = self.store == "eu";
        let default_currency = if european { "EUR" } else { "USD" };
        let default_country = if european { "DE" } else { "US" };
        let pickup = self.pickup.as_ref().map(|_| 1);
        let lines = self.lines.into_iter().enumerate();
        OrderSnapshot {
            store: self.store.parse().expect("a store's key"),
            order: OrderId(1001),
            channel: self.channel,
            status: self.status,
            payment_status: String::new(),
            payment_method: self.payment,
            payment_provider: String::new(),
            currency: self
                .currency
                .unwrap_or_else(|| Currency::from_code(default_currency).expect("a currency")),
            tax_inclusive: self.tax_included.unwrap_or(european),
            created: self.created,
            modified: self.modified.unwrap_or(self.created),
            shipped: self.shipped_at,
            archived: false,
            external_source: String::new(),
            country: self.country.unwrap_or_else(|| default_country.to_owned()),
            region: String::new(),
            subtotal: Taxed::default(),
            shipping: taxed(self.shipping),
            handling: taxed(self.handling),
            wrapping: taxed(self.wrapping),
            total: taxed(self.total),
            discount: Amount::ZERO,
            coupon_discount: Amount::ZERO,
            store_credit: self.store_credit,
            gift_certificate: self.gift_certificate,
            fees: (1..)
                .zip(self.fees)
                .map(|(fee, cost)| Fee {
                    fee,
                    kind: "custom_fee".to_owned(),
                    cost: taxed(cost),
                    tax_class: None,
                })
                .collect(),
            lines: lines
                .map(|(index, line)| {
                    let shipped = self.shipped.get(index).copied().unwrap_or(0);
                    line.snapshot(index, shipped, pickup)
                })
                .collect(),
            consignments: self.pickup.map(collection).into_iter().collect(),
            taxes: self
                .taxes
                .into_iter()
                .map(|tax| TaxLine {
                    name: tax.name,
                    rate: tax.rate,
                    amount: tax.amount,
                    line: tax.line,
                })
                .collect(),
            customer_group: self.customer_group,
            refunded: None,
            charge_classes: ChargeClasses {
                shipping: self.shipping_class,
                ..ChargeClasses::default()
            },
        }
    }
}

fn collection(location: String) -> Consignment {
    Consignment {
        kind: ConsignmentKind::Pickup,
        id: Some(1),
        country: String::new(),
        region: String::new(),
        location,
        shipping: Taxed::default(),
        handling: Taxed::default(),
    }
}

impl LineFile {
    fn snapshot(self, index: usize, shipped: u64, pickup: Option<u64>) -> OrderLine {
        let id = 1 + index as u64;
        OrderLine {
            line: id,
            product: 500 + id,
            variant: None,
            sku: self.sku,
            kind: self.kind,
            quantity: self.quantity,
            quantity_shipped: shipped,
            quantity_refunded: 0,
            total: taxed(self.price),
            discounted_inc_tax: Some(self.discounted.unwrap_or(self.price[2])),
            discounts: self
                .discounts
                .into_iter()
                .map(|discount| Discount {
                    id: "1".to_owned(),
                    amount: discount.amount,
                    target: discount.of,
                    coupon: discount.coupon,
                })
                .collect(),
            wrapping: Taxed::default(),
            address: pickup.is_none().then_some(1),
            pickup,
            parent: None,
            categories: self.categories,
            parent_categories: self.above,
            brand: self.brand,
            tax_class: self.tax_class,
        }
    }
}

impl RefundFile {
    /// The refund of this id of an order, after those before it.
    pub(crate) fn received(
        self,
        id: u64,
        order: &OrderSnapshot,
        earlier: &[RefundSnapshot],
    ) -> RefundReceived {
        let by_card = PaymentFile {
            provider: "stripe".to_owned(),
            amount: self.total,
            declined: false,
        };
        let payments = match self.payments.is_empty() {
            true => vec![by_card],
            false => self.payments,
        };
        let day = created() + jiff::SignedDuration::from_hours(72 + 24 * id as i64);
        RefundReceived {
            refund: RefundSnapshot {
                refund: RefundId(id),
                order: order.order,
                created: day,
                total: self.total,
                tax: self.tax,
                merchant_override: self.merchant_override,
                items: self.items.into_iter().map(ItemFile::snapshot).collect(),
                payments: payments
                    .into_iter()
                    .map(|payment| RefundPayment {
                        provider: payment.provider,
                        amount: payment.amount,
                        offline: false,
                        declined: payment.declined,
                    })
                    .collect(),
            },
            order: order.clone(),
            earlier: earlier.to_vec(),
            brought_by: BroughtBy::Webhook,
            body: Digest::of(b"situation"),
            state: None,
            follows: None,
        }
    }
}

impl ItemFile {
    fn snapshot(self) -> RefundItem {
        RefundItem {
            kind: self.kind,
            item: self.id,
            quantity: self.quantity,
            requested: self.amount,
            adjustments: self.adjustments,
        }
    }
}
